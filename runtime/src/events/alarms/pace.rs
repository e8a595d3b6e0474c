//! Whether the clock of a loop runs by itself.
//!
//! One that counts from when the loop looks at its alarms would count from too late where Tokio's clock stands still,
//! and is put forward in between, as tests do. Nobody tells whether it does; so it is looked at twice, once in
//! a turn of the loop, and not before the second alarm that would count so: most turns have one at most.

use super::driver_timer::clock_runs;
use std::cell::Cell;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nobody has asked in this turn.
    Unasked,
    AskedOnce,
    Runs,
    StandsStill,
}

/// What is known of it in this turn of the loop.
pub(super) struct Pace(Cell<Stage>);

impl Default for Pace {
    fn default() -> Self {
        Pace(Cell::new(Stage::Unasked))
    }
}

impl Pace {
    /// A turn is over.
    #[inline(always)]
    pub(super) fn begin_anew(&self) {
        self.0.set(Stage::Unasked);
    }

    /// Whether what is set now may count from the end of the turn.
    #[inline(always)]
    pub(super) fn may_count_later(&self) -> bool {
        self.0.get() == Stage::Runs || self.find_out()
    }

    #[cold]
    #[inline(never)]
    fn find_out(&self) -> bool {
        let stage = match self.0.get() {
            Stage::Unasked => Stage::AskedOnce,
            Stage::AskedOnce if clock_runs() => Stage::Runs,
            _ => Stage::StandsStill,
        };
        self.0.set(stage);
        stage == Stage::Runs
    }
}
