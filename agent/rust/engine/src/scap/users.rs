//! Entries of the user list.

use crate::state::User;

use super::item::Item;
use super::put::Put;
use super::take::{Fault, Take, Taken};

/// Strings of the list have at most this many bytes.
const MAX_TEXT: usize = 255;

pub fn read(take: &mut Take, version: u8) -> Taken<Item<'static>> {
    if version == 1 {
        return body(take);
    }
    body(&mut counted(take)?)
}

/// An entry that begins with its own length, which counts itself.
pub fn counted<'a>(take: &mut Take<'a>) -> Taken<Take<'a>> {
    let len = take.u32()? as usize;
    let rest = len.checked_sub(4).ok_or_else(|| Fault::Invalid(format!("an entry says it has {len} bytes")))?;
    Ok(Take::new(take.bytes(rest)?))
}

fn body(take: &mut Take) -> Taken<Item<'static>> {
    if take.u8()? != 0 {
        return Ok(Item::Group { gid: take.u32()?, name: text(take, "name of a group")? });
    }
    let (uid, gid) = (take.u32()?, take.u32()?);
    let name = text(take, "name of a user")?;
    let home = text(take, "home of a user")?;
    let shell = text(take, "shell of a user")?;
    Ok(Item::User(User { uid, gid, name, home, shell }))
}

fn text(take: &mut Take, what: &str) -> Taken<String> {
    Ok(String::from_utf8_lossy(take.string(MAX_TEXT, what)?).into_owned())
}

pub fn write_user(user: &User, put: &mut Put) {
    put.entry(true, |put| {
        put.u8(0);
        put.u32(user.uid);
        put.u32(user.gid);
        for text in [&user.name, &user.home, &user.shell] {
            put.text(text, MAX_TEXT);
        }
    });
}

pub fn write_group(gid: u32, name: &str, put: &mut Put) {
    put.entry(true, |put| {
        put.u8(1);
        put.u32(gid);
        put.text(name, MAX_TEXT);
    });
}
