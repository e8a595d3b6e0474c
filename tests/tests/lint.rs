//! The warnings about blocking calls are silent where they should be: this compiles without one.
#![deny(warnings)]
// clippy sees the guards too, which are the subject here.
#![allow(clippy::await_holding_lock)]

use asyncio::{create_task, gather, sleep, timeout, wait_first, wait_for};
use std::process::Command;
use std::sync::{Mutex, RwLock};
use std::time::Duration;
use std::{fs, thread};

async fn to_thread<T>(work: impl FnOnce() -> T) -> T {
    work()
}

fn run(work: impl FnOnce()) {
    work();
}

#[timeout(2s, or = ())]
async fn closures_run_wherever_they_are_called() {
    run(|| thread::sleep(Duration::ZERO));
    to_thread(|| fs::read("x")).await.ok();
    tokio::task::spawn_blocking(|| thread::sleep(Duration::ZERO))
        .await
        .ok();
    to_thread(move || {
        let _ = std::net::TcpStream::connect("");
    })
    .await;
}

#[timeout(2s, or = ())]
async fn items_are_not_part_of_the_body() {
    fn blocks() {
        thread::sleep(Duration::ZERO);
    }
    run(blocks);
}

#[timeout(2s, or = ())]
async fn other_crates_have_functions_of_the_same_names() {
    mod fs {
        pub(super) async fn read(_: &str) {}
    }
    fs::read("x").await;
    tokio::fs::read("x").await.ok();
    let later = tokio::fs::read("x");
    later.await.ok();
    tokio::net::TcpListener::bind("").await.ok();
    tokio::process::Command::new("true")
        .arg("-")
        .output()
        .await
        .ok();
    let _ = wait_for!(fs::read("x"), 1s).await;
    let _ = wait_for!(tokio::process::Command::new("true").output(), 1s).await;
    gather!(fs::read("x"), fs::read("y")).await;
    gather!(..[fs::read("x"), fs::read("y")]).await;
    gather!(create_task(fs::read("x")), Box::pin(fs::read("y")))
        .await
        .ok();
    wait_first!(if let _ = fs::read("x") {
        #[expect(deprecated)]
        thread::sleep(Duration::ZERO);
    } else if let _ = fs::read("y") {
        let _ = fs::read("z").await;
    });
}

#[timeout(2s, or = ())]
async fn what_does_not_wait_is_not_blocking() {
    let _ = Command::new("true").arg("-");
    let _ = std::io::IsTerminal::is_terminal(&std::io::stdin());
    let _ = std::io::read_to_string(&b"in memory"[..]);
}

#[timeout(2s, or = ())]
async fn allowed_on_the_statement() {
    #[allow(deprecated)]
    thread::sleep(Duration::ZERO);
    #[allow(deprecated)]
    let _ = fs::read("x").is_ok();
    #[allow(deprecated)]
    {
        thread::sleep(Duration::ZERO);
    }
    match std::env::args().len() {
        #[allow(deprecated)]
        1 => thread::sleep(Duration::ZERO),
        2 => sleep(0).await,
        _ => {}
    }
    #[allow(deprecated)]
    let _ = wait_for!(std::future::ready(fs::read("x")), 1s).await;
}

#[timeout(2s, or = ())]
async fn expected_on_the_statement() {
    #[expect(deprecated)]
    thread::sleep(Duration::ZERO);
    if true {
        #[expect(deprecated)]
        let _ = fs::read("x").is_ok();
    }
    let shared = Mutex::new(1);
    #[expect(deprecated)]
    let guard = shared.lock().unwrap();
    sleep(0).await;
    drop(guard);
}

#[timeout(2s, or = ())]
#[allow(deprecated)]
async fn allowed_on_the_function() {
    thread::sleep(Duration::ZERO);
}

#[expect(deprecated)]
#[timeout(2s, or = ())]
async fn expected_on_the_function() {
    thread::sleep(Duration::ZERO);
}

#[timeout(2s, or = 0)]
async fn a_guard_that_is_dropped_first() -> i32 {
    let shared = Mutex::new(1);
    let guard = shared.lock().unwrap();
    let before = *guard;
    drop(guard);
    sleep(0).await;
    {
        let mut guard = shared.lock().unwrap();
        *guard += 1;
    }
    sleep(0).await;
    let value = *shared.lock().unwrap();
    let list = RwLock::new(vec![value]);
    let copy = list.read().unwrap().clone();
    sleep(0).await;
    let last = shared.lock().unwrap();
    let _later = async { sleep(0).await };
    before + *last + copy[0]
}

#[timeout(2s, or = ())]
async fn an_asynchronous_lock() {
    let shared = asyncio::Lock::new(1);
    let guard = shared.acquire().await;
    sleep(0).await;
    drop(guard);
}

#[timeout(2s, or = ())]
async fn limits_that_can_be_reached() {
    let long = Duration::from_secs(5);
    let _ = wait_for!(sleep(0), 2s).await;
    let _ = wait_for!(sleep(0), 1999ms).await;
    let _ = wait_for!(sleep(0), long).await;
    let _ = wait_for!(wait_for!(sleep(0), 1s), 2s).await;
    let _ = asyncio::timeout(1.5, sleep(0)).await;
}

/// A function that counts in something else.
async fn timeout_in_milliseconds(limit: u32) {
    sleep(f64::from(limit) / 1000.0).await;
}

#[timeout(2s, or = ())]
async fn limits_of_what_goes_on_without_it() {
    use timeout_in_milliseconds as timeout;

    timeout(5).await;
    create_task(async { wait_for!(sleep(0), 5s).await })
        .await
        .ok();
    asyncio::shield(create_task(asyncio::wait_for(sleep(0), 5)))
        .await
        .ok();
    let _cleanup = asyncio::finally(async {
        let _ = wait_for!(sleep(0), 5s).await;
    });
    async fn nested() {
        let _ = wait_for!(sleep(0), 5s).await;
    }
    run(|| drop(wait_for!(sleep(0), 5s)));
    create_task(nested()).await.ok();
}

#[timeout(2s, or = ())]
async fn a_longer_limit_on_purpose() {
    #[expect(deprecated)]
    let _ = wait_for!(sleep(0), 5s).await;
    #[allow(deprecated)]
    let _ = wait_for!(wait_for!(sleep(0), 1s), 500ms).await;
}

#[timeout(2s, or = ())]
#[expect(deprecated)]
async fn a_longer_limit_on_purpose_in_a_function() {
    let _ = wait_for!(sleep(0), 5s).await;
}

#[asyncio::test(real_time)]
async fn they_all_run() {
    closures_run_wherever_they_are_called().await;
    items_are_not_part_of_the_body().await;
    other_crates_have_functions_of_the_same_names().await;
    what_does_not_wait_is_not_blocking().await;
    allowed_on_the_statement().await;
    expected_on_the_statement().await;
    allowed_on_the_function().await;
    expected_on_the_function().await;
    assert_eq!(a_guard_that_is_dropped_first().await, 5);
    an_asynchronous_lock().await;
    limits_that_can_be_reached().await;
    limits_of_what_goes_on_without_it().await;
    a_longer_limit_on_purpose().await;
    a_longer_limit_on_purpose_in_a_function().await;
}
