//! Subprocesses: real ones, so on the real clock.
#![cfg(unix)]

use asyncio::subprocess::{DEVNULL, PIPE, ProcessLookupError, STDOUT};
use asyncio::{
    Process, create_subprocess_exec, create_subprocess_shell, create_task, gather, sleep, timeout,
    with,
};
use std::io;
use tokio::signal::unix::SignalKind;

const NONE: [&str; 0] = [];

async fn cat() -> Process {
    create_subprocess_exec("cat", NONE)
        .stdin(PIPE)
        .stdout(PIPE)
        .await
        .unwrap()
}

async fn sleeper() -> Process {
    create_subprocess_exec("sleep", ["60"]).await.unwrap()
}

/// Whether there is such a process, a zombie among them.
async fn exists(pid: u32) -> bool {
    create_subprocess_shell(format!("kill -0 {pid}"))
        .stderr(DEVNULL)
        .await
        .unwrap()
        .wait()
        .await
        == 0
}

/// Waits until there is no such process; the reaper of a dropped one is a task in the background.
async fn gone(pid: u32) {
    timeout(10, async {
        while exists(pid).await {
            sleep(0.01).await;
        }
    })
    .await
    .expect("it is still there");
}

#[asyncio::test(real_time)]
async fn arguments_environment_and_directory() {
    let script = "echo \"$0 $1 $NAME\"; pwd";
    let mut process = create_subprocess_exec("sh", ["-c", script, "zero", "one"])
        .env("NAME", "value")
        .cwd("/")
        .stdout(PIPE)
        .await
        .unwrap();
    let (out, err) = process.communicate("").await.unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), "zero one value\n/\n");
    assert_eq!(err, b"");
    assert_eq!(process.returncode(), Some(0));
}

#[asyncio::test(real_time)]
async fn the_environment_can_be_replaced() {
    let mut process = create_subprocess_exec("/usr/bin/env", NONE)
        .env("NOT", "this")
        .envs_only([("ONLY", "that")])
        .stdout(PIPE)
        .await
        .unwrap();
    let (out, _) = process.communicate("").await.unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), "ONLY=that\n");
}

#[asyncio::test(real_time)]
async fn a_program_that_is_not_there() {
    let error = create_subprocess_exec("/no/such/program", NONE)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    let text = error.to_string();
    assert!(
        text.starts_with("cannot run `/no/such/program`: "),
        "{text}"
    );
    let error = create_subprocess_exec("cat", NONE)
        .cwd("/no/such/place")
        .await;
    let text = error.unwrap_err().to_string();
    assert!(
        text.starts_with("cannot run `cat` in `/no/such/place`: "),
        "{text}"
    );
}

#[asyncio::test(real_time)]
async fn talking_to_a_process() {
    let mut cat = cat().await;
    let stdin = cat.stdin.take().unwrap();
    let mut stdout = cat.stdout.take().unwrap();
    for line in ["one\n", "two\n"] {
        stdin.write(line).unwrap();
        assert_eq!(stdout.readline().await.unwrap(), line.as_bytes());
    }
    assert_eq!(cat.returncode(), None);
    stdin.write_eof().unwrap();
    assert_eq!(stdout.readline().await.unwrap(), b"");
    assert_eq!(cat.wait().await, 0);
}

#[asyncio::test(real_time)]
async fn communicate_does_not_deadlock() {
    let mut cat = cat().await;
    let input: Vec<u8> = (0..3_000_000_u32).map(|i| i as u8).collect();
    let (out, _) = cat.communicate(&input).await.unwrap();
    assert!(out == input);
}

#[asyncio::test(real_time)]
async fn communicate_ignores_that_the_input_is_not_wanted() {
    let mut process = create_subprocess_shell("exec <&-; echo done")
        .stdin(PIPE)
        .stdout(PIPE)
        .await
        .unwrap();
    let (out, _) = process.communicate(vec![0; 1 << 20]).await.unwrap();
    assert_eq!(out, b"done\n");
    assert_eq!(process.returncode(), Some(0));
}

#[asyncio::test(real_time)]
async fn input_without_a_pipe_is_refused() {
    let mut process = create_subprocess_shell("true")
        .stdin(DEVNULL)
        .await
        .unwrap();
    let error = process.communicate("x").await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);

    let mut cat = cat().await;
    cat.communicate("once").await.unwrap();
    let error = cat.communicate("twice").await.unwrap_err();
    assert!(error.get_ref().unwrap().is::<asyncio::InvalidStateError>());
}

#[asyncio::test(real_time)]
async fn standard_error_has_a_pipe_or_shares_one() {
    let both = "echo out; echo err >&2";
    let mut process = create_subprocess_shell(both)
        .stdout(PIPE)
        .stderr(PIPE)
        .await
        .unwrap();
    let output = process.communicate("").await.unwrap();
    assert_eq!(output, (b"out\n".to_vec(), b"err\n".to_vec()));

    let mut process = create_subprocess_shell(both)
        .stdout(PIPE)
        .stderr(STDOUT)
        .await
        .unwrap();
    assert!(process.stderr.is_none());
    let output = process.communicate("").await.unwrap();
    assert_eq!(output, (b"out\nerr\n".to_vec(), vec![]));

    let mut process = create_subprocess_shell(both)
        .stdout(DEVNULL)
        .stderr(PIPE)
        .await
        .unwrap();
    let output = process.communicate("").await.unwrap();
    assert_eq!(output, (vec![], b"err\n".to_vec()));

    let error = create_subprocess_shell(both).stdout(STDOUT).await;
    assert_eq!(error.unwrap_err().kind(), io::ErrorKind::InvalidInput);
}

