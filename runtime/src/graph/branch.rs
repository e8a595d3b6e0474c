//! What a combinator does to have its branches recorded.

use super::node::{NodeSlot, Place, Suspended};
use super::probe::Probe;
use super::record::{self, Collecting, Entry};
use super::switch::is_on;
use crate::events::Timer;
use std::future::{Future, poll_fn};
use std::panic::Location;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Polls branch `index` of the combinator with this slot; `watched` is what [`is_on`](super::is_on) said
/// when this round of polls began.
#[inline]
pub(crate) fn poll_branch<R>(
    watched: bool,
    node: &mut NodeSlot,
    index: usize,
    waker: &Waker,
    poll: impl FnOnce(&mut Context<'_>) -> Poll<R>,
) -> Poll<R> {
    if !watched {
        return poll(&mut Context::from_waker(waker));
    }
    let mut polled = Poll::Pending;
    let mut poll = Some(poll);
    collect(node, index, waker, &mut |cx| {
        if let Some(poll) = poll.take() {
            polled = poll(cx);
        }
        polled.is_pending()
    });
    polled
}

/// Not generic, so that what is off most of the time is compiled once.
#[cold]
fn collect(
    node: &mut NodeSlot,
    index: usize,
    waker: &Waker,
    waits: &mut dyn FnMut(&mut Context<'_>) -> bool,
) {
    let collecting = Collecting::start();
    let probe = Probe::new(waker);
    let waits = waits(&mut Context::from_waker(&probe));
    let recorded = collecting.finish();
    if waits {
        node.put(index, recorded);
    } else {
        node.remove(index);
    }
}

/// Polls a timer that ends the wait for something else.
pub(crate) fn timer_beside(timer: &mut Timer, cx: &mut Context<'_>) -> Poll<()> {
    let polled = timer.poll(cx);
    if polled.is_pending() && is_on() {
        record::wait(Entry::Timer(timer.deadline()));
    }
    polled
}

/// Polls what waits for something outside of the program's tasks: a socket, a process, a thread. By what
/// means is not recorded.
pub(crate) fn outside<R>(what: &'static str, poll: impl FnOnce() -> Poll<R>) -> Poll<R> {
    let collecting = is_on().then(Collecting::start);
    let polled = poll();
    if collecting.map(Collecting::finish).is_some() && polled.is_pending() {
        record::wait(Entry::Outside(what));
    }
    polled
}

/// Awaits something outside of the program's tasks, in an `async fn`.
pub(crate) async fn await_outside<F: Future>(what: &'static str, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| outside(what, || future.as_mut().poll(cx))).await
}

/// What one future of ours does that polls others with its own waker: they are shown below its name.
#[derive(Debug)]
pub(crate) struct Around {
    name: &'static str,
    place: Place,
    node: NodeSlot,
}

impl Around {
    #[track_caller]
    pub(crate) fn new(name: &'static str) -> Self {
        Around {
            name,
            place: Location::caller(),
            node: NodeSlot::new(),
        }
    }

    pub(crate) fn poll<R>(
        &mut self,
        cx: &mut Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<R>,
    ) -> Poll<R> {
        let watched = is_on();
        let polled = poll_branch(watched, &mut self.node, 0, cx.waker(), poll);
        if watched && polled.is_pending() {
            self.node.wait(Suspended {
                name: self.name,
                place: Some(self.place),
                total: Some(1),
                ..Suspended::default()
            });
        }
        polled
    }
}
