//! What the fuzzers run, and what they start from. The tests of the engine run the same on random bytes.

pub mod seeds;
pub mod targets;
