//! Computing on all cores while the loop stays responsive.
//!
//! `cargo run --release -p asyncio --example all_cores [LIMIT]` counts the primes below a limit, first on
//! one thread, then with as many calls of `to_thread` at a time as there are cores, then on a pool of
//! its own. A ticker shows that the loop is not held up meanwhile.

use asyncio::{Job, create_task, gather, run_in_executor, sleep, to_thread};
use std::ops::Range;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

fn count_primes(range: Range<u64>) -> usize {
    let is_prime = |n: u64| {
        n >= 2
            && (2..)
                .take_while(|d| d * d <= n)
                .all(|d| !n.is_multiple_of(d))
    };
    range.filter(|n| is_prime(*n)).count()
}

/// Many more pieces than cores: the later ones take longer.
fn pieces(limit: u64) -> impl Iterator<Item = Range<u64>> {
    let size = (limit / 64).max(1);
    (0..limit)
        .step_by(size as usize)
        .map(move |start| start..(start + size).min(limit))
}

/// A pool as small as can be: threads that take jobs from one queue. With the feature `rayon` a
/// `rayon::ThreadPool` does as well.
fn pool(threads: usize) -> impl Fn(Job) {
    let (queue, jobs) = mpsc::channel::<Job>();
    let jobs = Arc::new(Mutex::new(jobs));
    for _ in 0..threads {
        let jobs = Arc::clone(&jobs);
        thread::spawn(move || {
            loop {
                let job = jobs.lock().unwrap().recv();
                match job {
                    Ok(job) => job(),
                    Err(mpsc::RecvError) => return,
                }
            }
        });
    }
    move |job| queue.send(job).unwrap()
}

async fn timed(what: &str, count: impl Future<Output = usize>) -> (usize, Duration) {
    let start = Instant::now();
    let primes = count.await;
    let taken = start.elapsed();
    println!("{what:<28} {primes} primes in {:>6} ms", taken.as_millis());
    (primes, taken)
}

/// The longest that the loop was held up.
async fn ticker(longest: Arc<Mutex<Duration>>) {
    let tick = Duration::from_millis(5);
    loop {
        let start = Instant::now();
        sleep(tick).await;
        let late = start.elapsed().saturating_sub(tick);
        let mut longest = longest.lock().unwrap();
        *longest = late.max(*longest);
    }
}

#[asyncio::main]
async fn main() {
    let limit = std::env::args().nth(1).map_or(2_000_000, |limit| {
        limit.parse().expect("the limit is a number")
    });
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let longest = Arc::new(Mutex::new(Duration::ZERO));
    let ticker = create_task(ticker(Arc::clone(&longest)));

    let (expected, alone) = timed("one thread", to_thread(move || count_primes(0..limit))).await;

    let on_threads = async {
        let calls = pieces(limit).map(|piece| to_thread(move || count_primes(piece)));
        let counts = gather!(..calls, limit = cores).await;
        counts.iter().sum()
    };
    let (primes, together) = timed(&format!("{cores} threads"), on_threads).await;
    assert_eq!(primes, expected);

    let on_pool = async {
        let pool = pool(cores);
        let calls = pieces(limit).map(|piece| run_in_executor(&pool, move || count_primes(piece)));
        let counts = gather!(..calls).await;
        counts.iter().sum()
    };
    let (primes, _) = timed(&format!("a pool of {cores} threads"), on_pool).await;
    assert_eq!(primes, expected);

    ticker.cancel();
    let speedup = alone.as_secs_f64() / together.as_secs_f64();
    println!("{speedup:.1} times as fast on {cores} cores");
    println!("the loop was late by {:?} at most", longest.lock().unwrap());
}
