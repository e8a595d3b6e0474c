//! Compares this crate with others on the same work, and prints the ratios as Markdown tables.
//!
//! All contenders of a comparison run in one process, in turns, so that a noisy neighbour hits them
//! alike; the least time of many counts. With `--instructions` each runs in a process of its own
//! under callgrind instead, which counts exactly.

pub mod driver;
mod instructions;
mod time;

use std::env;

/// Several ways to do the same, the one to compare with first.
#[derive(Debug)]
pub struct Comparison<'a> {
    name: String,
    /// How many operations one call of a contender is.
    operations: usize,
    contenders: Vec<Contender<'a>>,
}

struct Contender<'a> {
    name: &'static str,
    run: Box<dyn FnMut() + 'a>,
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

    /// Adds a contender. The ratios are to the first.
    #[must_use]
    pub fn with(mut self, name: &'static str, run: impl FnMut() + 'a) -> Self {
        let run = Box::new(run);
        self.contenders.push(Contender { name, run });
        self
    }
}

/// Runs the comparisons whose names contain the word on the command line, if there is one.
pub fn main(comparisons: Vec<Comparison<'_>>) {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [flag, comparison, contender] = &arguments[..]
        && flag == instructions::FLAG
    {
        return instructions::run_one(comparisons, comparison, contender);
    }
    let count = arguments.iter().any(|word| word == "--instructions");
    let word = arguments.iter().find(|word| !word.starts_with("--"));
    let unit = if count { "instructions" } else { "ns" };
    println!("| {unit} per operation | contender | {unit} | ratio |\n|---|---|--:|--:|");
    for comparison in comparisons {
        if word.is_some_and(|word| !comparison.name.contains(word)) {
            continue;
        }
        let name = comparison.name.clone();
        let contenders: Vec<_> = comparison.contenders.iter().map(|c| c.name).collect();
        let costs = if count {
            instructions::measure(&comparison)
        } else {
            time::measure(comparison)
        };
        for (contender, cost) in contenders.iter().zip(&costs) {
            let ratio = cost / costs[0];
            println!("| {name} | {contender} | {cost:.1} | {ratio:.2} |");
        }
    }
}
