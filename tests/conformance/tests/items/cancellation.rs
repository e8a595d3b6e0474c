//! C. `Task.cancel`.

use asyncio::{Task, create_future, create_task, current_task, finally, get_running_loop, sleep};
use asyncio_conformance::exceptions::Exc;
use asyncio_conformance::items;
use asyncio_conformance::probe::{Log, now, on_drop, out, ticks, trap};
use asyncio_conformance::worker::w;
use futures::FutureExt;
use serde_json::{Value, json};
use std::panic::AssertUnwindSafe;

items! {
    clock: b_058 b_059 b_060 b_061 b_062 b_063 b_064 b_065 b_066 b_067 b_068 b_069 b_070 b_071 b_072 b_073
        b_074 b_075 b_076 b_077 b_078 b_079 b_080 b_084 b_085 b_086;
}

async fn b_058() -> Value {
    let log = Log::new();
    let body = log.clone();
    let mut t = create_task(async move {
        let in_finally = body.clone();
        let _finally = finally(async move { in_finally.push("finally") });
        body.push("body");
    });
    t.cancel();
    let outcome = out(&mut t).await;
    json!([outcome, log.value(), t.cancelled()])
}

async fn b_059() -> Value {
    let log = Log::new();
    let mut task = create_task(w(&log, "a", 10));
    ticks(1).await;
    let accepted = task.cancel();
    let at_once = [task.done(), task.cancelled()];
    let outcome = out(&mut task).await;
    json!([accepted, at_once, outcome, log.value(), task.cancelled()])
}

async fn b_060() -> Value {
    let log = Log::new();
    let task = create_task(w(&log, "a", 10).cleanup(3));
    sleep(1).await;
    task.cancel();
    let outcome = out(task).await;
    json!([log.value(), outcome, now()])
}

/// The body has no say in it: it is dropped.
async fn b_061() -> Value {
    let log = Log::new();
    let mut t = create_task(w(&log, "a", 10).ret("kept"));
    ticks(1).await;
    t.cancel();
    let outcome = out(&mut t).await;
    json!([outcome, t.cancelled(), t.cancelling()])
}

async fn b_062() -> Value {
    let t = create_task(async {
        let caught = AssertUnwindSafe(sleep(10)).catch_unwind().await;
        sleep(1).await;
        caught.map_or_else(|_| now(), |()| now())
    });
    ticks(1).await;
    t.cancel();
    out(t).await
}

async fn b_063() -> Value {
    let log = Log::new();
    let mut t = create_task(w(&log, "a", 10).on_cancel(Exc::key_error("x")));
    ticks(1).await;
    t.cancel();
    let outcome = out(&mut t).await;
    json!([outcome, t.cancelled()])
}

/// What is cancelled here goes on for as long as its cleanup takes.
async fn b_064() -> Value {
    let log = Log::new();
    let delivered = log.clone();
    let t = create_task(async move {
        let _finally = finally(async move {
            delivered.push(now());
            sleep(5).await;
            sleep(5).await;
        });
        sleep(5).await;
    });
    ticks(1).await;
    let accepted = json!([t.cancel(), t.cancel(), t.cancelling()]);
    out(t).await;
    json!([accepted, log.value(), now()])
}

async fn b_065() -> Value {
    let log = Log::new();
    let t = create_task(w(&log, "a", 10).cleanup(5));
    for _ in 0..2 {
        sleep(1).await;
        t.cancel();
    }
    let outcome = out(t).await;
    json!([log.value(), outcome, now()])
}

/// To await it would take the result.
async fn b_066() -> Value {
    let mut t = create_task(async { 1 });
    ticks(1).await;
    json!([t.cancel(), t.cancelled(), trap(|| t.result())])
}

async fn b_067() -> Value {
    let log = Log::new();
    let (t, u) = (create_task(w(&log, "a", 10)), create_task(w(&log, "b", 10)));
    ticks(1).await;
    t.cancel_with("why");
    u.cancel();
    json!([out(t).await, out(u).await])
}

async fn b_068() -> Value {
    let t = create_task(sleep(9));
    ticks(1).await;
    t.cancel_with("first");
    t.cancel_with("second");
    out(t).await
}

async fn b_069() -> Value {
    let t = create_task(sleep(9));
    ticks(1).await;
    t.cancel();
    let at_once = t.done();
    ticks(1).await;
    json!([at_once, t.done()])
}

async fn b_070() -> Value {
    let steps = Log::new();
    let of_task = steps.clone();
    let t = create_task(async move {
        loop {
            of_task.push(1);
            sleep(0).await;
        }
    });
    ticks(3).await;
    let before = steps.len();
    t.cancel();
    let outcome: Value = out::<Task<()>>(t).await;
    json!([outcome, steps.len() - before])
}

