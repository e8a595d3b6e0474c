//! Polls futures, as an executor would.

use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

struct Task(AtomicBool);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.swap(true, Ordering::AcqRel);
    }
}

/// An executor with a single task.
#[derive(Debug, Clone)]
pub struct Driver {
    waker: Waker,
    task: Arc<Task>,
}

impl std::fmt::Debug for Task {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Task")
    }
}

impl Default for Driver {
    fn default() -> Self {
        let task = Arc::new(Task(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&task));
        Driver { waker, task }
    }
}

impl Driver {
    /// Polls to the end. `idle` has to wake the future when it is called.
    pub fn run_with<T>(&self, future: impl Future<Output = T>, mut idle: impl FnMut()) {
        let future = pin!(async {
            black_box(future.await);
        });
        self.poll(future, &mut idle);
    }

    /// Polls a future to the end that needs nothing from outside.
    pub fn run<T>(&self, future: impl Future<Output = T>) {
        self.run_with(future, || unreachable!("nobody wakes the future"));
    }

    // Not generic, so that all contenders are polled by the very same code, through a vtable as by a
    // real executor.
    #[inline(never)]
    fn poll(&self, mut future: Pin<&mut dyn Future<Output = ()>>, idle: &mut dyn FnMut()) {
        let mut cx = Context::from_waker(&self.waker);
        loop {
            self.task.0.store(false, Ordering::Release);
            if future.as_mut().poll(&mut cx).is_ready() {
                return;
            }
            if !self.task.0.load(Ordering::Acquire) {
                idle();
            }
        }
    }
}

/// Gives `value` after waking itself `times` times.
#[must_use]
pub async fn yields(times: u32, value: u64) -> u64 {
    let mut left = black_box(times);
    std::future::poll_fn(move |cx| {
        if left == 0 {
            return Poll::Ready(value);
        }
        left -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}
