//! Socket addresses and tuples in events, and their text.
//!
//! Encodings: `sockaddr` is family, then address and port (IPv4, IPv6) or a path; `socktuple` is family, then
//! source address and port, destination address and port (IPv4, IPv6) or two kernel addresses and a path.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::fd::Tuple;

pub const AF_UNIX: u8 = 1;
pub const AF_INET: u8 = 2;
pub const AF_INET6: u8 = 10;
pub const AF_NETLINK: u8 = 16;

/// One address of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SockAddr<'a> {
    Ip { v6: bool, addr: [u8; 16], port: u16 },
    Unix { path: &'a [u8] },
}

/// Both ends of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SockTuple<'a> {
    Ip { v6: bool, tuple: Tuple },
    Unix { source: u64, dest: u64, path: &'a [u8] },
}

pub fn parse_sockaddr(bytes: &[u8]) -> Option<SockAddr<'_>> {
    let (family, rest) = bytes.split_first()?;
    match *family {
        AF_INET => {
            let (addr, rest) = take_v4(rest)?;
            Some(SockAddr::Ip { v6: false, addr, port: take_port(rest)?.0 })
        }
        AF_INET6 => {
            let (addr, rest) = take_v6(rest)?;
            Some(SockAddr::Ip { v6: true, addr, port: take_port(rest)?.0 })
        }
        AF_UNIX => Some(SockAddr::Unix { path: until_nul(rest) }),
        _ => None,
    }
}

pub fn parse_socktuple(bytes: &[u8]) -> Option<SockTuple<'_>> {
    let (family, rest) = bytes.split_first()?;
    let take = match *family {
        AF_INET => take_v4,
        AF_INET6 => take_v6,
        AF_UNIX => {
            let source = u64::from_le_bytes(rest.get(..8)?.try_into().ok()?);
            let dest = u64::from_le_bytes(rest.get(8..16)?.try_into().ok()?);
            return Some(SockTuple::Unix { source, dest, path: until_nul(rest.get(16..)?) });
        }
        _ => return None,
    };
    let (sip, rest) = take(rest)?;
    let (sport, rest) = take_port(rest)?;
    let (dip, rest) = take(rest)?;
    let (dport, _) = take_port(rest)?;
    Some(SockTuple::Ip { v6: *family == AF_INET6, tuple: Tuple { sip, dip, sport, dport } })
}

fn take_v4(bytes: &[u8]) -> Option<([u8; 16], &[u8])> {
    let mut addr = [0u8; 16];
    addr[..4].copy_from_slice(bytes.get(..4)?);
    Some((addr, &bytes[4..]))
}

fn take_v6(bytes: &[u8]) -> Option<([u8; 16], &[u8])> {
    Some((bytes.get(..16)?.try_into().ok()?, &bytes[16..]))
}

fn take_port(bytes: &[u8]) -> Option<(u16, &[u8])> {
    Some((u16::from_le_bytes([*bytes.first()?, *bytes.get(1)?]), &bytes[2..]))
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    &bytes[..memchr::memchr(0, bytes).unwrap_or(bytes.len())]
}

/// The IPv4 address inside a v4-mapped IPv6 address (RFC 4291 §2.5.5.2).
pub fn mapped_v4(addr: &[u8; 16]) -> Option<[u8; 16]> {
    if addr[..10] != [0; 10] || addr[10..12] != [0xff, 0xff] {
        return None;
    }
    let mut v4 = [0u8; 16];
    v4[..4].copy_from_slice(&addr[12..]);
    Some(v4)
}

pub fn ip(v6: bool, addr: &[u8; 16]) -> IpAddr {
    if v6 {
        IpAddr::V6(Ipv6Addr::from(*addr))
    } else {
        IpAddr::V4(Ipv4Addr::new(addr[0], addr[1], addr[2], addr[3]))
    }
}

/// Whether the address is 127.0.0.0/8 or ::1.
pub fn is_loopback(v6: bool, addr: &[u8; 16]) -> bool {
    ip(v6, addr).is_loopback()
}

/// "1.2.3.4:5->6.7.8.9:10", appended to `out`; IPv6 addresses are not put in brackets.
pub fn tuple_text(v6: bool, tuple: &Tuple, out: &mut Vec<u8>) {
    endpoint_text(v6, &tuple.sip, tuple.sport, out);
    out.extend_from_slice(b"->");
    endpoint_text(v6, &tuple.dip, tuple.dport, out);
}

/// "1.2.3.4:5", appended to `out`.
pub fn endpoint_text(v6: bool, addr: &[u8; 16], port: u16, out: &mut Vec<u8>) {
    let mut text = TextBuffer(out);
    // Writing into a vector cannot fail.
    let _ = write!(text, "{}:{port}", ip(v6, addr));
}

/// "source->dest path" with kernel addresses in hexadecimal, appended to `out`.
pub fn unix_text(source: u64, dest: u64, path: &[u8], out: &mut Vec<u8>) {
    let mut text = TextBuffer(out);
    let _ = write!(text, "{source:x}->{dest:x} ");
    out.extend_from_slice(path);
}

struct TextBuffer<'a>(&'a mut Vec<u8>);

impl Write for TextBuffer<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4_tuple() -> Vec<u8> {
        let mut bytes = vec![AF_INET, 127, 0, 0, 1];
        bytes.extend_from_slice(&47192u16.to_le_bytes());
        bytes.extend_from_slice(&[10, 0, 0, 2]);
        bytes.extend_from_slice(&80u16.to_le_bytes());
        bytes
    }

    #[test]
    fn an_ipv4_tuple_reads_as_text() {
        let Some(SockTuple::Ip { v6, tuple }) = parse_socktuple(&v4_tuple()) else { panic!("not a tuple") };
        let mut text = Vec::new();
        tuple_text(v6, &tuple, &mut text);
        assert_eq!(text, b"127.0.0.1:47192->10.0.0.2:80");
    }

    #[test]
    fn ipv6_text_has_no_brackets() {
        let mut addr = [0u8; 16];
        addr[15] = 1;
        let mut text = Vec::new();
        endpoint_text(true, &addr, 2345, &mut text);
        assert_eq!(text, b"::1:2345");
    }

    #[test]
    fn a_unix_tuple_keeps_pointers_and_path() {
        let mut bytes = vec![AF_UNIX];
        bytes.extend_from_slice(&0xff2fu64.to_le_bytes());
        bytes.extend_from_slice(&0u64.to_le_bytes());
        bytes.extend_from_slice(b"/run/x\0junk");
        assert_eq!(parse_socktuple(&bytes), Some(SockTuple::Unix { source: 0xff2f, dest: 0, path: b"/run/x" }));
        let mut text = Vec::new();
        unix_text(0xff2f, 0, b"/run/x", &mut text);
        assert_eq!(text, b"ff2f->0 /run/x");
    }

    #[test]
    fn every_truncation_is_refused_without_panic() {
        let full = v4_tuple();
        for end in 0..full.len() {
            assert_eq!(parse_socktuple(&full[..end]), None);
            assert!(end >= 7 || parse_sockaddr(&full[..end]).is_none());
        }
        assert_eq!(parse_sockaddr(&[77, 1, 2, 3]), None);
    }

    #[test]
    fn mapped_addresses_are_found() {
        let mut addr = [0u8; 16];
        addr[10] = 0xff;
        addr[11] = 0xff;
        addr[12..].copy_from_slice(&[192, 0, 2, 1]);
        assert_eq!(mapped_v4(&addr).map(|a| ip(false, &a)), Some("192.0.2.1".parse().unwrap()));
        assert_eq!(mapped_v4(&[0; 16]), None);
    }
}
