//! What a server does with its connections: one task each.

use super::connection::{Link, Socket, link};
use super::reader::StreamReader;
use super::server::{Client, Shared};
use super::writer::StreamWriter;
use crate::events::{self, ExceptionContext, call_exception_handler};
use crate::scope::report;
use std::fmt::Display;
use std::future::{Future, poll_fn};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

/// What the handler of a [`start_server`](crate::start_server) may return: nothing, or a `Result` whose
/// error can be shown.
#[diagnostic::on_unimplemented(
    message = "the handler of a server returns `()` or `Result<(), E>` with an `E` that implements `Display`",
    label = "what this handler's future gives is neither",
    note = "end the handler with `Ok::<(), std::io::Error>(())` where nothing else names the error"
)]
pub trait HandlerOutput {
    /// What went wrong, if something did.
    fn failure(self) -> Option<String>;
}

impl HandlerOutput for () {
    fn failure(self) -> Option<String> {
        None
    }
}

impl<E: Display> HandlerOutput for Result<(), E> {
    fn failure(self) -> Option<String> {
        self.err().map(|error| error.to_string())
    }
}

type Handling = Pin<Box<dyn Future<Output = Option<String>> + Send>>;
pub(super) type Handler = Arc<dyn Fn(StreamReader, StreamWriter) -> Handling + Send + Sync>;

pub(super) fn erase<H, F>(handler: H) -> Handler
where
    H: Fn(StreamReader, StreamWriter) -> F + Send + Sync + 'static,
    F: Future<Output: HandlerOutput> + Send + 'static,
{
    let handler = Arc::new(handler);
    Arc::new(move |reader, writer| {
        let handler = Arc::clone(&handler);
        // Called in the task: its panics are the task's.
        Box::pin(async move { handler(reader, writer).await.failure() })
    })
}

/// What is done with each connection.
#[derive(Clone)]
pub(super) struct Service {
    pub(super) handler: Handler,
    pub(super) limit: usize,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<super::tls::ServerTls>,
}

/// Accepts on one listener until that is closed, in the background.
pub(super) fn accept_all(shared: &Arc<Shared>, i: usize, service: Service) {
    let shared = Arc::clone(shared);
    events::spawn_beside(async move {
        while let Some(accepted) = poll_fn(|cx| shared.listeners[i].poll_accept(cx)).await {
            match accepted {
                Ok(socket) => service.serve(socket, shared.attach()),
                Err(error) if is_of_one_client(&error) => {}
                Err(error) => {
                    report_error("socket.accept() out of system resource", error.to_string());
                    tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
                }
            }
        }
    });
}

/// As asyncio: long enough for something to be freed.
const ACCEPT_RETRY_DELAY: std::time::Duration = std::time::Duration::from_secs(1);

/// Whether only the connection that was about to be accepted is gone.
fn is_of_one_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

impl Service {
    fn serve(&self, socket: Socket, client: Arc<Client>) {
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return self.serve_tls(tls.clone(), socket, client);
        }
        let streams = socket.open(self.limit, Some(Arc::clone(&client) as _));
        drop(crate::create_task(self.handle(streams, client)));
    }

    #[cfg(feature = "tls")]
    fn serve_tls(&self, tls: super::tls::ServerTls, socket: Socket, client: Arc<Client>) {
        let service = self.clone();
        let negotiating = Arc::downgrade(&client);
        let task = crate::create_task(async move {
            let token = Arc::clone(&client) as _;
            match tls.accept(socket, service.limit, Some(token)).await {
                Ok(streams) => service.handle(streams, client).await,
                Err(error) => report_error("SSL handshake failed", error.to_string()),
            }
        });
        if let Some(client) = negotiating.upgrade() {
            client.set_first_link(Link::Task(task.canceller()));
        }
    }

    /// What the task of this connection does.
    fn handle(
        &self,
        (reader, writer): (StreamReader, StreamWriter),
        client: Arc<Client>,
    ) -> impl Future<Output = ()> + Send + use<> {
        let link = link(&reader, &writer);
        client.set_link(link.clone());
        handle((self.handler)(reader, writer), link)
    }
}

async fn handle(mut handling: Handling, link: Link) {
    let mut close = Close(Some(link)); // the task is cancelled
    let ended = poll_fn(
        |cx| match catch_unwind(AssertUnwindSafe(|| handling.as_mut().poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(failure)) => Poll::Ready(failure),
            Err(payload) => Poll::Ready(Some(format!("panicked: {}", report::message(&*payload)))),
        },
    )
    .await;
    drop(handling);
    match ended {
        Some(failure) => report_error(UNHANDLED, failure),
        None => close.0 = None,
    }
}

const UNHANDLED: &str = "Unhandled exception in client_connected_cb";

/// Closes a connection when dropped.
struct Close(Option<Link>);

impl Drop for Close {
    fn drop(&mut self) {
        if let Some(link) = &self.0 {
            link.close();
        }
    }
}

pub(super) fn report_error(message: &'static str, detail: String) {
    call_exception_handler(&ExceptionContext::new(message, detail));
}
