//! What capture files cost; run with `cargo test --release --test scap_timing -- --ignored --nocapture`.

mod captures;

use std::fs::File;

use engine::scap::{Compression, Item, Reader, Writer};

/// CPU time of this thread, that of the kernel for it included: other work on the machine does not count.
fn cpu_ns() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is valid for the call.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// The best of several, in ns an event; `round` says how many events there were.
fn measure(what: &str, rounds: u32, mut round: impl FnMut() -> u64) {
    let mut best = f64::MAX;
    for _ in 0..rounds {
        let start = cpu_ns();
        let events = round();
        best = best.min((cpu_ns() - start) / events as f64);
    }
    println!("{what}: {best:.1} ns an event");
}

fn events(input: impl std::io::Read) -> u64 {
    let mut reader = Reader::new(input);
    while reader.next().unwrap().is_some() {}
    reader.counters().events
}

#[test]
#[ignore = "a measurement"]
fn reading_and_writing() {
    let Some(path) = captures::shared("sys.scap") else { return };
    let bytes = captures::gunzip(&path);
    let plain = std::env::temp_dir().join(format!("scap-timing-{}", std::process::id()));
    std::fs::write(&plain, &bytes).unwrap();
    measure("read from memory", 10, || events(&bytes[..]));
    measure("read an uncompressed file", 10, || events(File::open(&plain).unwrap()));
    measure("read a compressed file", 5, || events(File::open(&path).unwrap()));
    std::fs::remove_file(&plain).unwrap();
    for compression in [Compression::None, Compression::Gzip] {
        measure(&format!("read from memory and write, {compression:?}"), 5, || {
            let mut reader = Reader::new(&bytes[..]);
            let mut writer = Writer::new(std::io::sink(), compression).unwrap();
            while let Some(item) = reader.next().unwrap() {
                if let Item::Event { cpu, flags, bytes, .. } = item {
                    writer.write_event(cpu, flags, bytes).unwrap();
                }
            }
            let events = writer.counters().events;
            writer.finish().unwrap();
            events
        });
    }
    let Some(path) = captures::shared("curl_google.scap") else { return };
    let old = captures::gunzip(&path);
    measure("read an old file from memory, lists and conversion included", 20, || events(&old[..]));
}
