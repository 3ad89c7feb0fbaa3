//! `proc.*` and `thread.*`.

use std::borrow::Cow;

use super::{fd, names, Context, Extracted, Field, FieldId, Value};
use crate::schema::code;
use crate::state::Thread;

pub(super) fn extract<'a>(field: &Field, ctx: &Context<'a>, buf: &mut Vec<u8>) -> Extracted<'a> {
    let start = buf.len();
    match value(field, ctx, buf) {
        Some(Found::Value(v)) => v.into(),
        Some(Found::Appended) => Extracted::Text(start..buf.len()),
        None => Extracted::NULL,
    }
}

/// Names of the process and of its parent.
#[inline]
pub(super) fn plain_text<'a>(id: FieldId, ctx: &Context<'a>) -> Option<&'a [u8]> {
    Some(match id {
        FieldId::ProcName => &ctx.thread()?.comm,
        FieldId::ProcExe => &ctx.thread()?.exe,
        FieldId::ProcExepath => &ctx.thread()?.exepath,
        FieldId::ProcPname => &ctx.parent()?.comm,
        FieldId::ProcPexe => &ctx.parent()?.exe,
        FieldId::ProcPexepath => &ctx.parent()?.exepath,
        _ => return None,
    })
}

/// What rules ask of nearly every event.
#[inline]
pub(super) fn plain_number(id: FieldId, ctx: &Context<'_>) -> Option<Value<'static>> {
    let thread = ctx.thread()?;
    Some(match id {
        FieldId::ProcTty => Value::Uint(thread.tty.into()),
        FieldId::ProcIsExeFromMemfd => Value::Bool(thread.exe_from_memfd),
        _ => return None,
    })
}

/// A value, or text appended to the caller's buffer.
enum Found<'a> {
    Value(Value<'a>),
    Appended,
}

impl<'a> From<Value<'a>> for Found<'a> {
    fn from(value: Value<'a>) -> Found<'a> {
        Found::Value(value)
    }
}

fn value<'a>(field: &Field, ctx: &Context<'a>, buf: &mut Vec<u8>) -> Option<Found<'a>> {
    use FieldId::*;
    let thread = ctx.thread();
    if field.id == ThreadTid {
        // The id is the event's own, also when nothing more is known of the thread.
        return Some(Value::Int(ctx.event.tid).into());
    }
    let thread = thread?;
    // A thread whose main thread is gone still shows its own copy of the process's facts.
    let process = || ctx.process().unwrap_or(thread);
    let text = |t: &'a [u8]| Some(Value::str(t).into());
    let int = |n: i64| Some(Value::Int(n).into());
    let uint = |n: u64| Some(Value::Uint(n).into());
    let flag = |b: bool| Some(Value::Bool(b).into());
    let since = |ts: u64| uint(ctx.event.ts.saturating_sub(known(ts)?));
    match field.id {
        ProcName | ProcExe | ProcExepath | ProcPname | ProcPexe | ProcPexepath => text(plain_text(field.id, ctx)?),
        ProcAname => text(&ancestor(field, ctx)?.comm),
        ProcAexe => text(&ancestor(field, ctx)?.exe),
        ProcAexepath => text(&ancestor(field, ctx)?.exepath),
        ProcApid => int(ancestor(field, ctx)?.pid),
        ProcArgs => match field.index {
            None => joined(&thread.args, buf),
            Some(index) => text(strings(&thread.args).nth(usize::try_from(index).ok()?)?),
        },
        ProcAargs => joined(&ancestor(field, ctx)?.args, buf),
        ProcCmdline => command_line(&thread.comm, &thread.args, buf),
        ProcPcmdline => {
            let parent = ctx.parent()?;
            command_line(&parent.comm, &parent.args, buf)
        }
        ProcAcmdline => {
            let ancestor = ancestor(field, ctx)?;
            command_line(&ancestor.comm, &ancestor.args, buf)
        }
        ProcExeline => command_line(&thread.exe, &thread.args, buf),
        ProcCmdnargs => uint(strings(&thread.args).count() as u64),
        ProcCmdlenargs => uint(strings(&thread.args).map(<[u8]>::len).sum::<usize>() as u64),
        ProcEnv => environment(field, process(), buf),
        ProcAenv => match (field.index, &field.key) {
            (Some(_), _) => joined(&ancestor(field, ctx)?.env, buf),
            (None, Some(key)) => text(variable(&ctx.parent()?.env, key.as_bytes())),
            (None, None) => joined(&ctx.parent()?.env, buf),
        },
        ProcCwd => text(&process().cwd),
        ProcTty | ProcIsExeFromMemfd => Some(plain_number(field.id, ctx)?.into()),
        ProcPid => int(thread.pid),
        ProcPpid => int(ctx.parent()?.pid),
        ProcVpid => int(thread.vpid),
        ProcPvpid => int(ctx.parent()?.vpid),
        ProcSid => int(thread.sid),
        ProcSname => text(&leader(ctx, thread, Group::Session)?.comm),
        ProcSidExe => text(&leader(ctx, thread, Group::Session)?.exe),
        ProcSidExepath => text(&leader(ctx, thread, Group::Session)?.exepath),
        ProcVpgid => int(thread.vpgid),
        ProcVpgidName => text(&leader(ctx, thread, Group::Namespaced)?.comm),
        ProcVpgidExe => text(&leader(ctx, thread, Group::Namespaced)?.exe),
        ProcVpgidExepath => text(&leader(ctx, thread, Group::Namespaced)?.exepath),
        ProcPgid => int(thread.pgid),
        ProcPgidName => text(&leader(ctx, thread, Group::Host)?.comm),
        ProcPgidExe => text(&leader(ctx, thread, Group::Host)?.exe),
        ProcPgidExepath => text(&leader(ctx, thread, Group::Host)?.exepath),
        ProcLoginshellid => int(login_shell(ctx)?),
        ProcDuration => since(thread.clone_ts),
        ProcPpidDuration => since(ctx.parent()?.clone_ts),
        ProcPidTs => uint(known(thread.clone_ts)?),
        ProcPpidTs => uint(known(ctx.parent()?.clone_ts)?),
        ProcIsExeWritable => flag(thread.exe_writable),
        ProcIsExeUpperLayer => flag(thread.exe_upper_layer),
        ProcIsExeLowerLayer => flag(thread.exe_lower_layer),
        ProcIsSidLeader => flag(thread.sid == thread.vpid),
        ProcIsVpgidLeader => flag(thread.vpgid == thread.vpid),
        ProcIsPgidLeader => flag(thread.pgid == thread.pid),
        ProcExeIno => int(known(thread.exe_ino)? as i64),
        ProcExeInoCtime => uint(known(thread.exe_ino_ctime)?),
        ProcExeInoMtime => uint(known(thread.exe_ino_mtime)?),
        ProcExeInoCtimeDurationProcStart => {
            // Only a program that existed before the process started has a meaningful age.
            uint(known(thread.clone_ts)?.checked_sub(known(thread.exe_ino_ctime)?)?)
        }
        ProcExeInoCtimeDurationPidnsStart => {
            uint(known(thread.exe_ino_ctime)?.checked_sub(known(thread.pidns_init_start_ts)?)?)
        }
        ProcPidnsInitStartTs => uint(thread.pidns_init_start_ts),
        ThreadCapPermitted => capabilities(thread.cap_permitted, buf),
        ThreadCapInheritable => capabilities(thread.cap_inheritable, buf),
        ThreadCapEffective => capabilities(thread.cap_effective, buf),
        ProcFdopencount => uint(ctx.state.fd_count(thread.tid) as u64),
        ProcFdlimit => int(process().fdlimit),
        ProcFdusage => {
            let limit = process().fdlimit;
            let open = ctx.state.fd_count(thread.tid) as f64;
            (limit > 0).then(|| Value::Double(open * 100.0 / limit as f64).into())
        }
        ProcVmsize => uint(process().vmsize_kb.into()),
        ProcVmrss => uint(process().vmrss_kb.into()),
        ProcVmswap => uint(process().vmswap_kb.into()),
        ThreadVmsize => uint(of_main(thread, thread.vmsize_kb)),
        ThreadVmrss => uint(of_main(thread, thread.vmrss_kb)),
        ThreadVmsizeB => uint(of_main(thread, thread.vmsize_kb) * 1024),
        ThreadVmrssB => uint(of_main(thread, thread.vmrss_kb) * 1024),
        ThreadPfmajor => uint(thread.pfmajor),
        ThreadPfminor => uint(thread.pfminor),
        ThreadExectime if is_switch(ctx) => uint(ctx.state.cpu_slice()?),
        ThreadTotexectime => uint(ctx.state.cpu_total(thread.tid)?),
        ThreadCpu | ThreadCpuUser | ThreadCpuSystem if ctx.info.code == code::PROCINFO_E => {
            let measured = ctx.state.cpu_use()?;
            let percent = match field.id {
                ThreadCpuUser => measured.user,
                ThreadCpuSystem => measured.system,
                _ => (measured.user + measured.system).min(100.0),
            };
            Some(Value::Double(percent).into())
        }
        ThreadIsmain => flag(thread.is_main()),
        ThreadVtid => int(thread.vtid),
        ThreadNametid => {
            buf.extend_from_slice(&thread.comm);
            super::render::number(buf, format_args!("{}", thread.tid));
            Some(Found::Appended)
        }
        ThreadCgroups => {
            separated(&thread.cgroups, b", ", buf);
            Some(Found::Appended)
        }
        ThreadCgroup => text(named(&thread.cgroups, field.key.as_ref()?.as_bytes())?),
        ProcNthreads => uint(ctx.state.nthreads(thread.pid)),
        ProcNchilds => uint(ctx.state.nthreads(thread.pid).saturating_sub(1)),
        ProcStdinType => text(fd::kind_name(ctx.state.fd(thread.tid, 0)?)),
        ProcStdoutType => text(fd::kind_name(ctx.state.fd(thread.tid, 1)?)),
        ProcStderrType => text(fd::kind_name(ctx.state.fd(thread.tid, 2)?)),
        ProcStdinName => text(&ctx.state.fd(thread.tid, 0)?.name),
        ProcStdoutName => text(&ctx.state.fd(thread.tid, 1)?.name),
        ProcStderrName => text(&ctx.state.fd(thread.tid, 2)?.name),
        _ => None,
    }
}

