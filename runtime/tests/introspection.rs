//! What tasks wait for, as `capture_call_graph` tells it.

use asyncio::introspection::{self, BranchesWait, LineWait, TaskGraph, TaskState, Waiting};
use asyncio::{
    Barrier, BoundedSemaphore, CapacityLimiter, Condition, Event, Lock, Queue, Semaphore,
    StreamReader, StreamWriter, Task, capture_call_graph, channel, create_subprocess_exec,
    create_task, format_call_graph, gather, sleep, start_server, task_group, timeout, to_thread,
    wait, wait_first,
};
use std::future::{Future, pending, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// A task that has begun to wait, as the graph shows it.
async fn waiting<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> (Task<T>, TaskGraph) {
    introspection::enable();
    let task = create_task(future);
    for _ in 0..5 {
        sleep(0).await;
    }
    let graph = task.call_graph().expect("it has not ended");
    (task, graph)
}

fn line(wait: &Waiting) -> &LineWait {
    match wait {
        Waiting::ForLine(line) => line,
        other => panic!("{other:?}"),
    }
}

fn branches(wait: &Waiting) -> &BranchesWait {
    match wait {
        Waiting::ForBranches(branches) => branches,
        other => panic!("{other:?}"),
    }
}

#[asyncio::test]
async fn a_task_says_where_it_was_spawned_and_how_it_is() {
    introspection::enable();
    let (task, spawned) = (Task::builder().name("napper").spawn(sleep(5)), line!());
    let graph = task.call_graph().unwrap();
    assert_eq!((&*graph.name, graph.state), ("napper", TaskState::Created));
    assert_eq!((graph.id, graph.age), (task.id(), None));
    assert!(graph.location.file().ends_with("introspection.rs"));
    assert_eq!(graph.location.line(), spawned);
    sleep(1).await;
    let graph = task.call_graph().unwrap();
    assert_eq!(graph.state, TaskState::Suspended);
    assert!(
        graph.age.unwrap() < Duration::from_secs(60),
        "it is real time"
    );
    let [Waiting::Until(until)] = graph.waits[..] else {
        panic!("{graph:?}")
    };
    assert_eq!(until - Instant::now(), Duration::from_secs(4));
    let this = asyncio::current_task().unwrap().call_graph().unwrap();
    assert_eq!(this.state, TaskState::Running);
    task.await.unwrap();
}

#[asyncio::test]
async fn a_lock_is_shown_with_its_holder() {
    introspection::enable();
    let (lock, made) = (Arc::new(Lock::new(())), line!());
    let held = lock.clone();
    let (holder, graph) = waiting(async move {
        let _guard = held.acquire().await;
        sleep(1).await;
    })
    .await;
    assert!(matches!(graph.waits[..], [Waiting::Until(_)]));
    let other = lock.clone();
    let (waiter, graph) = waiting(async move { drop(other.acquire().await) }).await;
    let wait = line(&graph.waits[0]);
    assert_eq!(wait.operation, "Lock.acquire");
    assert_eq!(wait.made.line(), made);
    let (id, name) = wait.holder.clone().unwrap();
    assert_eq!((id, name), (holder.id(), Some(holder.name())));
    let graph = capture_call_graph();
    assert!(graph.deadlocks().is_empty(), "the sleep ends it");
    waiter.await.unwrap();
}

#[asyncio::test]
async fn every_sort_of_guard_says_who_holds_the_lock() {
    introspection::enable();
    static LOCK: Lock = Lock::new(());
    let lock = Arc::new(Lock::new(()));
    let holder = asyncio::current_task().unwrap().id();
    async fn held_by(future: impl Future<Output = ()> + Send + 'static) -> Option<asyncio::TaskId> {
        let (task, graph) = waiting(future).await;
        task.cancel();
        line(&graph.waits[0]).holder.as_ref().map(|(id, _)| *id)
    }
    let acquire = || async { drop(LOCK.acquire().await) };
    let guard = LOCK.acquire().await;
    assert_eq!(held_by(acquire()).await, Some(holder));
    drop(guard);
    sleep(0).await;
    let guard = LOCK.try_acquire().unwrap();
    assert_eq!(held_by(acquire()).await, Some(holder));
    drop(guard);
    let other = Arc::clone(&lock);
    let acquire = || async move { drop(other.acquire_owned().await) };
    let guard = Arc::clone(&lock).acquire_owned().await;
    assert_eq!(held_by(acquire()).await, Some(holder));
    drop(guard);
}

#[asyncio::test]
async fn each_primitive_has_the_name_of_its_operation() {
    introspection::enable();
    async fn operation<T: Send + 'static>(
        future: impl Future<Output = T> + Send + 'static,
    ) -> &'static str {
        let (task, graph) = waiting(future).await;
        task.cancel();
        line(&graph.waits[0]).operation
    }
    static EVENT: Event = Event::new();
    static SEMAPHORE: Semaphore = Semaphore::new(0);
    static BARRIER: Barrier = Barrier::new(2);
    static FULL: Queue<()> = Queue::new(1);
    static EMPTY: Queue<()> = Queue::new(1);
    static LOCK: Lock = Lock::new(());
    static CONDITION: Condition = Condition::new();
    FULL.put_nowait(()).unwrap();
    assert_eq!(operation(EVENT.wait()).await, "Event.wait");
    assert_eq!(operation(SEMAPHORE.acquire()).await, "Semaphore.acquire");
    assert_eq!(operation(BARRIER.wait()).await, "Barrier.wait");
    assert_eq!(operation(FULL.put(())).await, "Queue.put");
    assert_eq!(operation(EMPTY.get()).await, "Queue.get");
    assert_eq!(operation(FULL.join()).await, "Queue.join");
    let condition = async {
        let guard = LOCK.acquire().await;
        drop(CONDITION.wait(guard).await);
    };
    assert_eq!(operation(condition).await, "Condition.wait");
    let condition = async { CONDITION.wait_for(LOCK.acquire().await, |()| false).await };
    assert_eq!(operation(condition).await, "Condition.wait");
    static BOUNDED: BoundedSemaphore = BoundedSemaphore::new(0);
    static LIMITER: CapacityLimiter = CapacityLimiter::new(0);
    let (sender, receiver) = channel::<()>(1);
    assert_eq!(
        operation(BOUNDED.acquire()).await,
        "BoundedSemaphore.acquire"
    );
    assert_eq!(
        operation(LIMITER.acquire()).await,
        "CapacityLimiter.acquire"
    );
    assert_eq!(operation(EMPTY.get_job()).await, "Queue.get");
    let other = receiver.clone();
    assert_eq!(
        operation(async move { other.get().await }).await,
        "Queue.get"
    );
    sender.put_nowait(()).unwrap();
    assert_eq!(
        operation(async move { sender.put(()).await }).await,
        "Queue.put"
    );
}

