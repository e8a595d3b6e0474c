//! `axum_service`, called in process on a virtual clock, and as a program over real sockets.

#[path = "../axum_service/service.rs"]
mod service;
mod support;

use asyncio::duration;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use service::router;
use std::error::Error;
use std::process::Stdio;
use std::time::Duration;
use support::{Tested, example};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::process::Command;
use tokio::time::Instant;
use tower::ServiceExt;

/// An address to which nobody can connect and from which nobody hears so: a listener whose queue is
/// full. It is full as long as what else is returned lives.
async fn hanging() -> std::io::Result<(String, impl Sized)> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    let listener = socket.listen(1)?;
    let address = listener.local_addr()?;
    let mut queue = Vec::new();
    while let Ok(stream) = asyncio::wait_for!(TcpStream::connect(address), 100ms).await {
        queue.push(stream?);
    }
    Ok((address.to_string(), (listener, queue)))
}

async fn closed() -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    Ok(listener.local_addr()?.to_string())
}

fn service(name: &str, address: &str) -> Result<service::Service, String> {
    format!("{name}={address}").parse()
}

async fn ask(router: &Router, path: &str) -> Result<(StatusCode, String), Box<dyn Error>> {
    let request = Request::get(path).body(Body::empty())?;
    let response = router.clone().oneshot(request).await?;
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await?;
    Ok((status, String::from_utf8(body.to_vec())?))
}

/// Without what is different each time, and on each system.
fn plain(body: &str) -> Result<Vec<Value>, serde_json::Error> {
    let body = serde_json::from_str(body)?;
    let mut body = match body {
        Value::Array(statuses) => statuses,
        status => vec![status],
    };
    for status in &mut body {
        if let Some(time) = status.get_mut("milliseconds") {
            *time = json!(null);
        }
        if let Some(error) = status.get_mut("error")
            && error
                .as_str()
                .is_some_and(|error| error.contains("refused"))
        {
            *error = json!("refused");
        }
    }
    Ok(body)
}

#[asyncio::test]
async fn every_service_is_checked_and_the_slowest_sets_the_time() -> Tested {
    let open = TcpListener::bind("127.0.0.1:0").await?;
    let (hanging, _queue) = hanging().await?;
    let router = router(
        [
            service("open", &open.local_addr()?.to_string())?,
            service("closed", &closed().await?)?,
            service("hanging", &hanging)?,
            service("hanging, too", &hanging)?,
        ]
        .into(),
    );
    let start = Instant::now();
    let (status, body) = ask(&router, "/status").await?;
    assert_eq!(start.elapsed(), duration!(500ms), "side by side");
    assert_eq!(status, StatusCode::OK);
    let slow = "timed out after 500ms";
    let expected = [
        json!({"name": "open", "up": true, "milliseconds": null}),
        json!({"name": "closed", "up": false, "error": "refused"}),
        json!({"name": "hanging", "up": false, "error": slow}),
        json!({"name": "hanging, too", "up": false, "error": slow}),
    ];
    assert_eq!(plain(&body)?, expected);

    let (status, body) = ask(&router, "/status/closed").await?;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(plain(&body)?, expected[1..2]);
    let (status, body) = ask(&router, "/status/nothing").await?;
    assert_eq!(
        (status, &*body),
        (StatusCode::NOT_FOUND, "no service `nothing`\n")
    );
    assert_eq!(
        ask(&router, "/ready").await?.0,
        StatusCode::SERVICE_UNAVAILABLE
    );
    Ok(())
}

#[asyncio::test]
async fn no_answer_takes_longer_than_its_limit() -> Tested {
    const LIMIT: Duration = duration!(2s);
    let (hanging, _queue) = hanging().await?;
    let many = (0..100).map(|i| service(&i.to_string(), &hanging));
    let router = router(many.collect::<Result<_, _>>()?);

    let start = Instant::now();
    let (status, body) = ask(&router, "/status").await?;
    assert_eq!(
        (status, &*body),
        (StatusCode::GATEWAY_TIMEOUT, "timed out after 2s\n")
    );
    assert_eq!(start.elapsed(), LIMIT);
    assert_eq!(
        ask(&router, "/ready").await?.0,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(start.elapsed(), 2 * LIMIT);
    Ok(())
}

#[asyncio::test(real_time)]
async fn answers_many_at_a_time_over_real_sockets() -> Tested {
    let watched = TcpListener::bind("127.0.0.1:0").await?;
    let mut server = Command::new(example("axum_service")?)
        .args(["127.0.0.1:0", &format!("self={}", watched.local_addr()?)])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut line = String::new();
    let stdout = server.stdout.take().ok_or("no output")?;
    BufReader::new(stdout).read_line(&mut line).await?;
    let address = line
        .trim_end()
        .strip_prefix("listening on ")
        .ok_or("no address")?;

    let client = reqwest::Client::new();
    let url = format!("http://{address}/status");
    let bodies =
        asyncio::gather!(..(0..50).map(|_| async { client.get(&url).send().await?.text().await }),)
            .await?;
    for body in bodies {
        let expected = [json!({"name": "self", "up": true, "milliseconds": null})];
        assert_eq!(plain(&body)?, expected);
    }
    let ready = client.get(format!("http://{address}/ready")).send().await?;
    assert_eq!(ready.status(), 204);
    Ok(())
}

#[asyncio::test(real_time)]
async fn refuses_what_is_no_service() -> Tested {
    let mut command = Command::new(example("axum_service")?);
    let output = command.args(["127.0.0.1:0", "db"]).output().await?;
    let stderr = String::from_utf8(output.stderr)?;
    assert!(
        stderr.starts_with("axum_service: `db` is not NAME=HOST:PORT\n"),
        "{stderr}"
    );
    assert_eq!(output.status.code(), Some(1));
    Ok(())
}
