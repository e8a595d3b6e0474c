//! How a wrong argument is reported: it is coerced to `&dyn Message`, where `Message` is a trait that
//! nothing implements. The coercion fails with the text of that trait and no more; a bound on a function
//! would add "required by a bound introduced by this call" and a quote of this crate.

/// What a probe returns for a wrong argument, and the text of it.
///
/// `take` has the same bound as the coercion, so rustc reports the two as one; and its result is of an
/// error type, so that no more is said about it.
macro_rules! refuse {
    ($(
        $(#[doc = $doc:literal])*
        #[text($($text:tt)*)]
        $found:ident $(<$($param:ident),*>)?: $message:ident;
    )*) => { $(
        $(#[doc = $doc])*
        #[derive(Debug)]
        pub struct $found $(<$($param),*>(pub(super) core::marker::PhantomData<($($param,)*)>))?;

        impl $(<$($param),*>)? $found $(<$($param),*>)? {
            pub fn __show(&self, _: &dyn $message $(<$($param),*>)?) {}

            pub fn take<X: $message $(<$($param),*>)?>(self, _: X) -> X::Out {
                unreachable!("this argument does not compile")
            }
        }

        #[doc = "Never implemented: its text is the error."]
        #[diagnostic::on_unimplemented($($text)*)]
        pub trait $message $(<$($param),*>)? {
            type Out
            where
                Self: Sized;
        }
    )* };
}
pub(super) use refuse;

/// What a probe returns for an argument that is right: shows nothing, and takes it by `$take`.
macro_rules! accept {
    ($(#[doc = $doc:literal])* $found:ident) => {
        $(#[doc = $doc])*
        #[derive(Debug)]
        pub struct $found;

        impl $found {
            pub fn __show<X>(&self, _: &X) {}
        }
    };
}
pub(super) use accept;

/// For what is wrong with a branch of a gather or of a wait: it goes through the steps of those that are right, and is
/// reported in the last.
macro_rules! refuse_branch {
    ($($found:ident $(<$param:ident>)?: $message:ident;)*) => { $(
        impl $(<$param>)? $found $(<$param>)? {
            pub fn __class(self) -> Self {
                self
            }

            pub fn __whole<X: $message $(<$param>)?>(self, _: X) -> X::Out {
                unreachable!("this branch does not compile")
            }

            pub fn __whole_all<X: $message $(<$param>)?>(self, _: X, _: usize) -> X::Out {
                unreachable!("this branch does not compile")
            }
        }

        impl $(<$param>)? $crate::__private::outputs::Class for $found $(<$param>)? {
            type Value = ();
        }

        #[cfg(feature = "tokio")]
        impl $(<$param>)? $crate::__private::tasks::WaitedFor for $found $(<$param>)? {
            type Found = Self;

            fn found(self) -> Self {
                self
            }
        }

        impl<A: $crate::__private::errors::SoFar $(, $param)?>
            $crate::__private::errors::Fits<$found $(<$param>)?> for A
        {
            type Keep = $crate::__private::keep::Wrong<A, $found $(<$param>)?>;
        }

        impl<A: $crate::__private::errors::SoFar $(, $param)?>
            $crate::__private::keep::Wrong<A, $found $(<$param>)?>
        {
            pub fn __show(&self, _: &dyn $message $(<$param>)?) {}

            pub fn keep<X: $message $(<$param>)?>(self, _: X) -> (A, X::Out) {
                unreachable!("this branch does not compile")
            }

            pub fn keep_all<X: $message $(<$param>)?>(self, _: X, _: usize) -> (A, X::Out) {
                unreachable!("this branch does not compile")
            }
        }
    )* };
}
pub(super) use refuse_branch;
