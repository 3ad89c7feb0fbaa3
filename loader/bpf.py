"""The classic eBPF probe: loaded already, kept from an earlier time, downloaded, or compiled with bcc."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from drivers.bpf import load, probe
from drivers.bpf.probe import ProbeError
from loader import capturing, kernel_headers, names, repository
from loader.acquisition import InUse, NotThisWay, Outcome, Request, Way
from loader.kernel_module import sbin
from loader.store import Store, acquired

DRIVER = "ebpf"
INTERPRETERS = ("/usr/bin/python3", "/usr/libexec/platform-python")
"""Those of distributions: bcc belongs to them."""
PATIENCE = 900
"""Seconds that compiling and loading may take."""


def acquire(request: Request) -> Outcome:
    """Obtain the probe and, when it is for the running kernel, load and pin it. Raises nothing."""
    store = Store(request.store)

    ways: list[Way] = [
        ("stored", lambda: _stored(request, store)),
        ("downloaded", lambda: _downloaded(request, store)),
        ("built", lambda: _built(request, store)),
    ]
    return acquired(DRIVER, ("running", _running) if request.loads else None, ways, request, store)


def _running() -> str:
    capturing.refuse_beside(DRIVER)
    name = probe.identity()
    others = [each for each in probe.loaded() if each != name]
    if name not in probe.loaded():
        loaded = f"; loaded is {', '.join(others)}, of another version" if others else ""
        raise NotThisWay(f"the classic eBPF probe {name} is not loaded{loaded}")
    return f"the classic eBPF probe {name} is loaded already"


def _stored(request: Request, store: Store) -> str:
    path = store.path(request.version, request.kernel.arch, names.file_name(DRIVER, request.target))
    store.check(path, store.signers(request.public_key))
    check(path, request)
    return _use(path, request, f"{path}, downloaded earlier")


def _downloaded(request: Request, store: Store) -> str:
    path = repository.download(DRIVER, request, store, lambda file: check(file, request))
    return _use(path, request, f"{path}, downloaded now")


def check(path: Path, request: Request) -> None:
    """Raise NotThisWay unless an object is the probe of this agent for the kernel that is wanted."""
    try:
        load.check(path, request.kernel.release)
    except ProbeError as error:
        raise NotThisWay(str(error).rstrip(".")) from error


def _use(path: Path, request: Request, what: str) -> str:
    if not request.loads:
        return f"{what}; not loaded, since {request.kernel.release} does not run here"
    _replace_other()
    try:
        with probe.unfinished() as folder:
            programs, refused = load.object_file(path, folder)
    except (ProbeError, OSError) as error:
        raise NotThisWay(f"{path} could not be loaded: {error}".rstrip(".")) from error
    return f"loaded {what}: {programs} programs{_told(refused)}"


def _told(refused: list[tuple[str, str]]) -> str:
    return "".join(f"; this kernel refused {program}: {reason}" for program, reason in refused)


def _built(request: Request, store: Store) -> str:
    if not request.compile:
        raise NotThisWay("building was not asked for (--download)")
    if not request.loads:
        raise NotThisWay(
            f"bcc builds for the running kernel only, and {request.kernel.release} does not run here; "
            "`agent-driver-loader publish` builds for others, with clang"
        )
    interpreter = next((path for path in INTERPRETERS if os.access(path, os.X_OK) and _has_bcc(path)), None)
    if interpreter is None:
        raise NotThisWay(
            f"none of {', '.join(INTERPRETERS)} has bcc; install it: apt-get install python3-bpfcc, or dnf install "
            "python3-bcc"
        )
    headers = kernel_headers.need(request)
    _replace_other()
    request.say(f"compiling with bcc for {request.kernel.release}, from {headers}")
    try:
        done = subprocess.run(
            [interpreter, "-m", "drivers.bpf", "load", "--bcc", "--kernel-headers", str(headers)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            cwd="/",
            env={**sbin(), "PYTHONPATH": str(probe.SOURCE.parents[1]), "PYTHONDONTWRITEBYTECODE": "1"},
            pass_fds=[] if store.lock is None else [store.lock],
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotThisWay(f"bcc could not be run to its end: {error}") from error
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        telling = [line for line in lines if "error" in line.lower()] or lines[-3:]
        raise NotThisWay(f"bcc could not build the probe: {' / '.join(telling[:6])[:1200] or 'it does not say why'}")
    if probe.identity() not in probe.loaded():
        raise NotThisWay("bcc says that it loaded the probe, and its pins are not there")
    return done.stdout.strip().rpartition("\n")[2] or "loaded the classic eBPF probe, built now with bcc"


def _has_bcc(interpreter: str) -> bool:
    try:
        done = subprocess.run([interpreter, "-c", "import bcc"], capture_output=True, timeout=60, cwd="/")
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _replace_other() -> None:
    """Take out probes of other versions. Raises InUse while an agent captures with one."""
    try:
        for name in probe.loaded():
            if probe.in_use(name):
                raise InUse(f"an agent captures with the classic eBPF probe {name}; stop it first")
            shutil.rmtree(probe.PINS / name)
    except OSError as error:
        raise NotThisWay(f"the probe that is loaded cannot be taken out: {error.strerror}") from error
