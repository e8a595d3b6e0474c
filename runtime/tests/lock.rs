//! `Lock`: `asyncio.Lock` (test_locks.LockTests; B-265 to B-273).

mod support;

use asyncio::Lock;
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::{
    Count, Log, Loop, block_or_give_up, cancel_at_every_poll, on_threads, poll_once, turns,
};

type Shared = Rc<Lock<()>>;

fn shared() -> Shared {
    Rc::new(Lock::new(()))
}

/// Acquires and releases, and notes that it had the lock.
async fn visit(lock: Shared, log: Log<char>, name: char) {
    let _guard = lock.acquire().await;
    log.push(name);
}

#[test]
fn a_free_lock_is_acquired_without_yielding() {
    let lock = shared();
    assert!(!lock.locked());
    let guard = poll_once(lock.acquire()).unwrap();
    assert!(lock.locked());
    drop(guard);
    assert!(!lock.locked());
}

#[test]
fn the_guard_gives_access_to_the_data() {
    let mut lock = Lock::from(vec![1]);
    poll_once(lock.acquire()).unwrap().push(2);
    lock.get_mut().push(3);
    assert_eq!(*lock.try_acquire().unwrap(), [1, 2, 3]);
    assert_eq!(format!("{lock:?}"), "Lock { data: [1, 2, 3] }");
    let guard = lock.try_acquire();
    assert_eq!(format!("{lock:?}"), "Lock { data: <locked> }");
    drop(guard);
    assert_eq!(lock.into_inner(), [1, 2, 3]);
}

#[test]
fn unsized_data_can_be_locked() {
    let lock: Arc<Lock<[u8]>> = Arc::new(Lock::new([1, 2, 3]));
    lock.clone().try_acquire_owned().unwrap()[0] = 9;
    assert_eq!(*lock.try_acquire().unwrap(), [9, 2, 3]);
}

#[test]
fn waiters_acquire_in_the_order_of_their_arrival() {
    let (mut event_loop, lock, log) = (Loop::new(), shared(), Log::new());
    for name in 'a'..='e' {
        let (lock, log) = (lock.clone(), log.clone());
        event_loop.spawn(async move {
            let _guard = lock.acquire().await;
            log.push(name);
            turns(2).await;
        });
    }
    event_loop.run();
    assert_eq!(log.take(), ['a', 'b', 'c', 'd', 'e']);
}

#[test]
fn who_releases_and_acquires_again_goes_to_the_back() {
    let (mut event_loop, lock, log) = (Loop::new(), shared(), Log::new());
    {
        let (lock, log) = (lock.clone(), log.clone());
        event_loop.spawn(async move {
            {
                let _guard = lock.acquire().await;
                turns(2).await;
            }
            visit(lock, log, 'a').await;
        });
    }
    event_loop.spawn(visit(lock.clone(), log.clone(), 'b'));
    event_loop.run();
    assert_eq!(log.take(), ['b', 'a']);
}

#[test]
fn try_acquire_does_not_overtake_a_waiter_that_was_handed_the_lock() {
    let (mut event_loop, lock, log) = (Loop::new(), shared(), Log::new());
    let guard = lock.try_acquire().unwrap();
    event_loop.spawn(visit(lock.clone(), log.clone(), 'a'));
    event_loop.tick();
    drop(guard);
    assert!(lock.try_acquire().is_none());
    event_loop.run();
    assert_eq!(log.take(), ['a']);
    assert!(lock.try_acquire().is_some());
}

#[test]
fn a_holder_that_acquires_again_waits() {
    let lock = shared();
    let _guard = lock.try_acquire().unwrap();
    assert!(poll_once(lock.acquire()).is_none());
}

#[test]
fn any_task_may_release() {
    let lock = Arc::new(Lock::new(0));
    let mut guard = lock.clone().try_acquire_owned().unwrap();
    std::thread::spawn(move || *guard += 1).join().unwrap();
    assert_eq!(*lock.try_acquire().unwrap(), 1);
}

#[test]
fn a_panic_releases() {
    let lock = Arc::new(Lock::new(()));
    let inner = lock.clone();
    std::thread::spawn(move || {
        let _guard = inner.try_acquire();
        std::panic::resume_unwind(Box::new(()));
    })
    .join()
    .unwrap_err();
    assert!(!lock.locked());
}

