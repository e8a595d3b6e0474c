//! How much memory a task takes that waits: what the process grows by, as the system sees it, with the
//! handles. Each contender has a process of its own.

use asyncio_benches::describe;
use std::future::{Future, pending};
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

const TASKS: usize = 200_000;

/// Given with a contender and the kind of wait.
const FLAG: &str = "--run-one";

const CONTENDERS: [(&str, f64); 4] = [
    ("create_task", 1.0),
    // What ours may take at most, if this one takes one.
    ("tokio::spawn", 0.6),
    ("create_task on Tokio", f64::INFINITY),
    ("async-executor", f64::INFINITY),
];

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [flag, contender, wait] = &arguments[..]
        && flag == FLAG
    {
        return run_one(contender, wait);
    }
    println!("{}", describe());
    println!("| {TASKS} tasks | contender | bytes a task | ours to it | at most |");
    println!("|---|---|--:|--:|--:|");
    for wait in ["sleep", "pending"] {
        let sizes = CONTENDERS.map(|(contender, _)| measure(contender, wait));
        for ((contender, bar), size) in CONTENDERS.iter().zip(&sizes) {
            // async-executor has no timers.
            let Some(size) = size else { continue };
            let ratio = sizes[0].unwrap_or(f64::NAN) / size;
            // The ratio as it is printed, as in the suite.
            let missed = (ratio * 100.0).round() > (*bar * 100.0).round();
            let mark = if missed { "!" } else { "" };
            let bar = match *bar < 1.0 {
                true => format!("{bar:.2}{mark}"),
                false => String::new(),
            };
            println!("| mem/{wait} | {contender} | {size:.0} | {ratio:.2} | {bar} |");
        }
    }
}

fn measure(contender: &str, wait: &str) -> Option<f64> {
    let this = env::current_exe().expect("a program knows its own path");
    let output = Command::new(this).args([FLAG, contender, wait]).output();
    let output = output.expect("this program can be started");
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

fn run_one(contender: &str, wait: &str) {
    match wait {
        // Each has its own.
        "sleep" if contender.starts_with("create_task") => run(contender, || asyncio::sleep(3600)),
        "sleep" => run(contender, || tokio::time::sleep(Duration::from_secs(3600))),
        _ => run(contender, pending::<()>),
    }
}

/// Runs so many of these, and prints how much memory each takes.
fn run<F: Future<Output = ()> + Send + 'static>(contender: &str, make: impl Fn() -> F + Copy) {
    match contender {
        "create_task" => asyncio::run(async move {
            let tasks = grow(|| asyncio::create_task(make()), yield_now).await;
            std::mem::forget(tasks);
            std::process::exit(0); // to cancel them all takes its time
        }),
        "tokio::spawn" => tokio_runtime().block_on(async move {
            let tasks = grow(|| tokio::spawn(make()), yield_now).await;
            drop(tasks);
        }),
        "create_task on Tokio" => tokio_runtime().block_on(async move {
            let tasks = grow(|| asyncio::create_task(make()), yield_now).await;
            std::mem::forget(tasks);
            std::process::exit(0);
        }),
        _ => {
            let executor = async_executor::LocalExecutor::new();
            let spawn = || executor.spawn(make());
            let run = executor.run(grow(spawn, futures_lite::future::yield_now));
            drop(futures_lite::future::block_on(run));
        }
    }
}

fn tokio_runtime() -> tokio::runtime::Runtime {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime can be made")
}

async fn yield_now() {
    tokio::task::yield_now().await;
}

/// Makes tasks, lets them run until they wait, and prints what they take.
async fn grow<T, Y: Future<Output = ()>>(spawn: impl Fn() -> T, turn: impl Fn() -> Y) -> Vec<T> {
    let mut tasks = Vec::with_capacity(TASKS);
    let before = resident();
    tasks.extend((0..TASKS).map(|_| spawn()));
    // More often than there are batches of tasks in the queue of any of them.
    for _ in 0..2 * TASKS / 61 {
        turn().await;
    }
    println!("{}", (resident() - before) as f64 / TASKS as f64);
    tasks
}

/// The memory of this process that is in use, in bytes.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("this is Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    let kilobytes: usize = kilobytes
        .and_then(|number| number.parse().ok())
        .expect("the system says it in kB");
    kilobytes * 1024
}
