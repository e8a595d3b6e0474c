//! T. Task objects.

use asyncio::introspection::{self, Waiting};
use asyncio::{Context, ContextVar, Task, all_tasks, create_future, create_task};
use asyncio::{current_task, get_running_loop, sleep};
use asyncio_conformance::exceptions::Exc;
use asyncio_conformance::items;
use asyncio_conformance::probe::{Log, out, set_handler, ticks, trap};
use futures::FutureExt;
use serde_json::{Value, json};
use std::future::Future;
use std::panic::panic_any;
use std::sync::Arc;

items! {
    clock: b_032 b_033 b_037 b_038 b_041 b_042 b_043 b_044 b_046 b_047 b_048 b_049 b_051 b_052
        b_053 b_054 b_055 b_056 b_057;
    bare: b_036;
}

async fn b_032() -> Value {
    let named_by_itself = create_task(async {});
    let named = Task::builder().name(12.to_string()).spawn(async {});
    let name = named_by_itself.name();
    let number = name.strip_prefix("Task-").map(str::parse::<u64>);
    ticks(2).await;
    json!([matches!(number, Some(Ok(_))), &*named.name()])
}

/// A task factory is a function that makes tasks.
async fn b_033() -> Value {
    fn factory<F: Future<Output = ()> + Send + 'static>(body: F) -> Task<()> {
        Task::builder().spawn(body)
    }
    let mut t = factory(async {});
    out(&mut t).await;
    let kind = if &*t.name() == "None" { "None" } else { "auto" };
    kind.into()
}

fn b_036() -> Value {
    let warned = Log::new();
    let warnings = warned.clone();
    set_handler(move |context| warnings.push(context.message()));
    json!([trap(|| drop(create_task(async {}))), warned.value()])
}

/// The same value for several is that of a shared future.
async fn b_037() -> Value {
    let t = create_task(async { 5 }).shared();
    let u = create_task(async { Err::<(), _>(Arc::new(Exc::key_error("k"))) }).shared();
    let values = [out(t.clone()).await, out(t).await];
    let mut exceptions = Vec::new();
    for _ in 0..2 {
        let error = u.clone().await.expect("it is not cancelled");
        exceptions.push(error.expect_err("it fails"));
    }
    json!([values, Arc::ptr_eq(&exceptions[0], &exceptions[1])])
}

async fn b_038() -> Value {
    let log = Log::new();
    let raised = log.clone();
    let (setter, itself) = create_future::<Task<()>>();
    let c = async move {
        let t = itself.await.expect("it is set");
        raised.push(out(t).await);
    };
    setter.set_result(create_task(c)).expect("it is pending");
    ticks(2).await;
    let text = log.last();
    text.as_str().map(|text| &text[..44]).into()
}

async fn b_041() -> Value {
    let c = async || panic_any(Exc::with("Odd", "'o'"));
    let t: Task<()> = create_task(async move { c().await });
    out(t).await
}

/// To await it would take the result.
async fn b_042() -> Value {
    let mut t = create_task(async { Ok::<_, Exc>(1) });
    ticks(1).await;
    let exception = trap(|| t.exception());
    json!([exception, trap(|| t.result()), t.done(), t.cancelled()])
}

async fn b_043() -> Value {
    let id = || current_task().map(|task| task.id());
    let t = create_task(async move { id() });
    let of_t = t.id();
    let log = Log::new();
    log.push(t.await == Ok(Some(of_t)));
    let called = log.clone();
    get_running_loop().call_soon(move || called.push(id().map(|id| id.to_string())));
    ticks(1).await;
    log.value()
}

async fn b_044() -> Value {
    let me = current_task().map(|task| task.id());
    let others = || {
        let others = all_tasks().into_iter().filter(|task| Some(task.id()) != me);
        let mut names: Vec<_> = others.map(|task| task.name().to_string()).collect();
        names.sort();
        names
    };
    let _t = Task::builder().name("x").spawn(sleep(1));
    let _u = Task::builder().name("y").spawn(async {});
    let before = others();
    ticks(1).await;
    let here = all_tasks().iter().any(|task| Some(task.id()) == me);
    json!([before, others(), here])
}

