//! What a `wait_first!` of some tasks without names left pending. That of tasks with names, and of more tasks than
//! there are here, is declared by the macro where it is called.

use crate::__private::{Set, pending};
use std::fmt;
use std::marker::PhantomData;

/// What a `Pending` can do: one of the runtime's, and one that `wait_first!` declares. Its fields are `name: T H variable`,
/// of the type `T`, an outcome of which `H` reads, and last that of the hows; then there are the trees of these types and
/// variables, and the type of what is done and how it is made of the variables.
#[doc(hidden)]
#[macro_export]
macro_rules! __pending {
    (
        $Pending:ident { $($field:tt: $T:ident $H:ident $var:ident),+; $how:tt }
        $tasks:tt $hows:tt $vars:tt
        $Done:ty { $done:expr }
    ) => {
        #[allow(dead_code)]
        impl<$($T: $crate::__private::Set<$H>,)+ $($H),+> $Pending<$($T,)+ $hows> {
            /// Whether none is left.
            pub fn is_empty(&self) -> bool {
                true $(&& $crate::__private::Set::<$H>::is_empty(&self.$field))+
            }

            /// Cancels those that are left; whether one was not done yet.
            pub fn cancel(&self) -> bool {
                false $(| $crate::__private::Set::<$H>::cancel(&self.$field))+
            }
        }

        impl<$($T: $crate::__private::Set<$H>,)+ $($H),+> $crate::__private::Remaining for $Pending<$($T,)+ $hows> {
            type Set = $tasks;
            type How = $hows;
            type Done = $Done;

            fn split(self) -> Self::Set {
                let $Pending { $($field: $var,)+ .. } = self;
                $vars
            }

            fn join($vars: Self::Set) -> Self {
                $Pending { $($field: $var,)+ $how: $crate::__private::core::marker::PhantomData }
            }

            fn done($vars: <Self::Set as $crate::__private::Set<Self::How>>::Done) -> Self::Done {
                $done
            }
        }

        impl<$($T: $crate::__private::Set<$H>,)+ $($H),+> $crate::__private::core::future::IntoFuture
            for $Pending<$($T,)+ $hows>
        {
            type Output = <Self as $crate::__private::Remaining>::Done;
            type IntoFuture = $crate::__private::Rest<Self>;

            #[track_caller]
            fn into_future(self) -> Self::IntoFuture {
                $crate::__private::rest(self)
            }
        }
    };
}

/// Declares the `Pending` of a `wait_first!` where that is called, and, if the tasks have names, the `Done`.
#[doc(hidden)]
#[macro_export]
macro_rules! __declare_pending {
    ({ $($field:ident: $T:ident $H:ident $var:ident),+; $how:ident } $tasks:tt $hows:tt $vars:tt) => {
        #[derive($crate::__private::core::fmt::Debug)]
        #[allow(dead_code)]
        #[must_use = "the tasks in it keep running: `.await` it for their results, `.cancel()` it, or write `drop(pending)` to detach them"]
        struct Pending<$($T,)+ __H> {
            $(pub $field: $T,)+
            $how: $crate::__private::core::marker::PhantomData<fn() -> __H>,
        }

        #[derive(
            $crate::__private::core::fmt::Debug,
            $crate::__private::core::clone::Clone,
            $crate::__private::core::cmp::PartialEq
        )]
        #[allow(dead_code)]
        struct Done<$($T),+> {
            $(pub $field: $T),+
        }

        $crate::__private::pending! {
            Pending { $($field: $T $H $var),+; $how }
            $tasks $hows $vars
            Done<$(<$T as $crate::__private::Set<$H>>::Done),+> { Done { $($field: $var),+ } }
        }
    };
    ({ $($field:tt: $T:ident $H:ident $var:ident),+; $how:tt } $tasks:tt $hows:tt $vars:tt) => {
        #[derive($crate::__private::core::fmt::Debug)]
        #[allow(dead_code)]
        #[must_use = "the tasks in it keep running: `.await` it for their results, `.cancel()` it, or write `drop(pending)` to detach them"]
        struct Pending<$($T,)+ __H>($(pub $T,)+ $crate::__private::core::marker::PhantomData<fn() -> __H>);

        $crate::__private::pending! {
            Pending { $($field: $T $H $var),+; $how }
            $tasks $hows $vars
            ($(<$T as $crate::__private::Set<$H>>::Done,)+) { ($($var,)+) }
        }
    };
}

macro_rules! pendings {
    ($($Pending:ident: $($T:ident $H:ident $i:tt $var:ident),+; $how:tt;)*) => { $(
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

        impl<$($T: fmt::Debug,)+ H> fmt::Debug for $Pending<$($T,)+ H> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple("Pending")$(.field(&self.$i))+.finish()
            }
        }

        pending! {
            $Pending { $($i: $T $H $var),+; $how }
            ($($T,)+) ($($H,)+) ($($var,)+)
            ($(<$T as Set<$H>>::Done,)+) { ($($var,)+) }
        }
    )* };
}

pendings! {
    Pending1: T0 H0 0 t0; 1;
    Pending2: T0 H0 0 t0, T1 H1 1 t1; 2;
    Pending3: T0 H0 0 t0, T1 H1 1 t1, T2 H2 2 t2; 3;
    Pending4: T0 H0 0 t0, T1 H1 1 t1, T2 H2 2 t2, T3 H3 3 t3; 4;
    Pending5: T0 H0 0 t0, T1 H1 1 t1, T2 H2 2 t2, T3 H3 3 t3, T4 H4 4 t4; 5;
    Pending6: T0 H0 0 t0, T1 H1 1 t1, T2 H2 2 t2, T3 H3 3 t3, T4 H4 4 t4, T5 H5 5 t5; 6;
    Pending7: T0 H0 0 t0, T1 H1 1 t1, T2 H2 2 t2, T3 H3 3 t3, T4 H4 4 t4, T5 H5 5 t5, T6 H6 6 t6; 7;
    Pending8: T0 H0 0 t0, T1 H1 1 t1, T2 H2 2 t2, T3 H3 3 t3, T4 H4 4 t4, T5 H5 5 t5, T6 H6 6 t6, T7 H7 7 t7; 8;
    Pending9: T0 H0 0 t0, T1 H1 1 t1, T2 H2 2 t2, T3 H3 3 t3, T4 H4 4 t4, T5 H5 5 t5, T6 H6 6 t6, T7 H7 7 t7,
        T8 H8 8 t8; 9;
    Pending10: T0 H0 0 t0, T1 H1 1 t1, T2 H2 2 t2, T3 H3 3 t3, T4 H4 4 t4, T5 H5 5 t5, T6 H6 6 t6, T7 H7 7 t7,
        T8 H8 8 t8, T9 H9 9 t9; 10;
    Pending11: T0 H0 0 t0, T1 H1 1 t1, T2 H2 2 t2, T3 H3 3 t3, T4 H4 4 t4, T5 H5 5 t5, T6 H6 6 t6, T7 H7 7 t7,
        T8 H8 8 t8, T9 H9 9 t9, T10 H10 10 t10; 11;
    Pending12: T0 H0 0 t0, T1 H1 1 t1, T2 H2 2 t2, T3 H3 3 t3, T4 H4 4 t4, T5 H5 5 t5, T6 H6 6 t6, T7 H7 7 t7,
        T8 H8 8 t8, T9 H9 9 t9, T10 H10 10 t10, T11 H11 11 t11; 12;
}
