//! The rules of `gather!`: from arguments to a call that means something.

use super::parse::{Arguments, Branch};
use crate::over::Over;
use crate::words::{also, closest, error, list};
use proc_macro2::Ident;
use quote::quote;
use syn::{Error, Expr, ExprStruct, Lit, Member, Path, RangeLimits, Result, Type};

const OPTIONS: [&str; 3] = ["limit", "return_exceptions", "error"];

/// A `gather!` that is right, as far as can be told without types.
pub(super) struct Call {
    pub(super) branches: Vec<Branch>,
    pub(super) shape: Shape,
    pub(super) limit: Option<(Ident, Expr)>,
    pub(super) outcome: Outcome,
    /// What is wrong with the options. It is reported, and the call expanded as if it were right.
    pub(super) slips: Option<Error>,
}

/// What the results are put into.
pub(super) enum Shape {
    /// One value for each branch.
    Tuple,
    /// The `Vec` of the only branch, a spread.
    Vec,
    /// `Page { .. }`, a struct of the caller's.
    Struct(Path),
    /// A struct without a name, with a field for each branch.
    Named,
}

/// What becomes of errors.
pub(super) enum Outcome {
    /// The first ends it.
    FailFast,
    /// The first ends it, converted into this type.
    Convert(Box<Type>),
    /// They are results like any other.
    AsTheyAre,
}

pub(super) fn check(arguments: Arguments) -> Result<Call> {
    let (mut mistakes, mut slips) = (arguments.mistakes, arguments.slips);
    let mut branches = arguments.branches;
    let shape = match struct_literal(&mut branches) {
        Some(literal) => {
            let path;
            (path, branches) = fields(literal, &mut mistakes);
            Shape::Struct(path)
        }
        None => {
            names(&branches, &mut mistakes);
            shape(&branches)
        }
    };
    if let Some((name, limit)) = &arguments.limit {
        limit_applies(name, limit, &branches, &mut slips);
    }
    let outcome = match (arguments.return_exceptions, arguments.error) {
        (Some((_, true)), Some((name, _))) => {
            let message = "with `return_exceptions = true` no error ends the gather, so there is none to convert\nhelp: remove one of the two";
            also(&mut slips, error(&name, message));
            Outcome::AsTheyAre
        }
        (Some((_, true)), None) => Outcome::AsTheyAre,
        (_, Some((_, into))) => Outcome::Convert(Box::new(into)),
        (_, None) => Outcome::FailFast,
    };
    match mistakes {
        Some(mut mistakes) => {
            mistakes.extend(slips);
            Err(mistakes)
        }
        None => Ok(Call {
            branches,
            shape,
            limit: arguments.limit,
            outcome,
            slips,
        }),
    }
}

fn shape(branches: &[Branch]) -> Shape {
    match branches {
        [
            Branch {
                name: None,
                spread: true,
                ..
            },
        ] => Shape::Vec,
        [Branch { name: Some(_), .. }, ..] => Shape::Named,
        _ => Shape::Tuple,
    }
}

/// `gather!(Page { user: fetch_user(), posts: fetch_posts() })`: takes the literal out.
fn struct_literal(branches: &mut Vec<Branch>) -> Option<ExprStruct> {
    let is_one = matches!(&**branches, [Branch { name: None, spread: false, value }] if matches!(value.expr, Expr::Struct(_)));
    match branches.pop_if(|_| is_one)?.value.expr {
        Expr::Struct(literal) => Some(literal),
        _ => None,
    }
}

/// The path and the branches of a struct literal.
fn fields(literal: ExprStruct, mistakes: &mut Option<Error>) -> (Path, Vec<Branch>) {
    if let Some(rest) = &literal.rest {
        let message = "every field is a branch of its own: `..base` cannot be gathered";
        also(mistakes, error(rest, message));
    }
    let mut branches = Vec::new();
    for field in literal.fields {
        match branch(field) {
            Ok(branch) => branches.push(branch),
            Err(mistake) => also(mistakes, mistake),
        }
    }
    (literal.path, branches)
}

/// The branch that a field is.
fn branch(field: syn::FieldValue) -> Result<Branch> {
    let Member::Named(name) = field.member else {
        return Err(error(&field.member, "expected the name of a field"));
    };
    let (spread, value) = match field.expr {
        Expr::Range(range) if range.start.is_none() => match (range.limits, range.end) {
            (RangeLimits::HalfOpen(_), Some(items)) => (true, *items),
            (limits, end) => {
                let message = "to spread an iterator write `..iter`";
                return Err(error(&quote!(#limits #end), message));
            }
        },
        future => (false, future),
    };
    Ok(Branch {
        name: Some(name),
        spread,
        value: Over::new(value),
    })
}

/// All named or none, and each name once.
fn names(branches: &[Branch], mistakes: &mut Option<Error>) {
    let mut seen: Vec<&Ident> = Vec::new();
    for name in branches.iter().filter_map(|branch| branch.name.as_ref()) {
        if seen.contains(&name) {
            also(
                mistakes,
                error(name, format!("branch `{name}` is named twice")),
            );
        }
        seen.push(name);
    }
    let mixed = seen.len() < branches.len();
    for branch in branches {
        let Some(name) = &branch.name else { continue };
        let is_option = matches!(branch.value.expr, Expr::Lit(_))
            && closest(&name.to_string(), &OPTIONS).is_some();
        if mixed || is_option {
            also(mistakes, error(name, no_option(name)));
        }
    }
}

fn no_option(name: &Ident) -> String {
    let word = name.to_string();
    let help = match (word.as_str(), closest(&word, &OPTIONS)) {
        (_, Some(option)) => format!("help: did you mean `{option}`?"),
        ("timeout", _) => "help: put the limit around it: `wait_for!(gather!(..), 2s)`".to_owned(),
        ("return_when", _) => {
            "help: to go on at the first result, use `wait_first!`; `gather!` waits for all"
                .to_owned()
        }
        ("loop", _) => "help: remove it: a future runs wherever it is awaited".to_owned(),
        _ => {
            format!(
                "note: its options are {}\nnote: if `{word}` is the name of a branch, name all the branches: positional and named ones do not mix",
                list(&OPTIONS)
            )
        }
    };
    format!("`gather!` has no option `{word}`\n{help}")
}

fn limit_applies(name: &Ident, limit: &Expr, branches: &[Branch], mistakes: &mut Option<Error>) {
    if !branches.iter().any(|branch| branch.spread) {
        let message =
            "`limit` bounds how many items of a `..iterator` run at once, and there is none here";
        also(mistakes, error(name, message));
    }
    if let Expr::Lit(literal) = limit
        && let Lit::Int(number) = &literal.lit
        && number.base10_digits() == "0"
    {
        also(
            mistakes,
            error(
                limit,
                "with a limit of 0 no branch ever runs\nhelp: the least is 1; for no limit, leave it out",
            ),
        );
    }
}
