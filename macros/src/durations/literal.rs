//! The text of a duration literal, and what is wrong with it.
//!
//! rustc lexes `2s`, `1h30m`, `1.5s` and `100µs` as one literal token each, a number with a suffix (a
//! suffix may hold digits), so there is nothing to lex here beyond that token.

use crate::words::without;
use std::fmt;
use std::time::Duration;

const NANOS_PER_SECOND: u128 = 1_000_000_000;

const UNITS: &[(&str, u128)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000), // U+00B5, micro sign
    ("μs", 1_000), // U+03BC, Greek mu
    ("ms", 1_000_000),
    ("s", NANOS_PER_SECOND),
    ("m", 60 * NANOS_PER_SECOND),
    ("h", 3_600 * NANOS_PER_SECOND),
    ("d", 86_400 * NANOS_PER_SECOND),
];

const UNIT_LIST: &str = "the units are `d`, `h`, `m`, `s`, `ms`, `us` and `ns`";

/// The suffixes that are types of Rust: `2u64` is a number without a unit.
const NUMBER_TYPES: &[&str] = &[
    "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f16",
    "f32", "f64", "f128",
];

/// Why a literal is not a duration, and what to write instead.
#[derive(Debug, PartialEq)]
pub(super) struct Mistake {
    what: String,
    help: String,
    meant: Option<String>,
}

impl Mistake {
    fn new(what: impl Into<String>, help: impl Into<String>) -> Self {
        Mistake {
            what: what.into(),
            help: help.into(),
            meant: None,
        }
    }

    fn with_meant(what: impl Into<String>, meant: String) -> Self {
        Mistake {
            what: what.into(),
            help: format!("write `{meant}`"),
            meant: Some(meant),
        }
    }

    /// The duration that was meant, where that is known.
    pub(super) fn meant(&self) -> Option<&str> {
        self.meant.as_deref()
    }

    fn too_long() -> Self {
        Mistake::new(
            "it is too long",
            "the longest is about 584 years, `213503d`",
        )
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\nhelp: {}", self.what, self.help)
    }
}

/// The duration that the text of a literal stands for.
pub(super) fn parse(text: &str) -> Result<Duration, Mistake> {
    let text = without(text, '_');
    if text.starts_with("0x") || text.starts_with("0o") || text.starts_with("0b") {
        return Err(Mistake::new(
            "a duration is written in decimal",
            "write `2s` or `500ms`",
        ));
    }
    let mut rest = without_number_type(&text);
    let mut total = 0;
    let mut last_scale = u128::MAX;
    while !rest.is_empty() {
        let (number, unit, after) = next_part(rest);
        rest = after;
        let scale = scale(number, unit, last_scale == u128::MAX)?;
        if scale >= last_scale {
            return Err(Mistake::new(
                "its units are out of order",
                "write them from large to small, each at most once, as in `1h30m`",
            ));
        }
        last_scale = scale;
        if number.contains('.') && !rest.is_empty() {
            return Err(Mistake::new(
                format!("`{number}{unit}` has a fraction, and more follows"),
                "only the last part can have one, as in `1m1.5s`",
            ));
        }
        total += nanos(number, unit, scale)?;
    }
    // 584 years: nobody means more than that, and everything that adds durations has room left.
    let total = u64::try_from(total).map_err(|_| Mistake::too_long())?;
    Ok(Duration::from_nanos(total))
}

fn without_number_type(text: &str) -> &str {
    let number = |ty: &&str| text.strip_suffix(ty).filter(|number| !number.is_empty());
    let is_number = |text: &&str| text.chars().all(|c| c.is_ascii_digit() || c == '.');
    NUMBER_TYPES
        .iter()
        .find_map(number)
        .filter(is_number)
        .unwrap_or(text)
}

/// Splits `1h30m` into `1`, `h` and `30m`.
fn next_part(text: &str) -> (&str, &str, &str) {
    let number_end = text.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (number, rest) = text.split_at(number_end.unwrap_or(text.len()));
    let unit_end = rest.find(|c: char| c.is_ascii_digit());
    let (unit, rest) = rest.split_at(unit_end.unwrap_or(rest.len()));
    (number, unit, rest)
}

/// How many nanoseconds the unit has.
fn scale(number: &str, unit: &str, first: bool) -> Result<u128, Mistake> {
    if let Some((_, scale)) = UNITS.iter().find(|(name, _)| *name == unit) {
        return Ok(*scale);
    }
    if matches!(unit, "e" | "E") {
        return Err(Mistake::new(
            "a duration has no exponent",
            "write the number out, as in `1000s`",
        ));
    }
    if !unit.is_empty() {
        let what = format!("`{unit}` is not a unit of time");
        return Err(match meant(number, unit) {
            Some(meant) => Mistake::with_meant(what, meant),
            None => Mistake::new(what, UNIT_LIST),
        });
    }
    if !first {
        return Err(Mistake::new(
            format!("missing unit after `{number}`"),
            UNIT_LIST,
        ));
    }
    let number = number.trim_end_matches('.');
    let plural = if number == "1" { "" } else { "s" };
    Err(Mistake::new(
        "missing unit",
        format!(
            "write `{number}s` for {number} second{plural}, `{number}ms` for {number} millisecond{plural}"
        ),
    ))
}

