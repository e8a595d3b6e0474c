//! What a loop has to do, in the order in which it does it.
//!
//! # Why this is sound
//!
//! A step is one word. That of a task is the address of the task, as it is lent; that of a callback is the
//! address of its `Arc`, of which the line has a reference, with the lowest bit set. Neither address has
//! that bit by itself.
//!
//! `first` is not above `end`, and `end` not above the number of words. What [`Line::is_full`] is told is at most that
//! number.
#![allow(unsafe_code)]

use super::callback::Callback;
use super::home::Step;
use crate::tasks::Lent;
use std::ptr;
use std::sync::Arc;

/// With more room than this a line that is empty is given back: there was a burst. Up to there it is kept, as is the
/// memory of so many tasks: to grow anew takes a fifth of what it takes to make them.
const ROOM: usize = 32 * 1024;
/// The model checker gets by with few steps.
const FIRST_ROOM: usize = if cfg!(loom) { 2 } else { 64 };

const CALLBACK: usize = 1;
const _: () = assert!(align_of::<Callback>() > CALLBACK && Lent::ALIGN > CALLBACK);

/// First in, first out. What is in there when it is dropped is leaked.
pub(super) struct Line {
    words: Box<[*const ()]>,
    /// Where the next one is taken out, and put in.
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

    /// Whether the next step has to be put in by [`push_growing`](Self::push_growing). `room` is what that and
    /// [`settle`](Self::settle) have given last, or less.
    #[inline(always)]
    pub(super) fn is_full(&self, room: usize) -> bool {
        debug_assert!(room <= self.words.len());
        self.end >= room
    }

    /// Puts something in, unless the line is full.
    #[inline(always)]
    pub(super) fn push(&mut self, step: Step) {
        let word = match step {
            Step::Poll(task) => task.address(),
            Step::Call(callback) => Arc::into_raw(callback)
                .cast::<()>()
                .map_addr(|address| address | CALLBACK),
        };
        debug_assert!(self.end < self.words.len());
        // SAFETY: the line is not full, so that the end is before its room.
        *unsafe { self.words.get_unchecked_mut(self.end) } = word;
        self.end += 1;
    }

    /// Puts something in, whether the line is full or not. Gives how much room there is if that has changed.
    pub(super) fn push_growing(&mut self, step: Step) -> Option<usize> {
        let room = self.words.len();
        if self.end == room {
            self.make_room();
        }
        self.push(step);
        (self.words.len() != room).then_some(self.words.len())
    }

    #[inline(always)]
    pub(super) fn pop(&mut self) -> Option<Step> {
        if self.is_empty() {
            return None;
        }
        // SAFETY: it is before the end.
        let word = *unsafe { self.words.get_unchecked(self.first) };
        self.first += 1;
        Some(if word.addr() & CALLBACK == 0 {
            // SAFETY: it comes from `Lent::address`.
            Step::Poll(unsafe { Lent::at(word) })
        } else {
            let callback = word.map_addr(|address| address & !CALLBACK);
            // SAFETY: it comes from `Arc::into_raw`, and is out of the line.
            Step::Call(unsafe { Arc::from_raw(callback.cast::<Callback>()) })
        })
    }

    #[inline(always)]
    pub(super) fn is_empty(&self) -> bool {
        self.first == self.end
    }

    /// Has an empty line begin anew. Gives how much room there is.
    pub(super) fn settle(&mut self) -> usize {
        if self.is_empty() {
            (self.first, self.end) = (0, 0);
            if self.words.len() > ROOM {
                *self = Line::new();
            }
        }
        self.words.len()
    }

    /// Moves what is in there to the beginning; to twice the room if that gains little.
    #[cold]
    #[inline(never)]
    fn make_room(&mut self) {
        let steps = self.first..self.end;
        (self.first, self.end) = (0, steps.len());
        if steps.start >= self.words.len() / 2 {
            self.words.copy_within(steps, 0);
            return;
        }
        let mut words = Vec::with_capacity(self.words.len() * 2);
        words.extend_from_slice(&self.words[steps]);
        words.resize(words.capacity(), ptr::null());
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
        let all: Vec<_> = (0..5 * ROOM).map(|_| callback()).collect();
        let (mut put, mut got) = (0, 0);
        while got < all.len() {
            for _ in 0..7.min(all.len() - put) {
                line.push_growing(Step::Call(Arc::clone(&all[put])));
                put += 1;
            }
            for _ in 0..if put < 3 * ROOM { 3 } else { 11 } {
                if let Some(Step::Call(callback)) = line.pop() {
                    assert!(Arc::ptr_eq(&callback, &all[got]));
                    got += 1;
                }
            }
        }
        assert!(line.pop().is_none() && line.words.len() > ROOM);
        assert!(line.settle() <= ROOM, "the burst is over");
        assert!(all.iter().all(|callback| Arc::strong_count(callback) == 1));
    }
}
