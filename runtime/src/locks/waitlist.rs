//! The line in which futures wait: first in, first out, leaving from the middle in constant time.
//!
//! Every primitive keeps one behind a `std::sync::Mutex`. A waiter that is let through is *granted*:
//! it leaves the line at once, and its place stays taken until its future fetches the grant, so a
//! waiter that is dropped in between can be told from one that was never let through, and what it
//! was granted can be passed on.
//!
//! Places are indices into a vector, reused; nothing is allocated until somebody has to wait.

use crate::graph::{Kind, Subject, own_clone};
use std::collections::VecDeque;
use std::fmt;
use std::mem;
use std::task::{Poll, Waker};

/// No place, as there are never so many: the end of a list.
const NIL: usize = usize::MAX;

/// A place in a [`WaitList`]. Whoever holds it either polls it until it is granted, or cancels it.
#[derive(Debug)]
pub(crate) struct Ticket(usize);

/// Waiters in the order of their arrival; each is granted a `G`.
pub(crate) struct WaitList<G> {
    slots: Vec<Slot<G>>,
    /// First unused slot.
    free: usize,
    head: usize,
    tail: usize,
    /// Waiters in line.
    waiting: usize,
    /// Waiters in line, and granted ones that have not fetched their grant.
    present: usize,
    /// For introspection.
    subject: Subject,
}

struct Slot<G> {
    state: State<G>,
    previous: usize,
    next: usize,
}

enum State<G> {
    /// In the list of unused slots, which is linked by `next`.
    Unused,
    /// In line.
    Waiting(Waker),
    /// Out of the line, let through, and its future does not know yet.
    Granted(G),
}

impl<G> WaitList<G> {
    /// The place where this is called, or what calls it as a `#[track_caller]`, names the line.
    #[track_caller]
    pub(crate) const fn new(kind: Kind) -> Self {
        WaitList {
            slots: Vec::new(),
            free: NIL,
            head: NIL,
            tail: NIL,
            waiting: 0,
            present: 0,
            subject: Subject::new(kind),
        }
    }

    /// The task that is polled here was let through, and holds what is waited for here.
    pub(crate) fn is_held(&mut self) {
        self.subject.is_held();
    }

    /// How many are in line.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Whether nobody is in line, and no granted waiter has still to fetch its grant.
    pub(crate) fn is_idle(&self) -> bool {
        self.present == 0
    }

    /// Joins the line at its end.
    ///
    /// Every wait of every primitive begins here and ends in [`poll`](Self::poll) or
    /// [`cancel`](Self::cancel), which say so to introspection.
    pub(crate) fn push(&mut self, waker: &Waker) -> Ticket {
        let state = State::Waiting(own_clone(waker));
        let (previous, next) = (self.tail, NIL);
        let index = match self.slots.get_mut(self.free) {
            Some(slot) => {
                mem::forget(mem::replace(&mut slot.state, state)); // it was unused
                slot.previous = previous;
                mem::replace(&mut self.free, mem::replace(&mut slot.next, next))
            }
            None => {
                self.slots.push(Slot {
                    state,
                    previous,
                    next,
                });
                self.slots.len() - 1
            }
        };
        match self.slots.get_mut(previous) {
            Some(slot) => slot.next = index,
            None => self.head = index,
        }
        self.tail = index;
        self.waiting += 1;
        self.present += 1;
        self.subject.is_waited_for();
        Ticket(index)
    }

    /// Lets the first in line through; `false` if there is none.
    #[inline]
    pub(crate) fn grant_first(&mut self, grant: G, after: &mut After) -> bool {
        let anybody = self.head != NIL;
        if anybody {
            self.grant(self.head, grant, after);
        }
        anybody
    }

    fn grant(&mut self, index: usize, grant: G, after: &mut After) {
        self.unlink(index);
        if let State::Waiting(waker) =
            mem::replace(&mut self.slots[index].state, State::Granted(grant))
        {
            after.wake(waker);
        }
        self.subject.was_granted(self.present - self.waiting);
    }

    /// Lets everybody in line through, first come first.
    pub(crate) fn grant_all(&mut self, mut grant: impl FnMut() -> G, after: &mut After) {
        while self.waiting > 0 {
            self.grant_first(grant(), after);
        }
    }

