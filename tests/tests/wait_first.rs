//! `wait_first!`: both forms, on the virtual clock of Tokio.

use asyncio::{CancelledError, Task, create_task, wait_first};
use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const MS: Duration = Duration::from_millis(1);

#[derive(Debug, PartialEq, Clone)]
struct MyError(&'static str);

#[derive(Debug, PartialEq, Clone)]
enum TaskError {
    Cancelled,
    Mine,
}

impl From<CancelledError> for TaskError {
    fn from(_: CancelledError) -> Self {
        TaskError::Cancelled
    }
}

async fn plain(n: u32) -> u32 {
    sleep(MS * n).await;
    n
}

async fn fails(n: u32) -> Result<u32, TaskError> {
    sleep(MS * n).await;
    Err(TaskError::Mine)
}

async fn ok(n: u32) -> Result<u32, MyError> {
    sleep(MS * n).await;
    Ok(n)
}

fn task(n: u32) -> Task<u32> {
    create_task(plain(n))
}

mod value_form {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_losers_keep_running() {
        let start = Instant::now();
        let (one, two) = (task(1), task(5));
        let (done, pending) = wait_first!(one, two).await;
        assert_eq!(done, (Some(Ok(1)), None));
        assert_eq!(start.elapsed(), MS);
        let done = pending.await;
        assert_eq!(done, (None, Some(Ok(5))));
        assert_eq!(start.elapsed(), MS * 5);
    }

    #[tokio::test(start_paused = true)]
    async fn all_that_are_done_are_reported_at_once() {
        let (one, two, three) = (task(1), task(1), task(9));
        sleep(MS * 2).await;
        let (done, pending) = wait_first!(one, two, three).await;
        assert_eq!(done, (Some(Ok(1)), Some(Ok(1)), None));
        assert!(!pending.is_empty());
        drop(pending);
    }

    #[tokio::test(start_paused = true)]
    async fn a_result_that_can_say_so_is_flattened() {
        let (one, two, three) = (create_task(fails(1)), create_task(ok(1)), task(1));
        sleep(MS * 2).await;
        let (done, pending) = wait_first!(one, two, three).await;
        assert_eq!(
            done,
            (Some(Err(TaskError::Mine)), Some(Ok(Ok(1))), Some(Ok(1)))
        );
        assert!(pending.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn cancelled_tasks_are_done() {
        let (one, two) = (create_task(fails(10)), task(10));
        one.cancel();
        let (done, pending) = wait_first!(one, two).await;
        assert_eq!(done, (Some(Err(TaskError::Cancelled)), None));
        assert!(pending.cancel());
        let (_, two) = pending.await;
        assert_eq!(two, Some(Err(CancelledError::new())));
    }

    #[tokio::test(start_paused = true)]
    async fn pending_can_be_waited_for_again() {
        let (mut done, mut pending) = wait_first!(task(3), task(1), task(2)).await;
        assert_eq!(done, (None, Some(Ok(1)), None));
        (done, pending) = wait_first!(..pending).await;
        assert_eq!(done, (None, None, Some(Ok(2))));
        (done, pending) = wait_first!(..pending, timeout = 500us).await;
        assert_eq!(done, (None, None, None));
        (done, pending) = wait_first!(..pending).await;
        assert_eq!(done, (Some(Ok(3)), None, None));
        assert!(pending.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_can_be_taken_out() {
        let (_, mut pending) = wait_first!(task(1), task(2), task(3)).await;
        assert_eq!(pending.1.take().unwrap().await, Ok(2));
        let three = pending.2.unwrap();
        assert_eq!(three.await, Ok(3));
    }

    #[tokio::test(start_paused = true)]
    async fn named_branches() {
        let (done, mut pending) =
            wait_first!(up = task(1), down = task(2), r#timeout = task(3)).await;
        assert_eq!((done.up, done.down), (Some(Ok(1)), None));
        assert!(pending.up.is_none());
        let timeout = pending.timeout.take();
        let (done, pending) = wait_first!(..pending).await;
        assert_eq!(
            format!("{done:?}"),
            "Done { up: None, down: Some(Ok(2)), timeout: None }"
        );
        assert!(pending.is_empty());
        assert_eq!(timeout.unwrap().await, Ok(3));
        let (_, pending) = wait_first!(up = task(1), down = task(2)).await;
        assert_eq!(pending.await.down, Some(Ok(2)));
    }

    #[tokio::test(start_paused = true)]
    async fn borrowed_tasks_stay_with_their_owner() {
        let (mut one, mut two) = (task(1), task(2));
        let (done, pending) = wait_first!(&mut one, &mut two).await;
        assert_eq!(done, (Some(Ok(1)), None));
        drop(pending);
        assert_eq!(two.await, Ok(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_spread_gives_two_sets_of_tasks() {
        let mut tasks: Vec<Task<u32>> = [3, 1, 2].map(task).into();
        let mut seen = vec![];
        while !tasks.is_empty() {
            let (done, pending) = wait_first!(..tasks).await;
            for task in done {
                seen.push(task.await.unwrap());
            }
            tasks = pending;
        }
        assert_eq!(seen, [1, 2, 3]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_spread_of_borrowed_tasks() {
        let mut tasks = [task(2), task(1)];
        let (done, pending) = wait_first!(..tasks.iter_mut()).await;
        assert_eq!((done.len(), pending.len()), (1, 1));
        for task in done {
            assert_eq!(task.await, Ok(1));
        }
        let [two, _] = tasks;
        assert_eq!(two.await, Ok(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_timeout_leaves_all_pending() {
        let start = Instant::now();
        let limit = MS * 2;
        let (done, pending) = wait_first!(task(5), timeout = limit).await;
        assert_eq!((done, start.elapsed()), ((None,), limit));
        let (done, pending) = wait_first!(..pending, timeout = 1ms).await;
        assert_eq!((done, start.elapsed()), ((None,), MS * 3));
        assert_eq!(pending.await, (Some(Ok(5)),));
        let (done, pending) = wait_first!(..[task(5)], timeout = 1ms).await;
        assert_eq!((done.len(), pending.len()), (0, 1));
        let (done, pending) = wait_first!(a = task(1), timeout = 9s).await;
        assert_eq!((done.a, pending.is_empty()), (Some(Ok(1)), true));
    }

    #[tokio::test(start_paused = true)]
    async fn a_timeout_of_zero_lets_ready_tasks_run() {
        let (done, pending) = wait_first!(create_task(async { 1 }), task(1), timeout = 0s).await;
        assert_eq!(done, (Some(Ok(1)), None));
        let (done, _pending) = wait_first!(..pending, timeout = 0s).await;
        assert_eq!(done, (None, None));
    }

    #[tokio::test(start_paused = true)]
    #[should_panic(expected = "`wait_first!` has nothing to wait for")]
    async fn nothing_to_wait_for_panics() {
        let (_, pending) = wait_first!(task(1)).await;
        let _ = wait_first!(..pending).await;
    }

    #[tokio::test(start_paused = true)]
    #[should_panic(expected = "boom")]
    async fn a_panic_of_a_task_resumes_here() {
        let panics: Task<()> = create_task(async { panic!("boom") });
        let (_done, _pending) = wait_first!(task(5), panics).await;
    }

    #[tokio::test(start_paused = true)]
    async fn dropping_pending_detaches() {
        let ran = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let flag = ran.clone();
        let background = create_task(async move {
            sleep(MS * 5).await;
            flag.store(true, std::sync::atomic::Ordering::SeqCst);
        });
        let (_, pending) = wait_first!(task(1), background).await;
        drop(pending);
        sleep(MS * 10).await;
        assert!(ran.load(std::sync::atomic::Ordering::SeqCst));
    }

    #[tokio::test]
    async fn it_can_be_spawned() {
        let waits = tokio::spawn(async {
            let (done, pending) = wait_first!(create_task(async { 1 }), task(1)).await;
            pending.await;
            done.0
        });
        assert_eq!(waits.await.unwrap(), Some(Ok(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn generic_tasks() {
        async fn either<T, E: From<CancelledError>>(
            a: Task<T>,
            b: Task<Result<T, E>>,
        ) -> Option<Result<T, E>> {
            let (done, pending) = wait_first!(a, b).await;
            drop(pending);
            done.0.map(|outcome| outcome.map_err(E::from)).or(done.1)
        }
        let first = either(task(7), create_task(fails(1))).await;
        assert_eq!(first, Some(Err(TaskError::Mine)));
    }

    #[tokio::test(start_paused = true)]
    async fn any_number_of_tasks() {
        #[rustfmt::skip]
        let (done, mut pending) = wait_first!(task(40), task(39), task(38), task(37), task(36), task(35), task(34), task(33), task(32), task(31), task(30), task(29), task(28), task(27), task(26), task(25), task(24), task(23), task(22), task(21), task(20), task(19), task(18), task(17), task(16), task(15), task(14), task(13), task(12), task(11), task(10), task(9), task(8), task(7), task(6), task(5), task(4), task(3), task(2), task(1)).await;
        assert_eq!((done.0, done.12, done.39), (None, None, Some(Ok(1))));
        assert_eq!(pending.12.take().unwrap().await, Ok(28));
        #[rustfmt::skip]
        let (done, pending) = wait_first!(b0 = task(14), b1 = task(13), b2 = task(12), b3 = task(11), b4 = task(10), b5 = task(9), b6 = task(8), b7 = task(7), b8 = task(6), b9 = task(5), b10 = task(4), b11 = task(3), b12 = task(2), b13 = task(1)).await;
        assert_eq!((done.b0, done.b13), (None, Some(Ok(1))));
        let (done, pending) = wait_first!(..pending).await;
        assert_eq!((done.b0, done.b12), (None, Some(Ok(2))));
        assert_eq!(pending.await.b0, Some(Ok(14)));
    }
}

struct Receiver(Cell<u32>);

impl Receiver {
    async fn get(&self) -> Option<u32> {
        sleep(MS).await;
        self.0.set(self.0.get() + 1);
        (self.0.get() < 4).then_some(self.0.get())
    }
}

mod chain_form {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_first_to_finish_decides() {
        let receiver = Receiver(Cell::new(0));
        let value = wait_first!(if let Some(n) = receiver.get() {
            n
        } else if let _ = sleep(MS * 10) {
            100
        } else {
            0
        });
        assert_eq!(value, 1);
        let value = wait_first!(if let n = plain(3) {
            n
        } else if let n = plain(2) {
            n * 10
        });
        assert_eq!(value, 20);
    }

    #[tokio::test(start_paused = true)]
    async fn a_value_that_does_not_match_runs_else() {
        let receiver = Receiver(Cell::new(3));
        let value = wait_first!(if let Some(n) = receiver.get() {
            n
        } else if let _ = sleep(MS * 10) {
            100
        } else {
            0
        });
        assert_eq!(value, 0);
        let value = wait_first!(if let n = plain(3)
            && n > 5
        {
            n
        } else {
            0
        });
        assert_eq!(value, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn blocks_are_the_surrounding_functions() {
        async fn sum(receiver: &Receiver) -> Result<u32, MyError> {
            let mut sum = 0;
            loop {
                wait_first!(if let Some(n) = receiver.get() {
                    sum += n;
                    if n == 2 {
                        continue;
                    }
                    ok(n).await?;
                } else if let () = sleep(MS * 500) {
                    return Ok(1000);
                } else {
                    break;
                });
            }
            Ok(sum)
        }
        assert_eq!(sum(&Receiver(Cell::new(0))).await, Ok(6));
        async fn labelled() -> u32 {
            'outer: loop {
                for n in 1.. {
                    wait_first!(if let n = plain(n)
                        && n > 2
                    {
                        break 'outer n;
                    } else {
                        continue;
                    });
                }
            }
        }
        assert_eq!(labelled().await, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_false_condition_switches_a_branch_off() {
        fn never() -> std::future::Ready<u32> {
            panic!("this future must not be created")
        }
        let on = false;
        let value = wait_first!(if on && let n = never() {
            n
        } else if let n = plain(7) {
            n
        });
        assert_eq!(value, 7);
        let value = wait_first!(if on && let n = never() { n } else { 3 });
        assert_eq!(value, 3);
        let some = Some(2);
        let value = wait_first!(if some.is_some()
            && !on
            && let n = plain(4)
        {
            n
        } else {
            3
        });
        assert_eq!(value, 4);
    }

    #[tokio::test(start_paused = true)]
    async fn losers_are_dropped_before_the_block_runs() {
        let mut numbers = vec![1];
        async fn push(numbers: &mut Vec<u32>) {
            sleep(MS * 100).await;
            numbers.push(2);
        }
        wait_first!(if let () = push(&mut numbers) {
            unreachable!("it takes longer");
        } else if let _ = sleep(MS) {
            numbers.push(3);
        });
        assert_eq!(numbers, [1, 3]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_lock_held_by_the_loser_is_free_in_the_block() {
        let lock = asyncio::Lock::new(());
        let hold = async {
            let _guard = lock.acquire().await;
            sleep(MS * 100).await;
        };
        wait_first!(if let () = hold {
            unreachable!("it takes longer");
        } else if let _ = sleep(MS) {
            let _guard = lock.acquire().await;
        });
    }

    #[tokio::test(start_paused = true)]
    async fn one_kept_by_reference_lives_on() {
        let mut ticks = 0;
        let mut tick = pin!(sleep(MS * 5));
        for _ in 0..8 {
            wait_first!(if let _ = plain(2) {
            } else if let () = tick.as_mut() {
                ticks += 1;
                tick.set(sleep(MS * 5));
            });
        }
        assert_eq!(ticks, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn borrowed_tasks_can_be_kept_while_a_block_awaits() {
        #![deny(warnings)]
        let mut kept = task(3);
        wait_first!(if let outcome = &mut kept {
            outcome.unwrap();
        } else if let _ = sleep(MS) {
            sleep(MS).await;
        });
        assert_eq!(kept.await, Ok(3));
    }

    #[tokio::test(start_paused = true)]
    async fn patterns_bind_by_value_and_by_reference() {
        let text = wait_first!(if let (ref a, b @ 1..) | (ref a, b) =
            async { (String::from("a"), 2) }
        {
            format!("{a}{b}")
        } else {
            String::new()
        });
        assert_eq!(text, "a2");
    }

    #[tokio::test(start_paused = true)]
    async fn more_branches_than_a_tuple_has() {
        let on = true;
        let n = wait_first!(if let n = plain(20) {
            n
        } else if let n = plain(19) {
            n
        } else if let n = plain(18) {
            n
        } else if let n = plain(17) {
            n
        } else if let n = plain(16) {
            n
        } else if let n = plain(15) {
            n
        } else if let n = plain(14) {
            n
        } else if let n = plain(13) {
            n
        } else if !on && let n = plain(1) {
            n
        } else if !on && let n = plain(2) {
            n
        } else if !on && let n = plain(3) {
            n
        } else if !on && let n = plain(4) {
            n
        } else if !on && let n = plain(5) {
            n
        } else if on && let n = plain(12) {
            n * 100
        } else {
            0
        });
        assert_eq!(n, 1200);
    }

    #[tokio::test]
    async fn it_can_be_spawned() {
        let task = tokio::spawn(async {
            let text = String::from("a");
            async fn length(text: &str) -> usize {
                tokio::task::yield_now().await;
                text.len()
            }
            wait_first!(if let n = length(&text) {
                length(&text).await + n
            } else if let _ = sleep(MS * 1000) {
                0
            })
        });
        assert_eq!(task.await.unwrap(), 2);
    }
}
