//! Callbacks, timers, signals and the future cell: the event loop beside its tasks.

use asyncio::{
    ContextVar, ExceptionContext, call_exception_handler, create_future, create_local_task,
    default_exception_handler, get_running_loop, set_exception_handler, sleep,
};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Runs a test on our own loop, with the virtual clock.
fn on_our_loop<F: Future>(test: F) -> F::Output {
    asyncio::__private::run_test(false, None, test)
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    fn to_add(&self, what: &str) -> impl FnOnce() + Send + 'static + use<> {
        let (log, what) = (self.clone(), what.to_owned());
        move || log.add(what)
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// The exception handler is the process's: one test at a time has it.
fn with_reports<R>(test: impl FnOnce(Log) -> R) -> R {
    static ONE: Mutex<()> = Mutex::new(());
    let _one: MutexGuard<'_, ()> = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let log = Log::default();
    let reports = log.clone();
    set_exception_handler(Some(Box::new(move |context| {
        reports.add(context.message());
    })));
    let result = test(log);
    set_exception_handler(None);
    result
}

mod callbacks {
    use super::*;

    #[test]
    fn a_failure_of_the_programs_own_is_told_with_its_task() {
        let told = with_reports(|_| {
            let told = Log::default();
            let report = told.clone();
            set_exception_handler(Some(Box::new(move |context| {
                report.add(format!(
                    "{context} ({})",
                    context.task_name().unwrap_or("none")
                ));
                default_exception_handler(context);
            })));
            let context = || ExceptionContext::new("Cannot tidy up", "no such file");
            call_exception_handler(&context());
            on_our_loop(async {
                call_exception_handler(&context());
                get_running_loop().call_soon(move || call_exception_handler(&context()));
                sleep(0).await;
            });
            told.take()
        });
        let main = told[1].rsplit(' ').next().unwrap();
        assert!(main.starts_with("(Task-"), "{told:?}");
        let text = "Cannot tidy up: no such file";
        let none = format!("{text} (none)");
        assert_eq!(told, [none.clone(), format!("{text} {main}"), none]);
    }

    /// B-004
    #[test]
    fn a_callback_runs_before_a_sleep_of_zero_ends() {
        on_our_loop(async {
            let log = Log::default();
            get_running_loop().call_soon(log.to_add("cb"));
            assert_eq!(log.take(), [""; 0], "never inline");
            sleep(0).await;
            assert_eq!(log.take(), ["cb"]);
        });
    }

    /// B-005
    #[test]
    fn a_callback_of_a_callback_comes_after_all_that_was_ready() {
        on_our_loop(async {
            let log = Log::default();
            let event_loop = get_running_loop();
            let (inner, first) = (log.to_add("1.1"), log.to_add("1"));
            let again = event_loop.clone();
            event_loop.call_soon(move || {
                first();
                again.call_soon(inner);
            });
            event_loop.call_soon(log.to_add("2"));
            sleep(0).await;
            sleep(0).await;
            assert_eq!(log.take(), ["1", "2", "1.1"]);
        });
    }

    #[test]
    fn callbacks_and_tasks_stand_in_one_line() {
        on_our_loop(async {
            let log = Log::default();
            let event_loop = get_running_loop();
            event_loop.call_soon(log.to_add("callback 1"));
            let task = log.to_add("task");
            let task = create_local_task(async { task() });
            event_loop.call_soon(log.to_add("callback 2"));
            task.await.unwrap();
            sleep(0).await;
            assert_eq!(log.take(), ["callback 1", "task", "callback 2"]);
        });
    }

    #[test]
    fn a_cancelled_callback_never_runs() {
        on_our_loop(async {
            let log = Log::default();
            let handle = get_running_loop().call_soon(log.to_add("never"));
            assert!(!handle.cancelled());
            handle.cancel();
            assert!(handle.cancelled());
            sleep(0).await;
            assert_eq!(log.take(), [""; 0]);
        });
    }

    /// B-014
    #[test]
    fn a_panic_goes_to_the_exception_handler() {
        let reports = with_reports(|log| {
            on_our_loop(async {
                get_running_loop().call_soon(|| panic!("on purpose"));
                sleep(0).await;
            });
            log.take()
        });
        assert_eq!(reports, ["Exception in callback"]);
    }

    #[test]
    fn a_callback_has_a_copy_of_the_variables() {
        static VAR: ContextVar<u32> = ContextVar::new("var");
        on_our_loop(async {
            let log = Log::default();
            let event_loop = get_running_loop();
            event_loop.call_soon(|| drop(VAR.set(9)));
            VAR.set(1);
            let seen = log.clone();
            event_loop.call_soon(move || {
                seen.add(format!("{:?}", VAR.get()));
                VAR.set(2);
            });
            VAR.set(3);
            sleep(0).await;
            let seen = log.clone();
            event_loop.call_soon(move || seen.add(format!("{:?}", VAR.get())));
            sleep(0).await;
            assert_eq!(log.take(), ["Some(1)", "Some(3)"]);
        });
    }

    /// B-029
    #[test]
    fn another_thread_wakes_the_loop() {
        asyncio::__private::run_test(true, None, async {
            let event_loop = get_running_loop();
            let (set, done) = create_future();
            let thread = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(20)); // until the loop waits
                event_loop.call_soon(move || {
                    set.set_result(std::thread::current().id()).unwrap();
                });
            });
            assert_eq!(done.await, Ok(std::thread::current().id()));
            thread.join().unwrap();
        });
    }

    /// B-029: in asyncio a `RuntimeError`, of which a thread could hardly know in advance.
    #[test]
    fn a_closed_loop_takes_no_callbacks() {
        let event_loop = on_our_loop(async { get_running_loop() });
        assert!(event_loop.is_closed());
        assert!(event_loop.call_soon(|| unreachable!()).cancelled());
        let task = event_loop.create_task(async {});
        assert!(task.cancelled());

        let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
        let event_loop = runtime.block_on(async { get_running_loop() });
        drop(runtime);
        assert!(event_loop.call_soon(|| unreachable!()).cancelled());
        assert!(event_loop.create_task(async {}).cancelled());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn on_a_runtime_of_tokio_they_are_called_as_well() {
        let (set, done) = create_future();
        get_running_loop().call_soon(move || set.set_result(1).unwrap());
        assert_eq!(done.await, Ok(1));
    }
}

