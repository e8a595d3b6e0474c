//! How long a socket has to wait among tasks that never do.

use crate::Places;
use crate::tasks::runner;
use asyncio::create_task;
use asyncio_benches::Comparison;
use std::future::poll_fn;
use std::task::Poll;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

const ROUND_TRIPS: usize = 20;

/// Goes on for ever.
async fn spin() {
    poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    })
    .await;
}

async fn round_trips(mut near: UnixStream) {
    let mut byte = [0];
    for _ in 0..ROUND_TRIPS {
        near.write_all(&byte).await.expect("it is open");
        near.read_exact(&mut byte).await.expect("it is echoed");
    }
}

async fn echo(mut far: UnixStream) {
    let mut byte = [0];
    while far.read_exact(&mut byte).await.is_ok() {
        far.write_all(&byte).await.expect("it is open");
    }
}

pub(crate) fn comparisons(places: &'static Places) -> Vec<Comparison<'static>> {
    let compare = |spinners: usize| {
        let runner = runner();
        Comparison::new(format!("io/echo, {spinners} spinners"), ROUND_TRIPS)
            .with("create_task", move || {
                runner.borrow_mut().run(async {
                    let (near, far) = UnixStream::pair().expect("a pair of sockets");
                    let tasks: Vec<_> = (0..spinners).map(|_| create_task(spin())).collect();
                    let echo = create_task(echo(far));
                    round_trips(near).await;
                    let _ = echo.await;
                    for task in tasks {
                        task.cancel();
                        let _ = task.await;
                    }
                });
            })
            .with("tokio::spawn", move || {
                places.timed.block_on(async {
                    let (near, far) = UnixStream::pair().expect("a pair of sockets");
                    let tasks: Vec<_> = (0..spinners).map(|_| tokio::spawn(spin())).collect();
                    let echo = tokio::spawn(echo(far));
                    round_trips(near).await;
                    let _ = echo.await;
                    for task in tasks {
                        task.abort();
                        let _ = task.await;
                    }
                });
            })
    };
    let few = [0, 1].map(compare);
    few.into_iter()
        .chain([compare(100).at_most_in_time(1.0), compare(1000)])
        .collect()
}
