//! The thread that traces: it alone waits for the traced threads, asks about them and lets them go on.
//!
//! A program that was started under a filter stops for selected calls only: at the call's beginning (an event of seccomp), and at its end. One
//! that was attached to has no filter, and stops at both ends of every call. What a call makes is recorded where it is known first: a child at
//! the event of its birth, a new program at that of its execution; then the end of the call needs no stop any more.

mod evasion;

use std::collections::hash_map::Entry;
use std::ffi::CString;
use std::sync::atomic::Ordering;
use std::sync::Arc;
use std::time::{Duration, Instant};

use libc::{c_int, pid_t};
use rustc_hash::FxHashMap;

use super::super::wire::{CpuState, Live, SyscallEntry};
use super::boundary::{self, Call, Work, SCRATCH_BYTES};
use super::calls;
use super::child::{Held, Program};
use super::facts::{number_in, read_parent, read_stat, read_status};
use super::filter;
use super::host::Host;
use super::processes::Processes;
use super::progress::Progress;
use super::ptrace::{self, Stop, Waited};
use super::signals::Arrivals;
use super::ticker::Ticker;
use super::{Shared, ARCH_IA32, ARCH_NATIVE};
use crate::error::{Error, Result};
use crate::schema::code;

/// How late a request to stop is noticed while nothing happens.
const TICK: Duration = Duration::from_millis(50);
/// A child that is heard of before its parent's fork waits for that so long.
const CLAIM_LIMIT: Duration = Duration::from_millis(200);
const PATH_LIMIT: usize = 4096;
/// Stops of a group (signal(7)): these signals stop, and no other does.
const STOPPING: [c_int; 4] = [libc::SIGSTOP, libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU];

struct Tracee {
    tgid: pid_t,
    /// Stops for selected calls by itself.
    filtered: bool,
    /// The call that it is in, when that is to be recorded.
    call: Option<Call>,
    /// What that call executes.
    program: Option<CString>,
    /// The call is recorded already: its end says nothing new.
    told: bool,
    /// Without help of the kernel: whether the next stop of a call is its end.
    inside: bool,
    /// Stopped with its group, and left so.
    listening: bool,
    /// Flags of the call that it is in which we have changed, as they were.
    flags: Option<calls::Flags>,
}

impl Tracee {
    fn new(tgid: pid_t, filtered: bool) -> Tracee {
        Tracee { tgid, filtered, call: None, program: None, told: false, inside: false, listening: false, flags: None }
    }
}

struct Newborn {
    since: Instant,
    /// How its first stop is to be answered.
    signal: c_int,
    event: c_int,
}

pub struct Tracer {
    shared: Arc<Shared>,
    live: Box<Live>,
    host: Box<Host>,
    scratch: Box<[u64]>,
    tracees: FxHashMap<pid_t, Tracee>,
    newborn: FxHashMap<pid_t, Newborn>,
    /// Children that ended before their parents' events told of them, and how.
    stillborn: FxHashMap<pid_t, (c_int, Instant)>,
    processes: Processes,
    held: Option<Held>,
    /// The first process runs under our filter.
    started: bool,
    root: Option<pid_t>,
    ended: Option<c_int>,
    stopped: Option<c_int>,
    /// The kernel says where a stopped call is (5.3).
    can_ask: bool,
    /// This is the first process of its pid namespace: orphans become its children, and nobody else would wait for them.
    reaps: bool,
    detaching: bool,
    ticker: Option<Ticker>,
}

impl Tracer {
    pub fn new(shared: Arc<Shared>, live: Box<Live>, host: Host) -> Tracer {
        Tracer {
            shared,
            live,
            host: Box::new(host),
            scratch: vec![0u64; SCRATCH_BYTES / 8].into_boxed_slice(),
            tracees: FxHashMap::default(),
            newborn: FxHashMap::default(),
            stillborn: FxHashMap::default(),
            processes: Processes::default(),
            held: None,
            started: false,
            root: None,
            ended: None,
            stopped: None,
            can_ask: true,
            reaps: std::process::id() == 1,
            detaching: false,
            ticker: None,
        }
    }

