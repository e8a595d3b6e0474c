//! For the tests of this crate: expansions as one reads them, and junk to feed to the macros.

use crate::{attr, gather, task_group, timers, wait_first};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;
use syn::Expr;

/// A function-like macro.
pub(crate) type Macro = fn(TokenStream) -> TokenStream;

/// An attribute, given its arguments and its item.
pub(crate) type Attribute = fn(TokenStream, TokenStream) -> TokenStream;

pub(crate) const BANGS: &[(&str, Macro)] = &[
    ("gather", gather::gather),
    ("wait_first", wait_first::wait_first),
    ("wait_for", timers::wait_for),
    ("sleep", timers::sleep),
    ("duration", timers::duration),
    ("task_group", task_group::misused),
];

pub(crate) const ATTRIBUTES: &[(&str, Attribute)] = &[
    ("timeout", attr::timeout),
    ("main", attr::main),
    ("test", attr::test),
];

/// Whether the expansion has an error in it.
pub(crate) fn has_error(expanded: &TokenStream) -> bool {
    expanded.to_string().contains("compile_error")
}

/// What `macro_` expands to with these arguments, formatted. `$crate` is `::asyncio`.
pub(crate) fn expanded(macro_: Macro, arguments: &str) -> String {
    let arguments: TokenStream = arguments.parse().expect("these are tokens");
    let expansion = macro_(quote!([::asyncio] #arguments));
    let file =
        syn::parse2(quote!(fn main() { let _ = #expansion; })).expect("this is an expression");
    prettyplease::unparse(&file)
}

/// Feeds `macro_` with tokens in any order. Whatever it makes of them is an expression.
pub(crate) fn feed_junk(macro_: Macro, words: &[&str]) {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for _ in 0..5_000 {
        let arguments = random.tokens(words, 3);
        let text = arguments.to_string();
        let expansion = macro_(quote!([::asyncio] #arguments));
        // The blocks of a chain are not looked into.
        if text.starts_with("if") {
            continue;
        }
        let parsed: syn::Result<Expr> = syn::parse2(expansion);
        assert!(
            parsed.is_ok(),
            "not an expression: the expansion of `{text}`"
        );
    }
}

/// A xorshift generator, so that each run is the same.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % limit
    }

    fn tokens(&mut self, words: &[&str], depth: usize) -> TokenStream {
        let mut tokens = TokenStream::new();
        for _ in 0..self.below(8) {
            let delimiter = match self.below(14) {
                0 => Delimiter::Parenthesis,
                1 => Delimiter::Brace,
                2 => Delimiter::Bracket,
                3 => Delimiter::None,
                _ => {
                    let word: TokenStream = words[self.below(words.len())]
                        .parse()
                        .expect("it is a word");
                    tokens.extend(word);
                    continue;
                }
            };
            let inner = match depth {
                0 => TokenStream::new(),
                _ => self.tokens(words, depth - 1),
            };
            tokens.extend([TokenTree::Group(Group::new(delimiter, inner))]);
        }
        tokens
    }
}
