//! Alerts of recorded events under the rule file of the compatibility folder, against those of another implementation.

mod captures;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use captures::{replay, shared};
use engine::event::{flags, Event};
use engine::fields::{Context, Env};
use engine::format::{FormatOptions, Formatter};
use engine::rules::plan::{Operand, Segment};
use engine::rules::{Plan, RuleSet};
use serde_json::Value as Json;

const FRONT_END: &str = "
import json, pathlib, sys
from agent.lang import load_rules
book = load_rules([pathlib.Path(sys.argv[1])])
plan = book.plan()
print(plan if isinstance(plan, str) else json.dumps(plan))
";

/// The plan of a rule file, by the Python front end; `None`, with the reason printed, when that cannot run here.
fn plan_of(rules: &Path) -> Option<Plan> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let venv = root.join(".venv/bin/python");
    let default = if venv.exists() { venv } else { PathBuf::from("python3") };
    let python = std::env::var_os("AGENT_PYTHON").map_or(default, PathBuf::from);
    let root = std::env::var_os("AGENT_ROOT").map_or(root, PathBuf::from);
    let run = Command::new(python).args(["-B", "-c", FRONT_END]).arg(rules).current_dir(root).output();
    let text = match run {
        Ok(output) if output.status.success() => String::from_utf8(output.stdout).expect("UTF-8"),
        Ok(output) => {
            let why = String::from_utf8_lossy(&output.stderr);
            // Whatever else it says, such as that it does not take these rules, is a failure.
            assert!(why.contains("ModuleNotFoundError"), "the rule front end fails: {why}");
            println!("skipped: the rule front end is not installed here: {why}");
            return None;
        }
        Err(error) => {
            println!("skipped: no Python: {error}");
            return None;
        }
    };
    Some(Plan::from_json(&text).expect("a plan"))
}

/// What both implementations report of an alert.
fn comparable(line: &[u8]) -> BTreeMap<String, Json> {
    let mut alert: BTreeMap<String, Json> = serde_json::from_slice(line).expect("JSON");
    alert.retain(|key, _| ["output", "output_fields", "priority", "rule", "time"].contains(&key.as_str()));
    alert
}

const SUGGESTED: [&str; 6] = [
    "container.id",
    "container.name",
    "container.image.repository",
    "container.image.tag",
    "k8s.pod.name",
    "k8s.ns.name",
];

#[test]
fn recorded_events_raise_the_recorded_alerts() {
    std::env::set_var("TZ", "UTC");
    let Some(rules_file) = shared("../compat/falco_rules.yaml") else {
        return;
    };
    let Some(mut plan) = plan_of(&rules_file) else { return };
    // The recording's configuration appended the suggested fields to every output.
    for rule in &mut plan.rules {
        for name in SUGGESTED {
            rule.output.push(Segment::Text { text: format!(" {}=", name.replace('.', "_")) });
            let operand = Operand::Field { field: name.to_string(), index: None, key: None };
            rule.output.push(Segment::Field { operand, key: name.to_string(), width: None });
        }
    }
    let rules = RuleSet::new(&plan).expect("a rule set");
    let options = FormatOptions { json: true, include_evidence: false, ..FormatOptions::default() };
    let formatter = Formatter::new(&plan, options).expect("a formatter");
    let mut total = 0;
    for name in ["sys", "state"] {
        let (Some(golden), Some(capture)) =
            (shared(&format!("golden/{name}.alerts.jsonl")), shared(&format!("{name}.scap")))
        else {
            return;
        };
        let text = std::fs::read(golden).expect("readable");
        let wanted: Vec<_> = text.split(|b| *b == b'\n').filter(|l| !l.is_empty()).map(comparable).collect();
        let mut got = Vec::new();
        let mut scratch = rules.scratch();
        let env = Env::default();
        replay(&capture, |state, cpu, event_flags, bytes| {
            let event = Event::parse(bytes, cpu, event_flags).expect("an event");
            let effects = state.apply(&event);
            if event_flags & flags::STATE_ONLY == 0 {
                let ctx = Context::new(&event, state, &effects, &env).expect("a known event");
                let mut matched = Vec::new();
                rules.matches(&ctx, &mut scratch, &mut matched);
                for rule in matched {
                    let verdict = rules.explainer(rule).expect("a rule").judge(&rules, &ctx);
                    assert!(verdict.fires, "the explanation of a match says that it is none");
                    let mut line = Vec::new();
                    formatter.line(rule, &ctx, &mut line);
                    got.push(comparable(&line));
                }
            }
            state.settle(effects);
        });
        for (want, got) in wanted.iter().zip(&got) {
            assert_eq!(got, want, "{name}");
        }
        assert_eq!(got.len(), wanted.len(), "{name}: {:?}", got.get(wanted.len()));
        total += got.len();
    }
    println!("{total} alerts agree");
    assert!(total > 0);
}
