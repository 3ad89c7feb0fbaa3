//! Events that are not system calls: users and groups come and go, processors switch threads, processes are measured.

use crate::event::Event;
use crate::schema::code;

use super::{users, State, User};

impl State {
    pub(super) fn on_meta(&mut self, event: &Event<'_>) {
        match event.etype {
            code::USER_ADDED_E | code::USER_DELETED_E => self.on_user(event),
            code::GROUP_ADDED_E | code::GROUP_DELETED_E => self.on_group(event),
            code::SCHEDSWITCH_1_E | code::SCHEDSWITCH_6_E => {
                let known = self.threads.get(event.tid).is_some();
                self.cpu_times.switch(event.cpu, event.tid, known, event.ts);
            }
            code::PROCINFO_E if self.threads.get(event.tid).is_some() => {
                if let (Some(user), Some(system)) = (event.uint(0), event.uint(1)) {
                    self.cpu_times.measure(event.tid, event.ts, user, system);
                }
            }
            _ => {}
        }
    }

    /// uid, gid, name, home, shell, container id (empty: the host's).
    fn on_user(&mut self, event: &Event<'_>) {
        let Some(uid) = event.uint(0).map(|uid| uid as u32) else { return };
        let text = |at: usize| users::cut(&String::from_utf8_lossy(event.str(at).unwrap_or_default()));
        let user = (event.etype == code::USER_ADDED_E).then(|| User {
            uid,
            gid: event.uint(1).unwrap_or(0) as u32,
            name: text(2),
            home: text(3),
            shell: text(4),
        });
        match (&*text(5), user) {
            ("", Some(user)) => self.users.insert_user(user),
            ("", None) => self.users.remove_user(uid),
            (container, user) => self.users.set_container_user(container, uid, user),
        }
    }

    /// gid, name, container id (empty: the host's).
    fn on_group(&mut self, event: &Event<'_>) {
        let Some(gid) = event.uint(0).map(|gid| gid as u32) else { return };
        let text = |at: usize| String::from_utf8_lossy(event.str(at).unwrap_or_default());
        let name = (event.etype == code::GROUP_ADDED_E).then(|| text(1));
        match (&*text(2), name) {
            ("", Some(name)) => self.users.insert_group(gid, &name),
            ("", None) => self.users.remove_group(gid),
            (container, name) => self.users.set_container_group(container, gid, name.as_deref()),
        }
    }
}
