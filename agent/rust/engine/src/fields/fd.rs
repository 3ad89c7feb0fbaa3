//! `fd.*` and `fdlist.*`.

use std::net::IpAddr;
use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use super::{Context, Extracted, Field, FieldId, Value};
use crate::schema::{code, ef, ParamType};
use crate::state::address::{self, SockAddr, SockTuple};
use crate::state::fd::l4;
use crate::state::{Fd, FdKind};

pub(super) fn extract<'a>(field: &Field, ctx: &Context<'a>, buf: &mut Vec<u8>) -> Extracted<'a> {
    use FieldId::*;
    match field.id {
        FdlistNums | FdlistNames | FdlistCips | FdlistSips | FdlistCports | FdlistSports => list(field, ctx, buf),
        FdTypes => types(field, ctx).unwrap_or(Value::Null).into(),
        FdUid => chained(ctx, buf, |ctx, num, buf| {
            super::render::number(buf, format_args!("{}{num}", ctx.event.tid));
            Some(())
        }),
        FdContainername => chained(ctx, buf, |ctx, _, buf| in_container(ctx, name(ctx)?, buf)),
        FdContainerdirectory => chained(ctx, buf, |ctx, _, buf| in_container(ctx, directory(ctx)?, buf)),
        FdCproto | FdSproto | FdLproto | FdRproto => {
            let start = buf.len();
            let service = |fd: &Fd| service(port(field.id, fd)?, fd.l4proto, buf);
            match ctx.fd().and_then(service) {
                Some(()) => Extracted::Text(start..buf.len()),
                None => Extracted::NULL,
            }
        }
        _ => value(field, ctx).unwrap_or(Value::Null).into(),
    }
}

fn value<'a>(field: &Field, ctx: &Context<'a>) -> Option<Value<'a>> {
    use FieldId::*;
    if !ctx.about_fd() {
        return None;
    }
    // Some fields say something of a descriptor of which nothing is known.
    match field.id {
        FdNum => return plain_number(field.id, ctx),
        FdName | FdNameraw | FdDirectory | FdFilename | FdType | FdTypechar => {
            return plain_text(field.id, ctx).map(Value::str)
        }
        FdNameChanged => return Some(Value::Bool(ctx.effects.fd_name_changed)),
        _ => {}
    }
    let fd = ctx.fd()?;
    Some(match field.id {
        FdL4proto => Value::str(protocol(fd).unwrap_or("<NA>").as_bytes()),
        FdSockfamily => Value::str(match fd.kind {
            _ if fd.is_ip() => b"ip",
            FdKind::Unix => b"unix",
            _ => return None,
        }),
        FdIsServer => Value::Bool(fd.is_server || fd.is_ip_server()),
        FdConnected => Value::Bool(fd.connected),
        FdCip | FdSip | FdLip | FdRip | FdCnet | FdSnet | FdLnet | FdRnet => Value::Ip(ip(field.id, fd)?),
        FdCipName | FdSipName | FdLipName | FdRipName => {
            let domains = ctx.env.domains.as_ref()?;
            Value::Str(domains.names(&ip(field.id, fd)?).first()?.to_vec().into())
        }
        FdCport | FdSport | FdLport | FdRport => Value::Uint(port(field.id, fd)?.into()),
        FdDev => Value::Uint(fd.dev.into()),
        // new_encode_dev of include/linux/kdev_t.h
        FdDevMajor => Value::Uint((fd.dev >> 8 & 0xfff).into()),
        FdDevMinor => Value::Uint((fd.dev & 0xff | fd.dev >> 12 & 0xfff00).into()),
        FdIno => Value::Uint(fd.ino),
        FdIsUpperLayer => Value::Bool(fd.upper_layer),
        FdIsLowerLayer => Value::Bool(fd.lower_layer),
        _ => return None,
    })
}

