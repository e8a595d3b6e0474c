//! Memory of tasks and children: from a pool of the thread, alone or counted.

mod counted;
pub(crate) mod pool;
mod pooled;

pub(crate) use counted::Counted;
pub(crate) use pooled::Pooled;
