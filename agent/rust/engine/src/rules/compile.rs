//! From a plan to a rule set: operands and checks once each, groups, conditions, one index by event code.

use rustc_hash::{FxHashMap, FxHashSet};

use super::condition::{Conditions, Estimate, Link};
use super::grouping::{group, Grouping};
use super::index::Indexer;
use super::operand::Operand;
use super::plan::{self, Expr, Op, Plan, Rhs, RuleMatching};
use super::predicate::{allowed, Predicate};
use super::ruleset::{CheckSlot, Compare, Entry, InGroup, Node, OperandSlot, Program, RuleSet, CLOSE};
use crate::error::{Error, Result};
use crate::fields::{self, Multi};
use crate::schema::{FieldId, EVENTS};

/// Depth of nested conditions, shared ones counted in.
const MAX_DEPTH: usize = 400;

/// Turns a plan into a [`RuleSet`].
pub(super) struct Compiler<'p> {
    plan: &'p Plan,
    operands: Vec<OperandSlot>,
    by_operand: FxHashMap<&'p plan::Operand, u32>,
    checks: Vec<CheckSlot>,
    grouping: Grouping,
}

impl<'p> Compiler<'p> {
    pub(super) fn new(plan: &'p Plan) -> Result<Compiler<'p>> {
        let mut compiler = Compiler {
            plan,
            operands: Vec::new(),
            by_operand: FxHashMap::default(),
            checks: Vec::new(),
            grouping: Grouping::default(),
        };
        if plan.checks.len() >= Link::LIMIT {
            return Err(Error::Plan("the rule plan has too many checks".into()));
        }
        for (index, check) in plan.checks.iter().enumerate() {
            let slot = compiler.check(check).map_err(|e| in_rule(plan, index, check, e))?;
            compiler.checks.push(slot);
        }
        compiler.grouping = group(plan, &compiler.operands, &mut compiler.checks);
        compiler.keep_close();
        Ok(compiler)
    }

    fn operand(&mut self, operand: &'p plan::Operand) -> Result<u32> {
        if let Some(&slot) = self.by_operand.get(operand) {
            return Ok(slot);
        }
        let compiled = Operand::new(operand)?;
        let slot = self.operands.len() as u32;
        let (multi, memo) = (compiled.multi(), compiled.cost() >= 8);
        let plain = matches!(&compiled, Operand::Field(field) if field.is_plain_text());
        let number = matches!(&compiled, Operand::Field(field) if field.is_plain_number());
        self.operands.push(OperandSlot { operand: compiled, multi, memo, plain, number, close: None });
        self.by_operand.insert(operand, slot);
        Ok(slot)
    }

    fn check(&mut self, check: &'p plan::Check) -> Result<CheckSlot> {
        let operand = self.operand(&check.lhs)?;
        let lhs = &self.operands[operand as usize].operand;
        let (kind, list) = (lhs.kind(), lhs.is_list());
        let test = match &check.rhs {
            // "Around" is a distance of at most that much.
            Rhs::Values(_) if lhs.is_field(FieldId::EvtAround) && check.op == Op::Eq && check.modifier.is_none() => {
                let within = plan::Check { op: Op::Le, ..check.clone() };
                Compare::Constants(Predicate::new(&within, kind, list)?)
            }
            _ if lhs.is_field(FieldId::EvtAround) => {
                return Err(Error::Plan("compare it with \"=\" and a number of milliseconds only".into()))
            }
            Rhs::Values(_) => Compare::Constants(Predicate::new(check, kind, list)?),
            Rhs::Operand { operand: rhs } => {
                allowed(check.op, kind, list, false)?;
                let slot = self.operand(rhs)?;
                let right = &self.operands[slot as usize];
                if matches!(check.op, Op::Regex | Op::Pmatch | Op::Exists) || check.modifier.is_some() {
                    return Err(Error::Plan(format!(
                        "the operator {} does not take a field on its right side",
                        check.op.text()
                    )));
                }
                if right.multi != Multi::Single {
                    return Err(Error::Plan("a field with several values cannot be on the right side".into()));
                }
                Compare::Operand(check.op, slot)
            }
        };
        Ok(CheckSlot { operand, test, group: None })
    }

    /// Choose the operands that most checks and groups ask for; those with a memo of their own need no second one.
    fn keep_close(&mut self) {
        let mut asked = vec![0usize; self.operands.len()];
        self.checks.iter().filter(|c| c.group.is_none()).for_each(|c| asked[c.operand as usize] += 1);
        self.grouping.subjects.iter().for_each(|s| asked[s.operand as usize] += 1);
        let mut order: Vec<usize> = (0..asked.len()).filter(|&i| asked[i] > 1).collect();
        // Plain text is kept close whoever asks for it; what has a memo needs no second one.
        order.retain(|&i| self.operands[i].plain || !self.operands[i].memo);
        order.retain(|&i| self.operands[i].multi == Multi::Single && !self.operands[i].number);
        order.sort_by_key(|&i| std::cmp::Reverse(asked[i]));
        for (slot, &index) in order.iter().take(CLOSE).enumerate() {
            self.operands[index].close = Some(slot as u8);
        }
    }

    /// The value of a check that the event code alone decides.
    fn decided(&self, check: usize, code: u16) -> Option<bool> {
        let slot = &self.checks[check];
        let Compare::Constants(test) = &slot.test else {
            return None;
        };
        match &self.operands[slot.operand as usize].operand {
            Operand::Field(field) => fields::fixed(field, code).map(|v| test.passes(&v)),
            Operand::Transform { .. } => None,
        }
    }

    fn estimate(&self, check: usize) -> Estimate {
        let slot = &self.checks[check];
        let given = &self.plan.checks[check];
        let operand = &self.operands[slot.operand as usize].operand;
        let own = match (&slot.test, given.op) {
            (_, _) if slot.group.is_some() => 2,
            (Compare::Operand(..), _) => 10,
            (_, Op::Regex) => 40,
            (_, Op::Glob | Op::Iglob | Op::Icontains) => 15,
            (_, Op::Contains | Op::Bcontains) => 8,
            _ => 1,
        };
        let values = match &given.rhs {
            Rhs::Values(values) if given.modifier.is_some() && slot.group.is_none() => values.len().max(1) as u32,
            _ => 1,
        };
        let truth = match given.op {
            Op::Exists => 0.9,
            Op::Ne => 0.85,
            Op::Eq if operand.kind() == fields::Kind::Bool => 0.4,
            Op::Lt | Op::Le | Op::Gt | Op::Ge => 0.5,
            Op::Eq if operand.kind() == fields::Kind::Number => 0.2,
            _ => 0.04,
        };
        // The search of a group is paid once for all its checks.
        let operand_cost = if slot.group.is_some() { operand.cost() / 2 } else { operand.cost() };
        Estimate { cost: (operand_cost + own * values) as f32, truth }
    }

    pub(super) fn finish(self) -> Result<RuleSet> {
        let plan = self.plan;
        let estimates = (0..self.checks.len()).map(|i| self.estimate(i)).collect();
        let varies = self.checks.iter().map(|c| match &self.operands[c.operand as usize].operand {
            Operand::Field(field) => fields::varies_by_code(field),
            Operand::Transform { .. } => false,
        });
        let mut conditions = Conditions::new(estimates, varies.collect());
        let mut builder =
            Builder { plan, conditions: &mut conditions, shared: vec![Shared::Unseen; plan.shared.len()] };
        let mut roots = Vec::with_capacity(plan.rules.len());
        for rule in &plan.rules {
            let root = builder.link(&rule.condition, 0);
            roots.push(root.map_err(|e| Error::Plan(format!("rule \"{}\": {e}", rule.name)))?);
            for code in rule.event_types.iter().flatten() {
                if usize::from(*code) >= EVENTS.len() {
                    let name = &rule.name;
                    return Err(Error::Plan(format!("rule \"{name}\": there is no event with the code {code}")));
                }
            }
        }

        let mut programs: Vec<Box<[Entry]>> = vec![Box::default()];
        let mut known: FxHashMap<Box<[Entry]>, u32> = FxHashMap::from_iter([(Box::default(), 0)]);
        let mut by_code: Vec<u32> = Vec::with_capacity(EVENTS.len());
        for code in 0..EVENTS.len() as u16 {
            let mut memo = FxHashMap::default();
            let mut entries = Vec::new();
            for (index, (rule, root)) in plan.rules.iter().zip(&roots).enumerate() {
                let concerned = rule.event_types.as_ref().is_none_or(|codes| codes.contains(&code));
                if !concerned || rule.source != "syscall" {
                    continue;
                }
                let condition = conditions.specialise(*root, &|check| self.decided(check, code), &mut memo);
                if condition != Link::FALSE {
                    entries.push(Entry { rule: index as u32, condition });
                }
            }
            let entries: Box<[Entry]> = entries.into();
            by_code.push(*known.entry(entries).or_insert_with_key(|entries| {
                programs.push(entries.clone());
                programs.len() as u32 - 1
            }));
        }
        let mut indexer = Indexer::new(&conditions, &self.grouping.marks, &self.grouping.subjects);
        let programs: Vec<Program> =
            programs.into_iter().map(|entries| Program { index: indexer.index(&entries), entries }).collect();
        let mut checks = self.checks;
        let (nodes, links) = flatten(&conditions, &programs, &mut checks);
        Ok(RuleSet {
            plan: plan.clone(),
            operands: self.operands,
            checks,
            subjects: self.grouping.subjects,
            words: self.grouping.words,
            nodes,
            links,
            programs,
            by_code,
            domains: domains(plan),
            first_only: plan.rule_matching == RuleMatching::First,
        })
    }
}

/// Domain names that checks compare addresses with, once each.
fn domains(plan: &Plan) -> Vec<String> {
    let mut names = Vec::new();
    let mut known = FxHashSet::default();
    for check in &plan.checks {
        let plan::Operand::Field { field, index, key } = &check.lhs else { continue };
        let is_domain = fields::Field::resolve(field, *index, key.as_deref()).is_ok_and(|field| field.is_domain());
        let Rhs::Values(values) = &check.rhs else { continue };
        for value in values.iter().filter(|_| is_domain) {
            match value {
                plan::Literal::S(name) if !name.is_empty() && known.insert(name) => names.push(name.clone()),
                _ => {}
            }
        }
    }
    names
}

#[derive(Clone, Copy)]
enum Shared {
    Unseen,
    Open,
    Done(Link),
}

struct Builder<'a> {
    plan: &'a Plan,
    conditions: &'a mut Conditions,
    shared: Vec<Shared>,
}

