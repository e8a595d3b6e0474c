//! `run` and `Runner`: `Lib/asyncio/runners.py`.

mod shutdown;
mod sigint;
#[cfg(feature = "test-util")]
mod testing;

#[cfg(feature = "test-util")]
pub use testing::{paused_runner, run_test};

#[cfg(unix)]
pub(crate) use sigint::handles;

use crate::IntoDuration;
use crate::contextvars::{self, Context};
use crate::events::{LocalLoop, debug};
#[cfg(unix)]
use crate::introspection::{self, Serving};
use crate::outcome::Outcome;
use crate::scope::report;
use crate::tasks::{Task, main_task};
use sigint::Interrupts;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::panic::{Location, resume_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Id, LocalRuntime, Runtime};

/// How long cleanup may take after the end, unless [`Runner::grace`] says otherwise.
const GRACE: Duration = Duration::from_secs(30);

/// How long threads may go on after the end: `asyncio.constants.THREAD_JOIN_TIMEOUT`.
const THREAD_JOIN: Duration = Duration::from_secs(300);

/// Runs a future on a new single-threaded event loop until it is done: `asyncio.run`.
///
/// Neither the future nor the tasks made by [`create_local_task`](crate::create_local_task) inside of
/// it need be `Send`. Tasks that are left over at the end are cancelled, and their cleanup is awaited
/// for up to 30 seconds; see [`Runner::grace`].
///
/// # Cancellation
///
/// On the main thread, the first `SIGINT` (Ctrl-C) cancels the future and lets its cleanup run, then the
/// process ends as if by that signal. The second one ends it at once, and says whose cleanup did not
/// end. [`Runner::try_run`] gives the interrupt as an error instead. Who awaits `tokio::signal::ctrl_c()`
/// besides is told of the same signal, and its task is cancelled: see [`Runner::interrupts`].
///
/// # Panics
///
/// Inside of a running event loop, as `asyncio.run()` raises `RuntimeError` there: await the future
/// instead. A panic of the future resumes here, after the cleanup.
///
/// # Examples
///
/// ```
/// let answer = asyncio::run(async {
///     asyncio::sleep(0.01).await;
///     42
/// });
/// assert_eq!(answer, 42);
/// ```
#[track_caller]
pub fn run<F: IntoFuture<Output = T>, T>(main: F) -> T {
    Runner::new().run(main)
}

/// An interrupt ended [`Runner::try_run`]: Python's `KeyboardInterrupt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyboardInterrupt;

impl fmt::Display for KeyboardInterrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for KeyboardInterrupt {}

/// An event loop that can run several futures, one after the other: `asyncio.Runner`.
///
/// Settings are for the loop, which is made by the first `run`. Dropping the runner closes it.
///
/// # Examples
///
/// ```
/// use asyncio::Runner;
///
/// let mut runner = Runner::new().multi_thread().worker_threads(2);
/// let a = runner.run(async { 1 });
/// let b = runner.run(async { 2 });
/// assert_eq!(a + b, 3);
/// ```
#[must_use = "a `Runner` does nothing before `run`"]
pub struct Runner {
    multi_thread: bool,
    worker_threads: Option<usize>,
    grace: Duration,
    thread_join: Duration,
    interrupts: bool,
    debug: debug::Settings,
    paused: bool,
    /// What the main tasks run in, one after the other.
    context: Option<Context>,
    event_loop: Option<EventLoop>,
    /// Answers `asyncio ps`, where the environment wants it.
    #[cfg(unix)]
    serving: Option<Serving>,
}

enum EventLoop {
    Single(LocalRuntime, Rc<LocalLoop>),
    Multi(Runtime),
}

impl Default for Runner {
    fn default() -> Self {
        Runner::new()
    }
}

impl Runner {
    /// A runner with a single-threaded loop.
    pub const fn new() -> Self {
        Runner {
            multi_thread: false,
            worker_threads: None,
            grace: GRACE,
            thread_join: THREAD_JOIN,
            interrupts: true,
            debug: debug::Settings::new(),
            paused: false,
            context: None,
            event_loop: None,
            #[cfg(unix)]
            serving: None,
        }
    }

    /// Uses Tokio's multi-threaded runtime. There, tasks are `Send`.
    pub fn multi_thread(mut self) -> Self {
        self.multi_thread = true;
        self
    }

    /// With how many threads the multi-threaded runtime runs tasks; as many as there are cores without.
    ///
    /// # Panics
    ///
    /// If it is zero.
    #[track_caller]
    pub fn worker_threads(mut self, threads: usize) -> Self {
        assert!(threads > 0, "`worker_threads` must be at least 1");
        self.worker_threads = Some(threads);
        self
    }

    /// How long the cleanup of tasks may take that are left over at the end, and of the main task after
    /// an interrupt: 30 seconds unless set. After that it is dropped, and reported.
    pub fn grace(mut self, limit: impl IntoDuration) -> Self {
        self.grace = limit.into_duration();
        self
    }

