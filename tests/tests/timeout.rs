//! `#[timeout]`: every form of function that it can stand on, every form of limit and of return type.
#![deny(warnings)]
#![forbid(unsafe_code)]

use asyncio::{TimeoutError, sleep, timeout};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const LIMIT: Duration = Duration::from_millis(20);

#[derive(Debug, PartialEq)]
enum AppError {
    Slow(Duration),
    Parse,
}

impl From<TimeoutError> for AppError {
    fn from(error: TimeoutError) -> Self {
        AppError::Slow(error.limit())
    }
}

impl From<std::num::ParseIntError> for AppError {
    fn from(_: std::num::ParseIntError) -> Self {
        AppError::Parse
    }
}

fn assert_send<T: Send>(value: T) -> T {
    value
}

mod limits {
    use super::*;

    #[timeout(1m30s)]
    async fn literal(wait: Duration) -> Result<(), TimeoutError> {
        sleep(wait).await;
        Ok(())
    }

    #[timeout(LIMIT)]
    async fn constant() -> Result<(), TimeoutError> {
        sleep(1).await;
        Ok(())
    }

    #[timeout(limit)]
    async fn argument(limit: Duration) -> Result<(), TimeoutError> {
        sleep(1).await;
        Ok(())
    }

    #[timeout(seconds)]
    async fn number(seconds: f64) -> Result<(), TimeoutError> {
        sleep(1).await;
        Ok(())
    }

    #[timeout(limit)]
    async fn generic(limit: impl asyncio::IntoDuration) -> Result<(), TimeoutError> {
        sleep(1).await;
        Ok(())
    }

    #[timeout(LIMIT * 2 + Duration::from_millis(more))]
    async fn arithmetic(more: u64) -> Result<(), TimeoutError> {
        sleep(1).await;
        Ok(())
    }

    #[timeout(asyncio::duration!(5ms) * 2)]
    async fn nested_macro() -> Result<(), TimeoutError> {
        sleep(1).await;
        Ok(())
    }

    fn after(result: Result<(), TimeoutError>) -> Duration {
        result.expect_err("the time is over").limit()
    }

    #[tokio::test(start_paused = true)]
    async fn any_duration_is_a_limit() {
        assert_eq!(literal(SECOND * 89).await, Ok(()));
        assert_eq!(after(literal(SECOND * 91).await), SECOND * 90);
        assert_eq!(after(constant().await), LIMIT);
        assert_eq!(after(argument(LIMIT).await), LIMIT);
        assert_eq!(after(number(0.25).await), SECOND / 4);
        assert_eq!(after(generic(0.25).await), SECOND / 4);
        assert_eq!(after(generic(LIMIT).await), LIMIT);
        assert_eq!(after(arithmetic(2).await), Duration::from_millis(42));
        assert_eq!(after(nested_macro().await), Duration::from_millis(10));
    }

    #[tokio::test(start_paused = true)]
    async fn the_error_says_how_long_it_took() {
        let error = literal(SECOND * 91).await.expect_err("the time is over");
        assert_eq!(error.to_string(), "timed out after 90s");
    }
}

mod returns {
    use super::*;

