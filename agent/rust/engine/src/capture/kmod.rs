//! The kernel module: its devices, opened, configured and mapped. `drivers/shared/kmod_api.h` in Rust; sizes are asserted on both sides.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::mem::{size_of, MaybeUninit};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

use super::kernel::{Backend, Opened, Request};
use super::ring::Ring;
use super::scope::{Cgroup, Process};
use super::sys;
use super::wire::{self, CpuState, Live, Settings};
use crate::error::{Error, Result};
use crate::schema::code::SCHEMA_HASH;

const API_VERSION: u32 = 1;
const EVENT_WORDS: usize = 8;
/// Where the rings of a lane begin in what a device maps.
const LANE_STRIDE: usize = 1 << 32;

#[repr(C)]
struct Version {
    api: u32,
    cpus: u32,
    schema: u64,
    version: [u8; 32],
    events: [u64; EVENT_WORDS],
}

#[repr(C)]
struct Configuration {
    api: u32,
    reserved: u32,
    schema: u64,
    critical_bytes: u64,
    bulk_bytes: u64,
    settings: Settings,
}

#[repr(C)]
struct ScopeProcess {
    tgid: u32,
    reserved: u32,
    start: u64,
}

#[repr(C)]
struct Stats {
    cpu: u32,
    reserved: u32,
    state: CpuState,
}

const _: () = assert!(size_of::<Version>() == 112);
const _: () = assert!(size_of::<Configuration>() == 56);
const _: () = assert!(size_of::<ScopeProcess>() == 16);
const _: () = assert!(size_of::<Stats>() == 328);

const READ: u32 = 2;
const WRITE: u32 = 1;

/// The number of a request, as the kernel's `_IOC` makes it (include/uapi/asm-generic/ioctl.h).
const fn request(direction: u32, number: u32, size: usize) -> u32 {
    direction << 30 | (size as u32) << 16 | 0xE7 << 8 | number
}

const VERSION: u32 = request(READ, 0, size_of::<Version>());
const CONFIGURE: u32 = request(WRITE, 1, size_of::<Configuration>());
const SET_LIVE: u32 = request(WRITE, 2, size_of::<Live>());
const SCOPE_ADD: u32 = request(WRITE, 3, size_of::<ScopeProcess>());
const SCOPE_CGROUP: u32 = request(WRITE, 4, size_of::<u64>());
const STATS: u32 = request(READ | WRITE, 5, size_of::<Stats>());
const START: u32 = request(0, 6, 0);
const STOP: u32 = request(0, 7, 0);

const OTHERS: &str = "or use another driver (--modern-bpf, --bpf)";

pub struct Kmod {
    /// /dev/agent0, by which the module is controlled.
    control: File,
    cpus: Vec<u32>,
}

impl Kmod {
    /// Errors are errno values.
    fn ioctl<T>(&self, request: u32, argument: *mut T) -> std::result::Result<(), i32> {
        ioctl(&self.control, request, argument)
    }

    fn send<T>(&self, request: u32, argument: &T) -> std::result::Result<(), i32> {
        self.ioctl(request, (argument as *const T).cast_mut())
    }
}

impl Backend for Kmod {
    type Ring = Ring;
    const NAME: &'static str = "kmod";

    fn open(request: &Request) -> Result<Opened<Kmod>> {
        let folder = request.options.host_root.join("dev");
        let control = open_device(&folder, 0)?;
        let version = version_of(&control)?;
        let cpus: Vec<u32> = possible_cpus().into_iter().filter(|cpu| *cpu < version.cpus).collect();
        let backend = Kmod { control, cpus };
        let [critical, bulk] = request.lane_bytes;
        let configuration = Configuration {
            api: API_VERSION,
            reserved: 0,
            schema: SCHEMA_HASH,
            critical_bytes: critical as u64,
            bulk_bytes: bulk as u64,
            settings: request.settings,
        };
        backend.send(CONFIGURE, &configuration).map_err(|errno| configure_error(errno, &configuration))?;
        let mut rings = Vec::new();
        for cpu in &backend.cpus {
            let device = match cpu {
                0 => backend.control.try_clone().map_err(|e| os_error("/dev/agent0 could not be duplicated", &e))?,
                _ => open_device(&folder, *cpu)?,
            };
            for (lane, bytes) in request.lane_bytes.into_iter().enumerate() {
                let fd = device.try_clone().map_err(|e| os_error("a device could not be duplicated", &e))?;
                rings.push(Ring::new(OwnedFd::from(fd), bytes, lane * LANE_STRIDE)?);
            }
        }
        let events = events_of(&version.events);
        Ok(Opened { backend, rings, programs: events.len(), events, refused: Vec::new() })
    }

