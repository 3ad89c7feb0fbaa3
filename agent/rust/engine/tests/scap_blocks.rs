//! Blocks of every kind and version.

mod scap_files;

use engine::schema::code;
use engine::state::{FdKind, State, StateConfig, Thread};
use scap_files::*;

/// A process entry as version `version` has it.
fn process(version: u8) -> Body {
    let mut e = Body::new().u64(42).u64(41).u64(1);
    if version >= 6 {
        e = e.u64(40);
    }
    if version >= 8 {
        e = e.u64(39);
    }
    e = e.text("comm").text("exe");
    if version >= 7 {
        e = e.text("/bin/exe");
    }
    e = e.text("a\0b").text("/root").u64(1024).u32(7).u32(1000).u32(1001);
    if version >= 2 {
        e = e.u32(11).u32(12).u32(13).u64(14).u64(15);
    }
    if version >= 3 {
        e = e.text("PATH=/bin\0");
    }
    if version >= 4 {
        e = e.u64(2).u64(1).text("cpu=/\0");
    }
    if version >= 5 {
        e = e.text("/");
    }
    e
}

fn only_thread(file: FileBytes) -> Thread {
    let whole = file.event(&close(42)).read();
    assert_eq!(whole.error, None);
    let thread = whole.items.into_iter().find_map(|item| if let Owned::Thread(t) = item { Some(t) } else { None });
    *thread.expect("a thread")
}

#[test]
fn process_lists_of_every_version_are_read() {
    let numbers = [
        (1, 0x202, 0x8000_ABCD),
        (2, 0x207, 0x8013_ABCD),
        (3, 0x209, 0x8014_ABCD),
        (4, 0x210, 0x210),
        (5, 0x211, 0x211),
        (6, 0x212, 0x212),
        (7, 0x213, 0x213),
        (8, 0x214, 0x214),
    ];
    for (version, number, old_number) in numbers {
        for number in [number, old_number] {
            let t = only_thread(FileBytes::new().block(number, process(version)));
            let since = |first: u8, value: i64, absent: i64| if version >= first { value } else { absent };
            assert_eq!((t.tid, t.pid, t.ptid, t.degraded), (42, 41, 1, false));
            assert_eq!((t.sid, t.vpgid), (since(6, 40, -1), since(8, 39, -1)), "version {version}");
            assert_eq!((t.vtid, t.vpid), (since(4, 2, -1), since(4, 1, -1)), "version {version}");
            assert_eq!((&*t.comm, &*t.exe), (&b"comm"[..], &b"exe"[..]));
            assert_eq!(&*t.exepath, if version >= 7 { &b"/bin/exe"[..] } else { b"" });
            assert_eq!((&*t.args, &*t.cwd), (&b"a\0b\0"[..], &b"/root/"[..]));
            assert_eq!((t.fdlimit, t.flags, t.uid, t.gid), (1024, 7, 1000, 1001));
            assert_eq!(t.vmswap_kb, if version >= 2 { 13 } else { 0 });
            assert_eq!(t.pfminor, if version >= 2 { 15 } else { 0 });
            assert_eq!(&*t.env, if version >= 3 { &b"PATH=/bin\0"[..] } else { b"" });
            assert_eq!(&*t.cgroups, if version >= 4 { &b"cpu=/\0"[..] } else { b"" });
            assert_eq!(&*t.root, if version >= 5 { &b"/"[..] } else { b"" });
            assert_eq!((t.loginuid, t.pgid), (u32::MAX, -1));
        }
    }
}

