//! The rules of the chain form.

use super::parse::{self, Link};
use super::patterns::can_fail;
use crate::once::each;
use crate::over::Over;
use crate::words::{also, error, source};
use proc_macro2::{Group, TokenStream, TokenTree};
use syn::{BinOp, Error, Expr, Pat, Result, Token, parse_quote};

/// A chain that is right, as far as can be told without types.
pub(super) struct Chain {
    pub(super) arms: Vec<Arm>,
    pub(super) else_: Option<Group>,
}

/// `if guard && let pattern = future && test block`
pub(super) struct Arm {
    /// Whether to wait for this branch at all.
    pub(super) guard: Option<Expr>,
    pub(super) let_: Token![let],
    pub(super) pattern: Pat,
    pub(super) future: Over,
    /// A test of the value.
    pub(super) test: Option<Expr>,
    pub(super) block: Group,
    /// Whether the future is kept by reference and another block awaits meanwhile.
    pub(super) is_kept: bool,
}

pub(super) fn check(chain: parse::Chain) -> Result<Chain> {
    let mut mistakes = None;
    let mut arms = Vec::new();
    for link in chain.links {
        match arm(link) {
            Ok(arm) => arms.push(arm),
            Err(mistake) => also(&mut mistakes, mistake),
        }
    }
    if chain.else_.is_none() && mistakes.is_none() {
        needs_else(&arms, &mut mistakes);
    }
    if let Some(mistakes) = mistakes {
        return Err(mistakes);
    }
    let else_awaits = chain
        .else_
        .as_ref()
        .is_some_and(|block| awaits(block.stream()));
    let awaiting = each(&arms, &mut |_, arm| awaits(arm.block.stream()));
    for (i, arm) in arms.iter_mut().enumerate() {
        let another = awaiting[..i].contains(&true) || awaiting[i + 1..].contains(&true);
        arm.is_kept = by_reference(&arm.future.expr) && (another || else_awaits);
    }
    let else_ = chain.else_;
    Ok(Chain { arms, else_ })
}

fn arm(Link { condition, block }: Link) -> Result<Arm> {
    let mut conditions = Vec::new();
    flatten(condition, &mut conditions);
    let Some(at) = conditions
        .iter()
        .position(|condition| matches!(condition, Expr::Let(_)))
    else {
        let message =
            "every branch of `wait_first!` names its future: `if let pattern = future { .. }`";
        return Err(error(&conditions[0], message));
    };
    let tests = conditions.split_off(at + 1);
    if let Some(second) = tests.iter().find(|test| matches!(test, Expr::Let(_))) {
        let message = "each branch waits for one future\nhelp: move this `let` into the block, or make it a branch of its own with `else if let`";
        return Err(error(second, message));
    }
    let Some(Expr::Let(binding)) = conditions.pop() else {
        unreachable!("position `at` is a `let`");
    };
    if let Expr::Await(awaited) = &*binding.expr {
        let message = "`wait_first!` awaits this future itself: remove the `.await`";
        return Err(error(awaited, message));
    }
    Ok(Arm {
        guard: all(conditions),
        let_: binding.let_token,
        pattern: *binding.pat,
        future: Over::new(*binding.expr),
        test: all(tests),
        block,
        is_kept: false,
    })
}

/// The operands of `a && b && c`.
fn flatten(condition: Expr, into: &mut Vec<Expr>) {
    match condition {
        Expr::Binary(and) if matches!(and.op, BinOp::And(_)) => {
            flatten(*and.left, into);
            flatten(*and.right, into);
        }
        condition => into.push(condition),
    }
}

fn all(conditions: Vec<Expr>) -> Option<Expr> {
    conditions
        .into_iter()
        .reduce(|all, next| parse_quote!(#all && #next))
}

/// Without an `else`, nothing may be left for it to do. Patterns that cannot be told here are told by
/// rustc, since each then stands in a `let`.
fn needs_else(arms: &[Arm], mistakes: &mut Option<Error>) {
    if let Some(pattern) = arms.iter().find_map(|arm| can_fail(&arm.pattern)) {
        let shown = source(pattern, "this pattern");
        let message = format!(
            "`{shown}` does not match every value\nhelp: add an `else {{ .. }}` for the others"
        );
        return also(mistakes, error(pattern, message));
    }
    if let Some(test) = arms.iter().find_map(|arm| arm.test.as_ref()) {
        let message = "this condition can be false\nhelp: add an `else { .. }` for that case";
        return also(mistakes, error(test, message));
    }
    if let Some(guard) = arms[0].guard.as_ref()
        && arms.iter().all(|arm| arm.guard.is_some())
    {
        let message = "every branch has a condition, so there may be nothing to wait for\nhelp: add an `else { .. }`";
        also(mistakes, error(guard, message));
    }
}

/// `&mut future`, `future.as_mut()`
fn by_reference(future: &Expr) -> bool {
    match future {
        Expr::Reference(reference) => reference.mutability.is_some(),
        Expr::MethodCall(call) => call.method == "as_mut" && call.args.is_empty(),
        Expr::Paren(paren) => by_reference(&paren.expr),
        _ => false,
    }
}

/// Whether these tokens await something, other than in an `async` block of their own.
fn awaits(tokens: TokenStream) -> bool {
    let mut before = [String::new(), String::new()];
    for token in tokens {
        let text = match &token {
            TokenTree::Group(group) => {
                let [second_last, last] = &before;
                let is_async = last == "async" || last == "move" && second_last == "async";
                let races = last == "!" && second_last == "wait_first" && starts_with_if(group);
                if races || !is_async && awaits(group.stream()) {
                    return true;
                }
                String::new()
            }
            token => token.to_string(),
        };
        if text == "await" && before[1] == "." {
            return true;
        }
        let [_, last] = before;
        before = [last, text];
    }
    false
}

fn starts_with_if(group: &Group) -> bool {
    let first = group.stream().into_iter().next();
    matches!(first, Some(TokenTree::Ident(word)) if word == "if")
}
