//! The fast path against the plain meaning, and both against hostile plans, events and states.

mod rules_support;

use std::sync::Arc;

use engine::event::{lengths_width, Event, HEADER_LEN};
use engine::fields::{extract, fixed, is_valueless, plain_number, plain_text, render, Context, Env, Field, Value};
use engine::format::{FormatOptions, Formatter};
use engine::rules::{Plan, RuleMatching, RuleSet, Scratch};
use engine::schema::{ArgKind, EVENTS, FIELDS};
use engine::state::{Fd, FdKind, State, StateConfig, Thread};
use proptest::prelude::*;
use rules_support::{check, field, plan, Table};
use serde_json::{json, Value as Json};

/// Few words, so that checks hold often.
const WORDS: [&str; 8] = ["", "a", "ab", "abc", "/a/b", "/a", "b", "/a/b/abc"];

const TEXT_FIELDS: [&str; 8] =
    ["proc.name", "proc.cmdline", "fd.name", "proc.exepath", "proc.aname", "evt.type", "proc.args", "fd.filename"];

fn word() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(&WORDS[..])
}

fn words() -> impl Strategy<Value = Vec<&'static str>> {
    proptest::collection::vec(word(), 0..4)
}

fn text_check() -> impl Strategy<Value = Json> {
    let single = proptest::sample::select(
        &["=", "!=", "contains", "icontains", "startswith", "endswith", "glob", "iglob", "<", ">="][..],
    );
    let many = proptest::sample::select(&["in", "intersects", "pmatch"][..]);
    let modifier = proptest::sample::select(&["oneof", "anyof", "allof"][..]);
    let name = || proptest::sample::select(&TEXT_FIELDS[..]);
    let s = |words: Vec<&str>| words.iter().map(|w| json!({"s": w})).collect::<Json>();
    let lower = |name: &str| json!({"transform": "toupper", "args": [field(name)]});
    prop_oneof![
        (name(), single.clone(), word()).prop_map(move |(f, op, w)| check(field(f), op, None, s(vec![w]))),
        (name(), many, words()).prop_map(move |(f, op, w)| check(field(f), op, None, s(w))),
        (name(), single.clone(), modifier, words()).prop_map(move |(f, op, m, w)| check(field(f), op, Some(m), s(w))),
        (name(), Just("proc.name")).prop_map(|(l, r)| check(field(l), "=", None, json!({"operand": field(r)}))),
        (proptest::sample::select(&TEXT_FIELDS[..4]), single, word()).prop_map(move |(f, op, w)| check(
            lower(f),
            op,
            None,
            s(vec![w])
        )),
        name().prop_map(|f| check(field(f), "exists", None, json!([]))),
    ]
}

fn number_check() -> impl Strategy<Value = Json> {
    let ops = proptest::sample::select(&["=", "!=", "<", "<=", ">", ">=", "in"][..]);
    let fields = proptest::sample::select(&["proc.pid", "fd.port", "evt.num"][..]);
    (fields, ops, -2i64..3).prop_map(|(f, op, n)| check(field(f), op, None, json!([{"i": n}])))
}

fn expr(checks: usize, shared: usize) -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        8 => (0..checks).prop_map(|i| json!({"check": i})),
        2 => if shared > 0 { (0..shared).prop_map(|i| json!({"shared": i})).boxed() } else { Just(json!({"const": true})).boxed() },
        1 => any::<bool>().prop_map(|b| json!({"const": b})),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|e| json!({"and": e})),
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|e| json!({"or": e})),
            inner.prop_map(|e| json!({"not": e})),
        ]
    })
}

fn any_plan() -> impl Strategy<Value = Plan> {
    let checks = proptest::collection::vec(prop_oneof![4 => text_check(), 1 => number_check()], 1..24);
    checks.prop_flat_map(|checks| {
        let n = checks.len();
        let shared = proptest::collection::vec(expr(n, 0), 0..3);
        shared.prop_flat_map(move |shared| {
            // Few rules are asked one by one, many by the index, which needs conjunctions to find its way.
            let expr = || expr(n, shared.len());
            let both = (0..n, expr()).prop_map(|(check, rest)| json!({"and": [{"check": check}, rest]}));
            let rules = proptest::collection::vec(prop_oneof![1 => expr(), 2 => both], 1..40);
            let checks = checks.clone();
            rules.prop_map(move |rules| plan(&checks, &shared, &rules, "all"))
        })
    })
}

