//! Q. `Queue`, `PriorityQueue`, `LifoQueue`, and their `shutdown`.

use asyncio::{LifoQueue, PriorityQueue, Queue, Task, create_task, get_running_loop, sleep};
use asyncio::{wait, wait_for};
use asyncio_conformance::items;
use asyncio_conformance::probe::{Log, out, ticks, trap};
use serde_json::{Value, json};
use std::cmp::Ordering;
use std::sync::Arc;

items! {
    clock: b_239 b_240 b_241 b_242 b_243 b_244 b_245 b_246 b_247 b_248 b_249 b_250 b_251 b_252 b_253
        b_254 b_255 b_256 b_257 b_258 b_259 b_260;
}

type Shared<T> = Arc<Queue<T>>;

fn queue<T>(maxsize: usize) -> Shared<T> {
    Arc::new(Queue::new(maxsize))
}

/// A task that gets one item.
fn get<T: Send + 'static>(q: &Shared<T>) -> Task<Result<T, asyncio::QueueShutDown>> {
    let q = Arc::clone(q);
    create_task(async move { q.get().await })
}

/// A task that puts one item.
fn put<T: Send + 'static>(q: &Shared<T>, item: T) -> Task<Result<(), asyncio::QueueShutDown<T>>> {
    let q = Arc::clone(q);
    create_task(async move { q.put(item).await })
}

/// A task that waits until all is done.
fn join<T: Send + 'static>(q: &Shared<T>) -> Task<()> {
    let q = Arc::clone(q);
    create_task(async move { q.join().await })
}

async fn b_239() -> Value {
    macro_rules! order {
        ($queue:expr) => {{
            let q = $queue;
            for item in [2, 3, 1] {
                q.put_nowait(item).expect("there is room");
            }
            [(); 3].map(|()| q.get_nowait().expect("there are three"))
        }};
    }
    json!([
        order!(Queue::new(0)),
        order!(LifoQueue::new(0)),
        order!(PriorityQueue::new(0))
    ])
}

/// Compared by its priority only.
struct P(u32, u32);

