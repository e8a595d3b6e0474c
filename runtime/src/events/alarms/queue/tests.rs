use super::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;
use std::time::Duration;

/// Says which one it is.
struct Named(usize, Arc<AtomicUsize>);

impl Wake for Named {
    fn wake(self: Arc<Self>) {
        self.1.store(self.0, Ordering::Relaxed);
    }
}

fn next(random: &mut u64) -> u64 {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    *random
}

#[test]
fn it_does_what_a_sorted_map_does() {
    let start = Instant::now();
    for seed in 1..200u64 {
        let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let rung = Arc::new(AtomicUsize::new(0));
        let (mut queue, known) = (Queue::default(), Known::new());
        let (mut fresh, mut heap) = (BTreeMap::new(), BTreeMap::new());
        let (mut keys, mut now) = (Vec::<(u64, Key)>::new(), 0);
        for name in 0..300 {
            match next(&mut random) % 8 {
                0..4 => {
                    let at = now + next(&mut random) % 20;
                    let waker = Waker::from(Arc::new(Named(name, Arc::clone(&rung))));
                    let key = queue.insert(When::At(start + Duration::from_millis(at)), waker);
                    fresh.insert((at, key.number), name);
                    keys.push((at, key));
                }
                4..6 if !keys.is_empty() => {
                    let chosen = next(&mut random) as usize % keys.len();
                    let (at, key) = keys[chosen];
                    let known = fresh.remove(&(at, key.number));
                    let was_new = known.is_some();
                    let known = known.or_else(|| heap.remove(&(at, key.number)));
                    assert_eq!(queue.rang(key), Some(known.is_none()));
                    let new = next(&mut random).is_multiple_of(2);
                    let waker = new.then(|| queue.remove_new(key)).flatten();
                    assert!(waker.is_none() || was_new);
                    let waker = waker.or_else(|| queue.remove(key));
                    assert_eq!(waker.is_some(), known.is_some());
                    if let (Some(waker), Some(known)) = (waker, known) {
                        waker.wake();
                        assert_eq!(rung.load(Ordering::Relaxed), known);
                    }
                }
                6 => {
                    heap.append(&mut fresh);
                    let first = heap.keys().next();
                    let first = first.map(|&(at, _)| start + Duration::from_millis(at));
                    assert_eq!(queue.settle(Some(&known)), first);
                }
                _ => {
                    now += next(&mut random) % 10;
                    while let Some(waker) = queue.next_due(start + Duration::from_millis(now)) {
                        waker.wake();
                        let ((at, _), name) = heap.pop_first().expect("one rang");
                        assert!(at <= now);
                        assert_eq!(rung.load(Ordering::Relaxed), name);
                    }
                    assert!(heap.keys().next().is_none_or(|&(at, _)| at > now));
                }
            }
        }
        let left = fresh.len() + heap.len();
        assert_eq!(queue.clear(Some(&known)).count(), left);
        assert!(keys.iter().all(|&(_, key)| queue.rang(key).is_none()));
        let key = queue.insert(When::At(start), Waker::noop().clone());
        assert_eq!(queue.rang(key), Some(false));
    }
}

#[test]
fn after_a_burst_it_gives_memory_back() {
    let (mut queue, known) = (Queue::default(), Known::new());
    let keys: Vec<_> = (0..5000)
        .map(|_| queue.insert(When::Within(1), Waker::noop().clone()))
        .collect();
    assert!(queue.settle(Some(&known)).is_some());
    for key in keys {
        assert!(queue.remove(key).is_some());
    }
    assert_eq!(queue.settle(Some(&known)), None);
    assert_eq!(queue.slots.capacity() + queue.heap.capacity(), 0);
}

#[test]
fn those_that_count_from_when_they_are_looked_at_are_told_their_times_together() {
    let (mut queue, known) = (Queue::default(), Known::new());
    let mut insert = |when| queue.insert(when, Waker::noop().clone());
    let later = insert(When::Within(1_000_000_000));
    let put_off = insert(When::Within(1));
    let exact = insert(When::At(Instant::now() + Duration::from_secs(60)));
    let sooner = insert(When::Within(1_000_000));
    assert!(queue.remove_new(put_off).is_some());
    for key in [later, sooner] {
        assert_eq!(
            (queue.due(key), known.due(key)),
            (Some(Due::Later), Due::Later)
        );
    }
    let before = Instant::now();
    let first = queue.settle(Some(&known)).unwrap();
    assert!(first >= before + Duration::from_millis(1));
    assert_eq!(queue.due(sooner), Some(Due::At(first)));
    let next = first + Duration::from_millis(999);
    assert_eq!(queue.due(later), Some(Due::At(next)));
    assert!(matches!(queue.due(exact), Some(Due::At(at)) if at > next));
    for key in [later, sooner] {
        assert_eq!(queue.due(key), Some(known.due(key)));
    }
    assert!(queue.next_due(first).is_some() && queue.next_due(first).is_none());
    assert_eq!(queue.due(sooner), Some(Due::Rang));
    assert_eq!(queue.settle(Some(&known)), Some(next));
}

#[test]
fn what_outlives_its_loop_is_known_until_it_is_put_off() {
    let (mut queue, known) = (Queue::default(), Known::new());
    let set = |queue: &mut Queue, seconds: u64| {
        let key = queue.insert(When::Within(seconds * 1_000_000_000), Waker::noop().clone());
        queue.settle(Some(&known));
        (key, known.due(key))
    };
    let (rang, _) = set(&mut queue, 1);
    assert!(
        queue
            .next_due(Instant::now() + Duration::from_secs(2))
            .is_some()
    );
    let (told, due) = set(&mut queue, 60);
    assert!(matches!(due, Due::At(_)));
    let untold = queue.insert(When::Within(1), Waker::noop().clone());
    assert_eq!(queue.clear(Some(&known)).count(), 2);
    // The next loop has the same slots.
    let (next, _) = set(&mut queue, 60);
    assert_eq!(next.slot, told.slot);
    assert_eq!((queue.due(told), known.due(told)), (None, due));
    assert!(
        matches!(known.due(untold), Due::At(_)),
        "it counts from the end of its loop"
    );
    assert_eq!(known.due(rang), Due::Rang);
    known.forget(told);
    assert_eq!(known.due(told), Due::Rang);
}