impl Builder<'_> {
    fn link(&mut self, expr: &Expr, depth: usize) -> Result<Link> {
        if depth > MAX_DEPTH {
            return Err(Error::Plan(format!("the condition is nested more than {MAX_DEPTH} deep; simplify it")));
        }
        match expr {
            Expr::Const(value) => Ok(Link::constant(*value)),
            Expr::Check(index) if *index < self.plan.checks.len() => Ok(Link::check(*index)),
            Expr::Check(index) => Err(Error::Plan(format!("the plan has no check {index}"))),
            Expr::Not(inner) => Ok(self.link(inner, depth + 1)?.not()),
            Expr::And(parts) => self.join(parts, false, depth),
            Expr::Or(parts) => self.join(parts, true, depth),
            Expr::Shared(index) => match self.shared.get(*index).copied() {
                None => Err(Error::Plan(format!("the plan has no shared condition {index}"))),
                Some(Shared::Done(link)) => Ok(link),
                Some(Shared::Open) => Err(Error::Plan(format!("the shared condition {index} refers to itself"))),
                Some(Shared::Unseen) => {
                    self.shared[*index] = Shared::Open;
                    let plan = self.plan;
                    let link = self.link(&plan.shared[*index], depth + 1)?;
                    self.shared[*index] = Shared::Done(link);
                    Ok(link)
                }
            },
        }
    }

    /// A conjunction, or (negated inside and out) a disjunction. Parts that are conjunctions themselves are merged, but not
    /// shared ones: those keep their memo.
    fn join(&mut self, parts: &[Expr], any: bool, depth: usize) -> Result<Link> {
        let mut links = Vec::with_capacity(parts.len());
        for part in parts {
            let link = self.link(part, depth + 1)?.not_if(any);
            let shared = match part {
                Expr::Not(inner) => matches!(**inner, Expr::Shared(_)),
                part => matches!(part, Expr::Shared(_)),
            };
            match self.conditions.parts(link) {
                Some(inner) if !shared => links.extend_from_slice(inner),
                _ => links.push(link),
            }
        }
        Ok(self.conditions.all(links).not_if(any))
    }
}

