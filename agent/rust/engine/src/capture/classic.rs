//! The classic eBPF driver: opens the probe that was loaded and pinned before, brings perf buffers, and attaches.
//!
//! The probe's pins are all that stays when this process ends: buffers, attachments and the lock go with their descriptors.

use std::collections::BTreeSet;
use std::ffi::CString;
use std::fs::{File, Metadata, OpenOptions};
use std::mem::zeroed;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{fence, AtomicU64, Ordering};
use std::sync::Arc;
use std::time::Instant;

use libbpf_rs::{MapCore, MapFlags, MapHandle, Program};

use super::classic_probe::{MAPS, PROGRAMS};
use super::kernel::{Backend, Opened, Refusal, Request};
use super::loader;
use super::perf_event;
use super::perf_ring::PerfRing;
use super::scope::{Cgroup, Process};
use super::sys;
use super::wire::{self, CpuState, Live, Settings, SCOPE_SET};
use crate::error::{Error, Result};
use crate::schema::code;

/// Programs with a tracepoint of their own, in the order of attaching: keeping the scope begins before the first process of it is named, so
/// that no child is missed; system calls come last.
const ATTACHED: [(&str, &str, &str); 6] = [
    ("scope_cgroup_attach", "cgroup", "cgroup_attach_task"),
    ("scope_free", "sched", "sched_process_free"),
    ("on_exit", "sched", "sched_process_exit"),
    ("on_fork", "sched", "sched_process_fork"),
    ("on_exec", "sched", "sched_process_exec"),
    ("dispatch", "raw_syscalls", "sys_exit"),
];

const CLONES: &[u16] =
    &[code::SYSCALL_CLONE_20_X, code::SYSCALL_CLONE3_X, code::SYSCALL_FORK_20_X, code::SYSCALL_VFORK_20_X];
const EXECS: &[u16] = &[code::SYSCALL_EXECVE_19_X, code::SYSCALL_EXECVEAT_X];

/// `enum step` of drivers/bpf/chain.h in its order, and the events that cannot be recorded without.
const STEPS: [(&str, &[u16]); 8] = [
    (
        "step_cgroups",
        &[
            code::SYSCALL_CLONE_20_X,
            code::SYSCALL_CLONE3_X,
            code::SYSCALL_FORK_20_X,
            code::SYSCALL_VFORK_20_X,
            code::SYSCALL_EXECVE_19_X,
            code::SYSCALL_EXECVEAT_X,
        ],
    ),
    ("step_clone_ids", CLONES),
    ("step_exec_credentials", EXECS),
    ("step_exec_path", EXECS),
    ("step_exec_end", EXECS),
    ("step_opened_path", &[code::SYSCALL_OPEN_BY_HANDLE_AT_X]),
    // The first message of a call is recorded without; the others are counted as lost.
    ("step_sent_message", &[]),
    ("step_received_message", &[]),
];

/// How long a record that is being written may hold up the merge.
const STALL_LIMIT_NS: u64 = 10_000_000;
/// `cpu_state.writing` between saying that a record is on its way and stamping it.
const NOT_STAMPED: u64 = 1;

pub struct Classic {
    live: MapHandle,
    cpus: MapHandle,
    scope: MapHandle,
    scope_cgroups: MapHandle,
    /// Entries of perf events last as long as the descriptors through which they were made.
    lanes: Vec<MapHandle>,
    cpu_count: u32,
    programs: Vec<(String, OwnedFd)>,
    by_cgroup: bool,
    by_scope: bool,
    /// Programs are for plain tracepoints, not raw ones.
    plain: bool,
    links: Vec<OwnedFd>,
    /// [`Backend::skipped`] of the captures before this one: a pinned program goes on counting.
    skipped_before: u64,
    /// What the perf subsystem says it lost, which programs are not told before 5.2.
    lost: Arc<AtomicU64>,
    stalls: u64,
    /// CPUs that records can come from.
    with_buffers: Vec<u32>,
    /// The last record that was not waited for any longer, one a CPU.
    given_up: Vec<u64>,
    _lock: File,
}

impl Backend for Classic {
    type Ring = PerfRing;
    const NAME: &'static str = "ebpf";
    const CLOCK: libc::clockid_t = libc::CLOCK_MONOTONIC;

