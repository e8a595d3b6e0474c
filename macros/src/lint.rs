//! "Blocks the event loop": a warning from a stable proc macro, at the call.
//!
//! For each blocking call that is found, the expansion mentions a constant of the runtime's `blocking`
//! module that is `#[deprecated]`, with the span of the call on the last segment of its path. rustc's own
//! `deprecated` lint does the rest, so `#[allow(deprecated)]` and `#[expect(deprecated)]` on the
//! statement or on the function apply.
//!
//! The same is done for time limits inside of shorter ones.
//!
//! It goes by how calls are written: a `sleep(..)` that was imported from `std::thread` is not seen. It
//! is silent about what is not called by the task itself (closures, nested items, what goes to
//! `to_thread` or `spawn_blocking`) and about calls that are awaited, which are not the blocking ones.

mod calls;
mod expectations;
mod limits;
mod locks;

use crate::once::parse_all;
use crate::walk::Walk;
use calls::Finder;
use limits::Limits;
use proc_macro2::{Group, Ident, TokenStream};
use quote::{ToTokens, quote};
use std::time::Duration;
use syn::{Attribute, Block, Expr};

pub(crate) use expectations::without_fulfilled_expectations;

/// A call that blocks: what to underline, and the constant that explains it.
struct Hit {
    at: Ident,
    constant: &'static str,
}

/// Items that warn about the blocking calls in the body of a function.
pub(crate) fn blocking_in_body(krate: &TokenStream, body: &Group) -> TokenStream {
    // A body that does not parse: rustc will say so.
    let Ok(statements) = parse_all(body.stream(), &mut Block::parse_within) else {
        return TokenStream::new();
    };
    let mut finder = Finder::default();
    finder.statements(&statements);
    mention(krate, finder.hits)
}

/// Items that warn about the blocking calls in the argument of a function-like macro, which is a future
/// (or an iterator of them): the outermost call makes the future, so that one is not the blocking
/// `fs::read(..)` of the standard library, whatever its name.
pub(crate) fn blocking_in_expr(krate: &TokenStream, future: &Expr) -> TokenStream {
    let mut finder = Finder::default();
    finder.awaited(future);
    mention(krate, finder.hits)
}

/// Items that warn about the limits in the body of a function that are longer than its own.
pub(crate) fn longer_limits_in_body(
    krate: &TokenStream,
    limit: Option<Duration>,
    body: &Group,
) -> TokenStream {
    let (Some(limit), Ok(statements)) = (limit, parse_all(body.stream(), &mut Block::parse_within))
    else {
        return TokenStream::new();
    };
    let mut limits = Limits::new(limit);
    limits.statements(&statements);
    mention(krate, limits.hits)
}

/// As [`longer_limits_in_body`], of the future that a function-like macro is given.
pub(crate) fn longer_limits_in_expr(
    krate: &TokenStream,
    limit: Option<Duration>,
    future: &Expr,
) -> TokenStream {
    let Some(limit) = limit else {
        return TokenStream::new();
    };
    let mut limits = Limits::new(limit);
    limits.expr(future);
    mention(krate, limits.hits)
}

fn mention(krate: &TokenStream, hits: Vec<Hit>) -> TokenStream {
    let mut mentions = TokenStream::new();
    for Hit { at, constant } in hits {
        let constant = Ident::new(constant, at.span());
        quote!(const _: () = #krate::blocking::#constant;).to_tokens(&mut mentions);
    }
    mentions
}

/// Whether these attributes silence the warnings.
fn is_allowed(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| {
        let silences = attr.path().is_ident("allow") || attr.path().is_ident("expect");
        silences && mentions_lint(quote!(#attr))
    })
}

fn mentions_lint(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        proc_macro2::TokenTree::Group(group) => mentions_lint(group.stream()),
        proc_macro2::TokenTree::Ident(ident) => ident == "deprecated" || ident == "warnings",
        _ => false,
    })
}
