//! The corpora that fuzzing starts from: a few events, and small files with blocks of every kind and version.
//!
//! They are committed; a test of the engine (`scap_hostile`) holds the files against this module.

use engine::event::lengths_width;
use engine::scap::{Compression, Machine, Writer};
use engine::schema::{code, EventInfo, ParamType, EVENTS};
use engine::state::{Fd, FdKind, State, StateConfig, Thread, User};

/// Every seed: folder of its corpus, name, bytes.
pub fn all() -> Vec<(&'static str, String, Vec<u8>)> {
    let files = files().into_iter().map(|(name, bytes)| ("scap_reader", name, bytes));
    let codes = [3, 5, 9, 23, 223, 228, 293, 307, 322, 402];
    let events = codes.map(|code| ("event_decoder", format!("event-{code}"), event(&EVENTS[code])));
    files.chain(events).collect()
}

fn files() -> Vec<(String, Vec<u8>)> {
    let mut files =
        vec![("newest".into(), newest(Compression::None)), ("newest-gzip".into(), newest(Compression::Gzip))];
    // Processes by version, each with the longest entry's bytes; whatever they mean in older ones.
    for (name, number) in [
        ("processes-1", 0x202u32),
        ("processes-4", 0x210),
        ("processes-8", 0x214),
        ("descriptors-1", 0x203),
        ("users-1", 0x206),
        ("interfaces-1", 0x205),
        ("event-1", 0x204),
        ("event-large", 0x222),
    ] {
        files.push((name.into(), with_block(number)));
    }
    for stem in ["CONNECT", "OPENAT", "EXECVE_8", "CLONE_11", "CONTAINER_E"] {
        let of = |info: &&EventInfo| info.symbol.contains(stem);
        let events: Vec<Vec<u8>> = EVENTS.iter().filter(of).map(event).collect();
        files.push((format!("old-{}", stem.to_lowercase()), with_events(&events)));
    }
    files
}

/// A file of today, with some of everything.
fn newest(compression: Compression) -> Vec<u8> {
    let mut state = State::new(StateConfig::offline());
    state.insert_user(User { uid: 1, gid: 1, name: "a".into(), home: "/a".into(), shell: "/s".into() });
    state.insert_group(1, "a");
    state.insert_thread(Thread::unknown(7));
    for (num, kind) in (0..).zip(FdKind::ALL) {
        state.insert_fd(7, num, Fd::new(kind));
    }
    let written = Writer::new(Vec::new(), compression).and_then(|mut writer| {
        writer.write_machine(&Machine::default())?;
        writer.write_interfaces(&[])?;
        writer.write_state(&state)?;
        for code in [code::SYSCALL_CLOSE_X, code::SYSCALL_OPENAT_2_X, code::SYSCALL_EXECVE_19_X] {
            writer.write_event(0, 0, &event(&EVENTS[usize::from(code)]))?;
        }
        writer.finish()
    });
    written.expect("memory takes everything")
}

fn with_events(events: &[Vec<u8>]) -> Vec<u8> {
    let mut file = section();
    for event in events {
        block(&mut file, 0x216, &[&[0, 0], &event[..]].concat());
    }
    file
}

fn with_block(number: u32) -> Vec<u8> {
    let mut file = section();
    block(&mut file, number, &[3; 256]);
    file.extend_from_slice(&with_events(&[event(&EVENTS[usize::from(code::SYSCALL_CLOSE_X)])])[28..]);
    file
}

fn section() -> Vec<u8> {
    let file = Writer::new(Vec::new(), Compression::None).and_then(Writer::finish);
    file.expect("memory takes everything")
}

fn block(file: &mut Vec<u8>, number: u32, body: &[u8]) {
    let padded = body.len().next_multiple_of(4);
    let len = (padded as u32 + 12).to_le_bytes();
    for part in [&number.to_le_bytes()[..], &len, body, &[0; 4][..padded - body.len()], &len] {
        file.extend_from_slice(part);
    }
}

/// An event with plausible bytes in every parameter.
fn event(info: &EventInfo) -> Vec<u8> {
    let params: Vec<Vec<u8>> = info.params.iter().map(|param| value(param.ptype)).collect();
    let width = lengths_width(info.code);
    let mut bytes = vec![1; 16];
    let len = 26 + params.iter().map(|param| width + param.len()).sum::<usize>();
    bytes.extend_from_slice(&(len as u32).to_le_bytes());
    bytes.extend_from_slice(&info.code.to_le_bytes());
    bytes.extend_from_slice(&(params.len() as u32).to_le_bytes());
    params.iter().for_each(|param| bytes.extend_from_slice(&(param.len() as u32).to_le_bytes()[..width]));
    params.iter().for_each(|param| bytes.extend_from_slice(param));
    bytes
}

fn value(ptype: ParamType) -> Vec<u8> {
    match ptype {
        ParamType::Charbuf | ParamType::Fspath | ParamType::Fsrelpath => b"/a/../b\0".to_vec(),
        ParamType::Socktuple => vec![2, 127, 0, 0, 1, 1, 0, 127, 0, 0, 1, 2, 0],
        ParamType::Sockaddr => vec![2, 127, 0, 0, 1, 80, 0],
        ParamType::Bytebuf => b"a\0b\0".to_vec(),
        ParamType::Fdlist => vec![1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0],
        ParamType::Dyn => vec![1, 0, 0, 0, 0, 0, 0, 0, 0],
        ParamType::Uint8 | ParamType::Flags8 | ParamType::Enumflags8 | ParamType::Sigtype => vec![1],
        ParamType::Uint16 | ParamType::Flags16 | ParamType::Enumflags16 | ParamType::Syscallid => vec![1, 0],
        ParamType::Uint32 | ParamType::Int32 | ParamType::Flags32 | ParamType::Enumflags32 => vec![1, 0, 0, 0],
        ParamType::Uid | ParamType::Gid | ParamType::Mode | ParamType::Bool | ParamType::Sigset => vec![1, 0, 0, 0],
        _ => vec![3, 0, 0, 0, 0, 0, 0, 0],
    }
}
