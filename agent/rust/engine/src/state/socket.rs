//! Sockets are made, bound, connected and accepted.

use std::sync::Arc;

use crate::event::Event;
use crate::schema::code;

use super::address::{self, SockAddr, SockTuple, AF_INET, AF_INET6, AF_NETLINK, AF_UNIX};
use super::fd::l4;
use super::open::o;
use super::{Effects, Fd, FdKind, State, Tuple};

const EINPROGRESS: i64 = 115;
/// Types of socket(2), in the low bits of the type parameter, and its close-on-exec bit (net.h).
const SOCK_STREAM: u64 = 1;
const SOCK_DGRAM: u64 = 2;
const SOCK_RAW: u64 = 3;
const SOCK_TYPE_MASK: u64 = 0xf;
const SOCK_CLOEXEC: u64 = 0o2_000_000;
/// Protocol numbers (RFC 1700).
const IPPROTO_ICMP: u64 = 1;
const IPPROTO_TCP: u64 = 6;
const IPPROTO_UDP: u64 = 17;
const IPPROTO_ICMPV6: u64 = 58;
/// Numbers of the flag tables `sockopt_levels` and `sockopt_options`, and the selector of a dynamic errno.
const SOL_SOCKET: u64 = 1;
const SO_ERROR: u64 = 4;
const DYN_ERRNO: u8 = 1;

fn l4proto(kind: u64, protocol: u64) -> u8 {
    match (kind & SOCK_TYPE_MASK, protocol) {
        (SOCK_RAW, _) => l4::RAW,
        (_, IPPROTO_TCP) => l4::TCP,
        (_, IPPROTO_UDP) => l4::UDP,
        (_, IPPROTO_ICMP | IPPROTO_ICMPV6) => l4::ICMP,
        (SOCK_STREAM, 0) => l4::TCP,
        (SOCK_DGRAM, 0) => l4::UDP,
        _ => l4::UNKNOWN,
    }
}

impl State {
    pub(super) fn on_socket(&mut self, event: &Event<'_>, fx: &mut Effects) {
        let Some(num) = self.new_fd_number(event, 0, fx) else { return };
        let family = event.uint(1).unwrap_or(0) as u8;
        let (kind, protocol) = (event.uint(2).unwrap_or(0), event.uint(3).unwrap_or(0));
        let (fd_kind, proto) = match family {
            AF_INET => (FdKind::Ipv4Sock, l4proto(kind, protocol)),
            AF_INET6 => (FdKind::Ipv6Sock, l4proto(kind, protocol)),
            AF_UNIX => (FdKind::Unix, l4::NA),
            AF_NETLINK => (FdKind::Netlink, l4::NA),
            _ => (FdKind::Unsupported, l4::NA),
        };
        let cloexec = kind & SOCK_CLOEXEC != 0;
        self.make_fd(fx, num, Fd { family, l4proto: proto, cloexec, ..Fd::new(fd_kind) });
    }

    pub(super) fn on_socketpair(&mut self, event: &Event<'_>, fx: &mut Effects) {
        fx.fd = Some(-1);
        if event.int(0) != Some(0) {
            return;
        }
        let family = event.uint(5).unwrap_or(u64::from(AF_UNIX)) as u8;
        let cloexec = event.uint(6).unwrap_or(0) & SOCK_CLOEXEC != 0;
        let (source, peer) = (event.uint(3).unwrap_or(0), event.uint(4).unwrap_or(0));
        for (at, unix_source, unix_dest) in [(1, source, peer), (2, peer, source)] {
            let Some(num) = event.int(at).filter(|num| *num >= 0) else { continue };
            let kind = if family == AF_UNIX { FdKind::Unix } else { FdKind::Unsupported };
            let fd = Fd { family, l4proto: l4::NA, cloexec, unix_source, unix_dest, connected: true, ..Fd::new(kind) };
            self.make_fd(fx, num, fd);
        }
    }

    pub(super) fn on_bind(&mut self, event: &Event<'_>, fx: &mut Effects) {
        if event.int(0) != Some(0) {
            return;
        }
        let Some(address) = event.param(1).and_then(address::parse_sockaddr) else { return };
        self.change_socket(event, fx, |fd, text| match address {
            SockAddr::Ip { v6, addr, port } => {
                address::endpoint_text(v6, &addr, port, text);
                // A socket bound to "::" takes IPv4 connections too; the field shows it as bound to 0.0.0.0.
                let v4 = address::mapped_v4(&addr).or((addr == [0; 16]).then_some(addr)).filter(|_| v6);
                fd.kind = if v6 && v4.is_none() { FdKind::Ipv6Serv } else { FdKind::Ipv4Serv };
                fd.tuple = Tuple { dip: v4.unwrap_or(addr), dport: port, ..Tuple::default() };
                (fd.is_server, fd.is_client) = (false, false);
            }
            SockAddr::Unix { path } => text.extend_from_slice(path),
        });
    }

    pub(super) fn on_listen(&mut self, event: &Event<'_>, fx: &mut Effects) {
        if event.int(0) != Some(0) {
            return;
        }
        self.change_socket(event, fx, |fd, text| {
            text.extend_from_slice(&fd.name);
            fd.is_server = true;
            fd.kind = match fd.kind {
                FdKind::Ipv4Sock => FdKind::Ipv4Serv,
                FdKind::Ipv6Sock => FdKind::Ipv6Serv,
                kind => kind,
            };
        });
    }