/// Names and kinds, some of which are known of a descriptor of which nothing else is.
#[inline]
pub(super) fn plain_text<'a>(id: FieldId, ctx: &Context<'a>) -> Option<&'a [u8]> {
    use FieldId::*;
    match id {
        FdName => return name(ctx),
        FdDirectory => return directory(ctx),
        _ => {}
    }
    let fd = match ctx.fd() {
        Some(fd) => fd,
        None if id == FdTypechar && ctx.about_fd() => return unknown_type(ctx),
        None => return None,
    };
    match id {
        FdType => Some(kind_name(fd)),
        FdTypechar => Some(kind_char(fd.kind)),
        FdNameraw => Some(if fd.name_raw.is_empty() { &fd.name } else { &fd.name_raw }),
        FdFilename if matches!(fd.kind, FdKind::File | FdKind::FileV2) => Some(after_slash(&fd.name)),
        _ => None,
    }
}

/// The number of the descriptor.
#[inline]
pub(super) fn plain_number(id: FieldId, ctx: &Context<'_>) -> Option<Value<'static>> {
    match id {
        FieldId::FdNum if ctx.about_fd() => num(ctx).map(Value::Int),
        _ => None,
    }
}

/// Both ends' value of the field.
pub(super) fn each_end(field: &Field, ctx: &Context<'_>, visit: &mut dyn FnMut(&Value<'_>) -> bool) -> bool {
    use FieldId::*;
    let Some(fd) = ctx.fd() else { return false };
    if field.is_domain() {
        return each_name(field, ctx, fd, visit);
    }
    let values = match field.id {
        FdIp | FdNet => [FdCip, FdSip].map(|end| ip(end, fd).map(Value::Ip)),
        _ => [FdCport, FdSport].map(|end| port(end, fd).map(|p| Value::Uint(p.into()))),
    };
    let mut any = false;
    for value in values.into_iter().flatten() {
        any = true;
        if !visit(&value) {
            break;
        }
    }
    any
}

/// Each name of the address. One without a name that rules ask for has an empty one: it differs from all of them.
fn each_name(field: &Field, ctx: &Context<'_>, fd: &Fd, visit: &mut dyn FnMut(&Value<'_>) -> bool) -> bool {
    let Some(ip) = ip(field.id, fd) else { return false };
    let names = ctx.env.domains.as_ref().map(|domains| domains.names(&ip)).unwrap_or_default();
    if names.is_empty() {
        visit(&Value::str(b""));
    }
    // The visitor ends the walk; that is no answer.
    let _ = names.iter().all(|name| visit(&Value::str(name)));
    true
}

/// The number as the call gave it; -1 for a descriptor that could not be made.
fn num(ctx: &Context<'_>) -> Option<i64> {
    let num = ctx.effects.fd?;
    Some(if num < 0 && ctx.info.has(ef::CREATES_FD) { -1 } else { num })
}

/// Path or tuple; the path asked for when an open failed; empty when nothing is known.
fn name<'a>(ctx: &Context<'a>) -> Option<&'a [u8]> {
    if !ctx.about_fd() {
        return None;
    }
    if let Some(fd) = ctx.fd() {
        return Some(&fd.name);
    }
    match &ctx.effects.path {
        Some(path) => Some(path),
        None => ctx.effects.fd.map(|_| &b""[..]),
    }
}

fn directory<'a>(ctx: &Context<'a>) -> Option<&'a [u8]> {
    let name = name(ctx)?;
    match ctx.fd().map(|fd| fd.kind) {
        Some(FdKind::Directory) => Some(name),
        Some(FdKind::File | FdKind::FileV2) | None => Some(match memchr::memrchr(b'/', name) {
            Some(at) if at > 0 => &name[..at],
            _ => b"/",
        }),
        Some(_) => None,
    }
}

