//! Why a rule matched an event, or did not: the truth of every clause and the value it saw.
//!
//! Evaluates the plan as it was written, without the index, the memo or the groups: the tests hold it against the fast path.

use super::compare::compare;
use super::eval::several;
use super::operand::{Operand, Source};
use super::plan::{self, Expr, Rhs};
use super::ruleset::{Compare, RuleSet};
use crate::fields::{render, Extracted, Field, Multi, Value};

/// One part of a condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    pub part: Part,
    pub truth: bool,
    pub inner: Vec<Explanation>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    And,
    Or,
    Not,
    /// Index into the plan's shared conditions.
    Shared(usize),
    Const,
    Check {
        /// Index into the plan's checks.
        index: usize,
        /// The left side and operator as a rule would write them.
        text: String,
        /// What the left side was; `None`: absent.
        seen: Option<String>,
    },
}

/// Parts of one explanation, at most: shared conditions inside shared ones could multiply without end.
const MAX_PARTS: usize = 10_000;

impl RuleSet {
    /// Evaluate one rule part by part; `None` when there is no such rule.
    pub fn explain<S: Source>(&self, rule: usize, source: &S) -> Option<Explanation> {
        let mut left = MAX_PARTS;
        Some(self.explain_expr(&self.plan.rules.get(rule)?.condition, source, &mut left))
    }

    /// Does the rule's condition hold, event types left aside? The plain meaning of the plan, for tests and diagnosis.
    pub fn holds<S: Source>(&self, rule: usize, source: &S) -> Option<bool> {
        let rule = self.plan.rules.get(rule)?;
        Some(self.truth(&rule.condition, source))
    }

    fn truth<S: Source>(&self, expr: &Expr, source: &S) -> bool {
        match expr {
            Expr::And(parts) => parts.iter().all(|p| self.truth(p, source)),
            Expr::Or(parts) => parts.iter().any(|p| self.truth(p, source)),
            Expr::Not(inner) => !self.truth(inner, source),
            Expr::Const(value) => *value,
            Expr::Shared(index) => self.plan.shared.get(*index).is_some_and(|e| self.truth(e, source)),
            Expr::Check(index) => self.check_truth(*index, source),
        }
    }

    fn explain_expr<S: Source>(&self, expr: &Expr, source: &S, left: &mut usize) -> Explanation {
        *left = left.saturating_sub(1);
        let (part, inner): (Part, &[Expr]) = match expr {
            Expr::And(parts) => (Part::And, parts),
            Expr::Or(parts) => (Part::Or, parts),
            Expr::Not(inner) => (Part::Not, std::slice::from_ref(inner)),
            Expr::Shared(index) => {
                (Part::Shared(*index), self.plan.shared.get(*index).map_or(&[][..], std::slice::from_ref))
            }
            Expr::Const(value) => return Explanation { part: Part::Const, truth: *value, inner: Vec::new() },
            Expr::Check(index) => {
                let part = Part::Check {
                    index: *index,
                    text: self.plan.checks.get(*index).map_or_else(String::new, text),
                    seen: self.seen(*index, source),
                };
                return Explanation { part, truth: self.check_truth(*index, source), inner: Vec::new() };
            }
        };
        let mut explained = Vec::new();
        for e in inner {
            if *left == 0 {
                break;
            }
            explained.push(self.explain_expr(e, source, left));
        }
        Explanation { part, truth: self.truth(expr, source), inner: explained }
    }

