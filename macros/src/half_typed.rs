//! What an editor gives the macros: real calls, cut off at every character, with what is open closed, as
//! rust-analyzer closes it. The expansion has what was typed in it, every word at its place, so that there
//! is something to complete; and whatever is wrong is said where it is.

use crate::completion::{MARKERS, without_marker};
use crate::testing::{ATTRIBUTES, BANGS, has_error};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::quote;
use std::ops::Range;

/// Calls of function-like macros, by name.
const CALLS: &[(&str, &str)] = &[
    (
        "gather",
        "fetch(one), self.fetch(&two)?, async { three.await }",
    ),
    (
        "gather",
        "..urls.iter().map(|url| fetch(url)), limit = most",
    ),
    (
        "gather",
        "user = fetch_user(id), posts = ..posts, error = AppError",
    ),
    ("gather", "Page { user: fetch_user(id), posts: ..posts }"),
    ("wait_first", "one, two.clone(), timeout = 2s"),
    ("wait_first", "up = self.up, down = create_task(f(x))"),
    (
        "wait_first",
        "..tasks.into_iter().filter(keep), timeout = self.limit",
    ),
    (
        "wait_first",
        "if let Some(message) = rx.get() { handle(message).await? } else if on && let _ = sleep(1) { again.now() } else { never }",
    ),
    ("wait_for", "self.fetch(\"x\"), 2s"),
    ("wait_for", "fetch(url), timeout = self.limit / two"),
    ("sleep", "self.delay * two"),
    ("duration", "1h30m"),
    // Only what `macro_rules!` does not expand comes to it.
    (
        "task_group",
        "async move |tg| { tg.create_task(fetch(one)); two.await }, limit = most",
    ),
];

/// Items under attributes: the attribute, its arguments, the item.
const ITEMS: &[(&str, &str, &str)] = &[
    (
        "timeout",
        "self.limit, or = Err(Error::slow(now))",
        "pub(crate) async fn fetch(&self, url: &str) -> Result<Page, Error> { let page = self.get(url).await?; gather!(page.a(), page.b()).await }",
    ),
    (
        "timeout",
        "2s",
        "fn fetch(url: &str) -> Pin<Box<dyn Future<Output = Result<Page, Error>> + Send>> { Box::pin(async move { get(url).await }) }",
    ),
    (
        "main",
        "flavor = \"multi_thread\", worker_threads = 4",
        "async fn main() -> Result<(), Error> { let server = serve(&address).await?; server.run() }",
    ),
    (
        "test",
        "real_time, limit = 10s",
        "async fn it_works() { assert!(fetch(first).await.is_ok()); wait_first!(if let a = b() { c.d() }); }",
    ),
];

/// What the macros understand, so that it need not be in the expansion. The `Box::pin` of a body that is
/// nothing else is written anew.
const OPTIONS: &[&str] = &[
    "error",
    "limit",
    "or",
    "timeout",
    "flavor",
    "worker_threads",
    "real_time",
    "if",
    "else",
    "async",
    "let",
    "move",
    "Box",
    "pin",
];

/// Every beginning of a text that is tokens once its brackets are closed.
fn beginnings(text: &str) -> impl Iterator<Item = (String, TokenStream)> {
    (0..=text.len())
        .filter(|end| text.is_char_boundary(*end))
        .filter_map(|end| {
            let typed = closed(&text[..end]);
            let tokens = typed.parse().ok()?;
            Some((typed, tokens))
        })
}

fn closed(text: &str) -> String {
    let mut open = Vec::new();
    for character in text.chars() {
        match character {
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' => drop(open.pop()),
            _ => {}
        }
    }
    let closing = open.into_iter().rev();
    text.chars().chain(closing).collect()
}

/// The words in there, with their places.
fn words(tokens: &TokenStream) -> Vec<(String, Range<usize>)> {
    let of = |token: TokenTree| match token {
        TokenTree::Group(group) => words(&group.stream()),
        TokenTree::Ident(word) => vec![(word.to_string(), word.span().byte_range())],
        _ => Vec::new(),
    };
    tokens.clone().into_iter().flat_map(of).collect()
}

/// The places of the errors that an expansion has in it.
fn errors(tokens: &TokenStream) -> Vec<Span> {
    let mut errors = Vec::new();
    for token in tokens.clone() {
        match token {
            TokenTree::Group(group) => errors.extend(self::errors(&group.stream())),
            TokenTree::Ident(word) if word == "compile_error" => errors.push(word.span()),
            _ => {}
        }
    }
    errors
}

fn keeps_what_was_typed(what: &str, typed: &TokenStream, expanded: &TokenStream) {
    let kept = words(expanded);
    for word in words(typed) {
        let is_understood = OPTIONS.contains(&&*word.0);
        assert!(
            is_understood || kept.contains(&word),
            "`{}` of {what} is not in {expanded}",
            word.0
        );
    }
}