/// Each ancestor's value of the field, parents first.
pub(super) fn each_ancestor(
    field: &Field,
    ctx: &Context<'_>,
    buf: &mut Vec<u8>,
    visit: &mut dyn FnMut(&Value<'_>) -> bool,
) -> bool {
    use FieldId::*;
    let Some(thread) = ctx.thread() else { return false };
    let mut any = false;
    for ancestor in ctx.state.ancestors(thread) {
        any = true;
        let start = buf.len();
        let value = match field.id {
            ProcAname => Value::str(&ancestor.comm),
            ProcAexe => Value::str(&ancestor.exe),
            ProcAexepath => Value::str(&ancestor.exepath),
            ProcApid => Value::Int(ancestor.pid),
            ProcAcmdline => {
                command_line(&ancestor.comm, &ancestor.args, buf);
                Value::str(&buf[start..])
            }
            ProcAenv => match &field.key {
                Some(key) => Value::str(variable(&ancestor.env, key.as_bytes())),
                None => {
                    separated(&ancestor.env, b" ", buf);
                    Value::str(&buf[start..])
                }
            },
            _ => return false,
        };
        let go_on = visit(&value);
        drop(value);
        buf.truncate(start);
        if !go_on {
            break;
        }
    }
    any
}

/// The arguments of the process or of an ancestor, one by one.
pub(super) fn arguments<'a>(field: &Field, ctx: &Context<'a>) -> Option<Vec<Value<'a>>> {
    let thread = if field.id == FieldId::ProcAargs { ancestor(field, ctx)? } else { ctx.thread()? };
    Some(strings(&thread.args).map(|s| Value::Str(Cow::Borrowed(s))).collect())
}

