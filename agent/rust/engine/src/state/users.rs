//! Names of users and groups, from the passwd and group files themselves.
//!
//! The C library's lookups are not used: name services may block, allocate without bound or run foreign code.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};

use super::Container;

/// One line of the passwd file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub uid: u32,
    pub gid: u32,
    pub name: String,
    pub home: String,
    pub shell: String,
}

/// Files beyond this are read up to here.
const MAX_FILE: u64 = 8 << 20;
const MAX_ENTRIES: usize = 100_000;
/// Users, and groups, of one container that are kept: one must not take the room of all others.
const MAX_OF_CONTAINER: usize = 10_000;
/// Longest name, home or shell kept, in characters.
const MAX_TEXT: usize = 255;

/// Device, inode, size and modification time: a new file under the old name differs in one of them.
type Stamp = (u64, u64, u64, i64, i64);

/// Users and groups by number.
#[derive(Default)]
pub struct Users {
    users: FxHashMap<u32, User>,
    groups: FxHashMap<u32, String>,
    source: Option<Source>,
    /// Containers' own users, from events and from their files, by container id.
    containers: FxHashMap<Box<str>, Names>,
    /// Entries of all containers together.
    in_containers: usize,
}

/// Users and groups of one container.
#[derive(Default)]
pub(super) struct Names {
    pub users: FxHashMap<u32, User>,
    pub groups: FxHashMap<u32, String>,
}

impl Names {
    fn len(&self) -> usize {
        self.users.len() + self.groups.len()
    }

    /// Keep the lowest numbers of too many: those of the system.
    fn cut(&mut self) {
        let limit = |mut numbers: Vec<u32>| {
            numbers.sort_unstable();
            numbers.get(MAX_OF_CONTAINER).copied()
        };
        if let Some(limit) = limit(self.users.keys().copied().collect()) {
            self.users.retain(|uid, _| *uid < limit);
        }
        if let Some(limit) = limit(self.groups.keys().copied().collect()) {
            self.groups.retain(|gid, _| *gid < limit);
        }
    }
}

struct Source {
    passwd: PathBuf,
    group: PathBuf,
    passwd_stamp: Option<Stamp>,
    group_stamp: Option<Stamp>,
}

impl Users {
    /// Users of the host whose root directory is `host_root`; read now, and again by [`Users::refresh`].
    pub fn of_host(host_root: &Path) -> Users {
        let source = Source {
            passwd: host_root.join("etc/passwd"),
            group: host_root.join("etc/group"),
            passwd_stamp: None,
            group_stamp: None,
        };
        let mut users = Users { source: Some(source), ..Users::default() };
        users.refresh();
        users
    }

    /// Read again what has changed. A file that went away leaves the names known before: a replacement is under way.
    pub fn refresh(&mut self) {
        let Some(source) = &mut self.source else { return };
        let stamp = stamp(&source.passwd);
        if stamp.is_some() && stamp != source.passwd_stamp {
            source.passwd_stamp = stamp;
            self.users = parse_passwd(&read(&source.passwd));
        }
        let stamp = self::stamp(&source.group);
        if stamp.is_some() && stamp != source.group_stamp {
            source.group_stamp = stamp;
            self.groups = parse_group(&read(&source.group));
        }
    }

    pub fn user(&self, uid: u32) -> Option<&User> {
        self.users.get(&uid)
    }

    pub fn group(&self, gid: u32) -> Option<&str> {
        self.groups.get(&gid).map(String::as_str)
    }

    /// All users, in no order.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    /// All groups, in no order.
    pub fn groups(&self) -> impl Iterator<Item = (u32, &str)> {
        self.groups.iter().map(|(gid, name)| (*gid, name.as_str()))
    }

    /// A user of the container, when any of its users are known; else of the host.
    pub fn user_of(&self, container: Option<&Container>, uid: u32) -> Option<&User> {
        match self.names_in(container) {
            Some(names) if !names.users.is_empty() => names.users.get(&uid),
            _ => self.user(uid),
        }
    }

