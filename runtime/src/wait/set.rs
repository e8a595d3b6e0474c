//! Sets of tasks of different types, for the value form of `wait_first!`.

use super::AnyTask;
use crate::CancelledError;
use std::pin::Pin;
use std::task::{Context, Poll};

/// How the outcome of a `T` is read.
pub trait How<T: AnyTask> {
    /// What it is read as.
    type Outcome;

    /// Reads it.
    fn read(outcome: Result<T::Value, CancelledError>) -> Self::Outcome;
}

/// The outcome as awaiting the task gives it.
#[derive(Debug)]
pub struct AsItIs;

/// The `Result` that the task returned, which can also say that the task was cancelled.
#[derive(Debug)]
pub struct Flattened;

impl<T: AnyTask> How<T> for AsItIs {
    type Outcome = Result<T::Value, CancelledError>;

    fn read(outcome: Result<T::Value, CancelledError>) -> Self::Outcome {
        outcome
    }
}

impl<T: AnyTask<Value = Result<V, E>>, V, E: From<CancelledError>> How<T> for Flattened {
    type Outcome = Result<V, E>;

    fn read(outcome: Result<Result<V, E>, CancelledError>) -> Self::Outcome {
        outcome.unwrap_or_else(|cancelled| Err(cancelled.into()))
    }
}

/// Tasks that are waited for, those that are left of them: the `Option` of one, or a tuple of sets.
pub trait Set<H> {
    /// The outcomes, each as an `Option`.
    type Done;

    /// No outcome.
    fn none() -> Self::Done;

    /// Moves the outcomes of the tasks that are done to `done`; whether there was one. `again`: all of the others
    /// wake the waker of `cx` already.
    fn poll(&mut self, cx: &mut Context<'_>, again: bool, done: &mut Self::Done) -> bool;

    /// Whether no task is left.
    fn is_empty(&self) -> bool;

    /// Cancels all tasks that are left; whether one was not done yet.
    fn cancel(&self) -> bool;
}

impl<T: AnyTask, H: How<T>> Set<H> for Option<T> {
    type Done = Option<H::Outcome>;

    fn none() -> Self::Done {
        None
    }

    #[inline]
    fn poll(&mut self, cx: &mut Context<'_>, again: bool, done: &mut Self::Done) -> bool {
        let news = |task: &mut T| task.has_news(cx.waker(), again) && task.poll_done(cx).is_ready();
        self.as_mut().is_some_and(news) && take_outcome::<T, H>(self, cx, done)
    }

    fn is_empty(&self) -> bool {
        self.is_none()
    }

    fn cancel(&self) -> bool {
        self.as_ref().is_some_and(AnyTask::cancel)
    }
}

/// Of a task that is done.
#[inline(never)]
fn take_outcome<T: AnyTask, H: How<T>>(
    task: &mut Option<T>,
    cx: &mut Context<'_>,
    done: &mut Option<H::Outcome>,
) -> bool {
    let Some(Poll::Ready(outcome)) = task.as_mut().map(|task| Pin::new(task).poll(cx)) else {
        return false;
    };
    *task = None;
    *done = Some(H::read(outcome));
    true
}

macro_rules! sets {
    ($($S:ident $H:ident $i:tt),*) => {
        impl<$($S: Set<$H>, $H),*> Set<($($H,)*)> for ($($S,)*) {
            type Done = ($($S::Done,)*);

            fn none() -> Self::Done {
                ($($S::none(),)*)
            }

            fn poll(&mut self, cx: &mut Context<'_>, again: bool, done: &mut Self::Done) -> bool {
                // No shortcut: what is done at the same time is reported at the same time.
                false $(| self.$i.poll(cx, again, &mut done.$i))*
            }

            fn is_empty(&self) -> bool {
                true $(&& self.$i.is_empty())*
            }

            fn cancel(&self) -> bool {
                false $(| self.$i.cancel())*
            }
        }
    };
}
sets!(S0 H0 0);
sets!(S0 H0 0, S1 H1 1);
sets!(S0 H0 0, S1 H1 1, S2 H2 2);
sets!(S0 H0 0, S1 H1 1, S2 H2 2, S3 H3 3);
sets!(S0 H0 0, S1 H1 1, S2 H2 2, S3 H3 3, S4 H4 4);
sets!(S0 H0 0, S1 H1 1, S2 H2 2, S3 H3 3, S4 H4 4, S5 H5 5);
sets!(S0 H0 0, S1 H1 1, S2 H2 2, S3 H3 3, S4 H4 4, S5 H5 5, S6 H6 6);
sets!(S0 H0 0, S1 H1 1, S2 H2 2, S3 H3 3, S4 H4 4, S5 H5 5, S6 H6 6, S7 H7 7);
sets!(S0 H0 0, S1 H1 1, S2 H2 2, S3 H3 3, S4 H4 4, S5 H5 5, S6 H6 6, S7 H7 7, S8 H8 8);
sets!(S0 H0 0, S1 H1 1, S2 H2 2, S3 H3 3, S4 H4 4, S5 H5 5, S6 H6 6, S7 H7 7, S8 H8 8, S9 H9 9);
sets!(S0 H0 0, S1 H1 1, S2 H2 2, S3 H3 3, S4 H4 4, S5 H5 5, S6 H6 6, S7 H7 7, S8 H8 8, S9 H9 9,
    S10 H10 10);
sets!(S0 H0 0, S1 H1 1, S2 H2 2, S3 H3 3, S4 H4 4, S5 H5 5, S6 H6 6, S7 H7 7, S8 H8 8, S9 H9 9,
    S10 H10 10, S11 H11 11);
