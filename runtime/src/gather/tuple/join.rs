//! The join of so many branches.

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

        impl<E $(, $B: FailsWith<E>)*> Future for $Join<E $(, $B)*> {
            type Output = Result<($($B::Item,)*), E>;

            #[inline(always)]
            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
                self.poll_mapped(cx, |items| items, || ())
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
                name: impl FnOnce(),
            ) -> Poll<Result<R, E>> {
                // Not by a reference to all of it: futures may refer to themselves.
                let phase = self.as_mut().project().control.state.phase;
                let polled = match phase {
                    Phase::New => match self.as_mut().poll_first(cx) {
                        Poll::Ready(Err(error)) => self.as_mut().fail(error, cx).map(Err),
                        polled => polled,
                    },
                    // Mostly what is around a spread.
                    _ if $count == 1 => self.as_mut().poll_on(cx),
                    _ => self.as_mut().poll_again(cx),
                };
                if polled.is_pending() {
                    name();
                }
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

pub(super) use join;
