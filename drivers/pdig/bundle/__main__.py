# SPDX-License-Identifier: MIT
"""`python -m drivers.pdig.bundle`: makes the relocatable folder, and an archive of it."""

import argparse
import gzip
import hashlib
import json
import os
import platform
import py_compile
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path, PurePosixPath

from agent.errors import AgentError
from agent.version import __version__
from drivers.pdig.bundle.libraries import libraries_of, loader_of
from drivers.pdig.bundle.licences import licences_of
from drivers.pdig.bundle.modules import is_extension, python_files
from drivers.pdig.folder import DESCRIPTION, LAUNCHER

_HERE = Path(__file__).parent
_PYTHON = f"python{sys.version_info[0]}.{sys.version_info[1]}"
_LAUNCHER_FLAGS = (
    "-std=gnu11 -Os -Wall -Wextra -Werror -ffreestanding -fno-builtin -fno-stack-protector "
    "-fno-asynchronous-unwind-tables -nostdlib -static -no-pie -s -Wl,--build-id=none -Wl,-z,noexecstack"
).split()
_PROGRAM, _DATA = 0o755, 0o644


def main() -> int:
    """Make the folder, print its place and size, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m drivers.pdig.bundle", description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "--output", type=Path, default=Path("build/pdig-agent"), help="the folder (replaced when there)"
    )
    parser.add_argument("--archive", type=Path, help="an archive of it (.tar.gz)")
    parser.add_argument("--cc", default=os.environ.get("CC") or "cc", help="the C compiler of the launcher")
    options = parser.parse_args()
    try:
        unknown = make(options.output, options.cc)
        if options.archive is not None:
            archive(options.output, options.archive)
    except AgentError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    for path in unknown:
        print(f"The licence of {path} was not found here: add it before the folder is handed on.", file=sys.stderr)
    files = [path for path in options.output.rglob("*") if path.is_file()]
    print(f"{options.output}: {len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.1f} MB")
    return 0


def make(output: Path, compiler: str) -> list[Path]:
    """Make the folder, replacing an earlier one. Returns files whose licence is unknown. Raises AgentError."""
    if output.exists() and not (output / DESCRIPTION).is_file():
        raise AgentError(f"{output} is there already, and is no folder of this kind: remove it, or name another.")
    interpreter = Path(sys.executable).resolve()
    loader = loader_of(interpreter)
    python = python_files()
    extensions = [path for path in python.values() if is_extension(path)]
    libraries = libraries_of(loader, [interpreter, *extensions])
    packages = {place.parts[1] for place in python if place.parts[0] == "packages"}
    licences = licences_of(packages, [interpreter, *libraries.values()])

    output.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{output.name}-", dir=output.parent))
    try:
        for place, path in sorted({**python, **licences.files}.items()):
            _put(path, unfinished / place)
        for name, path in sorted(libraries.items()):
            _put(path, unfinished / "lib" / name)
        _put(interpreter, unfinished / "bin" / _PYTHON)
        _put(_HERE / "start.py", unfinished / "packages/start.py")
        (unfinished / "bin" / _PYTHON).chmod(_PROGRAM)
        (unfinished / "lib" / loader.name).chmod(_PROGRAM)
        _compile_modules(unfinished)
        _compile_launcher(unfinished / LAUNCHER, compiler, loader.name)
        description = {
            "version": __version__,
            "machine": platform.machine(),
            "python": platform.python_version(),
            "made_of": licences.made_of,
            "digest": _digest(unfinished),
        }
        (unfinished / DESCRIPTION).write_text(json.dumps(description, indent=2, sort_keys=True) + "\n")
        _same_times(unfinished)
        if output.exists():
            shutil.rmtree(output)
        unfinished.rename(output)
    finally:
        if unfinished.exists():
            shutil.rmtree(unfinished)
    return licences.unknown


def archive(folder: Path, target: Path) -> None:
    """Write the folder to a compressed archive, the same bytes for the same folder."""
    with (
        target.open("wb") as raw,
        gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar,
    ):
        for path in [folder, *sorted(folder.rglob("*"))]:
            entry = tar.gettarinfo(path, PurePosixPath(folder.name, path.relative_to(folder).as_posix()).as_posix())
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = "root"
            if entry.isreg():
                with path.open("rb") as content:
                    tar.addfile(entry, content)
            else:
                tar.addfile(entry)


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(_DATA)


def _compile_modules(folder: Path) -> None:
    """Compile every module ahead: the folder may lie where nobody can write."""
    for path in sorted(folder.rglob("*.py")):
        # Where it lies is not known yet, and a time stamp would be lost on the way.
        try:
            compiled = py_compile.compile(
                str(path),
                dfile=path.relative_to(folder).as_posix(),
                doraise=True,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )
        except py_compile.PyCompileError as error:
            raise AgentError(f"{path.relative_to(folder)} cannot be compiled: {error}") from None
        if compiled:
            Path(compiled).chmod(_DATA)


def _compile_launcher(target: Path, compiler: str, loader: str) -> None:
    names = [f'-DPYTHON="{_PYTHON}"', f'-DLOADER="{loader}"']
    command = [compiler, *_LAUNCHER_FLAGS, *names, "-o", str(target), str(_HERE / "launcher.c")]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise AgentError(
            f"The launcher needs a C compiler, and {compiler} cannot be run ({error}): name one with --cc."
        ) from None
    if done.returncode:
        raise AgentError(f"{compiler} cannot compile the launcher: {done.stderr.strip()}")
    target.chmod(_PROGRAM)


def _digest(folder: Path) -> str:
    """Return a digest over all files, their names and whether they may be executed."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(folder)}\0{os.access(path, os.X_OK)}\0{content}\n".encode())
    return digest.hexdigest()


def _same_times(folder: Path) -> None:
    when = int(os.environ.get("SOURCE_DATE_EPOCH") or 0)
    for path in [*folder.rglob("*"), folder]:
        os.utime(path, (when, when))
        if path.is_dir():
            path.chmod(_PROGRAM)
    folder.chmod(_PROGRAM)


if __name__ == "__main__":
    raise SystemExit(main())
