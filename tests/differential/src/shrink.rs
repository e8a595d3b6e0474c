//! The smallest program that still diverges.

use crate::compare::{self, Case, Verdict};
use crate::program::{Block, Body, Program, Stmt};
use crate::python::Python;
use std::io;
use std::sync::Arc;

/// Makes a program that diverges smaller for as long as it still does.
///
/// # Errors
///
/// If Python fails.
pub fn shrink(python: &Python, mut case: Case) -> io::Result<Case> {
    loop {
        let candidates = smaller(&case.program);
        let ran = compare::run(python, candidates)?;
        let diverges = |case: &Case| matches!(case.verdict, Verdict::Diverge { .. });
        match ran.into_iter().find(diverges) {
            Some(smaller) => case = smaller,
            None => return Ok(case),
        }
    }
}

/// The programs that are one step smaller, those with the greatest step first.
fn smaller(program: &Program) -> Vec<Program> {
    let of_main = blocks(&program.main).into_iter().map(|main| Program {
        main,
        ..program.clone()
    });
    let mut programs: Vec<_> = of_main.collect();
    programs.sort_by_key(|program| size(&program.main));
    programs
}

fn size(block: &Block) -> usize {
    let of_stmt = |stmt: &Stmt| {
        let blocks: usize = stmt.blocks().into_iter().map(size).sum();
        let bodies: usize = stmt.bodies().iter().map(|body| size(&body.block)).sum();
        1 + blocks + bodies
    };
    block.iter().map(of_stmt).sum()
}

fn blocks(block: &Block) -> Vec<Block> {
    let mut smaller = Vec::new();
    for (at, stmt) in block.iter().enumerate() {
        let with = |stmts: &[Stmt]| {
            let mut block = block.to_vec();
            block.splice(at..=at, stmts.iter().cloned());
            Arc::new(block)
        };
        smaller.push(with(&[]));
        smaller.extend(stmt.blocks().into_iter().map(|inner| with(inner)));
        smaller.extend(stmt.bodies().iter().map(|body| with(&body.block)));
        smaller.extend(
            stmts(stmt)
                .iter()
                .map(|stmt| with(std::slice::from_ref(stmt))),
        );
    }
    smaller
}

/// A statement with something smaller inside.
fn stmts(stmt: &Stmt) -> Vec<Stmt> {
    match stmt {
        Stmt::Sleep { ms } if *ms > 1 => vec![Stmt::Sleep { ms: ms / 2 }],
        Stmt::Spawn { body } => map(bodies(body), |body| Stmt::Spawn { body }),
        Stmt::Shield { body } => map(bodies(body), |body| Stmt::Shield { body }),
        Stmt::WaitFor { ms, block } => map(blocks(block), |block| Stmt::WaitFor { ms: *ms, block }),
        Stmt::Timeout { ms, block } => map(blocks(block), |block| Stmt::Timeout { ms: *ms, block }),
        Stmt::Lock { lock, block } => map(blocks(block), |block| Stmt::Lock { lock: *lock, block }),
        Stmt::Semaphore { semaphore, block } => map(blocks(block), |block| Stmt::Semaphore {
            semaphore: *semaphore,
            block,
        }),
        Stmt::Gather {
            children,
            return_exceptions,
            tasks,
        } => map(all(children), |children| Stmt::Gather {
            children,
            return_exceptions: *return_exceptions,
            tasks: *tasks,
        }),
        Stmt::Group { children, block } => {
            let mut smaller = map(all(children), |children| Stmt::Group {
                children,
                block: block.clone(),
            });
            smaller.extend(blocks(block).into_iter().map(|block| Stmt::Group {
                children: children.clone(),
                block,
            }));
            smaller
        }
        Stmt::Try {
            block,
            handler,
            cleanup,
        } => tries(block, handler.as_ref(), cleanup.as_ref()),
        Stmt::Wait {
            tasks,
            return_when,
            timeout,
        } if tasks.len() > 1 => {
            let fewer = (0..tasks.len()).map(|at| {
                let mut tasks = tasks.clone();
                tasks.remove(at);
                tasks
            });
            map(fewer.collect(), |tasks| Stmt::Wait {
                tasks,
                return_when: *return_when,
                timeout: *timeout,
            })
        }
        _ => Vec::new(),
    }
}

fn tries(block: &Block, handler: Option<&Block>, cleanup: Option<&Block>) -> Vec<Stmt> {
    let with = |block: &Block, handler: Option<&Block>, cleanup: Option<&Block>| Stmt::Try {
        block: block.clone(),
        handler: handler.cloned(),
        cleanup: cleanup.cloned(),
    };
    let mut smaller = map(blocks(block), |block| with(&block, handler, cleanup));
    if let Some(inner) = handler {
        smaller.push(with(block, None, cleanup));
        let inner = blocks(inner).into_iter();
        smaller.extend(inner.map(|inner| with(block, Some(&inner), cleanup)));
    }
    if let Some(inner) = cleanup {
        smaller.push(with(block, handler, None));
        let inner = blocks(inner).into_iter();
        smaller.extend(inner.map(|inner| with(block, handler, Some(&inner))));
    }
    smaller
}

fn bodies(body: &Body) -> Vec<Body> {
    let with = |block| Body {
        name: body.name.clone(),
        block,
    };
    map(blocks(&body.block), with)
}

/// Without one of them, or with one that is smaller.
fn all(children: &[Body]) -> Vec<Vec<Body>> {
    let mut smaller = Vec::new();
    for (at, child) in children.iter().enumerate() {
        let with = |new: &[Body]| {
            let mut children = children.to_vec();
            children.splice(at..=at, new.iter().cloned());
            children
        };
        if children.len() > 1 {
            smaller.push(with(&[]));
        }
        smaller.extend(
            bodies(child)
                .iter()
                .map(|child| with(std::slice::from_ref(child))),
        );
    }
    smaller
}

fn map<T, R>(from: Vec<T>, to: impl Fn(T) -> R) -> Vec<R> {
    from.into_iter().map(to).collect()
}
