//! Several at once: gather, wait, task groups, shields.

use super::control::{flat, show};
use super::world::{Error, Value, World};
use super::{Done, block, body};
use crate::program::{Block, Body, When};
use asyncio::{ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION, Task, gather, task_group};
use std::sync::Arc;

pub(super) async fn gather(
    world: &Arc<World>,
    me: &Arc<str>,
    children: &[Body],
    return_exceptions: bool,
    tasks: bool,
) -> Done {
    let values: Vec<Value> = if tasks {
        let tasks: Vec<_> = children
            .iter()
            .map(|child| world.spawn_awaited(child))
            .collect();
        if return_exceptions {
            gather!(..tasks, return_exceptions = true).await
        } else {
            all_good(gather!(..tasks).await)?
        }
    } else {
        let children = children
            .iter()
            .map(|child| body(Arc::clone(world), child.clone()));
        if return_exceptions {
            gather!(..children, return_exceptions = true).await
        } else {
            all_good(gather!(..children).await)?
        }
    };
    let shown = values.into_iter().map(|value| match value {
        Ok(value) => value.to_string(),
        Err(error) => format!("!{error}"),
    });
    let shown: Vec<_> = shown.collect();
    world.trace(me, format_args!("gathered {}", shown.join(" ")));
    Ok(())
}

fn all_good(values: Result<Vec<Arc<str>>, Error>) -> Result<Vec<Value>, Error> {
    values.map(|values| values.into_iter().map(Ok).collect())
}

pub(super) async fn wait(
    world: &Arc<World>,
    me: &Arc<str>,
    names: &[Arc<str>],
    return_when: When,
    timeout: Option<u64>,
) -> Done {
    let (mut taken, mut tasks) = (Vec::new(), Vec::new());
    for name in names {
        if let Some(task) = world.take(name) {
            taken.push((name, task.id()));
            tasks.push(task);
        }
    }
    if tasks.is_empty() {
        world.trace(me, "nothing to wait for");
        return Ok(());
    }
    let return_when = match return_when {
        When::FirstCompleted => FIRST_COMPLETED,
        When::FirstException => FIRST_EXCEPTION,
        When::AllCompleted => ALL_COMPLETED,
    };
    let wait = asyncio::wait(tasks).return_when(return_when);
    let (done, pending) = match timeout {
        Some(ms) => wait.timeout(world.time(ms)).await,
        None => wait.await,
    };
    let mut shown = Vec::new();
    for (name, id) in &taken {
        shown.push(match done.iter().find(|task| task.id() == *id) {
            Some(task) => format!("{name}={}", outcome(task)),
            None => format!("{name}.."),
        });
    }
    for task in pending {
        if let Some((name, _)) = taken.iter().find(|(_, id)| *id == task.id()) {
            world.give_back(name, task);
        }
    }
    world.trace(me, format_args!("waited {}", shown.join(" ")));
    Ok(())
}

/// What a task that is done came to, without taking it out.
fn outcome(task: &Task<Value>) -> String {
    match task.exception() {
        Ok(Err(_)) => "cancelled".to_owned(),
        Ok(Ok(Some(error))) => format!("failed {error}"),
        Ok(Ok(None)) => "ended".to_owned(),
        Err(error) => error.to_string(),
    }
}

pub(super) async fn group(
    world: &Arc<World>,
    me: &Arc<str>,
    children: &[Body],
    inner: &Block,
) -> Done {
    let children: Vec<_> = children
        .iter()
        .map(|child| {
            let child = body(Arc::clone(world), child.clone());
            async move { child.await.map(drop) }
        })
        .collect();
    let inner = block(world, me, inner);
    let done = task_group!(move |tg| {
        for child in children {
            drop(tg.create_task(child));
        }
        inner.await
    });
    match done.await {
        Ok(()) => {
            world.trace(me, "group ended");
            Ok(())
        }
        Err(errors) => {
            let error = Error::from(errors);
            world.trace(me, format_args!("group failed: {error}"));
            Err(error)
        }
    }
}

pub(super) async fn shield(world: &Arc<World>, me: &Arc<str>, child: &Body) -> Done {
    let task = world.spawn_awaited(child);
    let value = asyncio::shield(task).await;
    show(world, me, "shielded", flat(value))
}
