//! Calls on threads, and from threads.

use asyncio::{
    CancelledError, ContextVar, DefaultExecutor, Job, Runner, WaitError, create_task, finally,
    gather, get_running_loop, run_coroutine_threadsafe, run_in_executor, set_exception_handler,
    sleep, timeout, to_thread, to_thread_with,
};
use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

static VAR: ContextVar<u32> = ContextVar::new("var");

fn thread_id() -> ThreadId {
    std::thread::current().id()
}

/// Something that threads wait for.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    fn pass(&self) {
        let open = self.0.0.lock().unwrap();
        drop(self.0.1.wait_while(open, |open| !*open).unwrap());
    }
}

/// A pool of one thread.
fn one_thread() -> impl Fn(Job) {
    let (queue, jobs) = mpsc::channel::<Job>();
    std::thread::spawn(move || jobs.into_iter().for_each(|job| job()));
    move |job| queue.send(job).unwrap()
}

mod calls {
    use super::*;

    /// B-321
    #[tokio::test]
    async fn to_thread_gives_the_value_from_another_thread() {
        let (value, thread) = to_thread(|| (3, thread_id())).await;
        assert_eq!(value, 3);
        assert_ne!(thread, thread_id());
        let error = to_thread(|| "x".parse::<u32>()).await.unwrap_err();
        assert_eq!(error.to_string(), "invalid digit found in string");
    }

    /// B-321: the variables of the place that awaits, as a copy.
    #[tokio::test]
    async fn to_thread_hands_variables_on() {
        create_task(async {
            VAR.set(1);
            let call = to_thread(|| {
                let inherited = VAR.get();
                VAR.set(2);
                inherited
            });
            assert_eq!(call.await, Some(1));
            assert_eq!(VAR.get(), Some(1));
        })
        .await
        .unwrap();
    }

    /// B-322: not as in asyncio.
    #[tokio::test]
    async fn run_in_executor_hands_the_variables_on() {
        create_task(async {
            VAR.set(1);
            let call = run_in_executor(&DefaultExecutor, || VAR.get());
            VAR.set(7); // too late for it
            assert_eq!(call.await, Some(1));
            assert_eq!(run_in_executor(&one_thread(), || VAR.get()).await, Some(7));
        })
        .await
        .unwrap();
    }

    #[test]
    fn what_a_call_sets_is_gone_with_it() {
        // One thread, so that the second call is on the thread of the first.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .max_blocking_threads(1)
            .build()
            .unwrap();
        runtime.block_on(async {
            to_thread(|| drop(VAR.set(1))).await;
            assert_eq!(to_thread(|| VAR.get()).await, None);
        });
    }

    #[tokio::test]
    async fn nothing_runs_before_the_first_poll() {
        drop(to_thread(|| unreachable!()));
    }

    #[tokio::test]
    async fn a_panic_resumes_in_whoever_awaits() {
        let task = create_task(to_thread(|| panic!("on purpose")));
        assert!(task.outcome().await.is_panicked());
    }

    #[tokio::test]
    async fn calls_run_side_by_side() {
        let (a, b) = (Gate::default(), Gate::default());
        let (a2, b2) = (a.clone(), b.clone());
        gather!(
            to_thread(move || {
                a.open();
                b.pass();
            }),
            to_thread(move || {
                b2.open();
                a2.pass();
            })
        )
        .await;
    }

    #[tokio::test]
    async fn an_executor_can_be_a_closure() {
        let pool = one_thread();
        let first = run_in_executor(&pool, thread_id);
        let second = run_in_executor(&pool, thread_id);
        let (first, second) = gather!(first, second).await;
        assert_eq!(first, second);
        assert_ne!(first, thread_id());
    }

    #[cfg(feature = "rayon")]
    #[tokio::test]
    async fn an_executor_can_be_a_pool_of_rayon() {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(2)
            .build()
            .unwrap();
        let index = run_in_executor(&pool, rayon::current_thread_index).await;
        assert!(index.is_some());
    }

    #[tokio::test]
    async fn run_in_executor_calls_at_once() {
        let (tx, rx) = mpsc::channel();
        let call = run_in_executor(&one_thread(), move || tx.send(1).unwrap());
        assert_eq!(rx.recv_timeout(Duration::from_secs(10)), Ok(1));
        call.await;
    }

    #[tokio::test]
    #[should_panic = "the executor dropped the call"]
    async fn a_refused_call_is_no_silent_hang() {
        run_in_executor(&|job: Job| drop(job), || ()).await;
    }

    #[tokio::test(start_paused = true)]
    async fn the_virtual_clock_waits_for_calls() {
        let call = to_thread(|| std::thread::sleep(Duration::from_millis(20)));
        timeout(3600, call).await.unwrap();
    }
}

mod cancellation {
    use super::*;

