//! The thread table: who belongs to which process, who is whose child.

use rustc_hash::{FxHashMap, FxHashSet};

use super::files::FilesId;
use super::thread::Thread;

/// A thread and what the table keeps beside it.
pub struct Entry {
    pub thread: Thread,
    pub files: FilesId,
    /// Threads of one group share working directory and root (CLONE_FS).
    pub fs_group: u64,
    /// Number of the last gap after which this thread was read again.
    pub gap: u32,
    /// Time of the thread's last event.
    pub last_seen: u64,
    /// Created by its own clone event; the parent's has not come yet.
    pub awaits_parent: bool,
    /// Created by the parent's clone event; its own has not come yet.
    pub awaits_child: bool,
    /// Read from /proc, not built from events.
    pub from_proc: bool,
    /// The main thread has exited, others of its process live.
    pub exited: bool,
    /// Main threads: adopts the orphans among its descendants (PR_SET_CHILD_SUBREAPER).
    pub subreaper: bool,
    /// Main threads: the other threads, and the main threads of the child processes.
    pub process: Option<Box<Process>>,
}

#[derive(Default)]
pub struct Process {
    pub threads: FxHashSet<i64>,
    pub children: FxHashSet<i64>,
}

impl Entry {
    pub fn new(thread: Thread, files: FilesId, fs_group: u64) -> Entry {
        Entry {
            thread,
            files,
            fs_group,
            gap: 0,
            last_seen: 0,
            awaits_parent: false,
            awaits_child: false,
            from_proc: false,
            exited: false,
            subreaper: false,
            process: None,
        }
    }
}

/// Threads by thread id.
#[derive(Default)]
pub struct ThreadTable {
    map: FxHashMap<i64, Box<Entry>>,
    /// Children whose parent process is not in the table, by the parent's id.
    orphans: FxHashMap<i64, FxHashSet<i64>>,
}

impl ThreadTable {
    pub fn get(&self, tid: i64) -> Option<&Entry> {
        self.map.get(&tid).map(|entry| &**entry)
    }

    pub fn get_mut(&mut self, tid: i64) -> Option<&mut Entry> {
        self.map.get_mut(&tid).map(|entry| &mut **entry)
    }

    pub fn len(&self) -> usize {
        self.map.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.map.values().map(|entry| &**entry)
    }

    /// Main thread of the process that `tid` belongs to.
    pub fn main_of(&self, tid: i64) -> Option<&Entry> {
        let entry = self.get(tid)?;
        if entry.thread.is_main() {
            Some(entry)
        } else {
            self.get(entry.thread.pid)
        }
    }

    /// Put a thread in and link it to its process and parent. The caller has made sure that the id is free and that the
    /// main thread of a non-main one is in the table.
    pub fn insert(&mut self, mut entry: Entry) {
        let (tid, pid, ptid) = (entry.thread.tid, entry.thread.pid, entry.thread.ptid);
        if tid == pid {
            let children = self.orphans.remove(&tid).unwrap_or_default();
            entry.process = Some(Box::new(Process { threads: FxHashSet::default(), children }));
        } else if let Some(process) = self.process_mut(pid) {
            process.threads.insert(tid);
        }
        self.map.insert(tid, Box::new(entry));
        if tid == pid {
            self.link_child(ptid, tid);
        }
    }

    /// Take one thread out and unlink it. Children that still point to it wait for a parent of that id.
    pub fn remove(&mut self, tid: i64) -> Option<Box<Entry>> {
        let mut entry = self.map.remove(&tid)?;
        if let Some(process) = &mut entry.process {
            let children = std::mem::take(&mut process.children);
            if !children.is_empty() {
                self.orphans.insert(tid, children);
            }
        }
        let (pid, ptid) = (entry.thread.pid, entry.thread.ptid);
        if tid == pid {
            self.unlink_child(ptid, tid);
        } else if let Some(process) = self.process_mut(pid) {
            process.threads.remove(&tid);
        }
        Some(entry)
    }

    /// Give the main thread `child` another parent process.
    pub fn set_parent(&mut self, child: i64, ptid: i64) {
        let Some(entry) = self.get_mut(child) else { return };
        let before = std::mem::replace(&mut entry.thread.ptid, ptid);
        if before == ptid {
            return;
        }
        if let Some(process) = self.process(child) {
            for thread in process.threads.clone() {
                if let Some(entry) = self.get_mut(thread) {
                    entry.thread.ptid = ptid;
                }
            }
        }
        self.unlink_child(before, child);
        self.link_child(ptid, child);
    }

    pub fn process(&self, pid: i64) -> Option<&Process> {
        self.get(pid)?.process.as_deref()
    }

    fn process_mut(&mut self, pid: i64) -> Option<&mut Process> {
        self.get_mut(pid)?.process.as_deref_mut()
    }

    fn link_child(&mut self, ptid: i64, child: i64) {
        if ptid <= 0 || ptid == child {
            return;
        }
        match self.process_mut(ptid) {
            Some(process) => process.children.insert(child),
            None => self.orphans.entry(ptid).or_default().insert(child),
        };
    }

    fn unlink_child(&mut self, ptid: i64, child: i64) {
        if let Some(process) = self.process_mut(ptid) {
            process.children.remove(&child);
        }
        if let Some(children) = self.orphans.get_mut(&ptid) {
            children.remove(&child);
            if children.is_empty() {
                self.orphans.remove(&ptid);
            }
        }
    }
}
