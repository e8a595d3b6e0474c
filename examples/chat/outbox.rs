//! What is written to one client, up to the good-bye.

use crate::room::{Inbox, Line};
use asyncio::{AsyncExit, Exit, timeout};
use std::io;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;

pub(crate) struct Outbox {
    stream: OwnedWriteHalf,
    inbox: Arc<Inbox>,
    // What is being written, and how much of it is. It lives here and not in `run`, so that whoever
    // comes after a `run` that was dropped goes on in the middle of the line.
    line: Line,
    written: usize,
}

impl Outbox {
    pub(crate) fn new(stream: OwnedWriteHalf, inbox: Arc<Inbox>, greeting: &str) -> Self {
        Outbox {
            stream,
            inbox,
            line: format!("{greeting}\n").into(),
            written: 0,
        }
    }

    /// Writes line by line, until the queue is shut down and empty.
    pub(crate) async fn run(&mut self) -> io::Result<()> {
        loop {
            self.finish_line().await?;
            match self.inbox.lines.get().await {
                Ok(line) => (self.line, self.written) = (line, 0),
                Err(_) => return Ok(()),
            }
        }
    }

    async fn finish_line(&mut self) -> io::Result<()> {
        while self.written < self.line.len() {
            match self
                .stream
                .write(&self.line.as_bytes()[self.written..])
                .await?
            {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                count => self.written += count,
            }
        }
        Ok(())
    }

    #[timeout(1s)]
    async fn say_good_bye(&mut self, line: &str) -> io::Result<()> {
        self.run().await?;
        self.stream.write_all(line.as_bytes()).await?;
        self.stream.shutdown().await
    }
}

impl AsyncExit for Outbox {
    async fn exit(mut self, how: Exit) {
        let line = if self.inbox.too_slow.is_set() {
            self.inbox.lines.shutdown_immediate();
            "* you read too slowly, good-bye\n"
        } else if how == Exit::Cancelled {
            "* the server is closing, good-bye\n"
        } else {
            "* good-bye\n"
        };
        self.inbox.lines.shutdown();
        // It may be gone, or not listening: then there is nobody to tell.
        let _ = self.say_good_bye(line).await;
    }
}
