//! A kernel driver as a source: what every one of them does alike, over the little that each does its own way ([`Backend`]).

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::merge::Merger;
use super::ring::RingBuffer;
use super::scope::{self, Cgroup, Process, Scope};
use super::selection::{self, Selection};
use super::sys;
use super::wire::{self, CpuState, Live, Settings, SyscallEntry};
use super::{counted, Record, Sink, Source, SourceStats};
use crate::error::{Error, Result};
use crate::schema::{code, filler};

const CHECK_EVERY: Duration = Duration::from_secs(1);
const SCOPE_ROUNDS: usize = 20;

/// Calls that do nothing when every argument is -1: the source makes one that is selected to see whether its programs run.
const HARMLESS_CALLS: [libc::c_long; 16] = [
    libc::SYS_close,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_fcntl,
    libc::SYS_fchdir,
    libc::SYS_openat,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_sendto,
    libc::SYS_recvfrom,
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_fchmod,
    libc::SYS_setns,
    libc::SYS_mkdirat,
];
/// A program may be left out of a single call ([`Backend::skipped`]), but hardly of so many.
const SIGNS_OF_LIFE: usize = 20;

pub struct Options {
    pub scope: Scope,
    /// Bytes of one bulk ring; rounded up to a power of two.
    pub buffer_bytes: usize,
    pub cpus_per_ring: u32,
    pub snaplen: u32,
    /// Where the host's files are: "/" unless it is mounted elsewhere.
    pub host_root: PathBuf,
    /// Where the classic probe is pinned.
    pub probe: Option<PathBuf>,
}

/// What a driver is asked to set up.
pub struct Request<'a> {
    pub settings: Settings,
    pub selection: &'a Selection,
    pub cgroup: Option<&'a Cgroup>,
    /// Possible CPUs.
    pub cpus: usize,
    /// Bytes of a ring of each lane, powers of two and multiples of the page size: critical, bulk.
    pub lane_bytes: [usize; wire::LANES as usize],
    pub options: &'a Options,
}

/// A part of a driver that this kernel did not take, and why.
#[derive(Debug, Clone, Serialize)]
pub struct Refusal {
    pub program: String,
    pub reason: String,
}

/// What was loaded, for the start line and for `doctor`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    pub driver: &'static str,
    pub kernel: String,
    pub programs: usize,
    pub refused: Vec<Refusal>,
    pub calls: usize,
    /// Their names.
    pub names: Vec<&'static str>,
    pub rings: usize,
    pub ring_bytes: u64,
    pub load_ms: u64,
    pub attach_ms: u64,
}

/// A driver, opened: its rings and what it says of itself.
pub struct Opened<B: Backend> {
    pub backend: B,
    pub rings: Vec<B::Ring>,
    /// Events that it can record; the selected calls of others are left out and reported.
    pub events: BTreeSet<u16>,
    pub programs: usize,
    pub refused: Vec<Refusal>,
}

/// What one kernel driver does its own way. Errors are sentences that say what was refused, why, and which driver to try.
pub trait Backend: Send + Sized {
    type Ring: RingBuffer;
    /// As configuration and output name it.
    const NAME: &'static str;
    /// The clock that it stamps records with.
    const CLOCK: libc::clockid_t = libc::CLOCK_BOOTTIME;

    /// Load or open the driver and create its rings. Nothing is captured yet.
    fn open(request: &Request) -> Result<Opened<Self>>;

    /// Take over what may change while capturing. Called again with every change.
    fn apply(&mut self, live: &Live) -> Result<()>;

    fn add_process(&mut self, process: &Process) -> Result<()>;

    fn add_cgroup(&mut self, cgroup: &Cgroup) -> Result<()>;

    /// Let the events come: what keeps the scope first, system calls last.
    fn attach(&mut self) -> Result<()>;

    fn detach(&mut self);

    /// Show the counters of every CPU.
    fn counters(&self, see: &mut dyn FnMut(&CpuState));

    /// How often the kernel left out a program of this capture, in or out of scope: at most as many events are missing unseen.
    fn skipped(&self) -> u64 {
        0
    }

    /// The time (of its clock, ns) before which every record is visible in the rings. Drivers that stamp a record after they have
    /// reserved its place need not know.
    fn complete_up_to(&mut self) -> u64 {
        u64::MAX
    }

    /// How often [`Backend::complete_up_to`] did not wait for a record any longer.
    fn stalls(&self) -> u64 {
        0
    }
}

pub struct KernelSource<B: Backend> {
    merger: Merger<B::Ring>,
    backend: B,
    live: Box<Live>,
    clock_offset: i64,
    clock_checked: Instant,
    /// [`Backend::skipped`] as last seen, and whether it has grown since the last record.
    skipped: u64,
    gap: bool,
    pub report: Report,
    /// Processes in scope when the capture began; empty for a host-wide one.
    pub members: Vec<Process>,
}