#[asyncio::test(real_time)]
async fn what_waits_for_the_outside_has_the_name_of_its_operation() {
    introspection::enable();
    async fn operation<T: Send + 'static>(
        future: impl Future<Output = T> + Send + 'static,
    ) -> &'static str {
        let (task, graph) = waiting(future).await;
        task.cancel();
        match &graph.waits[..] {
            [Waiting::ForOutside(operation)] => operation,
            other => panic!("{other:?}"),
        }
    }
    fn silence() -> (StreamReader, StreamWriter) {
        let (here, there) = tokio::io::duplex(1);
        std::mem::forget(there);
        let (read, write) = tokio::io::split(here);
        (StreamReader::new(read), StreamWriter::new(write))
    }
    let read = async { silence().0.read(1).await };
    assert_eq!(operation(read).await, "StreamReader.read");
    let read = async { silence().0.read_to_eof().await };
    assert_eq!(operation(read).await, "StreamReader.read");
    let read = async { silence().0.readexactly(2).await };
    assert_eq!(operation(read).await, "StreamReader.readexactly");
    let read = async { silence().0.readuntil(";").await };
    assert_eq!(operation(read).await, "StreamReader.readuntil");
    let read = async { silence().0.readline().await };
    assert_eq!(operation(read).await, "StreamReader.readline");
    let read = async { silence().0.lines().next().await };
    assert_eq!(operation(read).await, "StreamReader.readline");
    let drain = async {
        let (_reader, writer) = silence();
        writer.set_write_buffer_limits(1, None);
        writer.write("a lot").unwrap();
        writer.drain().await
    };
    assert_eq!(operation(drain).await, "StreamWriter.drain");
    let close = async {
        let (_reader, writer) = silence();
        writer.write("a lot").unwrap();
        writer.close();
        writer.wait_closed().await
    };
    assert_eq!(operation(close).await, "StreamWriter.wait_closed");
    let serve = async {
        let server = start_server(|_, _| async {}, "127.0.0.1", 0).await.unwrap();
        server.serve_forever().await
    };
    let (task, graph) = waiting(serve).await;
    assert!(
        format!("{:?}", graph.waits).contains("Server.serve_forever"),
        "{graph:?}"
    );
    task.cancel();
    let thread = to_thread(|| std::thread::sleep(Duration::from_millis(50)));
    assert_eq!(operation(thread).await, "to_thread");
    let child = async {
        let child = create_subprocess_exec("sleep", ["60"])
            .kill_on_cancel(true)
            .await
            .unwrap();
        child.wait().await
    };
    let (task, graph) = waiting(child).await;
    assert!(
        format!("{:?}", graph.waits).contains("Process.wait"),
        "{graph:?}"
    );
    task.cancel();
    drop(task.outcome().await);
}

