//! Enough of the capture file format to replay the newest version of it: user, process and descriptor lists into a state,
//! then the events. Test input is trusted here: a malformed file panics.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use engine::state::{Fd, FdKind, State, StateConfig, Thread, User};

/// A file of the folder of shared captures; `None`, with the reason printed, when it is not there.
pub fn shared(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let root = std::env::var_os("AGENT_SHARED").map_or(root.join("../shared"), PathBuf::from);
    let path = root.join("captures").join(name);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}

/// The uncompressed bytes of a file.
pub fn gunzip(path: &Path) -> Vec<u8> {
    let raw = std::fs::read(path).expect("readable");
    if !raw.starts_with(&[0x1f, 0x8b]) {
        return raw;
    }
    Command::new("gzip").arg("-dc").arg(path).output().expect("gzip runs").stdout
}

/// Cursor over little-endian bytes.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, n: usize) -> &'a [u8] {
        let (head, tail) = self.0.split_at(n);
        self.0 = tail;
        head
    }
    fn u8(&mut self) -> u8 {
        self.take(1)[0]
    }
    fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.take(2).try_into().unwrap())
    }
    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take(4).try_into().unwrap())
    }
    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take(8).try_into().unwrap())
    }
    fn i64(&mut self) -> i64 {
        self.u64() as i64
    }
    fn string(&mut self) -> Arc<[u8]> {
        let n = self.u16() as usize;
        self.take(n).into()
    }
    fn text(&mut self) -> String {
        String::from_utf8_lossy(&self.string()).into_owned()
    }
    /// An entry that begins with its own length.
    fn entry(&mut self) -> Bytes<'a> {
        let n = u32::from_le_bytes(self.0[..4].try_into().unwrap()) as usize;
        let mut entry = Bytes(self.take(n));
        entry.u32();
        entry
    }
}

/// Replay a capture: `state` is as the file's lists say, then each event record (cpu, flags, bytes) is given in order.
pub fn replay(file: &[u8], mut each: impl FnMut(&mut State, u16, u32, &[u8])) {
    let mut state = State::new(StateConfig::offline());
    let mut blocks = Bytes(file);
    while blocks.0.len() >= 12 {
        let kind = blocks.u32();
        let length = blocks.u32() as usize;
        let mut body = Bytes(blocks.take(length - 8));
        body.0 = &body.0[..body.0.len() - 4];
        match kind {
            0x220 => users(&mut body, &mut state),
            0x215 => processes(&mut body, &mut state),
            0x218 => descriptors(&mut body, &mut state),
            0x216 | 0x217 => {
                let cpu = body.u16();
                let flags = if kind == 0x217 { body.u32() } else { 0 };
                each(&mut state, cpu, flags, body.0);
            }
            _ => {}
        }
    }
}

fn users(body: &mut Bytes, state: &mut State) {
    while body.0.len() >= 4 {
        let mut e = body.entry();
        if e.u8() == 0 {
            let (uid, gid) = (e.u32(), e.u32());
            let (name, home, shell) = (e.text(), e.text(), e.text());
            state.insert_user(User { uid, gid, name, home, shell });
        } else {
            let gid = e.u32();
            state.insert_group(gid, &e.text());
        }
    }
}

fn processes(body: &mut Bytes, state: &mut State) {
    while body.0.len() >= 4 {
        let mut e = body.entry();
        let mut t = Thread::unknown(e.i64());
        t.pid = e.i64();
        t.ptid = e.i64();
        t.sid = e.i64();
        t.vpgid = e.i64();
        t.comm = e.string();
        t.exe = e.string();
        t.exepath = e.string();
        t.args = e.string();
        t.cwd = e.string();
        t.fdlimit = e.i64();
        t.flags = e.u32();
        (t.uid, t.gid) = (e.u32(), e.u32());
        (t.vmsize_kb, t.vmrss_kb, t.vmswap_kb) = (e.u32(), e.u32(), e.u32());
        (t.pfmajor, t.pfminor) = (e.u64(), e.u64());
        t.env = e.string();
        (t.vtid, t.vpid) = (e.i64(), e.i64());
        t.cgroups = e.string();
        t.root = e.string();
        t.pidns_init_start_ts = e.u64();
        t.tty = e.u32();
        t.loginuid = e.u32();
        t.exe_writable = e.u8() != 0;
        (t.cap_inheritable, t.cap_permitted, t.cap_effective) = (e.u64(), e.u64(), e.u64());
        t.exe_upper_layer = e.u8() != 0;
        (t.exe_ino, t.exe_ino_ctime, t.exe_ino_mtime) = (e.u64(), e.u64(), e.u64());
        t.exe_from_memfd = e.u8() != 0;
        t.exe_lower_layer = e.u8() != 0;
        t.pgid = e.i64();
        t.degraded = false;
        state.insert_thread(t);
    }
}

fn descriptors(body: &mut Bytes, state: &mut State) {
    let tid = body.i64();
    while body.0.len() >= 4 {
        let mut e = body.entry();
        let (num, ino, kind) = (e.i64(), e.u64(), e.u8());
        let kind = match kind {
            1 => FdKind::File,
            2 => FdKind::Directory,
            7 => FdKind::Fifo,
            8 => FdKind::Unix,
            9 => FdKind::Event,
            12 => FdKind::EventPoll,
            13 => FdKind::Inotify,
            14 => FdKind::Timer,
            15 => FdKind::Netlink,
            16 => FdKind::FileV2,
            _ => FdKind::Unsupported,
        };
        let mut fd = Fd::new(kind);
        fd.ino = ino;
        match kind {
            FdKind::Unix => {
                (fd.unix_source, fd.unix_dest) = (e.u64(), e.u64());
                fd.name = e.string();
            }
            FdKind::FileV2 => {
                fd.open_flags = e.u32();
                fd.name = e.string();
                fd.dev = if e.0.len() >= 4 { e.u32() } else { 0 };
            }
            FdKind::Unsupported => {}
            _ => fd.name = e.string(),
        }
        state.insert_fd(tid, num, fd);
    }
}
