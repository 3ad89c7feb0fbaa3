//! ptrace(2) and wait4(2), as far as the tracer uses them. Every request is about one thread and comes from the one that traces it.

use libc::{c_int, c_long, c_uint, pid_t};

use super::super::sys::last_errno;

pub const OPTIONS: c_int = libc::PTRACE_O_TRACESYSGOOD
    | libc::PTRACE_O_TRACEFORK
    | libc::PTRACE_O_TRACEVFORK
    | libc::PTRACE_O_TRACECLONE
    | libc::PTRACE_O_TRACEEXEC;

/// Besides [`OPTIONS`], for a thread under our filter. Without a tracer that asks for it, what a program's own filter wants traced fails.
pub const FILTERED_OPTIONS: c_int = OPTIONS | libc::PTRACE_O_TRACESECCOMP;

/// Stops of a system call have this bit in their signal.
pub const SYSCALL_STOP: c_int = libc::SIGTRAP | 0x80;

pub fn seize(tid: pid_t, options: c_int) -> Result<(), i32> {
    request(libc::PTRACE_SEIZE, tid, 0, options as usize).map(drop)
}

pub fn interrupt(tid: pid_t) -> Result<(), i32> {
    request(libc::PTRACE_INTERRUPT, tid, 0, 0).map(drop)
}

/// Let a thread go on until its next stop; with `calls`, also at the next beginning or end of a system call.
pub fn resume(tid: pid_t, calls: bool, signal: c_int) -> Result<(), i32> {
    let how = if calls { libc::PTRACE_SYSCALL } else { libc::PTRACE_CONT };
    request(how, tid, 0, signal as usize).map(drop)
}

/// Leave a thread stopped, as its group is, and still hear of it.
pub fn listen(tid: pid_t) -> Result<(), i32> {
    request(libc::PTRACE_LISTEN, tid, 0, 0).map(drop)
}

pub fn detach(tid: pid_t, signal: c_int) -> Result<(), i32> {
    request(libc::PTRACE_DETACH, tid, 0, signal as usize).map(drop)
}

/// The new child of a fork event, or the former id of the thread in an exec event.
pub fn event_message(tid: pid_t) -> Option<u64> {
    let mut message: libc::c_ulong = 0;
    request(libc::PTRACE_GETEVENTMSG, tid, 0, (&raw mut message) as usize).ok().map(|_| message)
}

/// The process that has sent the signal which a thread is stopped by; None for the kernel's own, and for those of timers.
pub fn sender(tid: pid_t) -> Option<pid_t> {
    // SAFETY: plain data; all zeros are a valid value.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    request(libc::PTRACE_GETSIGINFO, tid, 0, (&raw mut info) as usize).ok()?;
    // SAFETY: signals of kill(2) and sigqueue(3) have the sender in the same place.
    matches!(info.si_code, libc::SI_USER | libc::SI_QUEUE).then(|| unsafe { info.si_pid() })
}

/// Which of its two ends a stopped system call is at, and what is known there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    Entry {
        arch: u32,
        number: u64,
        args: [u64; 6],
    },
    /// A filter wants it traced, which has this to say of it.
    Filter {
        arch: u32,
        number: u64,
        args: [u64; 6],
        data: u32,
    },
    Exit {
        result: i64,
    },
    Neither,
}

/// Ask the kernel (5.3) where a stopped thread is. Errors: EIO where it cannot say.
pub fn syscall_stop(tid: pid_t) -> Result<Stop, i32> {
    // SAFETY: plain data; all zeros are a valid value.
    let mut info: libc::ptrace_syscall_info = unsafe { std::mem::zeroed() };
    let size = std::mem::size_of_val(&info);
    request(libc::PTRACE_GET_SYSCALL_INFO as c_uint, tid, size, (&raw mut info) as usize)?;
    // SAFETY: the kernel says with `op` which part of the union it has filled in; all of it are integers.
    Ok(unsafe {
        match info.op {
            libc::PTRACE_SYSCALL_INFO_ENTRY => {
                Stop::Entry { arch: info.arch, number: info.u.entry.nr, args: info.u.entry.args }
            }
            libc::PTRACE_SYSCALL_INFO_SECCOMP => {
                let seccomp = info.u.seccomp;
                Stop::Filter { arch: info.arch, number: seccomp.nr, args: seccomp.args, data: seccomp.ret_data }
            }
            libc::PTRACE_SYSCALL_INFO_EXIT => Stop::Exit { result: info.u.exit.sval },
            _ => Stop::Neither,
        }
    })
}

/// Number, arguments and result in the registers of a stopped thread: for kernels that cannot be asked, and for calls whose beginning was
/// not seen. A 64-bit program's call through the 32-bit gate is told by the instruction that made it.
#[cfg(target_arch = "x86_64")]
pub fn registers(tid: pid_t) -> Option<(u32, u64, [u64; 6], i64)> {
    // SAFETY: plain data; all zeros are a valid value.
    let mut regs: libc::user_regs_struct = unsafe { std::mem::zeroed() };
    request(libc::PTRACE_GETREGS, tid, 0, (&raw mut regs) as usize).ok()?;
    const CODE_32: u64 = 0x23;
    Some(if regs.cs == CODE_32 || instruction_before(tid, regs.rip) == Some(INT_80) {
        let narrow = |value: u64| value & 0xffff_ffff;
        let args = [regs.rbx, regs.rcx, regs.rdx, regs.rsi, regs.rdi, regs.rbp].map(narrow);
        (super::ARCH_IA32, narrow(regs.orig_rax), args, i64::from(regs.rax as i32))
    } else {
        let args = [regs.rdi, regs.rsi, regs.rdx, regs.r10, regs.r8, regs.r9];
        (super::ARCH_NATIVE, regs.orig_rax, args, regs.rax as i64)
    })
}

