//! The two shapes of a function that can be timed: it is an `async fn`, or it returns a future.

use super::function::{Body, Function};
use crate::once::{find_in, parse_all};
use crate::words::{error, is_one_of, source};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;
use syn::parse::Parse;
use syn::punctuated::Punctuated;
use syn::{
    AngleBracketedGenericArguments, Error, GenericArgument, PathArguments, Result, ReturnType,
    Signature, Token, Type, TypeParamBound, parse_quote,
};

pub(super) enum Shape<'a> {
    /// `async fn f() -> T`, with the `T` where there is one.
    Async(Option<&'a Type>),
    /// `fn f() -> impl Future<Output = T>`, or one in a box.
    Returns { output: &'a Type, boxed: bool },
}

impl<'a> Shape<'a> {
    /// What is awaited; `()` where nothing is written.
    pub(super) fn output(&self) -> Option<&'a Type> {
        match self {
            Shape::Async(output) => *output,
            Shape::Returns { output, .. } => Some(output),
        }
    }
}

/// The shape and the body of a function, or why an attribute cannot stand on it.
pub(super) fn shape<'a>(name: &str, function: &'a Function) -> Result<(Shape<'a>, &'a Group)> {
    let sig = &function.sig;
    let Body::Block(body) = &function.body else {
        let message = format!(
            "`#[{name}]` needs a function with a body\nhelp: put it on the method in the `impl`, not on its declaration in the trait"
        );
        return Err(error(&sig.ident, message));
    };
    if let Some(constness) = &sig.constness {
        let message = format!("`#[{name}]` cannot be used on a `const fn`: it cannot wait");
        return Err(error(constness, message));
    }
    if sig.asyncness.is_some() {
        let output = match &sig.output {
            ReturnType::Default => None,
            ReturnType::Type(_, output) => Some(&**output),
        };
        return Ok((Shape::Async(output), body));
    }
    if let ReturnType::Type(_, returned) = &sig.output
        && let Some((output, boxed)) = future_output(returned)
    {
        return Ok((Shape::Returns { output, boxed }, body));
    }
    Err(not_async(name, function))
}

