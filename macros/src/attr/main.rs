//! `#[asyncio::main]`.

use super::entry::Entry;
use super::function::Function;
use super::options::{Key, crate_path};
use crate::over::local;
use crate::words::{closest, error};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::parse::ParseStream;
use syn::{Attribute, Expr, Lit, Path, Result};

/// Its options.
#[derive(Default)]
pub(super) struct Main {
    flavor: Option<Flavor>,
    worker_threads: Option<(Ident, Expr)>,
    krate: Option<Path>,
}

#[derive(Clone, Copy, PartialEq)]
enum Flavor {
    CurrentThread,
    MultiThread,
}

const FLAVORS: &str = "the flavors are `\"current_thread\"` and `\"multi_thread\"`";

fn flavor(input: ParseStream<'_>) -> Result<Flavor> {
    let expected = format!("`flavor` is a string\nhelp: {FLAVORS}");
    let value = string(input, &expected)?;
    let name = value.value();
    Ok(match name.as_str() {
        "current_thread" => Flavor::CurrentThread,
        "multi_thread" => Flavor::MultiThread,
        _ => {
            let help = match name.as_str() {
                "local" | "single_thread" | "basic_scheduler" => {
                    "leave it out: the default is one thread, where tasks need not be `Send`"
                        .to_owned()
                }
                "threaded_scheduler" | "multithread" => "write `\"multi_thread\"`".to_owned(),
                _ => match closest(&name, &["current_thread", "multi_thread"]) {
                    Some(meant) => format!("write `\"{meant}\"`"),
                    None => FLAVORS.to_owned(),
                },
            };
            return Err(error(
                &value,
                format!("there is no flavor `{name}`\nhelp: {help}"),
            ));
        }
    })
}

impl Entry for Main {
    fn name(&self) -> &'static str {
        "asyncio::main"
    }

    fn option(&mut self, key: &Key, input: ParseStream<'_>) -> Result<()> {
        const HABITS: &[(&str, &str)] = &[
            ("multi_thread", "write `flavor = \"multi_thread\"`"),
            ("threaded_scheduler", "write `flavor = \"multi_thread\"`"),
            ("current_thread", "leave it out: it is the default"),
            ("basic_scheduler", "leave it out: one thread is the default"),
            (
                "local",
                "leave it out: the default is one thread, where tasks need not be `Send`",
            ),
            ("core_threads", "write `worker_threads = ..`"),
            ("threads", "write `worker_threads = ..`"),
            (
                "start_paused",
                "a test has a virtual clock: `#[asyncio::test]`",
            ),
            (
                "unhandled_panic",
                "a panic of a task goes to the exception handler",
            ),
        ];
        match key.name.to_string().as_str() {
            "flavor" => {
                key.equals(input, "\"multi_thread\"")?;
                key.set(&mut self.flavor, flavor(input)?)
            }
            "worker_threads" => {
                key.equals(input, "4")?;
                let number = worker_threads(input)?;
                key.set(&mut self.worker_threads, (key.name.clone(), number))
            }
            "crate" => {
                key.equals(input, "::mylib::asyncio")?;
                key.set(&mut self.krate, crate_path(input)?)
            }
            _ => {
                let error =
                    key.unknown(self.name(), &["flavor", "worker_threads", "crate"], HABITS);
                input.parse::<TokenStream>()?;
                Err(error)
            }
        }
    }

    fn check(&self) -> Result<()> {
        match &self.worker_threads {
            Some((name, _)) if self.flavor != Some(Flavor::MultiThread) => {
                let message = "`worker_threads` needs more than one thread\nhelp: write `flavor = \"multi_thread\"` as well";
                Err(error(name, message))
            }
            _ => Ok(()),
        }
    }

    fn check_function(&self, function: &Function) -> Result<()> {
        let sig = &function.sig;
        // Another function may well take arguments: it is called.
        if sig.ident != "main" {
            return Ok(());
        }
        if !sig.inputs.is_empty() {
            let message = "`main` takes no arguments\nhelp: read them with `std::env::args()`";
            return Err(error(&sig.inputs, message));
        }
        match sig.generics.params.is_empty() {
            true => Ok(()),
            false => Err(error(&sig.generics, "`main` cannot be generic")),
        }
    }

    fn krate(&self) -> Option<&Path> {
        self.krate.as_ref()
    }

    fn again(&self, krate: &TokenStream) -> TokenStream {
        quote!(#krate::main)
    }

    fn marker(&self) -> TokenStream {
        TokenStream::new()
    }

    fn is_marker(&self, _: &Attribute) -> bool {
        false
    }

    fn run(&self, krate: &TokenStream, body: &TokenStream) -> TokenStream {
        // Paths, not methods: a trait of the user's may have methods of these names for every type.
        let runner = quote!(#krate::Runner);
        let mut built = quote!(#runner::new());
        if self.flavor == Some(Flavor::MultiThread) {
            built = quote!(#runner::multi_thread(#built));
        }
        if let Some((name, number)) = &self.worker_threads {
            // A value of another type is reported under the value and the name of the option.
            let (threads, usize) = (
                local("threads", 0, Span::mixed_site()),
                quote_spanned!(name.span()=> usize),
            );
            let number = quote!({ let #threads: #krate::__private::core::primitive::#usize = #number; #threads });
            built = quote!(#runner::worker_threads(#built, #number));
        }
        quote!(#runner::run(&mut #built, #body))
    }
}

/// A positive number, or an expression.
fn worker_threads(input: ParseStream<'_>) -> Result<Expr> {
    let value: Expr = input.parse()?;
    let expected = "`worker_threads` is a number from 1 on, as in `worker_threads = 4`";
    match &value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(number)
                if number
                    .base10_parse::<usize>()
                    .is_ok_and(|number| number > 0) =>
            {
                Ok(value)
            }
            _ => Err(error(&value, expected)),
        },
        Expr::Unary(syn::ExprUnary {
            op: syn::UnOp::Neg(_),
            ..
        }) => Err(error(&value, expected)),
        _ => Ok(value),
    }
}

fn string(input: ParseStream<'_>, expected: &str) -> Result<syn::LitStr> {
    let value: Expr = input.parse()?;
    match value {
        Expr::Lit(syn::ExprLit {
            lit: Lit::Str(string),
            ..
        }) => Ok(string),
        value => Err(error(&value, expected)),
    }
}
