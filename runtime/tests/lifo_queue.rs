//! `LifoQueue`: `asyncio.LifoQueue` (B-239).

mod support;

use asyncio::{LifoQueue, PutError, QueueFull};
use support::poll_once;

#[test]
fn the_last_in_is_the_first_out() {
    let queue = LifoQueue::default();
    for item in [2, 3, 1] {
        queue.put_nowait(item).unwrap();
    }
    assert_eq!([(); 3].map(|()| queue.get_nowait().unwrap()), [1, 3, 2]);
}

#[test]
fn it_is_a_queue_in_everything_else() {
    static QUEUE: LifoQueue<u32> = LifoQueue::new(2);
    assert_eq!(poll_once(QUEUE.put(1)), Some(Ok(())));
    assert_eq!(poll_once(QUEUE.put(2)), Some(Ok(())));
    assert_eq!(QUEUE.put_nowait(3), Err(PutError::Full(QueueFull(3))));
    let mut waiting = Box::pin(QUEUE.put(3));
    assert_eq!(poll_once(waiting.as_mut()), None);
    assert_eq!(poll_once(QUEUE.get()), Some(Ok(2)));
    assert_eq!(poll_once(waiting.as_mut()), Some(Ok(())));
    assert_eq!(QUEUE.shutdown_immediate(), [3, 1]);
    assert!(format!("{QUEUE:?}").starts_with("LifoQueue { qsize: 0, maxsize: 2"));
}
