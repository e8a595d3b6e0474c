//! S. Scheduling: `create_task`, `sleep(0)`, `call_soon`, `call_later`, futures and callbacks.

use asyncio::{DefaultExecutor, LoopHandle, Runner, create_future, create_task, gather};
use asyncio::{get_running_loop, run_in_executor, sleep};
use asyncio_conformance::exceptions::Exc;
use asyncio_conformance::items;
use asyncio_conformance::probe::{
    Log, at, logged, now, out, seconds, set_handler, ticks, trap, until,
};
use asyncio_conformance::worker::w;
use serde_json::{Value, json};
use std::panic::panic_any;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

items! {
    clock: b_001 b_002 b_003 b_004 b_005 b_006 b_007 b_008 b_009 b_010 b_012 b_013 b_014 b_017 b_018 b_019
        b_020 b_021 b_022 b_023 b_024 b_025;
    real: b_028 b_031;
    bare: b_015 b_029 b_030;
}

async fn b_001() -> Value {
    let log = Log::new();
    let body = log.clone();
    let _task = create_task(async move { body.push("body") });
    log.push("after create");
    sleep(0).await;
    log.push("after sleep0");
    log.value()
}

async fn b_002() -> Value {
    let log = Log::new();
    let _tasks = ["A", "B", "C"].map(|name| create_task(w(&log, name, 0)));
    ticks(1).await;
    log.value()
}

async fn b_003() -> Value {
    let log = Log::new();
    let turns = async |name: &str| {
        for i in 0..3 {
            log.push(format!("{name}{i}"));
            sleep(0).await;
        }
    };
    gather!(turns("A"), turns("B"), turns("C")).await;
    log.value()
}

async fn b_004() -> Value {
    let log = Log::new();
    let called = log.clone();
    get_running_loop().call_soon(move || called.push("cb"));
    sleep(0).await;
    json!([log.value(), 10])
}

async fn b_005() -> Value {
    let log = Log::new();
    let (first, second) = (log.clone(), log.clone());
    get_running_loop().call_soon(move || {
        first.push("1");
        get_running_loop().call_soon(move || first.push("1.1"));
    });
    get_running_loop().call_soon(move || second.push("2"));
    ticks(3).await;
    log.value()
}

async fn b_006() -> Value {
    sleep(-5).await;
    json!(["x", now()])
}

async fn b_007() -> Value {
    out(async { sleep(f64::NAN).await }).await
}

async fn b_008() -> Value {
    sleep(3600).await;
    now().into()
}

async fn b_009() -> Value {
    let order = Log::new();
    let c = async |i: usize| {
        sleep(1).await;
        order.push(i);
    };
    gather!(..(0..8).map(c)).await;
    order.value()
}

/// `call_later` takes a delay below zero for zero.
async fn b_010() -> Value {
    let (log, running) = (Log::new(), get_running_loop());
    let (a, b) = (log.clone(), log.clone());
    running.call_at(at(-1.0), move || a.push("a"));
    running.call_at(at(-2.0), move || b.push("b"));
    ticks(2).await;
    log.value()
}

async fn b_012() -> Value {
    let (log, running) = (Log::new(), get_running_loop());
    let (timer, soon) = (log.clone(), log.clone());
    running.call_later(0, move || timer.push("timer"));
    running.call_soon(move || soon.push("soon"));
    ticks(3).await;
    log.value()
}

async fn b_013() -> Value {
    let log = Log::new();
    let called = log.clone();
    let handle = get_running_loop().call_later(1, move || called.push("x"));
    handle.cancel();
    sleep(2).await;
    json!([log.value(), handle.cancelled(), seconds(handle.when())])
}

async fn b_014() -> Value {
    get_running_loop().call_soon(|| panic_any(Exc::new("ZeroDivisionError")));
    ticks(2).await;
    "still running".into()
}

fn b_015() -> Value {
    let lines = logged(|| {
        asyncio_conformance::probe::on_virtual_clock(async {
            set_handler(|_| panic_any(Exc::key_error("h")));
            get_running_loop().call_soon(|| panic_any(Exc::new("ZeroDivisionError")));
            ticks(2).await;
            Value::Null
        });
    });
    // What comes after the colon is the error of the handler, which CPython has in a field of its own.
    let messages = lines.iter().map(|(_, line)| line.split(':').next());
    messages.collect()
}

async fn b_017() -> Value {
    let log = Log::new();
    let (setter, f) = create_future();
    for name in ["1", "2"] {
        // A callback has the future by capturing it.
        let (log, mut x) = (log.clone(), f.clone());
        f.add_done_callback(move || log.push(json!([name, x.result() == Ok(Ok(1))])));
    }
    setter.set_result(1).expect("it is pending");
    let at_once = log.value();
    sleep(0).await;
    json!([at_once, log.value()])
}

async fn b_018() -> Value {
    let log = Log::new();
    let (setter, f) = create_future();
    setter.set_result(1).expect("it is pending");
    let called = log.clone();
    f.add_done_callback(move || called.push("cb"));
    let at_once = log.value();
    sleep(0).await;
    json!([at_once, log.value()])
}

