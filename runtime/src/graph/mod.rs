//! Which task waits for what: `Lib/asyncio/graph.py`.
//!
//! | file | what |
//! |---|---|
//! | `switch` | whether it is on |
//! | `record` | what is waited for, written down by whoever waits |
//! | `node` | what stands for a combinator, with its branches |
//! | `path` | how a branch is called |
//! | `probe` | finds out who else keeps a task's waker |
//! | `branch`, `task` | the two places that collect what was recorded |
//! | `subject` | the lines of locks and queues |
//! | `snapshot` | all that as values, with names |
//! | `deadlock` | tasks that wait for each other |
//! | `render` | the values as text |
//! | `capture` | the public functions |

mod branch;
mod capture;
mod deadlock;
mod node;
mod path;
mod probe;
mod record;
mod render;
mod snapshot;
mod subject;
mod switch;
mod task;

pub(crate) use branch::{Around, await_outside, outside, poll_branch, timer_beside};
pub use capture::{CallGraph, capture_call_graph, format_call_graph, print_call_graph};
pub use deadlock::{Deadlock, StuckTask};
pub use node::Site;
pub(crate) use node::{Node, NodeSlot, Suspended};
pub(crate) use path::{Step, describe};
pub(crate) use probe::own_clone;
pub(crate) use record::{
    Collecting, Entry, OnLoop, Waits, count_clone, name_last, uncounted, wait, wait_for_task,
};
pub use snapshot::{BranchGraph, BranchesWait, GroupId, LineWait, TaskGraph, TaskState, Waiting};
pub(crate) use subject::{Kind, Subject};
#[cfg(feature = "test-util")]
pub(crate) use switch::enable_for_test;
pub use switch::{enable, is_enabled};
pub(crate) use switch::{is_asked_for, is_on, may_be_on};
pub(crate) use task::Observed;
