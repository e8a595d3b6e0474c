//! `staggered_race`: which attempt starts when, and who wins.

mod common;

use asyncio::{finally, sleep, staggered_race, timeout};
use common::{Log, ms};
use std::future::{Future, pending};
use std::time::Duration;

/// An attempt that logs its start and its end, after so many milliseconds.
fn attempt(
    log: &Log,
    name: &'static str,
    millis: u64,
    result: Result<&'static str, &'static str>,
) -> impl Future<Output = Result<&'static str, &'static str>> {
    let log = log.clone();
    async move {
        log.add(&format!("{name} starts"));
        sleep(ms(millis)).await;
        log.add(&format!("{name} ends"));
        result
    }
}

macro_rules! virtual_time {
    ($($(#[$meta:meta])* async fn $name:ident() $body:block)*) => { $(
        $(#[$meta])*
        #[tokio::test(start_paused = true)]
        async fn $name() $body
    )* };
}

virtual_time! {

async fn the_first_wins_if_it_is_in_time() {
    let log = Log::new();
    let race = [attempt(&log, "a", 100, Ok("a")), attempt(&log, "b", 0, Ok("b"))];
    assert_eq!(staggered_race(race, ms(250)).await, Ok("a"));
    assert_eq!(log.all(), ["a starts@0", "a ends@100"]);
}

async fn the_next_starts_after_the_delay() {
    let log = Log::new();
    let race = [
        attempt(&log, "a", 10_000, Ok("a")),
        attempt(&log, "b", 300, Ok("b")),
        attempt(&log, "c", 100, Ok("c")),
        attempt(&log, "d", 0, Ok("d")),
    ];
    assert_eq!(staggered_race(race, ms(250)).await, Ok("b"));
    assert_eq!(log.all(), ["a starts@0", "b starts@250", "c starts@500", "b ends@550"]);
}

async fn the_next_starts_at_once_when_the_latest_fails() {
    let log = Log::new();
    let race = [attempt(&log, "a", 50, Err("a")), attempt(&log, "b", 50, Ok("b"))];
    assert_eq!(staggered_race(race, ms(250)).await, Ok("b"));
    assert_eq!(log.all(), ["a starts@0", "a ends@50", "b starts@50", "b ends@100"]);
}

/// The delay counts from the start of the latest, whoever else fails.
async fn an_earlier_failure_starts_nothing() {
    let log = Log::new();
    let race = [
        attempt(&log, "a", 300, Err("a")),
        attempt(&log, "b", 1000, Ok("b")),
        attempt(&log, "c", 10, Ok("c")),
    ];
    assert_eq!(staggered_race(race, ms(250)).await, Ok("c"));
    assert_eq!(
        log.all(),
        ["a starts@0", "b starts@250", "a ends@300", "c starts@500", "c ends@510"],
    );
}

async fn without_a_delay_each_waits_for_the_failure_of_the_last() {
    let log = Log::new();
    let race = [attempt(&log, "a", 10_000, Err("a")), attempt(&log, "b", 50, Ok("b"))];
    assert_eq!(staggered_race(race, Duration::MAX).await, Ok("b"));
    assert_eq!(log.all(), ["a starts@0", "a ends@10000", "b starts@10000", "b ends@10050"]);
}

async fn all_errors_come_in_the_order_of_the_attempts() {
    let log = Log::new();
    let race = [
        attempt(&log, "a", 1000, Err("a")),
        attempt(&log, "b", 100, Err("b")),
        attempt(&log, "c", 100, Err("c")),
    ];
    assert_eq!(staggered_race(race, 0.25).await, Err(vec!["a", "b", "c"]));
    assert_eq!(log.all().last().unwrap(), "a ends@1000");
}

async fn of_nothing_nothing_wins() {
    let none: [std::future::Ready<Result<(), ()>>; 0] = [];
    assert_eq!(staggered_race(none, 1).await, Err(vec![]));
}

async fn attempts_that_fail_at_once_are_tried_in_one_go() {
    let race = (0..5).map(|i| async move { if i < 4 { Err(i) } else { Ok(i) } });
    assert_eq!(staggered_race(race, Duration::MAX).await, Ok(4));
}

async fn of_two_that_are_done_the_first_wins() {
    let race = [100, 50].map(|millis| async move {
        sleep(ms(millis)).await;
        Ok::<_, ()>(millis)
    });
    assert_eq!(staggered_race(race, ms(50)).await, Ok(100));
}

async fn the_cleanup_of_the_losers_is_awaited() {
    let log = Log::new();
    let race = [Some(60_000), Some(10), None].map(|millis| {
        let log = log.clone();
        async move {
            let guard = log.guard("loser", 40);
            match millis {
                Some(millis) => sleep(ms(millis)).await,
                None => pending().await,
            }
            guard.disarm();
            Ok::<_, ()>(millis)
        }
    });
    assert_eq!(staggered_race(race, ms(20)).await, Ok(Some(10)));
    log.add("won");
    assert_eq!(log.all(), ["loser<@30", "loser>@70", "won@70"]);
}

async fn losers_clean_up_side_by_side() {
    let log = Log::new();
    let race = ["a", "b", "winner"].map(|name| {
        let log = log.clone();
        async move {
            if name == "winner" {
                return Ok::<_, ()>(());
            }
            let _guard = log.guard(name, 50);
            pending().await
        }
    });
    staggered_race(race, ms(10)).await.unwrap();
    assert_eq!(log.all(), ["a<@20", "b<@20", "a>@70", "b>@70"]);
}

async fn a_race_that_is_dropped_drops_its_attempts() {
    let log = Log::new();
    let race = [1, 2].map(|_| {
        let log = log.clone();
        async move {
            let _guard = finally(async move { log.add("cleaned") });
            pending::<Result<(), ()>>().await
        }
    });
    assert!(timeout(ms(30), staggered_race(race, ms(20))).await.is_err());
    assert_eq!(log.all(), ["cleaned@30", "cleaned@30"]);
}

async fn what_an_attempt_borrows_need_not_live_for_ever() {
    let names = ["a".to_owned(), "b".to_owned()];
    let race = names.iter().map(|name| async move { Ok::<_, ()>(name.len()) });
    assert_eq!(staggered_race(race, 1).await, Ok(1));
}

}

#[test]
fn it_is_send_where_its_attempts_are() {
    fn is_send<T: Send>(_: &T) {}
    is_send(&staggered_race([async { Ok::<(), ()>(()) }], 1));
}