    fn open(request: &Request) -> Result<Opened<Classic>> {
        let pins =
            request.options.probe.as_deref().ok_or_else(|| {
                Error::Capture("the classic eBPF driver was not told where its probe is pinned".into())
            })?;
        let lock = lock(pins)?;
        let map = |name: &str, value: usize| open_map(pins, name, value);
        let programs = open_programs(pins)?;
        let plain = match programs.first() {
            Some((name, fd)) => is_plain(name, fd)?,
            None => false,
        };
        if plain && request.cgroup.is_some() {
            return Err(Error::Capture(
                "the loaded classic eBPF probe cannot capture by cgroup: it is built for plain tracepoints, as kernels before 4.17 \
                 need it, and those do not tell where a process is moved; name a process instead (--scope pid:N), or use \
                 the kernel module (--kmod)"
                    .into(),
            ));
        }
        let settings = map("settings", size_of::<Settings>())?;
        sys::update_map(settings.as_fd(), &0u32, &request.settings)?;
        let mut backend = Classic {
            live: map("live", size_of::<Live>())?,
            cpus: map("cpus", size_of::<CpuState>())?,
            scope: map("scope", 8)?,
            scope_cgroups: map("scope_cgroups", 4)?,
            lanes: vec![map("critical", 4)?, map("bulk", 4)?],
            cpu_count: request.cpus as u32,
            programs,
            by_cgroup: request.cgroup.is_some(),
            by_scope: request.settings.scope_mode == SCOPE_SET,
            plain,
            links: Vec::new(),
            skipped_before: 0,
            lost: Arc::default(),
            stalls: 0,
            with_buffers: Vec::new(),
            given_up: vec![0; request.cpus],
            _lock: lock,
        };
        backend.forget_last_capture()?;
        backend.skipped_before = backend.skipped();
        let (events, refused) = backend.fill_program_tables(pins)?;
        let rings = backend.create_rings(request)?;
        let programs = backend.programs.len();
        Ok(Opened { backend, rings, events, programs, refused })
    }

    fn apply(&mut self, live: &Live) -> Result<()> {
        sys::update_map(self.live.as_fd(), &0u32, live)
    }

    fn add_process(&mut self, process: &Process) -> Result<()> {
        sys::update_map(self.scope.as_fd(), &process.pid, &process.start)
    }

    fn add_cgroup(&mut self, cgroup: &Cgroup) -> Result<()> {
        sys::update_map(self.scope_cgroups.as_fd(), &cgroup.id, &1u32)
    }

    fn attach(&mut self) -> Result<()> {
        for (name, group, tracepoint) in ATTACHED {
            let wanted = match name {
                "scope_cgroup_attach" => self.by_cgroup,
                "scope_free" => self.by_scope,
                _ => true,
            };
            if !wanted {
                continue;
            }
            let program = self.program(name).ok_or_else(|| {
                Error::Capture(format!(
                    "the loaded classic eBPF probe has no program {name}, which this kernel refused when the probe was \
                     loaded; try the kernel module (--kmod) or pdig"
                ))
            })?;
            let link = match self.plain {
                true => perf_event::attach(program, &format!("{group}/{tracepoint}"))?,
                false => attach_raw_tracepoint(program, tracepoint)?,
            };
            self.links.push(link);
        }
        Ok(())
    }

    fn skipped(&self) -> u64 {
        let attached = ATTACHED.iter().filter_map(|(name, ..)| self.program(name));
        attached.map(|program| sys::skipped_runs(program.as_fd())).sum::<u64>().saturating_sub(self.skipped_before)
    }

    fn detach(&mut self) {
        self.links.clear();
    }

    fn counters(&self, see: &mut dyn FnMut(&CpuState)) {
        let mut told = 0;
        for cpu in 0..self.cpu_count {
            let Some(state) = self.cpu_state(cpu) else { continue };
            told += state.losses.iter().map(|causes| causes[wire::LOSS_RING_FULL].load(Ordering::Relaxed)).sum::<u64>();
            see(&state);
        }
        let lost = self.lost.load(Ordering::Relaxed);
        if lost > told {
            let rest = no_cpu_state();
            rest.losses[wire::LOSS_OTHER][wire::LOSS_RING_FULL].store(lost - told, Ordering::Relaxed);
            see(&rest);
        }
    }

    /// A program says that a record is on its way, stamps it, hands it over, and takes back what it said. So what is not yet visible now is
    /// either announced, or will be stamped later than the clock that is read here.
    fn complete_up_to(&mut self) -> u64 {
        let now = sys::monotonic_ns();
        fence(Ordering::SeqCst);
        let mut complete = now;
        for &cpu in &self.with_buffers {
            let writing = self.announced(cpu);
            let given_up = &mut self.given_up[cpu as usize];
            if writing == 0 {
                *given_up = 0;
                continue;
            }
            if writing == NOT_STAMPED || now.saturating_sub(writing) > STALL_LIMIT_NS {
                // Should it come after all, it is counted as late.
                if std::mem::replace(given_up, writing) != writing {
                    self.stalls += 1;
                }
                continue;
            }
            *given_up = 0;
            complete = complete.min(writing);
        }
        complete
    }