    fn apply(&mut self, live: &Live) -> Result<()> {
        self.send(SET_LIVE, live).map_err(|errno| refused("the selection of system calls", errno))
    }

    fn add_process(&mut self, process: &Process) -> Result<()> {
        let process = ScopeProcess { tgid: process.pid, reserved: 0, start: process.start };
        self.send(SCOPE_ADD, &process).map_err(|errno| refused("a process of the scope", errno))
    }

    fn add_cgroup(&mut self, cgroup: &Cgroup) -> Result<()> {
        self.send(SCOPE_CGROUP, &cgroup.id).map_err(|errno| refused("the cgroup of the scope", errno))
    }

    fn attach(&mut self) -> Result<()> {
        self.ioctl(START, std::ptr::null_mut::<u8>()).map_err(|errno| refused("to attach to its tracepoints", errno))
    }

    fn detach(&mut self) {
        // It fails only when there is nothing to stop.
        let _ = self.ioctl(STOP, std::ptr::null_mut::<u8>());
    }

    fn counters(&self, see: &mut dyn FnMut(&CpuState)) {
        for cpu in &self.cpus {
            // SAFETY: all zeroes are a value of these integers.
            let mut stats: Stats = unsafe { MaybeUninit::zeroed().assume_init() };
            stats.cpu = *cpu;
            if self.ioctl(STATS, &mut stats).is_ok() {
                see(&stats.state);
            }
        }
    }
}

fn ioctl<T>(device: &File, request: u32, argument: *mut T) -> std::result::Result<(), i32> {
    // SAFETY: the request's number holds the size of what the kernel reads or writes, which is that of T.
    let done = unsafe { libc::ioctl(device.as_raw_fd(), request as _, argument) };
    if done < 0 {
        Err(sys::last_errno())
    } else {
        Ok(())
    }
}

fn open_device(folder: &Path, cpu: u32) -> Result<File> {
    let path = folder.join(format!("agent{cpu}"));
    let opened = OpenOptions::new().read(true).write(true).open(&path);
    opened.map_err(|e| {
        let errno = e.raw_os_error().unwrap_or(0);
        open_error(&path, errno, if errno == libc::EBUSY { holder(Path::new("/proc")) } else { None })
    })
}

fn open_error(path: &Path, errno: i32, holder: Option<(u32, String)>) -> Error {
    let path = path.display();
    Error::Capture(match errno {
        libc::ENOENT | libc::ENXIO | libc::ENODEV => format!(
            "there is no {path}: the kernel module agent_probe is not loaded, or its devices are not visible here (in a \
             container, mount the host's /dev); load it with `modprobe agent_probe` or `insmod agent_probe.ko`, {OTHERS}"
        ),
        libc::EBUSY => match holder {
            Some((pid, name)) => format!(
                "the kernel module serves another process already: {name}, process {pid}, has {path} open, and one \
                 captures at a time; stop it, {OTHERS}"
            ),
            None => format!(
                "the kernel module serves another process already, and one captures at a time; find it with `fuser \
                 {path}` and stop it, {OTHERS}"
            ),
        },
        libc::EACCES | libc::EPERM => format!(
            "{path} may not be opened: the kernel module serves root with CAP_SYS_ADMIN only, and in a container the device must be \
             allowed, too; run as root (docker: --privileged), {OTHERS}"
        ),
        _ => format!("{path} could not be opened: {}; {OTHERS}", std::io::Error::from_raw_os_error(errno)),
    })
}

