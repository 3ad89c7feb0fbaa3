//! What is written is read back as it was.

mod captures;
mod scap_files;

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;

use captures::shared;
use engine::event::lengths_width;
use engine::scap::{Compression, Interface, Item, Machine, Reader, Writer, LARGE, MAX_EVENT};
use engine::schema::{ef, EventInfo, ParamType, Status, EVENTS};
use engine::state::{Fd, FdKind, State, StateConfig, Thread, Tuple, User};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use scap_files::{close, event, read, Owned, Record};

fn written(compression: Compression, write: impl FnOnce(&mut Writer<Vec<u8>>)) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), compression).unwrap();
    write(&mut writer);
    writer.finish().unwrap()
}

/// Event types that are stored as they are: those of today, but for enter events of system calls that only old files have.
fn writable() -> Vec<&'static EventInfo> {
    let keeps = |info: &&EventInfo| {
        info.status == Status::Current && info.flags & (ef::UNUSED | ef::OLD_VERSION) == 0 && {
            let bytes = event(1, info.code, &vec![&b""[..]; info.params.len()]);
            let file = scap_files::FileBytes::new().event(&bytes).read();
            file.events().len() == 1
        }
    };
    EVENTS.iter().filter(keeps).collect()
}

/// A value of a type, of a length at one of its bounds.
fn value(ptype: ParamType, large: bool) -> BoxedStrategy<Vec<u8>> {
    use ParamType::*;
    let of = |lengths: &'static [usize]| {
        proptest::sample::select(lengths).prop_flat_map(|len| proptest::collection::vec(any::<u8>(), len..=len)).boxed()
    };
    match ptype {
        Int8 | Uint8 | Flags8 | Enumflags8 | Sigtype | L4proto | Sockfamily => of(&[0, 1]),
        Int16 | Uint16 | Flags16 | Enumflags16 | Syscallid | Port => of(&[0, 2]),
        Int32 | Uint32 | Flags32 | Enumflags32 | Mode | Uid | Gid | Sigset | Bool | Ipv4addr | Fd32 | Pid32 => {
            of(&[0, 4])
        }
        Int64 | Uint64 | Errno | Fd | Pid | Reltime | Abstime | Double => of(&[0, 8]),
        Ipv6addr => of(&[0, 16]),
        Sockaddr => of(&[0, 7, 19, 1, 109]),
        Socktuple => of(&[0, 13, 37, 17, 125]),
        Fdlist => of(&[0, 2, 12, 1002]),
        Dyn => of(&[0, 1, 2, 5, 9]),
        _ if large => of(&[0, 1, 80, 65_536, 70_001]),
        _ => of(&[0, 1, 2, 3, 79, 80, 81, 255, 256, 1023, 2000]),
    }
}

fn record() -> impl Strategy<Value = Record> {
    let flags =
        prop_oneof![Just(0u32), Just(1), Just(1 << 16), Just(1 << 17 | 1), any::<u32>().prop_map(|f| f & !0b110)];
    (proptest::sample::select(writable()), any::<u16>(), flags, any::<(u64, i64, bool)>()).prop_flat_map(
        |(info, cpu, flags, (ts, tid, large))| {
            let wide = lengths_width(info.code) == 4;
            let params: Vec<_> = info.params.iter().map(|param| value(param.ptype, wide)).collect();
            params.prop_map(move |params| {
                let slices: Vec<&[u8]> = params.iter().map(Vec::as_slice).collect();
                let mut bytes = event(tid, info.code, &slices);
                bytes[..8].copy_from_slice(&ts.to_le_bytes());
                Record { cpu, flags, large: large || bytes.len() + 6 > MAX_EVENT - 4, bytes }
            })
        },
    )
}

/// 10,000 streams, each plain and compressed.
#[test]
fn random_streams_are_read_back_identically() {
    let mut runner = TestRunner::new(Config { cases: 10_000, failure_persistence: None, ..Config::default() });
    let seen = std::cell::RefCell::new(BTreeMap::<u16, u32>::new());
    let total = std::cell::Cell::new(0);
    runner
        .run(&proptest::collection::vec(record(), 1..8), |records| {
            for compression in [Compression::None, Compression::Gzip] {
                let file = written(compression, |writer| {
                    for record in &records {
                        let flags = record.flags | if record.large { LARGE } else { 0 };
                        writer.write_event(record.cpu, flags, &record.bytes).unwrap();
                    }
                });
                let whole = read(&file[..]);
                prop_assert_eq!(whole.error.as_ref(), None);
                let back: Vec<Record> = whole.events().into_iter().cloned().collect();
                prop_assert_eq!(&back, &records);
            }
            total.set(total.get() + records.len());
            records.iter().for_each(|record| *seen.borrow_mut().entry(record.etype()).or_default() += 1);
            Ok(())
        })
        .unwrap();
    let all = writable().len();
    println!("{} events of {} types of {all}", total.get(), seen.borrow().len());
    assert!(total.get() >= 30_000 && all > 150);
    assert!(seen.borrow().len() * 100 >= all * 95, "{} of {all} event types came up", seen.borrow().len());
}

