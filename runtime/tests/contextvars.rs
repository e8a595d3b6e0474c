//! Context variables: who sees whose values.

use asyncio::{
    Context, ContextVar, Runner, Task, copy_context, create_local_task, create_task, finally,
    gather, scope, sleep, timeout,
};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

static VAR: ContextVar<u32> = ContextVar::new("var");
static WITH_DEFAULT: ContextVar<u32> = ContextVar::with_default("with_default", 7);

/// Runs a test on a thread of its own: what it sets outside of tasks is the thread's.
fn on_a_thread(test: impl FnOnce() + Send + 'static) {
    std::thread::spawn(test).join().unwrap();
}

#[test]
fn a_variable_has_what_was_set_or_its_default() {
    on_a_thread(|| {
        assert_eq!(VAR.get(), None);
        assert_eq!(VAR.get_or(3), 3);
        assert_eq!(WITH_DEFAULT.get(), Some(7));
        assert_eq!(WITH_DEFAULT.get_or(3), 3, "as in Python, the argument wins");
        VAR.set(1);
        assert_eq!(VAR.get(), Some(1));
        assert_eq!(VAR.get_or(3), 1);
    });
}

#[test]
fn reset_brings_back_what_was_there() {
    on_a_thread(|| {
        let first = VAR.set(1);
        let second = VAR.set(2);
        assert_eq!((first.old_value(), second.old_value()), (None, Some(1)));
        VAR.reset(second).unwrap();
        assert_eq!(VAR.get(), Some(1));
        VAR.reset(first).unwrap();
        assert_eq!(VAR.get(), None);
    });
}

#[test]
fn a_token_is_for_its_variable_and_context() {
    on_a_thread(|| {
        let token = VAR.set(1);
        let error = WITH_DEFAULT.reset(token).unwrap_err();
        assert_eq!(error.to_string(), "the token was made by another variable");
        let token = VAR.set(2);
        let error = copy_context().run(|| VAR.reset(token)).unwrap_err();
        assert_eq!(error.to_string(), "the token was made in another context");
        assert_eq!(VAR.get(), Some(2));
    });
}

