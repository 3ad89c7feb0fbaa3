//! Evaluation of the compiled plan for one event.

use std::borrow::Cow;

use super::compare::compare;
use super::condition::Link;
use super::group::number;
use super::index::Index;
use super::operand::Source;
use super::plan::Op;
use super::profile::{Profile, Unwatched, Watch};
use super::ruleset::{CheckSlot, Compare, Entry, InGroup, OperandSlot, Program, RuleSet, CLOSE};
use super::text_cache::TextCache;
use crate::fields::{Extracted, Multi, Value};

/// Memory of one evaluation: every answer is kept until the next event. Made once by [`RuleSet::scratch`], reused for every
/// event; entries are valid when they carry the current epoch, so nothing is cleared in between.
#[derive(Debug)]
pub struct Scratch {
    epoch: u32,
    /// Epoch and answer (lowest bit) by check.
    checks: Vec<u32>,
    nodes: Vec<u32>,
    /// Epoch of each subject's bits, and whether the operand had a value.
    subjects: Vec<(u32, bool)>,
    words: Vec<u64>,
    /// What searches found in earlier events, by subject.
    found: Vec<Option<TextCache>>,
    /// Entries of the program that may still match, and those found to be worth asking.
    alive: Vec<u64>,
    candidates: Vec<u64>,
    values: Vec<(u32, Kept)>,
    /// Text put together for this event.
    text: Vec<u8>,
    /// Costs, when they are measured.
    profile: Option<Box<Profile>>,
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
            subjects: vec![(0, false); self.subjects.len()],
            words: vec![0; self.words],
            found: self.subjects.iter().map(|s| s.remembered.then(|| TextCache::new(s.words))).collect(),
            alive: Vec::new(),
            candidates: Vec::new(),
            values: vec![(0, Kept::No); self.operands.len()],
            text: Vec::new(),
            profile: None,
        }
    }

    /// The same, and what each rule costs is measured from now on.
    pub fn profiling_scratch(&self) -> Scratch {
        Scratch { profile: Some(Box::new(Profile::new(self.plan.rules.len()))), ..self.scratch() }
    }

    /// Append the indices of the rules that match, in load order: the first only, or all (as the plan says).
    #[inline]
    pub fn matches<S: Source>(&self, source: &S, scratch: &mut Scratch, out: &mut Vec<usize>) {
        let Some(&program) = self.by_code.get(source.code() as usize) else {
            return;
        };
        let program = &self.programs[program as usize];
        if program.entries.is_empty() {
            return;
        }
        match scratch.profile.take() {
            None => self.ask(program, source, scratch, out, &mut Unwatched),
            Some(mut profile) => {
                self.ask(program, source, scratch, out, &mut *profile);
                scratch.profile = Some(profile);
            }
        }
    }

    fn ask<S: Source, W: Watch>(
        &self,
        program: &Program,
        source: &S,
        scratch: &mut Scratch,
        out: &mut Vec<usize>,
        watch: &mut W,
    ) {
        scratch.next_event();
        watch.begin();
        let mut eval = Eval { rules: self, source, scratch, close: [const { Close::Empty }; CLOSE] };
        if let Some(index) = &program.index {
            eval.find_candidates(index);
            watch.searched();
        }
        let mut asked = |eval: &mut Eval<'_, S>, entry: &Entry| {
            let matched = entry.condition == Link::TRUE || eval.link(entry.condition);
            watch.asked(entry.rule, matched);
            if matched {
                out.push(entry.rule as usize);
            }
            matched
        };
        let Some(index) = &program.index else {
            for entry in program.entries.iter() {
                if asked(&mut eval, entry) && self.first_only {
                    return;
                }
            }
            return;
        };
        for word in 0..index.always.len() {
            for at in ones(eval.scratch.candidates[word]) {
                if asked(&mut eval, &program.entries[word * 64 + at]) && self.first_only {
                    return;
                }
            }
        }
    }
}

/// Positions of the bits that are set.
fn ones(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = (word != 0).then(|| word.trailing_zeros() as usize)?;
        word &= word - 1;
        Some(at)
    })
}

