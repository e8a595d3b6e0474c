//! Memory for tasks: each thread keeps some of what tasks have given back, by size, for those that come.
//!
//! Every block comes from the program's allocator, alone, and goes back there sooner or later; it may be
//! given back on another thread than the one that took it.
//!
//! # Why this is sound
//!
//! A block in a list is memory of the list's class, allocated with that class's layout, that nobody
//! else refers to: its first word links to the next one. The lists are the thread's own. No code of
//! anybody else runs while they are changed. When the thread ends, [`Guard`] frees them, and closes the
//! pool: what is given back after that goes to the allocator at once.
//!
//! With `--cfg asyncio_plain_alloc` there is no pool, so that sanitizers and valgrind see every use of
//! memory that was given back.
#![allow(unsafe_code)]

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cell::Cell;
use std::ptr::{self, NonNull};

/// Blocks are multiples of this, which is also how they are aligned.
const GRAIN: usize = 16;

/// How many classes there are. Larger ones come from the allocator.
const CLASSES: usize = 64;

/// How much memory a thread keeps, in bytes: that of some 20,000 tasks.
const KEPT: usize = 4 << 20;

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Nothing has been given back.
    New,
    Open,
    /// The thread ends.
    Closed,
}

struct Pool {
    state: Cell<State>,
    /// How many bytes more it would keep. None unless it is open.
    room: Cell<usize>,
    free: [Cell<*mut Block>; CLASSES],
    /// The class that has to make room for the others next.
    yields: Cell<usize>,
}

struct Block {
    next: *mut Block,
}

thread_local! {
    static POOL: Pool = const {
        Pool {
            state: Cell::new(State::New),
            room: Cell::new(0),
            free: [const { Cell::new(ptr::null_mut()) }; CLASSES],
            yields: Cell::new(0),
        }
    };
    static GUARD: Guard = const { Guard };
}

/// Empties the pool when the thread ends. Not the pool itself: without a destructor it is quicker to get at.
struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        POOL.with(|pool| {
            pool.state.set(State::Closed);
            pool.room.set(0);
            for class in 0..CLASSES {
                while let Some(block) = pool.pop(class) {
                    // SAFETY: it was allocated for this class, and is out of the list.
                    unsafe { dealloc(block.as_ptr(), layout_of(class)) };
                }
            }
        });
    }
}

impl Pool {
    /// Takes a block out of a list.
    #[inline(always)]
    fn pop(&self, class: usize) -> Option<NonNull<u8>> {
        let list = &self.free[class];
        let block = NonNull::new(list.get())?;
        // SAFETY: it is in the list, so its first word is the link.
        list.set(unsafe { block.as_ref() }.next);
        Some(block.cast())
    }

    /// Where a block of this class does not fit. False if it is not to be kept.
    #[cold]
    #[inline(never)]
    fn make_room(&self, class: usize) -> bool {
        match self.state.get() {
            State::New => self.open(),
            State::Open => self.yield_room(class),
            State::Closed => false,
        }
    }

    /// Opens it when it is first used, and sees to it that it is emptied in the end.
    fn open(&self) -> bool {
        let opens = GUARD.try_with(|_| ()).is_ok();
        if opens {
            self.state.set(State::Open);
            self.room.set(KEPT);
        }
        opens
    }

    /// It is full: blocks of another class go for one of this, or the thread would keep forever what it was once given
    /// most of. One class is looked at, which takes no time; where that has none, or too few, the next one is the next
    /// time.
    fn yield_room(&self, class: usize) -> bool {
        let yields = self.yields.get();
        while yields != class && self.room.get() < class * GRAIN {
            let Some(block) = self.pop(yields) else {
                break;
            };
            // SAFETY: it was allocated for this class, and is out of the list.
            unsafe { dealloc(block.as_ptr(), layout_of(yields)) };
            self.room.set(self.room.get() + yields * GRAIN);
        }
        let fits = self.room.get() >= class * GRAIN;
        if !fits {
            self.yields.set((yields + 1) % CLASSES);
        }
        fits
    }
}

/// The class of a layout, if it has one.
#[inline(always)]
const fn class_of(layout: Layout) -> Option<usize> {
    let class = layout.size().div_ceil(GRAIN);
    if layout.align() <= GRAIN && class > 0 && class < CLASSES && !cfg!(asyncio_plain_alloc) {
        Some(class)
    } else {
        None
    }
}

