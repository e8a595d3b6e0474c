//! The attributes, where users find them.

/// Gives an `async fn` a time limit: `async with asyncio.timeout(2)` around its body.
///
/// ```
/// use asyncio::{sleep, timeout};
///
/// #[timeout(2s)]
/// async fn fetch(id: u32) -> Result<String, asyncio::TimeoutError> {
///     sleep(5).await;
///     Ok(format!("page {id}"))
/// }
///
/// # #[asyncio::main]
/// # async fn main() {
/// assert_eq!(fetch(1).await.unwrap_err().to_string(), "timed out after 2s");
/// # }
/// ```
///
/// # The limit
///
/// A literal with its unit (`2s`, `1.5s`, `500ms`, `100us`, `1h30m`), or any expression of a type that is
/// [`IntoDuration`](crate::IntoDuration): a constant, an argument of the function, `self.limit`. A
/// variable of a number type is in seconds; a bare literal number is refused, as it does not say so.
///
/// The time runs from the first poll of the body. It is that of [`timeout()`](fn@crate::timeout): limits
/// nest, and the error names the one that was over.
///
/// # The return type
///
/// It stays what it is. A `Result` whose error is `From<TimeoutError>` gives the time-out as its `Err`:
/// [`TimeoutError`](crate::TimeoutError) itself, `std::io::Error`, `Box<dyn Error + Send + Sync>`,
/// `anyhow::Error` and your own error, once it has that conversion. For anything else say what to return
/// instead:
///
/// ```
/// use asyncio::{sleep, timeout};
///
/// struct Cache {
///     patience: f64,
/// }
///
/// impl Cache {
///     #[timeout(self.patience, or = None)]
///     async fn get(&self, key: &str) -> Option<String> {
///         sleep(5).await;
///         Some(key.to_uppercase())
///     }
/// }
///
/// #[timeout(10ms, or = Err(format!("{name} is slow")))]
/// async fn ping(name: &str) -> Result<(), String> {
///     sleep(1).await;
///     Ok(())
/// }
///
/// # #[asyncio::main]
/// # async fn main() {
/// assert_eq!(Cache { patience: 0.01 }.get("a").await, None);
/// assert_eq!(ping("bob").await.unwrap_err(), "bob is slow");
/// # }
/// ```
///
/// `or` is evaluated after a time-out only, and may `.await`. The body owns the arguments, as that of
/// every `async fn` does, so `or` cannot use one that the body has consumed.
///
/// # Where it goes
///
/// On any function that is `async` or returns a future (`impl Future<Output = T>`,
/// `Pin<Box<dyn Future<Output = T>>>`, `BoxFuture<'_, T>`): free ones, methods, methods of traits with a
/// body, and methods under `#[async_trait]`. For a block there is `wait_for!(async { .. }, 2s).await`.
///
/// # What it expands to
///
/// ```
/// # use asyncio::sleep;
/// async fn fetch(id: u32) -> Result<String, asyncio::TimeoutError> {
///     let limit = std::time::Duration::new(2, 0);
///     let body = async move {
///         sleep(5).await;
///         Ok(format!("page {id}"))
///     };
///     match asyncio::timeout(limit, body).await {
///         Ok(value) => value,
///         Err(error) => Err(error.into()),
///     }
/// }
/// ```
///
/// # Other names of this crate
///
/// The expansion says `::asyncio`. Where the crate has another name, or is re-exported, say which:
/// `#[timeout(2s, crate = ::mylib::asyncio)]`.
///
/// # Cancellation
///
/// On a time-out the body is dropped, as `.cancel()` would, and its cleanup is awaited before the
/// function returns.
pub use asyncio_macros::timeout;

/// Runs an `async fn main` on an event loop: `asyncio.run(main())`.
///
/// ```
/// #[asyncio::main]
/// async fn main() -> Result<(), Box<dyn std::error::Error>> {
///     asyncio::sleep(0.01).await;
///     Ok(())
/// }
/// ```
///
/// It is `Runner::new().run(async { .. })` in a `fn main`: one thread, on which tasks need not be
/// `Send`.
///
/// # Options
///
/// - `flavor = "multi_thread"` runs tasks on several threads, as `tokio::main` does;
///   `flavor = "current_thread"` is the default.
/// - `worker_threads = 4` is how many, with the former.
/// - `crate = ::mylib::asyncio` is the path of this crate, where it is not `::asyncio`.
///
/// ```
/// #[asyncio::main(flavor = "multi_thread", worker_threads = 2)]
/// async fn main() {
///     asyncio::sleep(0.01).await;
/// }
/// ```
pub use asyncio_macros::main;

/// Runs an `async fn` as a test, on a virtual clock.
///
/// ```
/// #[asyncio::test]
/// async fn a_day_passes() {
///     asyncio::sleep(24 * 60 * 60).await; // takes no time
/// }
///
/// #[asyncio::test(real_time, limit = 30s)]
/// async fn talks_to_a_server() -> std::io::Result<()> {
///     Ok(())
/// }
/// # fn main() {}
/// ```
///
/// Time stands still while a task runs and jumps to the next timer when all of them wait, so sleeps and
/// time-outs are exact and take no time. `#[should_panic]`, `#[ignore]`, `#[timeout]` and a `Result` as
/// the return type work as they do elsewhere.
///
/// # Options
///
/// - `real_time` takes the real clock, for tests that do real I/O.
/// - `limit = 30s` is how long the test may take, of real time; a minute by default.
/// - `crate = ::mylib::asyncio` is the path of this crate, where it is not `::asyncio`.
#[cfg(feature = "test-util")]
pub use asyncio_macros::test;