    /// Whether a `SIGINT` (Ctrl-C) cancels the main future, as described at [`run`]: it does unless this says
    /// otherwise.
    ///
    /// For programs that handle it themselves, with `tokio::signal::ctrl_c()` say, as the graceful shutdown of
    /// many servers does: both would be told of each signal. ([`LoopHandle::add_signal_handler`] needs no
    /// setting: it takes the signal over.) As long as nobody handles it the signal ends the process.
    ///
    /// [`LoopHandle::add_signal_handler`]: crate::LoopHandle::add_signal_handler
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use asyncio::{Runner, sleep, wait_first};
    ///
    /// Runner::new().interrupts(false).run(async {
    ///     wait_first!(if let _ = tokio::signal::ctrl_c() {
    ///         println!("a polite good-bye");
    ///     } else if let _ = sleep(60) {
    ///     });
    /// });
    /// ```
    pub fn interrupts(mut self, obeyed: bool) -> Self {
        self.interrupts = obeyed;
        self
    }

    /// How long the closing of the runner waits for calls of [`to_thread`](crate::to_thread) that still
    /// run: 300 seconds unless set, as in asyncio. After that their threads are left behind, and
    /// reported.
    pub fn thread_join_timeout(mut self, limit: impl IntoDuration) -> Self {
        self.thread_join = limit.into_duration();
        self
    }

    /// Turns debug mode on or off: `Runner(debug=..)`, `loop.set_debug`. Unless it is called, the
    /// environment variable `ASYNCIO_DEBUG` does, if it is set to anything but `0`.
    ///
    /// In debug mode the loop warns, through [`tracing`] or on standard error, of
    /// - each poll of a task and each callback that takes 0.1 seconds or more, and so holds the others up;
    ///   with the place where it was spawned, and the branch of [`gather!`](crate::gather!) or
    ///   [`wait_first!`](crate::wait_first!) that took most of it, with its line; by its position, counted
    ///   from 0, if that never waited;
    /// - tasks that still run when the main task ends;
    /// - values that were dropped with a task that nobody ever awaited.
    ///
    /// It switches [introspection](crate::introspection) on, for as long as the program runs.
    ///
    /// # Examples
    ///
    /// ```
    /// use asyncio::{Runner, get_running_loop};
    ///
    /// Runner::new().debug(true).run(async {
    ///     assert!(get_running_loop().get_debug());
    ///     std::thread::sleep(std::time::Duration::from_millis(110)); // there will be a warning
    /// });
    /// ```
    pub fn debug(mut self, enabled: bool) -> Self {
        self.debug.debug = Some(enabled);
        self
    }

    /// What takes at least this long is reported in debug mode, 0.1 seconds unless set:
    /// `loop.slow_callback_duration`. Of zero, everything.
    ///
    /// # Panics
    ///
    /// If the limit is NaN.
    pub fn slow_callback_duration(mut self, limit: impl IntoDuration) -> Self {
        self.debug.slow = limit.into_duration();
        self
    }

    /// Starts with a virtual clock.
    #[cfg(feature = "test-util")]
    fn paused(mut self) -> Self {
        self.paused = true;
        self
    }

    /// Runs a future until it is done, then cancels the tasks that are left over.
    ///
    /// An interrupt ends the process, as for [`run`].
    ///
    /// # Panics
    ///
    /// Inside of a running event loop, and with a panic of the future.
    #[track_caller]
    pub fn run<F: IntoFuture<Output = T>, T>(&mut self, main: F) -> T {
        match self.try_run(main) {
            Ok(value) => value,
            Err(KeyboardInterrupt) => sigint::die(),
        }
    }

