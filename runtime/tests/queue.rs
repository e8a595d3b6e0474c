//! `Queue`: `asyncio.Queue` (test_queues; B-239 to B-263).

mod support;

use asyncio::{GetError, PutError, Queue, QueueEmpty, QueueFull, QueueShutDown};
use futures::StreamExt;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::{
    Log, Loop, block_or_give_up, cancel_at_every_poll, on_threads, poll_once, turn, turns,
};

type Shared<T> = Rc<Queue<T>>;

fn shared<T>(maxsize: usize) -> Shared<T> {
    Rc::new(Queue::new(maxsize))
}

fn spawn_get<T: 'static>(
    event_loop: &mut Loop,
    queue: &Shared<T>,
    log: &Log<Result<T, QueueShutDown>>,
) -> usize {
    let queue = queue.clone();
    event_loop.spawn_into(log, async move { queue.get().await })
}

fn spawn_put<T: 'static>(
    event_loop: &mut Loop,
    queue: &Shared<T>,
    log: &Log<Result<(), QueueShutDown<T>>>,
    item: T,
) -> usize {
    let queue = queue.clone();
    event_loop.spawn_into(log, async move { queue.put(item).await })
}

fn spawn_join<T: 'static>(event_loop: &mut Loop, queue: &Shared<T>) -> usize {
    let queue = queue.clone();
    event_loop.spawn(async move { queue.join().await })
}

const SHUT_DOWN: QueueShutDown = QueueShutDown(());

#[test]
fn the_first_in_is_the_first_out() {
    let queue = Queue::new(0);
    for item in [2, 3, 1] {
        queue.put_nowait(item).unwrap();
    }
    assert_eq!([(); 3].map(|()| queue.get_nowait().unwrap()), [2, 3, 1]);
}

#[test]
fn zero_is_no_limit() {
    let queue = Queue::default();
    for item in 0..1_000 {
        queue.put_nowait(item).unwrap();
    }
    assert!(!queue.full() && !queue.empty());
    assert_eq!((queue.qsize(), queue.maxsize()), (1_000, 0));
}

#[test]
fn put_nowait_on_a_full_queue_gives_the_item_back() {
    let queue = Queue::new(1);
    queue.put_nowait("a").unwrap();
    assert!(queue.full());
    assert_eq!(queue.put_nowait("b"), Err(PutError::Full(QueueFull("b"))));
    assert_eq!((queue.qsize(), queue.maxsize()), (1, 1));
    queue.shutdown();
    let error = queue.put_nowait("c").unwrap_err();
    assert_eq!(error.to_string(), "the queue was shut down");
    assert_eq!(error.into_item(), "c");
}

#[test]
fn get_nowait_on_an_empty_queue_fails() {
    let queue: Queue<u32> = Queue::new(1);
    assert_eq!(
        queue.get_nowait(),
        Err(GetError::Empty(QueueEmpty::default()))
    );
    assert!(queue.empty());
    queue.shutdown();
    assert_eq!(queue.get_nowait(), Err(GetError::ShutDown(SHUT_DOWN)));
}

#[test]
fn put_with_room_and_get_with_an_item_do_not_yield() {
    let queue = Queue::new(1);
    for item in 0..50 {
        assert_eq!(poll_once(queue.put(item)), Some(Ok(())));
        assert_eq!(poll_once(queue.get()), Some(Ok(item)));
    }
}

#[test]
fn putters_wait_for_room_in_order() {
    let (mut event_loop, queue, log) = (Loop::new(), shared(1), Log::new());
    for item in 0..4 {
        let (queue, log) = (queue.clone(), log.clone());
        event_loop.spawn(async move {
            queue.put(item).await.unwrap();
            log.push(item);
        });
    }
    event_loop.tick();
    assert_eq!(log.take(), [0]);
    assert_eq!(queue.statistics().tasks_waiting_put, 3);
    for item in 0..4 {
        assert_eq!(queue.get_nowait(), Ok(item));
        event_loop.run();
    }
    assert_eq!(log.take(), [1, 2, 3]);
}

#[test]
fn getters_are_served_in_order() {
    let (mut event_loop, queue, log) = (Loop::new(), shared(0), Log::new());
    for name in 0..3 {
        let (queue, log) = (queue.clone(), log.clone());
        event_loop.spawn(async move { log.push((name, queue.get().await.unwrap())) });
    }
    event_loop.tick();
    for item in ['x', 'y', 'z'] {
        queue.put_nowait(item).unwrap();
    }
    event_loop.run();
    assert_eq!(log.take(), [(0, 'x'), (1, 'y'), (2, 'z')]);
}

