//! Wall-clock time.

use crate::Comparison;
use std::time::{Duration, Instant};

/// How often each contender has its turn, and for how long.
const TURNS: usize = 25;
const TURN: Duration = Duration::from_millis(2);

/// The least time that each contender takes for an operation, in nanoseconds.
pub(crate) fn measure(comparison: &mut Comparison<'_>) -> Vec<f64> {
    let calls: Vec<u32> = comparison
        .contenders
        .iter_mut()
        .map(|contender| calls_in_a_turn(&mut contender.run))
        .collect();
    let mut least = vec![f64::INFINITY; calls.len()];
    for _ in 0..TURNS {
        for (index, contender) in comparison.contenders.iter_mut().enumerate() {
            let begun = Instant::now();
            for _ in 0..calls[index] {
                (contender.run)();
            }
            let nanos = begun.elapsed().as_nanos() as f64 / f64::from(calls[index]);
            least[index] = least[index].min(nanos / comparison.operations as f64);
        }
    }
    least
}

fn calls_in_a_turn(run: &mut dyn FnMut()) -> u32 {
    run();
    let begun = Instant::now();
    let mut calls = 0;
    while begun.elapsed() < TURN {
        run();
        calls += 1;
    }
    calls
}