#[test]
fn fields_of_version_9_end_where_the_entry_ends() {
    let full = Body::new().u64(900).u32(901).u32(902).u8(1).u64(3).u64(4).u64(5).u8(1);
    let full = full.u64(906).u64(907).u64(908).u8(1).u8(1).u64(909).raw(b"what newer writers add");
    // Lengths of what follows the root directory.
    for len in 30..full.0.len() {
        let entry = process(8).raw(&full.0[..len]);
        let t = only_thread(FileBytes::new().block(0x215, Body::new().entry(entry)));
        assert_eq!((t.pidns_init_start_ts, t.tty, t.loginuid, t.exe_writable), (900, 901, 902, len >= 17), "{len}");
        assert_eq!(t.cap_effective, if len >= 41 { 5 } else { 0 }, "{len}");
        assert_eq!(t.exe_from_memfd, len >= 67, "{len}");
        assert_eq!(t.exe_ino_mtime, if len >= 66 { 908 } else { 0 }, "{len}");
        assert_eq!(t.pgid, if len >= 76 { 909 } else { -1 }, "{len}");
    }
}

#[test]
fn the_tail_of_the_first_version_9_begins_with_the_login_uid() {
    let tail = Body::new().u32(1000).u8(1).u64(3).u64(4).u64(5);
    for (len, uid, writable, effective) in
        [(29, 1000, true, 5), (5, 1000, true, 0), (4, 1000, false, 0), (0, u32::MAX, false, 0)]
    {
        let t = only_thread(FileBytes::new().block(0x215, Body::new().entry(process(8).raw(&tail.0[..len]))));
        assert_eq!((t.loginuid, t.exe_writable, t.cap_effective), (uid, writable, effective), "{len}");
        assert_eq!((t.pidns_init_start_ts, t.tty), (0, 0));
    }
}

#[test]
fn several_entries_and_several_blocks_make_one_list() {
    let two = Body::new().entry(process(8)).entry(process(8).raw(&[0; 200]));
    let whole = FileBytes::new().block(0x215, two.clone()).block(0x215, two).event(&close(42)).read();
    assert_eq!(whole.error, None);
    assert_eq!(whole.items.iter().filter(|item| matches!(item, Owned::Thread(_))).count(), 4);
}

#[test]
fn strings_beyond_the_limits_are_refused() {
    let long = "x".repeat(1025);
    let entry = Body::new().u64(1).u64(1).u64(0).text("comm").text(&long);
    let whole = FileBytes::new().block(0x202, entry).event(&close(1)).read();
    assert!(
        whole.failure().contains("block 2 (process list) at offset 28: entry 1: the program has 1025 bytes"),
        "{}",
        whole.failure()
    );

    let user = Body::new().u8(0).u32(1).u32(1).text(&"x".repeat(256));
    let whole = FileBytes::new().block(0x206, user).event(&close(1)).read();
    assert!(
        whole.failure().contains("entry 1: the name of a user has 256 bytes where 255 are the most"),
        "{}",
        whole.failure()
    );
}

#[test]
fn users_and_groups_of_both_versions_are_read() {
    let user = Body::new().u8(0).u32(1000).u32(1001).text("ann").text("/home/ann").text("/bin/sh");
    let group = Body::new().u8(1).u32(27).text("sudo");
    let v1 = user.clone().raw(&group.0);
    let v2 = Body::new().entry(user).entry(group.raw(b"from the future"));
    for (number, body) in [(0x206, v1.clone()), (0x8012_ABCD, v1), (0x220, v2)] {
        let whole = FileBytes::new().block(number, body).event(&close(1)).read();
        let [Owned::Section, Owned::User(user), Owned::Group(27, group), Owned::Event(_)] = &whole.items[..] else {
            panic!("{:?} {:?}", whole.items, whole.error)
        };
        assert_eq!((user.uid, user.gid, &*user.name, &*user.home), (1000, 1001, "ann", "/home/ann"));
        assert_eq!((&*user.shell, &**group), ("/bin/sh", "sudo"));
    }
}

