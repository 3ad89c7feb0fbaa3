//! What is known of one file descriptor.

use std::net::IpAddr;

use super::address;
use super::thread::{no_bytes, Bytes};

/// Kinds of descriptors; the numbers are those of the capture file's fd list (`reference/scap_format.md` §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FdKind {
    Unknown = 0,
    File = 1,
    Directory = 2,
    Ipv4Sock = 3,
    Ipv6Sock = 4,
    Ipv4Serv = 5,
    Ipv6Serv = 6,
    Fifo = 7,
    Unix = 8,
    Event = 9,
    Unsupported = 10,
    Signal = 11,
    EventPoll = 12,
    Inotify = 13,
    Timer = 14,
    Netlink = 15,
    /// A file whose open flags are known.
    FileV2 = 16,
    Bpf = 17,
    UserFault = 18,
    IoUring = 19,
    Memfd = 20,
    Pidfd = 21,
}

impl FdKind {
    /// Every kind; the index is its number.
    pub const ALL: [FdKind; 22] = [
        FdKind::Unknown,
        FdKind::File,
        FdKind::Directory,
        FdKind::Ipv4Sock,
        FdKind::Ipv6Sock,
        FdKind::Ipv4Serv,
        FdKind::Ipv6Serv,
        FdKind::Fifo,
        FdKind::Unix,
        FdKind::Event,
        FdKind::Unsupported,
        FdKind::Signal,
        FdKind::EventPoll,
        FdKind::Inotify,
        FdKind::Timer,
        FdKind::Netlink,
        FdKind::FileV2,
        FdKind::Bpf,
        FdKind::UserFault,
        FdKind::IoUring,
        FdKind::Memfd,
        FdKind::Pidfd,
    ];

    /// The kind with this number.
    pub fn from_number(number: u8) -> Option<FdKind> {
        FdKind::ALL.get(usize::from(number)).copied()
    }
}

/// Both ends of an IP socket: `sip` is the client, `dip` the server, whichever of them is ours (see [`Fd::is_server`]).
///
/// A bound or listening socket ([`FdKind::Ipv4Serv`], [`FdKind::Ipv6Serv`]) has its own address in `dip`. IPv4 addresses
/// use the first four bytes; network order; ports in host order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tuple {
    pub sip: [u8; 16],
    pub dip: [u8; 16],
    pub sport: u16,
    pub dport: u16,
}

/// Layer 4 protocol as the capture file numbers it.
pub mod l4 {
    pub const UNKNOWN: u8 = 0;
    pub const NA: u8 = 1;
    pub const TCP: u8 = 2;
    pub const UDP: u8 = 3;
    pub const ICMP: u8 = 4;
    pub const RAW: u8 = 5;
}

#[derive(Debug, Clone)]
pub struct Fd {
    pub kind: FdKind,
    /// Path, or the text of a socket ("1.2.3.4:5->6.7.8.9:10").
    pub name: Bytes,
    /// The path exactly as passed to the call; empty when the same as `name`.
    pub name_raw: Bytes,
    /// PPM_O_* bits (flag table file_flags).
    pub open_flags: u32,
    pub dev: u32,
    pub ino: u64,
    /// Sockets only.
    pub tuple: Tuple,
    pub l4proto: u8,
    /// AF_* of the socket; 0 otherwise.
    pub family: u8,
    /// Our process accepted or listens: it is the server end.
    pub is_server: bool,
    /// Our process connected or sends: it is the client end. Neither is set while the role is not known.
    pub is_client: bool,
    pub connected: bool,
    /// Unix sockets: kernel addresses of both ends.
    pub unix_source: u64,
    pub unix_dest: u64,
    /// Pidfds: the process (in the pid namespace of the one who opened it); 0 otherwise.
    pub pid: i64,
    pub upper_layer: bool,
    pub lower_layer: bool,
    pub cloexec: bool,
}

impl Fd {
    /// A descriptor of which only the kind is known.
    pub fn new(kind: FdKind) -> Fd {
        Fd::named(kind, no_bytes(), no_bytes())
    }

    /// A descriptor of which only the kind and the names are known.
    pub(super) fn named(kind: FdKind, name: Bytes, name_raw: Bytes) -> Fd {
        Fd {
            kind,
            name,
            name_raw,
            open_flags: 0,
            dev: 0,
            ino: 0,
            tuple: Tuple::default(),
            l4proto: l4::UNKNOWN,
            family: 0,
            is_server: false,
            is_client: false,
            connected: false,
            unix_source: 0,
            unix_dest: 0,
            pid: 0,
            upper_layer: false,
            lower_layer: false,
            cloexec: false,
        }
    }

    pub fn is_socket(&self) -> bool {
        self.is_ip() || matches!(self.kind, FdKind::Unix | FdKind::Netlink)
    }

    pub fn is_ip(&self) -> bool {
        self.is_ip_pair() || self.is_ip_server()
    }

    /// An IP socket that is not bound for listening.
    pub fn is_ip_pair(&self) -> bool {
        matches!(self.kind, FdKind::Ipv4Sock | FdKind::Ipv6Sock)
    }

    /// An IP socket bound to a local address.
    pub fn is_ip_server(&self) -> bool {
        matches!(self.kind, FdKind::Ipv4Serv | FdKind::Ipv6Serv)
    }

    pub fn is_v6(&self) -> bool {
        matches!(self.kind, FdKind::Ipv6Sock | FdKind::Ipv6Serv)
    }

    /// Whether it is known which end of the connection is ours.
    pub fn has_role(&self) -> bool {
        self.is_server || self.is_client
    }

    /// Address and port of the client; `None` while the role is not known, and for bound sockets.
    pub fn client(&self) -> Option<(IpAddr, u16)> {
        let known = self.is_ip_pair() && self.has_role();
        known.then(|| (address::ip(self.is_v6(), &self.tuple.sip), self.tuple.sport))
    }

    /// Address and port of the server; a bound socket is a server.
    pub fn server(&self) -> Option<(IpAddr, u16)> {
        let known = self.is_ip_server() || (self.is_ip_pair() && self.has_role());
        known.then(|| (address::ip(self.is_v6(), &self.tuple.dip), self.tuple.dport))
    }

    /// Address and port of our end.
    pub fn local(&self) -> Option<(IpAddr, u16)> {
        if self.is_server || self.is_ip_server() {
            self.server()
        } else {
            self.client()
        }
    }

    /// Address and port of the other end; `None` for bound sockets.
    pub fn remote(&self) -> Option<(IpAddr, u16)> {
        if self.is_ip_server() {
            None
        } else if self.is_server {
            self.client()
        } else {
            self.server()
        }
    }
}
