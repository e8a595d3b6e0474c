//! The join of a single spread: there is nothing to join.

use super::{Branch, Branches, FailsWith, Join};
use crate::place::Place;
use crate::scope::{self, Tag, in_branch};
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The only branch of a gather, which is a spread: it drops its futures and awaits their cleanup by itself.
#[derive(Debug)]
pub struct Alone<B>(pub B);

/// What can be alone in a gather: a spread.
pub trait Lone: Future {
    /// Polls it, in branch 0 of `around` if there is one, which is where nobody watches.
    // Not simply in there: for a single branch of the spread there is one look for both.
    fn poll_within(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        around: Option<&mut Tag>,
    ) -> Poll<Self::Output>;
}

pin_project! {
    /// The future of [`Alone`].
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct AloneJoin<E, B: Branch> {
        // With the future, always.
        #[pin]
        place: Place<B::Future, ()>,
        tag: Tag,
        is_over: bool,
        error: PhantomData<fn() -> E>,
    }
    impl<E, B: Branch> PinnedDrop for AloneJoin<E, B> {
        #[inline]
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            match *this.is_over {
                // SAFETY: the future is there, and after this nobody asks for it.
                true => unsafe { this.place.drop_future() },
                // SAFETY: as above.
                false => unsafe { drop_early(this.tag, this.place) },
            }
        }
    }
}

/// Drops a future that is not over.
///
/// # Safety
///
/// As for [`Place::drop_future`].
#[cold]
#[inline(never)]
unsafe fn drop_early<F>(tag: &mut Tag, place: Pin<&mut Place<F, ()>>) {
    // SAFETY: passed on to the caller.
    in_branch(tag, 0, || unsafe { place.drop_future() });
}

impl<E, B: Branch> Branches<E> for Alone<B> {
    type Items = B::Item;
    type Join = AloneJoin<E, B>;

    #[inline]
    fn join(self) -> Self::Join {
        AloneJoin {
            place: Place::new(self.0.into_future()),
            tag: Tag::new(),
            is_over: false,
            error: PhantomData,
        }
    }
}

impl<E, B: FailsWith<E>> AloneJoin<E, B> {
    #[cold]
    #[inline(never)]
    fn poll_watched(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Output<B>> {
        let this = self.project();
        let mut branches = scope::Branches::enter_first(this.tag);
        // SAFETY: the future is there.
        let polled = unsafe { this.place.future() }.poll(cx);
        if polled.is_pending() {
            branches.wait("gather!", 1, Some(1));
        }
        polled
    }
}

type Output<B> = <<B as Branch>::Future as Future>::Output;

impl<E, B: FailsWith<E, Future: Lone>> Future for AloneJoin<E, B> {
    type Output = Result<B::Item, E>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_mapped(cx, |item| item, || ())
    }
}

impl<E, B: FailsWith<E, Future: Lone>> Join for AloneJoin<E, B> {
    type Items = B::Item;
    type Error = E;

    // As for a join of more branches.
    #[inline(always)]
    fn poll_mapped<R>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        map: impl FnOnce(B::Item) -> R,
        name: impl FnOnce(),
    ) -> Poll<Result<R, E>> {
        let polled = if scope::are_watched() {
            let polled = self.as_mut().poll_watched(cx);
            if polled.is_pending() {
                name();
            }
            polled
        } else {
            let this = self.as_mut().project();
            // SAFETY: the future is there.
            unsafe { this.place.future() }.poll_within(cx, Some(this.tag))
        };
        let output = ready!(polled);
        *self.project().is_over = true;
        Poll::Ready(B::split(output).map(map))
    }
}

impl<E, B: Branch> fmt::Debug for AloneJoin<E, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alone").finish_non_exhaustive()
    }
}
