"""Taking out what the loader brought: the module, the probe, what DKMS knows, and the files that were kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drivers.bpf import probe
from drivers.bpf.probe import ProbeError
from loader import dkms, kernel_module
from loader.acquisition import NotThisWay, NoWay, Request
from loader.names import MODULE
from loader.store import Store


@dataclass(frozen=True)
class Cleaned:
    """What was removed, and sentences on what could not be."""

    removed: tuple[str, ...]
    reasons: tuple[str, ...]


def clean(request: Request, drivers: tuple[str, ...] = ("kmod", "ebpf")) -> Cleaned:
    """Remove drivers from the kernel and this machine, of every version. Raises nothing."""
    store = Store(request.store)
    parts: list[Callable[[Store], list[str]]] = []
    if "kmod" in drivers:
        parts += [_module, dkms.remove_all]
    if "ebpf" in drivers:
        parts.append(_probe)
    suffixes = tuple(suffix for driver, suffix in (("kmod", ".ko"), ("ebpf", ".o")) if driver in drivers)
    parts.append(lambda store: _files(store, suffixes))
    removed: list[str] = []
    reasons: list[str] = []
    try:
        with store.locked():
            for part in parts:
                try:
                    removed += part(store)
                except (NotThisWay, ProbeError) as reason:
                    reasons.append(str(reason))
                except OSError as error:
                    reasons.append(f"{error.filename or 'a file'} cannot be removed: {error.strerror}")
    except NoWay as reason:
        reasons.append(str(reason))
    return Cleaned(tuple(removed), tuple(reasons))


def _module(_store: Store) -> list[str]:
    version = kernel_module.loaded_version()
    if version is None:
        return []
    kernel_module.remove()
    return [f"the module {MODULE} {version}".rstrip()]


def _probe(_store: Store) -> list[str]:
    return [f"the classic eBPF probe {name}" for name in probe.unload()] if probe.loaded() else []


def _files(store: Store, suffixes: tuple[str, ...]) -> list[str]:
    removed = []
    for path in store.drivers():
        if any(
            f"{suffix}{end}"
            for suffix in suffixes
            for end in ("", ".json", ".part")
            if path.name.endswith(suffix + end)
        ):
            path.unlink(missing_ok=True)
            removed.append(str(path))
    for folder in (*store.folder.glob("*/*"), *store.folder.glob("*")):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return removed