    pub fn group_of(&self, container: Option<&Container>, gid: u32) -> Option<&str> {
        match self.names_in(container) {
            Some(names) if !names.groups.is_empty() => names.groups.get(&gid).map(String::as_str),
            _ => self.group(gid),
        }
    }

    #[inline]
    fn names_in(&self, container: Option<&Container>) -> Option<&Names> {
        if self.in_containers == 0 {
            return None;
        }
        self.containers.get(container?.id.as_str())
    }

    pub fn insert_user(&mut self, user: User) {
        if self.users.len() < MAX_ENTRIES || self.users.contains_key(&user.uid) {
            self.users.insert(user.uid, user);
        }
    }

    pub fn remove_user(&mut self, uid: u32) {
        self.users.remove(&uid);
    }

    pub fn remove_group(&mut self, gid: u32) {
        self.groups.remove(&gid);
    }

    /// Add a user of a container, or (`None`) take it away.
    pub fn set_container_user(&mut self, container: &str, uid: u32, user: Option<User>) {
        self.change_container(container, user.is_some(), |names| match user {
            Some(user) => names.users.insert(uid, user).is_none(),
            None => names.users.remove(&uid).is_some(),
        });
    }

    /// Add a group of a container, or (`None`) take it away.
    pub fn set_container_group(&mut self, container: &str, gid: u32, name: Option<&str>) {
        self.change_container(container, name.is_some(), |names| match name {
            Some(name) => names.groups.insert(gid, cut(name)).is_none(),
            None => names.groups.remove(&gid).is_some(),
        });
    }

    /// Replace what is known of a container's users. Gives the names back when all containers together would have too many.
    pub(super) fn set_container(&mut self, container: &str, mut names: Names) -> Result<(), Names> {
        names.cut();
        let before = self.containers.get(container).map_or(0, Names::len);
        let total = self.in_containers - before + names.len();
        if total > MAX_ENTRIES {
            return Err(names);
        }
        if names.len() > 0 {
            self.in_containers = total;
            self.containers.insert(container.into(), names);
        }
        Ok(())
    }

    /// Forget the users of all other containers: those are gone.
    pub(super) fn retain_containers(&mut self, alive: &FxHashSet<&str>) {
        self.containers.retain(|container, _| alive.contains(&**container));
        self.in_containers = self.containers.values().map(Names::len).sum();
    }

    /// `change` adds or removes one entry and says whether that changed their number.
    fn change_container(&mut self, container: &str, adds: bool, change: impl FnOnce(&mut Names) -> bool) {
        if adds && (self.in_containers >= MAX_ENTRIES || container.len() > MAX_TEXT) {
            return;
        }
        let names = self.containers.entry(container.into()).or_default();
        let changed = usize::from(change(names));
        if names.users.is_empty() && names.groups.is_empty() {
            self.containers.remove(container);
        }
        self.in_containers = if adds { self.in_containers + changed } else { self.in_containers - changed };
    }

