//! `channel`: Trio's memory channel.

mod support;

use asyncio::{GetError, PutError, QueueFull, QueueShutDown, Receiver, Sender, channel};
use futures::{FutureExt, StreamExt};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use support::{Log, Loop, block_or_give_up, cancel_at_every_poll, on_threads, poll_once, turn};

#[test]
fn the_channel_ends_when_the_last_sender_is_dropped() {
    let (sender, receiver) = channel(0);
    let other = sender.clone();
    sender.put_nowait(1).unwrap();
    drop(sender);
    other.put_nowait(2).unwrap();
    assert!(!receiver.is_closed());
    drop(other);
    assert!(receiver.is_closed());
    assert_eq!(receiver.get().now_or_never(), Some(Some(1)));
    assert_eq!(receiver.get_nowait(), Ok(2));
    assert_eq!(receiver.get().now_or_never(), Some(None));
    assert_eq!(
        receiver.get_nowait(),
        Err(GetError::ShutDown(QueueShutDown(())))
    );
}

#[test]
fn dropping_the_last_sender_wakes_those_who_wait() {
    let (mut event_loop, log) = (Loop::new(), Log::new());
    let (sender, receiver) = channel::<u32>(1);
    for receiver in [receiver.clone(), receiver] {
        event_loop.spawn_into(&log, async move { receiver.get().await });
    }
    event_loop.run();
    drop(sender);
    event_loop.run();
    assert_eq!(log.take(), [None, None]);
}

#[test]
fn put_fails_when_the_last_receiver_is_dropped() {
    let (mut event_loop, log) = (Loop::new(), Log::new());
    let (sender, receiver) = channel(1);
    let other = receiver.clone();
    sender.put_nowait(1).unwrap();
    let inner = sender.clone();
    event_loop.spawn_into(&log, async move { inner.put(2).await });
    event_loop.run();
    drop(receiver);
    assert!(!sender.is_closed());
    assert_eq!(sender.put_nowait(3), Err(PutError::Full(QueueFull(3))));
    drop(other);
    assert!(sender.is_closed());
    event_loop.run();
    assert_eq!(log.take(), [Err(QueueShutDown(2))]);
    assert_eq!(
        sender.put_nowait(3),
        Err(PutError::ShutDown(QueueShutDown(3)))
    );
}

#[test]
fn what_nobody_can_receive_is_dropped_with_the_last_receiver() {
    let (sender, receiver) = channel(0);
    let item = Rc::new(());
    assert!(sender.put_nowait(item.clone()).is_ok());
    assert_eq!(Rc::strong_count(&item), 2);
    drop(receiver);
    assert_eq!(Rc::strong_count(&item), 1);
}

#[test]
fn the_receiver_is_a_stream() {
    let (sender, receiver) = channel(1);
    let put = async move {
        for item in 0..4 {
            sender.put(item).await.unwrap();
        }
    };
    let (items, ()) =
        futures::executor::block_on(futures::future::join(receiver.collect::<Vec<_>>(), put));
    assert_eq!(items, [0, 1, 2, 3]);
}

#[test]
fn a_snapshot_says_it_all() {
    let (sender, receiver) = channel(3);
    let _other = sender.clone();
    sender.put_nowait(1).unwrap();
    let statistics = receiver.statistics();
    assert_eq!(statistics, sender.statistics());
    assert_eq!((statistics.qsize, statistics.maxsize), (1, 3));
    assert_eq!((statistics.senders, statistics.receivers), (2, 1));
    assert_eq!(
        (statistics.tasks_waiting_get, statistics.tasks_waiting_put),
        (0, 0)
    );
}

async fn forward(receiver: Receiver<u32>, log: Log<u32>) {
    while let Some(item) = receiver.get().await {
        log.push(item);
        turn().await;
    }
}

async fn forward_stream(mut receiver: Receiver<u32>, log: Log<u32>) {
    while let Some(item) = receiver.next().await {
        log.push(item);
        turn().await;
    }
}

async fn produce(sender: Sender<u32>, log: Log<u32>, base: u32) {
    for item in base..base + 3 {
        if sender.put(item).await.is_err() {
            return;
        }
        log.push(item);
    }
}

#[test]
fn the_channel_ends_and_nothing_is_lost_wherever_an_end_is_dropped() {
    for victim in 0..4 {
        let moments = cancel_at_every_poll(
            |event_loop| {
                let (put, got) = (Log::new(), Log::new());
                let (sender, receiver) = channel(1);
                let tasks = [
                    event_loop.spawn(produce(sender.clone(), put.clone(), 0)),
                    event_loop.spawn(produce(sender, put.clone(), 10)),
                    event_loop.spawn(forward(receiver.clone(), got.clone())),
                    event_loop.spawn(forward_stream(receiver, got.clone())),
                ];
                (tasks[victim], (put, got))
            },
            |(put, got), _| {
                let (mut put, mut got) = (put.take(), got.take());
                put.sort_unstable();
                got.sort_unstable();
                assert_eq!(put, got);
            },
        );
        assert!(moments >= 4, "{moments}");
    }
}

#[test]
fn everybody_ends_when_all_receivers_go() {
    for kept in [false, true] {
        let (mut event_loop, log) = (Loop::new(), Log::new());
        let (sender, receiver) = channel(1);
        let producer = event_loop.spawn(produce(sender, log, 0));
        event_loop.run();
        if kept {
            drop(receiver.clone());
            event_loop.run();
            assert!(!event_loop.done(producer));
        }
        assert!(poll_once(receiver.get()).is_some());
        drop(receiver);
        event_loop.run();
        assert!(event_loop.done(producer));
    }
}

#[test]
fn threads_that_give_up_at_random_lose_nothing() {
    let (sender, receiver) = channel(2);
    let ends = (0..3).flat_map(|_| [(Some(sender.clone()), None), (None, Some(receiver.clone()))]);
    let ends = Mutex::new(ends.collect::<Vec<_>>());
    drop((sender, receiver));
    let (put, got) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let sums = (put.clone(), got.clone());
    on_threads(6, move |_, random| {
        let (sender, receiver) = ends.lock().unwrap().pop().unwrap();
        if let Some(sender) = sender {
            for item in 0..2_000 {
                if let Some(outcome) = block_or_give_up(random, sender.put(item)) {
                    outcome.unwrap();
                    put.fetch_add(item, Ordering::Relaxed);
                }
            }
        }
        if let Some(receiver) = receiver {
            loop {
                match block_or_give_up(random, receiver.get()) {
                    Some(Some(item)) => got.fetch_add(item, Ordering::Relaxed),
                    Some(None) => return,
                    None => continue,
                };
            }
        }
    });
    assert_eq!(
        sums.0.load(Ordering::Relaxed),
        sums.1.load(Ordering::Relaxed)
    );
}
