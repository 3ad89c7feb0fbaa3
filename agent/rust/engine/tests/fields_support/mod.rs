//! A scene with processes, descriptors of every kind and users, and what fields show of an event in it.

#![allow(dead_code)]

use std::net::IpAddr;
use std::sync::Arc;

use engine::event::Event;
use engine::fields::{extract, render, Context, Domains, Env, Field, Value};
use engine::schema::{code, field_by_name};
use engine::state::{Fd, FdKind, State, Thread, User};

use crate::state_events::*;

/// When the events happen: 2023-11-14 22:13:20.123456789 UTC.
pub const NOW: u64 = 1_700_000_000_123_456_789;
pub const SECOND: u64 = 1_000_000_000;

/// The container of process 300.
pub const CONTAINER: &str = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e";

/// Descriptors of the worker, process 200.
pub mod fds {
    pub const DIR: i64 = 3;
    pub const FILE: i64 = 4;
    pub const CLIENT: i64 = 5;
    pub const SERVER: i64 = 6;
    pub const UDP6: i64 = 7;
    pub const UNIX: i64 = 8;
    pub const PIPE: i64 = 9;
    pub const LOG: i64 = 10;
    pub const LISTENER: i64 = 11;
    pub const BARE: i64 = 12;
}

/// init (1) ← sh (100, leads session and group) ← worker (200, with thread 201) ← job (300, in a container).
pub fn scene() -> State {
    let mut state = state();
    for (uid, name) in [(0, "root"), (1001, "worker")] {
        let home = format!("/home/{name}");
        state.insert_user(User { uid, gid: uid, name: name.into(), home, shell: "/bin/zsh".into() });
        state.insert_group(uid, name);
    }
    let mut shell = state.thread(100).unwrap().clone();
    (shell.vtid, shell.clone_ts, shell.exe) = (100, NOW - 100 * SECOND, (*b"-sh").into());
    (shell.args, shell.env) = ((*b"-l\0").into(), (*b"TERM=vt100\0LANG=C\0").into());
    state.insert_thread(shell);

    let mut worker = Thread::unknown(200);
    (worker.ptid, worker.sid, worker.pgid, worker.vpgid, worker.degraded) = (100, 100, 100, 100, false);
    (worker.comm, worker.exe) = ((*b"worker").into(), (*b"./worker").into());
    (worker.exepath, worker.cwd) = ((*b"/usr/bin/worker").into(), (*b"/srv/").into());
    worker.args = (*b"-v\0--name=a b\0\0last\0").into();
    worker.env = (*b"PATH=/usr/bin:/bin\0EMPTY=\0HOME=/root\0").into();
    worker.cgroups = (*b"cpu=/sys\0memory=/sys/fs\0").into();
    (worker.uid, worker.gid, worker.loginuid, worker.tty) = (1001, 1001, 0, 34816);
    (worker.cap_permitted, worker.cap_inheritable, worker.cap_effective) = (1 << 40 | 1, 0, 1 << 21);
    (worker.exe_writable, worker.exe_upper_layer, worker.exe_lower_layer) = (true, true, false);
    (worker.exe_ino, worker.exe_ino_ctime, worker.exe_ino_mtime) = (77, NOW - 50 * SECOND, NOW - 60 * SECOND);
    (worker.clone_ts, worker.pidns_init_start_ts) = (NOW - 10 * SECOND, NOW - 20 * SECOND);
    (worker.fdlimit, worker.vmsize_kb, worker.vmrss_kb, worker.vmswap_kb) = (64, 4096, 1024, 7);
    (worker.pfmajor, worker.pfminor) = (3, 30);
    let mut second = worker.clone();
    (second.tid, second.vtid, second.comm) = (201, 201, (*b"pool-1").into());
    state.insert_thread(worker.clone());
    state.insert_thread(second);

    let mut job = worker;
    (job.tid, job.pid, job.vtid, job.vpid, job.ptid) = (300, 300, 1, 1, 200);
    (job.sid, job.vpgid, job.pgid, job.comm) = (1, 1, 300, (*b"job").into());
    job.cgroups = format!("cpu=/docker/{CONTAINER}\0").into_bytes().into();
    (job.exe_from_memfd, job.exe_ino_ctime) = (true, NOW - 15 * SECOND);
    state.insert_thread(job);

    for num in 0..3 {
        let mut tty = Fd::new(FdKind::FileV2);
        tty.name = (*b"/dev/pts/0").into();
        state.insert_fd(200, num, tty);
    }
    let open = |num: i64, name: &str, flags: u32| {
        event(code::SYSCALL_OPENAT_2_X, 200).i64(num).i64(AT_FDCWD).text(name).u32(flags).u32(0).u32(0xfe21).u64(4242)
    };
    open(fds::DIR, "/etc", O_DIRECTORY | 0x1_0000).run(&mut state);
    open(fds::FILE, "data/../x.log", O_RDONLY | 0x8000).run(&mut state);
    for (num, domain, kind) in [
        (fds::CLIENT, 2u32, 1u32),
        (fds::UDP6, 10, 2),
        (fds::UNIX, 1, 1),
        (fds::LOG, 1, 2),
        (fds::LISTENER, 2, 1),
        (fds::BARE, 2, 1),
    ] {
        event(code::SOCKET_SOCKET_X, 200).i64(num).u32(domain).u32(kind).u32(0).u32(0).run(&mut state);
    }
    let connect = |num: i64, tuple: &[u8]| event(code::SOCKET_CONNECT_X, 200).i64(0).raw(tuple).i64(num).absent();
    connect(fds::CLIENT, &v4("10.0.0.9", 40000, "10.0.0.1", 443)).run(&mut state);
    connect(fds::UDP6, &v6("2001:db8::9", 5000, "2001:db8::1", 53)).run(&mut state);
    connect(fds::UNIX, &unix(0xabc, 0xdef, "/run/x.sock")).run(&mut state);
    connect(fds::LOG, &unix(1, 2, "/dev/log")).run(&mut state);
    let accepted = event(code::SOCKET_ACCEPT4_6_X, 200).i64(fds::SERVER);
    accepted.raw(&v4("192.0.2.7", 50000, "10.0.0.9", 80)).u8(0).u32(0).u32(0).u32(0).run(&mut state);
    event(code::SOCKET_BIND_X, 200).i64(0).raw(&[2, 10, 0, 0, 9, 80, 0]).i64(fds::LISTENER).run(&mut state);
    event(code::SYSCALL_PIPE_X, 200).i64(0).i64(fds::PIPE).i64(20).u64(55).run(&mut state);
    state
}

