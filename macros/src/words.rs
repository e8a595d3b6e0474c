//! Words for messages: what the user wrote, and what the user may have meant.

use crate::once::parse_all;
use proc_macro2::{Delimiter, Ident, Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use std::fmt::Display;
use syn::parse::Parse;
use syn::{Error, Result};

/// An error over all the tokens of `at`.
pub(crate) fn error(at: impl ToTokens, message: impl Display) -> Error {
    spanned(&at, &message)
}

fn spanned(at: &dyn ToTokens, message: &dyn Display) -> Error {
    Error::new_spanned(at, message)
}

/// An error over a name that cannot be one, as it is a keyword.
pub(crate) fn not_a_keyword(name: &Ident) -> Result<()> {
    if parse_all(name.to_token_stream(), &mut Ident::parse).is_ok() {
        return Ok(());
    }
    Err(match name == "_" {
        true => error(name, "a branch needs a name other than `_`"),
        false => error(
            name,
            format!("`{name}` is a keyword\nhelp: write `r#{name}`"),
        ),
    })
}

/// Adds `error` to those found so far.
pub(crate) fn also(errors: &mut Option<Error>, error: Error) {
    match errors {
        Some(errors) => errors.combine(error),
        None => *errors = Some(error),
    }
}

/// The candidate that `word` is most likely a misspelling of, if any is near.
pub(crate) fn closest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase();
    candidates
        .iter()
        .map(|candidate| (distance(&word, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().max(3) / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The Levenshtein distance: how many characters to insert, remove or replace.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(from != *to))
                .min(above + 1)
                .min(row[j] + 1);
            diagonal = above;
        }
    }
    row[b.len()]
}

/// The tokens as one would write them, or `instead` where that is too long for a message.
pub(crate) fn source(tokens: impl ToTokens, instead: &str) -> String {
    let mut text = String::new();
    write(tokens.into_token_stream(), &mut text);
    if text.chars().count() > 40 {
        return instead.to_owned();
    }
    text
}

fn write(tokens: TokenStream, text: &mut String) {
    // Whether the token before wants a space after it, unless the next one forbids that.
    let mut space = false;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => (" { ", " }"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                write(group.stream(), text);
                text.push_str(close);
                space = true;
            }
            TokenTree::Punct(punct) => {
                let tight = matches!(
                    punct.as_char(),
                    '.' | ':' | '&' | '*' | '!' | '?' | ',' | '|' | '<' | '>' | '\''
                );
                if !tight && space && punct.as_char() != ';' {
                    text.push(' ');
                }
                text.push(punct.as_char());
                let joint = punct.spacing() == Spacing::Joint;
                space = false;
                if !joint && (!tight || punct.as_char() == ',') && tokens.peek().is_some() {
                    text.push(' ');
                }
            }
            word => {
                if space {
                    text.push(' ');
                }
                text.push_str(&word.to_string());
                space = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source_of(text: &str) -> String {
        let tokens: TokenStream = text.parse().expect("these are tokens");
        source(tokens, "iter")
    }

    #[test]
    fn misspelled_words_are_recognised() {
        let options = ["limit", "return_exceptions", "error"];
        assert_eq!(
            closest("return_exception", &options),
            Some("return_exceptions")
        );
        assert_eq!(closest("Limits", &options), Some("limit"));
        assert_eq!(closest("posts", &options), None);
    }

    #[test]
    fn source_reads_as_it_was_written() {
        for text in [
            "tasks",
            "self.tasks",
            "urls.iter().map(fetch)",
            "a::b::<T>(1, 2)",
            "&mut tasks",
            "Some(x)",
            "Some((a, b))",
            "a + b",
        ] {
            assert_eq!(source_of(text), text);
        }
    }

    #[test]
    fn long_source_is_not_repeated() {
        let text = "tasks.into_iter().filter(|task| task.done()).map(fetch)";
        assert_eq!(source_of(text), "iter");
    }
}
