//! Debug mode: what it tells of, and of what it does not.

use asyncio::{
    Runner, create_task, gather, get_running_loop, set_exception_handler, shield, sleep, wait_first,
};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use tracing_subscriber::fmt::MakeWriter;

/// Collects what is logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Lines;

    fn make_writer(&'a self) -> Lines {
        self.clone()
    }
}

/// What is logged in there, line by line.
fn logged(run: impl FnOnce()) -> Vec<String> {
    logged_from(tracing::Level::INFO, run)
}

fn logged_from(level: tracing::Level, run: impl FnOnce()) -> Vec<String> {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(lines.clone())
        .without_time()
        .with_ansi(false)
        .finish();
    tracing::subscriber::with_default(subscriber, run);
    let bytes = lines.0.lock().unwrap().clone();
    let text = String::from_utf8(bytes).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Without what takes so long on a machine that is busy.
fn lines_about<'a>(lines: &'a [String], what: &str) -> Vec<&'a String> {
    lines.iter().filter(|line| line.contains(what)).collect()
}

fn block(millis: u64) {
    thread::sleep(Duration::from_millis(millis));
}

/// B-030
#[test]
fn slow_polls_are_told_of_with_task_and_place() {
    let lines = logged(|| {
        Runner::new()
            .debug(true)
            .slow_callback_duration(0.05)
            .run(async {
                let task = asyncio::Task::builder().name("busy").spawn(async {
                    sleep(0).await;
                    block(60);
                });
                task.await.unwrap();
            });
    });
    let busy = lines_about(&lines, "task `busy`");
    assert_eq!(busy.len(), 1, "{lines:?}");
    let line = busy[0];
    assert!(
        line.contains("WARN asyncio: executing task `busy`, spawned at "),
        "{line}"
    );
    assert!(
        line.contains("tests/debug.rs:") && line.contains(", took 0.0"),
        "{line}"
    );
    assert!(line.ends_with(" seconds"), "{line}");
}

#[test]
fn a_slow_branch_is_named() {
    let lines = logged(|| {
        Runner::new()
            .debug(true)
            .slow_callback_duration(0.05)
            .run(async {
                gather!(sleep(0.001), async {
                    gather!(sleep(0), sleep(0), block_soon()).await;
                })
                .await;
            });
    });
    let slow = lines_about(&lines, "branch");
    assert_eq!(slow.len(), 1, "{lines:?}");
    let line = slow[0];
    assert!(line.contains(" of them in branch `async {"), "{line}");
    assert!(
        line.contains(" of gather! at runtime/tests/debug.rs:"),
        "{line}"
    );
    assert!(
        line.contains(", therein branch `block_soon()` of gather! at "),
        "{line}"
    );
}

#[test]
fn a_slow_branch_is_named_wherever_it_stands() {
    async fn quick() {
        sleep(0.001).await;
    }
    let lines = logged(|| {
        let mut runner = Runner::new().debug(true).slow_callback_duration(0.05);
        runner.run(async {
            // More than a tuple has.
            gather!(
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                quick(),
                block_soon(),
                quick(),
            )
            .await;
            wait_first!(if let _ = sleep(9) {
            } else if let _ = block_soon() {
            });
            gather!(
                ..(0..3).map(|n| async move {
                    sleep(0.001).await;
                    block(60 * (n / 2));
                })
            )
            .await;
        });
    });
    let slow = lines_about(&lines, "branch");
    let names = [
        "branch `block_soon()` of gather!",
        "branch `block_soon()` of wait_first!",
    ];
    assert_eq!(slow.len(), 3, "{lines:?}");
    assert!(
        slow[0].contains(names[0]) && slow[1].contains(names[1]),
        "{lines:?}"
    );
    assert!(slow[2].contains("branch 2"), "{lines:?}");
}

async fn block_soon() {
    sleep(0.002).await;
    block(60);
}

#[test]
fn slow_callbacks_are_told_of() {
    let lines = logged(|| {
        Runner::new()
            .debug(true)
            .slow_callback_duration(0.05)
            .run(async {
                get_running_loop().call_soon(|| block(60));
                get_running_loop().call_later(0.001, || block(60));
                sleep(0.002).await;
            });
    });
    assert_eq!(
        lines_about(&lines, "executing the callback scheduled at ").len(),
        2,
        "{lines:?}"
    );
}

#[test]
fn without_debug_mode_nothing_is_told() {
    let lines = logged(|| {
        Runner::new().slow_callback_duration(0.01).run(async {
            block(20);
            drop(create_task(async { 1 }));
            drop(create_task(sleep(60)));
            sleep(0).await;
        });
    });
    assert_eq!(lines, [""; 0]);
}

#[test]
fn it_is_of_one_loop_and_ends_with_it() {
    let lines = logged(|| {
        let mut debugged = Runner::new().debug(true).slow_callback_duration(0.01);
        debugged.run(async {});
        Runner::new()
            .slow_callback_duration(0.01)
            .run(async { block(20) });
        drop(debugged);
    });
    assert_eq!(lines, [""; 0]);
}

#[test]
fn it_can_be_turned_on_and_off() {
    let lines = logged(|| {
        asyncio::run(async {
            let event_loop = get_running_loop();
            assert!(!event_loop.get_debug());
            assert_eq!(
                event_loop.slow_callback_duration(),
                Duration::from_millis(100)
            );
            event_loop.set_debug(true);
            event_loop.set_slow_callback_duration(0.05);
            assert!(event_loop.get_debug());
            assert_eq!(
                event_loop.slow_callback_duration(),
                Duration::from_millis(50)
            );
            sleep(0).await;
            block(60); // told of when this poll ends
            sleep(0).await;
            event_loop.set_debug(false);
            block(60);
            sleep(0).await;
        });
    });
    assert_eq!(lines_about(&lines, "executing").len(), 1, "{lines:?}");
}

