"""A virtual machine for one command: a kernel from the cache over the host's own files, read-only.

Emulated, never with /dev/kvm, so that it works on machines that are virtual themselves. What the command prints and its
status come back through a folder that host and guest share; the console shows only the kernel's own words.
"""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.vm.images import Image

SHARE = "/run/lab"  # the shared folder, in the guest
# Words on a kernel command line that only virtme-ng's guests have.
GUEST_MARK = "virtme_hostname="


def is_guest(cmdline: Path = Path("/proc/cmdline")) -> bool:
    """Whether this very system is a guest of the lab, where the whole host may be captured."""
    return GUEST_MARK in cmdline.read_text()


@dataclass(frozen=True)
class Outcome:
    """How a command ended; `status` is None when it did not, and `reason` then says why."""

    status: int | None
    reason: str
    seconds: float


def run(image: Image, script: str, share: Path, timeout: float, show: Callable[[str], None]) -> Outcome:
    """Boot `image`, run the shell `script` in it as root, power off.

    `show` gets each line that the script prints, as it is printed. `share` keeps output, status and console.log.
    """
    for name in ("output", "status", "console.log"):
        (share / name).unlink(missing_ok=True)
    (share / "script").write_text(script)
    inside = f"sh {SHARE}/script > {SHARE}/output 2>&1 < /dev/null; echo $? > {SHARE}/status"
    # virtme-run lies beside vng and depmod in sbin; neither need be on the PATH of who calls.
    environment = {
        **os.environ,
        "PATH": ":".join(
            [str(Path(sys.executable).parent), os.environ.get("PATH", "/usr/bin:/bin"), "/usr/sbin", "/sbin"]
        ),
    }
    started = time.monotonic()
    process = subprocess.Popen(
        [
            *("vng", "--verbose", "--disable-kvm", "--force-9p", "--cpus", "2", "--memory", "3G", "--user", "root"),
            *("--run", str(image.vmlinuz), f"--rwdir={SHARE}={share}", "--", f"sh -c {shlex.quote(inside)}"),
        ],
        stdin=subprocess.DEVNULL,
        # A pipe: QEMU empties a file that it is given to write to each time it opens it.
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        cwd=share,
        start_new_session=True,
    )
    console = threading.Thread(target=_keep_console, args=(process, share / "console.log"), daemon=True)
    console.start()
    try:
        ended = _follow(process, share / "output", started + timeout, show)
    finally:
        _kill(process)
        console.join(10)
    seconds = time.monotonic() - started
    with contextlib.suppress(OSError, ValueError):
        return Outcome(int((share / "status").read_text()), "", seconds)
    words = _last_words(share / "console.log")
    if not ended:
        return Outcome(None, f"it was still running after {timeout:.0f} s and was stopped{words}", seconds)
    return Outcome(None, f"the guest went down before the command ended{words}", seconds)


def _follow(process: subprocess.Popen[bytes], output: Path, deadline: float, show: Callable[[str], None]) -> bool:
    """Show complete lines until the guest is down (True) or the time is up (False)."""
    shown = 0
    while True:
        running = process.poll() is None
        with contextlib.suppress(OSError):
            text = output.read_bytes()[shown:]
            whole = text if not running else text[: text.rfind(b"\n") + 1]
            for line in whole.decode(errors="replace").splitlines():
                show(line)
            shown += len(whole)
        if not running:
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)


def _keep_console(process: subprocess.Popen[bytes], path: Path) -> None:
    assert process.stdout is not None
    with path.open("wb") as file:
        while chunk := process.stdout.read1(65536):  # type: ignore[attr-defined]
            file.write(chunk)
            file.flush()


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(30)


def _last_words(console: Path) -> str:
    lines = (
        [line for line in console.read_text(errors="replace").splitlines() if line.strip()] if console.exists() else []
    )
    return f"; the console's last line: {lines[-1].strip()}" if lines else "; the console stayed empty"
