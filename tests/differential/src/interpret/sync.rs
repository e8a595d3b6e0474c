//! Locks, semaphores, events, conditions, barriers, queues.

use super::world::World;
use super::{Done, block};
use crate::program::{Block, Call, Stmt};
use asyncio::{GetError, PutError, finally};
use std::sync::Arc;

pub(super) async fn run(world: &Arc<World>, me: &Arc<str>, stmt: &Stmt) -> Done {
    match stmt {
        Stmt::Lock { lock, block } => {
            let guard = Arc::clone(&world.locks[*lock]).acquire_owned().await;
            world.trace(me, format_args!("lock {lock}"));
            holding(world, me, stmt, guard, block).await?;
            world.trace(me, format_args!("unlocked {lock}"));
        }
        Stmt::Semaphore { semaphore, block } => {
            let semaphore_ = Arc::clone(&world.semaphores[*semaphore]);
            let permit = semaphore_.acquire_owned().await;
            world.trace(me, format_args!("semaphore {semaphore}"));
            holding(world, me, stmt, permit, block).await?;
            world.trace(me, format_args!("released {semaphore}"));
        }
        Stmt::EventWait { event } => {
            world.events[*event].wait().await;
            world.trace(me, format_args!("event {event}"));
        }
        Stmt::EventSet { event } => {
            world.events[*event].set();
            world.trace(me, format_args!("set {event}"));
        }
        Stmt::EventClear { event } => world.events[*event].clear(),
        Stmt::ConditionWait { condition } => {
            let (lock, condition_) = &world.conditions[*condition];
            let guard = lock.acquire().await;
            world.trace(me, format_args!("waits for condition {condition}"));
            let _guard = condition_.wait(guard).await;
            world.trace(me, format_args!("condition {condition}"));
        }
        Stmt::Notify { condition, n, ms } => notify(world, me, *condition, *n, *ms).await,
        Stmt::Barrier { barrier } => {
            let index = world.barriers[*barrier].wait().await;
            let index = index.expect("nobody breaks it");
            world.trace(me, format_args!("barrier {barrier}: {index}"));
        }
        Stmt::Queue { queue, call, item } => {
            queue_call(world, me, *queue, *call, item.unwrap_or_default()).await;
        }
        _ => unreachable!("another module's"),
    }
    Ok(())
}

/// Holds a guard while a block runs. One that has to be held while the block is cleaned up is given back by a
/// cleanup of its own, which comes last.
async fn holding<G: Send + 'static>(
    world: &Arc<World>,
    me: &Arc<str>,
    stmt: &Stmt,
    guard: G,
    inner: &Block,
) -> Done {
    if !stmt.cleans_up() {
        let done = block(world, me, inner).await;
        drop(guard);
        return done;
    }
    let release = finally(async move { drop(guard) });
    let done = block(world, me, inner).await;
    release.run().await;
    done
}

async fn notify(world: &World, me: &str, number: usize, n: usize, ms: Option<u64>) {
    let (lock, condition) = &world.conditions[number];
    let guard = lock.acquire().await;
    condition.notify(n);
    world.trace(me, format_args!("notified {number}"));
    if let Some(ms) = ms {
        world.sleep(ms).await;
    }
    drop(guard);
    world.trace(me, format_args!("left condition {number}"));
}

async fn queue_call(world: &World, me: &str, number: usize, call: Call, item: u32) {
    let queue = &world.queues[number];
    let result = match call {
        Call::Put => queue
            .put(item)
            .await
            .map(nothing)
            .map_err(|_| "QueueShutDown"),
        Call::PutNowait => queue.put_nowait(item).map(nothing).map_err(of_put),
        Call::Get => queue.get().await.map(Some).map_err(|_| "QueueShutDown"),
        Call::GetNowait => queue.get_nowait().map(Some).map_err(of_get),
        Call::TaskDone => queue.task_done().map(nothing).map_err(|_| "ValueError"),
        Call::Join => {
            queue.join().await;
            Ok(None)
        }
        Call::Shutdown => {
            queue.shutdown();
            Ok(None)
        }
        Call::ShutdownImmediate => {
            drop(queue.shutdown_immediate());
            Ok(None)
        }
    };
    let call = call.name();
    match result {
        Ok(None) => world.trace(me, format_args!("{call} {number}")),
        Ok(Some(item)) => world.trace(me, format_args!("{call} {number}: {item}")),
        Err(error) => world.trace(me, format_args!("{call} {number}: !{error}")),
    }
}

fn nothing(_: ()) -> Option<u32> {
    None
}

fn of_put(error: PutError<u32>) -> &'static str {
    match error {
        PutError::Full(_) => "QueueFull",
        PutError::ShutDown(_) => "QueueShutDown",
    }
}

fn of_get(error: GetError) -> &'static str {
    match error {
        GetError::Empty(_) => "QueueEmpty",
        GetError::ShutDown(_) => "QueueShutDown",
    }
}
