//! The event loop: `Lib/asyncio/events.py` and `base_events.py`.
//!
//! [`run`](crate::run) runs its own tasks in one future, first in, first out, inside of Tokio's
//! single-threaded runtime, which does the waiting, timers and I/O.

mod alarms;
mod callback;
pub(crate) mod debug;
mod exceptions;
mod home;
mod line;
mod local;
mod mailbox;
mod running;
#[cfg(unix)]
pub(crate) mod signals;
mod sync;
mod timers;
mod turns;

pub(crate) use alarms::{Alarm, Due, Timer};
pub(crate) use callback::Callback;
pub use callback::Handle;
pub use exceptions::{
    ExceptionContext, ExceptionHandler, call_exception_handler, default_exception_handler,
    set_exception_handler,
};
pub(crate) use home::{Here, Home, MainTask};
pub(crate) use local::{LocalLoop, on_local_loop, spawn, spawn_internal};
pub use running::{LoopHandle, get_running_loop};
pub use timers::TimerHandle;

/// Runs a future of our own, which is no task of the program's, in the background.
///
/// # Panics
///
/// Without a running event loop.
#[track_caller]
pub(crate) fn spawn_beside(future: impl Future<Output = ()> + Send + 'static) {
    if on_local_loop() {
        let _ = spawn_internal(Box::pin(future));
        return;
    }
    match tokio::runtime::Handle::try_current() {
        Ok(handle) => drop(handle.spawn(future)),
        Err(_) => panic!("no running event loop"),
    }
}
