//! Values of fields as text and JSON, by event.

mod fields_support;
mod state_events;

use engine::schema::code;
use fields_support::*;
use state_events::*;

/// Check rows of field, text, JSON. A row without JSON has the text as a JSON string.
fn check(state: &mut engine::state::State, build: &Build, rows: &[(&str, &str, &str)]) {
    during(state, build, |ctx| {
        for (field, text, json) in rows {
            let quoted = serde_json::to_string(text).unwrap();
            let json = match *json {
                "" => &quoted,
                NULL => "null",
                json => json,
            };
            let text = if json == "null" { "<NA>" } else { text };
            assert_eq!(shown(ctx, field), (text.to_string(), json.to_string()), "{field}");
        }
    });
}

/// No value: `<NA>` in text, null in JSON.
const NULL: &str = "null";

fn e(etype: u16) -> Build {
    event(etype, 200).at(NOW)
}

fn kill(tid: i64) -> Build {
    event(code::SYSCALL_KILL_X, tid).at(NOW).i64(0).i64(100).u8(9)
}

#[test]
fn times_and_numbers_of_the_event() {
    check(
        &mut scene(),
        &kill(200),
        &[
            ("evt.num", "42", "42"),
            ("evt.cpu", "3", "3"),
            ("evt.time", "22:13:20.123456789", "1700000000123456789"),
            ("evt.time.s", "22:13:20", "1700000000123456789"),
            ("evt.time.iso8601", "2023-11-14T22:13:20.123456789+0000", "1700000000123456789"),
            ("evt.datetime", "2023-11-14 22:13:20.123456789", "1700000000123456789"),
            ("evt.datetime.s", "2023-11-14 22:13:20", "1700000000123456789"),
            ("evt.outputtime", "22:13:20.123456789", "1700000000123456789"),
            ("evt.rawtime", "1700000000123456789", "1700000000123456789"),
            ("evt.rawtime.s", "1700000000", "1700000000"),
            ("evt.rawtime.ns", "123456789", "123456789"),
            ("evt.reltime", "3000000005", "3000000005"),
            ("evt.reltime.s", "3", "3"),
            ("evt.reltime.ns", "000000005", "5"),
            ("evt.deltatime", "2000000007", "2000000007"),
            ("evt.deltatime.s", "2", "2"),
            ("evt.deltatime.ns", "000000007", "7"),
            ("evt.latency", "0", "0"),
            ("evt.latency.ns", "000000000", "0"),
            ("evt.latency.human", "0ns", ""),
            ("evt.wait_latency", "0", "0"),
            ("evt.count", "1", "1"),
            ("evt.count.exit", "1", "1"),
            ("evt.count.error", "", NULL),
            ("evt.count.procinfo", "", NULL),
            ("evt.hostname", "web-1", ""),
            ("evt.source", "syscall", ""),
            ("evt.is_async", "false", "false"),
            ("evt.asynctype", "", NULL),
            ("evt.pluginname", "", NULL),
            ("evt.dir", "<", ""),
            ("static.site", "lab", ""),
            ("static.other", "", NULL),
            // Milliseconds to the time in the index, rounded up.
            ("evt.around[1700000000123456789]", "0", "0"),
            ("evt.around[1700000000123456788]", "1", "1"),
            ("evt.around[1700000001123456789]", "1000", "1000"),
        ],
    );
}

