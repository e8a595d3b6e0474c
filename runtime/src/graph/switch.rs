//! Whether introspection is on.

use crate::watch;
use std::sync::LazyLock;

/// What is said from outside, under a name like that of `ASYNCIO_DEBUG`, if anything is: whether introspection is to be on.
static ENVIRONMENT: LazyLock<Option<bool>> = LazyLock::new(|| {
    let value = std::env::var_os("ASYNCIO_INTROSPECT").filter(|value| !value.is_empty());
    value.map(|value| value != "0")
});

/// Whether the environment asks for introspection.
pub(crate) fn is_asked_for() -> bool {
    *ENVIRONMENT == Some(true)
}

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
    if *ENVIRONMENT != Some(false) {
        enable();
    }
}

/// Whether waits are recorded.
#[must_use]
pub fn is_enabled() -> bool {
    is_on()
}
