//! The addresses of a host, and which of them answers: happy eyeballs, RFC 8305.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};

/// All addresses that the system knows of a host, each once.
pub(super) async fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for address in tokio::net::lookup_host((host, port)).await? {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() {
        let what = "the host has no address";
        return Err(io::Error::new(io::ErrorKind::NotFound, what));
    }
    Ok(addresses)
}

/// In which order, how fast and from where addresses are tried.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Attempts {
    pub(super) local: Option<SocketAddr>,
    /// `None`: the next one when the last has failed.
    pub(super) delay: Option<Duration>,
    pub(super) interleave: Option<usize>,
}

type Failure = (SocketAddr, io::Error);

impl Attempts {
    pub(super) async fn connect(self, host: &str, port: u16) -> io::Result<TcpStream> {
        self.connect_any(resolve(host, port).await?).await
    }

    async fn connect_any(self, addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
        let attempts = self.order(addresses).into_iter();
        let attempts = attempts.map(|address| self.attempt(address));
        let delay = self.delay.unwrap_or(Duration::MAX);
        let connected = crate::staggered_race(attempts, delay).await;
        connected.map_err(all_failed)
    }

    fn order(self, addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
        match self.interleave.unwrap_or(usize::from(self.delay.is_some())) {
            0 => addresses,
            first => interleave(addresses, first),
        }
    }

    async fn attempt(self, address: SocketAddr) -> Result<TcpStream, Failure> {
        let connected = connect_to(address, self.local).await;
        connected.map_err(|error| (address, error))
    }
}

async fn connect_to(address: SocketAddr, local: Option<SocketAddr>) -> io::Result<TcpStream> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    if let Some(local) = local {
        if local.is_ipv6() != address.is_ipv6() {
            let what = format!("the local address {local} is of another family");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        socket.bind(local)?;
    }
    socket.connect(address).await
}

/// The families in turns, beginning with that of the first address, which has `first` of them at once:
/// CPython's `_interleave_addrinfos`.
fn interleave(addresses: Vec<SocketAddr>, first: usize) -> Vec<SocketAddr> {
    let leads = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (leading, others): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|a| a.is_ipv6() == leads);
    let (mut leading, mut others) = (leading.into_iter(), others.into_iter());
    let mut turns: Vec<_> = leading.by_ref().take(first.saturating_sub(1)).collect();
    loop {
        let pair = [leading.next(), others.next()];
        if pair == [None, None] {
            return turns;
        }
        turns.extend(pair.into_iter().flatten());
    }
}

/// One error as it is; of several, what each address had to say.
fn all_failed(mut errors: Vec<Failure>) -> io::Error {
    if errors.len() == 1 {
        return errors.remove(0).1;
    }
    let kinds: Vec<_> = errors.iter().map(|(_, error)| error.kind()).collect();
    let all_alike = kinds.windows(2).all(|pair| pair[0] == pair[1]);
    let kind = if all_alike {
        kinds[0]
    } else {
        io::ErrorKind::Other
    };
    let all: Vec<String> = errors.iter().map(|(a, e)| format!("{a}: {e}")).collect();
    io::Error::new(kind, format!("no address connects: {}", all.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    fn addresses(texts: &str) -> Vec<SocketAddr> {
        let port = |text| match text {
            "a" | "b" | "c" => format!("[::{text}]:1"),
            number => format!("127.0.0.{number}:1"),
        };
        let texts = texts.split(' ').map(|text| port(text).parse().unwrap());
        texts.collect()
    }

    #[test]
    fn families_take_turns_as_in_cpython() {
        let of = |texts, first| interleave(addresses(texts), first);
        // What `asyncio.base_events._interleave_addrinfos` gives.
        assert_eq!(of("a b c 1 2", 1), addresses("a 1 b 2 c"));
        assert_eq!(of("a b c 1 2", 2), addresses("a b 1 c 2"));
        assert_eq!(of("1 2 a", 1), addresses("1 a 2"));
        assert_eq!(of("1 2 3", 2), addresses("1 2 3"));
        assert_eq!(of("a 1", 9), addresses("a 1"));
    }

    #[test]
    fn they_take_turns_where_that_is_asked_for() {
        let order = |delay, interleave| {
            let local = None;
            Attempts {
                local,
                delay,
                interleave,
            }
            .order(addresses("a b 1"))
        };
        let delay = Some(Duration::from_millis(250));
        assert_eq!(order(None, None), addresses("a b 1"));
        assert_eq!(order(delay, None), addresses("a 1 b"));
        assert_eq!(order(None, Some(1)), addresses("a 1 b"));
        assert_eq!(order(delay, Some(0)), addresses("a b 1"));
    }

    /// An address that does not answer, as long as the sockets live: nobody accepts, and no more than
    /// these may wait.
    async fn silent() -> (SocketAddr, TcpListener, Vec<TcpStream>) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut waiting = Vec::new();
        let limit = Duration::from_millis(300);
        while let Ok(one) = tokio::time::timeout(limit, TcpStream::connect(address)).await {
            waiting.push(one.unwrap());
        }
        (address, listener, waiting)
    }

    #[cfg(target_os = "linux")]
    #[crate::test(real_time)]
    async fn whoever_does_not_answer_is_not_waited_for() {
        let (silent, _listener, _waiting) = silent().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let answers = listener.local_addr().unwrap();
        let attempts = |delay| Attempts {
            delay,
            ..Attempts::default()
        };
        let eager = attempts(Some(Duration::from_millis(20)));
        let connected = eager.connect_any(vec![silent, answers]).await.unwrap();
        assert_eq!(connected.peer_addr().unwrap(), answers);
        let patient = attempts(None).connect_any(vec![silent, answers]);
        let limit = Duration::from_millis(300);
        assert!(tokio::time::timeout(limit, patient).await.is_err());
    }

    #[crate::test(real_time)]
    async fn whoever_refuses_is_followed_by_the_next_at_once() {
        let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let refuses = gone.local_addr().unwrap();
        drop(gone);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let answers = listener.local_addr().unwrap();
        let delay = Some(Duration::from_secs(600));
        for attempts in [
            Attempts::default(),
            Attempts {
                delay,
                ..Attempts::default()
            },
        ] {
            let connected = attempts.connect_any(vec![refuses, answers]).await.unwrap();
            assert_eq!(connected.peer_addr().unwrap(), answers);
        }
    }

    #[crate::test(real_time)]
    async fn the_local_address_is_of_the_same_family() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let from = |local: &str| Attempts {
            local: Some(local.parse().unwrap()),
            ..Attempts::default()
        };
        let connected = from("127.0.0.1:0")
            .connect_any(vec![address])
            .await
            .unwrap();
        assert!(connected.local_addr().unwrap().ip().is_loopback());
        let error = from("[::1]:0")
            .connect_any(vec![address])
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn several_failures_are_all_told() {
        let failure = |address, kind: io::ErrorKind| (addresses(address)[0], kind.into());
        let one = all_failed(vec![failure("1", io::ErrorKind::TimedOut)]);
        assert_eq!(one.to_string(), "timed out");
        let refused = io::ErrorKind::ConnectionRefused;
        let alike = all_failed(vec![failure("a", refused), failure("1", refused)]);
        assert_eq!(alike.kind(), refused);
        let text =
            "no address connects: [::a]:1: connection refused, 127.0.0.1:1: connection refused";
        assert_eq!(alike.to_string(), text);
        let mixed = all_failed(vec![
            failure("a", refused),
            failure("1", io::ErrorKind::TimedOut),
        ]);
        assert_eq!(mixed.kind(), io::ErrorKind::Other);
    }
}
