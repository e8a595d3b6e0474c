//! What introspection is told of a macro: where it stands, and what its branches are called.

use proc_macro2::{Delimiter, Ident, Spacing, TokenStream, TokenTree};
use quote::{ToTokens, quote};

/// A branch is called as it is written, up to so many characters.
const LONGEST: usize = 40;

/// A reference to the `Site` of this macro.
pub(crate) fn site(private: &TokenStream, branches: &[String]) -> TokenStream {
    quote! {
        &#private::Site {
            file: #private::core::file!(),
            line: #private::core::line!(),
            branches: &[#(#branches),*],
        }
    }
}

/// What a branch is called: by its name, or by how it is written.
pub(crate) fn branch(name: Option<&Ident>, expr: &impl ToTokens) -> String {
    match name {
        Some(name) => name.to_string(),
        None => shorten(&text(expr.to_token_stream())),
    }
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let begin: String = text.chars().take(LONGEST - 2).collect();
    format!("{begin}..")
}

/// The tokens about as one would write them. (The text between two tokens cannot be had on stable Rust:
/// there is no `Span::join`.)
fn text(tokens: TokenStream) -> String {
    let mut text = String::new();
    let mut before_word = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => {
                        text.push_str(" { .. }");
                        before_word = true;
                        continue;
                    }
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                text.push_str(&self::text(group.stream()));
                text.push_str(close);
                before_word = true;
            }
            TokenTree::Punct(punct) => {
                text.push(punct.as_char());
                if matches!(punct.as_char(), ',' | ';') && punct.spacing() == Spacing::Alone {
                    text.push(' ');
                }
                before_word = false;
            }
            word => {
                if before_word {
                    text.push(' ');
                }
                text.push_str(&word.to_string());
                before_word = true;
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called(expr: &str) -> String {
        let tokens: TokenStream = expr.parse().unwrap();
        branch(None, &tokens)
    }

    #[test]
    fn a_branch_is_called_as_it_is_written() {
        assert_eq!(called("fetch ( 1 , & mut x )"), "fetch(1, &mut x)");
        assert_eq!(called("self.rx.recv()"), "self.rx.recv()");
        assert_eq!(called("a::b::<T>(c)?"), "a::b::<T>(c)?");
        assert_eq!(called("async move { x.await }"), "async move { .. }");
        assert_eq!(
            called("urls.iter().map(|url| f(url))"),
            "urls.iter().map(|url|f(url))"
        );
    }

    #[test]
    fn a_long_one_is_cut() {
        let name = called(&format!("f({})", "1234567890, ".repeat(9)));
        assert_eq!(name, "f(1234567890, 1234567890, 1234567890, ..");
        assert_eq!(name.len(), LONGEST);
    }
}
