//! `staggered_race`: `Lib/asyncio/staggered.py`, the core of happy eyeballs.

use crate::combine::Phase;
use crate::events::Timer;
use crate::graph;
use crate::scope::{Drain, Tag, in_branch};
use crate::{Awaitable, IntoDuration};
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// Tries one thing after the other, the next one before the last has failed: `asyncio.staggered.staggered_race`.
///
/// The first attempt starts at once. The next one starts when the latest has failed, or when it has
/// taken `delay`, a `Duration` or a number of seconds; those that run go on meanwhile
/// (`Duration::MAX`: only after a failure; asyncio's `None`). The first to succeed wins; the others are
/// dropped, and their cleanup is awaited. The attempts run in place, and need neither be `'static` nor
/// `Send`. Each that runs is polled at every wake-up: it is for a handful.
///
/// asyncio gives the winner's index and the errors of the others as well: have the attempt return
/// what is wanted.
///
/// # Errors
///
/// If all fail: their errors, in the order of the attempts.
///
/// # Cancellation
///
/// Dropping it drops all attempts.
///
/// # Panics
///
/// If the delay is NaN. A panic of an attempt goes on in whoever awaits this. Outside of a Tokio runtime
/// when an attempt has to wait for its start.
///
/// # Examples
///
/// ```
/// use asyncio::{sleep, staggered_race};
///
/// async fn connect(address: &str) -> Result<String, String> {
///     sleep(if address == "fast" { 0.01 } else { 60.0 }).await;
///     Ok(format!("connected to {address}"))
/// }
///
/// #[asyncio::main]
/// async fn main() {
///     let connected = staggered_race(["slow", "fast", "unused"].map(connect), 0.02).await;
///     assert_eq!(connected.unwrap(), "connected to fast");
/// }
/// ```
#[track_caller]
pub fn staggered_race<F: Awaitable<K, Output = Result<T, E>>, T, E, K>(
    attempts: impl IntoIterator<Item = F>,
    delay: impl IntoDuration,
) -> StaggeredRace<F::Future, T, E> {
    let attempts = attempts.into_iter();
    let attempts: Vec<_> = attempts
        .map(|attempt| Attempt::Running(Box::pin(attempt.into_awaited())))
        .collect();
    StaggeredRace {
        attempts,
        started: 0,
        delay: delay.into_duration(),
        timer: None,
        phase: Phase::Open,
        outcome: None,
        drain: Drain::new(),
        tag: Tag::new(),
    }
}

pin_project! {
    /// The future of [`staggered_race`].
    #[must_use = "it does nothing until you `.await` it"]
    pub struct StaggeredRace<F, T, E> {
        attempts: Vec<Attempt<F, E>>,
        // How many of them were started.
        started: usize,
        delay: Duration,
        // Until the next one starts.
        timer: Option<Timer>,
        phase: Phase,
        // Kept while the losers clean up.
        outcome: Option<T>,
        drain: Drain,
        tag: Tag,
    }

    impl<F, T, E> PinnedDrop for StaggeredRace<F, T, E> {
        fn drop(this: Pin<&mut Self>) {
            if this.phase != Phase::Done {
                let this = this.project();
                clear(this.attempts, this.tag);
            }
        }
    }
}

/// It runs if it was started.
enum Attempt<F, E> {
    Running(Pin<Box<F>>),
    Failed(E),
    /// It won, or was dropped.
    Gone,
}

impl<F, E> Attempt<F, E> {
    fn drop_running(&mut self) {
        if let Attempt::Running(_) = self {
            *self = Attempt::Gone;
        }
    }
}

/// Drops the attempts, each on its own account.
fn clear<F, E>(attempts: &mut [Attempt<F, E>], tag: &mut Tag) {
    for (index, attempt) in attempts.iter_mut().enumerate() {
        in_branch(tag, index, || attempt.drop_running());
    }
}