    pub fn insert_group(&mut self, gid: u32, name: &str) {
        if self.groups.len() < MAX_ENTRIES || self.groups.contains_key(&gid) {
            self.groups.insert(gid, cut(name));
        }
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let meta = path.metadata().ok()?;
    // Anything but a file could block the reader.
    meta.is_file().then(|| (meta.dev(), meta.ino(), meta.size(), meta.mtime(), meta.mtime_nsec()))
}

fn read(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Ok(file) = File::open(path) {
        // What was read before an error still counts.
        let _ = file.take(MAX_FILE).read_to_end(&mut bytes);
    }
    bytes
}

pub(super) fn cut(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

/// passwd(5): name:password:UID:GID:comment:home:shell. The first line of a UID wins, as it does for getpwuid(3).
pub(super) fn parse_passwd(bytes: &[u8]) -> FxHashMap<u32, User> {
    let mut users = FxHashMap::default();
    for line in String::from_utf8_lossy(bytes).lines().take(MAX_ENTRIES) {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, uid, gid, _, home, shell] = fields[..] else { continue };
        let (Ok(uid), Ok(gid)) = (uid.parse(), gid.parse()) else { continue };
        if name.is_empty() {
            continue;
        }
        users.entry(uid).or_insert_with(|| User { uid, gid, name: cut(name), home: cut(home), shell: cut(shell) });
    }
    users
}

/// group(5): name:password:GID:members.
pub(super) fn parse_group(bytes: &[u8]) -> FxHashMap<u32, String> {
    let mut groups = FxHashMap::default();
    for line in String::from_utf8_lossy(bytes).lines().take(MAX_ENTRIES) {
        let mut fields = line.split(':');
        let (Some(name), Some(_), Some(gid)) = (fields.next(), fields.next(), fields.next()) else { continue };
        let Ok(gid) = gid.parse() else { continue };
        if !name.is_empty() {
            groups.entry(gid).or_insert_with(|| cut(name));
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_lines_are_read_and_bad_ones_skipped() {
        let users = parse_passwd(
            b"root:x:0:0:root:/root:/bin/bash\nbad\n:x:1:1::/:/x\nx:y:-1:0::/:\ntoor:x:0:0::/:/bin/sh\nw:x:33:33::/var/www:/usr/sbin/nologin",
        );
        assert_eq!(users.len(), 2);
        assert_eq!(users[&0].name, "root");
        assert_eq!(users[&33].shell, "/usr/sbin/nologin");
        let groups = parse_group(b"root:x:0:\nadm:x:4:a,b\nbroken:x\n::5:\nz:x:99999999999:");
        assert_eq!(groups.len(), 2);
        assert_eq!(groups[&4], "adm");
    }

    #[test]
    fn containers_share_the_room_and_those_that_are_gone_give_it_back() {
        let many =
            |count: u32| Names { groups: (0..count).map(|gid| (gid, format!("g{gid}"))).collect(), ..Names::default() };
        let mut users = Users::default();
        assert!(users.set_container("greedy", many(80_000)).is_ok());
        assert_eq!(users.in_containers, MAX_OF_CONTAINER);
        let container = |id: &str| {
            let id = id.to_string();
            Container { id: id.clone(), full_id: id, kind: crate::state::ContainerKind::Docker }
        };
        assert_eq!(users.group_of(Some(&container("greedy")), 9_999), Some("g9999"));
        assert_eq!(users.group_of(Some(&container("greedy")), 10_000), None);
        for number in 1..10 {
            assert!(users.set_container(&format!("c{number}"), many(10_000)).is_ok());
        }
        assert!(users.set_container("new", many(1)).is_err(), "full");
        users.retain_containers(&FxHashSet::from_iter(["c7"]));
        assert!(users.set_container("new", many(1)).is_ok());
        assert_eq!(users.in_containers, 10_001);
        assert_eq!(users.group_of(Some(&container("c7")), 5), Some("g5"));
        assert!(!users.containers.contains_key("c1"));
    }

    #[test]
    fn a_changed_file_is_read_again_and_a_missing_one_keeps_its_names() {
        let dir = std::env::temp_dir().join(format!("engine-users-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("etc")).unwrap();
        std::fs::write(dir.join("etc/passwd"), "a:x:1000:1000::/home/a:/bin/sh\n").unwrap();
        std::fs::write(dir.join("etc/group"), "g:x:1000:\n").unwrap();
        let mut users = Users::of_host(&dir);
        assert_eq!(users.user(1000).map(|u| u.name.as_str()), Some("a"));
        assert_eq!(users.group(1000), Some("g"));
        std::fs::write(dir.join("etc/passwd"), "longer:x:1000:1000::/home/a:/bin/sh\n").unwrap();
        users.refresh();
        assert_eq!(users.user(1000).map(|u| u.name.as_str()), Some("longer"));
        std::fs::remove_file(dir.join("etc/passwd")).unwrap();
        users.refresh();
        assert!(users.user(1000).is_some());
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
