//! Words for messages: what the user wrote, and what the user may have meant.

use crate::once::parse_all;
use proc_macro2::{Delimiter, Ident, Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use std::fmt::Display;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, Result};

/// An error over all the tokens of `at`.
pub(crate) fn error(at: &dyn ToTokens, message: impl Display) -> Error {
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
    let mut closest: Option<(usize, &str)> = None;
    for candidate in candidates {
        let distance = distance(word.as_bytes(), candidate.as_bytes());
        let is_near = distance <= candidate.len().max(3) / 3;
        if is_near && closest.is_none_or(|(least, _)| distance < least) {
            closest = Some((distance, candidate));
        }
    }
    closest.map(|(_, candidate)| candidate)
}

/// The Levenshtein distance: how many bytes to insert, remove or replace.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut row = Vec::with_capacity(b.len() + 1);
    for j in 0..=b.len() {
        row.push(j);
    }
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(from != to))
                .min(above + 1)
                .min(row[j] + 1);
            diagonal = above;
        }
    }
    row[b.len()]
}

/// Whether the word is one of these.
pub(crate) fn is_one_of(word: &Ident, words: &[&str]) -> bool {
    words.iter().any(|known| word == known)
}

/// `{ one, two }`, if that is what comes next.
pub(crate) fn set(input: ParseStream<'_>) -> Option<TokenTree> {
    let (mut inside, _, _) = input.cursor().group(Delimiter::Brace)?;
    let mut has_comma = false;
    while let Some((token, rest)) = inside.token_tree() {
        has_comma |= matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
        inside = rest;
    }
    let is_block = !has_comma || input.fork().parse::<Expr>().is_ok();
    (!is_block).then(|| input.fork().parse().ok()).flatten()
}

/// The text without any of this character.
pub(crate) fn without(text: &str, unwanted: char) -> String {
    let mut kept = String::new();
    for character in text.chars() {
        if character != unwanted {
            kept.push(character);
        }
    }
    kept
}

/// "`one`, `another`"
pub(crate) fn list(words: &[&str]) -> String {
    let mut list = String::new();
    for word in words {
        let comma = if list.is_empty() { "" } else { ", " };
        list += &format!("{comma}`{word}`");
    }
    list
}

/// The tokens as one would write them, or `instead` where that is too long for a message.
pub(crate) fn source(tokens: &dyn ToTokens, instead: &str) -> String {
    let text = text(tokens.to_token_stream(), false);
    if is_long(&text) {
        return instead.to_owned();
    }
    text
}

/// More characters than one wants to read in the midst of a sentence.
const LONG: usize = 40;

fn is_long(text: &str) -> bool {
    text.chars().count() > LONG
}

/// The tokens as one would write them, without what is in braces, and no more of them than fit.
pub(crate) fn shortened(tokens: &dyn ToTokens) -> String {
    let text = text(tokens.to_token_stream(), true);
    if !is_long(&text) {
        return text;
    }
    let mut begin = String::new();
    for character in text.chars().take(LONG - 2) {
        begin.push(character);
    }
    begin + ".."
}

/// (The text between two tokens cannot be had on stable Rust: there is no `Span::join`.)
fn text(tokens: TokenStream, without_blocks: bool) -> String {
    let mut text = String::new();
    write(tokens, without_blocks, &mut text);
    text
}

fn write(tokens: TokenStream, without_blocks: bool, text: &mut String) {
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
                match without_blocks && group.delimiter() == Delimiter::Brace {
                    true => text.push_str(".."),
                    false => write(group.stream(), without_blocks, text),
                }
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
        source(&tokens, "iter")
    }

    fn shortened_of(text: &str) -> String {
        let tokens: TokenStream = text.parse().expect("these are tokens");
        shortened(&tokens)
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

    #[test]
    fn shortened_source_reads_as_it_was_written() {
        assert_eq!(shortened_of("fetch ( 1 , & mut x )"), "fetch(1, &mut x)");
        assert_eq!(shortened_of("self.rx.recv()"), "self.rx.recv()");
        assert_eq!(shortened_of("a::b::<T>(c)?"), "a::b::<T>(c)?");
        assert_eq!(shortened_of("async move { x.await }"), "async move { .. }");
        assert_eq!(
            shortened_of("urls.iter().map(|url| f(url))"),
            "urls.iter().map(|url|f(url))"
        );
    }

    #[test]
    fn what_is_long_is_cut() {
        let text = shortened_of(&format!("f({})", "1234567890, ".repeat(9)));
        assert_eq!(text, "f(1234567890, 1234567890, 1234567890, ..");
        assert_eq!(text.len(), LONG);
    }

    #[test]
    fn lists() {
        assert_eq!(list(&["a", "b"]), "`a`, `b`");
        assert_eq!(without("a b c", ' '), "abc");
    }
}
