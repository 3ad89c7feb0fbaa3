//! Capture files (`.scap`): reading every version there ever was, writing the newest one. See `docs/captures.md`.
//!
//! A file is a sequence of blocks: a section header, lists that give the state when the capture began, then one block an
//! event. [`Reader`] hands out one [`Item`] at a time; events of older writers become those of today on the way
//! (`convert.rs`). [`Writer`] writes the same blocks.

mod block;
mod convert;
mod counters;
mod descriptors;
mod enter_store;
mod event;
mod input;
mod interfaces;
mod item;
mod machine;
mod processes;
mod put;
mod reader;
mod take;
mod users;
mod writer;

pub use crate::event::lengths_width;
pub use counters::Counters;
pub use event::{is_hidden, MAX_EVENT, MAX_LARGE_EVENT};
pub use interfaces::Interface;
pub use item::Item;
pub use machine::Machine;
pub use reader::Reader;
pub use writer::{Compression, Writer, WriterCounters, LARGE};
