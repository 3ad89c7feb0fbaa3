//! A table of field values in place of an event, for tests of the rule plan.
#![allow(dead_code)]

use std::collections::HashMap;

use engine::fields::{Extracted, Field, Value};
use engine::rules::{Plan, RuleSet, Source};
use serde_json::{json, Value as Json};

/// Field values by name; a list stands for the several values of a field that has them.
#[derive(Debug)]
pub struct Table {
    pub code: u16,
    pub values: HashMap<&'static str, Value<'static>>,
}

impl Table {
    pub fn new(code: u16, values: &[(&'static str, Value<'static>)]) -> Table {
        Table { code, values: values.iter().cloned().collect() }
    }

    fn get(&self, field: &Field) -> Value<'_> {
        self.values.get(field.name()).cloned().unwrap_or(Value::Null)
    }
}

impl Source for Table {
    fn code(&self) -> u16 {
        self.code
    }

    fn extract<'s>(&'s self, field: &Field, buf: &mut Vec<u8>) -> Extracted<'s> {
        match self.get(field) {
            // As command lines are: put together in the buffer.
            Value::Str(s) if field.name().ends_with("cmdline") => {
                let start = buf.len();
                buf.extend_from_slice(&s);
                Extracted::Text(start..buf.len())
            }
            value => value.into(),
        }
    }

    fn plain_text(&self, field: &Field) -> Option<&[u8]> {
        self.values.get(field.name())?.bytes()
    }

    fn plain_number(&self, field: &Field) -> Value<'static> {
        match self.get(field) {
            Value::Uint(n) => Value::Uint(n),
            Value::Int(n) => Value::Int(n),
            Value::Bool(b) => Value::Bool(b),
            _ => Value::Null,
        }
    }

    fn each(&self, field: &Field, _: &mut Vec<u8>, visit: &mut dyn FnMut(&Value<'_>) -> bool) -> bool {
        match self.get(field) {
            Value::Null => false,
            Value::List(items) if items.is_empty() => false,
            Value::List(items) => {
                let _ = items.iter().all(visit);
                true
            }
            value => {
                visit(&value);
                true
            }
        }
    }

    fn items<'s>(&'s self, field: &Field, _: &mut Vec<u8>) -> Option<Vec<Value<'s>>> {
        match self.get(field) {
            Value::Null => None,
            Value::List(items) => Some(items),
            value => Some(vec![value]),
        }
    }
}

pub fn text(s: &'static str) -> Value<'static> {
    Value::str(s.as_bytes())
}

/// `proc.name`, `proc.aname[2]` or `evt.arg.flags` as the plan writes it.
pub fn field(name: &str) -> Json {
    if let Some((field, arg)) = name.strip_suffix(']').and_then(|n| n.split_once('[')) {
        return match arg.parse::<i64>() {
            Ok(index) => json!({"field": field, "index": index, "key": null}),
            Err(_) => json!({"field": field, "index": null, "key": arg}),
        };
    }
    if let Some(key) = name.strip_prefix("evt.arg.") {
        return json!({"field": "evt.arg", "index": null, "key": key});
    }
    json!({"field": name, "index": null, "key": null})
}

pub fn check(lhs: Json, op: &str, modifier: Option<&str>, rhs: Json) -> Json {
    json!({"lhs": lhs, "op": op, "modifier": modifier, "rhs": rhs})
}

/// A plan with one rule for each condition.
pub fn plan(checks: &[Json], shared: &[Json], conditions: &[Json], matching: &str) -> Plan {
    let rules: Vec<Json> = conditions
        .iter()
        .enumerate()
        .map(|(i, condition)| {
            json!({
                "name": format!("rule {i}"), "desc": "", "priority": 4, "source": "syscall", "tags": [],
                "event_types": null, "condition": condition, "output": [],
            })
        })
        .collect();
    let plan = json!({
        "version": 1, "rule_matching": matching, "checks": checks, "shared": shared, "rules": rules,
    });
    Plan::from_json(&plan.to_string()).expect("a plan")
}

/// Does a single check hold? By the fast path; the plain evaluation must agree.
pub fn holds(check: Json, source: &Table) -> bool {
    let rules =
        RuleSet::new(&plan(std::slice::from_ref(&check), &[], &[json!({"check": 0})], "all")).expect("a rule set");
    let mut scratch = rules.scratch();
    let mut matched = Vec::new();
    rules.matches(source, &mut scratch, &mut matched);
    let plain = rules.holds(0, source).expect("a rule");
    assert_eq!(!matched.is_empty(), plain, "the fast path and the plain one differ on {check}");
    plain
}
