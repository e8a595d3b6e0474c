//! `asyncio ps` and `asyncio pstree`, asked of real processes. (Without the harness of `cargo test`: this
//! program is also the one that is asked.)

#[cfg(not(unix))]
fn main() {}

#[cfg(unix)]
fn main() {
    match std::env::args().nth(1) {
        // `cargo test` may pass options of the harness.
        Some(case) if !case.starts_with('-') => programs::run(&case),
        _ => unix::all(),
    }
}

/// The programs that are asked. Each says `ready` and ends when its input does.
#[cfg(unix)]
mod programs {
    use asyncio::{Event, Lock, Queue, Task, gather, introspection, sleep, timeout, to_thread};
    use std::io::Read;
    use std::sync::Arc;
    use std::time::Duration;

    pub(super) fn run(case: &str) {
        match case {
            "served" => asyncio::run(async {
                let _serving = introspection::serve().expect("the socket can be made");
                waits().await;
            }),
            "environment" => asyncio::run(waits()),
            "blocked" => asyncio::run(async {
                let _serving = introspection::serve().expect("the socket can be made");
                sleep(0).await;
                until_input_ends();
            }),
            "deadlock" => asyncio::run(deadlock()),
            "stuck" => {
                std::thread::spawn(|| {
                    std::thread::sleep(Duration::from_millis(50));
                    until_input_ends();
                    std::process::exit(0);
                });
                asyncio::run(stuck());
            }
            "tokio" => {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_time()
                    .build();
                runtime.expect("a runtime can be made").block_on(async {
                    let task = Task::builder().name("plain").spawn(sleep(600));
                    tokio::task::yield_now().await;
                    tokio::task::spawn_blocking(until_input_ends).await.unwrap();
                    task.cancel();
                });
            }
            other => panic!("{other}"),
        }
    }

    fn until_input_ends() {
        println!("ready");
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    }

    async fn waits() {
        let event = Arc::new(Event::new());
        let other = event.clone();
        let task = Task::builder().name("fetcher").spawn(async move {
            let limited = timeout(600, other.wait());
            let both = gather!(limited = limited, pause = sleep(300)).await;
            both.is_ok()
        });
        let _watcher = Task::builder().name("watcher").spawn(task);
        sleep(0.001).await;
        to_thread(until_input_ends).await;
    }

    /// Each waits for the other to put something.
    async fn stuck() {
        let queues = [Arc::new(Queue::<u32>::new(1)), Arc::new(Queue::new(1))];
        let pass_on = |name, from: usize, to: usize| {
            let (from, to) = (queues[from].clone(), queues[to].clone());
            Task::builder().name(name).spawn(async move {
                let item = from.get().await.unwrap();
                to.put(item).await.unwrap();
            })
        };
        let (left, right) = (pass_on("left", 0, 1), pass_on("right", 1, 0));
        gather!(left, right).await.unwrap();
    }

