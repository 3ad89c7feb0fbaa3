//! No field of the schema is silently never filled.

mod fields_support;
mod state_events;

use engine::fields::Field;
use engine::schema::{code, ArgKind, FIELDS};
use fields_support::*;
use state_events::*;

/// Fields that have no value in this version, or never for system calls.
const EMPTY: [&str; 5] = [
    // Plugins are other sources of events.
    "evt.pluginname",
    "evt.plugininfo",
    // Kept for old rules; what they told is not recorded any more.
    "proc.is_container_healthcheck",
    "proc.is_container_liveness_probe",
    "proc.is_container_readiness_probe",
];

/// Fields of containers that the cgroup alone gives; on the host a name and images without a name are known as well.
const FROM_CGROUP: [&str; 9] = [
    "container.id",
    "container.full_id",
    "container.type",
    "container.name",
    "container.image",
    "container.image.id",
    "container.image.repository",
    "container.image.tag",
    "container.image.digest",
];

/// Events that together fill every field, in order.
fn events() -> Vec<Build> {
    let e = |etype: u16| event(etype, 200).at(NOW);
    vec![
        e(code::SYSCALL_OPENAT_2_X).i64(21).i64(AT_FDCWD).text("y").u32(3 | 4 | 0x4000).u32(0o755).u32(1).u64(2),
        e(code::SYSCALL_READ_X).i64(3).raw(b"abc").i64(fds::FILE).u32(3),
        e(code::SYSCALL_WRITE_X).i64(3).raw(b"abc").i64(fds::FILE).u32(3),
        e(code::SYSCALL_WRITE_X).i64(3).raw(b"abc").i64(fds::CLIENT).u32(3),
        e(code::SYSCALL_READ_X).i64(3).raw(b"abc").i64(fds::SERVER).u32(3),
        e(code::SYSCALL_READ_X).i64(-5).absent().i64(fds::FILE).u32(3),
        e(code::SYSCALL_READ_X).i64(-5).absent().i64(fds::CLIENT).u32(3),
        e(code::SYSCALL_MMAP_X).i64(-12).u32(0).u32(0).u32(0).u64(0).u64(0).u32(0).u32(0).i64(-1).u64(0),
        e(code::SYSCALL_KILL_X).i64(-3).i64(100).u8(9),
        e(code::SYSCALL_POLL_X).i64(1).raw(&polled(&[fds::FILE, fds::CLIENT])).i64(5),
        e(code::SYSCALL_RENAME_X).i64(0).text("a").text("b"),
        e(code::SYSCALL_UNLINK_2_X).i64(0).text("a"),
        e(code::SCHEDSWITCH_6_E).i64(201).u64(0).u64(0).u32(0).u32(0).u32(0),
        e(code::SCHEDSWITCH_6_E).at(NOW + 5).i64(201).u64(0).u64(0).u32(0).u32(0).u32(0),
        e(code::PROCINFO_E).u64(100).u64(10),
        e(code::PROCINFO_E).at(NOW + SECOND).u64(150).u64(20),
        e(code::INFRASTRUCTURE_EVENT_E)
            .text("docker")
            .text("start")
            .text("Event:start; ID:1; Name:n; Image:i")
            .text(""),
        e(code::ASYNCEVENT_E).u32(1).text("tick").raw(b"x"),
        event(code::SYSCALL_KILL_X, 300).at(NOW).i64(0).i64(1).u8(9),
    ]
}

/// The field with an argument that has a value somewhere.
fn with_argument(name: &str, arg: ArgKind) -> Field {
    let (index, key) = match name {
        "evt.arg" | "evt.rawarg" => (None, Some("name")),
        "evt.type.is" => (None, Some("read")),
        "evt.around" => (Some(NOW as i64), None),
        "thread.cgroup" => (None, Some("cpu")),
        "static" => (None, Some("site")),
        _ => match arg {
            ArgKind::RequiredIndex => (Some(0), None),
            ArgKind::RequiredKey | ArgKind::RequiredName | ArgKind::RequiredIndexOrKey => (None, Some("x")),
            _ => (None, None),
        },
    };
    Field::resolve(name, index, key).expect("the argument is the field's")
}

#[test]
fn every_field_has_a_value_on_some_event() {
    let fields: Vec<Field> = FIELDS
        .iter()
        .filter(|field| field.implemented && matches!(field.provider, "core" | "container"))
        .map(|field| with_argument(field.name, field.arg))
        .collect();
    assert!(fields.len() > 250, "only {} fields", fields.len());
    let mut state = scene();
    let mut filled = vec![false; fields.len()];
    for build in events() {
        during(&mut state, &build, |ctx| {
            for (field, filled) in fields.iter().zip(&mut filled) {
                // Fields over several values compare with each.
                let each = engine::rules::Source::each(ctx, field, &mut Vec::new(), &mut |_| true);
                *filled |= each || !is_null(ctx, field);
            }
        });
    }
    let metadata =
        |name: &str| (name.starts_with("container.") && !FROM_CGROUP.contains(&name)) || name.starts_with("k8s.");
    for (field, filled) in fields.iter().zip(filled) {
        let name = field.name();
        let expected = !EMPTY.contains(&name) && !metadata(name);
        assert_eq!(filled, expected, "{name} {}", if filled { "has a value now" } else { "never has a value" });
    }
}

#[test]
fn every_field_but_those_of_plugins_is_implemented() {
    for field in FIELDS.iter() {
        let of_plugin = matches!(field.provider, "k8smeta" | "krsi" | "anomalydetection");
        assert_eq!(field.implemented, !of_plugin, "{}", field.name);
    }
}
