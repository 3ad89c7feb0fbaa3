//! The modern eBPF driver: loads the embedded object, attaches it, and drains its rings.

use std::collections::BTreeSet;
use std::mem::offset_of;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use libbpf_rs::{Link, MapCore, Object};
use serde::Serialize;

use super::merge::Merger;
use super::ring::Ring;
use super::scope::{self, Cgroup, Process, Scope};
use super::selection::{self, Selection};
use super::sys::{self, Mapping};
use super::wire::{self, CpuState, Live, Settings, SyscallEntry};
use super::{loader, Record, Sink, Source, SourceStats};
use crate::error::{Error, Result};
use crate::schema::{code, filler, LOSS_NAMES};

/// Programs with a tracepoint of their own, in the order of attaching: keeping the scope begins before the first process of it is named, so
/// that no child is missed; system calls come last.
const ATTACHED: [&str; 6] = ["scope_cgroup_attach", "scope_free", "on_exit", "on_fork", "on_exec", "dispatch"];
const SCOPE_ROUNDS: usize = 20;

pub struct Options {
    pub scope: Scope,
    /// Bytes of one bulk ring; a power of two.
    pub buffer_bytes: usize,
    pub cpus_per_ring: u32,
    pub snaplen: u32,
}

/// What was loaded, for the start line and for `doctor`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    pub driver: &'static str,
    pub kernel: String,
    pub programs: usize,
    pub refused: Vec<loader::Refusal>,
    pub calls: usize,
    pub rings: usize,
    pub ring_bytes: u64,
    pub load_ms: u64,
    pub attach_ms: u64,
}

pub struct ModernBpf {
    merger: Merger,
    live: Mapping,
    cpus: Mapping,
    cpu_count: usize,
    clock_offset: i64,
    clock_checked: Instant,
    links: Vec<Link>,
    object: Object,
    /// Events whose program is loaded.
    loaded: BTreeSet<u16>,
    pub report: Report,
    /// Processes in scope when the capture began; empty for a host-wide one.
    pub members: Vec<Process>,
}

// SAFETY: libbpf's objects hold plain pointers that are not tied to a thread; we hand them from one thread to another, never share them.
unsafe impl Send for ModernBpf {}

impl ModernBpf {
    /// Load, attach, fill the scope, start. Errors say what was refused, why, and which driver to try.
    pub fn open(options: &Options, selection: &Selection) -> Result<ModernBpf> {
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
        let cpu_count = possible_cpus();
        let settings = Settings {
            self_tgid: std::process::id(),
            scope_mode: if options.scope == Scope::Host { wire::SCOPE_HOST } else { wire::SCOPE_SET },
            scope_by_cgroup: cgroup.is_some() as u32,
            scope_hierarchy: cgroup.as_ref().map_or(0, |c| c.hierarchy),
            cpus_per_ring: options.cpus_per_ring.max(1),
            reserved: 0,
        };
        let groups = cpu_count.div_ceil(settings.cpus_per_ring as usize);
        let loaded = loader::load(&settings, cpu_count, groups, selection, cgroup.is_some())?;
        let load_ms = started.elapsed().as_millis() as u64;

        let mut source = Self::assemble(loaded, options, cpu_count, groups)?;
        source.report.load_ms = load_ms;
        source.report.calls = selection.calls.len();
        source.report_missing(selection);
        source.fill_tables(selection)?;
        source.attach()?;
        source.fill_scope(&options.scope, cgroup.as_ref())?;
        source.report.attach_ms = started.elapsed().as_millis() as u64 - load_ms;
        source.live_u32(offset_of!(Live, enabled)).store(1, Ordering::Release);
        Ok(source)
    }

    fn assemble(loaded: loader::Loaded, options: &Options, cpu_count: usize, groups: usize) -> Result<ModernBpf> {
        let loader::Loaded { object, refused, programs } = loaded;
        let rings = create_rings(&object, options, groups)?;
        let live = Mapping::new(map_fd(&object, ".data.live")?.as_fd(), page_align(size_of::<Live>()), true, 0)?;
        let cpus =
            Mapping::new(map_fd(&object, "cpus")?.as_fd(), page_align(cpu_count * size_of::<CpuState>()), false, 0)?;
        let loaded = object
            .progs()
            .filter(|p| p.autoload())
            .filter_map(|p| loader::filler_event(&p.name().to_string_lossy()))
            .collect();
        let report = Report {
            driver: "modern_ebpf",
            kernel: kernel_release(),
            programs,
            refused,
            rings: rings.len(),
            ring_bytes: rings.iter().map(Ring::size).sum(),
            ..Report::default()
        };
        Ok(ModernBpf {
            merger: Merger::new(rings),
            live,
            cpus,
            cpu_count,
            clock_offset: sys::epoch_offset_ns(),
            clock_checked: Instant::now(),
            links: Vec::new(),
            loaded,
            object,
            report,
            members: Vec::new(),
        })
        .inspect(|s| s.live_u32(offset_of!(Live, snaplen)).store(options.snaplen, Ordering::Relaxed))
    }

