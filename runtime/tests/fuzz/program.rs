//! Random programs: trees of combinators, ours and foreign, with guards everywhere.

use crate::record::{Open, Random, Record, Running};
use asyncio::{
    AsyncExit, Canceller, Exit, Finally, Task, create_task, enter, finally, gather, move_on_after,
    scope, shield, sleep, task_group, timeout, wait_first, wait_for, with,
};
use futures::future::{FutureExt, join_all};
use futures::stream::{FuturesUnordered, StreamExt};
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::{JoinSet, yield_now};

pub(crate) type Node<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What a panic of a program carries.
pub(crate) struct Boom;

/// Shared by a whole program.
pub(crate) struct World {
    pub(crate) record: Arc<Record>,
    /// What can be cancelled from anywhere, and whether it was.
    pub(crate) cancellers: Mutex<Vec<(Canceller, bool)>>,
    pub(crate) panics: bool,
    pub(crate) interrupts: bool,
    /// Foreign tasks are used: when a runtime ends they are dropped, and nobody runs their cleanup.
    pub(crate) foreign_tasks: bool,
    /// Steps until one of the tasks is cancelled from the inside.
    pub(crate) fuse: AtomicU64,
}

/// One place in a program.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) world: Arc<World>,
    pub(crate) seed: u64,
    pub(crate) depth: u64,
    /// The guards of the frames around, and the scopes.
    pub(crate) outer: Vec<usize>,
    pub(crate) scopes: Vec<Open>,
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Guards of one frame: dropped as local variables are, the last one first.
struct Frame(Vec<Box<dyn Send>>);

impl Drop for Frame {
    fn drop(&mut self) {
        while self.0.pop().is_some() {}
    }
}

struct Resource(Place, usize);

impl AsyncExit for Resource {
    async fn exit(self, _how: Exit) {
        cleanup(self.0, self.1).await;
    }
}

/// What the guard `id` does. It may fail, and hold guards of its own.
async fn cleanup(place: Place, id: usize) {
    let mut random = Random::new(place.seed ^ 0xC1EA);
    let running: Running = place.world.record.began(id);
    match random.below(6) {
        0 => {}
        1 => yield_now().await,
        2 | 3 => sleep(ms(random.below(15))).await,
        4 if place.depth > 0 => drop(body(place.inside(&mut random)).await),
        _ => {
            let mut frame = Frame(Vec::new());
            let mut place = place.clone();
            place.depth = 0;
            guards(&mut place, &mut random, &mut frame);
            sleep(ms(random.below(5))).await;
        }
    }
    if place.world.panics && random.one_in(8) {
        running.ended();
        std::panic::panic_any(Boom);
    }
    running.ended();
}

impl Place {
    /// A frame further in.
    fn inside(&self, random: &mut Random) -> Place {
        Place {
            seed: random.next(),
            depth: self.depth.saturating_sub(1),
            ..self.clone()
        }
    }

    /// A frame further in, in a scope of its own.
    fn scoped(&self, random: &mut Random) -> (Place, Open) {
        let mut place = self.inside(random);
        let open = Open::default();
        place.scopes.push(open.clone());
        (place, open)
    }

    /// A task of its own: no frame is around it.
    fn task(&self, random: &mut Random) -> (Place, Open) {
        let mut place = self.inside(random);
        place.outer.clear();
        place.scopes.clear();
        let open = Open::default();
        place.scopes.push(open.clone());
        (place, open)
    }

    /// A scope is done.
    fn done(&self, what: &str, open: &Open) {
        let open = open.load(Ordering::SeqCst);
        if open > 0 {
            let what = format!("{what} was done before {open} of its guards");
            self.world.record.wrong(what);
        }
    }

    fn guard(&self, random: &mut Random, what: &'static str) -> (Place, usize) {
        let id = self.world.record.made(what, &self.outer, &self.scopes);
        (self.inside(random), id)
    }

    fn finally(&self, random: &mut Random) -> (Finally, usize) {
        let (inside, id) = self.guard(random, "finally");
        (finally(cleanup(inside, id)), id)
    }

    fn say(&self, family: &str, choice: u64) {
        let (seed, outer) = (self.seed, &self.outer);
        let record = &self.world.record;
        record.say(format_args!(
            "{family} combinator {choice} in {seed:x} inside of {outer:?}"
        ));
    }

