//! The rules of the value form.

use super::parse::{Branch, Value};
use crate::durations::Length;
use crate::over::Over;
use crate::words::{also, closest, error};
use proc_macro2::{Ident, Span};
use quote::quote;
use syn::{Error, Expr, Result};

/// A value form that is right, as far as can be told without types.
pub(super) struct Call {
    pub(super) set: Set,
    pub(super) timeout: Option<Length>,
    /// What is wrong with the time-out. It is reported, and the call expanded as if it were right.
    pub(super) slips: Option<Error>,
}

/// What is waited for.
pub(super) enum Set {
    /// `..tasks`
    Spread(Box<Over>),
    /// Each on its own, all of them named or none.
    Branches(Vec<(Option<Ident>, Over)>),
}

pub(super) fn check(value: Value) -> Result<Call> {
    let mut mistakes = value.mistakes;
    let nothing = value.branches.is_empty();
    let set = set(value.branches, &mut mistakes);
    if let Some(mut mistakes) = mistakes {
        mistakes.extend(value.slips);
        return Err(mistakes);
    }
    if nothing {
        let message = "`wait_first!` needs something to wait for";
        return Err(match value.timeout {
            Some((name, _)) => error(&name, message),
            None => Error::new(Span::call_site(), message),
        });
    }
    let timeout = value.timeout.map(|(_, length)| length);
    let slips = value.slips;
    Ok(Call {
        set,
        timeout,
        slips,
    })
}

fn set(branches: Vec<Branch>, mistakes: &mut Option<Error>) -> Set {
    names(&branches, mistakes);
    let alone = branches.len() == 1;
    let mut fixed = Vec::new();
    for Branch {
        name,
        spread,
        value,
    } in branches
    {
        match (spread, &name) {
            (Some(_), None) if alone => return Set::Spread(Box::new(value)),
            (Some(dots), _) => {
                let tasks = &value.expr;
                let message = "`wait_first!` takes either branches or one `..tasks`\nhelp: collect all of them, and spread that";
                also(mistakes, error(&quote!(#dots #tasks), message));
            }
            (None, _) => fixed.push((name, value)),
        }
    }
    Set::Branches(fixed)
}

/// All named or none, and each name once.
fn names(branches: &[Branch], mistakes: &mut Option<Error>) {
    let mut seen: Vec<&Ident> = Vec::new();
    let named = branches
        .iter()
        .filter(|branch| branch.name.is_some())
        .count();
    for branch in branches {
        let Some(name) = &branch.name else {
            continue;
        };
        let misspelled = matches!(branch.value.expr, Expr::Lit(_))
            && closest(&name.to_string(), &["timeout"]).is_some();
        if named < branches.len() || name == "return_when" || misspelled {
            also(mistakes, error(name, no_option(name)));
        } else if seen.contains(&name) {
            also(
                mistakes,
                error(name, format!("branch `{name}` is named twice")),
            );
        }
        seen.push(name);
    }
}

fn no_option(name: &Ident) -> String {
    if name == "return_when" {
        return "`wait_first!` always returns at the first one\nhelp: to wait for all, use `gather!(.., return_exceptions = true)`; for the first error, `wait(tasks).return_when(FIRST_EXCEPTION)`".to_owned();
    }
    let help = match closest(&name.to_string(), &["timeout"]) {
        Some(option) => format!("help: did you mean `{option}`?"),
        None => format!(
            "note: its only option is `timeout`\nnote: if `{name}` is the name of a branch, name all the branches: positional and named ones do not mix"
        ),
    };
    format!("`wait_first!` has no option `{name}`\n{help}")
}
