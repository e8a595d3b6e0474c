//! The function-like macros: each passes the path of this crate on to its procedural macro, so that
//! they work under any name and through any re-export.

/// Runs futures side by side and gives all their results: `asyncio.gather`.
///
/// It is a future: nothing runs before `.await`. The branches run in place, inside the task that
/// awaits, in the order of the arguments, so they may borrow and need be neither `Send` nor
/// `'static`; for branches that run on their own, give it [tasks](crate::create_task). There may be
/// any number of them, and only those that have been woken are polled.
///
/// | form | gives |
/// |---|---|
/// | `gather!(a(), b())` | `(A, B)`, or `Result<(A, B), E>` if some branch gives a `Result<_, E>` |
/// | `gather!(..iter)` | `Vec<T>`, or `Result<Vec<T>, E>`, in the order of the iterator |
/// | `gather!(a(), ..iter)` | `(A, Vec<T>)`, or a `Result` of that |
/// | `gather!(Page { user: a(), posts: ..iter })` | a `Page`, a struct of yours, or a `Result` of that |
/// | `gather!(user = a(), posts = b())` | a struct with the fields `user` and `posts`, or a `Result` of that |
/// | `gather!()` | `()` |
///
/// Options come after the branches:
///
/// | option | |
/// |---|---|
/// | `limit = n` | at most `n` futures of each `..iter` run at a time |
/// | `return_exceptions = true` | every outcome is a result, errors too, and nothing ends early |
/// | `error = E` | branches may fail with different errors, which are all converted into `E` by [`From`] |
///
/// # Examples
///
/// ```
/// use asyncio::{gather, sleep};
///
/// async fn fetch(n: u32) -> u32 {
///     sleep(0.001).await;
///     n
/// }
///
/// async fn parse(text: &str) -> Result<u32, std::num::ParseIntError> {
///     text.parse()
/// }
///
/// struct Page {
///     user: u32,
///     posts: Vec<u32>,
/// }
///
/// # #[asyncio::main]
/// # async fn main() -> Result<(), std::num::ParseIntError> {
/// let (a, b) = gather!(fetch(1), fetch(2)).await;
/// assert_eq!((a, b), (1, 2));
///
/// let (a, b) = gather!(parse("1"), fetch(2)).await?; // the first error ends it
/// assert_eq!((a, b), (1, 2));
///
/// let all = gather!(..(0..20).map(fetch), limit = 10).await;
/// assert_eq!(all.len(), 20);
///
/// let Page { user, posts } = gather!(Page { user: parse("7"), posts: ..[fetch(1), fetch(2)] }).await?;
/// assert_eq!((user, posts), (7, vec![1, 2]));
///
/// let page = gather!(user = fetch(7), posts = fetch(8)).await;
/// assert_eq!((page.user, page.posts), (7, 8));
///
/// let (good, bad) = gather!(parse("1"), parse("x"), return_exceptions = true).await;
/// assert!(good.is_ok() && bad.is_err());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// The first error, by time, of any branch. The other futures are dropped then, and the cleanup that
/// they [hand over](crate::finally) is awaited before the error is returned. The errors of all
/// branches are of one type, unless `error` or `return_exceptions` is given:
///
/// ```
/// use asyncio::gather;
///
/// #[derive(Debug)]
/// enum AppError {
///     Io(std::io::Error),
///     Number(std::num::ParseIntError),
/// }
/// # impl From<std::io::Error> for AppError {
/// #     fn from(error: std::io::Error) -> Self {
/// #         AppError::Io(error)
/// #     }
/// # }
/// # impl From<std::num::ParseIntError> for AppError {
/// #     fn from(error: std::num::ParseIntError) -> Self {
/// #         AppError::Number(error)
/// #     }
/// # }
///
/// # #[asyncio::main]
/// # async fn main() {
/// let read = async { Ok::<_, std::io::Error>(String::from("1")) };
/// let parsed = async { "x".parse::<u32>() };
/// let error = gather!(read, parsed, error = AppError).await.unwrap_err();
/// assert!(matches!(error, AppError::Number(_)));
/// # }
/// ```
///
/// Whether a branch gives a `Result` is decided where the macro is written: in generic code, an output
/// of type `T` is a plain one, whatever `T` turns out to be. An `Option` is nothing special.
///
/// # Tasks
///
/// A [`Task`](crate::Task) is a branch as well, owned or as `&mut task`. It can be cancelled, so a
/// `Task<T>` counts as a `Result<T, CancelledError>`, or takes the error of the other branches if that
/// is `From<CancelledError>`. A `Task<Result<T, E>>` counts as a `Result<T, E>` if `E` is
/// `From<CancelledError>`. After an error, tasks run on, as they do in asyncio.
///
/// ```
/// use asyncio::{CancelledError, create_task, gather};
///
/// # #[asyncio::main]
/// # async fn main() {
/// let both: Result<(u32, u32), CancelledError> = gather!(create_task(async { 1 }), async { 2 }).await;
/// assert_eq!(both, Ok((1, 2)));
/// # }
/// ```
///
/// # Cancellation
///
/// Dropping the future drops its branches. Tasks that it owns are detached.
///
/// # Panics
///
/// A panic of a branch goes through to whoever awaits; the other branches are dropped. A `limit` of zero
/// panics.
///
/// # What it is by hand
///
/// `gather!(a(), b())` finds out what each branch is by method resolution, puts the branches into a
/// tuple, and joins that: [`futures::Join2`](crate::futures::Join2) is the future inside. More than
/// 32 branches are a tree of tuples. A struct literal as the only branch is the struct to gather into;
/// in parentheses, `gather!((MyFuture { .. }))`, it is a branch. A branch with the name of an option is
/// written `r#limit = ..`.
#[macro_export]
macro_rules! gather {
    ($($arguments:tt)*) => { $crate::__private::macros::gather! { [$crate] $($arguments)* } };
}

