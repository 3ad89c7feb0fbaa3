//! Field values of recorded events against those another implementation of the same rules language extracted.

mod captures;

use std::collections::{BTreeMap, HashMap};

use captures::{gunzip, replay, shared};
use engine::event::Event;
use engine::fields::{extract, render, Context, Env, Field};
use engine::scap::is_hidden;
use engine::schema::{code, FieldId, ParamFormat};
use serde_json::Value as Json;

/// All but the last two are by older writers.
const CAPTURES: [&str; 10] = [
    "cat_write",
    "connect_localhost",
    "curl_google",
    "open-multiple-files",
    "psp_privileged",
    "sample",
    "syscall",
    "test_ipv6_client",
    "sys",
    "state",
];

/// Captures of which the recorded values are those of a sample of the events shown.
const SAMPLES: [&str; 2] = ["sys", "state"];

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
    Some(records.map(|r| (r["evt.num"].as_u64().expect("a number"), r)).collect())
}

/// Cells of one field.
#[derive(Default, Clone, Copy)]
struct Count {
    filled: u32,
    equal: u32,
}

/// Differences by field and event type: how many, and the first one.
type Differences = BTreeMap<(String, &'static str), (u32, String)>;

#[derive(Default)]
struct Comparison {
    events: usize,
    fields: BTreeMap<String, Count>,
    unexplained: Differences,
}

fn compare(name: &str) -> Option<Comparison> {
    let wanted = golden(name)?;
    let path = shared(&format!("{name}.scap"))?;
    let any = wanted.values().next()?;
    let fields: Vec<(String, Field)> = any.keys().map(|k| (k.clone(), resolve(k))).collect();
    let args = resolve("evt.args");
    let env = Env::default();
    let mut found = Comparison::default();
    let mut number = 0;
    replay(&path, |state, cpu, flags, bytes| {
        number += 1;
        let mut event = Event::parse(bytes, cpu, flags).expect("an event");
        event.num = number;
        let shown = !is_hidden(&event);
        assert!(shown == wanted.contains_key(&number) || SAMPLES.contains(&name), "{name}: event {number}");
        let effects = state.apply(&event);
        if let Some(record) = wanted.get(&number) {
            let ctx = Context::new(&event, state, &effects, &env).expect("a known event");
            found.events += 1;
            for (key, field) in &fields {
                let (want, got) = (&record[key], json(&ctx, field));
                let count = found.fields.entry(key.clone()).or_default();
                count.filled += u32::from(!want.is_null() || !got.is_null());
                count.equal += u32::from(got == *want && !got.is_null());
                if got != *want && !explained(key, &ctx, want) {
                    let slot = found.unexplained.entry((key.clone(), ctx.info.name)).or_default();
                    slot.0 += 1;
                    if slot.0 == 1 {
                        slot.1 = format!("event {number}: want {want} got {got} in {}", json(&ctx, &args));
                    }
                }
            }
        }
        state.settle(effects);
    });
    assert_eq!(found.events, wanted.len(), "{name}: events are counted differently");
    Some(found)
}

fn json(ctx: &Context, field: &Field) -> Json {
    let mut buf = Vec::new();
    let value = extract(field, ctx, &mut buf);
    let mut out = Vec::new();
    let shown: (FieldId, ParamFormat) = (field.id, field.info().format);
    render::json(Some(shown), ctx.event.ts, &value.borrowed(&buf), render::Style::default(), &mut out);
    serde_json::from_slice(&out).expect("JSON")
}

/// Differences that are meant; `docs/differences.md` has the reason for each.
fn explained(field: &str, ctx: &Context, want: &Json) -> bool {
    let failed = ctx.event.int(0).is_some_and(|result| result < 0);
    // Nothing in the capture says how the thread came to be.
    let unseen = [ctx.thread(), ctx.process()].iter().flatten().any(|thread| thread.degraded);
    match field {
        "fs.path.name" => failed && want == "<UNKNOWN>",
        "proc.pid" => unseen && want == -1,
        "proc.vpid" | "thread.vtid" => unseen && want.is_null(),
        "proc.cwd" => unseen && (want == "./" || want == ""),
        "user.uid" | "group.gid" => unseen && want == u32::MAX,
        "user.name" => unseen && want == "<NA>",
        "container.id" => ctx.info.code == code::CONTAINER_JSON_2_E,
        _ => false,
    }
}

#[test]
fn recorded_events_have_the_recorded_values() {
    // Times inside evt.args are local; the recording was made in UTC.
    std::env::set_var("TZ", "UTC");
    let mut unexplained = 0;
    let mut all: BTreeMap<String, Count> = BTreeMap::new();
    for name in CAPTURES {
        let Some(found) = compare(name) else { return };
        println!("{name}: {} events", found.events);
        for (field, count) in found.fields {
            if count.equal < count.filled {
                let share = 100.0 * f64::from(count.equal) / f64::from(count.filled);
                println!("  {field}: {share:.3} % of {} equal", count.filled);
            }
            let sum = all.entry(field).or_default();
            (sum.filled, sum.equal) = (sum.filled + count.filled, sum.equal + count.equal);
        }
        for ((field, event), (count, first)) in &found.unexplained {
            println!("  unexplained: {field} of {event}: {count} times; {first}");
            unexplained += count;
        }
    }
    for (field, count) in &all {
        println!("{field}: {} of {} equal", count.equal, count.filled);
    }
    assert_eq!(unexplained, 0, "values differ");
}
