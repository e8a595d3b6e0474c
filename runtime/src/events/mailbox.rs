//! What other threads have for a loop. Model-checked: `tests/loom_tasks.rs`.

use super::sync::{AtomicUsize, Mutex, MutexGuard};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::task::Waker;

/// Mail for whoever has the inbox open at the time; one at a time has.
pub(super) struct Mailbox<T> {
    /// Zero if there is mail; else what whoever has it open has said. Set with the lock.
    room: AtomicUsize,
    state: Mutex<State<T>>,
}

struct State<T> {
    mail: Vec<T>,
    /// Wakes whoever has it open.
    waker: Option<Waker>,
    /// Who that is.
    open: Option<u64>,
}

impl<T> Mailbox<T> {
    pub(super) fn new() -> Self {
        Mailbox {
            room: AtomicUsize::new(0),
            state: Mutex::new(State {
                mail: Vec::new(),
                waker: None,
                open: None,
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens it for somebody with this number.
    pub(super) fn open(&self, number: u64) {
        self.lock().open = Some(number);
    }

    /// Closes it, and gives what is in there.
    pub(super) fn close(&self) -> Vec<T> {
        let mut state = self.lock();
        state.open = None;
        let waker = state.waker.take();
        let mail = std::mem::take(&mut state.mail);
        drop(state);
        drop(waker);
        mail
    }

    /// Who is woken by mail from here on. There may be some already.
    pub(super) fn listen(&self, waker: &Waker) {
        let old = self.lock().waker.replace(waker.clone());
        drop(old);
    }

    /// Who has it open.
    pub(super) fn opened_for(&self) -> Option<u64> {
        self.lock().open
    }

    /// Puts something in, for the one with this number, or for whoever has it open. Gives it back if
    /// nobody has.
    pub(super) fn put(&self, number: Option<u64>, item: T) -> Result<(), T> {
        let mut state = self.lock();
        if state.open.is_none() || number.is_some() && number != state.open {
            return Err(item);
        }
        let is_first = state.mail.is_empty();
        state.mail.push(item);
        self.room.store(0, Ordering::Release);
        let waker = state.waker.as_ref().filter(|_| is_first).cloned();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    /// What was said last by [`set_room`](Self::set_room) or [`take`](Self::take); zero if there is something to take.
    /// What is put in later wakes.
    ///
    /// So whoever compares it with something anyway need not look for mail besides.
    #[inline]
    pub(super) fn room(&self) -> usize {
        self.room.load(Ordering::Acquire)
    }

    /// Whether there may be something to take.
    #[inline]
    pub(super) fn has_mail(&self) -> bool {
        self.room() == 0
    }

    pub(super) fn set_room(&self, room: usize) {
        let state = self.lock();
        if state.mail.is_empty() {
            self.room.store(room, Ordering::Relaxed); // whoever sets it has the lock
        }
    }

    /// What is in there, oldest first.
    pub(super) fn take(&self, room: usize) -> Vec<T> {
        let mut state = self.lock();
        self.room.store(room, Ordering::Relaxed);
        std::mem::take(&mut state.mail)
    }
}
