//! Where lines come from and go to.
//!
//! Each thread keeps some; what is too much, and what is left when a thread ends, goes to a stock
//! that all threads share. Memory for lines is never given back: there is as much as there ever were
//! combinators waiting at the same time, a byte for each branch.

use super::line::Line;
use super::sync::{Mutex, lock};
use std::task::Waker;

#[cfg(not(all(test, loom)))]
static STOCK: Mutex<Vec<&'static Line>> = Mutex::new(Vec::new());

#[cfg(all(test, loom))]
loom::lazy_static! {
    // The checker's primitives last for one run of the model, so its statics do as well.
    static ref STOCK: Mutex<Vec<&'static Line>> = Mutex::new(Vec::new());
}

/// How many lines are made at a time, and moved between a thread and the stock: a page of memory.
const BATCH: usize = if cfg!(all(test, loom)) { 1 } else { 64 };

/// The lines that a thread keeps, but for the one at [`hand`].
struct Shelf(Vec<&'static Line>);

impl Shelf {
    fn take(&mut self) -> &'static Line {
        if self.0.is_empty() {
            self.fill();
        }
        self.0.pop().expect("a shelf that was filled is not empty")
    }

    #[cold]
    fn fill(&mut self) {
        let mut stock = lock(&STOCK);
        let rest = stock.len().saturating_sub(BATCH);
        self.0.extend(stock.drain(rest..));
        drop(stock);
        if self.0.is_empty() {
            let page: Vec<Line> = (0..BATCH).map(|_| Line::new()).collect();
            self.0.extend(Vec::leak(page).iter());
        }
    }

    fn give_back(&mut self, line: &'static Line) {
        self.0.push(line);
        // Combinators may begin on one thread and end on another: lines must not pile up there.
        if self.0.len() > 2 * BATCH {
            lock(&STOCK).extend(self.0.drain(BATCH..));
        }
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        self.0.extend(hand::close());
        lock(&STOCK).append(&mut self.0);
    }
}

/// The line of a thread that was given back last, for who comes next: combinators come one after the other mostly. There is
/// room for one as long as the thread has a shelf.
#[cfg(not(all(test, loom)))]
mod hand {
    use super::Line;
    use std::cell::Cell;

    #[derive(Clone, Copy)]
    enum Hand {
        Closed,
        Empty,
        Full(&'static Line),
    }

    thread_local! {
        // Without a destructor, so that the access is a plain one: the shelf has one.
        static HAND: Cell<Hand> = const { Cell::new(Hand::Closed) };
    }

    #[inline]
    pub(super) fn take() -> Option<&'static Line> {
        let Hand::Full(line) = HAND.get() else {
            return None;
        };
        HAND.set(Hand::Empty);
        Some(line)
    }

    /// False if there is no room.
    #[inline]
    pub(super) fn put(line: &'static Line) -> bool {
        let has_room = matches!(HAND.get(), Hand::Empty);
        if has_room {
            HAND.set(Hand::Full(line));
        }
        has_room
    }

    /// There is a shelf.
    pub(super) fn open() {
        if matches!(HAND.get(), Hand::Closed) {
            HAND.set(Hand::Empty);
        }
    }

    /// There is no shelf any more.
    pub(super) fn close() -> Option<&'static Line> {
        let line = take();
        HAND.set(Hand::Closed);
        line
    }
}

#[cfg(all(test, loom))]
mod hand {
    use super::Line;

    pub(super) fn take() -> Option<&'static Line> {
        None
    }

    pub(super) fn put(_line: &'static Line) -> bool {
        false
    }

    pub(super) fn close() -> Option<&'static Line> {
        None
    }
}

/// Calls `f` with the shelf of this thread, unless the thread is ending and has none any more.
#[cfg(not(all(test, loom)))]
fn on_shelf<R>(f: impl FnOnce(&mut Shelf) -> R) -> Option<R> {
    use std::cell::RefCell;
    thread_local! {
        static SHELF: RefCell<Shelf> = const { RefCell::new(Shelf(Vec::new())) };
    }
    let result = SHELF.try_with(|shelf| f(&mut shelf.borrow_mut())).ok();
    if result.is_some() {
        hand::open();
    }
    result
}

/// Without shelves in the model: there, joining a thread does not wait for its thread-locals, and
/// they would outlive the stock.
#[cfg(all(test, loom))]
fn on_shelf<R>(_f: impl FnOnce(&mut Shelf) -> R) -> Option<R> {
    None
}

/// A line for an owner whose parent is `parent`.
#[inline]
pub(super) fn take(parent: &Waker) -> &'static Line {
    match hand::take() {
        Some(line) if line.open(parent) => line,
        busy => take_from_shelf(parent, busy),
    }
}

#[inline(never)]
fn take_from_shelf(parent: &Waker, busy: Option<&'static Line>) -> &'static Line {
    let mut busy = Vec::from_iter(busy);
    let line = loop {
        let line = on_shelf(Shelf::take).unwrap_or_else(|| Shelf(Vec::new()).take());
        if line.open(parent) {
            break line;
        }
        // A stale waker uses it right now.
        busy.push(line);
    };
    busy.into_iter().for_each(put);
    line
}

/// Ends the ownership of `line`.
pub(super) fn give_back(line: &'static Line) {
    if line.close() {
        put(line);
    }
}

/// Puts in a line that has no owner.
#[inline]
pub(super) fn put(line: &'static Line) {
    if !hand::put(line) {
        put_on_shelf(line);
    }
}

#[inline(never)]
fn put_on_shelf(line: &'static Line) {
    if on_shelf(|shelf| shelf.give_back(line)).is_none() {
        lock(&STOCK).push(line);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::thread;

    /// The addresses of lines that `thread` has had and given back.
    fn used_by_a_thread(count: usize) -> Vec<usize> {
        let used = move || {
            let lines: Vec<_> = (0..count).map(|_| take(Waker::noop())).collect();
            for line in &lines {
                give_back(line);
            }
            lines
                .iter()
                .map(|line| std::ptr::from_ref(*line).addr())
                .collect()
        };
        thread::spawn(used)
            .join()
            .expect("the thread does not panic")
    }

    #[test]
    fn a_thread_that_ends_leaves_its_lines_to_the_others() {
        // Other tests take and give back lines at the same time, a few.
        let made = used_by_a_thread(2000);
        let again = used_by_a_thread(2000);
        let common = again.iter().filter(|line| made.contains(line)).count();
        assert!(common > 1000, "only {common} of 2000 lines were used again");
    }

    #[test]
    fn lines_do_not_pile_up_on_the_thread_that_ends_them() {
        let (sender, receiver) = std::sync::mpsc::sync_channel(8);
        let ending = thread::spawn(move || {
            for line in receiver {
                give_back(line);
            }
        });
        let mut different = std::collections::HashSet::new();
        for _ in 0..10_000 {
            let line = take(Waker::noop());
            different.insert(std::ptr::from_ref(line).addr());
            sender.send(line).expect("the other thread is there");
        }
        drop(sender);
        ending.join().expect("the thread does not panic");
        assert!(
            different.len() < 2000,
            "{} lines were made",
            different.len()
        );
    }

    #[test]
    fn a_line_is_taken_by_one_owner_at_a_time() {
        let lines: Vec<_> = (0..300).map(|_| take(Waker::noop())).collect();
        let different: std::collections::HashSet<_> = lines
            .iter()
            .map(|line| std::ptr::from_ref(*line).addr())
            .collect();
        assert_eq!(different.len(), lines.len());
        for line in lines {
            give_back(line);
        }
    }
}
