//! Expressions inside of expressions.
//!
//! syn's own `visit` goes through all of Rust, and its functions are compiled anew for each visitor: half
//! of the time that this crate took to build. What is looked for here is in expressions.

use syn::punctuated::Punctuated;
use syn::{Arm, Block, Expr, Macro, Pat, Stmt, Token};

/// Looks at expressions; each decides by itself whether to go on with [`inside`] it.
pub(crate) trait Walk {
    fn expr(&mut self, expr: &Expr);

    /// The statements of one block, in order.
    fn statements(&mut self, statements: &[Stmt]);

    /// Whether an arm of a `match` is not to be looked at.
    fn skips(&self, _: &Arm) -> bool {
        false
    }

    /// The call of a macro, whose tokens may be anything.
    fn call_of_macro(&mut self, _: &Macro) {}
}

/// What is directly inside of the expression. Items and patterns are not looked into.
pub(crate) fn inside(expr: &Expr, walk: &mut dyn Walk) {
    match expr {
        Expr::Array(array) => each(&array.elems, walk),
        Expr::Assign(assign) => both(&assign.left, &assign.right, walk),
        Expr::Async(expr) => in_block(&expr.block, walk),
        Expr::Await(awaited) => walk.expr(&awaited.base),
        Expr::Binary(binary) => both(&binary.left, &binary.right, walk),
        Expr::Block(expr) => in_block(&expr.block, walk),
        Expr::Break(expr) => maybe(&expr.expr, walk),
        Expr::Call(call) => {
            walk.expr(&call.func);
            each(&call.args, walk);
        }
        Expr::Cast(cast) => walk.expr(&cast.expr),
        Expr::Closure(closure) => walk.expr(&closure.body),
        Expr::Const(expr) => in_block(&expr.block, walk),
        Expr::Field(field) => walk.expr(&field.base),
        Expr::ForLoop(expr) => {
            walk.expr(&expr.expr);
            in_block(&expr.body, walk);
        }
        Expr::Group(group) => walk.expr(&group.expr),
        Expr::If(expr) => {
            walk.expr(&expr.cond);
            in_block(&expr.then_branch, walk);
            if let Some((_, otherwise)) = &expr.else_branch {
                walk.expr(otherwise);
            }
        }
        Expr::Index(index) => both(&index.expr, &index.index, walk),
        Expr::Let(expr) => walk.expr(&expr.expr),
        Expr::Loop(expr) => in_block(&expr.body, walk),
        Expr::Macro(call) => walk.call_of_macro(&call.mac),
        Expr::Match(expr) => {
            walk.expr(&expr.expr);
            for arm in &expr.arms {
                in_arm(arm, walk);
            }
        }
        Expr::MethodCall(call) => {
            walk.expr(&call.receiver);
            each(&call.args, walk);
        }
        Expr::Paren(paren) => walk.expr(&paren.expr),
        Expr::Range(range) => {
            maybe(&range.start, walk);
            maybe(&range.end, walk);
        }
        Expr::RawAddr(address) => walk.expr(&address.expr),
        Expr::Reference(reference) => walk.expr(&reference.expr),
        Expr::Repeat(repeat) => both(&repeat.expr, &repeat.len, walk),
        Expr::Return(expr) => maybe(&expr.expr, walk),
        Expr::Struct(literal) => {
            for i in 0..literal.fields.len() {
                walk.expr(&literal.fields[i].expr);
            }
            maybe(&literal.rest, walk);
        }
        Expr::Try(question) => walk.expr(&question.expr),
        Expr::TryBlock(expr) => in_block(&expr.block, walk),
        Expr::Tuple(tuple) => each(&tuple.elems, walk),
        Expr::Unary(unary) => walk.expr(&unary.expr),
        Expr::Unsafe(expr) => in_block(&expr.block, walk),
        Expr::While(expr) => {
            walk.expr(&expr.cond);
            in_block(&expr.body, walk);
        }
        Expr::Yield(expr) => maybe(&expr.expr, walk),
        _ => {}
    }
}

pub(crate) fn in_statements(statements: &[Stmt], walk: &mut dyn Walk) {
    for statement in statements {
        in_statement(statement, walk);
    }
}

pub(crate) fn in_statement(statement: &Stmt, walk: &mut dyn Walk) {
    match statement {
        Stmt::Local(local) => {
            if let Some(init) = &local.init {
                walk.expr(&init.expr);
                if let Some((_, otherwise)) = &init.diverge {
                    walk.expr(otherwise);
                }
            }
        }
        Stmt::Expr(expr, _) => walk.expr(expr),
        Stmt::Macro(call) => walk.call_of_macro(&call.mac),
        Stmt::Item(_) => {}
    }
}

fn in_arm(arm: &Arm, walk: &mut dyn Walk) {
    if walk.skips(arm) {
        return;
    }
    if let Pat::Guard(guarded) = &arm.pat {
        walk.expr(&guarded.guard);
    }
    walk.expr(&arm.body);
}

fn in_block(block: &Block, walk: &mut dyn Walk) {
    walk.statements(&block.stmts);
}

pub(crate) fn each(exprs: &Punctuated<Expr, Token![,]>, walk: &mut dyn Walk) {
    for i in 0..exprs.len() {
        walk.expr(&exprs[i]);
    }
}

fn both(left: &Expr, right: &Expr, walk: &mut dyn Walk) {
    walk.expr(left);
    walk.expr(right);
}

fn maybe(expr: &Option<Box<Expr>>, walk: &mut dyn Walk) {
    if let Some(expr) = expr {
        walk.expr(expr);
    }
}
