//! Durations as asyncio takes them: a `Duration`, or a number of seconds.

use std::time::Duration;

/// A length of time: a [`Duration`], or a number of seconds as in Python.
///
/// Every function of this crate that takes a time takes `impl IntoDuration`. Integers and floats
/// are seconds. A negative number is zero, as `asyncio.sleep(-1)` is; one too large for a
/// [`Duration`] is [`Duration::MAX`].
///
/// # Panics
///
/// NaN panics, as it is a `ValueError` in Python since 3.13.
///
/// # Examples
///
/// ```
/// use asyncio::IntoDuration;
/// use std::time::Duration;
///
/// assert_eq!(2.into_duration(), Duration::from_secs(2));
/// assert_eq!(0.25.into_duration(), Duration::from_millis(250));
/// assert_eq!((-1).into_duration(), Duration::ZERO);
/// assert_eq!(Duration::from_millis(7).into_duration(), Duration::from_millis(7));
/// ```
#[diagnostic::on_unimplemented(
    message = "expected a duration, found `{Self}`",
    label = "neither a `Duration` nor a number of seconds",
    note = "write a number of seconds (`2`, `1.5`) or a `std::time::Duration`; `duration!(1m30s)` makes one"
)]
pub trait IntoDuration {
    /// This length of time as a [`Duration`].
    fn into_duration(self) -> Duration;
}

impl IntoDuration for Duration {
    fn into_duration(self) -> Duration {
        self
    }
}

// Hidden from the list of what could have been meant, which the note sums up.
#[diagnostic::do_not_recommend]
impl IntoDuration for f64 {
    #[track_caller]
    fn into_duration(self) -> Duration {
        assert!(!self.is_nan(), "NaN is not a duration");
        Duration::try_from_secs_f64(self.max(0.0)).unwrap_or(Duration::MAX)
    }
}

#[diagnostic::do_not_recommend]
impl IntoDuration for f32 {
    #[track_caller]
    fn into_duration(self) -> Duration {
        f64::from(self).into_duration()
    }
}

macro_rules! integers {
    ($($int:ty)*) => { $(
        #[diagnostic::do_not_recommend]
        impl IntoDuration for $int {
            fn into_duration(self) -> Duration {
                // Negative: zero. Beyond `u64`: only the 128-bit types can be, and only upwards.
                #[allow(unused_comparisons)]
                let negative = self < 0;
                if negative {
                    return Duration::ZERO;
                }
                u64::try_from(self).map_or(Duration::MAX, Duration::from_secs)
            }
        }
    )* };
}
integers! { i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_seconds() {
        assert_eq!(3u8.into_duration(), Duration::from_secs(3));
        assert_eq!(3i64.into_duration(), Duration::from_secs(3));
        assert_eq!(1.5f32.into_duration(), Duration::from_millis(1500));
        assert_eq!(0usize.into_duration(), Duration::ZERO);
    }

    #[test]
    fn negative_is_zero() {
        assert_eq!(i128::MIN.into_duration(), Duration::ZERO);
        assert_eq!((-0.5).into_duration(), Duration::ZERO);
        assert_eq!(f64::NEG_INFINITY.into_duration(), Duration::ZERO);
    }

    #[test]
    fn too_long_is_the_longest() {
        assert_eq!(u128::MAX.into_duration(), Duration::MAX);
        assert_eq!(f64::INFINITY.into_duration(), Duration::MAX);
        assert_eq!(1e300.into_duration(), Duration::MAX);
    }

    #[test]
    #[should_panic(expected = "NaN is not a duration")]
    fn nan_panics() {
        let _ = f64::NAN.into_duration();
    }
}
