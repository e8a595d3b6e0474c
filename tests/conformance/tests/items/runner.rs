//! R. `run` and `Runner`, without signals.

use asyncio::__private::paused_runner;
use asyncio::{ContextVar, Runner, create_task, finally, get_running_loop, sleep, to_thread};
use asyncio_conformance::exceptions::{Exc, Shown};
use asyncio_conformance::items;
use asyncio_conformance::probe::{Log, from_zero, logged, now, set_handler, ticks, trap};
use asyncio_conformance::worker::w;
use serde_json::{Value, json};
use std::future::Future;
use std::sync::mpsc;
use std::time::{Duration, Instant};

items! {
    bare: b_300 b_301 b_302 b_303 b_304 b_305 b_306 b_308 b_310 b_319;
}

/// What comes out of a run on the virtual clock.
pub(crate) fn vr<F>(main: F) -> Value
where
    F: Future<Output: Shown>,
{
    vr_with(paused_runner(), main)
}

fn vr_with<F>(mut runner: Runner, main: F) -> Value
where
    F: Future<Output: Shown>,
{
    trap(|| {
        let ended = runner.try_run(from_zero(main));
        drop(runner);
        ended.map_err(|_| Exc::new("KeyboardInterrupt"))
    })
}

fn b_300() -> Value {
    let ok = async {
        sleep(0).await;
        42
    };
    let bad = async { Err::<(), _>(Exc::value_error("spam")) };
    json!([vr(ok), vr(bad)])
}

fn b_301() -> Value {
    vr(async { trap(|| asyncio::run(async {})) })
}

/// The first part is `run_of_number`.
fn b_302() -> Value {
    struct A;
    impl IntoFuture for A {
        type Output = &'static str;
        type IntoFuture = std::future::Ready<&'static str>;
        fn into_future(self) -> Self::IntoFuture {
            std::future::ready("aw")
        }
    }
    json!([(), trap(|| asyncio::run(A))])
}

fn b_303() -> Value {
    let log = Log::new();
    let left = w(&log, "left", 9).cleanup(2);
    let m = async {
        drop(create_task(left));
        ticks(1).await;
        "ret"
    };
    json!([vr(m), log.value()])
}

fn b_304() -> Value {
    let messages = Log::new();
    let handler = messages.clone();
    set_handler(move |context| handler.push(context.message()));
    let m = async {
        drop(create_task(
            w(&Log::new(), "x", 9).on_cancel(Exc::key_error("k")),
        ));
        ticks(1).await;
        1
    };
    json!([vr(m), messages.value()])
}

/// What is cancelled here goes on for as long as its cleanup takes.
fn b_305() -> Value {
    let log = Log::new();
    let in_task = log.clone();
    let stub = async move {
        let _finally = finally(async move {
            in_task.push("ignored");
            sleep(5).await;
            sleep(5).await;
            in_task.push(format!("left@{}", now()));
        });
        sleep(5).await;
    };
    let x = w(&log, "x", 9);
    vr(async {
        drop(create_task(x));
        drop(create_task(stub));
        ticks(1).await;
    });
    let mut entries = log.with("");
    entries.sort();
    entries.into()
}

fn b_306() -> Value {
    let log = Log::new();
    let (in_late, in_x) = (log.clone(), log.clone());
    let late = async move {
        let _finally = finally(async move { in_late.push("late finally") });
        sleep(99).await;
    };
    let x = async move {
        let _finally = finally(async move {
            drop(create_task(late));
            ticks(2).await;
            in_x.push("spawned");
        });
        sleep(9).await;
    };
    vr(async {
        drop(create_task(x));
        ticks(1).await;
    });
    log.value()
}

fn b_308() -> Value {
    static CV: ContextVar<u32> = ContextVar::with_default("cv", 0);
    let s = || async {
        CV.set(CV.get().unwrap_or_default() + 1);
        CV.get()
    };
    let mut runner = Runner::new();
    let [first, second] = [runner.run(s()), runner.run(s())];
    json!([first, second, CV.get()])
}

fn b_310() -> Value {
    let debug = |on| {
        let m = async { get_running_loop().get_debug() };
        vr_with(paused_runner().debug(on), m)
    };
    json!([debug(true), debug(false)])
}

/// How many warnings there are when a loop closes on whose threads a call takes so long, and whether the
/// limit had not passed by then.
fn closed(millis: u64) -> Value {
    const LIMIT: Duration = Duration::from_millis(500);
    let (stop, stopped) = mpsc::channel::<()>();
    let mut runner = Runner::new().thread_join_timeout(LIMIT);
    runner.run(async {
        let (starts, started) = mpsc::channel();
        let wait = move || {
            starts.send(()).expect("somebody waits for it");
            stopped.recv_timeout(Duration::from_millis(millis))
        };
        drop(create_task(to_thread(wait)));
        sleep(0).await;
        started.recv().expect("there is a thread for it");
    });
    let start = Instant::now();
    let lines = logged(|| drop(runner));
    let in_time = start.elapsed() < LIMIT;
    drop(stop);
    let warnings = lines.iter().filter(|(_, line)| line.contains("thread"));
    json!([warnings.count(), in_time])
}

fn b_319() -> Value {
    let settings = format!("{:?}", Runner::new());
    let limit = settings.split("thread_join_timeout: ").nth(1);
    let seconds = limit.and_then(|limit| limit.split('s').next());
    let seconds: Option<u64> = seconds.and_then(|seconds| seconds.parse().ok());
    json!([seconds, closed(10), closed(9_000)])
}