#[asyncio::test(real_time)]
async fn output_to_a_file() {
    let path = std::env::temp_dir().join(format!("asyncio-subprocess-{}", std::process::id()));
    let file = tokio::fs::File::create(&path)
        .await
        .unwrap()
        .into_std()
        .await;
    let process = create_subprocess_shell("echo out; echo err >&2")
        .stdout(file)
        .stderr(STDOUT)
        .await
        .unwrap();
    assert_eq!(process.wait().await, 0);
    assert_eq!(tokio::fs::read(&path).await.unwrap(), b"out\nerr\n");
    tokio::fs::remove_file(&path).await.unwrap();
}

#[asyncio::test(real_time)]
async fn signals_give_negative_return_codes() {
    let killed = sleeper().await;
    killed.kill().unwrap();
    assert_eq!(killed.wait().await, -9);

    let terminated = sleeper().await;
    terminated.terminate().unwrap();
    assert_eq!(terminated.wait().await, -15);

    let hung_up = sleeper().await;
    hung_up.send_signal(SignalKind::hangup()).unwrap();
    assert_eq!(hung_up.wait().await, -1);
    assert_eq!(hung_up.returncode(), Some(-1));

    let running = sleeper().await;
    assert!(running.send_signal(12_345).is_err());
    running.kill().unwrap();
    assert_eq!(
        create_subprocess_shell("exit 7")
            .await
            .unwrap()
            .wait()
            .await,
        7
    );
}

#[asyncio::test(real_time)]
async fn a_process_that_ended_takes_no_signal() {
    let process = create_subprocess_shell("true").await.unwrap();
    process.wait().await;
    for result in [process.kill(), process.terminate(), process.send_signal(1)] {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(error.get_ref().unwrap().is::<ProcessLookupError>());
    }
}

#[asyncio::test(real_time)]
async fn several_may_wait() {
    let process = sleeper().await;
    let codes = gather!(process.wait(), process.wait(), async {
        process.kill().unwrap();
        process.wait().await
    })
    .await;
    assert_eq!(codes, (-9, -9, -9));
}

#[asyncio::test(real_time)]
async fn cancelling_wait_does_not_kill() {
    let process = sleeper().await;
    assert!(timeout(0.02, process.wait()).await.is_err());
    assert_eq!(process.returncode(), None);
    assert!(exists(process.pid()).await);
    process.kill().unwrap();
    assert_eq!(process.wait().await, -9);
}

#[asyncio::test(real_time)]
async fn cancelling_communicate_neither_kills_nor_loses() {
    let mut process = create_subprocess_shell("echo first; cat; sleep 0.2; echo last")
        .stdin(PIPE)
        .stdout(PIPE)
        .await
        .unwrap();
    assert!(timeout(0.1, process.communicate("input\n")).await.is_err());
    assert_eq!(process.returncode(), None);
    let (out, _) = process.communicate("").await.unwrap();
    assert_eq!(out, b"first\ninput\nlast\n");
}

#[asyncio::test(real_time)]
async fn a_dropped_process_runs_on_and_is_reaped() {
    let process = create_subprocess_exec("sleep", ["0.2"]).await.unwrap();
    let pid = process.pid();
    drop(process);
    assert!(exists(pid).await);
    gone(pid).await;
}

#[asyncio::test(real_time)]
async fn kill_on_cancel_leaves_no_process() {
    let (tell, pid) = tokio::sync::oneshot::channel();
    let task = create_task(async move {
        let process = create_subprocess_exec("sleep", ["60"])
            .kill_on_cancel(true)
            .await
            .unwrap();
        tell.send(process.pid()).unwrap();
        process.wait().await
    });
    let pid = pid.await.unwrap();
    assert!(exists(pid).await);
    task.cancel();
    assert!(timeout(10, task).await.unwrap().is_err());
    assert!(
        !exists(pid).await,
        "when the task is done, so is the process"
    );
}

#[asyncio::test(real_time)]
async fn kill_on_cancel_lets_a_process_end_by_itself() {
    let process = create_subprocess_shell("exit 4")
        .kill_on_cancel(true)
        .await
        .unwrap();
    assert_eq!(process.wait().await, 4);
}

#[asyncio::test(real_time)]
async fn with_waits_for_the_process() {
    let pid = with(cat().await, async |cat| {
        cat.stdin.as_ref().unwrap().write("never read\n").unwrap();
        cat.pid()
    })
    .await;
    assert!(!exists(pid).await);
}

#[asyncio::test(real_time)]
async fn with_kills_when_the_body_fails_or_is_cancelled() {
    let sleeping = sleeper().await;
    let pid = sleeping.pid();
    let failed: Result<(), &str> = with(sleeping, async |_| Err("failed")).await;
    assert!(failed.is_err());
    assert!(!exists(pid).await);

    let sleeping = sleeper().await;
    let pid = sleeping.pid();
    let body = with(sleeping, async |process| process.wait().await);
    assert!(timeout(0.02, body).await.is_err());
    assert!(!exists(pid).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_on_a_runtime_of_tokio() {
    let runs = (0..20).map(|i| async move {
        let mut process = create_subprocess_shell(format!("cat; exit {i}"))
            .stdin(PIPE)
            .stdout(PIPE)
            .await?;
        let input = vec![i; 100_000];
        let (out, _) = process.communicate(&input).await?;
        assert_eq!(out, input);
        Ok::<_, io::Error>(process.returncode())
    });
    let codes = gather!(..runs).await.unwrap();
    let want: Vec<_> = (0..20).map(|i| Some(i32::from(i as u8))).collect();
    assert_eq!(codes, want);
}

/// Every future here can be spawned on a multi-threaded runtime.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_futures_are_send() {
    let task =
        tokio::spawn(async { with(cat().await, async |cat| cat.communicate("text").await).await });
    assert_eq!(task.await.unwrap().unwrap().0, b"text");
}
