//! The futures of a queue.

use super::order::sealed::Items;
use super::order::{Fifo, Order};
use super::queue::{Queue, State};
use crate::brief_lock::Brief;
use crate::exceptions::QueueShutDown;
use crate::locks::waitlist::{After, Ticket};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// One who gets from a queue, again and again.
pub(super) struct Getter(Option<Ticket>);

impl Getter {
    pub(super) const fn new() -> Self {
        Getter(None)
    }

    // A quarter of what it costs would be the call.
    #[inline(always)]
    pub(super) fn poll<T, O: Order<T>>(
        &mut self,
        queue: &Queue<T, O>,
        cx: &Context<'_>,
    ) -> Poll<Result<T, QueueShutDown>> {
        let mut state = queue.state();
        if self.0.is_none()
            && let Some(item) = state.get_at_once()
        {
            return Poll::Ready(Ok(item));
        }
        self.poll_in_line(state, cx)
    }

    // Not inlined, nor is `cancel`: where nobody has to wait it is not called, and would want room on the stack.
    #[inline(never)]
    fn poll_in_line<T, I: Items<T>>(
        &mut self,
        state: Brief<'_, State<I>>,
        cx: &Context<'_>,
    ) -> Poll<Result<T, QueueShutDown>> {
        let mut after = After::new();
        let mut state = state; // is dropped before `after`
        if self.0.is_some() {
            ready!(state.getters.poll(&mut self.0, cx.waker(), &mut after));
        }
        match state.remove(&mut after) {
            Some(item) => Poll::Ready(Ok(item)),
            None if state.shut_down => Poll::Ready(Err(QueueShutDown(()))),
            None => {
                // For the first time, or somebody else was faster than we were after being woken.
                self.0 = Some(state.getters.push(cx.waker()));
                Poll::Pending
            }
        }
    }

    /// Leaves the line. If woken for an item, somebody else is woken for it.
    #[inline]
    pub(super) fn cancel<T, O: Order<T>>(&mut self, queue: &Queue<T, O>) {
        if let Some(ticket) = self.0.take() {
            Self::leave(queue, ticket);
        }
    }

    #[inline(never)]
    fn leave<T, O: Order<T>>(queue: &Queue<T, O>, ticket: Ticket) {
        let mut after = After::new();
        let mut state = queue.state();
        if state.getters.cancel(ticket, &mut after).is_some() && !state.is_empty() {
            state.getters.grant_first((), &mut after);
        }
    }
}

/// The future of [`Queue::get`].
#[must_use = "futures do nothing unless awaited"]
pub struct QueueGet<'a, T, O: Order<T> = Fifo> {
    /// `None` once the item is handed out.
    queue: Option<&'a Queue<T, O>>,
    getter: Getter,
}

impl<'a, T, O: Order<T>> QueueGet<'a, T, O> {
    pub(super) fn new(queue: &'a Queue<T, O>) -> Self {
        QueueGet {
            queue: Some(queue),
            getter: Getter::new(),
        }
    }
}

impl<T, O: Order<T>> Future for QueueGet<'_, T, O> {
    type Output = Result<T, QueueShutDown>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let queue = self.queue.expect("future polled after it was done");
        let outcome = ready!(self.getter.poll(queue, cx));
        self.queue = None;
        Poll::Ready(outcome)
    }
}

impl<T, O: Order<T>> Drop for QueueGet<'_, T, O> {
    #[inline]
    fn drop(&mut self) {
        if let Some(queue) = self.queue {
            self.getter.cancel(queue);
        }
    }
}

/// The future of [`Queue::put`].
#[must_use = "futures do nothing unless awaited"]
pub struct QueuePut<'a, T, O: Order<T> = Fifo> {
    queue: &'a Queue<T, O>,
    /// `None` once it is put, or given back.
    item: Option<T>,
    /// In the line of those who wait for room.
    ticket: Option<Ticket>,
}

// The item is moved out, and never pinned.
impl<T, O: Order<T>> Unpin for QueuePut<'_, T, O> {}

