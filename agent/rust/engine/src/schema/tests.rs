use super::*;

#[test]
fn codes_are_indexes() {
    for (index, event) in EVENTS.iter().enumerate() {
        assert_eq!(event.code as usize, index);
        assert_eq!(event.exit, index % 2 == 1);
    }
    assert_eq!(EVENTS[code::SYSCALL_OPENAT_2_X as usize].name, "openat");
    for (index, call) in SYSCALLS.iter().enumerate() {
        assert_eq!(call.ppm_sc as usize, index);
    }
    for (index, field) in FIELDS.iter().enumerate() {
        assert_eq!(field.id as usize, index);
    }
}

#[test]
fn unknown_numbers_and_names_have_no_entry() {
    assert!(event(454).is_none());
    assert!(event(u16::MAX).is_none());
    assert!(syscall(u16::MAX).is_none());
    assert!(syscall_by_native(Abi::X86_64, u32::MAX).is_none());
    assert!(syscall_by_native(Abi::X86_64, 400).is_none());
    assert!(field_by_name("proc.nam").is_none());
    assert!(field_by_name("").is_none());
    assert!(filler(code::SYSCALL_OPEN_E).is_none());
}

#[test]
fn every_field_is_found_by_its_name() {
    for field in FIELDS.iter() {
        assert_eq!(field_by_name(field.name).map(|found| found.id), Some(field.id));
    }
}

#[test]
fn native_numbers_lead_to_their_call() {
    let name = |abi, number| syscall_by_native(abi, number).map(|call| call.name);
    assert_eq!(name(Abi::X86_64, 0), Some("read"));
    assert_eq!(name(Abi::X86_64, 257), Some("openat"));
    assert_eq!(name(Abi::Aarch64, 56), Some("openat"));
    assert_eq!(name(Abi::Ia32, 295), Some("openat"));
    assert_eq!(name(Abi::Ia32, 203), Some("setreuid"));
    for call in SYSCALLS.iter().filter(|call| call.x86_64 >= 0) {
        assert_eq!(syscall_by_native(Abi::X86_64, call.x86_64 as u32).map(|found| found.ppm_sc), Some(call.ppm_sc));
    }
}

#[test]
fn a_call_may_have_several_ia32_numbers() {
    let numbers: Vec<u32> = Abi::Ia32.calls().filter(|(_, call)| call.name == "setreuid").map(|(nr, _)| nr).collect();
    assert_eq!(numbers, [70, 203]);
    assert_eq!(Abi::X86_64.calls().next().map(|(nr, call)| (nr, call.name)), Some((0, "read")));
}

#[test]
fn relative_paths_name_a_descriptor_parameter() {
    for event in EVENTS.iter() {
        for param in event.params {
            if let Some(index) = param.dirfd {
                assert_eq!(event.params[index as usize].ptype, ParamType::Fd, "{}", event.symbol);
            }
        }
    }
}

#[test]
fn every_filler_has_an_event_and_a_name_of_its_own() {
    let mut names = std::collections::HashSet::new();
    for entry in FILLERS {
        assert_eq!(event(entry.code).map(|event| event.status), Some(Status::Current));
        assert!(names.insert(entry.program), "{}", entry.program);
        assert_eq!(filler(entry.code).map(|found| found.program), Some(entry.program));
    }
    assert_eq!(filler(code::SYSCALL_EXECVE_19_X).map(|f| (f.lane, f.loss)), Some((Lane::Critical, Loss::Execve)));
}
