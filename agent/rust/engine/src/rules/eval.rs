//! Evaluation of the compiled plan for one event.

use std::borrow::Cow;

use super::compare::compare;
use super::condition::Link;
use super::operand::Source;
use super::plan::Op;
use super::ruleset::{CheckSlot, Compare, InGroup, OperandSlot, RuleSet, CLOSE};
use crate::fields::{Extracted, Multi, Value};

/// Memory of one evaluation: every answer is kept until the next event. Made once by [`RuleSet::scratch`], reused for every
/// event; entries are valid when they carry the current epoch, so nothing is cleared in between.
#[derive(Debug)]
pub struct Scratch {
    epoch: u32,
    /// Epoch and answer (lowest bit) by check.
    checks: Vec<u32>,
    nodes: Vec<u32>,
    /// Epoch of each group's bits, and whether the operand had a value.
    groups: Vec<(u32, bool)>,
    words: Vec<u64>,
    values: Vec<(u32, Kept)>,
    /// Text put together for this event.
    text: Vec<u8>,
}

/// The memo of an operand.
#[derive(Debug, Clone, Copy)]
enum Kept {
    Null,
    Text(u32, u32),
    Uint(u64),
    /// Cheap to extract again, or not worth keeping.
    No,
}

/// Epochs go up by two: the lowest bit of a memo is its answer.
const STEP: u32 = 2;

impl RuleSet {
    /// Working memory for [`RuleSet::matches`]; belongs to this rule set alone.
    pub fn scratch(&self) -> Scratch {
        Scratch {
            epoch: 0,
            checks: vec![0; self.checks.len()],
            nodes: vec![0; self.nodes.len()],
            groups: vec![(0, false); self.groups.len()],
            words: vec![0; self.words],
            values: vec![(0, Kept::No); self.operands.len()],
            text: Vec::new(),
        }
    }

    /// Append the indices of the rules that match, in load order: the first only, or all (as the plan says).
    #[inline]
    pub fn matches<S: Source>(&self, source: &S, scratch: &mut Scratch, out: &mut Vec<usize>) {
        let Some(entries) = self.by_code.get(source.code() as usize) else {
            return;
        };
        if entries.is_empty() {
            return;
        }
        scratch.next_event();
        let mut eval = Eval { rules: self, source, scratch, close: [const { Close::Empty }; CLOSE] };
        for entry in entries.iter() {
            if entry.condition == Link::TRUE || eval.link(entry.condition) {
                out.push(entry.rule as usize);
                if self.first_only {
                    return;
                }
            }
        }
    }
}

impl Scratch {
    fn next_event(&mut self) {
        self.text.clear();
        self.epoch = self.epoch.wrapping_add(STEP);
        if self.epoch == 0 {
            // Once in two thousand million events: no memo of the last round may look current.
            self.checks.fill(0);
            self.nodes.fill(0);
            self.groups.fill((0, false));
            self.values.fill((0, Kept::No));
            self.epoch = STEP;
        }
    }
}

struct Eval<'a, S> {
    rules: &'a RuleSet,
    source: &'a S,
    scratch: &'a mut Scratch,
    close: [Close<'a>; CLOSE],
}

/// A value that borrows from the event or the state, so it cannot outlive the event as the memos in the scratch do.
#[derive(Clone, Copy)]
enum Close<'a> {
    Empty,
    Null,
    Text(&'a [u8]),
    Uint(u64),
    Int(i64),
    Bool(bool),
}

impl<'a, S: Source> Eval<'a, S> {
    #[inline]
    fn link(&mut self, link: Link) -> bool {
        let value = if link.is_node() { self.node(link.index()) } else { self.check(link.index()) };
        value ^ link.negated()
    }

