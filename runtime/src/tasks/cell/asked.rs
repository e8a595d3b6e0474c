//! What a task is asked by whoever has a reference to it, and where it is listed.

use super::TaskRef;
use crate::canceller::Cancel;
use crate::futures::CallbackId;
use crate::tasks::{TaskHandle, current, registry};
use std::borrow::Cow;

impl TaskRef {
    /// Asks the task to end: `Task.cancel()`. False if it has ended. See
    /// [`Requests::cancel`](crate::tasks::requests::Requests::cancel).
    pub(crate) fn cancel(&self, message: Option<Cow<'static, str>>, again: bool) -> bool {
        if current::is(self) {
            // It looks for it when it suspends.
            if self.is_on_loop() {
                self.standing().set_special(true); // on its thread, as that polls it
            }
            return self.requests.cancel_itself(message, again);
        }
        let takes_it = self.requests.cancel(message, again);
        self.wake_asked();
        takes_it
    }

    /// As [`cancel`](Self::cancel), at the end of a run.
    pub(crate) fn cancel_left_over(&self) {
        self.set_left_over();
        self.cancel(None, false);
    }

    /// Ends the task at once: its cleanup is dropped and reported.
    pub(crate) fn stop(&self) {
        self.requests.stop();
        self.wake_asked();
    }

    /// Has its loop poll it, if a loop of ours does, and look for requests.
    fn wake_asked(&self) {
        let Some(home) = self.head().home else { return };
        if home.is_here() {
            self.standing().set_special(true);
        } // else the loop sees that there are some when it learns of the wake-up
        home.wake(self);
    }

    /// Calls `f` when the task is done, at once if it is.
    pub(crate) fn when_done(&self, f: impl FnOnce() + Send + 'static) {
        let id = CallbackId::next();
        if let Some(callback) = self.on_done(id, Box::new(move |_| f())) {
            callback(&TaskHandle::new(self.clone()));
        }
    }

    /// Has its loop poll it, if a loop of ours does.
    #[inline]
    pub(crate) fn wake(&self) {
        if let Some(home) = self.head().home {
            home.wake(self);
        }
    }

    /// Enters the list of the tasks that have not ended.
    ///
    /// # Safety
    ///
    /// Once, with a reference that is given up after the task has left it.
    #[inline]
    pub(crate) unsafe fn enter_list(&self) {
        match self.head().home {
            // SAFETY: passed on to the caller.
            Some(home) => unsafe { home.tasks().insert(self) },
            // SAFETY: as above.
            None => unsafe { registry::list_of(self.id).insert(self) },
        }
    }

    /// Leaves the list.
    ///
    /// # Safety
    ///
    /// It is in there.
    #[inline]
    pub(crate) unsafe fn leave_list(&self) {
        match self.head().home {
            // SAFETY: passed on to the caller.
            Some(home) => unsafe { home.tasks().remove(self) },
            // SAFETY: as above.
            None => unsafe { registry::list_of(self.id).remove(self) },
        }
    }
}

impl Cancel for TaskRef {
    fn cancel(&self, message: Option<Cow<'static, str>>) -> bool {
        TaskRef::cancel(self, message, true)
    }

    fn is_done(&self) -> bool {
        self.ended().is_some()
    }
}
