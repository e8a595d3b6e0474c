//! What a function-like macro is given, `[$crate] arguments`, and what it gives where it cannot expand.

use crate::completion::without_marker;
use crate::once::parse_all;
use crate::words::also;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;
use syn::parse::{Parse, ParseBuffer, ParseStream};
use syn::{Error, Result, bracketed, parenthesized};

/// `[$crate] arguments`, as the `macro_rules!` fronts of the runtime pass it: the path of the runtime
/// is right under any name and through any re-export.
struct Input {
    krate: TokenStream,
    arguments: TokenStream,
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let krate;
        bracketed!(krate in input);
        Ok(Input {
            krate: krate.parse()?,
            arguments: input.parse()?,
        })
    }
}

/// Expands `[$crate] arguments`: `parse` reads the arguments, `expand` gets the path of the runtime.
pub(crate) fn bang<T>(
    input: TokenStream,
    parse: fn(ParseStream<'_>) -> Result<T>,
    expand: fn(&TokenStream, T) -> Result<TokenStream>,
) -> TokenStream {
    expanded(input, &|krate, arguments| {
        expand(krate, read(&mut { parse }, arguments)?)
    })
}

fn expanded(
    input: TokenStream,
    expand: &dyn Fn(&TokenStream, &TokenStream) -> Result<TokenStream>,
) -> TokenStream {
    let Input { krate, arguments } = match parse_all(input, &mut Input::parse) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    // rust-analyzer looks at the expansion with its marker beside the one without: both have to be of
    // the same shape.
    let typed = match without_marker(&arguments) {
        Some(typed) => expand(&krate, &typed).map(drop),
        None => Ok(()),
    };
    let expanded = typed.and_then(|()| expand(&krate, &arguments));
    expanded.unwrap_or_else(|error| fallback(&krate, &arguments, error))
}

/// The expansion of what is wrong: the error, as an expression of any type, so that nothing follows from
/// it. rust-analyzer also gets the arguments as they stand and completes in a half-typed one; rustc
/// never looks at them.
pub(crate) fn fallback(krate: &TokenStream, arguments: &TokenStream, error: Error) -> TokenStream {
    let errors = without_the_obvious(error).into_compile_error();
    quote!({
        #[allow(unexpected_cfgs)]
        {
            #[cfg(rust_analyzer)]
            #krate::__private::half_typed! { #arguments }
        }
        #errors
    })
}

/// Parses all of these tokens. syn reports an early end at the macro as a whole: here it is at the last
/// token, which is nearer.
pub(crate) fn read<T>(
    parse: &mut dyn FnMut(ParseStream<'_>) -> Result<T>,
    tokens: &TokenStream,
) -> Result<T> {
    let grouped = grouped(tokens);
    let is_empty = grouped.is_empty();
    let parsed = parse_all(grouped, &mut |input| match is_empty {
        true => parse(input),
        false => parse(&inside(input)?),
    });
    parsed.map_err(without_the_obvious)
}

fn inside(input: ParseStream<'_>) -> Result<ParseBuffer<'_>> {
    let content;
    parenthesized!(content in input);
    Ok(content)
}

fn grouped(tokens: &TokenStream) -> TokenStream {
    let Some(last) = tokens.clone().into_iter().last() else {
        return TokenStream::new();
    };
    // The end of a group is at its closing bracket, wherever that is said to be.
    let mut group = Group::new(Delimiter::Parenthesis, tokens.clone());
    group.set_span(match last {
        TokenTree::Group(last) => last.span_close(),
        last => last.span(),
    });
    TokenTree::from(group).into()
}

/// That the input ends there can be seen.
fn without_the_obvious(errors: Error) -> Error {
    let mut all = None;
    for error in errors {
        let message = error.to_string();
        let shortened = match message.strip_prefix("unexpected end of input, ") {
            Some(expected) => Error::new(error.span(), expected),
            None => error,
        };
        also(&mut all, shortened);
    }
    all.expect("an error is at least one")
}
