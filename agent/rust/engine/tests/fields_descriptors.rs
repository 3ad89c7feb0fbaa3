//! `fd.*`, `fdlist.*` and `fs.path.*` for every kind of descriptor.

mod fields_support;
mod state_events;

use engine::schema::code;
use fields_support::*;
use state_events::*;

/// What an fstat of the descriptor shows.
fn of(num: i64, fields: &[&str]) -> Vec<String> {
    let fstat = event(code::SYSCALL_FSTAT_X, 200).at(NOW).i64(0).i64(num);
    during(&mut scene(), &fstat, |ctx| fields.iter().map(|field| shown(ctx, field).0).collect())
}

#[test]
fn names_and_kinds() {
    let fields = ["fd.num", "fd.type", "fd.typechar", "fd.name", "fd.directory", "fd.filename"];
    for (num, want) in [
        (fds::DIR, ["3", "directory", "d", "/etc", "/etc", "<NA>"]),
        (fds::FILE, ["4", "file", "f", "/srv/x.log", "/srv", "x.log"]),
        (fds::CLIENT, ["5", "ipv4", "4", "10.0.0.9:40000->10.0.0.1:443", "<NA>", "<NA>"]),
        (fds::SERVER, ["6", "ipv4", "4", "192.0.2.7:50000->10.0.0.9:80", "<NA>", "<NA>"]),
        (fds::UDP6, ["7", "ipv6", "6", "2001:db8::9:5000->2001:db8::1:53", "<NA>", "<NA>"]),
        (fds::UNIX, ["8", "unix", "u", "abc->def /run/x.sock", "<NA>", "<NA>"]),
        (fds::PIPE, ["9", "pipe", "p", "", "<NA>", "<NA>"]),
        (fds::LISTENER, ["11", "ipv4", "4", "10.0.0.9:80", "<NA>", "<NA>"]),
        (fds::BARE, ["12", "ipv4", "4", "", "<NA>", "<NA>"]),
        (99, ["99", "<NA>", "o", "", "/", "<NA>"]),
        (-1, ["-1", "<NA>", "o", "", "/", "<NA>"]),
    ] {
        assert_eq!(of(num, &fields), want, "{num}");
    }
}

#[test]
fn anonymous_kinds() {
    let e = |etype: u16| event(etype, 200).at(NOW).i64(30);
    for (build, kind, letter) in [
        (e(code::SYSCALL_EVENTFD_X).u64(0).u32(0), "event", "e"),
        (e(code::SYSCALL_SIGNALFD_X).i64(-1).u32(0).u8(0), "signalfd", "s"),
        (e(code::SYSCALL_EPOLL_CREATE1_X).u32(0), "eventpoll", "l"),
        (e(code::SYSCALL_INOTIFY_INIT_X).u8(0), "inotify", "i"),
        (e(code::SYSCALL_TIMERFD_CREATE_X).u8(0).u8(0), "timerfd", "t"),
        (e(code::SOCKET_SOCKET_X).u32(16).u32(3).u32(0).u32(0), "netlink", "n"),
        (e(code::SYSCALL_BPF_2_X).u32(5), "bpf", "b"),
        (e(code::SYSCALL_USERFAULTFD_X).u32(0), "userfaultfd", "u"),
        (e(code::SYSCALL_IO_URING_SETUP_X).u32(8), "io_uring", "r"),
        (e(code::SYSCALL_MEMFD_CREATE_X).text("m").u32(0), "memfd", "m"),
        (e(code::SYSCALL_PIDFD_OPEN_X).i64(100).u32(0), "pidfd", "P"),
        (e(code::SOCKET_SOCKET_X).u32(17).u32(3).u32(0).u32(0), "<NA>", "X"),
    ] {
        let seen = during(&mut scene(), &build, |ctx| (shown(ctx, "fd.type").0, shown(ctx, "fd.typechar").0));
        assert_eq!(seen, (kind.to_string(), letter.to_string()));
    }
}

