//! The page of the documentation that shows what the macros expand to, written by a test.

use crate::testing::{ATTRIBUTES, BANGS, expanded};
use expect_test::expect_file;
use proc_macro2::TokenStream;
use std::fmt::Write as _;

/// A title, the macro, its arguments, and in a word what the expansion does.
const CALLS: &[(&str, &str, &str, &str)] = &[
    (
        "`gather!`",
        "gather",
        "user(id), posts(id)",
        "Each branch is looked at: is it a future, does it give a `Result`, with the error of those before it? \
         What is wrong is reported at the branch, by a coercion that fails. Then the futures are joined.",
    ),
    (
        "`gather!` of an iterator",
        "gather",
        "..urls.iter().map(fetch), limit = 10",
        "The items are collected when the future is made, and polled at most ten at a time.",
    ),
    (
        "`gather!` into a struct",
        "gather",
        "Page { user: user(id), posts: ..posts }",
        "A closure puts the values into it.",
    ),
    (
        "`wait_first!` of tasks",
        "wait_first",
        "one, two, timeout = 2s",
        "Two structs of its own say what is done and what is pending.",
    ),
    (
        "`wait_first!` as a race",
        "wait_first",
        "if let Some(message) = rx.get() { handle(message) } else if on && let _ = sleep(1) { return } else { closed() }",
        "The blocks are outside of any future or closure, so `?`, `return` and `.await` in them are the surrounding \
         function's.",
    ),
    (
        "`wait_for!`",
        "wait_for",
        "fetch(url), 2s",
        "The literal is a constant.",
    ),
    ("`sleep!`", "sleep", "500ms", ""),
    ("`duration!`", "duration", "1h30m", ""),
    (
        "A call that is still being typed",
        "gather",
        "user(id), posts.",
        "The error, and for rust-analyzer what there is.",
    ),
];

/// A title, the attribute, its arguments, and the item.
const ITEMS: &[(&str, &str, &str, &str, &str)] = &[
    (
        "`#[timeout]`",
        "timeout",
        "2s",
        "async fn fetch(url: &str) -> Result<Page, Error> { get(url).await }",
        "The body keeps its type: the dead `return` at its beginning lets `?` and `Ok(..)` be inferred as in the function \
         that was written.",
    ),
    (
        "`#[timeout]` with a value",
        "timeout",
        "self.limit, or = None",
        "async fn find(&self, key: u32) -> Option<u32> { self.get(key).await }",
        "",
    ),
    (
        "`#[asyncio::main]`",
        "main",
        "",
        "async fn main() -> Result<(), Error> { serve().await }",
        "",
    ),
    (
        "`#[asyncio::test]`",
        "test",
        "limit = 10s",
        "async fn it_works() { assert!(fetch(1).await.is_ok()); }",
        "",
    ),
];

fn page() -> String {
    let mut page = String::from(
        "# What the macros expand to\n\n\
         A macro is a call that could have been written by hand. What its expansion names is in `asyncio::__private`, \
         which is documented nowhere else and may change; names that begin with `__` cannot be seen by your code.\n",
    );
    for (title, name, arguments, remark) in CALLS {
        let (_, expand) = BANGS
            .iter()
            .find(|(known, _)| known == name)
            .expect("it is one");
        let call = unparsed(&format!("fn main() {{ let _ = {name}!({arguments}); }}"));
        entry(
            &mut page,
            title,
            &call,
            remark,
            &expanded(*expand, arguments),
        );
    }
    for (title, name, arguments, item, remark) in ITEMS {
        let (_, expand) = ATTRIBUTES
            .iter()
            .find(|(known, _)| known == name)
            .expect("it is one");
        let expansion = expand(tokens(arguments), tokens(item));
        let path = if *name == "timeout" { "" } else { "asyncio::" };
        let arguments = match *arguments {
            "" => String::new(),
            arguments => format!("({arguments})"),
        };
        let written = format!("#[{path}{name}{arguments}]\n{}", unparsed(item));
        entry(
            &mut page,
            title,
            &written,
            remark,
            &unparsed(&expansion.to_string()),
        );
    }
    page
}

fn entry(page: &mut String, title: &str, call: &str, remark: &str, expansion: &str) {
    let remark = match remark {
        "" => String::new(),
        remark => format!("\n{remark}\n"),
    };
    let _ = write!(
        page,
        "\n## {title}\n\n```text\n{call}```\n{remark}\n```text\n{expansion}```\n"
    );
}

fn tokens(text: &str) -> TokenStream {
    text.parse().expect("these are tokens")
}

fn unparsed(items: &str) -> String {
    prettyplease::unparse(&syn::parse_str(items).expect("these are items"))
}

#[test]
fn the_page_is_current() {
    expect_file!["../../runtime/src/guide/expansions.md"].assert_eq(&page());
}