#[test]
fn blocks_have_the_sizes_and_the_padding_of_the_format() {
    for extra in 0..9 {
        let bytes = event(1, engine::schema::code::SYSCALL_CHDIR_X, &[&0u64.to_le_bytes(), &vec![b'x'; extra]]);
        for (flags, number, before) in [(0, 0x216u32, 2), (1, 0x217, 6), (LARGE, 0x221, 2), (1 | LARGE, 0x222, 6)] {
            let file = written(Compression::None, |writer| writer.write_event(0x0102, flags, &bytes).unwrap());
            let block = &file[28..];
            let total = (8 + before + bytes.len() + 4).next_multiple_of(4);
            assert_eq!(block.len(), total);
            assert_eq!(block[..4], number.to_le_bytes());
            assert_eq!(block[4..8], (total as u32).to_le_bytes());
            assert_eq!(block[total - 4..], (total as u32).to_le_bytes());
            assert_eq!(block[8..10], [2, 1]);
            assert_eq!(&block[8 + before..8 + before + bytes.len()], &bytes);
            assert!(block[8 + before + bytes.len()..total - 4].iter().all(|byte| *byte == 0));
        }
    }
    let file = written(Compression::None, |_| {});
    assert_eq!(file[..12], [0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a]);
    assert_eq!(file[12..], [&[1, 0, 2, 0][..], &[0xff; 8], &[28, 0, 0, 0]].concat());
}

#[test]
fn what_is_no_event_is_not_written() {
    let mut writer = Writer::new(Vec::new(), Compression::None).unwrap();
    let good = close(1);
    for bad in [&[][..], &good[..30], &[good.clone(), vec![0]].concat()] {
        assert!(writer.write_event(0, 0, bad).is_err(), "{} bytes", bad.len());
    }
    assert_eq!(writer.counters().events, 0);
}

fn thread(tid: i64, pid: i64, seed: u64) -> Thread {
    let text = |what: &str| Arc::<[u8]>::from(format!("{what}-{seed}").as_bytes());
    Thread {
        pid,
        ptid: 1,
        vtid: tid - 100,
        vpid: pid - 100,
        sid: 3,
        pgid: 4,
        vpgid: 5,
        comm: text("comm"),
        exe: text("exe"),
        exepath: text("/bin/exe"),
        args: Arc::from(&b"-a\0\0last\0"[..]),
        env: Arc::from(&b"A=1\0B=2\0"[..]),
        cwd: Arc::from(&b"/home/\xff/"[..]),
        root: text("/root"),
        cgroups: Arc::from(&b"cpu=/x\0memory=/y\0"[..]),
        uid: 1000,
        gid: 1001,
        loginuid: 1002,
        tty: 34816,
        flags: 0x10,
        cap_inheritable: 1 << 40,
        cap_permitted: 2 << 40,
        cap_effective: 3 << 40,
        exe_writable: seed % 2 == 0,
        exe_upper_layer: seed % 3 == 0,
        exe_lower_layer: seed % 5 == 0,
        exe_from_memfd: seed % 7 == 0,
        exe_ino: seed + 1,
        exe_ino_ctime: seed + 2,
        exe_ino_mtime: seed + 3,
        fdlimit: 1024,
        vmsize_kb: 10,
        vmrss_kb: 11,
        vmswap_kb: 12,
        pfmajor: 13,
        pfminor: 14,
        pidns_init_start_ts: seed + 4,
        degraded: false,
        ..Thread::unknown(tid)
    }
}

/// What a file keeps of a thread.
fn kept_of_thread(t: &Thread) -> String {
    let mut t = t.clone();
    t.container = None;
    (t.clone_ts, t.exec_ts) = (0, 0);
    format!("{t:?}")
}

fn kept_of_fd(fd: &Fd) -> String {
    let Fd { kind, name, open_flags, dev, ino, tuple, l4proto, unix_source, unix_dest, .. } = fd;
    format!("{:?}", (kind, name, open_flags, dev, ino, tuple, l4proto, unix_source, unix_dest))
}