#[test]
fn a_waiter_that_is_cancelled_leaves_the_line() {
    let (mut event_loop, lock, log) = (Loop::new(), shared(), Log::new());
    let guard = lock.try_acquire().unwrap();
    let a = event_loop.spawn(visit(lock.clone(), log.clone(), 'a'));
    event_loop.spawn(visit(lock.clone(), log.clone(), 'b'));
    event_loop.tick();
    assert_eq!(lock.statistics().tasks_waiting, 2);
    event_loop.cancel(a);
    assert_eq!(lock.statistics().tasks_waiting, 1);
    drop(guard);
    event_loop.run();
    assert_eq!(log.take(), ['b']);
    assert!(!lock.locked());
}

#[test]
fn a_waiter_that_is_cancelled_after_it_was_handed_the_lock_passes_it_on() {
    let (mut event_loop, lock, log) = (Loop::new(), shared(), Log::new());
    let guard = lock.try_acquire().unwrap();
    let a = event_loop.spawn(visit(lock.clone(), log.clone(), 'a'));
    event_loop.spawn(visit(lock.clone(), log.clone(), 'b'));
    event_loop.tick();
    drop(guard);
    event_loop.cancel(a);
    event_loop.run();
    assert_eq!(log.take(), ['b']);
}

#[test]
fn a_waiter_that_is_cancelled_before_the_release_is_passed_over() {
    let (mut event_loop, lock, log) = (Loop::new(), shared(), Log::new());
    let guard = lock.try_acquire().unwrap();
    let a = event_loop.spawn(visit(lock.clone(), log.clone(), 'a'));
    event_loop.spawn(visit(lock.clone(), log.clone(), 'b'));
    event_loop.tick();
    event_loop.cancel(a);
    drop(guard);
    event_loop.run();
    assert_eq!(log.take(), ['b']);
}

#[test]
fn a_holder_that_is_cancelled_releases() {
    let (mut event_loop, lock) = (Loop::new(), shared());
    let inner = lock.clone();
    let holder = event_loop.spawn(async move {
        let _guard = inner.acquire().await;
        std::future::pending::<()>().await;
    });
    event_loop.tick();
    assert!(lock.locked());
    event_loop.cancel(holder);
    assert!(!lock.locked());
}

#[test]
fn the_latest_waker_is_woken() {
    let lock = shared();
    let guard = lock.try_acquire().unwrap();
    let mut waiting = Box::pin(lock.acquire());
    let ((first, waker), (second, other)) = (Count::new(), Count::new());
    for waker in [&waker, &other] {
        let poll = waiting
            .as_mut()
            .poll(&mut std::task::Context::from_waker(waker));
        assert!(poll.is_pending());
    }
    drop(guard);
    assert_eq!((first.get(), second.get()), (0, 1));
}

#[test]
#[should_panic(expected = "future polled after it was done")]
fn polling_after_the_end_panics() {
    let lock = shared();
    let mut acquire = lock.acquire();
    drop(poll_once(&mut acquire));
    let _ = poll_once(&mut acquire);
}

async fn visit_often(lock: Arc<Lock<usize>>, owned: bool) {
    for _ in 0..3 {
        if owned {
            let _guard = lock.clone().acquire_owned().await;
            turns(1).await;
        } else {
            let _guard = lock.acquire().await;
            turns(1).await;
        }
        turns(1).await;
    }
}

#[test]
fn nobody_is_stuck_wherever_a_waiter_is_dropped() {
    for owned in [false, true] {
        let moments = cancel_at_every_poll(
            |event_loop| {
                let lock = Arc::new(Lock::new(0));
                let tasks: Vec<_> = (0..4)
                    .map(|_| event_loop.spawn(visit_often(lock.clone(), owned)))
                    .collect();
                (tasks[1], lock)
            },
            |lock, _| assert!(!lock.locked()),
        );
        assert!(moments > 6);
    }
}

#[test]
fn threads_that_give_up_at_random_lose_nothing() {
    let lock = Arc::new(Lock::new(0_usize));
    let entered = Arc::new(AtomicUsize::new(0));
    let (inner, count) = (lock.clone(), entered.clone());
    on_threads(4, move |_, random| {
        for _ in 0..5_000 {
            if let Some(mut guard) = block_or_give_up(random, inner.acquire()) {
                // Not atomic: wrong if two are in here.
                let before = *guard;
                if random.below(8) == 0 {
                    std::thread::yield_now();
                }
                *guard = before + 1;
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    assert_eq!(
        *lock.try_acquire().unwrap(),
        entered.load(Ordering::Relaxed)
    );
}
