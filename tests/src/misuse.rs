//! How much a compiler says about a mistake, and the table of it.

use std::fmt::{self, Write as _};
use std::fs;
use std::path::{Path, PathBuf};

/// What rustc printed about a file, in numbers: the less, the better.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Errors and warnings.
    pub reports: usize,
    /// Lines that are not empty but for the margin.
    pub lines: usize,
    /// Characters that are underlined as the mistake.
    pub carets: usize,
}

impl Count {
    /// Counts in what rustc printed.
    pub fn of(output: &str) -> Self {
        let is_report = |line: &&str| {
            let rest = line
                .strip_prefix("error")
                .or_else(|| line.strip_prefix("warning"));
            rest.is_some_and(|rest| rest.starts_with(": ") || rest.starts_with('['))
        };
        let is_said = |line: &&str| !line.trim_matches(['|', ' ']).is_empty();
        // A line of the source has its number before the margin.
        let carets = |line: &str| match line.trim_start().strip_prefix('|') {
            Some(marked) => marked.matches('^').count(),
            None => 0,
        };
        Count {
            reports: output.lines().filter(is_report).count(),
            lines: output.lines().filter(is_said).count(),
            carets: output.lines().map(carets).sum(),
        }
    }

    /// Whether any of the numbers is larger than it was.
    pub fn exceeds(&self, before: &Count) -> bool {
        self.reports > before.reports || self.lines > before.lines || self.carets > before.carets
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} | {} | {}", self.reports, self.lines, self.carets)
    }
}

/// Every misuse, as `macro/misuse`, with what is said about it.
///
/// # Panics
///
/// Where a file cannot be read.
pub fn counts(ui: &Path) -> Vec<(String, Count)> {
    let mut counts: Vec<_> = outputs(ui).iter().map(|file| count(ui, file)).collect();
    counts.sort_by(|(one, _), (other, _)| one.cmp(other));
    counts
}

fn outputs(ui: &Path) -> Vec<PathBuf> {
    let read = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).expect("it is a folder");
        entries
            .map(|entry| entry.expect("it can be read").path())
            .collect()
    };
    let files = read(ui).into_iter().filter(|path| path.is_dir());
    let files = files.flat_map(|folder| read(&folder));
    let is_output = |path: &PathBuf| path.extension().is_some_and(|end| end == "stderr");
    files.filter(is_output).collect()
}

fn count(ui: &Path, file: &Path) -> (String, Count) {
    let output = fs::read_to_string(file).expect("it can be read");
    let name = file.strip_prefix(ui).expect("it is in there");
    let name = name.with_extension("").display().to_string();
    (name.replace('\\', "/"), Count::of(&output))
}

/// The table of all misuse, in Markdown.
pub fn table(counts: &[(String, Count)]) -> String {
    let mut text = String::from(
        "# How much is said about a mistake\n\n\
         Written by `cargo run -p asyncio-tests --bin misuse > tests/COUNTS.md`; a test fails when a number grows.\n\n",
    );
    let all = |number: fn(&Count) -> usize| -> usize {
        counts.iter().map(|(_, count)| number(count)).sum()
    };
    let one = counts.iter().filter(|(_, count)| count.reports == 1);
    let _ = write!(
        text,
        "{} files, {} of them with one report; {} reports, {} lines, {} carets.\n\n\
         | misuse | reports | lines | carets |\n|---|--:|--:|--:|\n",
        counts.len(),
        one.count(),
        all(|count| count.reports),
        all(|count| count.lines),
        all(|count| count.carets),
    );
    for (name, count) in counts {
        let _ = writeln!(text, "| {name} | {count} |");
    }
    text
}

/// Reads a table back.
pub fn read_table(text: &str) -> Vec<(String, Count)> {
    text.lines().filter_map(row).collect()
}

fn row(line: &str) -> Option<(String, Count)> {
    let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
    let [name, reports, lines, carets] = cells[..] else {
        return None;
    };
    let count = Count {
        reports: reports.parse().ok()?,
        lines: lines.parse().ok()?,
        carets: carets.parse().ok()?,
    };
    Some((name.to_owned(), count))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "\
error[E0277]: expected a future, found `{integer}`
 --> ui/x.rs:8:31
  |
8 |     let _ = gather!(plain(1), 3 ^ 4).await;
  |                               ^^^^^ not a future
  |
  = note: write `async { value }`

warning: unused
";

    #[test]
    fn reports_lines_and_carets() {
        let expected = Count {
            reports: 2,
            lines: 6,
            carets: 5,
        };
        assert_eq!(Count::of(OUTPUT), expected);
    }

    #[test]
    fn a_table_can_be_read_back() {
        let counts = vec![("gather/x".to_owned(), Count::of(OUTPUT))];
        assert_eq!(read_table(&table(&counts)), counts);
    }
}
