//! The attributes: `#[timeout]`, `#[asyncio::main]`, `#[asyncio::test]`.
//!
//! Parsing ([`function`], [`options`]) leaves the body of the function as tokens; [`shape`] and
//! [`misplaced`] say what an attribute can stand on; [`timeout`](mod@timeout) and [`entry`] read their options
//! and expand. Whatever is wrong, the item is emitted as well, so that its callers still find it.

mod body;
mod entry;
mod function;
mod main;
mod misplaced;
mod options;
mod shape;
mod test;
#[cfg(test)]
mod tests;
mod timeout;

use proc_macro2::TokenStream;

pub(crate) use timeout::expand as timeout;

pub(crate) fn main(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::expand(&mut main::Main::default(), arguments, item)
}

pub(crate) fn test(arguments: TokenStream, item: TokenStream) -> TokenStream {
    entry::expand(&mut test::Test::default(), arguments, item)
}
