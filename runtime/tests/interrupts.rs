//! Ctrl-C and the end of a run, each case in a process of its own that gets real signals. (Without the
//! harness of `cargo test`, which runs tests on other threads than the main one.)

#[cfg(not(unix))]
fn main() {}

#[cfg(unix)]
fn main() {
    match std::env::args().nth(1) {
        // `cargo test` may pass options of the harness.
        Some(case) if !case.starts_with('-') => unix::child(&case),
        _ => unix::parent(),
    }
}

#[cfg(unix)]
mod unix {
    use asyncio::{Runner, Task, create_task, finally, sleep};
    use std::future::pending;
    use std::io::{BufRead, BufReader, Read};
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Child, Command, ExitStatus, Stdio};
    use std::time::{Duration, Instant};

    const SIGINT: i32 = 2;

    /// What became of a child.
    struct Ended {
        status: ExitStatus,
        lines: Vec<String>,
        errors: String,
        took: Duration,
    }

    /// Runs a case; sends an interrupt each time it says `ready`.
    fn run(case: &str) -> Ended {
        let started = Instant::now();
        // A shell has what it runs in the background ignore interrupts.
        let mut child = Command::new("env")
            .arg("--default-signal=INT")
            .arg(std::env::current_exe().unwrap())
            .arg(case)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = Vec::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            match line.unwrap() {
                line if line == "ready" => interrupt(&child),
                line => lines.push(line),
            }
        }
        let mut errors = String::new();
        let mut stderr = child.stderr.take().unwrap();
        stderr.read_to_string(&mut errors).unwrap();
        Ended {
            status: child.wait().unwrap(),
            lines,
            errors,
            took: started.elapsed(),
        }
    }

    fn interrupt(child: &Child) {
        let pid = child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status().unwrap();
        assert!(sent.success());
    }

    pub(super) fn parent() {
        the_first_lets_cleanup_run("first");
        the_first_lets_cleanup_run("first, multi-threaded");
        the_second_stops_at_once();
        a_blocked_loop_is_stopped_as_well();
        while_leftovers_are_cleaned_up_one_is_enough();
        try_run_gives_an_error();
        a_value_that_came_before_stands();
        the_grace_limit_holds_after_an_interrupt();
        not_on_the_main_thread();
        not_after_the_run();
        cleanup_that_cannot_run_is_reported();
        a_program_may_handle_them_itself("own handler");
        a_program_may_handle_them_itself("own handler, later");
    }

    pub(super) fn child(case: &str) {
        match case {
            "first" => asyncio::run(main_and_task()),
            "first, multi-threaded" => Runner::new().multi_thread().run(main_and_task()),
            "second" => asyncio::run(async {
                let _guard = finally(async {
                    println!("ready");
                    sleep(60).await;
                });
                println!("ready");
                pending::<()>().await;
            }),
            "blocked" => asyncio::run(async {
                let _task = Task::builder().name("stubborn").spawn(async {
                    println!("ready");
                    std::thread::sleep(Duration::from_millis(100));
                    println!("ready");
                    std::thread::sleep(Duration::from_secs(60));
                });
                pending::<()>().await;
            }),
            "leftover" => asyncio::run(async {
                drop(create_task(async {
                    let _guard = finally(async {
                        println!("ready");
                        sleep(60).await;
                    });
                    pending::<()>().await;
                }));
                sleep(0.01).await;
            }),
            "try_run" => try_run(),
            "value" => value(),
            "grace" => {
                let ended = Runner::new().grace(0.05).try_run(async {
                    let _guard = finally(pending());
                    println!("ready");
                    pending::<()>().await;
                });
                println!("{ended:?}");
            }
            "thread" => {
                let run = || asyncio::run(main_and_task());
                std::thread::spawn(run).join().unwrap();
            }
            "after" => {
                asyncio::run(async {});
                println!("ready");
                std::thread::sleep(Duration::from_secs(60));
            }
            "own handler" => own_handler(),
            "own handler, later" => {
                asyncio::run(async {}); // that listened
                own_handler();
            }
            "end" => asyncio::run(async {
                tokio::spawn(async {
                    let _guard = finally(async { println!("cleaned") });
                    pending::<()>().await;
                });
                sleep(0.01).await;
            }),
            other => panic!("no case `{other}`"),
        }
        println!("ended");
    }

    async fn main_and_task() {
        drop(create_task(async {
            let _guard = finally(async {
                sleep(0.01).await;
                println!("task cleaned");
            });
            pending::<()>().await;
        }));
        let _guard = finally(async {
            sleep(0.01).await;
            println!("main cleaned");
        });
        sleep(0.01).await;
        println!("ready");
        pending::<()>().await;
    }

    fn own_handler() {
        let heard = Runner::new().interrupts(false).run(async {
            let heard = create_task(tokio::signal::ctrl_c());
            sleep(0.01).await;
            println!("ready");
            heard.await.unwrap().unwrap();
            sleep(0.01).await;
            "nobody cancelled me"
        });
        println!("{heard}");
    }

    fn a_program_may_handle_them_itself(case: &str) {
        let ended = run(case);
        assert_eq!(ended.lines, ["nobody cancelled me", "ended"], "{case}");
        assert!(ended.status.success(), "{case}: {}", ended.errors);
    }

    /// B-311, B-316: background tasks are cancelled by the end of the run, not by the signal.
    fn the_first_lets_cleanup_run(case: &str) {
        let ended = run(case);
        assert_eq!(ended.lines, ["main cleaned", "task cleaned"], "{case}");
        assert_eq!(ended.status.signal(), Some(SIGINT), "{case}");
        assert_eq!(ended.errors, "", "{case}");
    }

    /// B-313.
    fn the_second_stops_at_once() {
        let ended = run("second");
        assert_eq!(ended.status.signal(), Some(SIGINT));
        assert!(ended.took < Duration::from_secs(10));
        let errors = ended.errors;
        assert!(errors.contains("interrupted: stopping at once"), "{errors}");
        assert!(errors.contains("cleanup from"), "{errors}");
        assert!(errors.contains("interrupts.rs"), "{errors}");
        assert!(
            errors.contains("did not end: its scope was stopped"),
            "{errors}"
        );
        assert_eq!(ended.lines, [] as [&str; 0]);
    }

    fn a_blocked_loop_is_stopped_as_well() {
        let ended = run("blocked");
        assert_eq!(ended.status.signal(), Some(SIGINT));
        assert!(ended.took < Duration::from_secs(10));
        let errors = ended.errors;
        assert!(errors.contains("task `stubborn`, spawned at "), "{errors}");
    }

    fn while_leftovers_are_cleaned_up_one_is_enough() {
        let ended = run("leftover");
        assert_eq!(ended.status.signal(), Some(SIGINT));
        assert!(ended.took < Duration::from_secs(10));
        let errors = ended.errors;
        assert!(
            errors.contains("did not end: its scope was stopped"),
            "{errors}"
        );
    }

    fn try_run() {
        let mut runner = Runner::new();
        let ended = runner.try_run(main_and_task());
        assert_eq!(ended.unwrap_err().to_string(), "interrupted");
        println!("and again");
        let ended = runner.try_run(main_and_task());
        assert_eq!(ended.unwrap_err().to_string(), "interrupted");
        assert_eq!(runner.try_run(async { 7 }), Ok(7));
    }

    /// Each run has its own first interrupt.
    fn try_run_gives_an_error() {
        let ended = run("try_run");
        let cleaned = ["main cleaned", "task cleaned"];
        let expected = [&cleaned[..], &["and again"], &cleaned, &["ended"]].concat();
        assert_eq!(ended.lines, expected);
        assert!(ended.status.success());
    }

    fn value() {
        let value = asyncio::run(async {
            let _guard = finally(async {
                println!("ready");
                sleep(0.3).await;
                println!("cleaned");
            });
            7
        });
        println!("{value}");
    }

    /// B-312, as far as there is something like it: the body had come to its end.
    fn a_value_that_came_before_stands() {
        let ended = run("value");
        assert_eq!(ended.lines, ["cleaned", "7", "ended"]);
        assert!(ended.status.success());
    }

    /// B-305: CPython would wait for ever.
    fn the_grace_limit_holds_after_an_interrupt() {
        let ended = run("grace");
        assert_eq!(ended.lines, ["Err(KeyboardInterrupt)", "ended"]);
        assert!(
            ended.errors.contains("its scope was stopped"),
            "{}",
            ended.errors
        );
    }

    /// B-318: nothing is installed there, so the signal does what it does by default.
    fn not_on_the_main_thread() {
        let ended = run("thread");
        assert_eq!(ended.status.signal(), Some(SIGINT));
        assert_eq!(ended.lines, [] as [&str; 0]);
    }

    /// B-317.
    fn not_after_the_run() {
        let ended = run("after");
        assert_eq!(ended.status.signal(), Some(SIGINT));
    }

    /// A foreign task that is left when the runtime ends: nobody can run its cleanup any more.
    fn cleanup_that_cannot_run_is_reported() {
        let ended = run("end");
        assert_eq!(ended.lines, ["ended"]);
        let expected = "did not run: there is no runtime, or it is shutting down";
        assert!(ended.errors.contains(expected), "{}", ended.errors);
    }
}
