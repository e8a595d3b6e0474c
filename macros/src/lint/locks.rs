//! `let guard = mutex.lock().unwrap();`, and an `.await` while it is held.

use crate::walk::{Walk, in_statement, in_statements, inside};
use crate::words::is_one_of;
use proc_macro2::Ident;
use syn::{Expr, Local, Macro, Pat, Stmt};

/// Macros that await in place.
const AWAITING: &[&str] = &["wait_first", "select", "join", "try_join"];

/// The `lock` of a guard that this statement binds and that the following ones hold over an `.await`.
pub(super) fn held_across_await<'a>(statement: &'a Stmt, following: &[Stmt]) -> Option<&'a Ident> {
    let Stmt::Local(local) = statement else {
        return None;
    };
    let (guard, lock) = (name(&local.pat)?, locked(local)?);
    let awaits = following
        .iter()
        .take_while(|statement| !drops(statement, guard))
        .any(awaits);
    awaits.then_some(lock)
}

fn name(pattern: &Pat) -> Option<&Ident> {
    match pattern {
        Pat::Ident(pattern) => Some(&pattern.ident),
        Pat::Type(typed) => name(&typed.pat),
        _ => None,
    }
}

/// The `lock`, `read` or `write` of `x.lock().unwrap()`, where that is all there is to the value.
fn locked(local: &Local) -> Option<&Ident> {
    let init = local.init.as_ref().filter(|init| init.diverge.is_none())?;
    let Expr::MethodCall(unwrap) = &*init.expr else {
        return None;
    };
    let unwraps = is_one_of(&unwrap.method, &["unwrap", "expect", "unwrap_or_else"]);
    let Expr::MethodCall(lock) = &*unwrap.receiver else {
        return None;
    };
    let locks = is_one_of(&lock.method, &["lock", "read", "write"]);
    (unwraps && locks && lock.args.is_empty()).then_some(&lock.method)
}

/// `drop(guard);`
fn drops(statement: &Stmt, guard: &Ident) -> bool {
    let Stmt::Expr(Expr::Call(call), _) = statement else {
        return false;
    };
    let is_drop = match &*call.func {
        Expr::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident == "drop"),
        _ => false,
    };
    is_drop && matches!(call.args.first(), Some(Expr::Path(path)) if path.path.is_ident(guard))
}

/// Whether the statement awaits something itself, not in a closure or a block of its own.
fn awaits(statement: &Stmt) -> bool {
    struct Awaits(bool);

    impl Walk for Awaits {
        fn expr(&mut self, expr: &Expr) {
            match expr {
                Expr::Await(_) => self.0 = true,
                Expr::Async(_) | Expr::Closure(_) => {}
                expr => inside(expr, self),
            }
        }

        fn call_of_macro(&mut self, call: &Macro) {
            let name = call.path.segments.last();
            self.0 |= name.is_some_and(|name| is_one_of(&name.ident, AWAITING));
        }

        fn statements(&mut self, statements: &[Stmt]) {
            in_statements(statements, self);
        }
    }

    let mut finder = Awaits(false);
    in_statement(statement, &mut finder);
    finder.0
}