    /// Fork the process that is to execute the program, and hold it there. It is to be seized, then [`Tracer::adopt`]ed, then released.
    pub fn hold(&mut self, program: &Program) -> Result<pid_t> {
        let held = program.hold()?;
        let pid = held.pid;
        self.root = Some(pid);
        self.held = Some(held);
        Ok(pid)
    }

    pub fn release(&mut self) -> Result<()> {
        let Some(held) = &mut self.held else { return Ok(()) };
        held.release().map_err(|error| Error::Os {
            what: "the program that was to be started is gone".into(),
            errno: error.raw_os_error().unwrap_or(0),
        })
    }

    /// Call numbers that a filter has to stop for: native, ia32.
    pub fn selected(&self) -> (Vec<u32>, Vec<u32>) {
        let numbers = |arch, table: &[SyscallEntry]| {
            let wanted = |number: &u32| {
                let event = table[*number as usize].event;
                let number = u64::from(*number);
                (event != 0 && !calls::is_endless(arch, number)) || calls::is_seccomp(arch, number)
            };
            (0..table.len() as u32).filter(wanted).collect()
        };
        (numbers(ARCH_NATIVE, &self.live.syscalls), numbers(ARCH_IA32, &self.live.syscalls_ia32))
    }

    /// Take over a thread that this thread has seized with [`ptrace::OPTIONS`], or the ones for the filter. One without a filter is interrupted, so that its calls are
    /// seen from now on.
    pub fn adopt(&mut self, tid: pid_t, filtered: bool) {
        let status = read_status(tid);
        let tgid = status.as_ref().and_then(|status| status.tgid).map_or(tid, |tgid| tgid as pid_t);
        let parent = read_parent(tgid).unwrap_or(0);
        self.started |= filtered;
        if self.tracees.insert(tid, Tracee::new(tgid, filtered)).is_none() {
            self.processes.add_thread(tgid, tid, (parent, parent));
        }
        // Of a process whose first thread has ended, another one stands for it.
        if tid == tgid || !self.tracees.contains_key(&tgid) && read_stat(tgid).is_some_and(|stat| stat.state == b'Z') {
            self.shared.newcomers.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(i64::from(tgid));
        }
        if !filtered {
            // It may have ended: that is heard of in time.
            let _ = ptrace::interrupt(tid);
        }
    }

    /// Trace until the time is up, something happens that somebody waits for, or nothing is left.
    pub fn run(&mut self, timeout: Duration) -> Result<Progress> {
        if self.ticker.is_none() {
            self.ticker = Some(Ticker::start(TICK)?);
        }
        let deadline = Instant::now() + timeout;
        let mut looked = 0u32;
        loop {
            let waited = ptrace::wait(self.reaps);
            match waited {
                Waited::Stopped { tid, signal, event } => self.on_stop(tid, signal, event),
                Waited::Ended { tid, status } => self.on_end(tid, status),
                Waited::NoChildren => {
                    // Whatever was thought to be left is not.
                    self.tracees.clear();
                    self.newborn.clear();
                    self.processes.clear();
                }
                Waited::Nothing => {}
            }
            let idle = waited == Waited::Nothing;
            looked = looked.wrapping_add(1);
            if idle || looked % 64 == 0 || self.stopped.is_some() {
                self.release_unclaimed();
                let stopping = self.shared.stopping.load(Ordering::Relaxed) && !self.detaching;
                if stopping || self.stopped.is_some() || Instant::now() >= deadline {
                    return Ok(self.progress(stopping));
                }
            }
            if self.tracees.is_empty() && self.newborn.is_empty() {
                return Ok(self.progress(true));
            }
        }
    }

    fn progress(&mut self, done: bool) -> Progress {
        let root = self.root.and_then(|root| self.tracees.get(&root));
        Progress {
            threads: self.tracees.len() + self.newborn.len(),
            ended: self.ended,
            stopped: self.stopped.take(),
            still_stopped: root.is_some_and(|tracee| tracee.listening),
            forbidden: Some(self.shared.first_forbidden.load(Ordering::Relaxed)).filter(|tid| *tid != 0),
            done,
        }
    }

