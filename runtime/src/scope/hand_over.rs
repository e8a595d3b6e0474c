//! What is handed over to the innermost scope.

use super::frame::{count_handed, with_current};
use super::pending::{Item, Payload};
use super::{orphan, report};

/// One branch of one combinator: the number of its [`Tag`](super::Tag), and the branch's position.
pub(super) type Branch = (u64, usize);

/// Hands a panic to the innermost scope, which goes on with it when it is done; or reports it. To go on
/// with it in a drop would make foreign containers forget what else they hold.
pub(crate) fn hand_over_panic(what: &str, payload: Payload) {
    let mut payload = Some(payload);
    with_current(|_, pending| {
        if pending.closed.is_none() && pending.panic.is_none() {
            pending.panic = payload.take();
        }
    });
    if let Some(payload) = payload {
        report::panic(what, &*payload);
    }
}

/// Takes back what a branch handed over to the innermost scope.
#[cold]
pub(super) fn take_branch(branch: Branch) -> Vec<Item> {
    with_current(|_, pending| pending.take_branch(branch)).unwrap_or_default()
}

/// Hands cleanup to the innermost scope, or makes orphans of it.
pub(super) fn hand_over(mut items: Vec<Item>) {
    count_handed();
    let closed = with_current(|scope, pending| {
        if pending.closed.is_none() {
            let (mine, local) = items
                .drain(..)
                .partition(|item| !item.local || scope.is_pinned());
            items = local;
            pending.hand_over(mine);
        }
        pending.closed
    });
    if let Some(Some(loss)) = closed {
        items.drain(..).for_each(|item| item.lost(loss));
    } else if !items.is_empty() {
        orphan::adopt(items);
    }
}

/// Puts what was handed over in between into a branch.
#[cold]
pub(super) fn mark(branch: Branch, before: u64, now: u64) {
    let marked = with_current(|_, pending| pending.mark_newest(branch, now - before));
    if marked.is_none() {
        orphan::mark_newest(branch, now - before);
    }
}
