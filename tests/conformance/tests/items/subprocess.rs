//! N. Subprocesses.

use asyncio::subprocess::PIPE;
use asyncio::{Lock, Process, create_subprocess_exec, create_subprocess_shell};
use asyncio::{create_task, gather, sleep, wait_for};
use asyncio_conformance::exceptions::Exc;
use asyncio_conformance::items;
use asyncio_conformance::probe::out;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::{env, fs, process};
use tokio::signal::unix::SignalKind;

items! {
    real: b_340 b_341 b_342 b_343;
}

/// The first part is `subprocess_text`.
async fn b_340() -> Value {
    let cat = create_subprocess_exec("cat", [""; 0]);
    let cat = cat.stdin(PIPE).stdout(PIPE).await;
    let mut p = cat.expect("there is a `cat`");
    let input = "caf\u{e9}";
    let (stdout, stderr) = p.communicate(input).await.expect("it takes it");
    let stderr = p.stderr.as_ref().map(|_| stderr);
    json!([(), stdout, stderr])
}

async fn asleep() -> Process {
    let sleeping = create_subprocess_exec("sleep", ["60"]).await;
    sleeping.expect("there is a `sleep`")
}

async fn b_341() -> Value {
    let p = create_subprocess_shell("exit 3").await;
    let p = p.expect("there is a shell");
    let (a, b, c) = gather!(p.wait(), p.wait(), p.wait()).await;
    let q = asleep().await;
    q.send_signal(SignalKind::terminate()).expect("it runs");
    let terminated = q.wait().await;
    let k = asleep().await;
    k.kill().expect("it runs");
    json!([[a, b, c], terminated, k.wait().await, k.returncode()])
}

async fn b_342() -> Value {
    let waits = cancelled("read line; exit 5", |p| {
        Box::pin(async move {
            p.wait().await;
        })
    });
    let waits = waits.await;
    // Its input is closed at once.
    let talks = cancelled(
        "while kill -0 $PPID && [ ! -e $GO_ON ]; do sleep 0.02; done; exit 5",
        |p| Box::pin(async move { drop(p.communicate("").await) }),
    );
    let talks = talks.await;
    json!([waits[0], waits[1], talks[0], talks[1]])
}

/// What is left of a process when a task that awaits it is cancelled, and what it ends with.
async fn cancelled(command: &str, call: fn(&mut Process) -> BoxFuture<'_, ()>) -> Value {
    let go_on = env::temp_dir().join(format!("asyncio-conformance-{}", process::id()));
    let p = create_subprocess_shell(command).env("GO_ON", &go_on);
    let p = p.stdin(PIPE).await;
    let p = Arc::new(Lock::new(p.expect("there is a shell")));
    let in_task = Arc::clone(&p);
    let t = create_task(async move {
        let mut p = in_task.acquire_owned().await;
        call(&mut p).await;
    });
    sleep(0.02).await;
    t.cancel();
    let outcome = out(t).await;
    let p = p.acquire().await;
    let alive = Path::new(&format!("/proc/{}", p.pid())).exists();
    let after = json!([outcome, p.returncode(), alive]);
    if let Some(stdin) = &p.stdin {
        stdin.close();
    }
    fs::write(&go_on, "").expect("there is room");
    let code = p.wait().await;
    fs::remove_file(go_on).expect("it was written just now");
    json!([after, code])
}

async fn b_343() -> Value {
    let p = create_subprocess_shell("exit 7").stdin(PIPE).stdout(PIPE);
    let mut p = p.await.expect("there is a shell");
    sleep(0.05).await;
    let (stdout, _) = p.communicate(vec![b'x'; 1 << 20]).await.expect("no error");
    let first = json!([String::from_utf8_lossy(&stdout), p.returncode()]);
    let q = create_subprocess_shell("head -c 1000000 /dev/zero");
    let mut q = q.stdout(PIPE).stderr(PIPE).await.expect("there is a shell");
    let stuck = out(wait_for(q.wait(), 0.2)).await;
    let stdout = q.stdout.as_mut().expect("it is a pipe");
    let all = stdout.read_to_eof().await.map(|bytes| bytes.len());
    let all = all.map_err(Exc::from);
    json!([first, stuck, out(async { all }).await, q.wait().await])
}
