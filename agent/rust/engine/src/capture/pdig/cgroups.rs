//! The cgroups of a process as the kernel drivers tell them: for each controller the cgroup that it is accounted to.

use std::path::PathBuf;

/// In the order of the kernel drivers; behind each, the name that it has in version 1.
const CONTROLLERS: [(&str, &str); 5] =
    [("cpuset", "cpuset"), ("cpu", "cpu"), ("cpuacct", "cpuacct"), ("io", "blkio"), ("memory", "memory")];
const DEPTH: usize = 48;

/// Remembers the last answer: processes that are looked at one after the other are mostly in the same cgroups.
#[derive(Default)]
pub struct Reader {
    asked: Vec<u8>,
    answer: Vec<u8>,
}

impl Reader {
    /// Append "controller=path", NUL-terminated, for each. `text` is that of /proc/PID/cgroup.
    pub fn write(&mut self, text: &[u8], out: &mut Vec<u8>) {
        if self.asked != text {
            self.asked = text.to_vec();
            self.answer.clear();
            for (name, legacy) in CONTROLLERS {
                if let Some(path) = find(text, legacy) {
                    self.answer.extend_from_slice(name.as_bytes());
                    self.answer.push(b'=');
                    self.answer.extend_from_slice(&path);
                    self.answer.push(0);
                }
            }
        }
        out.extend_from_slice(&self.answer);
    }
}

fn find(text: &[u8], controller: &str) -> Option<Vec<u8>> {
    let lines = || {
        text.split(|byte| *byte == b'\n').filter_map(|line| {
            let mut parts = line.splitn(3, |byte| *byte == b':');
            Some((parts.next()?, parts.next()?, parts.next()?))
        })
    };
    let legacy = lines().find(|(_, names, _)| names.split(|b| *b == b',').any(|name| name == controller.as_bytes()));
    if let Some((_, _, path)) = legacy {
        return Some(path.to_vec());
    }
    lines().find(|(id, names, _)| *id == b"0" && names.is_empty()).map(|(_, _, path)| effective(path, controller))
}

/// In version 2 a process is accounted to the nearest cgroup upwards that has the controller.
fn effective(path: &[u8], controller: &str) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    let name = if controller == "blkio" { "io" } else { controller };
    let mut at = path.to_vec();
    for _ in 0..DEPTH {
        if at.len() <= 1 {
            break;
        }
        let folder = PathBuf::from("/sys/fs/cgroup").join(std::ffi::OsStr::from_bytes(&at[1..]));
        let Ok(controllers) = std::fs::read_to_string(folder.join("cgroup.controllers")) else {
            // Not to be seen from here: what the process itself is in.
            return path.to_vec();
        };
        if controllers.split_ascii_whitespace().any(|word| word == name) {
            return at;
        }
        at.truncate(at.iter().rposition(|byte| *byte == b'/').unwrap_or(0));
    }
    b"/".to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controllers_are_found_in_either_version() {
        let mut out = Vec::new();
        Reader::default().write(b"9:blkio:/b\n4:cpu,cpuacct:/a\n1:name=systemd:/s\n", &mut out);
        assert_eq!(out, b"cpu=/a\0cpuacct=/a\0io=/b\0");
        assert_eq!(find(b"0::/\n", "memory"), Some(b"/".to_vec()));
        assert_eq!(find(b"0::/not/to/be/seen\n", "memory"), Some(b"/not/to/be/seen".to_vec()));
        assert_eq!(find(b"junk\n::", "memory"), None);
    }
}
