//! A call on another thread: what the thread and whoever awaits it share.

use crate::contextvars::Snapshot;
use crate::events::{ExceptionContext, call_exception_handler, on_local_loop};
use crate::scope::report;
use crate::tasks::{TaskSpan, current};
use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use tokio::runtime::{Handle, Id};

type Payload = Box<dyn Any + Send>;

/// The calls that run on threads of Tokio's, by runtime: for what is said of those that do not end.
static RUNNING: Mutex<Vec<(Id, &'static Location<'static>)>> = Mutex::new(Vec::new());

fn running() -> MutexGuard<'static, Vec<(Id, &'static Location<'static>)>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the calls were made that still run on the threads of a runtime.
pub(crate) fn unfinished(runtime: Id) -> Vec<&'static Location<'static>> {
    let running = running();
    let of_runtime = running.iter().filter(|(of, _)| *of == runtime);
    of_runtime.map(|(_, location)| *location).collect()
}

/// The function, to be called with the context variables and within the span that are here.
pub(super) fn with_surroundings<T>(function: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let variables = Snapshot::take();
    let span = TaskSpan::current();
    move || span.in_scope(|| variables.run(function))
}

/// A call as the one who awaits it sees it.
pub(super) struct Call<T> {
    state: Mutex<State<T>>,
    location: &'static Location<'static>,
}

struct State<T> {
    phase: Phase<T>,
    /// Nobody awaits it any more.
    abandoned: bool,
    waker: Option<Waker>,
}

enum Phase<T> {
    /// In the queue of the executor.
    Queued,
    /// On a thread.
    Running,
    Ended(Result<T, Payload>),
    /// The executor dropped it.
    Refused,
    /// Its outcome was fetched.
    Taken,
}

impl<T: Send + 'static> Call<T> {
    /// A call, and the job that makes it.
    ///
    /// The job does nothing if nobody awaits the call by then, as a cancelled
    /// `concurrent.futures.Future` does.
    pub(super) fn new(
        function: impl FnOnce() -> T + Send + 'static,
        location: &'static Location<'static>,
    ) -> (Arc<Self>, impl FnOnce() + Send + 'static) {
        let call = Arc::new(Call {
            state: Mutex::new(State {
                phase: Phase::Queued,
                abandoned: false,
                waker: None,
            }),
            location,
        });
        let promise = Promise(Arc::clone(&call));
        let job = move || {
            if promise.0.start() {
                let _listed = Listed::new(location);
                let value = catch_unwind(AssertUnwindSafe(function));
                promise.0.end(Phase::Ended(value));
            }
        };
        (call, job)
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody still wants it to be made.
    fn start(&self) -> bool {
        let mut state = self.lock();
        if state.abandoned {
            return false;
        }
        state.phase = Phase::Running;
        true
    }

    fn end(&self, phase: Phase<T>) {
        let mut state = self.lock();
        let abandoned = state.abandoned;
        let unwanted = if abandoned {
            state.phase = Phase::Taken;
            Some(phase)
        } else {
            state.phase = phase;
            None
        };
        let waker = state.waker.take();
        drop(state);
        if let Some(Phase::Ended(Err(payload))) = &unwanted {
            self.report(&**payload);
        }
        drop(unwanted); // on this thread, where it was made
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn report(&self, payload: &(dyn Any + Send)) {
        let message = report::message(payload);
        call_exception_handler(&ExceptionContext::of(
            "Future exception was never retrieved",
            format!(
                "the call on a thread, made at {}, panicked: {message}",
                self.location
            ),
            None,
            Some(self.location),
        ));
    }

    /// The value; a panic of the call is resumed.
    ///
    /// # Panics
    ///
    /// So too if the executor dropped the call, or its value was given before.
    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<T> {
        let mut state = self.lock();
        if let Phase::Queued | Phase::Running = state.phase {
            let old = state.waker.replace(cx.waker().clone());
            drop(state);
            drop(old);
            return Poll::Pending;
        }
        let phase = std::mem::replace(&mut state.phase, Phase::Taken);
        drop(state);
        match phase {
            Phase::Ended(Ok(value)) => Poll::Ready(value),
            Phase::Ended(Err(payload)) => resume_unwind(payload),
            Phase::Refused => panic!("the executor dropped the call made at {}", self.location),
            _ => panic!("a call on a thread was polled after it gave its value"),
        }
    }

    /// Nobody awaits it any more. Says whether it is being made.
    pub(super) fn abandon(&self) -> bool {
        let mut state = self.lock();
        state.abandoned = true;
        let is_running = matches!(state.phase, Phase::Running);
        let waker = state.waker.take();
        let phase = match state.phase {
            Phase::Ended(_) => std::mem::replace(&mut state.phase, Phase::Taken),
            _ => Phase::Taken,
        };
        drop(state);
        drop(waker);
        if let Phase::Ended(Err(payload)) = &phase {
            self.report(&**payload);
        }
        is_running
    }

    /// Waits until the thread is through with a call that was abandoned.
    pub(super) fn poll_left(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if !matches!(state.phase, Phase::Running) {
            return Poll::Ready(());
        }
        let old = state.waker.replace(cx.waker().clone());
        drop(state);
        drop(old);
        Poll::Pending
    }
}

/// The executor's side: notices when it is dropped.
struct Promise<T: Send + 'static>(Arc<Call<T>>);

impl<T: Send + 'static> Drop for Promise<T> {
    fn drop(&mut self) {
        let is_queued = matches!(self.0.lock().phase, Phase::Queued);
        if is_queued {
            self.0.end(Phase::Refused);
        }
    }
}

thread_local! {
    static BLOCKING: Cell<bool> = const { Cell::new(false) };
}

/// Whether this is a thread of Tokio's that makes a call of ours: it may block, and run a loop of its
/// own, although it knows the runtime that it is of.
pub(crate) fn may_block() -> bool {
    let is_call = BLOCKING.try_with(Cell::get).unwrap_or_default();
    is_call && !on_local_loop() && current::header().is_none()
}

/// Lists a call while it runs, if this thread is of a runtime, which waits for it in the end.
struct Listed(Id, &'static Location<'static>);

impl Listed {
    fn new(location: &'static Location<'static>) -> Option<Self> {
        let runtime = Handle::try_current().ok()?.id();
        let _ = BLOCKING.try_with(|blocking| blocking.set(true));
        running().push((runtime, location));
        Some(Listed(runtime, location))
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        let _ = BLOCKING.try_with(|blocking| blocking.set(false));
        let mut running = running();
        if let Some(at) = running.iter().position(|of| *of == (self.0, self.1)) {
            running.swap_remove(at);
        }
    }
}