    /// Let every thread go on untraced. Those that end meanwhile are recorded.
    pub fn detach(&mut self, limit: Duration) -> Result<Progress> {
        self.detaching = true;
        for tid in self.tracees.keys().copied().collect::<Vec<_>>() {
            let _ = ptrace::interrupt(tid);
        }
        let deadline = Instant::now() + limit;
        while !self.tracees.is_empty() && Instant::now() < deadline {
            self.run(Duration::from_millis(20))?;
        }
        Ok(self.progress(true))
    }

    /// Signals that have arrived at the program that was started; to be asked from any thread.
    pub fn arrivals(&self) -> Arc<Arrivals> {
        self.shared.arrivals.clone()
    }

    /// Nothing will be traced any more: what has been recorded is all there will be.
    pub fn close(&mut self) {
        self.shared.done.store(true, Ordering::Release);
    }

    /// Why the program could not be executed, once its process has ended.
    pub fn failure(&mut self) -> Option<(String, i32)> {
        self.held.as_mut().and_then(Held::failure)
    }

    // ---- stops ----

    fn on_stop(&mut self, tid: pid_t, signal: c_int, event: c_int) {
        if !self.tracees.contains_key(&tid) {
            // Its parent's event says whose child it is, and comes in a moment.
            self.newborn.insert(tid, Newborn { since: Instant::now(), signal, event });
            return;
        }
        match event {
            libc::PTRACE_EVENT_SECCOMP => self.on_entry(tid, true),
            libc::PTRACE_EVENT_FORK | libc::PTRACE_EVENT_VFORK | libc::PTRACE_EVENT_CLONE => self.on_birth(tid),
            libc::PTRACE_EVENT_EXEC => self.on_exec(tid),
            libc::PTRACE_EVENT_STOP if STOPPING.contains(&signal) => self.on_group_stop(tid, signal),
            0 if signal == ptrace::SYSCALL_STOP => self.on_call(tid),
            0 => {
                if self.root.is_some() && self.tracees.get(&tid).map(|tracee| tracee.tgid) == self.root {
                    self.shared.arrivals.note(tid, signal);
                }
                self.go_on(tid, signal)
            }
            _ => self.go_on(tid, 0),
        }
    }

    /// The group stops: its threads stay stopped until it is continued.
    fn on_group_stop(&mut self, tid: pid_t, signal: c_int) {
        if self.root == Some(tid) && self.tracees.get(&tid).is_some_and(|tracee| !tracee.listening) {
            self.stopped = Some(signal);
        }
        if self.detaching {
            return self.let_go(tid, 0);
        }
        if let Some(tracee) = self.tracees.get_mut(&tid) {
            tracee.listening = true;
        }
        let _ = ptrace::listen(tid);
    }

    /// The beginning of a selected call, or of any without a filter.
    fn on_entry(&mut self, tid: pid_t, seccomp: bool) {
        let asked = self.ask(tid);
        let data = match asked {
            Some(Stop::Filter { data, .. }) => Some(data),
            None => ptrace::event_message(tid).map(|message| message as u32),
            Some(_) => None,
        };
        let entry = match asked {
            Some(Stop::Entry { arch, number, args } | Stop::Filter { arch, number, args, .. }) => {
                Some((arch, number, args))
            }
            Some(_) => None,
            None => ptrace::registers(tid).map(|(arch, number, args, _)| (arch, number, args)),
        };
        if seccomp && data.is_some_and(|data| data != filter::MARK) {
            // The program's own filter asks for a tracer, which it does not have: without us the kernel would refuse the call.
            ptrace::refuse_call(tid);
        }
        match entry {
            Some((arch, number, args)) => self.begin(tid, arch, number, args),
            None => self.go_on(tid, 0),
        }
    }

