//! `evt.*` and `syscall.*`.

use super::fixed::{self, fixed};
use super::time::Style;
use super::{args, names, paths, time, Context, Extracted, Field, FieldId, Value};
use crate::schema::{code, ec, ef, ParamType};
use crate::state::FdKind;

const NS: u64 = 1_000_000_000;

/// What the I/O classes of events have in common.
const IO: u32 = ec::IO_READ & ec::IO_WRITE & ec::IO_OTHER;

/// Bits of the flag table file_flags.
mod open {
    pub const RDONLY: u64 = 1 << 0;
    pub const WRONLY: u64 = 1 << 1;
    pub const CREAT: u64 = 1 << 2;
    pub const TMPFILE: u64 = 1 << 13;
    pub const F_CREATED: u64 = 1 << 14;
}

pub(super) fn extract<'a>(field: &Field, ctx: &Context<'a>, buf: &mut Vec<u8>) -> Extracted<'a> {
    use FieldId::*;
    let start = buf.len();
    let style = match field.id {
        EvtTime => Style::Clock,
        EvtTimeS => Style::ClockSeconds,
        EvtTimeIso8601 => Style::Iso8601,
        EvtDatetime => Style::Date,
        EvtDatetimeS => Style::DateSeconds,
        EvtOutputtime if ctx.env.iso8601 => Style::Iso8601,
        EvtOutputtime => Style::Clock,
        EvtArgs | EvtInfo => {
            args::all(ctx, buf);
            return Extracted::Text(start..buf.len());
        }
        EvtArg => {
            return match field.param(ctx.info.code) {
                Some(index) => args::one(ctx, index, buf),
                None => Extracted::NULL,
            }
        }
        EvtAbspath => return paths::abspath(field, ctx, buf),
        _ => return value(field, ctx).unwrap_or(Value::Null).into(),
    };
    time::write(ctx.event.ts, style, buf);
    Extracted::Text(start..buf.len())
}

