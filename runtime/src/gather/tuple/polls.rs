//! How a join polls its branches.

macro_rules! polls {
    ($Join:ident, $count:literal: $($B:ident $b:ident $i:tt),*) => {
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
                branches.wait("gather!", $count, Some(pending.into()));
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
                branches.wait("gather!", $count, Some(control.state.pending.into()));
                Poll::Pending
            }
        }
    };
}

pub(super) use polls;
