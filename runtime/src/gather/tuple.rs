//! The join of a fixed number of branches.
//!
//! # Why this is sound
//!
//! The [`Place`] of branch `i` holds its future as long as bit `i` of `pending` is set, its item as long
//! as bit `i` of `finished` is, and nothing else. A bit is set after the place is filled, and cleared
//! before it is emptied, so that what panics in between leaves a value out, but never uses one twice.
//! All bits are cleared when a join is over, or when it is dropped.

use super::{Branch, Branches, Join};
use crate::combine::{Phase, Rare, few, next_start, take_bit, turns};
use crate::graph::Suspended;
use crate::place::Place;
use crate::scope::{self, Tagged};
use crate::wakers::{Lazy, Lease, Round};
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// What a join keeps besides its branches: no more than three words, and the error.
#[derive(Debug)]
struct Control<E> {
    lease: Lease,
    rare: Rare,
    /// A bit for each branch that is not finished.
    pending: u16,
    /// A bit for each branch whose item is kept.
    finished: u16,
    /// A bit for each branch that has been woken while there was no line.
    woken: u16,
    /// The branch whose turn is first.
    start: u8,
    phase: Phase,
    error: Option<E>,
}

impl<E> Control<E> {
    #[inline]
    fn new(branches: u32) -> Self {
        Control {
            lease: Lease::NONE,
            rare: Rare::new(),
            pending: ((1u32 << branches) - 1) as u16,
            finished: 0,
            woken: u16::MAX,
            start: 0,
            phase: Phase::Open,
            error: None,
        }
    }
}

