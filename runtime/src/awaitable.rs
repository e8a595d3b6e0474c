//! What can be awaited, so that rustc says only once of something else that it cannot.

use std::convert::Infallible;
use std::future::{IntoFuture, Ready};

/// What can be awaited: every [`IntoFuture`], and so every future.
///
/// It is implemented for all of these. `K` is always inferred; it is there for the sake of what rustc says
/// about other arguments.
//
// With `IntoFuture` itself rustc takes `<() as IntoFuture>::IntoFuture` for `()`, as there is but one
// implementation that it could be of, and says in every place where the type of the result turns up that `()`
// is not a future. Between two it decides by their bounds: if neither holds, the type is unknown, and one error is
// all.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a future",
    label = "`{Self}` is not a future",
    note = "it is awaited in there: pass the future itself, as in `f(..)` and not `f(..).await`"
)]
pub trait Awaitable<K> {
    /// What it gives, when it is awaited.
    type Output;

    /// The future that it turns into.
    type Future: Future<Output = Self::Output>;

    /// Turns it into that.
    fn into_awaited(self) -> Self::Future;
}

/// How an [`IntoFuture`] is [`Awaitable`].
#[derive(Debug)]
pub enum ByFuture {}

#[diagnostic::do_not_recommend]
impl<F: IntoFuture> Awaitable<ByFuture> for F {
    type Output = F::Output;
    type Future = F::IntoFuture;

    #[inline]
    fn into_awaited(self) -> F::IntoFuture {
        self.into_future()
    }
}

/// Nothing is.
pub trait Never {}

#[diagnostic::do_not_recommend]
impl<F: Never> Awaitable<Infallible> for F {
    type Output = ();
    type Future = Ready<()>;

    fn into_awaited(self) -> Ready<()> {
        std::future::ready(())
    }
}
