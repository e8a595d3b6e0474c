//! An alarm with its time.

use super::Alarm;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::Instant;

/// About thirty years: as far as Tokio's timers go for a time that cannot be computed.
pub(super) const FAR: Duration = Duration::from_secs(86_400 * 365 * 30);

/// So long after a time.
pub(in super::super) fn later(time: Instant, delay: Duration) -> Instant {
    time.checked_add(delay).unwrap_or_else(|| time + FAR)
}

/// Is ready at a certain time.
pub(crate) struct Timer {
    at: Instant,
    alarm: Alarm,
}

impl Timer {
    #[inline]
    pub(crate) fn at(at: Instant) -> Self {
        let alarm = Alarm::new();
        Timer { at, alarm }
    }

    /// So long after now.
    #[inline]
    pub(crate) fn after(delay: Duration) -> Self {
        Timer::at(later(Instant::now(), delay))
    }

    #[inline]
    pub(crate) fn deadline(&self) -> Instant {
        self.at
    }

    /// Sets it for another time.
    pub(crate) fn reset(&mut self, at: Instant) {
        if at != self.at {
            *self = Timer::at(at);
        }
    }

    /// It need not go off any more. There is nothing in it then that has to be dropped.
    pub(crate) fn put_off(&mut self) {
        self.alarm.put_off();
    }

    /// Whether it has gone off; else arranges for a wake-up.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime.
    #[inline]
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.alarm.poll(self.at, cx)
    }
}
