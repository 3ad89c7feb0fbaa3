// Generated from agent/schema by `python -m agent.codegen`. Do not edit: change the source and run the command.

#[rustfmt::skip]
pub mod codes;
#[rustfmt::skip]
pub mod converter;
#[rustfmt::skip]
pub mod events;
#[rustfmt::skip]
pub mod fields;
#[rustfmt::skip]
pub mod fillers;
#[rustfmt::skip]
pub mod flags;
#[rustfmt::skip]
pub mod syscalls;
#[rustfmt::skip]
pub mod types;
