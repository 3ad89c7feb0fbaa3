//! What each operator, modifier and transformer means, absent values included.

mod rules_support;

use std::net::IpAddr;

use engine::fields::Value;
use engine::rules::RuleSet;
use engine::schema::code::SYSCALL_OPENAT_2_X as OPENAT;
use rules_support::{check, field, holds, plan, text, Table};
use serde_json::{json, Value as Json};

fn ip(text: &str) -> Value<'static> {
    Value::Ip(text.parse::<IpAddr>().unwrap())
}

fn s(values: &[&str]) -> Json {
    values.iter().map(|v| json!({"s": v})).collect()
}

#[test]
fn text_operators() {
    let table = [
        ("=", "/etc/passwd", true),
        ("=", "/etc/passw", false),
        ("!=", "/etc/passwd", false),
        ("!=", "x", true),
        ("contains", "pass", true),
        ("contains", "Pass", false),
        ("contains", "", true),
        ("icontains", "PASS", true),
        ("icontains", "nope", false),
        ("startswith", "/etc", true),
        ("startswith", "etc", false),
        ("endswith", "wd", true),
        ("endswith", "w", false),
        ("glob", "/etc/*", true),
        ("glob", "*SSW*", false),
        ("iglob", "*SSW*", true),
        ("regex", "/etc/p.*", true),
        ("regex", "etc", false),
        ("<", "/f", true),
        (">=", "/f", false),
    ];
    let source = Table::new(OPENAT, &[("fd.name", text("/etc/passwd"))]);
    for (op, value, want) in table {
        assert_eq!(holds(check(field("fd.name"), op, None, s(&[value])), &source), want, "{op} {value}");
    }
}

#[test]
fn list_operators_on_single_values() {
    let source =
        Table::new(OPENAT, &[("proc.name", text("cat")), ("proc.pid", Value::Int(-1)), ("fd.sport", Value::Uint(80))]);
    for op in ["in", "intersects"] {
        assert!(holds(check(field("proc.name"), op, None, s(&["ls", "cat"])), &source));
        assert!(!holds(check(field("proc.name"), op, None, s(&["ls", "ca"])), &source));
        assert!(!holds(check(field("proc.name"), op, None, s(&[])), &source));
        assert!(holds(check(field("proc.pid"), op, None, json!([{"i": 7}, {"i": -1}])), &source));
        assert!(holds(check(field("fd.sport"), op, None, json!([{"u": 443}, {"u": 80}])), &source));
        assert!(!holds(check(field("fd.sport"), op, None, json!([{"u": 443}])), &source));
    }
}

#[test]
fn paths_below_listed_ones() {
    let source = Table::new(OPENAT, &[("fd.name", text("/etc/ssh/sshd_config"))]);
    let pmatch = |paths: &[&str]| holds(check(field("fd.name"), "pmatch", None, s(paths)), &source);
    assert!(pmatch(&["/etc"]));
    assert!(pmatch(&["/var", "etc/ssh/"]));
    assert!(pmatch(&["/e*/ssh"]));
    assert!(!pmatch(&["/etc/ss"]));
    assert!(!pmatch(&["/etc/ssh/sshd_config/x"]));
    assert!(!pmatch(&[]));
}

#[test]
fn fractions() {
    let source = Table::new(OPENAT, &[("proc.fdusage", Value::Double(99.5)), ("proc.pid", Value::Int(1))]);
    let holds = |name: &str, op: &str, rhs: Json| holds(check(field(name), op, None, rhs), &source);
    assert!(holds("proc.fdusage", "=", json!([{"f": "99.5"}])));
    assert!(!holds("proc.fdusage", "!=", json!([{"f": "9.95e1"}])));
    assert!(holds("proc.fdusage", ">", json!([{"f": "99.4"}])));
    assert!(!holds("proc.fdusage", "<=", json!([{"f": "99.4"}])));
    assert!(holds("proc.fdusage", "in", json!([{"u": 7}, {"f": "99.5"}])));
    assert!(!holds("proc.pid", "=", json!([{"f": "1.5"}])));
    assert!(holds("proc.pid", "<", json!([{"f": "1.5"}])));
}

