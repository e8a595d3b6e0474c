//! What a function-like macro is given, `[$crate] arguments`, and what it gives where it cannot expand.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::quote;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Error, Result, bracketed};

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
    parse: impl FnOnce(ParseStream<'_>) -> Result<T>,
    expand: impl FnOnce(&TokenStream, T) -> Result<TokenStream>,
) -> TokenStream {
    let Input { krate, arguments } = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let expanded = parse.parse2(arguments.clone());
    let expanded = expanded.and_then(|parsed| expand(&krate, parsed));
    expanded.unwrap_or_else(|error| fallback(&krate, &arguments, error))
}

/// The expansion of what is wrong: the error, as an expression of any type, so that nothing follows from
/// it. rust-analyzer also gets the arguments as they stand and completes in a half-typed one; rustc
/// never looks at them.
pub(crate) fn fallback(krate: &TokenStream, arguments: &TokenStream, error: Error) -> TokenStream {
    let errors = error
        .into_iter()
        .map(|error| at_last_token(error, arguments).into_compile_error());
    quote!({
        #[allow(unexpected_cfgs)]
        {
            #[cfg(rust_analyzer)]
            #krate::__private::half_typed! { #arguments }
        }
        #(#errors)*
    })
}

/// syn reports an early end at the macro as a whole: the last token is nearer.
pub(crate) fn at_last_token(error: Error, arguments: &TokenStream) -> Error {
    let message = error.to_string();
    let Some(expected) = message.strip_prefix("unexpected end of input, ") else {
        return error;
    };
    match arguments.clone().into_iter().last() {
        Some(TokenTree::Group(group)) => Error::new(group.span_close(), expected),
        Some(token) => Error::new(token.span(), expected),
        None => Error::new(Span::call_site(), expected),
    }
}
