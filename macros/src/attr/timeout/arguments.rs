//! The arguments of `#[timeout]`.

use super::NAME;
use crate::attr::options::{Key, crate_path, options};
use crate::durations::Length;
use crate::once::parse_all;
use crate::words::error;
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, Lit, Path, Result, Token};

const HABITS: &[(&str, &str)] = &[
    ("None", "write `or = None`"),
    ("error", "write `or = Err(..)`"),
    ("err", "write `or = Err(..)`"),
    ("default", "write `or = ..`"),
    ("or_else", "write `or = ..`"),
    ("fallback", "write `or = ..`"),
    ("else", "write `or = ..`"),
];

/// The limit, and the options after it.
pub(super) struct Arguments {
    pub(super) limit: Length,
    pub(super) or: Option<Expr>,
    pub(super) krate: Option<Path>,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.is_empty() {
            let message = "`#[timeout]` needs a time limit\nhelp: write `#[timeout(2s)]`";
            return Err(Error::new(Span::call_site(), message));
        }
        limit_has_no_name(input)?;
        let limit: Length = input.parse()?;
        limit.not_zero("a time limit of zero ends the function where it first has to wait")?;
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        if input.peek(Lit) {
            let message = "`#[timeout]` takes one time limit\nhelp: for a value to return when it is over, write `or = ..`";
            return Err(input.error(message));
        }
        let (mut or, mut krate) = (None, None);
        options(
            input,
            &mut |key, input| match key.name.to_string().as_str() {
                "or" => {
                    key.equals(input, "None")?;
                    key.set(&mut or, input.parse()?)
                }
                "crate" => {
                    key.equals(input, "::mylib::asyncio")?;
                    key.set(&mut krate, crate_path(input)?)
                }
                _ => Err(key.unknown(NAME, &["or", "crate"], HABITS)),
            },
        )?;
        Ok(Arguments { limit, or, krate })
    }
}

/// `#[timeout(seconds = 5)]`, and options before the limit.
fn limit_has_no_name(input: ParseStream<'_>) -> Result<()> {
    let named = |input: ParseStream<'_>| -> Result<(Key, Expr)> {
        let key = Key::parse(input)?;
        input.parse::<Token![=]>()?;
        let value = input.parse()?;
        Ok((key, value))
    };
    let Ok((key, value)) = named(&input.fork()) else {
        return Ok(());
    };
    let unit = match key.name.to_string().as_str() {
        "seconds" | "secs" | "sec" | "s" | "duration" | "timeout" | "limit" | "delay" | "after" => {
            "s"
        }
        "milliseconds" | "millis" | "ms" => "ms",
        "minutes" | "mins" | "min" | "m" => "m",
        _ => {
            let message = "the time limit comes first\nhelp: write `#[timeout(2s, ..)]`";
            return Err(error(&key.name, message));
        }
    };
    let literal = match &value {
        Expr::Lit(literal) => quote!(#literal),
        _ => TokenStream::new(),
    };
    let number = literal.to_string();
    let limit = match number.chars().all(|c| c.is_ascii_digit() || c == '.') && !number.is_empty() {
        true => format!("{number}{unit}"),
        // Perhaps it has its unit already.
        false if parse_all(literal, &mut Length::parse).is_ok() => number,
        false => format!("2{unit}"),
    };
    let message = format!("the time limit has no name\nhelp: write `#[timeout({limit})]`");
    Err(error(&key.name, message))
}
