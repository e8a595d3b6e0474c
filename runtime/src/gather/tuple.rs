//! The join of a fixed number of branches.
//!
//! # Why this is sound
//!
//! The [`Place`] of branch `i` holds its future if bit `i` of [`State::pending`] is set; else nothing if it
//! is the [`State::hole`]; else its item, unless the hole is [`ALL`]. The bit is cleared and the hole noted before the
//! place is emptied, and the note is withdrawn after the item is in it. So what panics in between leaves a
//! value out, but never uses one twice; nothing is polled after that, so there is never a second hole.
//! When all items are there the join is [`Phase::Done`], and looks at its places no more: whoever learns of that
//! takes them.

use super::{Branch, Branches, FailsWith, Join};
use crate::combine::{Phase, Rare, few, next_turn, take_bit, turns};
use crate::graph::Suspended;
use crate::place::Place;
use crate::scope::{self, Tagged};
use crate::wakers::{EachWaker, First, Lazy, Lease, Row};
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// What a join keeps besides its branches: three words, and the error.
#[derive(Debug)]
struct Control<E> {
    lease: Lease,
    rare: Rare,
    state: State,
    error: Option<E>,
}

/// How far a join is, and what is in the places of its branches. In one word.
#[derive(Debug, Clone, Copy)]
struct State {
    /// A bit for each branch whose future is there.
    pending: u32,
    /// The branch of which nothing is there, counted from 1; or [`NONE`], or [`ALL`] that are not pending.
    hole: u8,
    /// The branch whose turn is first.
    start: u8,
    phase: Phase,
    /// Of few branches: how often all were polled, from 0 again after the most that there can be.
    polls: u8,
}

/// After so many polls of all, where there are few, each gets a waker of its own, if it keeps one: mostly one of
/// them is woken again and again, and the other polled in vain.
const PATIENCE: u8 = 3;

// Of zeros, a new state is written in one go.
const NONE: u8 = 0;
const ALL: u8 = u8::MAX;

impl State {
    /// How many branches are pending.
    fn left(&self) -> u32 {
        match self.phase {
            Phase::Done => 0,
            _ => self.pending.count_ones(),
        }
    }

    /// Whether to go on polling all branches, few as they are, with the waker of the join.
    #[inline]
    fn is_patient(&mut self) -> bool {
        let polls = self.polls;
        self.polls = polls.wrapping_add(1);
        polls != PATIENCE
    }

    /// The branches, of so many, whose items are there. From here on they are not.
    fn take_items(&mut self, branches: u32) -> u32 {
        let items = all(branches) & !self.pending;
        match mem::replace(&mut self.hole, ALL) {
            ALL => 0,
            NONE => items,
            hole => items & !(1 << (hole - 1)),
        }
    }
}

/// A bit for each of so many branches.
const fn all(branches: u32) -> u32 {
    ((1u64 << branches) - 1) as u32
}

impl<E> Control<E> {
    #[inline]
    fn new(branches: u32) -> Self {
        Control {
            lease: Lease::ALL_WOKEN,
            rare: Rare::new(),
            state: State {
                pending: all(branches),
                hole: NONE,
                start: 0,
                phase: Phase::New,
                polls: 0,
            },
            error: None,
        }
    }
}

impl State {
    /// The first poll has stopped: see [`At`].
    #[cold]
    #[inline(never)]
    fn stop(&mut self, pending: u32, index: u8, hole: bool) {
        let behind = u64::MAX << (index + u8::from(hole));
        self.phase = Phase::Polling;
        self.pending &= pending | behind as u32;
        if hole {
            self.hole = index + 1;
        }
    }

    /// The first poll has left these of so many branches pending.
    #[inline(never)]
    fn suspend(&mut self, pending: u32, branches: u32) {
        self.pending = pending;
        self.phase = Phase::Open;
        let all = u64::from(all(branches));
        self.start = next_turn(all, all).unwrap_or(0);
    }
}

/// What the first poll is at: a branch, with those before it of which the future is still there. Says so to
/// the [`State`] if it is dropped: until then that is the one of a new join, where all are there.
struct At<'a> {
    state: &'a mut State,
    pending: u32,
    index: u8,
    /// There is nothing at the place of the branch.
    hole: bool,
}

