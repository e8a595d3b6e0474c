//! The join of a fixed number of branches.

use super::slot::Slot;
use super::{Branch, Branches};
use crate::combine::{Phase, next_start, turns};
use crate::graph::Suspended;
use crate::scope::{self, Drain, Tag, in_branch};
use crate::wakers::Wakers;
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// What a join keeps besides its branches.
#[derive(Debug)]
struct Control<E> {
    phase: Phase,
    /// The branch whose turn is first.
    start: u8,
    /// A bit for each branch that is not finished.
    pending: u16,
    wakers: Wakers,
    error: Option<E>,
    drain: Drain,
    tag: Tag,
}

impl<E> Control<E> {
    fn new(branches: u32) -> Self {
        Control {
            phase: Phase::Open,
            start: 0,
            pending: ((1u32 << branches) - 1) as u16,
            wakers: Wakers::all_woken(),
            error: None,
            drain: Drain::new(),
            tag: Tag::new(),
        }
    }
}

macro_rules! join {
    ($Join:ident, $count:literal: $($B:ident $b:ident $i:tt),*) => {
        pin_project! {
            /// The future of [`Branches::join`] for this many branches.
            #[must_use = "futures do nothing unless you `.await` or poll them"]
            pub struct $Join<E $(, $B: Branch<E>)*> {
                $(#[pin] $b: Slot<$B::Future, $B::Item>,)*
                control: Control<E>,
            }
            impl<E $(, $B: Branch<E>)*> PinnedDrop for $Join<E $(, $B)*> {
                fn drop(this: Pin<&mut Self>) {
                    if this.control.phase != Phase::Done {
                        this.clear();
                    }
                }
            }
        }

        impl<E $(, $B: Branch<E>)*> $Join<E $(, $B)*> {
            /// Drops what is left of the branches, each on its own account.
            fn clear(self: Pin<&mut Self>) {
                #[allow(unused)] // there may be no branch
                let mut this = self.project();
                let _tag = &mut this.control.tag;
                $( in_branch(_tag, $i, || this.$b.as_mut().clear()); )*
            }

            /// Polls the branches that are due. `Ready` when all are finished or one has failed.
            #[inline]
            fn poll_branches(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), E>> {
                #[allow(unused)] // there may be no branch
                let mut this = self.project();
                let control = this.control;
                #[allow(unused)] // there may be no branch
                let mut branches = scope::Branches::of(&mut control.tag);
                #[allow(unused_variables)] // there may be no branch
                let round = control.wakers.round(cx.waker());
                // A single branch is polled with the waker of the join.
                let ready = if $count == 1 { 1 } else { round.ready() };
                let ready = ready & u64::from(control.pending);
                #[allow(unused)] // there may be no branch
                let (mut due, mut later) = turns(ready, control.start.into());
                loop {
                    $(
                        if due & (1 << $i) != 0 {
                            let own_waker;
                            let waker = if $count == 1 {
                                cx.waker()
                            } else {
                                own_waker = round.waker($i);
                                &*own_waker
                            };
                            let mut cx = Context::from_waker(waker);
                            branches.enter($i);
                            match this.$b.as_mut().poll(&mut cx, $B::split) {
                                Poll::Pending => {}
                                Poll::Ready(Ok(())) => control.pending &= !(1 << $i),
                                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                            }
                        }
                    )*
                    if later == 0 {
                        break;
                    }
                    #[allow(unused)] // there may be no branch
                    {
                        due = std::mem::take(&mut later);
                    }
                }
                if control.pending == 0 {
                    return Poll::Ready(Ok(()));
                }
                control.phase = Phase::Open;
                control.start = next_start(ready, control.start);
                drop(round);
                branches.wait(|| Suspended {
                    name: "gather!",
                    total: Some($count),
                    pending: Some(control.pending.into()),
                    ..Suspended::default()
                });
                Poll::Pending
            }
        }

        impl<E $(, $B: Branch<E>)*> Future for $Join<E $(, $B)*> {
            type Output = Result<($($B::Item,)*), E>;

            #[inline]
            fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                if self.as_mut().project().control.phase.enter("a gather") == Phase::Open {
                    match ready!(self.as_mut().poll_branches(cx)) {
                        Ok(()) => {
                            #[allow(unused)] // there may be no branch
                            let mut this = self.project();
                            this.control.phase = Phase::Done;
                            return Poll::Ready(Ok(($(this.$b.as_mut().take(),)*)));
                        }
                        Err(error) => self.as_mut().fail(error),
                    }
                }
                self.poll_cleanup(cx)
            }
        }

        impl<E $(, $B: Branch<E>)*> $Join<E $(, $B)*> {
            /// One branch has failed: drops the others, inside this scope.
            #[cold]
            fn fail(mut self: Pin<&mut Self>, error: E) {
                let control = self.as_mut().project().control;
                control.error = Some(error);
                control.phase = Phase::Cleanup;
                let mut drain = std::mem::take(&mut control.drain);
                drain.collect(|| self.as_mut().clear());
                self.project().control.drain = drain;
            }

            /// Waits for the cleanup of the dropped branches, then gives the error.
            #[cold]
            fn poll_cleanup(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<Result<($($B::Item,)*), E>> {
                let control = self.project().control;
                ready!(control.drain.poll(cx));
                control.phase = Phase::Done;
                Poll::Ready(Err(control.error.take().expect("a failed join has its error")))
            }
        }

        impl<E $(, $B: Branch<E>)*> fmt::Debug for $Join<E $(, $B)*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($Join))
                    .field("phase", &self.control.phase)
                    .field("pending", &self.control.pending.count_ones())
                    .finish_non_exhaustive()
            }
        }

        impl<E $(, $B: Branch<E>)*> Branches<E> for ($($B,)*) {
            type Items = ($($B::Item,)*);
            type Join = $Join<E $(, $B)*>;

            #[inline]
            fn join(self) -> Self::Join {
                let ($($b,)*) = self;
                $Join {
                    $($b: Slot::new($b.into_future()),)*
                    control: Control::new($count),
                }
            }
        }
    };
}

