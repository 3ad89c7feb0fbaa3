//! Each target takes any bytes and must neither panic nor run on.

use std::sync::OnceLock;

use engine::event::{flags, Event};
use engine::fields::{extract, Context, Env, Field};
use engine::scap::{Compression, Item, Reader, Writer, LARGE};
use engine::schema::{FieldInfo, FIELDS};
use engine::state::{Fd, FdKind, State, StateConfig, Thread};

/// Bounds that a fuzzer reaches.
fn state() -> State {
    State::new(StateConfig { max_threads: 256, max_fds: 64, ..StateConfig::offline() })
}

/// The bytes as a capture file: read, applied to a state, written anew, read again.
pub fn scap_reader(data: &[u8]) {
    let mut reader = Reader::new(data);
    let mut state = state();
    let mut writer = Writer::new(Vec::new(), Compression::None).expect("memory takes everything");
    let mut events = 0u64;
    while let Ok(Some(item)) = reader.next() {
        match item {
            Item::Event { cpu, flags, bytes, large } => {
                let flags = flags | if large { LARGE } else { 0 };
                writer.write_event(cpu, flags, bytes).expect("what was read can be written");
                events += 1;
                if let Ok(event) = Event::parse(bytes, cpu, flags) {
                    let effects = state.apply(&event);
                    state.settle(effects);
                }
            }
            item => _ = item.load(&mut state),
        }
    }
    assert_eq!(reader.counters().events, events);
    assert!(reader.next().is_err() || reader.next().is_ok_and(|item| item.is_none()), "the end stays the end");
    writer.write_state(&state).expect("any state can be written");
    let file = writer.finish().expect("memory takes everything");
    let mut again = Reader::new(&file[..]);
    let mut read = 0;
    loop {
        match again.next() {
            Ok(Some(Item::Event { .. })) => read += 1,
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(error) => {
                assert_eq!(events, 0, "what was written cannot be read: {error}");
                break;
            }
        }
    }
    // Types of 16-bit numbers beyond the schema were not handed out, so all come back.
    assert_eq!(read, events);
}

fn fields() -> &'static [Field] {
    static ALL: OnceLock<Vec<Field>> = OnceLock::new();
    ALL.get_or_init(|| {
        let with = |info: &FieldInfo| {
            let args = [(None, None), (Some(1), None), (None, Some("name"))];
            args.into_iter().filter_map(|(index, key)| Field::resolve(info.name, index, key).ok()).collect::<Vec<_>>()
        };
        FIELDS.iter().filter(|info| info.implemented).flat_map(with).collect()
    })
}

/// The bytes as one event: decoded, applied to a state that knows its thread, every field extracted.
pub fn event_decoder(data: &[u8]) {
    let Ok(event) = Event::parse(data, 0, flags::STATE_ONLY & u32::from(data.len() as u8)) else { return };
    for at in 0..=event.nparams {
        assert_eq!(event.param(at).is_some(), at < event.nparams);
        let _ = (event.int(at), event.uint(at), event.str(at));
    }
    let mut state = state();
    let mut thread = Thread::unknown(event.tid);
    (thread.ptid, thread.cwd) = (1, (*b"/tmp/").into());
    state.insert_thread(thread);
    for (num, kind) in (0..).zip(FdKind::ALL) {
        state.insert_fd(event.tid, num, Fd::new(kind));
    }
    let effects = state.apply(&event);
    let env = Env::default();
    if let Some(context) = Context::new(&event, &state, &effects, &env) {
        let mut buffer = Vec::new();
        for field in fields() {
            buffer.clear();
            let _ = extract(field, &context, &mut buffer);
        }
    }
    state.settle(effects);
}
