//! What `systemctl show` prints: blocks of `Key=Value` lines, an empty line between two of them.

/// The properties of one unit.
#[derive(Debug, Clone, Copy)]
pub struct Block<'t>(&'t str);

impl<'t> Block<'t> {
    /// The value of a property; `None` when it was not asked for, or the unit has no such property.
    pub fn value(&self, key: &str) -> Option<&'t str> {
        self.pairs().find(|(found, _)| *found == key).map(|(_, value)| value)
    }

    /// All of its properties.
    pub fn pairs(&self) -> impl Iterator<Item = (&'t str, &'t str)> + use<'t> {
        self.0.lines().filter_map(|line| line.split_once('='))
    }
}

/// The units of this output, in its order.
pub fn blocks(text: &str) -> impl Iterator<Item = Block<'_>> {
    text.split("\n\n").filter(|block| !block.trim().is_empty()).map(Block)
}
