//! The wake-up of one branch, as most are: that needs no loop, and little of what a poll keeps.

use super::{Flat, Node, WIDTH};
use crate::combine::Phase;
use crate::scope::{Tag, Unwatched};
use crate::wakers::OneWoken;
use std::future::Future;
use std::task::{Context, Poll, Waker};

impl<F: Future, T> Flat<F, T> {
    /// As [`poll`](Self::poll), where nobody watches, one branch is due, and there is nothing to do but to poll it: `phase`
    /// is [`Phase::Polling`] then. Nothing where that cannot be told at a glance, and `poll` has to see to it.
    ///
    /// All this is in branch 0 of `around`, if that is there.
    #[inline(always)]
    pub(in crate::gather) fn poll_one<E>(
        &mut self,
        phase: &mut Phase,
        waker: &Waker,
        around: Option<&mut Tag>,
        split: impl Fn(F::Output) -> Result<T, E>,
    ) -> Option<Poll<Result<(), E>>> {
        let woken = self.root.lease.one_woken(waker)?;
        let (node, base, woken) = match &mut self.below[..] {
            [] if self.root.has_pending(woken) => (&mut self.root, 0, woken),
            nodes if nodes.len() <= WIDTH => {
                let above = woken;
                let node = nodes.get_mut(above.index())?;
                let woken = node.lease.one_woken_below(&above)?;
                if !node.has_pending(woken) {
                    return None;
                }
                self.root.start = 0;
                above.take();
                (node, above.index() * WIDTH, woken)
            }
            _ => return None,
        };
        node.start = 0;
        *phase = Phase::Polling;
        let index = base + woken.index();
        let branch = Unwatched::enter(&mut self.tag, index, around);
        let mut place = self.places.get(index);
        // SAFETY: `pending` says that the future is there.
        let future = unsafe { place.as_mut().future() };
        let waker = woken.take();
        let Poll::Ready(output) = future.poll(&mut Context::from_waker(&waker)) else {
            return Some(Poll::Pending);
        };
        node.pending &= !woken.bit();
        // SAFETY: it is there, and `pending` no longer says so.
        unsafe { place.as_mut().drop_future() }
        match split(output) {
            // SAFETY: nothing is there any more.
            Ok(item) => unsafe { place.put(item) },
            Err(error) => return Some(Poll::Ready(Err(error))),
        }
        node.finished |= woken.bit();
        if node.pending != 0 {
            return Some(Poll::Pending);
        }
        drop(branch);
        Some(self.end_node(base / WIDTH).map(Ok))
    }
}

impl Node {
    /// A stale waker may have woken one that is finished.
    #[inline(always)]
    fn has_pending(&self, woken: OneWoken) -> bool {
        self.pending & woken.bit() != 0
    }
}