/// The duration that was most likely meant by a number with an unknown unit.
fn meant(number: &str, unit: &str) -> Option<String> {
    let known = match unit.to_lowercase().as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        "ms" | "msec" | "msecs" | "milli" | "millis" | "millisecond" | "milliseconds" => "ms",
        "us" | "usec" | "usecs" | "micro" | "micros" | "microsecond" | "microseconds" => "us",
        "ns" | "nsec" | "nsecs" | "nano" | "nanos" | "nanosecond" | "nanoseconds" => "ns",
        "w" | "week" | "weeks" => {
            let weeks: u64 = number.parse().ok()?;
            return Some(format!("{}d", weeks.checked_mul(7)?));
        }
        _ => return None,
    };
    Some(format!("{number}{known}"))
}

/// The nanoseconds of one part.
fn nanos(number: &str, unit: &str, scale: u128) -> Result<u128, Mistake> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    // More than a `u64` of any unit is too long, and less cannot overflow a `u128` of nanoseconds.
    let whole: u64 = whole.parse().map_err(|_| Mistake::too_long())?;
    let mut total = u128::from(whole) * scale;
    let mut place = scale;
    for digit in fraction.trim_end_matches('0').chars() {
        let Some(digit) = digit.to_digit(10).filter(|_| place.is_multiple_of(10)) else {
            return Err(Mistake::new(
                format!("`{number}{unit}` is finer than a nanosecond"),
                "leave out the last digits",
            ));
        };
        place /= 10;
        total += place * u128::from(digit);
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(text: &str) -> String {
        parse(text).expect_err("this is not a duration").to_string()
    }

    #[test]
    fn units() {
        for (text, nanos) in [
            ("10ns", 10),
            ("100us", 100_000),
            ("100\u{b5}s", 100_000),
            ("100\u{3bc}s", 100_000),
            ("500ms", 500_000_000),
            ("2s", 2_000_000_000),
            ("2m", 120_000_000_000),
            ("1h", 3_600_000_000_000),
            ("1d", 86_400_000_000_000),
            ("0s", 0),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_nanos(nanos)), "{text}");
        }
    }

    #[test]
    fn parts_add_up() {
        assert_eq!(parse("1h30m"), Ok(Duration::from_secs(5_400)));
        assert_eq!(
            parse("2d4h3m2s1ms"),
            Ok(Duration::from_millis(
                ((2 * 24 + 4) * 3_600 + 3 * 60 + 2) * 1_000 + 1
            ))
        );
        assert_eq!(parse("1m1.5s"), Ok(Duration::from_millis(61_500)));
    }

    #[test]
    fn fractions_and_underscores() {
        assert_eq!(parse("1.5s"), Ok(Duration::from_millis(1_500)));
        assert_eq!(parse("0.25d"), Ok(Duration::from_secs(21_600)));
        assert_eq!(parse("1.50us"), Ok(Duration::from_nanos(1_500)));
        assert_eq!(parse("1_000ms"), Ok(Duration::from_secs(1)));
        assert_eq!(parse("3.0ns"), Ok(Duration::from_nanos(3)));
    }

    #[test]
    fn the_longest() {
        assert_eq!(
            parse("18446744073709551615ns"),
            Ok(Duration::from_nanos(u64::MAX))
        );
        assert_eq!(parse("213503d"), Ok(Duration::from_secs(213_503 * 86_400)));
        let too_long = Mistake::too_long().to_string();
        for text in [
            "18446744073709551616ns",
            "99999999999999d",
            "213504d",
            "340282366920938463463374607431768211456d",
        ] {
            assert_eq!(mistake(text), too_long, "{text}");
        }
    }

    #[test]
    fn a_number_needs_a_unit() {
        assert_eq!(
            mistake("2"),
            "missing unit\nhelp: write `2s` for 2 seconds, `2ms` for 2 milliseconds"
        );
        assert_eq!(
            mistake("1"),
            "missing unit\nhelp: write `1s` for 1 second, `1ms` for 1 millisecond"
        );
        for text in ["2u64", "2.", "2_i32", "2usize"] {
            assert_eq!(mistake(text), mistake("2"), "{text}");
        }
        assert_eq!(mistake("1.5f64"), mistake("1.5"));
        assert!(mistake("1h30").starts_with("missing unit after `30`"));
    }

    #[test]
    fn unknown_units_name_the_known_one() {
        for (text, instead) in [
            ("30sec", "30s"),
            ("5S", "5s"),
            ("2min", "2m"),
            ("2Hours", "2h"),
            ("2w", "14d"),
            ("1.5millis", "1.5ms"),
        ] {
            assert!(
                mistake(text).ends_with(&format!("write `{instead}`")),
                "{text}"
            );
        }
        assert_eq!(
            mistake("2x"),
            format!("`x` is not a unit of time\nhelp: {UNIT_LIST}")
        );
        assert!(mistake("1e3s").starts_with("a duration has no exponent"));
    }

    #[test]
    fn what_else_is_no_duration() {
        assert!(mistake("0x10s").contains("in decimal"));
        assert!(mistake("30m1h").contains("out of order"));
        assert!(mistake("1s2s").contains("out of order"));
        assert!(mistake("1.5h30m").contains("fraction"));
        assert!(mistake("0.1ns").contains("finer than a nanosecond"));
    }
}
