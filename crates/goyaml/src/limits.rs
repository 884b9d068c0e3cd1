//! Bounds on what is read, aliases included.

/// How much of a text is read before it is refused. What aliases stand for counts as often as they are used, so a tree
/// within the limits is safe to expand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the source.
    pub bytes: usize,
    /// Nodes of all documents.
    pub nodes: usize,
    /// Collections in collections, through aliases.
    pub depth: usize,
    /// Nodes that aliases add to a document once expanded.
    pub expansion: usize,
}

impl Default for Limits {
    /// 64 MiB, 4 million nodes, 200 levels, 400 000 nodes by aliases. Helm's own reader stops at 10 000 levels; no chart
    /// comes near 100.
    fn default() -> Self {
        Self { bytes: 64 << 20, nodes: 4_000_000, depth: 200, expansion: 400_000 }
    }
}

/// What a node grows to when its aliases are expanded.
#[derive(Clone, Copy)]
pub(crate) struct Growth {
    /// Levels below and with it.
    pub(crate) height: usize,
    /// Nodes that aliases add.
    pub(crate) added: usize,
    /// Nodes, with those that aliases add.
    pub(crate) nodes: usize,
}

impl Growth {
    pub(crate) const ONE: Self = Self { height: 1, added: 0, nodes: 1 };

    pub(crate) fn add(&mut self, member: Growth) {
        self.height = self.height.max(member.height + 1);
        self.added = self.added.saturating_add(member.added);
        self.nodes = self.nodes.saturating_add(member.nodes);
    }
}
