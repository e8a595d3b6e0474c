//! What can be waited for and is no task: the lines of locks and queues.

use super::record::{self, Entry};
use super::switch::is_on;
use crate::tasks::{TaskId, current};
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// What sort of thing is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Lock,
    Semaphore,
    BoundedSemaphore,
    CapacityLimiter,
    Event,
    Condition,
    Barrier,
    Get,
    Put,
    Join,
}

impl Kind {
    /// As CPython's `ps` names it: by the coroutine that waits.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Lock => "Lock.acquire",
            Kind::Semaphore => "Semaphore.acquire",
            Kind::BoundedSemaphore => "BoundedSemaphore.acquire",
            Kind::CapacityLimiter => "CapacityLimiter.acquire",
            Kind::Event => "Event.wait",
            Kind::Condition => "Condition.wait",
            Kind::Barrier => "Barrier.wait",
            Kind::Get => "Queue.get",
            Kind::Put => "Queue.put",
            Kind::Join => "Queue.join",
        }
    }
}

/// A line that futures wait in, as introspection sees it.
#[derive(Debug)]
pub(crate) struct Subject {
    kind: Kind,
    made: &'static Location<'static>,
    /// Once somebody waited or held while introspection was on.
    resource: Option<Arc<Resource>>,
}

/// The part that whoever waits knows.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(super) kind: Kind,
    pub(super) made: &'static Location<'static>,
    pub(super) number: u64,
    /// The task that holds it, or `NOBODY` where that is not known.
    holder: AtomicU64,
    /// How many were let through and do not know yet.
    untold: AtomicUsize,
}

const NOBODY: u64 = 0;

impl Resource {
    fn new(kind: Kind, made: &'static Location<'static>) -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Arc::new(Resource {
            kind,
            made,
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            holder: AtomicU64::new(NOBODY),
            untold: AtomicUsize::new(0),
        })
    }

    /// The task that holds it. Only locks have one, and only as long as guards are not passed on.
    pub(super) fn holder(&self) -> Option<TaskId> {
        TaskId::from_number(self.holder.load(Ordering::Acquire))
    }

    /// Whether somebody was let through who has not run since.
    pub(super) fn is_on_its_way(&self) -> bool {
        self.untold.load(Ordering::Acquire) > 0
    }
}

impl Subject {
    #[track_caller]
    pub(crate) const fn new(kind: Kind) -> Self {
        Subject {
            kind,
            made: Location::caller(),
            resource: None,
        }
    }

    fn resource(&mut self) -> &Arc<Resource> {
        self.resource
            .get_or_insert_with(|| Resource::new(self.kind, self.made))
    }

    /// The task that is polled here waits for it.
    #[inline]
    pub(crate) fn is_waited_for(&mut self) {
        if is_on() {
            let resource = Arc::clone(self.resource());
            record::wait(Entry::Line(resource));
        }
    }

    /// The task that is polled here holds it.
    #[cold]
    pub(crate) fn is_held(&mut self) {
        let holder = current::id().map_or(NOBODY, TaskId::number);
        self.resource().holder.store(holder, Ordering::Release);
    }

    /// Somebody is let through, or comes to know of that: from here on so many do not know.
    #[inline]
    pub(crate) fn was_granted(&mut self, untold: usize) {
        if let Some(resource) = &self.resource {
            resource.holder.store(NOBODY, Ordering::Release);
            resource.untold.store(untold, Ordering::Release);
        }
    }
}
