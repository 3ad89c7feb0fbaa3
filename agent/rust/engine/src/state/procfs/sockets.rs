//! Sockets by inode number, from the tables of /proc/PID/net.

use std::ffi::CStr;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::state::address::{self, AF_INET, AF_INET6, AF_NETLINK, AF_UNIX};
use crate::state::fd::l4;
use crate::state::socket::set_pair;
use crate::state::{Fd, FdKind, Tuple};

use super::dir::Dir;

/// What is read of one table; later lines are left out.
const MAX_TABLE: usize = 16 << 20;
/// Namespaces kept at a time.
const MAX_NAMESPACES: usize = 1024;
/// States of include/net/tcp_states.h.
const TCP_ESTABLISHED: u8 = 1;
const TCP_CLOSE: u8 = 7;
const TCP_LISTEN: u8 = 10;

/// Sockets of the network namespaces seen so far, each read once.
#[derive(Default)]
pub struct SocketTables {
    namespaces: FxHashMap<Vec<u8>, FxHashMap<u64, Fd>>,
}

impl SocketTables {
    /// The socket with inode number `ino` in `namespace`, which `process` is in.
    pub fn find(&mut self, process: &Dir, namespace: &[u8], ino: u64) -> Option<Fd> {
        if !self.namespaces.contains_key(namespace) {
            if self.namespaces.len() >= MAX_NAMESPACES {
                self.namespaces.clear();
            }
            self.namespaces.insert(namespace.to_vec(), read(process));
        }
        self.namespaces.get(namespace)?.get(&ino).cloned()
    }
}

fn read(process: &Dir) -> FxHashMap<u64, Fd> {
    let mut sockets = FxHashMap::default();
    let mut buffer = Vec::new();
    let mut table = |name: &CStr, parse: &mut dyn FnMut(&str)| {
        if process.read_into(name, MAX_TABLE, &mut buffer) {
            let text = String::from_utf8_lossy(&buffer);
            text.lines().skip(1).for_each(parse);
        }
    };
    let mut inet = Vec::new();
    for (name, v6, proto) in [
        (c"net/tcp", false, l4::TCP),
        (c"net/tcp6", true, l4::TCP),
        (c"net/udp", false, l4::UDP),
        (c"net/udp6", true, l4::UDP),
        (c"net/icmp", false, l4::ICMP),
        (c"net/icmp6", true, l4::ICMP),
        (c"net/raw", false, l4::RAW),
        (c"net/raw6", true, l4::RAW),
    ] {
        table(name, &mut |line| inet.extend(InetLine::parse(line, v6, proto)));
    }
    // A connection to a port that somebody listens on came from outside.
    let listening: FxHashSet<u16> =
        inet.iter().filter(|line| line.proto == l4::TCP && line.state == TCP_LISTEN).map(|line| line.port).collect();
    for line in inet {
        sockets.insert(line.ino, line.fd(&listening));
    }
    table(c"net/unix", &mut |line| sockets.extend(parse_unix(line)));
    for (name, kind, family) in
        [(c"net/netlink", FdKind::Netlink, AF_NETLINK), (c"net/packet", FdKind::Unsupported, 17)]
    {
        table(name, &mut |line| {
            if let Some(ino) = line.split_ascii_whitespace().next_back().and_then(|ino| ino.parse().ok()) {
                sockets.insert(ino, Fd { family, l4proto: l4::NA, ..Fd::new(kind) });
            }
        });
    }
    sockets
}

/// Find one IP socket of the process's network namespace by its inode number. One that is neither bound nor connected is in no table.
pub fn find_inet(process: &Dir, ino: u64) -> Option<InetLine> {
    let mut buffer = Vec::new();
    for (name, v6, proto) in [
        (c"net/tcp", false, l4::TCP),
        (c"net/tcp6", true, l4::TCP),
        (c"net/udp", false, l4::UDP),
        (c"net/udp6", true, l4::UDP),
    ] {
        if process.read_into(name, MAX_TABLE, &mut buffer) {
            let text = String::from_utf8_lossy(&buffer);
            let found = text.lines().skip(1).filter_map(|line| InetLine::parse(line, v6, proto)).find(|l| l.ino == ino);
            if found.is_some() {
                return found;
            }
        }
    }
    None
}

