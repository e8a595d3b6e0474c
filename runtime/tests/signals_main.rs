//! Signals of a process whose loop runs on the main thread, each case in a process of its own: what they
//! do by default is to end it. (Without the harness of `cargo test`, which runs tests on other threads.)

#[cfg(not(unix))]
fn main() {}

#[cfg(unix)]
fn main() {
    unix::main();
}

#[cfg(unix)]
mod unix {
    use asyncio::{Runner, get_running_loop, sleep};
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::low_level::raise;
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Command, ExitStatus};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    pub(super) fn main() {
        match std::env::args().nth(1).as_deref() {
            Some("interrupt") => interrupt(),
            Some("terminate") => terminate(),
            Some("terminate after the run") => terminate_after_the_run(),
            _ => {
                assert!(run("interrupt").success());
                assert_eq!(run("terminate").signal(), Some(SIGTERM));
                assert_eq!(run("terminate after the run").signal(), Some(SIGTERM));
            }
        }
    }

    fn run(case: &str) -> ExitStatus {
        // A shell has what it runs in the background ignore interrupts.
        let mut command = Command::new("env");
        command.arg("--default-signal=INT");
        command.arg(std::env::current_exe().unwrap()).arg(case);
        command.status().unwrap()
    }

    /// B-311, B-320: while a handler is there, it and not the runner has the signal.
    fn interrupt() {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = count.clone();
        let ended = Runner::new().try_run(async {
            let event_loop = get_running_loop();
            let handler = move || {
                counter.fetch_add(1, Ordering::Relaxed);
            };
            event_loop.add_signal_handler(SIGINT, handler).unwrap();
            for times in 1..=2 {
                raise(SIGINT).unwrap();
                while count.load(Ordering::Relaxed) < times {
                    sleep(0.001).await;
                }
            }
            sleep(0.05).await; // not cancelled, though interrupted twice
            assert!(event_loop.remove_signal_handler(SIGINT));
            raise(SIGINT).unwrap();
            sleep(60).await;
        });
        assert!(ended.is_err(), "the runner has it again");
        assert_eq!(count.load(Ordering::Relaxed), 2);
    }

    /// B-320: without its handler a signal does again what it does by default.
    fn terminate() {
        asyncio::run(async {
            let event_loop = get_running_loop();
            event_loop.add_signal_handler(SIGTERM, || ()).unwrap();
            raise(SIGTERM).unwrap();
            sleep(0.05).await;
            assert!(event_loop.remove_signal_handler(SIGTERM));
            raise(SIGTERM).unwrap();
            sleep(60).await;
        });
    }

    /// The handlers of a loop end with it.
    fn terminate_after_the_run() {
        asyncio::run(async {
            get_running_loop()
                .add_signal_handler(SIGTERM, || ())
                .unwrap();
        });
        raise(SIGTERM).unwrap();
        std::thread::sleep(Duration::from_secs(60));
    }
}