    fn live_u32(&self, offset: usize) -> &AtomicU32 {
        // SAFETY: an offset of a u32 in Live; the mapping is as large as Live (checked on load) and lives as long as we.
        unsafe { AtomicU32::from_ptr(self.live.ptr().add(offset).cast()) }
    }

    /// A selected call that this driver has no program for is not captured: that is said, not passed over.
    fn report_missing(&mut self, selection: &Selection) {
        for event in &selection.events {
            let program = filler(*event).map_or("(none)", |f| f.program);
            let known = self.loaded.contains(event) || self.report.refused.iter().any(|r| r.program == program);
            if !known {
                self.report.refused.push(loader::Refusal {
                    program: program.into(),
                    reason: "this driver does not have it yet".into(),
                });
            }
        }
    }

    /// Say which calls are selected; takes effect at once.
    fn fill_tables(&self, selection: &Selection) -> Result<()> {
        let live = self.live.ptr().cast::<Live>();
        let store = |table: *mut SyscallEntry, entries: &[SyscallEntry]| {
            for (i, entry) in entries.iter().enumerate() {
                // A call whose program is not there is left out: it would cost its caller something and give nothing.
                let known = self.loaded.contains(&entry.event) || entry.event == selection::SOCKETCALL;
                let word = if known { entry.event as u32 | (entry.ppm_sc as u32) << 16 } else { 0 };
                // SAFETY: the tables are arrays of SYSCALL_TABLE_SIZE entries of four bytes inside the mapping.
                unsafe { AtomicU32::from_ptr(table.add(i).cast()) }.store(word, Ordering::Relaxed);
            }
        };
        // SAFETY: only addresses are taken.
        unsafe {
            store((&raw mut (*live).syscalls).cast(), &selection.native[..]);
            store((&raw mut (*live).syscalls_ia32).cast(), &selection.ia32[..]);
            store((&raw mut (*live).socketcalls).cast(), &selection.socketcalls[..]);
        }
        let record = |events: &[u16]| events.iter().any(|e| selection.events.contains(e)) as u32;
        let exec = record(&[code::SYSCALL_EXECVE_19_X, code::SYSCALL_EXECVEAT_X]);
        let forks =
            [code::SYSCALL_CLONE_20_X, code::SYSCALL_CLONE3_X, code::SYSCALL_FORK_20_X, code::SYSCALL_VFORK_20_X];
        self.live_u32(offset_of!(Live, record_exec)).store(exec, Ordering::Relaxed);
        self.live_u32(offset_of!(Live, record_fork)).store(record(&forks), Ordering::Relaxed);
        self.live_u32(offset_of!(Live, record_exit)).store(1, Ordering::Relaxed);
        Ok(())
    }

    fn attach(&mut self) -> Result<()> {
        let fillers = map_fd(&self.object, "fillers")?;
        for program in self.object.progs() {
            let name = program.name().to_string_lossy().into_owned();
            if !program.autoload() {
                continue;
            }
            if let Some(event) = loader::filler_event(&name) {
                let fd = program.as_fd().as_raw_fd() as u32;
                sys::update_map(fillers.as_fd(), &(event as u32), &fd)?;
            }
        }
        for name in ATTACHED {
            let program = self
                .object
                .progs_mut()
                .find(|p| p.name() == name)
                .ok_or_else(|| Error::Capture(format!("the embedded object has no program {name}")))?;
            if !program.autoload() {
                continue;
            }
            let link = program.attach().map_err(|e| loader::attach_error(name, &e))?;
            self.links.push(link);
        }
        Ok(())
    }

