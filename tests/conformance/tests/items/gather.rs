//! G. `gather`.

use asyncio::{Task, create_future, create_task, finally, gather, sleep};
use asyncio_conformance::exceptions::{Exc, Shown};
use asyncio_conformance::items;
use asyncio_conformance::probe::{Log, now, on_virtual_clock, out, ticks};
use asyncio_conformance::worker::w;
use futures::FutureExt;
use serde_json::{Value, json};
use std::future::{Future, Ready};
use std::sync::Arc;

items! {
    clock: b_088 b_089 b_090 b_091 b_092 b_093 b_094 b_095 b_096 b_097 b_098 b_099 b_100 b_101 b_102 b_103
        b_104 b_105 b_106 b_107 b_108 b_109 b_110 b_114;
    bare: b_115;
}

async fn b_088() -> Value {
    let log = Log::new();
    let all = gather!(
        w(&log, "a", 3).ret(1),
        w(&log, "b", 1).ret(2),
        w(&log, "c", 2).ret(3)
    );
    json!([out(all).await, log.with("done")])
}

async fn b_089() -> Value {
    gather!(sleep(3), sleep(1)).await;
    now().into()
}

async fn b_090() -> Value {
    let log = Log::new();
    let called = log.clone();
    asyncio::get_running_loop().call_soon(move || called.push("x"));
    let all = gather!(..Vec::<Ready<()>>::new()).await;
    json!([all, log.value()])
}

/// A worker as a task, which is what each argument of `gather` is in asyncio.
macro_rules! task {
    ($($worker:tt)*) => { create_task(w($($worker)*)) };
}

/// A task starts at once, and a future when it is awaited.
async fn b_091() -> Value {
    let log = Log::new();
    let f = gather!(task!(&log, "a", 0), task!(&log, "b", 0));
    ticks(1).await;
    let at_once = log.value();
    out(f).await;
    at_once
}

async fn b_092() -> Value {
    fn is_future<F: Future>(_: &F) -> bool {
        true
    }
    let one = async {
        sleep(0).await;
        1
    };
    let f = create_task(async { gather!(..[one]).await });
    let before = [is_future(&f), f.done()];
    json!([before, out(f).await])
}

/// A future is awaited once; a shared one is cloned.
async fn b_093() -> Value {
    let count = Log::new();
    let x = async {
        count.push(1);
        "r"
    };
    let x = x.shared();
    let (a, b, c, d) = gather!(x.clone(), x.clone(), async { "d" }, x).await;
    json!([[a, b, c, d], count.len()])
}

async fn b_094() -> Value {
    let t = create_task(async {
        sleep(1).await;
        "r"
    });
    let t = t.shared();
    out(gather!(t.clone(), t)).await
}

async fn b_095() -> Value {
    let log = Log::new();
    let fails = create_task(w(&log, "a", 1).exc(Exc::value_error("a")));
    let outcome = out(gather!(fails, task!(&log, "b", 3))).await;
    let then = now();
    sleep(5).await;
    json!([outcome, then, log.value()])
}

async fn b_096() -> Value {
    let log = Log::new();
    let first = create_task(w(&log, "a", 1).exc(Exc::value_error("a")));
    let second = create_task(w(&log, "b", 2).exc(Exc::key_error("b")));
    let outcome = out(gather!(first, second)).await;
    sleep(3).await;
    json!([outcome, log.value()])
}

async fn b_097() -> Value {
    let bad = async |x: &str| {
        sleep(1).await;
        Err::<(), _>(Exc::value_error(x))
    };
    out(gather!(bad("first"), bad("second"))).await
}

/// A value, or an exception as one.
fn as_value<T: Shown, E: Into<Exc>>(result: Result<T, E>) -> Value {
    let shown = result.map_err(Into::into).and_then(Shown::shown);
    shown.unwrap_or_else(|exception| exception.to_string().into())
}

async fn b_098() -> Value {
    let log = Log::new();
    let (a, b, c) = gather!(
        w(&log, "a", 1).exc(Exc::value_error("a")),
        w(&log, "b", 2).ret("ok"),
        w(&log, "c", 0).exc(Exc::key_error("c")),
        return_exceptions = true
    )
    .await;
    json!([[as_value(a), as_value(b), as_value(c)], now()])
}

async fn b_099() -> Value {
    let log = Log::new();
    let t = create_task(sleep(9));
    let by_hand = t.canceller();
    let b = task!(&log, "b", 2);
    let mut f = create_task(async { gather!(t, b).await });
    ticks(1).await;
    by_hand.cancel();
    let outcome = out(&mut f).await;
    sleep(3).await;
    json!([outcome, f.cancelled(), log.value()])
}

async fn b_100() -> Value {
    let t = create_task(sleep(9));
    let by_hand = t.canceller();
    let b = async {
        sleep(1).await;
        "b"
    };
    let f = create_task(async { gather!(t, b, return_exceptions = true).await });
    ticks(1).await;
    by_hand.cancel();
    let (t, b) = f.await.expect("it is not cancelled");
    json!([as_value(t), b])
}

