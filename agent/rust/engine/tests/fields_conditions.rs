//! Conditions over fields whose comparison is not that of their value: time spans and domain names.

mod fields_support;
mod state_events;

use engine::rules::{Plan, RuleSet};
use engine::schema::code;
use fields_support::*;
use serde_json::{json, Value as Json};
use state_events::*;

fn rules(field: &str, index: Option<i64>, op: &str, values: &[Json]) -> engine::error::Result<RuleSet> {
    let plan = json!({
        "version": 1, "rule_matching": "all", "shared": [],
        "checks": [{"lhs": {"field": field, "index": index, "key": null}, "op": op, "modifier": null, "rhs": values}],
        "rules": [{"name": "r", "priority": 4, "source": "syscall", "tags": [], "condition": {"check": 0}, "output": []}],
    });
    RuleSet::new(&Plan::from_json(&plan.to_string()).expect("a plan"))
}

fn holds(build: &Build, field: &str, index: Option<i64>, op: &str, values: &[Json]) -> bool {
    let rules = rules(field, index, op, values).expect("a rule set");
    let (mut scratch, mut matched) = (rules.scratch(), Vec::new());
    during(&mut scene(), build, |ctx| {
        rules.matches(ctx, &mut scratch, &mut matched);
        assert_eq!(rules.holds(0, ctx), Some(!matched.is_empty()), "the fast path and the plain one agree");
    });
    !matched.is_empty()
}

#[test]
fn around_is_a_distance_in_milliseconds() {
    let kill = event(code::SYSCALL_KILL_X, 200).at(NOW).i64(0).i64(1).u8(9);
    let around = |at: u64, ms: u64| holds(&kill, "evt.around", Some(at as i64), "=", &[json!({ "u": ms })]);
    assert!(around(NOW, 0) && around(NOW - 1_000_000, 1) && around(NOW + 1_000_000, 1));
    assert!(!around(NOW - 1_000_001, 1) && !around(NOW + 1_000_001, 1) && !around(NOW + 1, 0));
    for op in ["!=", "<", ">=", "in", "exists"] {
        let values = if op == "exists" { vec![] } else { vec![json!({"u": 1})] };
        let error = rules("evt.around", Some(5), op, &values).expect_err(op).to_string();
        assert!(error.contains("rule \"r\": evt.around") && error.contains("milliseconds"), "{error}");
    }
}

#[test]
fn domain_names_compare_by_address() {
    let fstat = |num: i64| event(code::SYSCALL_FSTAT_X, 200).at(NOW).i64(0).i64(num);
    let name = |num: i64, op: &str, names: &[&str]| {
        let names: Vec<Json> = names.iter().map(|name| json!({ "s": name })).collect();
        holds(&fstat(num), "fd.sip.name", None, op, &names)
    };
    assert!(name(fds::CLIENT, "=", &["db.example"]) && !name(fds::CLIENT, "!=", &["db.example"]));
    assert!(name(fds::CLIENT, "in", &["x.example", "db.example"]) && !name(fds::CLIENT, "=", &["x.example"]));
    // An address that none of the names has differs from all of them.
    assert!(name(fds::SERVER, "!=", &["db.example"]) && !name(fds::SERVER, "=", &["db.example"]));
    // What has no address has no name either.
    assert!(!name(fds::FILE, "!=", &["db.example"]) && !name(fds::FILE, "=", &["db.example"]));
    let values = [json!({"s": "a.example"}), json!({"s": "b.example"}), json!({"s": "a.example"})];
    assert_eq!(rules("fd.rip.name", None, "in", &values).unwrap().domains(), ["a.example", "b.example"]);
    assert!(rules("fd.name", None, "in", &values).unwrap().domains().is_empty());
}

#[test]
fn metadata_without_a_value_fails_every_comparison() {
    let kill = event(code::SYSCALL_KILL_X, 300).at(NOW).i64(0).i64(1).u8(9);
    for field in ["container.name", "container.image.repository", "k8s.ns.name", "k8s.pod.uid"] {
        for op in ["=", "!=", "contains", "in"] {
            assert!(!holds(&kill, field, None, op, &[json!({"s": ""})]), "{field} {op}");
        }
        assert!(!holds(&kill, field, None, "exists", &[]), "{field}");
    }
    assert!(holds(&kill, "container.type", None, "=", &[json!({"s": "docker"})]));
}
