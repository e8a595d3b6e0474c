//! R. `run` and interrupts, each in a process of its own.

use crate::runner::vr;
use asyncio::{create_task, current_task, get_running_loop, sleep};
use asyncio_conformance::exceptions::Exc;
use asyncio_conformance::probe::{Log, trap, until};
use asyncio_conformance::worker::w;
use asyncio_conformance::{child, items};
use serde_json::{Value, json};
use signal_hook::consts::{SIGINT, SIGKILL, SIGUSR1};
use signal_hook::flag;
use signal_hook::low_level::raise;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

items! {
    real: b_320;
    bare: b_311 b_312 b_313 b_314 b_315 b_316 b_317 b_318;
}

/// What the process said last.
fn last(case: &str) -> Value {
    let mut said = child::run(case).said;
    said.pop().unwrap_or_default()
}

fn b_311() -> Value {
    last("interrupt")
}

fn b_312() -> Value {
    last("kept")
}

/// The process ends as an interrupt that nobody catches ends it.
fn b_313() -> Value {
    let mut ended = child::run("twice");
    let killed = (ended.signal == Some(SIGINT)).then_some("!KeyboardInterrupt");
    json!([killed, ended.said.pop()])
}

fn b_314() -> Value {
    last("converted")
}

fn b_315() -> Value {
    last("cancelled")
}

fn b_316() -> Value {
    last("background")
}

fn b_317() -> Value {
    let ended = child::run("restored");
    let default_in_run = ended.said.is_empty();
    json!([default_in_run, ended.signal == Some(SIGINT)])
}

fn b_318() -> Value {
    let custom = last("custom");
    let ended = child::run("other thread");
    let by_default = ended.said.is_empty() && ended.signal == Some(SIGINT);
    json!([custom[0], custom[1], by_default])
}

/// What the process for a case does.
pub(crate) fn child(case: &str) {
    let outcome = match case {
        "interrupt" => interrupt(),
        "kept" => kept(),
        "twice" => twice(),
        "converted" => converted(),
        "cancelled" => cancelled(),
        "background" => background(),
        "restored" => return restored(),
        "custom" => custom(),
        "other thread" => return other_thread(),
        _ => panic!("there is no case `{case}`"),
    };
    println!("{outcome}");
}

/// Interrupts the main task after a second, and holds up the loop until it knows: the clock is virtual,
/// while the signal goes through another thread.
fn interrupt_after_a_second(then: impl FnOnce() + Send + 'static) {
    let main = current_task().expect("it is called by the main task");
    get_running_loop().call_later(1, move || {
        raise(SIGINT).expect("it can be raised");
        let start = Instant::now();
        while main.cancelling() == 0 && start.elapsed() < Duration::from_secs(10) {
            thread::sleep(Duration::from_millis(1));
        }
        then();
    });
}

fn interrupt() -> Value {
    let log = Log::new();
    let main = w(&log, "main", 9).cleanup(2);
    let outcome = vr(async {
        interrupt_after_a_second(|| ());
        main.await
    });
    json!([outcome, log.value()])
}

/// The body has no say in it: it is dropped.
fn kept() -> Value {
    vr(async {
        interrupt_after_a_second(|| ());
        w(&Log::new(), "main", 9).ret("kept").await
    })
}

fn twice() -> Value {
    let log = Log::new();
    let so_far = log.clone();
    let main = w(&log, "main", 9).cleanup(5);
    vr(async {
        interrupt_after_a_second(|| ());
        get_running_loop().call_later(2, move || {
            println!("{}", so_far.value());
            raise(SIGINT).expect("it can be raised");
            thread::sleep(Duration::from_secs(10)); // it ends meanwhile
        });
        main.await
    });
    log.value()
}

fn converted() -> Value {
    vr(async {
        interrupt_after_a_second(|| ());
        let main = w(&Log::new(), "main", 9);
        main.on_cancel(Exc::value_error("v")).await
    })
}

/// The interrupt comes first, as only then it is known to have come before the main task ends.
fn cancelled() -> Value {
    vr(async {
        let main = current_task().expect("it is called by the main task");
        interrupt_after_a_second(move || assert!(main.cancel()));
        sleep(9).await;
    })
}

fn background() -> Value {
    let log = Log::new();
    let (bg, main) = (w(&log, "bg", 99), w(&log, "main", 9).cleanup(2));
    let outcome = vr(async {
        drop(create_task(bg));
        interrupt_after_a_second(|| ());
        main.await
    });
    json!([outcome, log.value()])
}

/// Says that an interrupt during a run did not end the process, and lets another one end it.
fn restored() {
    println!("{}", vr(interrupted()));
    raise(SIGINT).expect("it can be raised");
    thread::sleep(Duration::from_secs(10)); // it ends meanwhile
}

async fn interrupted() {
    interrupt_after_a_second(|| ());
    sleep(9).await;
}

fn custom() -> Value {
    let called = Arc::new(AtomicBool::new(false));
    flag::register(SIGINT, called.clone()).expect("it can be caught");
    let outcome = asyncio::run(async {
        get_running_loop().call_later(0.01, || raise(SIGINT).expect("it can be raised"));
        sleep(0.1).await;
        "not cancelled"
    });
    let calls = called.load(Ordering::Relaxed).then_some("custom");
    json!([outcome, Vec::from_iter(calls)])
}

/// The interrupt ends the process, unless the runner caught it.
fn other_thread() {
    let run = || {
        asyncio::run(async {
            raise(SIGINT).expect("it can be raised");
            sleep(10).await;
        });
    };
    let ended = thread::spawn(run).join();
    println!("{}", ended.is_ok());
}

/// The last part is `signal_handler_async`.
async fn b_320() -> Value {
    let (running, log) = (get_running_loop(), Log::new());
    let (first, second) = (log.clone(), log.clone());
    let me = thread::current().id();
    let add = |callback: Box<dyn FnMut() + Send>| running.add_signal_handler(SIGUSR1, callback);
    trap(|| add(Box::new(move || first.push("first"))));
    trap(|| {
        add(Box::new(move || {
            second.push(json!(["second", thread::current().id() == me]));
        }))
    });
    raise(SIGUSR1).expect("it can be raised");
    let at_once = log.value();
    until(|| !log.is_empty()).await;
    let removed = [1, 2].map(|_| running.remove_signal_handler(SIGUSR1));
    let elsewhere = running.clone();
    let elsewhere = move || kind(trap(|| elsewhere.add_signal_handler(SIGUSR1, || ())));
    let elsewhere = thread::spawn(elsewhere).join().expect("it does not panic");
    let kill = kind(trap(|| running.add_signal_handler(SIGKILL, || ())));
    json!([at_once, log.value(), removed, kill, elsewhere, ()])
}

/// An exception without its arguments.
fn kind(outcome: Value) -> Value {
    let kind = outcome.as_str().and_then(|text| text.split('(').next());
    kind.map_or(outcome.clone(), Value::from)
}