fn unknown_type(ctx: &Context<'_>) -> Option<&'static [u8]> {
    ctx.effects.fd?;
    Some(match ctx.info.code {
        code::SYSCALL_OPENAT_2_X | code::SYSCALL_OPENAT2_X | code::SYSCALL_OPEN_BY_HANDLE_AT_X => b"f",
        _ => b"o",
    })
}

/// The protocol of an IP socket that has an address; before that, what it will speak counts as unknown.
pub(super) fn protocol(fd: &Fd) -> Option<&'static str> {
    if !fd.is_ip() || fd.name.is_empty() {
        return None;
    }
    match fd.l4proto {
        l4::TCP => Some("tcp"),
        l4::UDP => Some("udp"),
        l4::ICMP => Some("icmp"),
        l4::RAW => Some("raw"),
        _ => None,
    }
}

pub(super) fn kind_name(fd: &Fd) -> &'static [u8] {
    match fd.kind {
        FdKind::File | FdKind::FileV2 => b"file",
        FdKind::Directory => b"directory",
        FdKind::Ipv4Sock | FdKind::Ipv4Serv => b"ipv4",
        FdKind::Ipv6Sock | FdKind::Ipv6Serv => b"ipv6",
        FdKind::Fifo => b"pipe",
        FdKind::Unix => b"unix",
        FdKind::Event => b"event",
        FdKind::Signal => b"signalfd",
        FdKind::EventPoll => b"eventpoll",
        FdKind::Inotify => b"inotify",
        FdKind::Timer => b"timerfd",
        FdKind::Netlink => b"netlink",
        FdKind::Bpf => b"bpf",
        FdKind::UserFault => b"userfaultfd",
        FdKind::IoUring => b"io_uring",
        FdKind::Memfd => b"memfd",
        FdKind::Pidfd => b"pidfd",
        FdKind::Unknown | FdKind::Unsupported => b"<NA>",
    }
}

pub(super) fn kind_char(kind: FdKind) -> &'static [u8] {
    match kind {
        FdKind::File | FdKind::FileV2 => b"f",
        FdKind::Directory => b"d",
        FdKind::Ipv4Sock | FdKind::Ipv4Serv => b"4",
        FdKind::Ipv6Sock | FdKind::Ipv6Serv => b"6",
        FdKind::Fifo => b"p",
        FdKind::Unix => b"u",
        FdKind::Event => b"e",
        FdKind::Signal => b"s",
        FdKind::EventPoll => b"l",
        FdKind::Inotify => b"i",
        FdKind::Timer => b"t",
        FdKind::Netlink => b"n",
        FdKind::Bpf => b"b",
        FdKind::UserFault => b"u",
        FdKind::IoUring => b"r",
        FdKind::Memfd => b"m",
        FdKind::Pidfd => b"P",
        FdKind::Unknown => b"o",
        FdKind::Unsupported => b"X",
    }
}

/// Address and port of the end that a field names.
fn end(id: FieldId, fd: &Fd) -> Option<(IpAddr, u16)> {
    use FieldId::*;
    match id {
        FdCip | FdCport | FdCproto | FdCnet | FdCipName => fd.client(),
        FdSip | FdSport | FdSproto | FdSnet | FdSipName => fd.server(),
        FdLip | FdLport | FdLproto | FdLnet | FdLipName => fd.local(),
        FdRip | FdRport | FdRproto | FdRnet | FdRipName => fd.remote(),
        _ => None,
    }
}

fn ip(id: FieldId, fd: &Fd) -> Option<IpAddr> {
    end(id, fd).map(|(ip, _)| ip)
}

fn port(id: FieldId, fd: &Fd) -> Option<u16> {
    end(id, fd).map(|(_, port)| port)
}

fn after_slash(path: &[u8]) -> &[u8] {
    memchr::memrchr(b'/', path).map_or(path, |at| &path[at + 1..])
}

fn types<'a>(field: &Field, ctx: &Context<'a>) -> Option<Value<'a>> {
    let thread = ctx.thread()?;
    if let Some(num) = field.index {
        return Some(Value::str(kind_name(ctx.state.fd(thread.tid, num)?)));
    }
    let mut names: Vec<&'static [u8]> = ctx.state.fds(thread.tid).map(|(_, fd)| kind_name(fd)).collect();
    names.sort_unstable();
    names.dedup();
    Some(Value::List(names.into_iter().map(Value::str).collect()))
}

