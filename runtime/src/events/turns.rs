//! How many steps the loop takes before Tokio's driver has its turn, to look for timers and I/O.
//!
//! That turn costs as much as some twenty steps, and brings nothing where tasks do nothing but wake each other. So after some
//! that brought nothing they become rarer, as long as steps are short: what comes first after a silence waits a few
//! microseconds longer, and nothing after that does.

use std::cell::Cell;
use std::time::Duration;
use tokio::runtime::RuntimeMetrics;
use tokio::time::Instant;

/// So many steps are taken before there is a question of more.
pub(super) const TICK: usize = 128;

/// So many times that at most.
const MOST: u32 = 4;

/// After so many turns of the driver that brought nothing.
const SILENCE: u32 = 32;

/// As long as it was not more than this ago.
const SHORT: Duration = Duration::from_micros(10);

/// What the loop knows of its last turns.
#[derive(Default)]
pub(super) struct Turns {
    /// How many turns of the driver have brought nothing since one that did.
    silent: Cell<u32>,
}

/// One turn of the loop.
pub(super) struct Turn {
    /// When, if there may be more steps than in any.
    begin: Option<Instant>,
    ticks: u32,
}

impl Turns {
    /// A turn of the loop begins; the one of the driver before it may have brought something. Tokio's tasks, if
    /// there are any, have their turns when the driver has.
    #[inline]
    pub(super) fn begin(&self, was_disturbed: bool, tokio: &RuntimeMetrics) -> Turn {
        let silent = if was_disturbed { 0 } else { self.silent.get() };
        self.silent.set(SILENCE.min(silent + 1));
        let is_silent = silent == SILENCE && tokio.num_alive_tasks() == 0;
        Turn {
            begin: is_silent.then(Instant::now),
            ticks: 1,
        }
    }
}

impl Turn {
    /// Whether it goes on for as many steps.
    #[inline]
    pub(super) fn goes_on(&mut self, alarm: Option<Instant>, tokio: &RuntimeMetrics) -> bool {
        let Some(begin) = self.begin.filter(|_| self.ticks < MOST) else {
            return false;
        };
        self.ticks += 1;
        let now = Instant::now();
        now.duration_since(begin) < SHORT
            && alarm.is_none_or(|at| at > now)
            && tokio.num_alive_tasks() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::runtime::{Builder, Handle};

    /// How many ticks a turn after a silence has, on a clock that is put forward by so much in each.
    async fn ticks(tick: Duration, alarm: Option<Instant>) -> u32 {
        let (turns, tokio) = (Turns::default(), Handle::current().metrics());
        for _ in 0..SILENCE {
            let mut turn = turns.begin(false, &tokio);
            assert!(!turn.goes_on(None, &tokio));
        }
        let mut turn = turns.begin(false, &tokio);
        let mut ticks = 1;
        tokio::time::advance(tick).await;
        while turn.goes_on(alarm, &tokio) {
            ticks += 1;
            tokio::time::advance(tick).await;
        }
        assert!(!turns.begin(true, &tokio).goes_on(None, &tokio));
        assert!(!turns.begin(false, &tokio).goes_on(None, &tokio));
        ticks
    }

    #[test]
    fn a_turn_goes_on_after_a_silence_while_steps_are_short_and_no_alarm_is_due() {
        let mut runtime = Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let tick = Duration::from_micros(3);
            assert_eq!(ticks(tick, None).await, MOST);
            assert_eq!(ticks(tick, Some(Instant::now() + SHORT)).await, MOST);
            assert_eq!(ticks(tick, Some(Instant::now() + 2 * tick)).await, 2);
            assert_eq!(ticks(2 * tick, None).await, 2);
            assert_eq!(ticks(SHORT, None).await, 1);
        });
    }
}
