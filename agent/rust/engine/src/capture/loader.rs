//! Loading the embedded object: only the programs that are needed, and each of those optional but the few without which there is
//! no capture.

use std::collections::HashMap;
use std::sync::Mutex;

use libbpf_rs::{Object, ObjectBuilder, OpenObject, PrintLevel};

use super::kernel::Refusal;
use super::selection::Selection;
use super::wire::{Settings, LANES, SCOPE_SET};
use crate::error::{Error, Result};
use crate::schema::FILLERS;

/// The object as bytes, aligned for an ELF reader.
#[repr(C, align(8))]
struct Aligned<T: ?Sized>(T);
static OBJECT: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/agent.bpf.o")));
/// The same without atomic exchange and fetch-add: kernels before 5.12 refuse a program that has them even where they cannot be reached.
static OBJECT_WITHOUT_ATOMICS: &Aligned<[u8]> =
    &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/agent-no-atomics.bpf.o")));

pub struct Loaded {
    pub object: Object,
    pub refused: Vec<Refusal>,
    pub programs: usize,
}

/// What libbpf printed while it loaded; the last lines tell which program was refused and why.
static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn keep_log(_level: PrintLevel, line: String) {
    if let Ok(mut log) = LOG.lock() {
        if log.len() < 4096 {
            log.push(line);
        }
    }
}

fn take_log() -> String {
    LOG.lock().map(|mut log| log.drain(..).collect()).unwrap_or_default()
}

/// The event that a program records when it is tail-called, by its name.
pub fn filler_event(program: &str) -> Option<u16> {
    FILLERS.iter().find(|f| f.program == program).map(|f| f.code)
}

/// Load the object with what `selection` needs. A refused program is left out and reported; a refused program without which nothing
/// works is an error.
pub fn load(settings: &Settings, cpus: usize, groups: usize, selection: &Selection, by_cgroup: bool) -> Result<Loaded> {
    if !std::path::Path::new("/sys/kernel/btf/vmlinux").exists() {
        return Err(Error::Capture(
            "this kernel has no type information (/sys/kernel/btf/vmlinux is missing: CONFIG_DEBUG_INFO_BTF is off), \
             which the modern eBPF driver needs; try the classic eBPF driver (--bpf) or the kernel module (--kmod)"
                .into(),
        ));
    }
    with_log(|_| load_all(settings, cpus, groups, selection, by_cgroup))
}

/// Do something with libbpf and keep what it says, which the function that is passed on returns and forgets.
pub fn with_log<T>(work: impl FnOnce(&dyn Fn() -> String) -> T) -> T {
    let previous = libbpf_rs::set_print(Some((PrintLevel::Warn, keep_log)));
    let result = work(&take_log);
    libbpf_rs::set_print(previous);
    result
}

fn load_all(settings: &Settings, cpus: usize, groups: usize, selection: &Selection, by_cgroup: bool) -> Result<Loaded> {
    let mut refused: HashMap<String, Refusal> = HashMap::new();
    loop {
        take_log();
        let mut open = open_object()?;
        let programs = prepare(&mut open, settings, cpus, groups, selection, by_cgroup, &refused)?;
        match open.load() {
            Ok(object) => {
                let mut refused: Vec<Refusal> = refused.into_values().collect();
                refused.sort_by(|a, b| a.program.cmp(&b.program));
                return Ok(Loaded { object, refused, programs });
            }
            Err(error) => {
                let log = take_log();
                let Some(refusal) = refusal_in(&log) else { return Err(load_error(&error, &log)) };
                let essential = filler_event(&refusal.program).is_none();
                if essential || refused.contains_key(&refusal.program) {
                    return Err(Error::Capture(format!(
                        "this kernel refused the eBPF program {}: {}; try the classic eBPF driver (--bpf), the kernel \
                         module (--kmod) or pdig",
                        refusal.program, refusal.reason
                    )));
                }
                refused.insert(refusal.program.clone(), refusal);
            }
        }
    }
}

fn open_object() -> Result<OpenObject> {
    let object = if have_atomics() { OBJECT } else { OBJECT_WITHOUT_ATOMICS };
    ObjectBuilder::default()
        .open_memory(&object.0)
        .map_err(|e| Error::Capture(format!("the embedded eBPF object could not be opened: {e}")))
}

