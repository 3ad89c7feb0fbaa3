//! What the verifier has to do for the embedded eBPF objects. A kernel gives up a program at a million instructions processed, and the
//! oldest ones process several times as many as the newest for the same program: the limits here leave room for that.

use std::os::fd::{AsFd, AsRawFd};

use libbpf_rs::{Object, ObjectBuilder, OpenObject};

#[repr(C, align(8))]
struct Aligned<T: ?Sized>(T);
static OBJECT: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/agent.bpf.o")));
static WITHOUT_ATOMICS: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/agent-no-atomics.bpf.o")));

/// Instructions that the verifier may process for one program. The most today are 41,000 on 6.18, and 48,000 on 5.10.
const INSTRUCTIONS: u32 = 80_000;

fn open(object: &'static Aligned<[u8]>) -> OpenObject {
    ObjectBuilder::default().open_memory(&object.0).expect("the embedded object opens")
}

/// Constants that the compiler made up (a structure's initializer, a table for a switch) go to a section without variables. 5.10 refuses the
/// type information of an object that has one, and then follows global functions anew for every state that they are called in.
#[test]
fn no_constants_lie_in_a_section_without_variables() {
    for object in [OBJECT, WITHOUT_ATOMICS] {
        let open = open(object);
        let names: Vec<String> = open.maps().map(|map| map.name().to_string_lossy().into_owned()).collect();
        assert!(names.iter().any(|name| name == ".rodata.settings"), "{names:?}");
        let unnamed: Vec<&String> =
            names.iter().filter(|name| name.ends_with(".rodata") || name.ends_with(".bss")).collect();
        assert!(unnamed.is_empty(), "{unnamed:?}");
    }
}

#[test]
fn the_verifier_is_soon_done_with_every_program() {
    for object in [OBJECT, WITHOUT_ATOMICS] {
        let loaded = match load_all(object) {
            Ok(loaded) => loaded,
            Err(why) => return println!("skipped: {why}"),
        };
        let figures: Vec<(String, u32)> = loaded
            .progs()
            .map(|program| {
                (program.name().to_string_lossy().into_owned(), verified_instructions(program.as_fd().as_raw_fd()))
            })
            .collect();
        assert!(figures.len() > 150, "{} programs", figures.len());
        if figures.iter().all(|(_, instructions)| *instructions == 0) {
            return println!("skipped: this kernel does not say how many instructions it processed (before 5.16)");
        }
        let most = figures.iter().max_by_key(|(_, instructions)| *instructions).unwrap();
        println!("{} programs; the most instructions: {} for {}", figures.len(), most.1, most.0);
        let beyond: Vec<_> = figures.iter().filter(|(_, instructions)| *instructions > INSTRUCTIONS).collect();
        assert!(beyond.is_empty(), "more than {INSTRUCTIONS} instructions processed: {beyond:?}");
    }
}

/// Load every program as for a capture by cgroup, which leaves no branch out. The error says why eBPF is not to be had here.
fn load_all(object: &'static Aligned<[u8]>) -> Result<Object, String> {
    // SAFETY: asks for a number.
    if unsafe { libc::geteuid() } != 0 {
        return Err("loading eBPF programs needs root".into());
    }
    if !std::path::Path::new("/sys/kernel/btf/vmlinux").exists() {
        return Err("this kernel has no type information".into());
    }
    let mut open = open(object);
    let mut settings = open.maps_mut().find(|map| map.name() == ".rodata.settings").expect("settings");
    let value = settings.initial_value_mut().expect("settings have a value");
    // self_tgid, scope_mode, scope_by_cgroup, scope_hierarchy, cpus_per_ring, reserved
    for (bytes, word) in value.chunks_exact_mut(4).zip([1u32, 1, 1, 0, 2, 0]) {
        bytes.copy_from_slice(&word.to_ne_bytes());
    }
    match open.load() {
        Ok(loaded) => Ok(loaded),
        Err(error) if error.kind() == libbpf_rs::ErrorKind::PermissionDenied => {
            Err(format!("loading eBPF programs is not permitted here: {error}"))
        }
        Err(error) => panic!("a program is refused by this kernel: {error}"),
    }
}

fn verified_instructions(fd: i32) -> u32 {
    let mut info = libbpf_sys::bpf_prog_info::default();
    let mut size = size_of_val(&info) as u32;
    // SAFETY: info is a structure of that size, without pointers to fill.
    let result = unsafe { libbpf_sys::bpf_prog_get_info_by_fd(fd, &mut info, &mut size) };
    assert_eq!(result, 0, "the kernel describes a program that was just loaded");
    info.verified_insns
}