#[test]
fn both_ends() {
    let fields = [
        "fd.cip",
        "fd.cport",
        "fd.sip",
        "fd.sport",
        "fd.lip",
        "fd.lport",
        "fd.rip",
        "fd.rport",
        "fd.l4proto",
        "fd.sockfamily",
        "fd.is_server",
        "fd.connected",
    ];
    let na = "<NA>";
    for (num, want) in [
        (
            fds::CLIENT,
            [
                "10.0.0.9", "40000", "10.0.0.1", "443", "10.0.0.9", "40000", "10.0.0.1", "443", "tcp", "ip", "false",
                "true",
            ],
        ),
        (
            fds::SERVER,
            [
                "192.0.2.7",
                "50000",
                "10.0.0.9",
                "80",
                "10.0.0.9",
                "80",
                "192.0.2.7",
                "50000",
                "tcp",
                "ip",
                "true",
                "true",
            ],
        ),
        (
            fds::UDP6,
            [
                "2001:db8::9",
                "5000",
                "2001:db8::1",
                "53",
                "2001:db8::9",
                "5000",
                "2001:db8::1",
                "53",
                "udp",
                "ip",
                "false",
                "true",
            ],
        ),
        (fds::LISTENER, [na, na, "10.0.0.9", "80", "10.0.0.9", "80", na, na, "tcp", "ip", "true", "false"]),
        (fds::BARE, [na, na, na, na, na, na, na, na, na, "ip", "false", "false"]),
        (fds::UNIX, [na, na, na, na, na, na, na, na, na, "unix", "false", "true"]),
        (fds::FILE, [na, na, na, na, na, na, na, na, na, na, "false", "false"]),
    ] {
        assert_eq!(of(num, &fields), want, "{num}");
    }
    assert_eq!(of(fds::CLIENT, &["fd.cip.name", "fd.sip.name", "fd.rip.name"]), [na, "db.example", "db.example"]);
    assert_eq!(of(fds::SERVER, &["fd.cip.name", "fd.rip.name"]), ["client.example", "client.example"]);
    assert_eq!(of(fds::FILE, &["fd.cip.name", "fd.cnet", "fd.cproto"]), [na, na, na]);
    // A port without a name of its own shows as its number.
    assert_eq!(of(fds::CLIENT, &["fd.cproto", "fd.lproto"]), ["40000", "40000"]);
}

#[test]
fn numbers_of_files() {
    let fields = ["fd.dev", "fd.dev.major", "fd.dev.minor", "fd.ino", "fd.is_upper_layer", "fd.is_lower_layer"];
    assert_eq!(of(fds::FILE, &fields), ["FE21", "254", "33", "4242", "true", "false"]);
    assert_eq!(of(fds::DIR, &fields[4..]), ["false", "true"]);
    assert_eq!(of(99, &fields), ["<NA>"; 6]);
    assert_eq!(of(fds::FILE, &["fd.nameraw", "fd.name_changed"]), ["data/../x.log", "false"]);
    let fstat = event(code::SYSCALL_FSTAT_X, 200).at(NOW).i64(0).i64(fds::FILE);
    during(&mut scene(), &fstat, |ctx| {
        assert_eq!(shown(ctx, "fd.dev").1, "\"FE21\"", "hexadecimal numbers are JSON strings");
        assert_eq!(shown(ctx, "fd.ino").1, "4242");
        assert_eq!(shown(ctx, "fd.sport").1, "null");
    });
    // An event without a descriptor has none of these.
    let kill = event(code::SYSCALL_KILL_X, 200).at(NOW).i64(0).i64(1).u8(9);
    during(&mut scene(), &kill, |ctx| {
        for name in ["fd.num", "fd.name", "fd.type", "fd.typechar", "fd.uid", "fd.containername", "fd.name_changed"] {
            assert_eq!(shown(ctx, name), ("<NA>".into(), "null".into()), "{name}");
        }
    });
}

#[test]
fn a_message_to_another_peer_changes_the_name() {
    let mut state = scene();
    let to = |host: &str| {
        let tuple = v6("2001:db8::9", 5000, host, 53);
        event(code::SOCKET_SENDTO_X, 200).at(NOW).i64(1).raw(b"x").i64(fds::UDP6).u32(1).raw(&tuple)
    };
    for (host, changed) in [("2001:db8::1", "false"), ("2001:db8::2", "true"), ("2001:db8::2", "false")] {
        let seen = during(&mut state, &to(host), |ctx| (shown(ctx, "fd.name_changed").0, shown(ctx, "fd.sip").0));
        assert_eq!(seen, (changed.to_string(), host.to_string()));
    }
}