/// The branches, each with its name.
fn names(wait: &Waiting) -> Vec<(usize, &str)> {
    let named = branches(wait).branches.iter();
    named
        .map(|branch| (branch.index, branch.name.as_deref().unwrap_or("-")))
        .collect()
}

#[asyncio::test]
async fn the_branches_of_a_gather_have_names_and_a_line() {
    async fn user(id: u64) -> u64 {
        sleep(id as f64).await;
        id
    }
    let place = line!() + 3;
    let (task, graph) = waiting(async {
        let event = Event::new();
        let all = gather!(user(7), event.wait(), async { 1 }, user(5));
        all.await
    })
    .await;
    let gather = branches(&graph.waits[0]);
    assert_eq!(gather.place, Some((file!(), place)));
    assert_eq!((gather.name, gather.total), ("gather!", Some(4)));
    let all = [(0, "user(7)"), (1, "event.wait()"), (3, "user(5)")];
    assert_eq!(names(&graph.waits[0]), all);
    assert_eq!(line(&gather.branches[1].waits[0]).operation, "Event.wait");

    // A wake-up of one branch leaves what is known of the others.
    sleep(6).await;
    let graph = task.call_graph().unwrap();
    assert_eq!(names(&graph.waits[0]), all[..2]);
    assert!(matches!(
        branches(&graph.waits[0]).branches[0].waits[..],
        [Waiting::Until(_)]
    ));
    task.cancel();
}

#[asyncio::test]
async fn branches_with_names_are_called_so() {
    let (task, graph) = waiting(async {
        gather!(user = sleep(1), posts = async { 2 }, other = sleep(3))
            .await
            .posts
    })
    .await;
    assert_eq!(names(&graph.waits[0]), [(0, "user"), (2, "other")]);
    assert_eq!(task.await, Ok(2));
}

#[asyncio::test]
async fn more_branches_than_a_tuple_has_are_one_gather() {
    let (task, graph) = waiting(async {
        let (a, b, c, d, e, f, g) = (1, 2, 3, 4, 5, 6, 7);
        gather!(
            sleep(a),
            sleep(b),
            sleep(c),
            sleep(d),
            sleep(e),
            sleep(f),
            sleep(g),
            sleep(a),
            sleep(b),
            sleep(c),
            sleep(d),
            sleep(e),
            async {},
            sleep(g)
        )
        .await;
    })
    .await;
    let gather = branches(&graph.waits[0]);
    assert_eq!((gather.total, gather.branches.len()), (Some(14), 13));
    let names = names(&graph.waits[0]);
    assert_eq!(names[..2], [(0, "sleep(a)"), (1, "sleep(b)")]);
    assert_eq!(names[11..], [(11, "sleep(e)"), (13, "sleep(g)")]);
    task.await.unwrap();
}

