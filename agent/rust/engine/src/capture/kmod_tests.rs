use std::os::unix::fs::symlink;

use super::*;

fn version(api: u32, schema: u64) -> Version {
    let mut text = [0; 32];
    text[..5].copy_from_slice(b"9.8.7");
    Version { api, cpus: 2, schema, version: text, events: [0; EVENT_WORDS] }
}

#[test]
fn requests_are_numbered_as_the_kernel_does() {
    // What gcc makes of the macros of kmod_api.h.
    assert_eq!(VERSION, 0x8070_e700);
    assert_eq!(CONFIGURE, 0x4038_e701);
    assert_eq!(SET_LIVE, 0x6098_e702);
    assert_eq!(SCOPE_ADD, 0x4010_e703);
    assert_eq!(SCOPE_CGROUP, 0x4008_e704);
    assert_eq!(STATS, 0xc148_e705);
    assert_eq!([START, STOP], [0xe706, 0xe707]);
}

#[test]
fn a_module_of_another_schema_is_named_with_both_and_the_remedy() {
    let error = check_version(&version(API_VERSION, 0xabc)).unwrap_err().to_string();
    for part in ["9.8.7", "0000000000000abc", &format!("{SCHEMA_HASH:016x}"), env!("CARGO_PKG_VERSION"), "rmmod"] {
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn a_module_of_another_interface_is_refused_before_its_schema_is_looked_at() {
    let error = check_version(&version(API_VERSION + 1, 0)).unwrap_err().to_string();
    assert!(error.contains("interface 2"), "{error}");
    assert!(check_version(&version(API_VERSION, SCHEMA_HASH)).is_ok());
}

#[test]
fn a_missing_device_says_how_to_load_the_module() {
    let error = open_error(Path::new("/dev/agent0"), libc::ENOENT, None).to_string();
    assert!(error.contains("/dev/agent0") && error.contains("modprobe agent_probe"), "{error}");
}

#[test]
fn a_busy_device_names_its_holder() {
    let error = open_error(Path::new("/dev/agent0"), libc::EBUSY, Some((42, "agent".into()))).to_string();
    assert!(error.contains("agent, process 42"), "{error}");
}

#[test]
fn the_holder_is_found_by_its_descriptors() {
    let proc = std::env::temp_dir().join(format!("kmod-holder-{}", std::process::id()));
    for (pid, target) in [("7", "/dev/null"), ("x", "/dev/agent0"), ("8", "/host/dev/agent0")] {
        fs::create_dir_all(proc.join(pid).join("fd")).unwrap();
        fs::write(proc.join(pid).join("comm"), "agent\n").unwrap();
        symlink(target, proc.join(pid).join("fd/3")).unwrap();
    }
    let found = holder(&proc);
    fs::remove_dir_all(&proc).unwrap();
    assert_eq!(found, Some((8, "agent".into())));
}

#[test]
fn lists_of_cpus() {
    assert_eq!(parse_cpus("0\n"), Some(vec![0]));
    assert_eq!(parse_cpus("0-2,8\n"), Some(vec![0, 1, 2, 8]));
    for broken in ["", "x", "3-1", "0-4294967295", "0,", "-1"] {
        assert_eq!(parse_cpus(broken), None, "{broken:?}");
    }
}

#[test]
fn events_are_the_bits_that_are_set() {
    let mut words = [0; EVENT_WORDS];
    words[0] = 1 << 3;
    words[7] = 1 << 63;
    assert_eq!(events_of(&words), BTreeSet::from([3, 511]));
}