macro_rules! join {
    ($Join:ident, $count:literal: $($B:ident $b:ident $i:tt),*) => {
        pin_project! {
            /// The future of [`Branches::join`] for this many branches.
            #[must_use = "futures do nothing unless you `.await` or poll them"]
            pub struct $Join<E $(, $B: Branch<E>)*> {
                $(#[pin] $b: Place<$B::Future, $B::Item>,)*
                control: Control<E>,
            }
            impl<E $(, $B: Branch<E>)*> PinnedDrop for $Join<E $(, $B)*> {
                #[inline]
                fn drop(this: Pin<&mut Self>) {
                    if this.control.phase != Phase::Done {
                        this.abandon();
                    }
                }
            }
        }

        impl<E $(, $B: Branch<E>)*> $Join<E $(, $B)*> {
            /// Drops what is left of the branches, each on its own account.
            #[allow(unused)] // there may be no branch
            fn clear(self: Pin<&mut Self>, tag: &mut impl Tagged) {
                let mut this = self.project();
                let control = this.control;
                let mut branches = scope::Branches::of(tag);
                $(
                    branches.enter($i);
                    if take_bit(&mut control.pending, $i) {
                        // SAFETY: `pending` says that the future is there, and no longer does.
                        unsafe { this.$b.as_mut().drop_future() }
                    } else if take_bit(&mut control.finished, $i) {
                        // SAFETY: `finished` says that the item is there, and no longer does.
                        drop(unsafe { this.$b.as_mut().take() });
                    }
                )*
            }

            /// Dropped before it is over.
            #[cold]
            #[inline(never)]
            fn abandon(mut self: Pin<&mut Self>) {
                let control = self.as_mut().project().control;
                control.lease.end();
                let rare = mem::take(&mut control.rare);
                rare.abandon(|rare| self.as_mut().clear(rare));
            }

            /// Polls the branches that are due. `Ready` when all are finished or one has failed.
            #[inline]
            fn poll_branches(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), E>> {
                #[allow(unused)] // there may be no branch
                let mut this = self.project();
                let control = this.control;
                #[allow(unused)] // there may be no branch
                let mut branches = scope::Branches::of(&mut control.rare);
                let lazy = Lazy::new(cx.waker());
                let mut none = Lease::NONE;
                let lease = if few($count) { &mut none } else { &mut control.lease };
                let round = Round::begin(lease, &mut control.woken, &lazy);
                let ready = if few($count) { u64::MAX } else { round.ready() };
                // In registers too: to read again what was written there a bit at a time takes longer than
                // all the rest.
                #[allow(unused)] // there may be no branch
                let (mut pending, mut finished) = (control.pending, control.finished);
                let ready = ready & u64::from(pending);
                #[allow(unused)] // there may be no branch
                let (mut due, mut later) = turns(ready, control.start.into());
                loop {
                    $(
                        if due & (1 << $i) != 0 {
                            branches.enter($i);
                            // SAFETY: `pending` says that the future is there.
                            let future = unsafe { this.$b.as_mut().future() };
                            let polled = if few($count) {
                                future.poll(cx)
                            } else {
                                future.poll(&mut Context::from_waker(&round.waker($i)))
                            };
                            if let Poll::Ready(output) = polled {
                                pending &= !(1 << $i);
                                control.pending = pending;
                                // SAFETY: it is there, and `pending` no longer says so.
                                unsafe { this.$b.as_mut().drop_future() }
                                match $B::split(output) {
                                    Ok(item) => {
                                        // SAFETY: nothing is there any more.
                                        unsafe { this.$b.as_mut().put(item) }
                                        finished |= 1 << $i;
                                        control.finished = finished;
                                    }
                                    Err(error) => return Poll::Ready(Err(error)),
                                }
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
                if pending == 0 {
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
            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                self.poll_map(cx, |items| items)
            }
        }

        impl<E $(, $B: Branch<E>)*> Join for $Join<E $(, $B)*> {
            type Items = ($($B::Item,)*);
            type Error = E;

            #[inline]
            fn poll_map<R>(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                map: impl FnOnce(Self::Items) -> R,
            ) -> Poll<Result<R, E>> {
                if self.as_mut().project().control.phase.enter("a gather") == Phase::Open {
                    match ready!(self.as_mut().poll_branches(cx)) {
                        Ok(()) => {
                            #[allow(unused)] // there may be no branch
                            let mut this = self.project();
                            this.control.lease.end();
                            this.control.rare.end();
                            this.control.finished = 0;
                            this.control.phase = Phase::Done;
                            // SAFETY: no branch is pending and none has failed, so all items were
                            // there, and `finished` no longer says so.
                            return Poll::Ready(Ok(map(($(unsafe { this.$b.as_mut().take() },)*))));
                        }
                        Err(error) => self.as_mut().fail(error),
                    }
                }
                self.poll_cleanup(cx).map(Err)
            }
        }

        impl<E $(, $B: Branch<E>)*> $Join<E $(, $B)*> {
            /// One branch has failed: drops the others, inside this scope.
            #[cold]
            fn fail(mut self: Pin<&mut Self>, error: E) {
                let control = self.as_mut().project().control;
                control.error = Some(error);
                control.phase = Phase::Cleanup;
                control.lease.end();
                let mut rare = mem::take(&mut control.rare);
                rare.collect(|tag| self.as_mut().clear(tag));
                self.project().control.rare = rare;
            }

            /// Waits for the cleanup of the dropped branches, then gives the error.
            #[cold]
            fn poll_cleanup(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<E> {
                let control = self.project().control;
                ready!(control.rare.poll(cx));
                control.rare.end();
                control.phase = Phase::Done;
                Poll::Ready(control.error.take().expect("a failed join has its error"))
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
                    $($b: Place::new($b.into_future()),)*
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
join!(Join13, 13: B0 b0 0, B1 b1 1, B2 b2 2, B3 b3 3, B4 b4 4, B5 b5 5, B6 b6 6, B7 b7 7, B8 b8 8, B9 b9 9, B10 b10 10, B11 b11 11, B12 b12 12);
join!(Join14, 14: B0 b0 0, B1 b1 1, B2 b2 2, B3 b3 3, B4 b4 4, B5 b5 5, B6 b6 6, B7 b7 7, B8 b8 8, B9 b9 9, B10 b10 10, B11 b11 11, B12 b12 12, B13 b13 13);
join!(Join15, 15: B0 b0 0, B1 b1 1, B2 b2 2, B3 b3 3, B4 b4 4, B5 b5 5, B6 b6 6, B7 b7 7, B8 b8 8, B9 b9 9, B10 b10 10, B11 b11 11, B12 b12 12, B13 b13 13, B14 b14 14);
join!(Join16, 16: B0 b0 0, B1 b1 1, B2 b2 2, B3 b3 3, B4 b4 4, B5 b5 5, B6 b6 6, B7 b7 7, B8 b8 8, B9 b9 9, B10 b10 10, B11 b11 11, B12 b12 12, B13 b13 13, B14 b14 14, B15 b15 15);
