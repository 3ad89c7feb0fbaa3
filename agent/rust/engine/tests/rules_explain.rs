//! Explanations: the tree with what each clause saw, how far an event was from matching, and what is counted.

mod rules_support;

use engine::fields::Value;
use engine::rules::{Explanation, Plan, RuleSet, Verdict};
use engine::schema::code;
use proptest::prelude::*;
use rules_support::{check, field, text, Table};
use serde_json::{json, Value as Json};

/// Checks 0 to 5: `proc.name` is a, b, …; check 6: the event type is openat; 7: `fd.name` is in a list.
fn checks() -> Vec<Json> {
    let name = |n: &str| check(field("proc.name"), "=", None, json!([{"s": n}]));
    let mut checks: Vec<Json> = ["a", "b", "c", "d", "e", "f"].into_iter().map(name).collect();
    checks.push(check(field("evt.type"), "=", None, json!([{"s": "openat"}])));
    checks.push(check(field("fd.name"), "in", None, json!([{"s": "/etc/shadow"}, {"s": "/etc/passwd"}])));
    checks
}

fn rules(checks: &[Json], shared: &Json, names: &Json, condition: &Json) -> RuleSet {
    let rule = json!({"name": "rule", "desc": "", "priority": 4, "source": "syscall", "tags": [], "event_types": null,
                      "condition": condition, "output": []});
    let plan = json!({"version": 1, "rule_matching": "all", "checks": checks, "shared": shared,
                      "shared_names": names, "rules": [rule]});
    RuleSet::new(&Plan::from_json(&plan.to_string()).expect("a plan")).expect("a rule set")
}

fn openat(name: &'static str) -> Table {
    Table::new(code::SYSCALL_OPENAT_2_X, &[("proc.name", text(name)), ("evt.type", text("openat"))])
}

fn judged(rules: &RuleSet, source: &Table) -> (Verdict, Explanation) {
    let mut explainer = rules.explainer(0).expect("a rule");
    let verdict = explainer.judge(rules, source);
    let tree = explainer.explain(rules, source, &verdict);
    assert_eq!(Some(verdict.fires), rules.holds(0, source));
    assert_eq!(tree.truth, verdict.fires);
    (verdict, tree)
}

/// Texts of the clauses that would make the rule fire.
fn decisive(tree: &Explanation) -> Vec<String> {
    let tree = serde_json::to_value(tree).expect("JSON");
    let mut found = Vec::new();
    let mut open = vec![&tree];
    while let Some(part) = open.pop() {
        if part["decisive"] == json!(true) {
            found.push(part["text"].as_str().expect("a check").to_string());
        }
        open.extend(part["parts"].as_array().into_iter().flatten());
    }
    found.sort();
    found.dedup();
    found
}

#[test]
fn the_distance_is_the_number_of_clauses_that_would_have_to_be_otherwise() {
    let c = |i: usize| json!({ "check": i });
    let not = |e: Json| json!({ "not": e });
    let and = |parts: &[Json]| json!({ "and": parts });
    let or = |parts: &[Json]| json!({ "or": parts });
    let t = json!({"const": true});
    let f = json!({"const": false});
    // On an openat by "a": condition, distance, the clauses that are in the way.
    let table: Vec<(Json, Option<u32>, &[&str])> = vec![
        (c(0), Some(0), &[]),
        (c(1), Some(1), &["b"]),
        (not(c(0)), Some(1), &["a"]),
        (not(c(1)), Some(0), &[]),
        (and(&[c(0), c(1)]), Some(1), &["b"]),
        (and(&[c(1), c(2), c(3)]), Some(3), &["b", "c", "d"]),
        (or(&[c(1), c(2)]), Some(1), &["b"]),
        (or(&[and(&[c(1), c(2)]), and(&[c(3), c(0)])]), Some(1), &["d"]),
        (and(&[or(&[c(1), c(2)]), or(&[c(3), c(4)]), c(0)]), Some(2), &["b", "d"]),
        // What "not" does to "and" and "or".
        (not(and(&[c(0), not(c(1))])), Some(1), &["a"]),
        (not(or(&[c(0), not(c(1))])), Some(2), &["a", "b"]),
        (not(or(&[c(1), c(2)])), Some(0), &[]),
        // A constant is never otherwise, and nothing beside it helps.
        (f.clone(), None, &[]),
        (and(&[c(1), f.clone()]), None, &[]),
        (or(&[c(1), f.clone()]), Some(1), &["b"]),
        (not(t.clone()), None, &[]),
        // Nor does an event become one of another type.
        (and(&[c(6), c(1)]), Some(1), &["b"]),
        (and(&[not(c(6)), c(0)]), None, &[]),
        (or(&[not(c(6)), c(1)]), Some(1), &["b"]),
        // One clause in several places is one clause.
        (and(&[c(1), or(&[c(2), c(1)])]), Some(1), &["b"]),
        (and(&[c(1), or(&[and(&[c(1), c(0)]), c(3)]), not(and(&[c(4), c(1)]))]), Some(1), &["b"]),
        (and(&[json!({"shared": 0}), or(&[json!({"shared": 0}), c(5)])]), Some(1), &["b"]),
        (and(&[c(1), not(c(1))]), None, &[]),
        (or(&[and(&[c(1), not(c(1))]), c(2)]), Some(1), &["c"]),
    ];
    for (condition, distance, clauses) in table {
        let rules = rules(&checks(), &json!([c(1)]), &json!([]), &condition);
        let (verdict, tree) = judged(&rules, &openat("a"));
        assert_eq!(verdict.distance, distance, "{condition}");
        let wanted: Vec<String> = clauses.iter().map(|n| format!("proc.name = {n}")).collect();
        assert_eq!(decisive(&tree), wanted, "{condition}");
    }
}