/// What rules ask of nearly every event.
#[inline]
pub(super) fn plain_number(id: FieldId, ctx: &Context<'_>) -> Option<Value<'static>> {
    Some(match id {
        FieldId::EvtNum => Value::Uint(ctx.event.num),
        FieldId::EvtRawres => Value::Int(result(ctx)?),
        FieldId::EvtFailed => Value::Bool(result(ctx)? < 0),
        FieldId::EvtIsOpenRead => Value::Bool(open_flags(ctx) & open::RDONLY != 0),
        FieldId::EvtIsOpenWrite => Value::Bool(open_flags(ctx) & open::WRONLY != 0),
        _ => return None,
    })
}

fn value<'a>(field: &Field, ctx: &Context<'a>) -> Option<Value<'a>> {
    use FieldId::*;
    let (event, ts) = (ctx.event, ctx.event.ts);
    let relative = || ts.saturating_sub(ctx.env.start_ts);
    let delta = || {
        if ctx.env.previous_ts == 0 {
            0
        } else {
            ts.saturating_sub(ctx.env.previous_ts)
        }
    };
    let failed = || result(ctx).map(|r| r < 0);
    let counted = |yes: bool| yes.then_some(Value::Uint(1));
    Some(match field.id {
        EvtNum | EvtRawres | EvtFailed | EvtIsOpenRead | EvtIsOpenWrite => return plain_number(field.id, ctx),
        EvtCpu => Value::Int(event.cpu.into()),
        EvtRawtime => Value::Uint(ts),
        EvtRawtimeS => Value::Uint(ts / NS),
        EvtRawtimeNs => Value::Uint(ts % NS),
        EvtReltime => Value::Uint(relative()),
        EvtReltimeS => Value::Uint(relative() / NS),
        EvtReltimeNs => Value::Uint(relative() % NS),
        EvtDeltatime => Value::Uint(delta()),
        EvtDeltatimeS => Value::Uint(delta() / NS),
        EvtDeltatimeNs => Value::Uint(delta() % NS),
        EvtHostname => match ctx.env.hostname.as_str() {
            "" => return None,
            name => Value::str(name.as_bytes()),
        },
        // Only the generic event's name depends on the event itself.
        EvtType | SyscallType if is_generic(ctx) => Value::str(generic_name(ctx)?.as_bytes()),
        EvtTypeIs if is_generic(ctx) => Value::Uint(u64::from(generic_name(ctx)? == field.key.as_deref()?)),
        EvtCategory if ctx.info.category & IO != 0 => Value::str(io_category(ctx)),
        EvtRes => match result(ctx)? {
            r if r < 0 => Value::str(names::errno(r.unsigned_abs()).unwrap_or("").as_bytes()),
            _ => Value::str(b"SUCCESS"),
        },
        EvtRawarg => return args::raw(ctx, field.param(ctx.info.code)?),
        EvtBuffer => Value::Buf(event.param(buffer_param(ctx)?)?),
        EvtBuflen => Value::Uint(io_length(ctx)?),
        EvtBuflenIn | EvtBuflenOut | EvtBuflenFile | EvtBuflenFileIn | EvtBuflenFileOut | EvtBuflenNet
        | EvtBuflenNetIn | EvtBuflenNetOut => {
            let input = ctx.info.has(ef::READS_FROM_FD);
            let direction = match field.id {
                EvtBuflenIn | EvtBuflenFileIn | EvtBuflenNetIn => input,
                EvtBuflenOut | EvtBuflenFileOut | EvtBuflenNetOut => !input,
                _ => true,
            };
            let object = match field.id {
                EvtBuflenFile | EvtBuflenFileIn | EvtBuflenFileOut => fd_class(ctx) == Some("file"),
                EvtBuflenNet | EvtBuflenNetIn | EvtBuflenNetOut => fd_class(ctx) == Some("net"),
                _ => true,
            };
            let length = io_length(ctx)?;
            return (direction && object).then_some(Value::Uint(length));
        }
        EvtAround => {
            // Milliseconds, rounded up: "at most N" is then exact to the nanosecond.
            Value::Uint(ts.abs_diff(u64::try_from(field.index?).ok()?).div_ceil(1_000_000))
        }
        EvtAsynctype if ctx.info.code == code::ASYNCEVENT_E => Value::str(event.str(1)?),
        EvtInfraDockerName => return described(ctx, b"Event"),
        EvtInfraDockerContainerId => return described(ctx, b"ID"),
        EvtInfraDockerContainerName => return described(ctx, b"Name"),
        EvtInfraDockerContainerImage => return described(ctx, b"Image"),
        UtilCnt => Value::Uint(field.extraction()?),
        EvtIsSyslog => {
            let fd = ctx.fd();
            let name: &[u8] = fd.map_or(b"", |fd| &fd.name);
            let socket = fd.is_some_and(|fd| fd.kind == FdKind::Unix);
            let writes = ctx.info.has(ef::WRITES_TO_FD);
            Value::Bool(writes && socket && memchr::memmem::find(name, b"/dev/log").is_some())
        }
        EvtIsOpenCreate => {
            let creates = ctx.info.code == code::SYSCALL_CREAT_X && result(ctx).is_some_and(|r| r >= 0);
            Value::Bool(creates || open_flags(ctx) & open::F_CREATED != 0)
        }
        EvtIsOpenExec => {
            let made = ctx.info.code == code::SYSCALL_CREAT_X
                || open_flags(ctx) & (open::CREAT | open::TMPFILE | open::F_CREATED) != 0;
            // Its parameter follows the flags; creat has no flags, open_by_handle_at no mode.
            let mode = match ctx.info.code {
                code::SYSCALL_OPEN_BY_HANDLE_AT_X => 0,
                code::SYSCALL_CREAT_X => event.uint(2).unwrap_or(0),
                other => fixed::open_flags_param(other).and_then(|i| event.uint(i + 1)).unwrap_or(0),
            };
            Value::Bool(made && mode & 0o111 != 0)
        }
        EvtCountError => return counted(failed()?),
        EvtCountErrorFile => return counted(failed()? && error_class(ctx) == "file"),
        EvtCountErrorNet => return counted(failed()? && error_class(ctx) == "net"),
        EvtCountErrorMemory => return counted(failed()? && error_class(ctx) == "memory"),
        EvtCountErrorOther => return counted(failed()? && !matches!(error_class(ctx), "file" | "net" | "memory")),
        EvtCountProcinfo => {
            let main = ctx.thread().is_some_and(|t| t.is_main());
            return counted(main && ctx.info.code == code::PROCINFO_E);
        }
        Static => {
            let constant = ctx.env.static_fields.get(field.key.as_deref()?)?;
            Value::str(constant.as_bytes())
        }
        // What the event's code decides; nothing for what only plugins give.
        _ => return fixed(field, ctx.info.code),
    })
}