fn chained<'a>(
    ctx: &Context<'a>,
    buf: &mut Vec<u8>,
    write: impl FnOnce(&Context<'a>, i64, &mut Vec<u8>) -> Option<()>,
) -> Extracted<'a> {
    let start = buf.len();
    if !ctx.about_fd() {
        return Extracted::NULL;
    }
    match num(ctx).and_then(|n| write(ctx, n, buf)) {
        Some(()) => Extracted::Text(start..buf.len()),
        None => Extracted::NULL,
    }
}

fn in_container(ctx: &Context<'_>, text: &[u8], buf: &mut Vec<u8>) -> Option<()> {
    let id = ctx.state.container(ctx.thread()?).map_or("host", |c| &c.id);
    buf.extend_from_slice(id.as_bytes());
    buf.push(b':');
    buf.extend_from_slice(text);
    Some(())
}

/// Parts of the descriptors a poll names, separated by commas.
fn list<'a>(field: &Field, ctx: &Context<'a>, buf: &mut Vec<u8>) -> Extracted<'a> {
    let Some(param) = ctx.info.params.iter().position(|p| p.ptype == ParamType::Fdlist) else {
        return Extracted::NULL;
    };
    let Some(bytes) = ctx.event.param(param) else {
        return Extracted::NULL;
    };
    let start = buf.len();
    for (num, _) in fdlist(bytes) {
        let at = buf.len();
        if at > start {
            buf.push(b',');
        }
        if list_part(field.id, num, ctx.state.fd(ctx.event.tid, num), buf).is_none() {
            buf.truncate(at);
        }
    }
    Extracted::Text(start..buf.len())
}

/// Append what the field shows of one descriptor; `None` when it has no such part.
fn list_part(id: FieldId, num: i64, fd: Option<&Fd>, buf: &mut Vec<u8>) -> Option<()> {
    use FieldId::*;
    match id {
        FdlistNums => super::render::number(buf, format_args!("{num}")),
        FdlistNames => buf.extend_from_slice(&fd?.name),
        FdlistCips => super::render::number(buf, format_args!("{}", ip(FdCip, fd?)?)),
        FdlistSips => super::render::number(buf, format_args!("{}", ip(FdSip, fd?)?)),
        FdlistCports => super::render::number(buf, format_args!("{}", port(FdCport, fd?)?)),
        FdlistSports => super::render::number(buf, format_args!("{}", port(FdSport, fd?)?)),
        _ => return None,
    }
    Some(())
}

/// The entries of a descriptor list: number and flags.
pub(super) fn fdlist(bytes: &[u8]) -> impl Iterator<Item = (i64, u16)> + '_ {
    let count = bytes.first_chunk().map_or(0, |n| u16::from_le_bytes(*n) as usize);
    bytes.get(2..).unwrap_or_default().chunks_exact(10).take(count).filter_map(|entry| {
        let (num, flags) = entry.split_first_chunk()?;
        Some((i64::from_le_bytes(*num), u16::from_le_bytes(*flags.first_chunk()?)))
    })
}

/// Name of the service on a port, from /etc/services; the number when it has none.
fn service(port: u16, proto: u8, out: &mut Vec<u8>) -> Option<()> {
    if port == 0 {
        return None;
    }
    static SERVICES: OnceLock<FxHashMap<(u16, u8), Box<str>>> = OnceLock::new();
    let services =
        SERVICES.get_or_init(|| parse_services(&std::fs::read_to_string("/etc/services").unwrap_or_default()));
    match services.get(&(port, proto)) {
        Some(name) => out.extend_from_slice(name.as_bytes()),
        None => super::render::number(out, format_args!("{port}")),
    }
    Some(())
}

