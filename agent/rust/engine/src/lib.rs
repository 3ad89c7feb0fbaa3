//! The engine: capture sources, event decoding, state tables, rule plan and alert formatting.
//!
//! Nothing in this crate knows of Python; `agent/rust/src` converts. See `docs/architecture.md`.

pub mod capture;
pub mod engine;
pub mod error;
pub mod event;
pub mod explaining;
pub mod fields;
pub mod format;
pub mod recorder;
pub mod rules;
pub mod scap;
pub mod schema;
pub mod state;