    fn node(&mut self, index: usize) -> bool {
        let rules = self.rules;
        let node = &rules.nodes[index];
        if node.memo {
            let memo = self.scratch.nodes[index];
            if memo & !1 == self.scratch.epoch {
                return memo & 1 != 0;
            }
        }
        let value = rules.links[node.first as usize..node.end as usize].iter().all(|link| self.link(*link));
        if node.memo {
            self.scratch.nodes[index] = self.scratch.epoch | u32::from(value);
        }
        value
    }

    #[inline]
    fn check(&mut self, index: usize) -> bool {
        let memo = self.scratch.checks[index];
        if memo & !1 == self.scratch.epoch {
            return memo & 1 != 0;
        }
        let value = self.decide(&self.rules.checks[index]);
        self.scratch.checks[index] = self.scratch.epoch | u32::from(value);
        value
    }

    fn decide(&mut self, check: &CheckSlot) -> bool {
        if let Some(group) = &check.group {
            return self.group(group);
        }
        let rules = self.rules;
        let operand = &rules.operands[check.operand as usize];
        match &check.test {
            Compare::Constants(test) => match operand.multi {
                Multi::Single if operand.plain => self.plain_text(operand).is_some_and(|t| test.passes_text(t)),
                Multi::Single => {
                    let value = self.operand(check.operand as usize);
                    test.passes(&value.borrowed(&self.scratch.text))
                }
                multi => {
                    several(multi, test.is_differs(), &mut |visit| self.each(check.operand as usize, visit), &mut |v| {
                        test.passes(v)
                    })
                }
            },
            Compare::Fused => false,
            Compare::Operand(op, right) => {
                let right = self.operand(*right as usize);
                let right = right.into_owned(&self.scratch.text);
                match operand.multi {
                    Multi::Single => {
                        let left = self.operand(check.operand as usize);
                        compare(*op, &left.borrowed(&self.scratch.text), &right)
                    }
                    multi => {
                        several(multi, *op == Op::Ne, &mut |visit| self.each(check.operand as usize, visit), &mut |v| {
                            compare(*op, v, &right)
                        })
                    }
                }
            }
        }
    }

