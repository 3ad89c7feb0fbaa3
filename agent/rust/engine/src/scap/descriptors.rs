//! Entries of the descriptor list.

use crate::state::address::{self, AF_INET, AF_INET6, AF_NETLINK, AF_UNIX};
use crate::state::{Fd, FdKind, Tuple};

use super::put::Put;
use super::take::{Fault, Take, Taken};
use super::users::counted;

/// Longest name.
pub const MAX_NAME: usize = 1023;
/// PPM_O_CLOEXEC.
const O_CLOEXEC: u32 = 1 << 12;
/// "Not initialised", as a byte.
const UNINITIALISED: u8 = 255;

/// Number and descriptor; `None` for an entry that says nothing of it.
pub fn read(take: &mut Take, version: u8) -> Taken<Option<(i64, Fd)>> {
    if version > 1 {
        return body(&mut counted(take)?, true);
    }
    body(take, false)
}

fn body(take: &mut Take, counted: bool) -> Taken<Option<(i64, Fd)>> {
    let (num, ino, number) = (take.i64()?, take.u64()?, take.u8()?);
    if number == FdKind::Unknown as u8 || number == UNINITIALISED {
        return Ok(None);
    }
    let Some(kind) = FdKind::from_number(number) else {
        if !counted {
            return Err(Fault::Invalid(format!("descriptor {num} is of type {number}, which is not known")));
        }
        let mut fd = Fd::new(FdKind::Unsupported);
        (fd.ino, fd.name) = (ino, format!("unknown-type:[{number}]").into_bytes().into());
        return Ok(Some((num, fd)));
    };
    let mut fd = Fd::new(kind);
    fd.ino = ino;
    match kind {
        FdKind::Ipv4Sock | FdKind::Ipv6Sock => pair(take, &mut fd)?,
        FdKind::Ipv4Serv | FdKind::Ipv6Serv => server(take, &mut fd)?,
        FdKind::Unix => {
            fd.family = AF_UNIX;
            (fd.unix_source, fd.unix_dest) = (take.u64()?, take.u64()?);
            fd.name = name(take)?.into();
        }
        FdKind::FileV2 => {
            fd.open_flags = take.u32()?;
            fd.cloexec = fd.open_flags & O_CLOEXEC != 0;
            fd.name = name(take)?.into();
            if counted && take.rest.len() >= 4 {
                fd.dev = take.u32()?;
            }
        }
        _ => {
            fd.family = if kind == FdKind::Netlink { AF_NETLINK } else { 0 };
            fd.name = name(take)?.into();
        }
    }
    Ok(Some((num, fd)))
}

fn name<'a>(take: &mut Take<'a>) -> Taken<&'a [u8]> {
    take.string(MAX_NAME, "name of a descriptor")
}

/// Both addresses, then both ports (in a tuple of an event, each port follows its address).
fn pair(take: &mut Take, fd: &mut Fd) -> Taken<()> {
    let len = address_len(fd);
    let (sip, dip) = (take.address(len)?, take.address(len)?);
    fd.tuple = Tuple { sip, dip, sport: take.u16()?, dport: take.u16()? };
    fd.l4proto = take.u8()?;
    let mut text = Vec::with_capacity(48);
    address::tuple_text(fd.is_v6(), &fd.tuple, &mut text);
    fd.name = text.into();
    Ok(())
}

fn server(take: &mut Take, fd: &mut Fd) -> Taken<()> {
    let len = address_len(fd);
    fd.tuple.dip = take.address(len)?;
    fd.tuple.dport = take.u16()?;
    fd.l4proto = take.u8()?;
    let mut text = Vec::with_capacity(24);
    address::endpoint_text(fd.is_v6(), &fd.tuple.dip, fd.tuple.dport, &mut text);
    fd.name = text.into();
    fd.is_server = true;
    Ok(())
}

/// Bytes of an address; sets the family that goes with it.
fn address_len(fd: &mut Fd) -> usize {
    let v6 = fd.is_v6();
    fd.family = if v6 { AF_INET6 } else { AF_INET };
    if v6 {
        16
    } else {
        4
    }
}

/// Whether the format has a place for the descriptor.
pub fn is_written(fd: &Fd) -> bool {
    fd.kind != FdKind::Unknown
}

pub fn write(num: i64, fd: &Fd, put: &mut Put) {
    put.entry(true, |put| {
        put.i64(num);
        put.u64(fd.ino);
        put.u8(fd.kind as u8);
        let len = if fd.is_v6() { 16 } else { 4 };
        match fd.kind {
            FdKind::Ipv4Sock | FdKind::Ipv6Sock => {
                put.bytes(&fd.tuple.sip[..len]);
                put.bytes(&fd.tuple.dip[..len]);
                put.u16(fd.tuple.sport);
                put.u16(fd.tuple.dport);
                put.u8(fd.l4proto);
            }
            FdKind::Ipv4Serv | FdKind::Ipv6Serv => {
                put.bytes(&fd.tuple.dip[..len]);
                put.u16(fd.tuple.dport);
                put.u8(fd.l4proto);
            }
            FdKind::Unix => {
                put.u64(fd.unix_source);
                put.u64(fd.unix_dest);
                put.string(&fd.name, MAX_NAME);
            }
            FdKind::FileV2 => {
                put.u32(fd.open_flags);
                put.string(&fd.name, MAX_NAME);
                put.u32(fd.dev);
            }
            _ => put.string(&fd.name, MAX_NAME),
        }
    });
}