#[test]
fn a_get_that_runs_before_the_woken_getter_takes_its_item() {
    let (mut event_loop, queue, log) = (Loop::new(), shared(0), Log::new());
    for name in ["A", "B"] {
        let (queue, log) = (queue.clone(), log.clone());
        event_loop.spawn(async move { log.push((name, queue.get().await.unwrap())) });
    }
    event_loop.tick();
    queue.put_nowait(1).unwrap();
    assert_eq!(poll_once(queue.get()), Some(Ok(1)));
    event_loop.run();
    queue.put_nowait(2).unwrap();
    event_loop.run();
    queue.put_nowait(3).unwrap();
    event_loop.run();
    // The robbed one went to the back, as in asyncio.
    assert_eq!(log.take(), [("B", 2), ("A", 3)]);
}

#[test]
fn a_getter_that_is_cancelled_leaves_the_line() {
    let (mut event_loop, queue, log) = (Loop::new(), shared(0), Log::new());
    let first = spawn_get(&mut event_loop, &queue, &log);
    spawn_get(&mut event_loop, &queue, &log);
    event_loop.tick();
    event_loop.cancel(first);
    assert_eq!(queue.statistics().tasks_waiting_get, 1);
    queue.put_nowait('i').unwrap();
    event_loop.run();
    assert_eq!(log.take(), [Ok('i')]);
    assert_eq!(queue.statistics().tasks_waiting_get, 0);
}

#[test]
fn a_getter_that_is_cancelled_after_it_was_woken_wakes_the_next() {
    let (mut event_loop, queue, log) = (Loop::new(), shared(0), Log::new());
    let first = spawn_get(&mut event_loop, &queue, &log);
    spawn_get(&mut event_loop, &queue, &log);
    event_loop.tick();
    queue.put_nowait('i').unwrap();
    event_loop.cancel(first);
    assert_eq!(queue.qsize(), 1);
    event_loop.run();
    assert_eq!(log.take(), [Ok('i')]);
}

#[test]
fn a_putter_that_is_cancelled_puts_nothing_and_the_next_proceeds() {
    for woken in [false, true] {
        let (mut event_loop, queue, log) = (Loop::new(), shared(1), Log::new());
        queue.put_nowait('0').unwrap();
        let first = spawn_put(&mut event_loop, &queue, &log, 'a');
        spawn_put(&mut event_loop, &queue, &log, 'c');
        event_loop.tick();
        if woken {
            assert_eq!(queue.get_nowait(), Ok('0'));
            event_loop.cancel(first);
        } else {
            event_loop.cancel(first);
            assert_eq!(queue.get_nowait(), Ok('0'));
        }
        event_loop.run();
        assert_eq!(log.take(), [Ok(())]);
        assert_eq!(queue.get_nowait(), Ok('c'));
    }
}

#[test]
fn join_returns_at_once_when_nothing_is_unfinished() {
    assert_eq!(poll_once(Queue::<u32>::new(0).join()), Some(()));
}

#[test]
fn join_waits_for_task_done_and_not_for_an_empty_queue() {
    let (mut event_loop, queue) = (Loop::new(), shared(0));
    queue.put_nowait(1).unwrap();
    queue.put_nowait(2).unwrap();
    let join = spawn_join(&mut event_loop, &queue);
    event_loop.tick();
    for done in [false, true] {
        queue.get_nowait().unwrap();
        assert!(!event_loop.done(join));
        queue.task_done().unwrap();
        event_loop.run();
        assert_eq!(event_loop.done(join), done);
    }
}

#[test]
fn task_done_too_often_is_an_error() {
    let queue = Queue::new(0);
    assert_eq!(
        queue.task_done().unwrap_err().to_string(),
        "`task_done` called too many times"
    );
    queue.put_nowait(1).unwrap();
    queue.task_done().unwrap();
    queue.task_done().unwrap_err();
}

#[test]
fn who_joins_is_released_when_all_was_done_once() {
    let (mut event_loop, queue) = (Loop::new(), shared(0));
    queue.put_nowait(1).unwrap();
    let joins = [(); 2].map(|()| spawn_join(&mut event_loop, &queue));
    event_loop.tick();
    assert_eq!(queue.statistics().tasks_waiting_join, 2);
    queue.get_nowait().unwrap();
    queue.task_done().unwrap();
    queue.put_nowait(2).unwrap();
    event_loop.run();
    assert!(joins.iter().all(|join| event_loop.done(*join)));
}