fn parse_services(text: &str) -> FxHashMap<(u16, u8), Box<str>> {
    let mut services = FxHashMap::default();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_whitespace();
        let (Some(name), Some((port, proto))) = (words.next(), words.next().and_then(|w| w.split_once('/'))) else {
            continue;
        };
        let proto = match proto {
            "tcp" => l4::TCP,
            "udp" => l4::UDP,
            _ => continue,
        };
        if let Ok(port) = port.parse() {
            services.entry((port, proto)).or_insert_with(|| name.into());
        }
    }
    services
}

/// A socket address parameter as text; `None` when it is malformed.
pub(super) fn sockaddr(bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    match address::parse_sockaddr(bytes)? {
        SockAddr::Ip { v6, addr, port } => endpoint(v6, &addr, port, out),
        SockAddr::Unix { path } => out.extend_from_slice(path),
    }
    Some(())
}

/// A connection parameter as text; `None` when it is malformed.
pub(super) fn socktuple(bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    match address::parse_socktuple(bytes)? {
        SockTuple::Ip { v6, tuple } => {
            endpoint(v6, &tuple.sip, tuple.sport, out);
            out.extend_from_slice(b"->");
            endpoint(v6, &tuple.dip, tuple.dport, out);
        }
        SockTuple::Unix { source, dest, path } => address::unix_text(source, dest, path, out),
    }
    Some(())
}

/// An IPv4 address in IPv6 clothes prints as IPv4.
fn endpoint(v6: bool, addr: &[u8; 16], port: u16, out: &mut Vec<u8>) {
    match address::mapped_v4(addr).filter(|_| v6) {
        Some(v4) => address::endpoint_text(false, &v4, port, out),
        None => address::endpoint_text(v6, addr, port, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: fn(&[u8], &mut Vec<u8>) -> Option<()>, bytes: &[u8]) -> Option<String> {
        let mut out = Vec::new();
        write(bytes, &mut out).map(|()| String::from_utf8(out).unwrap())
    }

    #[test]
    fn addresses_and_tuples() {
        assert_eq!(text(sockaddr, &[2, 127, 0, 0, 1, 80, 0]).unwrap(), "127.0.0.1:80");
        assert_eq!(text(sockaddr, b"\x01/run/x.sock\0").unwrap(), "/run/x.sock");
        let mut v6 = vec![10];
        v6.extend([0; 16]);
        v6.extend([80, 0]);
        assert_eq!(text(sockaddr, &v6).unwrap(), ":::80");
        assert_eq!(text(socktuple, &[2, 1, 2, 3, 4, 5, 0, 6, 7, 8, 9, 0, 1]).unwrap(), "1.2.3.4:5->6.7.8.9:256");
        let mut unix = vec![1];
        unix.extend(0u64.to_le_bytes());
        unix.extend(0xffff_8800_3c42_0800u64.to_le_bytes());
        unix.extend(b"/var/run/nscd/socket\0");
        assert_eq!(text(socktuple, &unix).unwrap(), "0->ffff88003c420800 /var/run/nscd/socket");
        for bad in [&b""[..], b"\x02", b"\x02\x01\x02", b"\x01\x01", b"\x0a123"] {
            assert_eq!(text(socktuple, bad), None, "{bad:?}");
        }
    }

    #[test]
    fn services() {
        let parsed = parse_services("# x\nhttp 80/tcp www # web\ndomain 53/udp\nbad\nbad2 x/tcp\nsctpthing 9/sctp\n");
        assert_eq!(parsed.get(&(80, l4::TCP)).map(|s| &**s), Some("http"));
        assert_eq!(parsed.get(&(53, l4::UDP)).map(|s| &**s), Some("domain"));
        assert_eq!(parsed.len(), 2);
    }

    #[test]
    fn descriptor_lists_are_bounded() {
        let mut bytes = vec![255, 255];
        bytes.extend(4i64.to_le_bytes());
        bytes.extend([4, 0, 1, 2, 3]);
        assert_eq!(fdlist(&bytes).collect::<Vec<_>>(), [(4, 4)]);
        assert_eq!(fdlist(&[]).count(), 0);
    }
}