/// A task that fails.
fn lost() -> Task<Result<(), Exc>> {
    create_task(async { Err(Exc::value_error("lost")) })
}

async fn b_046() -> Value {
    let t = lost();
    ticks(2).await;
    drop(t);
    Value::Null
}

async fn b_047() -> Value {
    let reported = Log::new();
    let reports = reported.clone();
    set_handler(move |context| reports.push(context.message()));
    let kept = lost();
    ticks(2).await;
    let so_far = if reported.is_empty() {
        "nothing logged so far"
    } else {
        "logged"
    };
    let exception = kept.exception();
    drop(kept);
    assert!(exception.is_ok() && reported.is_empty(), "it was retrieved");
    so_far.into()
}

async fn b_048() -> Value {
    let t = lost();
    ticks(2).await;
    t.cancel().into()
}

async fn b_049() -> Value {
    let (setter, f) = create_future::<Result<u32, Exc>>();
    setter
        .set_exception(Exc::with("ValueError", 1))
        .expect("it is pending");
    drop(f);
    let (setter, f) = create_future::<Result<u32, Exc>>();
    setter.set_result(Ok(1)).expect("it is pending");
    drop(f);
    Value::Null
}

/// The frames of a suspended future are not known; what it waits for is.
async fn b_051() -> Value {
    async fn inner() {
        sleep(1).await;
    }
    introspection::enable();
    let t = create_task(async { inner().await });
    ticks(1).await;
    let waits = |t: &Task<()>| {
        let graph = t.call_graph();
        let waits = graph.into_iter().flat_map(|graph| graph.waits);
        let sleeps = waits.map(|wait| matches!(wait, Waiting::Until(_)));
        sleeps.collect::<Vec<_>>()
    };
    let suspended = waits(&t);
    t.cancel();
    ticks(2).await;
    json!([suspended, waits(&t)])
}

async fn b_052() -> Value {
    static CV: ContextVar<&str> = ContextVar::with_default("cv", "nope");
    let log = Log::new();
    let seen = log.clone();
    CV.set("a");
    let t = create_task(async move {
        seen.push(CV.get());
        CV.set("child");
    });
    CV.set("b");
    out(t).await;
    json!([log.value(), CV.get()])
}

async fn b_053() -> Value {
    static CV: ContextVar<u32> = ContextVar::with_default("cv", 0);
    let context = asyncio::copy_context();
    let add = |more| {
        let c = async move { drop(CV.set(CV.get().unwrap_or_default() + more)) };
        Task::builder().context(Context::clone(&context)).spawn(c)
    };
    out(add(1)).await;
    out(add(2)).await;
    json!([context.get(&CV), CV.get()])
}

async fn b_054() -> Value {
    static CV: ContextVar<u32> = ContextVar::with_default("cv", 0);
    async { drop(CV.set(9)) }.await;
    CV.get().into()
}

async fn b_055() -> Value {
    let log = Log::new();
    let (first, second) = (log.clone(), log.clone());
    let t = Task::builder().eager().spawn(async move {
        first.push("body");
        3
    });
    let u = Task::builder().eager().spawn(async move {
        second.push("d1");
        sleep(0).await;
        second.push("d2");
    });
    let at_once = json!([t.done(), u.done(), log.value()]);
    out(u).await;
    json!([at_once, log.value()])
}

async fn b_056() -> Value {
    let t = Task::builder().eager().spawn(async { 3 });
    json!([t.cancel(), out(t).await])
}

async fn b_057() -> Value {
    let log = Log::new();
    let body = log.clone();
    let c = async move { body.push("b") };
    let t = trap(|| drop(Task::builder().eager().spawn(c)));
    json!([log.value(), if t.is_null() { json!("ok") } else { t }])
}
