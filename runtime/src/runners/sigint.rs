//! Ctrl-C: the first cancels the main task and lets cleanup run, the second stops at once.
//!
//! As in CPython this is for the main thread only, and only where nobody else handles the signal. A
//! thread of its own waits for the signal, since the loop may be blocked.

use crate::tasks::TaskHandle;
use std::time::Duration;

/// Ends the process as an unhandled `SIGINT` does, so that a shell sees status 130.
pub(super) fn die() -> ! {
    #[cfg(unix)]
    let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGINT);
    std::process::exit(130)
}

/// Whether an interrupt cancelled the main task of the run that just ended; forgets it.
pub(super) fn take() -> bool {
    #[cfg(unix)]
    return unix::take();
    #[cfg(not(unix))]
    false
}

/// Obeys interrupts for as long as it is polled; never done.
pub(super) async fn watch(main: TaskHandle, grace: Duration) {
    #[cfg(unix)]
    unix::watch(main, grace).await;
    #[cfg(not(unix))]
    {
        let _ = (main, grace);
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
mod unix {
    use super::{TaskHandle, die};
    use crate::scope::report;
    use crate::tasks::registry;
    use signal_hook::consts::SIGINT;
    use signal_hook::iterator::Signals;
    use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
    use std::thread;
    use std::time::Duration;
    use tokio::runtime::{Handle, Id};
    use tokio::sync::Notify;

    /// How long the loop has to say what it drops, after the second interrupt.
    const LAST_WORDS: Duration = Duration::from_millis(250);

    /// The run that interrupts are for.
    struct Active {
        main: TaskHandle,
        runtime: Id,
        interrupted: Arc<Notify>,
        count: u32,
    }

    static ACTIVE: Mutex<Option<Active>> = Mutex::new(None);

    fn active() -> MutexGuard<'static, Option<Active>> {
        ACTIVE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn take() -> bool {
        active().take().is_some_and(|active| active.count > 0)
    }

    pub(super) async fn watch(main: TaskHandle, grace: Duration) {
        if !is_listening() {
            return std::future::pending().await;
        }
        let interrupted = Arc::new(Notify::new());
        let runtime = Handle::current().id();
        *active() = Some(Active {
            main: main.clone(),
            runtime,
            interrupted: interrupted.clone(),
            count: 0,
        });
        let _leave = Leave;
        interrupted.notified().await;
        tokio::time::sleep(grace).await;
        main.stop();
        std::future::pending().await
    }

    /// Gives the signal back at the end of the run, unless it has to be told of.
    struct Leave;

    impl Drop for Leave {
        fn drop(&mut self) {
            let mut active = active();
            if active.as_ref().is_some_and(|active| active.count == 0) {
                *active = None;
            }
        }
    }

    /// Whether interrupts are ours: on the main thread, unless somebody else handled them first.
    fn is_listening() -> bool {
        static LISTENING: OnceLock<bool> = OnceLock::new();
        if thread::current().name() != Some("main") {
            return false;
        }
        *LISTENING.get_or_init(|| {
            if is_handled() {
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

    /// Whether the process has a handler for `SIGINT`, or ignores it. Linux says so without `unsafe`.
    fn is_handled() -> bool {
        let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
            return false;
        };
        status.lines().any(|line| {
            let mask = line
                .strip_prefix("SigCgt:")
                .or_else(|| line.strip_prefix("SigIgn:"));
            let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
            mask.is_some_and(|mask| mask & (1 << (SIGINT - 1)) != 0)
        })
    }

    fn on_interrupt() {
        let mut state = active();
        let Some(active) = &mut *state else { die() };
        active.count += 1;
        if active.count == 1 {
            let (main, interrupted) = (active.main.clone(), active.interrupted.clone());
            drop(state);
            main.cancel_once();
            interrupted.notify_one();
            return;
        }
        let (main, runtime) = (active.main.clone(), active.runtime);
        drop(state);
        report::emit("interrupted again: stopping at once");
        main.stop();
        for task in registry::of_runtime(Some(runtime)) {
            task.stop();
        }
        thread::sleep(LAST_WORDS);
        die()
    }
}
