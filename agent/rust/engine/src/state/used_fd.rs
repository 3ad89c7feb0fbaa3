//! Which parameter of an exit event is the descriptor that the event is about.

use crate::schema::{code, ef, EVENTS};

/// Index of the descriptor's parameter in exit event `etype`; `None` for events that use none.
///
/// Rarely the first descriptor of the call, so there is no rule to derive it from: sendfile's is the one written to,
/// splice's the one read from, symlinkat's the directory.
#[inline]
pub fn used_fd_param(etype: u16) -> Option<usize> {
    let at = *TABLE.get(etype as usize)?;
    (at != NONE).then_some(at as usize)
}

const NONE: u8 = u8::MAX;

static TABLE: [u8; EVENTS.len()] = build();

const fn build() -> [u8; EVENTS.len()] {
    let mut table = [NONE; EVENTS.len()];
    let mut etype = 0;
    while etype < EVENTS.len() {
        if EVENTS[etype].exit && EVENTS[etype].flags & ef::USES_FD != 0 {
            table[etype] = match etype as u16 {
                code::SYSCALL_READ_X
                | code::SYSCALL_PREAD_X
                | code::SYSCALL_WRITE_X
                | code::SYSCALL_PWRITE_X
                | code::SYSCALL_WRITEV_X
                | code::SYSCALL_PWRITEV_X
                | code::SOCKET_BIND_X
                | code::SOCKET_CONNECT_X
                | code::SOCKET_RECV_X
                | code::SOCKET_SEND_X
                | code::SOCKET_SENDTO_X
                | code::SOCKET_SENDMSG_X
                | code::SYSCALL_SENDFILE_X
                | code::SYSCALL_SYMLINKAT_X => 2,
                code::SYSCALL_SPLICE_X => 1,
                code::SOCKET_RECVFROM_X | code::SYSCALL_READV_X | code::SYSCALL_PREADV_X => 3,
                code::SOCKET_RECVMSG_X => 5,
                code::SYSCALL_MMAP_X | code::SYSCALL_MMAP2_X => 8,
                _ => 1,
            };
        }
        etype += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{ParamType, Status};

    #[test]
    fn every_current_event_that_uses_a_descriptor_has_one_there() {
        let mut seen = 0;
        for event in EVENTS.iter().filter(|e| e.exit && e.status == Status::Current && e.flags & ef::USES_FD != 0) {
            let at = used_fd_param(event.code).expect("in the table");
            let param = event.params.get(at).unwrap_or_else(|| panic!("{}: no parameter {at}", event.symbol));
            assert_eq!(param.ptype, ParamType::Fd, "{}: parameter {at} is {}", event.symbol, param.name);
            seen += 1;
        }
        assert!(seen > 40, "only {seen} events use a descriptor");
    }

    #[test]
    fn events_without_a_descriptor_have_no_index() {
        assert_eq!(used_fd_param(code::SYSCALL_EXECVE_19_X), None);
        assert_eq!(used_fd_param(code::SYSCALL_OPENAT_2_X), None);
        assert_eq!(used_fd_param(u16::MAX), None);
    }
}
