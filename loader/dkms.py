"""Building the module with DKMS, which also builds it for the kernels that are installed later."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from drivers.kmod import source
from loader import compilers, kernel_headers
from loader.acquisition import NotThisWay, Request
from loader.kernel_module import sbin
from loader.names import MODULE
from loader.store import Store

PACKAGE = "agent-probe"
TREE = Path("/var/lib/dkms")
SOURCES = Path("/usr/src")
PATIENCE = 1800
"""Seconds that one compiler may take."""
TELLING = re.compile(
    r"(fatal )?error: |^ERROR: |\*\*\* |[Nn]o such file|not found|No space left|cannot |unrecognized|WARNING: modpost",
    re.ASCII,
)
LINES = 6
UNPACKERS = {".gz": "gzip", ".xz": "xz", ".zst": "zstd"}


def build(request: Request, store: Store, output: Path) -> None:
    """Write agent_probe.ko for the request's kernel to `output`. Raises NotThisWay with the log's telling lines."""
    if not request.compile:
        raise NotThisWay("building was not asked for (--download)")
    if shutil.which("dkms", path=sbin()["PATH"]) is None:
        raise NotThisWay("dkms is not installed; install it (apt-get install dkms, dnf install dkms)")
    headers = kernel_headers.need(request)
    compilers_found = compilers.candidates(headers)
    if not compilers_found:
        raise NotThisWay("there is no gcc that runs; install one (apt-get install gcc make)")
    _prepare(request, store)
    reasons = []
    for told in compilers_found:
        request.say(f"building with DKMS for {request.kernel.release}, {' '.join(told)}")
        if (reason := _build_with(told, headers, request, store)) is None:
            _take(request, output)
            return
        reasons.append(f"{' '.join(told)}: {reason}")
    raise NotThisWay("DKMS could not build the module. " + " | ".join(reasons))


def install(request: Request, store: Store) -> str | None:
    """Install what was built among the kernel's modules, for the next boot and the next kernel; returns why not."""
    if request.host_root != Path("/"):
        return "this is a container: DKMS here does not build for the host's next kernel"
    return _dkms(["install", *_names(request), "--force"], store)


def remove_all(store: Store) -> list[str]:
    """Remove every version from DKMS and its sources; returns what was removed."""
    removed = []
    for folder in sorted((TREE / PACKAGE).glob("*")):
        if folder.name[0].isdigit():
            _dkms(["remove", "-m", PACKAGE, "-v", folder.name, "--all"], store)
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(f"{PACKAGE}/{folder.name} of DKMS")
    for folder in sorted(SOURCES.glob(f"{PACKAGE}-*")):
        if (folder / "dkms.conf").is_file() or folder.name.endswith((source.UNFINISHED, source.OUTDATED)):
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(str(folder))
    return removed


def _names(request: Request) -> list[str]:
    return ["-m", PACKAGE, "-v", request.version, "-k", request.kernel.release, "-a", request.kernel.arch]


def _prepare(request: Request, store: Store) -> None:
    """Lay the sources out and let DKMS know them, whatever an interrupted build has left."""
    folder = SOURCES / f"{PACKAGE}-{request.version}"
    try:
        source.lay_out(folder)
    except OSError as error:
        raise NotThisWay(f"the module's sources could not be written to {folder}: {error.strerror}") from error
    known = TREE / PACKAGE / request.version
    if (known / request.kernel.release).exists():
        _dkms(["remove", *_names(request)], store)
        shutil.rmtree(known / request.kernel.release, ignore_errors=True)
    if known.exists() and not (known / "source" / "dkms.conf").exists():
        shutil.rmtree(known, ignore_errors=True)
    if not known.exists() and (reason := _dkms(["add", "-m", PACKAGE, "-v", request.version], store)):
        raise NotThisWay(f"DKMS does not take the sources in {folder}: {reason}")


def _build_with(told: list[str], headers: Path, request: Request, store: Store) -> str | None:
    """Build with one compiler; returns why not."""
    make = f"make -C kmod {' '.join(told)} KERNEL_DIR={headers} modules"
    log = TREE / PACKAGE / request.version / "build/make.log"
    log.unlink(missing_ok=True)
    arguments = ["build", *_names(request), "--force", f"--kernelsourcedir={headers}", f"--directive=MAKE={make}"]
    reason = _dkms(arguments, store)
    if reason is None:
        return None
    lines = telling_lines(log)
    return f"{log}: {' / '.join(lines)}" if lines else reason


def telling_lines(log: Path) -> list[str]:
    """Return the first lines of a build's log that say what went wrong; the last ones when none does."""
    try:
        lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    except OSError:
        return []
    found = [line for line in lines if TELLING.search(line)] or lines[-LINES:]
    return [line[:200] for line in dict.fromkeys(found)][:LINES]


def _dkms(arguments: list[str], store: Store) -> str | None:
    """Run dkms; returns the end of what it said when it failed."""
    with tempfile.TemporaryFile() as said:
        try:
            done = subprocess.run(
                ["dkms", *arguments, "--dkmstree", str(TREE), "--sourcetree", str(SOURCES)],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                timeout=PATIENCE,
                env=sbin(),
                # It holds the store's lock as long as it works, though this process be killed.
                pass_fds=[] if store.lock is None else [store.lock],
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"dkms could not be run to its end: {error}"
        if done.returncode == 0:
            return None
        said.seek(max(0, said.seek(0, 2) - 2000))
        lines = [line.strip() for line in said.read().decode(errors="replace").splitlines() if line.strip()]
        return f"dkms {arguments[0]} ended with status {done.returncode}: {' / '.join(lines[-3:])[:400]}"


def _take(request: Request, output: Path) -> None:
    """Write what DKMS built, unpacked, where it is wanted."""
    folder = TREE / PACKAGE / request.version / request.kernel.release
    built = sorted(folder.glob(f"*/module/{MODULE}.ko*"))
    if not built:
        raise NotThisWay(f"DKMS says that it built the module, and there is none below {folder}")
    try:
        output.write_bytes(unpack(built[0]))
    except (OSError, subprocess.SubprocessError) as error:
        raise NotThisWay(f"{built[0]} cannot be read: {error}") from error


def unpack(path: Path) -> bytes:
    """Return a module's content, which DKMS may have compressed, by the tool that it took. Raises OSError."""
    tool = UNPACKERS.get(path.suffix)
    if tool is None:
        return path.read_bytes()
    done = subprocess.run([tool, "-dcq", str(path)], capture_output=True, timeout=60, env=sbin())
    if done.returncode:
        raise OSError(done.stderr.decode(errors="replace").strip() or f"{tool} failed")
    return done.stdout
