//! The container that this process itself runs in, where its cgroup does not tell.
//!
//! In a cgroup namespace of its own (cgroup_namespaces(7)), which containers have with cgroup version 2 as a rule, the
//! container's cgroup reads "/", as if it were the host's. Processes of other containers read "/../…" there.

use std::sync::OnceLock;

/// PROC_CGROUP_INIT_INO of include/linux/proc_ns.h: the machine's own cgroup namespace.
const OF_THE_MACHINE: &str = "cgroup:[4026531835]";
/// Files that runtimes bind into every container from a folder of its name.
const BOUND: [&str; 3] = ["/etc/hostname", "/etc/resolv.conf", "/etc/hosts"];
const OCI_ID: usize = 64;

/// Text of /proc/PID/cgroup with the name of our container before the paths that begin at its cgroup.
pub fn name_root(text: &mut Vec<u8>) {
    static OWN: OnceLock<Option<String>> = OnceLock::new();
    if let Some(own) = OWN.get_or_init(find) {
        *text = named(text, own);
    }
}

fn find() -> Option<String> {
    let namespace = std::fs::read_link("/proc/self/ns/cgroup").ok()?;
    if namespace.to_str()? == OF_THE_MACHINE {
        return None;
    }
    let metadata = std::env::var("ECS_CONTAINER_METADATA_URI_V4").unwrap_or_default();
    of_ecs(&metadata).or_else(|| of_mounts(&std::fs::read_to_string("/proc/self/mountinfo").ok()?))
}

/// The last part of the address that ECS gives each container (task metadata endpoint, version 4) is the container's id.
fn of_ecs(address: &str) -> Option<String> {
    let id = address.rsplit('/').next()?;
    super::container::is_ecs_id(id).then(|| id.to_string())
}

/// proc_pid_mountinfo(5): field 4 is the folder that is bound, field 5 where. Kubernetes binds that of the pod's sandbox.
fn of_mounts(text: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let mut fields = line.split(' ').skip(3);
        let (root, place) = (fields.next()?, fields.next()?);
        let id = BOUND.contains(&place).then(|| root.split('/').find(|part| is_oci_id(part))).flatten()?;
        Some(if root.contains("/sandboxes/") { format!("cri-containerd-{id}.scope") } else { id.to_string() })
    })
}

fn is_oci_id(text: &str) -> bool {
    text.len() == OCI_ID && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn named(text: &[u8], own: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + own.len());
    for line in text.split_inclusive(|b| *b == b'\n') {
        let path = line.iter().enumerate().filter(|(_, b)| **b == b':').nth(1).map_or(line.len(), |(at, _)| at + 1);
        let (before, path) = line.split_at(path);
        out.extend_from_slice(before);
        if path.starts_with(b"/") && !path.starts_with(b"/..") {
            out.push(b'/');
            out.extend_from_slice(own.as_bytes());
            // Of "/" only the newline is left.
            out.extend_from_slice(if path.trim_ascii_end() == b"/" { &path[1..] } else { path });
        } else {
            out.extend_from_slice(path);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e";

    #[test]
    fn mounts_tell_the_container_or_the_pods_sandbox() {
        let mounts = |root: &str, place: &str| {
            format!(
                "72 48 0:39 / / rw - overlay overlay rw\n90 72 254:0 {} {place} rw - ext4 /dev/vda rw\n",
                root.replace("ID", ID)
            )
        };
        let found = |root, place| of_mounts(&mounts(root, place));
        assert_eq!(found("/var/lib/docker/containers/ID/hostname", "/etc/hostname"), Some(ID.to_string()));
        assert_eq!(
            found("/lib/containers/storage/overlay-containers/ID/userdata/hosts", "/etc/hosts"),
            Some(ID.to_string())
        );
        assert_eq!(
            found("/var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/ID/resolv.conf", "/etc/resolv.conf"),
            Some(format!("cri-containerd-{ID}.scope"))
        );
        assert_eq!(found("/data/ID/hostname", "/data"), None);
        assert_eq!(found("/etc/hostname", "/etc/hostname"), None);
        assert_eq!(of_mounts("junk\n\n1 2 3\n"), None);
    }

    #[test]
    fn the_address_of_ecs_tells_the_container() {
        let id = "cd189a933e5849daa93386466019ab50-2495160603";
        assert_eq!(of_ecs(&format!("http://169.254.170.2/v4/{id}")), Some(id.to_string()));
        assert_eq!(of_ecs("http://169.254.170.2/v4/"), None);
        assert_eq!(of_ecs(""), None);
    }

    #[test]
    fn paths_from_the_root_of_the_namespace_are_named_and_others_left() {
        let text = b"4:memory:/\n3:cpu,cpuacct:/job/1\n1:name=systemd:/\n0::/../ID\njunk\n";
        assert_eq!(named(text, "X"), b"4:memory:/X\n3:cpu,cpuacct:/X/job/1\n1:name=systemd:/X\n0::/../ID\njunk\n");
        assert_eq!(named(b"0::/", "X"), b"0::/X");
        assert_eq!(named(b"", "X"), b"");
    }
}
