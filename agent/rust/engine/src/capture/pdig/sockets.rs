//! A socket of a stopped thread: a copy of its descriptor is asked for its ends.

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use libc::{c_int, c_void, pid_t, socklen_t};

use super::boundary::{Socket, Text};
use crate::state::fd::l4;
use crate::state::procfs::{find_inet, find_unix, Dir};

/// Describe what the descriptor is; false when it is no socket, or one that nothing is known of.
pub fn describe(tid: pid_t, fd: i32, paths: &mut [Vec<u8>; 2], socket: &mut Socket) -> bool {
    let Some(ino) = socket_number(tid, fd) else { return false };
    // Before Linux 5.6, and where a container's filter forbids it, no copy is to be had.
    let Some(copy) = duplicate(tid, fd) else { return look_up(tid, ino, paths, socket) };
    let Some(family) = option::<c_int>(&copy, libc::SOL_SOCKET, libc::SO_DOMAIN) else {
        // Another thread has put something else there. Closing a file may take until its server answers, which must not be waited for.
        std::thread::spawn(move || drop(copy));
        return false;
    };
    socket.family = family as u32;
    socket.kind = option::<c_int>(&copy, libc::SOL_SOCKET, libc::SO_TYPE).unwrap_or(0) as u32;
    let own = Address::of(&copy, libc::getsockname);
    let other = Address::of(&copy, libc::getpeername);
    socket.connected = u32::from(other.is_some());
    match family {
        libc::AF_INET | libc::AF_INET6 => {
            (socket.own_ip, socket.own_port) = own.map_or(([0; 4], 0), |address| address.ip());
            (socket.other_ip, socket.other_port) = other.map_or(([0; 4], 0), |address| address.ip());
            if socket.kind == libc::SOCK_STREAM as u32 {
                // Of a listening socket, these two are how full its queue is (tcp_get_info of net/ipv4/tcp.c).
                if option::<c_int>(&copy, libc::SOL_SOCKET, libc::SO_ACCEPTCONN) == Some(1) {
                    if let Some(info) = option::<[u32; 10]>(&copy, libc::IPPROTO_TCP, libc::TCP_INFO) {
                        (socket.backlog, socket.max_backlog) = (info[6], info[7]);
                    }
                }
            }
        }
        libc::AF_UNIX => {
            for (path, address) in paths.iter_mut().zip([&own, &other]) {
                path.clear();
                path.extend_from_slice(address.as_ref().map_or(&[], |address| address.path()));
            }
            socket.own_path = Text::of(&paths[0]);
            socket.other_path = Text::of(&paths[1]);
        }
        _ => {}
    }
    true
}

/// Find the socket in the tables of its network namespace, which know less: no queue, no peer of a unix socket.
fn look_up(tid: pid_t, ino: u64, paths: &mut [Vec<u8>; 2], socket: &mut Socket) -> bool {
    let Some(process) = Dir::open(format!("/proc/{tid}").as_ref()) else { return false };
    if let Some(line) = find_inet(&process, ino) {
        socket.family = if line.v6 { libc::AF_INET6 } else { libc::AF_INET } as u32;
        socket.kind = if line.proto == l4::TCP { libc::SOCK_STREAM } else { libc::SOCK_DGRAM } as u32;
        let words = |address: &[u8; 16]| -> [u32; 4] {
            std::array::from_fn(|i| u32::from_ne_bytes(std::array::from_fn(|j| address[4 * i + j])))
        };
        (socket.own_ip, socket.own_port) = (words(&line.addr), line.port.to_be());
        (socket.other_ip, socket.other_port) = (words(&line.peer_addr), line.peer_port.to_be());
        socket.connected = u32::from(line.peer_port != 0);
        return true;
    }
    let Some(path) = find_unix(&process, ino) else { return false };
    socket.family = libc::AF_UNIX as u32;
    paths[0] = path;
    paths[1].clear();
    socket.own_path = Text::of(&paths[0]);
    socket.other_path = Text::of(&paths[1]);
    true
}

