//! Field values of recorded events against those another implementation of the same rules language extracted.

mod captures;

use std::collections::{BTreeMap, HashMap};

use captures::{gunzip, replay, shared};
use engine::event::Event;
use engine::fields::{extract, render, Context, Env, Field};
use engine::scap::is_hidden;
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

/// Values by number of the event.
type Golden = HashMap<u64, BTreeMap<String, Json>>;

fn golden(name: &str) -> Option<Golden> {
    let text = gunzip(&shared(&format!("golden/{name}.fields.jsonl.gz"))?);
    let lines = text.split(|b| *b == b'\n').filter(|l| !l.is_empty());
    let records = lines.map(|l| serde_json::from_slice::<BTreeMap<String, Json>>(l).expect("JSON"));
    Some(records.map(|r| (r["evt.num"].as_u64().unwrap(), r)).collect())
}

/// Mismatches by field and event type: how many, and the first as (wanted, got, arguments).
type Mismatches = BTreeMap<(String, &'static str), (u32, String)>;

fn compare(name: &str, concerned: impl Fn(&str) -> bool) -> Option<(u32, Mismatches)> {
    let wanted = golden(name)?;
    let file = shared(&format!("{name}.scap"))?;
    let any = wanted.values().next()?;
    let fields: Vec<(String, Field)> =
        any.keys().filter(|k| *k != "evt.num" && concerned(k)).map(|k| (k.clone(), resolve(k))).collect();
    let args = resolve("evt.args");
    let env = Env::default();
    let (mut num, mut compared, mut mismatches) = (0, 0, Mismatches::new());
    replay(&file, |state, cpu, flags, bytes| {
        let event = Event::parse(bytes, cpu, flags).expect("an event");
        num += 1;
        let effects = state.apply(&event);
        if let Some(record) = wanted.get(&num) {
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
        let shown = wanted.contains_key(&num) || !is_whole(name);
        // Container events without a time were written for the state alone.
        assert_eq!(shown, !is_hidden(event.etype, flags) && event.ts != 0 || !is_whole(name), "{name}: event {num}");
        state.settle(effects);
    });
    assert!(compared as usize >= wanted.len() * 9 / 10, "only {compared} of {} events were found", wanted.len());
    Some((compared, mismatches))
}

/// Whether the golden file has every event of the capture that is shown, not a sample of them.
fn is_whole(name: &str) -> bool {
    !matches!(name, "sys" | "state")
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
        let Some((compared, mismatches)) = compare(name, |_| true) else {
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

/// Events of older writers are numbered, hidden and converted as the other implementation does it: what an event itself
/// says, and which descriptor it is about, is the same. (What it says of processes differs where it forgets more than it
/// must: the working directory after an exec, the user of a new thread.)
#[test]
fn events_of_older_writers_have_the_recorded_values() {
    std::env::set_var("TZ", "UTC");
    let of_the_event = |field: &str| {
        let of_the_event = field.starts_with("evt.") || field.starts_with("fd.") || field.starts_with("fs.path.");
        of_the_event && field != "evt.type" || field == "thread.tid"
    };
    let mut differing = 0;
    let names = ["cat_write", "connect_localhost", "curl_google", "open-multiple-files", "psp_privileged", "sample"];
    for name in names.into_iter().chain(["syscall", "test_ipv6_client"]) {
        let Some((compared, mismatches)) = compare(name, of_the_event) else { return };
        println!("{name}: {compared} events");
        for ((field, event), (count, first)) in &mismatches {
            println!("  {field} of {event}: {count} times; {first}");
        }
        differing += mismatches.len();
    }
    assert_eq!(differing, 0);
}