join!(Join0, 0:);
join!(Join1, 1: B0 b0 0);
join!(Join2, 2: B0 b0 0, B1 b1 1);
join!(Join3, 3: B0 b0 0, B1 b1 1, B2 b2 2);
join!(Join4, 4: B0 b0 0, B1 b1 1, B2 b2 2, B3 b3 3);
join!(Join5, 5: B0 b0 0, B1 b1 1, B2 b2 2, B3 b3 3, B4 b4 4);
join!(Join6, 6: B0 b0 0, B1 b1 1, B2 b2 2, B3 b3 3, B4 b4 4, B5 b5 5);
join!(Join7, 7: B0 b0 0, B1 b1 1, B2 b2 2, B3 b3 3, B4 b4 4, B5 b5 5, B6 b6 6);
join!(Join8, 8: B0 b0 0, B1 b1 1, B2 b2 2, B3 b3 3, B4 b4 4, B5 b5 5, B6 b6 6, B7 b7 7);
join!(Join9, 9: B0 b0 0, B1 b1 1, B2 b2 2, B3 b3 3, B4 b4 4, B5 b5 5, B6 b6 6, B7 b7 7, B8 b8 8);
join!(Join10, 10: B0 b0 0, B1 b1 1, B2 b2 2, B3 b3 3, B4 b4 4, B5 b5 5, B6 b6 6, B7 b7 7, B8 b8 8,
    B9 b9 9);
join!(Join11, 11: B0 b0 0, B1 b1 1, B2 b2 2, B3 b3 3, B4 b4 4, B5 b5 5, B6 b6 6, B7 b7 7, B8 b8 8,
    B9 b9 9, B10 b10 10);
join!(Join12, 12: B0 b0 0, B1 b1 1, B2 b2 2, B3 b3 3, B4 b4 4, B5 b5 5, B6 b6 6, B7 b7 7, B8 b8 8,
    B9 b9 9, B10 b10 10, B11 b11 11);