#[asyncio::test]
async fn a_spread_knows_those_that_have_begun() {
    let (task, graph) = waiting(async {
        let delays = [3, 1, 5, 7];
        gather!(..delays.map(sleep), limit = 2).await
    })
    .await;
    assert_eq!(names(&graph.waits[0]), [(0, "..delays.map(sleep)")]);
    let begun = |graph: &TaskGraph| {
        let spread = branches(&branches(&graph.waits[0]).branches[0].waits[0]);
        let indices: Vec<usize> = spread.branches.iter().map(|branch| branch.index).collect();
        (spread.total, indices)
    };
    assert_eq!(begun(&graph), (Some(4), vec![0, 1]));
    sleep(2).await;
    let graph = task.call_graph().unwrap();
    assert_eq!(begun(&graph), (Some(4), vec![0, 2]));
    task.await.unwrap();
}

#[asyncio::test]
async fn a_race_a_wait_and_a_time_limit_are_shown_with_theirs() {
    let event = Arc::new(Event::new());
    let other = event.clone();
    let place = line!() + 2;
    let (race, graph) = waiting(async move {
        wait_first!(if let () = other.wait() {
            1
        } else if let () = sleep(60) {
            2
        })
    })
    .await;
    let race_wait = branches(&graph.waits[0]);
    assert_eq!(
        (race_wait.name, race_wait.place),
        ("wait_first!", Some((file!(), place)))
    );
    assert_eq!(
        names(&graph.waits[0]),
        [(0, "other.wait()"), (1, "sleep(60)")]
    );

    let (one, two) = (create_task(sleep(60)), create_task(sleep(60)));
    let (first, second) = (one.id(), two.id());
    let (value_form, graph) = waiting(async move {
        let (done, pending) = wait_first!(one, two, timeout = 30s).await;
        pending.cancel();
        done.0.is_none()
    })
    .await;
    let inner = &branches(&graph.waits[0]).branches[0].waits;
    let [
        Waiting::ForTask { id: a, .. },
        Waiting::ForTask { id: b, .. },
        Waiting::Until(_),
    ] = inner[..]
    else {
        panic!("{graph:?}")
    };
    assert_eq!([a, b], [first, second]);
    let awaited_by = |id| capture_call_graph().task(id).unwrap().awaited_by.clone();
    assert_eq!(awaited_by(first), [(value_form.id(), value_form.name())]);

    let tasks = [create_task(sleep(50)), create_task(sleep(60))];
    let (all, graph) = waiting(async move { wait(tasks).await }).await;
    assert_eq!(branches(&graph.waits[0]).branches.len(), 2);

    let (limited, graph) = waiting(async move { timeout(9, event.wait()).await }).await;
    let limit = branches(&graph.waits[0]);
    assert_eq!(
        limit.deadline.map(|at| at - Instant::now()),
        Some(Duration::from_secs(9))
    );
    assert_eq!(line(&limit.branches[0].waits[0]).operation, "Event.wait");

    assert!(limited.await.unwrap().is_err());
    assert_eq!(value_form.await, Ok(true));
    assert_eq!(race.await, Ok(2));
    all.await.unwrap();
}

