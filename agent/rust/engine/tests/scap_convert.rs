//! Events of older writers become those of today.

mod scap_files;

use engine::schema::{code, ConvertAction, CONVERTER, EVENTS};
use scap_files::*;

fn file(events: &[Vec<u8>]) -> Whole {
    events.iter().fold(FileBytes::new(), |file, event| file.event(event)).read()
}

/// Type and parameters of the only event that the file gives.
fn only(events: &[Vec<u8>]) -> (u16, Vec<Vec<u8>>) {
    let whole = file(events);
    assert_eq!(whole.error, None);
    let [one] = whole.events()[..] else { panic!("{} events", whole.events().len()) };
    (one.etype(), one.params())
}

const OK: [u8; 8] = [0; 8];
const FD: [u8; 8] = [3, 0, 0, 0, 0, 0, 0, 0];

#[test]
fn an_exit_event_takes_what_its_enter_event_says() {
    let enter = event(7, code::SYSCALL_READ_E, &[&FD, &[9, 0, 0, 0]]);
    let exit = event(7, code::SYSCALL_READ_X, &[&OK, b"data"]);
    let (etype, params) = only(&[enter.clone(), exit.clone()]);
    assert_eq!(
        (etype, params),
        (code::SYSCALL_READ_X, vec![OK.to_vec(), b"data".to_vec(), FD.to_vec(), vec![9, 0, 0, 0]])
    );
    // Without: zeros in the width of the types.
    let (_, params) = only(std::slice::from_ref(&exit));
    assert_eq!(params[2..], [vec![0; 8], vec![0; 4]]);
    // Another thread's is not taken, one that was taken is gone, and the last one counts.
    let other = event(8, code::SYSCALL_READ_E, &[&[5; 8], &[5; 4]]);
    let whole = file(&[other.clone(), enter.clone(), exit.clone(), exit.clone(), other]);
    let fds: Vec<_> = whole.events().iter().map(|event| event.params()[2].clone()).collect();
    assert_eq!(fds, [FD.to_vec(), vec![0; 8]]);
    assert_eq!((whole.counters.unpaired, whole.counters.filtered, whole.counters.converted), (1, 3, 2));
    let later = event(7, code::SYSCALL_READ_E, &[&[6; 8], &[6; 4]]);
    assert_eq!(only(&[enter, later, exit]).1[2], [6; 8]);
}

#[test]
fn the_enter_event_of_another_call_is_not_taken() {
    let enter = event(7, code::SYSCALL_WRITE_E, &[&FD, &[9, 0, 0, 0]]);
    let exit = event(7, code::SYSCALL_READ_X, &[&OK, b""]);
    let write = event(7, code::SYSCALL_WRITE_X, &[&OK, b""]);
    let whole = file(&[enter, exit, write]);
    assert_eq!((whole.error.as_ref(), whole.counters.unpaired), (None, 2));
    assert!(whole.events().iter().all(|event| event.params()[2] == [0; 8]));
}

#[test]
fn a_thread_that_ended_leaves_nothing_behind() {
    let enter = event(7, code::SYSCALL_READ_E, &[&FD, &[9, 0, 0, 0]]);
    let end = event(7, code::PROCEXIT_1_E, &[&OK, &OK, &[0], &[0], &OK]);
    let exit = event(7, code::SYSCALL_READ_X, &[&OK, b""]);
    let whole = file(&[enter, end, exit]);
    assert_eq!(whole.events()[1].params()[2], [0; 8]);
}

#[test]
fn a_new_section_knows_nothing_of_the_enter_events_before() {
    let enter = event(7, code::SYSCALL_READ_E, &[&FD, &[9, 0, 0, 0]]);
    let exit = event(7, code::SYSCALL_READ_X, &[&OK, b""]);
    let whole = FileBytes::new().event(&enter).section().event(&exit).read();
    assert_eq!(whole.events()[0].params()[2], [0; 8]);
}

#[test]
fn types_change_as_often_as_needed() {
    let params: [&[u8]; 8] = [&OK, b"exe\0", b"a\0b\0", &FD, &FD, &OK, b"/cwd\0", &[4; 8]];
    let enter = event(7, code::SYSCALL_EXECVE_8_E, &[]);
    let exit = event(7, code::SYSCALL_EXECVE_8_X, &params);
    let whole = file(&[enter, exit]);
    assert_eq!(whole.error, None);
    let [enter, exit] = whole.events()[..] else { panic!("{} events", whole.events().len()) };
    assert_eq!((enter.etype(), enter.params()), (code::SYSCALL_EXECVE_19_E, vec![vec![]]));
    assert_eq!(exit.etype(), code::SYSCALL_EXECVE_19_X);
    let expected: Vec<Vec<u8>> =
        params.iter().map(|param| param.to_vec()).chain(std::iter::repeat_n(vec![], 23)).collect();
    assert_eq!(exit.params(), expected);
}

