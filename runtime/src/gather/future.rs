//! What `gather!` makes: a join, and what becomes of its items.

use super::Join;
use crate::graph::{self, Site};
use pin_project_lite::pin_project;
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The future that `gather!` makes.
///
/// The macro says no more about its type than this, so that messages read
/// `impl Gather + Future<Output = (A, B)>` and not the types of all its branches.
#[must_use = "`gather!` does nothing until you `.await` it"]
pub trait Gather: Future {}

pin_project! {
    /// A join of branches that cannot fail, with `map` for its items.
    pub struct Gathered<J, M, S> {
        #[pin]
        join: J,
        map: M,
        site: S,
    }
}

pin_project! {
    /// A join of branches that can fail, with `map` for its items.
    pub struct TryGathered<J, M, S> {
        #[pin]
        join: J,
        map: M,
        site: S,
    }
}

impl<J, M, S: GivesSite> Gathered<J, M, S> {
    #[inline]
    pub(crate) fn new(join: J, map: M, site: S) -> Self {
        Gathered { join, map, site }
    }
}

impl<J, M, S: GivesSite> TryGathered<J, M, S> {
    #[inline]
    pub(crate) fn new(join: J, map: M, site: S) -> Self {
        TryGathered { join, map, site }
    }
}

/// Says where a macro stands: a function, whose type has nothing to keep.
pub trait GivesSite: Fn() -> &'static Site {}
impl<S: Fn() -> &'static Site> GivesSite for S {}

/// Says to introspection which `gather!` it is that waits.
#[inline]
fn name(site: &impl GivesSite) {
    #[cold]
    #[inline(never)]
    fn name(site: &impl GivesSite) {
        graph::name_last(site());
    }
    if graph::is_on() {
        name(site);
    }
}

impl<J: Join<Error = Infallible>, M: Fn(J::Items) -> R, R, S: GivesSite> Future
    for Gathered<J, M, S>
{
    type Output = R;

    // As for `Join::poll_mapped`.
    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R> {
        let this = self.project();
        let site = &*this.site;
        let polled = this.join.poll_mapped(cx, this.map, || name(site));
        polled.map(|Ok(result)| result)
    }
}

impl<J: Join, M: Fn(J::Items) -> R, R, S: GivesSite> Future for TryGathered<J, M, S> {
    type Output = Result<R, J::Error>;

    // As for `Join::poll_mapped`.
    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let site = &*this.site;
        this.join.poll_mapped(cx, this.map, || name(site))
    }
}

impl<J: Join<Error = Infallible>, M: Fn(J::Items) -> R, R, S: GivesSite> Gather
    for Gathered<J, M, S>
{
}
impl<J: Join, M: Fn(J::Items) -> R, R, S: GivesSite> Gather for TryGathered<J, M, S> {}

impl<J: fmt::Debug, M, S> fmt::Debug for Gathered<J, M, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gather").field(&self.join).finish()
    }
}

impl<J: fmt::Debug, M, S> fmt::Debug for TryGathered<J, M, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Gather").field(&self.join).finish()
    }
}
