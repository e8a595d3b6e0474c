//! The function that an attribute stands on.

use crate::once::parse_all;
use crate::words::error;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Path, Result, Signature, Token, Visibility};

/// A function whose body is left unparsed: a half-typed one still expands, rustc reports its errors
/// and rust-analyzer completes in it.
pub(super) struct Function {
    pub(super) attrs: Vec<Attribute>,
    pub(super) vis: Visibility,
    pub(super) sig: Signature,
    pub(super) body: Body,
}

pub(super) enum Body {
    Block(Group),
    /// A method that a trait only declares.
    Missing(Token![;]),
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let sig = input.parse()?;
        if input.peek(Token![;]) {
            let body = Body::Missing(input.parse()?);
            return Ok(Function {
                attrs,
                vis,
                sig,
                body,
            });
        }
        let token: TokenTree = input.parse()?;
        let Some(group) = block(&token) else {
            return Err(error(&token, "expected the body of the function"));
        };
        let (inner, block) = split_inner_attributes(&group);
        attrs.extend(inner.into_iter().map(as_outer));
        let body = Body::Block(block);
        Ok(Function {
            attrs,
            vis,
            sig,
            body,
        })
    }
}

/// The braces of a body. From a `$body:block` of `macro_rules!` they are in a group without delimiters.
fn block(token: &TokenTree) -> Option<Group> {
    let TokenTree::Group(group) = token else {
        return None;
    };
    match group.delimiter() {
        Delimiter::Brace => Some(group.clone()),
        Delimiter::None => {
            let mut tokens = group.stream().into_iter();
            let only = tokens.next()?;
            tokens.next().is_none().then(|| block(&only)).flatten()
        }
        _ => None,
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Function {
            attrs,
            vis,
            sig,
            body,
        } = self;
        tokens.extend(quote!(#(#attrs)* #vis #sig #body));
    }
}

impl ToTokens for Body {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Body::Block(block) => block.to_tokens(tokens),
            Body::Missing(semicolon) => semicolon.to_tokens(tokens),
        }
    }
}

impl Function {
    /// The function with another body, whose braces are those of the user's.
    pub(super) fn with_body(&self, body: TokenStream) -> TokenStream {
        let Function {
            attrs, vis, sig, ..
        } = self;
        let mut block = Group::new(Delimiter::Brace, body);
        if let Body::Block(written) = &self.body {
            block.set_span(written.span());
        }
        quote!(#(#attrs)* #vis #sig #block)
    }
}

/// `#![..]` is allowed at the start of the body of a function, but not where the expansion puts the
/// body: there it becomes an attribute of the function, which means the same.
fn split_inner_attributes(body: &Group) -> (Vec<Attribute>, Group) {
    let starts_inner = |tokens: &TokenStream| {
        let mut tokens = tokens.clone().into_iter();
        let is = |token: Option<TokenTree>, c| matches!(token, Some(TokenTree::Punct(p)) if p.as_char() == c);
        is(tokens.next(), '#') && is(tokens.next(), '!')
    };
    if !starts_inner(&body.stream()) {
        return (Vec::new(), body.clone());
    }
    let mut split = |input: ParseStream<'_>| {
        let attrs = input.call(Attribute::parse_inner)?;
        Ok((attrs, input.parse::<TokenStream>()?))
    };
    match parse_all(body.stream(), &mut split) {
        Ok((attrs, rest)) => {
            let mut block = Group::new(Delimiter::Brace, rest);
            block.set_span(body.span());
            (attrs, block)
        }
        Err(_) => (Vec::new(), body.clone()),
    }
}

fn as_outer(mut attr: Attribute) -> Attribute {
    attr.style = syn::AttrStyle::Outer;
    attr
}

/// Whether an attribute is the one of this crate that is called `name`: `#[name]`, `#[asyncio::name]`
/// or, with `crate = path`, `#[path::name]`.
pub(super) fn is_ours(attr: &Attribute, name: &str, krate: Option<&Path>) -> bool {
    let segments = &attr.path().segments;
    if segments.last().is_none_or(|last| last.ident != name) {
        return false;
    }
    let Some(before) = segments.len().checked_sub(2).map(|i| &segments[i]) else {
        return true;
    };
    let krate = krate.and_then(|path| path.segments.last());
    before.ident == "asyncio" || krate.is_some_and(|krate| krate.ident == before.ident)
}
