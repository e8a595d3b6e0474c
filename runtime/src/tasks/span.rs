//! The `tracing` span of a task: the one that was current where it was made.
//!
//! Only with the feature `tracing-spans`: it costs a clone of the span for each task, and an enter and an
//! exit for each poll, which subscribers may log.

/// The span that is current where this is made.
#[derive(Debug)]
pub(crate) struct TaskSpan(#[cfg(feature = "tracing-spans")] tracing::Span);

impl TaskSpan {
    pub(crate) fn current() -> Self {
        TaskSpan(
            #[cfg(feature = "tracing-spans")]
            tracing::Span::current(),
        )
    }

    #[cfg(feature = "tracing-spans")]
    pub(crate) fn in_scope<R>(&self, f: impl FnOnce() -> R) -> R {
        self.0.in_scope(f)
    }

    #[cfg(not(feature = "tracing-spans"))]
    #[inline]
    #[allow(clippy::unused_self)]
    pub(crate) fn in_scope<R>(&self, f: impl FnOnce() -> R) -> R {
        f()
    }
}
