"""What the loader looks at: files of this process and of the host, its environment, its kernel, and what that allows.

Everything that is read goes through here, so that a test puts a folder and prepared answers in the place of a machine.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from loader.kernel import Kernel
from loader.kernel_calls import KernelCalls, RealKernelCalls

MAX_BYTES = 4 * 1024 * 1024
"""Of a file; more is cut off. The largest that are read are kernel configurations, of about 300 KiB."""
_MAX_LINKS = 40  # as the kernel's MAXSYMLINKS


@dataclass(frozen=True)
class Tree:
    """The files below a folder that stands for `/`. Symbolic links stay inside of it."""

    root: Path = Path("/")

    def place(self, path: str) -> Path:
        """Return where a path such as `/etc/os-release` really is, for reading and for showing to people."""
        return self.root / path.lstrip("/")

    def bytes(self, path: str) -> bytes | None:
        """Return a file's content, at most MAX_BYTES of it; None when it is missing or may not be read."""
        try:
            descriptor = os.open(self.resolve(path), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            with os.fdopen(descriptor, "rb") as stream:
                return stream.read(MAX_BYTES)
        except OSError:
            return None

    def text(self, path: str) -> str | None:
        """Return a file's content as text, without blanks around it; None as for `bytes`."""
        content = self.bytes(path)
        return None if content is None else content.decode("utf-8", "replace").strip(" \t\r\n\0")

    def exists(self, path: str) -> bool:
        """Whether there is such a file or folder."""
        return os.path.exists(self.resolve(path))

    def resolve(self, path: str) -> Path:
        """Follow symbolic links as they are meant inside the tree: an absolute one begins at its root."""
        if self.root == Path("/"):
            return Path(path)
        waiting = [part for part in reversed(path.split("/")) if part not in ("", ".")]
        found: list[str] = []
        links = 0
        while waiting:
            part = waiting.pop()
            if part == "..":
                del found[-1:]
                continue
            try:
                target = os.readlink(self.root.joinpath(*found, part))
            except OSError:
                found.append(part)
                continue
            links += 1
            if links > _MAX_LINKS:
                break
            if target.startswith("/"):
                found.clear()
            waiting += [piece for piece in reversed(target.split("/")) if piece not in ("", ".")]
        return self.root.joinpath(*found)


@dataclass(frozen=True)
class Machine:
    """One machine as this process sees it. `host` differs from `own` in a container that was given the host's files."""

    kernel: Kernel
    """The kernel that drivers are for."""
    own: Tree = Tree()
    """This process's own files: /proc and /sys are read here."""
    host: Tree = Tree()
    """The host's files, for /etc, /boot, /lib/modules, /usr."""
    environment: Mapping[str, str] = field(default_factory=dict)
    calls: KernelCalls = field(default_factory=RealKernelCalls)
    runs: bool = True
    """Whether that kernel is the one that runs; what is asked of the running one says nothing about another."""

    @classmethod
    def here(cls, host_root: str | None = None, kernel: Kernel | None = None) -> "Machine":
        """Return the machine that this process runs on. `host_root` None means HOST_ROOT, or `/` without that."""
        root = host_root if host_root is not None else os.environ.get("HOST_ROOT") or "/"
        running = Kernel.running()
        chosen = kernel or running
        return cls(chosen, host=Tree(Path(root)), environment=dict(os.environ), runs=chosen == running)
