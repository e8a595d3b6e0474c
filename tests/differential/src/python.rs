//! CPython's side.

use crate::program::Program;
use std::io::{Error, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A CPython that is new enough: 3.13, which has the shutdown of queues.
#[derive(Clone, Debug)]
pub struct Python {
    program: PathBuf,
    /// As it says.
    pub version: String,
}

/// Where the interpreter of the programs is.
fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("python/interpreter.py")
}

impl Python {
    /// Finds one: `ASYNCIO_PYTHON`, on the `PATH`, or among those of pyenv.
    #[must_use]
    pub fn find() -> Option<Self> {
        let named = std::env::var_os("ASYNCIO_PYTHON").map(PathBuf::from);
        let on_path = ["python3.14", "python3.13", "python3"].map(PathBuf::from);
        let home = std::env::var_os("HOME").map(PathBuf::from);
        let pyenv = home.and_then(|home| home.join(".pyenv/versions").read_dir().ok());
        let pyenv = pyenv.into_iter().flatten().flatten();
        let pyenv = pyenv.map(|version| version.path().join("bin/python3"));
        named
            .into_iter()
            .chain(on_path)
            .chain(pyenv)
            .find_map(Self::suitable)
    }

    fn suitable(program: PathBuf) -> Option<Self> {
        let asked = "import sys; print(*sys.version_info[:2], sys.implementation.name, sys.version.split()[0])";
        let answer = Command::new(&program).args(["-c", asked]).output().ok()?;
        let answer = String::from_utf8(answer.stdout).ok()?;
        let mut words = answer.split_whitespace();
        let (major, minor): (u32, u32) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let (is_cpython, version) = (words.next()? == "cpython", words.next()?.to_owned());
        ((major, minor) >= (3, 13) && is_cpython).then_some(Python { program, version })
    }

    /// The traces of programs, all in one process, which gets these options.
    ///
    /// # Errors
    ///
    /// If it cannot be started, or fails.
    pub fn traces(&self, programs: &[Program], options: &str) -> Result<Vec<Vec<String>>, Error> {
        let mut child = Command::new(&self.program)
            .arg(script())
            .args(options.split_whitespace())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut stdin = child.stdin.take().expect("it is piped");
        let mut input = Vec::new();
        for program in programs {
            serde_json::to_writer(&mut input, program)?;
            input.push(b'\n');
        }
        let writer = std::thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output()?;
        writer.join().expect("it does not panic")?;
        if !output.status.success() {
            return Err(Error::other("the interpreter in Python failed"));
        }
        let lines = output.stdout.split(|byte| *byte == b'\n');
        let traces = lines.filter(|line| !line.is_empty());
        Ok(traces
            .map(serde_json::from_slice)
            .collect::<Result<_, _>>()?)
    }
}
