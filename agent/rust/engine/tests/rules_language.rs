//! The cases of the rule language (tests/lang/cases), as the front end compiled them: the truth of every condition.

mod rules_support;

use std::collections::BTreeSet;

use engine::fields::Value;
use engine::rules::{Plan, RuleSet};
use rules_support::Table;
use serde_json::Value as Json;

const CASES: &str = include_str!("data/language_cases.json");

fn value(json: &'static Json) -> Value<'static> {
    if let Json::Array(items) = json {
        return Value::List(items.iter().map(value).collect());
    }
    let (kind, content) = json.as_object().and_then(|o| o.iter().next()).expect("a typed value");
    let text = || content.as_str().expect("a text");
    match kind.as_str() {
        "s" => Value::str(text().as_bytes()),
        "hex" => Value::Str(bytes(text()).into()),
        "buf" => Value::Buf(bytes(text()).leak()),
        "u" => Value::Uint(content.as_u64().expect("an unsigned number")),
        "i" => Value::Int(content.as_i64().expect("a signed number")),
        "f" => Value::Double(text().parse().expect("a number")),
        "b" => Value::Bool(content.as_bool().expect("a truth value")),
        "ip" => Value::Ip(text().parse().expect("an address")),
        kind => panic!("no values of kind {kind}"),
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal digits")).collect()
}

#[test]
fn conditions_hold_as_the_cases_say() {
    let cases: &'static Json = Box::leak(Box::new(serde_json::from_str(CASES).expect("the cases")));
    let mut wrong = Vec::new();
    let mut number = 0;
    for group in cases.as_array().expect("groups") {
        let about = group["about"].as_str().expect("a title");
        let given: Vec<_> = group["given"]
            .as_object()
            .expect("values")
            .iter()
            .map(|(name, json)| (name.as_str(), value(json)))
            .collect();
        let code = u16::try_from(group["event"].as_u64().expect("an event code")).expect("an event code");
        let source = Table::new(code, &given);
        let expected: BTreeSet<&str> =
            group["holds"].as_array().expect("a list").iter().map(|name| name.as_str().expect("a condition")).collect();
        let plan = Plan::from_json(&group["plan"].to_string()).unwrap_or_else(|e| panic!("{about}: {e}"));
        let rules = RuleSet::new(&plan).unwrap_or_else(|e| panic!("{about}: {e}"));
        let mut matched = Vec::new();
        rules.matches(&source, &mut rules.scratch(), &mut matched);
        for (index, rule) in plan.rules.iter().enumerate() {
            let wanted = expected.contains(rule.name.as_str());
            // The plain evaluation knows nothing of event types; the fast one must agree on events of the rule's types.
            for (way, found) in
                [("fast", matched.contains(&index)), ("plain", rules.holds(index, &source) == Some(true))]
            {
                if found != wanted {
                    wrong.push(format!("{about}: {} is {found} ({way})", rule.name));
                }
            }
            number += 1;
        }
    }
    assert!(wrong.is_empty(), "{} of {number} cases:\n{}", wrong.len(), wrong.join("\n"));
    assert!(number > 400, "only {number} cases");
}
