//! Streams with CPython's own `asyncio` at the other end, or beside them. Skipped, with a line that says
//! so, where there is no Python 3.11 or newer.
#![cfg(unix)]

use asyncio::subprocess::{DEVNULL, PIPE};
use asyncio::{
    Process, ReadError, StreamReader, create_subprocess_exec, open_connection, start_server,
    timeout,
};
use std::fmt::Write;
use std::io;

/// Starts a Python script whose `main` gets the arguments.
async fn python(script: &str, args: &[&str]) -> Option<Process> {
    let check = create_subprocess_exec(
        "python3",
        ["-c", "import sys; sys.exit(sys.version_info < (3, 11))"],
    )
    .stderr(DEVNULL)
    .await;
    let found = match check {
        Ok(check) => check.wait().await == 0,
        Err(_) => false,
    };
    if !found {
        println!("skipped: there is no python3 >= 3.11 here");
        return None;
    }
    let python = create_subprocess_exec("python3", ["-c", script].iter().chain(args))
        .stdin(PIPE)
        .stdout(PIPE)
        .kill_on_cancel(true)
        .await;
    Some(python.unwrap())
}

/// Everything of a Python that is to end by itself, and well.
async fn output(mut python: Process, input: &str) -> String {
    let (out, _) = timeout(30, python.communicate(input))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(python.returncode(), Some(0), "see its traceback");
    String::from_utf8(out).unwrap()
}

const SERVER: &str = r#"
import asyncio

async def handle(reader, writer):
    name = await reader.readline()
    size = int((await reader.readuntil(b";"))[:-1])
    body = await reader.readexactly(size)
    writer.write(b"hello " + name)
    writer.writelines([body, b"!"])
    await writer.drain()
    rest = await reader.read()
    writer.write(str(len(rest)).encode())
    writer.close()
    await writer.wait_closed()

async def main():
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()

asyncio.run(main())
"#;

#[asyncio::test(real_time)]
async fn our_client_and_its_server() {
    let Some(mut python) = python(SERVER, &[]).await else {
        return;
    };
    let line = python.stdout.as_mut().unwrap().readline().await.unwrap();
    let port = String::from_utf8(line).unwrap().trim().parse().unwrap();

    let (mut reader, writer) = open_connection("127.0.0.1", port).await.unwrap();
    let body = vec![b'b'; 300_000];
    writer.write("ferris\n").unwrap();
    writer.write(format!("{};", body.len())).unwrap();
    writer.write(&body).unwrap();
    assert_eq!(reader.readline().await.unwrap(), b"hello ferris\n");
    assert_eq!(reader.readexactly(body.len()).await.unwrap(), body);
    assert_eq!(reader.readuntil("!").await.unwrap(), b"!");
    for _ in 0..100 {
        writer.write([0; 10_000]).unwrap();
        writer.drain().await.unwrap();
    }
    writer.write_eof().unwrap();
    assert_eq!(reader.read_to_eof().await.unwrap(), b"1000000");
    writer.close();
    writer.wait_closed().await.unwrap();
}

const CLIENT: &str = r#"
import asyncio, sys

async def main():
    reader, writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[1]))
    for n in (1, 1000, 60_000):
        writer.write(b"x" * n + b"\n")
        await writer.drain()
        assert await reader.readline() == b"x" * n + b"\n"
    writer.write(b"quit\n")
    writer.write_eof()
    try:
        await reader.readexactly(100)
    except asyncio.IncompleteReadError as e:
        print(e.partial.decode(), e.expected)
    assert reader.at_eof()
    writer.close()
    await writer.wait_closed()

asyncio.run(main())
"#;

#[asyncio::test(real_time)]
async fn our_server_and_its_client() {
    let echo = |mut reader: StreamReader, writer: asyncio::StreamWriter| async move {
        let mut lines = reader.lines();
        while let Some(line) = lines.next().await {
            match line? {
                line if line == b"quit\n" => writer.write("bye")?,
                line => writer.write(line)?,
            }
            writer.drain().await?;
        }
        Ok::<(), io::Error>(())
    };
    let server = start_server(echo, "127.0.0.1", 0).await.unwrap();
    let port = server.sockets()[0].port().to_string();
    let Some(python) = python(CLIENT, &[&port]).await else {
        return;
    };
    assert_eq!(output(python, "").await, "bye 100\n");
    server.close();
    timeout(5, server.wait_closed()).await.unwrap();
}

const SLOW: &str = r#"
import asyncio, sys

async def main():
    reader, writer = await asyncio.open_connection("127.0.0.1", int(sys.argv[1]), limit=1000)
    size = 0
    while some := await reader.read(50_000):
        size += len(some)
        await asyncio.sleep(0)
    print(size)
    writer.close()

asyncio.run(main())
"#;

#[asyncio::test(real_time)]
async fn its_slow_reader_holds_our_writer_back() {
    let (tell, told) = std::sync::mpsc::channel();
    let tell = std::sync::Mutex::new(tell);
    let flood = move |_reader, writer: asyncio::StreamWriter| {
        let tell = tell.lock().unwrap().clone();
        async move {
            let mut highest = 0;
            for _ in 0..2000 {
                writer.write([7; 10_000])?;
                highest = highest.max(writer.write_buffer_size());
                writer.drain().await?;
            }
            writer.close();
            writer.wait_closed().await?;
            tell.send(highest).unwrap();
            Ok::<(), io::Error>(())
        }
    };
    let server = start_server(flood, "127.0.0.1", 0).await.unwrap();
    let port = server.sockets()[0].port().to_string();
    let Some(python) = python(SLOW, &[&port]).await else {
        return;
    };
    assert_eq!(output(python, "").await.trim(), "20000000");
    server.close();
    timeout(5, server.wait_closed()).await.unwrap();
    let highest = told.recv().unwrap();
    assert!(highest > 64 * 1024, "it was never held back: {highest}");
    assert!(highest <= 64 * 1024 + 10_000, "{highest}");
}

