#!/usr/bin/env python3
"""Asks rust-analyzer to complete inside of our macros, as an editor does while one types.

    $ tests/editor/complete.py              # with the `rust-analyzer` that is on the path
    $ RUST_ANALYZER=/path/to/it tests/editor/complete.py

In each case `$0` is the cursor, and the word after it has to be among what is offered there. Prints `skipped` where
there is no rust-analyzer that runs.
"""

import json
import os
import pathlib
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time

WORKSPACE = pathlib.Path(__file__).resolve().parent.parent.parent

PROLOGUE = """
use asyncio::{create_task, duration, gather, sleep, task_group, timeout, wait_first, wait_for, TimeoutError};

pub struct Client { pub address: String }

impl Client {
    pub async fn fetch_page(&self) -> u32 { 1 }
    pub async fn fetch_text(&self) -> Option<u32> { None }
}
"""

# What is typed in an `async fn f(client: Client, limit: f64)`, and what is to be offered.
CASES = {
    "gather!, a branch": ("gather!(client.fetch_page(), client.$0)", "fetch_page"),
    "gather!, the first of two": ("gather!(client.$0, client.fetch_page()).await;", "fetch_page"),
    "gather!, a half-typed word": ("gather!(client.fetch_page(), client.fe$0).await;", "fetch_text"),
    "gather!, a variable": ("gather!(cli$0)", "client"),
    "gather!, one more branch": ("gather!(client.fetch_page(), $0).await;", "client"),
    "gather!, a spread": ("gather!(..clients.iter().map(|client: &Client| client.$0)).await;", "fetch_page"),
    "gather!, a named branch": ("gather!(page = client.$0, text = client.fetch_text()).await;", "fetch_page"),
    "gather!, a named spread": ("gather!(page = ..client.$0, text = client.fetch_text()).await;", "fetch_page"),
    "gather!, into a struct": ("gather!(Client { address: client.$0 }).await;", "fetch_page"),
    "gather!, an option": ("gather!(client.fetch_page(), limit = limit.$0).await;", "sqrt"),
    "gather!, inside of another": ("gather!(gather!(client.$0), client.fetch_page()).await;", "fetch_page"),
    "gather!, nothing yet": ("gather!($0)", "client"),
    "wait_first!, a task": ("wait_first!(create_task(client.$0))", "fetch_page"),
    "a race, the future": ("wait_first!(if let page = client.$0 { drop(page) });", "fetch_page"),
    "a race, a block": ("wait_first!(if let _ = sleep(1) { client.$0 } else if let _ = sleep(2) {});", "fetch_page"),
    "a race, what was bound": ("wait_first!(if let page = client.fetch_page() { page.$0 });", "count_ones"),
    "a race, the else": ("wait_first!(if let Some(_) = client.fetch_text() { } else { client.$0 });", "fetch_page"),
    "wait_for!, the future": ("wait_for!(client.$0, 2s).await.ok();", "fetch_page"),
    "wait_for!, no limit yet": ("wait_for!(client.$0)", "fetch_page"),
    "wait_for!, the limit": ("wait_for!(client.fetch_page(), lim$0).await.ok();", "limit"),
    "sleep!": ("sleep!(limit.$0).await;", "sqrt"),
    "task_group!, the group": ("task_group!(|tg| { tg.$0 }).await.ok();", "create_task"),
    "task_group!, a local one": ("task_group!(local move |tg| { tg.$0 },).await.ok();", "create_task"),
    "task_group!, a half-typed word": ("task_group!(|tg| { tg.create_ta$0 }).await.ok();", "create_task"),
    "task_group!, a race in it": (
        "task_group!(|tg| { wait_first!(if let _ = client.$0 {}); drop(tg) }).await.ok();",
        "fetch_page",
    ),
    "task_group!, a child": ("task_group!(|tg| { tg.create_value(client.$0); }).await.ok();", "fetch_page"),
}

ITEMS = {
    "#[timeout], the limit": (
        "#[timeout(client.$0)]\nasync fn g(client: &Client) -> Result<u32, TimeoutError> { Ok(1) }",
        "address",
    ),
    "#[timeout], a branch in the body": (
        "#[timeout(2s)]\nasync fn g(client: &Client) -> Result<u32, TimeoutError> { Ok(gather!(client.$0).await) }",
        "fetch_page",
    ),
    "#[timeout], the body": (
        "#[timeout(2s)]\nasync fn g(client: &Client) -> Result<u32, TimeoutError> { client.$0 }",
        "fetch_page",
    ),
    "#[timeout], a statement": (
        "#[timeout(2s, or = 0)]\nasync fn g(client: &Client) -> u32 { let n = client.$0; n }",
        "fetch_page",
    ),
    "#[timeout], a limit that is half typed": (
        "#[timeout(2)]\nasync fn g(client: &Client) -> Result<u32, TimeoutError> { client.$0 }",
        "fetch_page",
    ),
    "#[asyncio::main], the body": (
        "#[asyncio::main]\npub async fn g() { let client = Client { address: String::new() }; client.$0 }",
        "fetch_page",
    ),
}


