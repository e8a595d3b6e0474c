//! Locks, semaphores and queues, where nobody has to wait.
#![allow(
    clippy::await_holding_refcell_ref,
    reason = "a receiver of Tokio's is for one at a time, as it is here"
)]

use crate::Places;
use asyncio::{Event, Lock, Queue, Semaphore};
use asyncio_benches::{Comparison, drive};
use std::hint::black_box;

const TIMES: usize = 1000;

/// Room in the queues.
const ROOM: usize = 64;

pub(crate) fn comparisons(places: &'static Places) -> Vec<Comparison<'static>> {
    let driver = &places.driver;
    macro_rules! again {
        ($body:expr) => {
            move || {
                drive!(
                    driver,
                    async {
                        for value in 0..TIMES as u64 {
                            #[allow(clippy::redundant_closure_call)]
                            $body(value).await;
                        }
                    }
                    .await
                );
            }
        };
    }
    vec![
        lock(places),
        semaphore(places),
        {
            let (ours, tokio) = (leak(Event::new()), leak(tokio::sync::watch::channel(1).1));
            ours.set();
            Comparison::new("sync/event", TIMES)
                .with("Event::wait, set", again!(async |_| ours.wait().await))
                .with(
                    "tokio watch::wait_for, so",
                    again!(async |_| {
                        let mut watch = tokio.clone();
                        let _ = black_box(watch.wait_for(|value| *value == 1).await);
                    }),
                )
        },
        {
            let ours = leak(Queue::new(ROOM));
            let (to_tokio, from_tokio) = tokio::sync::mpsc::channel(ROOM);
            let from_tokio = leak(std::cell::RefCell::new(from_tokio));
            let (to_kanal, from_kanal) = leak(kanal::bounded_async(ROOM));
            let (to_flume, from_flume) = leak(flume::bounded(ROOM));
            let (to_smol, from_smol) = leak(async_channel::bounded(ROOM));
            let to_tokio = leak(to_tokio);
            Comparison::new("sync/queue_pair", TIMES)
                .with(
                    "Queue",
                    again!(async |value| {
                        let _ = ours.put(value).await;
                        let _ = black_box(ours.get().await);
                    }),
                )
                .with(
                    "tokio mpsc",
                    again!(async |value| {
                        let _ = to_tokio.send(value).await;
                        let _ = black_box(from_tokio.borrow_mut().recv().await);
                    }),
                )
                .at_most(0.5)
                .with(
                    "kanal",
                    again!(async |value| {
                        let _ = to_kanal.send(value).await;
                        let _ = black_box(from_kanal.recv().await);
                    }),
                )
                .at_most(1.0)
                .with(
                    "flume",
                    again!(async |value| {
                        let _ = to_flume.send_async(value).await;
                        let _ = black_box(from_flume.recv_async().await);
                    }),
                )
                .with(
                    "async-channel",
                    again!(async |value| {
                        let _ = to_smol.send(value).await;
                        let _ = black_box(from_smol.recv().await);
                    }),
                )
        },
    ]
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn lock(places: &'static Places) -> Comparison<'static> {
    let driver = &places.driver;
    macro_rules! again {
        ($lock:expr, $acquire:ident) => {{
            let lock = leak($lock);
            move || {
                drive!(
                    driver,
                    async {
                        for _ in 0..TIMES {
                            *lock.$acquire().await += 1;
                        }
                    }
                    .await
                );
            }
        }};
    }
    Comparison::new("sync/lock", TIMES)
        .with("Lock", again!(Lock::new(0), acquire))
        .with("tokio Mutex", again!(tokio::sync::Mutex::new(0), lock))
        .at_most(0.15)
        .with("async-lock", again!(async_lock::Mutex::new(0), lock))
        .with("futures", again!(futures::lock::Mutex::new(0), lock))
}

fn semaphore(places: &'static Places) -> Comparison<'static> {
    let driver = &places.driver;
    macro_rules! again {
        ($semaphore:expr) => {{
            let semaphore = leak($semaphore);
            move || {
                drive!(
                    driver,
                    async {
                        for _ in 0..TIMES {
                            let _ = black_box(semaphore.acquire().await);
                        }
                    }
                    .await
                );
            }
        }};
    }
    Comparison::new("sync/semaphore", TIMES)
        .with("Semaphore", again!(Semaphore::new(2)))
        .with("tokio", again!(tokio::sync::Semaphore::new(2)))
        .at_most(0.15)
        .with("async-lock", again!(async_lock::Semaphore::new(2)))
}
