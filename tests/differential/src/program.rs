//! What a program is made of.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A program: its objects, and what its main task does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// What it was generated from.
    pub seed: u64,
    /// How much of its trace is comparable.
    pub order: Order,
    /// The values of its semaphores.
    pub semaphores: Vec<usize>,
    /// The parties of its barriers.
    pub barriers: Vec<usize>,
    /// The sizes of its queues.
    pub queues: Vec<usize>,
    /// The main task.
    pub main: Block,
}

/// How much of the order of a trace is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// All of it, turn by turn.
    Total,
    /// Of each task, with the times.
    PerTask,
}

/// Statements, one after the other.
pub type Block = Arc<Vec<Stmt>>;

/// What runs beside others, under a name of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// Its name, which no other has.
    pub name: Arc<str>,
    /// What it does.
    pub block: Block,
}

/// One thing that a program does. Times are in milliseconds; objects are given by their numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
#[allow(missing_docs, reason = "as in asyncio")]
pub enum Stmt {
    Sleep {
        ms: u64,
    },
    /// `create_task`.
    Spawn {
        body: Body,
    },
    /// Awaits a task, unless somebody else does or did.
    Await {
        task: Arc<str>,
    },
    Cancel {
        task: Arc<str>,
    },
    Raise {
        error: String,
    },
    /// `try`, with what is there of `except Exception` and `finally`.
    Try {
        block: Block,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        handler: Option<Block>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cleanup: Option<Block>,
    },
    WaitFor {
        ms: u64,
        block: Block,
    },
    /// `async with timeout`.
    Timeout {
        ms: u64,
        block: Block,
    },
    /// Of tasks, which have their names, or in place.
    Gather {
        children: Vec<Body>,
        return_exceptions: bool,
        tasks: bool,
    },
    Wait {
        tasks: Vec<Arc<str>>,
        return_when: When,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout: Option<u64>,
    },
    /// `async with TaskGroup`: the children, then the body of the group.
    Group {
        children: Vec<Body>,
        block: Block,
    },
    Shield {
        body: Body,
    },
    Lock {
        lock: usize,
        block: Block,
    },
    Semaphore {
        semaphore: usize,
        block: Block,
    },
    EventWait {
        event: usize,
    },
    EventSet {
        event: usize,
    },
    EventClear {
        event: usize,
    },
    /// Takes the lock of a condition, and waits.
    ConditionWait {
        condition: usize,
    },
    /// Takes the lock of a condition, notifies, and sleeps before it gives the lock back.
    Notify {
        condition: usize,
        n: usize,
        ms: Option<u64>,
    },
    Barrier {
        barrier: usize,
    },
    Queue {
        queue: usize,
        call: Call,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<u32>,
    },
}

/// `return_when`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "as in asyncio")]
pub enum When {
    FirstCompleted,
    FirstException,
    AllCompleted,
}

/// A method of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "as in asyncio")]
pub enum Call {
    Put,
    PutNowait,
    Get,
    GetNowait,
    TaskDone,
    Join,
    Shutdown,
    /// `shutdown(immediate=True)`.
    ShutdownImmediate,
}

impl Call {
    /// As in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Call::Put => "put",
            Call::PutNowait => "put_nowait",
            Call::Get => "get",
            Call::GetNowait => "get_nowait",
            Call::TaskDone => "task_done",
            Call::Join => "join",
            Call::Shutdown => "shutdown",
            Call::ShutdownImmediate => "shutdown_immediate",
        }
    }
}

impl Stmt {
    /// The blocks that run under the name of whoever runs the statement.
    #[must_use]
    pub fn blocks(&self) -> Vec<&Block> {
        match self {
            Stmt::Try {
                block,
                handler,
                cleanup,
            } => [Some(block), handler.as_ref(), cleanup.as_ref()]
                .into_iter()
                .flatten()
                .collect(),
            Stmt::WaitFor { block, .. }
            | Stmt::Timeout { block, .. }
            | Stmt::Group { block, .. }
            | Stmt::Lock { block, .. }
            | Stmt::Semaphore { block, .. } => vec![block],
            _ => Vec::new(),
        }
    }

    /// What runs beside it, under names of their own.
    #[must_use]
    pub fn bodies(&self) -> &[Body] {
        match self {
            Stmt::Spawn { body } | Stmt::Shield { body } => std::slice::from_ref(body),
            Stmt::Gather { children, .. } | Stmt::Group { children, .. } => children,
            _ => &[],
        }
    }

    /// Whether a cleanup may be under way in it when it is cancelled.
    #[must_use]
    pub fn cleans_up(&self) -> bool {
        let here = matches!(
            self,
            Stmt::Try {
                cleanup: Some(_),
                ..
            }
        );
        let in_place = !matches!(self, Stmt::Spawn { .. } | Stmt::Shield { .. });
        let any = |block: &Block| block.iter().any(Stmt::cleans_up);
        here || self.blocks().into_iter().any(any)
            || in_place && self.bodies().iter().any(|body| any(&body.block))
    }
}
