//! `chat`: everybody hears everybody, whoever does not read is put out, and Ctrl-C ends it in order.
#![cfg(unix)]

#[path = "support/interrupt.rs"]
mod interrupt;
mod support;

use asyncio::{gather, wait_for};
use interrupt::{interrupt, interruptible};
use std::error::Error;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;
use support::{Tested, example};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpSocket, TcpStream};
use tokio::process::{Child, ChildStdout};
use tokio::sync::watch;

const SIGINT: i32 = 2;

struct Server {
    process: Child,
    stdout: BufReader<ChildStdout>,
    address: String,
}

impl Server {
    async fn start() -> Result<Self, Box<dyn Error>> {
        let mut command = interruptible(&example("chat")?);
        let mut process = command.args(["serve", "127.0.0.1:0"]).spawn()?;
        let mut stdout = BufReader::new(process.stdout.take().ok_or("no output")?);
        let mut line = String::new();
        stdout.read_line(&mut line).await?;
        let address = line.trim_end().strip_prefix("listening on ");
        Ok(Server {
            process,
            stdout,
            address: address.ok_or("no address")?.to_owned(),
        })
    }

    async fn join(&self, name: &str) -> io::Result<Client> {
        let mut client = Client::new(TcpStream::connect(&self.address).await?);
        client.say(name).await?;
        let welcome = client.hear().await?;
        assert_eq!(welcome, Some(format!("* welcome, {name}")));
        Ok(client)
    }

    /// Interrupts it; what it prints from there on.
    async fn close(mut self) -> Result<String, Box<dyn Error>> {
        interrupt(&self.process).await?;
        let mut rest = String::new();
        wait_for!(self.stdout.read_to_string(&mut rest), 10s).await??;
        assert_eq!(self.process.wait().await?.signal(), Some(SIGINT));
        Ok(rest)
    }
}

struct Client {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
}

impl Client {
    fn new(stream: TcpStream) -> Self {
        let (reader, writer) = stream.into_split();
        Client {
            reader: BufReader::new(reader),
            writer,
        }
    }

    async fn say(&mut self, line: &str) -> io::Result<()> {
        self.writer.write_all(format!("{line}\n").as_bytes()).await
    }

    /// `None` at the end.
    async fn hear(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        self.reader.read_line(&mut line).await?;
        Ok((!line.is_empty()).then(|| line.trim_end().to_owned()))
    }

    /// All that it hears up to the end.
    async fn hear_all(&mut self) -> io::Result<Vec<String>> {
        let mut lines = Vec::new();
        while let Some(line) = self.hear().await? {
            lines.push(line);
        }
        Ok(lines)
    }

    /// Hears until a line is `last`.
    async fn hear_until(&mut self, last: &str) -> io::Result<Vec<String>> {
        let mut lines = Vec::new();
        while let Some(line) = self.hear().await? {
            let found = line == last;
            lines.push(line);
            if found {
                return Ok(lines);
            }
        }
        Err(io::Error::other(format!("the end came before `{last}`")))
    }
}