impl Drop for At<'_> {
    // By value, so that it is in registers where there is nothing to say.
    #[inline(always)]
    fn drop(&mut self) {
        self.state.stop(self.pending, self.index, self.hole);
    }
}

/// A part of the [`State`] in registers, put back when this is dropped, also on unwind: to read again
/// what was written to memory a bit at a time takes longer than all the rest.
struct Borrowed<'a> {
    // One by one, as a word is taken apart with masks.
    pending: u32,
    hole: u8,
    state: &'a mut State,
}

impl<'a> Borrowed<'a> {
    #[inline]
    fn new(state: &'a mut State) -> Self {
        Borrowed {
            pending: state.pending,
            // A join that is open has none.
            hole: NONE,
            state,
        }
    }
}

impl Drop for Borrowed<'_> {
    #[inline]
    fn drop(&mut self) {
        self.state.pending = self.pending;
        self.state.hole = self.hole;
    }
}

/// Polls the branches that are due. Where there are many it goes past eight at a time of which none is.
macro_rules! poll_due {
    ($with:tt
        $b:ident $B:ident $i:tt,
        $b1:ident $B1:ident $i1:tt,
        $b2:ident $B2:ident $i2:tt,
        $b3:ident $B3:ident $i3:tt,
        $b4:ident $B4:ident $i4:tt,
        $b5:ident $B5:ident $i5:tt,
        $b6:ident $B6:ident $i6:tt,
        $b7:ident $B7:ident $i7:tt,
        $($rest:tt)+
    ) => {
        if due!($with) & (0xff << $i) != 0 {
            poll_if_due!($with $b $B $i);
            poll_if_due!($with $b1 $B1 $i1);
            poll_if_due!($with $b2 $B2 $i2);
            poll_if_due!($with $b3 $B3 $i3);
            poll_if_due!($with $b4 $B4 $i4);
            poll_if_due!($with $b5 $B5 $i5);
            poll_if_due!($with $b6 $B6 $i6);
            poll_if_due!($with $b7 $B7 $i7);
        }
        poll_due!($with $($rest)+);
    };
    ($with:tt $($b:ident $B:ident $i:tt,)*) => {
        $( poll_if_due!($with $b $B $i); )*
    };
}

macro_rules! due {
    (($due:ident $($with:ident)*)) => {
        $due
    };
}

macro_rules! poll_if_due {
    (($due:ident $this:ident $now:ident $branches:ident $wakers:ident) $b:ident $B:ident $i:tt) => {
        if $due & (1 << $i) != 0 {
            $branches.enter($i);
            // SAFETY: `pending` says that the future is there.
            let future = unsafe { $this.$b.as_mut().future() };
            let waker = $wakers.of($i);
            if let Poll::Ready(output) = future.poll(&mut Context::from_waker(&waker)) {
                $now.pending &= !(1 << $i);
                $now.hole = $i + 1;
                // SAFETY: it is there, and `pending` no longer says so.
                unsafe { $this.$b.as_mut().drop_future() }
                match $B::split(output) {
                    // SAFETY: nothing is there any more.
                    Ok(item) => unsafe { $this.$b.as_mut().put(item) },
                    Err(error) => return Poll::Ready(Err(error)),
                }
                $now.hole = NONE;
            }
        }
    };
}

