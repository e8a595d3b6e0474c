//! What rust-analyzer adds where it completes.

use crate::once::parse_all;
use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use syn::ext::IdentExt as _;

/// What it writes at the cursor, to have a word there. A newer name is found by `tests/editor/complete.py`.
pub(crate) const MARKERS: [&str; 2] = ["raCompletionMarker", "intellijRulezz"];

/// The tokens as they were typed, if there is a marker in them.
pub(crate) fn without_marker(tokens: &TokenStream) -> Option<TokenStream> {
    let mut typed: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let (at, rest) = typed.iter().enumerate().find_map(|(at, token)| {
        let rest = match token {
            TokenTree::Group(group) => Some(in_group(group)?.into()),
            TokenTree::Ident(word) => begun(word)?.map(TokenTree::from),
            _ => return None,
        };
        Some((at, rest))
    })?;
    typed.splice(at..=at, rest);
    Some(typed.into_iter().collect())
}

fn in_group(group: &Group) -> Option<Group> {
    let mut typed = Group::new(group.delimiter(), without_marker(&group.stream())?);
    typed.set_span(group.span());
    Some(typed)
}

/// The word that the marker was written into, or that there was none.
fn begun(word: &Ident) -> Option<Option<Ident>> {
    let text = word.to_string();
    let marker = MARKERS.iter().find(|marker| text.contains(**marker))?;
    let begun = text.replacen(marker, "", 1);
    let tokens: Option<TokenStream> = begun.parse().ok();
    let mut begun = tokens.and_then(|tokens| parse_all(tokens, &mut Ident::parse_any).ok());
    if let Some(begun) = &mut begun {
        begun.set_span(word.span());
    }
    Some(begun)
}
