//! What tests of timers have in common.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

/// Counts wake-ups.
#[derive(Default)]
pub(crate) struct Counted(AtomicUsize);

impl Wake for Counted {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Counted {
    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Polls it once, with a waker that is counted.
pub(crate) fn poll<F: Future + Unpin>(future: &mut F, counted: &Arc<Counted>) -> Poll<F::Output> {
    let waker = Waker::from(Arc::clone(counted));
    Pin::new(future).poll(&mut Context::from_waker(&waker))
}

/// Waits for what is not on the clock.
pub(crate) async fn some_real_time() {
    let (send, receive) = tokio::sync::oneshot::channel();
    let real = thread::spawn(move || {
        thread::sleep(Duration::from_millis(30));
        send.send(()).unwrap();
    });
    receive.await.unwrap();
    real.join().unwrap();
}