    /// As [`Runner::run`], but an interrupt is an error, as Python raises `KeyboardInterrupt`.
    ///
    /// # Errors
    ///
    /// [`KeyboardInterrupt`] if a `SIGINT` cancelled the future before it had a value. (One that stops the
    /// cleanup ends the process a moment later.)
    ///
    /// # Panics
    ///
    /// Inside of a running event loop, and with a panic of the future.
    #[track_caller]
    pub fn try_run<F: IntoFuture<Output = T>, T>(
        &mut self,
        main: F,
    ) -> Result<T, KeyboardInterrupt> {
        let location = Location::caller();
        assert!(
            Handle::try_current().is_err() || crate::threads::may_block(),
            "`run` cannot be called from a running event loop: `.await` the future instead, or run it \
             with `create_task`",
        );
        let (grace, obeys) = (self.grace, self.interrupts);
        // On the heap, as every task is: each of the futures around it would be larger by it, twice.
        let main = Box::pin(main.into_future());
        let context = self.context.take().or_else(contextvars::inherit);
        let event_loop = self.event_loop();
        let (handle, on_loop) = match event_loop {
            EventLoop::Single(runtime, _) => (runtime.handle().clone(), true),
            EventLoop::Multi(runtime) => (runtime.handle().clone(), false),
        };
        let interrupts = Interrupts::of_run(handle.id(), obeys);
        let whole = async {
            // SAFETY: both are dropped in here, and this is before the end of the call.
            #[allow(unsafe_code)]
            let (task, root) = unsafe { main_task(main, &handle, location, on_loop, context) };
            let main = task.handle();
            let outcome = drive_main(task, root, &interrupts, grace).await;
            interrupts.main_is_done();
            debug::report_leaks(handle.id());
            shutdown::cancel_all(handle.id(), grace).await;
            (
                outcome,
                main.was_cancelled_by_hand(),
                main.existing_context(),
            )
        };
        let (outcome, by_hand, context) = match event_loop {
            EventLoop::Single(runtime, local) => {
                let ended = runtime.block_on(Rc::clone(local).run(whole));
                local.clear();
                ended
            }
            EventLoop::Multi(runtime) => runtime.block_on(whole),
        };
        self.context = context;
        match outcome {
            _ if interrupts.stopped() => Err(KeyboardInterrupt),
            Outcome::Returned(value) => Ok(value),
            Outcome::Panicked(payload) => resume_unwind(payload),
            // Cancelled as well by somebody else, it is so for another reason than the interrupt.
            Outcome::Cancelled(_) if interrupts.cancelled_main() && !by_hand => {
                Err(KeyboardInterrupt)
            }
            // Python raises `CancelledError` out of `run()`; there is no value to return here either.
            Outcome::Cancelled(error) => panic!("the main task was {error}"),
        }
    }

    fn event_loop(&mut self) -> &mut EventLoop {
        if self.event_loop.is_none() {
            let made = self.make_loop();
            let made =
                made.unwrap_or_else(|error| panic!("the event loop could not be made: {error}"));
            if self.debug != debug::Settings::new() {
                debug::change(made.id(), |settings| *settings = self.debug);
            }
            self.event_loop = Some(made);
            #[cfg(unix)]
            {
                self.serving = introspection::serve_for_environment();
            }
        }
        self.event_loop.as_mut().expect("it was made just now")
    }

    fn make_loop(&self) -> std::io::Result<EventLoop> {
        if self.multi_thread {
            let mut builder = Builder::new_multi_thread();
            if let Some(threads) = self.worker_threads {
                builder.worker_threads(threads);
            }
            return builder.enable_all().build().map(EventLoop::Multi);
        }
        let mut builder = Builder::new_current_thread();
        builder.enable_all();
        #[cfg(feature = "test-util")]
        builder.start_paused(self.paused);
        let runtime = builder.build_local(Default::default())?;
        let local = LocalLoop::new(runtime.handle().id());
        Ok(EventLoop::Single(runtime, local))
    }
}

impl EventLoop {
    fn id(&self) -> Id {
        match self {
            EventLoop::Single(runtime, _) => runtime.handle().id(),
            EventLoop::Multi(runtime) => runtime.handle().id(),
        }
    }
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner")
            .field("multi_thread", &self.multi_thread)
            .field("worker_threads", &self.worker_threads)
            .field("grace", &self.grace)
            .field("thread_join_timeout", &self.thread_join)
            .field("has_loop", &self.event_loop.is_some())
            .finish_non_exhaustive()
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        let Some(event_loop) = self.event_loop.take() else {
            return;
        };
        let runtime = event_loop.id();
        #[cfg(unix)]
        crate::events::signals::remove_all(runtime);
        debug::forget(runtime);
        match event_loop {
            EventLoop::Single(runtime, local) => {
                drop(local); // a thread that waits for the loop is told that it is closed
                runtime.shutdown_timeout(self.thread_join);
            }
            EventLoop::Multi(runtime) => runtime.shutdown_timeout(self.thread_join),
        }
        for location in crate::threads::unfinished(runtime) {
            report::emit(&format!(
                "the call on a thread made at {location} did not end within {:?} after its loop: the \
                 thread is left behind",
                self.thread_join
            ));
        }
    }
}

/// Runs the main task in place, and obeys interrupts.
async fn drive_main<T>(
    task: Task<T>,
    root: impl Future<Output = ()>,
    interrupts: &Interrupts,
    grace: Duration,
) -> Outcome<T> {
    let mut root = pin!(root);
    let mut watch = pin!(interrupts.watch(task.handle(), grace));
    let mut watches = false;
    let mut outcome = pin!(task.outcome());
    std::future::poll_fn(|cx| {
        // The waker is the same each time, so that to poll it once is enough until one comes.
        if !std::mem::replace(&mut watches, true) || interrupts.has_come() {
            let _ = watch.as_mut().poll(cx);
        }
        match root.as_mut().poll(cx) {
            Poll::Ready(()) => outcome.as_mut().poll(cx),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