mod timers {
    use super::*;

    #[test]
    fn they_are_called_in_the_order_of_their_times() {
        on_our_loop(async {
            let log = Log::default();
            let event_loop = get_running_loop();
            let start = event_loop.time();
            for (delay, what) in [(0.0025, "d"), (0.0021, "c"), (0.001, "a"), (0.001, "b")] {
                event_loop.call_later(delay, log.to_add(what));
            }
            event_loop.call_at(start, log.to_add("now"));
            assert_eq!(log.take(), [""; 0], "never inline");
            sleep(1).await;
            assert_eq!(log.take(), ["now", "a", "b", "c", "d"]);
        });
    }

    /// B-010, for times that are past.
    #[test]
    fn past_times_are_in_order_as_well() {
        on_our_loop(async {
            sleep(10).await;
            let log = Log::default();
            let event_loop = get_running_loop();
            let now = event_loop.time();
            event_loop.call_at(now - Duration::from_secs(1), log.to_add("a"));
            event_loop.call_at(now - Duration::from_secs(2), log.to_add("b"));
            sleep(0).await;
            sleep(0).await;
            assert_eq!(log.take(), ["b", "a"]);
            assert_eq!(event_loop.time(), now);
        });
    }

    /// B-012
    #[test]
    fn what_is_ready_comes_before_a_timer_that_is_due() {
        on_our_loop(async {
            let log = Log::default();
            let event_loop = get_running_loop();
            event_loop.call_later(0, log.to_add("timer"));
            event_loop.call_soon(log.to_add("soon"));
            sleep(0).await;
            sleep(0).await;
            assert_eq!(log.take(), ["soon", "timer"]);
        });
    }

    /// B-013
    #[test]
    fn a_cancelled_one_is_never_called() {
        on_our_loop(async {
            let log = Log::default();
            let event_loop = get_running_loop();
            let start = event_loop.time();
            let timer = event_loop.call_later(1, log.to_add("never"));
            timer.cancel();
            assert!(timer.cancelled());
            assert_eq!(timer.when(), start + Duration::from_secs(1));
            sleep(5).await;
            assert_eq!(log.take(), [""; 0]);
        });
    }

    #[test]
    fn the_clock_does_not_wait_for_cancelled_ones() {
        on_our_loop(async {
            let event_loop = get_running_loop();
            let start = event_loop.time();
            let timers: Vec<_> = (1..1000)
                .map(|i| event_loop.call_later(i, || unreachable!()))
                .collect();
            timers.iter().for_each(asyncio::TimerHandle::cancel);
            let log = Log::default();
            event_loop.call_later(2000, log.to_add("one that stays"));
            sleep(1999).await;
            assert_eq!(log.take(), [""; 0]);
            sleep(1).await;
            assert_eq!(log.take(), ["one that stays"]);
            assert_eq!(event_loop.time(), start + Duration::from_secs(2000));
        });
    }

    #[test]
    fn one_that_starts_over_and_over_starves_nobody() {
        fn again(event_loop: &asyncio::LoopHandle) {
            let next = event_loop.clone();
            event_loop.call_later(0, move || again(&next));
        }
        on_our_loop(async {
            again(&get_running_loop());
            for _ in 0..100 {
                sleep(0).await;
            }
        });
    }

    #[test]
    fn a_delay_without_end_is_far_away() {
        on_our_loop(async {
            let timer = get_running_loop().call_later(Duration::MAX, || unreachable!());
            sleep(3600).await;
            timer.cancel();
        });
    }