#[test]
fn the_type_and_its_parameters() {
    check(
        &mut scene(),
        &kill(200),
        &[
            ("evt.type", "kill", ""),
            ("syscall.type", "kill", ""),
            ("evt.type.is.kill", "1", "1"),
            ("evt.type.is.read", "0", "0"),
            ("evt.category", "signal", ""),
            ("evt.args", "res=0 pid=100(sh) sig=9(SIGKILL)", ""),
            ("evt.info", "res=0 pid=100(sh) sig=9(SIGKILL)", ""),
            ("evt.arg.res", "0", ""),
            ("evt.arg.pid", "sh", ""),
            ("evt.arg.sig", "SIGKILL", ""),
            ("evt.arg[0]", "0", ""),
            ("evt.arg[2]", "SIGKILL", ""),
            ("evt.arg[3]", "", NULL),
            ("evt.arg[-1]", "", NULL),
            ("evt.arg.flags", "", NULL),
            ("evt.rawarg.pid", "100", "100"),
            ("evt.rawarg.sig", "9", "9"),
            ("evt.rawarg.flags", "", NULL),
            ("evt.res", "SUCCESS", ""),
            ("evt.rawres", "0", "0"),
            ("evt.failed", "false", "false"),
            ("evt.is_wait", "false", "false"),
            ("evt.is_open_read", "false", "false"),
        ],
    );
    let failed = e(code::SYSCALL_KILL_X).i64(-3).i64(77).u8(64);
    check(
        &mut scene(),
        &failed,
        &[
            ("evt.res", "ESRCH", ""),
            ("evt.rawres", "-3", "-3"),
            ("evt.failed", "true", "true"),
            ("evt.args", "res=-3(ESRCH) pid=77 sig=64", ""),
            ("evt.count.error", "1", "1"),
            ("evt.count.error.other", "1", "1"),
            ("evt.count.error.file", "", NULL),
        ],
    );
}

#[test]
fn parameters_in_their_formats() {
    let mmap = e(code::SYSCALL_MMAP_X).u64(0x7f00).u32(9).u32(1).u32(0).u64(0xabc).u64(4096).u32(3).u32(2);
    check(
        &mut scene(),
        &mmap.i64(fds::FILE).u64(512),
        &[
            ("evt.arg.addr", "ABC", ""),
            ("evt.rawarg.addr", "2748", "2748"),
            ("evt.arg.prot", "PROT_READ|PROT_WRITE", ""),
            ("evt.rawarg.prot", "3", "3"),
            ("evt.arg.fd", "<f>/srv/x.log", ""),
            ("evt.rawarg.fd", "4", "4"),
            ("evt.category", "memory", ""),
        ],
    );
    let open = e(code::SYSCALL_OPENAT_2_X).i64(-13).i64(fds::DIR).text("shadow").u32(1).u32(0o644).u32(0).u64(0);
    check(
        &mut scene(),
        &open,
        &[
            ("evt.arg.fd", "EACCES", ""),
            ("evt.arg.dirfd", "<d>/etc", ""),
            ("evt.arg.name", "/etc/shadow", ""),
            ("evt.rawarg.name", "shadow", ""),
            ("evt.arg.mode", "0644", ""),
            ("fd.num", "-1", "-1"),
            ("fd.name", "/etc/shadow", ""),
            ("fd.directory", "/etc", ""),
            ("fd.filename", "", NULL),
            ("fd.type", "", NULL),
            ("fd.typechar", "f", ""),
            ("fd.ino", "", NULL),
            ("fs.path.name", "/etc/shadow", ""),
            ("fs.path.nameraw", "shadow", ""),
            ("evt.abspath", "/etc/shadow", ""),
            ("evt.failed", "true", "true"),
            ("evt.count.error.file", "1", "1"),
        ],
    );
    let absent = e(code::SYSCALL_OPENAT_2_X).i64(21).i64(AT_FDCWD).absent().absent().absent().absent().absent();
    check(
        &mut scene(),
        &absent,
        &[
            ("evt.arg.name", "<NA>", ""),
            ("evt.rawarg.name", "", NULL),
            ("evt.rawarg.flags", "", NULL),
            ("fs.path.name", "", NULL),
            ("evt.arg.dirfd", "AT_FDCWD", ""),
        ],
    );
    check(&mut scene(), &e(code::SYSCALL_NANOSLEEP_X).i64(0).u64(1_500_000_000), &[("evt.arg.interval", "1.5s", "")]);
    let generic = |id: u16, native: u16| e(code::GENERIC_X).u16(id).u16(native);
    let names = [("evt.type.is.mprotect", "0", "0"), ("evt.res", "", NULL), ("evt.args", "", "")];
    check(&mut scene(), &generic(31, 100), &[("evt.type", "times", ""), ("syscall.type", "times", "")]);
    check(&mut scene(), &generic(31, 100), &names);
}

