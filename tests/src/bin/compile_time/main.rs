//! What the macros cost to compile, against those of tokio and futures, as Markdown:
//!
//! ```console
//! $ cargo run -p asyncio-tests --bin compile_time            # 200 call sites of each macro
//! $ cargo run -p asyncio-tests --bin compile_time -- clean   # a clean build of the macro crate
//! $ cargo run -p asyncio-tests --bin compile_time -- clean --instructions   # the same, counted by callgrind
//! ```
//!
//! What is measured is the processor time of the user, which does not count the waiting for others; the
//! least of three rounds, in each of which ours and the others take turns. Call sites are checked (`cargo
//! check`), a function each, less the time for as many functions that await as many futures one after the
//! other. Each row is printed when it is known; all of them take some three minutes.

mod clean;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const CALL_SITES: usize = 200;
const RUNS: usize = 3;

/// What ours is compared with: a name, and one call in an `async fn`.
type Peer = (&'static str, &'static str);

/// A name, how many futures there are, a call of ours, and the same with others.
const CASES: &[(&str, usize, &str, &[Peer])] = &[
    (
        "`gather!` of 3",
        3,
        "let (a, b, c) = asyncio::gather!(plain(1), plain(2), plain(3)).await; a + b + c",
        &[
            (
                "`tokio::join!`",
                "let (a, b, c) = tokio::join!(plain(1), plain(2), plain(3)); a + b + c",
            ),
            (
                "`futures::join!`",
                "let (a, b, c) = futures::join!(plain(1), plain(2), plain(3)); a + b + c",
            ),
        ],
    ),
    (
        "`gather!` of 6",
        6,
        "let (a, b, c, d, e, f) = asyncio::gather!(plain(1), plain(2), plain(3), plain(4), plain(5), plain(6)).await; \
         a + b + c + d + e + f",
        &[
            (
                "`tokio::join!`",
                "let (a, b, c, d, e, f) = tokio::join!(plain(1), plain(2), plain(3), plain(4), plain(5), plain(6)); \
                 a + b + c + d + e + f",
            ),
            (
                "`futures::join!`",
                "let (a, b, c, d, e, f) = futures::join!(plain(1), plain(2), plain(3), plain(4), plain(5), plain(6)); \
                 a + b + c + d + e + f",
            ),
        ],
    ),
    (
        "`gather!` of 3 that can fail",
        3,
        "asyncio::gather!(ok(1), ok(2), ok(3)).await.map_or(0, |(a, b, c)| a + b + c)",
        &[
            (
                "`tokio::try_join!`",
                "tokio::try_join!(ok(1), ok(2), ok(3)).map_or(0, |(a, b, c)| a + b + c)",
            ),
            (
                "`futures::try_join!`",
                "futures::try_join!(ok(1), ok(2), ok(3)).map_or(0, |(a, b, c)| a + b + c)",
            ),
        ],
    ),
    (
        "`gather!` of a list",
        2,
        "asyncio::gather!(..[plain(1), plain(2)]).await[0]",
        &[(
            "`futures::join_all`",
            "futures::future::join_all([plain(1), plain(2)]).await[0]",
        )],
    ),
    (
        "a race of 3",
        3,
        "asyncio::wait_first!(if let a = plain(1) { a } else if let b = plain(2) { b } else if let c = plain(3) { c })",
        &[
            (
                "`tokio::select!`",
                "tokio::select! { a = plain(1) => a, b = plain(2) => b, c = plain(3) => c }",
            ),
            (
                "`futures::select!`",
                "futures::select! { a = std::pin::pin!(futures::FutureExt::fuse(plain(1))) => a, \
                 b = std::pin::pin!(futures::FutureExt::fuse(plain(2))) => b, \
                 c = std::pin::pin!(futures::FutureExt::fuse(plain(3))) => c }",
            ),
        ],
    ),
    (
        "`wait_first!` of 2 tasks",
        2,
        "let (done, pending) = asyncio::wait_first!(asyncio::create_task(plain(1)), asyncio::create_task(plain(2))).await; \
         drop(pending); done.0.map_or(0, |a| a.unwrap_or(0))",
        &[(
            "`futures::select` of 2 `tokio::spawn`",
            "match futures::future::select(tokio::spawn(plain(1)), tokio::spawn(plain(2))).await { \
             futures::future::Either::Left((a, _)) => a.unwrap_or(0), futures::future::Either::Right((a, _)) => a.unwrap_or(0) }",
        )],
    ),
    (
        "`wait_for!`",
        1,
        "asyncio::wait_for!(plain(1), 2s).await.unwrap_or(0)",
        &[(
            "`tokio::time::timeout`",
            "tokio::time::timeout(std::time::Duration::from_secs(2), plain(1)).await.unwrap_or(0)",
        )],
    ),
    (
        "`sleep!`",
        1,
        "asyncio::sleep!(2s).await; 1",
        &[(
            "`tokio::time::sleep`",
            "tokio::time::sleep(std::time::Duration::from_secs(2)).await; 1",
        )],
    ),
    (
        "`duration!`",
        1,
        "asyncio::sleep(asyncio::duration!(2s)).await; 1",
        &[(
            "`Duration::from_secs`",
            "asyncio::sleep(std::time::Duration::from_secs(2)).await; 1",
        )],
    ),
    (
        "`task_group!` of 2",
        2,
        "let _ = asyncio::task_group!(|tg| { tg.create_value(plain(1)); tg.create_value(plain(2)); }).await; 1",
        &[(
            "`tokio::task::JoinSet`",
            "let mut set = tokio::task::JoinSet::new(); set.spawn(plain(1)); set.spawn(plain(2)); set.join_all().await; 1",
        )],
    ),
];

