//! The chain form of `wait_first!`: futures race in place, the first to finish wins.
//!
//! # Why this is sound
//!
//! The [`Place`] of branch `i` holds its future as long as bit `i` of `pending` is set, and nothing else.
//! The bit is cleared before the future is dropped; so if that panics, it is not dropped again.

use crate::combine::{Phase, Rare, few, next_turn, take_bit, turns};
use crate::graph::{Site, Suspended};
use crate::place::Place;
use crate::scope::{Branches, Tagged};
use crate::wakers::{First, Lazy, Lease, Round};
use pin_project_lite::pin_project;
use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::mem::{self, ManuallyDrop};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// A tuple of up to twelve futures, any of which may be absent, that can race.
///
/// `None` is a branch whose condition is false: it takes no part.
pub trait Race {
    /// Which branch was first, with its output.
    type First;
    /// The future that polls them.
    type Future: Future<Output = Self::First>;

    /// Polls the futures until the first is ready: `asyncio.wait(.., return_when=FIRST_COMPLETED)`,
    /// except that the losers are dropped.
    ///
    /// Nothing runs before the future is polled. Without any branch it gives `Else` at once.
    ///
    /// # Cancellation
    ///
    /// When the first branch is ready, the others are dropped and their cleanup is awaited before the
    /// race is over. Dropping the race drops all branches.
    ///
    /// # Fairness
    ///
    /// Branches are polled in the order written, so of two that are ready the one written first
    /// wins. For loops that race again and again, one in 64 races on a thread that were decided
    /// before every branch had its turn makes the next begin at another branch, and where the task's
    /// budget is used up before the race is decided it goes on at the next branch: no branch that is
    /// ready can be passed over for ever.
    ///
    /// # Panics
    ///
    /// A panic of a branch goes through the race to whoever awaits it. Polling the race again after
    /// that, or after it is done, panics.
    fn race(self) -> Self::Future
    where
        Self: Sized,
    {
        self.race_at(Site::GROUP)
    }

    /// [`race`](Self::race), for a macro that says where it stands.
    fn race_at(self, site: &'static Site) -> Self::Future;
}

thread_local! {
    /// Counts the races on this thread that were decided before every branch had its turn.
    static HASTY: Cell<u32> = const { Cell::new(0) };
    /// The state of a xorshift generator.
    static CHOICE: Cell<u32> = const { Cell::new(0x9e37_79b9) };
}

/// So many hasty races to one that begins elsewhere.
const PATIENCE: u32 = 64;

/// Whether a new race begins at its first branch.
#[inline]
fn is_patient() -> bool {
    HASTY.get() < PATIENCE
}

/// At which of `count` branches a race begins that does not begin at the first.
#[cold]
fn any_turn(count: u32) -> u8 {
    HASTY.set(0);
    // Not one after the other: of loops that take turns on a thread, one might see the same branch
    // chosen each time. Not random either: programs on a virtual clock run the same each time.
    let mut choice = CHOICE.get();
    choice ^= choice << 13;
    choice ^= choice >> 17;
    choice ^= choice << 5;
    CHOICE.set(choice);
    (choice % count) as u8
}

/// What a race keeps besides its branches and the result.
#[derive(Debug)]
struct Control {
    lease: Lease,
    rare: Rare,
    /// A bit for each branch whose future is there.
    pending: u32,
    /// The branch whose turn is first.
    start: u8,
    phase: Phase,
    site: &'static Site,
}

impl Control {
    #[inline]
    fn new(count: u32, pending: u32, site: &'static Site) -> Self {
        let whole = pending == all(count);
        Control {
            lease: Lease::ALL_WOKEN,
            rare: Rare::new(),
            pending,
            start: if whole || is_patient() {
                0
            } else {
                any_turn(count)
            },
            phase: if whole { Phase::New } else { Phase::Open },
            site,
        }
    }

    /// Begins the first poll of a race with all of its branches, from the first on. Any other has to look where it is,
    /// as later polls do.
    #[inline]
    fn enter_whole(&mut self) -> bool {
        let whole = self.phase == Phase::New && is_patient();
        if whole {
            self.phase = Phase::Polling;
        }
        whole
    }

