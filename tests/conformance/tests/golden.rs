//! The golden files are what the scripts beside them write, where the CPython is there that wrote them:
//! `ASYNCIO_PYTHON=/path/to/python cargo test -p asyncio-conformance --test golden -- --nocapture`.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// Which script wrote which file, with which CPython.
const FILES: [(&str, &str, &str); 2] = [
    ("probes.py", "golden/asyncio_3.13.0.json", "3.13.0"),
    ("real_probes.py", "golden/real_3.13.0.json", "3.13.0"),
];

#[test]
fn the_golden_files_are_what_cpython_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("python");
    for (script, file, version) in FILES {
        let Some(python) = python(version) else {
            println!("{file} is not checked: there is no CPython {version}");
            continue;
        };
        let mut command = Command::new(python);
        command.arg("-B").arg(script).current_dir(&folder);
        let output = command.output().expect("it ran just now");
        assert!(output.status.success(), "{script}: {}", output.status);
        let golden = fs::read(folder.join(file)).expect("it is there");
        assert!(output.stdout == golden, "{file} is not what {script} says");
    }
}

/// The one that the environment names, or one in the path, if it has that version.
fn python(version: &str) -> Option<String> {
    let named = env::var("ASYNCIO_PYTHON").ok();
    let known = ["python3.13", "python3"].map(str::to_owned);
    named.into_iter().chain(known).find(|python| {
        let output = Command::new(python).arg("--version").output();
        output.is_ok_and(|output| {
            let says = String::from_utf8_lossy(&output.stdout);
            says.trim() == format!("Python {version}")
        })
    })
}
