//! Field values of recorded events against those another implementation of the same rules language extracted.

mod captures;

use std::collections::{BTreeMap, HashMap};

use captures::{gunzip, replay, shared};
use engine::event::Event;
use engine::fields::{extract, render, Context, Env, Field};
use engine::schema::{FieldId, ParamFormat};
use serde_json::Value as Json;

/// `proc.aname[2]` → field, index; `evt.arg.flags` → field, key.
fn resolve(name: &str) -> Field {
    let (field, index, key) = match name.strip_suffix(']').and_then(|n| n.split_once('[')) {
        Some((field, arg)) => match arg.parse() {
            Ok(index) => (field, Some(index), None),
            Err(_) => (field, None, Some(arg)),
        },
        None => match name.strip_prefix("evt.arg.") {
            Some(key) => ("evt.arg", None, Some(key)),
            None => (name, None, None),
        },
    };
    Field::resolve(field, index, key).expect("a known field")
}

/// Values by time and thread: what "evt.rawtime" and "thread.tid" tell apart.
type Golden = HashMap<(u64, i64), BTreeMap<String, Json>>;

fn golden(name: &str) -> Option<Golden> {
    let text = gunzip(&shared(&format!("golden/{name}.fields.jsonl.gz"))?);
    let lines = text.split(|b| *b == b'\n').filter(|l| !l.is_empty());
    let records = lines.map(|l| serde_json::from_slice::<BTreeMap<String, Json>>(l).expect("JSON"));
    Some(records.map(|r| ((r["evt.rawtime"].as_u64().unwrap(), r["thread.tid"].as_i64().unwrap()), r)).collect())
}

/// Mismatches by field and event type: how many, and the first as (wanted, got, arguments).
type Mismatches = BTreeMap<(String, &'static str), (u32, String)>;

fn compare(name: &str) -> Option<(u32, Mismatches)> {
    let wanted = golden(name)?;
    let file = shared(&format!("{name}.scap"))?;
    let any = wanted.values().next()?;
    let fields: Vec<(String, Field)> =
        any.keys().filter(|k| *k != "evt.num").map(|k| (k.clone(), resolve(k))).collect();
    let args = resolve("evt.args");
    let env = Env::default();
    let (mut compared, mut mismatches) = (0, Mismatches::new());
    replay(&file, |state, cpu, flags, bytes| {
        let event = Event::parse(bytes, cpu, flags).expect("an event");
        let effects = state.apply(&event);
        if let Some(record) = wanted.get(&(event.ts, event.tid)) {
            let ctx = Context::new(&event, state, &effects, &env).expect("a known event");
            compared += 1;
            for (key, field) in &fields {
                let got = json(&ctx, field);
                if got != record[key] && !is_known(key, ctx.info.name, &record[key]) {
                    let slot = mismatches.entry((key.clone(), ctx.info.name)).or_default();
                    slot.0 += 1;
                    if slot.0 == 1 {
                        slot.1 = format!("want {} got {got} in {}", record[key], json(&ctx, &args));
                    }
                }
            }
        }
        state.settle(effects);
    });
    assert!(compared as usize >= wanted.len() * 9 / 10, "only {compared} of {} events were found", wanted.len());
    Some((compared, mismatches))
}

fn json(ctx: &Context, field: &Field) -> Json {
    let mut buf = Vec::new();
    let value = extract(field, ctx, &mut buf);
    let mut out = Vec::new();
    let shown: (FieldId, ParamFormat) = (field.id, field.info().format);
    render::json(Some(shown), ctx.event.ts, &value.borrowed(&buf), render::Style::default(), &mut out);
    serde_json::from_slice(&out).expect("JSON")
}

/// Differences that are meant.
fn is_known(field: &str, event: &str, want: &Json) -> bool {
    // It does not resolve a path relative to a descriptor when the call failed.
    field == "fs.path.name" && event == "openat" && want == "<UNKNOWN>"
}

#[test]
fn recorded_events_have_the_recorded_values() {
    // Times inside evt.args are local; the recording was made in UTC.
    std::env::set_var("TZ", "UTC");
    let mut differing = Vec::new();
    for name in ["sys", "state"] {
        let Some((compared, mismatches)) = compare(name) else {
            return;
        };
        println!("{name}: {compared} events");
        for ((field, event), (count, first)) in &mismatches {
            println!("  {field} of {event}: {count} times; {first}");
        }
        if !mismatches.is_empty() {
            differing.push(name);
        }
    }
    assert!(differing.is_empty(), "values differ in {differing:?}");
}
