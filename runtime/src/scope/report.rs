//! What is said when something is lost or fails where nobody can be told otherwise.

use std::any::Any;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};

/// Why a cleanup did not run to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// Its scope was stopped: the grace limit passed, or a second interrupt came.
    Stopped,
    /// There is no runtime to run it on, or it is shutting down.
    NoRuntime,
    /// It is not `Send`, and what dropped it does not stay on one thread.
    NotPinned,
}

impl Loss {
    fn reason(self) -> &'static str {
        match self {
            Loss::Stopped => "its scope was stopped",
            Loss::NoRuntime => "there is no runtime, or it is shutting down",
            Loss::NotPinned => "it is not `Send`, and nothing here stays on this thread",
        }
    }
}

/// A cleanup was dropped before it ended.
pub(super) fn lost(location: &'static Location<'static>, started: bool, loss: Loss) {
    let what = if started {
        "did not end"
    } else {
        "did not run"
    };
    emit(&format!(
        "cleanup from {location} {what}: {}",
        loss.reason()
    ));
}

/// A second panic, of which nobody can be told by unwinding.
pub(crate) fn panic(what: &str, payload: &(dyn Any + Send)) {
    emit(&format!("{what} panicked as well: {}", message(payload)));
}

/// Runs what must not panic: if it does, that is reported as one of `what`.
pub(crate) fn catch(what: &str, f: impl FnOnce()) {
    let Err(payload) = catch_unwind(AssertUnwindSafe(f)) else {
        return;
    };
    let reported = catch_unwind(AssertUnwindSafe(move || panic(what, &*payload)));
    // Of a payload that panics itself when it is dropped, or a report that does, nobody can be told.
    std::mem::forget(reported);
}

/// Errors of a task group of which nobody can be told, as a panic takes their place.
pub(crate) fn errors_beside_a_panic<E>(count: usize) {
    let plural = if count == 1 { "" } else { "s" };
    let kind = std::any::type_name::<E>();
    emit(&format!(
        "a task group panicked; its {count} error{plural} (`{kind}`) went down with that"
    ));
}

/// The text of a panic, where it has one.
pub(crate) fn message(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        return text;
    }
    payload
        .downcast_ref::<String>()
        .map_or("(no message)", String::as_str)
}

/// As [`emit`], of something that is no failure.
#[cfg(feature = "tokio")]
pub(crate) fn warn(text: &str) {
    if tracing::dispatcher::has_been_set() {
        tracing::warn!(target: "asyncio", "{text}");
    } else {
        eprintln!("asyncio: {text}");
    }
}

/// Through `tracing`, or to standard error where nobody listens to that.
pub(crate) fn emit(text: &str) {
    if tracing::dispatcher::has_been_set() {
        tracing::error!(target: "asyncio", "{text}");
    } else {
        eprintln!("asyncio: {text}");
    }
}
