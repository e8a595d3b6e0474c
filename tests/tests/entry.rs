//! `#[asyncio::main]` and `#[asyncio::test]`.
#![deny(warnings)]
#![forbid(unsafe_code)]

use asyncio::{TimeoutError, sleep, timeout};
use std::rc::Rc;
use std::time::{Duration, Instant};

#[asyncio::main]
async fn answer() -> u32 {
    let shared = Rc::new(42); // one thread: nothing has to be `Send`
    sleep(0.001).await;
    *shared
}

#[asyncio::main]
async fn with_arguments(
    text: &str,
    mut list: Vec<u32>,
) -> Result<Vec<u32>, std::num::ParseIntError> {
    list.push(text.parse()?);
    sleep(0.001).await;
    Ok(list)
}

#[asyncio::main(flavor = "multi_thread", worker_threads = 2)]
async fn on_two_threads() -> usize {
    tokio::runtime::Handle::current().metrics().num_workers()
}

const THREADS: usize = 3;

#[asyncio::main(worker_threads = THREADS, flavor = "multi_thread")]
async fn on_three_threads() -> usize {
    tokio::runtime::Handle::current().metrics().num_workers()
}

#[asyncio::main(flavor = "current_thread")]
async fn on_one_thread() -> tokio::runtime::RuntimeFlavor {
    tokio::runtime::Handle::current().runtime_flavor()
}

#[asyncio::main(crate = ::asyncio)]
#[timeout(10ms)]
async fn timeout_below() -> Result<(), TimeoutError> {
    sleep(60).await;
    Ok(())
}

#[timeout(10ms)]
#[asyncio::main]
async fn timeout_above() -> Result<(), TimeoutError> {
    sleep(60).await;
    Ok(())
}

#[asyncio::main]
async fn never() -> ! {
    panic!("it does not return")
}

#[asyncio::main]
async fn opaque() -> impl Iterator<Item = u32> {
    0..3
}

mod main {
    use super::*;

    #[test]
    fn it_runs_the_body() {
        assert_eq!(answer(), 42);
        assert_eq!(with_arguments("3", vec![1]), Ok(vec![1, 3]));
        assert!(with_arguments("x", vec![]).is_err());
        assert_eq!(opaque().count(), 3);
    }

    #[test]
    fn it_has_the_threads_that_were_asked_for() {
        assert_eq!(
            on_one_thread(),
            tokio::runtime::RuntimeFlavor::CurrentThread
        );
        assert_eq!(on_two_threads(), 2);
        assert_eq!(on_three_threads(), 3);
    }

    #[test]
    fn a_timeout_on_either_side() {
        assert!(timeout_below().is_err());
        assert!(timeout_above().is_err());
    }

    #[test]
    #[should_panic(expected = "it does not return")]
    fn it_may_never_return() {
        never();
    }
}

mod test {
    use super::*;

    #[asyncio::test]
    async fn time_is_virtual() {
        let (real, virtual_) = (Instant::now(), tokio::time::Instant::now());
        sleep(24 * 60 * 60).await;
        assert_eq!(virtual_.elapsed(), Duration::from_secs(24 * 60 * 60));
        assert!(real.elapsed() < Duration::from_secs(60));
    }

    #[asyncio::test(real_time)]
    async fn time_is_real() {
        let start = Instant::now();
        sleep(0.01).await;
        assert!(start.elapsed() >= Duration::from_millis(10));
    }

    #[asyncio::test(real_time = false, limit = 30s)]
    async fn options() {
        sleep(3600).await;
    }

    #[asyncio::test(real_time, limit = 10ms)]
    #[should_panic(expected = "longer than its limit of 10ms")]
    async fn a_test_has_a_limit() {
        sleep(60).await;
    }

    const LIMIT: f64 = 0.01;

    #[should_panic(expected = "longer than its limit of 10ms")]
    #[asyncio::test(real_time, limit = LIMIT)]
    async fn the_limit_may_be_an_expression() {
        sleep(60).await;
    }

    #[asyncio::test]
    async fn a_result() -> Result<(), Box<dyn std::error::Error>> {
        let number: u32 = "1".parse()?;
        assert_eq!(number, 1);
        Ok(())
    }

    #[asyncio::test]
    #[should_panic(expected = "on purpose")]
    async fn a_panic() {
        sleep(1).await;
        panic!("on purpose");
    }

    #[asyncio::test]
    #[ignore = "to see that it can be"]
    async fn ignored() {
        unreachable!("it is not run");
    }

    #[asyncio::test]
    #[should_panic(expected = "deadlock")]
    async fn a_deadlock_is_reported() {
        std::future::pending::<()>().await;
    }

    #[asyncio::test]
    #[timeout(1s)]
    async fn timeout_below() -> Result<(), TimeoutError> {
        sleep(0.5).await;
        Ok(())
    }

    #[timeout(1s)]
    #[asyncio::test]
    async fn timeout_above() -> Result<(), TimeoutError> {
        sleep(0.5).await;
        Ok(())
    }

    #[asyncio::test(limit = 10s)]
    #[asyncio::timeout(1s, or = panic!("too slow"))]
    #[should_panic(expected = "too slow")]
    async fn timeout_by_its_path() {
        sleep(2).await;
    }
}