fn is_switch(ctx: &Context<'_>) -> bool {
    matches!(ctx.info.code, code::SCHEDSWITCH_1_E | code::SCHEDSWITCH_6_E)
}

/// A time or number of which 0 means "not known".
fn known(n: u64) -> Option<u64> {
    (n != 0).then_some(n)
}

fn of_main(thread: &Thread, n: u32) -> u64 {
    if thread.is_main() {
        n.into()
    } else {
        0
    }
}

fn ancestor<'a>(field: &Field, ctx: &Context<'a>) -> Option<&'a Thread> {
    let level = usize::try_from(field.index.unwrap_or(0)).ok()?;
    ctx.state.ancestor(ctx.thread()?, level)
}

/// NUL-terminated strings; the last terminator may be missing. A single empty one counts as none: it is what is left of
/// the arguments of a program that wrote its title over them.
fn strings(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let body = list.strip_suffix(&[0]).unwrap_or(list);
    let empty = body.is_empty();
    body.split(|&b| b == 0).filter(move |_| !empty)
}

fn separated(list: &[u8], separator: &[u8], out: &mut Vec<u8>) {
    for (i, part) in strings(list).enumerate() {
        if i > 0 {
            out.extend_from_slice(separator);
        }
        out.extend_from_slice(part);
    }
}

