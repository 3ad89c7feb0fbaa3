"""Compiling the probe into an object with clang, which is loaded without a compiler, also by a kernel without BTF."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from drivers.bpf.headers import find_headers, machine_names, vmlinux_flags
from drivers.bpf.probe import SOURCE, ProbeError, identity

# The first kernels that are supported know no 32-bit jumps (5.1) and follow 32-bit arithmetic badly.
CPU = "v2"
WARNINGS = ["-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-missing-declarations"]
CODE = ["-fno-stack-protector", "-fno-jump-tables", "-fno-unwind-tables", "-fno-asynchronous-unwind-tables"]


def build(
    release: str, output: Path, *, headers: Path | None = None, vmlinux_h: Path | None = None, plain: bool = False
) -> None:
    """Compile the probe for one kernel; `plain`: for plain tracepoints though the kernel has raw ones.

    Raises ProbeError with what the compiler said.
    """
    output = output.absolute()
    output.parent.mkdir(parents=True, exist_ok=True)
    common = ["-O2", "-g", *WARNINGS, *CODE, *definitions(plain=plain), f'-DAGENT_PROBE_KERNEL="{release}"']
    with tempfile.TemporaryDirectory() as scratch:
        if vmlinux_h is not None:
            _run(
                [*common, *vmlinux_flags(vmlinux_h, release), *_to_object(), *_vmlinux(vmlinux_h, Path(scratch))],
                output,
            )
        else:
            # The kernel's headers hold assembly of the machine that they are for. So the source is read for that
            # machine, and what comes of it, which no longer has any, is compiled for BPF.
            middle = Path(scratch, "probe.bc")
            found = find_headers(release, headers)
            kernel = [f"-isystem{folder}" for folder in found.folders()]
            for path in found.first():
                kernel += ["-include", str(path)]
            _run(
                [
                    *(*common, "-nostdinc", "-fms-extensions", "-D__KERNEL__", "-D__BPF_TRACING__"),
                    *(f"-isystem{_own_headers()}", *kernel, "-Xclang", "-disable-llvm-passes", "-emit-llvm"),
                    *("-c", str(SOURCE / "probe.c")),
                ],
                middle,
            )
            _run(["-O2", "-Wno-override-module", *_to_object(), "-c", str(middle)], output)
    strip = os.environ.get("LLVM_STRIP") or shutil.which("llvm-strip")
    if strip:
        # Debug sections are half of the object and nothing reads them; the type information stays.
        subprocess.run([strip, "-g", str(output)], check=False)


def definitions(*, plain: bool = False) -> list[str]:
    """Return what every compiler of the probe is told."""
    told = [f"-D__TARGET_ARCH_{machine_names()[1]}", f'-DAGENT_PROBE_IDENTITY="{identity()}"']
    return [*told, "-DPLAIN_TRACEPOINTS"] if plain else told


def _to_object() -> list[str]:
    return ["-target", "bpf", f"-mcpu={CPU}"]


def _vmlinux(path: Path, scratch: Path) -> list[str]:
    (scratch / "vmlinux.h").symlink_to(path.absolute())
    return [f"-isystem{scratch}", "-c", str(SOURCE / "probe.c")]


def _clang() -> str:
    return os.environ.get("CLANG") or "clang"


def _own_headers() -> Path:
    try:
        done = subprocess.run([_clang(), "-print-resource-dir"], capture_output=True, text=True, check=False)
    except OSError as error:
        raise _no_clang(error) from error
    return Path(done.stdout.strip(), "include")


def _run(arguments: list[str], output: Path) -> None:
    try:
        done = subprocess.run([_clang(), *arguments, "-o", str(output)], capture_output=True, text=True, check=False)
    except OSError as error:
        raise _no_clang(error) from error
    if done.returncode:
        said = "\n".join(done.stderr.splitlines()[:40])
        raise ProbeError(f"{_clang()} could not compile the classic eBPF probe:\n{said}")


def _no_clang(error: OSError) -> ProbeError:
    return ProbeError(f"{_clang()} could not be run ({error.strerror}); install it: apt-get install clang")
