//! Whether introspection is on.

use crate::watch;
use std::sync::LazyLock;

/// Asks for introspection from outside, under a name like that of `ASYNCIO_DEBUG`.
pub(crate) static ENVIRONMENT: LazyLock<bool> = LazyLock::new(|| {
    std::env::var_os("ASYNCIO_INTROSPECT").is_some_and(|value| !value.is_empty() && value != "0")
});

/// Whether waits are recorded.
#[inline]
pub(crate) fn is_on() -> bool {
    watch::is_graph()
}

/// Whether waits may be recorded: for those who then find that nobody collects what they record.
#[inline]
pub(crate) fn may_be_on() -> bool {
    watch::may_be_graph()
}

/// Has waits recorded from here on, in the whole process: see
/// [`introspection`](crate::introspection).
///
/// What began to wait before that is known from the next time that its task runs. It stays on: who
/// holds a lock would not be known any more if it were switched off in between.
///
/// # Examples
///
/// ```
/// asyncio::introspection::enable();
/// assert!(asyncio::introspection::is_enabled());
/// ```
pub fn enable() {
    watch::set_graph();
}

/// The same for a test, which says more of a failure then, unless it is to run as programs do without:
/// `ASYNCIO_INTROSPECT=0`.
#[cfg(feature = "test-util")]
pub(crate) fn enable_for_test() {
    if std::env::var_os("ASYNCIO_INTROSPECT").is_none_or(|value| value != "0") {
        enable();
    }
}

/// Whether waits are recorded.
#[must_use]
pub fn is_enabled() -> bool {
    is_on()
}
