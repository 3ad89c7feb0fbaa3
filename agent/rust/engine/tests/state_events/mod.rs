//! Builds events as bytes, the way drivers write them, for the tests of the state tables.

#![allow(dead_code)]

use engine::event::{lengths_width, Event, HEADER_LEN};
use engine::schema::code;
use engine::state::{Effects, State, StateConfig};

/// PPM_CL_* bits.
pub const CLONE_FILES: u32 = 0x1;
pub const CLONE_FS: u32 = 0x2;
pub const CLONE_PARENT: u32 = 0x100;
pub const CLONE_THREAD: u32 = 0x2000;
pub const CLONE_CHILD_IN_PIDNS: u32 = 0x2000_0000;
pub const THREAD_FLAGS: u32 = CLONE_FILES | CLONE_FS | CLONE_THREAD;

pub const AT_FDCWD: i64 = -100;
/// PPM_O_* bits.
pub const O_RDONLY: u32 = 1;
pub const O_DIRECTORY: u32 = 0x400;
pub const O_CLOEXEC: u32 = 0x1000;

/// An event under construction.
#[derive(Clone)]
pub struct Build {
    ts: u64,
    tid: i64,
    etype: u16,
    params: Vec<Vec<u8>>,
}

pub fn event(etype: u16, tid: i64) -> Build {
    Build { ts: 1_000_000_000, tid, etype, params: Vec::new() }
}

impl Build {
    /// The same parameters under another type.
    pub fn of_type(mut self, etype: u16) -> Build {
        self.etype = etype;
        self
    }
    /// The same with another parameter `at`.
    pub fn with(mut self, at: usize, bytes: &[u8]) -> Build {
        self.params[at] = bytes.to_vec();
        self
    }
    pub fn at(mut self, ts: u64) -> Build {
        self.ts = ts;
        self
    }
    pub fn i64(self, value: i64) -> Build {
        self.raw(&value.to_le_bytes())
    }
    pub fn u64(self, value: u64) -> Build {
        self.raw(&value.to_le_bytes())
    }
    pub fn u32(self, value: u32) -> Build {
        self.raw(&value.to_le_bytes())
    }
    pub fn u16(self, value: u16) -> Build {
        self.raw(&value.to_le_bytes())
    }
    pub fn u8(self, value: u8) -> Build {
        self.raw(&[value])
    }
    pub fn text(self, value: &str) -> Build {
        let mut bytes = value.as_bytes().to_vec();
        bytes.push(0);
        self.raw(&bytes)
    }
    pub fn absent(self) -> Build {
        self.raw(&[])
    }
    pub fn raw(mut self, bytes: &[u8]) -> Build {
        self.params.push(bytes.to_vec());
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let payload: usize = self.params.iter().map(Vec::len).sum();
        let width = lengths_width(self.etype);
        let len = HEADER_LEN + width * self.params.len() + payload;
        let mut out = Vec::with_capacity(len);
        out.extend_from_slice(&self.ts.to_le_bytes());
        out.extend_from_slice(&self.tid.to_le_bytes());
        out.extend_from_slice(&(len as u32).to_le_bytes());
        out.extend_from_slice(&self.etype.to_le_bytes());
        out.extend_from_slice(&(self.params.len() as u32).to_le_bytes());
        for param in &self.params {
            out.extend_from_slice(&(param.len() as u32).to_le_bytes()[..width]);
        }
        for param in &self.params {
            out.extend_from_slice(param);
        }
        out
    }

    /// Apply and keep the effects.
    pub fn apply(&self, state: &mut State) -> Effects {
        let bytes = self.bytes();
        state.apply(&Event::parse(&bytes, 0, 0).expect("a well-formed event"))
    }

    /// Apply and settle.
    pub fn run(&self, state: &mut State) {
        let effects = self.apply(state);
        state.settle(effects);
    }
}