    /// Gives a task a number, to be cancelled by.
    pub(crate) fn add<T>(&self, task: &Task<T>) -> u64 {
        let mut cancellers = self.world.cancellers.lock().unwrap();
        cancellers.push((task.canceller(), false));
        cancellers.len() as u64 - 1
    }

    /// Cancels some task once the fuse has burnt down, maybe this one.
    fn step(&self) {
        if self.world.fuse.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.cancel_any(self.seed);
        }
    }

    /// Cancels a task; a second time only where that is part of the program.
    pub(crate) fn cancel_any(&self, which: u64) {
        let mut cancellers = self.world.cancellers.lock().unwrap();
        let count = cancellers.len() as u64;
        if count == 0 {
            return;
        }
        let (canceller, cancelled) = &mut cancellers[(which % count) as usize];
        if std::mem::replace(cancelled, true) && !self.world.interrupts {
            return;
        }
        let canceller = canceller.clone();
        drop(cancellers);
        self.world
            .record
            .say(format_args!("cancel {}", which % count));
        canceller.cancel();
    }
}

/// Makes some guards, as statements of one frame would.
fn guards(place: &mut Place, random: &mut Random, frame: &mut Frame) {
    for _ in 0..random.below(3) {
        let id = if random.one_in(4) {
            let (inside, id) = place.guard(random, "enter");
            frame.0.push(Box::new(enter(Resource(inside, id))));
            id
        } else {
            let (guard, id) = place.finally(random);
            frame.0.push(Box::new(guard));
            id
        };
        place.outer.push(id);
    }
}

/// One frame.
pub(crate) fn body(mut place: Place) -> Node<Result<u64, ()>> {
    Box::pin(async move {
        let mut random = Random::new(place.seed);
        let mut frame = Frame(Vec::new());
        guards(&mut place, &mut random, &mut frame);
        place.step();
        if random.one_in(2) {
            sleep(ms(random.below(6))).await;
        }
        guards(&mut place, &mut random, &mut frame);
        for _ in 0..1 + random.below(2) {
            if place.depth > 0 {
                combine(&place, &mut random).await;
                place.step();
            }
        }
        leave_one_early(&mut place, &mut random, &mut frame).await;
        sleep(ms(random.below(8))).await;
        place.step();
        if place.world.panics && random.one_in(12) {
            std::panic::panic_any(Boom);
        }
        if random.one_in(4) {
            Err(())
        } else {
            Ok(place.seed)
        }
    })
}

/// Runs, disarms or drops a guard before the end of its frame.
async fn leave_one_early(place: &mut Place, random: &mut Random, frame: &mut Frame) {
    match random.below(8) {
        0 => {
            let (guard, id) = place.finally(random);
            place.world.record.in_line(id);
            guard.run().await;
        }
        1 => {
            let (guard, id) = place.finally(random);
            place.world.record.disarmed(id);
            guard.disarm();
        }
        2 => drop(frame.0.pop()),
        _ => {}
    }
}

async fn combine(place: &Place, random: &mut Random) {
    match random.below(3) {
        0 => foreign(place, random).await,
        1 => ours(place, random).await,
        _ => tasks(place, random).await,
    }
}

/// Combinators that know nothing of cleanup.
async fn foreign(place: &Place, random: &mut Random) {
    let count = 1 + random.below(3);
    let limit = ms(random.below(12));
    let choice = random.below(7);
    place.say("foreign", choice);
    match choice {
        0 => {
            let all: Vec<_> = (0..count).map(|_| body(place.inside(random))).collect();
            join_all(all).await;
        }
        1 => {
            let all: Vec<_> = (0..count).map(|_| body(place.inside(random))).collect();
            let mut all: FuturesUnordered<_> = all.into_iter().collect();
            for _ in 0..count - random.below(2) {
                all.next().await;
            }
        }
        2 => {
            let (a, b) = (body(place.inside(random)), body(place.inside(random)));
            tokio::select! {
                biased;
                _ = a => {}
                _ = b => {}
                () = sleep(limit) => {}
            }
        }
        3 => {
            let (a, b) = (body(place.inside(random)), body(place.inside(random)));
            let _ = tokio::join!(a, b);
        }
        4 => drop(tokio::time::timeout(limit, body(place.inside(random))).await),
        5 => {
            let (inside, open) = place.scoped(random);
            let ended = tokio::time::timeout(limit, scope(body(inside))).await;
            if ended.is_ok() {
                place.done("scope", &open);
            }
        }
        _ => drop(
            AssertUnwindSafe(body(place.inside(random)))
                .catch_unwind()
                .await,
        ),
    }
}

