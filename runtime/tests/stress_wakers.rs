//! Many gathers on several threads at once, woken from everywhere and dropped half-way: each has to
//! come to its end with the right values. A wake-up that is lost shows as a gather that hangs.

use asyncio::__private::{Branch, BranchFailsWith, Branches, First2, Group, Race, all};
use std::future::Future;
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

struct Plain<F>(F);

impl<F: Future> Branch for Plain<F> {
    type Future = F;
    type Item = F::Output;

    fn into_future(self) -> F {
        self.0
    }
}

impl<F: Future> BranchFailsWith<()> for Plain<F> {
    fn split(output: F::Output) -> Result<F::Output, ()> {
        Ok(output)
    }
}

/// Numbers that look random; xorshift.
#[derive(Clone)]
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

type Boxed = Pin<Box<dyn Future<Output = u64> + Send>>;

/// A future that gives `value`, by one of many ways.
fn leaf(dice: &mut Dice, value: u64) -> Boxed {
    match dice.roll(6) {
        0 => Box::pin(std::future::ready(value)),
        1 => {
            // Wakes itself, by reference or by a clone.
            let mut left = dice.roll(4);
            let by_reference = dice.roll(2) == 0;
            Box::pin(std::future::poll_fn(move |cx| {
                if left == 0 {
                    return Poll::Ready(value);
                }
                left -= 1;
                match by_reference {
                    true => cx.waker().wake_by_ref(),
                    // By value, on purpose.
                    #[allow(clippy::waker_clone_wake)]
                    false => cx.waker().clone().wake(),
                }
                Poll::Pending
            }))
        }
        2 => {
            let (sender, receiver) = oneshot::channel();
            tokio::spawn(async move { sender.send(value) });
            Box::pin(async move { receiver.await.unwrap() })
        }
        3 => {
            let (sender, mut receiver) = mpsc::channel(2);
            let parts = dice.roll(5);
            tokio::spawn(async move {
                for _ in 0..parts {
                    sender.send(0).await.ok();
                    tokio::task::yield_now().await;
                }
                sender.send(value).await.ok();
            });
            Box::pin(async move {
                let mut sum = 0;
                while let Some(part) = receiver.recv().await {
                    sum += part;
                }
                sum
            })
        }
        4 => {
            // A waker that outlives the branch, and wakes again when the line is somebody else's.
            let mut begun = false;
            Box::pin(std::future::poll_fn(move |cx| {
                if std::mem::replace(&mut begun, true) {
                    return Poll::Ready(value);
                }
                let waker = cx.waker().clone();
                tokio::spawn(async move {
                    for _ in 0..3 {
                        waker.wake_by_ref();
                        tokio::task::yield_now().await;
                    }
                    waker.wake();
                });
                Poll::Pending
            }))
        }
        _ => Box::pin(async move { tokio::spawn(async move { value }).await.unwrap() }),
    }
}

/// A gather of gathers, and the sum that it gives.
fn tree(dice: &mut Dice, depth: u64) -> (Boxed, u64) {
    let value = dice.roll(1000);
    if depth == 0 {
        return (leaf(dice, value), value);
    }
    match dice.roll(4) {
        0 => {
            let count = dice.roll(150);
            let limit = 1 + dice.roll(100) as usize;
            let leaves: Vec<_> = (0..count).map(|i| leaf(dice, i)).collect();
            let sum = async move { all(leaves, limit).await.into_iter().sum() };
            (Box::pin(sum), (0..count).sum())
        }
        1 => {
            let ((a, x), (b, y), (c, z)) = (
                tree(dice, depth - 1),
                tree(dice, depth - 1),
                tree(dice, depth - 1),
            );
            let joined = (Group((Plain(a), Plain(b))), Plain(c)).join();
            let sum = async move {
                let ((a, b), c) = joined.await.unwrap();
                a + b + c
            };
            (Box::pin(sum), x + y + z)
        }
        2 => {
            // The loser is dropped half-way.
            let (a, x) = tree(dice, depth - 1);
            let (b, y) = tree(dice, depth - 1);
            let race = (Some(a), Some(b)).race();
            let either = async move {
                match race.await {
                    First2::B0(a) => assert_eq!(a, x),
                    First2::B1(b) => assert_eq!(b, y),
                    First2::Else => unreachable!("there are branches"),
                }
                value
            };
            (Box::pin(either), value)
        }
        _ => {
            let ((a, x), (b, y)) = (tree(dice, depth - 1), tree(dice, depth - 1));
            let joined = (Plain(a), Plain(b)).join();
            let sum = async move {
                let (a, b) = joined.await.unwrap();
                a + b
            };
            (Box::pin(sum), x + y)
        }
    }
}

async fn gathers_until(end: Instant, seed: u64) -> u64 {
    let mut dice = Dice(seed);
    let mut count = 0;
    while Instant::now() < end {
        let (future, expected) = tree(&mut dice, 4);
        let done = tokio::time::timeout(Duration::from_secs(20), future);
        assert_eq!(done.await.expect("a gather hangs"), expected);
        // And one that is dropped while it is being woken.
        let (future, _) = tree(&mut dice, 3);
        let mut future = std::pin::pin!(future);
        for _ in 0..dice.roll(3) {
            let poll = std::future::poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_ready()));
            if poll.await {
                break;
            }
            tokio::task::yield_now().await;
        }
        count += 1;
    }
    count
}

#[test]
fn gathers_on_many_threads_come_to_their_ends() {
    let end = Instant::now() + Duration::from_secs(2);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_time()
        .build()
        .unwrap();
    let total = runtime.block_on(async {
        let tasks: Vec<_> = (1..=16u64)
            .map(|seed| tokio::spawn(gathers_until(end, 0x9e37_79b9_7f4a_7c15 ^ seed)))
            .collect();
        let mut total = 0;
        for task in tasks {
            total += task.await.unwrap();
        }
        total
    });
    assert!(total >= 16, "each task gathers at least once");
}
