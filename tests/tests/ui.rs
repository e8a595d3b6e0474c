//! The misuse tests: every file in `ui/*/` fails to compile, or compiles with a warning, with exactly
//! the output beside it. `TRYBUILD=overwrite` writes the outputs anew.
//!
//! A file is named by its misuse, and each wrong line ends in `//~ ERROR` or `//~ WARN` with a part of
//! the message.

use asyncio_tests::misuse::{counts, read_table};
use std::fs;
use std::io::{Write, stderr};
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn misuse_is_reported_as_expected() {
    let (quoting, others): (Vec<_>, Vec<_>) =
        files().into_iter().partition(|file| quotes_std(file));
    let cases = trybuild::TestCases::new();
    others
        .iter()
        .for_each(|file| cases.compile_fail(relative(file)));
    if has_source_of_std() {
        let quoting: Vec<_> = quoting.iter().map(|file| relative(file)).collect();
        // Past the capture of the test's output.
        let _ = writeln!(
            stderr(),
            "NOT COMPARED: {quoting:?}: rustc quotes the source of the standard library, as `rust-src` is installed"
        );
    } else {
        quoting
            .iter()
            .for_each(|file| cases.compile_fail(relative(file)));
    }
}

/// As outputs have it.
fn relative(file: &Path) -> &Path {
    let folder = env!("CARGO_MANIFEST_DIR");
    file.strip_prefix(folder).expect("it is below the manifest")
}

/// Whether rustc points into the standard library: it quotes that where it has the source.
fn quotes_std(file: &Path) -> bool {
    fs::read_to_string(file.with_extension("stderr"))
        .is_ok_and(|output| output.contains("--> $RUST"))
}

fn has_source_of_std() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(["--print", "sysroot"]).output();
    let output = output.expect("rustc runs").stdout;
    let sysroot = String::from_utf8(output).expect("a path in UTF-8");
    Path::new(sysroot.trim())
        .join("lib/rustlib/src/rust/library/std")
        .exists()
}

fn files() -> Vec<PathBuf> {
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    let folders = fs::read_dir(ui).expect("the folder is there");
    let files = folders.flat_map(|folder| {
        let folder = folder.expect("it can be read").path();
        fs::read_dir(folder).expect("`ui` holds folders")
    });
    let files = files.map(|file| file.expect("it can be read").path());
    files
        .filter(|file| file.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// The lines that a compiler output points at, with the message of each.
fn reported(output: &str) -> Vec<(usize, String)> {
    let mut reported = Vec::new();
    let mut message = None;
    for line in output.lines() {
        let text = line.split_once(": ").map(|(_, text)| text);
        if line.starts_with("error") || line.starts_with("warning") {
            message = text.map(str::to_owned);
        } else if let Some(at) = line.trim_start().strip_prefix("--> ")
            && let Some(message) = message.take()
        {
            let number = at
                .split(':')
                .nth(1)
                .expect("a position is file:line:column");
            reported.push((number.parse().expect("it is a number"), message));
        }
    }
    reported
}

#[test]
fn every_error_is_marked_where_it_is() {
    let mut wrong = String::new();
    for file in files() {
        let source = fs::read_to_string(&file).expect("it can be read");
        let Ok(output) = fs::read_to_string(file.with_extension("stderr")) else {
            wrong += &format!("{}: has no output beside it\n", file.display());
            continue;
        };
        let marks = source.lines().enumerate().flat_map(|(i, line)| {
            // Two mistakes in one line have two marks.
            line.split("//~ ").skip(1).map(move |mark| {
                let text = mark.strip_prefix("ERROR ").or(mark.strip_prefix("WARN "));
                let text = text.expect("a mark is ERROR or WARN");
                (i + 1, text.trim().to_owned())
            })
        });
        let mut marks: Vec<_> = marks.collect();
        for (line, message) in reported(&output) {
            let mark = marks
                .iter()
                .position(|(at, text)| *at == line && message.contains(text));
            match mark {
                Some(mark) => drop(marks.remove(mark)),
                None => wrong += &format!("{}:{line}: not marked: {message}\n", file.display()),
            }
        }
        for (line, text) in marks {
            wrong += &format!("{}:{line}: not reported: {text}\n", file.display());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn no_more_is_said_than_before() {
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    let written = fs::read_to_string(ui.with_file_name("COUNTS.md")).expect("it is there");
    let before = read_table(&written);
    let now = counts(&ui);
    for (name, count) in &now {
        let Some((_, before)) = before.iter().find(|(other, _)| other == name) else {
            continue;
        };
        assert!(
            !count.exceeds(before),
            "more is said about {name}: {count} reports, lines, carets, and it was {before}"
        );
    }
    assert_eq!(now, before, "`tests/COUNTS.md` is to be written anew");
}

#[test]
fn more_than_one_report_has_a_reason() {
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    for (name, count) in counts(&ui).iter().filter(|(_, count)| count.reports > 1) {
        let source = fs::read_to_string(ui.join(name).with_extension("rs"));
        assert!(
            source.expect("it can be read").starts_with("// "),
            "{} things are said about {name}: a comment at its beginning says why",
            count.reports
        );
    }
}
