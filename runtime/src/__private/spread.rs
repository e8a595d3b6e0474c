//! Is what `..` stands before an iterator of futures?

use super::outputs::Output;
use super::refuse::{refuse, refuse_branch};
use core::future::IntoFuture;
use core::marker::PhantomData;

#[derive(Debug)]
pub struct ProbeSpread<X>(PhantomData<fn(X)>);

/// What a `..` stands before.
pub fn probe_spread<X>(_: &X) -> ProbeSpread<X> {
    ProbeSpread(PhantomData)
}

/// The future of an item.
pub(super) type ItemFuture<X> = <<X as IntoIterator>::Item as IntoFuture>::IntoFuture;

impl<X: IntoIterator<Item: IntoFuture>> ProbeSpread<X> {
    pub fn __check(self) -> Output<ItemFuture<X>> {
        Output::new()
    }
}

pub trait IsOfOthers<T>: Sized {
    fn __check(self) -> OtherItems<T> {
        OtherItems(PhantomData)
    }
}
impl<X: IntoIterator> IsOfOthers<X::Item> for ProbeSpread<X> {}

pub trait IsSingle: Sized {
    fn __check(self) -> Single {
        Single
    }
}
impl<X: IntoFuture> IsSingle for &ProbeSpread<X> {}

pub trait IsNoIterator: Sized {
    fn __check(self) -> NoIterator {
        NoIterator
    }
}
impl<X> IsNoIterator for &mut ProbeSpread<X> {}

/// What a `..` stands before, as an iterator of futures.
// Of the standard library, which knows of its own iterators how many items there are to come.
pub(super) fn spread<X: IntoIterator<Item: IntoFuture>>(
    x: X,
) -> impl Iterator<Item = ItemFuture<X>> {
    x.into_iter().map(IntoFuture::into_future)
}

refuse! {
    /// An iterator of something else.
    #[text(
        message = "`..` spreads an iterator of futures, but the items of this one are `{T}`",
        label = "an iterator of `{T}`",
        note = "make each item a future first: `..items.into_iter().map(|item| fetch(item))`"
    )]
    OtherItems<T>: ItemsAreNotFutures;

    /// A future.
    #[text(
        message = "`..` spreads an iterator of futures, and this is a single future",
        label = "remove the `..`"
    )]
    Single: DoNotSpread;

    /// Anything else.
    #[text(
        message = "`..` spreads an iterator of futures, but `{Self}` is not an iterator",
        label = "not an iterator"
    )]
    NoIterator: NotAnIterator;
}

refuse_branch! {
    OtherItems<T>: ItemsAreNotFutures;
    Single: DoNotSpread;
    NoIterator: NotAnIterator;
}
