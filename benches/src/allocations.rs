//! How often memory is allocated.

use crate::Comparison;
#[cfg(feature = "mimalloc")]
use mimalloc::MiMalloc as Allocator;
#[cfg(not(feature = "mimalloc"))]
use std::alloc::System as Allocator;
use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;

/// The allocator of all contenders, which counts.
struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is passed on to the allocator.
unsafe impl GlobalAlloc for Counting {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller keeps the contract.
        unsafe { Allocator.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller keeps the contract.
        unsafe { Allocator.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller keeps the contract.
        unsafe { Allocator.realloc(pointer, layout, size) }
    }

    #[inline]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract.
        unsafe { Allocator.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// How many allocations each contender makes for an operation, on this thread.
pub(crate) fn measure(comparison: &mut Comparison<'_>) -> Vec<f64> {
    let operations = comparison.operations as f64;
    let contenders = comparison.contenders.iter_mut();
    let counts = contenders.map(|contender| {
        // Not what is made once only, as a pool that is filled.
        (contender.run)();
        (contender.run)();
        let before = COUNT.get();
        (contender.run)();
        (COUNT.get() - before) as f64 / operations
    });
    counts.collect()
}
