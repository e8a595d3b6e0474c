//! `with`: resources whose exit awaits.

use super::guard::{Finally, FinallyLocal, Mark};
use super::scope;
use crate::outcome::is_err;
use std::fmt;
use std::future::Future;
use std::ops::{Deref, DerefMut};

/// How a [`with`](with()) block was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exit {
    /// The body came to its end with a value.
    Normal,
    /// The body came to its end with an `Err`.
    Error,
    /// The body was dropped: it was cancelled, timed out, lost a race, or panicked.
    Cancelled,
}

/// A resource with an exit that awaits: Python's `__aexit__`.
///
/// Write the method as an `async fn`.
///
/// # Examples
///
/// ```
/// use asyncio::{AsyncExit, Exit, sleep, with};
///
/// #[derive(Default)]
/// struct Transaction {
///     committed: bool,
/// }
///
/// impl Transaction {
///     async fn commit(&mut self) -> Result<(), std::io::Error> {
///         self.committed = true; // what can fail belongs into the body, where `?` works
///         Ok(())
///     }
/// }
///
/// impl AsyncExit for Transaction {
///     async fn exit(self, _how: Exit) {
///         if !self.committed {
///             sleep(0.001).await; // asks the server to forget it
///             println!("rolled back");
///         }
///     }
/// }
///
/// #[asyncio::main]
/// async fn main() -> Result<(), std::io::Error> {
///     with(Transaction::default(), async |t| {
///         // whatever ends this block before the next line: it is rolled back
///         t.commit().await
///     })
///     .await
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no exit that awaits",
    label = "does not implement `AsyncExit`",
    note = "implement it, as `impl AsyncExit for {Self} {{ async fn exit(self, how: Exit) {{ .. }} }}`",
    note = "for a cleanup without a resource: `let _guard = finally(async move {{ .. }});`"
)]
pub trait AsyncExit: Sized {
    /// Ends the use of the resource.
    fn exit(self, how: Exit) -> impl Future<Output = ()> + Send; // not `Send`: `LocalAsyncExit`
}

/// What [`with`](with()) runs: `async |resource| { .. }`, or any function that takes `&mut R` and gives a
/// future of a `T`.
///
/// It is implemented for all of these and has a name of its own for the sake of what rustc says about
/// others.
#[diagnostic::on_unimplemented(
    message = "the body of `with` is `async |resource| {{ .. }}`, and this is `{Self}`",
    label = "not an `async` closure of one argument, `&mut {R}`"
)]
pub trait WithBody<R, T>: AsyncFnOnce(&mut R) -> T {}

#[diagnostic::do_not_recommend]
impl<R, T, B: AsyncFnOnce(&mut R) -> T> WithBody<R, T> for B {}

/// [`AsyncExit`] for resources that are not `Send`, with [`with_local`].
pub trait LocalAsyncExit: Sized {
    /// Ends the use of the resource.
    fn exit(self, how: Exit) -> impl Future<Output = ()>;
}

/// An `Err` is told from every other value, whatever the type.
fn how<T>(value: &T) -> Exit {
    if is_err(value) {
        Exit::Error
    } else {
        Exit::Normal
    }
}

/// Python's `async with resource as r:`. Lends the resource to the body, and exits it whatever the way
/// out.
///
/// When the body comes to its end, and the cleanup that it handed over is done, the exit is awaited in
/// line: with [`Exit::Error`] if the body's value is an `Err`, else with [`Exit::Normal`]. When the body
/// is dropped, the exit is handed over with [`Exit::Cancelled`], as by [`finally`](crate::finally), and
/// runs after the cleanup of the body.
///
/// # Cancellation
///
/// Cancelled in the body or during the exit, the exit still runs to its end.
///
/// # Panics
///
/// A panic of the body is resumed; the exit is handed over.
///
/// # Examples
///
/// See [`AsyncExit`].
#[track_caller]
pub fn with<R, T, B>(resource: R, body: B) -> impl Future<Output = T> + use<R, T, B>
where
    R: AsyncExit + Send, // one that is not: `with_local(..)`
    R: 'static,          // it outlives the body, where that is dropped
    B: WithBody<R, T>,
{
    let guard = enter(resource);
    async move {
        let mut guard = guard;
        // A scope, so that the cleanup of the body is done before the exit.
        let value = scope(body(&mut guard)).await;
        guard.exit(how(&value)).await;
        value
    }
}

