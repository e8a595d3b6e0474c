//! The children that have not ended, in blocks whose wakers share a line.
//!
//! A waker for each child would be an allocation for each. So 32 of them share a [`Wakers`], which take a line
//! when the first child keeps its waker, and one number in the group's [`Wakes`]. The body counts as a child: it
//! is the first of the first block.

use super::group::{BODY, CONTROL};
use crate::wakers::{Lazy, Wakers};
use crate::wakes::Wakes;
use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Poll, Waker};

/// How many children a block is for.
const WIDTH: u64 = 32;

/// Body and children, by their keys.
pub(super) struct Children<C> {
    /// What starts first; most groups have no more.
    first: Block<C>,
    rest: Blocks<C>,
    running: usize,
}

/// All blocks but the first, in the order of their numbers.
struct Blocks<C> {
    /// With the places of blocks that are gone, but not more of those than of others.
    places: VecDeque<(u64, Option<Box<Block<C>>>)>,
    gone: usize,
}

/// Those whose keys have the same quotient.
struct Block<C> {
    wakers: Wakers,
    /// What a waker of theirs wakes: the group, with the number of the block.
    waker: Waker,
    /// Without what has ended at the back.
    children: Vec<Option<C>>,
}

/// Those of a block that have been woken, as an iterator of their keys.
#[derive(Clone, Copy)]
pub(super) struct Woken {
    block: u64,
    bits: u64,
}

impl Iterator for Woken {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let index = u64::from(self.bits.trailing_zeros());
        self.bits &= self.bits.checked_sub(1)?;
        Some(self.block * WIDTH + index)
    }
}

/// The number in [`Wakes`] of a child alone, with this key, or of the body.
pub(super) fn number_of(key: u64) -> u64 {
    key << 1
}

/// The number in [`Wakes`] of a whole block.
fn number_of_block(block: u64) -> u64 {
    (block * WIDTH) << 1 | 1
}

impl<C> Block<C> {
    fn new(block: u64, wakes: &Arc<Wakes>) -> Self {
        Block {
            wakers: Wakers::none_woken(),
            waker: Wakes::waker(wakes, number_of_block(block)),
            children: Vec::new(),
        }
    }

    fn put(&mut self, index: u64, child: C) {
        self.children.resize_with(index as usize, || None);
        self.children.push(Some(child));
    }

    fn forget_ended(&mut self) {
        while let Some(None) = self.children.last() {
            self.children.pop();
        }
    }
}

impl<C> Blocks<C> {
    fn place(&self, number: u64) -> Option<usize> {
        let first = self.places.front()?.0;
        // Mostly all are there from the first on.
        let guess = number.checked_sub(first)? as usize;
        match self.places.get(guess) {
            Some(&(found, _)) if found == number => Some(guess),
            _ => self
                .places
                .binary_search_by_key(&number, |place| place.0)
                .ok(),
        }
    }

    fn get(&mut self, number: u64) -> Option<&mut Block<C>> {
        let place = self.place(number)?;
        self.places[place].1.as_deref_mut()
    }

    /// The newest block, which has this number, or will have.
    fn newest(&mut self, number: u64, wakes: &Arc<Wakes>) -> &mut Block<C> {
        let last = self.places.back().map(|last| last.0);
        if last != Some(number) {
            if let Some(last) = last {
                self.remove_if_empty(last);
            }
            let mut block = Box::new(Block::new(number, wakes));
            block.children.reserve(WIDTH as usize);
            self.places.push_back((number, Some(block)));
        }
        let newest = self.places.back_mut();
        newest
            .and_then(|last| last.1.as_deref_mut())
            .expect("the last one is not gone")
    }

    /// A child of a block has ended.
    fn shrink(&mut self, number: u64) {
        // The newest one is kept: the next child will need it.
        if self.places.back().is_some_and(|last| last.0 != number) {
            self.remove_if_empty(number);
        }
    }

    fn remove_if_empty(&mut self, number: u64) {
        let Some(place) = self.place(number) else {
            return;
        };
        let block = &mut self.places[place].1;
        if block
            .as_ref()
            .is_none_or(|block| !block.children.is_empty())
        {
            return;
        }
        *block = None;
        self.gone += 1;
        while let Some((_, None)) = self.places.front() {
            self.places.pop_front();
            self.gone -= 1;
        }
        if self.gone > self.places.len() / 2 {
            self.places.retain(|(_, block)| block.is_some());
            self.gone = 0;
        }
    }
}

