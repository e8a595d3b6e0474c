//! Streams, tested against pipes in memory, sockets, and CPython's own streams.

use asyncio::{
    ReadError, Server, StreamReader, StreamWriter, create_task, open_connection, sleep,
    start_server, timeout,
};
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

/// A reader, and what feeds it.
fn fed(limit: usize) -> (StreamReader, DuplexStream) {
    let (near, far) = duplex(1 << 20);
    (StreamReader::with_limit(near, limit), far)
}

fn reader(bytes: &'static [u8]) -> StreamReader {
    StreamReader::new(bytes)
}

/// Polls a future once, and drops it unless it is done.
async fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Lets tasks in the background go on.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

mod reading {
    use super::*;

    #[asyncio::test]
    async fn read_gives_what_is_there_and_nothing_at_the_end() {
        let (mut reader, mut far) = fed(64);
        far.write_all(b"abcdef").await.unwrap();
        assert_eq!(reader.read(0).await.unwrap(), b"");
        assert_eq!(reader.read(4).await.unwrap(), b"abcd");
        assert_eq!(reader.read(100).await.unwrap(), b"ef");
        assert!(
            poll_once(reader.read(1)).await.is_none(),
            "waits for a byte"
        );
        assert!(!reader.at_eof());
        drop(far);
        assert_eq!(reader.read(1).await.unwrap(), b"");
        assert!(reader.at_eof());
    }

    #[asyncio::test]
    async fn a_cancelled_read_to_eof_loses_nothing() {
        let (mut reader, mut far) = fed(4);
        far.write_all(b"more than the limit").await.unwrap();
        assert!(poll_once(reader.read_to_eof()).await.is_none());
        far.write_all(b", and the rest").await.unwrap();
        drop(far);
        let all = reader.read_to_eof().await.unwrap();
        assert_eq!(all, b"more than the limit, and the rest");
    }

    #[asyncio::test]
    async fn readexactly_gives_exactly_that_many() {
        let (mut reader, mut far) = fed(4);
        far.write_all(b"12345678").await.unwrap();
        assert_eq!(reader.readexactly(0).await.unwrap(), b"");
        assert_eq!(reader.readexactly(6).await.unwrap(), b"123456");
        assert!(poll_once(reader.readexactly(6)).await.is_none());
        far.write_all(b"9abc").await.unwrap();
        assert_eq!(reader.readexactly(6).await.unwrap(), b"789abc");
    }

    #[asyncio::test]
    async fn readexactly_at_the_end_gives_what_there_was() {
        let mut reader = reader(b"abc");
        match reader.readexactly(5).await {
            Err(ReadError::Incomplete(error)) => {
                assert_eq!(error.partial(), b"abc");
                assert_eq!(error.expected(), Some(5));
            }
            other => panic!("{other:?}"),
        }
        assert!(reader.at_eof());
        assert_eq!(reader.readexactly(0).await.unwrap(), b"");
    }

    #[asyncio::test]
    async fn readexactly_does_not_trust_a_length() {
        let mut reader = reader(b"abc");
        let error = reader.readexactly(usize::MAX).await.unwrap_err();
        assert!(
            matches!(error, ReadError::Incomplete(_)),
            "no memory for it"
        );
    }

    #[asyncio::test]
    async fn readline_gives_lines_and_then_the_rest() {
        let mut reader = reader(b"one\n\ntwo");
        assert_eq!(reader.readline().await.unwrap(), b"one\n");
        assert_eq!(reader.readline().await.unwrap(), b"\n");
        assert_eq!(reader.readline().await.unwrap(), b"two");
        assert_eq!(reader.readline().await.unwrap(), b"");
    }

    #[asyncio::test]
    async fn a_cancelled_readline_loses_nothing() {
        let (mut reader, mut far) = fed(64);
        for byte in b"one line\n" {
            assert!(poll_once(reader.readline()).await.is_none());
            far.write_all(&[*byte]).await.unwrap();
        }
        assert_eq!(reader.readline().await.unwrap(), b"one line\n");
    }

