//! Generated tokens that stand exactly over the user's, so that rustc underlines what the user wrote.

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::Expr;

/// A user expression, held by the expansion in a 1-tuple.
///
/// There is no `Span::join` on stable, but rustc computes the span of `held.0` as reaching from `held`
/// to `0`: with the spans of the first and of the last token of the expression on them, all of it is
/// underlined. These are the raw spans of user tokens, so rustc sees no expansion and adds no "this
/// error originates in the macro". The names cannot collide with the user's, as user code is evaluated
/// in the scrutinee of a `match`, where none of them is in scope yet.
pub(crate) struct Over {
    pub(crate) expr: Expr,
    /// The spans of its first and of its last token.
    pub(crate) ends: (Span, Span),
}

impl Over {
    pub(crate) fn new(expr: Expr) -> Self {
        match expr {
            // `$e:expr` of a `macro_rules!` comes as a group without delimiters.
            Expr::Group(group) => {
                let span = group.group_token.span;
                Over {
                    ends: (span, span),
                    ..Over::new(*group.expr)
                }
            }
            expr => Over {
                ends: ends(&expr),
                expr,
            },
        }
    }

    /// The local variable that holds expression number `i`.
    pub(crate) fn var(&self, i: usize) -> Ident {
        self.named("b", i)
    }

    /// Another local variable with the span of this expression.
    pub(crate) fn named(&self, name: &str, i: usize) -> Ident {
        Ident::new(&format!("__{name}{i}"), self.ends.0)
    }

    /// `var.0`, over the whole expression.
    pub(crate) fn value(&self, var: &Ident) -> TokenStream {
        let mut zero = Literal::usize_unsuffixed(0);
        zero.set_span(self.ends.1);
        quote_spanned!(self.ends.1=> #var.#zero)
    }

    /// `&var.0`, over the whole expression.
    pub(crate) fn reference(&self, var: &Ident) -> TokenStream {
        let mut and = Punct::new('&', Spacing::Alone);
        and.set_span(self.ends.0);
        let value = self.value(var);
        quote!(#and #value)
    }

    /// `private::name(args)`, over the whole expression.
    pub(crate) fn call(&self, private: &Ident, name: &str, args: TokenStream) -> TokenStream {
        let mut private = private.clone();
        private.set_span(self.ends.0);
        let name = Ident::new(name, self.ends.1);
        let mut args = Group::new(Delimiter::Parenthesis, args);
        args.set_span(self.ends.1);
        quote_spanned!(self.ends.1=> #private::#name #args)
    }

    /// A method name. Where it has the span of its argument, rustc does not add "required by a bound
    /// introduced by this call".
    pub(crate) fn method(&self, name: &str) -> Ident {
        Ident::new(name, self.ends.0)
    }

    /// `.name(args)`, as such.
    pub(crate) fn method_call(&self, name: &str, args: TokenStream) -> TokenStream {
        let name = self.method(name);
        quote!(.#name(#args))
    }

    /// `let var = (probe(&var.0), checked, and taken,);`: what `probe` finds to be wrong with the
    /// expression is reported over it, and nothing follows from it.
    pub(crate) fn check(&self, private: &Ident, probe: &str, var: &Ident) -> TokenStream {
        let found = local("found", 0, Span::mixed_site());
        let probe = Ident::new(probe, Span::mixed_site());
        let (value, reference) = (self.value(var), self.reference(var));
        let take = self.method("take");
        quote! {
            let #found = #private::#probe(&#var.0).__check();
            #found.__show(#reference);
            let #var = (#found.#take(#value),);
        }
    }
}

/// A local variable of the expansion, invisible to user code.
pub(crate) fn local(name: &str, i: usize, span: Span) -> Ident {
    Ident::new(&format!("__{name}{i}"), Span::mixed_site().located_at(span))
}

/// As many of them.
pub(crate) fn numbered(name: &str, count: usize) -> Vec<Ident> {
    let mut idents = Vec::with_capacity(count);
    for i in 0..count {
        idents.push(local(name, i, Span::mixed_site()));
    }
    idents
}

/// The spans of the first and of the last token.
pub(crate) fn ends(tokens: impl ToTokens) -> (Span, Span) {
    let mut tokens = tokens.into_token_stream().into_iter();
    let Some(first) = tokens.next() else {
        return (Span::call_site(), Span::call_site());
    };
    let last = tokens.last().unwrap_or_else(|| first.clone());
    (first_span(first), last_span(last))
}

fn first_span(token: TokenTree) -> Span {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            let first = group.stream().into_iter().next();
            first.map_or(group.span(), first_span)
        }
        TokenTree::Group(group) => group.span_open(),
        token => token.span(),
    }
}

fn last_span(token: TokenTree) -> Span {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            let last = group.stream().into_iter().last();
            last.map_or(group.span(), last_span)
        }
        TokenTree::Group(group) => group.span_close(),
        token => token.span(),
    }
}
