//! What `std` and `syn` compile anew for each closure that they are given: here it is compiled once. That is a good
//! part of what this crate takes to build.

use proc_macro2::TokenStream;
use syn::Result;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;

/// Parses all of `tokens`.
pub(crate) fn parse_all<T>(
    tokens: TokenStream,
    parse: &mut dyn FnMut(ParseStream<'_>) -> Result<T>,
) -> Result<T> {
    let mut parsed = None;
    parse_unit(tokens, &mut |input| {
        parsed = Some(parse(input)?);
        Ok(())
    })?;
    Ok(parsed.expect("it is parsed, or there is an error"))
}

fn parse_unit(
    tokens: TokenStream,
    parse: &mut dyn FnMut(ParseStream<'_>) -> Result<()>,
) -> Result<()> {
    parse.parse2(tokens)
}

/// What `make` makes of each item and its number.
pub(crate) fn each<'a, T, U>(items: &'a [T], make: &mut dyn FnMut(usize, &'a T) -> U) -> Vec<U> {
    let mut made = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        made.push(make(i, item));
    }
    made
}

/// The first that `find` finds in an item. By their numbers, as other loops over a `Punctuated` go: its iterators are many
/// functions for each type of its items.
pub(crate) fn find_in<'a, T, P, U>(
    items: &'a Punctuated<T, P>,
    find: &mut dyn FnMut(&'a T) -> Option<&'a U>,
) -> Option<&'a U> {
    for i in 0..items.len() {
        if let Some(found) = find(&items[i]) {
            return Some(found);
        }
    }
    None
}