#[test]
fn numbers_booleans_and_addresses() {
    let source = Table::new(
        OPENAT,
        &[
            ("proc.pid", Value::Int(-5)),
            ("evt.num", Value::Uint(u64::MAX)),
            ("fd.connected", Value::Bool(true)),
            ("fd.sip", ip("10.1.2.3")),
            ("fd.snet", ip("10.1.2.3")),
        ],
    );
    let on = |name: &str, op: &str, value: Json| holds(check(field(name), op, None, json!([value])), &source);
    assert!(on("proc.pid", "<", json!({"i": 0})));
    assert!(on("proc.pid", "<", json!({"u": 0})));
    assert!(!on("proc.pid", ">", json!({"u": u64::MAX})));
    assert!(on("evt.num", "=", json!({"u": u64::MAX})));
    assert!(!on("evt.num", "=", json!({"i": -1})));
    assert!(on("evt.num", ">=", json!({"u": u64::MAX})));
    assert!(on("fd.connected", "=", json!({"b": true})));
    assert!(on("fd.connected", "!=", json!({"b": false})));
    assert!(on("fd.sip", "=", json!({"ip": "10.1.2.3"})));
    assert!(on("fd.sip", "!=", json!({"ip": "::1"})), "families differ: only != holds");
    assert!(!on("fd.sip", "=", json!({"ip": "::1"})));
    assert!(on("fd.snet", "in", json!({"net": "10.0.0.0/8"})));
    assert!(!on("fd.snet", "=", json!({"net": "::/0"})));
    assert!(on("fd.snet", "!=", json!({"net": "::/0"})));
}

#[test]
fn buffers() {
    let source = Table::new(OPENAT, &[("evt.buffer", Value::Buf(b"\x7fELF\0\x01"))]);
    let on = |op: &str, value: Json| holds(check(field("evt.buffer"), op, None, json!([value])), &source);
    assert!(on("bstartswith", json!({"hex": "7f454c46"})));
    assert!(on("bcontains", json!({"hex": "4600"})));
    assert!(!on("bcontains", json!({"hex": "ff"})));
    assert!(on("contains", json!({"s": "ELF"})));
    assert!(on("endswith", json!({"hex": "01"})));
    assert!(!on("=", json!({"s": "ELF"})));
}

#[test]
fn modifiers() {
    let source = Table::new(OPENAT, &[("proc.cmdline", text("curl -k http://evil"))]);
    let on = |op: &str, modifier: &str, values: &[&str]| {
        holds(check(field("proc.cmdline"), op, Some(modifier), s(values)), &source)
    };
    assert!(on("contains", "anyof", &["wget", "curl"]));
    assert!(!on("contains", "anyof", &["wget", "nc"]));
    assert!(!on("contains", "anyof", &[]));
    assert!(on("contains", "allof", &["curl", "-k"]));
    assert!(!on("contains", "allof", &["curl", "-x"]));
    assert!(on("contains", "oneof", &["curl", "wget"]));
    assert!(!on("contains", "oneof", &["curl", "-k"]));
    assert!(!on("contains", "oneof", &["nc"]));
    assert!(on("startswith", "anyof", &["wget", "cu"]));
    assert!(on("!=", "anyof", &["curl -k http://evil", "x"]));
    assert!(!on("!=", "allof", &["curl -k http://evil", "x"]));
    assert!(on("glob", "anyof", &["*evil", "x"]));
}

/// An absent value makes every comparison false, whatever the operator, and its negation true.
#[test]
fn absent_values_fail_every_comparison() {
    let string =
        ["=", "!=", "<", "<=", ">", ">=", "contains", "icontains", "startswith", "endswith", "glob", "iglob", "regex"];
    let number = ["=", "!=", "<", "<=", ">", ">="];
    let equality = ["=", "!="];
    let buffer = ["=", "!=", "contains", "startswith", "endswith", "bcontains", "bstartswith"];
    let kinds: [(&str, &[&str], Json); 9] = [
        ("proc.name", &string, json!({"s": ""})),
        ("proc.cmdline", &string, json!({"s": "x"})),
        ("proc.aname", &string, json!({"s": "x"})),
        ("proc.pid", &number, json!({"i": 0})),
        ("fd.sport", &number, json!({"u": 0})),
        ("fd.connected", &equality, json!({"b": false})),
        ("fd.sip", &equality, json!({"ip": "0.0.0.0"})),
        ("fd.net", &equality, json!({"net": "0.0.0.0/0"})),
        ("evt.buffer", &buffer, json!({"hex": "00"})),
    ];
    let nothing = Table::new(OPENAT, &[]);
    for (name, ops, value) in kinds {
        let mut checks = vec![check(field(name), "exists", None, json!([]))];
        for op in ops {
            checks.push(check(field(name), op, None, json!([value])));
            if ops.len() > 6 {
                for modifier in ["oneof", "anyof", "allof"] {
                    checks.push(check(field(name), op, Some(modifier), json!([value])));
                    checks.push(check(field(name), op, Some(modifier), json!([])));
                }
            }
            if !["regex"].contains(op) {
                checks.push(check(field("proc.exe"), op, None, json!({"operand": field("proc.name")})));
            }
        }
        for op in ["in", "intersects"] {
            checks.push(check(field(name), op, None, json!([value])));
            checks.push(check(field(name), op, None, json!([])));
        }
        if value.get("s").is_some() {
            checks.push(check(field(name), "pmatch", None, json!([{"s": "/"}])));
        }
        for c in checks {
            let bytes = c["op"] == "bcontains" || c["op"] == "bstartswith";
            if bytes && c["lhs"]["field"] == "proc.exe" {
                continue;
            }
            let not = json!({"not": {"check": 0}});
            let rules = RuleSet::new(&plan(std::slice::from_ref(&c), &[], &[json!({"check": 0}), not], "all"))
                .expect("a rule set");
            let mut matched = Vec::new();
            rules.matches(&nothing, &mut rules.scratch(), &mut matched);
            assert_eq!(matched, [1], "{c}");
            assert_eq!((rules.holds(0, &nothing), rules.holds(1, &nothing)), (Some(false), Some(true)), "{c}");
        }
    }
    // A present left side against an absent right one.
    let source = Table::new(OPENAT, &[("proc.exe", text("x"))]);
    for op in ["=", "!=", "<", ">=", "contains", "startswith", "glob", "in", "intersects"] {
        assert!(!holds(check(field("proc.exe"), op, None, json!({"operand": field("proc.name")})), &source), "{op}");
    }
}

