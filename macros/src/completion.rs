//! What rust-analyzer adds where it completes.

use crate::once::parse_all;
use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;

/// What it writes at the cursor, to have a word there. A newer name is found by `tests/editor/complete.py`.
pub(crate) const MARKERS: [&str; 2] = ["raCompletionMarker", "intellijRulezz"];

/// The tokens as they were typed, if there is a marker in them.
pub(crate) fn without_marker(tokens: &TokenStream) -> Option<TokenStream> {
    let mut typed = TokenStream::new();
    let mut found = false;
    for token in tokens.clone() {
        let without = match &token {
            _ if found => None,
            TokenTree::Group(group) => in_group(group).map(ToTokens::into_token_stream),
            TokenTree::Ident(word) => begun(word).map(ToTokens::into_token_stream),
            _ => None,
        };
        found |= without.is_some();
        typed.extend(without.unwrap_or_else(|| token.into()));
    }
    found.then_some(typed)
}

fn in_group(group: &Group) -> Option<Group> {
    let mut typed = Group::new(group.delimiter(), without_marker(&group.stream())?);
    typed.set_span(group.span());
    Some(typed)
}

/// The word that the marker was written into, or that there was none.
fn begun(word: &Ident) -> Option<Option<Ident>> {
    let tokens: Option<TokenStream> = text_without_marker(&word.to_string())?.parse().ok();
    let mut begun = tokens.and_then(|tokens| parse_all(tokens, &mut Ident::parse_any).ok());
    if let Some(begun) = &mut begun {
        begun.set_span(word.span());
    }
    Some(begun)
}

fn text_without_marker(word: &str) -> Option<String> {
    for (at, _) in word.char_indices() {
        let (begun, rest) = word.split_at(at);
        for marker in MARKERS {
            if let Some(after) = rest.strip_prefix(marker) {
                return Some(format!("{begun}{after}"));
            }
        }
    }
    None
}
