//! What `readuntil` looks for.

use memchr::{memchr, memmem};

/// One separator or several, for [`StreamReader::readuntil`](crate::StreamReader::readuntil).
///
/// Made from a string or bytes, and from arrays, slices and tuples of those: `b"\r\n"`, `"\n"`,
/// `["\r\n", "\n"]`, `(b"\r\n", b"\n")`.
#[derive(Debug, Clone)]
pub struct Separators<'s>(List<'s>);

#[derive(Debug, Clone)]
enum List<'s> {
    One(&'s [u8]),
    Many(Vec<&'s [u8]>),
}

impl<'s> Separators<'s> {
    pub(super) const LINE: Separators<'static> = Separators(List::One(b"\n"));

    fn many(list: impl IntoIterator<Item = &'s [u8]>) -> Self {
        Separators(List::Many(list.into_iter().collect()))
    }

    fn list(&self) -> &[&'s [u8]] {
        match &self.0 {
            List::One(one) => std::slice::from_ref(one),
            List::Many(many) => many,
        }
    }

    /// What is wrong with them, if anything.
    pub(super) fn misuse(&self) -> Option<&'static str> {
        if self.list().is_empty() {
            Some("separator should contain at least one element")
        } else if self.shortest() == 0 {
            Some("separator should be at least one-byte string")
        } else {
            None
        }
    }

    pub(super) fn shortest(&self) -> usize {
        self.list().iter().map(|s| s.len()).min().unwrap_or(0)
    }

    pub(super) fn longest(&self) -> usize {
        self.list().iter().map(|s| s.len()).max().unwrap_or(0)
    }

    /// Where the match that ends first starts and ends; of those that end together, the shortest.
    pub(super) fn find(&self, haystack: &[u8], from: usize) -> Option<(usize, usize)> {
        let matches = self.list().iter().filter_map(|separator| {
            let start = from + find(haystack.get(from..)?, separator)?;
            Some((start, start + separator.len()))
        });
        matches.min_by_key(|&(start, end)| (end, end - start))
    }
}

fn find(haystack: &[u8], separator: &[u8]) -> Option<usize> {
    match separator {
        [byte] => memchr(*byte, haystack),
        _ => memmem::find(haystack, separator),
    }
}

impl<'s> From<&'s [u8]> for Separators<'s> {
    fn from(separator: &'s [u8]) -> Self {
        Separators(List::One(separator))
    }
}

impl<'s, const N: usize> From<&'s [u8; N]> for Separators<'s> {
    fn from(separator: &'s [u8; N]) -> Self {
        Separators(List::One(separator))
    }
}

impl<'s> From<&'s str> for Separators<'s> {
    fn from(separator: &'s str) -> Self {
        Separators(List::One(separator.as_bytes()))
    }
}

impl<'s, T: AsRef<[u8]> + ?Sized, const N: usize> From<[&'s T; N]> for Separators<'s> {
    fn from(separators: [&'s T; N]) -> Self {
        Separators::many(separators.map(AsRef::as_ref))
    }
}

impl<'s, T: AsRef<[u8]> + ?Sized> From<&'s [&'s T]> for Separators<'s> {
    fn from(separators: &'s [&'s T]) -> Self {
        Separators::many(separators.iter().map(|s| (*s).as_ref()))
    }
}

macro_rules! from_tuples {
    ($(($($name:ident)*))*) => {$(
        impl<'s, $($name: AsRef<[u8]> + ?Sized),*> From<($(&'s $name,)*)> for Separators<'s> {
            #[allow(non_snake_case, reason = "the variables are named as their types")]
            fn from(($($name,)*): ($(&'s $name,)*)) -> Self {
                Separators::many([$($name.as_ref()),*])
            }
        }
    )*};
}

from_tuples! { (A) (A B) (A B C) (A B C D) }