    /// B-323, B-031
    #[tokio::test]
    async fn a_cancelled_wait_ends_at_once_and_the_thread_goes_on() {
        let gate = Gate::default();
        let ended = Arc::new(AtomicBool::new(false));
        let task = create_task({
            let (gate, ended) = (gate.clone(), ended.clone());
            async move {
                let (begun, is_begun) = tokio::sync::oneshot::channel();
                let call = to_thread(move || {
                    begun.send(()).unwrap();
                    gate.pass();
                    ended.store(true, Ordering::Release);
                });
                gather!(call, async { is_begun.await.unwrap() }, pending::<()>()).await;
            }
        });
        sleep(0.02).await;
        task.cancel();
        assert_eq!(task.await, Err(CancelledError::new()));
        assert!(!ended.load(Ordering::Acquire));
        gate.open();
        while !ended.load(Ordering::Acquire) {
            sleep(0.001).await;
        }
    }

    #[tokio::test]
    async fn a_call_that_has_not_begun_never_does() {
        let gate = Gate::default();
        let pool = one_thread();
        let first = run_in_executor(&pool, {
            let gate = gate.clone();
            move || gate.pass()
        });
        drop(run_in_executor(&pool, || unreachable!()));
        gate.open();
        first.await;
        run_in_executor(&pool, || ()).await;
    }

    #[tokio::test]
    async fn with_a_flag_the_task_ends_when_the_function_does() {
        let log = Arc::new(Mutex::new(Vec::new()));
        let task = create_task({
            let log = log.clone();
            async move {
                to_thread_with(move |stop| {
                    log.lock().unwrap().push("begun");
                    assert!(stop.wait(60));
                    assert_eq!(stop.check(), Err(CancelledError::new()));
                    std::thread::sleep(Duration::from_millis(20));
                    log.lock().unwrap().push("ended");
                })
                .await;
            }
        });
        while log.lock().unwrap().is_empty() {
            sleep(0.001).await;
        }
        task.cancel();
        assert_eq!(task.await, Err(CancelledError::new()));
        assert_eq!(*log.lock().unwrap(), ["begun", "ended"]);
    }

    #[tokio::test]
    async fn the_flag_of_a_call_that_ends_by_itself_is_never_set() {
        let stop = to_thread_with(|stop| {
            assert_eq!(stop.check(), Ok(()));
            assert!(!stop.wait(0.001));
            stop
        })
        .await;
        assert!(!stop.is_set());
    }

    #[test]
    fn a_panic_that_nobody_awaits_is_reported() {
        let (tx, rx) = mpsc::channel();
        let tx = Mutex::new(tx);
        set_exception_handler(Some(Box::new(move |context| {
            let _ = tx.lock().unwrap().send(context.message().to_owned());
        })));
        asyncio::run(async {
            let gate = Gate::default();
            let pass = gate.clone();
            let call = to_thread(move || {
                pass.pass();
                panic!("on purpose");
            });
            assert!(timeout(0.02, call).await.is_err());
            gate.open();
        });
        let message = rx.recv_timeout(Duration::from_secs(10));
        set_exception_handler(None);
        assert_eq!(message.unwrap(), "Future exception was never retrieved");
    }

    /// A value is dropped where nobody awaits it any more, not leaked.
    #[tokio::test]
    async fn values_that_nobody_wants_are_dropped() {
        static DROPS: AtomicUsize = AtomicUsize::new(0);
        struct Counted;
        impl Drop for Counted {
            fn drop(&mut self) {
                DROPS.fetch_add(1, Ordering::Release);
            }
        }
        let pool = one_thread();
        let done = run_in_executor(&pool, || Counted);
        run_in_executor(&pool, || ()).await;
        drop(done); // has its value
        let gate = Gate::default();
        let pass = gate.clone();
        let (begun, is_begun) = mpsc::channel();
        let running = run_in_executor(&pool, move || {
            begun.send(()).unwrap();
            pass.pass();
            Counted
        });
        is_begun.recv().unwrap();
        drop(running);
        gate.open();
        run_in_executor(&pool, || ()).await;
        assert_eq!(DROPS.load(Ordering::Acquire), 2);
    }
}

mod closing {
    use super::*;

    /// B-319: `run` waits for calls that nobody awaits any more.
    #[test]
    fn run_waits_for_threads() {
        let ended = Arc::new(AtomicBool::new(false));
        let end = ended.clone();
        asyncio::run(async move {
            let call = to_thread(move || {
                std::thread::sleep(Duration::from_millis(50));
                end.store(true, Ordering::Release);
            });
            assert!(timeout(0.01, call).await.is_err());
        });
        assert!(ended.load(Ordering::Acquire));
    }