impl<C> Children<C> {
    /// No child yet, of a group that is woken so.
    pub(super) fn new(wakes: &Arc<Wakes>) -> Self {
        Children {
            first: Block::new(0, wakes),
            rest: Blocks {
                places: VecDeque::new(),
                gone: 0,
            },
            running: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.running
    }

    fn block(&mut self, block: u64) -> Option<&mut Block<C>> {
        match block {
            0 => Some(&mut self.first),
            _ => self.rest.get(block),
        }
    }

    /// Puts a child there that was added after all that were here before.
    pub(super) fn put(&mut self, key: u64, child: C, wakes: &Arc<Wakes>) {
        let block = match key / WIDTH {
            0 => &mut self.first,
            number => self.rest.newest(number, wakes),
        };
        block.put(key % WIDTH, child);
        self.running += 1;
    }

    pub(super) fn get(&mut self, key: u64) -> Option<&mut C> {
        let block = self.block(key / WIDTH)?;
        block.children.get_mut((key % WIDTH) as usize)?.as_mut()
    }

    /// Takes out a child that has ended.
    pub(super) fn take(&mut self, key: u64) -> Option<C> {
        let (number, index) = (key / WIDTH, key % WIDTH);
        let block = self.block(number)?;
        let child = block.children.get_mut(index as usize)?.take()?;
        self.forget_ended(number);
        Some(child)
    }

    /// A child of this block was taken out.
    fn forget_ended(&mut self, number: u64) {
        self.running -= 1;
        if let Some(block) = self.block(number) {
            block.forget_ended();
            if block.children.is_empty() {
                self.rest.shrink(number);
            }
        }
    }

    /// Takes out the youngest.
    pub(super) fn take_last(&mut self) -> Option<(u64, C)> {
        let key = self.keys().next_back()?;
        Some((key, self.take(key)?))
    }

    /// Of those that are there, the older ones first.
    pub(super) fn keys(&self) -> impl DoubleEndedIterator<Item = u64> {
        let rest = self.rest.places.iter();
        let rest = rest.filter_map(|(number, block)| Some((*number, block.as_deref()?)));
        let blocks = std::iter::once((0, &self.first)).chain(rest);
        blocks.flat_map(|(number, block)| {
            let there = move |(index, child): (usize, &Option<C>)| {
                child.as_ref().map(|_| number * WIDTH + index as u64)
            };
            block.children.iter().enumerate().filter_map(there)
        })
    }

    /// Polls a child, if it is there, with its waker. Takes it out if it has ended.
    pub(super) fn poll<R>(
        &mut self,
        key: u64,
        poll: impl FnOnce(&Waker, &mut C) -> Poll<R>,
    ) -> Option<Poll<(R, C)>> {
        let (number, index) = (key / WIDTH, key % WIDTH);
        let block = match number {
            0 => &mut self.first,
            _ => self.rest.get(number)?,
        };
        let place = block.children.get_mut(index as usize)?;
        let lazy = Lazy::new(&block.waker);
        let round = block.wakers.silent_round(&lazy);
        let Poll::Ready(result) = poll(&round.waker(index as u32), place.as_mut()?) else {
            return Some(Poll::Pending);
        };
        let child = place.take()?;
        drop(round);
        self.running -= 1;
        block.forget_ended();
        if block.children.is_empty() {
            self.rest.shrink(number);
        }
        Some(Poll::Ready((result, child)))
    }

    /// Polls the body, with its waker.
    pub(super) fn poll_body<R>(&mut self, poll: impl FnOnce(&Waker) -> R) -> R {
        let lazy = Lazy::new(&self.first.waker);
        let round = self.first.wakers.silent_round(&lazy);
        poll(&round.waker(BODY as u32))
    }

    /// From the numbers that were woken, in their order, whose turn it is. They count as seen to.
    pub(super) fn take_woken(&mut self, numbers: &[u64], all: &mut Vec<Woken>) {
        for &number in numbers.iter().filter(|&&number| number != CONTROL) {
            let key = number >> 1;
            let Some(block) = self.block(key / WIDTH) else {
                continue;
            };
            let bits = match number & 1 {
                0 => 1 << (key % WIDTH),
                _ => block.wakers.take_woken(&block.waker),
            };
            let block = key / WIDTH;
            match all.last_mut() {
                Some(last) if last.block == block => last.bits |= bits,
                _ => all.push(Woken { block, bits }),
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn they_are_found_and_woken_as_in_a_map() {
        for seed in 1..100_u64 {
            let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mut below = |most: u64| {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                random % most
            };
            let wakes = Arc::new(Wakes::default());
            let mut children = Children::new(&wakes);
            let (mut model, mut wakers) = (BTreeMap::new(), BTreeMap::new());
            let mut next = 1;
            // Some groups grow, and some have few children at a time.
            let bias = below(4);
            for _ in 0..2000 {
                match below(5 + bias) {
                    0 | 1 => {
                        let chosen = model.keys().nth(below(model.len() as u64 + 1) as usize);
                        let key = chosen.copied().unwrap_or(next);
                        assert_eq!(children.take(key), model.remove(&key));
                        wakers.remove(&key);
                    }
                    2 => {
                        let key = below(next);
                        let mut kept = None;
                        children.poll(key, |waker, child| {
                            kept = Some((waker.clone(), *child));
                            Poll::<()>::Pending
                        });
                        assert_eq!(kept.as_ref().map(|kept| kept.1), model.get(&key).copied());
                        wakers.extend(kept.map(|(waker, _)| (key, waker)));
                    }
                    3 => {
                        let mut expected = Vec::new();
                        for (&key, waker) in wakers.iter().filter(|_| below(3) == 0) {
                            waker.wake_by_ref();
                            expected.push(key);
                        }
                        let (mut numbers, mut woken) = (Vec::new(), Vec::new());
                        wakes.take(Waker::noop(), &mut numbers);
                        children.take_woken(&numbers, &mut woken);
                        assert_eq!(woken.into_iter().flatten().collect::<Vec<_>>(), expected);
                    }
                    _ => {
                        children.put(next, next, &wakes);
                        model.insert(next, next);
                        next += 1;
                    }
                }
                assert_eq!(children.len(), model.len());
                assert!(
                    children.rest.places.len() <= 2 * model.len() + 1,
                    "it holds what is gone"
                );
            }
            assert!(children.keys().eq(model.keys().copied()));
            while let Some((key, _)) = model.pop_last() {
                assert_eq!(children.take_last(), Some((key, key)));
            }
            assert_eq!(children.take_last(), None);
        }
    }
}