#[test]
fn who_joins_and_is_cancelled_leaves() {
    let (mut event_loop, queue) = (Loop::new(), shared(0));
    queue.put_nowait(1).unwrap();
    let join = spawn_join(&mut event_loop, &queue);
    event_loop.tick();
    event_loop.cancel(join);
    assert_eq!(queue.statistics().tasks_waiting_join, 0);
    queue.task_done().unwrap();
}

#[test]
fn a_job_is_done_when_it_is_dropped() {
    let queue = Queue::new(0);
    for item in [vec![1], vec![2]] {
        queue.put_nowait(item).unwrap();
    }
    let mut job = poll_once(queue.get_job()).unwrap().unwrap();
    job.push(9);
    assert_eq!(format!("{job:?}"), "Job([1, 9])");
    assert_eq!(queue.statistics().unfinished, 2);
    drop(job);
    assert_eq!(queue.statistics().unfinished, 1);
    assert_eq!(
        poll_once(queue.get_job()).unwrap().unwrap().into_inner(),
        [2]
    );
    assert_eq!(queue.statistics().unfinished, 0);
    queue.shutdown();
    assert_eq!(poll_once(queue.get_job()).unwrap().unwrap_err(), SHUT_DOWN);
}

#[test]
fn a_queue_that_is_shut_down_gives_what_is_left() {
    let queue = Queue::new(0);
    queue.put_nowait(1).unwrap();
    queue.shutdown();
    assert!(queue.is_shut_down());
    assert_eq!(poll_once(queue.put(2)), Some(Err(QueueShutDown(2))));
    assert_eq!(
        queue.put_nowait(2),
        Err(PutError::ShutDown(QueueShutDown(2)))
    );
    assert_eq!(poll_once(queue.get()), Some(Ok(1)));
    assert_eq!(poll_once(queue.get()), Some(Err(SHUT_DOWN)));
    assert_eq!(queue.get_nowait(), Err(GetError::ShutDown(SHUT_DOWN)));
}

#[test]
fn shutdown_wakes_those_who_wait_to_get() {
    let (mut event_loop, queue, log) = (Loop::new(), shared::<u32>(0), Log::new());
    for _ in 0..2 {
        spawn_get(&mut event_loop, &queue, &log);
    }
    event_loop.tick();
    queue.shutdown();
    event_loop.run();
    assert_eq!(log.take(), [Err(SHUT_DOWN); 2]);
}

#[test]
fn shutdown_wakes_those_who_wait_to_put() {
    // Also if there was room already, and they were woken for it.
    for room in [false, true] {
        let (mut event_loop, queue, log) = (Loop::new(), shared(1), Log::new());
        queue.put_nowait(1).unwrap();
        spawn_put(&mut event_loop, &queue, &log, 2);
        event_loop.tick();
        if room {
            queue.get_nowait().unwrap();
        }
        queue.shutdown();
        event_loop.run();
        assert_eq!(log.take(), [Err(QueueShutDown(2))]);
        assert_eq!(queue.qsize(), usize::from(!room));
    }
}

#[test]
fn shutdown_leaves_join_waiting_for_what_is_left() {
    let (mut event_loop, queue) = (Loop::new(), shared(0));
    queue.put_nowait(1).unwrap();
    let join = spawn_join(&mut event_loop, &queue);
    event_loop.tick();
    queue.shutdown();
    event_loop.run();
    assert!(!event_loop.done(join));
    queue.get_nowait().unwrap();
    queue.task_done().unwrap();
    event_loop.run();
    assert!(event_loop.done(join));
}

#[test]
fn shutdown_immediate_takes_out_what_is_left_and_it_counts_as_done() {
    let (mut event_loop, queue) = (Loop::new(), shared(0));
    queue.put_nowait(1).unwrap();
    queue.put_nowait(2).unwrap();
    let join = spawn_join(&mut event_loop, &queue);
    event_loop.tick();
    assert_eq!(queue.shutdown_immediate(), [1, 2]);
    event_loop.run();
    assert!(event_loop.done(join));
    assert_eq!(queue.qsize(), 0);
    assert_eq!(poll_once(queue.get()), Some(Err(SHUT_DOWN)));
    queue.task_done().unwrap_err();
}

#[test]
fn shutdown_immediate_leaves_join_waiting_for_what_was_taken_before() {
    let (mut event_loop, queue) = (Loop::new(), shared(0));
    queue.put_nowait(1).unwrap();
    queue.put_nowait(2).unwrap();
    let join = spawn_join(&mut event_loop, &queue);
    queue.get_nowait().unwrap();
    assert_eq!(queue.shutdown_immediate(), [2]);
    event_loop.run();
    assert!(!event_loop.done(join));
    queue.task_done().unwrap();
    event_loop.run();
    assert!(event_loop.done(join));
}

