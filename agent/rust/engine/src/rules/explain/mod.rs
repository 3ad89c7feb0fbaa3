//! Why a rule matched an event, or did not: the truth of every clause, the value it saw, and how far the event was from
//! matching.

mod graph;
mod plain;
mod tree;
mod words;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use self::graph::{Cost, Graph, Id, Node, NEVER};
pub use self::tree::{Explanation, Part};
use super::operand::{Operand, Source};
use super::plan::Name;
use super::ruleset::RuleSet;
use crate::fields;

/// Parts of one explanation, and how deep they lie in one another, at most.
const MAX_PARTS: usize = 4_000;
const MAX_DEPTH: usize = 150;

/// Checks that are tried one by one.
const MAX_TRIED: usize = 256;

/// Explains one rule of a rule set, event by event.
#[derive(Debug)]
pub struct Explainer {
    rule: usize,
    graph: Graph,
    /// Checks that an event code decides, by code and node.
    fixed: FxHashMap<u16, Box<[bool]>>,
    costs: Vec<Cost>,
    truths: Vec<bool>,
    /// The clauses of the rule by node and truth wanted.
    counts: FxHashMap<(Id, bool), Count>,
}

/// What an event meant for the rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub fires: bool,
    /// How many clauses, being otherwise, would make the rule fire: the fewest, unless the condition names a clause several times
    /// and more than one is in the way. `None`: no such clauses were found, as where the type of the event is in the way.
    pub distance: Option<u32>,
    /// Those clauses.
    decisive: Vec<Id>,
}

/// How often a clause kept the rule from firing: as the only one, and together with others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    alone: u64,
    with_others: u64,
}

/// A clause of a rule, and how often it kept the rule from firing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clause {
    pub text: String,
    pub alone: u64,
    pub with_others: u64,
}

impl RuleSet {
    /// What explains a rule; `None` when there is no such rule.
    pub fn explainer(&self, rule: usize) -> Option<Explainer> {
        let graph = Graph::new(&self.plan, &self.plan.rules.get(rule)?.condition);
        Some(Explainer {
            rule,
            graph,
            fixed: FxHashMap::default(),
            costs: Vec::new(),
            truths: Vec::new(),
            counts: FxHashMap::default(),
        })
    }

    /// An event raises the first rule that matches, and no other.
    pub fn raises_first_only(&self) -> bool {
        self.first_only
    }

    /// Can an event with this code make the rule fire?
    pub fn rule_concerns(&self, rule: usize, code: u16) -> bool {
        let program = self.by_code.get(code as usize).and_then(|&at| self.programs.get(at as usize));
        program.is_some_and(|program| program.entries.iter().any(|e| e.rule as usize == rule))
    }
}

impl Explainer {
    /// Evaluate the rule on an event. `rules` is the rule set that the explainer is of.
    pub fn judge<S: Source>(&mut self, rules: &RuleSet, source: &S) -> Verdict {
        let graph = &self.graph;
        let fixed = self.fixed.entry(source.code()).or_insert_with(|| fixed(graph, rules, source.code()));
        let mut cost = |id, check| Cost::of(rules.check_truth(check, source), fixed[id as usize]);
        graph.costs(&mut cost, &mut self.costs);
        match self.costs.last().map_or(NEVER, |root| root.to_true) {
            0 => return Verdict { fires: true, distance: Some(0), decisive: Vec::new() },
            NEVER => return Verdict { fires: false, distance: None, decisive: Vec::new() },
            _ => {}
        }
        let mut decisive = self.cheapest();
        // A clause that is named several times may be all that is in the way, or be wanted true here and false there.
        if !self.graph.repeated.is_empty() {
            let (graph, costs, truths) = (&self.graph, &self.costs, &mut self.truths);
            let mut holds_with = |checks: &[Id]| graph.holds_with(checks, costs, truths);
            let would_do = holds_with(&decisive);
            if !would_do || decisive.len() > 1 {
                let movable = |id: &Id| costs[*id as usize].to_true.max(costs[*id as usize].to_false) != NEVER;
                let mut candidates: Vec<Id> = if would_do { graph.repeated.clone() } else { graph.checks().collect() };
                candidates.retain(movable);
                candidates.truncate(MAX_TRIED);
                match candidates.iter().find(|id| holds_with(std::slice::from_ref(id))) {
                    Some(&only) => decisive = vec![only],
                    None if !would_do => decisive.clear(),
                    None => {}
                }
            }
        }
        let distance = (!decisive.is_empty()).then_some(decisive.len() as u32);
        Verdict { fires: false, distance, decisive }
    }

    /// The checks on the cheapest way to make the condition true.
    fn cheapest(&self) -> Vec<Id> {
        let mut found = Vec::new();
        let mut known = FxHashSet::default();
        let mut open = vec![(self.graph.root(), true)];
        while let Some((id, wanted)) = open.pop() {
            if self.costs[id as usize].to(wanted) == 0 || !known.insert((id, wanted)) {
                continue;
            }
            match &self.graph.nodes[id as usize] {
                Node::Check(_) => found.push(id),
                Node::Const(_) => {}
                Node::Not(inner) => open.push((*inner, !wanted)),
                Node::Shared(_, inner) => open.push((*inner, wanted)),
                Node::And(parts) if wanted => open.extend(parts.iter().map(|p| (*p, true))),
                Node::Or(parts) if !wanted => open.extend(parts.iter().map(|p| (*p, false))),
                Node::And(parts) | Node::Or(parts) => open.extend(self.least(parts, wanted).map(|p| (p, wanted))),
            }
        }
        found
    }

