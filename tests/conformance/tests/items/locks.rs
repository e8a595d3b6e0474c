//! L. `Lock`, `Event` and `Condition`.

use asyncio::locks::OwnedLockGuard;
use asyncio::{ALL_COMPLETED, FIRST_COMPLETED};
use asyncio::{Condition, Event, Lock, Task, create_task, gather, get_running_loop, sleep, wait};
use asyncio_conformance::exceptions::{Exc, Shown};
use asyncio_conformance::items;
use asyncio_conformance::probe::{Log, now, on_drop, out, ticks};
use serde_json::{Value, json};
use std::sync::Arc;

items! {
    clock: b_265 b_266 b_267 b_269 b_270 b_271 b_272 b_273 b_275 b_276 b_277 b_278 b_279 b_280 b_281 b_282
        b_283 b_284 b_285 b_286;
}

/// A lock that is held: what `acquire` says by `True` in asyncio.
struct Held(OwnedLockGuard<()>);

impl Shown for Held {
    fn shown(self) -> Result<Value, Exc> {
        drop(self.0);
        Ok(Value::from(true))
    }
}

async fn acquire(lock: Arc<Lock>) -> Held {
    Held(lock.acquire_owned().await)
}

/// A lock that is held, and two tasks in line for it.
async fn two_in_line() -> (Arc<Lock>, Held, Task<Held>, Task<Held>) {
    let l = Arc::new(Lock::new(()));
    let held = acquire(l.clone()).await;
    let (a, c) = (
        create_task(acquire(l.clone())),
        create_task(acquire(l.clone())),
    );
    ticks(1).await;
    (l, held, a, c)
}

async fn b_265() -> Value {
    let (l, log) = (Lock::new(()), Log::new());
    let other = log.clone();
    get_running_loop().call_soon(move || other.push("x"));
    let _guard = l.acquire().await;
    json!([l.try_acquire().is_none(), l.locked(), log.value()])
}

async fn b_266() -> Value {
    let (l, log) = (Lock::new(()), Log::new());
    let c = async |i: u32| {
        let _guard = l.acquire().await;
        log.push(i);
        sleep(1).await;
    };
    gather!(c(0), c(1), c(2), c(3)).await;
    json!([log.value(), now()])
}

async fn b_267() -> Value {
    let (l, log) = (Lock::new(()), Log::new());
    let a = async {
        let guard = l.acquire().await;
        sleep(1).await;
        drop(guard);
        let _guard = l.acquire().await;
        log.push("a2");
    };
    let b = async {
        let _guard = l.acquire().await;
        log.push("b");
    };
    gather!(a, b).await;
    log.value()
}

async fn b_269() -> Value {
    let l = Arc::new(Lock::new(()));
    let held = acquire(l.clone()).await;
    out(create_task(async move { drop(held) })).await;
    let _again = acquire(l.clone()).await;
    let deadlock = asyncio::wait_for(acquire(l.clone()), 1);
    json!([l.locked(), out(deadlock).await])
}

async fn b_270() -> Value {
    let (l, held, a, c) = two_in_line().await;
    a.cancel();
    ticks(1).await;
    drop(held);
    let held = c.await;
    json!([held.is_ok(), l.locked()])
}

async fn b_271() -> Value {
    let (_, held, a, c) = two_in_line().await;
    drop(held);
    a.cancel();
    json!([out(a).await, out(asyncio::wait_for(c, 1)).await])
}

async fn b_272() -> Value {
    let (_, held, a, c) = two_in_line().await;
    a.cancel();
    drop(held);
    out(a).await;
    out(asyncio::wait_for(c, 1)).await
}

async fn b_273() -> Value {
    let l = Arc::new(Lock::new(()));
    let body = l.clone();
    let t = create_task(async move {
        let _guard = body.acquire().await;
        sleep(9).await;
    });
    ticks(1).await;
    assert!(l.locked());
    t.cancel();
    out(t).await;
    l.locked().into()
}

async fn b_275() -> Value {
    let (e, log) = (Event::new(), Log::new());
    e.set();
    let other = log.clone();
    get_running_loop().call_soon(move || other.push("x"));
    e.wait().await;
    json!([e.is_set(), log.value()])
}

async fn b_276() -> Value {
    let (e, log) = (Arc::new(Event::new()), Log::new());
    let c = |i: u32| {
        let (e, log) = (e.clone(), log.clone());
        create_task(async move {
            e.wait().await;
            log.push(i);
        })
    };
    let mut tasks = vec![c(1), c(2)];
    ticks(1).await;
    tasks.push(c(3));
    e.set();
    drop(wait(tasks).return_when(ALL_COMPLETED).await);
    log.value()
}

/// A task that waits for the event.
fn waits(e: &Arc<Event>) -> Task<bool> {
    let e = e.clone();
    create_task(async move {
        e.wait().await;
        true
    })
}

async fn b_277() -> Value {
    let e = Arc::new(Event::new());
    let t = waits(&e);
    ticks(1).await;
    e.set();
    e.clear();
    json!([out(t).await, e.is_set()])
}