#[test]
fn openings() {
    let open = |flags: u32, mode: u32| {
        e(code::SYSCALL_OPENAT_2_X).i64(21).i64(AT_FDCWD).text("y").u32(flags).u32(mode).u32(0).u64(0)
    };
    let answers = |build: Build| {
        let names = ["evt.is_open_read", "evt.is_open_write", "evt.is_open_exec", "evt.is_open_create"];
        during(&mut scene(), &build, |ctx| names.map(|name| shown(ctx, name).0 == "true"))
    };
    // PPM_O_* bits: RDONLY 1, WRONLY 2, CREAT 4, TMPFILE 0x2000, F_CREATED 0x4000.
    assert_eq!(answers(open(1, 0)), [true, false, false, false]);
    assert_eq!(answers(open(2, 0)), [false, true, false, false]);
    assert_eq!(answers(open(3, 0)), [true, true, false, false]);
    assert_eq!(answers(open(3 | 4, 0o755)), [true, true, true, false]);
    assert_eq!(answers(open(3 | 4, 0o644)), [true, true, false, false]);
    assert_eq!(answers(open(2 | 4 | 0x4000, 0o644)), [false, true, false, true]);
    assert_eq!(answers(open(2 | 0x2000, 0o700)), [false, true, true, false]);
    assert_eq!(answers(open(1, 0o755)), [true, false, false, false]);
    let creat = e(code::SYSCALL_CREAT_X).i64(21).text("/y").u32(0o755).u32(0).u64(0).u16(0);
    assert_eq!(answers(creat), [false, false, true, true]);
}

#[test]
fn reading_and_writing() {
    let io = |etype: u16, res: i64, num: i64| e(etype).i64(res).raw(b"a\0\xffz").i64(num).u32(4);
    check(
        &mut scene(),
        &io(code::SYSCALL_READ_X, 4, fds::FILE),
        &[
            ("evt.buffer", "a..z", ""),
            ("evt.buflen", "4", "4"),
            ("evt.buflen.in", "4", "4"),
            ("evt.buflen.out", "", NULL),
            ("evt.buflen.file", "4", "4"),
            ("evt.buflen.file.in", "4", "4"),
            ("evt.buflen.net", "", NULL),
            ("evt.is_io", "true", "true"),
            ("evt.is_io_read", "true", "true"),
            ("evt.is_io_write", "false", "false"),
            ("evt.io_dir", "r", ""),
            ("evt.category", "file", ""),
            ("evt.is_syslog", "false", "false"),
            ("evt.arg.data", "a..z", ""),
        ],
    );
    check(
        &mut scene(),
        &io(code::SYSCALL_WRITE_X, 4, fds::CLIENT),
        &[
            ("evt.buflen.out", "4", "4"),
            ("evt.buflen.net.out", "4", "4"),
            ("evt.buflen.file", "", NULL),
            ("evt.io_dir", "w", ""),
            ("evt.category", "net", ""),
        ],
    );
    check(
        &mut scene(),
        &io(code::SYSCALL_WRITE_X, 4, fds::LOG),
        &[("evt.is_syslog", "true", "true"), ("evt.category", "ipc", "")],
    );
    check(
        &mut scene(),
        &io(code::SYSCALL_READ_X, -104, fds::CLIENT),
        &[("evt.buflen", "", NULL), ("evt.count.error.net", "1", "1"), ("evt.res", "ECONNRESET", "")],
    );
    check(&mut scene(), &kill(200), &[("evt.buffer", "", NULL), ("evt.buflen", "", NULL), ("evt.io_dir", "", NULL)]);
}