/// A [`Duration`](std::time::Duration) literal, usable wherever a constant is.
///
/// The units are `d`, `h`, `m` (minutes), `s`, `ms`, `us` (or `µs`) and `ns`, from large to small; the
/// last part may have a fraction. Functions of this crate also take a plain number of seconds.
///
/// # Examples
///
/// ```
/// use asyncio::duration;
/// use std::time::Duration;
///
/// const LIMIT: Duration = duration!(1h30m);
///
/// assert_eq!(LIMIT, Duration::from_secs(5400));
/// assert_eq!(duration!(1.5s), Duration::from_millis(1500));
/// assert_eq!(duration!(100µs), duration!(100us));
/// ```
#[macro_export]
macro_rules! duration {
    ($($arguments:tt)*) => { $crate::__private::macros::duration! { [$crate] $($arguments)* } };
}

/// [`sleep`](fn@crate::sleep) with a duration literal: `asyncio.sleep`.
///
/// Takes what [`duration!`](crate::duration!) takes, or an expression that is
/// [`IntoDuration`](crate::IntoDuration).
///
/// # Examples
///
/// ```
/// use asyncio::sleep;
///
/// # #[asyncio::main]
/// # async fn main() {
/// sleep!(10ms).await; // expands to `sleep(Duration::new(0, 10_000_000))`
/// # }
/// ```
#[cfg(feature = "tokio")]
#[macro_export]
macro_rules! sleep {
    ($($arguments:tt)*) => { $crate::__private::macros::sleep! { [$crate] $($arguments)* } };
}

/// [`wait_for`](fn@crate::wait_for) with a duration literal: `asyncio.wait_for`.
///
/// The limit is what [`duration!`](crate::duration!) takes, or an expression that is
/// [`IntoDuration`](crate::IntoDuration). For the body of a whole function there is
/// [`#[timeout]`](macro@crate::timeout).
///
/// # Examples
///
/// ```
/// use asyncio::{sleep, wait_for};
///
/// # #[asyncio::main]
/// # async fn main() {
/// let late = wait_for!(sleep(60), 10ms).await;
/// assert_eq!(late.unwrap_err().to_string(), "timed out after 10ms");
///
/// let patience = 2.5; // seconds
/// assert_eq!(wait_for!(async { 1 }, patience).await, Ok(1));
/// # }
/// ```
#[cfg(feature = "tokio")]
#[macro_export]
macro_rules! wait_for {
    ($($arguments:tt)*) => { $crate::__private::macros::wait_for! { [$crate] $($arguments)* } };
}

