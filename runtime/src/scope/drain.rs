//! What was handed over to a combinator, as the combinator sees it.

use super::frame::{self, Mode, within};
use super::guard;
use super::pending::{Payload, Pending, drain, keep};
use super::report::Loss;
use crate::graph;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::{Context, Poll};

/// What a combinator embeds to be a scope for the children that it drops. One word; nothing is
/// allocated before a guard hands something over.
#[derive(Default)]
pub(crate) struct Drain {
    pub(super) pending: Option<Box<Pending>>,
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
        Drain { pending: None }
    }

    /// Whether there is no cleanup to drive.
    pub(crate) fn is_idle(&self) -> bool {
        self.pending
            .as_ref()
            .is_none_or(|pending| pending.is_empty() && pending.panic.is_none())
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
        let dropped = self.drop_within(false, drop_children);
        if let Some(pending) = &mut self.pending {
            // What these branches handed over while they were polled went to the scope around.
            for branch in pending.fresh_branches() {
                pending.put_first(frame::take_branch(branch));
            }
        }
        if let Err(payload) = dropped {
            self.keep_panic(payload);
        }
    }

    /// Drives the cleanup; `Ready` once it is all done. Resumes the first panic then.
    #[inline]
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.pending.is_none() {
            return Poll::Ready(());
        }
        self.poll_pending(cx)
    }

    fn poll_pending(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.poll_quietly(false, cx).is_pending() {
            return Poll::Pending;
        }
        match self.take_panic() {
            Some(payload) => resume_unwind(payload),
            None => Poll::Ready(()),
        }
    }

    pub(super) fn drop_within(
        &mut self,
        pinned: bool,
        drop_children: impl FnOnce(),
    ) -> Result<(), Payload> {
        if let Some(pending) = &mut self.pending {
            pending.begin(true);
        }
        within(
            &mut self.pending,
            Mode {
                pinned,
                on_loop: false,
                one_drop: true,
            },
            || catch_unwind(AssertUnwindSafe(drop_children)),
        )
    }

    /// As `poll`, but keeps a panic for `take_panic`.
    #[inline]
    pub(super) fn poll_quietly(&mut self, pinned: bool, cx: &mut Context<'_>) -> Poll<()> {
        if self.pending.is_none() {
            return Poll::Ready(());
        }
        drain(&mut self.pending, pinned, cx);
        match &self.pending {
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
        let pending = self.pending.get_or_insert_with(Box::default);
        keep(&mut pending.panic, payload);
    }

    pub(super) fn take_panic(&mut self) -> Option<Payload> {
        self.pending
            .as_mut()
            .and_then(|pending| pending.panic.take())
    }

    /// Drops what runs now; what waited for it starts.
    pub(super) fn interrupt(&mut self, pinned: bool) {
        let running = match &mut self.pending {
            Some(pending) => pending.running(),
            None => return,
        };
        for born in running {
            let Some(pending) = &mut self.pending else {
                return;
            };
            let Some((item, taken_out)) = pending.take_out(born) else {
                continue;
            };
            pending.begin(true);
            let mode = Mode {
                pinned,
                on_loop: false,
                one_drop: true,
            };
            within(&mut self.pending, mode, || item.discard());
            if let Some(pending) = &mut self.pending {
                pending.replace(taken_out);
            }
        }
    }

    /// Drops everything, says what it was, and takes no more.
    pub(super) fn stop(&mut self, pinned: bool, loss: Loss) {
        self.pending.get_or_insert_with(Box::default).closed = Some(loss);
        while let Some(pending) = self.pending.as_mut().filter(|pending| !pending.is_empty()) {
            let items = pending.take_items();
            within(
                &mut self.pending,
                Mode {
                    pinned,
                    on_loop: false,
                    one_drop: false,
                },
                || {
                    items.into_iter().for_each(|item| item.lost(loss));
                },
            );
        }
    }
}

impl Drop for Drain {
    // Every combinator has one, and hardly any has something in it.
    #[inline]
    fn drop(&mut self) {
        if let Some(pending) = &mut self.pending {
            hand_over_rest(pending);
        }
    }
}

/// The scope is dropped with cleanup that is not done.
#[cold]
fn hand_over_rest(pending: &mut Pending) {
    let items = pending.take_items();
    let panic = pending.panic.take();
    if !items.is_empty() {
        frame::hand_over(items);
    }
    if let Some(payload) = panic {
        frame::hand_over_panic("a cleanup", payload);
    }
}
