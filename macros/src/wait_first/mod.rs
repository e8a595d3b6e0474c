//! `wait_first!`: whichever is done first.
//!
//! Its value form, `wait_first!(one, two)`, waits for tasks and is a future; its chain form,
//! `wait_first!(if let a = one() { .. } else if let ..)`, races futures in place and awaits by itself.

mod chain;
mod expand_chain;
mod expand_value;
mod parse;
mod patterns;
#[cfg(test)]
mod tests;
mod value;

use crate::input::bang;
use parse::Arguments;
use proc_macro2::TokenStream;

pub(crate) fn wait_first(input: TokenStream) -> TokenStream {
    bang(
        input,
        parse::arguments,
        |krate, arguments| match arguments {
            Arguments::Value(arguments) => {
                value::check(arguments).map(|call| expand_value::expand(krate, &call))
            }
            Arguments::Chain(chain) => {
                chain::check(chain).map(|chain| expand_chain::expand(krate, &chain))
            }
        },
    )
}