    pub(super) fn on_connect(&mut self, event: &Event<'_>, fx: &mut Effects) {
        let Some(res) = event.int(0).filter(|res| *res == 0 || *res == -EINPROGRESS) else { return };
        let tuple = event.param(1).and_then(address::parse_socktuple);
        let address = event.param(3).and_then(address::parse_sockaddr);
        self.change_socket(event, fx, |fd, text| {
            fd.connected = res == 0;
            match (tuple, address) {
                (Some(SockTuple::Ip { v6, tuple }), _) => {
                    (fd.is_client, fd.is_server) = (true, false);
                    set_pair(fd, v6, tuple, text);
                }
                (None, Some(SockAddr::Ip { v6, addr, port })) => {
                    (fd.is_client, fd.is_server) = (true, false);
                    set_pair(fd, v6, Tuple { dip: addr, dport: port, ..Tuple::default() }, text);
                }
                (Some(SockTuple::Unix { source, dest, path }), _) => set_unix(fd, source, dest, path, text),
                (None, Some(SockAddr::Unix { path })) => text.extend_from_slice(path),
                (None, None) => text.extend_from_slice(&fd.name),
            }
        });
    }

    pub(super) fn on_accept(&mut self, event: &Event<'_>, fx: &mut Effects) {
        let Some(num) = self.new_fd_number(event, 0, fx) else { return };
        let flags = if event.etype == code::SOCKET_ACCEPT4_6_X { event.uint(5).unwrap_or(0) } else { 0 };
        let mut fd = Fd::new(FdKind::Unsupported);
        (fd.is_server, fd.connected, fd.cloexec) = (true, true, flags & u64::from(o::CLOEXEC) != 0);
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        match event.param(1).and_then(address::parse_socktuple) {
            Some(SockTuple::Ip { v6, tuple }) => {
                fd.family = if v6 { AF_INET6 } else { AF_INET };
                fd.l4proto = l4::TCP;
                set_pair(&mut fd, v6, tuple, &mut text);
            }
            Some(SockTuple::Unix { source, dest, path }) => {
                (fd.family, fd.kind, fd.l4proto) = (AF_UNIX, FdKind::Unix, l4::NA);
                set_unix(&mut fd, source, dest, path, &mut text);
            }
            // The driver could not tell the family: /proc may, at the first use.
            None => fd.kind = FdKind::Unknown,
        }
        fd.name = text[..].into();
        self.scratch = text;
        self.make_fd(fx, num, fd);
    }

    pub(super) fn on_getsockopt(&mut self, event: &Event<'_>, fx: &mut Effects) {
        if event.int(0) != Some(0) || event.uint(2) != Some(SOL_SOCKET) || event.uint(3) != Some(SO_ERROR) {
            return;
        }
        // The outcome of a connect that was in progress.
        let Some([DYN_ERRNO, errno @ ..]) = event.param(4) else { return };
        let connected = errno.iter().all(|byte| *byte == 0);
        self.change_socket(event, fx, |fd, text| {
            text.extend_from_slice(&fd.name);
            fd.connected = connected;
        });
    }

    /// Change the socket the event uses; `change` writes its text. Nothing is allocated when nothing differs.
    pub(super) fn change_socket(
        &mut self,
        event: &Event<'_>,
        fx: &mut Effects,
        change: impl FnOnce(&mut Fd, &mut Vec<u8>),
    ) {
        let (Some(num), Some(before)) = (fx.fd, fx.fd_info.clone()) else { return };
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        let mut fd = (*before).clone();
        change(&mut fd, &mut text);
        let renamed = *text != *fd.name;
        if renamed {
            fd.name = text[..].into();
        }
        self.scratch = text;
        let same = !renamed
            && fd.tuple == before.tuple
            && (fd.kind, fd.is_server, fd.is_client) == (before.kind, before.is_server, before.is_client)
            && (fd.connected, fd.unix_source, fd.unix_dest) == (before.connected, before.unix_source, before.unix_dest);
        if same {
            return;
        }
        let fd = Arc::new(fd);
        fx.fd_name_changed = renamed;
        fx.fd_info = Some(fd.clone());
        self.put_fd(event.tid, num, fd);
    }
}

/// Give an IP socket both ends, `tuple` being client to server, and append its text to `text`.
pub(super) fn set_pair(fd: &mut Fd, v6: bool, mut tuple: Tuple, text: &mut Vec<u8>) {
    let mut v6 = v6;
    if v6 {
        if let (Some(sip), Some(dip)) = (address::mapped_v4(&tuple.sip), address::mapped_v4(&tuple.dip)) {
            (tuple.sip, tuple.dip, v6) = (sip, dip, false);
        }
    }
    // A socket that is not bound yet sends to this machine from this machine's loopback address.
    if tuple.sip == [0; 16] && address::is_loopback(v6, &tuple.dip) {
        tuple.sip = tuple.dip;
    }
    fd.kind = if v6 { FdKind::Ipv6Sock } else { FdKind::Ipv4Sock };
    fd.tuple = tuple;
    address::tuple_text(v6, &tuple, text);
}

pub(super) fn set_unix(fd: &mut Fd, source: u64, dest: u64, path: &[u8], text: &mut Vec<u8>) {
    (fd.unix_source, fd.unix_dest) = (source, dest);
    address::unix_text(source, dest, path, text);
}