impl<B: Backend> KernelSource<B> {
    /// Load, attach, fill the scope, start.
    pub fn open(options: &Options, selection: &Selection) -> Result<KernelSource<B>> {
        let started = Instant::now();
        let cgroup = scope::resolve_cgroup(&options.scope)?;
        if !scope::in_first_pid_namespace() {
            return Err(Error::Capture(
                "this process runs in a pid namespace of its own, so the process ids that the kernel reports are not \
                 those it sees; run it in the host's pid namespace (docker: --pid=host, Kubernetes: hostPID: true), or \
                 use the pdig driver"
                    .into(),
            ));
        }
        let page = sys::page_size();
        let bulk = options.buffer_bytes.next_power_of_two().max(page);
        let request = Request {
            settings: Settings {
                self_tgid: std::process::id(),
                scope_mode: if options.scope == Scope::Host { wire::SCOPE_HOST } else { wire::SCOPE_SET },
                scope_by_cgroup: cgroup.is_some() as u32,
                scope_hierarchy: cgroup.as_ref().map_or(0, |c| c.hierarchy),
                cpus_per_ring: options.cpus_per_ring.max(1),
                reserved: 0,
            },
            selection,
            cgroup: cgroup.as_ref(),
            cpus: possible_cpus(),
            // Critical events are rare next to bulk ones; a quarter of the space holds a fork storm of tens of thousands.
            lane_bytes: [(bulk / 4).max(page), bulk],
            options,
        };
        let opened = B::open(&request)?;
        let load_ms = started.elapsed().as_millis() as u64;
        let report = Report {
            driver: B::NAME,
            kernel: kernel_release(),
            programs: opened.programs,
            refused: with_missing(opened.refused, &opened.events, selection),
            calls: selection.calls.len(),
            names: selection.calls.clone(),
            rings: opened.rings.len(),
            ring_bytes: opened.rings.iter().map(RingBuffer::size).sum(),
            load_ms,
            attach_ms: 0,
        };
        let mut source = KernelSource {
            merger: Merger::new(opened.rings),
            backend: opened.backend,
            live: live_of(selection, &opened.events, options.snaplen),
            clock_offset: sys::epoch_offset_ns(B::CLOCK),
            clock_checked: Instant::now(),
            skipped: 0,
            gap: false,
            report,
            members: Vec::new(),
        };
        source.backend.apply(&source.live)?;
        source.backend.attach()?;
        source.fill_scope(&options.scope, cgroup.as_ref())?;
        source.report.attach_ms = started.elapsed().as_millis() as u64 - load_ms;
        source.live.enabled = 1;
        source.backend.apply(&source.live)?;
        Ok(source)
    }

    /// Err when the programs do not run any more: what was attached has been detached or changed by somebody else. It is found out by
    /// making a call, which the programs count before they pass over it. Without a harmless call in the selection nothing is known.
    fn see_it_run(&self) -> Result<()> {
        let selected = |nr: &&libc::c_long| self.live.syscalls.get(**nr as usize).is_some_and(|entry| entry.event != 0);
        let Some(nr) = HARMLESS_CALLS.iter().find(selected) else { return Ok(()) };
        let before = self.own_calls();
        for _ in 0..SIGNS_OF_LIFE {
            // SAFETY: no argument is a descriptor or an address that could be used.
            unsafe { libc::syscall(*nr, -1, -1, -1, -1, -1, -1) };
            if self.own_calls() != before {
                return Ok(());
            }
        }
        Err(Error::Capture(format!(
            "the {} driver stopped working: the kernel no longer runs it for calls that the agent makes to see that. Somebody has \
             detached its programs, changed its maps or forced its module out. What happened in the last {} s or so may be missing, and \
             nothing is captured any more; start the agent again",
            B::NAME,
            CHECK_EVERY.as_secs()
        )))
    }

    fn own_calls(&self) -> u32 {
        let mut sum = 0u32;
        self.backend.counters(&mut |cpu| sum = sum.wrapping_add(cpu.own_calls.load(Ordering::Relaxed)));
        sum
    }

    fn fill_scope(&mut self, wanted: &Scope, cgroup: Option<&Cgroup>) -> Result<()> {
        if *wanted == Scope::Host {
            return Ok(());
        }
        if let Some(cgroup) = cgroup {
            self.backend.add_cgroup(cgroup)?;
        }
        let mut known: BTreeSet<u32> = BTreeSet::new();
        for _ in 0..SCOPE_ROUNDS {
            let found = match (wanted, cgroup) {
                (Scope::Pid(pid), _) => scope::process_tree(scope_root(*pid)?),
                (_, Some(cgroup)) => scope::cgroup_members(&cgroup.folder),
                _ => Vec::new(),
            };
            let before = known.len();
            for process in found {
                if process.pid != std::process::id() && known.insert(process.pid) {
                    self.backend.add_process(&process)?;
                    self.members.push(process);
                }
            }
            if known.len() == before {
                break;
            }
        }
        match wanted {
            Scope::Pid(pid) if !known.contains(&scope_root(*pid)?) => Err(no_process(*pid)),
            _ => Ok(()),
        }
    }
}

