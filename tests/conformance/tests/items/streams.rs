//! N. Streams.

use asyncio::{ReadError, StreamReader, StreamWriter, create_task, sleep};
use asyncio_conformance::exceptions::{Exc, pythons};
use asyncio_conformance::items;
use asyncio_conformance::probe::out;
use futures::FutureExt;
use serde_json::{Value, json};
use std::future::Future;
use std::io::Result as IoResult;
use std::sync::Arc;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

items! {
    real: b_327 b_328 b_329 b_330 b_332 b_333 b_334 b_335;
}

/// Bytes as text, errors with what they carry.
pub(crate) async fn read<E: Into<ReadError>>(
    reading: impl Future<Output = Result<Vec<u8>, E>>,
) -> Value {
    match reading.await.map_err(Into::into) {
        Ok(bytes) => String::from_utf8(bytes).expect("it is text").into(),
        Err(ReadError::Incomplete(error)) => {
            let partial = String::from_utf8_lossy(error.partial());
            json!(["!IncompleteReadError", partial, error.expected()])
        }
        Err(ReadError::LimitOverrun(error)) => {
            let text = error.to_string();
            let text = pythons(&text);
            json!(["!LimitOverrunError", text, error.consumed()])
        }
        Err(error) => format!("!{}", Exc::from(error)).into(),
    }
}

async fn b_327() -> Value {
    let mut r = StreamReader::new(&b"hello world"[..]);
    let [nothing, five] = [read(r.read(0)).await, read(r.read(5)).await];
    let rest = read(r.read_to_eof()).await;
    let [end, all] = [read(r.read(5)).await, read(r.read_to_eof()).await];
    let (mut writer, part) = tokio::io::duplex(16);
    tokio::io::AsyncWriteExt::write_all(&mut writer, b"ab")
        .await
        .expect("there is room");
    let part = read(StreamReader::new(part).read(10)).await;
    json!([nothing, five, rest, end, all, part, r.at_eof()])
}

/// The third part is `readexactly_negative`.
async fn b_328() -> Value {
    let mut r = StreamReader::new(&b"abcdef"[..]);
    let [nothing, four] = [read(r.readexactly(0)).await, read(r.readexactly(4)).await];
    let early = read(r.readexactly(5)).await;
    json!([nothing, four, (), early, read(r.read_to_eof()).await])
}

async fn b_329() -> Value {
    let data = &b"one\r\ntwo\nthree;far too long;rest"[..];
    let mut r = StreamReader::with_limit(data, 8);
    json!([
        read(r.readuntil(b"\n")).await,
        read(r.readuntil(("\r\n", "\n"))).await,
        read(r.readuntil(("three", "th"))).await,
        read(r.readuntil(b";")).await,
        read(r.readuntil(b";")).await,
        read(r.readexactly(12)).await,
        read(r.readuntil(b";")).await,
        read(r.readuntil(b";")).await,
        read(r.read_to_eof()).await,
    ])
}

async fn b_330() -> Value {
    let data = &b"one\nfar too long a line\ntwo\nend"[..];
    let mut r = StreamReader::with_limit(data, 8);
    let mut lines = Vec::new();
    for _ in 0..5 {
        lines.push(read(r.readline()).await);
    }
    lines.into()
}

async fn b_332() -> Value {
    let lines = async |data: &'static str| {
        let mut r = StreamReader::new(data.as_bytes());
        let mut lines = r.lines();
        let mut seen = Vec::new();
        while let Some(line) = lines.next().await {
            seen.push(read(async { line }).await);
        }
        seen
    };
    json!([lines("one\ntwo\nend").await, lines("").await])
}

/// A connection to a peer that does nothing by itself.
async fn connection() -> IoResult<(StreamReader, StreamWriter, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let (reader, writer) = asyncio::open_connection("127.0.0.1", port).await?;
    let (peer, _) = listener.accept().await?;
    Ok((reader, writer, peer))
}

fn reset(peer: TcpStream) {
    peer.set_zero_linger().expect("it is a TCP socket");
}

/// More than the system buffers for a peer that does not read.
const BIG: usize = 8 << 20;

async fn b_333() -> Value {
    let (_reader, w, mut peer) = connection().await.expect("it is on this machine");
    let w = Arc::new(w);
    let (low, high) = w.write_buffer_limits();
    w.write("x").expect("it is open");
    let small = w.drain().now_or_never().is_some();
    w.write(vec![0; BIG]).expect("it is open");
    let buffered = w.write_buffer_size() > high;
    let drain = || {
        let w = Arc::clone(&w);
        create_task(async move { w.drain().await.expect("it is open") })
    };
    let (first, second) = (drain(), drain());
    sleep(0.05).await;
    let blocked = [first.done(), second.done()];
    let mut received = vec![1; BIG + 1];
    let read = peer.read_exact(&mut received).await;
    let resumed = [first.await.is_ok(), second.await.is_ok()];
    let marks = [low, high];
    json!([marks, small, buffered, blocked, resumed, read.is_ok()])
}

async fn b_334() -> Value {
    let (_reader, w, _peer) = connection().await.expect("it is on this machine");
    w.close();
    out(w.wait_closed()).await;
    let closed = out(w.drain()).await;
    let (mut r, w, peer) = connection().await.expect("it is on this machine");
    reset(peer);
    json!([closed, [read(r.read(1)).await, out(w.drain()).await]])
}

async fn b_335() -> Value {
    let (_reader, w, mut peer) = connection().await.expect("it is on this machine");
    w.write(vec![0; BIG]).expect("it is open");
    w.close();
    let w = Arc::new(w);
    let waits = Arc::clone(&w);
    let t = create_task(async move { waits.wait_closed().await.map_err(Exc::from) });
    sleep(0.05).await;
    let before = [w.is_closing(), t.done()];
    let mut received = Vec::new();
    let read = peer.read_to_end(&mut received).await;
    let flushed = json!([read.is_ok_and(|n| n == BIG), out(t).await]);
    let (_reader, w, peer) = connection().await.expect("it is on this machine");
    w.write(vec![0; BIG]).expect("it is open");
    w.close();
    reset(peer);
    json!([before, flushed, out(w.wait_closed()).await])
}
