//! `PriorityQueue`: `asyncio.PriorityQueue` (B-239, B-240).

mod support;

use asyncio::PriorityQueue;
use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use support::{Random, poll_once};

/// Compared by its priority only.
#[derive(Debug)]
struct Job(u32, &'static str);

impl Ord for Job {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Job {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Job {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Job {}

#[test]
fn the_smallest_is_the_first_out() {
    let queue = PriorityQueue::new(0);
    let mut random = Random::new(7);
    let mut expected: Vec<_> = (0..200).map(|_| random.below(50)).collect();
    for item in &expected {
        queue.put_nowait(*item).unwrap();
    }
    expected.sort_unstable();
    queue.shutdown();
    assert_eq!(queue.shutdown_immediate(), expected);
}

#[test]
fn equal_items_come_in_the_order_in_which_they_were_put() {
    let queue = PriorityQueue::default();
    for (priority, name) in [(2, "e"), (1, "a"), (1, "b"), (2, "f"), (1, "c"), (1, "d")] {
        queue.put_nowait(Job(priority, name)).unwrap();
    }
    let names = [(); 6].map(|()| queue.get_nowait().unwrap().1);
    assert_eq!(names, ["a", "b", "c", "d", "e", "f"]);
}

#[test]
fn it_is_a_queue_in_everything_else() {
    static QUEUE: PriorityQueue<u32> = PriorityQueue::new(1);
    let mut waiting = Box::pin(QUEUE.get());
    assert_eq!(poll_once(waiting.as_mut()), None);
    assert_eq!(poll_once(QUEUE.put(1)), Some(Ok(())));
    assert!(QUEUE.full());
    assert_eq!(poll_once(waiting.as_mut()), Some(Ok(1)));
    QUEUE.task_done().unwrap();
    QUEUE.task_done().unwrap_err();
    assert!(format!("{QUEUE:?}").starts_with("PriorityQueue { qsize: 0, maxsize: 1"));
}

#[test]
fn a_comparison_that_panics_leaves_a_queue_that_works() {
    #[derive(PartialEq, Eq)]
    struct Moody(i32);
    impl Ord for Moody {
        fn cmp(&self, other: &Self) -> Ordering {
            if self.0 < 0 || other.0 < 0 {
                resume_unwind(Box::new("not today"));
            }
            self.0.cmp(&other.0)
        }
    }
    impl PartialOrd for Moody {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }

    let queue = PriorityQueue::new(0);
    queue.put_nowait(Moody(1)).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| queue.put_nowait(Moody(-1)))).is_err());
    // The item is in, and counts.
    let statistics = queue.statistics();
    assert_eq!((statistics.qsize, statistics.unfinished), (2, 2));
    let mut left = 0;
    while !queue.empty() {
        left += usize::from(catch_unwind(AssertUnwindSafe(|| queue.get_nowait())).is_ok());
    }
    assert!(left >= 1);
    queue.put_nowait(Moody(3)).unwrap();
    assert_eq!(queue.get_nowait().unwrap().0, 3);
}
