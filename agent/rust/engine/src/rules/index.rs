//! Which rules of one event code can match at all: found from the bits that searches set, not by asking each rule.
//!
//! A conjunction cannot hold unless one of its parts does, whichever is looked at. So each rule names one set of checks, all
//! answered by searches, of which at least one must hold; the bits of these checks lead to the rules. Rules that name none are
//! looked at always. Parts that many rules have in common ("a file was opened for writing") are asked for all of them, before
//! a search is made that costs more than asking.

use rustc_hash::FxHashMap;

use super::condition::{Conditions, Link};
use super::group::Subject;
use super::ruleset::{Entry, InGroup};

/// Fewer rules than this are quicker asked one by one.
const WORTHWHILE: usize = 4;
/// Rules that must have a part in common for it to be asked first.
const GUARDED: u32 = 4;
/// What such a part may cost, in comparisons of a number.
const GUARD_COST: f32 = 60.0;
/// A search that costs more than this is made only when the guards leave rules that want it.
const CHEAP: f32 = 6.0;
/// What asking one rule costs, in comparisons of a number.
const RULE_COST: f32 = 6.0;
/// Parts of a condition looked at for that, about.
const MAX_PARTS: usize = 256;
/// Checks of which one must hold, at most.
const MAX_NEEDED: usize = 256;

/// Bitsets are of the entries of one program.
#[derive(Debug)]
pub(super) struct Index {
    pub guards: Box<[Guard]>,
    /// Entries that no search leads to.
    pub always: Box<[u64]>,
    /// There are so many of them that the guards are asked first.
    pub guard_always: bool,
    /// The cheap ones first.
    pub steps: Box<[Step]>,
}

/// A condition without which none of the entries holds.
#[derive(Debug)]
pub(super) struct Guard {
    pub condition: Link,
    pub entries: Box<[u64]>,
}

/// One subject whose bits lead to entries.
#[derive(Debug)]
pub(super) struct Step {
    pub subject: u32,
    /// The guards are asked first.
    pub guarded: bool,
    /// Entries that it can lead to.
    pub entries: Box<[u64]>,
    /// Bits of the subject that lead to any.
    pub relevant: Box<[u64]>,
    /// By bit of the subject: where its entries begin in `led_to`; one more at the end.
    pub first: Box<[u32]>,
    pub led_to: Box<[u32]>,
}

/// A check that a search answers: subject, and bit among those of the subject.
type Mark = (u32, u32);

/// Checks of which at least one holds when the condition does, and how often that is, guessed.
#[derive(Debug, Clone)]
struct Needed {
    marks: Vec<Mark>,
    truth: f32,
}

/// Makes indexes; remembers what it found out of conditions.
pub(super) struct Indexer<'a> {
    pub conditions: &'a Conditions,
    /// By check: the bit that is set whenever the check holds, with the guess how often that is.
    pub marks: &'a [Option<(InGroup, f32)>],
    pub subjects: &'a [Subject],
    /// By subject: what a rule has to pay for searching it.
    prices: Vec<f32>,
    memo: FxHashMap<Link, Option<Needed>>,
}

