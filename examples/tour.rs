//! A short course on asyncio, scene by scene, beside the same program in Python (`tour.py`).
//!
//! ```text
//! cargo run --example tour           # takes about half a minute
//! cargo run --example tour -- 10     # ten times as fast
//! python3 examples/tour.py 10        # prints the same
//! ```
//!
//! The third scene is a mistake, made on purpose: its tasks block the thread, so nothing runs side by
//! side, in Python as in Rust. Python says nothing. Here the compiler warns at the call: take the
//! `#[expect]` away to see it.

use asyncio::{TimeoutError, create_task, gather, sleep, timeout, wait_first};
use std::error::Error;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

static SPEED: OnceLock<f64> = OnceLock::new();

fn speed() -> f64 {
    SPEED.get().copied().unwrap_or(1.0)
}

async fn io_task(name: &str, delay: f64, iterations: u32) -> u32 {
    for i in 0..iterations {
        println!("{name}: {i}");
        sleep(delay / speed()).await;
    }
    iterations
}

#[timeout(1m)] // the compiler looks for calls that block in functions with an attribute, and in macros
async fn blocking_task(name: &str, delay: f64, iterations: u32) -> Result<u32, TimeoutError> {
    for i in 0..iterations {
        println!("{name}: {i}");
        #[expect(deprecated, reason = "wrong: nothing else runs meanwhile")]
        std::thread::sleep(Duration::from_secs_f64(delay / speed()));
    }
    Ok(iterations)
}

async fn background() -> &'static str {
    println!("running");
    sleep(0.5 / speed()).await;
    "result"
}

async fn download(name: &str, delay: f64) -> String {
    sleep(delay / speed()).await;
    format!("{name} is here")
}

#[timeout(500ms)]
async fn long_operation() -> Result<&'static str, TimeoutError> {
    sleep(5).await;
    Ok("never")
}

type Scene = Result<(), Box<dyn Error>>;

async fn one_after_the_other() -> Scene {
    let a = io_task("A", 0.7, 3).await;
    let b = io_task("B", 1.1, 4).await;
    let c = io_task("C", 0.9, 5).await;
    println!("{a} + {b} + {c} iterations");
    Ok(())
}

async fn side_by_side() -> Scene {
    let (a, b, c) = gather!(
        io_task("A", 0.7, 3),
        io_task("B", 1.1, 4),
        io_task("C", 0.9, 5),
    )
    .await;
    println!("{a} + {b} + {c} iterations");
    Ok(())
}

async fn side_by_side_but_blocking() -> Scene {
    let (a, b, c) = gather!(
        blocking_task("A", 0.7, 3),
        blocking_task("B", 1.1, 4),
        blocking_task("C", 0.9, 5),
    )
    .await?;
    println!("{a} + {b} + {c} iterations");
    Ok(())
}

async fn in_the_background() -> Scene {
    let task = create_task(background());
    println!("continuing");
    println!("the task gave: {}", task.await?);
    Ok(())
}

async fn the_first_of_two() -> Scene {
    let fast = create_task(download("fast", 0.3));
    let slow = create_task(download("slow", 0.9));
    let (done, pending) = wait_first!(..[fast, slow]).await;
    for task in done {
        println!("done: {}", task.await?);
    }
    println!("pending: {}", pending.len());
    for task in pending {
        println!("awaited: {}", task.await?);
    }
    Ok(())
}

async fn too_long() {
    match long_operation().await {
        Ok(value) => println!("{value}"),
        Err(TimeoutError { .. }) => println!("took too long"),
    }
}

async fn timed(scene: &str, run: impl Future<Output = Scene>) -> Scene {
    println!("-- {scene}");
    let start = Instant::now();
    run.await?;
    println!("{:.1} s", start.elapsed().as_secs_f64() * speed());
    Ok(())
}

#[asyncio::main]
async fn main() -> Scene {
    if let Some(speed) = std::env::args().nth(1) {
        let speed = speed.parse()?;
        SPEED.get_or_init(|| speed);
    }
    timed("three awaits in a row", one_after_the_other()).await?;
    timed("gather", side_by_side()).await?;
    timed("gather, but the tasks block", side_by_side_but_blocking()).await?;
    timed("a task in the background", in_the_background()).await?;
    timed("the first of two", the_first_of_two()).await?;
    println!("-- a time-out");
    too_long().await;
    Ok(())
}
