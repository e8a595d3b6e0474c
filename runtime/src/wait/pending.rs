//! What a `wait_first!` of some tasks without names left pending. That of tasks with names, and of more tasks than
//! there are here, is declared by the macro where it is called.

use super::first::{Remaining, Rest, rest};
use super::set::Set;
use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;

macro_rules! pendings {
    ($($Pending:ident: $($T:ident $H:ident $i:tt),+;)*) => { $(
        /// The tasks that a [`wait_first!`](crate::wait_first) left pending, each in an `Option`: of a task that was
        /// done it is `None`.
        ///
        /// It can be awaited for the outcomes of all of them, or be waited for again: `wait_first!(..pending)`.
        #[must_use = "the tasks in it keep running: `.await` it for their results, `.cancel()` it, or write `drop(pending)` to detach them"]
        pub struct $Pending<$($T,)+ H>($(pub $T,)+ PhantomData<fn() -> H>);

        impl<$($T,)+ $($H),+> $Pending<$(Option<$T>,)+ ($($H,)+)> {
            #[doc(hidden)]
            /// All of these tasks, and how their outcomes are read.
            pub fn all(tasks: ($($T,)+), _: ($($H,)+)) -> Self {
                $Pending($(Some(tasks.$i),)+ PhantomData)
            }
        }

        impl<$($T: Set<$H>,)+ $($H),+> $Pending<$($T,)+ ($($H,)+)> {
            /// Whether none is left.
            pub fn is_empty(&self) -> bool {
                true $(&& self.$i.is_empty())+
            }

            /// Cancels those that are left; whether one was not done yet.
            pub fn cancel(&self) -> bool {
                false $(| self.$i.cancel())+
            }
        }

        impl<$($T: Set<$H>,)+ $($H),+> Remaining for $Pending<$($T,)+ ($($H,)+)> {
            type Set = ($($T,)+);
            type How = ($($H,)+);
            type Done = ($($T::Done,)+);

            fn split(self) -> Self::Set {
                ($(self.$i,)+)
            }

            fn join(set: Self::Set) -> Self {
                $Pending($(set.$i,)+ PhantomData)
            }

            fn done(done: Self::Done) -> Self::Done {
                done
            }
        }

        impl<$($T: Set<$H>,)+ $($H),+> IntoFuture for $Pending<$($T,)+ ($($H,)+)> {
            type Output = ($($T::Done,)+);
            type IntoFuture = Rest<Self>;

            #[track_caller]
            fn into_future(self) -> Self::IntoFuture {
                rest(self)
            }
        }

        impl<$($T: fmt::Debug,)+ H> fmt::Debug for $Pending<$($T,)+ H> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple("Pending")$(.field(&self.$i))+.finish()
            }
        }
    )* };
}

pendings! {
    Pending1: T0 H0 0;
    Pending2: T0 H0 0, T1 H1 1;
    Pending3: T0 H0 0, T1 H1 1, T2 H2 2;
    Pending4: T0 H0 0, T1 H1 1, T2 H2 2, T3 H3 3;
    Pending5: T0 H0 0, T1 H1 1, T2 H2 2, T3 H3 3, T4 H4 4;
    Pending6: T0 H0 0, T1 H1 1, T2 H2 2, T3 H3 3, T4 H4 4, T5 H5 5;
    Pending7: T0 H0 0, T1 H1 1, T2 H2 2, T3 H3 3, T4 H4 4, T5 H5 5, T6 H6 6;
    Pending8: T0 H0 0, T1 H1 1, T2 H2 2, T3 H3 3, T4 H4 4, T5 H5 5, T6 H6 6, T7 H7 7;
    Pending9: T0 H0 0, T1 H1 1, T2 H2 2, T3 H3 3, T4 H4 4, T5 H5 5, T6 H6 6, T7 H7 7, T8 H8 8;
    Pending10: T0 H0 0, T1 H1 1, T2 H2 2, T3 H3 3, T4 H4 4, T5 H5 5, T6 H6 6, T7 H7 7, T8 H8 8, T9 H9 9;
    Pending11: T0 H0 0, T1 H1 1, T2 H2 2, T3 H3 3, T4 H4 4, T5 H5 5, T6 H6 6, T7 H7 7, T8 H8 8, T9 H9 9,
        T10 H10 10;
    Pending12: T0 H0 0, T1 H1 1, T2 H2 2, T3 H3 3, T4 H4 4, T5 H5 5, T6 H6 6, T7 H7 7, T8 H8 8, T9 H9 9,
        T10 H10 10, T11 H11 11;
}