/// `label: value` in the description of an infrastructure event, whose parts are separated by semicolons.
fn described<'a>(ctx: &Context<'a>, label: &[u8]) -> Option<Value<'a>> {
    if ctx.info.code != code::INFRASTRUCTURE_EVENT_E {
        return None;
    }
    let parts = ctx.event.str(2)?.split(|b| *b == b';');
    let value = parts.filter_map(|part| part.trim_ascii().strip_prefix(label)?.strip_prefix(b":")).next()?;
    Some(Value::str(value.trim_ascii()))
}

/// What the call returned; `None` where the event is not the end of a known call.
fn result(ctx: &Context<'_>) -> Option<i64> {
    let info = ctx.info;
    if !info.exit || info.category & ec::SYSCALL == 0 || info.code == code::GENERIC_X || info.params.is_empty() {
        return None;
    }
    ctx.event.int(0)
}

fn is_generic(ctx: &Context<'_>) -> bool {
    ctx.info.code <= code::GENERIC_X
}

fn generic_name(ctx: &Context<'_>) -> Option<&'static str> {
    const UNKNOWN: u16 = 0;
    let sc = u16::try_from(ctx.event.uint(0)?).ok()?;
    // A call that the writer had no number for in the format: its number on the machine is the second parameter.
    let call = match (sc, ctx.event.uint(1)) {
        (UNKNOWN, Some(native)) => native_syscall(native).or_else(|| crate::schema::syscall(sc))?,
        _ => crate::schema::syscall(sc)?,
    };
    Some(call.name)
}

/// The call with this number on the machines of this architecture.
fn native_syscall(number: u64) -> Option<&'static crate::schema::SyscallInfo> {
    crate::schema::SYSCALLS.iter().find(|call| {
        let native = if cfg!(target_arch = "aarch64") { call.aarch64 } else { call.x86_64 };
        u64::try_from(native).is_ok_and(|native| native == number)
    })
}

/// File, net or ipc: what kind of thing the event's descriptor is.
fn fd_class(ctx: &Context<'_>) -> Option<&'static str> {
    Some(match ctx.fd()?.kind {
        FdKind::File | FdKind::FileV2 | FdKind::Directory => "file",
        FdKind::Ipv4Sock | FdKind::Ipv6Sock | FdKind::Ipv4Serv | FdKind::Ipv6Serv => "net",
        FdKind::Fifo | FdKind::Unix | FdKind::Event | FdKind::Signal | FdKind::Inotify => "ipc",
        _ => return None,
    })
}

fn io_category(ctx: &Context<'_>) -> &'static [u8] {
    fd_class(ctx).unwrap_or("unknown").as_bytes()
}

fn error_class(ctx: &Context<'_>) -> &'static str {
    fd_class(ctx).unwrap_or(if ctx.info.is_class(ec::FILE) {
        "file"
    } else if ctx.info.is_class(ec::NET) {
        "net"
    } else if ctx.info.is_class(ec::MEMORY) {
        "memory"
    } else {
        "other"
    })
}

fn open_flags(ctx: &Context<'_>) -> u64 {
    fixed::open_flags_param(ctx.info.code).and_then(|i| ctx.event.uint(i)).unwrap_or(0)
}

fn buffer_param(ctx: &Context<'_>) -> Option<usize> {
    let found = ctx.info.params.iter().position(|p| p.name == "data" && p.ptype == ParamType::Bytebuf)?;
    ctx.event.param(found).is_some_and(|b| !b.is_empty()).then_some(found)
}

/// Bytes that an I/O event moved.
fn io_length(ctx: &Context<'_>) -> Option<u64> {
    if !ctx.info.is_class(ec::IO_READ) && !ctx.info.is_class(ec::IO_WRITE) {
        return None;
    }
    u64::try_from(result(ctx)?).ok()
}
