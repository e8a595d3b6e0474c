//! `#[expect(deprecated)]` on a statement.
//!
//! The warning about a statement is emitted beside it, so an `expect` on it would count as unfulfilled.
//! Where there is something to warn about, it is fulfilled: it becomes an `allow`.

use super::calls::Finder;
use super::limits::Limits;
use super::mentions_lint;
use crate::once::parse_all;
use crate::walk::{Walk, in_statement};
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use std::time::Duration;
use syn::{Block, Stmt};

/// The body, with each fulfilled expectation of this lint as an `allow`.
///
/// `limit` is the time limit of the body, where that is a literal.
pub(crate) fn without_fulfilled_expectations(body: &Group, limit: Option<Duration>) -> Group {
    if !mentions_lint(body.stream()) {
        return body.clone();
    }
    let mut block = Group::new(body.delimiter(), rewrite(body.stream(), limit));
    block.set_span(body.span());
    block
}

fn rewrite(tokens: TokenStream, limit: Option<Duration>) -> TokenStream {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut rewritten = Vec::with_capacity(tokens.len());
    for (i, token) in tokens.iter().enumerate() {
        rewritten.push(match token {
            TokenTree::Group(group) => {
                let is_attribute =
                    matches!(rewritten.last(), Some(TokenTree::Punct(p)) if p.as_char() == '#');
                let allowed = || as_allow(group).filter(|_| is_fulfilled(&tokens[i + 1..], limit));
                match is_attribute.then(allowed).flatten() {
                    Some(attribute) => attribute.into(),
                    None => inside(group, limit).into(),
                }
            }
            token => token.clone(),
        });
    }
    rewritten.into_iter().collect()
}

fn inside(group: &Group, limit: Option<Duration>) -> Group {
    let mut inside = Group::new(group.delimiter(), rewrite(group.stream(), limit));
    inside.set_span(group.span());
    inside
}

/// `[expect(deprecated)]` as `[allow(deprecated)]`.
fn as_allow(attribute: &Group) -> Option<Group> {
    let mut tokens: Vec<TokenTree> = attribute.stream().into_iter().collect();
    let Some(TokenTree::Ident(expect)) = tokens.first() else {
        return None;
    };
    let is_expect = expect == "expect" && attribute.delimiter() == Delimiter::Bracket;
    if !is_expect || !mentions_lint(attribute.stream()) {
        return None;
    }
    tokens[0] = Ident::new("allow", expect.span()).into();
    let mut allow = Group::new(Delimiter::Bracket, tokens.into_iter().collect());
    allow.set_span(attribute.span());
    Some(allow)
}

/// Whether there is something to warn about in the first of the statements that these tokens are.
fn is_fulfilled(following: &[TokenTree], limit: Option<Duration>) -> bool {
    let following = following.iter().cloned().collect();
    let Ok(statements) = parse_all(following, &mut Block::parse_within) else {
        return false;
    };
    let Some(first) = statements.first() else {
        return false;
    };
    let mut finder = Finder::default();
    match first {
        Stmt::Local(_) if super::locks::held_across_await(first, &statements[1..]).is_some() => {
            true
        }
        first => {
            in_statement(first, &mut finder);
            !finder.hits.is_empty() || has_longer_limit(first, limit)
        }
    }
}

fn has_longer_limit(statement: &Stmt, limit: Option<Duration>) -> bool {
    limit.is_some_and(|limit| {
        let mut limits = Limits::new(limit);
        limits.statements(std::slice::from_ref(statement));
        !limits.hits.is_empty()
    })
}
