//! What an attribute says where it does not stand on a function.

use super::function::Function;
use crate::input::read;
use crate::once::parse_all;
use crate::words::{error, is_one_of};
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Result, Token, Visibility};

/// Items, by the word that they begin with.
const ITEMS: &[(&str, &str)] = &[
    ("struct", "a struct"),
    ("enum", "an enum"),
    ("union", "a union"),
    ("trait", "a trait"),
    ("impl", "an `impl` block"),
    ("mod", "a module"),
    ("const", "a constant"),
    ("static", "a static"),
    ("type", "a type alias"),
    ("use", "an import"),
    ("macro_rules", "a macro"),
];

/// The item as a function, or what to emit instead: the message, and the item as it stands, so that a
/// misplaced attribute does not also hide what it stands on.
pub(super) fn function(
    name: &str,
    item: TokenStream,
) -> std::result::Result<Function, TokenStream> {
    if let Some(found) = expression(&item) {
        return Err(found.refuse(name, &item));
    }
    read(&mut Function::parse, &item).map_err(|error| {
        let error = not_a_function(name, &item)
            .unwrap_or(error)
            .into_compile_error();
        quote!(#error #item)
    })
}

/// An item of another sort. A function that does not parse gives `None`: its own error is better.
fn not_a_function(name: &str, item: &TokenStream) -> Option<Error> {
    let mut first_word = |input: ParseStream<'_>| -> Result<Ident> {
        input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        // `unsafe trait`, `unsafe impl`
        input.parse::<Option<Token![unsafe]>>()?;
        let word = input.call(Ident::parse_any)?;
        input.parse::<TokenStream>()?;
        Ok(word)
    };
    let word = parse_all(item.clone(), &mut first_word).ok()?;
    let (_, what) = ITEMS.iter().find(|(begins, _)| word == begins)?;
    let mut message = format!("`#[{name}]` goes on an `async fn`, not on {what}");
    if name == "timeout" && (word == "impl" || word == "trait") {
        message += "\nhelp: put it on each method that needs it";
    }
    Some(error(&word, message))
}

/// A block, a closure, a `let`. rustc refuses an attribute there itself (E0658); we say what to write.
struct Expression {
    first: TokenTree,
    is_let: bool,
}

fn expression(item: &TokenStream) -> Option<Expression> {
    let mut tokens = item.clone().into_iter();
    let first = tokens.next()?;
    let second = tokens.next();
    let word = |token: Option<&TokenTree>, words: &[&str]| match token {
        Some(TokenTree::Ident(ident)) => is_one_of(ident, words),
        _ => false,
    };
    let is_let = word(Some(&first), &["let"]);
    let is_block = match &first {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == '|',
        _ => {
            word(Some(&first), &["async", "move"])
                && !word(second.as_ref(), &["fn", "unsafe", "extern"])
        }
    };
    (is_let || is_block).then_some(Expression { first, is_let })
}

impl Expression {
    fn refuse(self, name: &str, item: &TokenStream) -> TokenStream {
        let what = if self.is_let {
            "a statement"
        } else {
            "an expression"
        };
        let mut message = format!("`#[{name}]` goes on an `async fn`, not on {what}");
        if name == "timeout" {
            message += "\nhelp: write `wait_for!(async { .. }, 2s).await`";
        }
        let error = error(&self.first, message).into_compile_error();
        if self.is_let {
            quote!(#error; #item)
        } else {
            quote!({ #error; #item })
        }
    }
}
