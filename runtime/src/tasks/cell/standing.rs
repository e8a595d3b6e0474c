//! How a task stands with its loop: one byte, so that there is one thing to look at where it is woken or polled.

use crate::sync::Cell;

/// For the thread of the loop.
pub(crate) struct Standing(Cell<u8>);

/// Neither in the queue nor anything else: most of them.
const IDLE: u8 = 0;
/// It is in the queue.
const QUEUED: u8 = 1;
/// There is no body any more, so it is not put there again.
const ENDED: u8 = 2;
/// There is more to do around its polls than around those of most, or in them.
const SPECIAL: u8 = 4;

/// What a task comes out of the queue for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Turn {
    /// A poll with nothing around it, and nothing to look for before it, that is not there for every one.
    Simple,
    /// A poll with all.
    Special,
    /// Nothing: it has ended.
    Over,
}

impl Standing {
    /// Of a task that lives.
    #[inline(always)]
    pub(crate) fn new(is_queued: bool, is_special: bool) -> Self {
        let queued = if is_queued { QUEUED } else { IDLE };
        let special = if is_special { SPECIAL } else { IDLE };
        Standing(Cell::new(queued | special))
    }

    /// It is to be polled. True if it has to be put into the queue for that.
    #[inline(always)]
    #[must_use]
    pub(crate) fn call(&self) -> bool {
        match self.0.get() {
            IDLE => self.0.set(QUEUED),
            SPECIAL => self.0.set(SPECIAL | QUEUED),
            _ => return false,
        }
        true
    }

    /// It comes out of the queue.
    #[inline(always)]
    pub(crate) fn unqueue(&self) -> Turn {
        let was = self.0.get();
        if was == QUEUED {
            self.0.set(IDLE);
            return Turn::Simple;
        }
        self.0.set(was & !QUEUED);
        if was & ENDED == 0 {
            Turn::Special
        } else {
            Turn::Over
        }
    }

    /// From here on its turns are special, or may be simple again.
    #[inline]
    pub(crate) fn set_special(&self, is_special: bool) {
        let special = if is_special { SPECIAL } else { IDLE };
        self.0.set(self.0.get() & !SPECIAL | special);
    }

    #[inline]
    pub(crate) fn is_special(&self) -> bool {
        self.0.get() & SPECIAL != 0
    }

    #[inline]
    pub(crate) fn is_queued(&self) -> bool {
        self.0.get() & QUEUED != 0
    }

    /// Whether there is a body.
    #[inline]
    pub(crate) fn lives(&self) -> bool {
        self.0.get() & ENDED == 0
    }

    /// There is no body any more.
    #[inline]
    pub(crate) fn end(&self) {
        self.0.set(self.0.get() | ENDED);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_in_the_queue_once_and_not_again_after_its_end() {
        for (is_special, turn) in [(false, Turn::Simple), (true, Turn::Special)] {
            let standing = Standing::new(true, is_special);
            for _ in 0..2 {
                assert!(standing.is_queued() && !standing.call());
                assert_eq!(standing.unqueue(), turn);
                assert!(!standing.is_queued() && standing.lives());
                assert!(standing.call());
            }
            standing.end();
            assert!(standing.is_queued() && !standing.lives() && !standing.call());
            assert_eq!(standing.unqueue(), Turn::Over);
            assert!(!standing.is_queued() && !standing.lives() && !standing.call());
        }
    }

    #[test]
    fn a_turn_is_special_also_where_the_task_is_in_the_queue_when_it_gets_so() {
        let standing = Standing::new(true, false);
        standing.set_special(true);
        assert!(standing.is_queued() && standing.is_special());
        assert_eq!(standing.unqueue(), Turn::Special);
        assert!(standing.call() && standing.is_special());
        standing.set_special(false);
        assert_eq!(standing.unqueue(), Turn::Simple);
    }
}
