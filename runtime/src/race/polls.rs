//! How a race polls its branches.

macro_rules! polls {
    ($Race:ident, $First:ident, $count:literal: $($F:ident $b:ident $B:ident $i:literal),*) => {
        impl<$($F: Future),*> $Race<$($F),*> {
            /// Polls all branches, in their order, until one is ready. Says as well whether they can be dropped without
            /// more ado.
            // Apart from the others, as for a join.
            #[inline(always)]
            fn poll_in_order(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<($First<$($F::Output),*>, bool)> {
                let mut this = self.project();
                let control = this.control;
                let entered = Entered(&mut control.phase);
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
                        // Before it there is no line. Not to look takes 5 less of 147 where the first of three is ready.
                        Some(polls) if $i == 0 => future.poll(&mut Context::from_waker(&polls.waker($i))),
                        // Races come in loops, and wait mostly.
                        Some(polls) => {
                            future.poll(&mut Context::from_waker(&polls.waker_of_line($i)))
                        }
                    };
                    if let Poll::Ready(output) = polled {
                        if $i + 1 < $count {
                            note_haste();
                        }
                        let has_line = polls.as_ref().is_some_and(First::has_line);
                        let quiet = !has_line && !branches.may_hand_over();
                        if quiet {
                            mem::forget((polls, branches, entered));
                        }
                        return Poll::Ready(($First::$B(output), quiet));
                    }
                )*
                *entered.0 = Phase::Open;
                mem::forget(entered);
                let all = all($count).into();
                control.start = next_turn(all, all).unwrap_or(0);
                if let Some(polls) = polls {
                    polls.keep(&mut control.lease, 0);
                }
                let (site, pending) = (control.site, control.pending);
                branches.wait_at("wait_first!", Some(site), $count, Some(pending.into()));
                Poll::Pending
            }

            /// Any other poll.
            #[inline(never)]
            fn poll_again(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<$First<$($F::Output),*>> {
                let control = self.as_mut().project().control;
                if control.enter($count) == Phase::Cleanup {
                    return self.poll_cleanup(cx);
                }
                if few($count) {
                    return self.poll_branches(u64::MAX, cx.waker(), cx);
                }
                if control.lease.has_line() {
                    let (woken, wakers) = control.lease.take(cx.waker());
                    return self.poll_woken(woken, wakers, cx);
                }
                self.poll_without_line(cx)
            }

            /// As [`poll_branches`](Self::poll_branches), where nobody keeps the waker of a branch.
            #[inline(never)]
            fn poll_without_line(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<$First<$($F::Output),*>> {
                let lazy = Lazy::new(cx.waker());
                let first = First::begin(&lazy);
                let woken = self.as_mut().project().control.lease.woken();
                let polled = self.as_mut().poll_woken(woken, first.row(), cx);
                let control = self.project().control;
                if control.phase == Phase::Open {
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
            ) -> Poll<$First<$($F::Output),*>> {
                self.poll_branches(woken, wakers, cx)
            }

            /// Polls the branches that have been woken until one is ready, and drops the others.
            #[inline(always)]
            fn poll_branches(
                mut self: Pin<&mut Self>,
                woken: u64,
                wakers: impl EachWaker,
                cx: &mut Context<'_>,
            ) -> Poll<$First<$($F::Output),*>> {
                let first = ready!(self.as_mut().poll_each(woken, wakers));
                self.as_mut().project().control.lease.end();
                self.end(first, cx)
            }

            /// The same, without dropping the others.
            #[inline(always)]
            fn poll_each(
                self: Pin<&mut Self>,
                woken: u64,
                wakers: impl EachWaker,
            ) -> Poll<$First<$($F::Output),*>> {
                let mut this = self.project();
                let control = this.control;
                if control.pending == 0 {
                    return Poll::Ready($First::Else);
                }
                let mut branches = Branches::of(&mut control.rare);
                let ready = woken & u64::from(control.pending);
                let (first, mut later) = turns(ready, control.start.into());
                let mut due = first;
                loop {
                    $(
                        if due & (1 << $i) != 0 {
                            due &= !(1 << $i);
                            branches.enter($i);
                            // SAFETY: `pending` says that the future is there.
                            let future = unsafe { this.$b.as_mut().future() };
                            let waker = wakers.of($i);
                            if let Poll::Ready(output) = future.poll(&mut Context::from_waker(&waker)) {
                                if due | later != 0 {
                                    note_haste();
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
                let (site, pending) = (control.site, control.pending);
                branches.wait_at("wait_first!", Some(site), $count, Some(pending.into()));
                Poll::Pending
            }
        }
    };
}

pub(super) use polls;
