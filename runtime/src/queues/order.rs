//! In which order a queue gives its items.

use super::queue::Queue;
use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};
use std::fmt;
use std::ops::Deref;

/// In which order a [`Queue`] of `T` gives its items: [`Fifo`], [`Lifo`] or [`SmallestFirst`].
pub trait Order<T>: sealed::Order<T> {}

/// First in, first out: [`Queue`].
#[derive(Debug, Clone, Copy)]
pub enum Fifo {}

/// Last in, first out: [`LifoQueue`].
#[derive(Debug, Clone, Copy)]
pub enum Lifo {}

/// The smallest first, and of equal ones the one that came first: [`PriorityQueue`].
#[derive(Debug, Clone, Copy)]
pub enum SmallestFirst {}

impl<T> Order<T> for Fifo {}
impl<T> Order<T> for Lifo {}
impl<T: Ord> Order<T> for SmallestFirst {}

pub(super) mod sealed {
    pub trait Order<T> {
        type Items: Items<T>;
    }

    pub trait Items<T> {
        fn push(&mut self, item: T);
        fn pop(&mut self) -> Option<T>;
        fn len(&self) -> usize;
    }
}

impl<T> sealed::Order<T> for Fifo {
    type Items = VecDeque<T>;
}

impl<T> sealed::Items<T> for VecDeque<T> {
    #[inline]
    fn push(&mut self, item: T) {
        self.push_back(item);
    }

    #[inline]
    fn pop(&mut self) -> Option<T> {
        self.pop_front()
    }

    #[inline]
    fn len(&self) -> usize {
        VecDeque::len(self)
    }
}

impl<T> sealed::Order<T> for Lifo {
    type Items = Vec<T>;
}

impl<T> sealed::Items<T> for Vec<T> {
    fn push(&mut self, item: T) {
        Vec::push(self, item);
    }

    fn pop(&mut self) -> Option<T> {
        Vec::pop(self)
    }

    fn len(&self) -> usize {
        Vec::len(self)
    }
}

impl<T: Ord> sealed::Order<T> for SmallestFirst {
    type Items = Smallest<T>;
}

/// A heap that gives equal items in the order in which they came.
pub struct Smallest<T> {
    heap: BinaryHeap<Numbered<T>>,
    next: u64,
}

impl<T> fmt::Debug for Smallest<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smallest").finish_non_exhaustive()
    }
}

struct Numbered<T> {
    item: T,
    number: u64,
}

impl<T: Ord> sealed::Items<T> for Smallest<T> {
    fn push(&mut self, item: T) {
        let number = self.next;
        self.next += 1;
        self.heap.push(Numbered { item, number });
    }

    fn pop(&mut self) -> Option<T> {
        self.heap.pop().map(|numbered| numbered.item)
    }

    fn len(&self) -> usize {
        self.heap.len()
    }
}

impl<T: Ord> Ord for Numbered<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        // The other way round: the heap gives the greatest first.
        (&other.item, other.number).cmp(&(&self.item, self.number))
    }
}

impl<T: Ord> PartialOrd for Numbered<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Ord> PartialEq for Numbered<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<T: Ord> Eq for Numbered<T> {}

/// A [`Queue`] that gives the newest item first: `asyncio.LifoQueue`.
///
/// # Examples
///
/// ```
/// use asyncio::LifoQueue;
///
/// let stack = LifoQueue::new(0);
/// for item in [2, 3, 1] {
///     stack.put_nowait(item)?;
/// }
/// assert_eq!(stack.get_nowait(), Ok(1));
/// # Ok::<(), asyncio::PutError<i32>>(())
/// ```
pub struct LifoQueue<T>(Queue<T, Lifo>);

impl<T> LifoQueue<T> {
    /// A queue for at most `maxsize` items, or any number with 0, as in Python.
    #[must_use]
    #[track_caller]
    pub const fn new(maxsize: usize) -> Self {
        LifoQueue(Queue::with_items(maxsize, Vec::new()))
    }
}

/// A [`Queue`] that gives the smallest item first: `asyncio.PriorityQueue`.
///
/// Of equal items it gives the one first that was put first, so that a tuple `(priority, item)` is
/// needed only where the items are to be compared too. (In Python their order is not specified.) Use
/// [`Reverse`](std::cmp::Reverse) for the greatest first.
///
/// # Panics
///
/// If the comparison of items does, `put` and `get` panic, and an item may be lost. It must not use the
/// queue: it is called inside.
///
/// # Examples
///
/// ```
/// use asyncio::PriorityQueue;
///
/// let jobs = PriorityQueue::new(0);
/// for job in [(2, "cool"), (1, "heat"), (3, "serve")] {
///     jobs.put_nowait(job)?;
/// }
/// assert_eq!(jobs.get_nowait(), Ok((1, "heat")));
/// # Ok::<(), asyncio::PutError<(i32, &str)>>(())
/// ```
pub struct PriorityQueue<T: Ord>(Queue<T, SmallestFirst>);

impl<T: Ord> PriorityQueue<T> {
    /// A queue for at most `maxsize` items, or any number with 0, as in Python.
    #[must_use]
    #[track_caller]
    pub const fn new(maxsize: usize) -> Self {
        let items = Smallest {
            heap: BinaryHeap::new(),
            next: 0,
        };
        PriorityQueue(Queue::with_items(maxsize, items))
    }
}

macro_rules! is_a_queue {
    ($name:ident, $order:ty $(, $bound:ident)?) => {
        // As the subclasses of `Queue` that these are in Python.
        impl<T $(: $bound)?> Deref for $name<T> {
            type Target = Queue<T, $order>;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        impl<T $(: $bound)?> Default for $name<T> {
            /// A queue for any number of items.
            fn default() -> Self {
                $name::new(0)
            }
        }

        impl<T $(: $bound)?> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt_as(stringify!($name), f)
            }
        }
    };
}
is_a_queue!(LifoQueue, Lifo);
is_a_queue!(PriorityQueue, SmallestFirst, Ord);
