//! The wakers of any number of branches.

use super::{Lazy, Wakers};
use std::mem;
use std::ops::ControlFlow;
use std::task::{Context, Waker};

/// [`Wakers`] for each 64 branches, and for each 64 of those, up to a single one.
#[derive(Debug)]
pub(crate) struct Tree {
    root: Node,
    /// The levels below the root; the branches themselves are below the last.
    levels: Vec<Vec<Node>>,
}

/// The wakers of 64 branches, or of 64 nodes.
#[derive(Debug)]
struct Node {
    wakers: Wakers,
    /// What is to be polled even if it is not woken.
    marked: u64,
    /// The node below, if any, where a pass was broken off. Only what is marked in there is to be
    /// polled.
    partial: u64,
}

/// Which branches a pass polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pass {
    /// Those that are marked. The tree takes no notice of those that have been woken: after this pass
    /// see to it that one of the other sort comes if [`Tree::has_woken`].
    Marked,
    /// Those that have been woken, too.
    Woken,
}

impl Node {
    fn new() -> Self {
        Node {
            wakers: Wakers::none_woken(),
            marked: 0,
            partial: 0,
        }
    }
}

impl Tree {
    /// For the branches `0..count`, none of which is marked.
    pub(crate) fn new(count: usize) -> Self {
        let mut levels = Vec::new();
        let mut nodes = count.div_ceil(64);
        while nodes > 1 {
            levels.push((0..nodes).map(|_| Node::new()).collect());
            nodes = nodes.div_ceil(64);
        }
        levels.reverse();
        Tree {
            root: Node::new(),
            levels,
        }
    }

    /// Has branch `index` polled in the next pass.
    pub(crate) fn mark(&mut self, mut index: usize) {
        for level in self.levels.iter_mut().rev() {
            level[index / 64].marked |= 1 << (index % 64);
            index /= 64;
        }
        self.root.marked |= 1 << index;
    }

    /// Whether there are marked branches: new ones, or those that a pass has left when it was broken
    /// off.
    pub(crate) fn has_marked(&self) -> bool {
        self.root.marked | self.root.partial != 0
    }

    /// Whether a branch may have been woken that no pass has seen to.
    pub(crate) fn has_woken(&self) -> bool {
        self.root.wakers.has_woken()
    }

    /// Polls the branches of `pass`, in their order. When `poll` breaks off, those that are left are
    /// marked; so that each gets its turn, the next pass should be [`Pass::Marked`].
    pub(crate) fn poll<B>(
        &mut self,
        parent: &Waker,
        pass: Pass,
        poll: &mut impl FnMut(usize, &mut Context<'_>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        visit(&mut self.root, &mut self.levels, 0, parent, pass, poll)
    }
}

/// Polls what is below `node`, the one at `place` in its level; `levels` are those below.
fn visit<B>(
    node: &mut Node,
    levels: &mut [Vec<Node>],
    place: usize,
    parent: &Waker,
    pass: Pass,
    poll: &mut impl FnMut(usize, &mut Context<'_>) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let lazy = Lazy::new(parent);
    let round = match pass {
        Pass::Marked => node.wakers.silent_round(&lazy),
        Pass::Woken => node.wakers.round(&lazy),
    };
    let partial = mem::take(&mut node.partial);
    let mut due = round.ready() | mem::take(&mut node.marked) | partial;
    while due != 0 {
        let index = due.trailing_zeros();
        let bit = 1 << index;
        due &= !bit;
        let below = place * 64 + index as usize;
        let waker = round.waker(index);
        let (flow, again) = match levels {
            [] => (poll(below, &mut Context::from_waker(&waker)), 0),
            [level, deeper @ ..] => {
                // A stale waker may have set a bit that nothing belongs to.
                let Some(child) = level.get_mut(below) else {
                    continue;
                };
                // Its bit here is used up, so whatever has been woken below has to be seen to now;
                // unless it is there for the sake of the marked ones only.
                let only_marked = pass == Pass::Marked && partial & bit != 0;
                let pass = if only_marked { pass } else { Pass::Woken };
                (visit(child, deeper, below, &waker, pass, poll), bit)
            }
        };
        if flow.is_break() {
            node.marked |= due & !partial;
            node.partial = due & partial | again;
            return flow;
        }
    }
    ControlFlow::Continue(())
}