#[asyncio::test]
async fn a_task_group_has_a_body_and_children() {
    let place = line!() + 2;
    let (task, graph) = waiting(async {
        task_group!(|tg| {
            let child = tg.create_value(sleep(3));
            tg.create_task(sleep(4)).set_name("pause");
            child.await
        })
        .await
    })
    .await;
    let tree = format_call_graph();
    assert!(
        tree.contains(&format!(" child 1 {}:{}\n", file!(), place + 1)),
        "{tree}"
    );
    assert!(
        tree.contains(&format!(" pause {}:{}\n", file!(), place + 2)),
        "{tree}"
    );
    let group = branches(&graph.waits[0]);
    assert_eq!(
        (group.name, group.place),
        ("task_group!", Some((file!(), place)))
    );
    assert!(
        matches!(group.branches[0].waits[..], [Waiting::ForChild(of)] if Some(of) == group.group)
    );
    assert!(matches!(group.branches[2].waits[..], [Waiting::Until(_)]));
    task.await.unwrap().unwrap();
}

#[asyncio::test]
async fn what_is_not_ours_is_unknown_also_beside_what_is() {
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel::<()>();
    let (task, graph) = waiting(async move {
        let event = Event::new();
        tokio::select! {
            () = event.wait() => 1,
            _ = receiver.recv() => 2,
        }
    })
    .await;
    assert!(
        matches!(graph.waits[..], [Waiting::ForLine(_), Waiting::ForUnknown]),
        "{graph:?}"
    );
    sender.send(()).unwrap();
    assert_eq!(task.await, Ok(2));
    let (task, graph) = waiting(pending::<()>()).await;
    assert!(graph.waits.is_empty(), "nobody can wake it: {graph:?}");
    task.cancel();
}

/// Two tasks, each of which waits for a lock that the other one holds.
async fn embrace() -> [Task<()>; 2] {
    introspection::enable();
    let locks = [Arc::new(Lock::new(())), Arc::new(Lock::new(()))];
    let mut tasks = Vec::new();
    for (name, first, second) in [("left", 0, 1), ("right", 1, 0)] {
        let (first, second) = (locks[first].clone(), locks[second].clone());
        tasks.push(Task::builder().name(name).spawn(async move {
            let _guard = first.acquire().await;
            sleep(0).await;
            let _both = gather!(second.acquire(), async {}).await;
        }));
    }
    sleep(0).await;
    sleep(0).await;
    tasks.try_into().unwrap()
}

/// The deadlocks among these, each by the names of its tasks.
fn deadlocks(of: &[&Task<()>]) -> Vec<Vec<String>> {
    let graph = capture_call_graph();
    let mine = graph.deadlocks().iter().filter(|deadlock| {
        deadlock
            .tasks
            .iter()
            .any(|stuck| of.iter().any(|task| task.id() == stuck.id))
    });
    mine.map(|deadlock| {
        deadlock
            .tasks
            .iter()
            .map(|task| task.name.to_string())
            .collect()
    })
    .collect()
}

#[asyncio::test]
async fn locks_taken_crosswise_are_a_deadlock() {
    let [left, right] = embrace().await;
    assert_eq!(deadlocks(&[&left, &right]), [["left", "right"]]);
    let text = format_call_graph();
    assert!(
        text.contains("deadlock: each of these tasks waits for the next"),
        "{text}"
    );
    assert!(text.contains("`left` waits for Lock.acquire"), "{text}");
    // A task that waits for one of them is stuck as well, but not part of the circle.
    let id = left.id();
    let (third, graph) = waiting(left).await;
    assert!(matches!(graph.waits[..], [Waiting::ForTask { id: of, .. }] if of == id));
    assert_eq!(deadlocks(&[&right]), [["left", "right"]]);
    right.cancel();
    assert_eq!(deadlocks(&[&right]), [[""; 0]; 0], "it was told to end");
    assert_eq!(third.await, Ok(Ok(())));
}

#[asyncio::test]
async fn a_task_that_waits_for_itself_is_a_deadlock() {
    let (task, _) = waiting(async {
        let lock = Lock::new(());
        let _guard = lock.acquire().await;
        drop(lock.acquire().await);
    })
    .await;
    assert_eq!(deadlocks(&[&task]), [[task.name().to_string()]]);
    task.cancel();
}

static THREAD_MAY_END: AtomicBool = AtomicBool::new(false);

/// When it is dropped.
struct EndThread;