    fn stalls(&self) -> u64 {
        self.stalls
    }
}

impl Classic {
    fn program(&self, name: &str) -> Option<&OwnedFd> {
        self.programs.iter().find(|(known, _)| known == name).map(|(_, fd)| fd)
    }

    fn cpu_state(&self, cpu: u32) -> Option<CpuState> {
        let bytes = self.cpus.lookup(&cpu.to_ne_bytes(), MapFlags::ANY).ok()??;
        // SAFETY: as many bytes as the structure has (checked when the map was opened), all of them numbers.
        (bytes.len() == size_of::<CpuState>()).then(|| unsafe { bytes.as_ptr().cast::<CpuState>().read_unaligned() })
    }

    /// The time that the record being written on the CPU was stamped with; 0 when there is none. One that is announced is stamped within
    /// nanoseconds, unless its program was preempted.
    fn announced(&self, cpu: u32) -> u64 {
        let started = Instant::now();
        loop {
            let writing = self.cpu_state(cpu).map_or(0, |state| state.writing.load(Ordering::Acquire));
            if writing != NOT_STAMPED || started.elapsed().as_nanos() as u64 > STALL_LIMIT_NS {
                return writing;
            }
            std::thread::yield_now();
        }
    }

    /// What a capture before this one left in the maps.
    fn forget_last_capture(&mut self) -> Result<()> {
        // SAFETY: numbers and arrays of numbers, for which zero is a value.
        let live: Box<Live> = Box::new(unsafe { zeroed() });
        self.apply(&live)?;
        for map in [&self.scope, &self.scope_cgroups] {
            for key in map.keys().collect::<Vec<_>>() {
                map.delete(&key).map_err(|e| Error::Capture(format!("the probe's scope could not be emptied: {e}")))?;
            }
        }
        let nothing = no_cpu_state();
        (0..self.cpu_count).try_for_each(|cpu| sys::update_map(self.cpus.as_fd(), &cpu, &nothing))
    }

    /// Say which program records which event, and which one goes on; returns the events that can be recorded, and the steps that are
    /// missing.
    fn fill_program_tables(&self, pins: &Path) -> Result<(BTreeSet<u16>, Vec<Refusal>)> {
        let fillers = open_map(pins, "fillers", 4)?;
        let steps = open_map(pins, "steps", 4)?;
        let mut events = BTreeSet::new();
        for (name, fd) in &self.programs {
            if let Some(event) = loader::filler_event(name) {
                sys::update_map(fillers.as_fd(), &u32::from(event), &(fd.as_raw_fd() as u32))?;
                events.insert(event);
            }
        }
        let mut refused = Vec::new();
        for (index, (name, needed_by)) in STEPS.iter().enumerate() {
            match self.program(name) {
                Some(fd) => sys::update_map(steps.as_fd(), &(index as u32), &(fd.as_raw_fd() as u32))?,
                None => {
                    events.retain(|event| !needed_by.contains(event));
                    let reason = "this kernel refused it when the probe was loaded".into();
                    refused.push(Refusal { program: (*name).into(), reason });
                }
            }
        }
        Ok((events, refused))
    }

    fn create_rings(&mut self, request: &Request) -> Result<Vec<PerfRing>> {
        let mut rings = Vec::new();
        for cpu in 0..request.cpus {
            let before = rings.len();
            for (lane, map) in self.lanes.iter().enumerate() {
                // A CPU that comes online later has no buffer: what happens there is counted as lost.
                let Some(ring) = PerfRing::open(cpu, request.lane_bytes[lane], self.lost.clone())? else { continue };
                sys::update_map(map.as_fd(), &(cpu as u32), &(ring.fd().as_raw_fd() as u32))?;
                rings.push(ring);
            }
            if rings.len() > before {
                self.with_buffers.push(cpu as u32);
            }
        }
        Ok(rings)
    }
}

fn no_cpu_state() -> CpuState {
    // SAFETY: numbers, for which zero is a value.
    unsafe { zeroed() }
}

/// One agent at a time: the probe has one scope, one selection, and one reader.
fn lock(pins: &Path) -> Result<File> {
    let open = OpenOptions::new().read(true).custom_flags(libc::O_DIRECTORY | libc::O_NOFOLLOW).open(pins);
    let folder = open.map_err(|e| {
        Error::Capture(format!(
            "the classic eBPF probe is not loaded: {} cannot be opened ({e}); load it as root: python -m drivers.bpf load",
            pins.display()
        ))
    })?;
    // A BPF file system is often writable for everybody: pins in a folder of somebody else would be anybody's programs.
    let foreign = |status: Metadata| status.uid() != 0 || status.mode() & 0o022 != 0 || !status.is_dir();
    let parent = pins.parent().unwrap_or(pins);
    if folder.metadata().map_or(true, foreign) || parent.symlink_metadata().map_or(true, foreign) {
        return Err(Error::Capture(format!(
            "the classic eBPF probe under {} cannot be trusted: the folder or the one above it is not root's alone; remove \
             it, and load the probe again as root: python -m drivers.bpf load",
            pins.display()
        )));
    }
    // SAFETY: our own descriptor.
    if unsafe { libc::flock(folder.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) } != 0 {
        return Err(Error::Capture(format!(
            "the classic eBPF probe under {} is in use: another agent captures with it; stop that one first",
            pins.display()
        )));
    }
    Ok(folder)
}