/// The error for a plain function.
pub(super) fn not_async(name: &str, function: &Function) -> syn::Error {
    let sig = &function.sig;
    let (safety, abi, keyword) = (&sig.safety, &sig.abi, &sig.fn_token);
    let why = if name == "timeout" {
        ": a plain function cannot be interrupted"
    } else {
        ""
    };
    let message = format!(
        "`#[{name}]` needs an `async fn`{why}\nhelp: write `async fn {}`",
        sig.ident
    );
    error(&quote!(#safety #abi #keyword), message)
}

/// The output of a future type that is recognised by how it is written, and whether it is in a box.
fn future_output(ty: &Type) -> Option<(&Type, bool)> {
    match ty {
        Type::Group(group) => future_output(&group.elem),
        Type::Paren(paren) => future_output(&paren.elem),
        Type::ImplTrait(bounds) => Some((output_bound(&bounds.bounds)?, false)),
        // What the `futures` crate calls `Pin<Box<dyn Future<Output = T> + 'a>>`.
        Type::Path(_) => match type_argument(ty, &["BoxFuture", "LocalBoxFuture"]) {
            Some(output) => Some((output, true)),
            None => match type_argument(type_argument(ty, &["Pin"])?, &["Box"])? {
                Type::TraitObject(object) => Some((output_bound(&object.bounds)?, true)),
                _ => None,
            },
        },
        _ => None,
    }
}

/// `T` of `Name<'a, T>`.
fn type_argument<'a>(ty: &'a Type, names: &[&str]) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    if !is_one_of(&last.ident, names) {
        return None;
    }
    let arguments = angle_bracketed(&last.arguments)?;
    find_in(&arguments.args, &mut |argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// `T` of `Future<Output = T>` among the bounds.
fn output_bound(bounds: &Punctuated<TypeParamBound, Token![+]>) -> Option<&Type> {
    find_in(bounds, &mut |bound| {
        let TypeParamBound::Trait(bound) = bound else {
            return None;
        };
        let last = bound
            .path
            .segments
            .last()
            .filter(|last| last.ident == "Future")?;
        let arguments = angle_bracketed(&last.arguments)?;
        find_in(&arguments.args, &mut |argument| match argument {
            GenericArgument::AssocType(assoc) if assoc.ident == "Output" => Some(&assoc.ty),
            _ => None,
        })
    })
}

/// `Result<T, dyn Error>` as the output of an `async fn`, of which rustc would say at each of its uses in the expansion that
/// it has no known size: the error. The type becomes the box that is meant, so that nothing follows from it.
pub(super) fn boxed_output(sig: &mut Signature) -> Option<Error> {
    sig.asyncness.as_ref()?;
    let ReturnType::Type(_, output) = &mut sig.output else {
        return None;
    };
    let Type::Path(path) = &mut **output else {
        return None;
    };
    let last = path.path.segments.last_mut()?;
    let PathArguments::AngleBracketed(arguments) = &mut last.arguments else {
        return None;
    };
    if !is_one_of(&last.ident, &["Result", "Option"]) {
        return None;
    }
    let Some(GenericArgument::Type(ty @ Type::TraitObject(_))) = arguments.args.last_mut() else {
        return None;
    };
    let message = format!(
        "a function cannot return `{0}`, which has no known size\nhelp: write `Box<{0}>`",
        source(ty, "dyn Trait")
    );
    let error = error(ty, message);
    *ty = parse_quote!(::std::boxed::Box<#ty>);
    Some(error)
}

fn angle_bracketed(arguments: &PathArguments) -> Option<&AngleBracketedGenericArguments> {
    match arguments {
        PathArguments::AngleBracketed(arguments) => Some(arguments),
        _ => None,
    }
}

/// The type as it can be written in a `let`: an `impl Trait` in it is left to inference.
pub(super) fn nameable(output: Option<&Type>) -> Type {
    let Some(output) = output else {
        return parse_quote!(());
    };
    // What cannot be read again is left to inference as well.
    let mut ty = parse_all(quote!(#output), &mut Type::parse).unwrap_or_else(|_| parse_quote!(_));
    hide_impl_trait(&mut ty);
    ty
}

fn hide_impl_trait(ty: &mut Type) {
    match ty {
        Type::ImplTrait(_) => *ty = parse_quote!(_),
        Type::Tuple(tuple) => {
            for i in 0..tuple.elems.len() {
                hide_impl_trait(&mut tuple.elems[i]);
            }
        }
        Type::Reference(reference) => hide_impl_trait(&mut reference.elem),
        Type::Paren(paren) => hide_impl_trait(&mut paren.elem),
        Type::Group(group) => hide_impl_trait(&mut group.elem),
        Type::Array(array) => hide_impl_trait(&mut array.elem),
        Type::Slice(slice) => hide_impl_trait(&mut slice.elem),
        Type::Path(path) => {
            for segment in &mut path.path.segments {
                if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
                    for i in 0..arguments.args.len() {
                        if let GenericArgument::Type(ty) = &mut arguments.args[i] {
                            hide_impl_trait(ty);
                        }
                    }
                }
            }
        }
        _ => {}
    }
}

/// The block of a body that is nothing but `async { .. }` or, in a box, `Box::pin(async { .. })`, as
/// `#[async_trait]` and its like write it. What is in it can be timed in place, without a second box.
pub(super) fn sole_async_block(body: &Group, boxed: bool) -> Option<Group> {
    let tokens: Vec<TokenTree> = body.stream().into_iter().collect();
    if !boxed {
        return async_block(&tokens);
    }
    let (TokenTree::Group(arguments), path) = tokens.split_last()? else {
        return None;
    };
    let is_path = path.iter().all(|token| match token {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(punct) => punct.as_char() == ':',
        _ => false,
    });
    let path: String = path.iter().map(ToString::to_string).collect();
    if !is_path || arguments.delimiter() != Delimiter::Parenthesis || !path.ends_with("Box::pin") {
        return None;
    }
    let tokens: Vec<TokenTree> = arguments.stream().into_iter().collect();
    async_block(&tokens)
}

fn async_block(tokens: &[TokenTree]) -> Option<Group> {
    let (TokenTree::Group(block), before) = tokens.split_last()? else {
        return None;
    };
    let words: TokenStream = before.iter().cloned().collect();
    let words = words.to_string();
    let is_async = words == "async" || words == "async move";
    (is_async && block.delimiter() == Delimiter::Brace).then(|| block.clone())
}
