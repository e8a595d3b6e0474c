//! Compares this crate with others on the same work, and prints the ratios as Markdown tables.
//!
//! All contenders of a comparison run in one process, in turns, so that a noisy neighbour hits them
//! alike; the least time of many counts. With `--instructions` they run under callgrind instead, which
//! counts exactly.

mod allocations;
pub mod driver;
mod instructions;
pub mod leaves;
mod machine;
mod report;
mod slice;
mod time;

pub use machine::describe;
pub use slice::slice;
use std::env;

/// Several ways to do the same.
#[derive(Debug)]
pub struct Comparison<'a> {
    name: String,
    /// How many operations one call of a contender is.
    operations: usize,
    /// Ours is the first.
    contenders: Vec<Contender<'a>>,
}

struct Contender<'a> {
    name: &'static str,
    run: Box<dyn FnMut() + 'a>,
    bars: Bars,
}

/// What ours may take at most, if this contender takes one.
#[derive(Debug, Clone, Copy, Default)]
struct Bars {
    instructions: Option<f64>,
    time: Option<f64>,
}

impl std::fmt::Debug for Contender<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl<'a> Comparison<'a> {
    /// A comparison whose contenders do `operations` at a time.
    pub fn new(name: impl Into<String>, operations: usize) -> Self {
        Comparison {
            name: name.into(),
            operations,
            contenders: Vec::new(),
        }
    }

    /// Adds a contender. The first is ours, that the others are compared with.
    #[must_use]
    pub fn with(mut self, name: &'static str, run: impl FnMut() + 'a) -> Self {
        self.contenders.push(Contender {
            name,
            run: Box::new(run),
            bars: Bars::default(),
        });
        self
    }

    /// Ours shall take at most this part of what the last contender takes.
    #[must_use]
    pub fn at_most(self, part: f64) -> Self {
        self.at_most_in_instructions(part).at_most_in_time(part)
    }

    /// As [`at_most`](Self::at_most), where instructions are counted.
    #[must_use]
    pub fn at_most_in_instructions(mut self, part: f64) -> Self {
        self.last_bars().instructions = Some(part);
        self
    }

    /// As [`at_most`](Self::at_most), where time is measured.
    #[must_use]
    pub fn at_most_in_time(mut self, part: f64) -> Self {
        self.last_bars().time = Some(part);
        self
    }

    fn last_bars(&mut self) -> &mut Bars {
        let last = self.contenders.last_mut();
        &mut last.expect("a bar stands behind its contender").bars
    }
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Time,
    Instructions,
}

/// Runs the comparisons whose names contain one of the words on the command line, or all if there is none.
pub fn main(comparisons: Vec<Comparison<'_>>) {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [flag, comparison] = &arguments[..]
        && flag == instructions::FLAG
    {
        return instructions::run_one(comparisons, comparison);
    }
    let (flags, words): (Vec<_>, Vec<_>) =
        arguments.iter().partition(|word| word.starts_with("--"));
    let unit = match flags.iter().any(|flag| *flag == "--instructions") {
        true => Unit::Instructions,
        false => Unit::Time,
    };
    let wanted = |comparison: &Comparison<'_>| {
        words.is_empty() || words.iter().any(|word| comparison.name.contains(*word))
    };
    println!("{}", machine::describe());
    let mut report = report::Report::begin(unit);
    for mut comparison in comparisons.into_iter().filter(wanted) {
        let allocations = allocations::measure(&mut comparison);
        let costs = match unit {
            Unit::Instructions => instructions::measure(&comparison),
            Unit::Time => time::measure(&mut comparison),
        };
        report.add(&comparison, &costs, &allocations);
    }
    report.end();
}