    #[timeout(90s)]
    async fn own_error(text: &str) -> Result<u32, AppError> {
        let number: u32 = text.parse()?; // converts, as in a function without the attribute
        if number == 7 {
            return Ok(8);
        }
        sleep(number).await;
        Ok(number)
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_of_ones_own() {
        assert_eq!(own_error("3").await, Ok(3));
        assert_eq!(own_error("7").await, Ok(8));
        assert_eq!(own_error("x").await, Err(AppError::Parse));
        assert_eq!(own_error("100").await, Err(AppError::Slow(SECOND * 90)));
    }

    #[timeout(500ms)]
    async fn io() -> std::io::Result<()> {
        sleep(1).await;
        Ok(())
    }

    #[timeout(500ms)]
    async fn boxed(text: &str) -> Result<u32, Box<dyn std::error::Error + Send + Sync>> {
        let number = text.parse()?;
        sleep(1).await;
        Ok(number)
    }

    #[timeout(500ms)]
    async fn boxed_local() -> Result<(), Box<dyn std::error::Error>> {
        sleep(1).await;
        Ok(())
    }

    #[timeout(500ms)]
    async fn anyhow(text: &str) -> anyhow::Result<u32> {
        let number: u32 = text.parse()?;
        anyhow::ensure!(number > 0, "zero");
        sleep(1).await;
        Ok(number)
    }

    #[tokio::test(start_paused = true)]
    async fn the_usual_errors() {
        let error = io().await.expect_err("the time is over");
        assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
        let error = boxed("1").await.expect_err("the time is over");
        assert!(error.is::<TimeoutError>());
        assert!(
            boxed("x")
                .await
                .expect_err("no number")
                .is::<std::num::ParseIntError>()
        );
        assert!(
            boxed_local()
                .await
                .expect_err("the time is over")
                .is::<TimeoutError>()
        );
        let error = anyhow("1").await.expect_err("the time is over");
        assert_eq!(error.downcast_ref(), Some(&TimeoutError::new(SECOND / 2)));
        assert_eq!(anyhow("0").await.expect_err("refused").to_string(), "zero");
    }

    #[timeout(1s)]
    async fn any_error<E: From<TimeoutError>>() -> Result<(), E> {
        sleep(2).await;
        Ok(())
    }

    #[timeout(1s)]
    async fn opaque(n: u32) -> Result<impl Iterator<Item = u32> + use<>, TimeoutError> {
        Ok((0..n).map(|x| x * 2))
    }

    #[timeout(1s, or = std::iter::empty().chain(0..0))]
    async fn opaque_with_or() -> impl Iterator<Item = u32> {
        sleep(2).await;
        std::iter::empty().chain(0..2)
    }

    #[tokio::test(start_paused = true)]
    async fn generic_and_opaque_ones() {
        assert_eq!(any_error().await, Err(AppError::Slow(SECOND)));
        assert_eq!(any_error().await, Err(TimeoutError::new(SECOND)));
        assert_eq!(opaque(3).await.expect("in time").sum::<u32>(), 6);
        assert_eq!(opaque_with_or().await.count(), 0);
    }
}

mod or {
    use super::*;

    #[timeout(1s, or = None)]
    async fn option(wait: u32) -> Option<u32> {
        sleep(wait).await;
        Some(wait)
    }

    #[timeout(1s, or = 9)]
    async fn number(wait: u32) -> u32 {
        sleep(wait).await;
        wait
    }

    #[timeout(1s, or = Err(format!("{who} is slow")))]
    async fn message(who: &str, wait: u32) -> Result<(), String> {
        sleep(wait).await;
        Ok(())
    }

    #[timeout(1s, or = ())]
    async fn unit() {
        sleep(2).await;
    }

    #[timeout(1s, or = Vec::<(u8, u8)>::new(),)]
    async fn generic_value() -> Vec<(u8, u8)> {
        sleep(2).await;
        vec![(1, 2)]
    }

    #[timeout(1s, or = number(0).await + 100)]
    async fn awaits() -> u32 {
        sleep(2).await;
        1
    }

