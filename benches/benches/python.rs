//! This crate beside CPython's asyncio, and uvloop where that is installed, on the same work:
//! `cargo bench -p asyncio-benches --bench python`. Words filter by name; `PYTHON` names the interpreter.
//! For a profile of this crate's side: `PYTHON=false`, which is none, and more `ROUNDS`.

use asyncio::{
    FIRST_COMPLETED, Lock, Queue, Semaphore, create_future, create_local_task, create_task, gather,
    sleep, task_group, wait, wait_for,
};
use asyncio_benches::describe;
use std::cell::Cell;
use std::collections::HashMap;
use std::env;
use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::process::Command;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

/// The least of so many.
const ROUNDS: usize = 5;

/// So many times faster this is to be at least.
const BARS: [(&str, f64); 2] = [("asyncio", 100.0), ("uvloop", 50.0)];

type Work = fn(usize) -> Pin<Box<dyn Future<Output = ()>>>;

/// With the names of `python/bench.py`, and how often it is done.
const WORK: [(&str, Work, usize); 16] = [
    (
        "gather of 3 that are ready",
        |n| Box::pin(gather_3(n)),
        100_000,
    ),
    (
        "gather of 100,000, ready, each",
        |n| Box::pin(gather_ready(n)),
        100_000,
    ),
    (
        "gather of 100,000, one sleep(0), each",
        |n| Box::pin(gather_turn(n)),
        100_000,
    ),
    (
        "create_task all, await all, each",
        |n| Box::pin(tasks_all(n)),
        20_000,
    ),
    (
        "create_task and await, each",
        |n| Box::pin(tasks_one_by_one(n)),
        100_000,
    ),
    ("task group, each task", |n| Box::pin(in_a_group(n)), 20_000),
    (
        "sleep(0) in 100 tasks, each",
        |n| Box::pin(switch(n)),
        1_000_000,
    ),
    ("sleep(0) alone", |n| Box::pin(switch_alone(n)), 100_000),
    (
        "future set, awaited in another task",
        |n| Box::pin(future(n)),
        100_000,
    ),
    (
        "queue ping-pong, each message",
        |n| Box::pin(queue_pingpong(n)),
        100_000,
    ),
    (
        "queue of 1,000, stream, each item",
        |n| Box::pin(queue_stream(n)),
        100_000,
    ),
    ("wait_for, ready", |n| Box::pin(wait_for_ready(n)), 100_000),
    (
        "wait_for, one sleep(0)",
        |n| Box::pin(wait_for_turn(n)),
        100_000,
    ),
    ("lock", |n| Box::pin(lock(n)), 1_000_000),
    ("semaphore", |n| Box::pin(semaphore(n)), 1_000_000),
    (
        "wait for the first of 3 tasks",
        |n| Box::pin(wait_first(n)),
        50_000,
    ),
];

async fn ready() -> u32 {
    black_box(1)
}

async fn gather_3(times: usize) {
    for _ in 0..times {
        black_box(gather!(ready(), ready(), ready()).await);
    }
}

async fn gather_ready(times: usize) {
    black_box(gather!(..(0..times).map(|_| ready())).await);
}

async fn gather_turn(times: usize) {
    black_box(gather!(..(0..times).map(|_| sleep(0))).await);
}

async fn tasks_all(times: usize) {
    let tasks: Vec<_> = (0..times).map(|_| create_task(ready())).collect();
    for task in tasks {
        let _ = black_box(task.await);
    }
}

async fn tasks_one_by_one(times: usize) {
    for _ in 0..times {
        let _ = black_box(create_task(ready()).await);
    }
}

async fn in_a_group(times: usize) {
    let done = task_group!(|tg| {
        for _ in 0..times {
            tg.create_value(ready());
        }
    });
    done.await.expect("nothing fails");
}

async fn switch(times: usize) {
    async fn turns(times: usize) {
        for _ in 0..times {
            sleep(0).await;
        }
    }
    let tasks: Vec<_> = (0..100).map(|_| create_task(turns(times / 100))).collect();
    for task in tasks {
        let _ = task.await;
    }
}

async fn switch_alone(times: usize) {
    for _ in 0..times {
        sleep(0).await;
    }
}

async fn future(times: usize) {
    let waiting = Rc::new(Cell::new(None));
    let made = Rc::clone(&waiting);
    let task = create_local_task(async move {
        for _ in 0..times {
            let (setter, future) = create_future::<()>();
            made.set(Some(setter));
            let _ = future.await;
        }
    });
    sleep(0).await;
    for _ in 0..times {
        let setter = waiting.take().expect("the task waits for one");
        let _ = setter.set_result(());
        sleep(0).await;
    }
    let _ = task.await;
}

