//! The errors of a group.

use std::error::Error;
use std::fmt;
use std::iter;
use std::panic::Location;
use std::sync::Arc;

/// The errors of a task group, in the order in which they came: Python's `ExceptionGroup`.
///
/// The body's error, if it has one, is the last. An empty group says that the task group was cancelled
/// by [`TaskGroup::cancel`](crate::TaskGroup::cancel) before its body had a value.
///
/// # Examples
///
/// ```
/// use asyncio::{ExceptionGroup, task_group};
///
/// #[asyncio::main]
/// async fn main() {
///     let result: Result<(), ExceptionGroup<String>> = task_group!(|tg| {
///         tg.create_task(async { Err::<(), _>("disk full".to_owned()) });
///     })
///     .await;
///     let group = result.unwrap_err();
///     assert_eq!(group.to_string(), "unhandled errors in a TaskGroup (1 sub-exception): disk full");
///     let (disk, other) = group.split(|error| error.starts_with("disk"));
///     assert_eq!(disk.unwrap().errors(), ["disk full"]);
///     assert!(other.is_none());
/// }
/// ```
///
/// `{:#}` has a line for each error that says which child failed with it, [`ExceptionGroup::origin`] gives
/// that:
///
/// ```
/// use asyncio::task_group;
///
/// #[asyncio::main]
/// async fn main() {
///     let result = task_group!(|tg| {
///         tg.create_task(async { Err::<(), _>("disk full") }).set_name("log");
///     })
///     .await;
///     let group = result.unwrap_err();
///     assert_eq!(group.origin(0).unwrap().name(), Some("log"));
///     let text = format!("{group:#}");
///     assert!(text.starts_with("unhandled errors in a TaskGroup (1 sub-exception)\n  child `log`, created at "));
///     assert!(text.ends_with(": disk full"));
/// }
/// ```
#[derive(Clone)]
pub struct ExceptionGroup<E> {
    errors: Vec<E>,
    /// As many as there are errors, or none.
    origins: Vec<Option<Origin>>,
}

/// What failed: the body of a task group, or one of its children.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// The body.
    Body,
    /// A child.
    #[non_exhaustive]
    Child {
        /// Its name, if it has one: see [`GroupTask::set_name`](crate::GroupTask::set_name).
        name: Option<Arc<str>>,
        /// Where it was added to the group.
        place: &'static Location<'static>,
    },
    /// Whoever told the group of the error: see [`GroupHandle::fail`](crate::GroupHandle::fail).
    #[non_exhaustive]
    Told {
        /// Where that was.
        place: &'static Location<'static>,
    },
}

impl Origin {
    /// The name of the child, if it has one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Origin::Body | Origin::Told { .. } => None,
            Origin::Child { name, .. } => name.as_deref(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Body => f.write_str("the body"),
            Origin::Child {
                name: Some(name),
                place,
            } => {
                write!(f, "child `{name}`, created at {place}")
            }
            Origin::Told { place } => write!(f, "told at {place}"),
            Origin::Child { name: None, place } => write!(f, "the child created at {place}"),
        }
    }
}

/// Only the errors count, not where they come from.
impl<E: PartialEq> PartialEq for ExceptionGroup<E> {
    fn eq(&self, other: &Self) -> bool {
        self.errors == other.errors
    }
}

impl<E: Eq> Eq for ExceptionGroup<E> {}

impl<E> ExceptionGroup<E> {
    /// A group of these errors.
    pub const fn new(errors: Vec<E>) -> Self {
        ExceptionGroup {
            errors,
            origins: Vec::new(),
        }
    }

    fn parts(self) -> impl Iterator<Item = (E, Option<Origin>)> {
        let origins = self.origins.into_iter().chain(iter::repeat(None));
        self.errors.into_iter().zip(origins)
    }

    /// The errors, in order.
    pub fn errors(&self) -> &[E] {
        &self.errors
    }

    /// What failed with the error at this position; `None` where that is not known, as in a group made by
    /// [`ExceptionGroup::new`].
    pub fn origin(&self, index: usize) -> Option<&Origin> {
        self.origins.get(index)?.as_ref()
    }