impl<'a> Indexer<'a> {
    pub fn new(
        conditions: &'a Conditions,
        marks: &'a [Option<(InGroup, f32)>],
        subjects: &'a [Subject],
    ) -> Indexer<'a> {
        Indexer { conditions, marks, subjects, prices: Vec::new(), memo: FxHashMap::default() }
    }

    /// The index of a program's entries; `None` when asking one by one is quicker.
    pub fn index(&mut self, entries: &[Entry]) -> Option<Index> {
        if entries.len() < WORTHWHILE {
            return None;
        }
        // First each rule chooses as if it shared the searches with some others, then as it really does.
        self.prices = self.subjects.iter().map(|subject| subject.cost / 4.0).collect();
        let first = self.choose(entries);
        let mut sharing = vec![0u32; self.subjects.len()];
        for needed in first.iter().flatten() {
            let mut subjects: Vec<u32> = needed.marks.iter().map(|(subject, _)| *subject).collect();
            subjects.dedup();
            subjects.into_iter().for_each(|subject| sharing[subject as usize] += 1);
        }
        let shared = self.subjects.iter().zip(sharing);
        self.prices = shared.map(|(subject, sharing)| subject.cost / sharing.max(1) as f32).collect();
        let chosen = self.choose(entries);

        let words = entries.len().div_ceil(64);
        let mut always = vec![0; words];
        let mut leads: FxHashMap<Mark, Vec<u32>> = FxHashMap::default();
        for (at, needed) in chosen.iter().enumerate() {
            match needed {
                None => put(&mut always, at),
                Some(needed) => needed.marks.iter().for_each(|mark| leads.entry(*mark).or_default().push(at as u32)),
            }
        }
        let guard_always = always.iter().map(|word: &u64| word.count_ones()).sum::<u32>() >= GUARDED;
        let steps = self.steps(words, &leads);
        Some(Index { guards: self.guards(entries), always: always.into(), guard_always, steps })
    }

    /// By entry: the checks that lead to it; `None` when it is cheaper to ask it always.
    fn choose(&mut self, entries: &[Entry]) -> Vec<Option<Needed>> {
        self.memo.clear();
        let chosen: Vec<Option<Needed>> = entries.iter().map(|entry| self.needed(entry.condition)).collect();
        chosen.into_iter().map(|needed| needed.filter(|needed| self.price(needed) < RULE_COST)).collect()
    }

    fn price(&self, needed: &Needed) -> f32 {
        // The marks are sorted.
        let different =
            needed.marks.iter().enumerate().filter(|(at, mark)| *at == 0 || needed.marks[at - 1].0 != mark.0);
        let searches: f32 = different.map(|(_, (subject, _))| self.prices[*subject as usize]).sum();
        searches + needed.truth * RULE_COST
    }

    fn guards(&self, entries: &[Entry]) -> Box<[Guard]> {
        let parts: Vec<Vec<Link>> = entries.iter().map(|entry| self.parts(entry.condition)).collect();
        let mut shared: FxHashMap<Link, u32> = FxHashMap::default();
        parts.iter().flatten().for_each(|part| *shared.entry(*part).or_default() += 1);
        let mut guards: Vec<Guard> = Vec::new();
        for (at, parts) in parts.iter().enumerate() {
            let suits = |part: &&Link| shared[*part] >= GUARDED && self.conditions.cost(**part) <= GUARD_COST;
            let rank = |part: &Link| self.conditions.rank(*part);
            let Some(part) = parts.iter().filter(suits).min_by(|a, b| rank(a).total_cmp(&rank(b))) else { continue };
            let known = guards.iter().position(|guard| guard.condition == *part);
            let guard = known.unwrap_or_else(|| {
                guards.push(Guard { condition: *part, entries: vec![0; entries.len().div_ceil(64)].into() });
                guards.len() - 1
            });
            put(&mut guards[guard].entries, at);
        }
        guards.into()
    }

    /// Everything that must hold for the condition to hold; each once.
    fn parts(&self, condition: Link) -> Vec<Link> {
        let mut all: Vec<Link> = self.conditions.parts(condition).unwrap_or_default().to_vec();
        let mut next = 0;
        while next < all.len() && all.len() < MAX_PARTS {
            all.extend_from_slice(self.conditions.parts(all[next]).unwrap_or_default());
            next += 1;
        }
        all.sort_unstable();
        all.dedup();
        all
    }

    fn steps(&self, words: usize, leads: &FxHashMap<Mark, Vec<u32>>) -> Box<[Step]> {
        let mut subjects: Vec<u32> = leads.keys().map(|(subject, _)| *subject).collect();
        subjects.sort_unstable();
        subjects.dedup();
        subjects.sort_by(|a, b| self.subjects[*a as usize].cost.total_cmp(&self.subjects[*b as usize].cost));
        let step = |subject: u32| {
            let bits = self.subjects[subject as usize].words * 64;
            let mut step = Step {
                subject,
                guarded: self.subjects[subject as usize].cost > CHEAP,
                entries: vec![0; words].into(),
                relevant: vec![0; bits / 64].into(),
                first: Box::default(),
                led_to: Box::default(),
            };
            let (mut first, mut led_to) = (Vec::with_capacity(bits + 1), Vec::new());
            for bit in 0..bits as u32 {
                first.push(led_to.len() as u32);
                for entry in leads.get(&(subject, bit)).into_iter().flatten() {
                    put(&mut step.relevant, bit as usize);
                    put(&mut step.entries, *entry as usize);
                    led_to.push(*entry);
                }
            }
            first.push(led_to.len() as u32);
            (step.first, step.led_to) = (first.into(), led_to.into());
            step
        };
        subjects.into_iter().map(step).collect()
    }

    /// `None`: the condition may hold without any check that a search answers.
    fn needed(&mut self, link: Link) -> Option<Needed> {
        if let Some(value) = link.as_constant() {
            return if value { None } else { Some(Needed { marks: Vec::new(), truth: 0.0 }) };
        }
        if !link.is_node() {
            let (group, truth) = self.marks.get(link.index()).copied().flatten()?;
            let subject = &self.subjects[group.subject as usize];
            let bit = (group.word as usize - subject.first_word) as u32 * 64 + group.mask.trailing_zeros();
            let holds = !link.negated() && !group.negated;
            return holds.then(|| Needed { marks: vec![(group.subject, bit)], truth });
        }
        if let Some(known) = self.memo.get(&link) {
            return known.clone();
        }
        let conditions = self.conditions;
        let parts = &conditions.nodes()[link.index()];
        let needed = if link.negated() {
            // A disjunction: one of the checks of any part.
            let mut all = Needed { marks: Vec::new(), truth: 0.0 };
            let known = parts.iter().all(|part| {
                let part = self.needed(part.not());
                part.inspect(|part| {
                    all.marks.extend(&part.marks);
                    all.truth += part.truth;
                })
                .is_some()
            });
            all.marks.sort_unstable();
            all.marks.dedup();
            (known && all.marks.len() <= MAX_NEEDED).then_some(all)
        } else {
            let parts = parts.iter().filter_map(|part| self.needed(*part));
            let parts: Vec<Needed> = parts.collect();
            parts.into_iter().min_by(|a, b| self.price(a).total_cmp(&self.price(b)))
        };
        self.memo.insert(link, needed.clone());
        needed
    }
}

fn put(set: &mut [u64], at: usize) {
    set[at / 64] |= 1 << (at % 64);
}
