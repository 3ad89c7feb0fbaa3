//! Sixteen threads that pass work through channels, read files, share a lock and start programs; then one that panics.

use std::process::Command;
use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

fn main() {
    let path = Arc::new(std::env::args().nth(1).expect("a file"));
    let total = Arc::new((Mutex::new(0usize), Condvar::new()));
    let (results, received) = channel();
    let workers: Vec<_> = (0..16usize)
        .map(|number| {
            let (path, total, results) = (path.clone(), total.clone(), results.clone());
            thread::spawn(move || {
                for _ in 0..50 {
                    let length = std::fs::read(&*path).expect("the file").len();
                    *total.0.lock().unwrap() += length;
                    total.1.notify_all();
                }
                let ended = Command::new("/bin/sh").args(["-c", "exit $0", &number.to_string()]).status();
                results.send((number, ended.expect("a shell").code())).unwrap();
            })
        })
        .collect();
    drop(results);
    let mut codes: Vec<_> = received.iter().collect();
    codes.sort();
    println!("{codes:?}");
    workers.into_iter().for_each(|worker| worker.join().unwrap());
    let all = total.1.wait_while(total.0.lock().unwrap(), |total| *total == 0).unwrap();
    println!("{all} bytes");
    let panicked = thread::spawn(|| panic!("on purpose")).join().is_err();
    println!("a thread panicked: {panicked}");
    std::process::exit(23);
}