    fn begin(&mut self, tid: pid_t, arch: u32, number: u64, args: [u64; 6]) {
        let Some(tracee) = self.tracees.get_mut(&tid) else { return };
        let event = self.live.entry(arch, number).map_or(0, |entry| entry.event);
        if tracee.filtered && calls::takes_a_listener(arch, number, &args) {
            let tgid = tracee.tgid;
            self.trace_each_call(tgid, tid);
        }
        let Some(tracee) = self.tracees.get_mut(&tid) else { return };
        if event == 0 {
            if (tracee.filtered && !calls::is_seccomp(arch, number)) || (arch != ARCH_NATIVE && arch != ARCH_IA32) {
                // A number that no table has.
                self.shared.state.refused_calls.fetch_add(1, Ordering::Relaxed);
            }
            return self.go_on(tid, 0);
        }
        if calls::is_endless(arch, number) {
            return self.go_on(tid, 0);
        }
        let ia32 = u32::from(arch == ARCH_IA32 && ARCH_IA32 != ARCH_NATIVE);
        let mut call = Call { number, args, tid: tid as u32, tgid: tracee.tgid as u32, ia32, ..Call::default() };
        self.host.tid = tid;
        call.creates = u32::from(calls::creates(event, &call, &mut self.host));
        tracee.call = Some(call);
        tracee.told = false;
        self.announce_child(tid, arch, number, &args);
        if event == code::SYSCALL_EXECVE_19_X || event == code::SYSCALL_EXECVEAT_X {
            self.note_program(tid, event, args);
        }
        self.go_on(tid, 0);
    }

    /// Once it runs, the new program's memory does not have the name any more that it was asked for by.
    fn note_program(&mut self, tid: pid_t, event: u16, args: [u64; 6]) {
        let mut name = vec![0; PATH_LIMIT];
        self.host.tid = tid;
        let at = |event| if event == code::SYSCALL_EXECVEAT_X { args[1] } else { args[0] };
        let length = self.host.read_str(&mut name, at(event)).unwrap_or(1).max(1);
        name.truncate(length - 1);
        // As alloc_bprm of fs/exec.c names what is executed by descriptor.
        let fd = args[0] as i32;
        if event == code::SYSCALL_EXECVEAT_X && fd != libc::AT_FDCWD && name.first() != Some(&b'/') {
            let mut whole = format!("/dev/fd/{fd}").into_bytes();
            if !name.is_empty() {
                whole.push(b'/');
                whole.append(&mut name);
            }
            name = whole;
        }
        if let Some(tracee) = self.tracees.get_mut(&tid) {
            tracee.program = CString::new(name).ok();
        }
    }

    /// Either end of a call.
    fn on_call(&mut self, tid: pid_t) {
        let known = self.ask(tid);
        let Some(tracee) = self.tracees.get_mut(&tid) else { return };
        match known {
            Some(Stop::Entry { arch, number, args }) => {
                tracee.call = None;
                self.begin(tid, arch, number, args)
            }
            Some(Stop::Exit { result }) => self.finish(tid, result),
            Some(Stop::Neither | Stop::Filter { .. }) => self.go_on(tid, 0),
            // The kernel does not say: ends follow beginnings, and the end of a filtered call is the only stop of it.
            None if tracee.filtered || tracee.inside => {
                tracee.inside = false;
                match ptrace::registers(tid) {
                    Some((.., result)) => self.finish(tid, result),
                    None => self.go_on(tid, 0),
                }
            }
            None => {
                tracee.inside = true;
                self.on_entry(tid, false);
            }
        }
    }

    fn finish(&mut self, tid: pid_t, result: i64) {
        self.restore_flags(tid);
        if let Some(tracee) = self.tracees.get_mut(&tid) {
            tracee.program = None;
            if let Some(call) = tracee.call.take().filter(|_| !tracee.told) {
                self.record(Call { ret: result, ..call });
            }
        }
        self.go_on(tid, 0);
    }

    fn ask(&mut self, tid: pid_t) -> Option<Stop> {
        if !self.can_ask {
            return None;
        }
        match ptrace::syscall_stop(tid) {
            Ok(stop) => Some(stop),
            Err(libc::EIO | libc::EINVAL | libc::ENOSYS) => {
                self.can_ask = false;
                None
            }
            Err(_) => Some(Stop::Neither),
        }
    }