#[test]
fn the_name_of_a_failed_exec_comes_from_its_enter_event_which_is_handed_out_too() {
    let enter = event(7, code::SYSCALL_EXECVE_18_E, &[b"/bin/x\0"]);
    let empty: Vec<&[u8]> = vec![b""; 17];
    let whole = file(&[enter, event(7, code::SYSCALL_EXECVE_18_X, &empty)]);
    assert_eq!(whole.error, None);
    let [enter, exit] = whole.events()[..] else { panic!("{} events", whole.events().len()) };
    assert_eq!(enter.etype(), code::SYSCALL_EXECVE_19_E);
    assert_eq!((exit.params().len(), &exit.params()[30][..]), (31, &b"/bin/x\0"[..]));
}

#[test]
fn a_connect_keeps_the_address_of_its_enter_event() {
    let address = [2, 127, 0, 0, 1, 80, 0];
    let enter = event(7, code::SOCKET_CONNECT_E, &[&FD, &address]);
    let exit = event(7, code::SOCKET_CONNECT_X, &[&OK, b"tuple"]);
    let whole = file(&[enter.clone(), exit]);
    assert_eq!(whole.events()[0].bytes, enter, "handed out as it is");
    assert_eq!(whole.events()[1].params(), [&OK[..], b"tuple", &FD, &address]);
    // Older ones do not have the address.
    let enter = event(7, code::SOCKET_CONNECT_E, &[&FD]);
    let exit = event(7, code::SOCKET_CONNECT_X, &[&OK, b"tuple"]);
    let whole = file(&[enter, exit]);
    assert_eq!(whole.events()[1].params(), [&OK[..], b"tuple", &FD, b""]);
}

#[test]
fn values_are_cut_to_the_width_of_their_new_type() {
    // The size was 64 bits wide once.
    let enter = event(7, code::SYSCALL_READ_E, &[&FD, &[1, 2, 3, 4, 5, 6, 7, 8]]);
    let exit = event(7, code::SYSCALL_READ_X, &[&OK, b""]);
    assert_eq!(only(&[enter, exit]).1[3], [1, 2, 3, 4]);
    let exit = event(7, code::SYSCALL_SETUID_X, &[&OK]);
    assert_eq!(only(&[exit]).1[1], b"", "absent, not root");
}

#[test]
fn the_oldest_container_event_becomes_json() {
    let old = event(7, code::CONTAINER_E, &[b"abc\0", &[6, 0, 0, 0], b"na\"me\0", b"image\0"]);
    let (etype, params) = only(&[old]);
    assert_eq!((etype, params.len()), (code::CONTAINER_JSON_2_E, 1));
    let text = params[0].strip_suffix(&[0]).expect("terminated");
    let json: serde_json::Value = serde_json::from_slice(text).unwrap();
    let expected = serde_json::json!({"container": {"id": "abc", "type": 6, "name": "na\"me", "image": "image"}});
    assert_eq!(json, expected);
    let json = event(7, code::CONTAINER_JSON_E, &[b"{}\0"]);
    assert_eq!(only(&[json]), (code::CONTAINER_JSON_2_E, vec![b"{}\0".to_vec()]));
}

/// Whatever the step, what comes out is of the newest version; enter events come out only where that is meant.
#[test]
fn every_step_ends_at_an_event_of_today() {
    for step in &CONVERTER {
        let empty = |nparams: u8| vec![&b""[..]; usize::from(nparams)];
        let old = event(7, step.code, &empty(step.nparams));
        let whole = file(std::slice::from_ref(&old));
        let symbol = EVENTS[usize::from(step.code)].symbol;
        assert_eq!(whole.error, None, "{symbol}");
        let events = whole.events();
        if step.action == ConvertAction::Store {
            assert!(events.is_empty() && whole.counters.filtered == 1, "{symbol}");
            continue;
        }
        assert!(events.len() <= 1, "{symbol}");
        let exit = EVENTS[usize::from(step.code)].exit;
        assert!(events.len() == 1 || !exit, "{symbol}");
        for event in events {
            let info = &EVENTS[usize::from(event.etype())];
            assert_eq!(event.params().len(), info.params.len(), "{symbol} -> {}", info.symbol);
            assert_eq!(event.bytes[..16], old[..16], "time and thread stay");
            assert_eq!(event.bytes.len(), u32::from_le_bytes(event.bytes[16..20].try_into().unwrap()) as usize);
            // And that is where it stays.
            assert_eq!(file(std::slice::from_ref(&event.bytes)).counters.converted, 0, "{symbol}");
        }
    }
}

#[test]
fn unused_types_are_dropped() {
    let unused = event(7, code::NOTIFICATION_X, &[]);
    let whole = file(&[unused, close(7)]);
    assert_eq!((whole.counters.filtered, whole.counters.events), (1, 1));
}

#[test]
fn an_event_that_outgrows_the_format_is_an_error() {
    let name = vec![b'x'; 40_000];
    let enter = event(7, code::SYSCALL_LINK_E, &[&name, &name[..20_000]]);
    let exit = event(7, code::SYSCALL_LINK_X, &[&OK]);
    assert_eq!(only(&[enter, exit.clone()]).1[1].len(), 40_000);
    let enter = event(7, code::SYSCALL_LINK_E, &[&name, &name[..25_500]]);
    let whole = file(&[enter, exit]);
    assert!(whole.failure().contains("the converted SYSCALL_LINK_2_X event has 65"), "{}", whole.failure());
}