impl<'a, T, O: Order<T>> QueuePut<'a, T, O> {
    pub(super) fn new(queue: &'a Queue<T, O>, item: T) -> Self {
        QueuePut {
            queue,
            item: Some(item),
            ticket: None,
        }
    }
}

impl<T, O: Order<T>> Future for QueuePut<'_, T, O> {
    type Output = Result<(), QueueShutDown<T>>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let mut state = this.queue.state();
        if this.ticket.is_none() && this.queue.put_at_once(&mut state, &mut this.item) {
            return Poll::Ready(Ok(()));
        }
        this.poll_in_line(state, cx)
    }
}

impl<T, O: Order<T>> QueuePut<'_, T, O> {
    #[inline(never)]
    fn poll_in_line(
        &mut self,
        state: Brief<'_, State<O::Items>>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), QueueShutDown<T>>> {
        let this = self;
        let mut after = After::new();
        let mut state = state; // is dropped before `after`
        if this.ticket.is_some() {
            ready!(state.putters.poll(&mut this.ticket, cx.waker(), &mut after));
        }
        if !state.shut_down && this.queue.is_full(&state) {
            assert!(this.item.is_some(), "future polled after it was done");
            this.ticket = Some(state.putters.push(cx.waker()));
            return Poll::Pending;
        }
        let item = this.item.take().expect("future polled after it was done");
        if state.shut_down {
            return Poll::Ready(Err(QueueShutDown(item)));
        }
        state.insert(item, &mut after);
        Poll::Ready(Ok(()))
    }

    /// Leaves the line. If woken for room, somebody else is woken for it.
    #[inline(never)]
    fn leave(queue: &Queue<T, O>, ticket: Ticket) {
        let mut after = After::new();
        let mut state = queue.state();
        if state.putters.cancel(ticket, &mut after).is_some() && !queue.is_full(&state) {
            state.putters.grant_first((), &mut after);
        }
    }
}

impl<T, O: Order<T>> Drop for QueuePut<'_, T, O> {
    #[inline]
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            Self::leave(self.queue, ticket);
        }
    }
}

/// The future of [`Queue::join`].
#[must_use = "futures do nothing unless awaited"]
pub struct QueueJoin<'a, T, O: Order<T> = Fifo> {
    /// `None` once all was done.
    queue: Option<&'a Queue<T, O>>,
    ticket: Option<Ticket>,
}

impl<'a, T, O: Order<T>> QueueJoin<'a, T, O> {
    pub(super) fn new(queue: &'a Queue<T, O>) -> Self {
        QueueJoin {
            queue: Some(queue),
            ticket: None,
        }
    }
}

impl<T, O: Order<T>> Future for QueueJoin<'_, T, O> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let mut after = After::new();
        let mut state = this.queue.expect("future polled after it was done").state();
        if this.ticket.is_some() {
            // Let through is through, even if something was put since.
            ready!(state.joiners.poll(&mut this.ticket, cx.waker(), &mut after));
        } else if state.unfinished > 0 {
            this.ticket = Some(state.joiners.push(cx.waker()));
            return Poll::Pending;
        }
        this.queue = None;
        Poll::Ready(())
    }
}

impl<T, O: Order<T>> Drop for QueueJoin<'_, T, O> {
    #[inline]
    fn drop(&mut self) {
        if let (Some(queue), Some(ticket)) = (self.queue, self.ticket.take()) {
            let mut after = After::new();
            queue.state().joiners.cancel(ticket, &mut after);
        }
    }
}

macro_rules! debug {
    ($($name:ident, $waits:expr;)*) => { $(
        impl<T, O: Order<T>> fmt::Debug for $name<'_, T, O> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let waits: fn(&Self) -> bool = $waits;
                f.debug_struct(stringify!($name))
                    .field("waits", &waits(self))
                    .finish_non_exhaustive()
            }
        }
    )* };
}
debug! {
    QueueGet, |get| get.getter.0.is_some();
    QueuePut, |put| put.ticket.is_some();
    QueueJoin, |join| join.ticket.is_some();
}
