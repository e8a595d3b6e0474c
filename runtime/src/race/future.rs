//! The future of a race of so many branches.

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
        }

        polls!($Race, $First, $count: $($F $b $B $i),*);

        impl<$($F: Future),*> $Race<$($F),*> {
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
                if !self.as_mut().project().control.is_in_order($count) {
                    return self.poll_again(cx);
                }
                let (first, quiet) = ready!(self.as_mut().poll_in_order(cx));
                if quiet {
                    self.drop_all();
                    return Poll::Ready(first);
                }
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

pub(super) use race;
