//! `asyncio ps PID` and `asyncio pstree PID`: what the tasks of a running program wait for, as
//! `python -m asyncio ps PID` tells of Python's.

#[cfg(unix)]
mod ask;

use std::process::ExitCode;

const HELP: &str = "\
What the tasks of a running program wait for.

Usage: asyncio ps PID        a table of the tasks
       asyncio pstree PID    a tree: which task waits for which
       asyncio ps            the programs that can be asked

The program opts in by a line, `let _serving = asyncio::introspection::serve()?;`,
or by `ASYNCIO_INTROSPECT=1` in its environment.
";

/// What the arguments want.
#[derive(Debug, PartialEq)]
enum Wanted {
    Help,
    Version,
    /// The programs that can be asked.
    List,
    Ask {
        command: &'static str,
        pid: u32,
    },
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let wanted = match wanted(&arguments) {
        Ok(wanted) => wanted,
        Err(mistake) => {
            eprintln!("error: {mistake}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    let told = match wanted {
        Wanted::Help => Ok(HELP.to_owned()),
        Wanted::Version => Ok(concat!("asyncio ", env!("CARGO_PKG_VERSION"), "\n").to_owned()),
        Wanted::List => list(),
        Wanted::Ask { command, pid } => ask(command, pid),
    };
    match told {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn wanted(arguments: &[&str]) -> Result<Wanted, String> {
    let (command, rest) = match arguments {
        [] | ["-h" | "--help" | "help", ..] => return Ok(Wanted::Help),
        ["-V" | "--version", ..] => return Ok(Wanted::Version),
        [_, "-h" | "--help", ..] => return Ok(Wanted::Help),
        ["ps", rest @ ..] => ("ps", rest),
        ["pstree", rest @ ..] => ("pstree", rest),
        [other, ..] => return Err(format!("unknown command `{other}`")),
    };
    match rest {
        [] if command == "ps" => Ok(Wanted::List),
        [] => Err(format!("`{command}` needs the number of a process")),
        [pid] => match pid.parse() {
            Ok(pid) => Ok(Wanted::Ask { command, pid }),
            Err(_) => Err(format!("`{pid}` is not the number of a process")),
        },
        _ => Err(format!("`{command}` takes one process")),
    }
}

#[cfg(unix)]
use ask::{ask, list};

#[cfg(not(unix))]
fn list() -> Result<String, String> {
    Err("programs can be asked on Unix only".to_owned())
}

#[cfg(not(unix))]
fn ask(_command: &str, _pid: u32) -> Result<String, String> {
    list()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_a_command_and_a_process() {
        let pid = 7;
        let (ps, tree) = ("ps", "pstree");
        assert_eq!(wanted(&["ps", "7"]), Ok(Wanted::Ask { command: ps, pid }));
        assert_eq!(
            wanted(&["pstree", "7"]),
            Ok(Wanted::Ask { command: tree, pid })
        );
        assert_eq!(wanted(&["ps"]), Ok(Wanted::List));
        assert_eq!(wanted(&[]), Ok(Wanted::Help));
        assert_eq!(wanted(&["ps", "--help"]), Ok(Wanted::Help));
        assert_eq!(wanted(&["--version"]), Ok(Wanted::Version));
        assert_eq!(
            wanted(&["pstree"]).unwrap_err(),
            "`pstree` needs the number of a process"
        );
        assert_eq!(
            wanted(&["ps", "x"]).unwrap_err(),
            "`x` is not the number of a process"
        );
        assert_eq!(
            wanted(&["ps", "1", "2"]).unwrap_err(),
            "`ps` takes one process"
        );
        assert_eq!(wanted(&["top"]).unwrap_err(), "unknown command `top`");
    }
}
