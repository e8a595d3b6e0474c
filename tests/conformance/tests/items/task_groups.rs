//! K. `TaskGroup`.

use asyncio::{ExceptionGroup, GroupHandle, GroupTask, create_future, create_task, current_task};
use asyncio::{finally, get_running_loop, sleep, task_group};
use asyncio_conformance::exceptions::Exc;
use asyncio_conformance::items;
use asyncio_conformance::probe::{Log, now, on_drop, out};
use asyncio_conformance::worker::{Worker, w};
use serde_json::{Value, json};

items! {
    clock: b_193 b_194 b_195 b_196 b_197 b_198 b_199 b_200 b_201 b_202 b_203 b_204 b_205 b_206 b_207
        b_208 b_209 b_210 b_211;
}

pub(crate) type Ended = Result<(), ExceptionGroup<Exc>>;
type Outcome = Result<Value, Exc>;

/// A body that does no more than sleep.
#[derive(Default)]
struct Body {
    sleeps: f64,
    log: Log,
}

impl Body {
    async fn run(self) {
        let Body { sleeps, log } = self;
        if sleeps > 0.0 {
            let cancelled = on_drop(|| log.push(format!("body cancelled@{}", now())));
            sleep(sleeps).await;
            cancelled.disarm();
        }
    }
}

/// A group of workers.
async fn tg_run<const N: usize>(workers: [Worker; N], body: Body) -> Ended {
    task_group!(|tg| {
        for worker in workers {
            tg.create_task(worker);
        }
        body.run().await;
    })
    .await
}

/// A group of workers whose body makes them, and no more.
pub(crate) async fn group_of<const N: usize>(workers: [Worker; N]) -> Ended {
    tg_run(workers, Body::default()).await
}

pub(crate) fn fails(log: &Log, name: &str, delay: impl Into<f64>) -> Worker {
    w(log, name, delay).exc(Exc::value_error(name))
}

async fn b_193() -> Value {
    let log = Log::new();
    let tasks = task_group!(|tg| {
        let a = tg.create_task(w(&log, "a", 2).ret(1));
        (a, tg.create_task(w(&log, "b", 1).ret(2)))
    });
    let (a, c) = tasks.await.expect("none fails");
    json!([out(a).await, out(c).await, now()])
}

async fn b_194() -> Value {
    let log = Log::new();
    let called = log.clone();
    get_running_loop().call_soon(move || called.push("x"));
    task_group!(|_tg| {}).await.expect("none fails");
    log.value()
}

async fn b_195() -> Value {
    let log = Log::new();
    let body = Body {
        sleeps: 20.0,
        log: log.clone(),
    };
    let outcome = out(tg_run([fails(&log, "a", 1), w(&log, "b", 9)], body)).await;
    json!([outcome, log.value(), now()])
}

async fn b_196() -> Value {
    let fails = w(&Log::new(), "a", 0).exc(Exc::key_error("k"));
    out(group_of([fails])).await
}

async fn b_197() -> Value {
    let log = Log::new();
    let workers = [fails(&log, "a", 1), w(&log, "b", 9).cleanup(4)];
    let outcome = out(group_of(workers)).await;
    json!([outcome, log.value(), now()])
}

/// A child whose cleanup fails, which it can only tell the group.
async fn fails_in_cleanup(group: GroupHandle<'static, Exc>, child: Worker, error: Exc) -> Outcome {
    let _except = finally(async move { group.fail(error).expect("the group waits for this") });
    child.await
}

async fn b_198() -> Value {
    let log = Log::new();
    let group = task_group!(move |tg| {
        tg.create_task(fails(&log, "a", 1));
        let sibling = w(&log, "b", 9);
        tg.create_task(fails_in_cleanup(tg.handle(), sibling, Exc::key_error("b")));
        Ok(())
    });
    out(group).await
}

async fn b_199() -> Value {
    let bad = |x: u32| w(&Log::new(), "bad", 1).exc(Exc::with("ValueError", x));
    out(group_of([bad(1), bad(2), bad(3)])).await
}