fn fd_of(kind: FdKind, num: i64) -> Fd {
    let mut fd = Fd::new(kind);
    fd.ino = 1000 + num as u64;
    let mut ends = [[0; 16]; 2];
    let len = if fd.is_v6() { 16 } else { 4 };
    ends[0][..len].fill(7);
    ends[1][..len].fill(9);
    match kind {
        FdKind::Ipv4Sock | FdKind::Ipv6Sock => {
            fd.tuple = Tuple { sip: ends[0], dip: ends[1], sport: 1234, dport: 443 };
            fd.l4proto = 2;
            let mut text = Vec::new();
            engine::state::address::tuple_text(fd.is_v6(), &fd.tuple, &mut text);
            fd.name = text.into();
        }
        FdKind::Ipv4Serv | FdKind::Ipv6Serv => {
            fd.tuple = Tuple { dip: ends[1], dport: 80, ..Tuple::default() };
            fd.l4proto = 3;
            let mut text = Vec::new();
            engine::state::address::endpoint_text(fd.is_v6(), &fd.tuple.dip, 80, &mut text);
            fd.name = text.into();
        }
        _ => fd.name = Arc::from(format!("/name/of/{num}").as_bytes()),
    }
    match kind {
        FdKind::Unix => (fd.unix_source, fd.unix_dest) = (0xffff_0001, 0xffff_0002),
        FdKind::FileV2 => (fd.open_flags, fd.dev) = (1 << 12 | 2, 0x801),
        _ => {}
    }
    fd
}

fn load(file: impl std::io::Read) -> (State, Vec<Owned>) {
    let mut reader = Reader::new(file);
    let mut state = State::new(StateConfig::offline());
    let mut rest = Vec::new();
    while let Some(item) = reader.next().unwrap() {
        match item {
            Item::Machine(machine) => rest.push(Owned::Machine(machine)),
            Item::Interface(interface) => rest.push(Owned::Interface(interface)),
            item => _ = item.load(&mut state),
        }
    }
    (state, rest)
}