fn joined<'a>(list: &[u8], buf: &mut Vec<u8>) -> Option<Found<'a>> {
    separated(list, b" ", buf);
    Some(Found::Appended)
}

fn command_line<'a>(first: &[u8], args: &[u8], buf: &mut Vec<u8>) -> Option<Found<'a>> {
    buf.extend_from_slice(first);
    let args = args.strip_suffix(&[0]).unwrap_or(args);
    if !args.is_empty() {
        buf.push(b' ');
        let start = buf.len();
        buf.extend_from_slice(args);
        // Separators are the terminators, in place.
        buf[start..].iter_mut().filter(|b| **b == 0).for_each(|b| *b = b' ');
    }
    Some(Found::Appended)
}

/// `NAME=value` → value.
fn named<'a>(list: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    strings(list).find_map(|entry| entry.strip_prefix(name)?.strip_prefix(b"="))
}

/// A variable that is not set reads as an empty one.
fn variable<'a>(env: &'a [u8], name: &[u8]) -> &'a [u8] {
    named(env, name).unwrap_or_default()
}

fn environment<'a>(field: &Field, process: &'a Thread, buf: &mut Vec<u8>) -> Option<Found<'a>> {
    match (&field.key, field.index) {
        (Some(name), _) => Some(Value::str(variable(&process.env, name.as_bytes())).into()),
        (None, Some(index)) => Some(Value::str(strings(&process.env).nth(usize::try_from(index).ok()?)?).into()),
        (None, None) => joined(&process.env, buf),
    }
}

fn capabilities<'a>(set: u64, buf: &mut Vec<u8>) -> Option<Found<'a>> {
    names::capabilities(set, buf);
    Some(Found::Appended)
}

enum Group {
    Session,
    Namespaced,
    Host,
}

/// The leader of the thread's session or process group. Session and `vpgid` are numbers of the pid namespace: outside the
/// first one the leader is looked for among the ancestors.
fn leader<'a>(ctx: &Context<'a>, thread: &'a Thread, group: Group) -> Option<&'a Thread> {
    let id = match group {
        Group::Session => thread.sid,
        Group::Namespaced => thread.vpgid,
        Group::Host => return ctx.state.thread(thread.pgid),
    };
    if thread.pid == thread.vpid && thread.tid == thread.vtid {
        return ctx.state.thread(id);
    }
    let own = std::iter::once(ctx.process()?);
    own.chain(ctx.state.ancestors(thread)).find(|t| t.vpid == id && t.pid != t.vpid)
}

fn login_shell(ctx: &Context<'_>) -> Option<i64> {
    let own = std::iter::once(ctx.process()?);
    own.chain(ctx.state.ancestors(ctx.thread()?)).filter(|t| t.comm.ends_with(b"sh")).last().map(|t| t.pid)
}