    fn least(&self, parts: &[Id], wanted: bool) -> Option<Id> {
        parts.iter().copied().min_by_key(|p| self.costs[*p as usize].to(wanted))
    }

    /// Count the clauses that kept the rule from firing on the event judged last: the parts of its condition as it is
    /// written, macros unopened; of alternatives the one that came closest.
    pub fn count(&mut self) {
        let mut failing = Vec::new();
        let mut open = vec![(self.graph.root(), true, true)];
        while let Some((id, wanted, top)) = open.pop() {
            if self.costs[id as usize].to(wanted) == 0 {
                continue;
            }
            match &self.graph.nodes[id as usize] {
                Node::And(parts) if wanted => open.extend(parts.iter().map(|p| (*p, true, false))),
                Node::Or(parts) if !wanted => open.extend(parts.iter().map(|p| (*p, false, false))),
                Node::And(parts) | Node::Or(parts) if top => {
                    open.extend(self.least(parts, wanted).map(|p| (p, wanted, false)));
                }
                Node::Not(inner) => open.push((*inner, !wanted, top)),
                Node::Shared(_, inner) if top => open.push((*inner, wanted, true)),
                _ => failing.push((id, wanted)),
            }
        }
        failing.sort_unstable();
        failing.dedup();
        let alone = failing.len() == 1;
        for clause in failing {
            let count = self.counts.entry(clause).or_default();
            if alone {
                count.alone += 1;
            } else {
                count.with_others += 1;
            }
        }
    }

    /// What was counted, most frequent first.
    pub fn clauses(&self, rules: &RuleSet) -> Vec<Clause> {
        let mut counted: Vec<_> = self.counts.iter().collect();
        counted.sort_by_key(|(clause, count)| (std::cmp::Reverse(count.alone + count.with_others), **clause));
        let clause = |(&(id, wanted), count): (&(Id, bool), &Count)| Clause {
            text: words::title(&rules.plan, &self.graph, id, !wanted),
            alone: count.alone,
            with_others: count.with_others,
        };
        counted.into_iter().map(clause).collect()
    }

    /// The tree of the event judged last.
    pub fn explain<S: Source>(&self, rules: &RuleSet, source: &S, verdict: &Verdict) -> Explanation {
        let mut writer =
            Writer { explainer: self, rules, source, verdict, opened: FxHashSet::default(), left: MAX_PARTS };
        writer.part(self.graph.root(), 0)
    }

    /// The rule that is explained: its index in the plan.
    pub fn rule(&self) -> usize {
        self.rule
    }
}

struct Writer<'a, S> {
    explainer: &'a Explainer,
    rules: &'a RuleSet,
    source: &'a S,
    verdict: &'a Verdict,
    /// Macros and exceptions that were opened before.
    opened: FxHashSet<Id>,
    left: usize,
}

impl<S: Source> Writer<'_, S> {
    fn part(&mut self, id: Id, depth: usize) -> Explanation {
        self.left = self.left.saturating_sub(1);
        let explainer = self.explainer;
        let plan = &self.rules.plan;
        let node = &explainer.graph.nodes[id as usize];
        let part = match node {
            Node::And(_) => Part::And,
            Node::Or(_) => Part::Or,
            Node::Not(_) => Part::Not,
            Node::Const(_) => Part::Const,
            Node::Check(index) => self.check(*index),
            Node::Shared(index, inner) => match plan.name_of(*index) {
                Some(Name::Macro(name)) => Part::Macro { name: name.clone() },
                Some(Name::Exception(name)) => Part::Exception { name: name.clone() },
                // Made by the front end, not by a person.
                None => return self.part(*inner, depth),
            },
        };
        let parts = node.parts();
        let again = matches!(node, Node::Shared(..)) && !self.opened.insert(id);
        let mut inner = Vec::new();
        if !again && depth < MAX_DEPTH {
            for &part in parts {
                if self.left == 0 {
                    break;
                }
                inner.push(self.part(part, depth + 1));
            }
        }
        Explanation {
            part,
            truth: explainer.costs.get(id as usize).is_some_and(|cost| cost.truth()),
            decisive: self.verdict.decisive.contains(&id),
            closed: inner.len() < parts.len(),
            inner,
        }
    }

    fn check(&self, index: usize) -> Part {
        let rules = self.rules;
        let given = rules.plan.checks.get(index);
        let seen = rules.seen(index, self.source);
        Part::Check {
            text: given.map(words::check).unwrap_or_default(),
            compared: rules.seen_right(index, self.source),
            items: given.map_or(0, words::items),
            matched: rules.matched(index, self.source).filter(|item| seen.as_ref() != Some(item)),
            seen,
        }
    }
}

/// By node: a check whose value the event code decides. An event cannot be of another type.
fn fixed(graph: &Graph, rules: &RuleSet, code: u16) -> Box<[bool]> {
    let decided = |node: &Node| {
        let Node::Check(index) = node else { return false };
        let operand = rules.checks.get(*index).map(|check| &rules.operands[check.operand as usize].operand);
        match operand {
            Some(Operand::Field(field)) => fields::fixed(field, code).is_some(),
            _ => false,
        }
    };
    graph.nodes.iter().map(decided).collect()
}