    #[timeout(1s, or = panic!("too slow"))]
    async fn never() -> ! {
        loop {
            sleep(60).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_what_a_timeout_returns() {
        assert_eq!((option(0).await, option(2).await), (Some(0), None));
        assert_eq!((number(0).await, number(2).await), (0, 9));
        assert_eq!(message("bob", 2).await, Err("bob is slow".to_owned()));
        unit().await;
        assert_eq!(generic_value().await, []);
        assert_eq!(awaits().await, 100);
    }

    #[tokio::test(start_paused = true)]
    #[should_panic(expected = "too slow")]
    async fn it_may_diverge() {
        never().await;
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_evaluated_after_a_timeout_only() {
        #[timeout(1s, or = panic!("evaluated"))]
        async fn fast() -> u32 {
            1
        }
        assert_eq!(fast().await, 1);
    }
}

mod functions {
    use super::*;

    struct Client {
        limit: Duration,
        hits: u32,
    }

    impl Client {
        #[timeout(self.limit)]
        async fn get(&self, wait: Duration) -> Result<u32, AppError> {
            sleep(wait).await;
            Ok(self.hits)
        }

        #[timeout(self.limit)]
        async fn hit(&mut self) -> Result<&mut u32, AppError> {
            self.hits += 1;
            Ok(&mut self.hits)
        }

        #[timeout(1s)]
        async fn consume(self) -> Result<Self, TimeoutError> {
            Ok(self)
        }

        #[timeout(1s)]
        async fn pinned(self: Pin<&mut Self>) -> Result<u32, TimeoutError> {
            Ok(self.hits)
        }

        #[timeout(1s)]
        async fn lifetimes<'a, 'b: 'a>(&'a self, text: &'b str) -> Result<&'b str, TimeoutError> {
            let _ = self.hits;
            Ok(text)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn methods() {
        let mut client = Client {
            limit: SECOND,
            hits: 0,
        };
        *client.hit().await.expect("in time") += 1;
        assert_eq!(client.get(SECOND / 2).await, Ok(2));
        assert_eq!(client.get(SECOND * 2).await, Err(AppError::Slow(SECOND)));
        assert_eq!(client.lifetimes("a").await, Ok("a"));
        assert_eq!(Pin::new(&mut client).pinned().await, Ok(2));
        assert_eq!(client.consume().await.map(|client| client.hits), Ok(2));
    }

    /// Documented.
    #[must_use = "it is the array"]
    #[timeout(1s)]
    #[inline]
    pub(crate) async fn generic<T, const N: usize>(
        value: T,
        make: impl Fn(T) -> [u8; N],
    ) -> Result<[u8; N], TimeoutError>
    where
        T: Clone,
    {
        Ok(make(value.clone()))
    }

    #[timeout(1s)]
    async fn patterns(
        (a, b): (u32, u32),
        mut list: Vec<u32>,
        Client { hits, .. }: Client,
        _: u8,
    ) -> Result<usize, TimeoutError> {
        list.push(a + b + hits);
        Ok(list.len())
    }

    #[timeout(1s)]
    async fn recursive(n: u32) -> Result<u32, TimeoutError> {
        if n == 0 {
            return Ok(0);
        }
        Ok(1 + Box::pin(recursive(n - 1)).await?)
    }

    #[timeout(1s)]
    async fn inner_attributes() -> Result<u32, TimeoutError> {
        #![allow(unused_variables, clippy::let_unit_value)]
        let unused = 1;
        Ok(2)
    }

    #[tokio::test(start_paused = true)]
    async fn signatures_of_all_sorts() {
        assert_eq!(generic(1u8, |x| [x; 2]).await, Ok([1, 1]));
        let client = Client {
            limit: SECOND,
            hits: 0,
        };
        assert_eq!(patterns((1, 2), vec![], client, 0).await, Ok(1));
        assert_eq!(recursive(5).await, Ok(5));
        assert_eq!(inner_attributes().await, Ok(2));
    }

    trait Service {
        async fn call(&self) -> Result<u32, TimeoutError>;

        #[timeout(1s)]
        async fn provided(&self) -> Result<u32, TimeoutError> {
            self.call().await
        }
    }

    impl Service for Client {
        #[timeout(self.limit)]
        async fn call(&self) -> Result<u32, TimeoutError> {
            sleep(2).await;
            Ok(self.hits)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn traits() {
        let mut client = Client {
            limit: SECOND * 3,
            hits: 1,
        };
        assert_eq!(Service::call(&client).await, Ok(1));
        let provided = Service::provided(&client).await;
        assert_eq!(provided, Err(TimeoutError::new(SECOND)));
        client.limit = LIMIT;
        let provided = Service::provided(&client).await;
        assert_eq!(provided, Err(TimeoutError::new(LIMIT)));
    }

    #[async_trait::async_trait]
    trait Dyn: Send + Sync {
        async fn call(&self, text: &str) -> Result<u32, AppError>;

        #[timeout(1s)]
        async fn provided(&mut self, wait: Duration) -> Result<u32, AppError> {
            sleep(wait).await;
            self.call("").await
        }

        #[timeout(1s, or = None)]
        async fn optional(&self) -> Option<u32> {
            None
        }
    }

    #[async_trait::async_trait]
    impl Dyn for Client {
        #[timeout(self.limit)]
        async fn call(&self, text: &str) -> Result<u32, AppError> {
            if text.is_empty() {
                return Ok(0);
            }
            sleep(1).await;
            Ok(self.hits + text.len() as u32)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn async_trait() {
        let mut client = Client {
            limit: SECOND / 2,
            hits: 1,
        };
        let object: &mut dyn Dyn = &mut client;
        assert_eq!(
            assert_send(object.call("x")).await,
            Err(AppError::Slow(SECOND / 2))
        );
        assert_eq!(object.call("").await, Ok(0));
        assert_eq!(object.provided(SECOND / 2).await, Ok(0));
        assert_eq!(
            object.provided(SECOND * 2).await,
            Err(AppError::Slow(SECOND))
        );
        assert_eq!(object.optional().await, None);
    }

    #[timeout(1s)]
    #[async_recursion::async_recursion]
    async fn above(n: u32) -> Result<u32, TimeoutError> {
        sleep(n).await;
        if n == 0 { Ok(0) } else { above(n - 1).await }
    }

    #[async_recursion::async_recursion]
    #[timeout(1s)]
    async fn below(n: u32) -> Result<u32, TimeoutError> {
        sleep(n).await;
        if n == 0 { Ok(0) } else { below(n - 1).await }
    }

    #[tokio::test(start_paused = true)]
    async fn above_and_below_a_macro_that_boxes() {
        assert_eq!((above(0).await, below(0).await), (Ok(0), Ok(0)));
        let late = Err(TimeoutError::new(SECOND));
        assert_eq!((above(2).await, below(2).await), (late, late));
    }
}

mod returning_a_future {
    use super::*;

    type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

    #[timeout(1s)]
    fn opaque(wait: Duration) -> impl Future<Output = Result<u32, TimeoutError>> + Send {
        async move {
            sleep(wait).await;
            Ok(1)
        }
    }

    #[timeout(1s)]
    fn prepared(list: &mut Vec<u32>, wait: u32) -> impl Future<Output = Result<usize, AppError>> {
        list.push(1);
        async move {
            sleep(wait).await;
            list.push("2".parse()?);
            Ok(list.len())
        }
    }

    #[timeout(1s)]
    fn early(ready: bool) -> Pin<Box<dyn Future<Output = Result<u32, TimeoutError>>>> {
        if ready {
            return Box::pin(std::future::ready(Ok(1)));
        }
        Box::pin(async {
            sleep(2).await;
            Ok(2)
        })
    }

    #[timeout(1s, or = 0)]
    fn named(text: &str) -> BoxFuture<'_, usize> {
        Box::pin(async move {
            sleep(text.len()).await;
            text.len()
        })
    }

    #[timeout(limit)]
    fn delegating(limit: f64) -> impl Future<Output = Result<u32, TimeoutError>> {
        opaque(SECOND / 2)
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_timed_from_its_first_poll() {
        assert_eq!(assert_send(opaque(SECOND / 2)).await, Ok(1));
        let future = opaque(SECOND / 2);
        sleep(10).await;
        assert_eq!(future.await, Ok(1));
        assert_eq!(opaque(SECOND * 2).await, Err(TimeoutError::new(SECOND)));
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_before_the_future_runs_at_once() {
        let mut list = Vec::new();
        drop(prepared(&mut list, 0));
        assert_eq!(list, [1]);
        assert_eq!(prepared(&mut list, 0).await, Ok(3));
        assert_eq!(prepared(&mut list, 2).await, Err(AppError::Slow(SECOND)));
    }

    #[tokio::test(start_paused = true)]
    async fn any_way_of_making_one() {
        assert_eq!(early(true).await, Ok(1));
        assert_eq!(early(false).await, Err(TimeoutError::new(SECOND)));
        assert_eq!((named("").await, named("abc").await), (0, 0));
        assert_eq!(delegating(0.25).await, Err(TimeoutError::new(SECOND / 4)));
        assert_eq!(delegating(0.75).await, Ok(1));
    }
}

mod transparency {
    use super::*;
    use std::cell::Cell;

    struct NotSync(Cell<u32>);

    #[timeout(1s)]
    async fn owns(value: NotSync) -> Result<u32, TimeoutError> {
        sleep(0).await;
        Ok(value.0.get())
    }

    #[timeout(1s)]
    async fn not_send(value: std::rc::Rc<u32>) -> Result<u32, TimeoutError> {
        sleep(0).await;
        Ok(*value)
    }

    #[tokio::test(start_paused = true)]
    async fn send_where_the_body_is() {
        assert_eq!(assert_send(owns(NotSync(Cell::new(1)))).await, Ok(1));
        assert_eq!(not_send(std::rc::Rc::new(1)).await, Ok(1));
    }

    #[timeout(1s)]
    async fn infers() -> Result<Vec<u32>, AppError> {
        let mut list = Vec::new();
        if list.len() > 1 {
            return Ok(Default::default());
        }
        list.extend(
            "1 2"
                .split(' ')
                .map(str::parse::<u32>)
                .collect::<Result<Vec<_>, _>>()?,
        );
        if list.is_empty() {
            Err("x".parse::<u32>().unwrap_err())?;
        }
        Ok(list.into_iter().collect())
    }

    #[timeout(1s)]
    async fn coerces(yes: bool) -> Result<Box<dyn Fn() -> u32>, TimeoutError> {
        if yes {
            return Ok(Box::new(|| 1));
        }
        Ok(Box::new(|| 2))
    }

    #[tokio::test(start_paused = true)]
    async fn the_body_infers_as_without_it() {
        assert_eq!(infers().await, Ok(vec![1, 2]));
        assert_eq!(coerces(true).await.expect("in time")(), 1);
        assert_eq!(coerces(false).await.expect("in time")(), 2);
    }

    #[timeout(2s)]
    async fn outer(inner_limit: Duration) -> Result<u32, TimeoutError> {
        #[timeout(limit)]
        async fn inner(limit: Duration) -> Result<u32, TimeoutError> {
            sleep(5).await;
            Ok(1)
        }
        inner(inner_limit).await
    }

    #[tokio::test(start_paused = true)]
    async fn of_nested_limits_the_earlier_one_wins() {
        assert_eq!(outer(SECOND).await, Err(TimeoutError::new(SECOND)));
        assert_eq!(outer(SECOND * 3).await, Err(TimeoutError::new(SECOND * 2)));
    }

    #[tokio::test(start_paused = true)]
    async fn the_body_is_dropped_on_a_timeout() {
        struct Guard<'a>(&'a Cell<bool>);
        impl Drop for Guard<'_> {
            fn drop(&mut self) {
                self.0.set(true);
            }
        }
        #[timeout(1s)]
        async fn holds(dropped: &Cell<bool>) -> Result<(), TimeoutError> {
            let _guard = Guard(dropped);
            sleep(5).await;
            Ok(())
        }
        let dropped = Cell::new(false);
        assert!(holds(&dropped).await.is_err());
        assert!(dropped.get());
    }

    async fn bare(buffer: [u8; 1024]) -> Result<u8, TimeoutError> {
        sleep(0).await;
        Ok(buffer[0])
    }

    #[timeout(1s)]
    async fn limited(buffer: [u8; 1024]) -> Result<u8, TimeoutError> {
        sleep(0).await;
        Ok(buffer[0])
    }

    #[tokio::test(start_paused = true)]
    async fn the_future_does_not_hold_its_body_twice() {
        let (bare, limited) = (bare([0; 1024]), limited([0; 1024]));
        assert!(size_of_val(&limited) < size_of_val(&bare) + 1024);
        assert_eq!((bare.await, limited.await), (Ok(0), Ok(0)));
    }
}