#[test]
fn the_tree_names_macros_and_lists_and_shows_what_was_seen() {
    let condition = json!({"and": [{"shared": 0}, {"not": {"shared": 1}}, {"check": 2}, {"shared": 0}]});
    let shared = json!([{"and": [{"check": 0}, {"check": 1}]}, {"or": [{"check": 3}, {"check": 4}]}]);
    let names = json!([{"macro": "shadow_read"}, {"exception": "known"}]);
    let mut paths = check(field("fd.name"), "in", None, json!([{"s": "/etc/shadow"}, {"s": "/etc/passwd"}]));
    paths["text"] = json!("fd.name in (password_files)");
    let checks = [
        paths,
        check(field("proc.name"), "!=", None, json!([{"s": "sshd"}])),
        check(field("proc.pname"), "exists", None, json!([])),
        check(field("proc.cmdline"), "startswith", Some("anyof"), json!([{"s": "vi"}, {"s": "ca"}])),
        check(field("proc.exepath"), "=", None, json!({"operand": field("proc.pexepath")})),
    ];
    let rules = rules(&checks, &shared, &names, &condition);
    let source = Table::new(
        code::SYSCALL_OPENAT_2_X,
        &[
            ("fd.name", text("/etc/shadow")),
            ("proc.name", text("a\nb")),
            ("proc.cmdline", text("cat x")),
            ("proc.exepath", text("/bin/cat")),
            ("proc.pname", Value::Null),
        ],
    );
    let (verdict, tree) = judged(&rules, &source);
    assert_eq!(verdict.distance, Some(2));
    let wanted = json!({
        "kind": "and", "truth": false, "parts": [
            {"kind": "macro", "name": "shadow_read", "truth": true, "parts": [
                {"kind": "and", "truth": true, "parts": [
                    {"kind": "check", "text": "fd.name in (password_files)", "seen": "/etc/shadow", "items": 2, "truth": true},
                    {"kind": "check", "text": "proc.name != sshd", "seen": "a\\nb", "truth": true},
                ]},
            ]},
            {"kind": "not", "truth": false, "parts": [
                {"kind": "exception", "name": "known", "truth": true, "parts": [
                    {"kind": "or", "truth": true, "parts": [
                        {"kind": "check", "text": "proc.cmdline startswith anyof (vi, ca)", "seen": "cat x", "items": 2,
                         "matched": "ca", "truth": true, "decisive": true},
                        {"kind": "check", "text": "proc.exepath = val(proc.pexepath)", "seen": "/bin/cat",
                         "compared": "<NA>", "truth": false},
                    ]},
                ]},
            ]},
            {"kind": "check", "text": "proc.pname exists", "seen": null, "truth": false, "decisive": true},
            {"kind": "macro", "name": "shadow_read", "truth": true, "closed": true},
        ],
    });
    assert_eq!(serde_json::to_value(&tree).expect("JSON"), wanted);
}

#[test]
fn what_kept_the_rule_from_firing_is_counted_by_clause() {
    let condition = json!({"and": [{"shared": 0}, {"check": 6}, {"not": {"or": [{"check": 1}, {"shared": 1}]}}]});
    let shared = json!([{"or": [{"check": 0}, {"check": 1}, {"check": 2}]}, {"check": 2}]);
    let rules = rules(&checks(), &shared, &json!([{"macro": "known_names"}, null]), &condition);
    let mut explainer = rules.explainer(0).expect("a rule");
    let mut distances = Vec::new();
    for name in ["a", "b", "b", "c", "d"] {
        distances.push(explainer.judge(&rules, &openat(name)).distance);
        explainer.count();
    }
    assert_eq!(distances, [Some(0), None, None, None, Some(1)]);
    let counted: Vec<_> = explainer.clauses(&rules).into_iter().map(|c| (c.text, c.alone, c.with_others)).collect();
    let wanted = [("not proc.name = b", 2, 0), ("not proc.name = c", 1, 0), ("known_names", 1, 0)];
    let mut wanted: Vec<_> = wanted.map(|(text, alone, others)| (text.to_string(), alone, others)).into();
    wanted.sort();
    let mut sorted = counted.clone();
    sorted.sort();
    assert_eq!(sorted, wanted);
    assert_eq!(counted[0].0, "not proc.name = b", "the most frequent first");
}