#[test]
fn shutdown_can_follow_shutdown() {
    let queue = Queue::new(0);
    queue.put_nowait(1).unwrap();
    queue.shutdown();
    queue.shutdown();
    assert_eq!(queue.shutdown_immediate(), [1]);
    assert_eq!(queue.shutdown_immediate(), []);
    assert_eq!(queue.get_nowait(), Err(GetError::ShutDown(SHUT_DOWN)));
}

#[test]
fn the_stream_of_the_items_ends_with_the_queue() {
    let (mut event_loop, queue, log) = (Loop::new(), shared(1), Log::new());
    let (one, other) = (queue.clone(), queue.clone());
    event_loop.spawn_into(&log, async move { one.items().collect::<Vec<_>>().await });
    event_loop.spawn_into(&log, async move {
        let (mut items, mut all) = (other.items(), Vec::new());
        while let Some(item) = items.next().await {
            all.push(item);
        }
        all
    });
    let inner = queue.clone();
    event_loop.spawn(async move {
        for item in 0..10 {
            inner.put(item).await.unwrap();
        }
        inner.shutdown();
    });
    event_loop.run();
    let mut items = log.take().concat();
    items.sort_unstable();
    assert_eq!(items, (0..10).collect::<Vec<_>>());
}

#[test]
fn a_stream_that_is_dropped_after_it_was_woken_wakes_the_next() {
    let (mut event_loop, queue, log) = (Loop::new(), shared(0), Log::new());
    let mut items = queue.items();
    assert!(poll_once(items.next()).is_none());
    spawn_get(&mut event_loop, &queue, &log);
    event_loop.tick();
    queue.put_nowait(1).unwrap();
    drop(items);
    event_loop.run();
    assert_eq!(log.take(), [Ok(1)]);
}

#[test]
fn nothing_is_lost_wherever_a_getter_or_putter_is_dropped() {
    for victim in 0..4 {
        let moments = cancel_at_every_poll(
            |event_loop| {
                let queue = shared::<u32>(1);
                let (put, got) = (Log::new(), Log::new());
                let mut tasks = Vec::new();
                for name in 0..2 {
                    let (queue, put) = (queue.clone(), put.clone());
                    tasks.push(event_loop.spawn(async move {
                        for item in 0..3 {
                            queue.put(10 * name + item).await.unwrap();
                            put.push(10 * name + item);
                            turns(item as usize % 2).await;
                        }
                    }));
                }
                for _ in 0..2 {
                    let (queue, got) = (queue.clone(), got.clone());
                    tasks.push(event_loop.spawn(async move {
                        while let Ok(item) = queue.get().await {
                            // At once, so that what is got is noted.
                            got.push(item);
                            turn().await;
                        }
                    }));
                }
                let inner = queue.clone();
                event_loop.spawn(async move {
                    turns(60).await;
                    inner.shutdown();
                });
                (tasks[victim], (queue, put, got))
            },
            |(queue, put, got), _| {
                let (mut put, mut got) = (put.take(), got.take());
                put.sort_unstable();
                got.sort_unstable();
                assert_eq!(put, got, "what is put is got");
                let statistics = queue.statistics();
                assert_eq!((statistics.qsize, statistics.unfinished), (0, put.len()));
            },
        );
        assert!(moments >= 4, "{moments}");
    }
}

#[test]
fn threads_that_give_up_at_random_lose_nothing() {
    const ITEMS: usize = 3_000;
    let queue = Arc::new(Queue::new(4));
    let (put, got) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let sums = (put.clone(), got.clone());
    let producers = AtomicUsize::new(3);
    let inner = queue.clone();
    on_threads(6, move |index, random| {
        if index < 3 {
            for item in 0..ITEMS {
                if let Some(outcome) = block_or_give_up(random, inner.put(item)) {
                    outcome.unwrap();
                    put.fetch_add(item, Ordering::Relaxed);
                }
            }
            if producers.fetch_sub(1, Ordering::AcqRel) == 1 {
                inner.shutdown();
            }
            return;
        }
        loop {
            match block_or_give_up(random, inner.get()) {
                Some(Ok(item)) => {
                    got.fetch_add(item, Ordering::Relaxed);
                }
                Some(Err(_)) => return,
                None => {}
            }
        }
    });
    assert_eq!(
        sums.0.load(Ordering::Relaxed),
        sums.1.load(Ordering::Relaxed)
    );
    assert!(queue.empty());
}
