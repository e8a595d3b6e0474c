//! N. Servers.

use crate::streams::read;
use asyncio::{Server, StreamReader, StreamWriter, create_task, current_task};
use asyncio::{open_connection, start_server, with};
use asyncio_conformance::exceptions::Exc;
use asyncio_conformance::items;
use asyncio_conformance::probe::{Log, out, ticks};
use futures::poll;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;

items! {
    real: b_337 b_338 b_339;
}

async fn connect(port: u16) -> Result<(StreamReader, StreamWriter), Exc> {
    Ok(open_connection("127.0.0.1", port).await?)
}

fn port(server: &Server) -> u16 {
    server.sockets()[0].port()
}

async fn b_337() -> Value {
    let tasks = Log::new();
    let seen_by_handler = tasks.clone();
    let handler = move |mut r: StreamReader, w: StreamWriter| {
        let tasks = seen_by_handler.clone();
        async move {
            tasks.push(current_task().map(|task| task.id().to_string()));
            let line = r.readline().await?;
            w.write(&line)?;
            w.drain().await?;
            if line == b"fail\n" {
                return Err(Exc::value_error("handler"));
            }
            w.close();
            Ok(())
        }
    };
    let server = start_server(handler, "127.0.0.1", 0).await;
    let seen = with(server.expect("a port is free"), async |server| {
        let mut seen = Vec::new();
        for line in ["fine\n", "fail\n"] {
            let (mut r, w) = connect(port(server)).await?;
            w.write(line)?;
            seen.push(read(r.read_to_eof()).await);
        }
        Ok::<_, Exc>(seen)
    });
    let seen = out(seen).await;
    let different: BTreeSet<_> = tasks.with("").into_iter().collect();
    json!([seen, different.len()])
}

async fn echo() -> Server {
    let handler = |mut r: StreamReader, w: StreamWriter| async move {
        let mut lines = r.lines();
        while let Some(line) = lines.next().await {
            w.write(line?)?;
            w.drain().await?;
        }
        w.close();
        Ok::<_, Exc>(())
    };
    let server = start_server(handler, "127.0.0.1", 0).await;
    server.expect("a port is free")
}

/// What a client reads after it has sent a line.
async fn echoed(r: &mut StreamReader, w: &StreamWriter, line: &str) -> Value {
    w.write(line).expect("it is open");
    read(r.readline()).await
}

async fn b_338() -> Value {
    let server = echo().await;
    let port_of = port(&server);
    let (mut r, w) = connect(port_of).await.expect("it serves");
    let serving = server.is_serving();
    server.close();
    let mut closed = pin!(server.wait_closed());
    let waits = poll!(&mut closed).is_ready();
    let line = echoed(&mut r, &w, "still here\n").await;
    let refused = connect(port_of).await.map(|_| "accepted");
    let refused = refused.unwrap_or_else(|error| match error.kind() {
        "ConnectionRefusedError" => "!ConnectionRefusedError",
        other => other,
    });
    ticks(3).await;
    let waits = waits || poll!(&mut closed).is_ready();
    w.close();
    let waited = asyncio::wait_for(closed, 5).await.is_ok();
    let of_block = with(echo().await, async |server| port(server)).await;
    let serving_after = connect(of_block).await.is_ok();
    json!([serving, line, refused, [waits, waited], serving_after])
}

/// (Cancelled, it also closes its connections, as since CPython 3.15.)
async fn b_339() -> Value {
    let server = Arc::new(echo().await);
    let (mut r, w) = connect(port(&server)).await.expect("it serves");
    let one = echoed(&mut r, &w, "one\n").await;
    server.close_clients();
    let closed = json!([one, read(r.read_to_eof()).await]);
    let (mut r, w) = connect(port(&server)).await.expect("it serves");
    let two = echoed(&mut r, &w, "two\n").await;
    server.abort_clients();
    let aborted = json!([two, read(r.read_to_eof()).await]);
    let forever = Arc::clone(&server);
    let t = create_task(async move { forever.serve_forever().await });
    ticks(2).await;
    let serving = server.is_serving();
    t.cancel();
    let outcome = out(t).await;
    json!([closed, aborted, serving, outcome, server.is_serving()])
}
