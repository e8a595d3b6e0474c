//! Memory of tasks and children: from a pool of the thread, alone or counted.

mod counted;
pub(crate) mod pool;
mod pooled;

/// What the model checker replaces.
mod sync {
    pub(super) use std::sync::atomic::{AtomicU32, Ordering, fence};
}

pub(crate) use counted::Counted;
pub(crate) use pooled::Pooled;
