//! `get_running_loop`, and what can be asked of a loop.

use super::alarms;
use super::callback::{Callback, Handle};
use super::debug;
use super::home::{Here, LoopRef};
use super::local::current_loop;
use super::timers::{self, TimerHandle};
use crate::tasks::TaskBuilder;
use crate::{IntoDuration, Task};
use std::fmt;
use std::future::{Future, IntoFuture};
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
#[cfg(unix)]
use std::sync::Mutex;
use std::time::Duration;
use tokio::runtime::{Handle as Runtime, Id};
use tokio::time::Instant;

/// The running event loop: `asyncio.get_running_loop()`.
///
/// It can be cloned and sent. Other threads give work to the loop with it: there,
/// [`call_soon`](Self::call_soon) is asyncio's `call_soon_threadsafe`. It does not keep the loop alive.
///
/// On the single-threaded loop of [`run`](crate::run) callbacks and tasks run first in, first out, in
/// one line. On Tokio's own runtimes each callback is a small task: it may run on any thread, beside
/// others.
///
/// # Examples
///
/// ```
/// use asyncio::{get_running_loop, sleep};
/// use std::sync::mpsc;
///
/// #[asyncio::main]
/// async fn main() {
///     let (tx, rx) = mpsc::channel();
///     let event_loop = get_running_loop();
///     let (soon, later) = (tx.clone(), tx);
///     event_loop.call_later(0.01, move || later.send("later").unwrap());
///     event_loop.call_soon(move || soon.send("soon").unwrap());
///     sleep(0.02).await;
///     assert_eq!(rx.try_iter().collect::<Vec<_>>(), ["soon", "later"]);
/// }
/// ```
#[derive(Clone)]
pub struct LoopHandle {
    runtime: Runtime,
    /// Our own loop, if it runs on one.
    local: Option<LoopRef>,
}

/// The event loop that runs this code: `asyncio.get_running_loop()`.
///
/// # Panics
///
/// Outside of a running loop and of a Tokio runtime, where Python raises `RuntimeError`.
///
/// # Examples
///
/// See [`LoopHandle`].
#[track_caller]
#[must_use]
pub fn get_running_loop() -> LoopHandle {
    match LoopHandle::try_current() {
        Some(event_loop) => event_loop,
        None => panic!("no running event loop"),
    }
}

impl LoopHandle {
    pub(crate) fn try_current() -> Option<Self> {
        let runtime = Runtime::try_current().ok()?;
        let local = current_loop();
        Some(LoopHandle { runtime, local })
    }

    /// Calls `callback` after everything that is ready now, never inside of this call:
    /// `loop.call_soon`, and `loop.call_soon_threadsafe`.
    ///
    /// It has a copy of the context variables that are here. On a loop that is closed it is dropped,
    /// and the handle says that it is cancelled.
    #[doc(alias = "call_soon_threadsafe")]
    #[track_caller]
    pub fn call_soon(&self, callback: impl FnOnce() + Send + 'static) -> Handle {
        let callback = Callback::new(callback, Location::caller());
        if !self.call(Arc::clone(&callback)) {
            callback.cancel();
        }
        Handle::new(callback)
    }

    /// Calls `callback` after `delay`, a `Duration` or a number of seconds: `loop.call_later`.
    ///
    /// Timers are called in the order of their times, those of the same time in the order of their
    /// creation (where asyncio leaves it open), and after what is ready by then. A negative delay is
    /// zero. The resolution is a millisecond; a timer is never early.
    ///
    /// # Panics
    ///
    /// If the delay is NaN.
    #[track_caller]
    pub fn call_later(
        &self,
        delay: impl IntoDuration,
        callback: impl FnOnce() + Send + 'static,
    ) -> TimerHandle {
        self.call_at(alarms::later(self.time(), delay.into_duration()), callback)
    }

    /// [`call_later`](Self::call_later) with a time instead of a delay: `loop.call_at`.
    #[track_caller]
    pub fn call_at(&self, when: Instant, callback: impl FnOnce() + Send + 'static) -> TimerHandle {
        let callback = Callback::new(callback, Location::caller());
        timers::add(self, when, callback)
    }

    /// The time, on the clock of the loop, which is virtual in tests: `loop.time()`.
    #[must_use]
    pub fn time(&self) -> Instant {
        let _clock = self.runtime.enter();
        Instant::now()
    }