    fn check_truth<S: Source>(&self, index: usize, source: &S) -> bool {
        let Some(check) = self.checks.get(index) else {
            return false;
        };
        let operand = &self.operands[check.operand as usize];
        let mut buf = Vec::new();
        let right = match &check.test {
            Compare::Operand(_, right) => {
                self.operands[*right as usize].operand.eval(source, &mut buf).into_owned(&buf)
            }
            Compare::Constants(_) | Compare::Fused => Value::Null,
        };
        let mut passes = |value: &Value<'_>| match &check.test {
            Compare::Constants(test) => test.passes(value),
            Compare::Operand(op, _) => compare(*op, value, &right),
            Compare::Fused => false,
        };
        let differs = match &check.test {
            Compare::Constants(test) => test.is_differs(),
            Compare::Operand(op, _) => *op == plan::Op::Ne,
            Compare::Fused => false,
        };
        match (&operand.operand, operand.multi) {
            (Operand::Field(field), multi) if multi != Multi::Single => {
                let mut buf = Vec::new();
                several(multi, differs, &mut |visit| source.each(field, &mut buf, visit), &mut passes)
            }
            (operand, _) => {
                let value = operand.eval(source, &mut buf);
                passes(&value.borrowed(&buf))
            }
        }
    }

    fn seen<S: Source>(&self, index: usize, source: &S) -> Option<String> {
        let slot = &self.operands[self.checks.get(index)?.operand as usize];
        let mut out = Vec::new();
        match (&slot.operand, slot.multi) {
            (Operand::Field(field), multi) if multi != Multi::Single => {
                let mut buf = Vec::new();
                let any = source.each(field, &mut buf, &mut |value| {
                    if !out.is_empty() {
                        out.extend_from_slice(b", ");
                    }
                    shown(Some(field), value, &mut out);
                    true
                });
                if !any {
                    return None;
                }
            }
            (operand, _) => {
                let mut buf = Vec::new();
                let value: Extracted<'_> = operand.eval(source, &mut buf);
                let value = value.borrowed(&buf);
                if value == Value::Null {
                    return None;
                }
                let field = match operand {
                    Operand::Field(field) => Some(field),
                    Operand::Transform { .. } => None,
                };
                shown(field, &value, &mut out);
            }
        }
        let mut line = Vec::new();
        render::line(&out, &mut line);
        Some(String::from_utf8_lossy(&line).into_owned())
    }
}

fn shown(field: Option<&Field>, value: &Value<'_>, out: &mut Vec<u8>) {
    match field {
        Some(field) => render::formatted(value, field.info().format, render::Style::default(), out),
        None => render::value(value, out),
    }
}

/// The check as a rule would write it.
fn text(check: &plan::Check) -> String {
    let mut text = format!("{} {}", operand_text(&check.lhs), check.op.text());
    if let Some(modifier) = check.modifier {
        text += match modifier {
            plan::Modifier::Oneof => " oneof",
            plan::Modifier::Anyof => " anyof",
            plan::Modifier::Allof => " allof",
        };
    }
    match &check.rhs {
        Rhs::Operand { operand } => text + " val(" + &operand_text(operand) + ")",
        Rhs::Values(values) => {
            let list: Vec<String> = values.iter().map(literal_text).collect();
            match list.as_slice() {
                [] if !check.op.is_list() => text,
                [one] if !check.op.is_list() && check.modifier.is_none() => text + " " + one,
                many => text + " (" + &many.join(", ") + ")",
            }
        }
    }
}

fn operand_text(operand: &plan::Operand) -> String {
    let (mut text, index, key) = match operand {
        plan::Operand::Field { field, index, key } => (field.clone(), index, key),
        plan::Operand::Transform { transform, args, index, key } => {
            let args: Vec<String> = args.iter().map(arg_text).collect();
            (format!("{}({})", format!("{transform:?}").to_lowercase(), args.join(", ")), index, key)
        }
    };
    if let Some(index) = index {
        text += &format!("[{index}]");
    }
    if let Some(key) = key {
        let dotted = ["evt.arg", "evt.rawarg", "evt.type.is", "evt.abspath", "thread.cgroup", "static"];
        text += &if dotted.contains(&text.as_str()) { format!(".{key}") } else { format!("[{key}]") };
    }
    text
}

fn arg_text(arg: &plan::Arg) -> String {
    match arg {
        plan::Arg::Operand(o) => operand_text(o),
        plan::Arg::Literal(l) => literal_text(l),
        plan::Arg::List { list } => format!("({})", list.iter().map(arg_text).collect::<Vec<_>>().join(", ")),
    }
}

fn literal_text(literal: &plan::Literal) -> String {
    match literal {
        plan::Literal::S(s) => s.clone(),
        plan::Literal::Hex(h) => h.clone(),
        plan::Literal::U(n) => n.to_string(),
        plan::Literal::I(n) => n.to_string(),
        plan::Literal::F(n) => n.clone(),
        plan::Literal::B(b) => b.to_string(),
        plan::Literal::Ip(ip) => ip.to_string(),
        plan::Literal::Net(n) => n.clone(),
    }
}
