//! What a `gather!` that is right expands to.

use super::check::{Call, Outcome, Shape};
use super::parse::Branch;
use crate::lint;
use crate::once::each;
use crate::over::{local, numbered};
use crate::site;
use crate::tree::{WIDEST_JOIN, tree};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Expr;

/// The branches are in the scrutinee of a `match`, so that temporaries in them live to the end of the
/// user's statement, as those of the arguments of a function do.
pub(super) fn expand(krate: &TokenStream, call: &Call) -> TokenStream {
    let scope = Scope::new();
    let Scope {
        private,
        so_far,
        limit,
        ..
    } = &scope;
    let vars = each(&call.branches, &mut |i, branch| branch.value.var(i));
    let held = each(&call.branches, &mut |_, branch| {
        let future = &branch.value.expr;
        quote!((#future,),)
    });
    let kept = each(&call.branches, &mut |i, branch| match call.outcome {
        Outcome::AsTheyAre => scope.keep_whole(branch, &vars[i]),
        _ => scope.keep(branch, &vars[i]),
    });
    let mut warnings = TokenStream::new();
    for branch in &call.branches {
        warnings.extend(lint::blocking_in_expr(krate, &branch.value.expr));
    }
    let slips = call.slips.as_ref().map(syn::Error::to_compile_error);
    let (limit, limit_value) = match call.branches.iter().any(|branch| branch.spread) {
        true => (quote!(#limit), limit_value(krate, call)),
        false => (quote!(), quote!()),
    };
    let nothing_known = match &call.outcome {
        Outcome::Convert(error) => quote!(#private::fixed::<#error>()),
        _ => quote!(#private::NeverFails),
    };
    let branches = match call.shape {
        Shape::Vec => quote!(#private::Alone(#(#vars)*)),
        _ => {
            let vars = each(&vars, &mut |_, var| quote!(#var));
            let group = |group: Vec<TokenStream>| quote!(#private::Group((#(#group,)*)));
            let branches = tree(vars, WIDEST_JOIN, &group);
            quote!((#(#branches,)*))
        }
    };
    let (gathered, map) = result(&scope, call, &vars);
    let site = site::site(private, &names(call));
    quote! {
        match (#(#held)* #limit_value) {
            (#(#vars,)* #limit) => {
                #[allow(unused_imports)]
                use #krate::__private::{self as #private, traits::*};
                fn __asyncio_site() -> &'static #private::Site {
                    #site
                }
                #slips
                #warnings
                #gathered
                let #so_far = #nothing_known;
                #(#kept)*
                #so_far.gather(#branches, #map, __asyncio_site)
            }
        }
    }
}

/// `limit`, or no limit. A value of another type is reported under the value and the word `limit`.
fn limit_value(krate: &TokenStream, call: &Call) -> TokenStream {
    match &call.limit {
        Some((name, value)) => {
            let limit = local("limit", 0, Span::mixed_site());
            let usize = quote_spanned!(name.span()=> usize);
            quote!({ let #limit: #usize = #value; #limit })
        }
        None => quote!(#krate::__private::core::primitive::usize::MAX),
    }
}

/// What introspection calls the branches.
fn names(call: &Call) -> Vec<String> {
    each(&call.branches, &mut |_, branch| {
        let spread = if branch.spread { ".." } else { "" };
        let name = site::branch(branch.name.as_ref(), &branch.value.expr);
        format!("{spread}{name}")
    })
}

/// The names that the expansion uses.
struct Scope {
    private: Ident,
    so_far: Ident,
    limit: Ident,
    found: Ident,
}

impl Scope {
    fn new() -> Self {
        let mixed = Span::mixed_site();
        Scope {
            private: Ident::new("__private", mixed),
            so_far: local("so_far", 0, mixed),
            limit: local("limit", 0, mixed),
            found: local("found", 0, mixed),
        }
    }

    /// Is it a future, or an iterator of futures; and a task?
    fn class(&self, branch: &Branch, var: &Ident) -> TokenStream {
        let private = &self.private;
        let probe = match branch.spread {
            true => quote!(probe_spread),
            false if awaited(&branch.value.expr) => quote!(probe_awaited),
            false => quote!(probe),
        };
        quote!(#private::#probe(&#var.0).__check().__class())
    }

    /// Every outcome of the branch is a result.
    fn keep_whole(&self, branch: &Branch, var: &Ident) -> TokenStream {
        let Scope { found, limit, .. } = self;
        let class = self.class(branch, var);
        let (reference, value) = (branch.value.reference(var), branch.value.value(var));
        let keep = match branch.spread {
            true => branch
                .value
                .method_call("__whole_all", quote!(#value, #limit)),
            false => branch.value.method_call("__whole", value),
        };
        quote! {
            let #found = #class;
            #found.__show(#reference);
            let #var = #found #keep;
        }
    }

    /// What does the branch fail with, and is that the error of the others?
    fn keep(&self, branch: &Branch, var: &Ident) -> TokenStream {
        let Scope {
            private,
            so_far,
            limit,
            found,
        } = self;
        let class = self.class(branch, var);
        let (reference, value) = (branch.value.reference(var), branch.value.value(var));
        let joined = branch.value.call(private, "join", quote!(#so_far, #class));
        let check = Ident::new("__check", branch.value.ends.1);
        let keep = match branch.spread {
            true => branch.value.method_call("keep_all", quote!(#value, #limit)),
            false => branch.value.method_call("keep", value),
        };
        quote! {
            let #found = #joined.#check();
            #found.__show(#reference);
            let (#so_far, #var) = #found #keep;
        }
    }
}

/// Whether the branch ends in `.await`, or in `.await?`.
fn awaited(branch: &Expr) -> bool {
    match branch {
        Expr::Await(_) => true,
        Expr::Try(tried) => awaited(&tried.expr),
        _ => false,
    }
}

/// What the items of the branches become: the struct to declare for that, if any, and a function.
fn result(scope: &Scope, call: &Call, vars: &[Ident]) -> (TokenStream, TokenStream) {
    let private = &scope.private;
    let fields = each(&call.branches, &mut |i, branch| {
        let (name, value) = (&branch.name, branch.value.value(&vars[i]));
        quote!(#name: #value,)
    });
    let items = tree(
        each(vars, &mut |_, var| quote!(#var)),
        WIDEST_JOIN,
        &|group| quote!((#(#group,)*)),
    );
    let map = |result: TokenStream| quote!(|(#(#items,)*)| #result);
    // Held in a 1-tuple, as the branches are: a field of the wrong type is reported over its branch.
    let hold = quote!(let (#(#vars,)*) = (#((#vars,),)*););
    let nothing = TokenStream::new();
    let (gathered, path) = match &call.shape {
        Shape::Tuple if vars.len() <= WIDEST_JOIN => return (nothing, quote!(#private::identity)),
        Shape::Tuple => return (nothing, map(quote!((#(#vars,)*)))),
        Shape::Vec => return (nothing, quote!(#private::identity)),
        Shape::Struct(path) => (nothing, quote!(#path)),
        Shape::Named => {
            let types = numbered("T", vars.len());
            let fields = each(&call.branches, &mut |i, branch| {
                let (name, ty) = (&branch.name, &types[i]);
                quote!(pub #name: #ty,)
            });
            let gathered = quote! {
                #[derive(#private::core::fmt::Debug, #private::core::clone::Clone, #private::core::cmp::PartialEq)]
                #[allow(dead_code, non_camel_case_types)]
                struct Gathered<#(#types),*> { #(#fields)* }
            };
            (gathered, quote!(Gathered))
        }
    };
    (gathered, map(quote!({ #hold #path { #(#fields)* } })))
}