#[test]
fn an_empty_string_is_present() {
    let source = Table::new(OPENAT, &[("proc.exepath", text(""))]);
    assert!(holds(check(field("proc.exepath"), "exists", None, json!([])), &source));
    assert!(holds(check(field("proc.exepath"), "=", None, s(&[""])), &source));
    assert!(holds(check(field("proc.exepath"), "!=", None, s(&["x"])), &source));
}

#[test]
fn any_ancestor_decides() {
    let names = Value::List(vec![text("bash"), text("sshd"), text("systemd")]);
    let pids = Value::List(vec![Value::Int(10), Value::Int(1)]);
    let source = Table::new(OPENAT, &[("proc.aname", names), ("proc.apid", pids)]);
    let on = |op: &str, values: &[&str]| holds(check(field("proc.aname"), op, None, s(values)), &source);
    assert!(on("=", &["sshd"]));
    assert!(!on("=", &["cron"]));
    assert!(on("!=", &["sshd"]), "some other ancestor differs");
    assert!(on("in", &["cron", "systemd"]));
    assert!(!on("in", &["cron"]));
    assert!(on("startswith", &["ss"]));
    assert!(on("endswith", &["shd"]));
    assert!(on("contains", &["stem"]));
    assert!(holds(check(field("proc.apid"), ">", None, json!([{"i": 5}])), &source));
    assert!(!holds(check(field("proc.apid"), ">", None, json!([{"i": 50}])), &source));
}

#[test]
fn both_ends_of_a_connection() {
    let ends = || Value::List(vec![ip("10.0.0.1"), ip("8.8.8.8")]);
    let ports = Value::List(vec![Value::Uint(40_000), Value::Uint(53)]);
    let source = Table::new(OPENAT, &[("fd.ip", ends()), ("fd.net", ends()), ("fd.port", ports)]);
    let on = |name: &str, op: &str, values: Json| holds(check(field(name), op, None, values), &source);
    assert!(on("fd.ip", "=", json!([{"ip": "8.8.8.8"}])));
    assert!(!on("fd.ip", "!=", json!([{"ip": "8.8.8.8"}])), "!= asks for both ends");
    assert!(on("fd.ip", "!=", json!([{"ip": "1.1.1.1"}])));
    assert!(on("fd.ip", "in", json!([{"ip": "1.1.1.1"}, {"ip": "10.0.0.1"}])));
    assert!(on("fd.port", "=", json!([{"u": 53}])));
    assert!(!on("fd.port", "!=", json!([{"u": 53}])));
    assert!(on("fd.port", "<", json!([{"u": 100}])));
    assert!(on("fd.port", ">", json!([{"u": 100}])));
    assert!(on("fd.net", "=", json!([{"net": "10.0.0.0/8"}])));
    assert!(!on("fd.net", "!=", json!([{"net": "10.0.0.0/8"}])));
    assert!(on("fd.net", "in", json!([{"net": "10.0.0.0/8"}, {"net": "1.0.0.0/8"}])));
    assert!(on("fd.net", "in", json!([{"net": "1.0.0.0/8"}, {"net": "10.0.0.0/8"}])));
    assert!(!on("fd.net", "in", json!([{"net": "1.0.0.0/8"}, {"net": "2.0.0.0/8"}])));
}