fn any_table() -> impl Strategy<Value = Table> {
    let text = || proptest::option::of(word());
    let number = || proptest::option::of(-2i64..3);
    let codes = proptest::sample::select(&[1u16, 3, 5, 307, 293][..]);
    let ancestors = proptest::option::of(words());
    let ports = proptest::option::of(proptest::collection::vec(0u64..3, 0..3));
    let texts = [text(), text(), text(), text(), text(), text()];
    (codes, texts, ancestors, ports, number(), number()).prop_map(|(code, texts, ancestors, ports, pid, num)| {
        let mut values = Vec::new();
        let names = ["proc.name", "proc.cmdline", "fd.name", "proc.exepath", "proc.args", "fd.filename"];
        for (name, value) in names.into_iter().zip(texts) {
            values.extend(value.map(|v| (name, Value::str(v.as_bytes()))));
        }
        values.extend(
            ancestors.map(|a| ("proc.aname", Value::List(a.iter().map(|v| Value::str(v.as_bytes())).collect()))),
        );
        values.extend(ports.map(|p| ("fd.port", Value::List(p.into_iter().map(Value::Uint).collect()))));
        values.extend(pid.map(|n| ("proc.pid", Value::Int(n))));
        values.extend(num.map(|n| ("evt.num", Value::Uint(n.unsigned_abs()))));
        // As the schema has it for all but the generic event: what a code decides must not be contradicted.
        let name = Value::str(EVENTS[code as usize].name.as_bytes());
        values.push(("evt.type", if code == 1 { Value::str(b"ab") } else { name }));
        let events = EVENTS[code as usize].flags & 0x7 != 0;
        values.retain(|(name, _)| events || !name.starts_with("fd."));
        Table::new(code, &values)
    })
}

fn agrees(rules: &RuleSet, scratch: &mut Scratch, source: &Table) -> Result<Vec<usize>, TestCaseError> {
    let mut fast = Vec::new();
    rules.matches(source, scratch, &mut fast);
    let plain: Vec<usize> = (0..rules.rules().len()).filter(|&i| rules.holds(i, source) == Some(true)).collect();
    prop_assert_eq!(&fast, &plain);
    for rule in 0..rules.rules().len() {
        let explained = rules.explainer(rule).map(|mut e| e.judge(rules, source).fires);
        prop_assert_eq!(explained, Some(plain.contains(&rule)));
    }
    Ok(plain)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Index, memo, groups, folding and reordering change nothing.
    #[test]
    fn the_fast_path_means_the_same(plan in any_plan(), tables in proptest::collection::vec(any_table(), 1..6)) {
        let rules = RuleSet::new(&plan).expect("a rule set");
        let first = RuleSet::new(&Plan { rule_matching: RuleMatching::First, ..plan }).expect("a rule set");
        let (mut scratch, mut first_scratch) = (rules.scratch(), first.scratch());
        for table in &tables {
            let all = agrees(&rules, &mut scratch, table)?;
            let mut only = Vec::new();
            first.matches(table, &mut first_scratch, &mut only);
            prop_assert_eq!(only, &all[..all.len().min(1)]);
        }
    }
}

fn record(code: u16, tid: i64, params: &[Vec<u8>]) -> Vec<u8> {
    let width = lengths_width(code);
    let len = HEADER_LEN + params.iter().map(|p| width + p.len()).sum::<usize>();
    let mut out = Vec::with_capacity(len);
    out.extend(1_700_000_000_123_456_789u64.to_le_bytes());
    out.extend(tid.to_le_bytes());
    out.extend((len as u32).to_le_bytes());
    out.extend(code.to_le_bytes());
    out.extend((params.len() as u32).to_le_bytes());
    params.iter().for_each(|p| out.extend(&(p.len() as u32).to_le_bytes()[..width]));
    params.iter().for_each(|p| out.extend(p));
    out
}

fn any_param() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(vec![]),
        proptest::collection::vec(any::<u8>(), 0..24),
        proptest::sample::select(&[-100i64, -1, 0, 1, 3, 7, i64::MIN][..]).prop_map(|n| n.to_le_bytes().to_vec()),
        proptest::sample::select(&[-1i32, 0, 1, 4097][..]).prop_map(|n| n.to_le_bytes().to_vec()),
        proptest::sample::select(&["/etc/x\0", "a/../b\0", "\0", "no terminator"][..])
            .prop_map(|s| s.as_bytes().to_vec()),
    ]
}