/// Its inode; `None` when the descriptor is no socket's.
fn socket_number(tid: pid_t, fd: i32) -> Option<u64> {
    let link = std::fs::read_link(format!("/proc/{tid}/fd/{fd}")).ok()?;
    link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

fn duplicate(tid: pid_t, fd: i32) -> Option<OwnedFd> {
    // SAFETY: numbers only; descriptors that the calls return are ours.
    unsafe {
        let process = owned(libc::syscall(libc::SYS_pidfd_open, tid, 0)).or_else(|| {
            // Of a thread that is not a process's first one.
            let status = std::fs::read(format!("/proc/{tid}/status")).ok()?;
            let tgid = crate::state::procfs::Status::parse(&status).tgid?;
            owned(libc::syscall(libc::SYS_pidfd_open, tgid, 0))
        })?;
        owned(libc::syscall(libc::SYS_pidfd_getfd, process.as_raw_fd(), fd, 0))
    }
}

/// # Safety
///
/// The result of a call that returns a new descriptor.
unsafe fn owned(result: libc::c_long) -> Option<OwnedFd> {
    (result >= 0).then(|| unsafe { OwnedFd::from_raw_fd(result as c_int) })
}

fn option<T: Default + Copy>(socket: &OwnedFd, level: c_int, name: c_int) -> Option<T> {
    let mut value = T::default();
    let mut length = size_of::<T>() as socklen_t;
    // SAFETY: value and length are valid for the call, and T is made of plain integers.
    let failed = unsafe {
        libc::getsockopt(socket.as_raw_fd(), level, name, (&raw mut value).cast::<c_void>(), &mut length) != 0
    };
    (!failed).then_some(value)
}

struct Address {
    bytes: [u8; size_of::<libc::sockaddr_storage>()],
    length: usize,
}

type Ask = unsafe extern "C" fn(c_int, *mut libc::sockaddr, *mut socklen_t) -> c_int;

impl Address {
    fn of(socket: &OwnedFd, ask: Ask) -> Option<Address> {
        let mut address = Address { bytes: [0; size_of::<libc::sockaddr_storage>()], length: 0 };
        let mut length = address.bytes.len() as socklen_t;
        // SAFETY: the buffer is as long as it is said to be.
        let failed = unsafe { ask(socket.as_raw_fd(), address.bytes.as_mut_ptr().cast(), &mut length) != 0 };
        address.length = (length as usize).min(address.bytes.len());
        (!failed).then_some(address)
    }

    /// Address and port, both as on the wire; an IPv4 address is the first word.
    fn ip(&self) -> ([u32; 4], u16) {
        let port = u16::from_ne_bytes([self.bytes[2], self.bytes[3]]);
        let word = |at: usize| u32::from_ne_bytes(std::array::from_fn(|i| self.bytes[at + i]));
        match i32::from(u16::from_ne_bytes([self.bytes[0], self.bytes[1]])) {
            libc::AF_INET => ([word(4), 0, 0, 0], port),
            libc::AF_INET6 => ([word(8), word(12), word(16), word(20)], port),
            _ => ([0; 4], 0),
        }
    }

    /// Of a unix socket: what stands behind the family.
    fn path(&self) -> &[u8] {
        self.bytes.get(2..self.length).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    fn described(
        describe: impl Fn(&mut [Vec<u8>; 2], &mut Socket) -> bool,
    ) -> (u32, u32, [u32; 4], [u32; 4], u16, u16, u32) {
        let mut paths = [Vec::new(), Vec::new()];
        // SAFETY: plain data; all zeros are a valid value.
        let mut socket: Socket = unsafe { std::mem::zeroed() };
        assert!(describe(&mut paths, &mut socket));
        let Socket { family, kind, own_ip, other_ip, own_port, other_port, connected, .. } = socket;
        (family, kind, own_ip, other_ip, own_port, other_port, connected)
    }

    #[test]
    fn the_tables_say_of_a_connection_what_a_copy_says() {
        // SAFETY: no arguments.
        let own = unsafe { libc::gettid() };
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else { continue };
            let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let fd = client.as_raw_fd();
            let copied = described(|paths, socket| describe(own, fd, paths, socket));
            let ino = socket_number(own, fd).unwrap();
            let found = described(|paths, socket| look_up(own, ino, paths, socket));
            assert_eq!(copied, found);
            assert_eq!(copied.5, listener.local_addr().unwrap().port().to_be());
        }
    }
}