impl PartialEq for P {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for P {}

impl PartialOrd for P {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for P {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

async fn b_240() -> Value {
    let q = PriorityQueue::new(0);
    for i in 0..6 {
        drop(q.put_nowait(P(1, i)));
    }
    let taken = std::iter::from_fn(|| q.get_nowait().ok());
    let order: Vec<_> = taken.map(|item| item.1).collect();
    json!([order, Value::Null])
}

/// A size is a whole number, and not negative: -1 there is 0 here, and 1.3 is 2.
async fn b_241() -> Value {
    let q = Queue::new(0);
    for i in 0..100 {
        q.put_nowait(i).expect("there is always room");
    }
    let f = Queue::new(2);
    for i in [1, 2] {
        f.put_nowait(i).expect("there is room for two");
    }
    json!([q.full(), f.full(), trap(|| f.put_nowait(3))])
}

async fn b_242() -> Value {
    let q = Queue::new(1);
    q.put_nowait(1).expect("there is room");
    let full = trap(|| q.put_nowait(2));
    q.get_nowait().expect("there is one");
    json!([full, trap(|| q.get_nowait())])
}

async fn b_243() -> Value {
    let (q, log) = (Queue::new(0), Log::new());
    let called = log.clone();
    get_running_loop().call_soon(move || called.push("x"));
    for i in 0..50 {
        out(q.put(i)).await;
        out(q.get()).await;
    }
    log.value()
}

async fn b_244() -> Value {
    let (q, log) = (queue(1), Log::new());
    let noted = |i: u32| {
        let (q, log) = (Arc::clone(&q), log.clone());
        create_task(async move {
            out(q.put(i)).await;
            log.push(i);
        })
    };
    let ts: Vec<_> = (0..4).map(noted).collect();
    ticks(1).await;
    let before = log.value();
    let mut got = Vec::new();
    for _ in 0..4 {
        got.push(out(q.get()).await);
    }
    wait(ts).await;
    json!([before, got, log.value()])
}

/// A task that gets one item, and logs it.
fn noted_get<T: Send + Into<Value> + 'static>(q: &Shared<T>, log: &Log, name: Value) -> Task<()> {
    let (q, log) = (Arc::clone(q), log.clone());
    create_task(async move {
        let item: Value = q.get().await.expect("it is open").into();
        log.push(json!([name, item]));
    })
}

async fn b_245() -> Value {
    let (q, log) = (queue(0), Log::new());
    let ts: Vec<_> = (0..3).map(|i| noted_get(&q, &log, i.into())).collect();
    ticks(1).await;
    for item in ["x", "y", "z"] {
        q.put_nowait(item).expect("there is room");
    }
    wait(ts).await;
    log.value()
}

async fn b_246() -> Value {
    let (q, log) = (queue(0), Log::new());
    let ts = ["A", "B"].map(|name| noted_get(&q, &log, name.into()));
    ticks(1).await;
    q.put_nowait(1).expect("there is room");
    log.push(json!(["thief", out(q.get()).await]));
    for item in [2, 3] {
        ticks(2).await;
        q.put_nowait(item).expect("there is room");
    }
    wait(ts).await;
    log.value()
}

async fn b_247() -> Value {
    let q = queue(0);
    let (a, c) = (get(&q), get(&q));
    ticks(1).await;
    a.cancel();
    ticks(1).await;
    q.put_nowait("i").expect("there is room");
    json!([out(c).await, q.statistics().tasks_waiting_get])
}

async fn b_248() -> Value {
    let q = queue(0);
    let (a, c) = (get(&q), get(&q));
    ticks(1).await;
    q.put_nowait("i").expect("there is room");
    a.cancel();
    json!([out(a).await, out(wait_for(c, 1)).await, q.qsize()])
}

async fn b_249() -> Value {
    let q = queue(1);
    q.put_nowait(json!(0)).expect("there is room");
    let (a, c) = (put(&q, json!("a")), put(&q, json!("c")));
    ticks(1).await;
    a.cancel();
    ticks(1).await;
    let first = trap(|| q.get_nowait());
    ticks(2).await;
    json!([first, trap(|| q.get_nowait()), c.done()])
}

async fn b_250() -> Value {
    let q = Queue::new(0);
    let outcome = out(wait_for(q.get(), 1)).await;
    q.put_nowait(5).expect("there is room");
    let left = q.statistics().tasks_waiting_get;
    json!([outcome, left, out(q.get()).await])
}

async fn b_251() -> Value {
    let (q, log) = (Queue::<()>::new(0), Log::new());
    let called = log.clone();
    get_running_loop().call_soon(move || called.push("x"));
    q.join().await;
    log.value()
}

async fn b_252() -> Value {
    let q = queue(0);
    q.put_nowait(1).expect("there is room");
    let j = join(&q);
    q.get_nowait().expect("there is one");
    sleep(1).await;
    let empty = j.done();
    q.task_done().expect("one is not done");
    sleep(1).await;
    json!([empty, j.done()])
}

async fn b_253() -> Value {
    trap(|| Queue::<()>::new(0).task_done())
}

async fn b_254() -> Value {
    let q = queue(0);
    q.put_nowait(1).expect("there is room");
    let j = join(&q);
    ticks(1).await;
    q.get_nowait().expect("there is one");
    q.task_done().expect("one is not done");
    q.put_nowait(2).expect("there is room");
    ticks(2).await;
    j.done().into()
}

async fn b_255() -> Value {
    let q = Queue::new(0);
    q.put_nowait(1).expect("there is room");
    q.shutdown();
    json!([
        out(q.put(2)).await,
        trap(|| q.put_nowait(2)),
        out(q.get()).await,
        out(q.get()).await,
        trap(|| q.get_nowait())
    ])
}

async fn b_256() -> Value {
    let q = queue::<()>(0);
    let [a, c] = [get(&q), get(&q)];
    ticks(1).await;
    q.shutdown();
    json!([out(a).await, out(c).await])
}

async fn b_257() -> Value {
    let q = queue(1);
    q.put_nowait(1).expect("there is room");
    let t = put(&q, 2);
    ticks(1).await;
    q.shutdown();
    json!([out(t).await, q.qsize()])
}

async fn b_258() -> Value {
    let q = queue(1);
    q.put_nowait(1).expect("there is room");
    let t = put(&q, 2);
    ticks(1).await;
    q.get_nowait().expect("there is one");
    q.shutdown();
    json!([out(t).await, q.qsize()])
}

async fn b_259() -> Value {
    let q = queue(0);
    q.put_nowait(1).expect("there is room");
    let j = join(&q);
    ticks(1).await;
    q.shutdown();
    ticks(2).await;
    let before = j.done();
    out(q.get()).await;
    q.task_done().expect("one is not done");
    ticks(2).await;
    json!([before, j.done()])
}

async fn b_260() -> Value {
    let q = queue(0);
    for item in [1, 2] {
        q.put_nowait(item).expect("there is room");
    }
    let j = join(&q);
    ticks(1).await;
    q.shutdown_immediate();
    ticks(2).await;
    json!([
        q.qsize(),
        j.done(),
        out(q.get()).await,
        trap(|| q.task_done())
    ])
}
