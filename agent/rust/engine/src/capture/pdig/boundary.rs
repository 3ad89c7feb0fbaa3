//! The boundary to the bodies of the system calls: `drivers/pdig/host.h` in Rust. Sizes are asserted on both sides.

use std::ffi::{c_char, c_int, c_void};

use super::super::wire::{CpuState, Live};
use super::host::Host;

pub const EXECUTABLE: i32 = -1;
/// `SCRATCH_SIZE` and what struct scratch has behind it.
pub const SCRATCH_BYTES: usize = 2 * 65536 + 8 * 67;

#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
pub struct Call {
    pub number: u64,
    pub args: [u64; 6],
    pub ret: i64,
    pub tid: u32,
    pub tgid: u32,
    pub ia32: u32,
    pub creates: u32,
}

#[repr(C)]
pub struct Text {
    pub text: *const u8,
    pub length: u64,
}

impl Text {
    /// The bytes have to stay until the body returns.
    pub fn of(bytes: &[u8]) -> Text {
        Text { text: bytes.as_ptr(), length: bytes.len() as u64 }
    }
}

#[repr(C)]
#[derive(Default)]
pub struct File {
    pub ino: u64,
    pub ctime: u64,
    pub mtime: u64,
    pub dev: u32,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub layer: u32,
}

#[repr(C)]
pub struct Task {
    pub pid: i64,
    pub tgid: i64,
    pub parent: i64,
    pub own_tid: i64,
    pub own_pid: i64,
    pub group: i64,
    pub own_group: i64,
    pub fdlimit: u64,
    pub major_faults: u64,
    pub minor_faults: u64,
    pub arg_start: u64,
    pub arg_end: u64,
    pub env_start: u64,
    pub env_end: u64,
    pub inheritable: u64,
    pub permitted: u64,
    pub effective: u64,
    pub levels: u32,
    pub size_kb: u32,
    pub rss_kb: u32,
    pub swap_kb: u32,
    pub tty: u32,
    pub login_uid: u32,
    pub euid: u32,
    pub egid: u32,
    pub fsuid: u32,
    pub fsgid: u32,
    pub comm: [u8; 16],
    pub cgroups: Text,
}

#[repr(C)]
pub struct Socket {
    pub family: u32,
    pub kind: u32,
    pub own_ip: [u32; 4],
    pub other_ip: [u32; 4],
    pub own_port: u16,
    pub other_port: u16,
    pub backlog: u32,
    pub max_backlog: u32,
    pub connected: u32,
    pub own_path: Text,
    pub other_path: Text,
}

/// What a tracer works with.
#[repr(C)]
pub struct Work {
    /// A [`Host`], which only [`super::host`] looks into.
    pub host: *mut c_void,
    pub scratch: *mut u8,
    pub state: *mut CpuState,
    pub live: *const Live,
}

const _: () = assert!(size_of::<Call>() == 80);
const _: () = assert!(size_of::<File>() == 48);
const _: () = assert!(size_of::<Task>() == 208);
const _: () = assert!(size_of::<Socket>() == 88);

unsafe extern "C" {
    pub fn agent_pdig_call(work: *const Work, call: *const Call);
    pub fn agent_pdig_exec(work: *const Work, call: *const Call, filename: *const c_char);
    pub fn agent_pdig_child(work: *const Work, call: *const Call, child: u32);
    pub fn agent_pdig_exit(work: *const Work, tid: u32, status: c_int, reaper: i64);
}

// SAFETY, of all below: the bodies are only called by the tracer, with a host that lives for the call and that nobody else uses meanwhile;
// sizes and pointers are those of objects and of the scratch space of the bodies, as host.h has them.

#[no_mangle]
unsafe extern "C" fn pdig_read(host: *mut Host, to: *mut u8, size: u64, from: u64) -> c_int {
    let into = unsafe { std::slice::from_raw_parts_mut(to, size as usize) };
    c_int::from(!unsafe { &mut *host }.read(into, from))
}

#[no_mangle]
unsafe extern "C" fn pdig_read_str(host: *mut Host, to: *mut u8, size: u64, from: u64) -> i64 {
    let into = unsafe { std::slice::from_raw_parts_mut(to, size as usize) };
    unsafe { &mut *host }.read_str(into, from).map_or(-1, |length| length as i64)
}

#[no_mangle]
unsafe extern "C" fn pdig_fill_task(host: *mut Host, tid: u32, task: *mut Task) {
    unsafe { (*host).fill_task(tid as i32, &mut *task) }
}

#[no_mangle]
unsafe extern "C" fn pdig_fill_file(host: *mut Host, tid: u32, fd: i32, file: *mut File) -> c_int {
    c_int::from(unsafe { (*host).fill_file(tid as i32, fd, &mut *file) })
}

#[no_mangle]
unsafe extern "C" fn pdig_namespace_start(host: *mut Host, tid: u32, level: u32) -> u64 {
    unsafe { (*host).namespaces.start(tid as i32, level) }
}

#[no_mangle]
unsafe extern "C" fn pdig_fill_path(host: *mut Host, tid: u32, fd: i32, path: *mut Text) {
    unsafe { *path = Text::of((*host).path(tid as i32, fd)) }
}

#[no_mangle]
unsafe extern "C" fn pdig_fill_socket(host: *mut Host, fd: i32, socket: *mut Socket) -> c_int {
    c_int::from(unsafe { (*host).fill_socket(fd, &mut *socket) })
}

#[no_mangle]
unsafe extern "C" fn pdig_submit(host: *mut Host, record: *mut u8, size: u64, tid: u64, flags: u32, category: u32) {
    let record = unsafe { std::slice::from_raw_parts_mut(record, size as usize) };
    unsafe { &mut *host }.submit(record, tid, flags, category as usize);
}