/// Find the path that a unix socket is bound to, empty where it is not; `None` when it is not in the process's network namespace.
pub fn find_unix(process: &Dir, ino: u64) -> Option<Vec<u8>> {
    let mut buffer = Vec::new();
    if !process.read_into(c"net/unix", MAX_TABLE, &mut buffer) {
        return None;
    }
    let text = String::from_utf8_lossy(&buffer);
    let found = text.lines().skip(1).filter_map(parse_unix).find(|(number, _)| *number == ino);
    found.map(|(_, fd)| fd.name.to_vec())
}

/// One line of the tables of IP sockets: "sl local rem st tx:rx tr:when retrnsmt uid timeout inode …".
#[derive(Debug, PartialEq, Eq)]
pub struct InetLine {
    pub v6: bool,
    pub proto: u8,
    /// As on the wire; an IPv4 address is the first four bytes.
    pub addr: [u8; 16],
    pub port: u16,
    pub peer_addr: [u8; 16],
    pub peer_port: u16,
    state: u8,
    ino: u64,
}

impl InetLine {
    fn parse(line: &str, v6: bool, proto: u8) -> Option<InetLine> {
        let mut words = line.split_ascii_whitespace();
        let (addr, port) = endpoint(words.nth(1)?, v6)?;
        let (peer_addr, peer_port) = endpoint(words.next()?, v6)?;
        let state = u8::from_str_radix(words.next()?, 16).ok()?;
        let ino = words.nth(5)?.parse().ok().filter(|ino| *ino != 0)?;
        Some(InetLine { v6, proto, addr, port, peer_addr, peer_port, state, ino })
    }

    fn fd(&self, listening: &FxHashSet<u16>) -> Fd {
        let mut fd = Fd::new(FdKind::Unsupported);
        fd.family = if self.v6 { AF_INET6 } else { AF_INET };
        fd.l4proto = self.proto;
        let mut text = Vec::new();
        let listens = self.proto == l4::TCP && self.state == TCP_LISTEN;
        let unconnected = self.state == TCP_CLOSE && self.peer_port == 0;
        if listens || unconnected {
            fd.is_server = listens;
            fd.kind = if self.v6 { FdKind::Ipv6Serv } else { FdKind::Ipv4Serv };
            fd.tuple = Tuple { dip: self.addr, dport: self.port, ..Tuple::default() };
            address::endpoint_text(self.v6, &self.addr, self.port, &mut text);
            if self.v6 {
                let v4 = address::mapped_v4(&self.addr).or((self.addr == [0; 16]).then_some([0; 16]));
                if let Some(v4) = v4 {
                    (fd.kind, fd.tuple.dip) = (FdKind::Ipv4Serv, v4);
                }
            }
        } else {
            let local_first = Tuple { sip: self.addr, sport: self.port, dip: self.peer_addr, dport: self.peer_port };
            let remote_first = Tuple { sip: self.peer_addr, sport: self.peer_port, dip: self.addr, dport: self.port };
            fd.is_server = self.proto == l4::TCP && listening.contains(&self.port);
            fd.is_client = !fd.is_server;
            fd.connected = self.state == TCP_ESTABLISHED;
            let tuple = if fd.is_server { remote_first } else { local_first };
            set_pair(&mut fd, self.v6, tuple, &mut text);
        }
        fd.name = text.into();
        fd
    }
}

