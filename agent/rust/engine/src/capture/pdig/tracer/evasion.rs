//! What a program may ask the kernel for so that a tracer hears less of it, and what keeps it from that.

use std::sync::atomic::Ordering;

use libc::pid_t;

use super::super::{calls, ptrace, ARCH_IA32, ARCH_NATIVE};
use super::Tracer;

impl Tracer {
    /// From now on a process stops at every call by itself: not all of its calls come by our filter any more.
    pub(super) fn trace_each_call(&mut self, tgid: pid_t, current: pid_t) {
        for (tid, tracee) in self.tracees.iter_mut().filter(|(_, tracee)| tracee.tgid == tgid) {
            tracee.filtered = false;
            if *tid != current {
                // It may be on its way to calls that no stop of its would come of. Should it have ended, that is heard of.
                let _ = ptrace::interrupt(*tid);
            }
        }
    }

    /// No child is made behind our back: the flag that asks for that is taken back for as long as the call takes. Where it lies in memory,
    /// another thread may set it again; under a filter such a child is refused every selected call, without one it is not seen.
    pub(super) fn announce_child(&mut self, tid: pid_t, arch: u32, number: u64, args: &[u64; 6]) {
        let ia32 = arch == ARCH_IA32 && ARCH_IA32 != ARCH_NATIVE;
        let changed = match calls::child_flags(arch, number, args) {
            Some(calls::Flags::Argument(flags)) if flags & calls::CLONE_UNTRACED != 0 => {
                ptrace::set_first_argument(tid, ia32, flags & !calls::CLONE_UNTRACED)
                    .then_some(calls::Flags::Argument(flags))
            }
            Some(calls::Flags::Memory(at)) => {
                let mut flags = [0; 8];
                if !self.host.read(&mut flags, at) || u64::from_ne_bytes(flags) & calls::CLONE_UNTRACED == 0 {
                    return;
                }
                let flags = u64::from_ne_bytes(flags);
                ptrace::poke(tid, at, flags & !calls::CLONE_UNTRACED).then_some(calls::Flags::Memory(at))
            }
            _ => return,
        };
        if changed.is_none() {
            self.shared.state.refused_calls.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(tracee) = self.tracees.get_mut(&tid) {
            tracee.flags = changed;
        }
    }

    /// Give a thread its flags back.
    pub(super) fn restore_flags(&mut self, tid: pid_t) {
        let Some((flags, ia32)) = self.tracees.get_mut(&tid).and_then(|tracee| {
            let ia32 = tracee.call.is_some_and(|call| call.ia32 != 0);
            Some((tracee.flags.take()?, ia32))
        }) else {
            return;
        };
        match flags {
            // Where the register of the first argument is that of the result, too (aarch64), there is nothing to give back.
            calls::Flags::Argument(flags) => {
                if cfg!(target_arch = "x86_64") {
                    ptrace::set_first_argument(tid, ia32, flags);
                }
            }
            calls::Flags::Memory(at) => {
                let mut flags = [0; 8];
                self.host.tid = tid;
                if self.host.read(&mut flags, at) {
                    ptrace::poke(tid, at, u64::from_ne_bytes(flags) | calls::CLONE_UNTRACED);
                }
            }
        }
    }
}