fn broken(pins: &Path, what: &str) -> Error {
    Error::Capture(format!(
        "the classic eBPF probe under {} {what}: it is not whole, or of another version; load it again as root: \
         python -m drivers.bpf unload, then load",
        pins.display()
    ))
}

fn open_map(pins: &Path, name: &str, value: usize) -> Result<MapHandle> {
    let map = MapHandle::from_pinned_path(pins.join(MAPS).join(name))
        .map_err(|e| broken(pins, &format!("has no map {name} that can be opened ({e})")))?;
    match map.value_size() as usize == value {
        true => Ok(map),
        false => Err(broken(pins, &format!("has a map {name} of {} bytes instead of {value}", map.value_size()))),
    }
}

fn open_programs(pins: &Path) -> Result<Vec<(String, OwnedFd)>> {
    let folder = pins.join(PROGRAMS);
    let entries = std::fs::read_dir(&folder).map_err(|e| broken(pins, &format!("has no programs ({e})")))?;
    let mut programs = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let fd = Program::fd_from_pinned_path(entry.path())
            .map_err(|e| broken(pins, &format!("has a program {name} that cannot be opened ({e})")))?;
        programs.push((name, fd));
    }
    Ok(programs)
}

/// Whether the program is one for plain tracepoints.
fn is_plain(name: &str, program: &OwnedFd) -> Result<bool> {
    // SAFETY: numbers, for which zero is a value.
    let mut info: libbpf_sys::bpf_prog_info = unsafe { zeroed() };
    let mut size = size_of_val(&info) as u32;
    // SAFETY: a program's descriptor, and a structure as long as it is said to be.
    let failed = unsafe { libbpf_sys::bpf_obj_get_info_by_fd(program.as_raw_fd(), (&raw mut info).cast(), &mut size) };
    match failed {
        0 => Ok(info.type_ == libbpf_sys::BPF_PROG_TYPE_TRACEPOINT),
        _ => Err(Error::Os { what: format!("of what kind the program {name} is could not be asked"), errno: -failed }),
    }
}

fn attach_raw_tracepoint(program: &OwnedFd, tracepoint: &str) -> Result<OwnedFd> {
    let name = CString::new(tracepoint).expect("a name without NUL");
    // SAFETY: a program's descriptor and a NUL-terminated name, both alive for the call.
    let fd = unsafe { libbpf_sys::bpf_raw_tracepoint_open(name.as_ptr(), program.as_raw_fd()) };
    if fd < 0 {
        return Err(Error::Os {
            what: format!("the classic eBPF driver could not be attached to the tracepoint {tracepoint}"),
            errno: -fd,
        });
    }
    // SAFETY: a descriptor that we just got and own.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

#[cfg(test)]
mod tests {
    use std::fs::{create_dir_all, set_permissions, Permissions};
    use std::os::unix::fs::{symlink, PermissionsExt};

    use super::*;

    #[test]
    fn pins_are_locked_and_only_those_of_root_are_opened() {
        // SAFETY: asks for a number.
        if unsafe { libc::geteuid() } != 0 {
            return println!("skipped: only root can make a folder of root");
        }
        let place = std::env::temp_dir().join(format!("agent-pins-{}", std::process::id()));
        let (above, pins) = (place.join("agent"), place.join("agent/probe"));
        create_dir_all(&pins).unwrap();
        let refusal = |path: &Path| lock(path).err().map(|e| e.to_string()).unwrap_or_default();
        for folder in [&above, &pins] {
            set_permissions(folder, Permissions::from_mode(0o777)).unwrap();
            assert!(refusal(&pins).contains("cannot be trusted"), "{}", refusal(&pins));
            set_permissions(folder, Permissions::from_mode(0o700)).unwrap();
        }
        let held = lock(&pins).unwrap();
        assert!(refusal(&pins).contains("another agent captures with it"), "{}", refusal(&pins));
        drop(held);
        symlink(&pins, above.join("link")).unwrap();
        assert!(refusal(&above.join("link")).contains("cannot be opened"));
        std::fs::remove_dir_all(&place).unwrap();
    }
}
