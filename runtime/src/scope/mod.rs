//! Cancellation with cleanup that awaits. (Being built: this part is the interface that the
//! combinators embed.)

use std::task::{Context, Poll};

/// What a combinator embeds to be a scope for the children that it drops.
#[derive(Debug, Default)]
pub(crate) struct Drain {}

impl Drain {
    pub(crate) const fn new() -> Self {
        Drain {}
    }

    /// Runs `drop_children` as one drop episode with this as the innermost scope: the cleanup that is
    /// handed over in there is kept here. A panic in there is kept too, and resumed by `poll`.
    pub(crate) fn collect(&mut self, drop_children: impl FnOnce()) {
        drop_children();
    }

    /// Drives the cleanup; `Ready` once it is all done. Resumes the first panic then.
    pub(crate) fn poll(&mut self, _cx: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

/// Runs `f` (which drops branch `index` of the combinator `of`) so that the cleanup handed over in
/// there runs side by side with that of the other branches of the same combinator. `of` is the address
/// of the pinned combinator.
pub(crate) fn in_branch<R>(_of: usize, _index: usize, f: impl FnOnce() -> R) -> R {
    f()
}