/// Nodes that some rule still reaches, in one array, with those reached twice marked.
fn flatten(conditions: &Conditions, programs: &[Program], checks: &mut Vec<CheckSlot>) -> (Vec<Node>, Vec<Link>) {
    let mut fused = FxHashMap::default();
    let mut nodes: Vec<Node> = Vec::with_capacity(conditions.nodes().len());
    let mut links = Vec::new();
    let mut used = vec![0u32; conditions.nodes().len()];
    // Children have smaller indices than their parents, so one pass from the top sees every parent first.
    let mut counted: FxHashMap<(u32, Link), ()> = FxHashMap::default();
    for entry in programs.iter().flat_map(|p| p.entries.iter()) {
        let link = entry.condition;
        if link.as_constant().is_none() && link.is_node() && counted.insert((entry.rule, link), ()).is_none() {
            used[link.index()] += 1;
        }
    }
    for (index, parts) in conditions.nodes().iter().enumerate().rev() {
        if used[index] > 0 {
            parts.iter().filter(|l| l.is_node()).for_each(|l| used[l.index()] += 1);
        }
    }
    for (index, parts) in conditions.nodes().iter().enumerate() {
        let first = links.len() as u32;
        if used[index] > 0 {
            fuse(parts, checks, &mut fused, &mut links);
        }
        nodes.push(Node { first, end: links.len() as u32, memo: used[index] > 1 });
    }
    (nodes, links)
}