def sources():
    for name, (typed, offered) in CASES.items():
        body = f"pub async fn f(client: Client, clients: Vec<Client>, limit: f64) {{\n    {typed}\n}}\n"
        yield name, PROLOGUE + body, offered
    for name, (typed, offered) in ITEMS.items():
        yield name, PROLOGUE + typed + "\n", offered


class Server:
    """A language server on its standard input and output."""

    def __init__(self, command, root):
        self.process = subprocess.Popen(
            [command], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.last = 0
        self.messages = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while True:
            length = 0
            while (line := self.process.stdout.readline().strip()) != b"":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if length == 0:
                return
            self.messages.put(json.loads(self.process.stdout.read(length)))

    def send(self, **message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def ask(self, method, params, patience=60):
        """The result of a request; what the server asks in the meantime is answered with nothing."""
        self.last += 1
        self.send(id=self.last, method=method, params=params)
        until = time.time() + patience
        while True:
            message = self.messages.get(timeout=max(0.1, until - time.time()))
            if message.get("id") == self.last and "method" not in message:
                return message.get("result")
            self.answer(message)

    def answer(self, message):
        if "method" in message and "id" in message:
            items = message.get("params", {}).get("items", []) if isinstance(message.get("params"), dict) else []
            self.send(id=message["id"], result=[None] * len(items) if items else None)

    def wait_until_quiet(self, patience):
        """Until it says that it has loaded all of the workspace."""
        until = time.time() + patience
        while time.time() < until:
            try:
                message = self.messages.get(timeout=max(0.1, until - time.time()))
            except queue.Empty:
                break
            if message.get("method") == "experimental/serverStatus" and message["params"].get("quiescent"):
                return True
            self.answer(message)
        return False


def crate(folder):
    (folder / "src").mkdir(parents=True)
    (folder / "src/lib.rs").write_text(PROLOGUE)
    (folder / "Cargo.toml").write_text(
        '[workspace]\n\n[package]\nname = "editor"\nedition = "2024"\n\n[dependencies]\n'
        f'asyncio = {{ path = "{WORKSPACE / "runtime"}" }}\n'
    )
    shutil.copy(WORKSPACE / "Cargo.lock", folder / "Cargo.lock")


def position(source):
    before = source[: source.index("$0")]
    return {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}


def run(command):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        crate(folder)
        server = Server(command, folder)
        uri = (folder / "src/lib.rs").as_uri()
        server.ask(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": folder.as_uri(),
                "capabilities": {"experimental": {"serverStatusNotification": True}},
                "initializationOptions": {"checkOnSave": False, "cachePriming": {"enable": False}},
            },
        )
        server.send(method="initialized", params={})
        document = {"uri": uri, "languageId": "rust", "version": 0, "text": PROLOGUE}
        server.send(method="textDocument/didOpen", params={"textDocument": document})
        if not server.wait_until_quiet(600):
            print("rust-analyzer did not load the workspace")
            return 1
        missing = [name for i, case in enumerate(sources(), 1) if not (name := offers(server, uri, i, *case)) is None]
        server.ask("shutdown", None)
        server.send(method="exit", params=None)
        print(f"{len(CASES) + len(ITEMS) - len(missing)} complete, {len(missing)} do not")
        return 1 if missing else 0


def offers(server, uri, version, name, source, offered):
    """The name of the case, if the word is not offered."""
    text = source.replace("$0", "")
    server.send(
        method="textDocument/didChange",
        params={"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]},
    )
    answer = server.ask("textDocument/completion", {"textDocument": {"uri": uri}, "position": position(source)})
    items = answer.get("items", []) if isinstance(answer, dict) else answer or []
    labels = [item.get("filterText") or item["label"] for item in items]
    found = any(label.startswith(offered) for label in labels)
    print(f"{'ok     ' if found else 'MISSING'} {name}: `{offered}` among {len(labels)}")
    return None if found else name


def main():
    command = os.environ.get("RUST_ANALYZER") or shutil.which("rust-analyzer")
    works = command and subprocess.run([command, "--version"], capture_output=True).returncode == 0
    if not works:
        print("skipped: there is no rust-analyzer")
        return 0
    return run(command)


if __name__ == "__main__":
    sys.exit(main())
