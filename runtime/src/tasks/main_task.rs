//! The task that `run` runs in place.

use super::builder::elsewhere;
use super::root::{OneThread, Root, TaskBody};
use super::{Header, Task, TaskId, console, polling};
use crate::Context as Variables;
use crate::events::{Here, MainTask};
use crate::graph;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::runtime::Handle;

/// The task of the main future, and what waits for its end. If this runs `on_loop`, one of ours, that polls it, else
/// who waits does.
///
/// # Safety
///
/// Both are dropped on this thread before anything that the future borrows.
#[allow(unsafe_code)]
pub(crate) unsafe fn main_task<F: Future>(
    future: F,
    runtime: &Handle,
    location: &'static Location<'static>,
    on_loop: bool,
    context: Option<Variables>,
) -> (Task<F::Output>, impl Future<Output = ()>) {
    let header = |id| Header::new(id, None, location, None, context);
    let (task, root) = match Here::find() {
        Some(here) if on_loop && !console::SHOWS => {
            let body = |header: &Header| TaskBody::on_loop(future, header);
            // SAFETY: passed on to the caller.
            let main = unsafe { here.add_main(|| header(here.next_id()), body) };
            // SAFETY: its body gives such outcomes, and there is no other `Task`.
            let task = unsafe { Task::of(main.task().clone()) };
            (task, MainRoot::OnLoop(main))
        }
        _ => {
            let (task, root) =
                elsewhere::<_, OneThread>(|| header(TaskId::next()), future, runtime, on_loop);
            (task, MainRoot::Alone(root))
        }
    };
    let root = console::shown(&task.header, root);
    (task, root)
}

/// The root of the main task.
enum MainRoot {
    OnLoop(MainTask),
    Alone(Root<OneThread>),
}

impl Future for MainRoot {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let main = match self.get_mut() {
            MainRoot::OnLoop(main) => main,
            MainRoot::Alone(root) => return Pin::new(root).poll(cx),
        };
        let ended = main.has_ended(|task| {
            // SAFETY: its body is there, not having been polled; on the thread of its loop, outside of every body.
            #[allow(unsafe_code)]
            task.with_context(graph::is_on(), |cx| unsafe {
                polling::poll_with_all(task, cx)
            })
        });
        if ended {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}
