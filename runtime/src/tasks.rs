//! Tasks. (Being built.)

use crate::CancelledError;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A task that runs on its own.
#[derive(Debug)]
pub struct Task<T>(PhantomData<T>);

impl<T> Unpin for Task<T> {}

impl<T> Future for Task<T> {
    type Output = Result<T, CancelledError>;

    fn poll(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Pending
    }
}