    /// A child is born: it is recorded before it runs, and then the call that made it, whose result is known now.
    fn on_birth(&mut self, tid: pid_t) {
        let child = ptrace::event_message(tid).map_or(0, |message| message as pid_t);
        self.restore_flags(tid);
        let Some(tracee) = self.tracees.get(&tid) else { return };
        let (tgid, filtered) = (tracee.tgid, tracee.filtered);
        let call = tracee.call.or_else(|| self.call_in_registers(tid, tgid));
        if child > 0 {
            let status = read_status(child);
            let child_tgid = status.as_ref().and_then(|status| status.tgid).map_or(child, |tgid| tgid as pid_t);
            if let Entry::Vacant(vacant) = self.tracees.entry(child) {
                vacant.insert(Tracee::new(child_tgid, filtered));
                self.processes.add_thread(child_tgid, child, (tgid, tid));
            }
            if let Some(call) = call {
                self.host.tid = tid;
                self.body(|work| {
                    // SAFETY: all that `work` points to lives for the call, and nothing else uses it meanwhile.
                    unsafe { boundary::agent_pdig_child(work, &call, child as u32) }
                });
                let ret = i64::from(number_in(status.as_ref(), child, tid));
                self.record(Call { ret, ..call });
                if let Some(tracee) = self.tracees.get_mut(&tid) {
                    tracee.told = true;
                    tracee.call = None;
                }
            }
            if let Some(newborn) = self.newborn.remove(&child) {
                self.on_stop(child, newborn.signal, newborn.event);
            }
            if let Some((status, _)) = self.stillborn.remove(&child) {
                self.on_end(child, status);
            }
        }
        self.go_on(tid, 0);
    }

    /// The call that a thread is in whose beginning was not seen.
    fn call_in_registers(&self, tid: pid_t, tgid: pid_t) -> Option<Call> {
        let (arch, number, args, _) = ptrace::registers(tid)?;
        let selected = self.live.entry(arch, number).is_some_and(|entry| entry.event != 0);
        let ia32 = u32::from(arch == ARCH_IA32 && ARCH_IA32 != ARCH_NATIVE);
        selected.then_some(Call { number, args, tid: tid as u32, tgid: tgid as u32, ia32, ..Call::default() })
    }

    /// A thread has executed a program. It has its process's number now, and the others are gone.
    fn on_exec(&mut self, tid: pid_t) {
        let former = ptrace::event_message(tid).map_or(tid, |message| message as pid_t);
        if former != tid {
            if let Some(tracee) = self.tracees.remove(&former) {
                // The leader that had the number ended without a word.
                if let Some(leader) = self.tracees.remove(&tid) {
                    self.record_end(tid, leader, 0);
                }
                self.processes.become_leader(tracee.tgid, former);
                self.tracees.insert(tid, tracee);
            }
        }
        let Some(tracee) = self.tracees.get_mut(&tid) else { return };
        let mut call = tracee.call.take().unwrap_or_default();
        call.tid = tid as u32;
        call.tgid = tracee.tgid as u32;
        tracee.told = true;
        let program = tracee.program.take().unwrap_or_default();
        self.host.tid = tid;
        self.body(|work| {
            // SAFETY: as above; the name ends with a NUL and outlives the call.
            unsafe { boundary::agent_pdig_exec(work, &call, program.as_ptr()) }
        });
        self.go_on(tid, 0);
    }

    fn on_end(&mut self, tid: pid_t, status: c_int) {
        self.newborn.remove(&tid);
        if self.root == Some(tid) {
            self.ended = Some(status);
        }
        match self.tracees.remove(&tid) {
            Some(tracee) => self.record_end(tid, tracee, status),
            None => {
                self.stillborn.insert(tid, (status, Instant::now()));
            }
        }
    }

