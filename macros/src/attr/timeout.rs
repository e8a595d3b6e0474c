//! `#[timeout(2s)]`.

mod arguments;

use super::body::{import, path, typed_block};
use super::function::{Body, Function, is_ours};
use super::misplaced;
use super::shape::{Shape, boxed_output, nameable, shape, sole_async_block};
use crate::completion::without_marker;
use crate::input::read;
use crate::lint;
use crate::over::{ends, local};
use crate::words::{also, error};
use arguments::Arguments;
use proc_macro2::{Group, Ident, Literal, Punct, Spacing, Span, TokenStream};
use quote::quote;
use syn::parse::Parse;
use syn::{Error, Path, Result, ReturnType, Signature, Type};

const NAME: &str = "timeout";

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut function = match misplaced::function(NAME, item) {
        Ok(function) => function,
        Err(instead) => return instead,
    };
    let parsed = as_typed(&arguments).and_then(|()| read(&mut Arguments::parse, &arguments));
    let mut errors = boxed_output(&mut function.sig);
    let shape = shape(NAME, &function);
    mistakes(&mut errors, &function, &parsed, &shape);
    match (parsed, shape, errors) {
        (Ok(arguments), Ok((shape, body)), None) => Timeout {
            arguments,
            shape,
            body,
            sig: &function.sig,
        }
        .expand(&function),
        (parsed, _, errors) => {
            let krate = parsed.ok().and_then(|arguments| arguments.krate);
            without(function, krate.as_ref(), &arguments, errors)
        }
    }
}

/// For rust-analyzer, which expands with its marker and without it: what is wrong without it.
fn as_typed(arguments: &TokenStream) -> Result<()> {
    match without_marker(arguments) {
        Some(typed) => read(&mut Arguments::parse, &typed).map(drop),
        None => Ok(()),
    }
}

