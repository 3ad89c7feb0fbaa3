//! The compiled plan: rules indexed by event code, each distinct check and sub-expression once.

use super::compile::Compiler;
use super::condition::Link;
use super::group::Subject;
use super::index::Index;
use super::operand::Operand;
use super::plan::{self, Op, Plan};
use super::predicate::Predicate;
use crate::error::Result;
use crate::fields::Multi;

/// Rules ready to be evaluated. Immutable; what changes from event to event is in [`super::Scratch`].
#[derive(Debug)]
pub struct RuleSet {
    pub(super) plan: Plan,
    pub(super) operands: Vec<OperandSlot>,
    pub(super) checks: Vec<CheckSlot>,
    pub(super) subjects: Vec<Subject>,
    pub(super) words: usize,
    pub(super) nodes: Vec<Node>,
    pub(super) links: Vec<Link>,
    /// What is asked of an event; the first one is empty. Event codes that ask the same share one.
    pub(super) programs: Vec<Program>,
    /// Program by event code.
    pub(super) by_code: Vec<u32>,
    pub(super) domains: Vec<String>,
    pub(super) first_only: bool,
}

/// Operands whose values are kept close.
pub(super) const CLOSE: usize = 12;

#[derive(Debug)]
pub(super) struct OperandSlot {
    pub operand: Operand,
    pub multi: Multi,
    /// Worth keeping for the other checks of this event.
    pub memo: bool,
    /// A field that [`Source::plain_text`](super::Source::plain_text) gives.
    pub plain: bool,
    /// A field that [`Source::plain_number`](super::Source::plain_number) gives.
    pub number: bool,
    /// Asked for by so many checks that its value is kept close while an event is evaluated; below [`CLOSE`].
    pub close: Option<u8>,
}

#[derive(Debug)]
pub(super) struct CheckSlot {
    pub operand: u32,
    pub test: Compare,
    pub group: Option<InGroup>,
}

/// Where a subject's search leaves the answer of a check, or of several at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct InGroup {
    pub subject: u32,
    /// Word of the scratch space, and the bits in it.
    pub word: u32,
    pub mask: u64,
    /// Every bit must be set; otherwise any.
    pub all: bool,
    /// The check asks for the opposite.
    pub negated: bool,
}

#[derive(Debug)]
pub(super) enum Compare {
    Constants(Predicate),
    Operand(Op, u32),
    /// Several checks of one group that a condition joins; not a check of the plan.
    Fused,
}

#[derive(Debug)]
pub(super) struct Node {
    pub first: u32,
    pub end: u32,
    /// Reached from more than one place.
    pub memo: bool,
}

/// Rules that can match an event, in load order.
#[derive(Debug)]
pub(super) struct Program {
    pub entries: Box<[Entry]>,
    /// `None`: each is asked in turn.
    pub index: Option<Index>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Entry {
    pub rule: u32,
    pub condition: Link,
}

impl RuleSet {
    /// Compile a plan. Errors: [`Error::Plan`] naming the rule that cannot be executed and why.
    pub fn new(plan: &Plan) -> Result<RuleSet> {
        Compiler::new(plan)?.finish()
    }

    /// The rules in load order.
    pub fn rules(&self) -> &[plan::Rule] {
        &self.plan.rules
    }

    /// Domain names that rules compare addresses with: [`crate::fields::Env::domains`] has to know them.
    pub fn domains(&self) -> &[String] {
        &self.domains
    }

    /// Event codes at least one rule can match.
    pub fn event_codes(&self) -> Vec<u16> {
        (0..).zip(&self.by_code).filter(|(_, program)| **program != 0).map(|(code, _)| code).collect()
    }

    /// Can any rule match this event code?
    #[inline]
    pub fn concerns(&self, code: u16) -> bool {
        self.by_code.get(code as usize).is_some_and(|program| *program != 0)
    }
}
