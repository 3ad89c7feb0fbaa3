//! Replays recorded captures and compares the tables, event by event, with what the field's own tool said of them.
//!
//! The captures lie in a folder beside the repository; without it the test says so and passes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use engine::event::Event;
use engine::state::{Fd, FdKind, State, StateConfig, Thread, Tuple, User};
use serde_json::Value;

fn captures() -> Option<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/captures");
    let dir = std::env::var_os("AGENT_TEST_CAPTURES").map_or(dir, PathBuf::from);
    if dir.join("state.scap").exists() {
        return Some(dir);
    }
    eprintln!("skipped: no captures in {}", dir.display());
    None
}

fn gunzip(path: &Path) -> Vec<u8> {
    let output = Command::new("gzip").arg("-dc").arg(path).output().expect("gzip runs");
    assert!(output.status.success(), "gzip -dc {} failed", path.display());
    output.stdout
}

/// Reads little-endian numbers and counted strings off the front.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, len: usize) -> &'a [u8] {
        let (head, tail) = self.0.split_at(len);
        self.0 = tail;
        head
    }
    fn uint(&mut self, len: usize) -> u64 {
        self.take(len).iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }
    fn int(&mut self) -> i64 {
        self.uint(8) as i64
    }
    fn text(&mut self) -> &'a [u8] {
        let len = self.uint(2) as usize;
        self.take(len)
    }
    fn entry(&mut self) -> Option<Cursor<'a>> {
        if self.0.len() < 4 {
            return None;
        }
        let len = self.uint(4) as usize;
        Some(Cursor(self.take(len - 4)))
    }
}

fn load_processes(state: &mut State, mut body: Cursor<'_>) {
    while let Some(mut e) = body.entry() {
        let mut thread = Thread::unknown(e.int());
        thread.degraded = false;
        thread.pid = e.int();
        thread.ptid = e.int();
        thread.sid = e.int();
        thread.vpgid = e.int();
        thread.comm = e.text().into();
        thread.exe = e.text().into();
        thread.exepath = e.text().into();
        thread.args = e.text().into();
        let mut cwd = e.text().to_vec();
        if cwd.last() != Some(&b'/') {
            cwd.push(b'/');
        }
        thread.cwd = cwd.into();
        thread.fdlimit = e.int();
        thread.flags = e.uint(4) as u32;
        thread.uid = e.uint(4) as u32;
        thread.gid = e.uint(4) as u32;
        e.take(12 + 16);
        thread.env = e.text().into();
        thread.vtid = e.int();
        thread.vpid = e.int();
        thread.cgroups = e.text().into();
        thread.root = e.text().into();
        thread.pidns_init_start_ts = e.uint(8);
        thread.tty = e.uint(4) as u32;
        thread.loginuid = e.uint(4) as u32;
        state.insert_thread(thread);
    }
}

fn load_fds(state: &mut State, mut body: Cursor<'_>) {
    let tid = body.int();
    while let Some(mut e) = body.entry() {
        let num = e.int();
        let ino = e.uint(8);
        let kind = e.uint(1) as u8;
        let mut fd = Fd::new(FdKind::Unsupported);
        let ip = |e: &mut Cursor<'_>, len: usize| {
            let mut addr = [0; 16];
            addr[..len].copy_from_slice(e.take(len));
            addr
        };
        match kind {
            3 | 4 => {
                let len = if kind == 3 { 4 } else { 16 };
                fd.kind = if kind == 3 { FdKind::Ipv4Sock } else { FdKind::Ipv6Sock };
                let (sip, dip) = (ip(&mut e, len), ip(&mut e, len));
                fd.tuple = Tuple { sip, dip, sport: e.uint(2) as u16, dport: e.uint(2) as u16 };
                fd.l4proto = e.uint(1) as u8;
                fd.is_client = true;
            }
            8 => {
                (fd.kind, fd.unix_source, fd.unix_dest) = (FdKind::Unix, e.uint(8), e.uint(8));
                fd.name = e.text().into();
            }
            16 => {
                (fd.kind, fd.open_flags) = (FdKind::FileV2, e.uint(4) as u32);
                fd.name = e.text().into();
            }
            2 => (fd.kind, fd.name) = (FdKind::Directory, e.text().into()),
            7 => (fd.kind, fd.name) = (FdKind::Fifo, e.text().into()),
            _ => {}
        }
        fd.ino = ino;
        state.insert_fd(tid, num, fd);
    }
}

fn load_users(state: &mut State, mut body: Cursor<'_>) {
    while let Some(mut e) = body.entry() {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if e.uint(1) == 0 {
            let (uid, gid) = (e.uint(4) as u32, e.uint(4) as u32);
            let (name, home, shell) = (text(e.text()), text(e.text()), text(e.text()));
            state.insert_user(User { uid, gid, name, home, shell });
        } else {
            let gid = e.uint(4) as u32;
            state.insert_group(gid, &text(e.text()));
        }
    }
}

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
    let dir = captures()?;
    let capture = gunzip(&dir.join(format!("{name}.scap")));
    let golden = gunzip(&dir.join(format!("golden/{name}.fields.jsonl.gz")));
    let mut golden = golden.split(|b| *b == b'\n').filter(|line| !line.is_empty()).map(|line| {
        let value: Value = serde_json::from_slice(line).expect("a golden line is JSON");
        (value["evt.num"].as_u64().expect("numbered"), value)
    });
    let mut next = golden.next();
    let mut state = State::new(StateConfig::offline());
    let (mut num, mut compared) = (0, 0);
    let mut differences = Differences::new();
    let mut rest = Cursor(&capture);
    while rest.0.len() >= 8 {
        let kind = rest.uint(4);
        let len = rest.uint(4) as usize;
        let mut body = Cursor(&rest.take(len - 8)[..len - 12]);
        match kind {
            0x215 => load_processes(&mut state, body),
            0x218 => load_fds(&mut state, body),
            0x220 => load_users(&mut state, body),
            0x216 => {
                let cpu = body.uint(2) as u16;
                let event = Event::parse(body.0, cpu, 0).expect("a recorded event parses");
                num += 1;
                let effects = state.apply(&event);
                while next.as_ref().is_some_and(|(at, _)| *at < num) {
                    next = golden.next();
                }
                if let Some((_, value)) = next.as_ref().filter(|(at, _)| *at == num) {
                    if value["evt.rawtime"].as_u64() == Some(event.ts) {
                        compared += 1;
                        compare(&state, &event, &effects, value, &mut |field, ours, theirs| {
                            let example = || {
                                let what = format!("event {num} ({}, {})", value["evt.type"], value["evt.args"]);
                                format!("{what}: ours {ours}, theirs {theirs}")
                            };
                            differences.entry(field.to_string()).or_insert_with(|| (0, example())).0 += 1;
                        });
                    }
                }
                state.settle(effects);
            }
            _ => {}
        }
    }
    eprintln!("{name}: {num} events, {compared} compared, {:?}", state.stats());
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