async fn b_101() -> Value {
    let log = Log::new();
    let (a, b) = (w(&log, "a", 9), w(&log, "b", 9));
    let f = create_task(async { gather!(a, b).await });
    ticks(1).await;
    json!([f.cancel(), out(f).await, log.value()])
}

async fn b_102() -> Value {
    let (setter, fu) = create_future();
    let f = create_task(async { gather!(..[fu]).await });
    ticks(1).await;
    setter.set_result(42).expect("it is pending");
    ticks(1).await;
    json!([f.cancel(), out(f).await])
}

/// `outer@`, when the awaiter of a gather has been cancelled and comes to its `finally`.
fn outer(log: &Log) -> asyncio::Finally {
    let log = log.clone();
    finally(async move { log.push(format!("outer@{}", now())) })
}

async fn b_103() -> Value {
    let log = Log::new();
    let of_outer = log.clone();
    let t = create_task(async move {
        let _finally = outer(&of_outer);
        let (fast, slow) = (w(&of_outer, "fast", 9), w(&of_outer, "slow", 9).cleanup(3));
        out(gather!(fast, slow)).await;
    });
    sleep(1).await;
    t.cancel();
    let outcome = out(t).await;
    sleep(5).await;
    json!([outcome, log.value()])
}

async fn b_104() -> Value {
    let log = Log::new();
    let of_outer = log.clone();
    let t = create_task(async move {
        let _finally = outer(&of_outer);
        let (fast, slow) = (w(&of_outer, "fast", 9), w(&of_outer, "slow", 9).cleanup(3));
        let _outcomes = gather!(fast, slow, return_exceptions = true).await;
    });
    sleep(1).await;
    t.cancel();
    let outcome = out(t).await;
    json!([outcome, log.value()])
}

/// No child can suppress it.
async fn b_105() -> Value {
    let log = Log::new();
    let (a, b) = (w(&log, "a", 9).ret("A"), w(&log, "b", 9).ret("B"));
    let t = create_task(async { gather!(a, b).await });
    ticks(2).await;
    t.cancel();
    out(t).await
}

async fn b_106() -> Value {
    let log = Log::new();
    let a = w(&log, "a", 9).on_cancel(Exc::value_error("x"));
    let b = w(&log, "b", 9).cleanup(1);
    let t = create_task(async { gather!(a, b).await });
    ticks(2).await;
    t.cancel();
    out(t).await
}

async fn b_107() -> Value {
    let log = Log::new();
    let fails = create_task(w(&log, "a", 1).exc(Exc::value_error("a")));
    let b = task!(&log, "b", 3);
    let mut f = create_task(async { gather!(fails, b).await });
    out(&mut f).await;
    let accepted = f.cancel();
    sleep(5).await;
    json!([accepted, log.value()])
}

async fn b_108() -> Value {
    let ((a, fa), (c, fc)) = (create_future(), create_future());
    a.set_result(1).expect("it is pending");
    c.set_result(2).expect("it is pending");
    let at_once = gather!(fa, fc).now_or_never();
    let done = at_once.is_some();
    json!([done, out(async { at_once }).await])
}

async fn b_109() -> Value {
    let log = Log::new();
    let fails = create_task(w(&log, "a", 1).exc(Exc::value_error("a")));
    let (b, c) = (task!(&log, "b", 2), task!(&log, "c", 3));
    let outcome = out(gather!(gather!(fails, b), c)).await;
    sleep(4).await;
    json!([outcome, log.value()])
}

async fn b_110() -> Value {
    let log = Log::new();
    let [a, b, c] = ["a", "b", "c"].map(|name| w(&log, name, 9));
    let f = create_task(async { gather!(gather!(a, b), c).await });
    ticks(1).await;
    f.cancel();
    let outcome = out(f).await;
    ticks(3).await;
    let mut cancelled = log.with("cancelled");
    cancelled.sort();
    json!([outcome, cancelled])
}

async fn b_114() -> Value {
    let t = create_task(async { Err::<(), _>(Arc::new(Exc::with("KeyError", 1))) });
    let t = t.shared();
    let in_gather = gather!(..[t.clone()]).await.expect("it is not cancelled");
    let alone = t.await.expect("it is not cancelled");
    let of_gather = in_gather.into_iter().next().and_then(Result::err);
    let same = of_gather.zip(alone.err()).map(|(a, b)| Arc::ptr_eq(&a, &b));
    json!(same)
}

fn b_115() -> Value {
    let log = Log::new();
    on_virtual_clock(async {
        let fails: Task<_> = create_task(w(&log, "a", 1).exc(Exc::value_error("a")));
        out(gather!(fails, task!(&log, "b", 9))).await;
        Value::Null
    });
    log.value()
}