/// What is wrong is said at what was typed, not at the macro as a whole.
fn says_where(what: &str, expanded: &TokenStream) {
    for error in errors(expanded) {
        assert!(
            error.byte_range() != Span::call_site().byte_range(),
            "an error about {what} is at no place: {expanded}"
        );
    }
}

#[test]
fn arguments() {
    for (name, call) in CALLS {
        let (_, expand) = BANGS
            .iter()
            .find(|(known, _)| known == name)
            .expect("it is one");
        for (text, tokens) in beginnings(call) {
            let expanded = expand(quote!([::asyncio] #tokens));
            let what = format!("{name}!({text})");
            keeps_what_was_typed(&what, &tokens, &expanded);
            if !tokens.is_empty() {
                says_where(&what, &expanded);
            }
            let is_chain = text.starts_with("if"); // its blocks may be anything
            let parsed = syn::parse2::<syn::Expr>(expanded.clone());
            assert!(is_chain || parsed.is_ok(), "{what} gives {expanded}");
        }
    }
}

/// rust-analyzer expands twice, with its marker at the cursor and without it, and looks for the marker's
/// place in the other expansion. For a word that is not begun any place in the function does.
#[test]
fn a_marker_changes_nothing_before_it() {
    for (name, call) in CALLS {
        let (_, expand) = BANGS
            .iter()
            .find(|(known, _)| known == name)
            .expect("it is one");
        let is_begun = |text: &&str| {
            text.ends_with(|last: char| last == '.' || last == '_' || last.is_alphanumeric())
        };
        for text in (0..=call.len())
            .filter_map(|end| call.get(..end))
            .filter(is_begun)
        {
            let marked: Result<TokenStream, _> = closed(&format!("{text}{}", MARKERS[0])).parse();
            let typed: Result<TokenStream, _> = closed(text).parse();
            let (Ok(marked), Ok(typed)) = (marked, typed) else {
                continue;
            };
            if without_marker(&marked).is_none() {
                continue; // it is in a literal
            }
            let marked = expand(quote!([::asyncio] #marked)).to_string();
            let typed = expand(quote!([::asyncio] #typed)).to_string();
            let before = marked.split(MARKERS[0]).next().expect("there is one");
            assert!(
                typed.starts_with(before.trim_end()),
                "{name}!({text}) gives\n{typed}\nand with a marker\n{marked}"
            );
        }
    }
}

#[test]
fn arguments_of_attributes() {
    for (name, arguments, item) in ITEMS {
        let (_, expand) = ATTRIBUTES
            .iter()
            .find(|(known, _)| known == name)
            .expect("it is one");
        for (text, arguments) in beginnings(arguments) {
            let item: TokenStream = item.parse().expect("these are tokens");
            let expanded = expand(arguments.clone(), item.clone());
            let what = format!("#[{name}({text})] {item}");
            // Those of the others are literals, after names of options.
            if *name == "timeout" {
                keeps_what_was_typed(&what, &arguments, &expanded);
            }
            keeps_what_was_typed(&what, &item, &expanded);
            if !arguments.is_empty() {
                says_where(&what, &expanded);
            }
            let parsed = syn::parse2::<syn::File>(expanded.clone());
            assert!(parsed.is_ok(), "{what} gives {expanded}");
        }
    }
}

#[test]
fn items() {
    for (name, arguments, item) in ITEMS {
        let (_, expand) = ATTRIBUTES
            .iter()
            .find(|(known, _)| known == name)
            .expect("it is one");
        for (text, item) in beginnings(item) {
            let arguments: TokenStream = arguments.parse().expect("these are tokens");
            let expanded = expand(arguments, item.clone());
            let what = format!("#[{name}] {text}");
            keeps_what_was_typed(&what, &item, &expanded);
            if !item.is_empty() {
                says_where(&what, &expanded);
            }
        }
    }
}

#[test]
fn an_error_is_no_reason_to_forget_the_rest() {
    let (_, gather) = BANGS[0];
    let expanded = gather(quote!([::asyncio] fetch(one), *two, three.));
    assert!(has_error(&expanded));
    assert!(expanded.to_string().contains("half_typed"), "{expanded}");
}

#[test]
fn a_marker_is_taken_out() {
    let typed = |text: &str| {
        let tokens: TokenStream = text.parse().expect("these are tokens");
        without_marker(&tokens).map(|typed| typed.to_string())
    };
    assert_eq!(typed("a(b, c.d)"), None);
    assert_eq!(typed("raCompletionMarker").as_deref(), Some(""));
    assert_eq!(typed("a, b.intellijRulezz").as_deref(), Some("a , b ."));
    assert_eq!(
        typed("a(b[craCompletionMarker])").as_deref(),
        Some("a (b [c])")
    );
    assert_eq!(typed("ifraCompletionMarker x").as_deref(), Some("if x"));
}