const READER: &str = r#"
import asyncio, sys

async def main():
    for case in sys.stdin:
        limit, data, *calls = case.split()
        reader = asyncio.StreamReader(limit=int(limit))
        reader.feed_data(bytes.fromhex(data[1:]))
        reader.feed_eof()
        said = []
        for call in calls:
            name, argument = call.split(":")
            try:
                match name:
                    case "line": got = await reader.readline()
                    case "until":
                        seps = tuple(bytes.fromhex(s) for s in argument.split(","))
                        got = await reader.readuntil(seps if len(seps) > 1 else seps[0])
                    case "exactly": got = await reader.readexactly(int(argument))
                    case "read": got = await reader.read(int(argument))
                said.append("=" + got.hex())
            except asyncio.IncompleteReadError as e:
                said.append(f"incomplete={e.partial.hex()}/{e.expected}")
            except asyncio.LimitOverrunError as e:
                said.append(f"overrun={e.consumed}")
            except ValueError:
                said.append("value")
            said.append("end" if reader.at_eof() else "more")
        print(*said)

asyncio.run(main())
"#;

/// Random data and calls: what CPython's reader and ours say.
#[asyncio::test(real_time)]
async fn both_readers_say_the_same() {
    let Some(version) = python("import sys; print(sys.version_info >= (3, 13))", &[]).await else {
        return;
    };
    // Several separators: since 3.13.
    let most = if output(version, "").await == "True\n" {
        3
    } else {
        1
    };
    let (mut cases, mut ours) = (String::new(), String::new());
    let mut random = 1;
    for _ in 0..1000 {
        let case = Case::random(most, &mut |below| {
            random = (random * 48_271_u64) % 2_147_483_647;
            (random >> 4) as usize % below
        });
        case.write_to(&mut cases);
        ours.push_str(&case.run().await);
    }
    let theirs = output(python(READER, &[]).await.unwrap(), &cases).await;
    for ((case, ours), theirs) in cases.lines().zip(ours.lines()).zip(theirs.lines()) {
        assert_eq!(ours, theirs, "of {case}");
    }
    assert_eq!(ours.lines().count(), theirs.lines().count());
}

struct Case {
    limit: usize,
    data: Vec<u8>,
    calls: Vec<Call>,
}

enum Call {
    Line,
    Until(Vec<Vec<u8>>),
    Exactly(usize),
    Read(usize),
}

impl Case {
    fn random(most_separators: usize, random: &mut impl FnMut(usize) -> usize) -> Self {
        let text = |most: usize, random: &mut dyn FnMut(usize) -> usize| -> Vec<u8> {
            (0..random(most)).map(|_| b"ab\n"[random(3)]).collect()
        };
        Case {
            limit: 1 + random(8),
            data: text(40, random),
            calls: (0..1 + random(8))
                .map(|_| match random(4) {
                    0 => Call::Line,
                    1 => Call::Exactly(random(6)),
                    2 => Call::Read(random(6)),
                    _ => {
                        let count = 1 + random(most_separators);
                        Call::Until((0..count).map(|_| text(4, random)).collect())
                    }
                })
                .collect(),
        }
    }

    fn write_to(&self, text: &mut String) {
        write!(text, "{} :{}", self.limit, hex(&self.data)).unwrap();
        for call in &self.calls {
            match call {
                Call::Line => write!(text, " line:"),
                Call::Exactly(n) => write!(text, " exactly:{n}"),
                Call::Read(n) => write!(text, " read:{n}"),
                Call::Until(separators) => {
                    let separators: Vec<String> = separators.iter().map(|s| hex(s)).collect();
                    write!(text, " until:{}", separators.join(","))
                }
            }
            .unwrap();
        }
        text.push('\n');
    }

    async fn run(&self) -> String {
        let mut reader = StreamReader::with_limit(io::Cursor::new(self.data.clone()), self.limit);
        let mut said = Vec::new();
        for call in &self.calls {
            let result = match call {
                Call::Line => reader.readline().await,
                Call::Exactly(n) => reader.readexactly(*n).await,
                Call::Read(n) => reader.read(*n).await.map_err(ReadError::Io),
                Call::Until(separators) => {
                    let separators: Vec<&[u8]> = separators.iter().map(Vec::as_slice).collect();
                    reader.readuntil(&separators[..]).await
                }
            };
            said.push(match result {
                Ok(bytes) => format!("={}", hex(&bytes)),
                Err(ReadError::Incomplete(error)) => {
                    let expected = error.expected().map_or("None".into(), |n| n.to_string());
                    format!("incomplete={}/{expected}", hex(error.partial()))
                }
                Err(ReadError::LimitOverrun(error)) => format!("overrun={}", error.consumed()),
                Err(ReadError::Value(_)) => "value".into(),
                Err(error) => panic!("{error}"),
            });
            // CPython was told of the end; here it has to be looked for.
            let end = tokio::io::AsyncBufReadExt::fill_buf(&mut reader)
                .await
                .unwrap()
                .is_empty();
            said.push(if end { "end" } else { "more" }.into());
        }
        said.join(" ") + "\n"
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
