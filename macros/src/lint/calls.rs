//! Which calls block.

use super::{Hit, is_allowed, locks};
use crate::once::parse_all;
use crate::walk::{Walk, each, in_statement, inside};
use crate::words::is_one_of;
use proc_macro2::Ident;
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Arm, Attribute, Expr, ExprCall, ExprMethodCall, Macro, Path, Stmt, Token};

/// The end of the path of a function (`*` for any name), and the constant that explains it. Before the
/// end there may be `std` and nothing else: `tokio::fs::read` is not `std::fs::read`.
const FUNCTIONS: &[(&[&str], &str)] = &[
    (&["thread", "sleep"], "thread_sleep"),
    (&["thread", "park"], "thread_park"),
    (&["fs", "*"], "fs"),
    (&["fs", "File", "*"], "fs"),
    (&["File", "open"], "fs"),
    (&["File", "create"], "fs"),
    (&["File", "create_new"], "fs"),
    (&["net", "TcpStream", "connect"], "net_connect"),
    (&["TcpStream", "connect"], "net_connect"),
    (&["net", "TcpStream", "connect_timeout"], "net_connect"),
    (&["TcpStream", "connect_timeout"], "net_connect"),
    (
        &["os", "unix", "net", "UnixStream", "connect"],
        "net_connect",
    ),
    (&["UnixStream", "connect"], "net_connect"),
    (&["net", "TcpListener", "bind"], "net_listen"),
    (&["TcpListener", "bind"], "net_listen"),
    (&["os", "unix", "net", "UnixListener", "bind"], "net_listen"),
    (&["UnixListener", "bind"], "net_listen"),
    (&["net", "UdpSocket", "bind"], "net_datagram"),
    (&["UdpSocket", "bind"], "net_datagram"),
    (&["reqwest", "blocking", "*"], "reqwest_blocking"),
    (&["reqwest", "blocking", "*", "*"], "reqwest_blocking"),
    (&["blocking", "Client", "*"], "reqwest_blocking"),
];

const COMMAND: &[&str] = &["process", "Command", "new"];
const STDIN: &[&str] = &["io", "stdin"];

/// Functions that run what they are given elsewhere.
const ELSEWHERE: &[&str] = &[
    "to_thread",
    "spawn_blocking",
    "block_in_place",
    "run_in_executor",
];

/// Functions that are given futures, which are not blocking calls either.
const OF_FUTURES: &[&str] = &[
    "create_task",
    "create_local_task",
    "spawn",
    "spawn_local",
    "shield",
    "timeout",
    "wait_for",
    "move_on_after",
    "pin",
];

/// Macros whose arguments are expressions that the task evaluates.
const TRANSPARENT: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "eprint",
    "eprintln",
    "format",
    "panic",
    "print",
    "println",
    "vec",
    "write",
    "writeln",
];

#[derive(Default)]
pub(super) struct Finder {
    pub(super) hits: Vec<Hit>,
}

impl Finder {
    pub(super) fn hit(&mut self, at: &Ident, constant: &'static str) {
        self.hits.push(Hit {
            at: at.clone(),
            constant,
        });
    }

    /// What is awaited is a future, so its outermost call is no blocking one; what is in there may be.
    pub(super) fn awaited(&mut self, future: &Expr) {
        match future {
            Expr::Paren(paren) => self.awaited(&paren.expr),
            Expr::Group(group) => self.awaited(&group.expr),
            Expr::Reference(reference) => self.awaited(&reference.expr),
            Expr::Array(array) => self.all_awaited(&array.elems),
            Expr::Call(call) => self.arguments(call),
            Expr::MethodCall(call) => {
                self.expr(&call.receiver);
                if !is_one_of(&call.method, ELSEWHERE) {
                    each(&call.args, self);
                }
            }
            future => self.expr(future),
        }
    }

    fn arguments(&mut self, call: &ExprCall) {
        match called(call) {
            Some((_, name)) if is_one_of(name, ELSEWHERE) => {}
            Some((_, name)) if is_one_of(name, OF_FUTURES) => self.all_awaited(&call.args),
            _ => each(&call.args, self),
        }
    }

    fn all_awaited(&mut self, futures: &Punctuated<Expr, Token![,]>) {
        for i in 0..futures.len() {
            self.awaited(&futures[i]);
        }
    }

    fn check_method(&mut self, call: &ExprMethodCall) {
        let begins_with = |path: &[&str]| makes(root(&call.receiver), path);
        let constant = match call.method.to_string().as_str() {
            "block_on" => "block_on",
            "output" | "status" | "wait" | "wait_with_output"
                if call.args.is_empty() && begins_with(COMMAND) =>
            {
                "process"
            }
            "open" if begins_with(&["fs", "OpenOptions", "new"]) => "fs",
            "lock" | "lines" | "read" | "read_line" | "read_to_string" | "read_to_end"
            | "read_exact" | "bytes"
                if makes(&call.receiver, STDIN) =>
            {
                "stdin"
            }
            "unwrap" | "expect" => return self.check_waiting(&call.receiver),
            _ => return,
        };
        self.hit(&call.method, constant);
    }

