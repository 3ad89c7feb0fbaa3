"""The names of environment variables that people have from the loaders of other agents, and what they mean here.

An option of the command line outweighs a variable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.version import __version__
from loader.drivers import driver_named

# Variables that mean nothing here -> why. They are told, not ignored silently.
_WITHOUT_EFFECT = {
    "DRIVER_NAME": "the module is called agent_probe, and so are its files",
    "DRIVER_VERSION": f"this loader installs drivers of its own version, {__version__}",
    "FALCOCTL_DRIVER_NAME": "the module is called agent_probe, and so are its files",
    "FALCOCTL_DRIVER_VERSION": f"this loader installs drivers of its own version, {__version__}",
    "DRIVER_CURL_OPTIONS": "downloads are not made by curl; --http-header, --http-insecure and --timeout are there",
    "MAX_RMMOD_WAIT": "removing the module is tried ten times in five seconds",
    "BPF_USE_LOCAL_KERNEL_SOURCES": "the probe is built from the headers of the installed kernel",
}
_TRUE = frozenset({"1", "true", "yes", "on", "y"})


@dataclass(frozen=True)
class FromEnvironment:
    """What the variables say; `notes` are sentences on those that have no effect."""

    drivers: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    insecure: bool = False
    kernel_release: str | None = None
    kernel_version: str | None = None
    host_root: str | None = None
    notes: tuple[str, ...] = ()


def read_environment(variables: Mapping[str, str]) -> FromEnvironment:
    """Read the variables."""
    notes = [
        f"{name} has no effect: {why}."
        for name, why in _WITHOUT_EFFECT.items()
        if variables.get(name) and not (name.endswith("DRIVER_VERSION") and variables[name] == __version__)
    ]
    drivers = []
    for word in _list(variables.get("FALCOCTL_DRIVER_TYPE", ""), ";"):
        driver = driver_named(word)
        if driver is None:
            notes.append(f"FALCOCTL_DRIVER_TYPE has {word[:40]!r}, which is no driver: left out.")
        elif driver not in drivers:
            drivers.append(driver)
    if "FALCO_BPF_PROBE" in variables:
        # Set, also to nothing, it has always meant the classic probe.
        drivers = ["ebpf"]
    repositories = _list(variables.get("DRIVERS_REPO", ""), ",") or _list(
        variables.get("FALCOCTL_DRIVER_REPOS", ""), ";"
    )
    insecure = variables.get("FALCOCTL_DRIVER_HTTP_INSECURE", "").lower() in _TRUE
    return FromEnvironment(
        tuple(drivers),
        tuple(repositories),
        tuple(_list(variables.get("FALCOCTL_DRIVER_HTTP_HEADERS", ""), ",")),
        insecure or bool(variables.get("DRIVER_INSECURE_DOWNLOAD")),
        variables.get("DRIVER_KERNEL_RELEASE") or variables.get("FALCOCTL_DRIVER_KERNELRELEASE") or None,
        variables.get("DRIVER_KERNEL_VERSION") or variables.get("FALCOCTL_DRIVER_KERNELVERSION") or None,
        variables.get("HOST_ROOT") or variables.get("FALCOCTL_DRIVER_HOSTROOT") or None,
        tuple(notes),
    )


def _list(text: str, separator: str) -> list[str]:
    return [part.strip() for part in text.split(separator) if part.strip()]