/// A name, an attribute of ours, and the same of others.
const ATTRIBUTES: &[(&str, &str, &[Peer])] = &[
    ("`#[timeout]`", "#[asyncio::timeout(2s, or = 0)]", &[]),
    (
        "`#[asyncio::main]`",
        "#[asyncio::main]",
        &[(
            "`#[tokio::main]`",
            "#[tokio::main(flavor = \"current_thread\")]",
        )],
    ),
];

const PRELUDE: &str = "#![allow(dead_code)]\n\
    async fn plain(n: u32) -> u32 { n }\n\
    async fn ok(n: u32) -> Result<u32, std::num::ParseIntError> { Ok(n) }\n";

fn main() {
    if let Some(counts) = env::var_os(clean::COUNTS) {
        return clean::count(Path::new(&counts));
    }
    let arguments = env::args().skip(1).collect::<Vec<_>>().join(" ");
    match &*arguments {
        "" => call_sites(&folder("sites")),
        "clean" => clean::seconds(&folder("clean")),
        "clean --instructions" => clean::instructions(&folder("clean")),
        other => panic!("`{other}` is neither `clean` nor `clean --instructions`"),
    }
}

/// For what is compiled: each of the two has its own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/compile-time");
    let folder = folder.join(name);
    fs::create_dir_all(folder.join("src/bin")).expect("it can be made");
    folder
}

fn call_sites(folder: &Path) {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime");
    manifest(
        folder,
        &format!(
            "asyncio = {{ path = {runtime:?} }}\nfutures = \"0.3.32\"\ntokio = {{ version = \"1.54\", features = [\"full\"] }}\n"
        ),
    );
    println!(
        "Milliseconds of `cargo check` a call site, over those of a function that awaits the same futures one by one:\n"
    );
    // What they depend on is checked once.
    fs::write(folder.join("src/bin/sites.rs"), "fn main() {}\n").expect("it can be written");
    user_seconds(folder, "check", "");
    println!("| | ms | others |\n|---|--:|---|");
    for (name, futures, ours, others) in CASES {
        let plain = functions("", &one_by_one(*futures));
        let peers = others.iter().map(|(_, call)| functions("", call));
        row(folder, name, plain, functions("", ours), others, peers);
    }
    let body = one_by_one(3);
    for (name, attribute, others) in ATTRIBUTES {
        let plain = functions("", &body);
        let peers = others.iter().map(|(_, theirs)| functions(theirs, &body));
        row(
            folder,
            name,
            plain,
            functions(attribute, &body),
            others,
            peers,
        );
    }
}