    #[asyncio::test]
    async fn a_line_over_the_limit_is_discarded() {
        let (mut reader, mut far) = fed(3);
        far.write_all(b"line1\nx\n").await.unwrap();
        let error = reader.readline().await.unwrap_err();
        assert!(matches!(error, ReadError::Value(_)), "{error:?}");
        assert_eq!(reader.readline().await.unwrap(), b"x\n");

        far.write_all(b"no end").await.unwrap();
        let error = reader.readline().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "separator is not found, and chunk exceed the limit"
        );
        assert_eq!(reader.buffer(), b"", "all of it went");
        far.write_all(b"ok\n").await.unwrap();
        assert_eq!(reader.readline().await.unwrap(), b"ok\n");
    }

    #[asyncio::test]
    async fn readuntil_stops_at_the_separator() {
        let mut reader = reader(b"a--b-c--d");
        assert_eq!(reader.readuntil("--").await.unwrap(), b"a--");
        assert_eq!(reader.readuntil(b"--").await.unwrap(), b"b-c--");
        match reader.readuntil(&b"--"[..]).await {
            Err(ReadError::Incomplete(error)) => {
                assert_eq!(error.into_partial(), b"d");
            }
            other => panic!("{other:?}"),
        }
    }

    #[asyncio::test]
    async fn of_several_separators_the_match_that_ends_first_counts() {
        // Of CPython's test_readuntil_multi_separator and its neighbours.
        let mut reader = reader(b"line1\nline2\r\nline3\rxxABCDEF");
        let newlines = ("\r\n", "\n", "\r");
        assert_eq!(reader.readuntil(newlines).await.unwrap(), b"line1\n");
        assert_eq!(reader.readuntil(newlines).await.unwrap(), b"line2\r");
        assert_eq!(reader.readuntil(["\n"]).await.unwrap(), b"\n");
        assert_eq!(
            reader.readuntil((b"\r", b"\r\n")).await.unwrap(),
            b"line3\r"
        );
        let list: &[&str] = &["ABCD", "BC"];
        assert_eq!(reader.readuntil(list).await.unwrap(), b"xxABC");
    }

    #[asyncio::test]
    async fn a_separator_may_come_in_pieces() {
        let (mut reader, mut far) = fed(64);
        for byte in b"body\r\n\r" {
            far.write_all(&[*byte]).await.unwrap();
            assert!(poll_once(reader.readuntil("\r\n\r\n")).await.is_none());
        }
        let (body, ()) = asyncio::gather!(
            async { reader.readuntil("\r\n\r\n").await.unwrap() },
            async { far.write_all(b"\nrest").await.unwrap() }
        )
        .await;
        assert_eq!(body, b"body\r\n\r\n");
        assert_eq!(reader.read(9).await.unwrap(), b"rest");
    }

    #[asyncio::test]
    async fn over_the_limit_readuntil_leaves_the_data() {
        let (mut reader, mut far) = fed(3);
        far.write_all(b"some dataAA").await.unwrap();
        match reader.readuntil("AAA").await {
            Err(ReadError::LimitOverrun(error)) => {
                // The two letters may be the start of the separator.
                assert_eq!(error.consumed(), 9);
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(reader.buffer(), b"some dataAA");
        far.write_all(b"A").await.unwrap();
        assert!(reader.readuntil("AAA").await.is_err());
        assert_eq!(reader.readexactly(9).await.unwrap(), b"some data");
        assert_eq!(reader.readuntil("AAA").await.unwrap(), b"AAA");
    }

    #[asyncio::test]
    async fn the_limit_is_for_what_stands_before_the_separator() {
        let mut reader = StreamReader::with_limit(&b"abc;abcd;"[..], 3);
        assert_eq!(reader.readuntil(";").await.unwrap(), b"abc;");
        assert!(matches!(
            reader.readuntil(";").await,
            Err(ReadError::LimitOverrun(error)) if error.consumed() == 4
        ));
    }

    #[asyncio::test]
    async fn separators_that_are_none_are_refused() {
        let mut reader = reader(b"data");
        for misuse in [
            reader.readuntil("").await,
            reader.readuntil(("a", "")).await,
            reader.readuntil([""; 0]).await,
        ] {
            assert!(matches!(misuse, Err(ReadError::Value(_))), "{misuse:?}");
        }
        assert_eq!(reader.read_to_eof().await.unwrap(), b"data");
    }

    /// The search goes on where it stopped; whatever the pieces, it finds what a search over all finds.
    #[asyncio::test]
    async fn pieces_do_not_matter() {
        let mut random = 7_u32;
        let mut next = |below: usize| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 16) as usize % below
        };
        for _ in 0..500 {
            let text: Vec<u8> = (0..next(30)).map(|_| b"ab;"[next(3)]).collect();
            let separators = [&b";"[..], b"ab", b"bba", b"aab"];
            let separators = &separators[..1 + next(4)];
            let (mut reader, mut far) = fed(64);
            let mut rest = &text[..];
            let mut got = Vec::new();
            while !rest.is_empty() {
                let (piece, later) = rest.split_at(1 + next(rest.len()));
                far.write_all(piece).await.unwrap();
                rest = later;
                while let Some(part) = poll_once(reader.readuntil(separators)).await {
                    got.push(part.unwrap());
                }
            }
            let mut want = Vec::new();
            let mut from = 0;
            for end in 1..=text.len() {
                if separators.iter().any(|s| text[from..end].ends_with(s)) {
                    want.push(text[from..end].to_vec());
                    from = end;
                }
            }
            assert_eq!(got, want, "{:?}", String::from_utf8_lossy(&text));
            assert_eq!(reader.buffer(), &text[from..]);
        }
    }

    #[asyncio::test]
    async fn lines_end_with_the_stream() {
        let (mut reader, mut far) = fed(64);
        far.write_all(b"a\nb").await.unwrap();
        let mut lines = StreamReader::lines(&mut reader); // Tokio's trait has one too
        assert_eq!(lines.next().await.unwrap().unwrap(), b"a\n");
        assert!(poll_once(lines.next()).await.is_none());
        far.write_all(b"c\nd").await.unwrap();
        drop(far);
        assert_eq!(lines.next().await.unwrap().unwrap(), b"bc\n");
        assert_eq!(lines.next().await.unwrap().unwrap(), b"d");
        assert!(lines.next().await.is_none());
        assert!(lines.next().await.is_none());
    }

    #[asyncio::test]
    async fn a_failed_connection_keeps_failing() {
        let io = tokio_test_io(vec![
            Ok(b"abc".to_vec()),
            Err(io::ErrorKind::ConnectionReset.into()),
        ]);
        let mut reader = StreamReader::new(io);
        for _ in 0..2 {
            match reader.readline().await {
                Err(ReadError::Io(error)) => {
                    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(reader.readexactly(3).await.unwrap(), b"abc", "is not lost");
    }

    /// Gives these, one after the other.
    fn tokio_test_io(script: Vec<io::Result<Vec<u8>>>) -> impl tokio::io::AsyncRead + Send {
        struct Script(std::vec::IntoIter<io::Result<Vec<u8>>>);
        impl tokio::io::AsyncRead for Script {
            fn poll_read(
                mut self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
                buffer: &mut tokio::io::ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                if let Some(next) = self.0.next() {
                    buffer.put_slice(&next?);
                }
                Poll::Ready(Ok(()))
            }
        }
        Script(script.into_iter())
    }

    #[asyncio::test]
    async fn it_is_a_reader_of_tokio() {
        let mut reader = reader(b"head\nbody and more");
        let mut head = String::new();
        AsyncBufReadExt::read_line(&mut reader, &mut head)
            .await
            .unwrap();
        assert_eq!(head, "head\n");
        let mut body = [0; 4];
        reader.read_exact(&mut body).await.unwrap();
        assert_eq!(&body, b"body");
        assert_eq!(reader.readexactly(4).await.unwrap(), b" and");
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, b" more");
        assert!(reader.at_eof());
    }
}

mod writing {
    use super::*;

    #[asyncio::test]
    async fn what_is_not_drained_goes_out_too() {
        let (near, mut far) = duplex(16);
        let writer = StreamWriter::new(near);
        let text = vec![b'x'; 1000];
        writer.write(&text).unwrap();
        assert_eq!(writer.write_buffer_size(), 984, "the rest went at once");
        let mut got = vec![0; 1000];
        far.read_exact(&mut got).await.unwrap();
        assert_eq!(got, text);
        assert_eq!(writer.write_buffer_size(), 0);
    }

    #[asyncio::test]
    async fn drain_waits_from_the_high_mark_to_the_low_one() {
        let (near, mut far) = duplex(1);
        let writer = StreamWriter::new(near);
        assert_eq!(writer.write_buffer_limits(), (16 * 1024, 64 * 1024));
        writer.set_write_buffer_limits(10, 4);
        writer.write([b'x'; 11]).unwrap(); // one is out
        assert!(
            poll_once(writer.drain()).await.is_some(),
            "10 are not above 10"
        );
        writer.write("y").unwrap();
        assert!(poll_once(writer.drain()).await.is_none());

        let (drained, ()) = asyncio::gather!(
            async {
                writer.drain().await.unwrap();
                writer.write_buffer_size()
            },
            async {
                let mut some = [0; 8];
                far.read_exact(&mut some).await.unwrap();
                settle().await;
            }
        )
        .await;
        assert!(drained <= 4, "{drained}");
    }

    #[asyncio::test]
    async fn several_tasks_may_drain() {
        let (near, mut far) = duplex(8);
        let writer = StreamWriter::new(near);
        writer.set_write_buffer_limits(0, None);
        writer.write(vec![1; 100]).unwrap();
        let mut all = vec![0; 100];
        let (a, b, c) = asyncio::gather!(
            async { writer.drain().await.is_ok() },
            async { writer.drain().await.is_ok() },
            async { far.read_exact(&mut all).await.is_ok() },
        )
        .await;
        assert!(a && b && c);
    }

    #[asyncio::test]
    async fn a_cancelled_drain_holds_nobody_back() {
        let (near, mut far) = duplex(8);
        let writer = StreamWriter::new(near);
        writer.set_write_buffer_limits(0, None);
        writer.write(vec![1; 100]).unwrap();
        assert!(poll_once(writer.drain()).await.is_none());
        let mut all = vec![0; 100];
        far.read_exact(&mut all).await.unwrap();
        writer.drain().await.unwrap();
    }

    #[asyncio::test]
    async fn close_writes_out_first() {
        let (near, mut far) = duplex(4);
        let writer = StreamWriter::new(near);
        writer.write("all of this").unwrap();
        writer.close();
        assert!(writer.is_closing());
        assert!(poll_once(writer.wait_closed()).await.is_none());
        let mut all = Vec::new();
        far.read_to_end(&mut all).await.unwrap();
        assert_eq!(all, b"all of this");
        writer.wait_closed().await.unwrap();
    }

    #[asyncio::test]
    async fn so_does_drop() {
        let (near, mut far) = duplex(4);
        let writer = StreamWriter::new(near);
        writer.write("all of this").unwrap();
        drop(writer);
        let mut all = Vec::new();
        far.read_to_end(&mut all).await.unwrap();
        assert_eq!(all, b"all of this");
    }

    #[asyncio::test]
    async fn abort_does_not() {
        let (near, mut far) = duplex(4);
        let writer = StreamWriter::new(near);
        writer.write("all of this").unwrap();
        writer.abort();
        writer.wait_closed().await.unwrap();
        let mut all = Vec::new();
        far.read_to_end(&mut all).await.unwrap();
        assert_eq!(all, b"all ");
    }

    #[asyncio::test]
    async fn a_closed_stream_takes_nothing() {
        let (near, _far) = duplex(64);
        let writer = StreamWriter::new(near);
        writer.write_eof().unwrap();
        writer.write_eof().unwrap();
        let error = writer.write("x").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        let inner = error.get_ref().unwrap();
        assert!(inner.is::<asyncio::InvalidStateError>());
        assert_eq!(inner.to_string(), "cannot write after `write_eof`");

        writer.close();
        let error = writer.write("x").unwrap_err();
        assert_eq!(error.to_string(), "cannot write to a closed stream");
        assert!(writer.write_eof().is_err());
        writer.wait_closed().await.unwrap();
        let error = writer.drain().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        assert_eq!(error.to_string(), "connection lost");
    }

    #[asyncio::test]
    async fn a_lost_connection_is_told_by_everything() {
        let (near, far) = duplex(4);
        let writer = StreamWriter::new(near);
        writer.write("too much for it").unwrap();
        drop(far);
        let kinds = [
            writer.wait_closed().await.unwrap_err().kind(),
            writer.drain().await.unwrap_err().kind(),
            writer.write("x").unwrap_err().kind(),
            writer.wait_closed().await.unwrap_err().kind(),
        ];
        assert_eq!(kinds, [io::ErrorKind::BrokenPipe; 4]);
        assert!(writer.is_closing());
        assert_eq!(writer.write_buffer_size(), 0);
    }

    /// It once woke itself for ever.
    #[asyncio::test]
    async fn waiting_for_the_close_of_an_idle_stream_is_idle() {
        let (near, _far) = duplex(64);
        let writer = StreamWriter::new(near);
        let polls = std::cell::Cell::new(0);
        let mut closed = pin!(writer.wait_closed());
        let counted = poll_fn(|cx| {
            polls.set(polls.get() + 1);
            closed.as_mut().poll(cx)
        });
        // Of two branches both would be polled whichever is woken.
        asyncio::gather!(
            async { counted.await.unwrap() },
            async {
                settle().await;
                writer.close();
            },
            std::future::ready(()),
        )
        .await;
        assert!(polls.get() <= 3, "{} polls", polls.get());
    }

    #[asyncio::test]
    async fn it_is_a_writer_of_tokio() {
        let (near, mut far) = duplex(16);
        let mut writer = StreamWriter::new(near);
        writer.set_write_buffer_limits(100, None);
        let reading = create_task(async move {
            let mut all = Vec::new();
            far.read_to_end(&mut all).await.unwrap();
            all.len()
        });
        for _ in 0..100 {
            writer.write_all(&[7; 90]).await.unwrap();
            assert!(writer.write_buffer_size() <= 190, "poll_write waits");
        }
        writer.flush().await.unwrap();
        assert_eq!(writer.write_buffer_size(), 0);
        writer.shutdown().await.unwrap();
        assert_eq!(reading.await, Ok(9000));
    }

    #[test]
    fn without_a_runtime_who_waits_writes() {
        let (near, mut far) = duplex(4);
        futures::executor::block_on(async {
            let writer = StreamWriter::new(near);
            writer.write("all of this").unwrap();
            writer.close();
            let mut all = Vec::new();
            let (closed, _) = futures::join!(writer.wait_closed(), far.read_to_end(&mut all));
            closed.unwrap();
            assert_eq!(all, b"all of this");
        });
    }

    /// Writers on several threads, one that keeps giving up on `drain`, and a slow peer.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn nothing_is_lost_between_threads() {
        for _ in 0..20 {
            let (near, mut far) = duplex(64);
            let writer = Arc::new(StreamWriter::new(near));
            writer.set_write_buffer_limits(256, 64);
            let tasks: Vec<_> = (0..4_u8)
                .map(|i| {
                    let writer = Arc::clone(&writer);
                    tokio::spawn(async move {
                        for _ in 0..200 {
                            writer.write([i; 10]).unwrap();
                            if i == 0 {
                                let _ = poll_once(writer.drain()).await;
                            } else {
                                writer.drain().await.unwrap();
                            }
                        }
                    })
                })
                .collect();
            let reading = tokio::spawn(async move {
                let mut all = Vec::new();
                far.read_to_end(&mut all).await.unwrap();
                all
            });
            for task in tasks {
                task.await.unwrap();
            }
            writer.close();
            writer.wait_closed().await.unwrap();
            let all = reading.await.unwrap();
            assert_eq!(all.len(), 8000);
            assert!(
                all.chunks(10).all(|c| c.iter().all(|b| *b == c[0])),
                "what one call writes stays together"
            );
        }
    }
}