impl<B: Backend> Source for KernelSource<B> {
    fn drain(&mut self, sink: &mut dyn Sink) -> Result<usize> {
        if self.clock_checked.elapsed() > CHECK_EVERY {
            self.clock_checked = Instant::now();
            if self.live.enabled != 0 {
                self.see_it_run()?;
            }
            let skipped = self.backend.skipped();
            self.gap |= std::mem::replace(&mut self.skipped, skipped) != skipped;
            let offset = sys::epoch_offset_ns(B::CLOCK);
            // Follow steps of the wall clock, not the noise of reading it.
            if offset.abs_diff(self.clock_offset) > 1_000_000 {
                self.clock_offset = offset;
            }
        }
        let clock_offset = self.clock_offset;
        let backend = &mut self.backend;
        let gap = &mut self.gap;
        Ok(self.merger.drain(&mut || backend.complete_up_to(), &mut |merged| {
            let after_gap = merged.after_gap | *gap;
            if let Some(record) = Record::of_ring(merged.bytes, clock_offset, after_gap) {
                *gap = false;
                sink.event(&record);
            }
        }))
    }

    fn stop(&mut self) {
        self.live.enabled = 0;
        // Should the driver not take this, detaching ends the capture all the same.
        let _ = self.backend.apply(&self.live);
        self.backend.detach();
    }

    fn stats(&self) -> SourceStats {
        let stats = SourceStats {
            delivered: self.merger.delivered,
            late: self.merger.late,
            stalls: self.merger.stalls + self.backend.stalls(),
            skipped: self.backend.skipped(),
            ..SourceStats::default()
        };
        counted(stats, |see| self.backend.counters(see))
    }
}

/// A selected call that the driver has no program for is not captured: that is said, not passed over.
pub(super) fn with_missing(mut refused: Vec<Refusal>, events: &BTreeSet<u16>, selection: &Selection) -> Vec<Refusal> {
    for event in &selection.events {
        let (program, written) = filler(*event).map_or(("(none)", false), |f| (f.program, f.written));
        if !events.contains(event) && !refused.iter().any(|r| r.program == program) {
            let reason = match written {
                true => "the kernel refused it, or one that it goes on in, when the driver was loaded",
                false => "this driver does not have it yet",
            };
            refused.push(Refusal { program: program.into(), reason: reason.into() });
        }
    }
    refused
}

/// The tables of a selection, not yet enabled.
pub(super) fn live_of(selection: &Selection, events: &BTreeSet<u16>, snaplen: u32) -> Box<Live> {
    // A call whose program is not there is left out: it would cost its caller something and give nothing.
    let known = |entry: &SyscallEntry| match events.contains(&entry.event) || entry.event == selection::SOCKETCALL {
        true => *entry,
        false => SyscallEntry::default(),
    };
    let record = |events: &[u16]| events.iter().any(|e| selection.events.contains(e)) as u32;
    let forks = [code::SYSCALL_CLONE_20_X, code::SYSCALL_CLONE3_X, code::SYSCALL_FORK_20_X, code::SYSCALL_VFORK_20_X];
    Box::new(Live {
        enabled: 0,
        snaplen,
        record_exec: record(&[code::SYSCALL_EXECVE_19_X, code::SYSCALL_EXECVEAT_X]),
        record_fork: record(&forks),
        record_exit: 1,
        reserved: 0,
        syscalls: selection.native.each_ref().map(known),
        syscalls_ia32: selection.ia32.each_ref().map(known),
        socketcalls: selection.socketcalls.each_ref().map(known),
    })
}

fn no_process(pid: i64) -> Error {
    Error::Capture(format!(
        "there is no process {pid} to limit the capture to; give the id of a running one, such as --scope pid:$$"
    ))
}

/// A process id that can be one: 0 would mean every process.
fn scope_root(pid: i64) -> Result<u32> {
    u32::try_from(pid).ok().filter(|p| *p > 0).ok_or_else(|| no_process(pid))
}

pub fn possible_cpus() -> usize {
    libbpf_rs::num_possible_cpus().unwrap_or(1).max(1)
}

pub(super) fn kernel_release() -> String {
    std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_program_is_told_from_one_that_is_not_written_yet() {
        let selection =
            selection::select(&BTreeSet::from([code::SYSCALL_QUOTACTL_X, code::SYSCALL_UNLINKAT_2_X]), false);
        let mut events = selection.events.clone();
        events.remove(&code::SYSCALL_QUOTACTL_X);
        events.remove(&code::SYSCALL_UNLINKAT_2_X);
        let missing = with_missing(Vec::new(), &events, &selection);
        let reason_of = |program| missing.iter().find(|r| r.program == program).map(|r| r.reason.as_str());
        assert_eq!(missing.len(), 2, "{missing:?}");
        assert_eq!(reason_of("fill_quotactl_x"), Some("this driver does not have it yet"));
        assert!(reason_of("fill_unlinkat_2_x").is_some_and(|reason| reason.contains("refused it")), "{missing:?}");
    }
}
