//! Happy eyeballs (RFC 8305): connects to a host with several addresses, and does not wait for those
//! that do not answer.
//!
//! `cargo run -p asyncio --example happy_eyeballs [HOST:PORT]`. Without a host it starts a server on both
//! `::1` and `127.0.0.1`, and makes the first address of the host one that never answers.

use asyncio::{create_task, sleep, staggered_race};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream, lookup_host};

/// How long an address has before the next one is tried as well: RFC 8305 recommends this.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Addresses of both families in turn, IPv6 first.
fn interleave(addresses: impl IntoIterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let (v6, v4): (Vec<_>, Vec<_>) = addresses.into_iter().partition(SocketAddr::is_ipv6);
    let (mut v6, mut v4) = (v6.into_iter(), v4.into_iter());
    let mut turns = Vec::new();
    loop {
        let pair = [v6.next(), v4.next()];
        if pair == [None, None] {
            return turns;
        }
        turns.extend(pair.into_iter().flatten());
    }
}

async fn connect(address: SocketAddr) -> Result<TcpStream, (SocketAddr, io::Error)> {
    println!("  trying {address}");
    if address.ip() == Ipv6Addr::UNSPECIFIED {
        sleep(3600).await; // the address of the example that never answers
    }
    TcpStream::connect(address)
        .await
        .map_err(|error| (address, error))
}

async fn happy_eyeballs(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let attempts = addresses.into_iter().map(connect);
    staggered_race(attempts, ATTEMPT_DELAY)
        .await
        .map_err(|failures| {
            let failures = failures
                .iter()
                .map(|(address, error)| format!("{address}: {error}"));
            io::Error::other(failures.collect::<Vec<_>>().join("; "))
        })
}

/// A server on both loopback addresses, at the same port; only IPv4 where there is no IPv6.
async fn serve() -> io::Result<Vec<SocketAddr>> {
    let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let port = v4.local_addr()?.port();
    let v6 = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await;
    if let Err(error) = &v6 {
        println!("no IPv6 here: {error}");
    }
    let mut addresses = Vec::new();
    for listener in [Some(v4), v6.ok()].into_iter().flatten() {
        addresses.push(listener.local_addr()?);
        drop(create_task(async move {
            loop {
                if listener.accept().await.is_err() {
                    return;
                }
            }
        }));
    }
    Ok(addresses)
}

async fn report(name: &str, addresses: Vec<SocketAddr>) -> io::Result<()> {
    println!("{name}: {addresses:?}");
    let start = Instant::now();
    let stream = happy_eyeballs(addresses).await?;
    let (peer, taken) = (stream.peer_addr()?, start.elapsed());
    println!("  connected to {peer} after {} ms", taken.as_millis());
    Ok(())
}

#[asyncio::main]
async fn main() -> io::Result<()> {
    if let Some(host) = std::env::args().nth(1) {
        return report(&host, interleave(lookup_host(&host).await?)).await;
    }
    let addresses = serve().await?;
    let port = addresses[0].port();
    report("a dual-stack host", interleave(addresses.clone())).await?;
    let silent = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
    let mut first_is_silent = vec![silent];
    first_is_silent.extend(interleave(addresses));
    report("one whose first address never answers", first_is_silent).await
}
