//! Does a branch of a race keep a future by reference while a block awaits?

use core::marker::PhantomData;
use core::pin::Pin;

#[derive(Debug)]
pub struct Kept<X>(PhantomData<fn(X)>);

/// A branch that is `&mut future` or `future.as_mut()`, where another block awaits.
pub fn kept<X>(_: &X) -> Kept<X> {
    Kept(PhantomData)
}

/// What goes on without being polled: a task, or a promise that somebody else fulfils.
pub trait GoesOn {}

#[cfg(feature = "tokio")]
impl<T> GoesOn for crate::Task<T> {}
#[cfg(feature = "tokio")]
impl<T> GoesOn for tokio::task::JoinHandle<T> {}
#[cfg(feature = "tokio")]
impl<T> GoesOn for tokio::sync::oneshot::Receiver<T> {}
#[cfg(feature = "tokio")]
impl GoesOn for tokio::time::Sleep {}
impl<F: GoesOn> GoesOn for Pin<&mut F> {}
impl<F: GoesOn> GoesOn for &mut F {}
impl<F: GoesOn> GoesOn for Pin<Box<F>> {}

impl<F: GoesOn> Kept<F> {
    pub fn __future(self) {}
}

pub trait ByReference: Sized {
    /// Use of this is the warning.
    #[deprecated(
        note = "when another branch wins, this future is kept but not polled while a block awaits: a lock that it holds, or waits for, is stuck until then. \
                Make it a task with `create_task(..)`, or let the race own it"
    )]
    fn __future(self) {}
}
impl<F> ByReference for Kept<F> {}

/// Stands where the `else` of a chain would: without one, some branch is always on.
pub fn not_first() -> ! {
    unreachable!("a race without an `else` has a branch that takes part")
}
