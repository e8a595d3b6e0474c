//! How a task ended.

use crate::CancelledError;
use std::any::Any;
use std::hash::{Hash, Hasher};
use std::{fmt, mem};

/// How a task ended: what [`Task::outcome`](crate::Task::outcome) gives.
///
/// # Examples
///
/// ```
/// use asyncio::{Outcome, create_task};
///
/// #[asyncio::main]
/// async fn main() {
///     match create_task(async { 6 * 7 }).outcome().await {
///         Outcome::Returned(value) => assert_eq!(value, 42),
///         Outcome::Cancelled(error) => println!("{error}"),
///         Outcome::Panicked(payload) => std::panic::resume_unwind(payload),
///     }
/// }
/// ```
pub enum Outcome<T> {
    /// The future came to its end, with this value (which may be an `Err`).
    Returned(T),
    /// It was cancelled before that.
    Cancelled(CancelledError),
    /// It panicked, with this payload.
    Panicked(Box<dyn Any + Send + 'static>),
}

impl<T> Outcome<T> {
    /// The value or the cancellation; a panic is resumed here.
    ///
    /// # Errors
    ///
    /// [`CancelledError`] if the task was cancelled.
    ///
    /// # Panics
    ///
    /// With the panic of the task.
    pub fn into_result(self) -> Result<T, CancelledError> {
        match self {
            Outcome::Returned(value) => Ok(value),
            Outcome::Cancelled(error) => Err(error),
            Outcome::Panicked(payload) => std::panic::resume_unwind(payload),
        }
    }

    /// Whether the future came to its end.
    pub const fn is_returned(&self) -> bool {
        matches!(self, Outcome::Returned(_))
    }

    /// Whether it was cancelled.
    pub const fn is_cancelled(&self) -> bool {
        matches!(self, Outcome::Cancelled(_))
    }

    /// Whether it panicked.
    pub const fn is_panicked(&self) -> bool {
        matches!(self, Outcome::Panicked(_))
    }
}

impl<T: fmt::Debug> fmt::Debug for Outcome<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Returned(value) => f.debug_tuple("Returned").field(value).finish(),
            Outcome::Cancelled(error) => f.debug_tuple("Cancelled").field(error).finish(),
            Outcome::Panicked(payload) => f
                .debug_tuple("Panicked")
                .field(&crate::scope::report::message(&**payload))
                .finish(),
        }
    }
}

/// Whether a value of any type is an `Err`.
///
/// There is no specialisation on stable Rust, so this asks the type for its name and the value for its
/// discriminant. Where either changes in a later Rust, failures are no longer told from successes,
/// nothing worse; the test below would say so.
pub(crate) fn is_err<T>(value: &T) -> bool {
    /// Takes the discriminant of `Result` out of its hash.
    #[derive(Default)]
    struct Discriminant(Option<isize>);
    impl Hasher for Discriminant {
        fn finish(&self) -> u64 {
            0
        }
        fn write(&mut self, _: &[u8]) {}
        fn write_isize(&mut self, discriminant: isize) {
            self.0 = Some(discriminant);
        }
    }
    if !std::any::type_name::<T>().starts_with("core::result::Result<") {
        return false;
    }
    let mut discriminant = Discriminant::default();
    mem::discriminant(value).hash(&mut discriminant);
    let mut of_err = Discriminant::default();
    mem::discriminant(&Err::<(), ()>(())).hash(&mut of_err);
    discriminant.0.is_some() && discriminant.0 == of_err.0
}

/// The error type of a `Result`, by name, for messages.
pub(crate) fn error_name<T>() -> &'static str {
    let name = std::any::type_name::<T>();
    let Some(arguments) = name.strip_prefix("core::result::Result<") else {
        return name;
    };
    let mut depth = 0;
    for (at, c) in arguments.char_indices() {
        match c {
            '<' | '(' | '[' => depth += 1,
            '>' | ')' | ']' => depth -= 1,
            ',' if depth == 0 => return arguments[at + 1..].trim().trim_end_matches('>'),
            _ => {}
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_from_values() {
        assert!(is_err(&Err::<u32, String>(String::new())));
        assert!(!is_err(&Ok::<u32, String>(1)));
        assert!(is_err(&Err::<(), ()>(())));
        assert!(!is_err(&Ok::<(), ()>(())));
        assert!(is_err(&Err::<Box<u8>, ()>(())), "a niche is no problem");
        assert!(is_err(&Err::<std::convert::Infallible, u8>(1)));
        assert!(!is_err(&1));
        assert!(!is_err(&Some(Err::<(), ()>(()))));
    }

    #[test]
    fn error_types_have_names() {
        assert_eq!(
            error_name::<Result<(u8, Vec<u8>), std::fmt::Error>>(),
            "core::fmt::Error"
        );
        assert_eq!(error_name::<u8>(), "u8");
    }
}
