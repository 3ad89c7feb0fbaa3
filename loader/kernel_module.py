"""The kernel's side of the module: whether it is loaded, loading and unloading it, who uses it.

Nothing else in the loader touches the kernel for the module, so that everything else can be tried where none is loaded.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import platform
import re
import struct
import subprocess
import time
from pathlib import Path

from drivers.kmod.source import DRIVERS
from loader.acquisition import NotThisWay
from loader.names import MODULE

# include/uapi/asm-generic/unistd.h, arch/x86/entry/syscalls/syscall_64.tbl
FINIT_MODULE = {"x86_64": 313, "aarch64": 273}
DELETE_MODULE = {"x86_64": 176, "aarch64": 106}
VERSION_BYTES = 112
"""Of struct kmod_version in kmod_api.h."""
GET_VERSION = 2 << 30 | VERSION_BYTES << 16 | 0xE7 << 8
UNLOADING = (10, 0.5)
"""Attempts, and seconds between them: a reader that was just ended may still be closing its files."""

WHY_NOT_LOADED = {
    errno.EPERM: "not allowed: loading modules needs root with CAP_SYS_MODULE, and is off for good where "
    "/proc/sys/kernel/modules_disabled is 1",
    errno.EACCES: "a security policy (SELinux, LoadPin, IMA) refuses this file",
    errno.ENOSYS: "this kernel is built without modules",
    errno.ENOEXEC: "the file does not fit the kernel (dmesg says what: vermagic, format, a symbol's version)",
    errno.ENOENT: "the kernel lacks a symbol that the module needs (dmesg names it)",
    errno.EINVAL: "the kernel lacks a symbol that the module needs, or refuses a parameter (dmesg says which)",
    errno.ENOKEY: "the kernel takes signed modules only, and knows no key that signed this one: sign it with a key "
    "that is enrolled (mokutil --import)",
    errno.EKEYREJECTED: "the kernel takes signed modules only, and the signature of this one is not accepted",
    errno.ENOMEM: "the kernel has no memory for it",
}


def loaded_version() -> str | None:
    """Return the version of the module that is loaded: empty where it does not say, None where none is."""
    folder = Path("/sys/module", MODULE)
    if not folder.exists():
        return None
    try:
        return (folder / "version").read_text().strip()
    except OSError:
        return ""


def insert(path: Path) -> None:
    """Load a file into the kernel. Raises NotThisWay with the kernel's reason."""
    if Path("/sys/fs/selinux/enforce").exists():
        # A policy may ask for this type; where it does not, nothing is lost.
        subprocess.run(["chcon", "-t", "modules_object_t", str(path)], capture_output=True, check=False, timeout=30)
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise NotThisWay(f"{path} cannot be opened: {error.strerror}") from error
    try:
        failed = _call(FINIT_MODULE, file, b"", 0)
    finally:
        os.close(file)
    if failed and failed != errno.EEXIST:
        raise NotThisWay(f"{path} could not be loaded: {WHY_NOT_LOADED.get(failed, os.strerror(failed))}")


def probe_installed(host_root: Path) -> None:
    """Load the module that is installed for the running kernel. Raises NotThisWay with modprobe's words."""
    root = [] if host_root == Path("/") else ["-d", str(host_root)]
    try:
        done = subprocess.run(
            ["modprobe", *root, MODULE], capture_output=True, text=True, errors="replace", timeout=120, env=sbin()
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotThisWay(f"modprobe could not be run: {error}") from error
    if done.returncode:
        raise NotThisWay(f"modprobe {MODULE} failed: {done.stderr.strip()[-300:] or 'it does not say why'}")


def remove() -> None:
    """Unload the module, if it is loaded. Raises NotThisWay when it is in use, or may not be."""
    attempts, pause = UNLOADING
    failed = 0
    for _ in range(attempts):
        if loaded_version() is None:
            return
        failed = _call(DELETE_MODULE, MODULE.encode(), os.O_NONBLOCK)
        if failed in (0, errno.ENOENT):
            return
        if failed not in (errno.EAGAIN, errno.EBUSY, errno.EWOULDBLOCK):
            break
        time.sleep(pause)
    user = holder()
    by = f": {user} captures with it; stop that first" if user else f" ({os.strerror(failed)})"
    raise NotThisWay(f"the module {MODULE} {loaded_version()} that is loaded cannot be unloaded{by}")


def verify(version: str, host_root: Path) -> None:
    """Open the module's first device and ask for its version. Raises NotThisWay when it is not the agent's."""
    # In a container, a device that appears now does so in the host's /dev only.
    device = (host_root if (host_root / "dev").is_dir() else Path("/")) / "dev/agent0"
    try:
        file = os.open(device, os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.EBUSY and loaded_version() == version:
            return  # the agent that captures with it has asked already
        raise NotThisWay(f"{device} cannot be opened: {error.strerror}") from error
    try:
        answer = fcntl.ioctl(file, GET_VERSION, bytes(VERSION_BYTES))
    except OSError as error:
        raise NotThisWay(f"the loaded module does not say its version: {error.strerror}") from error
    finally:
        os.close(file)
    _api, _cpus, schema, text = struct.unpack_from("=IIQ32s", answer)
    said = text.rstrip(b"\0").decode("ascii", "replace")
    if (said, schema) != (version, schema_hash()):
        raise NotThisWay(
            f"the loaded module is {said} with schema {schema:016x}; {version} with {schema_hash():016x} is wanted"
        )


def schema_hash() -> int:
    """Return the hash of the events' schema that the module's sources state."""
    text = (DRIVERS / "shared/generated/schema.h").read_text()
    found = re.search(r"AGENT_SCHEMA_HASH 0x([0-9a-f]{16})ULL", text)
    return int(found[1], 16) if found else 0


def holder() -> str | None:
    """Return who captures with the module, as `NAME (process PID)`, as far as /proc tells."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            files = [os.readlink(link) for link in (folder / "fd").iterdir()]
            if any(Path(file).name == "agent0" and Path(file).parent.name == "dev" for file in files):
                return f"{(folder / 'comm').read_text().strip()} (process {folder.name})"
        except OSError:
            continue
    return None


def sbin() -> dict[str, str]:
    """Return the environment with the folders of system programs, which services and sudo may lack."""
    return {**os.environ, "LC_ALL": "C", "PATH": f"{os.environ.get('PATH', '/usr/bin:/bin')}:/usr/sbin:/sbin"}


def _call(numbers: dict[str, int], *arguments: int | bytes) -> int:
    """Make a system call; returns its errno, 0 for success."""
    number = numbers.get(platform.machine())
    if number is None:
        return errno.ENOSYS
    libc = ctypes.CDLL(None, use_errno=True)
    values = [ctypes.c_long(each) if isinstance(each, int) else ctypes.c_char_p(each) for each in arguments]
    return ctypes.get_errno() if libc.syscall(ctypes.c_long(number), *values) else 0
