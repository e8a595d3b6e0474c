//! Every macro in its common forms. The crates beside this file compile it, each in another edition.

use asyncio::TimeoutError;
use asyncio::{create_task, duration, gather, sleep, task_group, timeout, wait_first, wait_for};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

pub(crate) const LIMIT: Duration = duration!(1m30s);

pub(crate) type Outcome = Result<u32, std::io::Error>;

pub(crate) async fn plain(number: u32) -> u32 {
    number
}

pub(crate) async fn fallible(number: u32) -> Outcome {
    Ok(number)
}

pub(crate) struct Client {
    pub(crate) limit: Duration,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Page {
    user: u32,
    posts: Vec<u32>,
}

impl Client {
    #[timeout(self.limit)]
    pub(crate) async fn get(&mut self, wait: f64) -> Outcome {
        let text = String::from("1");
        sleep(wait).await;
        if text.is_empty() {
            return Ok(0);
        }
        Ok(text.parse().unwrap_or(2))
    }
}

#[timeout(2s, or = None)]
pub(crate) async fn optional<T: Clone>(value: &T) -> Option<T> {
    sleep!(5s).await;
    Some(value.clone())
}

#[timeout(LIMIT)]
pub(crate) fn boxed(wait: u32) -> Pin<Box<dyn Future<Output = Outcome> + Send>> {
    Box::pin(async move {
        sleep(wait).await;
        fallible(wait).await
    })
}

#[timeout(LIMIT)]
pub(crate) fn opaque(wait: u32) -> impl Future<Output = Result<u32, TimeoutError>> {
    let future = plain(wait);
    async move { Ok(future.await) }
}

pub(crate) async fn gathers() -> Outcome {
    let (a, b) = gather!(plain(1), plain(2)).await;
    let (c, d) = gather!(fallible(1), create_task(plain(2))).await?;
    let e = gather!(..vec![plain(1), plain(2)], limit = 1).await;
    let f = gather!(user = plain(1), posts = plain(2)).await;
    let page = gather!(Page {
        user: plain(1),
        posts: ..vec![fallible(1)]
    })
    .await?;
    let (g, _) = gather!(fallible(1), plain(1), return_exceptions = true).await;
    let (h, _) = gather!(fallible(1), plain(1), error = std::io::Error).await?;
    Ok(a + b + c + d + e[0] + f.user + page.user + page.posts[0] + g? + h)
}

pub(crate) async fn waits() -> u32 {
    let tasks = (create_task(plain(1)), create_task(plain(2)));
    let (done, pending) = wait_first!(tasks.0, tasks.1, timeout = 10s).await;
    pending.await;
    let (first, _) = wait_first!(..vec![create_task(plain(1))]).await;
    let on = done.0.is_some();
    let value = wait_first!(if on && let number = plain(1) {
        number
    } else if let () = sleep(10) {
        2
    } else {
        3
    });
    let in_time = wait_for!(plain(0), 1s).await.is_ok();
    value + u32::from(in_time && first.len() == 1)
}

pub(crate) async fn groups() -> usize {
    let list = vec![1, 2, 3];
    let total = task_group!(|tg| {
        let _ = tg.create_task(async { Outcome::Ok(list[0]) });
        list.len()
    });
    total.await.unwrap_or(0)
}

#[asyncio::main(flavor = "multi_thread", worker_threads = 1)]
pub(crate) async fn on_a_thread() -> u32 {
    plain(7).await
}

#[asyncio::test]
async fn what_it_gives() -> Result<(), std::io::Error> {
    let mut client = Client { limit: LIMIT };
    assert_eq!(client.get(1.0).await?, 1);
    client.limit = Duration::from_millis(10);
    let late = client.get(1.0).await.map_err(|error| error.kind());
    assert_eq!(late, Err(std::io::ErrorKind::TimedOut));
    assert_eq!(optional(&1).await, None);
    assert_eq!(boxed(3).await?, 3);
    assert_eq!(opaque(4).await, Ok(4));
    assert_eq!(gathers().await?, 12);
    assert_eq!(waits().await, 2);
    assert_eq!(groups().await, 3);
    let wait = wait_for!(sleep(60), 1s).await;
    assert_eq!(wait, Err(TimeoutError::new(Duration::from_secs(1))));
    Ok(())
}

#[test]
fn the_entry_points_work() {
    assert_eq!(on_a_thread(), 7);
}
