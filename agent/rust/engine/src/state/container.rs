//! Which container a cgroup path belongs to.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::thread::Bytes;

/// Runtime that made a container; the numbers are those of the container metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum ContainerKind {
    Docker = 0,
    Lxc = 1,
    LibvirtLxc = 2,
    Cri = 6,
    Containerd = 7,
    CriO = 8,
    Bpm = 9,
    Podman = 11,
}

/// A container as its cgroup path names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Container {
    /// What `container.id` shows: the first 12 characters of a hexadecimal id, any other id as it is.
    pub id: String,
    pub full_id: String,
    pub kind: ContainerKind,
}

/// Length of the id of an OCI runtime: a SHA-256 in hexadecimal.
const OCI_ID: usize = 64;
const SHORT_ID: usize = 12;
/// Names of lxc and bpm containers beyond this are cut: they come from whoever may create cgroups.
const MAX_NAME: usize = 256;

/// Results by cgroup text: all threads of a container have the same one.
#[derive(Default)]
pub struct ContainerCache {
    known: FxHashMap<Bytes, Option<Arc<Container>>>,
}

impl ContainerCache {
    const MAX: usize = 4096;

    pub fn get(&mut self, cgroups: &Bytes) -> Option<Arc<Container>> {
        if let Some(known) = self.known.get(cgroups) {
            return known.clone();
        }
        let found = from_cgroups(cgroups).map(Arc::new);
        if self.known.len() >= Self::MAX {
            self.known.clear();
        }
        self.known.insert(cgroups.clone(), found.clone());
        found
    }
}

/// The container of "subsystem=path" entries, each NUL-terminated; `None`: the host.
pub fn from_cgroups(cgroups: &[u8]) -> Option<Container> {
    cgroups.split(|b| *b == 0).find_map(|entry| {
        let at = memchr::memchr(b'=', entry)?;
        from_path(std::str::from_utf8(&entry[at + 1..]).ok()?)
    })
}

/// The container of one cgroup path.
///
/// Layouts are those of the runtimes with the cgroupfs and the systemd driver. The innermost component that matches
/// wins, so that a container inside a container is named by its own id.
fn from_path(path: &str) -> Option<Container> {
    let components: Vec<&str> = path.split('/').collect();
    (1..components.len()).rev().find_map(|at| component(components[at], &components[..at]))
}

fn component(name: &str, before: &[&str]) -> Option<Container> {
    let above = before.last().copied().unwrap_or("");
    let scope = name.strip_suffix(".scope");
    let of_scope = |prefix: &str| scope.and_then(|rest| rest.strip_prefix(prefix)).and_then(oci_id);

    if let Some(rest) = name.strip_prefix("libpod-") {
        let rest = rest.strip_prefix("payload-").unwrap_or(rest);
        if let Some(id) = oci_id(rest.strip_suffix(".scope").unwrap_or(rest)) {
            return Some(oci(id, ContainerKind::Podman));
        }
    }
    if let Some(id) = of_scope("docker-") {
        return Some(oci(id, ContainerKind::Docker));
    }
    if let Some(id) = of_scope("crio-").or_else(|| name.strip_prefix("crio-").and_then(oci_id)) {
        return Some(oci(id, ContainerKind::CriO));
    }
    if let Some(id) = of_scope("cri-containerd-").or_else(|| name.split(":cri-containerd:").nth(1).and_then(oci_id)) {
        return Some(oci(id, ContainerKind::Cri));
    }
    if let Some(id) = of_scope("nerdctl-") {
        return Some(oci(id, ContainerKind::Containerd));
    }
    if let Some(id) = oci_id(name) {
        // cgroupfs driver: the parent says whose id it is. Kubernetes puts its pods' containers under kubepods.
        let kubernetes = before.iter().any(|part| part.starts_with("kubepods"));
        let kind = match above {
            _ if kubernetes => ContainerKind::Cri,
            "docker" | "" => ContainerKind::Docker,
            "libpod_parent" => ContainerKind::Podman,
            _ if before.len() == 2 => ContainerKind::Containerd,
            _ => ContainerKind::Docker,
        };
        return Some(oci(id, kind));
    }
    if is_ecs_id(name) {
        return named(name, ContainerKind::Containerd);
    }
    if above == "lxc" || above == "lxc.payload" {
        return named(name, ContainerKind::Lxc);
    }
    if let Some(rest) = name.strip_prefix("lxc.payload.") {
        return named(rest, ContainerKind::Lxc);
    }
    if let Some(rest) = name.strip_suffix(".libvirt-lxc") {
        return named(rest, ContainerKind::LibvirtLxc);
    }
    if let (Some(rest), true) = (scope, name.contains("-lxc\\x2d")) {
        return named(rest.split_once("-lxc\\x2d")?.1, ContainerKind::LibvirtLxc);
    }
    if before.len() >= 2 && before[before.len() - 2] == "libvirt" && above == "lxc" {
        return named(name, ContainerKind::LibvirtLxc);
    }
    if let Some(rest) = scope.and_then(|rest| rest.strip_prefix("bpm-")) {
        return named(rest, ContainerKind::Bpm);
    }
    None
}

