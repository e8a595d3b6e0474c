//! What `#[asyncio::main]` and `#[asyncio::test]` have in common: they make an `async fn` a function
//! that runs it on an event loop.

use super::body::{import, path, typed_block};
use super::function::{Function, is_ours};
use super::misplaced;
use super::options::{Key, options};
use super::shape::{Shape, not_async, shape};
use crate::input;
use crate::lint;
use crate::words::also;
use proc_macro2::{Group, TokenStream};
use quote::quote;
use syn::parse::ParseStream;
use syn::{Attribute, Error, Path, Result, Type};

/// The options of such an attribute, and what it does with them.
pub(super) trait Entry: Default {
    const NAME: &'static str;

    /// Reads one option.
    fn option(&mut self, key: &Key, input: ParseStream<'_>) -> Result<()>;

    /// Whether the options go together.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// Whether the function can be one that nobody calls with arguments.
    fn check_function(function: &Function) -> Result<()>;

    /// The path of the runtime, where it was given.
    fn krate(&self) -> Option<&Path>;

    /// The attribute again, for after another one. `krate` is the path of the runtime.
    fn again(krate: &TokenStream) -> TokenStream;

    /// What comes before the attributes of the function.
    fn marker() -> TokenStream;

    /// An attribute of the function that does what [`marker`](Self::marker) does.
    fn is_marker(attr: &Attribute) -> bool;

    /// The expression that runs the body. `krate` is the path of the runtime.
    fn run(&self, krate: &TokenStream, body: &TokenStream) -> TokenStream;
}

pub(super) fn expand<E: Entry>(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let function = match misplaced::function(E::NAME, item) {
        Ok(function) => function,
        Err(instead) => return instead,
    };
    let mut errors = None;
    let mut entry = E::default();
    let all = |input: ParseStream<'_>| options(input, |key, input| entry.option(key, input));
    let read = input::read(all, &arguments).and_then(|()| entry.check());
    read.err()
        .into_iter()
        .for_each(|error| also(&mut errors, error));

    let expanded = match checked::<E>(&function) {
        Ok((output, body)) => match timeouts(&entry, &function) {
            timeouts if timeouts.is_empty() || errors.is_some() => {
                of_async(&entry, &function, &output, body)
            }
            timeouts => after_timeout(&entry, &arguments, &function, &timeouts),
        },
        Err(Refused { error, instead }) => {
            also(&mut errors, error);
            instead
        }
    };
    let errors = errors.map(Error::into_compile_error);
    quote!(#errors #expanded)
}

/// What is wrong with a function, and what to emit in its place.
struct Refused {
    error: Error,
    instead: TokenStream,
}

/// The output and the body of a function that can be run.
fn checked<E: Entry>(function: &Function) -> std::result::Result<(Type, &Group), Refused> {
    // Nobody calls it, and a test without its attribute is dead code.
    let as_it_stands = |error| Refused {
        error,
        instead: quote!(#[allow(dead_code)] #function),
    };
    match shape(E::NAME, function) {
        Ok((Shape::Async(output), body)) => match E::check_function(function) {
            Ok(()) => Ok((output, body)),
            Err(error) => Err(Refused {
                error,
                instead: inside_another::<E>(function),
            }),
        },
        Ok((Shape::Returns { .. }, _)) => Err(as_it_stands(not_async(E::NAME, function))),
        Err(error) => Err(as_it_stands(error)),
    }
}

/// A function that runs the body.
fn of_async<E: Entry>(entry: &E, function: &Function, output: &Type, body: &Group) -> TokenStream {
    let (import, krate) = import(entry.krate());
    let private = quote!(#krate::__private);
    let warnings = lint::blocking_in_body(&krate, body);
    let body = lint::without_fulfilled_expectations(body, None);
    let run = entry.run(&krate, &typed_block(&private, output, &body));
    let mut outer = function.clone();
    outer.sig.asyncness = None;
    let outer = outer.with_body(quote!(#import #warnings #run));
    let marker = E::marker();
    quote!(#marker #outer)
}

/// The function where it can neither be run nor stay what it is, such as a `main` with arguments: as a
/// local function of a sound one, so that its body is still checked and nothing follows from the error.
fn inside_another<E: Entry>(function: &Function) -> TokenStream {
    let mut outer = function.clone();
    outer.attrs.retain(|attr| !E::is_marker(attr));
    outer.sig.asyncness = None;
    outer.sig.inputs.clear();
    outer.sig.generics = syn::Generics::default();
    let mut inner = function.clone();
    inner.attrs.clear();
    inner.vis = syn::Visibility::Inherited;
    let outer = outer.with_body(quote! {
        #[allow(dead_code)]
        #inner
        loop {}
    });
    let marker = E::marker();
    quote!(#marker #outer)
}

/// The `#[timeout]`s below this attribute.
fn timeouts<'a, E: Entry>(entry: &E, function: &'a Function) -> Vec<&'a Attribute> {
    let is_timeout = |attr: &&Attribute| is_ours(attr, "timeout", entry.krate());
    function.attrs.iter().filter(is_timeout).collect()
}

/// `#[timeout]` needs the `async fn`, so it has to come first: both again, in that order.
fn after_timeout<E: Entry>(
    entry: &E,
    arguments: &TokenStream,
    function: &Function,
    timeouts: &[&Attribute],
) -> TokenStream {
    let mut rest = function.clone();
    rest.attrs
        .retain(|attr| !is_ours(attr, "timeout", entry.krate()));
    let again = E::again(&path(entry.krate()));
    quote!(#(#timeouts)* #[#again(#arguments)] #rest)
}
