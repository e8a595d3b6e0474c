//! The body of a function, as an async block of the same type.

use super::shape::nameable;
use crate::over::ends;
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Path, Type};

/// The crate, imported once under a name of ours: where it cannot be found, that is one error and not
/// one for each path. Gives the import, and the name.
pub(super) fn import(krate: Option<&Path>) -> (TokenStream, TokenStream) {
    let name = Ident::new("__asyncio", Span::mixed_site());
    let path = path(krate);
    (quote!(use #path as #name;), quote!(#name))
}

/// The path of the crate.
pub(super) fn path(krate: Option<&Path>) -> TokenStream {
    match krate {
        Some(path) => quote!(#path),
        None => quote!(::asyncio),
    }
}

/// `async move { body }`, whose output is `output` from its first line on: `?`, `return` and `Ok(..)`
/// infer as they do in the function itself, and a type error names the declared return type.
///
/// It is `move`, as the future of an `async fn` owns the arguments: by reference they would have to be
/// `Sync` for it to be `Send`.
pub(super) fn typed_block(
    private: &TokenStream,
    output: Option<&Type>,
    body: &Group,
) -> TokenStream {
    let output = nameable(output);
    let edge = match output {
        Type::Infer(_) => TokenStream::new(),
        output => return_edge(private, output),
    };
    // In the braces of the user's, not around them: that would be `unused_braces`.
    let statements = body.stream();
    let mut block = Group::new(Delimiter::Brace, quote!(#edge #statements));
    block.set_span(body.span());
    // All of it stands over the body: "in an async block" is then said about what the user wrote.
    quote_spanned!(body.span()=> async move #block)
}

/// A `return` that is never reached, of the declared type.
fn return_edge(private: &TokenStream, output: Type) -> TokenStream {
    // As if the user had written it there: that is how rustc comes to point at the return type.
    let at = ends(&output).0;
    let output = match output {
        // `!` cannot be written in a `let` on stable, but it can as the output of a function.
        Type::Never(never) => quote!(<fn() -> #never as #private::Returning>::Output),
        output => quote!(#output),
    };
    let value = Ident::new("__returned", at);
    quote_spanned! {at=>
        #[allow(unreachable_code, clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
        if false {
            let #value: #output = loop {};
            return #value;
        };
    }
}
