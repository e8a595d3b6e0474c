//! What a chain expands to: a race, and a `match` on who was first. The blocks are outside of any future
//! or closure, so `?`, `return`, `break`, `continue` and `.await` in them are the surrounding function's.

use super::chain::{Arm, Chain};
use crate::lint;
use crate::once::each;
use crate::over::{local, numbered};
use crate::site;
use crate::tree::{WIDEST, tree};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Expr, Token};

pub(super) fn expand(krate: &TokenStream, chain: &Chain) -> TokenStream {
    let mixed = Span::mixed_site();
    let private = Ident::new("__private", mixed);
    let first = local("first", 0, mixed);
    let branches = each(&chain.arms, &mut |i, arm| branch(&private, i, arm));
    let names = each(&chain.arms, &mut |_, arm| {
        site::branch(None, &arm.future.expr)
    });
    let site = site::site(&private, &names);
    let branches = tree(branches, WIDEST, &|group| race_of_group(&private, &group));
    let winners = winners(&quote!(#krate::__private), chain.arms.len());
    let arms = each(&chain.arms, &mut |i, arm| {
        handler(i, arm, &winners[i], chain.else_.is_some())
    });
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
    let mut warnings = TokenStream::new();
    for arm in &chain.arms {
        warnings.extend(lint::blocking_in_expr(krate, &arm.future.expr));
        warnings.extend(lint::blocking_in_body(krate, &arm.block));
    }
    if let Some(block) = &chain.else_ {
        warnings.extend(lint::blocking_in_body(krate, block));
    }
    warnings
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
    let vars = numbered("of_group", group.len());
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
        let mut all = Branches::new();
        for (i, branches) in branches.into_iter().enumerate() {
            let variant = format_ident!("B{i}", span = Span::mixed_site());
            let variant = quote!(#private::#first::#variant);
            for mut variants in branches {
                variants.push(variant.clone());
                all.push(variants);
            }
        }
        all
    };
    let mut leaves = Vec::with_capacity(count);
    for _ in 0..count {
        leaves.push(vec![vec![]]);
    }
    race(tree(leaves, WIDEST, &race))
}

/// The arm of the `match` for a branch.
fn handler(i: usize, arm: &Arm, winner: &[TokenStream], has_else: bool) -> TokenStream {
    let pattern = &arm.pattern;
    let block = lint::without_fulfilled_expectations(&arm.block, None);
    let is_first = |mut value: TokenStream| {
        for variant in winner {
            value = quote!(#variant(#value));
        }
        value
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