mod sockets {
    use super::*;

    async fn echo() -> Server {
        let echo = |mut reader: StreamReader, writer: StreamWriter| async move {
            loop {
                let some = reader.read(1000).await?;
                if some.is_empty() {
                    return Ok::<(), io::Error>(());
                }
                writer.write(some)?;
                writer.drain().await?;
            }
        };
        start_server(echo, "127.0.0.1", 0).await.unwrap()
    }

    async fn connect(server: &Server) -> (StreamReader, StreamWriter) {
        let addr = server.sockets()[0];
        open_connection(addr.ip(), addr.port()).await.unwrap()
    }

    #[asyncio::test(real_time)]
    async fn half_close() {
        let server = echo().await;
        let (mut reader, writer) = connect(&server).await;
        let big = vec![5; 1 << 20];
        writer.write(&big).unwrap();
        writer.write_eof().unwrap();
        assert_eq!(reader.read_to_eof().await.unwrap(), big);
        assert!(!writer.is_closing());
        writer.close();
        writer.wait_closed().await.unwrap();
        server.close();
        timeout(5, server.wait_closed()).await.unwrap();
    }

    #[asyncio::test(real_time)]
    async fn addresses() {
        let server = echo().await;
        let (_reader, writer) = connect(&server).await;
        assert_eq!(writer.peer_addr(), Some(server.sockets()[0]));
        assert!(writer.local_addr().is_some());
        assert_eq!(writer.peer_path(), None);
    }

