//! A chat over TCP: a server, and a client for the terminal.
//!
//! ```text
//! cargo run --example chat -- serve 127.0.0.1:4000
//! cargo run --example chat -- join 127.0.0.1:4000 ann
//! ```
//!
//! The protocol is lines of UTF-8, of up to 16 KiB; the first one is the name. `nc 127.0.0.1 4000` is a
//! client, too.
//!
//! Each client has a queue of 64 lines. One that does not read fills first its socket, then its queue,
//! and is put out: nobody ever waits for it.
//!
//! Ctrl-C ends the server in order: it takes no more clients; each client gets the lines that it is
//! still owed and a good-bye, all side by side and for at most a second; the connections are closed;
//! only then does the process end. None of that is code for shutting down: the interrupt cancels the
//! main task, and the `exit` of each `Outbox` is awaited as it is when a client leaves.
//!
//! To see: `task_group!` for clients that borrow the room, `with` for what has to happen at the end,
//! `wait_first!` for reading, writing and being put out at a time.

mod client;
mod lines;
mod outbox;
mod room;
mod server;

use std::io;
use std::process::ExitCode;
use tokio::net::{TcpListener, TcpStream};

const USAGE: &str = "usage: chat serve ADDRESS | chat join ADDRESS NAME";

#[asyncio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["serve", address] => serve(address).await,
        ["join", address, name] => join(address, name).await,
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chat: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(address: &str) -> io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    // Made before the clients come, so it runs after the last of them is gone.
    let _closed = asyncio::finally(async { println!("all connections are closed") });
    server::serve(&listener).await
}

async fn join(address: &str, name: &str) -> io::Result<()> {
    let stream = TcpStream::connect(address).await?;
    client::join(stream, name).await
}