impl Scratch {
    /// What was measured; `None` when nothing is.
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_deref()
    }

    fn next_event(&mut self) {
        self.text.clear();
        self.epoch = self.epoch.wrapping_add(STEP);
        if self.epoch == 0 {
            // Once in two thousand million events: no memo of the last round may look current.
            self.checks.fill(0);
            self.nodes.fill(0);
            self.subjects.fill((0, false));
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
    /// Put the entries that are worth asking into `scratch.candidates`.
    fn find_candidates(&mut self, index: &Index) {
        let words = index.always.len();
        self.scratch.alive.clear();
        self.scratch.alive.resize(words, u64::MAX);
        self.scratch.candidates.clear();
        self.scratch.candidates.extend_from_slice(&index.always);
        if index.guard_always {
            self.ask_guards(index, &index.always);
        }
        for step in index.steps.iter() {
            if step.guarded {
                self.ask_guards(index, &step.entries);
            }
            let wanted = self.scratch.alive.iter().zip(&step.entries).any(|(alive, led_to)| alive & led_to != 0);
            if !wanted || !self.present(step.subject as usize) {
                continue;
            }
            let first = self.rules.subjects[step.subject as usize].first_word;
            for (word, relevant) in step.relevant.iter().enumerate() {
                for bit in ones(self.scratch.words[first + word] & relevant) {
                    let bit = word * 64 + bit;
                    for &entry in &step.led_to[step.first[bit] as usize..step.first[bit + 1] as usize] {
                        self.scratch.candidates[(entry / 64) as usize] |= 1 << (entry % 64);
                    }
                }
            }
        }
        self.scratch.candidates.iter_mut().zip(&self.scratch.alive).for_each(|(entry, alive)| *entry &= alive);
    }

    /// Ask the guards of those of the entries that are still alive.
    fn ask_guards(&mut self, index: &Index, entries: &[u64]) {
        for guard in index.guards.iter() {
            let mut both = entries.iter().zip(&guard.entries).zip(&self.scratch.alive);
            if both.any(|((entry, guarded), alive)| entry & guarded & alive != 0) && !self.link(guard.condition) {
                self.scratch.alive.iter_mut().zip(&guard.entries).for_each(|(alive, guarded)| *alive &= !guarded);
            }
        }
    }

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
                Multi::Single if operand.number => match &operand.operand {
                    super::Operand::Field(field) => test.passes(&self.source.plain_number(field)),
                    super::Operand::Transform { .. } => false,
                },
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
        let present = self.present(at.subject as usize);
        let found = self.scratch.words[at.word as usize] & at.mask;
        let holds = if at.all { found == at.mask } else { found != 0 };
        present && holds != at.negated
    }

    /// Make sure that the subject's bits are those of this event; false when its operand has no value.
    #[inline]
    fn present(&mut self, subject: usize) -> bool {
        let (epoch, present) = self.scratch.subjects[subject];
        if epoch == self.scratch.epoch {
            return present;
        }
        let present = self.search(subject);
        self.scratch.subjects[subject] = (self.scratch.epoch, present);
        present
    }

    /// Search a subject's operand for all its patterns; false when the operand has no value. The bits are then zero.
    fn search(&mut self, index: usize) -> bool {
        let rules = self.rules;
        let subject = &rules.subjects[index];
        let operand = &rules.operands[subject.operand as usize];
        let words = subject.first_word..subject.first_word + subject.words;
        let find = |cache: &mut Option<TextCache>, text: &[u8], bits: &mut [u64]| match cache {
            Some(cache) => cache.find(text, bits, |bits| subject.search(text, bits)),
            None => {
                bits.fill(0);
                subject.search(text, bits);
            }
        };
        if operand.plain {
            let text = self.plain_text(operand);
            let bits = &mut self.scratch.words[words];
            match text {
                Some(text) => find(&mut self.scratch.found[index], text, bits),
                None => bits.fill(0),
            }
            return text.is_some();
        }
        if operand.multi == Multi::Single {
            let value = self.operand(subject.operand as usize);
            let Scratch { text: buffer, words: bits, found, .. } = &mut *self.scratch;
            let (cache, bits) = (&mut found[index], &mut bits[words]);
            match &value {
                Extracted::Text(range) => find(cache, buffer.get(range.clone()).unwrap_or_default(), bits),
                Extracted::Value(Value::Str(text)) => find(cache, text, bits),
                Extracted::Value(Value::Buf(bytes)) => find(cache, bytes, bits),
                Extracted::Value(Value::Uint(n)) => find(cache, &number(i128::from(*n)), bits),
                Extracted::Value(Value::Int(n)) => find(cache, &number(i128::from(*n)), bits),
                Extracted::Value(_) => {
                    bits.fill(0);
                    return false;
                }
            }
            return true;
        }
        let Scratch { text, words: bits, .. } = &mut *self.scratch;
        let bits = &mut bits[words];
        bits.fill(0);
        let super::Operand::Field(field) = &operand.operand else {
            return false;
        };
        self.source.each(field, text, &mut |value| {
            match value {
                Value::Uint(n) => subject.search(&number(i128::from(*n)), bits),
                Value::Int(n) => subject.search(&number(i128::from(*n)), bits),
                value => {
                    if let Some(bytes) = value.bytes() {
                        subject.search(bytes, bits);
                    }
                }
            }
            true
        })
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