#[test]
fn interfaces_of_every_version_are_read() {
    let v4 = Body::new().u16(1).u16(4).raw(&[10, 0, 0, 2, 255, 255, 255, 0, 10, 0, 0, 255]).u64(77).raw(b"eth0");
    let v6 = Body::new().u16(2).u16(2).raw(&[6; 48]).u64(78).raw(b"lo");
    let slow = Body::new().u16(3).u16(1).raw(&[1; 12]).raw(b"x");
    let slow6 = Body::new().u16(4).u16(1).raw(&[2; 48]).raw(b"y");
    let all = [v4, v6, slow, slow6];
    let v1 = all.iter().fold(Body::new(), |list, one| list.raw(&one.0));
    // This length does not count itself. A type that is not known is skipped.
    let counted = |list: Body, one: &Body| list.u32(one.0.len() as u32).raw(&one.0);
    let v2 = all.iter().fold(counted(Body::new(), &Body::new().u16(9).raw(b"?????")), counted);
    for (number, body, unknown) in [(0x205, v1.clone(), 0), (0x8011_ABCD, v1, 0), (0x219, v2, 1)] {
        let whole = FileBytes::new().block(number, body).event(&close(1)).read();
        assert_eq!((&whole.error, whole.counters.skipped_entries), (&None, unknown));
        let found: Vec<_> =
            whole.items.iter().filter_map(|i| if let Owned::Interface(i) = i { Some(i) } else { None }).collect();
        let names: Vec<&[u8]> = found.iter().map(|i| &i.name[..]).collect();
        assert_eq!(names, [&b"eth0"[..], b"lo", b"x", b"y"]);
        assert_eq!((&found[0].address[..5], found[0].link_speed, found[0].v6), (&[10, 0, 0, 2, 0][..], 77, false));
        assert_eq!((found[1].broadcast, found[1].link_speed, found[2].link_speed), ([6; 16], 78, 0));
        assert_eq!((found[3].v6, found[3].netmask), (true, [2; 16]));
    }
}

#[test]
fn the_machine_is_read_whatever_follows_it() {
    let mut hostname = [0; 128];
    hostname[..4].copy_from_slice(b"host");
    let body = Body::new().u32(4).u64(1 << 33).u64(4_194_304).raw(&hostname).u64(1_699_999_999).u64(5).u64(6).u64(7);
    for (number, extra) in [(0x201, 0), (0x8002_ABCD, 0), (0x201, 24)] {
        let body = body.clone().raw(&vec![9; extra]);
        let whole = FileBytes::new().block(number, body).event(&close(1)).read();
        let [Owned::Section, Owned::Machine(machine), Owned::Event(_)] = &whole.items[..] else {
            panic!("{}", whole.failure())
        };
        assert_eq!((machine.cpus, &*machine.hostname, machine.boot_ts), (4, "host", 1_699_999_999));
        assert_eq!((machine.flags, machine.reserved), (5, [6, 7]));
    }
    let whole = FileBytes::new().block(0x201, Body(vec![0; 176])).read();
    assert!(whole.failure().contains("176 bytes of content where 180 are needed"), "{}", whole.failure());
}

fn descriptors(version: u8, entries: &[Body]) -> FileBytes {
    let list = entries.iter().fold(Body::new().u64(42), |list, one| match version {
        1 => list.raw(&one.0),
        _ => list.entry(one.clone()),
    });
    FileBytes::new().block(if version == 1 { 0x203 } else { 0x218 }, list).event(&close(42))
}