fn oci_id(text: &str) -> Option<&str> {
    (text.len() == OCI_ID && text.bytes().all(|b| b.is_ascii_hexdigit())).then_some(text)
}

/// Of Amazon ECS on Fargate: the task's id and a number (ECS task metadata endpoint, version 4). Its first characters are
/// the same for all containers of the task, so it is not shortened.
pub fn is_ecs_id(text: &str) -> bool {
    text.split_once('-').is_some_and(|(task, number)| {
        let digits = task.bytes().all(|b| b.is_ascii_hexdigit()) && number.bytes().all(|b| b.is_ascii_digit());
        digits && task.len() == 32 && (1..=10).contains(&number.len())
    })
}

fn oci(id: &str, kind: ContainerKind) -> Container {
    Container { id: id[..SHORT_ID].to_string(), full_id: id.to_string(), kind }
}

fn named(name: &str, kind: ContainerKind) -> Option<Container> {
    let name: String = name.chars().take(MAX_NAME).collect();
    (!name.is_empty()).then(|| Container { id: name.clone(), full_id: name, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e";

    fn found(path: &str) -> Option<(String, ContainerKind)> {
        let path = path.replace("ID", ID);
        from_cgroups(format!("cpu={path}\0memory={path}\0").as_bytes()).map(|c| (c.id, c.kind))
    }

    #[test]
    fn layouts_of_oci_runtimes_give_the_short_id() {
        use ContainerKind::*;
        for (path, kind) in [
            ("/docker/ID", Docker),
            ("/system.slice/docker-ID.scope", Docker),
            ("/system.slice/docker-ID.scope/nested", Docker),
            ("/machine.slice/libpod-ID.scope", Podman),
            ("/machine.slice/libpod-ID.scope/container", Podman),
            ("/libpod_parent/libpod-payload-ID", Podman),
            ("/kubepods/besteffort/pod4e9b/ID", Cri),
            ("/kubepods.slice/kubepods-pod4e9b.slice/cri-containerd-ID.scope", Cri),
            ("/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:ID", Cri),
            ("/kubepods.slice/kubepods-pod4e9b.slice/crio-ID.scope", CriO),
            ("/system.slice/nerdctl-ID.scope", Containerd),
            ("/default/ID", Containerd),
        ] {
            assert_eq!(found(path), Some((ID[..12].to_string(), kind)), "{path}");
        }
    }

    #[test]
    fn named_containers_keep_their_name() {
        use ContainerKind::*;
        for (path, name, kind) in [
            ("/lxc/web", "web", Lxc),
            ("/lxc.payload/web", "web", Lxc),
            ("/lxc.payload.web/init.scope", "web", Lxc),
            ("/machine/web.libvirt-lxc", "web", LibvirtLxc),
            ("/machine.slice/machine-lxc\\x2d12-web.scope", "12-web", LibvirtLxc),
            ("/system.slice/bpm-job.scope", "job", Bpm),
            (
                "/ecs/cd189a933e5849daa93386466019ab50/cd189a933e5849daa93386466019ab50-2495160603",
                "cd189a933e5849daa93386466019ab50-2495160603",
                Containerd,
            ),
            (
                "/../cd189a933e5849daa93386466019ab50-249516060",
                "cd189a933e5849daa93386466019ab50-249516060",
                Containerd,
            ),
        ] {
            assert_eq!(found(path), Some((name.to_string(), kind)), "{path}");
        }
    }

    #[test]
    fn host_paths_are_no_containers() {
        for path in [
            "/",
            "",
            "/init.scope",
            "/user.slice/user-1000.slice/session-3.scope",
            "/system.slice/docker.service",
            "/docker/short",
            "/ecs/cd189a933e5849daa93386466019ab50",
            "/ecs/cd189a933e5849daa93386466019ab5-2495160603",
            "/ecs/cd189a933e5849daa93386466019ab50-24951606031",
            "/ecs/cd189a933e5849daa93386466019ab50-",
            "/system.slice/docker-IDff.scope",
        ] {
            assert_eq!(found(path), None, "{path}");
        }
        assert_eq!(from_cgroups(b""), None);
        assert_eq!(from_cgroups(b"\xff=\xff/\xff\0===\0"), None);
    }

    #[test]
    fn the_cache_is_bounded() {
        let mut cache = ContainerCache::default();
        for i in 0..10_000 {
            let text: Bytes = format!("cpu=/x{i}\0").into_bytes().into();
            assert!(cache.get(&text).is_none());
        }
        assert!(cache.known.len() <= ContainerCache::MAX);
    }
}