    #[test]
    fn a_panic_leaves_the_other_timers_alone() {
        let reports = with_reports(|log| {
            on_our_loop(async {
                let event_loop = get_running_loop();
                event_loop.call_later(1, || panic!("on purpose"));
                event_loop.call_later(1, log.to_add("the next"));
                event_loop.call_later(2, log.to_add("a later one"));
                sleep(3).await;
            });
            log.take()
        });
        assert_eq!(
            reports,
            ["Exception in callback", "the next", "a later one"]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn on_a_runtime_of_tokio_they_are_called_as_well() {
        let log = Log::default();
        let event_loop = get_running_loop();
        event_loop.call_later(2, log.to_add("2"));
        event_loop.call_later(1, log.to_add("1"));
        sleep(3).await;
        event_loop.call_later(1, log.to_add("3"));
        sleep(2).await;
        assert_eq!(log.take(), ["1", "2", "3"]);
    }

    #[test]
    fn another_thread_can_add_one() {
        asyncio::__private::run_test(true, None, async {
            let event_loop = get_running_loop();
            let (set, done) = create_future();
            let thread = std::thread::spawn(move || {
                event_loop.call_later(0.01, move || set.set_result(()).unwrap());
            });
            assert_eq!(done.await, Ok(()));
            thread.join().unwrap();
        });
    }
}

mod futures {
    use super::*;

    /// B-017
    #[test]
    fn done_callbacks_are_called_soon_and_in_order() {
        on_our_loop(async {
            let log = Log::default();
            let (setter, future) = create_future::<u32>();
            for name in ["1", "2"] {
                future.add_done_callback(log.to_add(name));
            }
            setter.set_result(7).unwrap();
            assert_eq!(log.take(), [""; 0]);
            sleep(0).await;
            assert_eq!(log.take(), ["1", "2"]);
        });
    }

    /// B-018
    #[test]
    fn a_callback_on_a_done_one_is_not_inline_either() {
        on_our_loop(async {
            let log = Log::default();
            let (setter, future) = create_future();
            setter.set_result(()).unwrap();
            future.add_done_callback(log.to_add("cb"));
            drop(future);
            assert_eq!(log.take(), [""; 0]);
            sleep(0).await;
            assert_eq!(log.take(), ["cb"]);
        });
    }

    /// B-020
    #[test]
    fn a_done_one_is_awaited_without_a_yield() {
        on_our_loop(async {
            let log = Log::default();
            let (setter, future) = create_future();
            setter.set_result(7).unwrap();
            get_running_loop().call_soon(log.to_add("other"));
            assert_eq!(future.await, Ok(7));
            assert_eq!(log.take(), [""; 0]);
        });
    }

    #[test]
    fn a_panic_of_a_callback_is_the_loops() {
        let reports = with_reports(|log| {
            on_our_loop(async {
                let (setter, future) = create_future();
                future.add_done_callback(|| panic!("on purpose"));
                setter.set_result(()).unwrap();
                sleep(0).await;
            });
            log.take()
        });
        assert_eq!(reports, ["Exception in callback"]);
    }
}

#[cfg(unix)]
mod signals {
    use super::*;
    use signal_hook::consts::{SIGKILL, SIGUSR1, SIGUSR2};
    use signal_hook::low_level::raise;

    fn on_our_loop<F: Future>(test: F) -> F::Output {
        asyncio::__private::run_test(true, None, test)
    }

    /// B-320
    #[test]
    fn a_handler_is_called_by_the_loop() {
        on_our_loop(async {
            let event_loop = get_running_loop();
            let (set, signalled) = create_future();
            let mut count = 0;
            event_loop
                .add_signal_handler(SIGUSR1, move || {
                    count += 1;
                    let _ = set.set_result((std::thread::current().id(), count));
                })
                .unwrap();
            raise(SIGUSR1).unwrap();
            assert_eq!(signalled.await, Ok((std::thread::current().id(), 1)));
            assert!(event_loop.remove_signal_handler(SIGUSR1));
            assert!(!event_loop.remove_signal_handler(SIGUSR1));
        });
    }

    #[test]
    fn a_second_handler_replaces_the_first() {
        on_our_loop(async {
            let event_loop = get_running_loop();
            event_loop
                .add_signal_handler(SIGUSR2, || unreachable!())
                .unwrap();
            let (set, signalled) = create_future();
            event_loop
                .add_signal_handler(SIGUSR2, move || set.set_result(()).unwrap())
                .unwrap();
            raise(SIGUSR2).unwrap();
            assert_eq!(signalled.await, Ok(()));
            assert!(event_loop.remove_signal_handler(SIGUSR2));
        });
    }

    #[test]
    fn some_signals_cannot_be_caught() {
        on_our_loop(async {
            let event_loop = get_running_loop();
            let error = event_loop.add_signal_handler(SIGKILL, || ()).unwrap_err();
            assert_eq!(error.to_string(), "signal 9 cannot be caught");
            assert!(event_loop.add_signal_handler(4000, || ()).is_err());
            assert!(event_loop.add_signal_handler(-1, || ()).is_err());
            assert!(!event_loop.remove_signal_handler(SIGKILL));
        });
    }
}
