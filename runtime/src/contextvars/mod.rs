//! Context variables: `Lib/contextvars.py`, PEP 567.
//!
//! | file | what |
//! |---|---|
//! | `context` | `Context`: a set of variables and their values |
//! | `current` | which context is in force here, and how tasks inherit it |
//! | `in_context` | a future that runs in a context |

mod context;
mod current;
mod in_context;

pub use context::{Context, copy_context};
pub(crate) use current::existing;
#[cfg(feature = "tokio")]
pub(crate) use current::{Snapshot, hide, inherit, is_used};
pub use in_context::InContext;

use crate::ValueError;
use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// A variable with a value of its own in every task: `contextvars.ContextVar`.
///
/// It is a `static`. A task starts with a copy of the values that its creator had, and what it sets
/// nobody else sees. [`to_thread`](crate::to_thread) hands the values on to its thread, and so does
/// [`run_in_executor`](crate::run_in_executor) (in asyncio it does not). The cleanup of a
/// [`finally`](crate::finally) sees the variables of the place where the guard was made.
///
/// The branches of [`gather!`](crate::gather!) and [`wait_first!`](crate::wait_first!) run inside of
/// their caller's task and share its variables; [`Context::scope`] gives a branch its own.
///
/// `get` takes a lock that is hardly ever contended, looks the variable up, and clones the value: keep
/// large values in an `Arc`. A program that never sets a variable pays nothing.
///
/// # Examples
///
/// ```
/// use asyncio::{ContextVar, create_task};
///
/// static REQUEST: ContextVar<u32> = ContextVar::new("request");
///
/// async fn log(what: &str) -> String {
///     format!("[{}] {what}", REQUEST.get().unwrap_or_default())
/// }
///
/// #[asyncio::main]
/// async fn main() {
///     REQUEST.set(7);
///     let task = create_task(async {
///         let inherited = log("query").await;
///         REQUEST.set(8); // of this task alone
///         inherited
///     });
///     assert_eq!(task.await.unwrap(), "[7] query");
///     assert_eq!(REQUEST.get(), Some(7));
/// }
/// ```
pub struct ContextVar<T> {
    name: &'static str,
    default: Option<T>,
    id: OnceLock<u64>,
}

/// What a variable was before [`ContextVar::set`]: `contextvars.Token`.
///
/// [`ContextVar::reset`] takes it back. It can be dropped, then the value stays.
pub struct Token<T> {
    var: u64,
    context: Context,
    old: Option<Value<T>>,
}

/// A value as it lies in a context, known to be a `T`.
struct Value<T> {
    value: Arc<dyn Any + Send + Sync>,
    of: std::marker::PhantomData<fn() -> T>,
}

impl<T: Clone + Send + Sync + 'static> ContextVar<T> {
    /// A variable without a default. The name is for `Debug`.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        ContextVar {
            name,
            default: None,
            id: OnceLock::new(),
        }
    }

    /// A variable that has `default` wherever nobody set it: `ContextVar(name, default=..)`.
    #[must_use]
    pub const fn with_default(name: &'static str, default: T) -> Self {
        ContextVar {
            name,
            default: Some(default),
            id: OnceLock::new(),
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The value here, or the default: `ContextVar.get()`. `None` instead of `LookupError` where there
    /// is neither.
    #[must_use]
    pub fn get(&self) -> Option<T> {
        self.set_value(existing().as_ref())
            .or_else(|| self.default.clone())
    }

    /// The value here, or else `default`, even where the variable has one: `ContextVar.get(default)`.
    #[must_use]
    pub fn get_or(&self, default: T) -> T {
        self.set_value(existing().as_ref()).unwrap_or(default)
    }

    /// Changes the value for this task and what it starts from here on: `ContextVar.set`.
    pub fn set(&self, value: T) -> Token<T> {
        let context = current::existing_or_new();
        let old = context.insert(self.id(), self.name, Arc::new(value));
        Token {
            var: self.id(),
            context,
            old: old.map(Value::new),
        }
    }

    /// Takes a [`set`](Self::set) back: `ContextVar.reset`. A token works once.
    ///
    /// # Errors
    ///
    /// [`ValueError`] if the token is of another variable, or was made in another context.
    pub fn reset(&self, token: Token<T>) -> Result<(), ValueError> {
        if token.var != self.id() {
            return Err(ValueError::new("the token was made by another variable"));
        }
        if existing().as_ref() != Some(&token.context) {
            return Err(ValueError::new("the token was made in another context"));
        }
        match token.old {
            Some(old) => drop(token.context.insert(token.var, self.name, old.value)),
            None => drop(token.context.remove(token.var)),
        }
        Ok(())
    }

    /// The value in a context, without the default.
    fn set_value(&self, context: Option<&Context>) -> Option<T> {
        let value = context?.lookup(*self.id.get()?)?;
        value.downcast_ref::<T>().cloned()
    }

    /// Identifies it: a `static` has an address, but not every variable is one.
    fn id(&self) -> u64 {
        *self.id.get_or_init(current::next_id)
    }
}

impl<T> Value<T> {
    fn new(value: Arc<dyn Any + Send + Sync>) -> Self {
        Value {
            value,
            of: std::marker::PhantomData,
        }
    }
}

impl<T: Clone + Send + Sync + 'static> Token<T> {
    /// The value that the variable had before, `None` without one: `Token.old_value`.
    #[must_use]
    pub fn old_value(&self) -> Option<T> {
        self.old.as_ref()?.value.downcast_ref::<T>().cloned()
    }
}

impl<T> fmt::Debug for ContextVar<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContextVar")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Token<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("had_value", &self.old.is_some())
            .finish_non_exhaustive()
    }
}