    /// The operand's value, from the memo when it is there.
    fn operand(&mut self, index: usize) -> Extracted<'a> {
        let rules = self.rules;
        let slot = &rules.operands[index];
        if let Some(close) = slot.close {
            return self.close_by(slot, close as usize);
        }
        if slot.memo {
            let (epoch, kept) = self.scratch.values[index];
            if epoch == self.scratch.epoch {
                match kept {
                    Kept::Null => return Extracted::NULL,
                    Kept::Text(start, end) => return Extracted::Text(start as usize..end as usize),
                    Kept::Uint(n) => return Value::Uint(n).into(),
                    Kept::No => {}
                }
            }
        }
        let source = self.source;
        let value = slot.operand.eval(source, &mut self.scratch.text);
        if slot.memo {
            let kept = match &value {
                Extracted::Text(range) if range.end <= u32::MAX as usize => {
                    Kept::Text(range.start as u32, range.end as u32)
                }
                Extracted::Value(Value::Null) => Kept::Null,
                Extracted::Value(Value::Uint(n)) => Kept::Uint(*n),
                _ => Kept::No,
            };
            self.scratch.values[index] = (self.scratch.epoch, kept);
        }
        value
    }

    /// The value of a plain text field.
    #[inline]
    fn plain_text(&mut self, slot: &'a OperandSlot) -> Option<&'a [u8]> {
        let super::Operand::Field(field) = &slot.operand else { return None };
        let Some(at) = slot.close else { return self.source.plain_text(field) };
        match self.close[at as usize] {
            Close::Text(text) => Some(text),
            Close::Null => None,
            _ => {
                let text = self.source.plain_text(field);
                self.close[at as usize] = text.map_or(Close::Null, Close::Text);
                text
            }
        }
    }

    #[inline]
    fn close_by(&mut self, slot: &'a OperandSlot, at: usize) -> Extracted<'a> {
        let value = match self.close[at] {
            Close::Null => Value::Null,
            Close::Text(text) => Value::str(text),
            Close::Uint(n) => Value::Uint(n),
            Close::Int(n) => Value::Int(n),
            Close::Bool(b) => Value::Bool(b),
            Close::Empty => {
                let value = slot.operand.eval(self.source, &mut self.scratch.text);
                self.close[at] = match &value {
                    Extracted::Value(Value::Null) => Close::Null,
                    Extracted::Value(Value::Str(Cow::Borrowed(text))) => Close::Text(text),
                    Extracted::Value(Value::Uint(n)) => Close::Uint(*n),
                    Extracted::Value(Value::Int(n)) => Close::Int(*n),
                    Extracted::Value(Value::Bool(b)) => Close::Bool(*b),
                    _ => Close::Empty,
                };
                return value;
            }
        };
        value.into()
    }

    fn each(&mut self, index: usize, visit: &mut dyn FnMut(&Value<'_>) -> bool) -> bool {
        match &self.rules.operands[index].operand {
            super::Operand::Field(field) => self.source.each(field, &mut self.scratch.text, visit),
            super::Operand::Transform { .. } => false,
        }
    }

    #[inline]
    fn group(&mut self, at: &InGroup) -> bool {
        let index = at.group as usize;
        let (epoch, present) = self.scratch.groups[index];
        let present = if epoch == self.scratch.epoch { present } else { self.search(index) };
        let found = self.scratch.words[at.word as usize] & at.mask;
        let holds = if at.all { found == at.mask } else { found != 0 };
        present && holds != at.negated
    }

    /// Search a group's operand for all its patterns; false when the operand has no value.
    fn search(&mut self, index: usize) -> bool {
        let rules = self.rules;
        let group = &rules.groups[index];
        let words = group.first_word..group.first_word + group.words;
        self.scratch.words[words.clone()].fill(0);
        let operand = &rules.operands[group.operand as usize];
        let present = if operand.plain {
            let text = self.plain_text(operand);
            if let Some(text) = text {
                group.search(text, &mut self.scratch.words[words]);
            }
            text.is_some()
        } else if operand.multi == Multi::Single {
            let value = match self.operand(group.operand as usize) {
                Extracted::Text(range) => Some((Cow::Borrowed(&[][..]), Some(range))),
                Extracted::Value(Value::Str(s)) => Some((s, None)),
                Extracted::Value(Value::Buf(b)) => Some((Cow::Borrowed(b), None)),
                Extracted::Value(_) => None,
            };
            // Borrowing text and words of the scratch apart.
            let Scratch { text, words: bits, .. } = &mut *self.scratch;
            value.is_some_and(|(own, range)| {
                let bytes = range.map_or(&*own, |r| text.get(r).unwrap_or_default());
                group.search(bytes, &mut bits[words]);
                true
            })
        } else {
            let Scratch { text, words: bits, .. } = &mut *self.scratch;
            let bits = &mut bits[words];
            let super::Operand::Field(field) = &operand.operand else {
                return false;
            };
            self.source.each(field, text, &mut |value| {
                if let Some(bytes) = value.bytes() {
                    group.search(bytes, bits);
                }
                true
            })
        };
        self.scratch.groups[index] = (self.scratch.epoch, present);
        present
    }
}

/// Called with each value; false ends the walk.
type Visit<'v> = &'v mut dyn FnMut(&Value<'_>) -> bool;

/// A comparison over several values: true when it holds for any; "differs" over both ends of a connection asks for all.
pub(super) fn several(
    multi: Multi,
    differs: bool,
    each: &mut dyn FnMut(Visit<'_>) -> bool,
    passes: &mut dyn FnMut(&Value<'_>) -> bool,
) -> bool {
    let all = differs && multi == Multi::Ends;
    let mut held = all;
    let present = each(&mut |value| {
        held = passes(value);
        // Stop at the first value that decides.
        held == all
    });
    present && held
}