async fn b_200() -> Value {
    let log = Log::new();
    let child = w(&log, "a", 9);
    let group = task_group!(move |tg| {
        tg.create_task(fails_in_cleanup(tg.handle(), child, Exc::key_error("a")));
        sleep(1).await;
        Err::<(), _>(Exc::value_error("body"))
    });
    json!([out(group).await, log.value()])
}

async fn b_201() -> Value {
    let log = Log::new();
    out(group_of([w(&log, "a", 5)])).await;
    log.value()
}

async fn b_202() -> Value {
    let (log, mut cancelled) = (Log::new(), None);
    let group = task_group!(|tg| {
        let a = tg.create_task(w(&log, "a", 9));
        tg.create_task(w(&log, "b", 2));
        sleep(1).await;
        a.cancel();
        cancelled = Some(a);
    });
    group.await.expect("none fails");
    let a = cancelled.expect("the body ran");
    json!([log.value(), a.cancelled(), now()])
}

/// To raise `CancelledError` by hand is to cancel oneself.
async fn b_203() -> Value {
    let (setter, itself) = create_future::<GroupTask<()>>();
    let c = async {
        itself.await.expect("it is set").cancel();
        sleep(9).await;
    };
    let group = task_group!(|tg| {
        tg.create_task(w(&Log::new(), "b", 1));
        let c = tg.create_task(c);
        setter.set_result(c).expect("it is pending");
        Ok::<(), Exc>(())
    });
    out(group).await
}

async fn b_204() -> Value {
    let log = Log::new();
    let workers = [w(&log, "a", 9), w(&log, "b", 9).cleanup(2)];
    let t = create_task(group_of(workers));
    sleep(1).await;
    t.cancel();
    json!([out(t).await, log.last(), now()])
}

async fn b_205() -> Value {
    let child = w(&Log::new(), "a", 9).on_cancel(Exc::value_error("a"));
    let mut t = create_task(group_of([child]));
    sleep(1).await;
    t.cancel();
    json!([out(&mut t).await, t.cancelled(), t.cancelling()])
}

async fn b_206() -> Value {
    let log = Log::new();
    let child = w(&log, "a", 9).on_cancel(Exc::value_error("a"));
    let of_parent = log.clone();
    let t = create_task(async move {
        if group_of([child]).await.is_err() {
            of_parent.push("handled");
        }
        sleep(5).await;
        of_parent.push("ran on");
    });
    sleep(1).await;
    t.cancel();
    json!([out(t).await, log.value()])
}

async fn b_207() -> Value {
    let body = Body {
        sleeps: 9.0,
        ..Body::default()
    };
    out(tg_run([fails(&Log::new(), "a", 1)], body)).await;
    sleep(1).await;
    json!([cancelling(), now()])
}

pub(crate) fn cancelling() -> u32 {
    current_task().map_or(0, |task| task.cancelling())
}

async fn b_208() -> Value {
    let log = Log::new();
    let group = task_group!(|tg| {
        let t = tg.create_task(fails(&Log::new(), "a", 1));
        let cancelled = on_drop(|| log.push("CancelledError"));
        let outcome = t.await;
        cancelled.disarm();
        log.push(out(async { outcome }).await);
        Ok(())
    });
    json!([out(group).await, log.value()])
}

async fn b_209() -> Value {
    let group = task_group!(move |tg| {
        tg.create_task(fails(&Log::new(), "a", 1));
        fails_in_cleanup(
            tg.handle(),
            w(&Log::new(), "body", 9),
            Exc::key_error("body"),
        )
        .await
    });
    out(group).await
}

/// What the body does when it is cancelled changes nothing.
async fn b_210() -> Value {
    let group = task_group!(|tg| {
        tg.create_task(fails(&Log::new(), "a", 1));
        let _except = finally(async {});
        sleep(9).await;
        Ok(())
    });
    out(group).await
}

async fn b_211() -> Value {
    let log = Log::new();
    let group = task_group!(|tg| {
        let handle = tg.handle();
        tg.create_task(async {
            sleep(1).await;
            let handle = handle;
            handle.create_task(w(&log, "late", 1));
            Ok::<(), Exc>(())
        });
    });
    out(group).await;
    log.value()
}
