//! The task that `run` runs in place.

use super::builder::elsewhere;
use super::root::{OneThread, Root};
use super::{Header, Task, console};
use crate::Context as Variables;
use crate::events::on_local_loop;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::runtime::Handle;

/// The task of the main future, and what polls it, which is for who runs it here.
pub(crate) fn main_task<F: Future>(
    future: F,
    runtime: &Handle,
    location: &'static Location<'static>,
    pinned: bool,
    context: Option<Variables>,
) -> (Task<F::Output>, impl Future<Output = ()>) {
    let header = Header::new(None, location, None, context);
    let (task, root) = elsewhere::<_, OneThread>(|| header, future, runtime, pinned);
    let root = MainRoot {
        root,
        on_bare_loop: on_local_loop(),
    };
    let root = console::shown(&task.header, root);
    (task, root)
}

/// The root of the main task.
struct MainRoot {
    root: Root<OneThread>,
    /// A loop of ours polls it, in none of Tokio's tasks.
    on_bare_loop: bool,
}

impl Future for MainRoot {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.on_bare_loop {
            self.root.poll_on_bare_loop(cx)
        } else {
            Pin::new(&mut self.root).poll(cx)
        }
    }
}