#[test]
fn run_keeps_what_is_set_inside() {
    on_a_thread(|| {
        VAR.set(1);
        let context = copy_context();
        VAR.set(2);
        context.run(|| {
            assert_eq!(VAR.get(), Some(1));
            VAR.set(3);
        });
        assert_eq!((VAR.get(), context.get(&VAR)), (Some(2), Some(3)));
        assert!(context.contains(&VAR) && !context.contains(&WITH_DEFAULT));
        assert_eq!(context.len(), 1);
        let copy = context.copy();
        copy.run(|| VAR.set(4));
        assert_eq!((context.get(&VAR), copy.get(&VAR)), (Some(3), Some(4)));
        assert_eq!(format!("{copy:?}"), r#"Context(["var"])"#);
    });
}

#[test]
fn run_leaves_the_context_on_a_panic() {
    on_a_thread(|| {
        let context = Context::new();
        let panicked = std::panic::catch_unwind(|| {
            context.run(|| {
                VAR.set(1);
                panic!("on purpose");
            })
        });
        assert!(panicked.is_err());
        assert_eq!((VAR.get(), context.get(&VAR)), (None, Some(1)));
    });
}

/// B-052: a task runs in a copy of its creator's context, made when the task is created.
#[tokio::test(start_paused = true)]
async fn a_task_inherits_a_copy() {
    scope_of_a_task(async {
        VAR.set(1);
        let task = create_task(async {
            let inherited = VAR.get();
            VAR.set(2);
            sleep(1).await;
            (inherited, VAR.get())
        });
        VAR.set(3);
        assert_eq!(task.await.unwrap(), (Some(1), Some(2)));
        assert_eq!(VAR.get(), Some(3));
    })
    .await;
}

async fn scope_of_a_task(test: impl Future<Output = ()> + Send + 'static) {
    create_task(test).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_follow_a_task_from_thread_to_thread() {
    let tasks: Vec<_> = (0..50)
        .map(|i| {
            create_task(async move {
                VAR.set(i);
                for _ in 0..20 {
                    tokio::task::yield_now().await;
                    assert_eq!(VAR.get(), Some(i));
                }
                create_task(async { VAR.get() }).await.unwrap()
            })
        })
        .collect();
    for (i, task) in (0..).zip(tasks) {
        assert_eq!(task.await.unwrap(), Some(i));
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_in_a_given_context_changes_that() {
    scope_of_a_task(async {
        let context = Context::new();
        VAR.set(1);
        let task = Task::builder().context(context.clone()).spawn(async {
            let inherited = VAR.get();
            VAR.set(2);
            inherited
        });
        assert_eq!(task.context(), context);
        assert_eq!(task.await, Ok(None));
        assert_eq!((context.get(&VAR), VAR.get()), (Some(2), Some(1)));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_context_of_a_task_can_be_had_from_outside() {
    let task = create_task(async {
        VAR.set(5);
        sleep(60).await;
    });
    let context = task.context();
    assert_eq!(context.get(&VAR), None);
    sleep(1).await;
    assert_eq!(context.get(&VAR), Some(5));
    task.cancel();
}

#[test]
fn tasks_of_our_own_loop_inherit_as_well() {
    on_a_thread(|| {
        asyncio::run(async {
            VAR.set(1);
            let task = create_local_task(async {
                let inherited = VAR.get();
                VAR.set(2);
                inherited
            });
            assert_eq!(task.await, Ok(Some(1)));
            assert_eq!(VAR.get(), Some(1));
        });
        assert_eq!(VAR.get(), None, "the main task has a copy of its own");
    });
}

/// B-308: what one run sets the next one sees, on the same runner.
#[test]
fn the_runs_of_a_runner_share_a_context() {
    on_a_thread(|| {
        VAR.set(1);
        let mut runner = Runner::new();
        assert_eq!(runner.run(async { VAR.set(2).old_value() }), Some(1));
        assert_eq!(runner.run(async { VAR.get() }), Some(2));
        assert_eq!(VAR.get(), Some(1));
        assert_eq!(Runner::new().run(async { VAR.get() }), Some(1));
    });
}

#[tokio::test(start_paused = true)]
async fn branches_share_unless_they_have_a_scope() {
    scope_of_a_task(async {
        VAR.set(1);
        let own = copy_context().scope(async {
            VAR.set(2);
            sleep(2).await;
            VAR.get()
        });
        let (own, shared, ()) = gather!(
            own,
            async {
                sleep(1).await;
                VAR.get()
            },
            async {
                VAR.set(3);
            },
        )
        .await;
        assert_eq!((own, shared, VAR.get()), (Some(2), Some(3), Some(3)));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_scope_drops_its_future_inside_of_the_context() {
    struct Seen(Arc<Mutex<Option<u32>>>);
    impl Drop for Seen {
        fn drop(&mut self) {
            *self.0.lock().unwrap() = VAR.get();
        }
    }
    let seen = Arc::new(Mutex::new(None));
    let context = Context::new();
    context.run(|| VAR.set(9));
    let guard = Seen(seen.clone());
    let result = timeout(
        1,
        context.scope(async move {
            let _guard = guard;
            sleep(60).await;
        }),
    )
    .await;
    assert!(result.is_err());
    assert_eq!(*seen.lock().unwrap(), Some(9));
}

#[tokio::test(start_paused = true)]
async fn cleanup_sees_the_variables_of_where_its_guard_was_made() {
    let seen = Arc::new(Mutex::new(None));
    let guard = Context::new().run(|| {
        VAR.set(1);
        let seen = seen.clone();
        finally(async move {
            sleep(1).await;
            *seen.lock().unwrap() = VAR.get();
        })
    });
    let task = create_task(async move {
        VAR.set(2);
        scope(async move { drop(guard) }).await;
        VAR.get()
    });
    assert_eq!(task.await, Ok(Some(2)));
    assert_eq!(*seen.lock().unwrap(), Some(1));
}

#[tokio::test(start_paused = true)]
async fn cleanup_of_a_cancelled_task_sees_the_variables_of_the_task() {
    let seen = Arc::new(Mutex::new(None));
    let task = create_task({
        let seen = seen.clone();
        async move {
            let _guard = finally(async move {
                sleep(1).await;
                *seen.lock().unwrap() = VAR.get();
            });
            VAR.set(4);
            sleep(60).await;
        }
    });
    sleep(1).await;
    task.cancel();
    assert!(task.await.is_err());
    assert_eq!(*seen.lock().unwrap(), Some(4));
}

#[tokio::test(start_paused = true)]
async fn a_done_callback_has_the_variables_of_where_it_was_added() {
    let seen = Arc::new(AtomicUsize::new(0));
    scope_of_a_task({
        let seen = seen.clone();
        async move {
            let task = create_task(async { VAR.set(2).old_value() });
            VAR.set(8);
            task.add_done_callback(move |_| {
                seen.store(VAR.get().unwrap_or(0) as usize, Ordering::Relaxed);
                VAR.set(9); // of the callback alone
            });
            task.await.unwrap();
            assert_eq!(VAR.get(), Some(8));
        }
    })
    .await;
    assert_eq!(seen.load(Ordering::Relaxed), 8);
}

#[test]
fn values_may_use_variables_when_dropped() {
    static DROPS: AtomicUsize = AtomicUsize::new(0);
    on_a_thread(|| {
        VAR.set(1);
        struct Reads;
        impl Drop for Reads {
            fn drop(&mut self) {
                DROPS.fetch_add(VAR.get_or(0) as usize, Ordering::Relaxed);
                VAR.set(2);
            }
        }
        static READS: ContextVar<Arc<Reads>> = ContextVar::new("reads");
        drop(READS.set(Arc::new(Reads)));
        let token = READS.set(Arc::new(Reads));
        drop(token); // the first value
        assert_eq!((DROPS.load(Ordering::Relaxed), VAR.get()), (1, Some(2)));
    });
}

/// B-052 for the children of a group, which run in place.
#[tokio::test(start_paused = true)]
async fn a_child_of_a_group_inherits_a_copy() {
    scope_of_a_task(async {
        let group: Result<_, asyncio::ExceptionGroup<std::convert::Infallible>> =
            asyncio::task_group!(|tg| {
                let first = tg.create_value(async { VAR.set(1).old_value() });
                let second = tg.create_value(async {
                    sleep(1).await;
                    let seen = VAR.get();
                    (seen, create_task(async { VAR.get() }).await.unwrap())
                });
                assert_eq!(first.await, Ok(None));
                assert_eq!(second.await, Ok((None, None)));
                assert_eq!(VAR.get(), None);
                VAR.set(5);
                let third = tg.create_value(async {
                    let inherited = VAR.get();
                    VAR.set(6);
                    sleep(1).await;
                    (inherited, VAR.get())
                });
                assert_eq!(third.await, Ok((Some(5), Some(6))));
            })
            .await;
        group.unwrap();
        assert_eq!(VAR.get(), Some(5));
    })
    .await;
}
