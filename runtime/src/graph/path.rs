//! What a branch is called that is known by its position only: for debug mode.

use super::node::Node;
use std::fmt::Write;
use std::sync::Arc;

/// A branch of a combinator.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// The combinator, if it has ever suspended.
    pub(crate) node: Option<Arc<Node>>,
    pub(crate) index: usize,
}

/// The branch at the end of a path from the task inwards, by name and line where these are known:
/// "branch `a()` of gather! at src/main.rs:7, therein branch 1".
pub(crate) fn describe(mut path: &[Step]) -> String {
    let mut text = String::new();
    while let Some((step, rest)) = path.split_first() {
        path = rest;
        if !text.is_empty() {
            text += ", therein ";
        }
        let Some(node) = step.node.as_ref().filter(|node| !node.name.is_empty()) else {
            let _ = write!(text, "branch {}", step.index);
            continue;
        };
        let mut found = Found::first(node, step.index);
        // More branches than a tuple has are in groups, of groups.
        while let Some((step, rest)) = path.split_first()
            && found.size > 1
        {
            path = rest;
            found.narrow(step.node.as_ref().and_then(|node| node.total()), step.index);
        }
        text += &found.name(node);
    }
    text
}

/// One of the branches that a macro was given, or a group of them.
struct Found {
    /// The first one.
    index: usize,
    size: usize,
}

impl Found {
    fn first(node: &Node, index: usize) -> Self {
        let size = node.site.get().map_or(0, |site| site.branches.len());
        let mut found = Found { index: 0, size };
        found.narrow(node.total(), index);
        found
    }

    /// To one of so many parts: the first ones are larger by one if they cannot all be alike.
    fn narrow(&mut self, parts: Option<usize>, index: usize) {
        match parts {
            Some(parts) if 0 < parts && parts < self.size => {
                let (size, larger) = (self.size / parts, self.size % parts);
                self.index += index * size + index.min(larger);
                self.size = size + usize::from(index < larger);
            }
            _ => {
                self.index += index;
                self.size = 1;
            }
        }
    }

    fn name(&self, node: &Node) -> String {
        let site = node.site.get().filter(|site| site.line > 0);
        let named = site.and_then(|site| site.branches.get(self.index));
        let mut text = match named {
            Some(name) => format!("branch `{name}` of {}", node.name),
            None => format!("branch {} of {}", self.index, node.name),
        };
        let place = node.place.map(|place| (place.file(), place.line()));
        if let Some((file, line)) = site.map(|site| (site.file, site.line)).or(place) {
            let _ = write!(text, " at {file}:{line}");
        }
        text
    }
}