fn ends<const N: usize>(family: u8, ip: impl Fn(&str) -> [u8; N], tuple: [(&str, u16); 2]) -> Vec<u8> {
    let mut bytes = vec![family];
    for (address, port) in tuple {
        bytes.extend(ip(address));
        bytes.extend(port.to_le_bytes());
    }
    bytes
}

pub fn v4(sip: &str, sport: u16, dip: &str, dport: u16) -> Vec<u8> {
    let ip = |text: &str| text.parse::<std::net::Ipv4Addr>().unwrap().octets();
    ends(2, ip, [(sip, sport), (dip, dport)])
}

pub fn v6(sip: &str, sport: u16, dip: &str, dport: u16) -> Vec<u8> {
    let ip = |text: &str| text.parse::<std::net::Ipv6Addr>().unwrap().octets();
    ends(10, ip, [(sip, sport), (dip, dport)])
}

pub fn unix(source: u64, dest: u64, path: &str) -> Vec<u8> {
    let mut bytes = vec![1];
    bytes.extend(source.to_le_bytes());
    bytes.extend(dest.to_le_bytes());
    bytes.extend(path.as_bytes());
    bytes.push(0);
    bytes
}

/// A poll's list of descriptors.
pub fn polled(nums: &[i64]) -> Vec<u8> {
    let mut bytes = (nums.len() as u16).to_le_bytes().to_vec();
    for num in nums {
        bytes.extend(num.to_le_bytes());
        bytes.extend(1u16.to_le_bytes());
    }
    bytes
}

pub fn env() -> Env {
    // Local times are those of the machine; the tables are in UTC.
    std::env::set_var("TZ", "UTC");
    let known: [(&str, IpAddr); 2] =
        [("db.example", "10.0.0.1".parse().unwrap()), ("client.example", "192.0.2.7".parse().unwrap())];
    Env {
        hostname: "web-1".into(),
        start_ts: NOW - 3 * SECOND - 5,
        previous_ts: NOW - 2 * SECOND - 7,
        static_fields: [("site".to_string(), "lab".to_string())].into(),
        domains: Some(Arc::new(Domains::known(&known))),
        iso8601: false,
    }
}

/// A field as rules write it: `proc.aname[2]`, `proc.env[PATH]`, `evt.arg.name`.
pub fn field(text: &str) -> Field {
    let resolved = match text.strip_suffix(']').and_then(|text| text.split_once('[')) {
        Some((name, arg)) => match arg.parse() {
            Ok(index) => Field::resolve(name, Some(index), None),
            Err(_) => Field::resolve(name, None, Some(arg)),
        },
        None if field_by_name(text).is_some() => Field::resolve(text, None, None),
        None => {
            let dots = text.match_indices('.').map(|(at, _)| at).collect::<Vec<_>>();
            let at = dots.into_iter().rev().find(|at| field_by_name(&text[..*at]).is_some()).expect("a field");
            Field::resolve(&text[..at], None, Some(&text[at + 1..]))
        }
    };
    resolved.unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Apply the event and give `look` the context that rules see.
pub fn during<T>(state: &mut State, build: &Build, look: impl FnOnce(&Context) -> T) -> T {
    let bytes = build.bytes();
    let mut event = Event::parse(&bytes, 3, 0).expect("well-formed");
    event.num = 42;
    let effects = state.apply(&event);
    let env = env();
    let seen = look(&Context::new(&event, state, &effects, &env).expect("a known event"));
    state.settle(effects);
    seen
}

/// A field's value as text and as JSON.
pub fn shown(ctx: &Context, text: &str) -> (String, String) {
    let field = field(text);
    let mut buf = Vec::new();
    let value = extract(&field, ctx, &mut buf);
    let value = value.borrowed(&buf);
    let (format, mut plain, mut json) = (field.info().format, Vec::new(), Vec::new());
    render::formatted(&value, format, render::Style::default(), &mut plain);
    render::json(Some((field.id, format)), ctx.event.ts, &value, render::Style::default(), &mut json);
    (String::from_utf8(plain).expect("UTF-8"), String::from_utf8(json).expect("UTF-8"))
}

pub fn is_null(ctx: &Context, field: &Field) -> bool {
    let mut buf = Vec::new();
    extract(field, ctx, &mut buf).borrowed(&buf) == Value::Null
}
