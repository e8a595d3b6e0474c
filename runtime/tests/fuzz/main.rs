//! Random programs of combinators, ours and foreign, with guards everywhere, cancelled at random:
//! every cleanup runs to its end exactly once, inner ones before outer ones, what has to wait for them
//! waits, nothing hangs, nothing leaks.
//!
//! ```sh
//! ASYNCIO_FUZZ_PROGRAMS=1000000 cargo test -p asyncio --release --test fuzz -- --nocapture
//! ASYNCIO_FUZZ_SEED=123 cargo test -p asyncio --test fuzz # one program, which failed before
//! ```

mod program;
mod record;

use asyncio::{create_local_task, create_task, set_exception_handler};
use program::{Boom, Place, World, body};
use record::{Open, Random, Record};
use std::alloc::{GlobalAlloc, Layout, System};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::task::LocalSet;

/// Without `ASYNCIO_FUZZ_PROGRAMS`: a few seconds in a debug build.
const PROGRAMS: u64 = 1200;

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

/// Lets the tasks of the program come to their ends, which are not far.
async fn quiet() {
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Cancels tasks of the program at random times, the first one for sure.
async fn cancels(place: Place, seed: u64) {
    let mut random = Random::new(seed);
    for _ in 0..random.below(3) {
        tokio::time::sleep(Duration::from_millis(random.below(25))).await;
        let which = random.below(3);
        place.cancel_any(which);
        if place.world.interrupts && random.one_in(2) {
            tokio::time::sleep(Duration::from_millis(random.below(10))).await;
            place.cancel_any(which);
        }
    }
}

/// Runs one program; gives what was wrong and how many guards there were.
fn run(seed: u64) -> (Vec<String>, usize) {
    let mut random = Random::new(seed);
    let interrupts = random.one_in(4);
    let host = random.below(8);
    let record = Arc::new(Record::new(environment("ASYNCIO_FUZZ_SEED").is_some()));
    let world = Arc::new(World {
        record: record.clone(),
        cancellers: Mutex::default(),
        panics: random.one_in(3),
        interrupts,
        foreign_tasks: host != 0,
        fuse: AtomicU64::new(random.below(60)),
    });
    let place = Place {
        world: world.clone(),
        seed: random.next(),
        depth: 1 + random.below(4),
        outer: Vec::new(),
        scopes: Vec::new(),
    };
    let cancel_seed = random.next();
    let finished = match host {
        0 => in_our_loop(place, cancel_seed),
        1 => in_local_set(place, cancel_seed, &mut random),
        _ => in_tokio(place, cancel_seed),
    };
    // The cancellers are part of the world, and the world of the tasks' places.
    world.cancellers.lock().unwrap().clear();
    let mut wrong = record.check(world.interrupts);
    if !finished {
        wrong.push("it hung".to_owned());
    }
    let strong = Arc::strong_count(&world);
    if strong != 1 {
        wrong.push(format!("{strong} places are left"));
    }
    (wrong, record.guards())
}

fn tokio_runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().start_paused(true).build().unwrap()
}

fn root(place: &Place) -> (Place, Open) {
    let mut inside = place.clone();
    let open = Open::default();
    inside.scopes.push(open.clone());
    (inside, open)
}

async fn check_root(place: &Place, task: asyncio::Task<Result<u64, ()>>, open: Open) -> bool {
    let hour = Duration::from_secs(3600);
    let finished = tokio::time::timeout(hour, task.outcome()).await.is_ok();
    if finished && open.load(Ordering::SeqCst) > 0 {
        let what = "the root was done before its guards".to_owned();
        place.world.record.wrong(what);
    }
    finished
}

fn in_tokio(place: Place, cancel_seed: u64) -> bool {
    tokio_runtime().block_on(async {
        let (inside, open) = root(&place);
        let task = create_task(body(inside));
        place.add(&task);
        cancels(place.clone(), cancel_seed).await;
        let finished = check_root(&place, task, open).await;
        quiet().await;
        finished
    })
}

/// What is left over at the end is cancelled, and cleaned up.
fn in_our_loop(place: Place, cancel_seed: u64) -> bool {
    asyncio::__private::run_test(false, None, async {
        let (inside, open) = root(&place);
        let task = create_local_task(body(inside));
        place.add(&task);
        cancels(place.clone(), cancel_seed).await;
        check_root(&place, task, open).await
    })
}

/// The set is dropped at a random time; its runtime lives on.
fn in_local_set(place: Place, cancel_seed: u64, random: &mut Random) -> bool {
    let until = Duration::from_millis(random.below(40));
    tokio_runtime().block_on(async {
        let set = LocalSet::new();
        let run = set.run_until(async {
            let (inside, _) = root(&place);
            let task = create_local_task(body(inside));
            place.add(&task);
            cancels(place.clone(), cancel_seed).await;
            drop(task.outcome().await);
        });
        drop(tokio::time::timeout(until, run).await);
        drop(set);
        quiet().await;
        true
    })
}

fn environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Panics of the programs say nothing, others what they always say.
fn silence_the_programs() {
    let others = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let payload = info.payload();
        let shield = payload
            .downcast_ref::<&str>()
            .is_some_and(|text| text.contains("behind a `shield`"));
        if !payload.is::<Boom>() && !shield {
            others(info);
        }
    }));
    let _ = tracing::subscriber::set_global_default(tracing::subscriber::NoSubscriber::new());
    set_exception_handler(Some(Box::new(|_| {})));
}

fn run_and_say(seed: u64) -> usize {
    let result = catch_unwind(AssertUnwindSafe(|| run(seed)));
    let (wrong, guards) = result.unwrap_or_else(|_| (vec!["it panicked".to_owned()], 0));
    assert!(
        wrong.is_empty(),
        "program {seed} (run it alone with ASYNCIO_FUZZ_SEED={seed}):\n{}",
        wrong.join("\n")
    );
    guards
}

#[test]
fn random_programs_clean_up() {
    silence_the_programs();
    if let Some(seed) = environment("ASYNCIO_FUZZ_SEED") {
        println!("{} guards", run_and_say(seed));
        return;
    }
    let programs = environment("ASYNCIO_FUZZ_PROGRAMS").unwrap_or(PROGRAMS);
    let first = environment("ASYNCIO_FUZZ_FIRST").unwrap_or(0);
    let started = Instant::now();
    let mut guards = 0;
    // Tables that grow to a size and stay there are no leaks.
    let warm_up = programs / 4;
    let mut live = 0;
    for seed in first..first + programs {
        if seed == first + warm_up {
            live = LIVE.load(Ordering::Relaxed);
        }
        guards += run_and_say(seed);
    }
    let leaked = LIVE.load(Ordering::Relaxed) - live;
    println!(
        "{programs} programs with {guards} guards in {:.1?}; {leaked} allocations more than after \
         the first quarter",
        started.elapsed()
    );
    assert!(leaked < 100, "{leaked} allocations leaked");
}
