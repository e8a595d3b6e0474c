//! A hundred thousand tasks on several threads, two thirds of them cancelled wherever they happen to be: the
//! cleanup of every guard runs to its end exactly once, no task hangs, and nothing is left behind.

use asyncio::{
    Event, Outcome, Runner, Task, create_task, finally, gather, sleep, task_group, timeout,
    wait_first,
};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

struct Counting;

static LIVE: AtomicI64 = AtomicI64::new(0);

// SAFETY: everything is passed on to the allocator of the system.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

const TASKS: usize = 100_000;
/// So many are there at a time.
const WAVE: usize = 10_000;

static MADE: AtomicUsize = AtomicUsize::new(0);
static CLEANED: AtomicUsize = AtomicUsize::new(0);

/// A cleanup that takes a turn or a few milliseconds.
fn guard(seed: usize) -> asyncio::Finally {
    MADE.fetch_add(1, Ordering::Relaxed);
    finally(async move {
        match seed % 4 {
            0 => {}
            1 => tokio::task::yield_now().await,
            _ => sleep(Duration::from_millis((seed % 3) as u64)).await,
        }
        CLEANED.fetch_add(1, Ordering::Relaxed);
    })
}

async fn leaf(seed: usize, gate: Arc<Event>) -> Result<usize, &'static str> {
    let _guard = guard(seed);
    // Some are done before anybody is cancelled, most end while the others are cancelled.
    match seed % 5 {
        0 => sleep(0.001).await,
        _ => gate.wait().await,
    }
    if seed.is_multiple_of(11) {
        Err("unlucky")
    } else {
        Ok(seed)
    }
}

/// Every combinator has its turn.
async fn job(seed: usize, gate: Arc<Event>) -> usize {
    let gate = || Arc::clone(&gate);
    let _outer = guard(seed / 2);
    match seed % 6 {
        0 => gather!(leaf(seed, gate()), leaf(seed / 3, gate()))
            .await
            .map_or(0, |both| both.0),
        1 => timeout(0.002, leaf(seed, gate()))
            .await
            .map_or(0, |leaf| leaf.unwrap_or(0)),
        2 => wait_first!(if let leaf = leaf(seed, gate()) {
            leaf.unwrap_or(1)
        } else if let _ = sleep(0.001) {
            2
        }),
        3 => {
            let group = task_group!(|tg| {
                tg.create_task(leaf(seed, gate()));
                tg.spawn(leaf(seed / 7, gate()));
            });
            group
                .await
                .map_or_else(|group| group.errors().len(), |()| 0)
        }
        4 => {
            tokio::select! { leaf = leaf(seed, gate()) => leaf.unwrap_or(0), () = sleep(0.001) => 0 }
        }
        _ => leaf(seed, gate()).await.unwrap_or(0),
    }
}

async fn wave(first: usize) -> [usize; 2] {
    let gate = Arc::new(Event::new());
    let tasks: Vec<Task<usize>> = (first..first + WAVE)
        .map(|seed| create_task(job(seed, Arc::clone(&gate))))
        .collect();
    let cancellers: Vec<_> = tasks.iter().map(Task::canceller).collect();
    // From two tasks, each in an order of its own, and none of them twice: that would interrupt its cleanup.
    let cancels = [(0, 31), (1, 77)].map(|(half, step)| {
        let (cancellers, gate) = (cancellers.clone(), Arc::clone(&gate));
        create_task(async move {
            for i in 0..WAVE {
                let at = i * step % WAVE;
                if at % 2 == half && at % 3 != 1 {
                    cancellers[at].cancel();
                }
                if i == WAVE / 2 {
                    gate.set();
                }
                if at % 64 < 2 {
                    tokio::task::yield_now().await;
                }
            }
        })
    });
    gather!(..cancels).await.unwrap();
    let mut ended = [0, 0];
    for task in tasks {
        match task.outcome().await {
            Outcome::Returned(_) => ended[0] += 1,
            Outcome::Cancelled(_) => ended[1] += 1,
            Outcome::Panicked(_) => panic!("no job panics"),
        }
    }
    ended
}

/// Runs waves on threads that end with it, and so leave nothing in their pools of memory. Gives how many tasks
/// ended, and how many were cancelled.
fn run(waves: usize) -> [usize; 2] {
    let waves = move || {
        let mut runner = Runner::new().multi_thread().worker_threads(4);
        let mut all = [0, 0];
        for number in 0..waves {
            let ended = runner.run(wave(number * WAVE));
            all = [all[0] + ended[0], all[1] + ended[1]];
            assert_eq!(
                CLEANED.load(Ordering::SeqCst),
                MADE.load(Ordering::SeqCst),
                "every guard, each exactly once"
            );
        }
        all
    };
    std::thread::spawn(waves)
        .join()
        .expect("the waves do not panic")
}

#[test]
fn a_hundred_thousand_tasks_are_cancelled_at_random() {
    run(2); // tables have their size after this
    let live = LIVE.load(Ordering::SeqCst);
    let (started, made) = (Instant::now(), MADE.load(Ordering::SeqCst));
    let all = run(TASKS / WAVE);
    let left = LIVE.load(Ordering::SeqCst) - live;
    println!(
        "{TASKS} tasks with {} guards in {:.1?}: {} ended, {} were cancelled; {left} allocations more than after \
         two waves before them",
        MADE.load(Ordering::SeqCst) - made,
        started.elapsed(),
        all[0],
        all[1]
    );
    assert_eq!(all[0] + all[1], TASKS);
    assert!(all[0] > TASKS / 50 && all[1] > TASKS / 50, "{all:?}");
    assert!(left < 100, "{left} allocations leaked");
}
