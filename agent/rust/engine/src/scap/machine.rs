//! The machine block: which machine the capture was made on.

use super::put::Put;
use super::take::{Take, Taken};

/// The machine that was watched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Machine {
    pub cpus: u32,
    pub memory_bytes: u64,
    pub max_pid: u64,
    /// At most 127 bytes are stored.
    pub hostname: String,
    /// When it booted (ns since the epoch); 0: not known.
    pub boot_ts: u64,
    pub flags: u64,
    pub reserved: [u64; 2],
}

pub const BODY: usize = 180;
const HOSTNAME: usize = 128;

impl Machine {
    pub(super) fn read(take: &mut Take) -> Taken<Machine> {
        let (cpus, memory_bytes, max_pid) = (take.u32()?, take.u64()?, take.u64()?);
        let hostname: [u8; HOSTNAME] = take.array()?;
        let end = memchr::memchr(0, &hostname).unwrap_or(HOSTNAME);
        let hostname = String::from_utf8_lossy(&hostname[..end]).into_owned();
        let (boot_ts, flags) = (take.u64()?, take.u64()?);
        Ok(Machine { cpus, memory_bytes, max_pid, hostname, boot_ts, flags, reserved: [take.u64()?, take.u64()?] })
    }

    pub(super) fn write(&self, put: &mut Put) {
        put.u32(self.cpus);
        put.u64(self.memory_bytes);
        put.u64(self.max_pid);
        let mut hostname = [0; HOSTNAME];
        // The last byte stays NUL.
        let len = self.hostname.len().min(HOSTNAME - 1);
        put.cut += u64::from(len < self.hostname.len());
        hostname[..len].copy_from_slice(&self.hostname.as_bytes()[..len]);
        put.bytes(&hostname);
        for number in [self.boot_ts, self.flags, self.reserved[0], self.reserved[1]] {
            put.u64(number);
        }
    }
}
