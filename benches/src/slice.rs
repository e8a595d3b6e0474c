//! A few rows whose instructions are kept in a file, so that growth is seen.

use crate::{Comparison, instructions, machine};
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, exit};
use std::{env, fs};

/// How much more a row may take than the file says.
const GROWTH: f64 = 1.05;

/// Counts the instructions of the first contender of each comparison, and compares them with the file.
/// `--refresh` writes the file instead.
///
/// Ends the process with an error if a row has grown. Says so, and does nothing, without valgrind; with
/// another toolchain than that of the file prints the counts only.
pub fn slice(comparisons: Vec<Comparison<'_>>, file: &Path) {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [flag, comparison] = &arguments[..]
        && flag == instructions::FLAG
    {
        return instructions::run_one(comparisons, comparison);
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: instructions are counted by valgrind, which is not there");
        return;
    }
    let counts: Vec<(String, f64)> = comparisons
        .iter()
        .map(|comparison| {
            (
                comparison.name.clone(),
                instructions::measure(comparison)[0],
            )
        })
        .collect();
    if arguments.iter().any(|argument| argument == "--refresh") {
        return write(file, &counts);
    }
    check(file, &counts);
}

fn write(file: &Path, counts: &[(String, f64)]) {
    let mut text = format!("{}\n", machine::toolchain());
    for (name, count) in counts {
        let _ = writeln!(text, "{name}\t{count:.1}");
    }
    fs::write(file, &text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    print!("{text}");
}

fn check(file: &Path, counts: &[(String, f64)]) {
    let text = fs::read_to_string(file).unwrap_or_default();
    let (toolchain, rows) = text.split_once('\n').unwrap_or_default();
    let same = toolchain == machine::toolchain();
    let mut grown = 0;
    for (name, count) in counts {
        let kept = rows.lines().find_map(|row| {
            let (of, kept) = row.split_once('\t')?;
            kept.parse::<f64>().ok().filter(|_| of == name)
        });
        let Some(kept) = kept.filter(|_| same) else {
            println!("{name}: {count:.1}");
            continue;
        };
        let has_grown = *count > kept * GROWTH;
        grown += usize::from(has_grown);
        let mark = if has_grown {
            ", MORE THAN 5 % MORE"
        } else {
            ""
        };
        println!("{name}: {count:.1}, of {kept:.1}{mark}");
    }
    if !same {
        println!(
            "not compared: the figures are those of `{toolchain}`, this is `{}`",
            machine::toolchain()
        );
    }
    if grown > 0 {
        println!(
            "{grown} rows have grown; if that is meant, `-- --refresh` writes {}",
            file.display()
        );
        exit(1);
    }
}