#[test]
fn tasks_that_still_run_at_the_end_are_told_of() {
    let lines = logged(|| {
        Runner::new()
            .debug(true)
            .slow_callback_duration(60)
            .run(async {
                drop(asyncio::Task::builder().name("leaked").spawn(sleep(60)));
                let awaited = asyncio::Task::builder().name("awaited").spawn(sleep(60));
                let _ = asyncio::timeout(0.001, awaited).await;
                create_task(async {}).await.unwrap();
            });
    });
    assert_eq!(lines.len(), 2, "{lines:?}");
    let end = "was still running when the main task ended";
    assert!(lines[0].contains("task `leaked`"), "{lines:?}");
    assert!(
        lines[0].ends_with(&format!("{end}, and nobody ever awaited it")),
        "{lines:?}"
    );
    assert!(
        lines[1].contains("task `awaited`") && lines[1].ends_with(end),
        "{lines:?}"
    );
}

#[test]
fn values_that_nobody_awaited_are_told_of() {
    let lines = logged(|| {
        Runner::new()
            .debug(true)
            .slow_callback_duration(60)
            .run(async {
                let never = asyncio::Task::builder()
                    .name("never awaited")
                    .spawn(async { 1 });
                drop(asyncio::Task::builder().name("detached").spawn(async { 1 }));
                drop(create_task(async {})); // gives nothing to wait for
                create_task(async { 1 }).await.unwrap();
                shield(async { 1 }).await;
                sleep(0).await;
                drop(never);
            });
    });
    assert_eq!(lines.len(), 2, "{lines:?}");
    for (line, name) in lines.iter().zip(["detached", "never awaited"]) {
        let start = format!("task `{name}`, spawned at ");
        assert!(line.contains(&start), "{line}");
        assert!(
            line.ends_with(", gave a value, and nobody ever awaited it"),
            "{line}"
        );
    }
}

/// An `Err` that nobody retrieved is told of in any mode, once.
#[test]
fn failures_are_told_of_as_ever() {
    let count = Arc::new(Mutex::new(0));
    let counted = count.clone();
    set_exception_handler(Some(Box::new(move |_| *counted.lock().unwrap() += 1)));
    let lines = logged(|| {
        Runner::new()
            .debug(true)
            .slow_callback_duration(60)
            .run(async {
                drop(create_task(async { Err::<(), _>("on purpose") }));
                sleep(0).await;
            });
    });
    set_exception_handler(None);
    assert_eq!(lines, [""; 0]);
    assert_eq!(*count.lock().unwrap(), 1);
}

#[test]
fn the_environment_turns_it_on() {
    // In a process of its own, which runs the test below.
    let run = |value: &str| {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "blocks_for_a_while",
                "--include-ignored",
                "--nocapture",
            ])
            .env("ASYNCIO_DEBUG", value)
            .output()
            .unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(run("1").contains("asyncio: executing task `Task-"));
    assert_eq!(run("0"), "");
    assert_eq!(run(""), "");
}

#[test]
#[ignore = "a part of `the_environment_turns_it_on`"]
fn blocks_for_a_while() {
    asyncio::run(async { block(110) });
}

#[cfg(feature = "tracing-spans")]
mod spans {
    use super::*;
    use asyncio::to_thread;
    use tracing::{info, info_span};

    #[test]
    fn a_task_is_in_the_span_of_where_it_was_spawned() {
        let lines = logged(|| {
            asyncio::run(async {
                let (a, b) = info_span!("request", id = 7).in_scope(|| {
                    let a = create_task(async {
                        info!("first");
                        sleep(0.001).await;
                        info!("second");
                        create_task(async { info!("inner") }).await.unwrap();
                    });
                    (a, create_task(async { info!("beside") }))
                });
                info!("outside");
                let _ = gather!(a, b).await;
            });
        });
        let request = |what| format!(" INFO request{{id=7}}: debug::spans: {what}");
        assert_eq!(lines[0], " INFO debug::spans: outside");
        assert_eq!(
            lines[1..],
            ["first", "beside", "second", "inner"].map(request)
        );
    }

    #[test]
    fn a_task_has_a_span_of_its_own_where_that_is_wanted() {
        let lines = logged_from(tracing::Level::DEBUG, || {
            asyncio::run(async {
                let task = info_span!("request", id = 7).in_scope(|| {
                    asyncio::Task::builder().name("fetcher").spawn(async {
                        sleep(0.001).await;
                        info!("fetched");
                    })
                });
                task.await.unwrap();
            });
        });
        assert_eq!(lines.len(), 1, "{lines:?}");
        let line = &lines[0];
        assert!(
            line.starts_with(" INFO task{name=Task-"),
            "the main task: {line}"
        );
        let spans = "}:request{id=7}:task{name=fetcher spawned_at=runtime/tests/debug.rs:";
        assert!(line.contains(spans), "{line}");
        assert!(line.ends_with("}: debug::spans: fetched"), "{line}");
    }

    #[test]
    fn to_thread_is_in_the_span_of_whoever_awaits() {
        let lines = logged(|| {
            // Here the subscriber is this thread's alone: the other one borrows it.
            let dispatch = tracing::dispatcher::get_default(Clone::clone);
            asyncio::run(async {
                let call = to_thread(move || {
                    tracing::dispatcher::with_default(&dispatch, || info!("on a thread"));
                });
                let task = info_span!("request").in_scope(|| create_task(call));
                task.await.unwrap();
            });
        });
        assert_eq!(lines, [" INFO request: debug::spans: on a thread"]);
    }
}
