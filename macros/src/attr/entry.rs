//! What `#[asyncio::main]` and `#[asyncio::test]` have in common: they make an `async fn` a function
//! that runs it on an event loop.

use super::body::{import, path, typed_block};
use super::function::{Function, is_ours};
use super::misplaced;
use super::options::{Key, options};
use super::shape::{self, Shape, shape};
use crate::input;
use crate::lint;
use crate::words::also;
use proc_macro2::{Group, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::ParseStream;
use syn::{Attribute, Error, Path, Result, Type};

/// The options of such an attribute, and what it does with them.
pub(super) trait Entry {
    fn name(&self) -> &'static str;

    /// Reads one option.
    fn option(&mut self, key: &Key, input: ParseStream<'_>) -> Result<()>;

    /// Whether the options go together.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// Whether the function can be one that nobody calls with arguments.
    fn check_function(&self, function: &Function) -> Result<()>;

    /// The path of the runtime, where it was given.
    fn krate(&self) -> Option<&Path>;

    /// The attribute again, for after another one. `krate` is the path of the runtime.
    fn again(&self, krate: &TokenStream) -> TokenStream;

    /// What comes before the attributes of the function.
    fn marker(&self) -> TokenStream;

    /// An attribute of the function that does what [`marker`](Self::marker) does.
    fn is_marker(&self, attr: &Attribute) -> bool;

    /// The expression that runs the body. `krate` is the path of the runtime.
    fn run(&self, krate: &TokenStream, body: &TokenStream) -> TokenStream;
}

pub(super) fn expand(
    entry: &mut dyn Entry,
    arguments: TokenStream,
    item: TokenStream,
) -> TokenStream {
    let mut function = match misplaced::function(entry.name(), item) {
        Ok(function) => function,
        Err(instead) => return instead,
    };
    let mut errors = shape::boxed_output(&mut function.sig);
    let mut all =
        |input: ParseStream<'_>| options(input, &mut |key, input| entry.option(key, input));
    if let Err(error) = input::read(&mut all, &arguments).and_then(|()| entry.check()) {
        also(&mut errors, error);
    }
    let entry = &*entry;

    let is_timeout = |attr: &Attribute| is_ours(attr, "timeout", entry.krate());
    let timed = errors.is_none() && function.attrs.iter().any(is_timeout);
    let expanded = match checked(entry, &function) {
        Ok(_) if timed => after_timeout(entry, &arguments, function, &is_timeout),
        // It may be the path of the runtime that is wrong, or was not read, so nothing of it is named.
        Ok(_) if errors.is_some() => inside_another(entry, function),
        Ok((output, body)) => {
            let body = run(entry, output, body);
            not_async(entry, function, body)
        }
        Err(refused) => {
            also(&mut errors, refused.error);
            match refused.has_a_future {
                true => inside_another(entry, function),
                // Nobody calls it, and a test without its attribute is dead code.
                false => quote!(#[allow(dead_code)] #function),
            }
        }
    };
    let errors = errors.map(Error::into_compile_error);
    quote!(#errors #expanded)
}

/// What is wrong with a function.
struct Refused {
    error: Error,
    /// Whether it is an `async fn` at least.
    has_a_future: bool,
}

/// The output and the body of a function that can be run.
fn checked<'a>(
    entry: &dyn Entry,
    function: &'a Function,
) -> std::result::Result<(Option<&'a Type>, &'a Group), Refused> {
    let (output, body) = match shape(entry.name(), function) {
        Ok((Shape::Async(output), body)) => (output, body),
        Ok((Shape::Returns { .. }, _)) => {
            return Err(Refused {
                error: shape::not_async(entry.name(), function),
                has_a_future: false,
            });
        }
        Err(error) => {
            return Err(Refused {
                error,
                has_a_future: false,
            });
        }
    };
    match entry.check_function(function) {
        Ok(()) => Ok((output, body)),
        Err(error) => Err(Refused {
            error,
            has_a_future: true,
        }),
    }
}

/// The body of a function that runs this one.
fn run(entry: &dyn Entry, output: Option<&Type>, body: &Group) -> TokenStream {
    let (import, krate) = import(entry.krate());
    let private = quote!(#krate::__private);
    let warnings = lint::blocking_in_body(&krate, body);
    let body = lint::without_fulfilled_expectations(body, None);
    let run = entry.run(&krate, &typed_block(&private, output, &body));
    quote!(#import #warnings #run)
}

fn not_async(entry: &dyn Entry, mut function: Function, body: TokenStream) -> TokenStream {
    function.sig.asyncness = None;
    let function = function.with_body(body);
    let marker = entry.marker();
    quote!(#marker #function)
}

/// The function where it can neither be run nor stay what it is, such as a `main` with arguments: as a
/// local function of a sound one, so that its body is still checked and nothing follows from the error.
fn inside_another(entry: &dyn Entry, mut function: Function) -> TokenStream {
    let (sig, body) = (&function.sig, &function.body);
    let inner = quote! {
        #[allow(dead_code)]
        #sig #body
        loop {}
    };
    function.attrs.retain(|attr| !entry.is_marker(attr));
    function.sig.inputs.clear();
    function.sig.generics = syn::Generics::default();
    not_async(entry, function, inner)
}

/// `#[timeout]` needs the `async fn`, so it has to come first: both again, in that order.
fn after_timeout(
    entry: &dyn Entry,
    arguments: &TokenStream,
    mut function: Function,
    is_timeout: &dyn Fn(&Attribute) -> bool,
) -> TokenStream {
    let mut timeouts = TokenStream::new();
    for attr in std::mem::take(&mut function.attrs) {
        match is_timeout(&attr) {
            true => attr.to_tokens(&mut timeouts),
            false => function.attrs.push(attr),
        }
    }
    let again = entry.again(&path(entry.krate()));
    quote!(#timeouts #[#again(#arguments)] #function)
}
