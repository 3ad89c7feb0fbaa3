//! Measuring what rules cost changes nothing of what they find.

mod rules_support;

use engine::rules::{Cost, RuleSet};
use rules_support::{check, field, plan, text, Table};
use serde_json::json;

#[test]
fn rules_are_counted_when_they_are_asked() {
    let names: Vec<String> = (0..20).map(|n| format!("program{n}")).collect();
    let checks: Vec<_> =
        names.iter().map(|name| check(field("proc.name"), "=", None, json!([{ "s": name }]))).collect();
    let conditions: Vec<_> = (0..20).map(|n| json!({ "check": n })).collect();
    let rules = RuleSet::new(&plan(&checks, &[], &conditions, "all")).expect("a rule set");
    let (mut plain, mut profiling) = (rules.scratch(), rules.profiling_scratch());
    for name in ["program3", "program7", "program7", "other"] {
        let table = Table::new(3, &[("proc.name", text(name))]);
        let (mut wanted, mut matched) = (Vec::new(), Vec::new());
        rules.matches(&table, &mut plain, &mut wanted);
        rules.matches(&table, &mut profiling, &mut matched);
        assert_eq!(matched, wanted);
    }
    assert!(plain.profile().is_none());
    let profile = profiling.profile().expect("measured");
    assert_eq!(profile.search.evaluated, 4);
    let counts = |rule: usize| (profile.rules[rule].evaluated, profile.rules[rule].matched);
    assert_eq!((counts(3), counts(7)), ((1, 1), (2, 2)));
    // The search for the name rules all others out.
    assert_eq!(profile.rules[0], Cost::default());
    assert_eq!(profile.rules.len(), 20);
}

#[test]
fn few_rules_are_asked_one_by_one() {
    let checks = [check(field("proc.name"), "=", None, json!([{ "s": "a" }]))];
    let rules = RuleSet::new(&plan(&checks, &[], &[json!({ "check": 0 }), json!({ "not": { "check": 0 } })], "first"));
    let rules = rules.expect("a rule set");
    let mut scratch = rules.profiling_scratch();
    for name in ["a", "b"] {
        rules.matches(&Table::new(3, &[("proc.name", text(name))]), &mut scratch, &mut Vec::new());
    }
    let profile = scratch.profile().expect("measured");
    let counts: Vec<_> = profile.rules.iter().map(|cost| (cost.evaluated, cost.matched)).collect();
    // With the first match the event is done.
    assert_eq!((counts, profile.search.evaluated), (vec![(2, 1), (1, 1)], 0));
}