    /// Whether it is empty: the task group was cancelled, and nothing failed.
    pub const fn is_cancelled(&self) -> bool {
        self.errors.is_empty()
    }

    /// The first error, which made the group fail.
    pub fn first(&self) -> Option<&E> {
        self.errors.first()
    }

    /// The first error by value; the others are dropped.
    pub fn into_first(self) -> Option<E> {
        self.errors.into_iter().next()
    }

    /// The errors that match and those that do not, each as a group where there are any:
    /// `ExceptionGroup.split`. It is what `except*` does.
    pub fn split(self, mut matches: impl FnMut(&E) -> bool) -> (Option<Self>, Option<Self>) {
        let (yes, no): (Self, Self) = self.parts().partition(|(error, _)| matches(error));
        let some = |group: Self| (!group.errors.is_empty()).then_some(group);
        (some(yes), some(no))
    }

    /// The errors that match, as a group where there are any: `ExceptionGroup.subgroup`.
    pub fn subgroup(self, matches: impl FnMut(&E) -> bool) -> Option<Self> {
        self.split(matches).0
    }

    /// Another type of error.
    pub fn map<F>(self, mut convert: impl FnMut(E) -> F) -> ExceptionGroup<F> {
        let parts = self.parts();
        parts
            .map(|(error, origin)| (convert(error), origin))
            .collect()
    }
}

impl<E> Default for ExceptionGroup<E> {
    fn default() -> Self {
        ExceptionGroup::new(Vec::new())
    }
}

/// Errors, each with what failed, where that is known.
impl<E> Extend<(E, Option<Origin>)> for ExceptionGroup<E> {
    fn extend<I: IntoIterator<Item = (E, Option<Origin>)>>(&mut self, parts: I) {
        self.origins.resize(self.errors.len(), None);
        for (error, origin) in parts {
            self.errors.push(error);
            self.origins.push(origin);
        }
    }
}

impl<E> FromIterator<(E, Option<Origin>)> for ExceptionGroup<E> {
    fn from_iter<I: IntoIterator<Item = (E, Option<Origin>)>>(parts: I) -> Self {
        let mut group = ExceptionGroup::default();
        group.extend(parts);
        group
    }
}

impl<E: fmt::Debug> fmt::Debug for ExceptionGroup<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ExceptionGroup").field(&self.errors).finish()
    }
}

impl<E: fmt::Display> fmt::Display for ExceptionGroup<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = match self.errors.len() {
            0 => return f.write_str("the TaskGroup was cancelled"),
            1 => "",
            _ => "s",
        };
        write!(
            f,
            "unhandled errors in a TaskGroup ({} sub-exception{plural})",
            self.errors.len()
        )?;
        for (at, error) in self.errors.iter().enumerate() {
            if f.alternate() {
                match self.origin(at) {
                    Some(origin) => write!(f, "\n  {origin}: {error}")?,
                    None => write!(f, "\n  {error}")?,
                }
                continue;
            }
            write!(f, "{} {error}", if at == 0 { ":" } else { ";" })?;
        }
        Ok(())
    }
}

impl<E: Error + 'static> Error for ExceptionGroup<E> {
    /// The first error.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.errors.first().map(|error| error as _)
    }
}

impl<E> IntoIterator for ExceptionGroup<E> {
    type Item = E;
    type IntoIter = IntoErrors<E>;

    fn into_iter(self) -> IntoErrors<E> {
        IntoErrors {
            errors: self.errors.into_iter(),
        }
    }
}

impl<'a, E> IntoIterator for &'a ExceptionGroup<E> {
    type Item = &'a E;
    type IntoIter = std::slice::Iter<'a, E>;

    fn into_iter(self) -> Self::IntoIter {
        self.errors.iter()
    }
}

/// The errors of an [`ExceptionGroup`], by value.
#[derive(Debug)]
pub struct IntoErrors<E> {
    errors: std::vec::IntoIter<E>,
}

impl<E> Iterator for IntoErrors<E> {
    type Item = E;

    fn next(&mut self) -> Option<E> {
        self.errors.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.errors.size_hint()
    }
}

impl<E> ExactSizeIterator for IntoErrors<E> {}
