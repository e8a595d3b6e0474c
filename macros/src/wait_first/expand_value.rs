//! What the value form expands to: two structs, for what is done and for what is pending, and a future.

use super::value::{Call, Set};
use crate::lint;
use crate::once::each;
use crate::over::{Over, local, numbered};
use crate::tree::{WIDEST, tree};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Expr, Member};

pub(super) fn expand(krate: &TokenStream, call: &Call) -> TokenStream {
    let mixed = Span::mixed_site();
    let private = Ident::new("__private", mixed);
    let timeout = local("timeout", 0, mixed);
    let option = quote!(#krate::__private::core::option::Option);
    let limit = match &call.timeout {
        Some(length) => {
            let length = length.expand(krate);
            quote!(#option::Some(#length))
        }
        None => quote!(#option::None),
    };
    let mut warnings = TokenStream::new();
    let mut hold = |value: &Over| {
        let expr = &value.expr;
        warnings.extend(lint::blocking_in_expr(krate, expr));
        quote!((#expr,),)
    };
    let (held, vars, body) = match &call.set {
        Set::Spread(tasks) => {
            let var = tasks.var(0);
            let check = tasks.check(&private, "probe_set", &var);
            let body = quote! {
                #check
                #var.0.wait(#timeout)
            };
            (vec![hold(tasks)], vec![var], body)
        }
        Set::Branches(branches) => {
            let vars = each(branches, &mut |i, (_, value)| value.var(i));
            let body = wait(&private, branches, &vars, &timeout);
            let held = each(branches, &mut |_, (_, value)| hold(value));
            (held, vars, body)
        }
    };
    let slips = call.slips.as_ref().map(syn::Error::to_compile_error);
    quote! {
        match (#(#held)* #limit) {
            (#(#vars,)* #timeout) => {
                #[allow(unused_imports)]
                use #krate::__private::{self as #private, traits::*};
                #slips
                #warnings
                #body
            }
        }
    }
}

fn wait(
    private: &Ident,
    branches: &[(Option<Ident>, Over)],
    vars: &[Ident],
    timeout: &Ident,
) -> TokenStream {
    let hows = numbered("how", vars.len());
    let takes = each(branches, &mut |i, (_, value)| {
        take(private, value, &vars[i], &hows[i])
    });
    let hows = as_tree(&hows);
    let (declared, pending) = if branches.len() <= WIDEST && branches[0].0.is_none() {
        let pending = format_ident!("Pending{}", vars.len(), span = Span::mixed_site());
        let pending = quote!(#private::#pending::all((#(#vars,)*), #hows));
        (TokenStream::new(), pending)
    } else {
        declared(private, branches, vars, &hows)
    };
    quote! {
        #declared
        #(#takes)*
        #private::wait_first(#pending, #timeout)
    }
}

/// Is it a task, and how is its outcome read?
fn take(private: &Ident, value: &Over, var: &Ident, how: &Ident) -> TokenStream {
    let probe = match value.expr {
        Expr::Await(_) | Expr::Try(_) => quote!(probe_awaited),
        _ => quote!(probe),
    };
    let class = quote!(#private::#probe(&#var.0).__check().__class());
    let probed = value.call(private, "probe_task", class);
    let check = Ident::new("__check", value.ends.1);
    let found = local("found", 0, Span::mixed_site());
    let (taken, reference, take) = (value.value(var), value.reference(var), value.method("take"));
    quote! {
        let #found = #probed.#check();
        #found.__show(#reference);
        let (#var, #how) = #found.#take(#taken);
    }
}

/// Declares the structs of a wait, `Pending` and, where the branches are named, `Done`, and makes a `Pending`. They are
/// the expansion's own, for the names; without names the runtime has a `Pending`, which need not be compiled for each
/// call, but not for any number of tasks.
fn declared(
    private: &Ident,
    branches: &[(Option<Ident>, Over)],
    vars: &[Ident],
    hows: &TokenStream,
) -> (TokenStream, TokenStream) {
    // The names of the fields, or their numbers, and that of one for the types of the hows.
    let fields = each(branches, &mut |i, (name, _)| match name {
        Some(name) => Member::Named(name.clone()),
        None => Member::Unnamed(i.into()),
    });
    let how = match branches[0].0.is_some() {
        true => Member::Named(local("how", 0, Span::mixed_site())),
        false => Member::Unnamed(branches.len().into()),
    };
    let (tasks, readers) = (numbered("T", vars.len()), numbered("H", vars.len()));
    let trees = [as_tree(&tasks), as_tree(&readers), as_tree(vars)];
    let declared = quote! {
        #private::declare_pending! {
            { #(#fields: #tasks #readers #vars),*; #how }
            #(#trees)*
        }
    };
    let some = quote!(#private::core::option::Option::Some);
    let pending = quote!(Pending { #(#fields: #some(#vars),)* #how: #private::how(#hows) });
    (declared, pending)
}

fn as_tree(leaves: &[Ident]) -> TokenStream {
    let leaves = tree(
        each(leaves, &mut |_, leaf| quote!(#leaf)),
        WIDEST,
        &|group| quote!((#(#group,)*)),
    );
    quote!((#(#leaves,)*))
}
