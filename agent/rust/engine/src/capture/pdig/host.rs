//! What the bodies of the system calls ask the tracer for: memory of the stopped thread, facts of its process, files and sockets.

use std::ffi::CStr;
use std::fmt::Write as _;
use std::sync::atomic::Ordering;
use std::sync::Arc;
use std::time::{Duration, Instant};

use libc::pid_t;

use super::super::sys;
use super::super::wire;
use super::boundary::{File, Socket, Task, EXECUTABLE};
use super::cgroups;
use super::memory::Memory;
use super::mounts::Mounts;
use super::namespaces::Namespaces;
use super::overlays::{Layer, Overlays, Place};
use super::ring::Writer;
use super::sockets;
use super::Shared;
use crate::state::own_container;
use crate::state::procfs::{Dir, Stat, Status, DELETED, STATUS_LIMIT};

/// How long a full buffer holds up the traced processes while the engine takes nothing at all out of it.
const PATIENCE: Duration = Duration::from_secs(1);
const LANE: usize = 1;

pub struct Host {
    /// The thread that the body is about.
    pub tid: pid_t,
    /// Only the memory figures of the task are asked for.
    pub memory_only: bool,
    writer: Writer,
    shared: Arc<Shared>,
    memory: Memory,
    sequence: u32,
    pub namespaces: Namespaces,
    overlays: Overlays,
    pub mounts: Mounts,
    /// Where the engine was when it was given up on: until it moves, a full buffer holds nobody up.
    stuck_at: Option<u64>,
    cgroups: cgroups::Reader,
    /// Texts that bodies hold on to until they return.
    path: Vec<u8>,
    cgroup_text: Vec<u8>,
    paths: [Vec<u8>; 2],
    buffer: Vec<u8>,
    name: String,
}

impl Host {
    pub fn new(writer: Writer, shared: Arc<Shared>) -> Host {
        Host {
            tid: 0,
            memory_only: false,
            writer,
            shared,
            memory: Memory::default(),
            sequence: 0,
            namespaces: Namespaces::new(),
            overlays: Overlays::default(),
            mounts: Mounts::default(),
            stuck_at: None,
            cgroups: cgroups::Reader::default(),
            path: Vec::new(),
            cgroup_text: Vec::new(),
            paths: Default::default(),
            buffer: Vec::new(),
            name: String::new(),
        }
    }

    pub fn read(&mut self, into: &mut [u8], from: u64) -> bool {
        let done = self.memory.read(self.tid, into, from);
        self.count_forbidden();
        done
    }

