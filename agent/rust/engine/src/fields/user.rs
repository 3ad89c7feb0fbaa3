//! `user.*`, `group.*` and what is known of the container from its cgroup.

use super::{Context, Extracted, Field, FieldId, Value};

const UNKNOWN: Value<'static> = Value::Str(std::borrow::Cow::Borrowed(b"<NA>"));

pub(super) fn extract<'a>(field: &Field, ctx: &Context<'a>) -> Extracted<'a> {
    value(field, ctx).unwrap_or(Value::Null).into()
}

#[inline]
pub(super) fn plain_text<'a>(id: FieldId, ctx: &Context<'a>) -> Option<&'a [u8]> {
    let thread = ctx.thread()?;
    Some(match id {
        FieldId::UserName => ctx.state.user_of(thread, thread.uid).map_or(b"<NA>", |u| u.name.as_bytes()),
        FieldId::ContainerId => ctx.state.container(thread).map_or(b"host", |c| c.id.as_bytes()),
        _ => return None,
    })
}

fn value<'a>(field: &Field, ctx: &Context<'a>) -> Option<Value<'a>> {
    use FieldId::*;
    let thread = ctx.thread()?;
    let user = |uid: u32, part: fn(&'a crate::state::User) -> &'a str| {
        // A user without an entry prints as "<NA>", which rules may compare with.
        ctx.state.user_of(thread, uid).map_or(UNKNOWN, |u| Value::str(part(u).as_bytes()))
    };
    Some(match field.id {
        UserUid => Value::Uint(thread.uid.into()),
        UserName | ContainerId => return plain_text(field.id, ctx).map(Value::str),
        UserHomedir => user(thread.uid, |u| &u.home),
        UserShell => user(thread.uid, |u| &u.shell),
        UserLoginuid => Value::Int((thread.loginuid as i32).into()),
        UserLoginname if thread.loginuid == u32::MAX => UNKNOWN,
        UserLoginname => user(thread.loginuid, |u| &u.name),
        GroupGid => Value::Uint(thread.gid.into()),
        GroupName => ctx.state.group_of(thread, thread.gid).map_or(UNKNOWN, |g| Value::str(g.as_bytes())),
        ContainerFullId => Value::str(ctx.state.container(thread).map_or("", |c| &c.full_id).as_bytes()),
        ContainerType => Value::str(ctx.state.container(thread).map_or("host", kind).as_bytes()),
        // Names and images come from the runtime; only those of the host are known without it.
        ContainerName if ctx.state.container(thread).is_none() => Value::str(b"host"),
        ContainerImage | ContainerImageId | ContainerImageRepository | ContainerImageTag | ContainerImageDigest
            if ctx.state.container(thread).is_none() =>
        {
            Value::str(b"")
        }
        _ => return None,
    })
}

fn kind(container: &crate::state::Container) -> &'static str {
    use crate::state::ContainerKind::*;
    match container.kind {
        Docker => "docker",
        Lxc => "lxc",
        LibvirtLxc => "libvirt_lxc",
        Cri => "cri",
        Containerd => "containerd",
        CriO => "cri-o",
        Bpm => "bpm",
        Podman => "podman",
    }
}
