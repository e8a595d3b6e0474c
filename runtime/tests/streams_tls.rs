//! TLS: our two ends, and ours with openssl's and curl's. Skipped, with a line that says so, where there
//! is no openssl, which makes the certificate as well.
#![cfg(all(unix, feature = "tls"))]

use asyncio::streams::tls::{client_config_trusting, rustls, server_config};
use asyncio::subprocess::{DEVNULL, PIPE};
use asyncio::{
    Server, StreamReader, StreamWriter, create_subprocess_exec, create_subprocess_shell,
    open_connection, open_unix_connection, set_exception_handler, start_server, start_unix_server,
    timeout,
};
use std::io;
use std::path::PathBuf;
use std::sync::mpsc;

/// A certificate for `localhost`, with its key, in files.
struct Certificate {
    dir: PathBuf,
    certificate: Vec<u8>,
    key: Vec<u8>,
}

const MAKE: &str = "
cat > config <<'END'
[req]
distinguished_name = name
x509_extensions = extensions
prompt = no
[name]
CN = localhost
[extensions]
subjectAltName = DNS:localhost, IP:127.0.0.1
basicConstraints = critical, CA:FALSE
END
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \\
    -config config -keyout key.pem -out cert.pem
";

impl Certificate {
    async fn make(name: &str) -> Option<Self> {
        let dir = std::env::temp_dir().join(format!("asyncio-tls-{name}-{}", std::process::id()));
        tokio::fs::create_dir_all(&dir).await.unwrap();
        let make = create_subprocess_shell(MAKE)
            .cwd(&dir)
            .stderr(DEVNULL)
            .await
            .unwrap();
        if make.wait().await != 0 {
            println!("skipped: there is no openssl here that makes a certificate");
            return None;
        }
        Some(Certificate {
            certificate: tokio::fs::read(dir.join("cert.pem")).await.unwrap(),
            key: tokio::fs::read(dir.join("key.pem")).await.unwrap(),
            dir,
        })
    }

    fn server(&self) -> rustls::ServerConfig {
        server_config(&self.certificate, &self.key).unwrap()
    }

    fn client(&self) -> rustls::ClientConfig {
        client_config_trusting(&self.certificate).unwrap()
    }
}

