//! `Context`: a set of variables and their values.

use super::current::{self, Entered};
use super::{ContextVar, InContext};
use crate::Awaitable;
use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type AnyValue = Arc<dyn Any + Send + Sync>;

/// The variables that were set, by their ids. Copying a context copies the `Arc`; the first `set`
/// after that copies the map.
type Map = Arc<BTreeMap<u64, Entry>>;

#[derive(Clone)]
struct Entry {
    name: &'static str,
    value: AnyValue,
}

/// A set of variables and their values: `contextvars.Context`.
///
/// A clone is another handle to the same set; [`Context::copy`] makes a set of its own. Two are equal if
/// they are the same set. Unlike in Python a context can be entered more than once at a time, by tasks
/// on several threads among others.
///
/// # Examples
///
/// ```
/// use asyncio::{Context, ContextVar, copy_context};
///
/// static USER: ContextVar<&str> = ContextVar::new("user");
///
/// let context = copy_context();
/// context.run(|| USER.set("ada"));
/// assert_eq!(context.get(&USER), Some("ada"));
/// assert_eq!(USER.get(), None); // outside of it
/// assert!(Context::new().is_empty());
/// ```
#[derive(Clone)]
pub struct Context {
    map: Arc<Mutex<Map>>,
}

/// A copy of the variables as they are here: `contextvars.copy_context`. Takes constant time.
///
/// # Examples
///
/// See [`Context`].
#[must_use]
pub fn copy_context() -> Context {
    current::existing().map_or_else(Context::new, |context| context.copy())
}

impl Context {
    /// An empty one: no variable has a value in it, except defaults.
    #[must_use]
    pub fn new() -> Self {
        current::mark_used();
        Context {
            map: Arc::default(),
        }
    }

    /// Another set with the same values: `Context.copy`. Takes constant time.
    #[must_use]
    pub fn copy(&self) -> Self {
        let map = Arc::clone(&self.map());
        Context {
            map: Arc::new(Mutex::new(map)),
        }
    }

    /// Calls `f` in this context: `Context.run`. What it sets stays in here.
    pub fn run<R>(&self, f: impl FnOnce() -> R) -> R {
        current::within(&mut Entered::of(Some(self.clone())), f)
    }

    /// Runs a future in this context, wherever it is polled.
    ///
    /// For branches of [`gather!`](crate::gather!), which otherwise share the variables of their task;
    /// for a task there is [`TaskBuilder::context`](crate::TaskBuilder::context).
    ///
    /// # Cancellation
    ///
    /// Dropping it drops the future, in the context.
    ///
    /// # Examples
    ///
    /// ```
    /// use asyncio::{ContextVar, copy_context, sleep};
    ///
    /// static WHO: ContextVar<&str> = ContextVar::new("who");
    ///
    /// #[asyncio::main]
    /// async fn main() {
    ///     let branch = copy_context().scope(async {
    ///         WHO.set("the branch");
    ///         sleep(0.01).await;
    ///         WHO.get()
    ///     });
    ///     assert_eq!(branch.await, Some("the branch"));
    ///     assert_eq!(WHO.get(), None);
    /// }
    /// ```
    pub fn scope<F: Awaitable<K>, K>(&self, future: F) -> InContext<F::Future> {
        InContext::new(future.into_awaited(), self.clone())
    }

    /// The value of a variable in it; `None` if it was not set: `context.get(var)`.
    #[must_use]
    pub fn get<T: Clone + Send + Sync + 'static>(&self, var: &ContextVar<T>) -> Option<T> {
        var.set_value(Some(self))
    }

    /// Whether a variable was set in it: `var in context`.
    #[must_use]
    pub fn contains<T: Clone + Send + Sync + 'static>(&self, var: &ContextVar<T>) -> bool {
        self.lookup(var.id()).is_some()
    }

    /// How many variables were set in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.map().len()
    }

    /// Whether no variable was set in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.map().is_empty()
    }

    // Values are the user's, and so is what their `Drop` does: none is dropped under the lock.
    fn map(&self) -> MutexGuard<'_, Map> {
        self.map.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn lookup(&self, id: u64) -> Option<AnyValue> {
        self.map().get(&id).map(|entry| Arc::clone(&entry.value))
    }

    pub(super) fn insert(&self, id: u64, name: &'static str, value: AnyValue) -> Option<AnyValue> {
        let mut map = self.map();
        let old = Arc::make_mut(&mut map).insert(id, Entry { name, value });
        drop(map);
        old.map(|entry| entry.value)
    }

    pub(super) fn remove(&self, id: u64) -> Option<AnyValue> {
        let mut map = self.map();
        let old = Arc::make_mut(&mut map).remove(&id);
        drop(map);
        old.map(|entry| entry.value)
    }
}

impl Default for Context {
    fn default() -> Self {
        Context::new()
    }
}

impl PartialEq for Context {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.map, &other.map)
    }
}

impl Eq for Context {}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.map().values().map(|entry| entry.name).collect();
        f.debug_tuple("Context").field(&names).finish()
    }
}
