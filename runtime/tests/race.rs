//! What the chain form of `wait_first!` promises, in terms of the types it expands to.

use asyncio::__private::{First1, First2, First3, Race};
use std::cell::Cell;
use std::future::{Future, Ready, pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::time::sleep;

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Counts its drops.
struct Dropped<'a>(&'a Cell<u32>);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_to_finish_wins() {
    let after = |seconds, value| async move {
        sleep(Duration::from_secs(seconds)).await;
        value
    };
    let race = (
        Some(after(2, "a")),
        Some(after(1, "b")),
        Some(after(3, "c")),
    );
    assert_eq!(race.race().await, First3::B1("b"));
}

#[test]
fn of_two_that_are_ready_the_one_written_first_wins() {
    let race = pin!((Some(ready(1)), Some(ready("two"))).race());
    assert_eq!(poll_once(race), Poll::Ready(First2::B0(1)));
}

#[test]
fn an_absent_branch_takes_no_part() {
    let race = pin!((None::<Ready<i32>>, Some(ready("two"))).race());
    assert_eq!(poll_once(race), Poll::Ready(First2::B1("two")));
}

#[test]
fn without_any_branch_it_is_else() {
    let race = pin!((None::<Ready<i32>>,).race());
    assert_eq!(poll_once(race), Poll::Ready(First1::Else));
}

#[test]
fn losers_are_dropped_before_the_race_is_over() {
    let drops = Cell::new(0);
    let loser = async {
        let _dropped = Dropped(&drops);
        pending::<()>().await;
    };
    let mut race = pin!((Some(loser), Some(ready(1))).race());
    assert_eq!(poll_once(race.as_mut()), Poll::Ready(First2::B1(1)));
    assert_eq!(drops.get(), 1);
}

#[test]
fn dropping_a_race_drops_each_branch_once() {
    let drops = Cell::new(0);
    let guarded = || async {
        let _dropped = Dropped(&drops);
        pending::<()>().await;
    };
    {
        let mut race = pin!((Some(guarded()), Some(guarded())).race());
        assert!(poll_once(race.as_mut()).is_pending());
    }
    assert_eq!(drops.get(), 2);
}

#[test]
fn a_panic_goes_through_and_losers_are_dropped_once() {
    let drops = Cell::new(0);
    let sibling = async {
        let _dropped = Dropped(&drops);
        pending::<()>().await;
    };
    let bad = poll_fn(|_| -> Poll<()> { panic!("oh no") });
    {
        let mut race = pin!((Some(sibling), Some(bad)).race());
        let panic = catch_unwind(AssertUnwindSafe(|| poll_once(race.as_mut()))).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"oh no"));
        let again = catch_unwind(AssertUnwindSafe(|| poll_once(race.as_mut()))).unwrap_err();
        assert_eq!(
            again.downcast_ref::<String>().map(String::as_str),
            Some("a race was polled again after one of its branches panicked")
        );
    }
    assert_eq!(drops.get(), 1);
}

#[test]
#[should_panic(expected = "a race was polled again after it was done")]
fn polling_after_the_end_panics() {
    let mut race = pin!((Some(ready(1)),).race());
    assert_eq!(poll_once(race.as_mut()), Poll::Ready(First1::B0(1)));
    let _ = poll_once(race);
}

/// Races three branches that are always ready, and counts who wins.
async fn wins<F: Future>(rounds: u32, mut branch: impl FnMut() -> F) -> [u32; 3] {
    let mut wins = [0; 3];
    for _ in 0..rounds {
        match (Some(branch()), Some(branch()), Some(branch()))
            .race()
            .await
        {
            First3::B0(_) => wins[0] += 1,
            First3::B1(_) => wins[1] += 1,
            First3::B2(_) => wins[2] += 1,
            First3::Else => unreachable!("there are branches"),
        }
    }
    wins
}

#[cfg_attr(miri, ignore = "it counts many races")]
#[tokio::test]
async fn a_loop_of_races_starves_no_branch() {
    let wins = wins(100_000, || ready(())).await;
    assert!(wins[0] > 90_000, "the order as written holds: {wins:?}");
    assert!(wins[1] > 100 && wins[2] > 100, "starved: {wins:?}");
}

#[cfg_attr(miri, ignore = "it counts many races")]
#[tokio::test]
async fn a_branch_that_eats_the_budget_starves_no_branch() {
    // Each branch takes all that is left of the task's budget, and some more.
    let wins = wins(10_000, || async {
        for _ in 0..130 {
            tokio::task::consume_budget().await;
        }
    })
    .await;
    assert!(wins[1] > 20 && wins[2] > 20, "starved: {wins:?}");
}

#[cfg_attr(miri, ignore = "it counts many races")]
#[test]
fn loops_that_take_turns_are_all_served() {
    let mut wins = [[0; 2]; 3];
    for _ in 0..30_000 {
        for wins in &mut wins {
            match poll_once(pin!((Some(ready(())), Some(ready(()))).race())) {
                Poll::Ready(First2::B0(())) => wins[0] += 1,
                Poll::Ready(First2::B1(())) => wins[1] += 1,
                other => unreachable!("{other:?}"),
            }
        }
    }
    assert!(wins.iter().all(|wins| wins[1] > 50), "starved: {wins:?}");
}

#[test]
fn races_are_send_where_their_branches_are() {
    fn assert_send<T: Send>(_: &T) {}
    assert_send(&(Some(ready(1)), Some(async { vec![1] })).race());
}
