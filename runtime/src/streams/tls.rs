//! TLS for streams, by [`rustls`] with ring: the `ssl=` arguments of asyncio.
//!
//! [`client_config`] trusts whom the system trusts, [`client_config_trusting`] the certificates that it
//! is given; [`server_config`] has a certificate and its key. Any other [`rustls`] configuration will do
//! as well.
//!
//! A peer that hangs up without saying so in TLS may have been cut off by somebody in between: reading
//! fails with [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) then. (asyncio reads that as the end.)
//!
//! # Examples
//!
//! ```no_run
//! use asyncio::open_connection;
//! use asyncio::streams::tls::client_config;
//!
//! #[asyncio::main]
//! async fn main() -> std::io::Result<()> {
//!     let (mut reader, writer) = open_connection("example.org", 443)
//!         .tls(client_config()?)
//!         .await?;
//!     writer.write("GET / HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n")?;
//!     let status = reader.readline().await?;
//!     println!("{}", String::from_utf8_lossy(&status));
//!     Ok(())
//! }
//! ```

pub use tokio_rustls::rustls;

use super::connection::{self, Info, Socket};
use super::reader::StreamReader;
use super::transports::Token;
use super::writer::StreamWriter;
use crate::graph;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, CommonState, ProtocolVersion, RootCertStore, ServerConfig};
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// How long a handshake may take, as in asyncio.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(60);

/// A client that trusts the certificates that the system trusts: `ssl=True`.
///
/// # Errors
///
/// If the system's certificates cannot be read, or there are none.
pub fn client_config() -> io::Result<ClientConfig> {
    let mut found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    match (roots.is_empty(), found.errors.pop()) {
        (false, _) => client_config_of(roots),
        (true, Some(error)) => Err(io::Error::new(io::ErrorKind::NotFound, error)),
        (true, None) => Err(io::Error::new(
            io::ErrorKind::NotFound,
            "the system has no certificates to trust",
        )),
    }
}

/// A client that trusts these certificates, in PEM, and no others:
/// `ssl.create_default_context(cadata=..)`.
///
/// # Errors
///
/// If there are none in it, or one is invalid.
pub fn client_config_trusting(certificates: impl AsRef<[u8]>) -> io::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for certificate in parse_certificates(certificates.as_ref())? {
        roots.add(certificate).map_err(invalid)?;
    }
    client_config_of(roots)
}

fn client_config_of(roots: RootCertStore) -> io::Result<ClientConfig> {
    let builder = ClientConfig::builder_with_provider(provider());
    let versions = builder.with_safe_default_protocol_versions();
    let config = versions.map_err(invalid)?.with_root_certificates(roots);
    Ok(config.with_no_client_auth())
}

/// A server with a certificate, or a chain of them that starts with its own, and its private key, both
/// in PEM: `SSLContext.load_cert_chain`.
///
/// # Errors
///
/// If one of them is invalid, or they do not belong together.
pub fn server_config(
    certificates: impl AsRef<[u8]>,
    key: impl AsRef<[u8]>,
) -> io::Result<ServerConfig> {
    let certificates = parse_certificates(certificates.as_ref())?;
    let key = PrivateKeyDer::from_pem_slice(key.as_ref()).map_err(invalid)?;
    ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(invalid)?
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .map_err(invalid)
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn parse_certificates(pem: &[u8]) -> io::Result<Vec<CertificateDer<'static>>> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(invalid)?;
    if certificates.is_empty() {
        return Err(invalid("there is no certificate in this PEM"));
    }
    Ok(certificates)
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, error)
}

/// What both sides of a TLS connection agreed on; see [`StreamWriter::tls`].
#[derive(Debug, Clone)]
pub struct TlsInfo {
    version: Option<ProtocolVersion>,
    cipher: Option<rustls::CipherSuite>,
    alpn: Option<Vec<u8>>,
    peer_certificates: Vec<CertificateDer<'static>>,
}

impl TlsInfo {
    fn of(state: &CommonState) -> Self {
        TlsInfo {
            version: state.protocol_version(),
            cipher: state.negotiated_cipher_suite().map(|suite| suite.suite()),
            alpn: state.alpn_protocol().map(<[u8]>::to_vec),
            peer_certificates: state.peer_certificates().unwrap_or_default().to_vec(),
        }
    }

    /// The version of the protocol: `SSLObject.version`.
    #[must_use]
    pub const fn version(&self) -> Option<ProtocolVersion> {
        self.version
    }

    /// The cipher suite: `SSLObject.cipher`.
    #[must_use]
    pub const fn cipher(&self) -> Option<rustls::CipherSuite> {
        self.cipher
    }

    /// The application's protocol: `SSLObject.selected_alpn_protocol`.
    #[must_use]
    pub fn alpn_protocol(&self) -> Option<&[u8]> {
        self.alpn.as_deref()
    }

    /// The peer's certificate and those that vouch for it: `SSLObject.getpeercert`.
    #[must_use]
    pub fn peer_certificates(&self) -> &[CertificateDer<'static>] {
        &self.peer_certificates
    }
}

