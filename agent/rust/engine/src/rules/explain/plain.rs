//! The plain meaning of a plan: evaluated as it was written, without the index, the memo or the groups. The tests hold it
//! against the fast path.

use crate::fields::{render, Extracted, Field, Multi, Value};
use crate::rules::compare::compare;
use crate::rules::eval::several;
use crate::rules::operand::{Operand, Source};
use crate::rules::plan::{self, Expr, Literal, Op, Rhs};
use crate::rules::predicate::Predicate;
use crate::rules::ruleset::{Compare, RuleSet};

/// Bytes of a value that are shown.
const MAX_SEEN: usize = 1000;

/// Items of a list that are tried one by one for the one that a value matched.
const MAX_TRIED: usize = 1000;

impl RuleSet {
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

    /// Does a check of the plan hold?
    pub(super) fn check_truth<S: Source>(&self, index: usize, source: &S) -> bool {
        self.checks.get(index).is_some_and(|check| self.passes(index, &check.test, source))
    }

    fn passes<S: Source>(&self, index: usize, test: &Compare, source: &S) -> bool {
        let operand = &self.operands[self.checks[index].operand as usize];
        let mut buf = Vec::new();
        let right = match test {
            Compare::Operand(_, right) => {
                self.operands[*right as usize].operand.eval(source, &mut buf).into_owned(&buf)
            }
            Compare::Constants(_) | Compare::Fused => Value::Null,
        };
        let mut passes = |value: &Value<'_>| match test {
            Compare::Constants(test) => test.passes(value),
            Compare::Operand(op, _) => compare(*op, value, &right),
            Compare::Fused => false,
        };
        let differs = match test {
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

    /// What the left side of a check was, as text; `None`: absent.
    pub(super) fn seen<S: Source>(&self, index: usize, source: &S) -> Option<String> {
        self.value(self.checks.get(index)?.operand, source)
    }

    /// What a field on the right side of a check was: `None` where there is none, `<NA>` where it is absent.
    pub(super) fn seen_right<S: Source>(&self, index: usize, source: &S) -> Option<String> {
        match self.checks.get(index)?.test {
            Compare::Operand(_, right) => Some(self.value(right, source).unwrap_or_else(|| "<NA>".to_string())),
            Compare::Constants(_) | Compare::Fused => None,
        }
    }

    fn value<S: Source>(&self, operand: u32, source: &S) -> Option<String> {
        let slot = &self.operands[operand as usize];
        let mut out = Vec::new();
        let mut buf = Vec::new();
        match (&slot.operand, slot.multi) {
            (Operand::Field(field), multi) if multi != Multi::Single => {
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
        render::line(out.get(..MAX_SEEN).unwrap_or(&out), &mut line);
        let mut text = String::from_utf8_lossy(&line).into_owned();
        if out.len() > MAX_SEEN {
            text += "…";
        }
        Some(text)
    }

    /// The item of a check's list that its value matched, where the value itself does not tell.
    pub(super) fn matched<S: Source>(&self, index: usize, source: &S) -> Option<String> {
        let check = self.plan.checks.get(index)?;
        let slot = &self.operands[self.checks.get(index)?.operand as usize];
        let Rhs::Values(values) = &check.rhs else { return None };
        let exact = check.op == Op::In && !values.iter().any(|v| matches!(v, Literal::Net(_)));
        if values.len() < 2 || values.len() > MAX_TRIED || check.modifier == Some(plan::Modifier::Allof) {
            return None;
        }
        let (kind, list) = (slot.operand.kind(), slot.operand.is_list());
        if exact && (list || slot.multi == Multi::Single) {
            return None;
        }
        let found = values.iter().find(|value| {
            let one = plan::Check { rhs: Rhs::Values(vec![(*value).clone()]), ..check.clone() };
            Predicate::new(&one, kind, list).is_ok_and(|test| self.passes(index, &Compare::Constants(test), source))
        })?;
        Some(super::words::literal(found))
    }
}

fn shown(field: Option<&Field>, value: &Value<'_>, out: &mut Vec<u8>) {
    match field {
        Some(field) => render::formatted(value, field.info().format, render::Style::default(), out),
        None => render::value(value, out),
    }
}
