//! Facts about the machine that a live capture is made on.

use std::ffi::CStr;
use std::net::IpAddr;

use crate::scap::{Interface, Machine};

/// The machine this process runs on.
pub fn machine() -> Machine {
    let number = |path: &str| std::fs::read_to_string(path).ok().and_then(|text| text.trim().parse().ok());
    // SAFETY: sysconf takes a number and returns one.
    let sysconf = |name| u64::try_from(unsafe { libc::sysconf(name) }).unwrap_or(0);
    let hostname = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    Machine {
        cpus: sysconf(libc::_SC_NPROCESSORS_ONLN) as u32,
        memory_bytes: sysconf(libc::_SC_PHYS_PAGES).saturating_mul(sysconf(libc::_SC_PAGESIZE)),
        max_pid: number("/proc/sys/kernel/pid_max").unwrap_or(0),
        hostname: hostname.trim_end().to_string(),
        boot_ts: u64::try_from(super::sys::epoch_offset_ns(libc::CLOCK_BOOTTIME)).unwrap_or(0),
        ..Machine::default()
    }
}

/// The addresses of this machine's network interfaces; none when the kernel does not tell.
pub fn interfaces() -> Vec<Interface> {
    let mut list = std::ptr::null_mut();
    // SAFETY: getifaddrs fills in the pointer, or says that it did not.
    if unsafe { libc::getifaddrs(&mut list) } != 0 {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut next = list;
    // SAFETY: the list is well formed and stays until it is freed below; each address is null or of the length that its family has.
    unsafe {
        while let Some(entry) = next.as_ref() {
            next = entry.ifa_next;
            let Some(own) = address(entry.ifa_addr) else { continue };
            let bytes = |pointer| address(pointer).map_or([0; 16], octets);
            found.push(Interface {
                name: CStr::from_ptr(entry.ifa_name).to_bytes().to_vec(),
                v6: own.is_ipv6(),
                address: octets(own),
                netmask: bytes(entry.ifa_netmask),
                broadcast: if entry.ifa_flags & libc::IFF_BROADCAST as u32 != 0 {
                    bytes(entry.ifa_ifu)
                } else {
                    [0; 16]
                },
                link_speed: 0,
            });
        }
        libc::freeifaddrs(list);
    }
    found
}

/// # Safety
///
/// `pointer` is null or points to a socket address that is as long as its family says.
unsafe fn address(pointer: *const libc::sockaddr) -> Option<IpAddr> {
    let family = unsafe { pointer.as_ref() }?.sa_family;
    match i32::from(family) {
        libc::AF_INET => {
            let address = unsafe { &*pointer.cast::<libc::sockaddr_in>() };
            Some(IpAddr::from(address.sin_addr.s_addr.to_ne_bytes()))
        }
        libc::AF_INET6 => {
            let address = unsafe { &*pointer.cast::<libc::sockaddr_in6>() };
            Some(IpAddr::from(address.sin6_addr.s6_addr))
        }
        _ => None,
    }
}

fn octets(address: IpAddr) -> [u8; 16] {
    let mut bytes = [0; 16];
    match address {
        IpAddr::V4(v4) => bytes[..4].copy_from_slice(&v4.octets()),
        IpAddr::V6(v6) => bytes = v6.octets(),
    }
    bytes
}