impl Drop for Certificate {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

async fn echo_lines(mut reader: StreamReader, writer: StreamWriter) -> io::Result<()> {
    let mut lines = reader.lines();
    while let Some(line) = lines.next().await {
        writer.write(line?)?;
        writer.drain().await?;
    }
    Ok(())
}

async fn echo(certificate: &Certificate) -> (Server, u16) {
    let server = start_server(echo_lines, "127.0.0.1", 0)
        .tls(certificate.server())
        .await
        .unwrap();
    let port = server.sockets()[0].port();
    (server, port)
}

#[asyncio::test(real_time)]
async fn both_ends_are_ours() {
    let Some(certificate) = Certificate::make("both").await else {
        return;
    };
    let (server, port) = echo(&certificate).await;
    let (mut reader, writer) = open_connection("localhost", port)
        .tls(certificate.client())
        .limit(2 << 20)
        .await
        .unwrap();
    let tls = writer.tls().unwrap();
    assert_eq!(tls.version(), Some(rustls::ProtocolVersion::TLSv1_3));
    assert!(tls.cipher().is_some());
    assert_eq!(tls.peer_certificates().len(), 1);
    assert_eq!(writer.peer_addr().unwrap().port(), port);

    let mut line = vec![b'x'; 30_000];
    line.push(b'\n');
    for _ in 0..20 {
        writer.write(&line).unwrap();
        writer.drain().await.unwrap();
        assert_eq!(reader.readline().await.unwrap(), line);
    }
    writer.write("no newline").unwrap();
    writer.write_eof().unwrap();
    assert_eq!(reader.read_to_eof().await.unwrap(), b"no newline");
    writer.close();
    writer.wait_closed().await.unwrap();
    server.close();
    timeout(5, server.wait_closed()).await.unwrap();
}

#[asyncio::test(real_time)]
async fn who_is_not_trusted_is_not_talked_to() {
    let (Some(certificate), Some(other)) = (
        Certificate::make("certificate").await,
        Certificate::make("other").await,
    ) else {
        return;
    };
    let (tx, reports) = mpsc::channel();
    set_exception_handler(Some(Box::new(move |context| {
        let _ = tx.send(context.message());
    })));
    let (server, port) = echo(&certificate).await;
    let untrusted = open_connection("localhost", port).tls(other.client()).await;
    assert_eq!(untrusted.unwrap_err().kind(), io::ErrorKind::InvalidData);
    let misnamed = open_connection("127.0.0.1", port)
        .tls(certificate.client())
        .server_hostname("example.org")
        .await;
    assert_eq!(misnamed.unwrap_err().kind(), io::ErrorKind::InvalidData);
    server.close();
    timeout(5, server.wait_closed()).await.unwrap();
    set_exception_handler(None);
    let reports: Vec<_> = reports.try_iter().collect();
    assert_eq!(reports, ["SSL handshake failed"; 2]);
}

#[asyncio::test(real_time)]
async fn a_client_that_says_nothing_can_be_aborted() {
    let Some(certificate) = Certificate::make("silent").await else {
        return;
    };
    let (server, port) = echo(&certificate).await;
    let (mut reader, _writer) = open_connection("127.0.0.1", port).await.unwrap();
    let accepted = async {
        while !format!("{server:?}").contains("clients: 1") {
            asyncio::sleep(0.005).await;
        }
    };
    timeout(5, accepted).await.unwrap();
    server.close();
    server.abort_clients();
    timeout(5, server.wait_closed()).await.unwrap();
    assert_eq!(reader.read(1).await.unwrap(), b"");
}

#[asyncio::test(real_time)]
async fn start_tls_within_a_connection() {
    let Some(certificate) = Certificate::make("start").await else {
        return;
    };
    let config = std::sync::Arc::new(certificate.server());
    let server = start_server(
        move |mut reader: StreamReader, writer: StreamWriter| {
            let config = config.clone();
            async move {
                assert_eq!(reader.readline().await?, b"STARTTLS\n");
                writer.write("go ahead\n")?;
                let (reader, writer) = writer.accept_tls(reader, config).await?;
                echo_lines(reader, writer).await
            }
        },
        "127.0.0.1",
        0,
    )
    .await
    .unwrap();
    let port = server.sockets()[0].port();
    let (mut reader, writer) = open_connection("127.0.0.1", port).await.unwrap();
    writer.write("STARTTLS\n").unwrap();
    assert_eq!(reader.readline().await.unwrap(), b"go ahead\n");
    assert!(writer.tls().is_none());
    let (mut reader, writer) = writer
        .start_tls(reader, certificate.client(), "localhost")
        .await
        .unwrap();
    assert!(writer.tls().is_some());
    writer.write("secret\n").unwrap();
    assert_eq!(reader.readline().await.unwrap(), b"secret\n");
    writer.close();
    writer.wait_closed().await.unwrap();
    server.close();
    timeout(5, server.wait_closed()).await.unwrap();
}

#[asyncio::test(real_time)]
async fn over_a_unix_socket() {
    let Some(certificate) = Certificate::make("unix").await else {
        return;
    };
    let path = certificate.dir.join("socket");
    let server = start_unix_server(echo_lines, &path)
        .tls(certificate.server())
        .await
        .unwrap();
    let (mut reader, writer) = open_unix_connection(&path)
        .tls(certificate.client(), "localhost")
        .await
        .unwrap();
    assert!(writer.tls().is_some());
    writer.write("secret\n").unwrap();
    assert_eq!(reader.readline().await.unwrap(), b"secret\n");
    writer.close();
    writer.wait_closed().await.unwrap();
    let other = open_unix_connection(&path).tls(certificate.client(), "other");
    assert!(other.await.is_err(), "the certificate is for another name");
    server.close();
    timeout(5, server.wait_closed()).await.unwrap();
}

#[asyncio::test(real_time)]
async fn our_client_and_openssl() {
    let Some(certificate) = Certificate::make("s-server").await else {
        return;
    };
    let args = [
        "s_server",
        "-accept",
        "127.0.0.1:0",
        "-rev",
        "-cert",
        "cert.pem",
        "-key",
        "key.pem",
    ];
    let mut openssl = create_subprocess_exec("openssl", args)
        .cwd(&certificate.dir)
        .stdin(DEVNULL)
        .stdout(PIPE)
        .stderr(DEVNULL)
        .kill_on_cancel(true)
        .await
        .unwrap();
    let stdout = openssl.stdout.as_mut().unwrap();
    let port = timeout(10, async {
        loop {
            let line = String::from_utf8(stdout.readline().await.unwrap()).unwrap();
            assert_ne!(line, "", "openssl ended");
            if let Some(address) = line.strip_prefix("ACCEPT ") {
                return address.trim().rsplit(':').next().unwrap().parse().unwrap();
            }
        }
    });
    let port = port.await.unwrap();
    let (mut reader, writer) = open_connection("localhost", port)
        .tls(certificate.client())
        .await
        .unwrap();
    writer.write("stressed\n").unwrap();
    assert_eq!(reader.readline().await.unwrap(), b"desserts\n");
    writer.close();
    writer.wait_closed().await.unwrap();
}

#[asyncio::test(real_time)]
async fn our_server_and_openssl() {
    let Some(certificate) = Certificate::make("s-client").await else {
        return;
    };
    let (_server, port) = echo(&certificate).await;
    let connect = format!("127.0.0.1:{port}");
    let args = [
        "s_client",
        "-quiet",
        "-verify_return_error",
        "-CAfile",
        "cert.pem",
        "-connect",
        &connect,
    ];
    let mut openssl = create_subprocess_exec("openssl", args)
        .cwd(&certificate.dir)
        .stdin(PIPE)
        .stdout(PIPE)
        .stderr(DEVNULL)
        .kill_on_cancel(true)
        .await
        .unwrap();
    openssl
        .stdin
        .as_ref()
        .unwrap()
        .write("from openssl\n")
        .unwrap();
    let line = openssl.stdout.as_mut().unwrap().readline();
    assert_eq!(timeout(10, line).await.unwrap().unwrap(), b"from openssl\n");
}

#[asyncio::test(real_time)]
async fn our_server_and_curl() {
    let Some(certificate) = Certificate::make("curl").await else {
        return;
    };
    let server = start_server(
        |mut reader: StreamReader, writer: StreamWriter| async move {
            let request = reader.readuntil("\r\n\r\n").await?;
            assert!(request.starts_with(b"GET /page HTTP/1.1\r\n"));
            writer.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            writer.write(vec![b'p'; 500_000])?;
            writer.close();
            writer.wait_closed().await
        },
        "127.0.0.1",
        0,
    )
    .tls(certificate.server())
    .await
    .unwrap();
    let url = format!("https://localhost:{}/page", server.sockets()[0].port());
    let args = ["--silent", "--noproxy", "*", "--cacert", "cert.pem", &url];
    let curl = create_subprocess_exec("curl", args)
        .cwd(&certificate.dir)
        .stdout(PIPE)
        .await;
    let Ok(mut curl) = curl else {
        println!("skipped: there is no curl here");
        return;
    };
    let (page, _) = timeout(20, curl.communicate("")).await.unwrap().unwrap();
    assert_eq!(curl.returncode(), Some(0));
    assert!(page == vec![b'p'; 500_000]);
}
