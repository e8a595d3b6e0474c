use crate::gather::all;
use std::cell::Cell;
use std::future::{Future, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

fn poll_once<T>(future: impl Future<Output = T>) -> Poll<T> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn as_many_as_there_are_bits_and_one_more() {
    for count in [0, 1, 63, 64, 65, 4096, 4097, 300_000] {
        let items = poll_once(all((0..count).map(ready), usize::MAX));
        assert_eq!(items, Poll::Ready((0..count).collect()));
    }
}

#[test]
fn an_iterator_that_gives_more_than_it_says() {
    struct Liar(std::vec::IntoIter<std::future::Ready<u32>>);
    impl Iterator for Liar {
        type Item = std::future::Ready<u32>;
        fn next(&mut self) -> Option<Self::Item> {
            self.0.next()
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            (0, Some(3))
        }
    }
    let many: Vec<_> = (0..100).map(ready).collect();
    let made = catch_unwind(|| all(Liar(many.into_iter()), 5));
    assert!(made.is_err());
}

#[test]
fn each_is_dropped_once_if_one_panics_in_the_first_poll() {
    struct Dropped<'a>(&'a Cell<u32>);
    impl Drop for Dropped<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    for count in [3, 64, 70] {
        for at in 0..count {
            let dropped = Cell::new(0);
            let futures = (0..count).map(|index| {
                let mut item = Some(Dropped(&dropped));
                poll_fn(move |_| {
                    assert!(index != at, "this one panics");
                    match index % 2 {
                        0 => Poll::Ready(item.take().expect("it is polled once")),
                        _ => Poll::Pending,
                    }
                })
            });
            let spread = all(futures, usize::MAX);
            let polled = catch_unwind(AssertUnwindSafe(|| poll_once(spread)));
            assert!(polled.is_err(), "the panic goes on");
            assert_eq!(dropped.get(), count);
        }
    }
}

#[test]
fn items_are_in_order_whatever_their_size() {
    let small = poll_once(all((0..100_u8).map(|n| async move { n }), usize::MAX));
    assert_eq!(small, Poll::Ready((0..100).collect()));
    let large = poll_once(all((0..100_u8).map(|n| ready([n; 64])), usize::MAX));
    assert_eq!(large, Poll::Ready((0..100).map(|n| [n; 64]).collect()));
    let text = |n: u8| async move { n.to_string() };
    let texts = poll_once(all((0..100).map(text), usize::MAX));
    assert_eq!(
        texts,
        Poll::Ready((0..100_u8).map(|n| n.to_string()).collect())
    );
    let none = poll_once(all((0..100).map(|_| ready(())), usize::MAX));
    assert_eq!(none, Poll::Ready(vec![(); 100]));
}

#[test]
fn all_are_dropped_if_one_panics_in_its_drop() {
    struct Dropped<'a>(&'a Cell<u32>, bool);
    impl Drop for Dropped<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
            assert!(!self.1, "this one panics");
        }
    }
    let count = Cell::new(0);
    let futures = [false, true, false].map(|panics| {
        let dropped = Dropped(&count, panics);
        poll_fn(move |_| {
            let _ = &dropped;
            Poll::<()>::Pending
        })
    });
    let mut spread = Box::pin(all(futures, usize::MAX));
    let polled = spread
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending());
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(spread)));
    assert!(dropped.is_err(), "the panic goes on");
    assert_eq!(count.get(), 3);
}