fn prepare(
    open: &mut OpenObject,
    settings: &Settings,
    cpus: usize,
    groups: usize,
    selection: &Selection,
    by_cgroup: bool,
    refused: &HashMap<String, Refusal>,
) -> Result<usize> {
    let failed = |what: &str, e: libbpf_rs::Error| Error::Capture(format!("map {what} could not be set up: {e}"));
    for mut map in open.maps_mut() {
        let name = map.name().to_string_lossy().into_owned();
        match name.as_str() {
            "rings" => map.set_max_entries(groups as u32 * LANES).map_err(|e| failed(&name, e))?,
            "cpus" | "scratches" => map.set_max_entries(cpus as u32).map_err(|e| failed(&name, e))?,
            ".rodata.settings" => {
                let bytes = settings.as_bytes();
                match map.initial_value_mut() {
                    Some(value) if value.len() == bytes.len() => value.copy_from_slice(bytes),
                    _ => return Err(Error::Capture("the embedded object's settings have another size".into())),
                }
            }
            ".data.live" if map.value_size() as usize != size_of::<super::wire::Live>() => {
                return Err(Error::Capture("the embedded object's live data has another size".into()))
            }
            _ => {}
        }
    }
    let mut programs = 0;
    for mut program in open.progs_mut() {
        let name = program.name().to_string_lossy().into_owned();
        let wanted = match filler_event(&name) {
            Some(event) => selection.events.contains(&event) && !refused.contains_key(&name),
            None => match name.as_str() {
                "scope_cgroup_attach" => by_cgroup,
                "scope_free" => settings.scope_mode == SCOPE_SET,
                _ => true,
            },
        };
        program.set_autoload(wanted);
        programs += wanted as usize;
    }
    Ok(programs)
}

/// The program that libbpf says failed, and the telling end of the verifier's words.
pub fn refusal_in(log: &str) -> Option<Refusal> {
    let at = log.find("prog '")? + "prog '".len();
    let name_of = |text: &str| text.split('\'').next().map(str::to_string);
    let failed = log.lines().find(|l| l.contains("BPF program load failed") || l.contains("failed to load"))?;
    let program = failed.find("prog '").and_then(|i| name_of(&failed[i + 6..])).or_else(|| name_of(&log[at..]))?;
    let verdict = log
        .lines()
        .rev()
        .map(str::trim)
        .find(|l| {
            !l.is_empty()
                && !l.starts_with("libbpf:")
                && !l.starts_with("processed ")
                && !l.starts_with("-- END")
                && !l.starts_with("-- BEGIN")
        })
        .unwrap_or("");
    let errno = failed.rsplit(':').next().unwrap_or("").trim();
    let reason = if verdict.is_empty() { errno.to_string() } else { format!("{errno} ({verdict})") };
    Some(Refusal { program, reason })
}

pub fn load_error(error: &libbpf_rs::Error, log: &str) -> Error {
    let hint = match error.kind() {
        libbpf_rs::ErrorKind::PermissionDenied => {
            "loading eBPF programs is not permitted here: it needs CAP_BPF and CAP_PERFMON (or CAP_SYS_ADMIN), and no \
             seccomp filter, lockdown=confidentiality or missing permission of the container in the way"
        }
        _ => "try the classic eBPF driver (--bpf) or the kernel module (--kmod)",
    };
    let telling = log.lines().map(str::trim).rfind(|l| !l.is_empty()).unwrap_or("");
    Error::Capture(format!("the eBPF programs could not be loaded: {error} [{telling}]; {hint}"))
}

pub fn attach_error(program: &str, error: &libbpf_rs::Error) -> Error {
    Error::Capture(format!(
        "the eBPF program {program} could not be attached to its tracepoint: {error}; this kernel may lack typed raw \
         tracepoints: try the classic eBPF driver (--bpf) or the kernel module (--kmod)"
    ))
}

/// Whether the kernel has atomic exchange in eBPF (5.12), found out by loading a three-instruction program that uses it.
fn have_atomics() -> bool {
    // r0 = 0; *(u64 *)(r10 - 8) = r0; r0 = xchg(*(u64 *)(r10 - 8), r0); exit
    let insn = |code: u8, regs: u8, off: i16, imm: i32| {
        let mut i = libbpf_sys::bpf_insn { code, off, imm, ..Default::default() };
        i.set_dst_reg(regs & 0xf);
        i.set_src_reg(regs >> 4);
        i
    };
    let program = [insn(0xb7, 0x00, 0, 0), insn(0x7b, 0x0a, -8, 0), insn(0xdb, 0x0a, -8, 0xe1), insn(0x95, 0, 0, 0)];
    // SAFETY: the instructions and strings outlive the call.
    let fd = unsafe {
        libbpf_sys::bpf_prog_load(
            libbpf_sys::BPF_PROG_TYPE_SOCKET_FILTER,
            std::ptr::null(),
            c"GPL".as_ptr(),
            program.as_ptr(),
            program.len() as u64,
            std::ptr::null_mut(),
        )
    };
    if fd >= 0 {
        // SAFETY: a descriptor that we just got.
        unsafe { libc::close(fd) };
    }
    fd >= 0
}