fn layout_of(class: usize) -> Layout {
    Layout::from_size_align(class * GRAIN, GRAIN).expect("it is far below the limit")
}

/// Memory for a value of this layout, whose size is not zero.
#[inline(always)]
pub(crate) fn take(layout: Layout) -> NonNull<u8> {
    let Some(class) = class_of(layout) else {
        return take_new(layout);
    };
    POOL.with(|pool| {
        let Some(block) = pool.pop(class) else {
            return take_new(layout_of(class));
        };
        pool.room.set(pool.room.get() + class * GRAIN);
        block
    })
}

#[cold]
#[inline(never)]
fn take_new(layout: Layout) -> NonNull<u8> {
    // SAFETY: the size is not zero, as the caller promises.
    let memory = unsafe { alloc(layout) };
    NonNull::new(memory).unwrap_or_else(|| handle_alloc_error(layout))
}

/// Gives memory back.
///
/// # Safety
///
/// It comes from [`take`] with the same layout, and nobody uses it any more.
#[inline(always)]
pub(crate) unsafe fn give_back(memory: NonNull<u8>, layout: Layout) {
    let Some(class) = class_of(layout) else {
        // SAFETY: without a class it comes from the allocator, with this layout.
        return unsafe { dealloc(memory.as_ptr(), layout) };
    };
    POOL.with(|pool| {
        let size = class * GRAIN;
        if pool.room.get() < size && !pool.make_room(class) {
            // SAFETY: `take` has allocated it with the layout of its class.
            return unsafe { dealloc(memory.as_ptr(), layout_of(class)) };
        }
        let block: NonNull<Block> = memory.cast();
        let next = pool.free[class].replace(block.as_ptr());
        // SAFETY: the block is at least a word large, aligned, and nobody else's.
        unsafe { block.write(Block { next }) };
        pool.room.set(pool.room.get() - size);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    fn layout(size: usize) -> Layout {
        Layout::from_size_align(size, 8).expect("it is a layout")
    }

    /// Takes so many, and gives them back.
    fn burst(blocks: usize, size: usize) {
        let blocks: Vec<_> = (0..blocks).map(|_| take(layout(size))).collect();
        for block in blocks {
            // SAFETY: it was taken with this layout.
            unsafe { give_back(block, layout(size)) };
        }
    }

    /// How many bytes of this size the thread keeps, if it has a pool.
    fn kept(size: usize) -> Option<usize> {
        let class = class_of(layout(size))?;
        POOL.with(|pool| {
            let mut blocks = 0;
            let mut next = pool.free[class].get();
            while let Some(block) = NonNull::new(next) {
                blocks += 1;
                // SAFETY: it is in the list, so its first word is the link.
                next = unsafe { block.as_ref() }.next;
            }
            Some(blocks * size)
        })
    }

    #[test]
    fn what_is_given_back_is_used_again() {
        let first = take(layout(100));
        // SAFETY: it was taken just now.
        unsafe { give_back(first, layout(100)) };
        let other_class = take(layout(200));
        let second = take(layout(97));
        assert_eq!(first == second, !cfg!(asyncio_plain_alloc));
        for (memory, size) in [(second, 97), (other_class, 200)] {
            // SAFETY: it was taken with this layout.
            unsafe { give_back(memory, layout(size)) };
        }
    }

    #[test]
    fn a_thread_keeps_no_more_than_its_share() {
        burst(5000, 1000);
        let kept = kept(1000);
        assert!(kept.is_none_or(|kept| kept > KEPT / 2 && kept <= KEPT));
    }

    #[test]
    fn what_was_given_back_before_makes_room_for_what_is_given_back_now() {
        burst(5000, 1000);
        burst(5000, 500);
        let now = kept(500).zip(kept(1000));
        assert!(now.is_none_or(|(new, old)| new > KEPT / 2 && old > 0 && new + old <= KEPT));
    }

    #[test]
    fn memory_may_be_given_back_on_another_thread() {
        struct Sent(NonNull<u8>);
        // SAFETY: it is memory that nobody else knows.
        unsafe impl Send for Sent {}
        let sent: Vec<_> = (0..100).map(|_| Sent(take(layout(64)))).collect();
        let other = thread::spawn(move || {
            for Sent(memory) in sent {
                // SAFETY: it was taken with this layout.
                unsafe { give_back(memory, layout(64)) };
            }
        });
        other.join().expect("the thread does not panic");
    }
}