#[test]
fn the_process() {
    check(
        &mut scene(),
        &kill(200),
        &[
            ("proc.name", "worker", ""),
            ("proc.exe", "./worker", ""),
            ("proc.exepath", "/usr/bin/worker", ""),
            ("proc.args", "-v --name=a b  last", ""),
            ("proc.args[0]", "-v", ""),
            ("proc.args[1]", "--name=a b", ""),
            ("proc.args[2]", "", ""),
            ("proc.args[4]", "", NULL),
            ("proc.args[-1]", "", NULL),
            ("proc.cmdline", "worker -v --name=a b  last", ""),
            ("proc.exeline", "./worker -v --name=a b  last", ""),
            ("proc.cmdnargs", "4", "4"),
            ("proc.cmdlenargs", "16", "16"),
            ("proc.env", "PATH=/usr/bin:/bin EMPTY= HOME=/root", ""),
            ("proc.env[PATH]", "/usr/bin:/bin", ""),
            ("proc.env[EMPTY]", "", ""),
            ("proc.env[PAT]", "", ""),
            ("proc.env[0]", "PATH=/usr/bin:/bin", ""),
            ("proc.env[3]", "", NULL),
            ("proc.cwd", "/srv/", ""),
            ("proc.pid", "200", "200"),
            ("proc.vpid", "200", "200"),
            ("proc.ppid", "100", "100"),
            ("proc.tty", "34816", "34816"),
            ("proc.duration", "10000000000", "10000000000"),
            ("proc.ppid.duration", "100000000000", "100000000000"),
            ("proc.pid.ts", "1699999990123456789", "1699999990123456789"),
            ("proc.ppid.ts", "1699999900123456789", "1699999900123456789"),
            ("proc.is_exe_writable", "true", "true"),
            ("proc.is_exe_upper_layer", "true", "true"),
            ("proc.is_exe_lower_layer", "false", "false"),
            ("proc.is_exe_from_memfd", "false", "false"),
            ("proc.exe_ino", "77", "77"),
            ("proc.exe_ino.ctime", "1699999950123456789", "1699999950123456789"),
            ("proc.exe_ino.mtime", "1699999940123456789", "1699999940123456789"),
            ("proc.exe_ino.ctime_duration_proc_start", "40000000000", "40000000000"),
            ("proc.exe_ino.ctime_duration_pidns_start", "", NULL),
            ("proc.pidns_init_start_ts", "1699999980123456789", "1699999980123456789"),
            ("thread.cap_permitted", "CAP_CHOWN CAP_CHECKPOINT_RESTORE", ""),
            ("thread.cap_inheritable", "", ""),
            ("thread.cap_effective", "CAP_SYS_ADMIN", ""),
            ("proc.fdopencount", "14", "14"),
            ("proc.fdlimit", "64", "64"),
            ("proc.fdusage", "21.9", "21.875"),
            ("proc.vmsize", "4096", "4096"),
            ("proc.vmrss", "1024", "1024"),
            ("proc.vmswap", "7", "7"),
            ("thread.vmsize", "4096", "4096"),
            ("thread.vmsize.b", "4194304", "4194304"),
            ("thread.vmrss.b", "1048576", "1048576"),
            ("thread.pfmajor", "3", "3"),
            ("thread.pfminor", "30", "30"),
            ("thread.tid", "200", "200"),
            ("thread.vtid", "200", "200"),
            ("thread.ismain", "true", "true"),
            ("thread.nametid", "worker200", ""),
            ("thread.cgroups", "cpu=/sys, memory=/sys/fs", ""),
            ("thread.cgroup.memory", "/sys/fs", ""),
            ("thread.cgroup.pids", "", NULL),
            ("thread.exectime", "", NULL),
            ("thread.cpu", "", NULL),
            ("proc.nthreads", "2", "2"),
            ("proc.nchilds", "1", "1"),
            ("proc.stdin.type", "file", ""),
            ("proc.stdout.name", "/dev/pts/0", ""),
        ],
    );
    check(
        &mut scene(),
        &kill(201),
        &[
            ("proc.name", "pool-1", ""),
            ("proc.pid", "200", "200"),
            ("thread.tid", "201", "201"),
            ("thread.ismain", "false", "false"),
            ("thread.vmsize", "0", "0"),
            ("proc.vmsize", "4096", "4096"),
            ("proc.env[HOME]", "/root", ""),
        ],
    );
}

