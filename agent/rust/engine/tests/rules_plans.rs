//! Plans as a whole: indexing, order, sharing, errors.

mod rules_support;

use engine::error::Error;
use engine::rules::{Plan, RuleSet};
use engine::schema::code;
use rules_support::{check, field, plan, text, Table};
use serde_json::{json, Value as Json};

fn matched(rules: &RuleSet, source: &Table) -> Vec<usize> {
    let mut out = Vec::new();
    rules.matches(source, &mut rules.scratch(), &mut out);
    out
}

fn name_is(name: &str) -> Json {
    check(field("proc.name"), "=", None, json!([{"s": name}]))
}

#[test]
fn the_first_rule_in_load_order_or_all_of_them() {
    let checks = [name_is("cat"), name_is("ls")];
    let conditions = [json!({"check": 1}), json!({"check": 0}), json!({"not": {"check": 1}})];
    let source = Table::new(code::SYSCALL_OPENAT_2_X, &[("proc.name", text("cat"))]);
    let rules = |matching| RuleSet::new(&plan(&checks, &[], &conditions, matching)).unwrap();
    assert_eq!(matched(&rules("first"), &source), [1]);
    assert_eq!(matched(&rules("all"), &source), [1, 2]);
}

#[test]
fn rules_are_indexed_by_the_event_codes_they_can_match() {
    let is = |name: &str| check(field("evt.type"), "=", None, json!([{"s": name}]));
    let checks = [is("openat"), is("execve"), name_is("cat")];
    let conditions = [
        json!({"and": [{"check": 0}, {"check": 2}]}),
        json!({"or": [{"check": 0}, {"and": [{"check": 1}, {"check": 2}]}]}),
        json!({"and": [{"check": 0}, {"check": 1}]}),
    ];
    let rules = RuleSet::new(&plan(&checks, &[], &conditions, "all")).unwrap();
    let codes = rules.event_codes();
    assert!(codes.contains(&code::SYSCALL_OPENAT_2_X) && codes.contains(&code::SYSCALL_EXECVE_19_X));
    assert!(!codes.contains(&code::SYSCALL_CLOSE_X));
    assert!(codes.contains(&code::GENERIC_X), "the generic event's name is in the event itself");
    assert!(!rules.concerns(code::SYSCALL_CLOSE_X) && !rules.concerns(u16::MAX));
    let cat = |code| Table::new(code, &[("proc.name", text("cat"))]);
    assert_eq!(matched(&rules, &cat(code::SYSCALL_OPENAT_2_X)), [0, 1]);
    assert_eq!(matched(&rules, &cat(code::SYSCALL_EXECVE_19_X)), [1]);
    assert!(matched(&rules, &cat(code::SYSCALL_CLOSE_X)).is_empty());
    assert!(matched(&rules, &cat(60_000)).is_empty());
}

#[test]
fn event_types_of_a_rule_limit_it() {
    let mut given = plan(&[name_is("cat")], &[], &[json!({"check": 0})], "all");
    given.rules[0].event_types = Some(vec![code::SYSCALL_EXECVE_19_X]);
    let rules = RuleSet::new(&given).unwrap();
    assert_eq!(rules.event_codes(), [code::SYSCALL_EXECVE_19_X]);
    let source = Table::new(code::SYSCALL_OPENAT_2_X, &[("proc.name", text("cat"))]);
    assert!(matched(&rules, &source).is_empty());
}

#[test]
fn rules_of_other_sources_do_not_see_system_calls() {
    let mut given = plan(&[], &[], &[json!({"const": true})], "all");
    given.rules[0].source = "k8s_audit".to_string();
    assert!(RuleSet::new(&given).unwrap().event_codes().is_empty());
}

#[test]
fn scratch_is_reused_without_leaking_answers() {
    let checks = [name_is("cat"), check(field("proc.cmdline"), "contains", None, json!([{"s": "x"}]))];
    let conditions =
        [json!({"and": [{"check": 0}, {"check": 1}]}), json!({"or": [{"not": {"check": 0}}, {"not": {"check": 1}}]})];
    let rules = RuleSet::new(&plan(&checks, &[], &conditions, "all")).unwrap();
    let mut scratch = rules.scratch();
    for (name, line, want) in [("cat", "x", 0), ("ls", "x", 1), ("cat", "y", 1), ("cat", "x", 0), ("", "", 1)] {
        let source = Table::new(code::SYSCALL_CLOSE_X, &[("proc.name", text(name)), ("proc.cmdline", text(line))]);
        let mut out = Vec::new();
        rules.matches(&source, &mut scratch, &mut out);
        assert_eq!(out, [want], "{name} {line}");
    }
}

fn error(plan: &Plan) -> String {
    match RuleSet::new(plan) {
        Err(Error::Plan(text)) => text,
        other => panic!("a plan error was expected, not {other:?}"),
    }
}

