//! Trio's cancel scopes: a part of a task that can be cancelled by itself.

use crate::canceller::{Cancel, Canceller};
use crate::graph::own_clone;
use crate::scope::Scope;
use crate::{Awaitable, CancelledError};
use pin_project_lite::pin_project;
use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// A part of a task that can be cancelled from anywhere, without the task around it: Trio's
/// `CancelScope`.
///
/// It is level-triggered: once cancelled, whatever it runs or is asked to run later is cancelled, so a
/// cancellation cannot be missed or swallowed. Clones are the same scope.
///
/// A `CancellationToken` of `tokio-util`, or whatever else can be awaited, cancels a scope by
/// [`cancelled_by`](CancelScopeRun::cancelled_by); the other way round, [`canceller`](Self::canceller)
/// and [`cancel`](Self::cancel) can be called from any callback.
///
/// # Examples
///
/// ```
/// use asyncio::{CancelScope, create_task, sleep};
///
/// #[asyncio::main]
/// async fn main() {
///     let scope = CancelScope::new();
///     let stop = scope.canceller();
///     create_task(async move {
///         sleep(0.01).await;
///         stop.cancel_with("enough");
///     });
///     let result = scope.run(sleep(60)).await;
///     assert_eq!(result.unwrap_err().message(), Some("enough"));
///     println!("the task goes on");
/// }
/// ```
#[derive(Clone, Default)]
pub struct CancelScope {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared(Mutex<State>);

#[derive(Default)]
struct State {
    /// Why it was cancelled.
    cancelled: Option<CancelledError>,
    /// Something that it ran was cancelled by it.
    caught: bool,
    /// Whoever runs in it, by key.
    runs: Vec<(u64, Waker)>,
    next_key: u64,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cancel for Shared {
    fn cancel(&self, message: Option<Cow<'static, str>>) -> bool {
        let mut state = self.lock();
        if state.cancelled.is_some() {
            return false;
        }
        state.cancelled = Some(match message {
            Some(message) => CancelledError::with_message(message),
            None => CancelledError::new(),
        });
        let runs = std::mem::take(&mut state.runs);
        drop(state);
        for (_, waker) in runs {
            waker.wake();
        }
        true
    }

    fn is_done(&self) -> bool {
        self.lock().cancelled.is_some()
    }
}

impl CancelScope {
    /// A scope that is not cancelled.
    #[must_use]
    pub fn new() -> Self {
        CancelScope::default()
    }

    /// Runs a future in the scope.
    ///
    /// # Errors
    ///
    /// [`CancelledError`], with the reason, when the scope is cancelled before the future has a value.
    /// The future is dropped then, and the cleanup that it hands over is awaited. In a scope that is
    /// cancelled already it never starts.
    ///
    /// # Cancellation
    ///
    /// As for any scope: see [`scope`](crate::scope()).
    pub fn run<F: Awaitable<K>, K>(&self, future: F) -> CancelScopeRun<F::Future> {
        CancelScopeRun {
            inner: Scope::new(future.into_awaited()),
            registered: Registered::new(&self.shared),
            done: false,
        }
    }

    /// Cancels it. False if it was cancelled before.
    pub fn cancel(&self) -> bool {
        self.shared.cancel(None)
    }

    /// Cancels it, and says why. False if it was cancelled before.
    pub fn cancel_with(&self, message: impl Into<Cow<'static, str>>) -> bool {
        self.shared.cancel(Some(message.into()))
    }

    /// A handle that can do nothing but cancel it.
    pub fn canceller(&self) -> Canceller {
        Canceller::new(Arc::clone(&self.shared) as Arc<dyn Cancel>)
    }

    /// Whether it was cancelled: Trio's `cancel_called`.
    #[must_use]
    pub fn cancel_called(&self) -> bool {
        self.shared.is_done()
    }

    /// Whether that cancelled something: Trio's `cancelled_caught`.
    #[must_use]
    pub fn cancelled_caught(&self) -> bool {
        self.shared.lock().caught
    }
}

impl fmt::Debug for CancelScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.lock();
        f.debug_struct("CancelScope")
            .field("cancelled", &state.cancelled)
            .field("running", &state.runs.len())
            .finish()
    }
}

