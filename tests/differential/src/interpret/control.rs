//! Awaiting and cancelling tasks, exceptions, cleanup, time-outs.

use super::world::{Value, World};
use super::{Done, Part, block};
use crate::program::Block;
use asyncio::{Task, TimeoutError, finally};
use std::sync::Arc;

/// A task that goes back to its place when it is not awaited to its end.
struct Taken<'a> {
    world: &'a World,
    name: &'a str,
    task: Option<Task<Value>>,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            self.world.give_back(self.name, task);
        }
    }
}

pub(super) async fn wait_for_task(world: &Arc<World>, me: &Arc<str>, name: &str) -> Done {
    let task = world.take(name);
    let mut taken = Taken { world, name, task };
    let Some(task) = &mut taken.task else {
        world.trace(me, format_args!("nothing to await: {name}"));
        return Ok(());
    };
    let value = task.await;
    drop(taken.task.take());
    show(world, me, &format!("awaited {name}"), flat(value))
}

pub(super) fn flat(value: Result<Value, asyncio::CancelledError>) -> Value {
    value.map_err(Into::into).and_then(|value| value)
}

/// Traces what was awaited, and passes on the exception.
pub(super) fn show(world: &World, me: &str, what: &str, value: Value) -> Done {
    match value {
        Ok(value) => {
            world.trace(me, format_args!("{what}: {value}"));
            Ok(())
        }
        Err(error) => {
            world.trace(me, format_args!("{what}: !{error}"));
            Err(error)
        }
    }
}

pub(super) fn cancel(world: &World, me: &str, name: &str) {
    let here = asyncio::current_task();
    // Of a branch that cancels its own task it is not comparable when that suspends (B-072, B-091).
    let other = |task: &asyncio::TaskHandle| me == name || here.as_ref() != Some(task);
    match world.handle(name).filter(other) {
        None => world.trace(me, format_args!("nothing to cancel: {name}")),
        Some(task) => {
            let accepted = task.cancel();
            world.trace(me, format_args!("cancel {name}: {accepted}"));
        }
    }
}

pub(super) async fn try_(
    world: &Arc<World>,
    me: &Arc<str>,
    body: &Block,
    handler: Option<&Block>,
    cleanup: Option<&Block>,
) -> Done {
    let guard = cleanup.map(|cleanup| finally(clean_up(world, me, cleanup)));
    let mut done = block(world, me, body).await;
    if let (Err(error), Some(handler)) = (&done, handler) {
        world.trace(me, format_args!("caught {error}"));
        done = block(world, me, handler).await;
    }
    if let Some(guard) = guard {
        guard.run().await;
    }
    done
}

fn clean_up(
    world: &Arc<World>,
    me: &Arc<str>,
    cleanup: &Block,
) -> impl Future<Output = ()> + Send + 'static {
    let (world, me) = (Arc::clone(world), Arc::clone(me));
    let cleanup: Block = Arc::clone(cleanup);
    async move {
        world.trace(&me, "cleans up");
        let cleanup: Part = block(&world, &me, &cleanup);
        if let Err(error) = cleanup.await {
            world.trace(&me, format_args!("cleanup failed: {error}"));
        }
        world.trace(&me, "cleaned up");
    }
}

pub(super) async fn wait_for(world: &Arc<World>, me: &Arc<str>, ms: u64, body: &Block) -> Done {
    let limited = asyncio::wait_for(block(world, me, body), world.time(ms));
    in_time(world, me, limited.await)
}

pub(super) async fn timeout(world: &Arc<World>, me: &Arc<str>, ms: u64, body: &Block) -> Done {
    let limited = asyncio::timeout(world.time(ms), block(world, me, body));
    in_time(world, me, limited.await)
}

fn in_time(world: &World, me: &str, done: Result<Done, TimeoutError>) -> Done {
    done.unwrap_or_else(|error| Err(error.into()))
        .inspect_err(|error| {
            if error.to_string() == "TimeoutError" {
                world.trace(me, "TimeoutError");
            }
        })
}