fn cancel_myself() {
    current_task().expect("a task of ours").cancel();
}

async fn b_071() -> Value {
    let t = create_task(async {
        cancel_myself();
        sleep(100).await;
    });
    json!([out(t).await, now()])
}

async fn b_072() -> Value {
    let mut t = create_task(async {
        cancel_myself();
        12
    });
    let outcome = out(&mut t).await;
    json!([outcome, t.cancelled()])
}

async fn b_073() -> Value {
    let (setter, f) = create_future();
    setter.set_result("v").expect("it is pending");
    let log = Log::new();
    let body = log.clone();
    let t = create_task(async move {
        cancel_myself();
        body.push(out(f).await);
        sleep(0).await;
        body.push("never");
    });
    json!([out(t).await, log.value()])
}

async fn b_074() -> Value {
    let log = Log::new();
    let inner = create_task(w(&log, "inner", 10).cleanup(2));
    let (handle, in_finally) = (inner.handle(), log.clone());
    let t = create_task(async move {
        let _finally = finally(async move { in_finally.push(format!("outer finally@{}", now())) });
        out(inner.cancel_on_drop()).await;
    });
    sleep(1).await;
    t.cancel();
    let outcome = out(t).await;
    json!([log.value(), outcome, handle.cancelled()])
}

async fn b_075() -> Value {
    let log = Log::new();
    let inner = create_task(w(&log, "inner", 10).ret("v"));
    let mut t = create_task(async move { out(inner).await });
    sleep(1).await;
    t.cancel();
    let outcome = out(&mut t).await;
    json!([outcome, t.cancelling()])
}

async fn b_076() -> Value {
    let inner = create_task(sleep(10)).shared();
    let [a, mut c] =
        [inner.clone(), inner].map(|inner| create_task(async move { out(inner).await }));
    ticks(2).await;
    a.cancel();
    json!([out(a).await, out(&mut c).await, c.cancelling()])
}

async fn b_077() -> Value {
    let inner = create_task(sleep(10));
    let by_somebody_else = inner.canceller();
    let mut t = create_task(inner);
    ticks(2).await;
    by_somebody_else.cancel();
    let outcome = out(&mut t).await;
    json!([outcome, t.cancelled(), t.cancelling()])
}

/// To raise `CancelledError` by hand is to cancel oneself.
async fn b_078() -> Value {
    let mut t = create_task(async {
        let itself = current_task().expect("a task of ours");
        itself.cancel_with("mine");
        sleep(0).await;
    });
    let outcome = out(&mut t).await;
    json!([outcome, t.cancelled()])
}

async fn b_079() -> Value {
    let t = create_task(async {
        let caught = AssertUnwindSafe(sleep(9)).catch_unwind().await;
        if caught.is_err() { "caught" } else { "slept" }
    });
    ticks(1).await;
    t.cancel();
    out(t).await
}

async fn b_080() -> Value {
    let (setter, f) = create_future();
    let log = Log::new();
    let body = log.clone();
    let t = create_task(async move {
        let lost = on_drop(|| body.push("lost"));
        let value = out(f).await;
        lost.disarm();
        body.push(value);
    });
    ticks(1).await;
    setter.set_result("value").expect("it is pending");
    t.cancel();
    json!([out(t).await, log.value()])
}

async fn b_084() -> Value {
    let mut t = create_task(async {
        sleep(9).await;
        Ok::<_, Exc>(())
    });
    let early = trap(|| t.result());
    ticks(1).await;
    t.cancel();
    ticks(2).await;
    json!([early, trap(|| t.result()), trap(|| t.exception())])
}

async fn b_085() -> Value {
    let log = Log::new();
    let noted = |name: &'static str| {
        let log = log.clone();
        finally(async move { log.push(name) })
    };
    let (in_c, in_b, in_a) = (noted("c"), noted("b"), noted("a"));
    let c = create_task(async move {
        let _finally = in_c;
        sleep(9).await;
    });
    let b = create_task(async move {
        let _finally = in_b;
        out(c).await;
    });
    let a = create_task(async move {
        let _finally = in_a;
        out(b).await;
    });
    ticks(2).await;
    a.cancel();
    let mut seen = Vec::new();
    for _ in 0..3 {
        ticks(1).await;
        seen.push(log.value());
    }
    seen.into()
}

async fn b_086() -> Value {
    let log = Log::new();
    let body = log.clone();
    let t = create_task(async move {
        let itself = current_task().expect("a task of ours");
        get_running_loop().call_soon(move || assert!(itself.cancel()));
        for i in 0..3 {
            body.push(i);
        }
        sleep(0).await;
        body.push("never");
    });
    json!([out(t).await, log.value()])
}