#[test]
fn ancestors_sessions_and_groups() {
    check(
        &mut scene(),
        &kill(200),
        &[
            ("proc.pname", "sh", ""),
            ("proc.pexe", "-sh", ""),
            ("proc.pexepath", "/bin/sh", ""),
            ("proc.pcmdline", "sh -l", ""),
            ("proc.pvpid", "100", "100"),
            ("proc.aname[0]", "worker", ""),
            ("proc.aname[1]", "sh", ""),
            ("proc.aname[2]", "init", ""),
            ("proc.aname[3]", "", NULL),
            ("proc.aname[-1]", "", NULL),
            ("proc.aname", "worker", ""),
            ("proc.aexe[1]", "-sh", ""),
            ("proc.aexepath[1]", "/bin/sh", ""),
            ("proc.apid[2]", "1", "1"),
            ("proc.aargs[1]", "-l", ""),
            ("proc.acmdline[1]", "sh -l", ""),
            ("proc.acmdline[9]", "", NULL),
            ("proc.aenv[1]", "TERM=vt100 LANG=C", ""),
            ("proc.aenv[LANG]", "C", ""),
            ("proc.sid", "100", "100"),
            ("proc.sname", "sh", ""),
            ("proc.sid.exe", "-sh", ""),
            ("proc.sid.exepath", "/bin/sh", ""),
            ("proc.pgid", "100", "100"),
            ("proc.pgid.name", "sh", ""),
            ("proc.vpgid", "100", "100"),
            ("proc.vpgid.name", "sh", ""),
            ("proc.is_sid_leader", "false", "false"),
            ("proc.is_pgid_leader", "false", "false"),
            ("proc.is_vpgid_leader", "false", "false"),
            ("proc.loginshellid", "100", "100"),
        ],
    );
    check(
        &mut scene(),
        &kill(300),
        &[
            ("proc.vpid", "1", "1"),
            ("proc.sname", "job", ""),
            ("proc.vpgid.name", "job", ""),
            ("proc.pgid.name", "job", ""),
            ("proc.is_sid_leader", "true", "true"),
            ("proc.is_vpgid_leader", "true", "true"),
            ("proc.is_pgid_leader", "true", "true"),
            ("proc.is_exe_from_memfd", "true", "true"),
            ("proc.exe_ino.ctime_duration_pidns_start", "5000000000", "5000000000"),
            ("proc.exe_ino.ctime_duration_proc_start", "5000000000", "5000000000"),
            ("proc.aname[3]", "init", ""),
        ],
    );
    check(&mut scene(), &kill(1), &[("proc.pname", "", NULL), ("proc.ppid", "", NULL), ("proc.aname[1]", "", NULL)]);
}

#[test]
fn a_thread_of_which_nothing_is_known() {
    check(
        &mut scene(),
        &kill(999),
        &[
            ("proc.name", "<NA>", ""),
            ("proc.exe", "<NA>", ""),
            ("proc.cmdline", "<NA>", ""),
            ("proc.exepath", "", ""),
            ("proc.args", "", ""),
            ("proc.cwd", "", ""),
            ("proc.pname", "", NULL),
            ("thread.tid", "999", "999"),
            ("user.name", "<NA>", ""),
            ("proc.duration", "", NULL),
            ("proc.exe_ino", "", NULL),
        ],
    );
    // Meta events make no thread known.
    let procinfo = event(code::PROCINFO_E, 999).at(NOW).u64(1).u64(2);
    check(
        &mut scene(),
        &procinfo,
        &[
            ("proc.name", "", NULL),
            ("proc.pid", "", NULL),
            ("user.uid", "", NULL),
            ("container.id", "", NULL),
            ("thread.tid", "999", "999"),
        ],
    );
}