    fn count_forbidden(&mut self) {
        let forbidden = std::mem::take(&mut self.memory.forbidden);
        if forbidden != 0 {
            self.shared.forbidden.fetch_add(forbidden, Ordering::Relaxed);
            let _ = self.shared.first_forbidden.compare_exchange(0, self.tid, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    pub fn read_str(&mut self, into: &mut [u8], from: u64) -> Option<usize> {
        let length = self.memory.read_str(self.tid, into, from);
        self.count_forbidden();
        length
    }

    pub fn fill_task(&mut self, tid: pid_t, task: &mut Task) {
        // As one of its process's threads: the figures of the folder that a process has are those of all its threads together.
        self.name(format_args!("/proc/{tid}/task/{tid}"));
        let Some(dir) = Dir::open(self.name.as_ref()) else { return };
        if dir.read_into(c"status", STATUS_LIMIT, &mut self.buffer) {
            let status = Status::parse(&self.buffer);
            (task.size_kb, task.rss_kb, task.swap_kb) = (status.vmsize_kb, status.vmrss_kb, status.vmswap_kb);
            if self.memory_only {
                return;
            }
            task.pid = i64::from(tid);
            task.tgid = status.tgid.unwrap_or(task.pid);
            task.own_tid = status.vtid.unwrap_or(task.pid);
            task.own_pid = status.vpid.unwrap_or(task.tgid);
            task.own_group = status.vpgid.unwrap_or(0);
            task.euid = status.uids[1].unwrap_or(0);
            task.egid = status.egid.unwrap_or(0);
            task.fsuid = status.fsuid.unwrap_or(task.euid);
            task.fsgid = status.fsgid.unwrap_or(task.egid);
            task.inheritable = status.cap_inheritable;
            task.permitted = status.cap_permitted;
            task.effective = status.cap_effective;
            task.levels = status.levels.saturating_sub(1) as u32;
        }
        if dir.read_into(c"stat", 4096, &mut self.buffer) {
            if let Some(stat) = Stat::parse(&self.buffer) {
                task.parent = stat.ppid;
                task.group = stat.pgrp;
                task.tty = stat.tty as u32;
                (task.minor_faults, task.major_faults) = (stat.minflt, stat.majflt);
                [task.arg_start, task.arg_end, task.env_start, task.env_end] = stat.strings.unwrap_or_default();
                let length = stat.comm.len().min(15);
                task.comm[..length].copy_from_slice(&stat.comm[..length]);
            }
        }
        task.fdlimit = crate::state::procfs::fdlimit(i64::from(tid)) as u64;
        task.login_uid = match dir.read_into(c"loginuid", 32, &mut self.buffer) {
            true => {
                std::str::from_utf8(&self.buffer).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(u32::MAX)
            }
            false => u32::MAX,
        };
        self.cgroup_text.clear();
        if dir.read_into(c"cgroup", 16 << 10, &mut self.buffer) {
            own_container::name_root(&mut self.buffer);
            self.cgroups.write(&self.buffer, &mut self.cgroup_text);
        }
        task.cgroups = super::boundary::Text::of(&self.cgroup_text);
    }

    pub fn fill_file(&mut self, tid: pid_t, fd: i32, file: &mut File) -> bool {
        self.name_of(tid, fd);
        // SAFETY: plain data; all zeros are a valid value.
        let mut told: libc::statx = unsafe { std::mem::zeroed() };
        let wanted = libc::STATX_BASIC_STATS | libc::STATX_BTIME | libc::STATX_MNT_ID;
        // SAFETY: the name ends with a NUL, and the structure is valid for the call. A server far away is not asked.
        let failed = unsafe {
            libc::statx(libc::AT_FDCWD, self.name.as_ptr().cast(), libc::AT_STATX_DONT_SYNC, wanted, &mut told) != 0
        };
        if failed {
            return false;
        }
        let ns = |time: libc::statx_timestamp| {
            (time.tv_sec as u64).wrapping_mul(1_000_000_000).wrapping_add(u64::from(time.tv_nsec))
        };
        let place = self
            .overlays
            .place(tid, &told, &mut self.mounts)
            .unwrap_or(Place { layer: Layer::None, device: (told.stx_dev_major, told.stx_dev_minor) });
        let Place { layer, device: (major, minor) } = place;
        *file = File {
            ino: told.stx_ino,
            ctime: ns(told.stx_ctime),
            mtime: ns(told.stx_mtime),
            dev: major << 20 | minor,
            mode: u32::from(told.stx_mode),
            uid: told.stx_uid,
            gid: told.stx_gid,
            layer: layer as u32,
        };
        true
    }

    /// The path of an open file, or of the executable, as the process itself sees it.
    pub fn path(&mut self, tid: pid_t, fd: i32) -> &[u8] {
        self.name_of(tid, fd);
        self.path.clear();
        read_link(self.name.as_bytes(), &mut self.path);
        if self.path.ends_with(DELETED) {
            self.path.truncate(self.path.len() - DELETED.len());
        }
        self.name(format_args!("/proc/{tid}/root\0"));
        let mut root = Vec::new();
        read_link(self.name.as_bytes(), &mut root);
        if root.len() > 1 && self.path.starts_with(&root) && self.path.get(root.len()) == Some(&b'/') {
            self.path.drain(..root.len());
        }
        &self.path
    }

    pub fn fill_socket(&mut self, fd: i32, socket: &mut Socket) -> bool {
        sockets::describe(self.tid, fd, &mut self.paths, socket)
    }

    /// Hand a record over. A full buffer holds the thread up until the engine has made room, as long as it makes any.
    pub fn submit(&mut self, record: &mut [u8], tid: u64, flags: u32, category: usize) {
        let state = &self.shared.state;
        let mut put = |at: usize, bytes: &[u8]| record[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &self.sequence.to_le_bytes());
        put(4, &state.lost[LANE].load(Ordering::Relaxed).to_le_bytes());
        // Which cpu the thread ran on a tracer is not told.
        put(8, &0u16.to_le_bytes());
        put(10, &flags.to_le_bytes());
        put(wire::RECORD_EVENT, &sys::boottime_ns().to_le_bytes());
        put(wire::RECORD_EVENT + 8, &tid.to_le_bytes());
        self.sequence = self.sequence.wrapping_add(1);
        if self.writer.push(record) {
            return;
        }
        // Nobody reads any more: the traced programs go on, unwatched.
        if self.shared.stopping.load(Ordering::Relaxed) {
            return;
        }
        let mut consumed = self.writer.consumed();
        let mut since = Instant::now();
        while !self.writer.push(record) {
            let given_up = self.stuck_at == Some(consumed);
            if !given_up {
                std::thread::sleep(Duration::from_micros(100));
            }
            if self.writer.consumed() != consumed {
                (consumed, since) = (self.writer.consumed(), Instant::now());
            } else if given_up || since.elapsed() > PATIENCE {
                self.stuck_at = Some(consumed);
                state.losses[category][wire::LOSS_RING_FULL].fetch_add(1, Ordering::Relaxed);
                state.lost[LANE].fetch_add(1, Ordering::Relaxed);
                return;
            }
        }
    }

    fn name_of(&mut self, tid: pid_t, fd: i32) {
        match fd {
            EXECUTABLE => self.name(format_args!("/proc/{tid}/exe\0")),
            fd => self.name(format_args!("/proc/{tid}/fd/{fd}\0")),
        }
    }

    fn name(&mut self, name: std::fmt::Arguments) {
        self.name.clear();
        // Writing to a string does not fail.
        let _ = self.name.write_fmt(name);
    }
}

/// Append the text of a link whose name ends with a NUL.
fn read_link(name: &[u8], into: &mut Vec<u8>) {
    let Ok(name) = CStr::from_bytes_with_nul(name) else { return };
    into.reserve(4096);
    let spare = into.spare_capacity_mut();
    // SAFETY: the buffer is as long as it is said to be.
    let length = unsafe { libc::readlink(name.as_ptr(), spare.as_mut_ptr().cast(), spare.len()) };
    if let Ok(length) = usize::try_from(length) {
        // SAFETY: so many bytes were just written.
        unsafe { into.set_len(into.len() + length) };
    }
}
