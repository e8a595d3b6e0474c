//! What happens to the tasks that are left over when the main task is done.

use crate::scope;
use crate::tasks::{TaskRef, registry};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::runtime::Id;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

/// How long a task may take to notice that it was stopped: longer than any poll should be.
const STOPPED: Duration = Duration::from_secs(1);

/// Cancels every task of the runtime, also those that are made meanwhile, and awaits their cleanup;
/// what is not done after `grace` is stopped, and reported.
pub(super) async fn cancel_all(runtime: Id, grace: Duration) {
    let deadline = Instant::now().checked_add(grace);
    let in_time = async {
        loop {
            let left = registry::of_runtime(Some(runtime));
            if left.is_empty() {
                break;
            }
            for task in &left {
                task.cancel_left_over();
            }
            all_done(left).await;
        }
        // Foreign tasks that were aborted a moment ago are dropped when the runtime gets to them.
        tokio::task::yield_now().await;
        scope::orphans_done(runtime).await;
    };
    let ended = match deadline {
        Some(deadline) => timeout_at(deadline, in_time).await.is_ok(),
        None => {
            in_time.await;
            true
        }
    };
    if !ended {
        stop_all(runtime).await;
    }
}

/// Ends every task of the runtime at once.
async fn stop_all(runtime: Id) {
    let left = registry::of_runtime(Some(runtime));
    for task in &left {
        task.stop();
    }
    // Whoever blocks its thread cannot be helped, and is dropped with the runtime.
    let _ = timeout_at(Instant::now() + STOPPED, all_done(left)).await;
}

async fn all_done(tasks: Vec<TaskRef>) {
    struct Left {
        count: AtomicUsize,
        none: Notify,
    }
    let left = Arc::new(Left {
        count: AtomicUsize::new(tasks.len()),
        none: Notify::new(),
    });
    for task in tasks {
        let counted = Arc::clone(&left);
        let done = move || {
            if counted.count.fetch_sub(1, Ordering::AcqRel) == 1 {
                counted.none.notify_one();
            }
        };
        task.when_done(done);
    }
    while left.count.load(Ordering::Acquire) > 0 {
        left.none.notified().await;
    }
}