/// Our combinators.
async fn ours(place: &Place, random: &mut Random) {
    let limit = ms(random.below(12));
    let choice = random.below(9);
    place.say("our", choice);
    match choice {
        0 => drop(gather!(body(place.inside(random)), body(place.inside(random))).await),
        1 => {
            let count = 1 + random.below(4);
            let all: Vec<_> = (0..count).map(|_| body(place.inside(random))).collect();
            drop(gather!(..all, limit = 2).await);
        }
        2 => {
            let all = (body(place.inside(random)), body(place.inside(random)));
            let _ = gather!(all.0, all.1, return_exceptions = true).await;
        }
        3 => {
            let (a, b) = (body(place.inside(random)), body(place.inside(random)));
            wait_first!(if let _ = a {
            } else if let _ = b {
                yield_now().await;
            } else if let () = sleep(limit) {
            });
        }
        4 => {
            let (inside, open) = place.scoped(random);
            let _ = timeout(limit, body(inside)).await;
            place.done("timeout", &open);
        }
        5 => {
            let (inside, open) = place.scoped(random);
            match random.below(2) {
                0 => drop(move_on_after(limit, body(inside)).await),
                _ => drop(wait_for(body(inside), limit).await),
            }
            place.done("wait_for", &open);
        }
        6 => {
            let (inside, open) = place.scoped(random);
            scope(body(inside)).await.ok();
            place.done("scope", &open);
        }
        7 => with_resource(place, random).await,
        _ => group(place, random).await,
    }
}

async fn with_resource(place: &Place, random: &mut Random) {
    let (exit, id) = place.guard(random, "with");
    let (mut inside, open) = place.scoped(random);
    inside.outer.push(id);
    let body = with(Resource(exit, id), async |_| body(inside).await);
    body.await.ok();
    place.done("with", &open);
}

async fn group(place: &Place, random: &mut Random) {
    let (mut inside, open) = place.scoped(random);
    let count = random.below(3);
    let children: Vec<_> = (0..count).map(|_| inside.inside(random)).collect();
    inside.seed = random.next();
    let result = task_group!(|tg| {
        for child in children {
            tg.create_task(async move { body(child).await.map(|_| ()) });
        }
        body(inside).await
    })
    .await;
    place.done("task_group", &open);
    drop(result);
}

/// Tasks, ours and foreign, awaited or not.
async fn tasks(place: &Place, random: &mut Random) {
    let (inside, open) = place.task(random);
    let choice = random.below(if place.world.foreign_tasks { 7 } else { 5 });
    place.say("task", choice);
    match choice {
        0 => drop(spawn(place, inside)),
        1 => {
            let (mut task, number) = spawn(place, inside);
            let ended = tokio::time::timeout(ms(random.below(20)), task_outcome(&mut task)).await;
            if ended.is_ok() {
                place.done("task", &open);
            } else if random.one_in(2) {
                place.cancel_any(number);
                task_outcome(&mut task).await;
                place.done("cancelled task", &open);
            }
        }
        2 => {
            let task = Task::builder().eager().spawn(body(inside));
            place.add(&task);
            task.outcome().await;
            place.done("eager task", &open);
        }
        3 => drop(shield(body(inside)).await),
        4 => {
            let other = place.task(random).0;
            let tasks = [spawn(place, inside).0, spawn(place, other).0];
            let limit = ms(random.below(20));
            let (done, pending) = wait_first!(..tasks, timeout = limit).await;
            drop((done, pending));
        }
        5 => {
            let handle = tokio::spawn(scope(body(inside)));
            sleep(ms(random.below(15))).await;
            handle.abort();
            drop(handle.await);
        }
        _ => {
            let mut set = JoinSet::new();
            for _ in 0..1 + random.below(3) {
                set.spawn(scope(body(place.task(random).0)));
            }
            sleep(ms(random.below(15))).await;
            match random.below(3) {
                0 => set.shutdown().await,
                1 => drop(set.join_next().await),
                _ => {}
            }
        }
    }
}

fn spawn(place: &Place, inside: Place) -> (Task<Result<u64, ()>>, u64) {
    let task = create_task(body(inside));
    let number = place.add(&task);
    (task, number)
}

/// Awaits a task whose panic is of no interest.
async fn task_outcome(task: &mut Task<Result<u64, ()>>) {
    drop(AssertUnwindSafe(task).catch_unwind().await);
}