impl<F, T, E> StaggeredRace<F, T, E>
where
    F: Future<Output = Result<T, E>>,
{
    /// Polls those that run, and starts the next one if it is time to.
    fn poll_attempts(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, Vec<E>>> {
        let mut is_next_due = self.started == 0;
        loop {
            let this = self.as_mut().project();
            if is_next_due && *this.started < this.attempts.len() {
                *this.started += 1;
                *this.timer = timer(*this.delay, this.attempts.len() - *this.started);
            }
            let started = &mut this.attempts[..*this.started];
            let latest_failed = match poll_each(started, this.tag, cx) {
                Some(Ok(value)) => return Poll::Ready(Ok(value)),
                Some(Err(LatestFailed)) => true,
                None => false,
            };
            if *this.started == this.attempts.len() {
                return match errors(this.attempts) {
                    Some(errors) => Poll::Ready(Err(errors)),
                    None => Poll::Pending,
                };
            }
            is_next_due = latest_failed
                || match this.timer {
                    Some(timer) => graph::timer_beside(timer, cx).is_ready(),
                    None => false,
                };
            if !is_next_due {
                return Poll::Pending;
            }
        }
    }
}

/// The latest of those that were started has failed.
struct LatestFailed;

/// Until the next attempt, if there is one and it does not wait for ever.
fn timer(delay: Duration, left: usize) -> Option<Timer> {
    (left > 0 && delay != Duration::MAX).then(|| Timer::after(delay))
}

/// Polls the attempts that run; gives the value of the first that succeeds.
fn poll_each<F, T, E>(
    attempts: &mut [Attempt<F, E>],
    tag: &mut Tag,
    cx: &mut Context<'_>,
) -> Option<Result<T, LatestFailed>>
where
    F: Future<Output = Result<T, E>>,
{
    let count = attempts.len();
    let mut latest_failed = false;
    for (index, attempt) in attempts.iter_mut().enumerate() {
        let Attempt::Running(future) = attempt else {
            continue;
        };
        match in_branch(tag, index, || future.as_mut().poll(cx)) {
            Poll::Pending => {}
            Poll::Ready(Ok(value)) => return Some(Ok(value)),
            Poll::Ready(Err(error)) => {
                in_branch(tag, index, || *attempt = Attempt::Failed(error));
                latest_failed = index + 1 == count;
            }
        }
    }
    latest_failed.then_some(Err(LatestFailed))
}

/// The errors of all, if all have failed.
fn errors<F, E>(attempts: &mut Vec<Attempt<F, E>>) -> Option<Vec<E>> {
    let failed = |attempt: &Attempt<F, E>| matches!(attempt, Attempt::Failed(_));
    attempts.iter().all(failed).then(|| {
        let errors = attempts.drain(..).filter_map(|attempt| match attempt {
            Attempt::Failed(error) => Some(error),
            _ => None,
        });
        errors.collect()
    })
}

impl<F, T, E> Future for StaggeredRace<F, T, E>
where
    F: Future<Output = Result<T, E>>,
{
    type Output = Result<T, Vec<E>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let phase = self.as_mut().project().phase;
        if phase.enter("a staggered race") == Phase::Open {
            let polled = self.as_mut().poll_attempts(cx);
            let this = self.as_mut().project();
            match polled {
                Poll::Pending => {
                    *this.phase = Phase::Open;
                    return Poll::Pending;
                }
                Poll::Ready(Err(errors)) => {
                    *this.phase = Phase::Done;
                    return Poll::Ready(Err(errors));
                }
                Poll::Ready(Ok(value)) => {
                    *this.phase = Phase::Cleanup;
                    *this.outcome = Some(value);
                    *this.timer = None;
                    this.drain.collect(|| clear(this.attempts, this.tag));
                }
            }
        }
        let this = self.project();
        ready!(this.drain.poll(cx));
        *this.phase = Phase::Done;
        let value = this.outcome.take();
        Poll::Ready(Ok(value.expect("a race that is won has its value")))
    }
}

impl<F, T, E> fmt::Debug for StaggeredRace<F, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaggeredRace")
            .field("phase", &self.phase)
            .field("attempts", &self.attempts.len())
            .field("started", &self.started)
            .field("delay", &self.delay)
            .finish_non_exhaustive()
    }
}