async fn b_278() -> Value {
    let e = Arc::new(Event::new());
    let t = waits(&e);
    ticks(1).await;
    assert_eq!(e.statistics().tasks_waiting, 1);
    t.cancel();
    out(t).await;
    e.statistics().tasks_waiting.into()
}

async fn b_279() -> Value {
    let c = Condition::new();
    let notified = out(async { c.notify(1) }).await;
    json!([(), notified, out(async { c.notify_all() }).await])
}

/// A condition, and the lock of what it is about.
#[derive(Default)]
struct Guarded<T> {
    lock: Lock<T>,
    changed: Condition,
}

async fn b_280() -> Value {
    let (c, log) = (Arc::new(Guarded::<()>::default()), Log::new());
    let (in_task, seen) = (c.clone(), log.clone());
    let t = create_task(async move {
        let guard = in_task.lock.acquire().await;
        let _guard = in_task.changed.wait(guard).await;
        seen.push(in_task.lock.try_acquire().is_none());
        seen.push(in_task.lock.locked());
    });
    ticks(1).await;
    log.push(c.lock.locked());
    let guard = c.lock.acquire().await;
    c.changed.notify(1);
    drop(guard);
    out(t).await;
    log.value()
}

async fn b_281() -> Value {
    let (c, log) = (Arc::new(Guarded::<()>::default()), Log::new());
    let a = |i: u32| {
        let (c, log) = (c.clone(), log.clone());
        create_task(async move {
            let guard = c.lock.acquire().await;
            let _guard = c.changed.wait(guard).await;
            log.push(i);
        })
    };
    let tasks: Vec<_> = (0..4).map(a).collect();
    ticks(1).await;
    let guard = c.lock.acquire().await;
    c.changed.notify(2);
    drop(guard);
    sleep(1).await;
    let two = log.value();
    let guard = c.lock.acquire().await;
    c.changed.notify_all();
    drop(guard);
    drop(wait(tasks).return_when(ALL_COMPLETED).await);
    json!([two, log.value()])
}

async fn b_282() -> Value {
    let c = Guarded::<()>::default();
    let guard = c.lock.acquire().await;
    c.changed.notify(1);
    drop(guard);
    let a = async {
        let guard = c.lock.acquire().await;
        drop(c.changed.wait(guard).await);
    };
    out(asyncio::wait_for(a, 1)).await
}

/// What a predicate looks at is in the lock.
async fn b_283() -> Value {
    let c = Arc::new(Guarded::<Vec<u32>>::default());
    let in_task = c.clone();
    let t = create_task(async move {
        let guard = in_task.lock.acquire().await;
        let two = |list: &mut Vec<u32>| list.len() >= 2;
        let guard = in_task.changed.wait_for(guard, two).await;
        guard.clone()
    });
    ticks(1).await;
    for i in 0..2 {
        let mut guard = c.lock.acquire().await;
        guard.push(i);
        c.changed.notify(1);
        drop(guard);
        ticks(3).await;
    }
    out(t).await
}

async fn b_284() -> Value {
    let (c, log) = (Arc::new(Guarded::<()>::default()), Log::new());
    let (in_task, seen) = (c.clone(), log.clone());
    let t = create_task(async move {
        let guard = in_task.lock.acquire().await;
        let _finally = on_drop(|| seen.push(json!([now(), in_task.lock.locked()])));
        drop(in_task.changed.wait(guard).await);
    });
    ticks(1).await;
    let guard = c.lock.acquire().await;
    t.cancel();
    sleep(3).await;
    drop(guard);
    json!([out(t).await, log.value()])
}

async fn b_285() -> Value {
    let c = Arc::new(Guarded::<u32>::default());
    let consumer = || {
        let c = c.clone();
        create_task(async move {
            let guard = c.lock.acquire().await;
            let some = |items: &mut u32| *items > 0;
            let mut guard = c.changed.wait_for(guard, some).await;
            *guard -= 1;
        })
    };
    let (first, second) = (consumer(), consumer());
    ticks(1).await;
    let mut guard = c.lock.acquire().await;
    *guard += 1;
    c.changed.notify(1);
    first.cancel();
    drop(guard);
    let first = out(first).await;
    let (done, _) = wait([second]).return_when(FIRST_COMPLETED).timeout(1).await;
    let got = if done.is_empty() {
        "lost wakeup"
    } else {
        "second consumer got it"
    };
    json!([first, got])
}

/// A lock knows nothing of conditions: whoever waits for one gives it the guard.
async fn b_286() -> Value {
    let l = Arc::new(Lock::new(()));
    let (a, c) = (Arc::new(Condition::new()), Arc::new(Condition::new()));
    let waits = |condition: &Arc<Condition>| {
        let (l, condition) = (l.clone(), condition.clone());
        create_task(async move {
            let guard = l.acquire().await;
            drop(condition.wait(guard).await);
        })
    };
    let (of_a, of_c) = (waits(&a), waits(&c));
    ticks(1).await;
    let _guard = l.acquire().await;
    assert_eq!(a.statistics().tasks_waiting, 1);
    assert_eq!(c.statistics().tasks_waiting, 1);
    drop((of_a, of_c));
    l.locked().into()
}
