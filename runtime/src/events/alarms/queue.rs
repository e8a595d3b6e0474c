//! Alarms in the order of their times.
//!
//! Most alarms are put off within the turn that they were set in: a time limit around what is ready soon. So a
//! new one is behind the heap at first. What is still there when the timer is to be set, as the loop is about to wait, goes
//! into it. One of a loop may count from there: it is told its time then, so that the clock is read once for all of
//! them, and not for those put off before.

#[cfg(all(test, not(loom)))]
#[path = "queue/tests.rs"] // this file has another name in the models
mod tests;

use super::Due;
use super::known::Known;
use std::mem;
use std::task::Waker;
use std::time::Duration;
use tokio::time::Instant;

/// With more room than this, slots are given back when no alarm is set: there was a burst.
const ROOM: usize = 1024;

/// No slot.
const NONE: usize = usize::MAX;

/// Names an alarm. Numbers are not used again, so that one that is gone is not taken for another one.
// Packed, so that what has one is a word smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, packed(4))]
pub(in super::super) struct Key {
    pub(super) number: u64,
    pub(super) slot: u32,
}

impl Key {
    /// Whether it is of an alarm that was set after the one of this number.
    #[inline(always)]
    pub(super) fn is_after(self, number: u64) -> bool {
        self.number > number
    }
}

/// When an alarm is due.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum When {
    At(Instant),
    /// So many nanoseconds after the loop looks at it next: none in the heap is due so.
    // As one number it takes no more room than a time.
    Within(u64),
}

struct Slot {
    when: When,
    /// Counts up; alarms of the same time ring in the order of these. Zero if nothing is in the slot.
    number: u64,
    waker: Option<Waker>,
    /// Where it is in the heap or behind it. Of an empty slot, the next empty one.
    place: usize,
}

pub(super) struct Queue {
    slots: Vec<Slot>,
    /// A binary heap of slots; behind it, those that were set since the loop last waited.
    heap: Vec<u32>,
    /// How many are in the heap.
    settled: usize,
    /// An empty slot, or [`NONE`].
    empty: usize,
    /// The number of the latest.
    number: u64,
    /// Numbers up to this were taken away by [`clear`](Self::clear).
    cleared: u64,
}

impl Default for Queue {
    fn default() -> Self {
        Queue {
            slots: Vec::new(),
            heap: Vec::new(),
            settled: 0,
            empty: NONE,
            number: 0,
            cleared: 0,
        }
    }
}

impl Queue {
    #[inline(always)]
    pub(super) fn insert(&mut self, when: When, waker: Waker) -> Key {
        self.number += 1;
        let number = self.number;
        let new = Slot {
            when,
            number,
            waker: Some(waker),
            place: self.heap.len(),
        };
        let slot = match self.slots.get_mut(self.empty) {
            Some(place) => {
                let slot = mem::replace(&mut self.empty, place.place);
                mem::forget(mem::replace(place, new)); // its waker was taken out
                slot as u32
            }
            None => self.push(new),
        };
        self.heap.push(slot);
        Key { number, slot }
    }

    #[cold]
    #[inline(never)]
    fn push(&mut self, new: Slot) -> u32 {
        let slot = u32::try_from(self.slots.len()).expect("there are too many timers");
        self.slots.push(new);
        slot
    }

    #[inline]
    fn get(&self, key: Key) -> Option<&Slot> {
        let slot = self.slots.get(key.slot as usize);
        slot.filter(|slot| slot.number == key.number)
    }

    /// Whether it has rung. `None` if it was taken away before its time.
    #[inline]
    pub(super) fn rang(&self, key: Key) -> Option<bool> {
        if self.get(key).is_some() {
            return Some(false);
        }
        (key.number > self.cleared).then_some(true)
    }

    /// When an alarm is due. `None` if it was taken away before its time.
    #[inline]
    pub(super) fn due(&self, key: Key) -> Option<Due> {
        match self.get(key) {
            Some(slot) => Some(match slot.when {
                When::At(at) => Due::At(at),
                When::Within(_) => Due::Later,
            }),
            None => (key.number > self.cleared).then_some(Due::Rang),
        }
    }

    /// Whether an alarm that is set wakes by this waker.
    #[inline]
    pub(super) fn wakes(&self, key: Key, waker: &Waker) -> bool {
        let known = self.get(key).and_then(|slot| slot.waker.as_ref());
        known.is_some_and(|known| known.will_wake(waker))
    }

    /// Has an alarm wake by this waker; gives the one it had, or this one if it is not set.
    pub(super) fn rewire(&mut self, key: Key, waker: Waker) -> Option<Waker> {
        if self.get(key).is_none() {
            return Some(waker);
        }
        self.slots[key.slot as usize].waker.replace(waker)
    }

    /// Puts an alarm off, if it was set since the loop last waited.
    #[inline(always)]
    pub(super) fn remove_new(&mut self, key: Key) -> Option<Waker> {
        let place = self.get(key)?.place;
        if place < self.settled {
            return None;
        }
        let waker = self.vacate(key.slot);
        self.leave(place);
        waker
    }

    /// Puts an alarm off, if it is set.
    pub(super) fn remove(&mut self, key: Key) -> Option<Waker> {
        let place = self.get(key)?.place;
        if place >= self.settled {
            return self.remove_new(key);
        }
        self.leave_heap(place);
        self.vacate(key.slot)
    }