    /// B-319: but not for ever.
    #[test]
    fn run_leaves_threads_behind_that_do_not_end() {
        let gate = Gate::default();
        let pass = gate.clone();
        let start = Instant::now();
        let mut runner = Runner::new().thread_join_timeout(0.05);
        runner.run(async {
            let _ = timeout(0.01, to_thread(move || pass.pass())).await;
        });
        drop(runner);
        assert!(start.elapsed() < Duration::from_secs(30));
        gate.open();
    }

    #[test]
    fn a_thread_that_waits_for_a_loop_that_closes_is_told() {
        let (tx, rx) = mpsc::channel();
        asyncio::run(async move {
            let event_loop = get_running_loop();
            let call = to_thread(move || {
                std::thread::sleep(Duration::from_millis(30)); // until the main task is done
                let result = run_coroutine_threadsafe(pending::<()>(), &event_loop).result();
                tx.send(result).unwrap();
            });
            let _ = timeout(0.01, call).await;
        });
        assert_eq!(rx.recv().unwrap(), Err(CancelledError::new()));
    }
}

mod from_threads {
    use super::*;

    fn on_our_loop<F: Future>(test: F) -> F::Output {
        asyncio::__private::run_test(true, None, test)
    }

    /// B-324
    #[test]
    fn results_and_errors_cross_over() {
        on_our_loop(async {
            let event_loop = get_running_loop();
            let home = thread_id();
            to_thread(move || {
                let future = run_coroutine_threadsafe(async { (3, thread_id()) }, &event_loop);
                assert_eq!(future.result(), Ok((3, home)));
                let future = run_coroutine_threadsafe(async { Err::<(), _>("k") }, &event_loop);
                assert_eq!(future.result(), Ok(Err("k")));
            })
            .await;
        });
    }

    /// B-324
    #[test]
    fn cancellation_crosses_over_with_its_cleanup() {
        on_our_loop(async {
            let event_loop = get_running_loop();
            let cleaned = Arc::new(AtomicBool::new(false));
            let is_cleaned = cleaned.clone();
            to_thread(move || {
                let future = run_coroutine_threadsafe(
                    async move {
                        let _guard = finally(async move {
                            sleep(0.01).await;
                            cleaned.store(true, Ordering::Release);
                        });
                        pending::<()>().await;
                    },
                    &event_loop,
                );
                std::thread::sleep(Duration::from_millis(20));
                assert!(!future.done());
                assert!(future.cancel_with("enough"));
                let error = CancelledError::with_message("enough");
                assert_eq!(future.result(), Err(error));
            })
            .await;
            assert!(is_cleaned.load(Ordering::Acquire));
        });
    }

    #[test]
    fn the_wait_can_have_a_limit() {
        on_our_loop(async {
            let event_loop = get_running_loop();
            to_thread(move || {
                let mut future = run_coroutine_threadsafe(sleep(3600), &event_loop);
                let error = future.result_timeout(0.01).unwrap_err();
                assert!(matches!(error, WaitError::TimedOut(_)));
                assert!(!future.done(), "it runs on");
                future.cancel();
                let error = WaitError::Cancelled(CancelledError::new());
                assert_eq!(future.result_timeout(60), Err(error));
            })
            .await;
        });
    }

    #[test]
    fn a_panic_crosses_over() {
        on_our_loop(async {
            let event_loop = get_running_loop();
            let call = to_thread(move || {
                run_coroutine_threadsafe(async { panic!("on purpose") }, &event_loop).result()
            });
            assert!(create_task(call).outcome().await.is_panicked());
        });
    }

    #[test]
    fn it_can_be_awaited_on_another_loop() {
        on_our_loop(async {
            let event_loop = get_running_loop();
            let other =
                to_thread(move || asyncio::run(run_coroutine_threadsafe(async { 5 }, &event_loop)));
            assert_eq!(other.await, Ok(5));
        });
    }

    #[test]
    #[should_panic = "would block the event loop"]
    fn to_wait_on_the_thread_of_the_loop_is_refused() {
        on_our_loop(async {
            let _ = run_coroutine_threadsafe(async {}, &get_running_loop()).result();
        });
    }

    #[test]
    fn variables_are_those_of_the_thread() {
        on_our_loop(async {
            let event_loop = get_running_loop();
            let seen = to_thread(move || {
                VAR.set(4);
                run_coroutine_threadsafe(async { VAR.get() }, &event_loop).result()
            });
            assert_eq!(seen.await, Ok(Some(4)));
        });
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn it_works_on_a_runtime_of_tokio() {
        let event_loop = get_running_loop();
        let thread = std::thread::spawn(move || {
            let (a, b) = (
                run_coroutine_threadsafe(async { 1 }, &event_loop),
                run_coroutine_threadsafe(async { 2 }, &event_loop),
            );
            (a.result().unwrap(), b.result().unwrap())
        });
        while !thread.is_finished() {
            sleep(0.001).await;
        }
        assert_eq!(thread.join().unwrap(), (1, 2));
    }
}
