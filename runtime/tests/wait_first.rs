//! `wait_first!` for tasks, polled by hand: whom they wake. What it gives is tested beside the macro.

mod support;

use asyncio::{Runner, Task, create_future, create_task, sleep, wait_first};
use futures::FutureExt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use support::Count;

/// A waker, and how often it is woken.
struct Waiter(Arc<Count>, Waker);

impl Waiter {
    fn new() -> Self {
        let (count, waker) = Count::new();
        Waiter(count, waker)
    }

    fn poll<F: Future>(&self, future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(&self.1))
    }

    fn wakes(&self) -> usize {
        self.0.get()
    }

    /// How many other wakers of its there are.
    fn clones(&self) -> usize {
        Arc::strong_count(&self.0) - 2
    }
}

/// Runs it on a loop of ours, and on Tokio's.
fn run_on_both<F: Future<Output = ()>>(test: impl Fn() -> F) {
    Runner::new().run(test());
    let tokio = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    tokio.block_on(test());
}

#[test]
fn whoever_polled_last_is_woken() {
    run_on_both(|| async {
        let [first, second, third] = [Waiter::new(), Waiter::new(), Waiter::new()];
        let ((setter, value), (_keeps, never)) = (create_future::<u32>(), create_future::<u32>());
        let (mut task, mut other) = (create_task(value), create_task(never));
        {
            let mut wait = pin!(wait_first!(&mut task, &mut other));
            for waiter in [&first, &first, &second, &second] {
                assert!(waiter.poll(wait.as_mut()).is_pending());
            }
            assert_eq!((first.clones(), first.wakes()), (0, 0));
        }
        // The next wait may find them as that one left them, or not.
        for waiter in [&second, &third] {
            let mut wait = pin!(wait_first!(&mut task, &mut other));
            for _ in 0..2 {
                assert!(waiter.poll(wait.as_mut()).is_pending());
            }
        }
        let mut wait = pin!(wait_first!(&mut task, &mut other));
        for waiter in [&third, &third, &first, &third] {
            assert!(waiter.poll(wait.as_mut()).is_pending());
        }
        setter.set_result(7).unwrap();
        sleep(0).await;
        assert_eq!([&first, &second, &third].map(Waiter::wakes), [0, 0, 1]);
        let Poll::Ready((done, pending)) = third.poll(wait.as_mut()) else {
            panic!("one is done");
        };
        assert_eq!(done.0, Some(Ok(7)));
        assert!(!pending.is_empty());
    });
}

#[test]
fn whoever_polls_what_is_pending_is_woken() {
    run_on_both(|| async {
        let [first, second] = [Waiter::new(), Waiter::new()];
        let (a, b, c) = (create_future(), create_future(), create_future());
        let tasks = (create_task(a.1), create_task(b.1), create_task(c.1));
        let mut wait = pin!(wait_first!(tasks.0, tasks.1, tasks.2));
        assert!(first.poll(wait.as_mut()).is_pending());
        a.0.set_result(1).unwrap();
        sleep(0).await;
        let Poll::Ready((_, pending)) = first.poll(wait.as_mut()) else {
            panic!("one is done");
        };
        let mut rest = pin!(pending.into_future());
        for waiter in [&first, &first, &second] {
            assert!(waiter.poll(rest.as_mut()).is_pending());
        }
        b.0.set_result(2).unwrap();
        sleep(0).await;
        assert_eq!((first.wakes(), second.wakes()), (1, 1));
        assert!(second.poll(rest.as_mut()).is_pending());
        c.0.set_result(3).unwrap();
        sleep(0).await;
        assert_eq!((first.wakes(), second.wakes()), (1, 2));
        let done = second.poll(rest.as_mut());
        assert_eq!(done, Poll::Ready((None, Some(Ok(2)), Some(Ok(3)))));
    });
}

#[test]
fn whoever_polls_a_set_last_is_woken() {
    run_on_both(|| async {
        let [first, second] = [Waiter::new(), Waiter::new()];
        let (setters, values): (Vec<_>, Vec<_>) = (0..3).map(|_| create_future::<u32>()).unzip();
        let mut tasks: Vec<_> = values.into_iter().map(create_task).collect();
        for waiter in [&first, &second] {
            let mut wait = pin!(wait_first!(..tasks.iter_mut()));
            for waiter in [&first, &first, waiter, waiter] {
                assert!(waiter.poll(wait.as_mut()).is_pending());
            }
        }
        let mut wait = pin!(wait_first!(..tasks.iter_mut()));
        assert!(second.poll(wait.as_mut()).is_pending());
        for setter in setters {
            setter.set_result(1).unwrap();
        }
        sleep(0).await;
        assert_eq!((first.wakes(), second.wakes()), (0, 3));
        let Poll::Ready((done, pending)) = second.poll(wait.as_mut()) else {
            panic!("all are done");
        };
        assert_eq!((done.len(), pending.len()), (3, 0));
    });
}

#[test]
fn a_task_that_waits_for_itself_panics() {
    run_on_both(|| async {
        for spread in [false, true] {
            let (setter, itself) = create_future::<Task<()>>();
            let task = create_task(async move {
                let mut itself = itself.await.unwrap();
                let panics = async {
                    if spread {
                        drop(wait_first!(..[&mut itself]).await);
                    } else {
                        drop(wait_first!(&mut itself).await);
                    }
                };
                let payload = AssertUnwindSafe(panics).catch_unwind().await.unwrap_err();
                assert_eq!(
                    payload.downcast_ref::<&str>(),
                    Some(&"a task awaits itself")
                );
            });
            let handle = task.handle();
            setter.set_result(task).unwrap();
            while !handle.done() {
                sleep(0).await;
            }
            assert!(!handle.failed());
        }
    });
}
