//! `fd.cip.name` and its like: domain names that rules compare with, resolved beside the event path.
//!
//! A name is resolved, not an address: who owns an address also decides what a reverse look-up of it says.

use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{mpsc, Arc, RwLock, Weak};
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

/// Names move to other addresses; this is how soon that is noticed.
const REFRESH: Duration = Duration::from_secs(60);
/// How often the resolver looks whether anybody still needs it.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long the start waits for the first answers, so that a replay finds them.
const FIRST_ANSWERS: Duration = Duration::from_secs(3);
/// How often answers are made known while others are still awaited.
const TELL: Duration = Duration::from_secs(1);
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
        let mut current = self.addresses.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let before = std::mem::replace(&mut *current, addresses);
        // Events wait for the lock: what was known before is freed without it.
        drop(current);
        drop(before);
    }
}

fn add(addresses: &mut Addresses, name: &str, address: IpAddr) {
    addresses.entry(address.to_canonical()).or_default().push(name.as_bytes().into());
}

/// Names with what their last answers were.
struct Answers<'a> {
    names: &'a [String],
    addresses: Vec<Vec<IpAddr>>,
}

impl Answers<'_> {
    /// Take an answer in. A name server that fails (`None`) takes away nothing: else whoever disturbs it would blind the
    /// rules. The standard library does not tell it from one that says that the name is gone, which so stays until another
    /// address comes or the agent starts anew.
    fn take(&mut self, at: usize, answer: Option<Vec<IpAddr>>) {
        if let Some(addresses) = answer {
            self.addresses[at] = addresses;
        }
    }

    fn by_address(&self) -> Addresses {
        let mut found = Addresses::default();
        for (name, addresses) in self.names.iter().zip(&self.addresses) {
            addresses.iter().for_each(|address| add(&mut found, name, *address));
        }
        found
    }
}

fn look_up(name: &str) -> Option<Vec<IpAddr>> {
    let found = (name, 0).to_socket_addrs().ok()?;
    Some(found.map(|address| address.ip()).take(MAX_ADDRESSES).collect())
}

fn keep_resolving(names: &[String], domains: &Weak<Domains>, done: &mpsc::Sender<()>) {
    let mut answers = Answers { names, addresses: vec![Vec::new(); names.len()] };
    loop {
        let mut told = Instant::now();
        for (at, name) in names.iter().enumerate() {
            answers.take(at, look_up(name));
            if domains.strong_count() == 0 {
                return;
            }
            // One name without an answer must not keep those of all others back.
            if told.elapsed() >= TELL {
                let Some(alive) = domains.upgrade() else { return };
                alive.replace(answers.by_address());
                told = Instant::now();
            }
        }
        let Some(alive) = domains.upgrade() else { return };
        alive.replace(answers.by_address());
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
    fn a_failing_name_server_takes_nothing_away() {
        let names = ["a.example".to_string(), "b.example".to_string()];
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let mut answers = Answers { names: &names, addresses: vec![Vec::new(); 2] };
        answers.take(0, Some(vec![ip("192.0.2.1"), ip("192.0.2.2")]));
        answers.take(1, None);
        assert_eq!(answers.by_address().len(), 2);
        answers.take(0, None);
        answers.take(1, Some(vec![ip("192.0.2.1")]));
        assert_eq!(answers.by_address()[&ip("192.0.2.1")].len(), 2);
        answers.take(0, Some(vec![ip("192.0.2.3")]));
        assert!(!answers.by_address().contains_key(&ip("192.0.2.2")), "the name has moved");
    }

    #[test]
    fn an_address_may_have_several_names() {
        let ip = "192.0.2.1".parse().unwrap();
        assert_eq!(Domains::known(&[("a.example", ip), ("b.example", ip)]).names(&ip).len(), 2);
    }
}
