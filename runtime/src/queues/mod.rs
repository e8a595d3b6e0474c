//! Queues: `asyncio.queues`, and a channel whose ends notice when the other is gone.
//!
//! | asyncio | here |
//! |---|---|
//! | `Queue` | [`Queue<T>`](Queue) |
//! | `PriorityQueue` | [`PriorityQueue<T>`](PriorityQueue): smallest first, equals in the order they came |
//! | `LifoQueue` | [`LifoQueue<T>`](LifoQueue) |
//! | (Trio) `open_memory_channel` | [`channel`] |
//!
//! They need no Tokio and no event loop, and work between threads.
//!
//! **Order.** Those who wait to get, and those who wait to put, are woken first come, first served. As
//! in asyncio, who comes when an item (or room for one) is there takes it, even if it was put for
//! somebody who was woken and has yet to run; that one waits again, at the end of the line.
//!
//! **Cancellation.** Any of the futures can be dropped at any time and nothing is lost: an item is
//! either in the queue, or with whoever called `put`, or returned by `get`.
//!
//! **Cost.** Putting and getting what is possible at once takes a short critical section, yields to no
//! executor, and allocates only where the queue has to grow. It does not count against Tokio's budget
//! of a task, so a loop that never finds the queue full or empty should `sleep(0)` now and then.
//!
//! **Panics.** Polling a future of this module again after it was done panics.

mod channel;
mod items;
mod job;
mod order;
mod queue;
mod wait;

pub use channel::{ChannelStatistics, Receiver, ReceiverGet, Sender, channel};
pub use items::{NextItem, QueueItems};
pub use job::{Job, QueueGetJob};
pub use order::{Fifo, Lifo, LifoQueue, Order, PriorityQueue, SmallestFirst};
pub use queue::{Queue, QueueStatistics};
pub use wait::{QueueGet, QueueJoin, QueuePut};
