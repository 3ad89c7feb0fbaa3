//! What the event code alone decides.

use super::{paths, Field, FieldId, Value};
use crate::schema::{code, ec, ef, EventInfo, EVENTS};

/// Can [`fixed`] decide the field for some event code?
pub fn varies_by_code(field: &Field) -> bool {
    EVENTS.iter().any(|event| fixed(field, event.code).is_some())
}

/// The field's value for every event with this code; `None` when it depends on more than the code.
pub fn fixed(field: &Field, event_code: u16) -> Option<Value<'static>> {
    use FieldId::*;
    let info = EVENTS.get(event_code as usize)?;
    let generic = matches!(event_code, code::GENERIC_E | code::GENERIC_X);
    let reads = info.has(ef::READS_FROM_FD);
    let writes = info.has(ef::WRITES_TO_FD);
    Some(match field.id {
        EvtType | EvtTypeIs | SyscallType if generic => return None,
        EvtType => Value::str(info.name.as_bytes()),
        EvtTypeIs => Value::Uint(u64::from(field.key.as_deref() == Some(info.name))),
        SyscallType if info.category & ec::SYSCALL != 0 => Value::str(info.name.as_bytes()),
        SyscallType => Value::Null,
        EvtDir => Value::str(if info.exit { b"<" } else { b">" }),
        EvtSource => Value::str(b"syscall"),
        EvtIsAsync => Value::Bool(event_code == code::ASYNCEVENT_E),
        EvtAsynctype if event_code != code::ASYNCEVENT_E => Value::Null,
        EvtPluginname | EvtPlugininfo => Value::Null,
        EvtCategory => Value::str(category(info)?),
        EvtIsIo => Value::Bool(reads || writes),
        EvtIsIoRead => Value::Bool(reads),
        EvtIsIoWrite => Value::Bool(writes),
        EvtIoDir if reads => Value::str(b"r"),
        EvtIoDir if writes => Value::str(b"w"),
        EvtIoDir => Value::Null,
        EvtIsWait => Value::Bool(info.has(ef::WAITS)),
        EvtIsSyslog if !writes => Value::Bool(false),
        // Calls are seen once, at their end: nothing is known of how long they took.
        EvtLatency | EvtLatencyS | EvtLatencyNs | EvtLatencyQuantized | EvtWaitLatency => Value::Uint(0),
        EvtLatencyHuman => Value::str(b"0ns"),
        EvtCount => Value::Uint(1),
        EvtCountExit if info.exit => Value::Uint(1),
        EvtCountExit => Value::Null,
        EvtCountProcinfo if event_code != code::PROCINFO_E => Value::Null,
        EvtCountThreadinfo if event_code == code::PROCINFO_E => Value::Uint(1),
        EvtCountThreadinfo => Value::Null,
        EvtIsOpenRead | EvtIsOpenWrite if !opens(event_code) => Value::Bool(false),
        EvtIsOpenExec | EvtIsOpenCreate if !opens(event_code) && event_code != code::SYSCALL_CREAT_X => {
            Value::Bool(false)
        }
        EvtArg | EvtRawarg if field.param(event_code).is_none_or(|i| i >= info.params.len()) => Value::Null,
        FsPathName | FsPathNameraw | FsPathSource | FsPathSourceraw | FsPathTarget | FsPathTargetraw
            if !paths::applies(field.id, event_code) =>
        {
            Value::Null
        }
        FdTypes | FdlistNums | FdlistNames | FdlistCips | FdlistSips | FdlistCports | FdlistSports => return None,
        // "fd." fields other than those above.
        _ if field.name().starts_with("fd.") && info.flags & ABOUT_FD == 0 => Value::Null,
        _ => return None,
    })
}

const ABOUT_FD: u32 = ef::CREATES_FD | ef::USES_FD | ef::DESTROYS_FD;

/// Index of the flags of the open family; the mode follows them.
pub(super) fn open_flags_param(event_code: u16) -> Option<usize> {
    match event_code {
        code::SYSCALL_OPEN_X | code::SYSCALL_OPEN_BY_HANDLE_AT_X => Some(2),
        code::SYSCALL_OPENAT_2_X | code::SYSCALL_OPENAT2_X => Some(3),
        _ => None,
    }
}

fn opens(event_code: u16) -> bool {
    open_flags_param(event_code).is_some()
}

/// `None` for I/O, whose category is that of the descriptor.
fn category(info: &EventInfo) -> Option<&'static [u8]> {
    let class = info.category & 0xffff;
    Some(match class {
        ec::OTHER => b"other",
        ec::FILE => b"file",
        ec::NET => b"net",
        ec::IPC => b"IPC",
        ec::MEMORY => b"memory",
        ec::PROCESS => b"process",
        ec::SLEEP => b"sleep",
        ec::SYSTEM => b"system",
        ec::SIGNAL => b"signal",
        ec::USER => b"user",
        ec::TIME => b"time",
        ec::PROCESSING => b"processing",
        ec::IO_READ | ec::IO_WRITE | ec::IO_OTHER => return None,
        ec::WAIT => b"wait",
        ec::SCHEDULER => b"scheduler",
        ec::INTERNAL => b"internal",
        _ => b"unknown",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_of_the_open_family_are_where_they_are_looked_for() {
        for event in EVENTS.iter() {
            if let Some(index) = open_flags_param(event.code) {
                assert_eq!(event.params[index].name, "flags", "{}", event.symbol);
                if event.code != code::SYSCALL_OPEN_BY_HANDLE_AT_X {
                    assert_eq!(event.params[index + 1].name, "mode", "{}", event.symbol);
                }
            }
        }
        assert_eq!(EVENTS[code::SYSCALL_CREAT_X as usize].params[2].name, "mode");
    }
}
