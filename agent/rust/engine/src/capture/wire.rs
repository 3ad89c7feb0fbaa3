//! The boundary to the programs: `drivers/shared/wire.h` in Rust. Sizes are asserted on both sides.

use std::mem::size_of;
use std::sync::atomic::{AtomicU32, AtomicU64};

/// Offset of the event in a ring record, behind sequence, loss count, cpu and flags.
pub const RECORD_EVENT: usize = 14;
pub const LANES: u32 = 2;
/// More CPUs than Linux can have.
pub const CPU_LIMIT: u32 = 8192;
pub const LOSS_CATEGORIES: usize = 8;
/// The category `other_interest`, for losses of which the kind is not known.
pub const LOSS_OTHER: usize = 5;
pub const LOSS_RING_FULL: usize = 0;
pub const LOSS_CAUSES: [&str; 4] = ["ring_full", "scratch_busy", "too_large", "bounded"];
pub const SYSCALL_TABLE_SIZE: usize = 1024;
pub const SOCKETCALL_TABLE_SIZE: usize = 32;
pub const SCOPE_HOST: u32 = 0;
pub const SCOPE_SET: u32 = 1;

#[repr(C)]
pub struct CpuState {
    pub scratch_busy: AtomicU32,
    pub sequence: [AtomicU32; 2],
    pub lost: [AtomicU32; 2],
    pub own_calls: AtomicU32,
    pub losses: [[AtomicU64; LOSS_CAUSES.len()]; LOSS_CATEGORIES],
    pub unreadable: AtomicU64,
    pub scope_full: AtomicU64,
    pub refused_calls: AtomicU64,
    pub writing: AtomicU64,
    pub claim: AtomicU64,
}

#[repr(C)]
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct SyscallEntry {
    pub event: u16,
    pub ppm_sc: u16,
}

#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub self_tgid: u32,
    pub scope_mode: u32,
    pub scope_by_cgroup: u32,
    pub scope_hierarchy: i32,
    pub cpus_per_ring: u32,
    pub reserved: u32,
}

#[repr(C)]
pub struct Live {
    pub enabled: u32,
    pub snaplen: u32,
    pub record_exec: u32,
    pub record_fork: u32,
    pub record_exit: u32,
    pub reserved: u32,
    pub syscalls: [SyscallEntry; SYSCALL_TABLE_SIZE],
    pub syscalls_ia32: [SyscallEntry; SYSCALL_TABLE_SIZE],
    pub socketcalls: [SyscallEntry; SOCKETCALL_TABLE_SIZE],
}

const _: () = assert!(size_of::<CpuState>() == 320);
const _: () = assert!(size_of::<Settings>() == 24);
const _: () = assert!(size_of::<Live>() == 24 + 8 * SYSCALL_TABLE_SIZE + 4 * SOCKETCALL_TABLE_SIZE);

impl Live {
    /// All of it as words: the half words of an entry lie in one, so that storing it changes both at once.
    pub fn words(&self) -> &[u32; size_of::<Live>() / 4] {
        // SAFETY: a plain structure of words and pairs of half words, aligned as words, without padding.
        unsafe { &*(self as *const Live).cast() }
    }
}

impl Settings {
    pub fn as_bytes(&self) -> &[u8] {
        // SAFETY: a plain structure of u32 without padding.
        unsafe { std::slice::from_raw_parts((self as *const Settings).cast(), size_of::<Settings>()) }
    }
}