    /// What the holder of the ticket was granted. Takes the ticket then; until then keeps `waker`.
    pub(crate) fn poll(
        &mut self,
        ticket: &mut Option<Ticket>,
        waker: &Waker,
        after: &mut After,
    ) -> Poll<G> {
        let Some(Ticket(index)) = *ticket else {
            unreachable!("only a waiter with a ticket is polled");
        };
        if let State::Waiting(known) = &mut self.slots[index].state {
            if !known.will_wake(waker) {
                after.discard(mem::replace(known, own_clone(waker)));
            }
            self.subject.is_waited_for();
            return Poll::Pending;
        }
        *ticket = None;
        match self.vacate(index) {
            State::Granted(grant) => Poll::Ready(grant),
            State::Waiting(_) | State::Unused => unreachable!("a ticket is a taken place"),
        }
    }

    /// Gives the place up. `Some` if the waiter had been let through: that has to be passed on.
    pub(crate) fn cancel(&mut self, ticket: Ticket, after: &mut After) -> Option<G> {
        let Ticket(index) = ticket;
        if let State::Waiting(_) = self.slots[index].state {
            self.unlink(index);
        }
        match self.vacate(index) {
            State::Granted(grant) => Some(grant),
            State::Waiting(waker) => {
                after.discard(waker);
                None
            }
            State::Unused => unreachable!("a ticket is a taken place"),
        }
    }

    /// Takes a waiter out of the line; its slot stays taken.
    fn unlink(&mut self, index: usize) {
        let Slot { previous, next, .. } = self.slots[index];
        match previous {
            NIL => self.head = next,
            previous => self.slots[previous].next = next,
        }
        match next {
            NIL => self.tail = previous,
            next => self.slots[next].previous = previous,
        }
        self.waiting -= 1;
    }

    /// Makes a slot that is not in line available again.
    fn vacate(&mut self, index: usize) -> State<G> {
        self.present -= 1;
        self.subject.was_granted(self.present - self.waiting);
        let slot = &mut self.slots[index];
        slot.next = mem::replace(&mut self.free, index);
        mem::replace(&mut slot.state, State::Unused)
    }
}

impl<G> fmt::Debug for WaitList<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitList")
            .field("waiting", &self.waiting)
            .field("present", &self.present)
            .finish_non_exhaustive()
    }
}

/// Wakers to call and to drop once the lock is released: both run code that is not ours, and that
/// may come back to the same primitive.
///
/// Declare it before taking the lock: it acts when it is dropped, and locals are dropped last first.
#[derive(Debug)]
pub(crate) struct After(Then);

/// What there is to do. Every use of a primitive makes and drops one of these: that takes one check where there is
/// nothing, and little more where there is one waker to call, which is all that most ever come to.
#[derive(Debug)]
enum Then {
    Nothing,
    Wake(Waker),
    More(Wakers),
}

#[derive(Debug, Default)]
struct Wakers {
    called: VecDeque<Waker>,
    discarded: Option<Waker>,
}

impl After {
    #[inline]
    pub(crate) const fn new() -> Self {
        After(Then::Nothing)
    }

    #[inline]
    fn wake(&mut self, waker: Waker) {
        match &mut self.0 {
            Then::Nothing => self.0 = Then::Wake(waker),
            Then::Wake(_) => self.more(|more| more.called.push_back(waker)),
            Then::More(more) => more.called.push_back(waker),
        }
    }

    fn discard(&mut self, waker: Waker) {
        let before = self.more(|more| more.discarded.replace(waker));
        debug_assert!(before.is_none(), "one waiter at a time is polled");
    }

    #[cold]
    fn more<R>(&mut self, add: impl FnOnce(&mut Wakers) -> R) -> R {
        let mut more = match self.take() {
            Then::Nothing => Wakers::default(),
            Then::More(more) => more,
            Then::Wake(waker) => Wakers {
                called: VecDeque::from([waker]),
                discarded: None,
            },
        };
        let result = add(&mut more);
        self.0 = Then::More(more);
        result
    }

    #[inline]
    fn take(&mut self) -> Then {
        mem::replace(&mut self.0, Then::Nothing)
    }

    #[inline(never)]
    fn act(&mut self) {
        match self.take() {
            Then::Nothing => {}
            Then::Wake(waker) => waker.wake(),
            Then::More(more) => more.wake_all(),
        }
    }
}

impl Drop for After {
    #[inline]
    fn drop(&mut self) {
        if !matches!(self.0, Then::Nothing) {
            self.act();
        }
    }
}

impl Wakers {
    #[cold]
    fn wake_all(mut self) {
        /// Goes on with the other wakers when one panics: their waiters were let through.
        struct Continue<'a>(&'a mut Wakers);
        impl Drop for Continue<'_> {
            fn drop(&mut self) {
                mem::take(self.0).wake_all();
            }
        }

        while let Some(waker) = self.called.pop_front() {
            let on_panic = Continue(&mut self);
            waker.wake();
            mem::forget(on_panic);
        }
    }
}
