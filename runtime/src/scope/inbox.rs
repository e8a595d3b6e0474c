//! How orphans come to their driver, from whichever thread their task is on, while the driver works.
//! Model-checked: `tests/loom_tasks.rs`.

use super::sync::{Mutex, MutexGuard};
use std::mem;
use std::sync::PoisonError;
use std::task::Waker;

/// What was handed over and has not been taken.
pub(super) struct Inbox<T>(Mutex<State<T>>);

struct State<T> {
    /// Each with the number of its hand-over.
    new: Vec<(u64, T)>,
    hand_overs: u64,
    /// Nobody takes anything any more.
    sealed: bool,
    driver: Option<Waker>,
}

impl<T> Inbox<T> {
    /// With the first hand-over in it.
    pub(super) fn new(items: Vec<T>) -> Self {
        Inbox(Mutex::new(State {
            new: items.into_iter().map(|item| (1, item)).collect(),
            hand_overs: 1,
            sealed: false,
            driver: None,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands over. Gives everything back if it is sealed.
    pub(super) fn put(&self, items: Vec<T>) -> Result<(), Vec<T>> {
        let mut state = self.lock();
        if state.sealed {
            drop(state);
            return Err(items);
        }
        state.hand_overs += 1;
        let number = state.hand_overs;
        state
            .new
            .extend(items.into_iter().map(|item| (number, item)));
        let driver = state.driver.take();
        drop(state);
        if let Some(driver) = driver {
            driver.wake();
        }
        Ok(())
    }

    /// Changes what came with the newest `times` hand-overs, as far as it has not been taken.
    pub(super) fn change_newest(&self, times: u64, mut change: impl FnMut(&mut T)) {
        let mut state = self.lock();
        let before = state.hand_overs.saturating_sub(times);
        let newest = state.new.iter_mut().filter(|(number, _)| *number > before);
        newest.for_each(|(_, item)| change(item));
    }

    /// What is new; more wakes the driver.
    pub(super) fn take(&self, driver: &Waker) -> Vec<T> {
        let mut state = self.lock();
        let old = state.driver.replace(driver.clone());
        let new = mem::take(&mut state.new);
        drop(state);
        drop(old);
        only_items(new)
    }

    /// Seals it if there is nothing new; whether it is sealed.
    pub(super) fn seal_if_empty(&self) -> bool {
        let mut state = self.lock();
        state.sealed |= state.new.is_empty();
        state.sealed
    }

    /// What is new, and there will be no more.
    pub(super) fn seal(&self) -> Vec<T> {
        let mut state = self.lock();
        state.sealed = true;
        let new = mem::take(&mut state.new);
        drop(state);
        only_items(new)
    }
}

fn only_items<T>(new: Vec<(u64, T)>) -> Vec<T> {
    new.into_iter().map(|(_, item)| item).collect()
}