/// [`with`](with()) for a resource that is not `Send`. It stays on its thread, as [`finally_local`](crate::finally_local)
/// does.
#[track_caller]
pub fn with_local<R, T, B>(resource: R, body: B) -> impl Future<Output = T> + use<R, T, B>
where
    R: LocalAsyncExit + 'static,
    B: WithBody<R, T>,
{
    let guard = LocalGuard {
        resource: Some(resource),
        mark: Mark::new(),
    };
    async move {
        let mut guard = guard;
        let value = match &mut guard.resource {
            Some(resource) => scope(body(resource)).await,
            None => unreachable!("nobody else takes the resource"),
        };
        if let Some(resource) = guard.resource.take() {
            let how = how(&value);
            let exit = Box::pin(async move { resource.exit(how).await });
            FinallyLocal::new(exit, guard.mark.clone()).run().await;
        }
        value
    }
}

struct LocalGuard<R: LocalAsyncExit + 'static> {
    resource: Option<R>,
    mark: Mark,
}

impl<R: LocalAsyncExit + 'static> Drop for LocalGuard<R> {
    fn drop(&mut self) {
        if let Some(resource) = self.resource.take() {
            let exit = Box::pin(async move { resource.exit(Exit::Cancelled).await });
            self.mark.hand_over_local(exit);
        }
    }
}

/// A resource that exits when dropped: what [`enter`] makes. Derefs to the resource.
#[must_use = "the resource exits where the guard is dropped: bind it, as in `let mut r = enter(..)`"]
pub struct AsyncGuard<R: AsyncExit + Send + 'static> {
    resource: Option<R>,
    mark: Mark,
}

/// [`with`](with()) as a guard: the resource is exited when the guard is dropped.
///
/// The drop hands the exit over with [`Exit::Cancelled`], whatever the reason: a guard cannot tell a
/// `return` from a cancellation, and to roll back is the safe reading. [`AsyncGuard::exit`] exits in
/// line and says how.
///
/// # Examples
///
/// ```
/// use asyncio::{AsyncExit, Exit, enter};
///
/// struct Connection(u32);
/// impl AsyncExit for Connection {
///     async fn exit(self, _how: Exit) {
///         println!("closed after {} queries", self.0);
///     }
/// }
///
/// #[asyncio::main]
/// async fn main() {
///     let mut connection = enter(Connection(0));
///     connection.0 += 1;
///     connection.exit(Exit::Normal).await; // or leave it to the drop
/// }
/// ```
#[track_caller]
pub fn enter<R: AsyncExit + Send + 'static>(resource: R) -> AsyncGuard<R> {
    AsyncGuard {
        resource: Some(resource),
        mark: Mark::new(),
    }
}

impl<R: AsyncExit + Send + 'static> AsyncGuard<R> {
    /// Exits the resource here and now, in line.
    ///
    /// # Cancellation
    ///
    /// Cancelled while it runs, what is left of the exit is handed over.
    pub async fn exit(mut self, how: Exit) {
        if let Some(resource) = self.resource.take() {
            let exit = Box::pin(async move { resource.exit(how).await });
            Finally::new(exit, self.mark.clone()).run().await;
        }
    }

    /// Takes the resource out: it is not exited.
    #[must_use = "the resource is no longer exited by itself"]
    pub fn into_inner(mut self) -> R {
        match self.resource.take() {
            Some(resource) => resource,
            None => unreachable!("only what consumes the guard takes the resource"),
        }
    }
}

impl<R: AsyncExit + Send + 'static> Deref for AsyncGuard<R> {
    type Target = R;

    fn deref(&self) -> &R {
        match &self.resource {
            Some(resource) => resource,
            None => unreachable!("only what consumes the guard takes the resource"),
        }
    }
}

impl<R: AsyncExit + Send + 'static> DerefMut for AsyncGuard<R> {
    fn deref_mut(&mut self) -> &mut R {
        match &mut self.resource {
            Some(resource) => resource,
            None => unreachable!("only what consumes the guard takes the resource"),
        }
    }
}

impl<R: AsyncExit + Send + 'static> Drop for AsyncGuard<R> {
    fn drop(&mut self) {
        if let Some(resource) = self.resource.take() {
            self.mark.hand_over(Box::pin(
                async move { resource.exit(Exit::Cancelled).await },
            ));
        }
    }
}

impl<R: AsyncExit + Send + fmt::Debug + 'static> fmt::Debug for AsyncGuard<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AsyncGuard").field(&self.resource).finish()
    }
}
