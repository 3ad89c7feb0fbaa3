"""The kernel module: running already, installed, kept from an earlier time, downloaded, or built with DKMS."""

from __future__ import annotations

import subprocess
from pathlib import Path

from loader import capturing, dkms, kernel_module, module_file, names, repository
from loader.acquisition import NotThisWay, NoWay, Outcome, Request, Way
from loader.kernel_module import sbin
from loader.names import MODULE
from loader.store import Store, acquired

DRIVER = "kmod"


def acquire(request: Request) -> Outcome:
    """Obtain the module and, when it is for the running kernel, load it and look whether it answers.

    Whatever an earlier call left when it was interrupted is put right. Raises nothing: the outcome says why not.
    """
    store = Store(request.store)

    ways: list[Way] = [
        ("stored", lambda: _stored(request, store)),
        ("downloaded", lambda: _downloaded(request, store)),
        ("built", lambda: _built(request, store)),
    ]
    if not request.loads:
        return acquired(DRIVER, None, ways, request, store)
    installed: Way = ("installed", lambda: _installed(request))
    return acquired(DRIVER, ("running", lambda: _running(request)), [installed, *ways], request, store)


def _running(request: Request) -> str:
    capturing.refuse_beside(DRIVER)
    version = kernel_module.loaded_version()
    if version is None:
        raise NotThisWay(f"no module {MODULE} is loaded")
    if version != request.version:
        raise NotThisWay(f"the module that is loaded is {version or 'of no version'}, and {request.version} is wanted")
    kernel_module.verify(request.version, request.host_root)
    return f"{MODULE} {version} is loaded already"


def _installed(request: Request) -> str:
    root = [] if request.host_root == Path("/") else ["-b", str(request.host_root)]
    command = ["modinfo", *root, "-k", request.kernel.release, "-F", "version", MODULE]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=60, env=sbin())
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotThisWay(f"modinfo could not be run, so it is not known what is installed: {error}") from error
    version = done.stdout.strip()
    if done.returncode:
        raise NotThisWay(f"no module {MODULE} is installed for {request.kernel.release}")
    if version != request.version:
        raise NotThisWay(f"the module that is installed is {version[:40]}, and {request.version} is wanted")
    _replace_other()
    kernel_module.probe_installed(request.host_root)
    kernel_module.verify(request.version, request.host_root)
    return f"loaded {MODULE} {version}, which is installed for {request.kernel.release}"


def _stored(request: Request, store: Store) -> str:
    path = _path(request, store)
    origin = store.check(path, store.signers(request.public_key))
    module_file.check(path, request)
    return _use(path, request, f"{path}, {'built' if origin == 'built' else 'downloaded'} earlier")


def _downloaded(request: Request, store: Store) -> str:
    path = repository.download(DRIVER, request, store, lambda file: module_file.check(file, request))
    return _use(path, request, f"{path}, downloaded now")


def _built(request: Request, store: Store) -> str:
    path = _path(request, store)
    output = store.scratch(path)
    try:
        dkms.build(request, store, output)
        module_file.check(output, request)
        store.put(output, path)
    finally:
        output.unlink(missing_ok=True)
    said = _use(path, request, f"{path}, built now with DKMS")
    if request.loads and (reason := dkms.install(request, store)):
        request.say(f"it was not installed for the next boot as well: {reason}")
    return said


def _path(request: Request, store: Store) -> Path:
    return store.path(request.version, request.kernel.arch, names.file_name(DRIVER, request.target))


def _use(path: Path, request: Request, what: str) -> str:
    """Load a file that was checked, and look whether it answers, when it is for the running kernel."""
    if not request.loads:
        return f"{what}; not loaded, since {request.kernel.release} does not run here"
    _replace_other()
    kernel_module.insert(path)
    kernel_module.verify(request.version, request.host_root)
    return f"loaded {what}"


def _replace_other() -> None:
    """Take out a module that did not do. Raises NoWay while somebody captures with it."""
    try:
        kernel_module.remove()
    except NotThisWay as reason:
        raise NoWay(str(reason)) from reason
