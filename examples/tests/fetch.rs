//! `fetch` against a real server on loopback: pages that come at once, late, at the second attempt, and
//! never.

mod support;

use asyncio::{create_task, sleep};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::{Tested, example};
use tokio::net::TcpListener;
use tokio::process::Command;

#[derive(Default)]
struct Seen {
    flaky: AtomicUsize,
    failing: AtomicUsize,
    missing: AtomicUsize,
    running: AtomicUsize,
    most: AtomicUsize,
}

type Server = State<Arc<Seen>>;

async fn slow(State(seen): Server) -> &'static str {
    let running = seen.running.fetch_add(1, Ordering::SeqCst) + 1;
    seen.most.fetch_max(running, Ordering::SeqCst);
    sleep(0.05).await;
    seen.running.fetch_sub(1, Ordering::SeqCst);
    "slow"
}

async fn flaky(State(seen): Server) -> Result<&'static str, StatusCode> {
    match seen.flaky.fetch_add(1, Ordering::SeqCst) {
        0 => Err(StatusCode::SERVICE_UNAVAILABLE),
        _ => Ok("better"),
    }
}

async fn failing(State(seen): Server) -> StatusCode {
    seen.failing.fetch_add(1, Ordering::SeqCst);
    StatusCode::INTERNAL_SERVER_ERROR
}

async fn missing(State(seen): Server) -> StatusCode {
    seen.missing.fetch_add(1, Ordering::SeqCst);
    StatusCode::NOT_FOUND
}

/// Serves until the test ends. The address, and what was asked for.
async fn serve() -> std::io::Result<(String, Arc<Seen>)> {
    let seen = Arc::<Seen>::default();
    let pages = Router::new()
        .route("/ok", get(async || "x".repeat(1000)))
        .route("/slow", get(slow))
        .route("/flaky", get(flaky))
        .route("/failing", get(failing))
        .route("/missing", get(missing))
        .route("/hanging", get(std::future::pending::<()>))
        .with_state(Arc::clone(&seen));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    drop(create_task(axum::serve(listener, pages).into_future()));
    Ok((address, seen))
}

async fn fetch<S: AsRef<std::ffi::OsStr>>(
    arguments: impl IntoIterator<Item = S>,
) -> Result<Output, Box<dyn std::error::Error>> {
    let mut command = Command::new(example("fetch")?);
    Ok(command.args(arguments).output().await?)
}

/// The columns "tries" and "result" of an address.
fn row(output: &Output, url: &str) -> Option<(u32, String)> {
    let table = String::from_utf8_lossy(&output.stdout);
    table.lines().find_map(|line| {
        let (left, result) = line.split_once(&format!("  {url}  "))?;
        let tries = left.split_whitespace().nth(1)?.parse().ok()?;
        Some((tries, result.trim().to_owned()))
    })
}

#[asyncio::test(real_time)]
async fn says_what_came_of_each_page() -> Tested {
    let (server, seen) = serve().await?;
    let closed = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
    let refused = format!("http://{closed}/");
    let pages = ["ok", "slow", "flaky", "failing", "missing", "hanging"];
    let pages = pages.map(|page| format!("{server}/{page}"));

    let options = ["--timeout", "0.5", "--retries", "1", &refused];
    let output = fetch(options.into_iter().chain(pages.iter().map(String::as_str))).await?;

    let [ok, slow, flaky, failing, missing, hanging] = &pages;
    let some = |tries, result: &str| Some((tries, result.to_owned()));
    assert_eq!(row(&output, ok), some(1, "1000 bytes"));
    assert_eq!(row(&output, slow), some(1, "4 bytes"));
    assert_eq!(row(&output, flaky), some(2, "6 bytes"));
    assert_eq!(
        row(&output, failing),
        some(2, "failed: 500 Internal Server Error")
    );
    assert_eq!(row(&output, missing), some(1, "failed: 404 Not Found"));
    assert_eq!(
        row(&output, hanging),
        some(2, "failed: timed out after 500ms")
    );
    let (tries, result) = row(&output, &refused).ok_or("no row for the closed port")?;
    assert_eq!(tries, 2);
    assert!(result.contains("refused"), "{result}");
    assert!(String::from_utf8(output.stdout)?.ends_with("3 fetched, 4 failed\n"));
    assert_eq!(output.status.code(), Some(1));

    assert_eq!(seen.failing.load(Ordering::SeqCst), 2);
    assert_eq!(seen.missing.load(Ordering::SeqCst), 1, "404 is no accident");
    Ok(())
}

#[asyncio::test(real_time)]
async fn keeps_to_the_limit_and_ends_well() -> Tested {
    let (server, seen) = serve().await?;
    let list = std::env::temp_dir().join(format!("fetch-{}.txt", std::process::id()));
    let lines = format!(
        "# ten times the same\n\n{}",
        format!("{server}/slow\n").repeat(10)
    );
    tokio::fs::write(&list, lines).await?;
    let output = fetch(["--limit", "3", "--from", &list.to_string_lossy()]).await;
    tokio::fs::remove_file(&list).await?;
    let output = output?;

    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8(output.stdout)?.ends_with("10 fetched, 0 failed\n"));
    assert_eq!(seen.most.load(Ordering::SeqCst), 3);
    Ok(())
}

#[asyncio::test(real_time)]
async fn refuses_what_it_cannot_begin_with() -> Tested {
    for (arguments, complaint) in [
        (
            &["ftp://127.0.0.1/"][..],
            "`ftp` is not a scheme of the web",
        ),
        (
            &["no address"][..],
            "`no address`: relative URL without a base",
        ),
        (
            &["--limit", "0", "http://127.0.0.1/"][..],
            "`--limit` must be at least 1",
        ),
        (&["--from", "no such file"][..], "no such file: "),
        (&[][..], "no addresses"),
    ] {
        let output = fetch(arguments).await?;
        let stderr = String::from_utf8(output.stderr)?;
        assert!(stderr.contains(complaint), "{arguments:?}: {stderr}");
        assert_eq!(output.status.code(), Some(2));
    }
    Ok(())
}
