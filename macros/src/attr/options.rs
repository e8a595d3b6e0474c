//! The options of the attributes, `name` or `name = value`.

use crate::words::{also, closest, error, list, without};
use proc_macro2::{Ident, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, Lit, Path, Result, Token};

/// The name of an option, once it is read. What follows is for `value`.
pub(super) struct Key {
    pub(super) name: Ident,
}

impl Key {
    pub(super) fn parse(input: ParseStream<'_>) -> Result<Self> {
        match input.call(Ident::parse_any) {
            Ok(name) => Ok(Key { name }),
            Err(_) => Err(input.error("expected the name of an option")),
        }
    }

    /// The `=`, or what to write.
    pub(super) fn equals(&self, input: ParseStream<'_>, example: &str) -> Result<()> {
        if input.peek(Token![=>]) || input.peek(Token![==]) || input.peek(Token![:]) {
            let name = &self.name;
            return Err(input.error(format!("expected `=`, as in `{name} = {example}`")));
        }
        if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            if !input.is_empty() && !input.peek(Token![,]) {
                return Ok(());
            }
        }
        let name = &self.name;
        Err(error(
            name,
            format!("`{name}` needs a value\nhelp: write `{name} = {example}`"),
        ))
    }

    /// The error for an option that does not exist. `habits` are options of other crates, and what to
    /// write here instead.
    pub(super) fn unknown(
        &self,
        attribute: &str,
        options: &[&str],
        habits: &[(&str, &str)],
    ) -> Error {
        let name = &self.name;
        let mut message = format!("`#[{attribute}]` has no option `{name}`");
        if let Some((_, instead)) = habits.iter().find(|(habit, _)| name == habit) {
            message += &format!("\nhelp: {instead}");
        } else if let Some(meant) = closest(&name.to_string(), options) {
            message += &format!("\nhelp: write `{meant}`");
        } else {
            message += &format!("\nnote: its options are {}", list(options));
        }
        error(name, message)
    }

    /// Stores the value, which may be given once.
    pub(super) fn set<T>(&self, option: &mut Option<T>, value: T) -> Result<()> {
        if option.replace(value).is_none() {
            return Ok(());
        }
        let name = &self.name;
        Err(error(
            name,
            format!("`{name}` is given twice\nhelp: keep one of them"),
        ))
    }
}

/// Reads `option, option, ..`. An error in one of them does not hide those in the others.
pub(super) fn options(
    input: ParseStream<'_>,
    option: &mut dyn FnMut(&Key, ParseStream<'_>) -> Result<()>,
) -> Result<()> {
    let mut errors = None;
    while !input.is_empty() {
        let read = Key::parse(input).and_then(|key| option(&key, input));
        let read = read.and_then(|()| match input.is_empty() || input.peek(Token![,]) {
            true => Ok(()),
            false => Err(input.error("expected `,`")),
        });
        if let Err(error) = read {
            also(&mut errors, error);
            while !input.is_empty() && !input.peek(Token![,]) {
                input.parse::<TokenTree>()?;
            }
        }
        input.parse::<Option<Token![,]>>()?;
    }
    errors.map_or(Ok(()), Err)
}

/// The value of `crate = path`. A relative path is refused: the expansion may stand in any module.
pub(super) fn crate_path(input: ParseStream<'_>) -> Result<Path> {
    if let Ok(literal) = input.fork().parse::<Lit>() {
        input.parse::<Lit>()?;
        let Lit::Str(path) = &literal else {
            return Err(error(
                &literal,
                "expected a path, as in `crate = ::mylib::asyncio`",
            ));
        };
        let path = path.value();
        let message = format!(
            "a path is not a string\nhelp: write `crate = {}`",
            absolute(&path)
        );
        return Err(error(&literal, message));
    }
    let path = input.call(Path::parse_mod_style)?;
    let first = path
        .segments
        .first()
        .map(|segment| segment.ident.to_string());
    // `$crate` is what a `macro_rules!` of a re-exporting crate writes.
    if path.leading_colon.is_some() || matches!(first.as_deref(), Some("crate" | "$crate")) {
        return Ok(path);
    }
    let text = without(&path.to_token_stream().to_string(), ' ');
    let message = match first.as_deref() {
        Some("self" | "super" | "Self") => {
            "the path of the crate is absolute, as the expansion may stand in any module\nhelp: write `crate = crate::..`".to_owned()
        }
        _ => format!(
            "the path of the crate is absolute, as the expansion may stand in any module\nhelp: write `crate = {}`, or `crate = crate::{text}`",
            absolute(&text)
        ),
    };
    Err(error(&path, message))
}

fn absolute(path: &str) -> String {
    match path.starts_with("::") || path.starts_with("crate") {
        true => path.to_owned(),
        false => format!("::{path}"),
    }
}