macro_rules! join {
    ($Join:ident, $count:literal: $($B:ident $b:ident $i:tt),*) => {
        pin_project! {
            /// The future of [`Branches::join`] for this many branches.
            #[must_use = "futures do nothing unless you `.await` or poll them"]
            pub struct $Join<E $(, $B: Branch)*> {
                $(#[pin] $b: Place<$B::Future, $B::Item>,)*
                control: Control<E>,
            }
            impl<E $(, $B: Branch)*> PinnedDrop for $Join<E $(, $B)*> {
                #[inline]
                fn drop(this: Pin<&mut Self>) {
                    if this.control.state.phase != Phase::Done {
                        this.abandon();
                    }
                }
            }
        }

        impl<E $(, $B: Branch)*> $Join<E $(, $B)*> {
            /// Drops what is left of the branches, each on its own account: those that are pending, and
            /// `items`.
            #[allow(unused)] // there may be no branch
            fn clear(self: Pin<&mut Self>, items: &mut u32, tag: &mut impl Tagged) {
                let mut this = self.project();
                let pending = &mut this.control.state.pending;
                let mut branches = scope::Branches::of(tag);
                $(
                    branches.enter($i);
                    if take_bit(pending, $i) {
                        // SAFETY: `pending` says that the future is there, and no longer does.
                        unsafe { this.$b.as_mut().drop_future() }
                    } else if take_bit(items, $i) {
                        // SAFETY: `items` says that the item is there, and no longer does.
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
                let mut items = control.state.take_items($count);
                let rare = mem::take(&mut control.rare);
                rare.abandon(|rare| self.as_mut().clear(&mut items, rare));
            }

        }

        impl<E $(, $B: FailsWith<E>)*> $Join<E $(, $B)*> {
            /// Polls all branches. `Ready` when one has failed, or all are finished: then all items are there,
            /// and the join is done.
            // Apart, as most joins are polled once or wait long: here nothing has to be found out first.
            #[inline(always)]
            fn poll_first(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), E>> {
                #[allow(unused)] // there may be no branch
                let mut this = self.project();
                let control = this.control;
                let state = &mut control.state;
                #[allow(unused)]
                let mut branches = scope::Branches::enter_first(&mut control.rare);
                let lazy = Lazy::new(cx.waker());
                let first = (!few($count)).then(|| First::begin(&lazy));
                #[allow(unused)]
                let mut pending = 0;
                $(
                    let mut at = At { state: &mut *state, pending, index: $i, hole: false };
                    if $i != 0 {
                        branches.enter($i);
                    }
                    // SAFETY: no branch was polled before, so the future is there.
                    let future = unsafe { this.$b.as_mut().future() };
                    let polled = match &first {
                        None => future.poll(cx),
                        Some(first) => future.poll(&mut Context::from_waker(&first.waker($i))),
                    };
                    match polled {
                        Poll::Pending => pending |= 1 << $i,
                        Poll::Ready(output) => {
                            at.hole = true;
                            // SAFETY: it is there, and `at` says that it no longer is.
                            unsafe { this.$b.as_mut().drop_future() }
                            match $B::split(output) {
                                // SAFETY: nothing is there any more.
                                Ok(item) => unsafe { this.$b.as_mut().put(item) },
                                Err(error) => return Poll::Ready(Err(error)),
                            }
                        }
                    }
                    mem::forget(at);
                )*
                if pending == 0 {
                    // Mostly there is nothing to end.
                    if branches.were_noted() || first.as_ref().is_some_and(First::has_line) {
                        // This can panic.
                        state.stop(0, $count, false);
                        drop((first, branches));
                        control.rare.end();
                    } else {
                        mem::forget((first, branches));
                    }
                    control.state.phase = Phase::Done;
                    return Poll::Ready(Ok(()));
                }
                state.suspend(pending, $count);
                if let Some(first) = first {
                    first.keep(&mut control.lease, 0);
                }
                branches.wait(|| Suspended {
                    name: "gather!",
                    total: Some($count),
                    pending: Some(pending.into()),
                    ..Suspended::default()
                });
                Poll::Pending
            }

            /// As [`poll_on`](Self::poll_on), not where it is called.
            #[inline(never)]
            fn poll_again(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), E>> {
                self.poll_on(cx)
            }

            /// Any poll but the first. `Ready` as for [`poll_first`](Self::poll_first), after the cleanup.
            #[inline(always)]
            fn poll_on(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), E>> {
                let control = self.as_mut().project().control;
                if control.state.phase.enter("a gather") != Phase::Open {
                    return self.poll_cleanup(cx).map(Err);
                }
                let waker = cx.waker();
                if $count == 1 {
                    return self.poll_branches(u64::MAX, waker, cx);
                }
                if control.lease.has_line() {
                    let (woken, wakers) = control.lease.take(waker);
                    return self.poll_woken(woken, wakers, cx);
                }
                if few($count) && control.state.is_patient() {
                    return self.poll_branches(u64::MAX, waker, cx);
                }
                self.poll_without_line(cx)
            }

            /// As [`poll_branches`](Self::poll_branches), where nobody keeps the waker of a branch.
            #[inline(never)]
            fn poll_without_line(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<Result<(), E>> {
                let lazy = Lazy::new(cx.waker());
                let first = First::begin(&lazy);
                let lease = &self.as_mut().project().control.lease;
                // Where there are few, some may have kept the waker of the join.
                let woken = if few($count) { u64::MAX } else { lease.woken() };
                let polled = self.as_mut().poll_woken(woken, first.row(), cx);
                let control = self.project().control;
                if control.state.phase == Phase::Open {
                    first.keep(&mut control.lease, 0);
                }
                polled
            }

            /// As [`poll_branches`](Self::poll_branches), where each has its own waker.
            #[inline(never)]
            fn poll_woken(
                self: Pin<&mut Self>,
                woken: u64,
                wakers: Row<'_>,
                cx: &mut Context<'_>,
            ) -> Poll<Result<(), E>> {
                self.poll_branches(woken, wakers, cx)
            }

            /// Polls the branches that have been woken, as far as they are pending. `Ready` as for
            /// [`poll_first`](Self::poll_first), after the cleanup.
            #[inline(always)]
            fn poll_branches(
                mut self: Pin<&mut Self>,
                woken: u64,
                wakers: impl EachWaker,
                cx: &mut Context<'_>,
            ) -> Poll<Result<(), E>> {
                match ready!(self.as_mut().poll_each(woken, wakers)) {
                    Ok(()) => Poll::Ready(Ok(())),
                    Err(error) => self.fail(error, cx).map(Err),
                }
            }

            /// The same, without the cleanup.
            #[inline(always)]
            fn poll_each(
                self: Pin<&mut Self>,
                woken: u64,
                wakers: impl EachWaker,
            ) -> Poll<Result<(), E>> {
                #[allow(unused)] // there may be no branch
                let mut this = self.project();
                let control = this.control;
                #[allow(unused)]
                let mut branches = scope::Branches::of(&mut control.rare);
                #[allow(unused)]
                let mut now = Borrowed::new(&mut control.state);
                let ready = woken & u64::from(now.pending);
                // Those of `later` have their turn in the next poll: there is no loop here, as the compiler
                // would prepare all that is in it beforehand.
                let (due, later) = match now.state.start {
                    _ if $count == 1 => (ready, 0),
                    0 => (ready, 0),
                    start => turns(ready, start.into()),
                };
                poll_due!((due this now branches wakers) $($b $B $i,)*);
                if now.pending == 0 {
                    drop((now, branches));
                    control.lease.end();
                    control.rare.end();
                    control.state.phase = Phase::Done;
                    return Poll::Ready(Ok(()));
                }
                now.state.phase = Phase::Open;
                if $count > 1 {
                    now.state.start = next_turn(due, due).unwrap_or(0);
                }
                drop(now);
                if later != 0 {
                    wakers.wake(later);
                }
                branches.wait(|| Suspended {
                    name: "gather!",
                    total: Some($count),
                    pending: Some(control.state.pending.into()),
                    ..Suspended::default()
                });
                Poll::Pending
            }
        }

        impl<E $(, $B: FailsWith<E>)*> Future for $Join<E $(, $B)*> {
            type Output = Result<($($B::Item,)*), E>;

            #[inline(always)]
            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                self.poll_mapped(cx, |items| items)
            }
        }

        impl<E $(, $B: FailsWith<E>)*> Join for $Join<E $(, $B)*> {
            type Items = ($($B::Item,)*);
            type Error = E;

            // A `gather!` is awaited in one place: there is nothing to share.
            #[inline(always)]
            #[allow(clippy::unused_unit)] // there may be no branch
            fn poll_mapped<R>(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                map: impl FnOnce(Self::Items) -> R,
            ) -> Poll<Result<R, E>> {
                // Not by a reference to all of it: futures may refer to themselves.
                let phase = self.as_mut().project().control.state.phase;
                let polled = match phase {
                    Phase::New => match self.as_mut().poll_first(cx) {
                        Poll::Ready(Err(error)) => return self.fail(error, cx).map(Err),
                        polled => polled,
                    },
                    // Mostly what is around a spread.
                    _ if $count == 1 => self.as_mut().poll_on(cx),
                    _ => self.as_mut().poll_again(cx),
                };
                ready!(polled)?;
                #[allow(unused)]
                let mut this = self.project();
                // SAFETY: all are finished, and there is no hole: all items are there. As the join is done,
                // they are not used again.
                let items = ($(unsafe { this.$b.as_mut().take() },)*);
                Poll::Ready(Ok(map(items)))
            }
        }

        impl<E $(, $B: Branch)*> $Join<E $(, $B)*> {
            /// One branch has failed: drops the others, inside this scope, and then goes on as
            /// [`poll_cleanup`](Self::poll_cleanup).
            #[cold]
            fn fail(mut self: Pin<&mut Self>, error: E, cx: &mut Context<'_>) -> Poll<E> {
                let control = self.as_mut().project().control;
                control.error = Some(error);
                control.state.phase = Phase::Cleanup;
                control.lease.end();
                let mut rare = mem::take(&mut control.rare);
                let mut items = control.state.take_items($count);
                rare.collect(|tag| self.as_mut().clear(&mut items, tag));
                self.as_mut().project().control.rare = rare;
                self.poll_cleanup(cx)
            }

            /// Waits for the cleanup of the dropped branches, then gives the error.
            #[cold]
            fn poll_cleanup(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<E> {
                let control = self.project().control;
                ready!(control.rare.poll(cx));
                control.rare.end();
                control.state.phase = Phase::Done;
                Poll::Ready(control.error.take().expect("a failed join has its error"))
            }
        }

        impl<E $(, $B: Branch)*> fmt::Debug for $Join<E $(, $B)*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($Join))
                    .field("phase", &self.control.state.phase)
                    .field("pending", &self.control.state.left())
                    .finish_non_exhaustive()
            }
        }

        impl<E $(, $B: Branch)*> Branches<E> for ($($B,)*) {
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

/// Each of the joins has a branch more than the one before it.
macro_rules! joins {
    ([$($branch:tt)*]) => {};
    ([$($branch:tt)*] $Join:ident $count:literal $B:ident $b:ident $i:tt, $($rest:tt)*) => {
        join!($Join, $count: $($branch)* $B $b $i);
        joins!([$($branch)* $B $b $i,] $($rest)*);
    };
}

join!(Join0, 0:);
joins!(
    []
    Join1 1 B0 b0 0,
    Join2 2 B1 b1 1,
    Join3 3 B2 b2 2,
    Join4 4 B3 b3 3,
    Join5 5 B4 b4 4,
    Join6 6 B5 b5 5,
    Join7 7 B6 b6 6,
    Join8 8 B7 b7 7,
    Join9 9 B8 b8 8,
    Join10 10 B9 b9 9,
    Join11 11 B10 b10 10,
    Join12 12 B11 b11 11,
    Join13 13 B12 b12 12,
    Join14 14 B13 b13 13,
    Join15 15 B14 b14 14,
    Join16 16 B15 b15 15,
    Join17 17 B16 b16 16,
    Join18 18 B17 b17 17,
    Join19 19 B18 b18 18,
    Join20 20 B19 b19 19,
    Join21 21 B20 b20 20,
    Join22 22 B21 b21 21,
    Join23 23 B22 b22 22,
    Join24 24 B23 b23 23,
    Join25 25 B24 b24 24,
    Join26 26 B25 b25 25,
    Join27 27 B26 b26 26,
    Join28 28 B27 b27 27,
    Join29 29 B28 b28 28,
    Join30 30 B29 b29 29,
    Join31 31 B30 b30 30,
    Join32 32 B31 b31 31,
);
