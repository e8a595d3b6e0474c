//! The client: what is typed goes to the server, what comes from there to the terminal.

use crate::lines::Lines;
use asyncio::{Queue, wait_first};
use std::io;
use std::sync::Arc;
use std::thread;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// Chats until the server ends the connection.
pub(crate) async fn join(stream: TcpStream, name: &str) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    writer.write_all(format!("{name}\n").as_bytes()).await?;
    let typed = typed_lines();
    wait_first!(if let shown = show(reader) {
        shown
    } else if let failed = send(&typed, writer) {
        failed
    })
}

async fn show(reader: OwnedReadHalf) -> io::Result<()> {
    let mut lines = Lines::new(reader);
    while let Some(line) = lines.next().await? {
        println!("{line}");
    }
    Ok(())
}

/// Done only if it fails: at the end of the input it says so to the server, and the server closes.
async fn send(typed: &Queue<String>, mut writer: OwnedWriteHalf) -> io::Result<()> {
    while let Ok(line) = typed.get().await {
        writer.write_all(format!("{line}\n").as_bytes()).await?;
    }
    writer.shutdown().await?;
    std::future::pending().await
}

/// The lines of standard input. They are read on a thread of their own that nobody waits for: a read
/// from a terminal cannot be cancelled.
fn typed_lines() -> Arc<Queue<String>> {
    let queue = Arc::new(Queue::new(0));
    let typed = Arc::clone(&queue);
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            if queue.put_nowait(line).is_err() {
                break;
            }
        }
        queue.shutdown();
    });
    typed
}
