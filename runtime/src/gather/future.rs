//! What `gather!` makes: a join, and what becomes of its items.

use pin_project_lite::pin_project;
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The future that `gather!` makes.
///
/// The macro says no more about its type than this, so that messages read
/// `impl Gather + Future<Output = (A, B)>` and not the types of all its branches.
#[must_use = "`gather!` does nothing until you `.await` it"]
pub trait Gather: Future {}

pin_project! {
    /// A join of branches that cannot fail, with `map` for its items.
    pub struct Gathered<J, I, R> {
        #[pin]
        join: J,
        map: fn(I) -> R,
    }
}

pin_project! {
    /// A join of branches that can fail, with `map` for its items.
    pub struct TryGathered<J, I, R> {
        #[pin]
        join: J,
        map: fn(I) -> R,
    }
}

impl<J, I, R> Gathered<J, I, R> {
    pub(crate) fn new(join: J, map: fn(I) -> R) -> Self {
        Gathered { join, map }
    }
}

impl<J, I, R> TryGathered<J, I, R> {
    pub(crate) fn new(join: J, map: fn(I) -> R) -> Self {
        TryGathered { join, map }
    }
}

impl<J: Future<Output = Result<I, Infallible>>, I, R> Future for Gathered<J, I, R> {
    type Output = R;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R> {
        let this = self.project();
        let Ok(items) = ready!(this.join.poll(cx));
        Poll::Ready((this.map)(items))
    }
}

impl<J: Future<Output = Result<I, E>>, I, R, E> Future for TryGathered<J, I, R> {
    type Output = Result<R, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        this.join.poll(cx).map_ok(this.map)
    }
}

impl<J: Future<Output = Result<I, Infallible>>, I, R> Gather for Gathered<J, I, R> {}
impl<J: Future<Output = Result<I, E>>, I, R, E> Gather for TryGathered<J, I, R> {}

impl<J: fmt::Debug, I, R> fmt::Debug for Gathered<J, I, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gather").field(&self.join).finish()
    }
}

impl<J: fmt::Debug, I, R> fmt::Debug for TryGathered<J, I, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gather").field(&self.join).finish()
    }
}
