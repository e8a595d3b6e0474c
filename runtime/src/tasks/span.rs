//! The `tracing` span of a task, inside of the one that was current where it was made.
//!
//! Only with the feature `tracing-spans`: it costs a clone of the span for each task, and an enter and an
//! exit for each poll, which subscribers may log.

/// A span to be in.
#[derive(Debug)]
pub(crate) struct TaskSpan(#[cfg(feature = "tracing-spans")] tracing::Span);

impl TaskSpan {
    /// The span of a task; where nobody wants those, the one that is current here.
    pub(super) fn of(_task: &super::Header) -> Self {
        #[cfg(feature = "tracing-spans")]
        {
            let span = tracing::debug_span!(
                target: "asyncio::task",
                "task",
                name = %_task.name(),
                spawned_at = %_task.location,
            );
            if !span.is_disabled() {
                return TaskSpan(span);
            }
        }
        Self::current()
    }

    /// The one that is current here.
    pub(crate) fn current() -> Self {
        TaskSpan(
            #[cfg(feature = "tracing-spans")]
            tracing::Span::current(),
        )
    }

    /// It is the current one for as long as what this gives lives.
    #[cfg(feature = "tracing-spans")]
    pub(super) fn enter(&self) -> impl Drop {
        self.0.enter()
    }

    #[cfg(not(feature = "tracing-spans"))]
    #[inline(always)]
    #[allow(clippy::unused_self)]
    pub(super) fn enter(&self) -> impl Sized {}

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
