//! What a loop has to do, in the order in which it does it.
//!
//! # Why this is sound
//!
//! A step is one word. That of a task is the address of the task, as it is lent; that of a callback is the
//! address of its `Arc`, of which the line has a reference, with the lowest bit set. Neither address has
//! that bit by itself.
//!
//! There are as many words as a power of two, never none, so that a number without its higher bits is one of a
//! word.
#![allow(unsafe_code)]

use super::callback::Callback;
use super::home::Step;
use crate::tasks::Lent;
use std::ptr;
use std::sync::Arc;

/// With more room than this a line that is empty is given back: there was a burst.
const ROOM: usize = 1024;
const FIRST_ROOM: usize = 64;

const CALLBACK: usize = 1;
const _: () = assert!(align_of::<Callback>() > CALLBACK && Lent::ALIGN > CALLBACK);

/// First in, first out. What is in there when it is dropped is leaked.
pub(super) struct Line {
    /// As many as a power of two.
    words: Box<[*const ()]>,
    /// How many were ever taken out, and put in: their places in `words` are these, as far as it goes.
    first: usize,
    end: usize,
}

impl Line {
    pub(super) fn new() -> Self {
        Line {
            words: vec![ptr::null(); FIRST_ROOM].into_boxed_slice(),
            first: 0,
            end: 0,
        }
    }

    /// Which word it is. It is one of `words`.
    #[inline(always)]
    fn place(&self, number: usize) -> usize {
        number & (self.words.len() - 1)
    }

    /// Whether the next step has to be put in by [`push_growing`](Self::push_growing).
    #[inline(always)]
    pub(super) fn is_full(&self) -> bool {
        self.end.wrapping_sub(self.first) == self.words.len()
    }

    /// Puts something in, unless the line is full.
    #[inline(always)]
    pub(super) fn push(&mut self, step: Step) {
        debug_assert!(!self.is_full());
        let word = match step {
            Step::Poll(task) => task.address(),
            Step::Call(callback) => Arc::into_raw(callback)
                .cast::<()>()
                .map_addr(|address| address | CALLBACK),
        };
        let place = self.place(self.end);
        // SAFETY: see above.
        *unsafe { self.words.get_unchecked_mut(place) } = word;
        self.end = self.end.wrapping_add(1);
    }

    /// Puts something in, whether the line is full or not.
    pub(super) fn push_growing(&mut self, step: Step) {
        if self.is_full() {
            self.grow();
        }
        self.push(step);
    }

    #[inline(always)]
    pub(super) fn pop(&mut self) -> Option<Step> {
        if self.end == self.first {
            if self.words.len() > ROOM {
                *self = Line::new();
            }
            return None;
        }
        let place = self.place(self.first);
        // SAFETY: see above.
        let word = *unsafe { self.words.get_unchecked(place) };
        self.first = self.first.wrapping_add(1);
        Some(if word.addr() & CALLBACK == 0 {
            // SAFETY: it comes from `Lent::address`.
            Step::Poll(unsafe { Lent::at(word) })
        } else {
            let callback = word.map_addr(|address| address & !CALLBACK);
            // SAFETY: it comes from `Arc::into_raw`, and is out of the line.
            Step::Call(unsafe { Arc::from_raw(callback.cast::<Callback>()) })
        })
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        let room = self.words.len() * 2;
        let mut words = Vec::with_capacity(room);
        let mut number = self.first;
        while number != self.end {
            words.push(self.words[self.place(number)]);
            number = number.wrapping_add(1);
        }
        (self.first, self.end) = (0, words.len());
        words.resize(room, ptr::null());
        self.words = words.into_boxed_slice();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::Location;

    fn callback() -> Arc<Callback> {
        Callback::new(|| (), Location::caller())
    }

    #[test]
    fn what_is_put_in_first_comes_out_first_while_the_line_grows_and_goes_round() {
        let mut line = Line::new();
        let all: Vec<_> = (0..5000).map(|_| callback()).collect();
        let (mut put, mut got) = (0, 0);
        while got < all.len() {
            for _ in 0..7.min(all.len() - put) {
                line.push_growing(Step::Call(Arc::clone(&all[put])));
                put += 1;
            }
            for _ in 0..if put < 3000 { 3 } else { 11 } {
                if let Some(Step::Call(callback)) = line.pop() {
                    assert!(Arc::ptr_eq(&callback, &all[got]));
                    got += 1;
                }
            }
        }
        assert!(line.pop().is_none());
        assert!(line.words.len() <= ROOM, "the burst is over");
        assert!(all.iter().all(|callback| Arc::strong_count(callback) == 1));
    }
}
