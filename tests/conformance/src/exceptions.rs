//! Our errors by asyncio's names: the one place that says what corresponds to what.
//!
//! | here | in asyncio |
//! |---|---|
//! | `CancelledError`, with its message | `CancelledError('message',)` |
//! | `TimeoutError` | `TimeoutError`; ours says after how long, theirs says nothing |
//! | `ExceptionGroup<E>` | `ExceptionGroup[..]` |
//! | `InvalidStateError`, `ValueError` and panics, by their texts | the exception of [`TEXTS`] |
//! | any other panic | `RuntimeError` with its text, as for no other reason does anything of ours unwind |

mod io;
mod texts;

pub use texts::{TEXTS, pythons};

use asyncio::futures::SetResultError;
use asyncio::{
    BrokenBarrierError, CancelledError, ExceptionGroup, GetError, InvalidStateError, Outcome,
    PutError, QueueEmpty, QueueFull, QueueShutDown, TimeoutError, ValueError,
};
use serde_json::Value;
use std::any::Any;
use std::fmt;

/// An exception, as the probes print it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exc {
    kind: &'static str,
    /// As Python prints them, with a comma after each; or what is in a group.
    args: String,
}

impl Exc {
    /// Without arguments.
    #[must_use]
    pub fn new(kind: &'static str) -> Self {
        let args = String::new();
        Exc { kind, args }
    }

    /// With one argument, as Python's `repr` has it: `'text'`, `1`.
    #[must_use]
    pub fn with(kind: &'static str, arg: impl fmt::Display) -> Self {
        let args = format!("({arg},)");
        Exc { kind, args }
    }

    /// `ValueError('text')`.
    #[must_use]
    pub fn value_error(text: &str) -> Self {
        Exc::with("ValueError", format_args!("'{text}'"))
    }

    /// `KeyError('text')`.
    #[must_use]
    pub fn key_error(text: &str) -> Self {
        Exc::with("KeyError", format_args!("'{text}'"))
    }

    /// The name of its type.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// What a panic is in asyncio. An [`Exc`] as payload is the exception that the probe raised.
    #[must_use]
    pub fn of_panic(payload: Box<dyn Any + Send>) -> Self {
        let payload = match payload.downcast::<Exc>() {
            Ok(exception) => return *exception,
            Err(payload) => payload,
        };
        let text = payload.downcast_ref::<&'static str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        Exc::of_text(text.unwrap_or_default(), "RuntimeError")
    }

    fn of_text(text: &str, otherwise: &'static str) -> Self {
        match texts::find(text) {
            Some((_, kind, "")) => Exc::new(kind),
            Some((_, kind, arg)) => Exc::with(kind, arg),
            None => Exc::with(otherwise, format_args!("'{text}'")),
        }
    }
}

impl fmt::Display for Exc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.kind, self.args)
    }
}

impl std::error::Error for Exc {}

impl From<CancelledError> for Exc {
    fn from(error: CancelledError) -> Self {
        match error.message() {
            Some(message) => Exc::with("CancelledError", format_args!("'{message}'")),
            None => Exc::new("CancelledError"),
        }
    }
}

impl From<TimeoutError> for Exc {
    fn from(_: TimeoutError) -> Self {
        Exc::new("TimeoutError")
    }
}

impl From<InvalidStateError> for Exc {
    fn from(error: InvalidStateError) -> Self {
        Exc::of_text(&error.to_string(), "InvalidStateError")
    }
}

impl<T> From<SetResultError<T>> for Exc {
    fn from(error: SetResultError<T>) -> Self {
        InvalidStateError::from(error).into()
    }
}

impl From<ValueError> for Exc {
    fn from(error: ValueError) -> Self {
        Exc::of_text(&error.to_string(), "ValueError")
    }
}

impl From<BrokenBarrierError> for Exc {
    fn from(error: BrokenBarrierError) -> Self {
        Exc::of_text(&error.to_string(), "BrokenBarrierError")
    }
}

impl<E: Into<Exc>> From<ExceptionGroup<E>> for Exc {
    fn from(group: ExceptionGroup<E>) -> Self {
        let inner: Vec<String> = group
            .into_iter()
            .map(|error| error.into().to_string())
            .collect();
        Exc {
            kind: "ExceptionGroup",
            args: format!("[{}]", inner.join(", ")),
        }
    }
}

impl<T> From<PutError<T>> for Exc {
    fn from(error: PutError<T>) -> Self {
        match error {
            PutError::Full(_) => Exc::new("QueueFull"),
            PutError::ShutDown(_) => Exc::new("QueueShutDown"),
        }
    }
}

impl From<GetError> for Exc {
    fn from(error: GetError) -> Self {
        match error {
            GetError::Empty(_) => Exc::new("QueueEmpty"),
            GetError::ShutDown(_) => Exc::new("QueueShutDown"),
        }
    }
}

impl<T> From<QueueFull<T>> for Exc {
    fn from(_: QueueFull<T>) -> Self {
        Exc::new("QueueFull")
    }
}

impl From<QueueEmpty> for Exc {
    fn from(_: QueueEmpty) -> Self {
        Exc::new("QueueEmpty")
    }
}

impl<T> From<QueueShutDown<T>> for Exc {
    fn from(_: QueueShutDown<T>) -> Self {
        Exc::new("QueueShutDown")
    }
}

/// What a probe can print: a value, or an exception.
pub trait Shown {
    /// The value, or the exception.
    ///
    /// # Errors
    ///
    /// With the exception.
    fn shown(self) -> Result<Value, Exc>;
}

impl<T: Shown, E: Into<Exc>> Shown for Result<T, E> {
    fn shown(self) -> Result<Value, Exc> {
        self.map_err(Into::into).and_then(Shown::shown)
    }
}

impl<T: Shown> Shown for Outcome<T> {
    fn shown(self) -> Result<Value, Exc> {
        match self {
            Outcome::Returned(value) => value.shown(),
            Outcome::Cancelled(error) => Err(error.into()),
            Outcome::Panicked(payload) => Err(Exc::of_panic(payload)),
        }
    }
}

impl Shown for () {
    fn shown(self) -> Result<Value, Exc> {
        Ok(Value::Null)
    }
}

/// As a value, it is its text.
impl Shown for Exc {
    fn shown(self) -> Result<Value, Exc> {
        Ok(Value::from(self.to_string()))
    }
}

macro_rules! plain {
    ($($t:ty),*) => {$(
        impl Shown for $t {
            fn shown(self) -> Result<Value, Exc> {
                Ok(Value::from(self))
            }
        }
    )*};
}
plain!(Value, bool, i32, u32, u64, usize, f64, &'static str, String);

impl<T: Shown> Shown for Option<T> {
    fn shown(self) -> Result<Value, Exc> {
        self.map_or(Ok(Value::Null), Shown::shown)
    }
}

impl<T: Shown> Shown for Vec<T> {
    fn shown(self) -> Result<Value, Exc> {
        self.into_iter().map(Shown::shown).collect()
    }
}

macro_rules! tuples {
    ($(($($t:ident),*))*) => {$(
        impl<$($t: Shown),*> Shown for ($($t,)*) {
            #[allow(non_snake_case)]
            fn shown(self) -> Result<Value, Exc> {
                let ($($t,)*) = self;
                Ok(Value::Array(vec![$($t.shown()?),*]))
            }
        }
    )*};
}
tuples!((A, B)(A, B, C)(A, B, C, D));
