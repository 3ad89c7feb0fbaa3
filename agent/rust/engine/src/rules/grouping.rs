//! Which checks of a plan are answered by searches, and which searches there are.

use rustc_hash::{FxHashMap, FxHashSet};

use super::glob::Glob;
use super::group::{candidate, GroupKind, Patterns, Subject};
use super::operand::Operand;
use super::plan::{Check, Literal, Op, Plan, Rhs};
use super::ruleset::{CheckSlot, InGroup, OperandSlot};
use crate::fields::{Field, Kind, Multi};
use crate::schema::{FieldId, ParamType};

#[derive(Default)]
pub(super) struct Grouping {
    pub subjects: Vec<Subject>,
    /// Words of all subjects.
    pub words: usize,
    /// By check: the bit that is set whenever the check holds, with a guess how often that is.
    pub marks: Vec<Option<(InGroup, f32)>>,
}

/// A check in a group, with what it looks for.
struct Member {
    check: usize,
    patterns: Patterns,
    /// The bit is the answer of the check; otherwise it is only set whenever the check holds.
    answers: bool,
}

/// Put checks of the same operand that one search can answer together, and tell them so.
pub(super) fn group(plan: &Plan, operands: &[OperandSlot], checks: &mut [CheckSlot]) -> Grouping {
    let mut members: FxHashMap<(u32, GroupKind), Vec<Member>> = FxHashMap::default();
    for (index, check) in plan.checks.iter().enumerate() {
        let slot = &checks[index];
        let operand = &operands[slot.operand as usize];
        // "!=" of several values does not mean the same for ancestors as for both ends of a connection.
        let plain = check.op != Op::Ne || operand.multi == Multi::Single;
        if !plain || operand.operand.is_list() {
            continue;
        }
        let found = candidate(check).map(|(kind, patterns)| (kind, patterns, true));
        let found = found.or_else(|| hint(check).map(|(kind, pattern)| (kind, vec![pattern], false)));
        let Some((kind, patterns, answers)) = found else { continue };
        if suits(&operand.operand, kind) {
            members.entry((slot.operand, kind)).or_default().push(Member { check: index, patterns, answers });
        }
    }
    let mut members: Vec<_> = members.into_iter().collect();
    members.sort_by_key(|((operand, kind), _)| (*operand, *kind as u8));
    let mut grouping = Grouping { marks: vec![None; plan.checks.len()], ..Grouping::default() };
    let count = |members: &[Member]| members.iter().map(|m| m.patterns.len()).sum();
    // Where one search is made and remembered, others of the same operand come for free.
    let searched: FxHashSet<u32> = members
        .iter()
        .filter(|((_, kind), members)| kind.is_remembered() && kind.worthwhile(count(members)))
        .map(|((operand, _), _)| *operand)
        .collect();
    for ((operand, kind), members) in members {
        if kind.worthwhile(count(&members)) || searched.contains(&operand) {
            grouping.add(plan, operand, &operands[operand as usize], kind, members, checks);
        }
    }
    grouping
}

impl Grouping {
    fn add(
        &mut self,
        plan: &Plan,
        operand: u32,
        slot: &OperandSlot,
        kind: GroupKind,
        members: Vec<Member>,
        checks: &mut [CheckSlot],
    ) {
        if self.subjects.last().is_none_or(|subject| subject.operand != operand) {
            self.subjects.push(Subject::new(operand, slot.operand.cost(), self.words));
        }
        let Some(subject) = self.subjects.last_mut() else { return };
        let patterns: Vec<Patterns> = members.iter().map(|m| m.patterns.clone()).collect();
        let added = subject.add(kind, &patterns);
        self.words = subject.first_word + subject.words;
        let Some(first_word) = added else { return };
        for (mark, member) in members.into_iter().enumerate() {
            let place = InGroup {
                subject: self.subjects.len() as u32 - 1,
                word: (first_word + mark / 64) as u32,
                mask: 1 << (mark % 64),
                all: false,
                negated: plan.checks[member.check].op == Op::Ne,
            };
            let truth = kind.truth(&member.patterns, slot.operand.sameness());
            self.marks[member.check] = Some((place, truth));
            if member.answers {
                checks[member.check].group = Some(place);
            }
        }
    }
}

/// Can the operand's values be looked up in a group of this kind?
fn suits(operand: &Operand, kind: GroupKind) -> bool {
    // "Around" a time is not equal to it; fractions are compared as such.
    let exact = |field: &Field| field.id != FieldId::EvtAround && field.info().ftype != ParamType::Double;
    match kind {
        GroupKind::Number if matches!(operand, Operand::Field(field) if !exact(field)) => false,
        GroupKind::Number => operand.kind() == Kind::Number,
        _ => operand.kind().is_text(),
    }
}

/// Text that every value holds for which the check does.
fn hint(check: &Check) -> Option<(GroupKind, Box<[u8]>)> {
    let Rhs::Values(values) = &check.rhs else { return None };
    let ([Literal::S(pattern)], None, Op::Glob | Op::Iglob) = (values.as_slice(), check.modifier, check.op) else {
        return None;
    };
    let caseless = check.op == Op::Iglob;
    let literal = Glob::new(pattern.as_bytes(), caseless).literal();
    let kind = if caseless { GroupKind::Caseless } else { GroupKind::Substring };
    (!literal.is_empty()).then(|| (kind, literal.into()))
}