    #[asyncio::test(real_time)]
    async fn a_dropped_writer_lets_the_reader_read_on() {
        let server = echo().await;
        let (mut reader, writer) = connect(&server).await;
        writer.write("hello").unwrap();
        drop(writer);
        assert_eq!(reader.read_to_eof().await.unwrap(), b"hello");
    }

    #[asyncio::test(real_time)]
    async fn close_ends_the_own_reader_too() {
        let server = echo().await;
        let (mut reader, writer) = connect(&server).await;
        let reading = create_task(async move { reader.read(10).await });
        settle().await;
        writer.close();
        let read = timeout(5, reading).await.unwrap().unwrap();
        assert_eq!(read.unwrap(), b"");
    }

    #[asyncio::test(real_time)]
    async fn nobody_there() {
        let server = echo().await;
        let addr = server.sockets()[0];
        server.close();
        let error = open_connection(addr.ip(), addr.port()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        assert!(server.sockets().is_empty());
    }

    #[asyncio::test(real_time)]
    async fn happy_eyeballs_connect_as_well() {
        let server = echo().await;
        let port = server.sockets()[0].port();
        for host in ["127.0.0.1", "localhost"] {
            let connecting = open_connection(host, port).happy_eyeballs_delay(0.25);
            let (mut reader, writer) = connecting.interleave(1).limit(5).await.unwrap();
            assert_eq!(reader.limit(), 5);
            writer.write("eyes").unwrap();
            assert_eq!(reader.readexactly(4).await.unwrap(), b"eyes");
        }
    }

    #[asyncio::test(real_time)]
    async fn a_server_that_is_dropped_frees_a_socket_that_was_there_before() {
        use asyncio::streams::start_server_on;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let greet = |_, writer: StreamWriter| async move { writer.write("hi") };
        let server = start_server_on(greet, listener)
            .start_serving(false)
            .await
            .unwrap();
        assert_eq!((server.is_serving(), server.sockets()), (false, vec![addr]));
        server.start_serving().unwrap();
        let (mut reader, _writer) = open_connection("127.0.0.1", addr.port()).await.unwrap();
        assert_eq!(reader.read_to_eof().await.unwrap(), b"hi");
        drop(server);
        tokio::net::TcpListener::bind(addr).await.unwrap();
    }

    #[asyncio::test(real_time)]
    async fn a_reset_is_told_by_the_drain_of_the_writer() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (mut reader, writer) = open_connection("127.0.0.1", port).await.unwrap();
        let (peer, _) = listener.accept().await.unwrap();
        writer.write("unread, so that closing resets").unwrap();
        sleep(0.02).await;
        drop(peer);
        let error = reader.read(1).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        let error = writer.drain().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }

