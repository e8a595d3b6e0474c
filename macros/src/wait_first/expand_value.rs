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
        let structs = Structs::new(private, branches, vars);
        let some = quote!(#private::core::option::Option::Some);
        let tasks = each(vars, &mut |_, var| quote!(#some(#var)));
        let pending = structs.pending(&tasks, &quote!(#private::how(#hows)));
        (structs.declare(), pending)
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

/// The two structs of a wait, `Pending` and, where the branches are named, `Done`. They are the expansion's own, for
/// the names; without names the runtime has a `Pending`, which need not be compiled for each call, but not for any
/// number of tasks.
struct Structs<'a> {
    private: &'a Ident,
    vars: &'a [Ident],
    is_named: bool,
    /// The names of the fields, or their numbers, and that of one for the types of the hows.
    fields: Vec<Member>,
    how: Member,
    /// Type parameters: the `Option` of each task, and how the outcome is read.
    tasks: Vec<Ident>,
    hows: Vec<Ident>,
}

impl<'a> Structs<'a> {
    fn new(private: &'a Ident, branches: &[(Option<Ident>, Over)], vars: &'a [Ident]) -> Self {
        let is_named = branches[0].0.is_some();
        Structs {
            private,
            vars,
            is_named,
            fields: each(branches, &mut |i, (name, _)| match name {
                Some(name) => Member::Named(name.clone()),
                None => Member::Unnamed(i.into()),
            }),
            how: match is_named {
                true => Member::Named(local("how", 0, Span::mixed_site())),
                false => Member::Unnamed(branches.len().into()),
            },
            tasks: numbered("T", vars.len()),
            hows: numbered("H", vars.len()),
        }
    }

    /// A `Pending`.
    fn pending(&self, tasks: &[TokenStream], how: &TokenStream) -> TokenStream {
        let Structs {
            fields,
            how: how_field,
            ..
        } = self;
        quote!(Pending { #(#fields: #tasks,)* #how_field: #how })
    }

    fn declare(&self) -> TokenStream {
        let Structs {
            private,
            vars,
            fields,
            tasks,
            hows,
            ..
        } = self;
        let structs = self.structs();
        let (done, make_done) = self.done();
        let (tasks_tree, hows_tree, vars_tree) = (as_tree(tasks), as_tree(hows), as_tree(vars));
        let pending_type = quote!(Pending<#(#tasks,)* #hows_tree>);
        let generics = quote!(<#(#tasks: #private::Set<#hows>,)* #(#hows),*>);
        let values = each(vars, &mut |_, var| quote!(#var));
        let joined = self.pending(&values, &quote!(#private::core::marker::PhantomData));
        quote! {
            #structs
            impl #generics #private::Remaining for #pending_type {
                type Set = #tasks_tree;
                type How = #hows_tree;
                type Done = #done;
                fn split(self) -> Self::Set {
                    let Pending { #(#fields: #vars,)* .. } = self;
                    #vars_tree
                }
                fn join(#vars_tree: Self::Set) -> Self {
                    #joined
                }
                fn done(#vars_tree: <Self::Set as #private::Set<Self::How>>::Done) -> Self::Done {
                    #make_done
                }
            }
            impl #generics #private::core::future::IntoFuture for #pending_type {
                type Output = <Self as #private::Remaining>::Done;
                type IntoFuture = #private::Rest<Self>;
                fn into_future(self) -> Self::IntoFuture {
                    #private::rest(self)
                }
            }
            #[allow(dead_code)]
            impl #generics #pending_type {
                fn is_empty(&self) -> bool {
                    true #(&& #private::Set::<#hows>::is_empty(&self.#fields))*
                }
                fn cancel(&self) -> bool {
                    false #(| #private::Set::<#hows>::cancel(&self.#fields))*
                }
            }
        }
    }

    fn structs(&self) -> TokenStream {
        let Structs {
            private,
            fields,
            tasks,
            how,
            ..
        } = self;
        let must_use = "the tasks in it keep running: `.await` it for their results, `.cancel()` it, or write `drop(pending)` to detach them";
        let how_type = quote!(#private::core::marker::PhantomData<fn() -> __H>);
        let attributes = quote! {
            #[derive(#private::core::fmt::Debug)]
            #[allow(dead_code)]
        };
        if !self.is_named {
            return quote! {
                #attributes
                #[must_use = #must_use]
                struct Pending<#(#tasks,)* __H>(#(pub #tasks,)* #how_type);
            };
        }
        quote! {
            #attributes
            #[must_use = #must_use]
            struct Pending<#(#tasks,)* __H> { #(pub #fields: #tasks,)* #how: #how_type }
            #attributes
            #[derive(#private::core::clone::Clone, #private::core::cmp::PartialEq)]
            struct Done<#(#tasks),*> { #(pub #fields: #tasks),* }
        }
    }

    /// The type of what is done, and how it is made of the outcomes in `vars`.
    fn done(&self) -> (TokenStream, TokenStream) {
        let Structs {
            private,
            vars,
            fields,
            tasks,
            hows,
            ..
        } = self;
        let outcomes = quote!(#(<#tasks as #private::Set<#hows>>::Done,)*);
        match self.is_named {
            true => (
                quote!(Done<#outcomes>),
                quote!(Done { #(#fields: #vars),* }),
            ),
            false => (quote!((#outcomes)), quote!((#(#vars,)*))),
        }
    }
}

fn as_tree(leaves: &[Ident]) -> TokenStream {
    let leaves = tree(
        each(leaves, &mut |_, leaf| quote!(#leaf)),
        WIDEST,
        &|group| quote!((#(#group,)*)),
    );
    quote!((#(#leaves,)*))
}