    fn fill_scope(&mut self, wanted: &Scope, cgroup: Option<&Cgroup>) -> Result<()> {
        if *wanted == Scope::Host {
            return Ok(());
        }
        let table = map_fd(&self.object, "scope")?;
        if let Some(cgroup) = cgroup {
            sys::update_map(map_fd(&self.object, "scope_cgroups")?.as_fd(), &cgroup.id, &1u32)?;
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
                    sys::update_map(table.as_fd(), &process.pid, &process.start)?;
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

    fn cpu_states(&self) -> &[CpuState] {
        // SAFETY: the mapping holds cpu_count entries; the kernel adds to their counters, which are read as atomics.
        unsafe { std::slice::from_raw_parts(self.cpus.ptr().cast::<CpuState>(), self.cpu_count) }
    }
}

impl Source for ModernBpf {
    fn drain(&mut self, sink: &mut dyn Sink) -> Result<usize> {
        if self.clock_checked.elapsed() > Duration::from_secs(1) {
            self.clock_checked = Instant::now();
            let offset = sys::epoch_offset_ns();
            // Follow steps of the wall clock, not the noise of reading it.
            if offset.abs_diff(self.clock_offset) > 1_000_000 {
                self.clock_offset = offset;
            }
        }
        let clock_offset = self.clock_offset;
        Ok(self.merger.drain(&mut |merged| {
            let (Some(cpu), Some(flags), Some(event)) =
                (merged.bytes.get(8..10), merged.bytes.get(10..14), merged.bytes.get(wire::RECORD_EVENT..))
            else {
                return;
            };
            sink.event(&Record {
                cpu: u16::from_le_bytes([cpu[0], cpu[1]]),
                flags: u32::from_le_bytes([flags[0], flags[1], flags[2], flags[3]]),
                event,
                clock_offset,
                after_gap: merged.after_gap,
            });
        }))
    }

    fn stop(&mut self) {
        self.live_u32(offset_of!(Live, enabled)).store(0, Ordering::Release);
        self.links.clear();
    }

    fn stats(&self) -> SourceStats {
        let mut by_category = [0u64; wire::LOSS_CATEGORIES];
        let mut by_cause = [0u64; wire::LOSS_CAUSES.len()];
        let mut stats = SourceStats {
            delivered: self.merger.delivered,
            late: self.merger.late,
            stalls: self.merger.stalls,
            ..SourceStats::default()
        };
        for cpu in self.cpu_states() {
            for (category, causes) in cpu.losses.iter().enumerate() {
                for (cause, count) in causes.iter().enumerate() {
                    let count = count.load(Ordering::Relaxed);
                    by_category[category] += count;
                    by_cause[cause] += count;
                }
            }
            stats.unreadable += cpu.unreadable.load(Ordering::Relaxed);
            stats.scope_full += cpu.scope_full.load(Ordering::Relaxed);
            stats.refused_calls += cpu.refused_calls.load(Ordering::Relaxed);
        }
        stats.lost = by_cause.iter().sum();
        stats.lost_by_category = LOSS_NAMES.iter().copied().zip(by_category).collect();
        stats.lost_by_cause = wire::LOSS_CAUSES.iter().copied().zip(by_cause).collect();
        stats
    }
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

fn create_rings(object: &Object, options: &Options, groups: usize) -> Result<Vec<Ring>> {
    let table = map_fd(object, "rings")?;
    let page = sys::page_size();
    let bulk = options.buffer_bytes.next_power_of_two().max(page);
    // Critical events are rare next to bulk ones; a quarter of the space holds a fork storm of tens of thousands.
    let critical = (bulk / 4).max(page);
    let mut rings = Vec::new();
    for index in 0..(groups as u32 * wire::LANES) {
        let bytes = if index % wire::LANES == 0 { critical } else { bulk };
        let fd = sys::create_ring(bytes)?;
        let number: u32 = fd.as_raw_fd() as u32;
        sys::update_map(table.as_fd(), &index, &number)?;
        rings.push(Ring::new(fd, bytes)?);
    }
    Ok(rings)
}

fn map_fd(object: &Object, name: &str) -> Result<OwnedFd> {
    let map = object
        .maps()
        .find(|m| m.name() == name)
        .ok_or_else(|| Error::Capture(format!("the embedded object has no map {name}")))?;
    map.as_fd()
        .try_clone_to_owned()
        .map_err(|e| Error::Os { what: format!("map {name}"), errno: e.raw_os_error().unwrap_or(0) })
}

fn page_align(bytes: usize) -> usize {
    bytes.next_multiple_of(sys::page_size())
}

fn possible_cpus() -> usize {
    libbpf_rs::num_possible_cpus().unwrap_or(1).max(1)
}

fn kernel_release() -> String {
    std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_string()
}