/// The parts of a conjunction, with checks of one group joined: one test of several bits instead of one each.
fn fuse(
    parts: &[Link],
    checks: &mut Vec<CheckSlot>,
    fused: &mut FxHashMap<(u32, u64, bool), usize>,
    links: &mut Vec<Link>,
) {
    let mut joined: Vec<(u32, bool)> = Vec::new();
    for &part in parts {
        let plain = |link: Link, checks: &[CheckSlot]| {
            let group = if link.is_node() { None } else { checks[link.index()].group };
            group.filter(|g| !g.negated).map(|g| (g.word, link.negated()))
        };
        let Some(key) = plain(part, checks) else {
            links.push(part);
            continue;
        };
        if joined.contains(&key) {
            continue;
        }
        let same: Vec<Link> = parts.iter().copied().filter(|l| plain(*l, checks) == Some(key)).collect();
        if same.len() == 1 {
            links.push(part);
            continue;
        }
        joined.push(key);
        let (word, negated) = key;
        // Parts that must all hold, or (negated) of which none may.
        let mask = same.iter().filter_map(|l| checks[l.index()].group).fold(0, |mask, g| mask | g.mask);
        let index = *fused.entry((word, mask, negated)).or_insert_with(|| {
            let first = &checks[part.index()];
            let group = first.group.map(|g| InGroup { mask, all: !negated, ..g });
            checks.push(CheckSlot { operand: first.operand, test: Compare::Fused, group });
            checks.len() - 1
        });
        links.push(Link::check(index).not_if(negated));
    }
}

/// Say which rule a failing check belongs to.
fn in_rule(plan: &Plan, index: usize, check: &plan::Check, error: Error) -> Error {
    let direct = |expr: &Expr| mentions(expr, &|e| matches!(e, Expr::Check(i) if *i == index));
    // Shared conditions that hold the check, directly or through others.
    let mut holders: Vec<usize> = (0..plan.shared.len()).filter(|&s| direct(&plan.shared[s])).collect();
    let refers = |expr: &Expr, to: &[usize]| mentions(expr, &|e| matches!(e, Expr::Shared(s) if to.contains(s)));
    loop {
        let more: Vec<usize> =
            (0..plan.shared.len()).filter(|s| !holders.contains(s) && refers(&plan.shared[*s], &holders)).collect();
        if more.is_empty() {
            break;
        }
        holders.extend(more);
    }
    let rule = plan.rules.iter().find(|r| direct(&r.condition) || refers(&r.condition, &holders));
    let field = match &check.lhs {
        plan::Operand::Field { field, .. } => field.clone(),
        plan::Operand::Transform { transform, .. } => format!("{transform:?}(…)").to_lowercase(),
    };
    let name = rule.map_or("(used by no rule)", |r| &r.name);
    Error::Plan(format!("rule \"{name}\": {field}: {error}"))
}

fn mentions(expr: &Expr, wanted: &dyn Fn(&Expr) -> bool) -> bool {
    match expr {
        Expr::Not(inner) => mentions(inner, wanted),
        Expr::And(parts) | Expr::Or(parts) => parts.iter().any(|e| mentions(e, wanted)),
        leaf => wanted(leaf),
    }
}
