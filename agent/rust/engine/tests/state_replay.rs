//! Replays recorded captures and compares the tables, event by event, with what the field's own tool said of them.
//!
//! The captures lie in a folder beside the repository; without it the test says so and passes.

mod captures;

use std::collections::BTreeMap;

use captures::{gunzip, shared};
use engine::event::Event;
use engine::state::{FdKind, State};
use serde_json::Value;

/// What the golden file says of an event, for the fields that the state alone decides.
fn compare(
    state: &State,
    event: &Event<'_>,
    effects: &engine::state::Effects,
    golden: &Value,
    differ: &mut impl FnMut(&str, String, &Value),
) {
    let mut check = |field: &str, ours: Value| {
        let theirs = &golden[field];
        if ours != *theirs {
            differ(field, ours.to_string(), theirs);
        }
    };
    let text = |bytes: &[u8]| Value::from(String::from_utf8_lossy(bytes).into_owned());
    let Some(thread) = state.thread(event.tid) else { return };
    if !thread.degraded {
        let parent = state.parent(thread);
        check("proc.pid", thread.pid.into());
        check("proc.vpid", thread.vpid.into());
        check("proc.sid", thread.sid.into());
        check("proc.tty", thread.tty.into());
        check("proc.name", text(&thread.comm));
        check("proc.exe", text(&thread.exe));
        check("proc.exepath", text(&thread.exepath));
        check("proc.cwd", text(&thread.cwd));
        check("proc.ppid", parent.map_or(Value::Null, |parent| parent.pid.into()));
        check("proc.pname", parent.map_or(Value::Null, |parent| text(&parent.comm)));
        check("proc.aname[2]", state.ancestor(thread, 2).map_or(Value::Null, |ancestor| text(&ancestor.comm)));
        check("user.uid", thread.uid.into());
        check("group.gid", thread.gid.into());
        check("user.name", state.user(thread.uid).map_or(Value::from("<NA>"), |user| user.name.clone().into()));
        check("container.id", state.container(thread).map_or("host".into(), |container| container.id.clone().into()));
    }
    if golden["fd.num"] != Value::Null {
        check("fd.num", effects.fd.into());
    }
    let Some(fd) = &effects.fd_info else { return };
    check("fd.name", text(&fd.name));
    let end = |end: Option<(std::net::IpAddr, u16)>, ip: &str, port: &str, check: &mut dyn FnMut(&str, Value)| {
        check(ip, end.map_or(Value::Null, |(ip, _)| ip.to_string().into()));
        check(port, end.map_or(Value::Null, |(_, port)| port.into()));
    };
    end(fd.client(), "fd.cip", "fd.cport", &mut check);
    end(fd.server(), "fd.sip", "fd.sport", &mut check);
    check("fd.ino", fd.ino.into());
    check("fd.dev", format!("{:X}", fd.dev).into());
    let kind = match fd.kind {
        FdKind::File | FdKind::FileV2 => "f",
        FdKind::Directory => "d",
        FdKind::Ipv4Sock | FdKind::Ipv4Serv => "4",
        FdKind::Ipv6Sock | FdKind::Ipv6Serv => "6",
        FdKind::Fifo => "p",
        FdKind::Unix => "u",
        FdKind::Netlink => "n",
        FdKind::EventPoll => "l",
        FdKind::Event => "e",
        FdKind::Memfd => "m",
        _ => "o",
    };
    check("fd.typechar", kind.into());
}

/// Fields that differ: how often, and the first example.
type Differences = BTreeMap<String, (usize, String)>;

fn replay(name: &str) -> Option<(usize, Differences)> {
    let capture = shared(&format!("{name}.scap"))?;
    let golden = gunzip(&shared(&format!("golden/{name}.fields.jsonl.gz"))?);
    let mut golden = golden.split(|b| *b == b'\n').filter(|line| !line.is_empty()).map(|line| {
        let value: Value = serde_json::from_slice(line).expect("a golden line is JSON");
        (value["evt.num"].as_u64().expect("numbered"), value)
    });
    let mut next = golden.next();
    let (mut num, mut compared) = (0, 0);
    let mut differences = Differences::new();
    captures::replay(&capture, |state, cpu, flags, bytes| {
        let event = Event::parse(bytes, cpu, flags).expect("a recorded event parses");
        num += 1;
        let effects = state.apply(&event);
        while next.as_ref().is_some_and(|(at, _)| *at < num) {
            next = golden.next();
        }
        if let Some((_, value)) = next.as_ref().filter(|(at, _)| *at == num) {
            if value["evt.rawtime"].as_u64() == Some(event.ts) {
                compared += 1;
                compare(state, &event, &effects, value, &mut |field, ours, theirs| {
                    let example = || {
                        let what = format!("event {num} ({}, {})", value["evt.type"], value["evt.args"]);
                        format!("{what}: ours {ours}, theirs {theirs}")
                    };
                    differences.entry(field.to_string()).or_insert_with(|| (0, example())).0 += 1;
                });
            }
        }
        state.settle(effects);
    });
    eprintln!("{name}: {num} events, {compared} compared");
    Some((compared, differences))
}

fn check(name: &str) {
    let Some((compared, differences)) = replay(name) else { return };
    for (field, (count, example)) in &differences {
        eprintln!("{field}: {count} differ; first: {example}");
    }
    assert!(compared > 1000, "only {compared} events were compared");
    assert!(differences.is_empty(), "{} fields differ from the recorded values", differences.len());
}

#[test]
fn state_capture_agrees() {
    check("state");
}

#[test]
fn sys_capture_agrees() {
    check("sys");
}