#[test]
fn trees_are_bounded_where_conditions_double_or_go_deep() {
    // Each level names the next twice: two to the power of sixty leaves if every one were opened.
    let shared: Vec<Json> = (0..60)
        .map(|i| match i {
            59 => json!({"check": 0}),
            i => json!({"and": [{"shared": i + 1}, {"or": [{"shared": i + 1}, {"check": 1}]}]}),
        })
        .collect();
    let names: Vec<Json> = (0..60).map(|i| json!({"macro": format!("m{i}")})).collect();
    for names in [json!(names), json!([])] {
        let rules = rules(&checks(), &json!(shared), &names, &json!({"shared": 0}));
        let (verdict, tree) = judged(&rules, &openat("c"));
        assert_eq!(verdict.distance, Some(1), "one clause, however often it is named");
        let size = serde_json::to_string(&tree).expect("JSON").len();
        assert!(size < 2_000_000, "{size} bytes");
    }
    let deep: Vec<Json> =
        (0..190).map(|i| if i == 189 { json!({"check": 0}) } else { json!({"not": {"shared": i + 1}}) }).collect();
    let rules = rules(&checks(), &json!(deep), &json!([]), &json!({"shared": 0}));
    let (verdict, tree) = judged(&rules, &openat("b"));
    assert_eq!(verdict.distance, Some(0));
    assert!(serde_json::to_string(&tree).expect("JSON").contains("\"closed\":true"), "what is left out is marked");
}

#[test]
fn a_rule_that_is_not_there_has_no_explainer() {
    let rules = rules(&checks(), &json!([]), &json!([]), &json!({"check": 0}));
    assert!(rules.explainer(1).is_none());
}

/// Conditions over six checks that are true independently of one another.
fn conditions() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        9 => (0..6usize).prop_map(|i| json!({ "check": i })),
        1 => any::<bool>().prop_map(|b| json!({ "const": b })),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let parts = || proptest::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            parts().prop_map(|parts| json!({ "and": parts })),
            parts().prop_map(|parts| json!({ "or": parts })),
            inner.clone().prop_map(|part| json!({ "not": part })),
        ]
    })
}

/// Truth of a condition when check `i` has the bit `i`; adds to `named` how often each check is named.
fn truth(condition: &Json, bits: u8, named: &mut [u32; 6]) -> bool {
    let (kind, value) = condition.as_object().and_then(|o| o.iter().next()).expect("an expression");
    let mut of = |part: &Json| truth(part, bits, named);
    match kind.as_str() {
        "and" => value.as_array().expect("parts").iter().map(of).fold(true, |a, b| a & b),
        "or" => value.as_array().expect("parts").iter().map(of).fold(false, |a, b| a | b),
        "not" => !of(value),
        "const" => value.as_bool().expect("a constant"),
        _ => {
            let index = value.as_u64().expect("an index") as usize;
            named[index] += 1;
            bits & 1 << index != 0
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_distance_is_that_of_trying_everything(condition in conditions(), bits in 0u8..64) {
        const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
        let checks: Vec<Json> =
            NAMES.iter().map(|n| check(field("proc.aname"), "=", None, json!([{"s": n}]))).collect();
        let rules = rules(&checks, &json!([]), &json!([]), &condition);
        let ancestors = (0..6).filter(|i| bits & 1 << i != 0).map(|i| text(NAMES[i])).collect();
        let source = Table::new(code::SYSCALL_OPENAT_2_X, &[("proc.aname", Value::List(ancestors))]);
        let (verdict, tree) = judged(&rules, &source);
        let mut named = [0; 6];
        prop_assert_eq!(verdict.fires, truth(&condition, bits, &mut named));
        let fewest = (0u8..64).filter(|flips| truth(&condition, bits ^ flips, &mut [0; 6])).map(u8::count_ones).min();
        let place = |text: &String| NAMES.iter().position(|n| text.ends_with(n)).expect("a name");
        let flips: u8 = decisive(&tree).iter().map(|text| 1 << place(text)).sum();
        if named.iter().all(|n| *n < 2) {
            prop_assert_eq!(verdict.distance, fewest);
        }
        if fewest == Some(1) {
            prop_assert_eq!(verdict.distance, Some(1));
        }
        if let Some(distance) = verdict.distance {
            prop_assert!(truth(&condition, bits ^ flips, &mut [0; 6]), "the marked clauses do what is said of them");
            prop_assert_eq!(distance, flips.count_ones());
        }
    }
}
