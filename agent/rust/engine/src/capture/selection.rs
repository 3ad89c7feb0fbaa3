//! Which system calls a capture needs: those the rules ask for and those that keep the state.

use std::collections::BTreeSet;

use super::wire::{SyscallEntry, SYSCALL_TABLE_SIZE};
use crate::schema::{ef, event, Abi, SyscallInfo};

/// The native number tables and what has to be loaded for them.
pub struct Selection {
    pub native: Box<[SyscallEntry; SYSCALL_TABLE_SIZE]>,
    pub ia32: Box<[SyscallEntry; SYSCALL_TABLE_SIZE]>,
    /// Event codes of the selected calls and tracepoints.
    pub events: BTreeSet<u16>,
    /// Names of the selected system calls.
    pub calls: Vec<&'static str>,
}

/// Choose the calls. `rule_events`: codes the rules can match. `all`: every call there is.
pub fn select(rule_events: &BTreeSet<u16>, all: bool) -> Selection {
    let mut names = BTreeSet::new();
    let mut selection = Selection {
        native: Box::new([SyscallEntry::default(); SYSCALL_TABLE_SIZE]),
        ia32: Box::new([SyscallEntry::default(); SYSCALL_TABLE_SIZE]),
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
    fn all_means_all() {
        let selection = select(&BTreeSet::new(), true);
        assert_eq!(selection.native[number("getpid")].event, code::GENERIC_X);
    }
}