async fn b_019() -> Value {
    let log = Log::new();
    let (setter, f) = create_future();
    let add = || {
        let log = log.clone();
        f.add_done_callback(move || log.push("cb"))
    };
    let added = [add(), add()];
    let removed = added.map(|callback| f.remove_done_callback(callback));
    add();
    add();
    setter.set_result(0).expect("it is pending");
    ticks(1).await;
    let removed = removed.into_iter().filter(|removed| *removed).count();
    json!([removed, log.value()])
}

async fn b_020() -> Value {
    let (setter, f) = create_future();
    setter.set_result(7).expect("it is pending");
    let log = Log::new();
    let called = log.clone();
    get_running_loop().call_soon(move || called.push("other"));
    let value = out(f).await;
    json!([value, log.value()])
}

async fn b_021() -> Value {
    let log = Log::new();
    let called = log.clone();
    get_running_loop().call_soon(move || called.push("other"));
    let value = async { 1 }.await;
    json!([value, log.value()])
}

async fn b_022() -> Value {
    let log = Log::new();
    let (child, parent) = (log.clone(), log.clone());
    let t = create_task(async move { child.push("child") });
    let p = create_task(async move {
        out(t).await;
        parent.push("parent");
    });
    for tick in ["tick1", "tick2"] {
        ticks(1).await;
        log.push(tick);
    }
    out(p).await;
    log.value()
}

async fn b_023() -> Value {
    let log = Log::new();
    let (setter, f) = create_future();
    let tasks: Vec<_> = (0..4)
        .map(|i| {
            let (f, log) = (f.clone(), log.clone());
            create_task(async move {
                out(f).await;
                log.push(i);
            })
        })
        .collect();
    ticks(1).await;
    setter.set_result(0).expect("it is pending");
    out(gather!(..tasks)).await;
    log.value()
}

async fn b_024() -> Value {
    let (setter, mut f) = create_future::<Result<u32, Exc>>();
    let early = [trap(|| f.result()), trap(|| f.exception())];
    setter.set_result(Ok(1)).expect("it is pending");
    let twice = trap(|| setter.set_result(Ok(2)));
    let twice = twice.as_str().map(|text| &text[..18]);
    json!([early[0], early[1], twice])
}

async fn b_025() -> Value {
    let (_setter, f) = create_future::<()>();
    let first = f.cancel_with("m");
    json!([first, f.cancelled(), f.cancel(), out(f).await])
}

/// From a thread, without `call_soon_threadsafe`, in debug mode.
async fn b_028() -> Value {
    let running = get_running_loop();
    running.set_debug(true);
    let log = Log::new();
    let called = log.clone();
    let thread = thread::spawn(move || drop(running.call_soon(move || called.push("called"))));
    thread.join().expect("it does not panic");
    ticks(2).await;
    log.value()
}

fn b_029() -> Value {
    let (log, mut runner) = (Log::new(), Runner::new());
    let (tx, rx) = mpsc::channel::<LoopHandle>();
    let called = log.clone();
    let thread = thread::spawn(move || {
        let running = rx.recv().expect("the loop tells");
        let handle = running.call_soon(move || called.push(this_thread()));
        (running, handle)
    });
    runner.run(async {
        tx.send(get_running_loop()).expect("the thread listens");
        while log.is_empty() {
            sleep(0.001).await;
        }
    });
    drop(runner);
    let (running, handle) = thread.join().expect("it does not panic");
    let late = running.call_soon(|| unreachable!());
    let on_the_loop = log.last() == this_thread();
    json!([!handle.cancelled(), on_the_loop, late.cancelled()])
}

fn this_thread() -> String {
    format!("{:?}", thread::current().id())
}

fn b_030() -> Value {
    let block = |millis| thread::sleep(Duration::from_millis(millis));
    let default = Log::new();
    let lines = logged(|| {
        Runner::new().debug(true).run(async {
            let running = get_running_loop();
            default.push(running.slow_callback_duration().as_secs_f64());
            running.call_soon(move || block(10));
            running.call_soon(move || block(110));
            sleep(0).await;
        });
    });
    let slow = lines.iter().filter(|(_, line)| line.contains("callback"));
    let levels: Vec<_> = slow
        .map(|(level, line)| json!([level.as_str(), took(line) >= 0.1]))
        .collect();
    json!([default.last(), levels])
}

/// "took 0.110 seconds"; more than that on a machine that is busy.
fn took(line: &str) -> f64 {
    let seconds = line.split("took ").nth(1);
    let seconds = seconds.and_then(|text| text.split(' ').next());
    seconds.and_then(|text| text.parse().ok()).unwrap_or(0.0)
}

async fn b_031() -> Value {
    let log = Log::new();
    let in_thread = log.clone();
    let (tx, rx) = mpsc::channel();
    let started = Log::new();
    let starts = started.clone();
    let task = create_task(run_in_executor(&DefaultExecutor, move || {
        starts.push(1);
        rx.recv().expect("it is told to end");
        in_thread.push("ran to its end");
    }));
    until(|| !started.is_empty()).await;
    task.cancel();
    let outcome = out(task).await;
    tx.send(()).expect("it runs still");
    until(|| !log.is_empty()).await;
    json!([outcome, log.last()])
}