/// Prints what ours and the others take over the plain program.
fn row(
    folder: &Path,
    name: &str,
    plain: String,
    ours: String,
    others: &[Peer],
    programs_of_others: impl Iterator<Item = String>,
) {
    let programs = [plain, ours].into_iter().chain(programs_of_others);
    let seconds = checked(folder, &programs.collect::<Vec<_>>());
    let ours = per_site(seconds[1] - seconds[0]);
    let others = others.iter().zip(&seconds[2..]).map(|((name, _), theirs)| {
        let theirs = per_site(theirs - seconds[0]);
        format!("{name} {theirs:.2} (ours is {:.2} of it)", ours / theirs)
    });
    let others = others.collect::<Vec<_>>().join(", ");
    println!("| {name} | {ours:.2} | {others} |");
}

/// `plain(1).await + plain(2).await`
fn one_by_one(futures: usize) -> String {
    let awaits = (1..=futures).map(|i| format!("plain({i}).await"));
    awaits.collect::<Vec<_>>().join(" + ")
}

fn per_site(seconds: f64) -> f64 {
    seconds * 1000.0 / CALL_SITES as f64
}

/// A program of as many functions as there are call sites, each with this body.
fn functions(attribute: &str, body: &str) -> String {
    let functions =
        (0..CALL_SITES).map(|i| format!("{attribute}\nasync fn f{i}() -> u32 {{ {body} }}\n"));
    format!("{PRELUDE}{}fn main() {{}}\n", functions.collect::<String>())
}

/// The seconds to check each of these programs.
fn checked(folder: &Path, programs: &[String]) -> Vec<f64> {
    let file = folder.join("src/bin/sites.rs");
    let check = |program: &String| {
        fs::write(&file, program).expect("it can be written");
        user_seconds(folder, "check", "")
    };
    let mut least = vec![f64::INFINITY; programs.len()];
    for _ in 0..RUNS {
        for (least, program) in least.iter_mut().zip(programs) {
            *least = least.min(check(program));
        }
    }
    least
}

fn manifest(folder: &Path, dependencies: &str) {
    let manifest = format!(
        "[workspace]\n\n[package]\nname = \"compile-time\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}"
    );
    fs::write(folder.join("Cargo.toml"), manifest).expect("it can be written");
}

fn target(folder: &Path) -> PathBuf {
    folder.join("target")
}

/// Runs cargo, and gives the processor time of it and of all that it started.
fn user_seconds(folder: &Path, command: &str, flags: &str) -> f64 {
    let script = "TIMEFORMAT='%U'; time \"$0\" \"$@\" >cargo.log 2>&1";
    let output = within(folder, "bash", flags)
        .args(["-c", script, env!("CARGO"), command])
        .args(SITES)
        .output()
        .expect("there is a bash");
    let log = fs::read_to_string(folder.join("cargo.log")).unwrap_or_default();
    assert!(output.status.success(), "cargo {command}: {log}");
    let seconds = String::from_utf8_lossy(&output.stderr);
    seconds.trim().parse().expect("bash prints the seconds")
}

/// What cargo is to build or check.
const SITES: [&str; 3] = ["--quiet", "--bin", "sites"];

/// A program that is, or starts, a cargo in this folder, with flags for its rustc.
fn within(folder: &Path, program: &str, flags: &str) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target(folder))
        .env("CARGO_INCREMENTAL", "0")
        .env("RUSTFLAGS", flags);
    command
}
