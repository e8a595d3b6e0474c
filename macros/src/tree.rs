//! Any number of branches, where tuples have traits up to some size: a balanced tree of tuples.

/// The largest tuple that the runtime can join.
pub(crate) const WIDEST_JOIN: usize = 32;

/// The largest tuple that the runtime's other traits are implemented for.
pub(crate) const WIDEST: usize = 12;

/// Groups `leaves`, in their order, until at most `widest` are left; `group` makes one of several.
pub(crate) fn tree<T>(mut leaves: Vec<T>, widest: usize, group: &dyn Fn(Vec<T>) -> T) -> Vec<T> {
    while leaves.len() > widest {
        let groups = leaves.len().div_ceil(widest);
        let (size, larger) = (leaves.len() / groups, leaves.len() % groups);
        let mut grouped = Vec::with_capacity(groups);
        for i in 0..groups {
            let rest = leaves.split_off(size + usize::from(i < larger));
            grouped.push(group(std::mem::replace(&mut leaves, rest)));
        }
        leaves = grouped;
    }
    leaves
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(leaves: usize) -> Vec<String> {
        let leaves = (0..leaves).map(|leaf| leaf.to_string()).collect();
        tree(leaves, WIDEST, &|group| format!("({})", group.join(" ")))
    }

    #[test]
    fn few_branches_are_not_grouped() {
        assert_eq!(of(0), [""; 0]);
        assert_eq!(of(3), ["0", "1", "2"]);
        assert_eq!(of(12).len(), 12);
    }

    #[test]
    fn groups_are_balanced_and_keep_the_order() {
        assert_eq!(of(13), ["(0 1 2 3 4 5 6)", "(7 8 9 10 11 12)"]);
        assert_eq!(of(144).len(), 12);
        assert_eq!(of(145).len(), 2);
    }
}
