//! `asyncio::guide::errors` has every message that the macros and the functions can give.

use std::fs;
use std::path::{Path, PathBuf};

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("it is a folder");
    let entries = entries.map(|entry| entry.expect("it can be read").path());
    let files = entries.flat_map(|path| match path.is_dir() {
        true => rust_files(&path),
        false => vec![path],
    });
    files
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .collect()
}

/// The string literals of a source text, without comments and tests.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]\nmod tests {").next();
    let code = source.unwrap_or_default().lines();
    let code = code.filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n");
    let mut literals = Vec::new();
    let mut rest = code.as_str();
    while let Some(start) = rest.find('"') {
        let (literal, after) = literal(&rest[start + 1..]);
        literals.push(literal);
        rest = after;
    }
    literals
}

/// A literal up to its end, and what comes after it.
fn literal(text: &str) -> (String, &str) {
    let mut literal = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (literal, &text[at + 1..]),
            '\\' => match characters.next() {
                Some((_, 'n')) => literal.push('\n'),
                Some((_, escaped)) => literal.push(escaped),
                None => break,
            },
            character => literal.push(character),
        }
    }
    (literal, "")
}

/// What of a message is the same in every use of it: the parts between its `{..}`.
fn fixed_parts(message: &str) -> Vec<String> {
    let message = message.replace("{{", "\u{1}").replace("}}", "\u{2}");
    let parts = message
        .split('{')
        .flat_map(|part| match part.split_once('}') {
            Some((_, fixed)) => vec![fixed.to_owned()],
            None => vec![part.to_owned()],
        });
    parts
        .map(|part| part.replace('\u{1}', "{").replace('\u{2}', "}"))
        .collect()
}

/// The messages in the source of the macros: text of several words. What to write, which follows a
/// message, is in the page in words of its own.
fn of_macros(folder: &Path) -> Vec<String> {
    let tests = [
        "tests.rs",
        "junk.rs",
        "testing.rs",
        "half_typed.rs",
        "page.rs",
    ];
    let is_test = |path: &PathBuf| tests.iter().any(|name| path.ends_with(name));
    let files = rust_files(folder).into_iter().filter(|path| !is_test(path));
    let texts = files.flat_map(|path| literals(&fs::read_to_string(path).expect("it can be read")));
    let first_lines = texts.map(|text| text.lines().next().unwrap_or_default().to_owned());
    let is_message = |text: &String| {
        let advice = [
            "help: ",
            "note: ",
            "write `",
            "leave ",
            "unexpected end of input",
            "a panic of a task",
            "a test has",
        ];
        text.trim().matches(' ').count() >= 2 && !advice.iter().any(|begin| text.starts_with(begin))
    };
    // Of panics that cannot be.
    let inner = [
        "an error is at least one",
        "it is parsed, or there is an error",
        "position `at`",
    ];
    let is_inner = |text: &String| inner.iter().any(|begin| text.starts_with(begin));
    first_lines
        .filter(is_message)
        .filter(|text| !is_inner(text))
        .collect()
}

/// `message = ".."` of `#[diagnostic::on_unimplemented]`.
fn of_the_runtime(folder: &Path) -> Vec<String> {
    let texts = rust_files(folder).into_iter().flat_map(|path| {
        let source = fs::read_to_string(path).expect("it can be read");
        let messages = source.split("message = \"").skip(1);
        messages.map(|text| literal(text).0).collect::<Vec<_>>()
    });
    texts
        .filter(|text| text != "Future exception was never retrieved")
        .collect()
}

#[test]
fn every_message_is_in_the_index() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = workspace.join("runtime/src/guide/errors.md");
    let page = fs::read_to_string(page).expect("it is there");
    let page = page
        .replace("\\|", "|")
        .replace("\n  ", " ")
        .replace('\n', " ");
    let mut messages = of_macros(&workspace.join("macros/src"));
    assert!(messages.len() > 100, "the source is read");
    messages.extend(of_the_runtime(&workspace.join("runtime/src")));
    let missing: Vec<_> = messages
        .iter()
        .filter(|message| {
            !fixed_parts(message)
                .iter()
                .all(|part| page.contains(part.as_str()))
        })
        .collect();
    assert!(missing.is_empty(), "not in the index: {missing:#?}");
}