pin_project! {
    /// The future of [`CancelScope::run`].
    #[must_use = "a cancel scope runs nothing until you `.await` it"]
    pub struct CancelScopeRun<F: Future> {
        #[pin]
        inner: Scope<F>,
        registered: Registered,
        done: bool,
    }
}

impl<F: Future> CancelScopeRun<F> {
    /// Cancels the scope when `signal` is done, if it still runs then: for tokens of `tokio-util`,
    /// signals of the system, and the like. What the signal gives is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use asyncio::{CancelScope, finally, sleep};
    /// use tokio_util::sync::CancellationToken;
    ///
    /// #[asyncio::main]
    /// async fn main() {
    ///     let token = CancellationToken::new();
    ///     let work = async {
    ///         let _guard = finally(async { println!("good-bye, awaited") });
    ///         sleep(60).await
    ///     };
    ///     token.cancel(); // or in another task, with a clone
    ///     let result = CancelScope::new().run(work).cancelled_by(token.cancelled()).await;
    ///     assert!(result.is_err());
    /// }
    /// ```
    pub fn cancelled_by<S: Awaitable<K>, K>(self, signal: S) -> CancelledBy<F, S::Future> {
        CancelledBy {
            run: self,
            signal: Some(signal.into_awaited()),
        }
    }
}

pin_project! {
    /// The future of [`CancelScopeRun::cancelled_by`].
    #[must_use = "a cancel scope runs nothing until you `.await` it"]
    pub struct CancelledBy<F: Future, S> {
        #[pin]
        run: CancelScopeRun<F>,
        // `None` once it is done.
        #[pin]
        signal: Option<S>,
    }
}

impl<F: Future, S: Future> Future for CancelledBy<F, S> {
    type Output = Result<F::Output, CancelledError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Some(signal) = this.signal.as_mut().as_pin_mut()
            && signal.poll(cx).is_ready()
        {
            this.signal.set(None);
            this.run.as_mut().project().registered.shared.cancel(None);
        }
        this.run.poll(cx)
    }
}

impl<F: Future, S> fmt::Debug for CancelledBy<F, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelledBy")
            .field("run", &self.run)
            .field("signalled", &self.signal.is_none())
            .finish()
    }
}

/// A place among those that are woken when the scope is cancelled.
struct Registered {
    shared: Arc<Shared>,
    key: Option<u64>,
}

impl Registered {
    fn new(shared: &Arc<Shared>) -> Self {
        Registered {
            shared: Arc::clone(shared),
            key: None,
        }
    }

    /// Whether the scope was cancelled; arranges for a wake-up if not.
    fn poll_cancelled(&mut self, waker: &Waker) -> bool {
        let mut state = self.shared.lock();
        if state.cancelled.is_some() {
            return true;
        }
        let key = *self.key.get_or_insert(state.next_key);
        if key == state.next_key {
            state.next_key += 1;
        }
        let old = match state.runs.iter_mut().find(|run| run.0 == key) {
            Some(run) if run.1.will_wake(waker) => None,
            Some(run) => Some(std::mem::replace(&mut run.1, own_clone(waker))),
            None => {
                state.runs.push((key, own_clone(waker)));
                None
            }
        };
        drop(state);
        drop(old);
        false
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let Some(key) = self.key else { return };
        let mut state = self.shared.lock();
        let at = state.runs.iter().position(|run| run.0 == key);
        let run = at.map(|at| state.runs.swap_remove(at));
        drop(state);
        drop(run);
    }
}

impl<F: Future> Future for CancelScopeRun<F> {
    type Output = Result<F::Output, CancelledError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        assert!(
            !*this.done,
            "a `CancelScope` was polled again after it was done"
        );
        if this.inner.as_mut().is_running() && this.registered.poll_cancelled(cx.waker()) {
            this.inner.as_mut().cancel();
        }
        let value = std::task::ready!(this.inner.poll(cx));
        *this.done = true;
        Poll::Ready(value.ok_or_else(|| {
            let mut state = this.registered.shared.lock();
            state.caught = true;
            state.cancelled.clone().unwrap_or_default()
        }))
    }
}

impl<F: Future> fmt::Debug for CancelScopeRun<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelScopeRun")
            .field("running", &self.inner.shows_running())
            .finish()
    }
}