#[test]
fn the_state_is_read_back() {
    let mut state = State::new(StateConfig::offline());
    for uid in [0, 1000, u32::MAX - 1] {
        let name = format!("user{uid}");
        state.insert_user(User { uid, gid: uid, home: format!("/home/{name}"), shell: "/bin/sh".into(), name });
        state.insert_group(uid, &format!("group{uid}"));
    }
    for pid in [200, 201, 1000] {
        state.insert_thread(thread(pid, pid, pid as u64));
        state.insert_thread(thread(pid + 5000, pid, 30));
        for (kind, num) in FdKind::ALL.into_iter().zip(0..) {
            state.insert_fd(pid, num * 100, fd_of(kind, num));
        }
    }
    let machine = Machine {
        cpus: 8,
        memory_bytes: 1 << 34,
        max_pid: 1 << 22,
        hostname: "host".into(),
        boot_ts: 9,
        flags: 1,
        reserved: [2, 3],
    };
    let interface = |v6: bool, name: &str| Interface {
        name: name.into(),
        v6,
        address: if v6 { [6; 16] } else { [10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
        netmask: [0; 16],
        broadcast: [0; 16],
        link_speed: 1_000_000,
    };
    for compression in [Compression::None, Compression::Gzip] {
        let file = written(compression, |writer| {
            writer.write_machine(&machine).unwrap();
            writer.write_interfaces(&[interface(true, "eth0"), interface(false, "lo")]).unwrap();
            writer.write_state(&state).unwrap();
            writer.write_event(0, 0, &close(200)).unwrap();
        });
        let (back, rest) = load(&file[..]);
        let [Owned::Machine(m), Owned::Interface(first), Owned::Interface(second)] = &rest[..] else {
            panic!("{rest:?}")
        };
        assert_eq!((m, first, second), (&machine, &interface(false, "lo"), &interface(true, "eth0")));
        let users = |state: &State| {
            let mut users: Vec<_> = state.users().cloned().collect();
            users.sort_by_key(|user| user.uid);
            let mut groups: Vec<_> = state.groups().map(|(gid, name)| (gid, name.to_string())).collect();
            groups.sort();
            (users, groups)
        };
        assert_eq!(users(&back), users(&state));
        let threads =
            |state: &State| -> BTreeMap<i64, String> { state.threads().map(|t| (t.tid, kept_of_thread(t))).collect() };
        assert_eq!(threads(&back), threads(&state));
        assert_eq!(threads(&back).len(), 6);
        for pid in [200, 201, 1000] {
            let fds = |state: &State| -> BTreeMap<i64, String> {
                let known = state.fds(pid).filter(|(_, fd)| fd.kind != FdKind::Unknown);
                known.map(|(num, fd)| (num, kept_of_fd(fd))).collect()
            };
            assert_eq!(fds(&back), fds(&state));
            assert_eq!(fds(&back).len(), FdKind::ALL.len() - 1, "no place for unknown ones");
            assert!(back.fd(pid, 1600).unwrap().cloexec);
        }
    }
}

#[test]
fn strings_that_readers_would_refuse_are_cut_and_counted() {
    let mut state = State::new(StateConfig::offline());
    let long: Arc<[u8]> = vec![b'x'; 70_000].into();
    let mut big = thread(7, 7, 1);
    for slot in
        [&mut big.comm, &mut big.exe, &mut big.exepath, &mut big.root, &mut big.args, &mut big.env, &mut big.cgroups]
    {
        *slot = long.clone();
    }
    big.cwd = [&long[..], b"/"].concat().into();
    state.insert_thread(big);
    for (num, kind) in [(1, FdKind::File), (2, FdKind::Unix), (3, FdKind::FileV2)] {
        state.insert_fd(7, num, Fd { name: long.clone(), ..fd_of(kind, num) });
    }
    state.insert_user(User { uid: 5, gid: 5, name: "é".repeat(200), home: "h".repeat(300), shell: "s".repeat(300) });
    let mut writer = Writer::new(Vec::new(), Compression::None).unwrap();
    writer.write_machine(&Machine { hostname: "h".repeat(200), ..Machine::default() }).unwrap();
    writer.write_state(&state).unwrap();
    writer.write_event(0, 0, &close(7)).unwrap();
    assert_eq!(writer.counters().cut_strings, 1 + 8 + 3 + 3);
    let (back, rest) = load(&writer.finish().unwrap()[..]);
    let t = back.thread(7).unwrap();
    assert_eq!((t.comm.len(), t.exepath.len(), t.cwd.len()), (1024, 1024, 1025));
    assert_eq!((t.args.len(), t.env.len(), t.cgroups.len(), t.args.last()), (4096, 4096, 4096, Some(&0)));
    assert!([1, 2, 3].iter().all(|num| back.fd(7, *num).unwrap().name.len() == 1023));
    assert_eq!(back.user(5).unwrap().name.chars().count(), 127);
    assert!(matches!(&rest[0], Owned::Machine(machine) if machine.hostname.len() == 127));
}

/// Blocks of events in a plain file, in order.
fn event_blocks(file: &[u8]) -> Vec<&[u8]> {
    let mut blocks = Vec::new();
    let mut rest = file;
    while rest.len() >= 12 {
        let number = u32::from_le_bytes(rest[..4].try_into().unwrap());
        let (block, tail) = rest.split_at(u32::from_le_bytes(rest[4..8].try_into().unwrap()) as usize);
        if matches!(number, 0x216 | 0x217 | 0x221 | 0x222) {
            blocks.push(block);
        }
        rest = tail;
    }
    blocks
}

#[test]
fn recorded_event_blocks_are_written_as_they_were() {
    for name in ["sys", "state"] {
        let Some(path) = shared(&format!("{name}.scap")) else { return };
        let original = captures::gunzip(&path);
        let mut reader = Reader::new(File::open(&path).unwrap());
        let file = written(Compression::None, |writer| {
            while let Some(item) = reader.next().unwrap() {
                if let Item::Event { cpu, flags, bytes, large } = item {
                    writer.write_event(cpu, flags | if large { LARGE } else { 0 }, bytes).unwrap();
                }
            }
        });
        let (ours, theirs) = (event_blocks(&file), event_blocks(&original));
        assert!(theirs.len() > 100_000);
        assert_eq!(ours.len(), theirs.len());
        let differing = ours.iter().zip(&theirs).position(|(a, b)| a != b);
        assert_eq!(differing, None, "{name}: the first block that differs");
        println!("{name}: {} blocks are the same", ours.len());
    }
}

/// The lists of recorded captures, written and read again, give the same state.
#[test]
fn recorded_lists_survive_being_written() {
    let all = |state: &State| -> BTreeMap<i64, (String, Vec<(i64, String)>)> {
        let fds = |t: &Thread| {
            let known = state.fds(t.tid).filter(|(_, fd)| fd.kind != FdKind::Unknown);
            known.map(|(num, fd)| (num, kept_of_fd(fd))).collect()
        };
        state.threads().map(|t| (t.tid, (kept_of_thread(t), fds(t)))).collect()
    };
    let mut threads = 0;
    for name in ["sys", "sample", "psp_privileged", "curl_google"] {
        let Some(path) = shared(&format!("{name}.scap")) else { return };
        let (state, _) = load(File::open(path).unwrap());
        let mut writer = Writer::new(Vec::new(), Compression::Gzip).unwrap();
        writer.write_state(&state).unwrap();
        writer.write_event(0, 0, &close(1)).unwrap();
        assert_eq!(writer.counters().cut_strings, 0);
        let (back, _) = load(&writer.finish().unwrap()[..]);
        assert_eq!(all(&back), all(&state), "{name}");
        threads += back.stats().threads;
    }
    assert!(threads > 200, "{threads} threads");
}