/// A state with a few threads and descriptors of every kind.
fn some_state() -> State {
    let mut state = State::new(StateConfig::offline());
    for (tid, pid, ptid) in [(1, 1, 0), (7, 7, 1), (8, 7, 1), (9, 9, 9)] {
        let mut thread = Thread::unknown(tid);
        (thread.pid, thread.ptid, thread.vpid, thread.vtid) = (pid, ptid, pid - 1, tid);
        thread.comm = Arc::from(&b"b\xffsh"[..]);
        thread.args = Arc::from(&b"-c\0\0x"[..]);
        thread.env = Arc::from(&b"PATH=/bin\0=\0X"[..]);
        thread.cgroups = Arc::from(&b"cpu=/\0bad"[..]);
        thread.cap_effective = u64::MAX;
        thread.fdlimit = tid - 1;
        state.insert_thread(thread);
    }
    for num in 0..22u8 {
        let kinds = [
            FdKind::File,
            FdKind::Directory,
            FdKind::Ipv4Sock,
            FdKind::Ipv6Serv,
            FdKind::Unix,
            FdKind::Fifo,
            FdKind::Timer,
        ];
        let mut fd = Fd::new(kinds[num as usize % kinds.len()]);
        fd.name = Arc::from(&b"/dev/log"[..]);
        fd.is_server = num % 2 == 0;
        fd.l4proto = num % 7;
        state.insert_fd(7, num.into(), fd);
    }
    state
}

/// Every field, with an argument where it takes one.
fn every_field() -> Vec<Field> {
    let mut fields = Vec::new();
    for info in FIELDS.iter() {
        let mut add = |index, key| fields.extend(Field::resolve(info.name, index, key));
        add(None, None);
        if info.arg != ArgKind::None {
            [Some(0), Some(1), Some(200), Some(-1), Some(i64::MAX)].into_iter().for_each(|index| add(index, None));
            ["flags", "res", "name", "PATH", "src", "dst", "openat", "cpu", ""]
                .into_iter()
                .for_each(|key| add(None, Some(key)));
        }
    }
    fields
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// No field of any event panics, and what a code decides is what the event shows.
    #[test]
    fn every_field_of_any_event(code in 0u16..454, tid in 0i64..10, params in proptest::collection::vec(any_param(), 0..36)) {
        let mut state = some_state();
        let bytes = record(code, tid, &params);
        let event = Event::parse(&bytes, 0, 0).expect("well-formed");
        let effects = state.apply(&event);
        let env = Env::default();
        let ctx = Context::new(&event, &state, &effects, &env).expect("a known code");
        let mut buf = Vec::new();
        for field in every_field() {
            buf.clear();
            let value = extract(&field, &ctx, &mut buf).into_owned(&buf);
            if field.is_plain_text() {
                prop_assert_eq!(plain_text(&field, &ctx), value.bytes(), "{}", field.name());
            }
            if field.is_plain_number() {
                prop_assert_eq!(&plain_number(&field, &ctx), &value, "{}", field.name());
            }
            if let Some(decided) = fixed(&field, code) {
                prop_assert_eq!(&value, &decided, "{}", field.name());
            }
            prop_assert!(!is_valueless(field.name()) || value == Value::Null, "{}", field.name());
            let mut out = Vec::new();
            render::json(Some((field.id, field.info().format)), event.ts, &value, render::Style::default(), &mut out);
            prop_assert!(serde_json::from_slice::<Json>(&out).is_ok());
        }
        state.settle(effects);
    }
}

/// A rule that shows and asks every field: whatever the event, one line of valid text or JSON.
#[test]
fn lines_are_one_line_and_valid() {
    let output: Vec<Json> = FIELDS
        .iter()
        .filter(|f| Field::resolve(f.name, None, None).is_ok())
        .map(|f| json!({"operand": field(f.name), "key": f.name, "width": null}))
        .collect();
    let text = json!({
        "version": 1, "rule_matching": "all", "checks": [], "shared": [],
        "rules": [{"name": "a \"rule\"", "priority": 7, "source": "syscall", "tags": ["b", "a"],
                   "condition": {"const": true}, "output": output}],
    });
    let plan = Plan::from_json(&text.to_string()).expect("a plan");
    let options = |json| FormatOptions { json, include_message: true, ..FormatOptions::default() };
    let formatters = [false, true].map(|json| Formatter::new(&plan, options(json)).expect("a formatter"));
    let mut state = some_state();
    for code in 0..454 {
        let bytes = record(code, 7, &vec![b"\n\x1b\xff\"\\ \0x".to_vec(); 32]);
        let event = Event::parse(&bytes, 0, 0).expect("well-formed");
        let effects = state.apply(&event);
        let env = Env::default();
        let ctx = Context::new(&event, &state, &effects, &env).expect("a known code");
        for formatter in &formatters {
            let mut line = Vec::new();
            formatter.line(0, &ctx, &mut line);
            let line = String::from_utf8(line).expect("UTF-8");
            assert!(!line.chars().any(char::is_control), "{line}");
            if formatter.options().json {
                let alert: Json = serde_json::from_str(&line).expect("JSON");
                let keys: Vec<&String> = alert.as_object().expect("an object").keys().collect();
                assert!(keys.is_sorted(), "{keys:?}");
                assert_eq!(alert["tags"], json!(["a", "b"]));
            }
        }
        state.settle(effects);
    }
}