impl Drop for EndThread {
    fn drop(&mut self) {
        THREAD_MAY_END.store(true, Ordering::Relaxed);
    }
}

#[asyncio::test]
async fn whoever_may_be_helped_is_no_deadlock() {
    type Wanted = fn(Arc<Lock>) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;
    let wanted: [Wanted; 6] = [
        |lock| Box::pin(async move { drop(timeout(60, lock.acquire()).await) }),
        |lock| Box::pin(async move { drop(gather!(lock.acquire(), sleep(60)).await) }),
        |lock| {
            Box::pin(async move {
                tokio::select! {
                    _ = lock.acquire() => {}
                    () = tokio::time::sleep(Duration::from_secs(60)) => {}
                }
            })
        },
        |lock| {
            Box::pin(async move {
                let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
                create_task(async move {
                    sleep(60).await;
                    drop(sender);
                });
                wait_first!(if let _ = lock.acquire() {
                } else if let _ = receiver {
                });
            })
        },
        |lock| {
            Box::pin(async move {
                let call = asyncio::to_thread(|| {
                    while !THREAD_MAY_END.load(Ordering::Relaxed) {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                });
                drop(gather!(lock.acquire(), call).await);
            })
        },
        |lock| {
            Box::pin(async move {
                let mut polled = false;
                let foreign = poll_fn(move |cx| {
                    if !std::mem::replace(&mut polled, true) {
                        let waker = cx.waker().clone();
                        create_task(async move {
                            sleep(60).await;
                            waker.wake();
                        });
                        return std::task::Poll::Pending;
                    }
                    std::task::Poll::Ready(())
                });
                wait_first!(if let _ = lock.acquire() {
                } else if let () = foreign {
                });
            })
        },
    ];
    // Also if the assertion fails: the end of the runtime waits for the thread.
    let _end = EndThread;
    for wanted in wanted {
        let lock = Arc::new(Lock::new(()));
        let (task, _) = waiting(async move {
            let _guard = lock.acquire().await;
            wanted(lock.clone()).await;
        })
        .await;
        assert_eq!(deadlocks(&[&task]), [[""; 0]; 0]);
        task.cancel();
    }
}

#[asyncio::test]
async fn a_lock_that_is_on_its_way_to_somebody_is_no_deadlock() {
    introspection::enable();
    let (lock, other) = (Arc::new(Lock::new(())), Arc::new(Lock::new(())));
    let guard = lock.clone().acquire_owned().await;
    let [next, last] = [1, 2].map(|_| {
        let lock = lock.clone();
        create_task(async move { drop(lock.acquire().await) })
    });
    sleep(0).await;
    let held = other.acquire().await;
    drop(guard);
    // `next` has the lock and has not run; this task is no longer its holder.
    assert_eq!(deadlocks(&[&next, &last]), [[""; 0]; 0]);
    drop(held);
    next.await.unwrap();
    last.await.unwrap();
}

#[asyncio::test]
async fn the_table_and_the_tree_show_every_task() {
    introspection::enable();
    let child = Task::builder().name("child").spawn(sleep(60));
    let parent = Task::builder().name("parent").spawn(child);
    sleep(0).await;
    sleep(0).await;
    let graph = capture_call_graph();
    let table = graph.table();
    let row = |name| {
        let named = |line: &&str| line.split_whitespace().nth(1) == Some(name);
        table
            .lines()
            .find(named)
            .unwrap_or_else(|| panic!("{table}"))
    };
    assert!(row("parent").contains(" waiting "), "{table}");
    assert!(row("parent").ends_with("task `child`"), "{table}");
    assert!(
        row("child").ends_with("parent      sleep, 60.000 s left"),
        "{table}"
    );
    let tree = graph.to_string();
    let lines: Vec<&str> = tree.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.contains("(T) parent"))
        .unwrap();
    assert!(lines[at + 1].contains("└── (T) child "), "{tree}");
    assert!(lines[at + 2].contains("└── sleep, 60.000 s left"), "{tree}");
    parent.cancel();
}
