//! `gather!`: futures side by side.

mod check;
mod expand;
mod parse;
#[cfg(test)]
mod tests;

use crate::input::bang;
use proc_macro2::TokenStream;

pub(crate) fn gather(input: TokenStream) -> TokenStream {
    bang(input, parse::arguments, |krate, arguments| {
        check::check(arguments).map(|call| expand::expand(krate, &call))
    })
}