#[test]
fn what_cannot_be_executed_names_the_rule() {
    let s = json!([{"s": "x"}]);
    let cases = [
        (check(field("proc.nope"), "=", None, s.clone()), "proc.nope"),
        (check(field("proc.pid"), "=", None, s.clone()), "a number"),
        (check(field("proc.pid"), "contains", None, s.clone()), "contains"),
        (check(field("proc.name"), "=", None, json!([{"u": 1}])), "text"),
        (check(field("proc.name"), "=", None, json!([])), "exactly one"),
        (check(field("proc.name"), "=", None, json!([{"s": "a"}, {"s": "b"}])), "exactly one"),
        (check(field("proc.name"), "regex", None, json!([{"s": "("}])), "does not compile"),
        (check(field("proc.name"), "in", Some("anyof"), s.clone()), "modifier"),
        (check(field("proc.name[1]"), "=", None, s.clone()), "argument"),
        (check(field("evt.arg"), "=", None, s.clone()), "argument"),
        (check(field("fd.types"), "=", None, s.clone()), "a list"),
        (check(field("fd.net"), "in", None, json!([{"net": "10.0.0.0/99"}])), "not a network"),
        (check(field("evt.buffer"), "bcontains", None, json!([{"hex": "abc"}])), "hexadecimal"),
        (check(field("proc.name"), "regex", None, json!({"operand": field("proc.exe")})), "right side"),
        (check(field("proc.name"), "=", None, json!({"operand": field("proc.aname")})), "right side"),
        (check(json!({"transform": "concat", "args": [field("proc.name")]}), "=", None, s.clone()), "arguments"),
        (
            check(json!({"transform": "len", "args": [field("proc.aname")]}), "=", None, json!([{"u": 1}])),
            "several values",
        ),
    ];
    for (bad, word) in cases {
        let direct =
            error(&plan(&[name_is("a"), bad.clone()], &[], &[json!({"check": 0}), json!({"check": 1})], "all"));
        assert!(direct.contains("\"rule 1\"") && direct.contains(word), "{direct}");
        let shared = [json!({"not": {"check": 1}}), json!({"shared": 0})];
        let through = error(&plan(&[name_is("a"), bad], &shared, &[json!({"check": 0}), json!({"shared": 1})], "all"));
        assert!(through.contains("\"rule 1\""), "{through}");
    }
}

#[test]
fn broken_references_are_errors() {
    assert!(error(&plan(&[], &[], &[json!({"check": 0})], "all")).contains("rule 0"));
    assert!(error(&plan(&[], &[], &[json!({"shared": 0})], "all")).contains("rule 0"));
    let circle = [json!({"not": {"shared": 1}}), json!({"and": [{"shared": 0}]})];
    assert!(error(&plan(&[], &circle, &[json!({"shared": 0})], "all")).contains("itself"));
    let mut given = plan(&[], &[], &[json!({"const": true})], "all");
    given.rules[0].event_types = Some(vec![454]);
    assert!(error(&given).contains("454"));
}

#[test]
fn deep_and_doubling_conditions_are_bounded() {
    let chain: Vec<Json> =
        (0..600).map(|i| if i < 599 { json!({"not": {"shared": i + 1}}) } else { json!({"const": true}) }).collect();
    assert!(error(&plan(&[], &chain, &[json!({"shared": 0})], "all")).contains("deep"));
    // Each level names the next twice: two to the power of forty leaves if it were not shared.
    let checks: Vec<Json> = (0..40).map(|i| name_is(&i.to_string())).collect();
    let doubling: Vec<Json> = (0..40)
        .map(|i| match i {
            39 => json!({"check": 39}),
            i => json!({"or": [{"and": [{"shared": i + 1}, {"check": i}]}, {"and": [{"shared": i + 1}, {"not": {"check": i}}]}]}),
        })
        .collect();
    let rules = RuleSet::new(&plan(&checks, &doubling, &[json!({"shared": 0})], "all")).unwrap();
    let source = Table::new(code::SYSCALL_CLOSE_X, &[("proc.name", text("39"))]);
    assert_eq!(matched(&rules, &source), [0]);
    let other = Table::new(code::SYSCALL_CLOSE_X, &[("proc.name", text("none"))]);
    assert!(matched(&rules, &other).is_empty());
}

#[test]
fn json_that_is_no_plan_is_an_error() {
    let deep = "{\"version\":1,\"rules\":[],\"shared\":[".to_string() + &"{\"not\":".repeat(100_000);
    for bad in ["", "[]", "{}", "{\"version\":2,\"rules\":[]}", "{\"version\":1,\"rules\":[{}]}", deep.as_str()] {
        assert!(matches!(Plan::from_json(bad), Err(Error::Plan(_))), "{}", &bad[..bad.len().min(60)]);
    }
    assert!(Plan::from_json("{\"version\":1,\"rules\":[]}").is_ok());
}
