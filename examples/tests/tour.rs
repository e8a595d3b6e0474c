//! The tour prints what its Python original prints, line by line, and takes as long.

mod support;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use support::{Tested, example};

/// At this speed the prints that must come in order are 40 ms apart.
const SPEED: f64 = 5.0;

/// How often to try. The order holds as long as no program is held up by more than that.
const TRIES: u32 = 3;

#[test]
fn prints_what_python_prints() -> Tested {
    let tour = example("tour")?;
    let Some(python) = python() else {
        println!("skipped: there is no `python3` of 3.11 or later, so nothing to compare with");
        return Ok(());
    };
    let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("tour.py");
    for attempt in 1.. {
        let mut ours = Command::new(&tour);
        let mut theirs = Command::new(&python);
        let [ours, theirs] = side_by_side([&mut ours, theirs.arg(&original)])?;
        if without_times(&ours) == without_times(&theirs) {
            break;
        }
        if attempt == TRIES {
            assert_eq!(without_times(&ours), without_times(&theirs));
        }
    }
    Ok(())
}

#[test]
fn gather_takes_as_long_as_the_longest() -> Tested {
    let [output] = side_by_side([&mut Command::new(example("tour")?)])?;
    let times: Vec<f64> = output.lines().filter_map(time).collect();
    let [in_a_row, gather, blocking, _, _] = times[..] else {
        return Err(format!("not five times: {times:?}").into());
    };
    // A busy machine adds to them all; half of the way to 11 s is still out of reach without `gather!`.
    assert!(in_a_row >= 11.0, "{in_a_row}");
    assert!((4.5..8.0).contains(&gather), "{gather}");
    assert!(blocking >= 11.0, "{blocking}");
    Ok(())
}

/// A Python that has `asyncio.timeout`.
fn python() -> Option<PathBuf> {
    let check = "import sys; sys.exit(sys.version_info < (3, 11))";
    let status = Command::new("python3").args(["-c", check]).status().ok()?;
    status.success().then(|| PathBuf::from("python3"))
}

/// Runs all at once; what they print.
fn side_by_side<const N: usize>(
    commands: [&mut Command; N],
) -> Result<[String; N], Box<dyn Error>> {
    let speed = SPEED.to_string();
    let mut children = Vec::new();
    for command in commands {
        children.push(command.arg(&speed).stdout(Stdio::piped()).spawn()?);
    }
    let mut printed = [const { String::new() }; N];
    for (child, printed) in children.into_iter().zip(&mut printed) {
        let output = child.wait_with_output()?;
        assert!(output.status.success(), "{}", output.status);
        *printed = String::from_utf8(output.stdout)?;
    }
    Ok(printed)
}

/// The time that a line tells, as in `4.5 s`.
fn time(line: &str) -> Option<f64> {
    line.strip_suffix(" s")?.parse().ok()
}

fn without_times(output: &str) -> Vec<&str> {
    let hide = |line| time(line).map_or(line, |_| "some time");
    output.lines().map(hide).collect()
}
