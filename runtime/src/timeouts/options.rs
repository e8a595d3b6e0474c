//! What a time limit can be given besides the limit.

use super::handle::Control;
use crate::events::Timer;
use crate::graph::NodeSlot;
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::time::Duration;

/// What a time limit can be given besides the limit.
#[derive(Default)]
pub(super) struct Options {
    pub(super) grace: Option<Duration>,
    /// When the cleanup is dropped: the grace limit, after the expiry.
    pub(super) ends: Option<Timer>,
    pub(super) handle: Option<Arc<Control>>,
    /// For introspection.
    pub(super) node: NodeSlot,
}

impl Drop for Options {
    fn drop(&mut self) {
        if let Some(handle) = &self.handle {
            handle.dropped();
        }
    }
}

/// What hardly any limit has. Where it is not there, there is nothing to drop.
pub(super) struct Rarely(ManuallyDrop<Option<Box<Options>>>);

impl Rarely {
    #[inline]
    pub(super) fn new() -> Self {
        Rarely(ManuallyDrop::new(None))
    }

    #[inline]
    pub(super) fn get(&self) -> Option<&Options> {
        self.0.as_deref()
    }

    pub(super) fn get_mut(&mut self) -> Option<&mut Options> {
        self.0.as_deref_mut()
    }

    pub(super) fn get_or_insert(&mut self) -> &mut Options {
        self.0.get_or_insert_default()
    }

    #[cold]
    #[inline(never)]
    fn clear(&mut self) {
        drop(self.0.take());
    }
}

impl Drop for Rarely {
    #[inline]
    fn drop(&mut self) {
        if self.0.is_some() {
            self.clear();
        }
    }
}

#[inline]
pub(super) fn handle(options: &Rarely) -> Option<&Control> {
    options.get()?.handle.as_deref()
}