/// Waits for the first of several tasks, or races futures:
/// `asyncio.wait(.., return_when=FIRST_COMPLETED)`.
///
/// # The value form: tasks, and the losers run on
///
/// ```
/// use asyncio::{create_task, sleep, wait_first};
///
/// async fn job(n: u64) -> u64 {
///     sleep(0.001 * n as f64).await;
///     n
/// }
///
/// # #[asyncio::main]
/// # async fn main() {
/// let (one, two) = (create_task(job(1)), create_task(job(20)));
/// let (done, pending) = wait_first!(one, two).await;
/// assert_eq!(done, (Some(Ok(1)), None));
/// assert_eq!(pending.await, (None, Some(Ok(20)))); // all the rest
///
/// let (up, down) = (create_task(job(1)), create_task(job(20)));
/// let (done, mut pending) = wait_first!(up = up, down = down, timeout = 2s).await;
/// assert_eq!(done.up, Some(Ok(1)));
/// let down = pending.down.take(); // a task of its own again
/// assert_eq!(down.unwrap().await, Ok(20));
///
/// let mut tasks: Vec<_> = [3, 1, 2].map(|n| create_task(job(10 * n))).into();
/// let mut seen = Vec::new();
/// while !tasks.is_empty() {
///     let (done, pending) = wait_first!(..tasks).await; // two sets of tasks, as in asyncio
///     for task in done {
///         seen.push(task.await.unwrap());
///     }
///     tasks = pending;
/// }
/// assert_eq!(seen, [10, 20, 30]);
/// # }
/// ```
///
/// It is a future that gives `(done, pending)`. `done` has an `Option` for each task, with what
/// awaiting the task gives: a `Result<T, CancelledError>`, or for a `Task<Result<T, E>>` a
/// `Result<T, E>` if `E` is `From<CancelledError>`. Tasks that are done at the same time are reported
/// together. `pending` has an `Option` for each task, too, as fields: `pending.0`, `pending.down`.
/// `.await` it for all the rest, wait again with `wait_first!(..pending)`, `.cancel()` it, ask
/// whether it `.is_empty()`, or take a task out of it. Dropping it detaches the tasks, as dropping any
/// [`Task`](crate::Task) does. With `&mut task` a task stays where it is.
///
/// With a `timeout`, a duration literal or anything that is [`IntoDuration`](crate::IntoDuration),
/// `done` is empty when it is over; nothing is cancelled. A timeout of zero lets tasks run that are
/// ready to.
///
/// A plain future is refused: its losers would be kept without being polled, and whatever lock they hold
/// would be stuck.
///
/// # The chain form: futures, and the losers are dropped
///
/// ```
/// use asyncio::{sleep, wait_first};
///
/// async fn receive() -> Option<u32> {
///     Some(7)
/// }
///
/// # #[asyncio::main]
/// # async fn main() {
/// let enabled = true;
/// let answer = wait_first!(if let Some(message) = receive() {
///     message
/// } else if enabled && let _ = sleep(1) {
///     0 // too late
/// } else {
///     1 // `receive` gave `None`
/// });
/// assert_eq!(answer, 7);
/// # }
/// ```
///
/// It awaits by itself and gives the value of the block that ran. The first future to finish decides.
/// The others are dropped, and the cleanup that they [hand over](crate::finally) is awaited; then the
/// block runs. The blocks belong to the surrounding function: `?`, `return`, `break`, `continue` and
/// `.await` in them are its own.
///
/// If the value does not match its pattern, or a test after it is false, `else` runs at once. (Tokio's
/// `select!` would drop the value and wait on.) Without `else`, a pattern that can fail is a compile
/// error. A condition before `let` that is false switches the branch off: its future is not even
/// created. If all are off, `else` runs.
///
/// In a loop, a future that is written in the chain starts anew in each turn. One that is to go on from
/// turn to turn is a task, or pinned outside and raced as `future.as_mut()`; where another block
/// awaits, that is warned of, since the future is not polled meanwhile (`#[allow(deprecated)]` on the
/// statement says that this is meant).
///
/// # Fairness
///
/// Branches are polled in the order written, and of two that are ready the first wins. In a loop that
/// races again and again this starves nobody for ever: now and then a race begins at another branch,
/// and where Tokio's budget of the task is used up, the race goes on at the branch after that.
///
/// # Cancellation
///
/// Dropping the value form leaves its tasks running. Dropping the surrounding function drops all branches
/// of the chain form.
///
/// # Panics
///
/// A panic of a task that is done, or of a branch, goes through to whoever awaits. The value form panics
/// without anything to wait for, where asyncio raises a `ValueError`.
#[macro_export]
macro_rules! wait_first {
    ($($arguments:tt)*) => { $crate::__private::macros::wait_first! { [$crate] $($arguments)* } };
}
