//! `#[asyncio::test]`: the runner of tests.

use super::Runner;
use crate::graph;
use crate::tasks::{TaskHandle, all_tasks};
use std::fmt::Write;
use std::future::{Future, IntoFuture, poll_fn};
use std::panic::{Location, panic_any};
use std::pin::pin;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

/// What a test may take, unless it says otherwise.
const LIMIT: Duration = Duration::from_secs(60);

/// On the virtual clock nothing but this timer is left when the test can make no progress. It goes off
/// every day; after a year that is far beyond whatever a test sleeps.
const DAY: Duration = Duration::from_secs(24 * 3600);
const YEAR: u32 = 365;

/// A runner on a virtual clock, for tests that make a run of their own.
#[doc(hidden)]
pub fn paused_runner() -> Runner {
    Runner::new().paused()
}

/// Runs a test: on a virtual clock, unless `real_time`; for at most `limit` of real time.
///
/// # Panics
///
/// With the test's panic; when the limit passes; and when the test can make no progress any more.
#[track_caller]
#[doc(hidden)]
pub fn run_test<F: IntoFuture>(real_time: bool, limit: Option<Duration>, test: F) -> F::Output {
    let runner = Runner::new();
    let mut runner = if real_time { runner } else { runner.paused() };
    let limit = limit.unwrap_or(LIMIT);
    let test = Box::pin(test.into_future());
    let location = Location::caller();
    graph::enable_for_test();
    runner.run(guard(test, real_time, limit, location))
}

async fn guard<F: Future>(
    test: F,
    real_time: bool,
    limit: Duration,
    location: &'static Location<'static>,
) -> F::Output {
    let watchdog = Watchdog::start(limit, location);
    let mut test = pin!(test);
    let mut alarm = pin!(tokio::time::sleep(DAY));
    let mut days = 0;
    poll_fn(|cx| {
        if let Poll::Ready(value) = test.as_mut().poll(cx) {
            return Poll::Ready(value);
        }
        if watchdog.is_over(cx.waker()) {
            let clock = if real_time { "" } else { ", of real time" };
            let what = format!("the test took longer than its limit of {limit:?}{clock}");
            fail(&what, location);
        }
        while !real_time && graph::uncounted(|| alarm.as_mut().poll(cx)).is_ready() {
            days += 1;
            if days == YEAR {
                let what = "deadlock: no task of the test can go on (for real I/O or threads, write \
                            `#[asyncio::test(real_time)]`)";
                fail(what, location);
            }
            let next = alarm.deadline() + DAY;
            alarm.as_mut().reset(next);
        }
        Poll::Pending
    })
    .await
}

/// Measures the real time of a test, from a thread of its own: a loop that never waits does not look
/// at timers.
struct Watchdog {
    state: Arc<Mutex<WatchdogState>>,
    _stop: mpsc::Sender<()>,
}

#[derive(Default)]
struct WatchdogState {
    over: bool,
    /// The test has been told.
    seen: bool,
    waker: Option<Waker>,
}

/// How long after its limit a test that has not failed is said to be blocked.
const BLOCKED: Duration = Duration::from_secs(1);

impl Watchdog {
    fn start(limit: Duration, location: &'static Location<'static>) -> Self {
        let (stop, stopped) = mpsc::channel::<()>();
        let state = Arc::<Mutex<WatchdogState>>::default();
        let watched = Arc::clone(&state);
        let thread = move || {
            if stopped.recv_timeout(limit) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let mut state = lock(&watched);
            state.over = true;
            let waker = state.waker.take();
            drop(state);
            if let Some(waker) = waker {
                waker.wake();
            }
            let waited = stopped.recv_timeout(BLOCKED);
            if waited == Err(RecvTimeoutError::Timeout) && !lock(&watched).seen {
                eprintln!(
                    "the test at {location} blocks its thread, beyond its limit of {limit:?}"
                );
            }
        };
        let builder = thread::Builder::new().name("asyncio-test-limit".to_owned());
        if let Err(error) = builder.spawn(thread) {
            eprintln!("the test at {location} runs without a limit: {error}");
        }
        Watchdog { state, _stop: stop }
    }

    fn is_over(&self, waker: &Waker) -> bool {
        let mut state = lock(&self.state);
        state.seen = state.over;
        let over = state.over;
        let old = state.waker.replace(graph::own_clone(waker));
        drop(state);
        drop(old);
        over
    }
}

fn lock(state: &Mutex<WatchdogState>) -> MutexGuard<'_, WatchdogState> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Fails the test with what every task waits for.
fn fail(what: &str, location: &'static Location<'static>) -> ! {
    let mut text = format!("{what}\n  test at {location}");
    let tasks = all_tasks();
    for task in &tasks {
        let (name, location) = (task.name(), task.location());
        let _ = write!(text, "\n  task `{name}`, spawned at {location}");
    }
    let ids: Vec<_> = tasks.iter().map(TaskHandle::id).collect();
    let _ = write!(text, "\n{}", graph::CallGraph::of_waiting(&ids));
    panic_any(text.trim_end().to_owned())
}