async fn queue_pingpong(times: usize) {
    let [ping, pong] = [(); 2].map(|()| Arc::new(Queue::new(1)));
    let (pinged, ponging) = (Arc::clone(&ping), Arc::clone(&pong));
    let task = create_task(async move {
        for _ in 0..times / 2 {
            let Ok(item) = pinged.get().await else { return };
            let _ = ponging.put(item).await;
        }
    });
    for item in 0..times / 2 {
        let _ = ping.put(item).await;
        let _ = black_box(pong.get().await);
    }
    let _ = task.await;
}

async fn queue_stream(times: usize) {
    let queue = Arc::new(Queue::new(1000));
    let producer = Arc::clone(&queue);
    let task = create_task(async move {
        for item in 0..times {
            let _ = producer.put(item).await;
        }
    });
    for _ in 0..times {
        let _ = black_box(queue.get().await);
    }
    let _ = task.await;
}

async fn wait_for_ready(times: usize) {
    for _ in 0..times {
        let _ = black_box(wait_for(ready(), 10).await);
    }
}

async fn wait_for_turn(times: usize) {
    for _ in 0..times {
        let _ = black_box(wait_for(sleep(0), 10).await);
    }
}

async fn lock(times: usize) {
    let lock = Lock::new(0_u32);
    for _ in 0..times {
        *lock.acquire().await += 1;
    }
    black_box(lock.into_inner());
}

async fn semaphore(times: usize) {
    let semaphore = Semaphore::new(2);
    for _ in 0..times {
        let _permit = black_box(semaphore.acquire().await);
    }
}

async fn wait_first(times: usize) {
    async fn late() -> u32 {
        sleep(0).await;
        sleep(0).await;
        1
    }
    for _ in 0..times {
        let tasks = vec![
            create_task(ready()),
            create_task(late()),
            create_task(late()),
        ];
        let (done, pending) = wait(tasks).return_when(FIRST_COMPLETED).await;
        for task in done.into_iter().chain(pending) {
            let _ = black_box(task.await);
        }
    }
}

fn main() {
    let words: Vec<String> = env::args()
        .skip(1)
        .filter(|a| !a.starts_with("--"))
        .collect();
    println!("{}", describe());
    let python = [python(None), python(Some("uvloop"))];
    for (version, _) in python.iter().flatten() {
        println!("{version}");
    }
    println!(
        "\n| work | this, ns | asyncio, ns | times | uvloop, ns | times |\n|---|--:|--:|--:|--:|--:|"
    );
    let mut missed = Vec::new();
    for (name, work, times) in WORK {
        if !words.is_empty() && !words.iter().any(|word| name.contains(word.as_str())) {
            continue;
        }
        let ours = measure(work, times);
        print!("| {name} | {ours:.1} |");
        for (python, (of, bar)) in python.iter().zip(BARS) {
            let theirs = python.as_ref().and_then(|(_, rows)| rows.get(name));
            let Some(theirs) = theirs else {
                print!(" | |");
                continue;
            };
            let faster = theirs / ours;
            print!(" {theirs:.0} | {faster:.0} |");
            if faster < bar {
                missed.push(format!(
                    "{name}: {faster:.0} times faster than {of}, not {bar:.0}"
                ));
            }
        }
        println!();
    }
    println!();
    for missed in missed {
        println!("- {missed}");
    }
}

/// The least time of an operation, in nanoseconds.
fn measure(work: Work, times: usize) -> f64 {
    let mut runner = asyncio::Runner::new();
    let rounds = env::var("ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().expect("a number"));
    let rounds = (0..rounds).map(|_| {
        let begun = Instant::now();
        runner.run(work(times));
        begun.elapsed().as_nanos() as f64 / times as f64
    });
    rounds.fold(f64::INFINITY, f64::min)
}

/// The version, and the same of Python; `None` if it is not there.
fn python(event_loop: Option<&str>) -> Option<(String, HashMap<String, f64>)> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/python/bench.py");
    let interpreter = env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let output = Command::new(interpreter)
        .arg(script)
        .args(event_loop)
        .output();
    let output = output.ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut lines = text.lines();
    let version = lines.next()?.to_owned();
    let rows = lines.filter_map(|line| {
        let (name, nanos) = line.split_once('\t')?;
        Some((name.to_owned(), nanos.parse().ok()?))
    });
    Some((version, rows.collect()))
}
