//! The table.

use crate::{Comparison, Unit};

/// Prints the rows, and counts the bars.
#[derive(Debug)]
pub(crate) struct Report {
    unit: Unit,
    bars: usize,
    missed: Vec<String>,
}

impl Report {
    /// Prints the head.
    pub(crate) fn begin(unit: Unit) -> Self {
        let what = match unit {
            Unit::Time => "ns",
            Unit::Instructions => "instructions",
        };
        println!("| work | contender | allocations | {what} | ours to it | at most |");
        println!("|---|---|--:|--:|--:|--:|");
        Report {
            unit,
            bars: 0,
            missed: Vec::new(),
        }
    }

    /// Prints the rows of a comparison, whose contenders have these costs for an operation.
    pub(crate) fn add(&mut self, comparison: &Comparison<'_>, costs: &[f64], allocations: &[f64]) {
        let name = &comparison.name;
        let rows = comparison.contenders.iter().zip(costs).zip(allocations);
        for ((contender, cost), allocations) in rows {
            let ratio = costs[0] / cost;
            let bar = match self.unit {
                Unit::Time => contender.bars.time,
                Unit::Instructions => contender.bars.instructions,
            };
            let ours = contender.name;
            let bar = bar.map_or_else(String::new, |bar| self.check(name, ours, ratio, bar));
            let allocations = short(*allocations);
            println!("| {name} | {ours} | {allocations} | {cost:.1} | {ratio:.2} | {bar} |");
        }
    }

    /// The bar as it is printed: with an exclamation mark if it is missed.
    fn check(&mut self, name: &str, contender: &str, ratio: f64, bar: f64) -> String {
        self.bars += 1;
        // The ratio as it is printed.
        if (ratio * 100.0).round() <= (bar * 100.0).round() {
            return format!("{bar:.2}");
        }
        let missed = format!("{name}: {ratio:.2} of {contender}, not {bar:.2}");
        self.missed.push(missed);
        format!("**{bar:.2}!**")
    }

    /// Prints how many bars were kept.
    pub(crate) fn end(self) {
        let kept = self.bars - self.missed.len();
        println!("\n{kept} of {} bars are kept.", self.bars);
        for missed in self.missed {
            println!("- {missed}");
        }
    }
}

/// A number that is whole most of the time.
fn short(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