    #[asyncio::test(real_time)]
    async fn close_stops_accepting_only() {
        let server = echo().await;
        let (mut reader, writer) = connect(&server).await;
        writer.write("1").unwrap();
        assert_eq!(reader.readexactly(1).await.unwrap(), b"1");
        server.close();
        assert!(!server.is_serving());
        writer.write("2").unwrap();
        assert_eq!(reader.readexactly(1).await.unwrap(), b"2");
        assert!(timeout(0.05, server.wait_closed()).await.is_err());
        writer.close();
        timeout(5, server.wait_closed()).await.unwrap();
        assert!(server.start_serving().is_err());
    }

    #[asyncio::test(real_time)]
    async fn clients_can_be_closed() {
        let server = echo().await;
        let (mut reader, writer) = connect(&server).await;
        writer.write("1").unwrap();
        assert_eq!(reader.readexactly(1).await.unwrap(), b"1");
        server.close();
        server.close_clients();
        assert_eq!(reader.read(1).await.unwrap(), b"");
        timeout(5, server.wait_closed()).await.unwrap();
    }

    #[asyncio::test(real_time)]
    async fn clients_can_be_aborted() {
        // The peer never reads, so that the client could not be closed.
        let flood = |_reader: StreamReader, writer: StreamWriter| async move {
            writer.write(vec![0; 32 << 20])?;
            writer.drain().await
        };
        let server = start_server(flood, "127.0.0.1", 0).await.unwrap();
        let (mut reader, _writer) = connect(&server).await;
        assert!(!reader.read(1).await.unwrap().is_empty());
        server.close();
        server.close_clients();
        assert!(timeout(0.05, server.wait_closed()).await.is_err());
        server.abort_clients();
        timeout(5, server.wait_closed()).await.unwrap();
    }

