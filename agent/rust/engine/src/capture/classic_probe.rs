//! Loading the classic probe from an object and pinning it, as insmod loads the module: afterwards this process may go.
//!
//! `drivers/bpf/bcc_loader.py` leaves the same pins without an object: `maps/NAME` and `programs/NAME`.

use std::collections::HashMap;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use libbpf_rs::{MapCore, Object, ObjectBuilder};
use serde::Serialize;

use super::kernel::{possible_cpus, Refusal};
use super::loader;
use crate::error::{Error, Result};

pub const MAPS: &str = "maps";
pub const PROGRAMS: &str = "programs";
/// The object's maps have this before their names, which are taken for other things in C.
const MAP_PREFIX: &str = "map_";

#[derive(Debug, Serialize)]
pub struct Pinned {
    pub programs: usize,
    /// Left out: the kernel's verifier did not take them.
    pub refused: Vec<Refusal>,
}

/// Load every program of the object that this kernel takes, and pin programs and maps under `pins`, which is empty or not there yet.
pub fn load(object: &Path, pins: &Path) -> Result<Pinned> {
    let (mut loaded, mut refused) = loader::with_log(|log| load_all(object, log))?;
    let result = pin(&mut loaded, pins);
    if result.is_err() {
        // Half a probe is none. What cannot be removed stays for `unload`.
        let _ = std::fs::remove_dir_all(pins);
    }
    refused.sort_by(|a, b| a.program.cmp(&b.program));
    Ok(Pinned { programs: result?, refused })
}

fn load_all(path: &Path, log: &dyn Fn() -> String) -> Result<(Object, Vec<Refusal>)> {
    let mut refused: HashMap<String, Refusal> = HashMap::new();
    let cpus = possible_cpus() as u32;
    loop {
        log();
        let mut open = ObjectBuilder::default().open_file(path).map_err(|e| {
            Error::Capture(format!("{} is not an eBPF object that can be opened: {e} [{}]", path.display(), log()))
        })?;
        for mut map in open.maps_mut() {
            // One entry a CPU: how many there are is not known when the object is made.
            if map.max_entries() == 0 {
                map.set_max_entries(cpus).map_err(|e| {
                    Error::Capture(format!("map {} could not be set up: {e}", map.name().to_string_lossy()))
                })?;
            }
        }
        for mut program in open.progs_mut() {
            let wanted = !refused.contains_key(program.name().to_string_lossy().as_ref());
            program.set_autoload(wanted);
        }
        match open.load() {
            Ok(object) => return Ok((object, refused.into_values().collect())),
            Err(error) => {
                let said = log();
                match loader::refusal_in(&said) {
                    Some(refusal) if !refused.contains_key(&refusal.program) => {
                        refused.insert(refusal.program.clone(), refusal);
                    }
                    _ => return Err(loader::load_error(&error, &said)),
                }
            }
        }
    }
}

fn pin(object: &mut Object, pins: &Path) -> Result<usize> {
    let failed =
        |what: &Path, e: &dyn std::fmt::Display| Error::Capture(format!("{} could not be pinned: {e}", what.display()));
    let (maps, programs) = (pins.join(MAPS), pins.join(PROGRAMS));
    for folder in [&maps, &programs] {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|e| failed(folder, &e))?;
    }
    for mut map in object.maps_mut() {
        let name = map.name().to_string_lossy().into_owned();
        if let Some(name) = name.strip_prefix(MAP_PREFIX) {
            let path = maps.join(name);
            map.pin(&path).map_err(|e| failed(&path, &e))?;
        }
    }
    let mut count = 0;
    for mut program in object.progs_mut().filter(|p| p.autoload()) {
        let path = programs.join(program.name());
        program.pin(&path).map_err(|e| failed(&path, &e))?;
        count += 1;
    }
    Ok(count)
}
