//! What was handed over to a combinator, as the combinator sees it.

use super::frame::{Around, within, within_one_drop};
use super::pending::{Payload, drain, keep};
use super::report::Loss;
use super::state::State;
use super::{guard, hand_over};
use crate::graph;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::{Context, Poll};

/// What a combinator embeds to be a scope for the children that it drops. One word; nothing is
/// allocated before a guard hands something over.
pub(crate) struct Drain {
    /// Of a combinator, pinned to no thread; or of the scope that this is part of.
    pub(super) state: State,
}

impl Default for Drain {
    fn default() -> Self {
        Drain::new()
    }
}

impl fmt::Debug for Drain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain")
            .field("idle", &self.is_idle())
            .finish()
    }
}

impl Drain {
    pub(crate) const fn new() -> Self {
        Drain::of(State::new())
    }

    pub(super) const fn of(state: State) -> Self {
        Drain { state }
    }

    /// Whether there is no cleanup to drive.
    pub(crate) fn is_idle(&self) -> bool {
        let Some(pending) = self.state.take() else {
            return true;
        };
        let is_idle = pending.is_empty() && pending.panic.is_none();
        self.state.put(pending);
        is_idle
    }

    /// Runs `drop_children` as one drop episode with this as the innermost scope: the cleanup that is
    /// handed over in there is kept here. A panic in there is kept too, and resumed by `poll`.
    #[inline]
    pub(crate) fn collect(&mut self, drop_children: impl FnOnce()) {
        if !guard::were_made() {
            return drop_children(); // nothing can be handed over
        }
        self.collect_handed_over(drop_children);
    }

    fn collect_handed_over(&mut self, drop_children: impl FnOnce()) {
        let dropped = self.drop_within(drop_children);
        if let Some(pending) = self.state.get_mut() {
            // What these branches handed over while they were polled went to the scope around.
            for branch in pending.fresh_branches() {
                pending.put_first(hand_over::take_branch(branch));
            }
        }
        if let Err(payload) = dropped {
            self.keep_panic(payload);
        }
    }

    /// Drives the cleanup; `Ready` once it is all done. Resumes the first panic then.
    #[inline]
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.state.has_pending() {
            return Poll::Ready(());
        }
        self.poll_pending(cx)
    }

    fn poll_pending(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.poll_quietly(cx).is_pending() {
            return Poll::Pending;
        }
        match self.take_panic() {
            Some(payload) => resume_unwind(payload),
            None => Poll::Ready(()),
        }
    }

    pub(super) fn drop_within(&mut self, drop_children: impl FnOnce()) -> Result<(), Payload> {
        within_one_drop(&mut self.state, || {
            catch_unwind(AssertUnwindSafe(drop_children))
        })
    }

    /// As `poll`, but keeps a panic for `take_panic`.
    #[inline]
    pub(super) fn poll_quietly(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.state.has_pending() {
            return Poll::Ready(());
        }
        drain(&mut self.state, cx);
        match self.state.get_mut() {
            Some(pending) if !pending.is_empty() => {
                if graph::is_on() {
                    graph::wait(graph::Entry::Cleanup);
                }
                Poll::Pending
            }
            _ => Poll::Ready(()),
        }
    }

    /// Keeps the panic of a body, unless there is an earlier one.
    #[cold]
    pub(super) fn keep_panic(&mut self, payload: Payload) {
        keep(&mut self.state.get_or_make().panic, payload);
    }

    pub(super) fn take_panic(&mut self) -> Option<Payload> {
        self.state
            .get_mut()
            .and_then(|pending| pending.panic.take())
    }

    /// Drops what runs now; what waited for it starts.
    pub(super) fn interrupt(&mut self) {
        let running = match self.state.get_mut() {
            Some(pending) => pending.running(),
            None => return,
        };
        for born in running {
            let Some(pending) = self.state.get_mut() else {
                return;
            };
            let Some((item, taken_out)) = pending.take_out(born) else {
                continue;
            };
            within_one_drop(&mut self.state, || item.discard());
            if let Some(pending) = self.state.get_mut() {
                pending.replace(taken_out);
            }
        }
    }

    /// Drops everything, says what it was, and takes no more.
    pub(super) fn stop(&mut self, loss: Loss) {
        self.state.get_or_make().closed = Some(loss);
        while let Some(pending) = self.state.get_mut().filter(|pending| !pending.is_empty()) {
            let items = pending.take_items();
            within(&self.state, Around::Any, |_| {
                items.into_iter().for_each(|item| item.lost(loss));
            });
        }
    }
}

impl Drop for Drain {
    // Every combinator has one, and hardly any has something in it.
    #[inline]
    fn drop(&mut self) {
        if self.state.has_pending() {
            hand_over_rest(&mut self.state);
        }
    }
}

/// The scope is dropped with cleanup that is not done.
#[cold]
fn hand_over_rest(state: &mut State) {
    let Some(mut pending) = state.take() else {
        return;
    };
    let items = pending.take_items();
    let panic = pending.panic.take();
    if !items.is_empty() {
        hand_over::hand_over(items);
    }
    if let Some(payload) = panic {
        hand_over::hand_over_panic("a cleanup", payload);
    }
}