/// Adds all that is wrong.
fn mistakes(
    errors: &mut Option<Error>,
    function: &Function,
    arguments: &Result<Arguments>,
    shape: &Result<(Shape<'_>, &Group)>,
) {
    let krate = arguments
        .as_ref()
        .ok()
        .and_then(|arguments| arguments.krate.as_ref());
    let second = function
        .attrs
        .iter()
        .find(|attr| is_ours(attr, NAME, krate));
    if let Some(second) = second {
        let message = "`#[timeout]` is given twice\nhelp: keep one of them";
        also(errors, error(second, message));
    }
    if let Err(error) = arguments {
        also(errors, error.clone());
    }
    match (arguments, shape) {
        (_, Err(error)) => also(errors, error.clone()),
        (Ok(Arguments { or: None, .. }), Ok((shape, _))) => {
            if let Some(refused) = shape.output().and_then(never_late) {
                also(errors, refused);
            }
        }
        _ => {}
    }
}

/// Refuses the types that cannot be a `Result` and that the expansion cannot ask about.
fn never_late(output: &Type) -> Option<Error> {
    let what = match output {
        Type::Never(_) => "never returns",
        Type::ImplTrait(_) => "returns an `impl Trait`",
        _ => return None,
    };
    let message = format!(
        "a function with `#[timeout]` has to be able to return the time-out, but it {what}\nhelp: say what to return instead: `#[timeout(2s, or = ..)]`"
    );
    Some(error(output, message))
}

/// The function without the attribute: it is still there for its callers. rust-analyzer also gets the
/// arguments, and completes in a half-typed one.
fn without(
    mut function: Function,
    krate: Option<&Path>,
    arguments: &TokenStream,
    errors: Option<Error>,
) -> TokenStream {
    // A second `#[timeout]` would report its errors again.
    function.attrs.retain(|attr| !is_ours(attr, NAME, krate));
    let errors = errors.map(Error::into_compile_error);
    let Body::Block(body) = &function.body else {
        return quote!(#errors #function);
    };
    let krate = path(krate);
    let statements = body.stream();
    let function = function.with_body(quote! {
        #[allow(unexpected_cfgs)]
        {
            #[cfg(rust_analyzer)]
            #krate::__private::half_typed! { #arguments }
        }
        #statements
    });
    quote!(#errors #function)
}

/// A function with a limit, ready to be expanded.
struct Timeout<'a> {
    arguments: Arguments,
    shape: Shape<'a>,
    body: &'a Group,
    sig: &'a Signature,
}

impl Timeout<'_> {
    fn expand(self, function: &Function) -> TokenStream {
        let (import, krate) = import(self.arguments.krate.as_ref());
        let private = quote!(#krate::__private);
        let literal = self.arguments.limit.literal();
        let mut warnings = lint::blocking_in_body(&krate, self.body);
        warnings.extend(lint::longer_limits_in_body(&krate, literal, self.body));
        let limit = self.arguments.limit.expand(&krate);
        let until = local("limit", 0, Span::mixed_site());
        let setup = quote! {
            #import
            #warnings
            let #until = #limit;
        };
        let body = lint::without_fulfilled_expectations(self.body, literal);
        let run = match &self.shape {
            Shape::Async(output) => {
                let block = typed_block(&private, *output, &body);
                self.run(&krate, &until, &block)
            }
            Shape::Returns { output, boxed } => match sole_async_block(&body, *boxed) {
                Some(block) => {
                    let block = typed_block(&private, Some(output), &block);
                    boxed_block(&private, *boxed, &self.run(&krate, &until, &block))
                }
                None => self.run_returned(&krate, &until, &body, *boxed),
            },
        };
        function.with_body(quote!(#setup #run))
    }

    /// Awaits `future` until the limit.
    fn run(&self, krate: &TokenStream, until: &Ident, future: &TokenStream) -> TokenStream {
        let private = quote!(#krate::__private);
        let (value, elapsed) = (
            local("value", 0, Span::mixed_site()),
            local("elapsed", 0, Span::mixed_site()),
        );
        let (on_timeout, elapsed) = match &self.arguments.or {
            // In a block, its type is compared with the return type and not with the other arm.
            Some(or) => (quote!({ #or }), quote!(_)),
            None => (self.convert(&private, &elapsed), quote!(#elapsed)),
        };
        quote! {
            match #krate::timeout(#until, #future).await {
                #private::core::result::Result::Ok(#value) => #value,
                #private::core::result::Result::Err(#elapsed) => #on_timeout,
            }
        }
    }

    /// The body makes a future in a way of its own. In a closure its `return` still gives the future;
    /// `call_once` makes that a `FnOnce`, so that the future may borrow from what the closure took.
    fn run_returned(
        &self,
        krate: &TokenStream,
        until: &Ident,
        body: &Group,
        boxed: bool,
    ) -> TokenStream {
        let private = quote!(#krate::__private);
        let future = local("future", 0, Span::mixed_site());
        // A box has to be told what it is coerced to; an opaque type cannot be named.
        let output = match &self.sig.output {
            ReturnType::Type(arrow, ty) if boxed => quote!(#arrow #ty),
            _ => TokenStream::new(),
        };
        let run = self.run(krate, until, &quote!(#future));
        let run = boxed_block(&private, boxed, &run);
        quote! {
            let #future = #private::call_once(move || #output #body);
            #run
        }
    }

    /// The value that says that the time is over: an `Err`, or rustc's message over the return type.
    fn convert(&self, private: &TokenStream, elapsed: &Ident) -> TokenStream {
        let output = nameable(self.shape.output());
        let (first, last) = match self.shape.output() {
            None => (self.sig.ident.span(), self.sig.ident.span()),
            Some(output) => ends(output),
        };
        let (here, found) = (
            Ident::new("__p", Span::mixed_site()),
            local("found", 0, Span::mixed_site()),
        );
        // `&place.0`, over the return type
        let place = Ident::new("__place", first);
        let mut and = Punct::new('&', Spacing::Alone);
        and.set_span(first);
        let mut zero = Literal::usize_unsuffixed(0);
        zero.set_span(last);
        quote! {{
            #[allow(unused_imports)]
            use #private::{self as #here, traits::*};
            let #found = #here::probe_return::<#output>().__check();
            let #place = (#here::ReturnType,);
            #found.__show(#and #place.#zero);
            #found.make(#elapsed)
        }}
    }
}

fn boxed_block(private: &TokenStream, boxed: bool, body: &TokenStream) -> TokenStream {
    match boxed {
        true => quote!(#private::std::boxed::Box::pin(async move { #body })),
        false => quote!(async move { #body }),
    }
}
