//! The errors of a group.

use std::error::Error;
use std::fmt;

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
#[derive(Clone, PartialEq, Eq)]
pub struct ExceptionGroup<E> {
    errors: Vec<E>,
}

impl<E> ExceptionGroup<E> {
    /// A group of these errors.
    pub const fn new(errors: Vec<E>) -> Self {
        ExceptionGroup { errors }
    }

    /// The errors, in order.
    pub fn errors(&self) -> &[E] {
        &self.errors
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
        let (yes, no): (Vec<E>, Vec<E>) = self.errors.into_iter().partition(|error| matches(error));
        let group = |errors: Vec<E>| (!errors.is_empty()).then(|| ExceptionGroup::new(errors));
        (group(yes), group(no))
    }

    /// The errors that match, as a group where there are any: `ExceptionGroup.subgroup`.
    pub fn subgroup(self, matches: impl FnMut(&E) -> bool) -> Option<Self> {
        self.split(matches).0
    }

    /// Another type of error.
    pub fn map<F>(self, convert: impl FnMut(E) -> F) -> ExceptionGroup<F> {
        ExceptionGroup::new(self.errors.into_iter().map(convert).collect())
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
