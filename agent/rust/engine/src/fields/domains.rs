//! `fd.cip.name` and its like: domain names that rules compare with, resolved beside the event path.
//!
//! A name is resolved, not an address: who owns an address also decides what a reverse look-up of it says.

use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{mpsc, Arc, RwLock, Weak};
use std::time::Duration;

use rustc_hash::FxHashMap;

/// Names move to other addresses; this is how soon that is noticed.
const REFRESH: Duration = Duration::from_secs(60);
/// How often the resolver looks whether anybody still needs it.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long the start waits for the first answers, so that a replay finds them.
const FIRST_ANSWERS: Duration = Duration::from_secs(3);
/// Addresses kept of one name.
const MAX_ADDRESSES: usize = 256;

type Addresses = FxHashMap<IpAddr, Vec<Arc<[u8]>>>;

/// Domain names and the addresses they had when last asked for.
#[derive(Debug, Default)]
pub struct Domains {
    addresses: RwLock<Addresses>,
}

impl Domains {
    /// Resolve these names now and again from time to time, until the result is dropped. `None` when there are none.
    pub fn resolve(names: Vec<String>) -> Option<Arc<Domains>> {
        if names.is_empty() {
            return None;
        }
        let domains = Arc::new(Domains::default());
        let (done, first) = mpsc::channel();
        let watched = Arc::downgrade(&domains);
        let worker = std::thread::Builder::new().name("domain-names".into());
        // Without the thread no name has an address: conditions on names are then false, as for names that do not exist.
        if worker.spawn(move || keep_resolving(&names, &watched, &done)).is_ok() {
            // An answer that takes longer comes later.
            let _ = first.recv_timeout(FIRST_ANSWERS);
        }
        Some(domains)
    }

    /// Names with known addresses.
    pub fn known(entries: &[(&str, IpAddr)]) -> Domains {
        let domains = Domains::default();
        let mut addresses = Addresses::default();
        for (name, address) in entries {
            add(&mut addresses, name, *address);
        }
        domains.replace(addresses);
        domains
    }

    /// The names that have this address, in no order.
    pub fn names(&self, address: &IpAddr) -> Vec<Arc<[u8]>> {
        let addresses = self.addresses.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        addresses.get(address).cloned().unwrap_or_default()
    }

    fn replace(&self, addresses: Addresses) {
        *self.addresses.write().unwrap_or_else(std::sync::PoisonError::into_inner) = addresses;
    }
}

fn add(addresses: &mut Addresses, name: &str, address: IpAddr) {
    addresses.entry(address.to_canonical()).or_default().push(name.as_bytes().into());
}

fn keep_resolving(names: &[String], domains: &Weak<Domains>, done: &mpsc::Sender<()>) {
    loop {
        let mut addresses = Addresses::default();
        for name in names {
            // A name that cannot be resolved has no address.
            for address in (name.as_str(), 0).to_socket_addrs().into_iter().flatten().take(MAX_ADDRESSES) {
                add(&mut addresses, name, address.ip());
            }
            if domains.strong_count() == 0 {
                return;
            }
        }
        let Some(alive) = domains.upgrade() else { return };
        alive.replace(addresses);
        drop(alive);
        // Nobody waits for later answers.
        let _ = done.send(());
        let mut waited = Duration::ZERO;
        while waited < REFRESH {
            std::thread::sleep(PATIENCE);
            waited += PATIENCE;
            if domains.strong_count() == 0 {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_resolved_at_the_start() {
        let domains = Domains::resolve(vec!["localhost".into(), "no such name".into()]).expect("names");
        assert_eq!(domains.names(&"127.0.0.1".parse().unwrap()), [Arc::from(&b"localhost"[..])]);
        assert!(domains.names(&"127.0.0.2".parse().unwrap()).is_empty());
        assert!(Domains::resolve(vec![]).is_none());
    }

    #[test]
    fn an_address_may_have_several_names() {
        let ip = "192.0.2.1".parse().unwrap();
        assert_eq!(Domains::known(&[("a.example", ip), ("b.example", ip)]).names(&ip).len(), 2);
    }
}
