//! Time limits inside of a shorter one, where both are written as literals: the inner one is never
//! reached.
//!
//! It is looked for in what the outer limit ends: not in tasks, threads and cleanup, which go on without
//! it, nor in closures and items.

use super::calls::attributes;
use super::{Hit, is_allowed};
use crate::durations::Length;
use crate::once::parse_all;
use crate::walk::{Walk, in_statement, inside};
use crate::words::is_one_of;
use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use std::time::Duration;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Arm, Expr, ExprCall, Lit, Macro, Stmt, Token};

const CONSTANT: &str = "longer_than_the_limit_around_it";

/// Functions and methods whose futures a limit around them does not end.
const ON_THEIR_OWN: &[&str] = &[
    "create_local_task",
    "create_task",
    "finally",
    "finally_local",
    "run_in_executor",
    "shield",
    "spawn",
    "spawn_blocking",
    "spawn_local",
    "spawn_on",
    "to_thread",
];

/// Finds the literals that are longer than `outer`.
pub(super) struct Limits {
    pub(super) outer: Duration,
    pub(super) hits: Vec<Hit>,
}

impl Limits {
    pub(super) fn new(outer: Duration) -> Self {
        Limits {
            outer,
            hits: Vec::new(),
        }
    }

    /// A limit that stands inside.
    fn inner(&mut self, limit: Duration, at: Span) {
        if limit > self.outer {
            let at = Ident::new("limit", at);
            self.hits.push(Hit {
                at,
                constant: CONSTANT,
            });
        }
    }

    /// `wait_for!(future, 2s)`. Its own expansion looks into what has a literal limit.
    fn wait_for(&mut self, tokens: TokenStream) {
        match parse_all(tokens, &mut wait_for) {
            Ok((_, Some((limit, at)))) => self.inner(limit, at),
            Ok((future, None)) => self.expr(&future),
            Err(_) => {}
        }
    }

    /// The arguments of `gather!`, or those of the value form of `wait_first!`, which are tasks.
    fn arguments(&mut self, tokens: TokenStream, are_tasks: bool) {
        let mut parse = Punctuated::<Expr, Token![,]>::parse_terminated;
        let arguments = parse_all(tokens, &mut parse).unwrap_or_default();
        for i in 0..arguments.len() {
            match &arguments[i] {
                Expr::Assign(named)
                    if are_tasks && named.left.to_token_stream().to_string() == "timeout" =>
                {
                    if let Some((limit, at)) = literal(&named.right) {
                        self.inner(limit, at);
                    }
                }
                argument @ Expr::If(_) => self.expr(argument),
                _ if are_tasks => {}
                argument => self.expr(argument),
            }
        }
    }

    /// `call` is that of `expr`.
    fn call(&mut self, expr: &Expr, call: &ExprCall) {
        let Expr::Path(function) = &*call.func else {
            return inside(expr, self);
        };
        let path = &function.path;
        let Some(name) = path.segments.last().map(|last| &last.ident) else {
            return;
        };
        if is_one_of(name, ON_THEIR_OWN) {
            return;
        }
        let at = match &*name.to_string() {
            "timeout" | "move_on_after" => 0,
            "wait_for" => 1,
            _ => return inside(expr, self),
        };
        // A number may be a length of something else, if this is a function of the user's.
        let is_ours = path.segments.len() == 2 && path.segments[0].ident == "asyncio";
        let limit = call
            .args
            .get(at)
            .filter(|limit| is_ours || !is_number(limit));
        match limit.and_then(in_a_function) {
            Some((limit, at)) => {
                self.inner(limit, at);
                let mut limits = Limits::new(self.outer.min(limit));
                inside(expr, &mut limits);
                self.hits.append(&mut limits.hits);
            }
            None => inside(expr, self),
        }
    }
}

impl Walk for Limits {
    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Call(call) => self.call(expr, call),
            Expr::MethodCall(call) if is_one_of(&call.method, ON_THEIR_OWN) => {}
            Expr::Closure(closure) if closure.asyncness.is_none() => {}
            expr => inside(expr, self),
        }
    }

    fn statements(&mut self, statements: &[Stmt]) {
        for statement in statements {
            if !is_allowed(&attributes(statement)) {
                in_statement(statement, self);
            }
        }
    }

    fn skips(&self, arm: &Arm) -> bool {
        is_allowed(&arm.attrs)
    }

    fn call_of_macro(&mut self, call: &Macro) {
        let name = call.path.segments.last().map(|last| last.ident.to_string());
        let tokens = call.tokens.clone();
        match name.as_deref() {
            Some("wait_for") => self.wait_for(tokens),
            Some("gather") => self.arguments(tokens, false),
            Some("wait_first") => self.arguments(tokens, true),
            _ => {}
        }
    }
}

/// The future, and the limit where that is a literal.
fn wait_for(input: ParseStream<'_>) -> syn::Result<(Expr, Option<(Duration, Span)>)> {
    let future = input.parse()?;
    input.parse::<Token![,]>()?;
    if input.peek(syn::Ident) && input.peek2(Token![=]) {
        input.parse::<Ident>()?;
        input.parse::<Token![=]>()?;
    }
    let limit: Expr = input.parse()?;
    input.parse::<Option<Token![,]>>()?;
    Ok((future, literal(&limit)))
}

/// `2s`
fn literal(expr: &Expr) -> Option<(Duration, Span)> {
    let Expr::Lit(literal) = expr else {
        return None;
    };
    match parse_all(literal.to_token_stream(), &mut Length::parse).ok()? {
        Length::Literal(limit, at) => Some((limit, at)),
        Length::Expr(_) => None,
    }
}

fn is_number(expr: &Expr) -> bool {
    matches!(expr, Expr::Lit(_))
}

/// `2`, `0.5`, `duration!(2s)`, `Duration::from_secs(2)`
fn in_a_function(expr: &Expr) -> Option<(Duration, Span)> {
    match expr {
        Expr::Lit(number) => {
            let seconds: f64 = match &number.lit {
                Lit::Int(number) => number.base10_parse().ok()?,
                Lit::Float(number) => number.base10_parse().ok()?,
                _ => return None,
            };
            let limit = Duration::try_from_secs_f64(seconds).ok()?;
            Some((limit, number.lit.span()))
        }
        Expr::Macro(call) if call.mac.path.segments.last()?.ident == "duration" => {
            literal(&parse_all(call.mac.tokens.clone(), &mut Expr::parse).ok()?)
        }
        Expr::Call(call) => {
            let (Expr::Path(function), 1) = (&*call.func, call.args.len()) else {
                return None;
            };
            let Expr::Lit(number) = &call.args[0] else {
                return None;
            };
            let Lit::Int(value) = &number.lit else {
                return None;
            };
            let limit = match &*function.path.segments.last()?.ident.to_string() {
                "from_secs" => Duration::from_secs(value.base10_parse().ok()?),
                "from_millis" => Duration::from_millis(value.base10_parse().ok()?),
                _ => return None,
            };
            Some((limit, number.lit.span()))
        }
        _ => None,
    }
}