    fn record_end(&mut self, tid: pid_t, tracee: Tracee, status: c_int) {
        // Whoever is killed in a call does not stop at its end.
        if let Some(call) = tracee.call.filter(|_| !tracee.told) {
            let event = self.entry_of(&call).map_or(0, |entry| entry.event);
            self.record(Call { ret: calls::result_when_killed(event, &call.args), ..call });
        }
        let reaper = self.processes.end_thread(tracee.tgid, tid);
        self.body(|work| {
            // SAFETY: as above.
            unsafe { boundary::agent_pdig_exit(work, tid as u32, status, reaper.map_or(0, i64::from)) }
        });
    }

    /// A child whose parent ended before it could tell of the birth.
    fn release_unclaimed(&mut self) {
        self.stillborn.retain(|_, (_, since)| since.elapsed() < CLAIM_LIMIT);
        let late: Vec<pid_t> =
            self.newborn.iter().filter(|(_, one)| one.since.elapsed() > CLAIM_LIMIT).map(|(tid, _)| *tid).collect();
        for tid in late {
            let Some(newborn) = self.newborn.remove(&tid) else { continue };
            // Whoever has a filter has inherited it. Where some have none, stopping at every call misses nothing.
            let filtered = self.started && self.tracees.values().all(|tracee| tracee.filtered);
            self.adopt(tid, filtered);
            self.on_stop(tid, newborn.signal, newborn.event);
        }
    }

    // ---- going on ----

    fn go_on(&mut self, tid: pid_t, signal: c_int) {
        if self.detaching {
            return self.let_go(tid, signal);
        }
        let Some(tracee) = self.tracees.get_mut(&tid) else { return };
        tracee.listening = false;
        let calls = !tracee.filtered || (tracee.call.is_some() && !tracee.told);
        // Killed meanwhile: its end is still to be heard of.
        let _ = ptrace::resume(tid, calls, signal);
    }

    fn let_go(&mut self, tid: pid_t, signal: c_int) {
        // A stop of our own making is not for the program.
        let signal = if signal & 0x80 != 0 { 0 } else { signal };
        if ptrace::detach(tid, signal).is_ok() {
            if let Some(tracee) = self.tracees.remove(&tid) {
                self.processes.leave(tracee.tgid, tid);
            }
        }
    }

    // ---- recording ----

    pub(super) fn record(&mut self, call: Call) {
        self.host.tid = call.tid as pid_t;
        self.host.memory_only = self.entry_of(&call).is_some_and(|entry| MEMORY_CALLS.contains(&entry.event));
        self.body(|work| {
            // SAFETY: as above.
            unsafe { boundary::agent_pdig_call(work, &call) }
        });
        self.host.memory_only = false;
    }

    fn entry_of(&self, call: &Call) -> Option<&SyscallEntry> {
        self.live.entry(if call.ia32 != 0 { ARCH_IA32 } else { ARCH_NATIVE }, call.number)
    }

    fn body(&mut self, run: impl FnOnce(*const Work)) {
        let work = Work {
            host: (&raw mut *self.host).cast(),
            scratch: self.scratch.as_mut_ptr().cast(),
            state: (&raw const self.shared.state).cast_mut(),
            live: &raw const *self.live,
        };
        run(&work);
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        self.close();
    }
}

/// Calls whose only facts of the task are its memory figures.
const MEMORY_CALLS: [u16; 4] =
    [code::SYSCALL_MMAP_X, code::SYSCALL_MUNMAP_X, code::SYSCALL_BRK_4_X, code::SYSCALL_MMAP2_X];

impl Live {
    fn entry(&self, arch: u32, number: u64) -> Option<&SyscallEntry> {
        let table = match arch {
            ARCH_NATIVE => &self.syscalls,
            ARCH_IA32 => &self.syscalls_ia32,
            _ => return None,
        };
        table.get(usize::try_from(number).ok()?)
    }
}

/// The state of a tracer that nothing has been recorded for.
pub fn empty_state() -> CpuState {
    // SAFETY: plain integers; all zeros are a valid value.
    unsafe { std::mem::zeroed() }
}
