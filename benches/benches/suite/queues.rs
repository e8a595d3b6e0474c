//! Queues between two tasks.

use crate::Places;
use crate::tasks::runner;
use asyncio::{Queue, create_task};
use asyncio_benches::Comparison;
use std::hint::black_box;
use std::sync::Arc;

const ITEMS: usize = 1000;

/// Room in the queues through which items stream.
const ROOM: usize = 64;

/// Puts all into a queue while somebody else takes them out.
macro_rules! stream {
    ($spawn:expr, $queue:expr, |$put:ident, $value:ident| $putting:expr, |$get:ident| $getting:expr) => {{
        let ($put, $get) = $queue(ROOM);
        let producer = $spawn(async move {
            for $value in 0..ITEMS as u64 {
                let _ = $putting.await;
            }
        });
        #[allow(unused_mut)]
        let mut $get = $get;
        for _ in 0..ITEMS {
            let _ = black_box($getting.await);
        }
        let _ = producer.await;
    }};
}

/// Each item goes to the other task and back.
macro_rules! ping_pong {
    ($spawn:expr, $queue:expr, |$put:ident, $value:ident| $putting:expr, |$get:ident| $getting:expr) => {{
        let (ping, pinged) = $queue(1);
        let (pong, ponged) = $queue(1);
        let other = $spawn(async move {
            let $put = pong;
            #[allow(unused_mut)]
            let mut $get = pinged;
            for $value in 0..ITEMS as u64 / 2 {
                let _ = black_box($getting.await);
                let _ = $putting.await;
            }
        });
        let $put = ping;
        #[allow(unused_mut)]
        let mut $get = ponged;
        for $value in 0..ITEMS as u64 / 2 {
            let _ = $putting.await;
            let _ = black_box($getting.await);
        }
        let _ = other.await;
    }};
}

fn queue(room: usize) -> (Arc<Queue<u64>>, Arc<Queue<u64>>) {
    let queue = Arc::new(Queue::new(room));
    (Arc::clone(&queue), queue)
}

pub(crate) fn comparisons(places: &'static Places) -> Vec<Comparison<'static>> {
    let tokio = &places.tokio;
    macro_rules! compare {
        ($name:literal, $how:ident) => {{
            let runner = runner();
            Comparison::new(concat!("sync/queue_", $name), ITEMS)
                .with("Queue", move || {
                    runner.borrow_mut().run(async {
                        $how!(create_task, queue, |put, value| put.put(value), |get| get
                            .get());
                    });
                })
                .with("tokio mpsc", move || {
                    tokio.block_on(async {
                        let queue = tokio::sync::mpsc::channel::<u64>;
                        $how!(tokio::spawn, queue, |put, value| put.send(value), |get| get
                            .recv());
                    });
                })
                .with("Queue on Tokio", move || {
                    tokio.block_on(async {
                        $how!(tokio::spawn, queue, |put, value| put.put(value), |get| get
                            .get());
                    });
                })
                .with("kanal", move || {
                    tokio.block_on(async {
                        let queue = kanal::bounded_async::<u64>;
                        $how!(tokio::spawn, queue, |put, value| put.send(value), |get| get
                            .recv());
                    });
                })
                .with("flume", move || {
                    tokio.block_on(async {
                        let queue = flume::bounded::<u64>;
                        $how!(
                            tokio::spawn,
                            queue,
                            |put, value| put.send_async(value),
                            |get| get.recv_async()
                        );
                    });
                })
                .with("async-channel", move || {
                    tokio.block_on(async {
                        let queue = async_channel::bounded::<u64>;
                        $how!(tokio::spawn, queue, |put, value| put.send(value), |get| get
                            .recv());
                    });
                })
        }};
    }
    vec![compare!("stream", stream), compare!("pingpong", ping_pong)]
}