    #[asyncio::test(real_time)]
    async fn serve_forever_closes_all_when_cancelled() {
        let server = Arc::new(echo().await);
        let addr = server.sockets()[0];
        let serving = create_task({
            let server = Arc::clone(&server);
            async move { server.serve_forever().await.is_ok() }
        });
        let (mut reader, writer) = open_connection(addr.ip(), addr.port()).await.unwrap();
        writer.write("1").unwrap();
        assert_eq!(reader.readexactly(1).await.unwrap(), b"1");
        assert!(server.serve_forever().await.is_err(), "one at a time");
        serving.cancel();
        assert!(timeout(5, serving).await.unwrap().is_err());
        assert!(!server.is_serving());
        assert_eq!(reader.read(1).await.unwrap(), b"");
    }

    #[asyncio::test(real_time)]
    async fn serve_forever_ends_with_close() {
        let server = Arc::new(
            start_server(|_, _| async {}, "127.0.0.1", 0)
                .start_serving(false)
                .await
                .unwrap(),
        );
        assert!(!server.is_serving());
        let serving = create_task({
            let server = Arc::clone(&server);
            async move { server.serve_forever().await.is_ok() }
        });
        settle().await;
        assert!(server.is_serving());
        server.close();
        assert_eq!(timeout(5, serving).await.unwrap(), Ok(true));
        assert!(server.serve_forever().await.is_err());
    }

