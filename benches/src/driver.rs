//! Polls futures, as an executor would.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

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
    /// Polls to the end. `idle` has to wake the future when it is called. See [`drive!`](crate::drive).
    // Not generic, so that all contenders are polled by the very same code, through a vtable as by a
    // real executor.
    #[inline(never)]
    pub fn poll(&self, mut future: Pin<&mut dyn Future<Output = ()>>, idle: &mut dyn FnMut()) {
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

/// Runs an expression that awaits to its end: `drive!(driver, gather!(a, b).await)`. `idle` is called
/// whenever it waits, and has to wake it.
///
/// The futures are made where they are polled, as within an async function of a program: to move them
/// there first would be measured with them, and stalls the loads that follow.
#[macro_export]
macro_rules! drive {
    ($driver:expr, $awaits:expr) => {
        $crate::drive!($driver, $awaits, || unreachable!("nobody wakes it"))
    };
    ($driver:expr, $awaits:expr, $idle:expr) => {{
        let future = ::std::pin::pin!(async {
            let _ = ::std::hint::black_box($awaits);
        });
        $driver.poll(future, &mut $idle);
    }};
}
