//! The line of a combinator, or what stands in for it.
//!
//! # Why this is sound
//!
//! The word of a [`Lease`] is odd, or it is a `&'static Line`: those are aligned. It is read as a
//! reference only if it is even.

use super::line::Line;
use super::pool;
use std::fmt;
use std::ptr;
use std::task::Waker;

/// The line of a combinator, if it has one by now; until then the branches that have been woken. In one
/// word, as it is a part of each combinator.
///
/// It does not go back to the pool by itself when this is dropped: combinators know when they need it
/// no more, and what they know costs nothing to check.
pub(crate) struct Lease(*const Line);

// SAFETY: it is a `&'static Line`, which is `Send` (see `is_send`), or a number.
unsafe impl Send for Lease {}
// SAFETY: as above.
unsafe impl Sync for Lease {}

const fn is_send<T: Send + Sync>() {}
const _: () = is_send::<&'static Line>();

/// The lowest bit of a word that is no line. The bits above it are those of the branches.
const BITS: usize = 1;
/// Which stands for all the branches from it on.
const LAST: u32 = usize::BITS - 2;

impl Lease {
    /// Without a line, no branch woken.
    pub(crate) const NONE_WOKEN: Lease = Lease(ptr::without_provenance(BITS));
    /// Without a line, all branches woken: they are to be polled for the first time.
    pub(crate) const ALL_WOKEN: Lease = Lease(ptr::without_provenance(usize::MAX));

    /// Without a line, the branches of `woken` woken, and others maybe: there are more branches than bits.
    fn of_woken(woken: u64) -> Self {
        let others = woken >> LAST != 0;
        let bits = (woken as usize) << 1 | usize::from(others) << (LAST + 1) | BITS;
        Lease(ptr::without_provenance(bits))
    }

    #[inline]
    pub(super) fn line(&self) -> Option<&'static Line> {
        if self.0.addr() & BITS != 0 {
            return None;
        }
        // SAFETY: it is even, so it is a line.
        Some(unsafe { &*self.0 })
    }

    #[inline]
    pub(crate) fn has_line(&self) -> bool {
        self.0.addr() & BITS == 0
    }

    /// The branches that have been woken without a line.
    #[inline]
    pub(crate) fn woken(&self) -> u64 {
        let bits = self.0.addr();
        if bits & BITS == 0 { 0 } else { spread(bits) }
    }

    /// At the end of a poll without a line: the branches that have been woken until now, and `line` if one
    /// of the wakers has been cloned.
    #[inline]
    pub(super) fn keep(&mut self, line: Option<&'static Line>, woken: u64) {
        *self = match line {
            None if woken == 0 => Lease::NONE_WOKEN,
            None => Lease::of_woken(woken),
            Some(line) => {
                line.add(woken);
                Lease(ptr::from_ref(line))
            }
        };
    }

    /// Whether a branch has been woken that nobody has seen to.
    pub(super) fn has_woken(&self) -> bool {
        match self.line() {
            Some(line) => line.woken() != 0,
            None => self.0.addr() != BITS,
        }
    }

    /// The line, if there is one, for an owner that polls on behalf of `parent`.
    #[inline]
    pub(super) fn begin(&mut self, parent: &Waker) -> Option<&'static Line> {
        let line = self.line()?;
        if line.wakes(parent) {
            return Some(line);
        }
        Some(self.change(parent))
    }

    /// Takes another line. As the branches keep wakers of the one that is left, all count as woken.
    #[cold]
    fn change(&mut self, parent: &Waker) -> &'static Line {
        self.end();
        let line = pool::take(parent);
        line.add(u64::MAX);
        *self = Lease(ptr::from_ref(line));
        line
    }

    /// Gives the line back, if there is one.
    #[inline]
    pub(crate) fn end(&mut self) {
        if let Some(line) = self.line() {
            *self = Lease::NONE_WOKEN;
            pool::give_back(line);
        }
    }
}

/// The bits of a word that is no line, one for each branch.
#[inline]
fn spread(bits: usize) -> u64 {
    // The last one is repeated.
    (bits.cast_signed() as i64 >> 1).cast_unsigned()
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line() {
            Some(line) => line.fmt(f),
            None => write!(f, "Woken({:#b})", spread(self.0.addr())),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn woken(branches: u64) -> u64 {
        let mut lease = Lease::NONE_WOKEN;
        lease.keep(None, branches);
        assert_eq!(lease.has_woken(), branches != 0);
        lease.woken()
    }

    #[test]
    fn what_has_been_woken_is_kept() {
        for branches in [0, 1, 2, 0x1234_5678, (1 << LAST) - 1] {
            assert_eq!(woken(branches), branches);
        }
    }

    #[test]
    fn the_branches_for_which_there_is_no_bit_share_the_last_one() {
        for branch in LAST..64 {
            assert_eq!(woken(1 << branch), u64::MAX << LAST);
        }
        assert_eq!(Lease::ALL_WOKEN.woken(), u64::MAX);
    }

    #[test]
    fn what_was_woken_before_there_is_a_line_goes_into_the_line() {
        let line = pool::take(std::task::Waker::noop());
        let mut lease = Lease::NONE_WOKEN;
        lease.keep(Some(line), 5);
        assert_eq!(lease.woken(), 0);
        assert!(lease.has_woken());
        assert_eq!(line.take(), 5);
        lease.end();
        assert!(!lease.has_woken());
    }
}
