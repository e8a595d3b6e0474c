//! What a chain expands to: a race, and a `match` on who was first. The blocks are outside of any future
//! or closure, so `?`, `return`, `break`, `continue` and `.await` in them are the surrounding function's.

use super::chain::{Arm, Chain};
use crate::lint;
use crate::over::local;
use crate::site;
use crate::tree::{WIDEST, tree};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Expr, Token};

pub(super) fn expand(krate: &TokenStream, chain: &Chain) -> TokenStream {
    let mixed = Span::mixed_site();
    let private = Ident::new("__private", mixed);
    let first = local("first", 0, mixed);
    let branches = chain
        .arms
        .iter()
        .enumerate()
        .map(|(i, arm)| branch(&private, i, arm))
        .collect();
    let names = chain
        .arms
        .iter()
        .map(|arm| site::branch(None, &arm.future.expr));
    let site = site::site(&quote!(#private), &names.collect::<Vec<_>>());
    let branches = tree(branches, WIDEST, |group| race_of_group(&private, &group));
    let winners = winners(&quote!(#krate::__private), chain.arms.len());
    let arms = chain.arms.iter().zip(&winners).enumerate();
    let arms = arms.map(|(i, (arm, winner))| handler(i, arm, winner, chain.else_.is_some()));
    let else_ = match &chain.else_ {
        Some(block) => {
            let block = lint::without_fulfilled_expectations(block, None);
            quote!(_ => #block)
        }
        None => quote!(_ => #krate::__private::not_first()),
    };
    let warnings = warnings(krate, chain);
    quote! {{
        #warnings
        let #first = {
            #[allow(unused_imports)]
            use #krate::__private::{self as #private, traits::*};
            #private::Race::race_at((#(#branches,)*), #site).await
        };
        match #first {
            #(#arms)*
            #else_
        }
    }}
}

/// About the blocking calls in the futures and in the blocks.
fn warnings(krate: &TokenStream, chain: &Chain) -> TokenStream {
    let futures = chain.arms.iter().map(|arm| &arm.future.expr);
    let blocks = chain.arms.iter().map(|arm| &arm.block).chain(&chain.else_);
    let in_blocks = blocks.map(|block| lint::blocking_in_body(krate, block));
    lint::blocking_in_exprs(krate, futures)
        .into_iter()
        .chain(in_blocks.flatten())
        .collect()
}

/// The future of a branch as an `Option`, `None` if its condition is false: it is not even created then.
fn branch(private: &Ident, i: usize, arm: &Arm) -> TokenStream {
    let (expr, var) = (&arm.future.expr, arm.future.var(i));
    let probe = match expr {
        Expr::Try(_) => "probe_awaited",
        _ => "probe",
    };
    let check = arm.future.check(private, probe, &var);
    let kept = arm.is_kept.then(|| {
        let warn = Ident::new("__future", kept_at(expr));
        quote!(#private::kept(&#var.0).#warn();)
    });
    let option = quote!(#private::core::option::Option);
    let future = quote!(#option::Some(match (#expr,) { #var => { #kept #check #var.0 } }));
    match &arm.guard {
        Some(guard) => quote!(if #guard { #future } else { #option::None }),
        None => future,
    }
}

/// Where to warn of `&mut future` and `future.as_mut()`.
fn kept_at(future: &Expr) -> Span {
    match future {
        Expr::Reference(reference) => kept_at(&reference.expr),
        Expr::MethodCall(call) => call.method.span(),
        Expr::Paren(paren) => kept_at(&paren.expr),
        other => crate::over::ends(other).0,
    }
}

/// More branches than a tuple can have race in groups. One with no branch takes no part.
fn race_of_group(private: &Ident, group: &[TokenStream]) -> TokenStream {
    let vars: Vec<Ident> = (0..group.len())
        .map(|i| local("of_group", i, Span::mixed_site()))
        .collect();
    let option = quote!(#private::core::option::Option);
    quote! {
        match (#(#group,)*) {
            (#(#vars,)*) => if #(#option::is_none(&#vars))&&* {
                #option::None
            } else {
                #option::Some(#private::Race::race((#(#vars,)*)))
            }
        }
    }
}

/// For each branch, the variant that says that it was first; groups make it several.
fn winners(private: &TokenStream, count: usize) -> Vec<Vec<TokenStream>> {
    /// Some branches, each with the variants of the races that it is in, innermost first.
    type Branches = Vec<Vec<TokenStream>>;
    let race = |branches: Vec<Branches>| -> Branches {
        let first = format_ident!("First{}", branches.len(), span = Span::mixed_site());
        let with_variant = |(i, branches): (usize, Branches)| {
            let variant = format_ident!("B{i}", span = Span::mixed_site());
            let variant = quote!(#private::#first::#variant);
            branches.into_iter().map(move |mut variants| {
                variants.push(variant.clone());
                variants
            })
        };
        branches
            .into_iter()
            .enumerate()
            .flat_map(with_variant)
            .collect()
    };
    race(tree(
        (0..count).map(|_| vec![vec![]]).collect(),
        WIDEST,
        race,
    ))
}

/// The arm of the `match` for a branch.
fn handler(i: usize, arm: &Arm, winner: &[TokenStream], has_else: bool) -> TokenStream {
    let pattern = &arm.pattern;
    let block = lint::without_fulfilled_expectations(&arm.block, None);
    let is_first = |value: TokenStream| {
        winner
            .iter()
            .fold(value, |value, variant| quote!(#variant(#value)))
    };
    if has_else {
        let (winner, test) = (
            is_first(quote!(#pattern)),
            arm.test.as_ref().map(|test| quote!(if #test)),
        );
        return quote!(#winner #test => #block);
    }
    // A `let` of its own: a pattern that can fail is then reported where it stands.
    let var = arm.future.named("value", i);
    let (winner, value, let_) = (is_first(quote!(#var)), arm.future.value(&var), &arm.let_);
    let semicolon = Token![;](arm.future.ends.1);
    quote! {
        // The user's braces are in ours, one pair too many for rustc. They cannot be opened: they would
        // lose their spans, and with them an error in a half-typed block its place.
        #[allow(unused_braces)]
        #winner => {
            let #var = (#var,);
            // `let _ = sleep(1)` is the way to write it here.
            #[allow(clippy::let_unit_value)]
            #let_ #pattern = #value #semicolon
            #block
        }
    }
}
