//! What a reader met on its way.

/// Counters of one reader; they only grow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counters {
    pub blocks: u64,
    /// Events handed out.
    pub events: u64,
    /// Event blocks that gave no event: event types that are not used any more, and enter events, whose content went
    /// into the exit event.
    pub filtered: u64,
    /// Events that were converted from an older version, among those handed out.
    pub converted: u64,
    /// Exit events handed out whose enter event should have been in the file and was not: what it said is missing.
    pub unpaired: u64,
    /// Enter events forgotten before their exit event came, because too many waited.
    pub evicted: u64,
    /// Events of types this version does not know.
    pub skipped_events: u64,
    /// Blocks of types this version does not know.
    pub skipped_blocks: u64,
    /// Entries of lists that this version does not know.
    pub skipped_entries: u64,
    /// Sections: more than one in a file made of several.
    pub sections: u64,
    /// The file ends, or its compressed data is damaged, in the middle of a block.
    pub truncated: bool,
    /// The compressed data is followed by bytes that are not compressed data. They were not read.
    pub trailing_garbage: bool,
}
