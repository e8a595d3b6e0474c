//! D. Threads.

use asyncio::{ContextVar, DefaultExecutor, create_task, get_running_loop, sleep};
use asyncio::{run_coroutine_threadsafe, run_in_executor, to_thread};
use asyncio_conformance::exceptions::Exc;
use asyncio_conformance::items;
use asyncio_conformance::probe::{Log, out, until};
use serde_json::{Value, json};
use std::sync::mpsc;

items! {
    real: b_321 b_322 b_323 b_324;
}

/// `int("x")`
fn int(text: &str) -> Result<i32, Exc> {
    let error = |_| {
        let text = format!("\"invalid literal for int() with base 10: '{text}'\"");
        Exc::with("ValueError", text)
    };
    text.parse().map_err(error)
}

async fn b_321() -> Value {
    static CV: ContextVar<&str> = ContextVar::with_default("cv", "");
    CV.set("p");
    let f = |x: u32, y: u32| {
        let seen = json!([CV.get(), x + y]);
        CV.set("changed");
        seen
    };
    let seen = out(to_thread(move || f(1, 2))).await;
    json!([seen, CV.get(), out(to_thread(|| int("x"))).await])
}

async fn b_322() -> Value {
    static CV: ContextVar<&str> = ContextVar::with_default("cv", "default");
    CV.set("p");
    out(run_in_executor(&DefaultExecutor, || CV.get())).await
}

async fn b_323() -> Value {
    let (go_on, waits) = mpsc::channel::<()>();
    let (ended, end) = mpsc::channel();
    let (started, finished) = (Log::new(), Log::new());
    let (starts, in_thread) = (started.clone(), finished.clone());
    let t = create_task(to_thread(move || {
        starts.push(1);
        let _ = waits.recv();
        in_thread.push(1);
        let _ = ended.send(());
    }));
    // What is cancelled before there is a thread for it is never called.
    until(|| !started.is_empty()).await;
    t.cancel();
    let outcome = out(t).await;
    let before = finished.value();
    go_on.send(()).expect("the thread runs on");
    out(to_thread(move || end.recv().expect("the thread ends"))).await;
    json!([outcome, before])
}

async fn b_324() -> Value {
    let running = get_running_loop();
    let add = async |a: u32, c: u32| {
        sleep(0).await;
        a + c
    };
    let bad = async { Err::<(), _>(Exc::key_error("k")) };
    let thread = move || {
        let sum = run_coroutine_threadsafe(async move { add(1, 2).await }, &running);
        let sum = sum.result().expect("it is not cancelled");
        let failed = run_coroutine_threadsafe(bad, &running).result();
        let failed = failed.expect("it is not cancelled");
        json!([sum, failed.expect_err("it fails").to_string()])
    };
    out(to_thread(thread)).await
}
