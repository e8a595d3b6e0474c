//! W. `wait`.

use asyncio::{FIRST_COMPLETED, FIRST_EXCEPTION, Task, create_task, get_running_loop, sleep, wait};
use asyncio_conformance::exceptions::Exc;
use asyncio_conformance::items;
use asyncio_conformance::probe::{Log, now, out, ticks, trap};
use asyncio_conformance::worker::{Worker, w};
use serde_json::{Value, json};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

items! {
    clock: b_116 b_117 b_118 b_119 b_120 b_121 b_122 b_123 b_124 b_125 b_126 b_127 b_128 b_129 b_134 b_135
        b_136 b_137;
}

type Outcome = Result<Value, Exc>;

fn named<F>(name: &str, body: F) -> Task<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    Task::builder().name(name).spawn(body)
}

fn worker(worker: Worker, name: &str) -> Task<Outcome> {
    named(name, async { worker.await })
}

fn three(log: &Log) -> Vec<Task<Outcome>> {
    let delays = [("a", 1), ("b", 2), ("c", 3)];
    let tasks = delays.map(|(name, delay)| worker(w(log, name, delay), name));
    tasks.into()
}

/// The names, sorted.
fn names<T>(tasks: &[Task<T>]) -> Vec<String> {
    let mut names: Vec<_> = tasks.iter().map(|task| task.name().to_string()).collect();
    names.sort();
    names
}

async fn b_116() -> Value {
    let log = Log::new();
    let (d, p) = wait(three(&log)).return_when(FIRST_COMPLETED).await;
    let then = now();
    sleep(5).await;
    json!([names(&d), names(&p), then, log.last()])
}

async fn b_117() -> Value {
    let tasks = [1, 2].map(|count| named(["", "a", "b"][count], ticks(count)));
    let (d, p) = wait(tasks).return_when(FIRST_COMPLETED).await;
    json!([names(&d), names(&p)])
}

async fn b_118() -> Value {
    let log = Log::new();
    let tasks = [
        worker(w(&log, "a", 1), "a"),
        worker(w(&log, "b", 2).exc(Exc::value_error("b")), "b"),
        worker(w(&log, "c", 3), "c"),
    ];
    let (d, p) = wait(tasks).return_when(FIRST_EXCEPTION).await;
    let value = json!([names(&d), names(&p), now()]);
    for task in &d {
        let _retrieved = task.exception();
    }
    value
}

async fn b_119() -> Value {
    let (d, p) = wait(three(&Log::new())).return_when(FIRST_EXCEPTION).await;
    json!([names(&d), names(&p), now()])
}

/// Three, of which the first is cancelled after half a second.
fn one_is_cancelled() -> Vec<Task<Outcome>> {
    let tasks = three(&Log::new());
    let first = tasks[0].canceller();
    get_running_loop().call_later(0.5, move || assert!(first.cancel()));
    tasks
}

async fn b_120() -> Value {
    let (d, _p) = wait(one_is_cancelled()).return_when(FIRST_EXCEPTION).await;
    json!([names(&d), now()])
}

async fn b_121() -> Value {
    let (d, _p) = wait(one_is_cancelled()).return_when(FIRST_COMPLETED).await;
    json!([names(&d), now()])
}

async fn b_122() -> Value {
    let tasks = three(&Log::new());
    tasks[1].cancel();
    let (d, p) = wait(tasks).await;
    json!([names(&d), names(&p), now()])
}

async fn b_123() -> Value {
    let log = Log::new();
    let (d, p) = wait(three(&log)).timeout(1.5).await;
    let then = now();
    sleep(5).await;
    json!([names(&d), names(&p), then, log.last()])
}

async fn b_124() -> Value {
    let log = Log::new();
    let (d, p) = wait(three(&log)).timeout(0).await;
    json!([names(&d), names(&p), log.value(), now()])
}

async fn b_125() -> Value {
    let (d, p) = wait(three(&Log::new())).timeout(-1).await;
    json!([names(&d), names(&p), now()])
}

/// In a task, as the main coroutine of a probe is.
async fn in_a_task<F: Future<Output = Value> + Send + 'static>(body: F) -> Value {
    out(create_task(body)).await
}

async fn b_126() -> Value {
    in_a_task(async {
        let tasks = [named("a", sleep(0.1)), named("b", sleep(0.15))];
        ticks(1).await;
        let (d, p) = wait(tasks).timeout(0.1).await;
        json!([names(&d), names(&p)])
    })
    .await
}

async fn b_127() -> Value {
    in_a_task(async {
        let late = async {
            sleep(0).await;
            sleep(0.1).await;
        };
        let (d, p) = wait([named("a", late)]).timeout(0.1).await;
        json!([names(&d), names(&p)])
    })
    .await
}

async fn b_128() -> Value {
    let t = create_task(sleep(0));
    ticks(2).await;
    assert!(t.done(), "to await it would take its value");
    let log = Log::new();
    let called = log.clone();
    get_running_loop().call_soon(move || called.push("x"));
    let (d, p) = wait([t]).await;
    json!([d.len(), p.len(), log.value(), now()])
}

async fn b_129() -> Value {
    trap(|| drop(wait(Vec::<Task<()>>::new())))
}

async fn b_134() -> Value {
    let tasks = (0..3).map(|i| named(&i.to_string(), sleep(0)));
    let (d, _p) = wait(tasks).await;
    names(&d).into()
}

async fn b_135() -> Value {
    let log = Log::new();
    let tasks = three(&log);
    let t = create_task(async { drop(wait(tasks).await) });
    sleep(0.5).await;
    t.cancel();
    let outcome = out(t).await;
    sleep(5).await;
    json!([outcome, log.last()])
}

async fn b_136() -> Value {
    let fails = create_task(async { Err::<(), _>(Exc::value_error("x")) });
    let (d, p) = wait([fails]).await;
    drop((d, p));
    Value::Null
}

/// What is left behind with the task is a waker.
async fn b_137() -> Value {
    struct Counted(Waker);
    impl Wake for Counted {
        fn wake(self: Arc<Self>) {
            self.0.wake_by_ref();
        }
    }
    let t = create_task(sleep(5));
    let mut counted: Option<Arc<Counted>> = None;
    let (_d, p) = {
        let mut waiting = pin!(wait([t]).timeout(1));
        let turn = poll_fn(|cx| {
            let counted = counted.get_or_insert_with(|| Arc::new(Counted(cx.waker().clone())));
            let waker = Waker::from(Arc::clone(counted));
            waiting.as_mut().poll(&mut Context::from_waker(&waker))
        });
        turn.await
    };
    assert!(!p[0].done());
    let left = counted.map(|counted| Arc::strong_count(&counted) - 1);
    json!(left)
}
