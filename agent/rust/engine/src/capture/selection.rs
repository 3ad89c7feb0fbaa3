//! Which system calls a capture needs: those the rules ask for and those that keep the state.

use std::collections::BTreeSet;

use super::wire::{SyscallEntry, SOCKETCALL_TABLE_SIZE, SYSCALL_TABLE_SIZE};
use crate::schema::{ef, event, syscall_by_name, Abi, SyscallInfo};

/// The native number tables and what has to be loaded for them.
pub struct Selection {
    pub native: Box<[SyscallEntry; SYSCALL_TABLE_SIZE]>,
    pub ia32: Box<[SyscallEntry; SYSCALL_TABLE_SIZE]>,
    /// By the number that ia32's socketcall takes.
    pub socketcalls: [SyscallEntry; SOCKETCALL_TABLE_SIZE],
    /// Event codes of the selected calls and tracepoints.
    pub events: BTreeSet<u16>,
    /// Names of the selected system calls.
    pub calls: Vec<&'static str>,
}

/// ia32's one number for all socket calls, and what stands in its table entry.
const IA32_SOCKETCALL: usize = 102;
pub const SOCKETCALL: u16 = u16::MAX;

/// The calls behind socketcall, from number 1 on (include/uapi/linux/net.h).
const SOCKETCALLS: [&str; 20] = [
    "socket",
    "bind",
    "connect",
    "listen",
    "accept",
    "getsockname",
    "getpeername",
    "socketpair",
    "send",
    "recv",
    "sendto",
    "recvfrom",
    "shutdown",
    "setsockopt",
    "getsockopt",
    "sendmsg",
    "recvmsg",
    "accept4",
    "recvmmsg",
    "sendmmsg",
];

/// Choose the calls. `rule_events`: codes the rules can match. `all`: every call there is.
pub fn select(rule_events: &BTreeSet<u16>, all: bool) -> Selection {
    let mut names = BTreeSet::new();
    let mut selection = Selection {
        native: Box::new([SyscallEntry::default(); SYSCALL_TABLE_SIZE]),
        ia32: Box::new([SyscallEntry::default(); SYSCALL_TABLE_SIZE]),
        socketcalls: [SyscallEntry::default(); SOCKETCALL_TABLE_SIZE],
        events: BTreeSet::new(),
        calls: Vec::new(),
    };
    let native = if cfg!(target_arch = "aarch64") { Abi::Aarch64 } else { Abi::X86_64 };
    let events = &mut selection.events;
    let mut add = |table: &mut [SyscallEntry; SYSCALL_TABLE_SIZE], number: u32, call: &'static SyscallInfo| {
        if wanted(call, rule_events, all) && place(table, number, call) {
            events.insert(call.exit_event);
            names.insert(call.name);
        }
    };
    for (number, call) in native.calls() {
        add(&mut selection.native, number, call);
    }
    if native == Abi::X86_64 {
        for (number, call) in Abi::Ia32.calls() {
            add(&mut selection.ia32, number, call);
        }
    }
    if native == Abi::X86_64 {
        for (name, slot) in SOCKETCALLS.iter().zip(&mut selection.socketcalls[1..]) {
            if let Some(call) = syscall_by_name(name).filter(|call| wanted(call, rule_events, all)) {
                *slot = SyscallEntry { event: call.exit_event, ppm_sc: call.ppm_sc };
                events.insert(call.exit_event);
                selection.ia32[IA32_SOCKETCALL] = SyscallEntry { event: SOCKETCALL, ppm_sc: 0 };
            }
        }
    }
    selection.calls = names.into_iter().collect();
    selection
}

fn place(table: &mut [SyscallEntry; SYSCALL_TABLE_SIZE], number: u32, call: &SyscallInfo) -> bool {
    match table.get_mut(number as usize) {
        Some(slot) => {
            *slot = SyscallEntry { event: call.exit_event, ppm_sc: call.ppm_sc };
            true
        }
        None => false,
    }
}

fn wanted(call: &SyscallInfo, rule_events: &BTreeSet<u16>, all: bool) -> bool {
    let Some(event) = event(call.exit_event) else { return false };
    all || event.has(ef::MODIFIES_STATE) || rule_events.contains(&call.exit_event)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::code;

    fn number(name: &str) -> usize {
        let native = if cfg!(target_arch = "aarch64") { Abi::Aarch64 } else { Abi::X86_64 };
        native.calls().find(|(_, call)| call.name == name).expect(name).0 as usize
    }

    #[test]
    fn state_is_kept_without_any_rule() {
        let selection = select(&BTreeSet::new(), false);
        assert_eq!(selection.native[number("openat")].event, code::SYSCALL_OPENAT_2_X);
        assert_eq!(selection.native[number("close")].event, code::SYSCALL_CLOSE_X);
        assert_eq!(selection.native[number("read")].event, 0);
        assert_eq!(selection.native[number("getpid")].event, 0);
    }

    #[test]
    fn a_rule_adds_its_call_and_no_other() {
        let plain = select(&BTreeSet::new(), false);
        let with = select(&BTreeSet::from([code::SYSCALL_READ_X]), false);
        assert_eq!(with.calls.len(), plain.calls.len() + 1);
        assert_eq!(with.native[number("read")].event, code::SYSCALL_READ_X);
    }

    #[test]
    fn socketcall_leads_to_the_calls_behind_it() {
        if cfg!(target_arch = "x86_64") {
            let selection = select(&BTreeSet::new(), false);
            assert_eq!(selection.ia32[IA32_SOCKETCALL].event, SOCKETCALL);
            assert_eq!(selection.socketcalls[3].event, code::SOCKET_CONNECT_X);
        }
    }

    #[test]
    fn all_means_all() {
        let selection = select(&BTreeSet::new(), true);
        assert_eq!(selection.native[number("getpid")].event, code::GENERIC_X);
    }
}