#[asyncio::test(real_time)]
async fn who_does_not_read_is_put_out_and_nobody_waits_for_it() -> Tested {
    const TALKERS: usize = 8;
    const LINES: usize = 100;
    // Nobody is so many lines ahead of another: what is owed to who reads is less than the server keeps for it.
    const AHEAD: usize = 4;
    let server = Server::start().await?;

    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(4096)?;
    let mut mute = Client::new(socket.connect(server.address.parse()?).await?);
    mute.say("mute").await?;

    let names: Vec<String> = (0..TALKERS).map(|i| format!("talker-{i}")).collect();
    let mut talkers = Vec::new();
    for name in &names {
        talkers.push(server.join(name).await?);
    }
    let long = &"x".repeat(10_000);
    let numbered = talkers.iter_mut().enumerate();
    let heard = gather!(
        ..numbered.map(|(me, talker)| async move {
            let Client { reader, writer } = talker;
            let (all_heard, mut heard_from_all) = watch::channel(0);
            // Reads while it talks: otherwise it would be the slow one.
            let talk = async {
                for i in 0..LINES {
                    let is_turn = heard_from_all.wait_for(|heard| i < heard + AHEAD);
                    drop(is_turn.await.map_err(io::Error::other)?);
                    writer.write_all(format!("{i} {long}\n").as_bytes()).await?;
                }
                Ok::<(), io::Error>(())
            };
            let listen = async {
                let mut heard = vec![Vec::new(); TALKERS];
                let mut put_out = false;
                let mut line = String::new();
                while !put_out || heard.iter().map(Vec::len).sum::<usize>() < (TALKERS - 1) * LINES
                {
                    line.clear();
                    if reader.read_line(&mut line).await? == 0 {
                        return Err(io::Error::other("it ended"));
                    }
                    put_out |= line == "* mute left: too slow\n";
                    let said = line.strip_prefix("talker-").and_then(|line| {
                        let (who, said) = line.split_once(": ")?;
                        Some((who.parse::<usize>().ok()?, said.split_once(' ')?.0))
                    });
                    if let Some((who, what)) = said {
                        heard[who].push(what.parse::<usize>().map_err(io::Error::other)?);
                        let others = heard.iter().enumerate().filter(|(who, _)| *who != me);
                        let least = others.map(|(_, lines)| lines.len()).min();
                        all_heard.send_replace(least.unwrap_or(LINES));
                    }
                }
                Ok(heard)
            };
            let ((), heard) = gather!(talk, listen).await?;
            Ok::<_, io::Error>(heard)
        })
    );
    let heard = wait_for!(heard, 30s).await??;
    for (me, heard) in heard.iter().enumerate() {
        for (other, lines) in heard.iter().enumerate() {
            let said: Vec<usize> = (0..LINES).collect();
            assert!(*lines == said || other == me, "{me} of {other}: {lines:?}");
        }
    }

    assert_eq!(server.close().await?, "all connections are closed\n");
    for talker in &mut talkers {
        let end = talker.hear_all().await?;
        assert_eq!(end, ["* the server is closing, good-bye"]);
    }
    Ok(())
}

#[asyncio::test(real_time)]
async fn an_interrupt_sends_what_is_owed_and_says_good_bye_to_all() -> Tested {
    let server = Server::start().await?;
    let mut ann = server.join("ann").await?;
    let mut bob = server.join("bob").await?;
    bob.say("hello").await?;
    bob.say("are you there").await?;
    ann.hear_until("bob: are you there").await?;
    let (end, printed) = gather!(ann.hear_all(), async { Ok(server.close().await) }).await?;
    assert_eq!(end, ["* the server is closing, good-bye"]);
    assert_eq!(bob.hear_all().await?, end);
    assert_eq!(printed?, "all connections are closed\n");
    Ok(())
}

#[asyncio::test(real_time)]
async fn the_client_is_for_people_and_for_pipes() -> Tested {
    let server = Server::start().await?;
    let mut ann = server.join("ann").await?;
    let mut bob = interruptible(&example("chat")?)
        .args(["join", &server.address, "bob"])
        .stdin(Stdio::piped())
        .spawn()?;
    let mut typing = bob.stdin.take().ok_or("no input")?;
    ann.hear_until("* bob joined").await?;
    ann.say("good morning").await?;
    typing
        .write_all("gr\u{fc}\u{df} dich\nlong day\n".as_bytes())
        .await?;
    let heard = ann.hear_until("bob: long day").await?;
    assert_eq!(heard, ["bob: gr\u{fc}\u{df} dich", "bob: long day"]);
    drop(typing);
    let output = wait_for!(bob.wait_with_output(), 10s).await??;
    let shown = "* welcome, bob\nann: good morning\n* good-bye\n";
    assert_eq!(String::from_utf8(output.stdout)?, shown);
    assert!(output.status.success());
    assert_eq!(ann.hear().await?, Some("* bob left".to_owned()));
    Ok(())
}

#[asyncio::test(real_time)]
async fn a_line_without_end_ends_the_connection() -> Tested {
    let server = Server::start().await?;
    let mut ann = server.join("ann").await?;
    let mut eve = server.join("eve").await?;
    eve.say(&"x".repeat(20_000)).await?;
    let heard = ann.hear_until("* eve left: line too long").await?;
    assert_eq!(heard, ["* eve joined", "* eve left: line too long"]);
    Ok(())
}