    #[asyncio::test(real_time)]
    async fn all_interfaces() {
        let server = start_server(|_, w| async move { w.write("hi") }, "", 0)
            .await
            .unwrap();
        for addr in server.sockets() {
            let host = if addr.is_ipv4() { "127.0.0.1" } else { "::1" };
            let (mut reader, _writer) = open_connection(host, addr.port()).await.unwrap();
            assert_eq!(reader.read_to_eof().await.unwrap(), b"hi");
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn many_clients_on_several_threads() {
        let server = echo().await;
        let addr = server.sockets()[0];
        let clients: Vec<_> = (0..50_u32)
            .map(|i| {
                tokio::spawn(async move {
                    let (mut reader, writer) =
                        open_connection(addr.ip(), addr.port()).await.unwrap();
                    let text = vec![i as u8; 10_000];
                    writer.write(&text).unwrap();
                    writer.write_eof().unwrap();
                    assert_eq!(reader.read_to_eof().await.unwrap(), text);
                })
            })
            .collect();
        for client in clients {
            client.await.unwrap();
        }
        server.close();
        timeout(5, server.wait_closed()).await.unwrap();
    }

    #[cfg(unix)]
    #[asyncio::test(real_time)]
    async fn unix_sockets() {
        use asyncio::{open_unix_connection, start_unix_server};
        let path = std::env::temp_dir().join(format!("asyncio-streams-{}", std::process::id()));
        let stale = tokio::net::UnixListener::bind(&path).unwrap();
        drop(stale);
        let upper = |mut reader: StreamReader, writer: StreamWriter| async move {
            let line = reader.readline().await?;
            writer.write(line.to_ascii_uppercase())
        };
        let server = start_unix_server(upper, &path).await.unwrap();
        let (mut reader, writer) = open_unix_connection(&path).await.unwrap();
        assert_eq!(writer.peer_path(), Some(&*path));
        writer.write("hello\n").unwrap();
        assert_eq!(reader.read_to_eof().await.unwrap(), b"HELLO\n");
        server.close();
        assert!(!path.exists());
        writer.close();
        timeout(5, server.wait_closed()).await.unwrap();
    }

    #[cfg(unix)]
    #[asyncio::test(real_time)]
    async fn a_file_that_is_no_socket_stays() {
        let path = std::env::temp_dir().join(format!("asyncio-file-{}", std::process::id()));
        tokio::fs::write(&path, "precious").await.unwrap();
        let error = asyncio::start_unix_server(|_, _| async {}, &path).await;
        assert_eq!(error.unwrap_err().kind(), io::ErrorKind::AddrInUse);
        assert_eq!(tokio::fs::read(&path).await.unwrap(), b"precious");
        tokio::fs::remove_file(&path).await.unwrap();
    }
}

/// What is shared between tasks may be shared between threads.
#[test]
fn streams_and_servers_are_send_and_sync() {
    fn check<T: Send + Sync>() {}
    check::<StreamReader>();
    check::<StreamWriter>();
    check::<Server>();
    check::<asyncio::Process>();
}