#[test]
fn joined_and_listed() {
    assert_eq!(of(fds::FILE, &["fd.uid", "fd.containername"]), ["2004", "host:/srv/x.log"]);
    assert_eq!(of(fds::FILE, &["fd.containerdirectory"]), ["host:/srv"]);
    assert_eq!(of(fds::CLIENT, &["fd.types[3]", "fd.types[5]", "fd.types[99]"]), ["directory", "ipv4", "<NA>"]);
    assert_eq!(of(fds::CLIENT, &["fd.types"]), ["(directory,file,ipv4,ipv6,pipe,unix)"]);
    let kill = event(code::SYSCALL_KILL_X, 200).at(NOW).i64(0).i64(1).u8(9);
    let json = during(&mut scene(), &kill, |ctx| shown(ctx, "fd.types").1);
    assert_eq!(json, r#"["directory","file","ipv4","ipv6","pipe","unix"]"#);
}

#[test]
fn descriptors_of_a_poll() {
    let poll = |nums: &[i64]| event(code::SYSCALL_POLL_X, 200).at(NOW).i64(1).raw(&polled(nums)).i64(5);
    let fields = ["fdlist.nums", "fdlist.names", "fdlist.cips", "fdlist.sips", "fdlist.cports", "fdlist.sports"];
    let seen = |build: &Build| during(&mut scene(), build, |ctx| fields.map(|field| shown(ctx, field).0));
    assert_eq!(
        seen(&poll(&[fds::FILE, fds::CLIENT, fds::SERVER])),
        [
            "4,5,6",
            "/srv/x.log,10.0.0.9:40000->10.0.0.1:443,192.0.2.7:50000->10.0.0.9:80",
            "10.0.0.9,192.0.2.7",
            "10.0.0.1,10.0.0.9",
            "40000,50000",
            "443,80"
        ]
    );
    assert_eq!(seen(&poll(&[])), [""; 6]);
    assert_eq!(seen(&event(code::SYSCALL_KILL_X, 200).at(NOW).i64(0).i64(1).u8(9)), ["<NA>"; 6]);
    let is_wait = during(&mut scene(), &poll(&[]), |ctx| shown(ctx, "evt.is_wait").0);
    assert_eq!(is_wait, "true");
}

#[test]
fn paths_that_calls_name() {
    let e = |etype: u16| event(etype, 200).at(NOW).i64(0);
    let fields = [
        "fs.path.name",
        "fs.path.nameraw",
        "fs.path.source",
        "fs.path.sourceraw",
        "fs.path.target",
        "fs.path.targetraw",
    ];
    let na = "<NA>";
    let dir = fds::DIR;
    for (build, want) in [
        (e(code::SYSCALL_UNLINK_2_X).text("a/../b"), ["/srv/b", "a/../b", na, na, na, na]),
        (e(code::SYSCALL_UNLINKAT_2_X).i64(dir).text("x").u32(0), ["/etc/x", "x", na, na, na, na]),
        (e(code::SYSCALL_UNLINKAT_2_X).i64(99).text("x").u32(0), ["<UNKNOWN>/x", "x", na, na, na, na]),
        (e(code::SYSCALL_UNLINKAT_2_X).i64(99).text("/x").u32(0), ["/x", "/x", na, na, na, na]),
        (e(code::SYSCALL_CHMOD_X).text("/etc//x").u32(0), ["/etc/x", "/etc//x", na, na, na, na]),
        (e(code::SYSCALL_RENAME_X).text("a").text("../b"), [na, na, "/srv/a", "a", "/b", "../b"]),
        (
            e(code::SYSCALL_RENAMEAT2_X).i64(dir).text("a").i64(AT_FDCWD).text("b").u32(0),
            [na, na, "/etc/a", "a", "/srv/b", "b"],
        ),
        (
            e(code::SYSCALL_LINKAT_2_X).i64(dir).text("a").i64(dir).text("b").u32(0),
            [na, na, "/etc/a", "a", "/etc/b", "b"],
        ),
        // What a link says is text, not a path of this process.
        (e(code::SYSCALL_SYMLINKAT_X).text("../t").i64(dir).text("l"), [na, na, "../t", "../t", "/etc/l", "l"]),
        (
            e(code::SYSCALL_MOUNT_X).text("dev").text("mnt").text("ext4").u32(0),
            [na, na, "dev", "dev", "/srv/mnt", "mnt"],
        ),
        (e(code::SYSCALL_KILL_X).i64(1).u8(9), [na; 6]),
    ] {
        assert_eq!(during(&mut scene(), &build, |ctx| fields.map(|field| shown(ctx, field).0)), want);
    }
    let renameat = e(code::SYSCALL_RENAMEAT2_X).i64(dir).text("a").i64(AT_FDCWD).text("b").u32(0);
    let fields = ["evt.abspath", "evt.abspath.src", "evt.abspath.dst"];
    let seen = during(&mut scene(), &renameat, |ctx| fields.map(|field| shown(ctx, field).0));
    assert_eq!(seen, ["/etc/a", "/etc/a", "/srv/b"]);
}
