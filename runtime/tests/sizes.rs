//! How large the futures of the combinators are.
#![cfg(feature = "tokio")]

use asyncio::{gather, scope};
use std::future::{Future, pending};
use std::mem::size_of_val;

/// Gives a small value, and is `N` bytes large itself.
fn small_output<const N: usize>() -> impl Future<Output = u8> {
    struct Sized<const N: usize>([u8; N]);
    impl<const N: usize> Future for Sized<N> {
        type Output = u8;
        fn poll(
            self: std::pin::Pin<&mut Self>,
            _cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<u8> {
            std::task::Poll::Ready(self.0[0])
        }
    }
    Sized([1; N])
}

#[test]
fn a_gather_is_three_words_larger_than_its_branches() {
    let word = size_of::<usize>();
    let control = 24.max(3 * word);
    let two = gather!(small_output::<64>(), small_output::<128>());
    assert_eq!(size_of_val(&two), 64 + 128 + control);
    // The item takes the place of the future.
    let large_output = gather!(pending::<[u64; 20]>(), small_output::<8>());
    assert_eq!(size_of_val(&large_output), 160 + 8 + control);
    let eight = gather!(
        small_output::<8>(),
        small_output::<8>(),
        small_output::<8>(),
        small_output::<8>(),
        small_output::<8>(),
        small_output::<8>(),
        small_output::<8>(),
        small_output::<8>(),
    );
    assert_eq!(size_of_val(&eight), 8 * 8 + control);
}

#[test]
fn a_scope_is_a_word_larger_than_its_future() {
    let word = size_of::<usize>();
    assert_eq!(size_of_val(&scope(small_output::<64>())), 64 + word);
}
