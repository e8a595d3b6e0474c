//! Ctrl-C: the first cancels the main task and lets cleanup run, the second stops at once.
//!
//! As in CPython this is for the main thread only, and only where nobody else handles the signal. A
//! thread of its own waits for the signal, since the loop may be blocked.

/// Ends the process as an unhandled `SIGINT` does, so that a shell sees status 130.
pub(super) fn die() -> ! {
    #[cfg(unix)]
    let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGINT);
    std::process::exit(130)
}

#[cfg(unix)]
pub(super) use unix::Interrupts;

#[cfg(unix)]
pub(crate) use unix::handles;

/// Nothing is listened to here.
#[cfg(not(unix))]
pub(super) struct Interrupts;

#[cfg(not(unix))]
impl Interrupts {
    pub(super) fn of_run(_: tokio::runtime::Id, _: bool) -> Self {
        Interrupts
    }

    pub(super) async fn watch(&self, _: crate::tasks::TaskHandle, _: std::time::Duration) {
        std::future::pending::<()>().await;
    }

    pub(super) fn has_come(&self) -> bool {
        false
    }

    pub(super) fn main_is_done(&self) {}

    pub(super) fn cancelled_main(&self) -> bool {
        false
    }

    pub(super) fn stopped(&self) -> bool {
        false
    }
}

#[cfg(unix)]
mod unix {
    use super::die;
    use crate::events::signals;
    use crate::scope::report;
    use crate::tasks::{TaskHandle, registry};
    use signal_hook::consts::SIGINT;
    use signal_hook::iterator::Signals;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
    use std::thread;
    use std::time::Duration;
    use tokio::runtime::Id;
    use tokio::sync::Notify;

    /// How long the loop has to say what it drops, after the second interrupt.
    const LAST_WORDS: Duration = Duration::from_millis(250);

    /// The run that interrupts are for.
    static ACTIVE: Mutex<Option<Arc<Run>>> = Mutex::new(None);

    fn active() -> MutexGuard<'static, Option<Arc<Run>>> {
        ACTIVE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    struct Run {
        runtime: Id,
        /// The program has a handler of its own.
        ignores: bool,
        state: Mutex<State>,
        has_come: AtomicBool,
        interrupted: Notify,
    }

    #[derive(Default)]
    struct State {
        /// `None` before it runs, and once it is done: then there are only leftovers to clean up.
        main: Option<TaskHandle>,
        cancelled_main: bool,
        /// The process is about to end.
        stopped: bool,
    }

    impl Run {
        fn state(&self) -> MutexGuard<'_, State> {
            self.state.lock().unwrap_or_else(PoisonError::into_inner)
        }

        /// The main task, if this is the first interrupt of it.
        fn cancel_main(&self) -> Option<TaskHandle> {
            let mut state = self.state();
            let main = state.main.clone().filter(|_| !state.cancelled_main)?;
            state.cancelled_main = true;
            Some(main)
        }
    }

    /// Obeys the interrupts of one run, for as long as this lives.
    pub(in super::super) struct Interrupts(Arc<Run>);

    impl Interrupts {
        pub(in super::super) fn of_run(runtime: Id, obeys: bool) -> Self {
            let run = Arc::new(Run {
                runtime,
                ignores: !obeys,
                state: Mutex::default(),
                has_come: AtomicBool::new(false),
                interrupted: Notify::new(),
            });
            // Who listens keeps doing so, for the next run.
            if (obeys && is_listening()) || handles(SIGINT) {
                *active() = Some(Arc::clone(&run));
            }
            Interrupts(run)
        }

        /// Has interrupts cancel `main`, and limits its cleanup then; never done.
        pub(in super::super) async fn watch(&self, main: TaskHandle, grace: Duration) {
            self.0.state().main = Some(main.clone());
            self.0.interrupted.notified().await;
            tokio::time::sleep(grace).await;
            main.stop();
            std::future::pending::<()>().await;
        }

        /// Whether there was one: until then `watch` need not be polled again.
        #[inline]
        pub(in super::super) fn has_come(&self) -> bool {
            self.0.has_come.load(Ordering::Acquire)
        }

        /// From here on, an interrupt stops at once.
        pub(in super::super) fn main_is_done(&self) {
            let main = self.0.state().main.take();
            drop(main);
        }

        pub(in super::super) fn cancelled_main(&self) -> bool {
            self.0.state().cancelled_main
        }

        pub(in super::super) fn stopped(&self) -> bool {
            self.0.state().stopped
        }
    }

    impl Drop for Interrupts {
        fn drop(&mut self) {
            let mut active = active();
            if active.as_ref().is_some_and(|run| Arc::ptr_eq(run, &self.0)) {
                *active = None;
            }
        }
    }

    static LISTENING: OnceLock<bool> = OnceLock::new();

    /// Whether a signal is obeyed by this module, rather than by whoever handled it before.
    pub(crate) fn handles(signal: i32) -> bool {
        signal == SIGINT && LISTENING.get() == Some(&true)
    }

    /// Whether interrupts are ours: on the main thread, unless somebody else handled them first.
    fn is_listening() -> bool {
        if thread::current().name() != Some("main") {
            return false;
        }
        *LISTENING.get_or_init(|| {
            if signals::is_handled(SIGINT) {
                return false;
            }
            let Ok(mut signals) = Signals::new([SIGINT]) else {
                return false;
            };
            thread::Builder::new()
                .name("asyncio-sigint".to_owned())
                .spawn(move || signals.forever().for_each(|_| on_interrupt()))
                .is_ok()
        })
    }

    fn on_interrupt() {
        if signals::is_taken(SIGINT) {
            return; // by `add_signal_handler`
        }
        let Some(run) = active().clone() else { die() };
        if run.ignores {
            return;
        }
        if let Some(main) = run.cancel_main() {
            main.cancel_once();
            run.has_come.store(true, Ordering::Release);
            run.interrupted.notify_one();
            return;
        }
        run.state().stopped = true;
        report::emit("interrupted: stopping at once");
        for task in registry::of_runtime(Some(run.runtime)) {
            task.stop();
        }
        // The loop says what it drops, unless something blocks it.
        thread::sleep(LAST_WORDS);
        for task in registry::of_runtime(Some(run.runtime)) {
            report::emit(&format!(
                "task `{}`, spawned at {}, did not end",
                task.name(),
                task.location
            ));
        }
        die()
    }
}
