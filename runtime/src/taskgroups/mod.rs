//! Task groups: `Lib/asyncio/taskgroups.py`.
//!
//! | file | what |
//! |---|---|
//! | `group` | `TaskGroup` and its handle: what children are added with |
//! | `child` | one child |
//! | `children` | those that have not ended, by their keys |
//! | `group_task` | what is awaited of a child |
//! | `run` | the future that runs body and children |
//! | `start` | children that say when they are ready |
//! | `fail` | errors that a group is told of by those who cannot return them |
//! | `exception_group` | the errors of a group |
//! | `macros` | `task_group!` |

mod child;
mod children;
mod exception_group;
mod fail;
mod group;
mod group_task;
mod macros;
mod run;
mod start;

pub use child::ChildOutput;
pub use exception_group::{ExceptionGroup, IntoErrors, Origin};
pub use group::{Flavour, GroupHandle, Local, Sendable, TaskGroup};
pub use group_task::GroupTask;
pub use macros::{BodyIsPlain, NoErrorNamed, body_kind, group_for};
pub use run::Run;
pub use start::{Start, TaskStatus};