    /// Calls `callback` on this loop whenever the signal comes: `loop.add_signal_handler`.
    ///
    /// It replaces the one that this loop has for the signal, and the default action; for `SIGINT` that
    /// is the cancellation of the main task by [`run`](crate::run). Unlike in Python it can be called on
    /// any thread. The handlers of a [`Runner`](crate::Runner) end with it.
    ///
    /// # Errors
    ///
    /// If there is no such signal, or it cannot be caught.
    ///
    /// # Examples
    ///
    /// ```
    /// use asyncio::{Event, get_running_loop};
    /// use std::sync::Arc;
    ///
    /// #[asyncio::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let reload = Arc::new(Event::new());
    ///     let on_signal = reload.clone();
    ///     let event_loop = get_running_loop();
    ///     event_loop.add_signal_handler(signal_hook::consts::SIGHUP, move || on_signal.set())?;
    ///     signal_hook::low_level::raise(signal_hook::consts::SIGHUP)?; // or `kill -HUP`
    ///     reload.wait().await;
    ///     assert!(event_loop.remove_signal_handler(signal_hook::consts::SIGHUP));
    ///     Ok(())
    /// }
    /// ```
    #[cfg(unix)]
    #[track_caller]
    pub fn add_signal_handler(
        &self,
        signal: i32,
        callback: impl FnMut() + Send + 'static,
    ) -> std::io::Result<()> {
        let function = Arc::new(Mutex::new(callback));
        super::signals::add(self, signal, function, Location::caller())
    }

    /// Removes this loop's handler of a signal; false if there is none: `loop.remove_signal_handler`.
    ///
    /// Where no loop handles the signal any more, it does again what it does by default.
    #[cfg(unix)]
    pub fn remove_signal_handler(&self, signal: i32) -> bool {
        super::signals::remove(self, signal)
    }

    /// Runs a future as a task of this loop, from wherever: `loop.create_task`.
    ///
    /// On a loop that is closed the task is cancelled at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use asyncio::get_running_loop;
    ///
    /// #[asyncio::main]
    /// async fn main() {
    ///     let event_loop = get_running_loop();
    ///     let thread = std::thread::spawn(move || event_loop.create_task(async { 6 * 7 }));
    ///     assert_eq!(thread.join().unwrap().await, Ok(42));
    /// }
    /// ```
    #[track_caller]
    pub fn create_task<F>(&self, future: F) -> Task<F::Output>
    where
        F: IntoFuture,
        F::IntoFuture: Send + 'static,
        F::Output: Send + 'static,
    {
        TaskBuilder::new().spawn_on(self, future)
    }

    /// Turns debug mode on or off: `loop.set_debug`. See [`Runner::debug`](crate::Runner::debug).
    pub fn set_debug(&self, enabled: bool) {
        debug::change(self.runtime_id(), |settings| settings.debug = Some(enabled));
    }

    /// Whether it is in debug mode: `loop.get_debug`.
    #[must_use]
    pub fn get_debug(&self) -> bool {
        debug::is_on(self.runtime_id())
    }

    /// What takes at least this long is reported in debug mode, 0.1 seconds unless set:
    /// `loop.slow_callback_duration = ..`.
    ///
    /// # Panics
    ///
    /// If the limit is NaN.
    pub fn set_slow_callback_duration(&self, limit: impl IntoDuration) {
        let limit = limit.into_duration();
        debug::change(self.runtime_id(), |settings| settings.slow = limit);
    }

    /// The limit of [`set_slow_callback_duration`](Self::set_slow_callback_duration):
    /// `loop.slow_callback_duration`.
    #[must_use]
    pub fn slow_callback_duration(&self) -> Duration {
        debug::settings(self.runtime_id()).slow
    }

    /// Whether the loop of [`run`](crate::run) is gone. Of Tokio's own runtimes it is not known, and
    /// this is false.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.local.as_ref().is_some_and(LoopRef::is_closed)
    }

    /// False if the loop is gone; the callback is not called then.
    pub(crate) fn call(&self, callback: Arc<Callback>) -> bool {
        if let Some(local) = &self.local {
            return local.call(callback);
        }
        let called = Arc::clone(&callback);
        let task = self.runtime.spawn(async move { called.run() });
        // A runtime that is shut down drops what it is given.
        !(task.is_finished() && callback.is_waiting())
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    pub(crate) fn runtime_id(&self) -> Id {
        self.runtime.id()
    }

    /// Whether it is a loop of ours, which polls everything on one thread.
    pub(crate) fn is_local(&self) -> bool {
        self.local.is_some()
    }

    /// Whether it is such a loop, and this code runs on it.
    pub(crate) fn is_here(&self) -> bool {
        self.local.as_ref().is_some_and(LoopRef::is_here)
    }

    /// Runs a future on this loop, from wherever; drops it if the loop is gone.
    pub(crate) fn spawn_future(&self, future: Pin<Box<dyn Future<Output = ()> + Send>>) {
        let Some(local) = &self.local else {
            drop(self.runtime.spawn(future));
            return;
        };
        if local.is_here() {
            super::spawn(future);
            return;
        }
        let callback = || {
            // It may be a task, which was numbered elsewhere.
            Here::forget_numbers();
            super::spawn(future);
        };
        local.call(Callback::new(callback, Location::caller()));
    }
}

impl PartialEq for LoopHandle {
    fn eq(&self, other: &Self) -> bool {
        self.runtime_id() == other.runtime_id()
    }
}

impl Eq for LoopHandle {}

impl fmt::Debug for LoopHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoopHandle")
            .field("runtime", &self.runtime_id())
            .field("closed", &self.is_closed())
            .finish()
    }
}