/// "0100007F:0050": each 32-bit word of the address as a number of this machine.
fn endpoint(text: &str, v6: bool) -> Option<([u8; 16], u16)> {
    let (words, port) = text.split_once(':')?;
    let expected = if v6 { 32 } else { 8 };
    if words.len() != expected || !words.is_ascii() {
        return None;
    }
    let mut addr = [0u8; 16];
    for (at, word) in addr.chunks_exact_mut(4).enumerate().take(expected / 8) {
        word.copy_from_slice(&u32::from_str_radix(&words[8 * at..8 * at + 8], 16).ok()?.to_ne_bytes());
    }
    Some((addr, u16::from_str_radix(port, 16).ok()?))
}

/// "Num: RefCount Protocol Flags Type St Inode [Path]".
fn parse_unix(line: &str) -> Option<(u64, Fd)> {
    let mut rest = line;
    let mut word = || {
        rest = rest.trim_start();
        let end = rest.find(' ').unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        word
    };
    let ino = (0..7).map(|_| word()).last()?.parse().ok()?;
    let path = rest.trim_start();
    // An abstract name starts with "@" here and with a NUL, which is left out, in events.
    let path = path.strip_prefix('@').unwrap_or(path);
    let fd = Fd { family: AF_UNIX, l4proto: l4::NA, name: path.as_bytes().into(), ..Fd::new(FdKind::Unix) };
    Some((ino, fd))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inet(line: &str, v6: bool, proto: u8) -> Fd {
        InetLine::parse(line, v6, proto).unwrap().fd(&FxHashSet::from_iter([80]))
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn tcp_lines_give_role_and_text() {
        let listen = "0: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 17 1 0 100";
        let fd = inet(listen, false, l4::TCP);
        assert_eq!((&*fd.name, fd.kind, fd.is_server), (&b"127.0.0.1:80"[..], FdKind::Ipv4Serv, true));
        let accepted = "1: 0100007F:0050 0200000A:C001 01 00000000:00000000 00:00000000 00000000 0 0 18 1 0 20";
        let fd = inet(accepted, false, l4::TCP);
        assert_eq!((&*fd.name, fd.is_server), (&b"10.0.0.2:49153->127.0.0.1:80"[..], true));
        let outgoing = "2: 0100007F:C002 0200000A:01BB 01 00000000:00000000 00:00000000 00000000 0 0 19 1 0 20";
        let fd = inet(outgoing, false, l4::TCP);
        assert_eq!((&*fd.name, fd.is_client), (&b"127.0.0.1:49154->10.0.0.2:443"[..], true));
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn mapped_ipv6_is_shown_as_ipv4() {
        let line = "0: 0000000000000000FFFF00000100007F:C002 0000000000000000FFFF00000100007F:0050 01 0:0 0:0 0 0 0 5";
        let fd = inet(line, true, l4::TCP);
        assert_eq!((&*fd.name, fd.kind), (&b"127.0.0.1:49154->127.0.0.1:80"[..], FdKind::Ipv4Sock));
        let any = "0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 6";
        let fd = inet(any, true, l4::TCP);
        assert_eq!((&*fd.name, fd.kind), (&b":::80"[..], FdKind::Ipv4Serv));
    }

    #[test]
    fn broken_lines_are_skipped() {
        for line in
            ["", "0:", "0: 0100007F 0:0 01", "0: zz00007F:0050 0:0 0A", "0: 0100007F:0050 00000000:0000 0A 0 0 0 0 0 x"]
        {
            assert_eq!(InetLine::parse(line, false, l4::TCP), None, "{line}");
        }
        assert!(parse_unix("0: 1 2").is_none());
    }

    #[test]
    fn unix_paths_may_hold_spaces() {
        let (ino, fd) = parse_unix("0000000000000000: 00000002 00000000 00010000 0001 01 12345 /run/a b").unwrap();
        assert_eq!((ino, &*fd.name), (12345, &b"/run/a b"[..]));
        let (ino, fd) = parse_unix("0000000000000000: 00000002 00000000 00010000 0001 01   777").unwrap();
        assert_eq!((ino, &*fd.name), (777, &b""[..]));
    }
}
