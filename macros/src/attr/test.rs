//! `#[asyncio::test]`.

use super::entry::Entry;
use super::function::Function;
use super::options::{Key, crate_path};
use crate::durations::Length;
use crate::words::error;
use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::ParseStream;
use syn::{Attribute, Expr, LitBool, Path, Result, Token};

/// Its options.
#[derive(Default)]
pub(super) struct Test {
    real_time: Option<bool>,
    limit: Option<Length>,
    krate: Option<Path>,
}

impl Entry for Test {
    fn name(&self) -> &'static str {
        "asyncio::test"
    }

    fn option(&mut self, key: &Key, input: ParseStream<'_>) -> Result<()> {
        const HABITS: &[(&str, &str)] = &[
            ("timeout", "write `limit = 10s`"),
            (
                "start_paused",
                "leave it out: the clock of a test is virtual; `real_time` makes it the real one",
            ),
            (
                "flavor",
                "leave it out: a test runs on one thread, as its clock is virtual",
            ),
            (
                "worker_threads",
                "leave it out: a test runs on one thread, as its clock is virtual",
            ),
            ("realtime", "write `real_time`"),
            (
                "virtual_time",
                "leave it out: the clock of a test is virtual",
            ),
        ];
        match key.name.to_string().as_str() {
            "real_time" => {
                let on = match input.parse::<Option<Token![=]>>()? {
                    None => true,
                    Some(_) => boolean(input)?,
                };
                key.set(&mut self.real_time, on)
            }
            "limit" => {
                key.equals(input, "10s")?;
                let limit: Length = input.parse()?;
                limit.not_zero("a test with a limit of zero can only fail")?;
                key.set(&mut self.limit, limit)
            }
            "crate" => {
                key.equals(input, "::mylib::asyncio")?;
                key.set(&mut self.krate, crate_path(input)?)
            }
            _ => {
                let error = key.unknown(self.name(), &["real_time", "limit", "crate"], HABITS);
                input.parse::<TokenStream>()?;
                Err(error)
            }
        }
    }

    fn check_function(&self, function: &Function) -> Result<()> {
        let sig = &function.sig;
        if !sig.inputs.is_empty() {
            return Err(error(&sig.inputs, "a test takes no arguments"));
        }
        if !sig.generics.params.is_empty() {
            return Err(error(&sig.generics, "a test cannot be generic"));
        }
        match function.attrs.iter().find(|attr| self.is_marker(attr)) {
            None => Ok(()),
            Some(attr) => {
                let message = "`#[asyncio::test]` makes this a test already\nhelp: keep one of the two attributes";
                Err(error(attr, message))
            }
        }
    }

    fn krate(&self) -> Option<&Path> {
        self.krate.as_ref()
    }

    fn again(&self, krate: &TokenStream) -> TokenStream {
        quote!(#krate::test)
    }

    fn marker(&self) -> TokenStream {
        quote!(#[::core::prelude::v1::test])
    }

    /// Any `#[test]`, `#[tokio::test]` and the like.
    fn is_marker(&self, attr: &Attribute) -> bool {
        attr.path()
            .segments
            .last()
            .is_some_and(|last| last.ident == "test")
    }

    fn run(&self, krate: &TokenStream, body: &TokenStream) -> TokenStream {
        let private = quote!(#krate::__private);
        let real_time = self.real_time.unwrap_or(false);
        let limit = match &self.limit {
            Some(limit) => {
                let limit = limit.expand(krate);
                quote!(#private::core::option::Option::Some(#limit))
            }
            None => quote!(#private::core::option::Option::None),
        };
        quote!(#private::run_test(#real_time, #limit, #body))
    }
}

fn boolean(input: ParseStream<'_>) -> Result<bool> {
    if let Ok(value) = input.fork().parse::<LitBool>() {
        input.parse::<LitBool>()?;
        return Ok(value.value);
    }
    let value: Expr = input.parse()?;
    let text = quote!(#value).to_string();
    let help = match text.as_str() {
        "True" => "\nhelp: Rust spells it `true`",
        "False" => "\nhelp: Rust spells it `false`",
        _ => "",
    };
    Err(error(
        &value,
        format!("`real_time` is `true` or `false`{help}"),
    ))
}
