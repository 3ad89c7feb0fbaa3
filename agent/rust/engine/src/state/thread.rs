//! What is known of one thread.

use std::sync::{Arc, LazyLock};

use super::container::Container;

/// Bytes as the kernel gave them: names and paths need not be UTF-8. Cheap to share between a parent and its children.
pub type Bytes = Arc<[u8]>;

static EMPTY: LazyLock<Bytes> = LazyLock::new(|| Arc::from(&b""[..]));

static NOT_KNOWN: LazyLock<Bytes> = LazyLock::new(|| Arc::from(&b"<NA>"[..]));

/// The one empty text: making it allocates nothing.
pub fn no_bytes() -> Bytes {
    EMPTY.clone()
}

/// A thread (the main one stands for the process). Absent numbers are -1, absent strings empty.
#[derive(Debug, Clone)]
pub struct Thread {
    pub tid: i64,
    pub pid: i64,
    /// Thread id of the parent process's main thread.
    pub ptid: i64,
    pub vtid: i64,
    pub vpid: i64,
    pub sid: i64,
    pub pgid: i64,
    pub vpgid: i64,
    pub comm: Bytes,
    /// argv[0].
    pub exe: Bytes,
    /// Path of the program, from the kernel where it can be had.
    pub exepath: Bytes,
    /// argv[1..], each NUL-terminated.
    pub args: Bytes,
    /// Environment, each entry NUL-terminated.
    pub env: Bytes,
    /// Working directory, always ending in '/' once known.
    pub cwd: Bytes,
    pub root: Bytes,
    /// "subsystem=path" entries, each NUL-terminated.
    pub cgroups: Bytes,
    /// Effective ids.
    pub uid: u32,
    pub gid: u32,
    /// Real and saved user id; u32::MAX while not known: then they count as equal to the effective one.
    pub ruid: u32,
    pub suid: u32,
    /// u32::MAX when not set.
    pub loginuid: u32,
    pub tty: u32,
    /// PPM_CL_* bits (flag table clone_flags).
    pub flags: u32,
    pub cap_inheritable: u64,
    pub cap_permitted: u64,
    pub cap_effective: u64,
    /// SECBIT_* bits (linux/securebits.h): whether a change of user keeps capabilities.
    pub securebits: u32,
    pub exe_writable: bool,
    pub exe_upper_layer: bool,
    pub exe_lower_layer: bool,
    pub exe_from_memfd: bool,
    pub exe_ino: u64,
    /// ns since the epoch.
    pub exe_ino_ctime: u64,
    pub exe_ino_mtime: u64,
    pub fdlimit: i64,
    pub vmsize_kb: u32,
    pub vmrss_kb: u32,
    pub vmswap_kb: u32,
    pub pfmajor: u64,
    pub pfminor: u64,
    /// When the thread was cloned, and when its process last called exec (ns since the epoch; 0 = unknown).
    pub clone_ts: u64,
    pub exec_ts: u64,
    pub pidns_init_start_ts: u64,
    /// `None`: the host.
    pub container: Option<Arc<Container>>,
    /// Facts before this were lost: an alert that relies on them is degraded.
    pub degraded: bool,
}

impl Thread {
    /// A thread of which only the ids are known.
    pub fn unknown(tid: i64) -> Thread {
        let empty = no_bytes();
        Thread {
            tid,
            pid: tid,
            ptid: -1,
            vtid: tid,
            vpid: tid,
            sid: -1,
            pgid: -1,
            vpgid: -1,
            comm: empty.clone(),
            exe: empty.clone(),
            exepath: empty.clone(),
            args: empty.clone(),
            env: empty.clone(),
            cwd: empty.clone(),
            root: empty.clone(),
            cgroups: empty,
            uid: u32::MAX,
            gid: u32::MAX,
            ruid: u32::MAX,
            suid: u32::MAX,
            loginuid: u32::MAX,
            tty: 0,
            flags: 0,
            cap_inheritable: 0,
            cap_permitted: 0,
            cap_effective: 0,
            securebits: 0,
            exe_writable: false,
            exe_upper_layer: false,
            exe_lower_layer: false,
            exe_from_memfd: false,
            exe_ino: 0,
            exe_ino_ctime: 0,
            exe_ino_mtime: 0,
            fdlimit: 0,
            vmsize_kb: 0,
            vmrss_kb: 0,
            vmswap_kb: 0,
            pfmajor: 0,
            pfminor: 0,
            clone_ts: 0,
            exec_ts: 0,
            pidns_init_start_ts: 0,
            container: None,
            degraded: true,
        }
    }

    /// A thread that nothing could be found out about, although it lives: rules know it by the name `<NA>`.
    pub fn unseen(tid: i64) -> Thread {
        Thread { comm: NOT_KNOWN.clone(), exe: NOT_KNOWN.clone(), ..Thread::unknown(tid) }
    }

    pub fn is_main(&self) -> bool {
        self.tid == self.pid
    }
}