    /// Begins any other poll of a race of so many branches. Gives the phase that it finds.
    #[inline]
    fn enter(&mut self, count: u32) -> Phase {
        let phase = self.phase.enter("a race");
        if phase == Phase::New {
            self.start = any_turn(count);
            self.phase = Phase::Polling;
        }
        phase
    }

    /// Waits for the cleanup of the losers.
    fn poll_cleanup(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        ready!(self.rare.poll(cx));
        self.rare.end();
        self.phase = Phase::Done;
        Poll::Ready(())
    }
}

/// A bit for each of so many branches.
const fn all(branches: u32) -> u32 {
    (1 << branches) - 1
}

/// For introspection: for which of how many branches it waits.
fn waiting(count: usize, pending: u32, site: &'static Site) -> Suspended {
    Suspended {
        name: "wait_first!",
        site: Some(site),
        total: Some(count),
        pending: Some(pending.into()),
        ..Suspended::default()
    }
}

macro_rules! race {
    ($Race:ident, $First:ident, $count:literal: $($F:ident $T:ident $b:ident $B:ident $i:literal),*) => {
        /// Which of the branches of a [`Race`] was first.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $First<$($T),*> {
            $(
                #[doc = concat!("Branch ", $i, ", counted from 0, with its output.")]
                $B($T),
            )*
            /// No branch took part.
            Else,
        }

        pin_project! {
            /// The future of [`Race::race`] for this many branches.
            #[must_use = "futures do nothing unless you `.await` or poll them"]
            pub struct $Race<$($F: Future),*> {
                $(#[pin] $b: Place<$F, ()>,)*
                // Who was first, while the cleanup of the others is awaited. There is nothing to drop before.
                first: ManuallyDrop<Option<Box<$First<$($F::Output),*>>>>,
                control: Control,
            }
            impl<$($F: Future),*> PinnedDrop for $Race<$($F),*> {
                #[inline]
                fn drop(this: Pin<&mut Self>) {
                    if this.control.phase != Phase::Done {
                        this.abandon();
                    }
                }
            }
        }

        impl<$($F: Future),*> $Race<$($F),*> {
            /// Drops the branches, each on its own account.
            fn clear(self: Pin<&mut Self>, tag: &mut impl Tagged) {
                let mut this = self.project();
                let pending = &mut this.control.pending;
                let mut branches = Branches::of(tag);
                $(
                    branches.enter($i);
                    if take_bit(pending, $i) {
                        // SAFETY: `pending` says that the future is there, and no longer does.
                        unsafe { this.$b.as_mut().drop_future() }
                    }
                )*
            }

            /// Dropped before it is over.
            #[cold]
            #[inline(never)]
            fn abandon(mut self: Pin<&mut Self>) {
                let this = self.as_mut().project();
                let control = this.control;
                control.lease.end();
                let rare = mem::take(&mut control.rare);
                let _first = this.first.take(); // dropped last
                rare.abandon(|rare| self.as_mut().clear(rare));
            }

            /// Polls all branches, in their order, until one is ready.
            // Apart, as for a join.
            #[inline(always)]
            fn poll_first(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<$First<$($F::Output),*>> {
                let mut this = self.project();
                let control = this.control;
                let mut branches = Branches::enter_first(&mut control.rare);
                let lazy = Lazy::new(cx.waker());
                let polls = (!few($count)).then(|| First::begin(&lazy));
                $(
                    if $i != 0 {
                        branches.enter($i);
                    }
                    // SAFETY: it is a race with all of its branches.
                    let future = unsafe { this.$b.as_mut().future() };
                    let polled = match &polls {
                        None => future.poll(cx),
                        Some(polls) => future.poll(&mut Context::from_waker(&polls.waker($i))),
                    };
                    if let Poll::Ready(output) = polled {
                        if $i + 1 < $count {
                            HASTY.set(HASTY.get().wrapping_add(1));
                        }
                        return Poll::Ready($First::$B(output));
                    }
                )*
                control.phase = Phase::Open;
                let all = all($count).into();
                control.start = next_turn(all, all).unwrap_or(0);
                if let Some(polls) = polls {
                    polls.keep(&mut control.lease, 0);
                }
                let (site, pending) = (control.site, control.pending);
                branches.wait(|| waiting($count, pending, site));
                Poll::Pending
            }

            /// Any poll but the first.
            #[inline(never)]
            fn poll_again(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<$First<$($F::Output),*>> {
                if self.as_mut().project().control.enter($count) == Phase::Cleanup {
                    return self.poll_cleanup(cx);
                }
                let first = ready!(self.as_mut().poll_branches(cx));
                self.as_mut().project().control.lease.end();
                self.end(first, cx)
            }

            /// Drops the losers, and gives what was first when their cleanup is done.
            #[inline(always)]
            fn end(
                self: Pin<&mut Self>,
                first: $First<$($F::Output),*>,
                cx: &mut Context<'_>,
            ) -> Poll<$First<$($F::Output),*>> {
                if self.control.rare.is_needed() {
                    return self.collect(first, cx);
                }
                self.drop_all();
                Poll::Ready(first)
            }

            /// Polls the branches that are due until one is ready.
            #[inline]
            fn poll_branches(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<$First<$($F::Output),*>> {
                let mut this = self.project();
                let control = this.control;
                if control.pending == 0 {
                    return Poll::Ready($First::Else);
                }
                let mut branches = Branches::of(&mut control.rare);
                let lazy = Lazy::new(cx.waker());
                let mut none = Lease::NONE_WOKEN;
                let lease = if few($count) { &mut none } else { &mut control.lease };
                let round = Round::begin(lease, &lazy);
                let ready = if few($count) { u64::MAX } else { round.ready() };
                let ready = ready & u64::from(control.pending);
                let (first, mut later) = turns(ready, control.start.into());
                let mut due = first;
                loop {
                    $(
                        if due & (1 << $i) != 0 {
                            due &= !(1 << $i);
                            branches.enter($i);
                            // SAFETY: `pending` says that the future is there.
                            let future = unsafe { this.$b.as_mut().future() };
                            let polled = if few($count) {
                                future.poll(cx)
                            } else {
                                future.poll(&mut Context::from_waker(&round.waker($i)))
                            };
                            if let Poll::Ready(output) = polled {
                                if due | later != 0 {
                                    HASTY.set(HASTY.get().wrapping_add(1));
                                }
                                return Poll::Ready($First::$B(output));
                            }
                        }
                    )*
                    if later == 0 {
                        break;
                    }
                    due = std::mem::take(&mut later);
                }
                control.phase = Phase::Open;
                control.start = next_turn(ready, first).unwrap_or(control.start);
                drop(round);
                let (site, pending) = (control.site, control.pending);
                branches.wait(|| waiting($count, pending, site));
                Poll::Pending
            }

            /// Drops the losers and the winner.
            #[inline]
            fn drop_all(self: Pin<&mut Self>) {
                let mut this = self.project();
                $(
                    if mem::needs_drop::<$F>() && take_bit(&mut this.control.pending, $i) {
                        // SAFETY: `pending` says that the future is there, and no longer does.
                        unsafe { this.$b.as_mut().drop_future() }
                    }
                )*
                // If one panics, the others are dropped when the race is.
                this.control.phase = Phase::Done;
            }

            /// Drops the losers, inside this scope, and the winner.
            #[cold]
            fn collect(
                mut self: Pin<&mut Self>,
                first: $First<$($F::Output),*>,
                cx: &mut Context<'_>,
            ) -> Poll<$First<$($F::Output),*>> {
                let control = self.as_mut().project().control;
                control.phase = Phase::Cleanup;
                let mut rare = mem::take(&mut control.rare);
                rare.collect(|tag| self.as_mut().clear(tag));
                let this = self.project();
                this.control.rare = rare;
                if this.control.poll_cleanup(cx).is_pending() {
                    **this.first = Some(Box::new(first));
                    return Poll::Pending;
                }
                Poll::Ready(first)
            }
        }

        impl<$($F: Future),*> Future for $Race<$($F),*> {
            type Output = $First<$($F::Output),*>;

            // A `wait_first!` is awaited in one place: there is nothing to share.
            #[inline(always)]
            fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                if !self.as_mut().project().control.enter_whole() {
                    return self.poll_again(cx);
                }
                let first = ready!(self.as_mut().poll_first(cx));
                self.end(first, cx)
            }
        }

        impl<$($F: Future),*> $Race<$($F),*> {
            /// Waits for the cleanup of the losers, then gives the winner's output.
            #[cold]
            fn poll_cleanup(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<$First<$($F::Output),*>> {
                let this = self.project();
                ready!(this.control.poll_cleanup(cx));
                Poll::Ready(*this.first.take().expect("a race that is decided has a winner"))
            }
        }

        impl<$($F: Future),*> fmt::Debug for $Race<$($F),*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($Race))
                    .field("phase", &self.control.phase)
                    .field("branches", &self.control.pending.count_ones())
                    .finish_non_exhaustive()
            }
        }

        impl<$($F: Future),*> Race for ($(Option<$F>,)*) {
            type First = $First<$($F::Output),*>;
            type Future = $Race<$($F),*>;

            #[inline]
            fn race_at(self, site: &'static Site) -> Self::Future {
                let ($($b,)*) = self;
                let pending = $( u32::from($b.is_some()) << $i )|*;
                $Race {
                    $($b: $b.map_or_else(Place::empty, Place::new),)*
                    first: ManuallyDrop::new(None),
                    control: Control::new($count, pending, site),
                }
            }
        }
    };
}

race!(Race1, First1, 1: F0 T0 b0 B0 0);
race!(Race2, First2, 2: F0 T0 b0 B0 0, F1 T1 b1 B1 1);
race!(Race3, First3, 3: F0 T0 b0 B0 0, F1 T1 b1 B1 1, F2 T2 b2 B2 2);
race!(Race4, First4, 4: F0 T0 b0 B0 0, F1 T1 b1 B1 1, F2 T2 b2 B2 2, F3 T3 b3 B3 3);
race!(Race5, First5, 5: F0 T0 b0 B0 0, F1 T1 b1 B1 1, F2 T2 b2 B2 2, F3 T3 b3 B3 3, F4 T4 b4 B4 4);
race!(Race6, First6, 6: F0 T0 b0 B0 0, F1 T1 b1 B1 1, F2 T2 b2 B2 2, F3 T3 b3 B3 3, F4 T4 b4 B4 4,
    F5 T5 b5 B5 5);
race!(Race7, First7, 7: F0 T0 b0 B0 0, F1 T1 b1 B1 1, F2 T2 b2 B2 2, F3 T3 b3 B3 3, F4 T4 b4 B4 4,
    F5 T5 b5 B5 5, F6 T6 b6 B6 6);
race!(Race8, First8, 8: F0 T0 b0 B0 0, F1 T1 b1 B1 1, F2 T2 b2 B2 2, F3 T3 b3 B3 3, F4 T4 b4 B4 4,
    F5 T5 b5 B5 5, F6 T6 b6 B6 6, F7 T7 b7 B7 7);
race!(Race9, First9, 9: F0 T0 b0 B0 0, F1 T1 b1 B1 1, F2 T2 b2 B2 2, F3 T3 b3 B3 3, F4 T4 b4 B4 4,
    F5 T5 b5 B5 5, F6 T6 b6 B6 6, F7 T7 b7 B7 7, F8 T8 b8 B8 8);
race!(Race10, First10, 10: F0 T0 b0 B0 0, F1 T1 b1 B1 1, F2 T2 b2 B2 2, F3 T3 b3 B3 3, F4 T4 b4 B4
    4, F5 T5 b5 B5 5, F6 T6 b6 B6 6, F7 T7 b7 B7 7, F8 T8 b8 B8 8, F9 T9 b9 B9 9);
race!(Race11, First11, 11: F0 T0 b0 B0 0, F1 T1 b1 B1 1, F2 T2 b2 B2 2, F3 T3 b3 B3 3, F4 T4 b4 B4
    4, F5 T5 b5 B5 5, F6 T6 b6 B6 6, F7 T7 b7 B7 7, F8 T8 b8 B8 8, F9 T9 b9 B9 9, F10 T10 b10 B10 10);
race!(Race12, First12, 12: F0 T0 b0 B0 0, F1 T1 b1 B1 1, F2 T2 b2 B2 2, F3 T3 b3 B3 3, F4 T4 b4 B4
    4, F5 T5 b5 B5 5, F6 T6 b6 B6 6, F7 T7 b7 B7 7, F8 T8 b8 B8 8, F9 T9 b9 B9 9, F10 T10 b10 B10 10,
    F11 T11 b11 B11 11);
