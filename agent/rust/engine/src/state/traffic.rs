//! Messages are sent and received: the far end of unconnected sockets, and descriptors passed along.

use std::sync::Arc;

use crate::event::Event;
use crate::schema::code;

use super::address::{self, SockTuple};
use super::fd::l4;
use super::socket::{set_pair, set_unix};
use super::{Effects, Fd, FdKind, State, Tuple};

/// Control messages (socket.h): level and type of passed descriptors, and how many the kernel passes at most.
const SOL_SOCKET: i32 = 1;
const SCM_RIGHTS: i32 = 1;
const SCM_MAX_FD: usize = 253;
/// Bytes of `struct cmsghdr` on 64-bit systems; messages are aligned to 8.
const CMSG_HEADER: usize = 16;

impl State {
    pub(super) fn on_traffic(&mut self, event: &Event<'_>, fx: &mut Effects) {
        if event.int(0).is_none_or(|res| res < 0) {
            return;
        }
        let (tuple_at, received) = match event.etype {
            code::SOCKET_SEND_X | code::SOCKET_SENDTO_X | code::SOCKET_SENDMSG_X | code::SOCKET_SENDMMSG_X => {
                (4, false)
            }
            code::SOCKET_RECVFROM_X => (2, true),
            code::SOCKET_RECVMSG_X => (3, true),
            _ => (4, true),
        };
        match event.param(tuple_at).and_then(address::parse_socktuple) {
            Some(SockTuple::Ip { v6, tuple }) => self.on_ip_message(event, fx, v6, tuple, received),
            Some(SockTuple::Unix { source, dest, path }) => {
                self.change_socket(event, fx, |fd, text| match fd.kind {
                    FdKind::Unix => set_unix(fd, source, dest, path, text),
                    _ => text.extend_from_slice(&fd.name),
                });
            }
            None => {}
        }
        let control = match event.etype {
            code::SOCKET_RECVMSG_X => event.param(4),
            code::SOCKET_RECVMMSG_X => event.param(5),
            _ => None,
        };
        if let Some(control) = control.filter(|control| !control.is_empty()) {
            for num in passed_fds(control) {
                self.put_fd(event.tid, num, Arc::new(Fd::new(FdKind::Unknown)));
            }
        }
    }

    /// `tuple` goes from sender to receiver.
    fn on_ip_message(&mut self, event: &Event<'_>, fx: &mut Effects, v6: bool, tuple: Tuple, received: bool) {
        self.change_socket(event, fx, |fd, text| {
            // The ends of a stream do not change with its messages.
            let settled = fd.is_ip_pair() && fd.has_role() && matches!(fd.l4proto, l4::TCP | l4::UNKNOWN);
            if !fd.is_ip() || settled {
                text.extend_from_slice(&fd.name);
                return;
            }
            if !fd.has_role() {
                // Who speaks first is the client, unless it speaks from an address it was bound to. When we hear the other
                // end first, the lower port is the server's.
                let bound = fd.is_ip_server() && fd.tuple.dport != 0;
                fd.is_server = bound || (received && tuple.dport <= tuple.sport);
                fd.is_client = !fd.is_server;
            }
            let ours_is_source = !received;
            let client_is_source = ours_is_source == fd.is_client;
            let tuple = if client_is_source { tuple } else { reversed(tuple) };
            set_pair(fd, v6, tuple, text);
        });
    }
}

fn reversed(tuple: Tuple) -> Tuple {
    Tuple { sip: tuple.dip, dip: tuple.sip, sport: tuple.dport, dport: tuple.sport }
}

/// Descriptors in a control buffer. What does not parse ends the list.
fn passed_fds(control: &[u8]) -> impl Iterator<Item = i64> + '_ {
    Messages { rest: control }
        .filter(|(level, kind, _)| (*level, *kind) == (SOL_SOCKET, SCM_RIGHTS))
        .flat_map(|(_, _, data)| data.chunks_exact(4))
        .map(|num| i64::from(i32::from_le_bytes([num[0], num[1], num[2], num[3]])))
        .filter(|num| *num >= 0)
        .take(SCM_MAX_FD)
}

struct Messages<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Messages<'a> {
    type Item = (i32, i32, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let header = self.rest.get(..CMSG_HEADER)?;
        let len = u64::from_le_bytes(header[..8].try_into().ok()?);
        let level = i32::from_le_bytes(header[8..12].try_into().ok()?);
        let kind = i32::from_le_bytes(header[12..16].try_into().ok()?);
        let len = usize::try_from(len).ok().filter(|len| *len >= CMSG_HEADER)?;
        // The last message may be cut at the driver's limit.
        let data = &self.rest[CMSG_HEADER..len.min(self.rest.len())];
        let next = len.checked_next_multiple_of(8).unwrap_or(usize::MAX).min(self.rest.len());
        self.rest = &self.rest[next..];
        Some((level, kind, data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(level: i32, kind: i32, data: &[u8]) -> Vec<u8> {
        let mut bytes = ((CMSG_HEADER + data.len()) as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(&level.to_le_bytes());
        bytes.extend_from_slice(&kind.to_le_bytes());
        bytes.extend_from_slice(data);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes
    }

    #[test]
    fn descriptors_are_found_among_other_messages() {
        let mut control = message(1, 2, &[0; 12]);
        control.extend(message(1, 1, &[5, 0, 0, 0, 9, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]));
        control.extend(message(0, 1, &[7, 0, 0, 0]));
        assert_eq!(passed_fds(&control).collect::<Vec<_>>(), [5, 9]);
    }

    #[test]
    fn broken_buffers_end_the_list() {
        let whole = message(1, 1, &[5, 0, 0, 0, 9, 0, 0, 0]);
        for end in 0..whole.len() {
            assert!(passed_fds(&whole[..end]).count() <= 2);
        }
        assert_eq!(passed_fds(&[0; 64]).count(), 0);
        assert_eq!(passed_fds(&[0xff; 64]).count(), 0);
    }
}
