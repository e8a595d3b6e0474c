//! Whatever tokens a macro is given, it gives tokens back: an expansion that is Rust, or an error. They
//! are input that was damaged, and some that never was any.

use crate::testing::{ATTRIBUTES, BANGS, has_error};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use proptest::prelude::*;
use quote::quote;
use syn::parse::Parser;

/// Arguments that are right, to be cut and mixed.
const ARGUMENTS: &[&str] = &[
    "fetch(1), fetch(2)",
    "..urls.iter().map(|url| fetch(url)), limit = 10",
    "user(), ..posts, return_exceptions = true, error = AppError",
    "Page { user: user(id), posts: ..posts }",
    "user = user(id), posts = posts(id)",
    "one, two, timeout = 2s",
    "if let Some(msg) = rx.get() { handle(msg).await? } else if on && let _ = sleep(1) { 1 } else { 2 }",
    "'outer: loop { if let a = b { c } }",
    "fetch(), 2s",
    "fetch(), timeout = limit / 2",
    "1h30m",
    "2s, or = Err(Error::Slow), crate = ::mylib::asyncio",
    "self.limit * 2, or = |a, b| Vec::<u8, u8>::new()",
    "flavor = \"multi_thread\", worker_threads = 4, crate = crate::asyncio",
    "real_time, limit = 10s, crate = $crate::asyncio",
    "-1s, 2, \"2 s\", None, 99999999999999999999d, 0x10s, 1e3s, 1.5h2m, 100\u{b5}s, 30sec, 2w",
];

/// Items, to be cut and mixed too.
const ITEMS: &[&str] = &[
    "/// doc\npub(crate) async fn f<'a, T: X, const N: usize>(&'a self, (a, _): (u8, T)) -> Result<&'a [T; N], E> where T: Y { #![allow(unused)] self.get()?; return Ok(1) }",
    "fn f() -> impl Future<Output = Result<u32, E>> + Send + 'static { async move { Ok(1) } }",
    "fn f() -> ::std::pin::Pin<Box<dyn Future<Output = T> + '_>> { Box::pin(async { 1 }) }",
    "async unsafe extern \"C\" fn f(x: impl Fn(u8) -> u8, ...) -> ! { loop {} }",
    "async fn f() { let g = m.lock().unwrap(); std::thread::sleep(d); #[expect(deprecated)] fs::read(x); println!(\"{}\", y.wait()?); drop(g); }",
    "#[timeout(1s)] #[test] async fn main(argv: Vec<String>) -> BoxFuture<'_, u8> {}",
    "fn f(&self) -> T;",
    "struct S<T> { x: T }",
    "impl S { async fn f() {} }",
    "let x = 1;",
    "async move |x| x.await",
    "{ 1 }",
    "",
];

/// A token, or a group of tokens.
fn token() -> impl Strategy<Value = TokenStream> {
    let words = prop::sample::select(vec![
        "async",
        "fn",
        "let",
        "if",
        "else",
        "loop",
        "match",
        "move",
        "await",
        "crate",
        "self",
        "mut",
        "ref",
        "return",
        "unsafe",
        "const",
        "impl",
        "dyn",
        "for",
        "in",
        "true",
        "limit",
        "or",
        "timeout",
        "error",
        "flavor",
        "worker_threads",
        "real_time",
        "return_exceptions",
        "main",
        "x",
        "r#limit",
        "_",
        "2s",
        "1h30m",
        "2",
        "1.5",
        "-1s",
        "0s",
        "5S",
        "1.5h2m",
        "\"text\"",
        "'a'",
        "'static",
        "b\"x\"",
        "..",
        "...",
        "..=",
        "=",
        "==",
        "=>",
        "->",
        ",",
        ";",
        ":",
        "::",
        "&&",
        "||",
        "|",
        "&",
        "*",
        ".",
        "?",
        "!",
        "#",
        "#!",
        "<",
        ">",
        "+",
        "-",
        "$",
        "@",
        "~",
    ]);
    words.prop_map(|word| word.parse::<TokenStream>().unwrap_or_default())
}

fn group(delimiter: Delimiter, tokens: TokenStream) -> TokenStream {
    TokenTree::Group(Group::new(delimiter, tokens)).into()
}

fn random() -> impl Strategy<Value = TokenStream> {
    let delimiter = prop::sample::select(vec![
        Delimiter::Parenthesis,
        Delimiter::Brace,
        Delimiter::Bracket,
        Delimiter::None,
    ]);
    token().prop_recursive(4, 48, 8, move |inner| {
        let several = prop::collection::vec(inner, 0..8);
        (delimiter.clone(), several, any::<bool>()).prop_map(|(delimiter, tokens, grouped)| {
            let tokens = tokens.into_iter().collect();
            if grouped {
                group(delimiter, tokens)
            } else {
                tokens
            }
        })
    })
}

