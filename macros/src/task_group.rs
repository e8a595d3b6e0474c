//! What is wrong with a `task_group!`. The right ones never come here: `macro_rules!` expands them.

use crate::input::bang;
use crate::words::error;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, Expr, Result, Token, token};

/// The error about `[$crate] arguments`.
pub(crate) fn misused(input: TokenStream) -> TokenStream {
    bang(input, mistake, |_, error| Err(error))
}

fn mistake(input: ParseStream<'_>) -> Result<Error> {
    let mistake = words(input)
        .and_then(|()| closure(input))
        .and_then(|()| block(input));
    // The rest would only be an error of its own.
    input.parse::<TokenStream>()?;
    Ok(mistake.err().unwrap_or_else(|| expected(Span::call_site())))
}

fn expected(at: Span) -> Error {
    Error::new(
        at,
        "expected `|tg| { .. }`\nhelp: write `task_group!(|tg| { .. })`",
    )
}

/// `local move`, before the closure.
fn words(input: ParseStream<'_>) -> Result<()> {
    let mut seen: Vec<Ident> = Vec::new();
    while input.peek(Ident::peek_any) {
        let word = input.fork().call(Ident::parse_any)?;
        match word.to_string().as_str() {
            "async" => return Err(asynchronous_by_itself(&word)),
            "local" if seen.iter().any(|word| word == "move") => {
                let before = &seen[0];
                let message = "`local` comes first\nhelp: write `local move |tg| { .. }`";
                return Err(error(&quote!(#before #word), message));
            }
            name @ ("local" | "move") if seen.contains(&word) => {
                return Err(error(&word, format!("`{name}` is given twice")));
            }
            "local" | "move" => {}
            _ if input.peek2(Token![=>]) => return Err(expected(word.span())),
            _ if input.peek2(Token![=]) => return Err(no_option(&word)),
            _ => return Err(expected(word.span())),
        }
        input.call(Ident::parse_any)?;
        seen.push(word);
    }
    Ok(())
}

fn asynchronous_by_itself(keyword: &dyn ToTokens) -> Error {
    let message = "the block of `task_group!` is asynchronous by itself\nhelp: remove `async`";
    error(keyword, message)
}

/// `|tg|`
fn closure(input: ParseStream<'_>) -> Result<()> {
    if input.peek(Token![||]) {
        let message = "the block is given the group, to add children to\nhelp: write `|tg| { .. }`";
        return Err(input.error(message));
    }
    if !input.peek(Token![|]) {
        // An early end is moved to the last token.
        return Err(input.error("expected `|tg| { .. }`\nhelp: write `task_group!(|tg| { .. })`"));
    }
    input.parse::<Token![|]>()?;
    let name = input.call(Ident::parse_any)?;
    if name == "_" {
        let message = "the group needs a name, to add children to\nhelp: write `|tg| { .. }`";
        return Err(error(&name, message));
    }
    if name == "mut" {
        let message = "the group is not `mut`: its methods take `&self`\nhelp: write `|tg| { .. }`";
        return Err(error(&name, message));
    }
    if input.peek(Token![:]) {
        let message = "the type of the group is inferred\nhelp: write `|tg| { .. }`";
        return Err(input.error(message));
    }
    if input.peek(Token![,]) {
        return Err(input.error("the block is given the group and nothing else"));
    }
    input.parse::<Token![|]>()?;
    Ok(())
}

/// `{ .. }`, and nothing after it.
fn block(input: ParseStream<'_>) -> Result<()> {
    if input.peek(Token![async]) {
        let keyword: Token![async] = input.parse()?;
        return Err(asynchronous_by_itself(&keyword));
    }
    if input.peek(Token![->]) {
        return Err(input.error("the type of the block is inferred\nhelp: write `|tg| { .. }`"));
    }
    if input.is_empty() {
        return Err(input.error("expected a block, `{ .. }`"));
    }
    if !input.peek(token::Brace) {
        let expr: Expr = input.parse()?;
        let message = "the block of `task_group!` is in braces\nhelp: write `|tg| { .. }`";
        return Err(error(&expr, message));
    }
    input.parse::<proc_macro2::TokenTree>()?;
    input.parse::<Option<Token![,]>>()?;
    if input.peek(Ident::peek_any) && input.peek2(Token![=]) {
        return Err(no_option(&input.call(Ident::parse_any)?));
    }
    match input.is_empty() {
        true => Ok(()),
        false => Err(input.error("`task_group!` takes one block, and nothing after it")),
    }
}

fn no_option(name: &Ident) -> Error {
    let help = match name.to_string().as_str() {
        "limit" => "help: write `tg.set_limit(..)` in the block",
        "timeout" => "help: put the limit around it: `wait_for!(task_group!(|tg| { .. }), 2s)`",
        _ => "help: settings are methods of `tg`, called in the block",
    };
    error(
        name,
        format!("`task_group!` has no option `{name}`\n{help}"),
    )
}
