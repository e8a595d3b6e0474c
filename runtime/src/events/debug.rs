//! Debug mode: what takes too long, and what nobody waits for.
//!
//! It is a setting of each loop. While no loop has it on, all that it costs is to read one byte at each
//! poll of a task.

use crate::graph::{self, Node, Step};
use crate::scope::report;
use crate::tasks::{TaskRef, registry};
use crate::watch;
use std::cell::RefCell;
use std::fmt::Write;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::{Handle, Id};

/// `loop.slow_callback_duration`, unless set.
const SLOW: Duration = Duration::from_millis(100);

/// What a loop was told.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Settings {
    /// `None`: as the environment says.
    pub(crate) debug: Option<bool>,
    pub(crate) slow: Duration,
}

impl Settings {
    pub(crate) const fn new() -> Self {
        Settings {
            debug: None,
            slow: SLOW,
        }
    }

    fn debug(&self) -> bool {
        self.debug.unwrap_or(*ENVIRONMENT)
    }
}

/// `PYTHONASYNCIODEBUG`, under the name that it has here.
static ENVIRONMENT: LazyLock<bool> = LazyLock::new(|| {
    std::env::var_os("ASYNCIO_DEBUG").is_some_and(|value| !value.is_empty() && value != "0")
});

/// The loops that were told anything.
static LOOPS: Mutex<Vec<(Id, Settings)>> = Mutex::new(Vec::new());

fn loops() -> MutexGuard<'static, Vec<(Id, Settings)>> {
    LOOPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether any loop may be in debug mode.
#[inline]
pub(crate) fn is_any_on() -> bool {
    watch::is_debug()
}

/// Finds out whether any loop is in debug mode.
pub(crate) fn look_again() {
    look(&loops());
}

fn look(loops: &[(Id, Settings)]) {
    let any = *ENVIRONMENT || loops.iter().any(|(_, settings)| settings.debug());
    watch::set_debug(any);
    if any {
        watch::set_graph(); // it knows what branches are called
    }
}

/// What a loop was told.
pub(crate) fn settings(runtime: Id) -> Settings {
    let loops = loops();
    let found = loops.iter().find(|(id, _)| *id == runtime);
    found.map_or_else(Settings::new, |(_, settings)| *settings)
}

/// Whether a loop is in debug mode.
pub(crate) fn is_on(runtime: Id) -> bool {
    is_any_on() && settings(runtime).debug()
}

pub(crate) fn change(runtime: Id, change: impl FnOnce(&mut Settings)) {
    let mut loops = loops();
    let at = match loops.iter().position(|(id, _)| *id == runtime) {
        Some(at) => at,
        None => {
            loops.push((runtime, Settings::new()));
            loops.len() - 1
        }
    };
    change(&mut loops[at].1);
    look(&loops);
}

/// The loop is gone.
pub(crate) fn forget(runtime: Id) {
    let mut loops = loops();
    loops.retain(|(id, _)| *id != runtime);
    look(&loops);
}

/// Measures one poll of a task or one callback.
pub(crate) struct Watch(Option<Instant>);

impl Watch {
    #[inline]
    pub(crate) fn start() -> Self {
        Watch(is_any_on().then(start))
    }

    /// Says that it took too long, if it did.
    #[inline]
    pub(crate) fn stop(self, what: impl FnOnce() -> String) {
        if let Some(started) = self.0 {
            stop(started, what);
        }
    }
}

#[cold]
fn stop(started: Instant, what: impl FnOnce() -> String) {
    let taken = started.elapsed();
    let slowest = SLOWEST.try_with(RefCell::take).unwrap_or_default();
    let Ok(runtime) = Handle::try_current() else {
        return;
    };
    let settings = settings(runtime.id());
    if settings.debug() && taken >= settings.slow {
        let (what, taken) = (what(), taken.as_secs_f64());
        report::warn(&format!(
            "executing {what} took {taken:.3} seconds{slowest}"
        ));
    }
}

#[cold]
fn start() -> Instant {
    let _ = SLOWEST.try_with(RefCell::take);
    Instant::now()
}

/// The branch that took longest in the poll under way.
#[derive(Debug, Default)]
struct Slowest {
    taken: Duration,
    /// The branch, the branch therein, and so on.
    path: Vec<Step>,
}

impl std::fmt::Display for Slowest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.path.is_empty() {
            return Ok(());
        }
        let (taken, branch) = (self.taken.as_secs_f64(), graph::describe(&self.path));
        write!(f, ", {taken:.3} of them in {branch}")
    }
}

thread_local! {
    static SLOWEST: RefCell<Slowest> = RefCell::default();
}

/// Times the poll of a branch, and keeps its place if it took longest.
#[derive(Debug)]
pub(crate) struct BranchTimer {
    index: usize,
    before: Slowest,
    started: Instant,
}

impl BranchTimer {
    #[cold]
    pub(crate) fn start(index: usize) -> Box<Self> {
        let before = SLOWEST.try_with(RefCell::take).unwrap_or_default();
        Box::new(BranchTimer {
            index,
            before,
            started: Instant::now(),
        })
    }

    /// The branch was polled, of the combinator that this stands for.
    pub(crate) fn stop(self, node: Option<Arc<Node>>) {
        let taken = self.started.elapsed();
        let inner = SLOWEST.try_with(RefCell::take).unwrap_or_default();
        let slowest = if taken > self.before.taken {
            // A branch of this branch, if that is where the time went.
            let therein = if inner.taken * 2 >= taken {
                inner.path
            } else {
                Vec::new()
            };
            let index = self.index;
            let step = Step { node, index };
            Slowest {
                taken,
                path: std::iter::once(step).chain(therein).collect(),
            }
        } else {
            self.before
        };
        let _ = SLOWEST.try_with(|cell| cell.replace(slowest));
    }
}

/// The main task is done: tells of the tasks that are not.
pub(crate) fn report_leaks(runtime: Id) {
    if !is_on(runtime) {
        return;
    }
    for task in registry::of_runtime(Some(runtime)) {
        let mut text = format!(
            "task `{}`, spawned at {}, was still running when the main task ended",
            task.name(),
            task.location
        );
        if !task.was_awaited() {
            let _ = write!(text, ", and nobody ever awaited it");
        }
        report::warn(&text);
    }
}

/// The value of a task that nobody ever awaited is dropped.
pub(crate) fn report_never_awaited(task: &TaskRef) {
    if is_any_on() && task.runtime().is_some_and(is_on) && !task.was_awaited() {
        report::warn(&format!(
            "task `{}`, spawned at {}, gave a value, and nobody ever awaited it",
            task.name(),
            task.location
        ));
    }
}