#[test]
fn descriptors_of_every_type_are_read() {
    let of = |num: u64, kind: u8| Body::new().u64(num).u64(100 + num).u8(kind);
    let entries = [
        of(0, 1).text("/dev/null"),
        of(1, 2).text("/etc"),
        of(2, 3).raw(&[127, 0, 0, 1, 10, 0, 0, 9]).u16(40000).u16(443).u8(2),
        of(3, 4).raw(&[0; 15]).u8(1).raw(&[0; 15]).u8(2).u16(5).u16(6).u8(3),
        of(4, 5).raw(&[127, 0, 0, 1]).u16(80).u8(2),
        of(5, 6).raw(&[0; 15]).u8(1).u16(81).u8(2),
        of(6, 7).text("pipe:[6]"),
        of(7, 8).u64(0xff).u64(0xee).text("/run/x"),
        of(8, 16).u32(1 | 1 << 12).text("/tmp/f"),
        of(9, 15).text("NETLINK:[9]"),
        of(10, 21).text("pidfd:[10]"),
        of(11, 0),
        of(12, 255),
    ];
    for version in [1, 2] {
        let whole = descriptors(version, &entries).read();
        assert_eq!(whole.error, None, "version {version}");
        let fds: Vec<_> = whole
            .items
            .iter()
            .filter_map(|i| if let Owned::Fd(42, num, fd) = i { Some((*num, fd)) } else { None })
            .collect();
        let seen: Vec<_> =
            fds.iter().map(|(num, fd)| (*num, fd.kind, String::from_utf8_lossy(&fd.name).into_owned())).collect();
        let expected = [
            (0, FdKind::File, "/dev/null"),
            (1, FdKind::Directory, "/etc"),
            (2, FdKind::Ipv4Sock, "127.0.0.1:40000->10.0.0.9:443"),
            (3, FdKind::Ipv6Sock, "::1:5->::2:6"),
            (4, FdKind::Ipv4Serv, "127.0.0.1:80"),
            (5, FdKind::Ipv6Serv, "::1:81"),
            (6, FdKind::Fifo, "pipe:[6]"),
            (7, FdKind::Unix, "/run/x"),
            (8, FdKind::FileV2, "/tmp/f"),
            (9, FdKind::Netlink, "NETLINK:[9]"),
            (10, FdKind::Pidfd, "pidfd:[10]"),
        ]
        .map(|(num, kind, name)| (num, kind, name.to_string()));
        assert_eq!(seen, expected);
        assert!(fds.iter().all(|(num, fd)| fd.ino == 100 + *num as u64));
        assert_eq!((fds[2].1.l4proto, fds[3].1.l4proto, fds[7].1.unix_dest), (2, 3, 0xee));
        assert!(fds[8].1.cloexec && fds[8].1.open_flags == 4097 && fds[8].1.dev == 0);
    }
    let with_dev = descriptors(2, &[of(8, 16).u32(1).text("/tmp/f").u32(0x801)]).read();
    assert!(with_dev.items.iter().any(|item| matches!(item, Owned::Fd(42, 8, fd) if fd.dev == 0x801)));
}

#[test]
fn a_descriptor_of_an_unknown_type_keeps_its_number() {
    let unknown = Body::new().u64(5).u64(6).u8(77).raw(b"whatever that is");
    let whole = descriptors(2, std::slice::from_ref(&unknown)).read();
    let [_, Owned::Fd(42, 5, fd), _] = &whole.items[..] else { panic!("{}", whole.failure()) };
    assert_eq!((fd.kind, &*fd.name, fd.ino), (FdKind::Unsupported, &b"unknown-type:[77]"[..], 6));
    // Without a length there is no telling where the next one begins.
    let whole = descriptors(1, &[unknown]).read();
    assert!(whole.failure().contains("entry 1: descriptor 5 is of type 77"), "{}", whole.failure());
}

#[test]
fn unknown_blocks_and_event_types_are_skipped_and_counted() {
    let file = FileBytes::new().block(0x999, Body(vec![1; 5001])).event(&close(1));
    let whole = file.event(&event(1, 60_000, &[b"x"])).block(0x998, Body::new()).event(&close(2)).read();
    assert_eq!(whole.error, None);
    assert_eq!((whole.counters.skipped_blocks, whole.counters.skipped_events, whole.counters.events), (2, 1, 2));
}