    /// `child.wait()?`, `child.wait().unwrap()`: a future has neither.
    fn check_waiting(&mut self, result: &Expr) {
        if let Expr::MethodCall(call) = result
            && call.args.is_empty()
            && (call.method == "wait" || call.method == "wait_with_output")
            && !makes(root(&call.receiver), COMMAND)
        {
            self.hit(&call.method, "process");
        }
    }

    fn check_call(&mut self, call: &ExprCall) {
        if let Some((path, name)) = called(call) {
            if let Some((_, constant)) = FUNCTIONS.iter().find(|(end, _)| is_std(path, end)) {
                self.hit(name, constant);
            } else if is_std(path, &["io", "read_to_string"])
                && call.args.first().is_some_and(|from| makes(from, STDIN))
            {
                self.hit(name, "stdin");
            } else if name == "block_on" || is(path, &["asyncio", "run"]) {
                self.hit(name, "block_on");
            }
        }
    }
}

impl Walk for Finder {
    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Call(call) => {
                self.check_call(call);
                self.expr(&call.func);
                return self.arguments(call);
            }
            Expr::MethodCall(call) if is_one_of(&call.method, ELSEWHERE) => return,
            Expr::MethodCall(call) => self.check_method(call),
            Expr::Try(question) => self.check_waiting(&question.expr),
            Expr::Await(awaited) => return self.awaited(&awaited.base),
            // A plain one may run on another thread, an async one makes a future of this task.
            Expr::Closure(closure) if closure.asyncness.is_none() => return,
            _ => {}
        }
        inside(expr, self);
    }

    fn statements(&mut self, statements: &[Stmt]) {
        for (i, statement) in statements.iter().enumerate() {
            if !is_allowed(&attributes(statement)) {
                if let Some(lock) = locks::held_across_await(statement, &statements[i + 1..]) {
                    self.hit(lock, "lock_across_await");
                }
                in_statement(statement, self);
            }
        }
    }

    fn skips(&self, arm: &Arm) -> bool {
        is_allowed(&arm.attrs)
    }

    fn call_of_macro(&mut self, call: &Macro) {
        let name = call.path.segments.last();
        if name.is_some_and(|name| is_one_of(&name.ident, TRANSPARENT)) {
            let arguments = Punctuated::<Expr, Token![,]>::parse_terminated;
            if let Ok(arguments) = parse_all(call.tokens.clone(), &mut { arguments }) {
                let mut inner = Finder::default();
                each(&arguments, &mut inner);
                self.hits.append(&mut inner.hits);
            }
        }
    }
}

/// The attributes of a statement of any sort.
pub(super) fn attributes(statement: &Stmt) -> Vec<Attribute> {
    let mut leading = |input: ParseStream<'_>| {
        let attrs = input.call(Attribute::parse_outer)?;
        input.parse::<proc_macro2::TokenStream>()?;
        Ok(attrs)
    };
    let has_any = |statement: &Stmt| {
        let first = statement.to_token_stream().into_iter().next();
        matches!(first, Some(proc_macro2::TokenTree::Punct(punct)) if punct.as_char() == '#')
    };
    match has_any(statement) {
        true => parse_all(statement.to_token_stream(), &mut leading).unwrap_or_default(),
        false => Vec::new(),
    }
}

/// The path of the function that is called, and its last segment.
fn called(call: &ExprCall) -> Option<(&Path, &Ident)> {
    match &*call.func {
        Expr::Path(path) => Some((&path.path, &path.path.segments.last()?.ident)),
        _ => None,
    }
}

fn is(path: &Path, segments: &[&str]) -> bool {
    is_after(path, 0, segments)
}

/// Whether the path is this one, with or without `std` before it.
fn is_std(path: &Path, end: &[&str]) -> bool {
    let first = path.segments.first();
    let std = first.is_some_and(|first| first.ident == "std");
    is_after(path, usize::from(std), end)
}

/// Whether these are the segments after so many.
fn is_after(path: &Path, before: usize, segments: &[&str]) -> bool {
    path.segments.len() == before + segments.len()
        && segments
            .iter()
            .enumerate()
            .all(|(i, name)| *name == "*" || path.segments[before + i].ident == name)
}

/// Whether the expression is a call of this function of `std`, by any end of its path that names the
/// type or module.
fn makes(expr: &Expr, path: &[&str]) -> bool {
    let Expr::Call(call) = expr else { return false };
    let Some((called, _)) = called(call) else {
        return false;
    };
    let shortest = if path.len() > 2 { 2 } else { 1 };
    is_std(called, path) || is(called, &path[path.len() - shortest..])
}

/// What a chain of method calls, fields and `?` begins with.
fn root(expr: &Expr) -> &Expr {
    match expr {
        Expr::MethodCall(call) => root(&call.receiver),
        Expr::Try(question) => root(&question.expr),
        Expr::Paren(paren) => root(&paren.expr),
        Expr::Group(group) => root(&group.expr),
        Expr::Reference(reference) => root(&reference.expr),
        expr => expr,
    }
}