#[test]
fn list_fields() {
    let types = Value::List(vec![text("file"), text("ipv4")]);
    let source = Table::new(OPENAT, &[("fd.types", types)]);
    let on = |op: &str, values: &[&str]| holds(check(field("fd.types"), op, None, s(values)), &source);
    assert!(on("in", &["file", "ipv4", "unix"]));
    assert!(!on("in", &["file"]), "every element must be listed");
    assert!(on("intersects", &["unix", "ipv4"]));
    assert!(!on("intersects", &["unix"]));
    let empty = Table::new(OPENAT, &[("fd.types", Value::List(vec![]))]);
    assert!(holds(check(field("fd.types"), "in", None, s(&["x"])), &empty), "nothing is not listed");
    assert!(!holds(check(field("fd.types"), "intersects", None, s(&["x"])), &empty));
}

fn transform(name: &str, args: Json) -> Json {
    json!({"transform": name, "args": args, "index": null, "key": null})
}

#[test]
fn transformers() {
    let source = Table::new(
        OPENAT,
        &[
            ("proc.name", text("Bash")),
            ("proc.pname", text("sshd")),
            ("proc.exepath", text("/usr/bin/bash")),
            ("proc.cmdline", text("BASH -c ls")),
            ("proc.exe", text("aGVsbG8=")),
            ("proc.pexe", text("not base64!")),
            ("evt.buffer", Value::Buf(b"a\0b")),
            (
                "proc.args",
                Value::List(vec![text("-v"), text("-o"), text("out"), text("-ofile"), text("-z"), text("x")]),
            ),
        ],
    );
    let eq = |lhs: Json, value: &str| holds(check(lhs, "=", None, s(&[value])), &source);
    let exists = |lhs: Json| holds(check(lhs, "exists", None, json!([])), &source);
    assert!(eq(transform("tolower", json!([field("proc.name")])), "bash"));
    assert!(eq(transform("toupper", json!([field("proc.name")])), "BASH"));
    assert!(eq(transform("tolower", json!([field("proc.cmdline")])), "bash -c ls"));
    assert!(eq(transform("basename", json!([field("proc.exepath")])), "bash"));
    assert!(eq(transform("basename", json!([transform("toupper", json!([field("proc.exepath")]))])), "BASH"));
    assert!(eq(transform("b64", json!([field("proc.exe")])), "hello"));
    assert!(!exists(transform("b64", json!([field("proc.pexe")]))));
    assert!(eq(transform("concat", json!([field("proc.name"), {"s": "-"}, field("proc.pname")])), "Bash-sshd"));
    assert!(eq(
        transform("join", json!([{"s": ","}, {"list": [field("proc.name"), {"s": "x"}, field("proc.pname")]}])),
        "Bash,x,sshd"
    ));
    assert!(!exists(transform("concat", json!([field("proc.name"), field("user.name")]))), "an absent part");
    assert!(!exists(transform("tolower", json!([field("user.name")]))));
    assert!(!exists(transform("len", json!([field("user.name")]))));
    let len = |lhs: Json, n: u64| holds(check(transform("len", json!([lhs])), "=", None, json!([{"u": n}])), &source);
    assert!(len(field("proc.name"), 4));
    assert!(len(field("evt.buffer"), 3), "the whole buffer");
    assert!(len(field("proc.cmdline"), 10));
    let getopt = |key: Json| json!({"transform": "getopt", "args": [field("proc.args"), {"s": "vo:"}], "index": null, "key": key});
    assert!(eq(getopt(json!("o")), "file"), "the last value");
    assert!(eq(getopt(json!("v")), ""));
    assert!(!exists(getopt(json!("q"))));
    let all = check(getopt(json!(null)), "in", None, s(&["v", "o", "out", "file", "?"]));
    assert!(holds(all, &source));
    let unknown = check(getopt(json!(null)), "intersects", None, s(&["?"]));
    assert!(holds(unknown, &source));
}

#[test]
fn fields_compared_with_fields() {
    let source = Table::new(
        OPENAT,
        &[
            ("proc.name", text("a")),
            ("proc.pname", text("a")),
            ("proc.pid", Value::Int(5)),
            ("proc.ppid", Value::Int(-1)),
            ("proc.aname", Value::List(vec![text("x"), text("a")])),
        ],
    );
    let on = |l: &str, op: &str, r: &str| holds(check(field(l), op, None, json!({"operand": field(r)})), &source);
    assert!(on("proc.name", "=", "proc.pname"));
    assert!(!on("proc.name", "!=", "proc.pname"));
    assert!(on("proc.pid", ">", "proc.ppid"));
    assert!(on("proc.name", "startswith", "proc.pname"));
    assert!(on("proc.aname", "=", "proc.name"));
    let lower = json!({"operand": transform("tolower", json!([field("proc.pname")]))});
    assert!(holds(check(field("proc.name"), "=", None, lower), &source));
}