/// A state with init (1) and a shell (100) that is its child, in /root with descriptors 0 to 2.
pub fn state() -> State {
    let mut state = State::new(StateConfig::offline());
    let mut init = engine::state::Thread::unknown(1);
    (init.ptid, init.degraded, init.comm) = (0, false, (*b"init").into());
    state.insert_thread(init);
    let mut shell = engine::state::Thread::unknown(100);
    (shell.ptid, shell.sid, shell.pgid, shell.vpgid, shell.uid, shell.gid) = (1, 100, 100, 100, 0, 0);
    (shell.comm, shell.cwd, shell.degraded) = ((*b"sh").into(), (*b"/root/").into(), false);
    shell.exepath = (*b"/bin/sh").into();
    state.insert_thread(shell);
    for num in 0..3 {
        let mut tty = engine::state::Fd::new(engine::state::FdKind::FileV2);
        tty.name = (*b"/dev/pts/0").into();
        state.insert_fd(100, num, tty);
    }
    state
}

/// A clone event with the ids that matter; `res` 0 is the child's own.
pub fn clone(tid: i64, res: i64, pid: i64, ptid: i64, flags: u32) -> Build {
    clone_in_ns(tid, res, pid, ptid, flags, tid, pid)
}

pub fn clone_in_ns(tid: i64, res: i64, pid: i64, ptid: i64, flags: u32, vtid: i64, vpid: i64) -> Build {
    let build = event(code::SYSCALL_CLONE_20_X, tid).i64(res).text("sh").raw(b"-c\0true\0").i64(tid).i64(pid).i64(ptid);
    let build = build.absent().i64(1024).u64(0).u64(1).u32(100).u32(10).u32(0).text("sh").raw(b"cpu=/\0").u32(flags);
    build.u32(0).u32(0).i64(vtid).i64(vpid).u64(0)
}

/// Child's event, then the parent's.
pub fn fork(state: &mut State, parent: i64, child: i64) {
    clone(child, 0, child, parent, 0).run(state);
    clone(parent, child, parent, 1, 0).run(state);
}

pub fn spawn_thread(state: &mut State, pid: i64, tid: i64) {
    let ptid = state.thread(pid).map_or(1, |thread| thread.ptid);
    clone(tid, 0, pid, ptid, THREAD_FLAGS).run(state);
    clone(pid, tid, pid, ptid, THREAD_FLAGS).run(state);
}

pub fn exit(tid: i64, reaper: i64) -> Build {
    event(code::PROCEXIT_1_E, tid).i64(0).i64(0).u8(0).u8(0).i64(reaper)
}

pub fn exec(tid: i64, ptid: i64, path: &str) -> Build {
    let comm = path.rsplit('/').next().unwrap_or(path);
    exec_result(tid, ptid, path, comm, 0)
}

pub fn exec_result(tid: i64, ptid: i64, path: &str, comm: &str, res: i64) -> Build {
    let build =
        event(code::SYSCALL_EXECVE_19_X, tid).i64(res).text(comm).raw(b"-l\0/tmp\0").i64(tid).i64(tid).i64(ptid);
    let build = build.absent().u64(1024).u64(3).u64(4).u32(200).u32(20).u32(1).text(comm).raw(b"cpu=/\0");
    let build = build.raw(b"A=1\0B=2\0").u32(34816).i64(tid).u32(1000).u32(1 | 8).u64(1).u64(2).u64(3);
    build.u64(77).u64(88).u64(99).u32(1001).text(path).i64(tid).u32(1002).text(path)
}

pub fn openat(tid: i64, res: i64, dirfd: i64, name: &str, flags: u32) -> Build {
    event(code::SYSCALL_OPENAT_2_X, tid).i64(res).i64(dirfd).text(name).u32(flags).u32(0o644).u32(0xfe00).u64(4242)
}

pub fn close(tid: i64, num: i64) -> Build {
    event(code::SYSCALL_CLOSE_X, tid).i64(0).i64(num)
}

pub fn name(state: &State, tid: i64, num: i64) -> Option<String> {
    state.fd(tid, num).map(|fd| String::from_utf8_lossy(&fd.name).into_owned())
}
