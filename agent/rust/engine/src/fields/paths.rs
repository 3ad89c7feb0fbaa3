//! `fs.path.*` and `evt.abspath`: the paths a call names.

use super::{Context, Extracted, Field, FieldId, Value};
use crate::schema::{code, EventInfo, ParamType};

/// Parameters of an event that hold its path, or its source and target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    One(usize),
    Two { source: usize, target: usize },
    Nothing,
}

const fn named(code: u16) -> Named {
    match code {
        code::SYSCALL_OPEN_X
        | code::SYSCALL_CREAT_X
        | code::SYSCALL_MKDIR_2_X
        | code::SYSCALL_RMDIR_2_X
        | code::SYSCALL_UNLINK_2_X
        | code::SYSCALL_CHMOD_X
        | code::SYSCALL_CHOWN_X
        | code::SYSCALL_LCHOWN_X
        | code::SYSCALL_MKNOD_X
        | code::SYSCALL_UMOUNT_1_X
        | code::SYSCALL_UMOUNT2_X
        | code::SYSCALL_QUOTACTL_X => Named::One(1),
        code::SYSCALL_OPENAT_2_X
        | code::SYSCALL_OPENAT2_X
        | code::SYSCALL_MKDIRAT_X
        | code::SYSCALL_UNLINKAT_2_X
        | code::SYSCALL_FCHMODAT_X
        | code::SYSCALL_FCHOWNAT_X
        | code::SYSCALL_MKNODAT_X => Named::One(2),
        code::SYSCALL_OPEN_BY_HANDLE_AT_X => Named::One(3),
        code::SYSCALL_RENAME_X | code::SYSCALL_LINK_2_X | code::SYSCALL_MOUNT_X => Named::Two { source: 1, target: 2 },
        code::SYSCALL_RENAMEAT_X | code::SYSCALL_RENAMEAT2_X | code::SYSCALL_LINKAT_2_X => {
            Named::Two { source: 2, target: 4 }
        }
        // A symbolic link is made at linkpath (the target of the call) and points to what it calls "target".
        code::SYSCALL_SYMLINK_X => Named::Two { source: 1, target: 2 },
        code::SYSCALL_SYMLINKAT_X => Named::Two { source: 1, target: 3 },
        _ => Named::Nothing,
    }
}

/// Does the event have this `fs.path.*` field at all?
pub(super) fn applies(id: FieldId, code: u16) -> bool {
    param(id, code).is_some()
}

fn param(id: FieldId, code: u16) -> Option<usize> {
    use FieldId::*;
    match (named(code), id) {
        (Named::One(index), FsPathName | FsPathNameraw) => Some(index),
        (Named::Two { source, .. }, FsPathSource | FsPathSourceraw) => Some(source),
        (Named::Two { target, .. }, FsPathTarget | FsPathTargetraw) => Some(target),
        _ => None,
    }
}

pub(super) fn extract<'a>(field: &Field, ctx: &Context<'a>, buf: &mut Vec<u8>) -> Extracted<'a> {
    use FieldId::*;
    let Some(index) = param(field.id, ctx.info.code) else {
        return Extracted::NULL;
    };
    let raw = matches!(field.id, FsPathNameraw | FsPathSourceraw | FsPathTargetraw);
    path(ctx, index, raw, buf)
}

/// A path parameter, absolute unless `raw`.
fn path<'a>(ctx: &Context<'a>, index: usize, raw: bool, buf: &mut Vec<u8>) -> Extracted<'a> {
    let Some(text) = ctx.event.str(index) else {
        return Extracted::NULL;
    };
    // What mount(2) mounts and what a symbolic link says need not be paths of this process.
    let verbatim = ctx.info.params.get(index).is_none_or(|p| p.ptype == ParamType::Charbuf);
    if raw || verbatim || text.starts_with(b"/") && !needs_normalising(text) {
        return Value::str(text).into();
    }
    let start = buf.len();
    match resolve(ctx, index, text, buf) {
        Some(()) => Extracted::Text(start..buf.len()),
        None => Extracted::NULL,
    }
}

/// Does the path hold "//", "/./" or "/../"?
fn needs_normalising(path: &[u8]) -> bool {
    path.windows(2).any(|w| w == b"//" || w == b"/.")
}

/// Append the absolute form of a path parameter. `None` when the thread is not known.
pub(super) fn resolve(ctx: &Context<'_>, index: usize, text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    const AT_FDCWD: i64 = -100;
    let param = ctx.info.params.get(index)?;
    let dirfd = match (param.ptype, param.dirfd) {
        (ParamType::Fsrelpath, Some(dirfd)) => ctx.event.int(dirfd as usize).unwrap_or(AT_FDCWD),
        _ => AT_FDCWD,
    };
    out.extend_from_slice(&ctx.state.resolve_path(ctx.thread()?, dirfd, text));
    Some(())
}

/// `evt.abspath`, and with a key `evt.abspath.src` and `.dst`: the path of a call that takes one relative to a directory.
pub(super) fn abspath<'a>(field: &Field, ctx: &Context<'a>, buf: &mut Vec<u8>) -> Extracted<'a> {
    let mut relative = relative_params(ctx.info);
    let index = match field.key.as_deref() {
        None | Some("src") => relative.next(),
        Some("dst") => relative.nth(1),
        Some(_) => None,
    };
    index.map_or(Extracted::NULL, |index| path(ctx, index, false, buf))
}

fn relative_params(info: &'static EventInfo) -> impl Iterator<Item = usize> {
    let relative = info.params.iter().enumerate().filter(|(_, p)| p.ptype == ParamType::Fsrelpath);
    relative.map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::EVENTS;

    #[test]
    fn named_parameters_are_paths() {
        for event in EVENTS.iter() {
            let indices = match named(event.code) {
                Named::Nothing => vec![],
                Named::One(index) => vec![index],
                Named::Two { source, target } => vec![source, target],
            };
            for index in indices {
                let ptype = event.params[index].ptype;
                assert!(
                    matches!(ptype, ParamType::Fspath | ParamType::Fsrelpath | ParamType::Charbuf),
                    "{} parameter {index} is {ptype:?}",
                    event.symbol
                );
            }
        }
    }
}
