//! The server: one child of a task group for each client.

use crate::lines::Lines;
use crate::outbox::Outbox;
use crate::room::{Member, Room};
use asyncio::{sleep, task_group, timeout, wait_first, with};
use std::io;
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::{TcpListener, TcpStream};

/// Serves until it is cancelled.
pub(crate) async fn serve(listener: &TcpListener) -> io::Result<()> {
    let room = Room::default();
    let served = task_group!(|tg| {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => drop(tg.create_task(attend(stream, &room))),
                Err(error) => {
                    eprintln!("chat: cannot accept: {error}");
                    sleep(0.1).await; // out of file descriptors, say: let some clients leave
                }
            }
        }
    });
    served.await.map_err(io::Error::other)
}

/// One client, from its name to its good-bye.
async fn attend(stream: TcpStream, room: &Room) {
    let (reader, writer) = stream.into_split();
    let mut lines = Lines::new(reader);
    let name = match first_line(&mut lines).await {
        Ok(Some(name)) => name,
        Ok(None) => return,
        Err(error) => return eprintln!("chat: a client gave no name: {error}"),
    };
    let member = room.enter(name);
    member.tell_others(&format!("* {} joined", member.name));
    let greeting = format!("* welcome, {}", member.name);
    let outbox = Outbox::new(writer, member.inbox.clone(), &greeting);
    let left = with(outbox, async |outbox| {
        wait_first!(if let heard = listen(&mut lines, &member) {
            heard
        } else if let written = outbox.run() {
            written
        } else if let _ = member.inbox.too_slow.wait() {
            Err(io::Error::other("too slow"))
        })
    })
    .await;
    match left {
        Ok(()) => member.tell_others(&format!("* {} left", member.name)),
        Err(error) => member.tell_others(&format!("* {} left: {error}", member.name)),
    }
}

#[timeout(30s)]
async fn first_line(lines: &mut Lines<OwnedReadHalf>) -> io::Result<Option<String>> {
    lines.next().await
}

/// Passes on what a client says, until it says no more.
async fn listen(lines: &mut Lines<OwnedReadHalf>, member: &Member<'_>) -> io::Result<()> {
    while let Some(text) = lines.next().await? {
        member.tell_others(&format!("{}: {text}", member.name));
        sleep(0).await; // lets the others write it before the next one comes
    }
    Ok(())
}