#[test]
fn flags_and_large_blocks_are_read() {
    let event = close(1);
    let body = |flags: u32| Body::new().u16(7).u32(flags).raw(&event);
    let file = FileBytes::new().block(0x216, Body::new().u16(7).raw(&event)).block(0x217, body(1));
    let file = file.block(0x221, Body::new().u16(7).raw(&event)).block(0x222, body(1 << 17 | 0b111));
    let whole = file.read();
    let seen: Vec<_> = whole.events().iter().map(|e| (e.cpu, e.flags, e.large)).collect();
    assert_eq!(seen, [(7, 0, false), (7, 1, false), (7, 0, true), (7, 1 << 17 | 1, true)]);
    assert!(whole.events().iter().all(|e| e.bytes == event));
}

#[test]
fn events_without_a_number_of_parameters_get_one() {
    let params: [&[u8]; 2] = [&0u64.to_le_bytes(), &3u64.to_le_bytes()];
    let whole = event(9, code::SYSCALL_CLOSE_X, &params);
    let v1 = event_v1(9, code::SYSCALL_CLOSE_X, &params, 0);
    for number in [0x204, 0x8010_ABCD] {
        let read = FileBytes::new().block(number, Body::new().u16(0).raw(&v1)).read();
        assert_eq!(read.error, None);
        assert_eq!(read.events()[0].bytes, whole);
    }
    let read = FileBytes::new().block(0x208, Body::new().u16(0).u32(1).raw(&v1)).read();
    assert_eq!((read.events()[0].flags, &read.events()[0].bytes), (1, &whole));
    // Their length was too large by three.
    let texts: [&[u8]; 2] = [b"id\0", b"text\0"];
    let wrong = event_v1(9, code::NOTIFICATION_E, &texts, 3);
    let read = FileBytes::new().block(0x204, Body::new().u16(0).raw(&wrong).raw(&[0; 3])).read();
    assert_eq!(read.error, None);
    assert_eq!(read.events()[0].params(), texts);
    // No number of parameters ends where the event ends.
    let mut odd = v1.clone();
    odd[22] += 1;
    let read = FileBytes::new().block(0x204, Body::new().u16(0).raw(&odd)).read();
    assert!(read.failure().contains("no number of parameters from 2 down fits"), "{}", read.failure());
}

#[test]
fn files_made_of_several_are_read_to_the_end() {
    let one = FileBytes::new().block(0x215, Body::new().entry(process(8))).event(&close(42));
    let both = FileBytes([one.0.clone(), one.0.clone()].concat()).read();
    assert_eq!(both.error, None);
    let [Owned::Section, Owned::Thread(_), Owned::Event(_), Owned::Section, Owned::Thread(_), Owned::Event(_)] =
        &both.items[..]
    else {
        panic!("{:?}", both.items)
    };
    assert_eq!(both.counters.sections, 2);
}

#[test]
fn main_threads_may_come_after_their_threads_and_children() {
    let entry = |tid: u64, pid: u64, ptid: u64| {
        let e = Body::new().u64(tid).u64(pid).u64(ptid).u64(1).u64(1).text("c").text("e").text("/e").text("").text("/");
        e.u64(0).u32(0).u32(0).u32(0).raw(&[0; 28]).text("").u64(tid).u64(pid).text("").text("/")
    };
    let list =
        Body::new().entry(entry(51, 50, 10)).entry(entry(60, 60, 50)).entry(entry(50, 50, 10)).entry(entry(10, 10, 0));
    let file = FileBytes::new().block(0x215, list).event(&close(50));
    let mut reader = engine::scap::Reader::new(&file.0[..]);
    let mut state = State::new(StateConfig::offline());
    while let Some(item) = reader.next().unwrap() {
        item.load(&mut state);
    }
    assert_eq!(state.stats().threads, 4);
    assert_eq!(state.other_threads(50).collect::<Vec<_>>(), [51]);
    let child = state.thread(60).unwrap();
    assert_eq!((child.ptid, state.parent(child).unwrap().pid), (50, 50));
    assert_eq!(state.parent(state.thread(50).unwrap()).unwrap().pid, 10);
    assert!(state.threads().all(|thread| !thread.degraded));
}
