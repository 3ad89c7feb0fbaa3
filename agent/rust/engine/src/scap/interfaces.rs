//! Entries of the interface list.

use super::put::Put;
use super::take::{Fault, Take, Taken};

/// A network interface's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    pub name: Vec<u8>,
    pub v6: bool,
    /// Network order; IPv4 in the first four bytes.
    pub address: [u8; 16],
    pub netmask: [u8; 16],
    pub broadcast: [u8; 16],
    /// Bits a second; 0: not known.
    pub link_speed: u64,
}

/// Names in a file are shorter than this.
const NAME_LIMIT: usize = 1024;

/// `None`: an entry of a type that is not known, skipped by its length.
pub fn read(take: &mut Take, version: u8) -> Taken<Option<Interface>> {
    if version == 1 {
        return body(take)?.map(Some).ok_or_else(|| Fault::Invalid("the type of an interface is not known".into()));
    }
    // This length alone does not count itself.
    let len = take.u32()? as usize;
    body(&mut Take::new(take.bytes(len)?))
}

fn body(take: &mut Take) -> Taken<Option<Interface>> {
    let kind = take.u16()?;
    let (v6, has_speed) = match kind {
        1 => (false, true),
        2 => (true, true),
        3 => (false, false),
        4 => (true, false),
        _ => return Ok(None),
    };
    let name_len = usize::from(take.u16()?);
    if name_len >= NAME_LIMIT {
        return Err(Fault::Invalid(format!(
            "the interface's name has {name_len} bytes where {} are the most",
            NAME_LIMIT - 1
        )));
    }
    let len = if v6 { 16 } else { 4 };
    let (address, netmask, broadcast) = (take.address(len)?, take.address(len)?, take.address(len)?);
    let link_speed = if has_speed { take.u64()? } else { 0 };
    let name = take.bytes(name_len)?.to_vec();
    Ok(Some(Interface { name, v6, address, netmask, broadcast, link_speed }))
}

pub fn write(interface: &Interface, put: &mut Put) {
    put.entry(false, |put| {
        put.u16(if interface.v6 { 2 } else { 1 });
        let name = &interface.name[..interface.name.len().min(NAME_LIMIT - 1)];
        put.cut += u64::from(name.len() < interface.name.len());
        put.u16(name.len() as u16);
        let len = if interface.v6 { 16 } else { 4 };
        for address in [&interface.address, &interface.netmask, &interface.broadcast] {
            put.bytes(&address[..len]);
        }
        put.u64(interface.link_speed);
        put.bytes(name);
    });
}
