//! Tasks of the loop whose wakers and handles are on other threads, and outlive the loop.
//! `ASYNCIO_STRESS_ROUNDS` has it go on for longer.
#![cfg(feature = "tokio")]

use asyncio::{Runner, Task, create_task, get_running_loop, sleep};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;

fn rounds() -> usize {
    let rounds = std::env::var("ASYNCIO_STRESS_ROUNDS").ok();
    rounds.map_or(20, |rounds| rounds.parse().expect("a number"))
}

/// Waits until it was woken `times` times by whoever gets its waker.
fn woken(times: usize, wakers: mpsc::Sender<Waker>) -> impl Future<Output = usize> + Send {
    let mut seen = 0;
    poll_fn(move |cx| {
        seen += 1;
        if seen > times {
            return Poll::Ready(seen);
        }
        let _ = wakers.send(cx.waker().clone());
        Poll::Pending
    })
}

#[test]
fn tasks_are_woken_by_several_threads_at_once() {
    for _ in 0..rounds() {
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let (sender, receiver) = mpsc::channel::<Waker>();
                let thread = thread::spawn(move || {
                    for waker in receiver {
                        let another = waker.clone();
                        waker.wake_by_ref();
                        another.wake(); // merged with the other one, or spurious
                    }
                });
                (sender, thread)
            })
            .collect();
        asyncio::run(async {
            let tasks: Vec<Task<usize>> = threads
                .iter()
                .cycle()
                .take(30)
                .map(|(sender, _)| create_task(woken(50, sender.clone())))
                .collect();
            for task in tasks {
                assert_eq!(task.await, Ok(51));
            }
        });
        for (sender, thread) in threads {
            drop(sender);
            thread.join().expect("it does not panic");
        }
    }
}

/// Counts how many of it there are.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Counted(Arc::clone(count))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Never done. Leaves its waker, and keeps something that is counted.
struct Forever {
    wakers: Arc<Mutex<Vec<Waker>>>,
    left: bool,
    _counted: Counted,
}

impl Future for Forever {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if !std::mem::replace(&mut self.left, true) {
            let mut wakers = self.wakers.lock().expect("not poisoned");
            wakers.push(cx.waker().clone());
        }
        Poll::Pending
    }
}

#[test]
fn wakers_outlive_tasks_and_loops_whose_places_others_have_by_then() {
    let (wakers, there) = (
        Arc::new(Mutex::new(Vec::new())),
        Arc::new(AtomicUsize::new(0)),
    );
    let stop = Arc::new(AtomicUsize::new(0));
    let waking = thread::spawn({
        let (wakers, stop) = (Arc::clone(&wakers), Arc::clone(&stop));
        move || {
            while stop.load(Ordering::Relaxed) == 0 {
                let some: Vec<Waker> = wakers.lock().expect("not poisoned").clone();
                some.iter().for_each(Waker::wake_by_ref);
                thread::yield_now();
            }
        }
    });
    let looping = |_| {
        let (wakers, there) = (Arc::clone(&wakers), Arc::clone(&there));
        thread::spawn(move || {
            for _ in 0..rounds() {
                asyncio::run(async {
                    for _ in 0..10 {
                        let forever = Forever {
                            wakers: Arc::clone(&wakers),
                            left: false,
                            _counted: Counted::new(&there),
                        };
                        drop(create_task(forever)); // cancelled when the loop ends
                    }
                    sleep(0).await;
                    // Others that are polled once for each wake-up that is meant for them.
                    let tasks: Vec<_> = (0..10).map(|_| create_task(sleep(0.001))).collect();
                    for task in tasks {
                        assert_eq!(task.await, Ok(()));
                    }
                });
            }
        })
    };
    for thread in [0, 1].map(looping) {
        thread.join().expect("it does not panic");
    }
    stop.store(1, Ordering::Relaxed);
    waking.join().expect("it does not panic");
    assert_eq!(
        there.load(Ordering::Relaxed),
        0,
        "what tasks hold is dropped with the loop"
    );
    assert!(wakers.lock().expect("not poisoned").len() >= 20 * rounds());
}

#[test]
fn a_loop_that_is_dropped_in_a_panic_drops_its_tasks() {
    let there = Arc::new(AtomicUsize::new(0));
    let wakers = Arc::new(Mutex::new(Vec::new()));
    for _ in 0..rounds() {
        let (there, wakers) = (Arc::clone(&there), Arc::clone(&wakers));
        let panicked = thread::spawn(move || {
            Runner::new().run(async {
                let forever = Forever {
                    wakers,
                    left: false,
                    _counted: Counted::new(&there),
                };
                drop(create_task(forever));
                sleep(0).await;
                panic!("on purpose");
            });
        });
        assert!(panicked.join().is_err());
    }
    assert_eq!(there.load(Ordering::Relaxed), 0);
    let wakers = std::mem::take(&mut *wakers.lock().expect("not poisoned"));
    wakers.into_iter().for_each(Waker::wake);
}

#[test]
fn tasks_are_awaited_cancelled_and_dropped_on_other_threads() {
    for _ in 0..rounds() {
        let (to_other, handed) = mpsc::channel::<Task<Vec<u8>>>();
        let other = thread::spawn(move || {
            let mut ended = 0;
            for (index, mut task) in handed.into_iter().enumerate() {
                match index % 3 {
                    0 => ended += usize::from(futures::executor::block_on(&mut task).is_ok()),
                    1 => {
                        task.cancel();
                        ended +=
                            usize::from(futures::executor::block_on(task.outcome()).is_cancelled());
                    }
                    _ => drop(task),
                }
            }
            ended
        });
        let ended = asyncio::run(async {
            for index in 0..60 {
                let task = create_task(async move {
                    sleep(if index % 3 == 1 { 60.0 } else { 0.001 }).await;
                    vec![1; 100]
                });
                to_other.send(task).expect("the other thread is there");
                if index % 7 == 0 {
                    sleep(0).await;
                }
            }
            drop(to_other);
            asyncio::to_thread(|| other.join().expect("it does not panic")).await
        });
        assert_eq!(ended, 40);
    }
}

#[test]
fn tasks_are_made_for_a_loop_by_other_threads() {
    for _ in 0..rounds() {
        asyncio::run(async {
            let event_loop = get_running_loop();
            let threads: Vec<_> = (0..2_usize)
                .map(|thread| {
                    let event_loop = event_loop.clone();
                    thread::spawn(move || -> Vec<Task<usize>> {
                        let make = |index| event_loop.create_task(async move { index + thread });
                        (0..50).map(make).collect()
                    })
                })
                .collect();
            for (number, thread) in threads.into_iter().enumerate() {
                let tasks = asyncio::to_thread(|| thread.join().expect("it does not panic")).await;
                for (index, task) in tasks.into_iter().enumerate() {
                    assert_eq!(task.await, Ok(index + number));
                }
            }
        });
    }
}