/// One of these texts with a part cut out, and something else in its place.
fn damaged(texts: &'static [&'static str]) -> impl Strategy<Value = TokenStream> {
    let text = prop::sample::select(texts);
    let place = any::<prop::sample::Index>();
    (text, place, place_and_length(), random(), any::<bool>()).prop_map(
        |(text, outer, (inner, length), other, insert)| {
            let tokens: TokenStream = text.parse().expect("these are tokens");
            let other = if insert { other } else { TokenStream::new() };
            damage(tokens, &outer, &inner, length, &other)
        },
    )
}

fn place_and_length() -> impl Strategy<Value = (prop::sample::Index, usize)> {
    (any::<prop::sample::Index>(), 0..6usize)
}

/// Cuts `length` tokens at `inner`, in the group that is at `outer` or else here.
fn damage(
    tokens: TokenStream,
    outer: &prop::sample::Index,
    inner: &prop::sample::Index,
    length: usize,
    other: &TokenStream,
) -> TokenStream {
    let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
    if tokens.is_empty() {
        return other.clone();
    }
    let at = outer.index(tokens.len());
    if let TokenTree::Group(inside) = &tokens[at] {
        let changed = damage(inside.stream(), inner, inner, length, other);
        tokens[at] = Group::new(inside.delimiter(), changed).into();
        return tokens.into_iter().collect();
    }
    let start = inner.index(tokens.len());
    let end = (start + length).min(tokens.len());
    tokens.splice(start..end, other.clone());
    tokens.into_iter().collect()
}

fn arguments() -> impl Strategy<Value = TokenStream> {
    prop_oneof![3 => damaged(ARGUMENTS), 1 => random()]
}

fn item() -> impl Strategy<Value = TokenStream> {
    prop_oneof![3 => damaged(ITEMS), 1 => random()]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_function_like_macro_gives_an_expression_or_an_error(arguments in arguments()) {
        for (name, expand) in BANGS {
            let expanded = expand(quote!([::asyncio] #arguments));
            // The blocks of a chain are not looked into: they may be anything.
            let unread = *name == "wait_first" && arguments.to_string().starts_with("if");
            prop_assert!(
                has_error(&expanded) || unread || syn::parse2::<syn::Expr>(expanded.clone()).is_ok(),
                "{name}!({arguments}) gives {expanded}"
            );
        }
    }

    #[test]
    fn an_attribute_gives_the_item_or_an_error(arguments in arguments(), item in item()) {
        for (name, expand) in ATTRIBUTES {
            let expanded = expand(arguments.clone(), item.clone());
            if has_error(&expanded) {
                continue;
            }
            // The body is not looked into: only what stands before it has to be Rust.
            let mut tokens: Vec<TokenTree> = expanded.clone().into_iter().collect();
            prop_assert!(!tokens.is_empty(), "#[{name}({arguments})] {item} gives nothing");
            let last = tokens.len() - 1;
            tokens[last] = Group::new(Delimiter::Brace, TokenStream::new()).into();
            let header: TokenStream = tokens.into_iter().collect();
            let is_function = syn::parse2::<syn::ItemFn>(header).is_ok();
            prop_assert!(is_function, "#[{name}({arguments})] {item} gives {expanded}");
        }
    }

    #[test]
    fn junk_without_the_front_is_an_error_too(junk in random()) {
        for (_, expand) in BANGS {
            let _ = expand(junk.clone());
        }
    }
}

#[test]
fn the_samples_are_tokens() {
    for text in ARGUMENTS.iter().chain(ITEMS) {
        let read = |input: syn::parse::ParseStream<'_>| input.parse::<TokenStream>();
        assert!(read.parse_str(text).is_ok(), "{text}");
    }
}

/// The library that is fuzzed has a root of its own.
#[test]
fn the_fuzzer_has_all_modules() {
    let modules = |root: &'static str| {
        let mut lines = root.lines();
        let mut modules = Vec::new();
        while let Some(line) = lines.next() {
            match line {
                "#[cfg(test)]" => drop(lines.next()),
                line if line.starts_with("mod ") => modules.push(line),
                _ => {}
            }
        }
        modules
    };
    let fuzzed = modules(include_str!("plain.rs"));
    assert_eq!(modules(include_str!("lib.rs")), fuzzed);
}