    #[inline]
    fn vacate(&mut self, slot: u32) -> Option<Waker> {
        let place = &mut self.slots[slot as usize];
        place.number = 0;
        place.place = mem::replace(&mut self.empty, slot as usize);
        place.waker.take()
    }

    /// Puts what is new into the heap; says what the first time is. With where to note the times of those that have none
    /// before, if there may be such.
    #[inline]
    pub(super) fn settle(&mut self, known: Option<&Known>) -> Option<Instant> {
        if self.settled < self.heap.len() {
            self.take_in(known);
        }
        if let Some(&first) = self.heap.first() {
            return self.at(first);
        }
        if self.slots.capacity() > ROOM {
            (self.slots, self.heap, self.empty) = (Vec::new(), Vec::new(), NONE);
            if let Some(known) = known {
                known.shrink();
            }
        }
        None
    }

    #[inline(never)]
    fn take_in(&mut self, known: Option<&Known>) {
        if let Some(known) = known {
            self.tell_times(known);
        }
        while let Some(&slot) = self.heap.get(self.settled) {
            self.rise(self.settled, slot);
            self.settled += 1;
        }
    }

    /// What counts from when the loop looks at it counts from now.
    fn tell_times(&mut self, known: &Known) {
        let new = &self.heap[self.settled..];
        let is_untimed = |slot: &u32| self.at(*slot).is_none();
        let Some(first) = new.iter().position(is_untimed) else {
            return;
        };
        let now = Instant::now();
        let mut known = known.up_to(self.number);
        for &slot in &new[first..] {
            let Slot { when, number, .. } = &mut self.slots[slot as usize];
            if let When::Within(delay) = *when {
                let (at, number) = (now + Duration::from_nanos(delay), *number);
                *when = When::At(at);
                known.tell(Key { number, slot }, at);
            }
        }
    }

    #[inline]
    fn at(&self, slot: u32) -> Option<Instant> {
        match self.slots[slot as usize].when {
            When::At(at) => Some(at),
            When::Within(_) => None,
        }
    }

    /// Takes the first alarm of the heap if its time has come.
    pub(super) fn next_due(&mut self, now: Instant) -> Option<Waker> {
        let first = *self.heap[..self.settled].first()?;
        if self.slots[first as usize].when > When::At(now) {
            return None;
        }
        self.leave_heap(0);
        self.vacate(first)
    }

    /// The number of the latest alarm.
    pub(super) fn latest(&self) -> u64 {
        self.number
    }

    /// Takes all of them away, none of which rings; gives what they wake, in the order of their times. As
    /// [`settle`](Self::settle) has it, with where to note their times.
    pub(super) fn clear(&mut self, known: Option<&Known>) -> impl Iterator<Item = Waker> + use<> {
        if let Some(known) = known {
            self.tell_times(known);
            known.keep(self.heap.iter().map(|&slot| {
                let number = self.slots[slot as usize].number;
                Key { number, slot }
            }));
        }
        self.cleared = self.number;
        (self.heap, self.settled, self.empty) = (Vec::new(), 0, NONE);
        let mut slots = mem::take(&mut self.slots);
        slots.sort_unstable_by_key(|slot| (slot.when, slot.number));
        slots.into_iter().filter_map(|slot| slot.waker)
    }

    /// Leaves a place behind the heap to the last one.
    #[inline]
    fn leave(&mut self, place: usize) {
        self.heap.swap_remove(place);
        if let Some(&moved) = self.heap.get(place) {
            self.slots[moved as usize].place = place;
        }
    }

    /// Leaves a place in the heap to the last one of the heap, and that one's to the last behind it.
    #[inline(never)]
    fn leave_heap(&mut self, place: usize) {
        self.settled -= 1;
        let moved = self.heap[self.settled];
        self.leave(self.settled);
        if place < self.settled {
            let place = self.rise(place, moved);
            self.sink(place, moved);
        }
    }

    /// Whether this one is before that one.
    fn is_before(&self, this: u32, that: u32) -> bool {
        let (this, that) = (&self.slots[this as usize], &self.slots[that as usize]);
        (this.when, this.number) < (that.when, that.number)
    }

    fn put(&mut self, place: usize, slot: u32) {
        self.heap[place] = slot;
        self.slots[slot as usize].place = place;
    }

    /// Moves a slot, which is at this place of the heap, up to where it belongs; gives that place.
    fn rise(&mut self, mut place: usize, slot: u32) -> usize {
        while place > 0 {
            let parent = (place - 1) / 2;
            let above = self.heap[parent];
            if !self.is_before(slot, above) {
                break;
            }
            self.put(place, above);
            place = parent;
        }
        self.put(place, slot);
        place
    }

    fn sink(&mut self, mut place: usize, slot: u32) {
        let heap = |queue: &Self, place| queue.heap[..queue.settled].get(place).copied();
        while let Some(left) = heap(self, 2 * place + 1) {
            let mut child = (2 * place + 1, left);
            if let Some(right) = heap(self, 2 * place + 2)
                && self.is_before(right, left)
            {
                child = (2 * place + 2, right);
            }
            if !self.is_before(child.1, slot) {
                break;
            }
            self.put(place, child.1);
            place = child.0;
        }
        self.put(place, slot);
    }
}