/// Who has the module's first device open, as far as /proc tells.
fn holder(proc: &Path) -> Option<(u32, String)> {
    for entry in fs::read_dir(proc).ok()?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let descriptors = fs::read_dir(entry.path().join("fd")).into_iter().flatten().flatten();
        if descriptors.filter_map(|d| fs::read_link(d.path()).ok()).any(|target| is_first_device(&target)) {
            let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
            return Some((pid, name.trim().to_string()));
        }
    }
    None
}

fn is_first_device(target: &Path) -> bool {
    target.file_name().is_some_and(|name| name == "agent0") && target.parent().is_some_and(|dir| dir.ends_with("dev"))
}

fn version_of(control: &File) -> Result<Version> {
    let mut version = Version { api: 0, cpus: 0, schema: 0, version: [0; 32], events: [0; EVENT_WORDS] };
    match ioctl(control, VERSION, &mut version) {
        Ok(()) => check_version(&version).map(|()| version),
        Err(errno) => Err(mismatch(&format!(
            "it does not know how this agent asks for its version: {}",
            std::io::Error::from_raw_os_error(errno)
        ))),
    }
}

fn check_version(version: &Version) -> Result<()> {
    let text = String::from_utf8_lossy(&version.version);
    let text = text.trim_end_matches('\0');
    if version.api != API_VERSION {
        return Err(mismatch(&format!(
            "it is version {text} with interface {}, and this agent speaks interface {API_VERSION}",
            version.api
        )));
    }
    if version.schema != SCHEMA_HASH {
        return Err(mismatch(&format!(
            "it is version {text} with schema {:016x}, and this agent was built from schema {SCHEMA_HASH:016x}",
            version.schema
        )));
    }
    Ok(())
}

fn mismatch(what: &str) -> Error {
    Error::Capture(format!(
        "the loaded kernel module agent_probe does not fit this agent ({}): {what}; build it from the \
         sources of this version (`python -m drivers.kmod source`), then `rmmod agent_probe` and load the new one, {OTHERS}",
        env!("CARGO_PKG_VERSION")
    ))
}

fn configure_error(errno: i32, wanted: &Configuration) -> Error {
    let (critical, bulk) = (wanted.critical_bytes, wanted.bulk_bytes);
    Error::Capture(match errno {
        libc::ENOMEM => format!(
            "the kernel module got no memory for its rings ({bulk} and {critical} bytes for each CPU); lower \
             engine.kmod.buf_size_preset"
        ),
        libc::EINVAL => format!(
            "the kernel module refused rings of {bulk} and {critical} bytes; a ring is a power of two of at least a page and \
             at most 512 MiB: change engine.kmod.buf_size_preset"
        ),
        _ => return refused("its settings", errno),
    })
}

fn refused(what: &str, errno: i32) -> Error {
    let reason = match errno {
        libc::ENOSPC => "its table is full".to_string(),
        libc::EPROTO => "it was built from another schema".to_string(),
        libc::EBUSY => "a capture is set up already".to_string(),
        _ => std::io::Error::from_raw_os_error(errno).to_string(),
    };
    Error::Capture(format!(
        "the kernel module refused {what}: {reason}; the kernel's log (dmesg) may say more, {OTHERS}"
    ))
}

fn os_error(what: &str, error: &std::io::Error) -> Error {
    Error::Os { what: what.into(), errno: error.raw_os_error().unwrap_or(0) }
}

fn events_of(words: &[u64; EVENT_WORDS]) -> BTreeSet<u16> {
    (0..(64 * EVENT_WORDS) as u16).filter(|event| words[*event as usize / 64] >> (event % 64) & 1 == 1).collect()
}

/// CPUs that may ever be there; each has a device.
fn possible_cpus() -> Vec<u32> {
    let text = fs::read_to_string("/sys/devices/system/cpu/possible").unwrap_or_default();
    parse_cpus(&text).unwrap_or_else(|| vec![0])
}

/// A list such as "0-3,8" (Documentation/admin-guide/cputopology.rst).
fn parse_cpus(text: &str) -> Option<Vec<u32>> {
    let mut cpus = Vec::new();
    for part in text.trim().split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
        if last < first || last > wire::CPU_LIMIT {
            return None;
        }
        cpus.extend(first..=last);
    }
    Some(cpus)
}

#[cfg(test)]
#[path = "kmod_tests.rs"]
mod tests;