    async fn deadlock() {
        let locks = [Arc::new(Lock::new(())), Arc::new(Lock::new(()))];
        for (name, one, two) in [("left", 0, 1), ("right", 1, 0)] {
            let (one, two) = (locks[one].clone(), locks[two].clone());
            drop(Task::builder().name(name).spawn(async move {
                let _one = one.acquire().await;
                sleep(0).await;
                let _two = two.acquire().await;
            }));
        }
        sleep(Duration::from_millis(1)).await;
        to_thread(until_input_ends).await;
    }
}

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::io::{BufRead, BufReader, Read, Write};
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixStream;
    use std::path::PathBuf;
    use std::process::{Child, Command, Stdio};

    /// A directory for the sockets of one test, as `$XDG_RUNTIME_DIR`.
    struct Directory(PathBuf);

    impl Directory {
        fn new(name: &str) -> Self {
            let name = format!("asyncio-cli-{}-{name}", std::process::id());
            let path = std::env::temp_dir().join(name);
            fs::create_dir(&path).unwrap();
            Directory(path)
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    struct Program<'a> {
        child: Child,
        directory: &'a Directory,
    }

    impl<'a> Program<'a> {
        fn start(case: &str, directory: &'a Directory, environment: Option<&str>) -> Self {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.arg(case).env("XDG_RUNTIME_DIR", &directory.0);
            match environment {
                Some(value) => command.env("ASYNCIO_INTROSPECT", value),
                None => command.env_remove("ASYNCIO_INTROSPECT"),
            };
            let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut child = piped.spawn().unwrap();
            let mut line = String::new();
            let mut lines = BufReader::new(child.stdout.as_mut().unwrap());
            lines.read_line(&mut line).unwrap();
            assert_eq!(line, "ready\n");
            Program { child, directory }
        }

        fn socket(&self) -> PathBuf {
            let name = format!("asyncio/{}.sock", self.child.id());
            self.directory.0.join(name)
        }

        fn ask(&self, command: &str) -> String {
            let (success, text, errors) =
                asyncio(self.directory, &[command, &self.child.id().to_string()]);
            assert!(success, "{errors}");
            text
        }

        fn end(mut self) -> PathBuf {
            let socket = self.socket();
            drop(self.child.stdin.take());
            assert!(self.child.wait().unwrap().success());
            socket
        }
    }

    /// Runs the command: whether it succeeded, and what it wrote.
    fn asyncio(directory: &Directory, arguments: &[&str]) -> (bool, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_asyncio"));
        let command = command.args(arguments).env("XDG_RUNTIME_DIR", &directory.0);
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.success(),
            text(output.stdout),
            text(output.stderr),
        )
    }

    pub(super) fn all() {
        type Case = fn(&Directory);
        let cases: [(&str, Case); 8] = [
            ("ps_is_a_table_of_the_tasks", table),
            ("pstree_is_a_tree_of_them", tree),
            (
                "the_socket_is_the_users_own_and_goes_with_the_program",
                private,
            ),
            ("the_environment_is_enough", environment),
            ("a_program_that_blocks_its_loop_answers", blocked),
            ("a_deadlock_is_named", deadlock),
            ("a_deadlock_of_queues_is_possible", stuck),
            ("who_cannot_be_asked_is_told_apart", refusals),
        ];
        for (name, case) in cases {
            case(&Directory::new(name));
            println!("test {name} ... ok");
        }
    }

    fn table(directory: &Directory) {
        let program = Program::start("served", directory, None);
        let text = program.ask("ps");
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("task id  task name"), "{text}");
        let row = |name| {
            let named = |line: &&&str| line.split_whitespace().nth(1) == Some(name);
            *lines.iter().find(named).unwrap_or_else(|| panic!("{text}"))
        };
        let fetcher = row("fetcher");
        assert!(
            fetcher.contains("waiting") && fetcher.contains("watcher"),
            "{text}"
        );
        assert!(fetcher.contains("cli/tests/ps.rs:"), "{text}");
        assert!(fetcher.contains("-> limited -> timeout"), "{text}");
        assert!(fetcher.contains("-> Event.wait #"), "{text}");
        assert!(fetcher.contains("-> pause -> sleep, 29"), "{text}");
        assert!(row("watcher").ends_with("task `fetcher`"), "{text}");
        assert!(row("Task-1").ends_with("to_thread"), "{text}");
        program.end();
    }

    fn tree(directory: &Directory) {
        let program = Program::start("served", directory, None);
        let text = program.ask("pstree");
        let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
        assert!(at("└── (T) watcher") < at("    └── (T) fetcher"));
        assert!(at("(T) fetcher") < at("        └── gather! cli/tests/ps.rs:"));
        assert!(at("            ├── limited") < at("            └── pause"));
        assert!(!text.contains("deadlock"), "{text}");
        program.end();
    }

    fn private(directory: &Directory) {
        let program = Program::start("served", directory, None);
        let mode = |path: &PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&program.socket()), 0o600);
        assert_eq!(mode(&directory.0.join("asyncio")), 0o700);
        let listed = asyncio(directory, &["ps"]).1;
        assert!(
            listed.starts_with(&format!("{} ", program.child.id())),
            "{listed}"
        );
        let mut raw = UnixStream::connect(program.socket()).unwrap();
        raw.write_all(b"top\n").unwrap();
        let mut answer = String::new();
        raw.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "asyncio 1 error unknown command `top`\n");
        let socket = program.end();
        assert!(!socket.exists());
    }

    fn environment(directory: &Directory) {
        let program = Program::start("environment", directory, Some("1"));
        assert!(program.ask("ps").contains("fetcher"));
        assert!(!program.end().exists());
        let program = Program::start("tokio", directory, Some("1"));
        assert!(program.ask("ps").contains(" plain "));
        let left = program.end();
        // Nobody took that one away; the next one does.
        assert!(left.exists());
        let program = Program::start("environment", directory, Some("1"));
        assert!(!left.exists());
        program.end();
    }

    fn blocked(directory: &Directory) {
        let program = Program::start("blocked", directory, None);
        let text = program.ask("ps");
        let main = text.lines().find(|line| line.contains("Task-1")).unwrap();
        assert!(main.contains("running"), "{text}");
        program.end();
    }

    fn deadlock(directory: &Directory) {
        let program = Program::start("deadlock", directory, Some("1"));
        for command in ["ps", "pstree"] {
            let text = program.ask(command);
            let (_, found) = text
                .split_once("deadlock: ")
                .unwrap_or_else(|| panic!("{text}"));
            assert!(found.contains("`left` waits for Lock.acquire #"), "{text}");
            assert!(found.contains("held by `right`"), "{text}");
            assert!(found.contains("`right` waits for Lock.acquire #"), "{text}");
        }
        program.end();
    }

    fn stuck(directory: &Directory) {
        let program = Program::start("stuck", directory, Some("1"));
        let text = program.ask("ps");
        let (_, found) = text
            .split_once("possibly a deadlock: ")
            .unwrap_or_else(|| panic!("{text}"));
        assert!(found.contains("`left` waits for Queue.get #"), "{text}");
        assert!(found.contains("`right` waits for Queue.get #"), "{text}");
        program.end();
    }

    fn refusals(directory: &Directory) {
        let program = Program::start("environment", directory, Some("0"));
        let pid = program.child.id().to_string();
        let (success, _, errors) = asyncio(directory, &["ps", &pid]);
        assert!(
            !success && errors.contains("does not answer: it needs"),
            "{errors}"
        );
        program.end();
        let (success, _, errors) = asyncio(directory, &["pstree", &pid]);
        assert!(
            !success && errors.contains(&format!("no process {pid}")),
            "{errors}"
        );
        let (success, _, errors) = asyncio(directory, &["pstree"]);
        assert!(
            !success && errors.contains("needs the number of a process"),
            "{errors}"
        );
    }
}