/// How a client speaks TLS.
#[derive(Debug, Clone)]
pub(super) struct ClientTls {
    config: Arc<ClientConfig>,
    pub(super) name: String,
}

impl ClientTls {
    pub(super) fn new(config: Arc<ClientConfig>, name: String) -> Self {
        ClientTls { config, name }
    }

    pub(super) async fn connect(
        &self,
        socket: Socket,
        limit: usize,
    ) -> io::Result<(StreamReader, StreamWriter)> {
        let info = socket.info();
        match socket {
            Socket::Tcp(io) => self.connect_over(io, info, limit).await,
            #[cfg(unix)]
            Socket::Unix(io) => self.connect_over(io, info, limit).await,
        }
    }

    async fn connect_over<S: Io>(
        &self,
        io: S,
        info: Info,
        limit: usize,
    ) -> io::Result<(StreamReader, StreamWriter)> {
        let name = ServerName::try_from(self.name.clone()).map_err(invalid)?;
        let connector = TlsConnector::from(Arc::clone(&self.config));
        let stream = in_time(connector.connect(name, io)).await?;
        let tls = TlsInfo::of(stream.get_ref().1);
        Ok(open(stream, info, tls, limit, None))
    }
}

/// How a server speaks TLS.
#[derive(Clone)]
pub(super) struct ServerTls(TlsAcceptor);

impl ServerTls {
    pub(super) fn new(config: Arc<ServerConfig>) -> Self {
        ServerTls(TlsAcceptor::from(config))
    }

    pub(super) async fn accept(
        &self,
        socket: Socket,
        limit: usize,
        token: Token,
    ) -> io::Result<(StreamReader, StreamWriter)> {
        let info = socket.info();
        match socket {
            Socket::Tcp(io) => self.accept_over(io, info, limit, token).await,
            #[cfg(unix)]
            Socket::Unix(io) => self.accept_over(io, info, limit, token).await,
        }
    }

    async fn accept_over<S: Io>(
        &self,
        io: S,
        info: Info,
        limit: usize,
        token: Token,
    ) -> io::Result<(StreamReader, StreamWriter)> {
        let stream = in_time(self.0.accept(io)).await?;
        let tls = TlsInfo::of(stream.get_ref().1);
        Ok(open(stream, info, tls, limit, token))
    }
}

trait Io: AsyncRead + AsyncWrite + Unpin + Send + 'static {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Io for T {}

fn open(
    stream: impl AsyncRead + AsyncWrite + Send + 'static,
    info: Info,
    tls: TlsInfo,
    limit: usize,
    token: Token,
) -> (StreamReader, StreamWriter) {
    let (read, write) = tokio::io::split(stream);
    let tls = Some(tls);
    connection::open(read, write, Info { tls, ..info }, limit, token)
}

async fn in_time<T>(handshake: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let in_time = tokio::time::timeout(HANDSHAKE_TIMEOUT, handshake);
    match graph::await_outside("TLS handshake", in_time).await {
        Ok(result) => result,
        Err(_) => Err(io::Error::new(
            io::ErrorKind::ConnectionAborted,
            "the TLS handshake took longer than 60 seconds",
        )),
    }
}

impl StreamWriter {
    /// Goes on in TLS, as the client: `StreamWriter.start_tls(server_hostname=..)`.
    ///
    /// Gives the two streams to go on with. What is buffered is written first; what was read too much
    /// counts as TLS, so that nobody can put anything in before it.
    ///
    /// # Errors
    ///
    /// If the handshake fails, or takes longer than 60 seconds. The connection is closed then.
    ///
    /// # Cancellation
    ///
    /// Closes the connection.
    pub async fn start_tls(
        self,
        reader: StreamReader,
        config: impl Into<Arc<ClientConfig>>,
        server_hostname: impl Into<String>,
    ) -> io::Result<(StreamReader, StreamWriter)> {
        let tls = ClientTls::new(config.into(), server_hostname.into());
        let (info, limit) = (self.info.without_tls(), reader.limit());
        let io = tokio::io::join(reader, self);
        tls.connect_over(io, info, limit).await
    }

    /// Goes on in TLS, as the server: `StreamWriter.start_tls` in a handler. Else as
    /// [`start_tls`](Self::start_tls).
    ///
    /// # Errors
    ///
    /// If the handshake fails, or takes longer than 60 seconds. The connection is closed then.
    pub async fn accept_tls(
        self,
        reader: StreamReader,
        config: impl Into<Arc<ServerConfig>>,
    ) -> io::Result<(StreamReader, StreamWriter)> {
        let tls = ServerTls::new(config.into());
        let (info, limit) = (self.info.without_tls(), reader.limit());
        let io = tokio::io::join(reader, self);
        tls.accept_over(io, info, limit, None).await
    }
}

impl Info {
    fn without_tls(&self) -> Info {
        Info {
            peer: self.peer,
            local: self.local,
            peer_path: self.peer_path.clone(),
            local_path: self.local_path.clone(),
            tls: None,
        }
    }
}
