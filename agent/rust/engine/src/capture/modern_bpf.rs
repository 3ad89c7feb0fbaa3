//! The modern eBPF driver: the embedded object, BPF ring buffers, typed raw tracepoints.

use std::mem::offset_of;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicU32, Ordering};

use libbpf_rs::{Link, MapCore, Object};

use super::kernel::{Backend, Opened, Request};
use super::loader;
use super::ring::Ring;
use super::scope::{Cgroup, Process};
use super::sys::{self, Mapping};
use super::wire::{self, CpuState, Live};
use crate::error::{Error, Result};

/// Programs with a tracepoint of their own, in the order of attaching: keeping the scope begins before the first process of it is named, so
/// that no child is missed; system calls come last.
const ATTACHED: [&str; 6] = ["scope_cgroup_attach", "scope_free", "on_exit", "on_fork", "on_exec", "dispatch"];

pub struct ModernBpf {
    live: Mapping,
    cpus: Mapping,
    cpu_count: usize,
    links: Vec<Link>,
    object: Object,
}

// SAFETY: libbpf's objects hold plain pointers that are not tied to a thread; we hand them from one thread to another, never share them.
unsafe impl Send for ModernBpf {}

impl Backend for ModernBpf {
    type Ring = Ring;
    const NAME: &'static str = "modern_ebpf";

    fn open(request: &Request) -> Result<Opened<ModernBpf>> {
        let groups = request.cpus.div_ceil(request.settings.cpus_per_ring as usize);
        let loader::Loaded { object, refused, programs } =
            loader::load(&request.settings, request.cpus, groups, request.selection, request.cgroup.is_some())?;
        let rings = create_rings(&object, request, groups)?;
        let live = Mapping::new(map_fd(&object, ".data.live")?.as_fd(), page_align(size_of::<Live>()), true, 0)?;
        let cpus =
            Mapping::new(map_fd(&object, "cpus")?.as_fd(), page_align(request.cpus * size_of::<CpuState>()), false, 0)?;
        let events = object
            .progs()
            .filter(|p| p.autoload())
            .filter_map(|p| loader::filler_event(&p.name().to_string_lossy()))
            .collect();
        let backend = ModernBpf { live, cpus, cpu_count: request.cpus, links: Vec::new(), object };
        Ok(Opened { backend, rings, events, programs, refused })
    }

    fn apply(&mut self, live: &Live) -> Result<()> {
        let words = live.words();
        let enabled = offset_of!(Live, enabled) / size_of::<u32>();
        // SAFETY: the mapping is as large as Live (checked on load), all of whose members are words or pairs of half words.
        let target = |i: usize| unsafe { AtomicU32::from_ptr(self.live.ptr().cast::<u32>().add(i)) };
        for (i, word) in words.iter().enumerate().filter(|(i, _)| *i != enabled) {
            target(i).store(*word, Ordering::Relaxed);
        }
        target(enabled).store(words[enabled], Ordering::Release);
        Ok(())
    }

    fn add_process(&mut self, process: &Process) -> Result<()> {
        sys::update_map(map_fd(&self.object, "scope")?.as_fd(), &process.pid, &process.start)
    }

    fn add_cgroup(&mut self, cgroup: &Cgroup) -> Result<()> {
        sys::update_map(map_fd(&self.object, "scope_cgroups")?.as_fd(), &cgroup.id, &1u32)
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

    fn detach(&mut self) {
        self.links.clear();
    }

    fn counters(&self, see: &mut dyn FnMut(&CpuState)) {
        // SAFETY: the mapping holds cpu_count entries; the kernel adds to their counters, which are read as atomics.
        let cpus = unsafe { std::slice::from_raw_parts(self.cpus.ptr().cast::<CpuState>(), self.cpu_count) };
        cpus.iter().for_each(see);
    }

    fn skipped(&self) -> u64 {
        let attached = self.object.progs().filter(|p| ATTACHED.iter().any(|name| p.name() == *name));
        attached.map(|program| sys::skipped_runs(program.as_fd())).sum()
    }
}

fn create_rings(object: &Object, request: &Request, groups: usize) -> Result<Vec<Ring>> {
    let table = map_fd(object, "rings")?;
    let mut rings = Vec::new();
    for index in 0..(groups as u32 * wire::LANES) {
        let bytes = request.lane_bytes[(index % wire::LANES) as usize];
        let fd = sys::create_ring(bytes)?;
        let number: u32 = fd.as_raw_fd() as u32;
        sys::update_map(table.as_fd(), &index, &number)?;
        rings.push(Ring::new(fd, bytes, 0)?);
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