/// `int $0x80`, as a number.
#[cfg(target_arch = "x86_64")]
const INT_80: u16 = 0x80cd;

#[cfg(target_arch = "x86_64")]
fn instruction_before(tid: pid_t, at: u64) -> Option<u16> {
    let mut word: libc::c_long = 0;
    // The kernel's own call, unlike the library's, writes the word to where `data` points.
    // SAFETY: the word is as large as the request writes.
    let result =
        unsafe { libc::syscall(libc::SYS_ptrace, libc::PTRACE_PEEKTEXT, tid, at.wrapping_sub(2), &raw mut word) };
    (result == 0).then_some(word as u16)
}

#[cfg(not(target_arch = "x86_64"))]
pub fn registers(_tid: pid_t) -> Option<(u32, u64, [u64; 6], i64)> {
    None
}

/// At the beginning of a call: keep it from being made; it fails with ENOSYS. False where that cannot be done.
#[cfg(target_arch = "x86_64")]
pub fn refuse_call(tid: pid_t) -> bool {
    let member = |index: i32, value: i64| {
        request(libc::PTRACE_POKEUSER, tid, index as usize * size_of::<u64>(), value as usize).is_ok()
    };
    member(libc::ORIG_RAX, -1) && member(libc::RAX, -i64::from(libc::ENOSYS))
}

#[cfg(not(target_arch = "x86_64"))]
pub fn refuse_call(tid: pid_t) -> bool {
    const NT_ARM_SYSTEM_CALL: usize = 0x404;
    let mut number: c_int = -1;
    let mut part = libc::iovec { iov_base: (&raw mut number).cast(), iov_len: size_of::<c_int>() };
    request(libc::PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, (&raw mut part) as usize).is_ok()
}

/// Change the first argument of the call that a stopped thread is in. False where that cannot be done.
#[cfg(target_arch = "x86_64")]
pub fn set_first_argument(tid: pid_t, ia32: bool, value: u64) -> bool {
    let index = if ia32 { libc::RBX } else { libc::RDI };
    request(libc::PTRACE_POKEUSER, tid, index as usize * size_of::<u64>(), value as usize).is_ok()
}

#[cfg(not(target_arch = "x86_64"))]
pub fn set_first_argument(tid: pid_t, _ia32: bool, value: u64) -> bool {
    const NT_PRSTATUS: usize = 1;
    // struct user_pt_regs of arch/arm64/include/uapi/asm/ptrace.h: 31 registers, stack pointer, program counter, state.
    let mut registers = [0u64; 34];
    let mut part = libc::iovec { iov_base: registers.as_mut_ptr().cast(), iov_len: size_of_val(&registers) };
    if request(libc::PTRACE_GETREGSET, tid, NT_PRSTATUS, (&raw mut part) as usize).is_err() {
        return false;
    }
    registers[0] = value;
    request(libc::PTRACE_SETREGSET, tid, NT_PRSTATUS, (&raw mut part) as usize).is_ok()
}

/// Write a word into a stopped thread's memory.
pub fn poke(tid: pid_t, address: u64, word: u64) -> bool {
    request(libc::PTRACE_POKEDATA, tid, address as usize, word as usize).is_ok()
}

/// What wait4(2) said of a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// Ended, with the status as the kernel keeps it.
    Ended {
        tid: pid_t,
        status: c_int,
    },
    /// Stopped by a signal, or by the event of that number.
    Stopped {
        tid: pid_t,
        signal: c_int,
        event: c_int,
    },
    Nothing,
    /// No thread is left to wait for.
    NoChildren,
}

/// Wait for a child or a traced thread of this thread, or of any of this process; a signal ends the wait.
pub fn wait(of_all_threads: bool) -> Waited {
    let mut status: c_int = 0;
    let flags = libc::__WALL | if of_all_threads { 0 } else { libc::__WNOTHREAD };
    // SAFETY: the status is valid for the call, and no resource usage is asked for.
    let tid = unsafe { libc::wait4(-1, &mut status, flags, std::ptr::null_mut()) };
    match tid {
        0 => Waited::Nothing,
        -1 if last_errno() == libc::ECHILD => Waited::NoChildren,
        -1 => Waited::Nothing,
        tid if libc::WIFSTOPPED(status) => Waited::Stopped { tid, signal: libc::WSTOPSIG(status), event: status >> 16 },
        tid => Waited::Ended { tid, status },
    }
}

fn request(what: c_uint, tid: pid_t, address: usize, data: usize) -> Result<c_long, i32> {
    // SAFETY: callers pass addresses of values that outlive the call and are as large as the request writes.
    let result = unsafe { libc::ptrace(what, tid, address, data) };
    if result == -1 {
        Err(last_errno())
    } else {
        Ok(result)
    }
}

pub fn empty_signal_set() -> libc::sigset_t {
    // SAFETY: plain data, which sigemptyset fills.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        set
    }
}

/// Numbers that are no signal's are left out.
pub fn add_signal(set: &mut libc::sigset_t, signal: c_int) {
    // SAFETY: a set that was filled before.
    unsafe { libc::sigaddset(set, signal) };
}