#[test]
fn users_and_containers() {
    check(
        &mut scene(),
        &kill(200),
        &[
            ("user.uid", "1001", "1001"),
            ("user.name", "worker", ""),
            ("user.homedir", "/home/worker", ""),
            ("user.shell", "/bin/zsh", ""),
            ("user.loginuid", "0", "0"),
            ("user.loginname", "root", ""),
            ("group.gid", "1001", "1001"),
            ("group.name", "worker", ""),
            ("container.id", "host", ""),
            ("container.full_id", "", ""),
            ("container.type", "host", ""),
            ("container.name", "host", ""),
            ("container.image.repository", "", ""),
            ("container.privileged", "", NULL),
            ("container.label[app]", "", NULL),
            ("container.mount[0]", "", NULL),
            ("container.start_ts", "", NULL),
            ("k8s.pod.name", "", NULL),
            ("k8s.pod.label[app]", "", NULL),
            ("k8s.ns.name", "", NULL),
        ],
    );
    check(
        &mut scene(),
        &kill(300),
        &[
            ("container.id", &CONTAINER[..12], ""),
            ("container.full_id", CONTAINER, ""),
            ("container.type", "docker", ""),
            ("container.name", "", NULL),
            ("container.image", "", NULL),
            ("container.image.tag", "", NULL),
        ],
    );
    check(
        &mut scene(),
        &kill(1),
        &[
            ("user.uid", "4294967295", "4294967295"),
            ("user.name", "<NA>", ""),
            ("user.loginuid", "-1", "-1"),
            ("user.loginname", "<NA>", ""),
        ],
    );
}

#[test]
fn measured_time() {
    let mut state = scene();
    let switch = |at: u64| event(code::SCHEDSWITCH_6_E, 200).at(at).i64(201).u64(0).u64(0).u32(0).u32(0).u32(0);
    check(&mut state, &switch(NOW), &[("thread.exectime", "", NULL), ("thread.totexectime", "", NULL)]);
    check(&mut state, &switch(NOW + 30), &[("thread.exectime", "30", "30"), ("thread.totexectime", "30", "30")]);
    check(&mut state, &switch(NOW + 50), &[("thread.exectime", "20", "20"), ("thread.totexectime", "50", "50")]);
    check(&mut state, &kill(200), &[("thread.exectime", "", NULL), ("thread.totexectime", "50", "50")]);
    let procinfo = |at: u64, user: u64, system: u64| event(code::PROCINFO_E, 200).at(at).u64(user).u64(system);
    check(&mut state, &procinfo(NOW, 100, 100), &[("thread.cpu", "", NULL), ("evt.count.procinfo", "1", "1")]);
    check(
        &mut state,
        &procinfo(NOW + 2 * SECOND, 150, 125),
        &[
            ("thread.cpu", "37.5", "37.5"),
            ("thread.cpu.user", "25.0", "25"),
            ("thread.cpu.system", "12.5", "12.5"),
            ("evt.count.threadinfo", "1", "1"),
            ("evt.type", "procinfo", ""),
            ("syscall.type", "", NULL),
        ],
    );
}

#[test]
fn other_sources_of_events() {
    let described = "Event: start; ID:9dbcbd0c435f ;Name: web;Image: nginx:latest";
    let infra = e(code::INFRASTRUCTURE_EVENT_E).text("docker").text("start").text(described).text("");
    check(
        &mut scene(),
        &infra,
        &[
            ("evt.infra.docker.name", "start", ""),
            ("evt.infra.docker.container.id", "9dbcbd0c435f", ""),
            ("evt.infra.docker.container.name", "web", ""),
            ("evt.infra.docker.container.image", "nginx:latest", ""),
            ("evt.dir", ">", ""),
        ],
    );
    let asynchronous = e(code::ASYNCEVENT_E).u32(1).text("tick").raw(b"x");
    check(&mut scene(), &asynchronous, &[("evt.asynctype", "tick", ""), ("evt.is_async", "true", "true")]);
    check(&mut scene(), &kill(200), &[("evt.infra.docker.name", "", NULL)]);
}

#[test]
fn util_cnt_counts_its_own_extractions() {
    let counter = field("util.cnt");
    let mut state = scene();
    for want in 1..4u64 {
        let got = during(&mut state, &kill(200), |ctx| {
            format!("{:?}", engine::fields::extract(&counter, ctx, &mut Vec::new()))
        });
        assert_eq!(got, format!("Value(Uint({want}))"));
    }
    during(&mut state, &kill(200), |ctx| assert_eq!(shown(ctx, "util.cnt").0, "1", "another use of the field"));
}
