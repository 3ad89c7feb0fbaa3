"""A shell whose process tree is the scope of a capture."""

import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from typing import IO


class ScopedShell:
    """A bash without terminal in a session of its own, that runs one line after another.

    `pid` is what `--scope pid:N` takes. Used as a context manager: at the end its whole process group is killed.
    """

    def __init__(
        self,
        environment: dict[str, str] | None = None,
        cwd: str = "/",
        *,
        under: Sequence[str] = (),
        stderr: int | IO[bytes] = subprocess.STDOUT,
    ) -> None:
        """Start the shell, or, with `under`, another command that starts it and passes its standard streams on.

        `stderr` is as for subprocess.Popen, and then the other command's; the shell's own is its standard output.
        """
        self._shell = subprocess.Popen(
            [*under, "bash", "--norc", "--noprofile"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            errors="replace",
            bufsize=1,
            cwd=cwd,
            env={"PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), "LC_ALL": "C", **(environment or {})},
            start_new_session=True,
        )
        self.pid = self._shell.pid
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._count = 0
        threading.Thread(target=self._read, daemon=True).start()
        if under:
            self.pid = int(self.run("exec 2>&1; echo $$")[1])

    def __enter__(self) -> "ScopedShell":
        return self

    def __exit__(self, *exception: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._shell.pid, signal.SIGKILL)
        self._shell.wait(10)

    def end(self, timeout: float = 30) -> int:
        """Let the shell end, and return the status of the command that was started."""
        assert self._shell.stdin is not None
        self._shell.stdin.close()
        return self._shell.wait(timeout)

    def run(self, line: str, timeout: float = 30) -> tuple[int, str]:
        """Run one line in the shell itself; return its status and what it printed.

        Raises TimeoutError when it takes longer than `timeout` seconds, with what it printed until then.
        """
        self._count += 1
        mark = f"--end-of-line-{self._count}--"
        assert self._shell.stdin is not None
        self._shell.stdin.write(f"{line}\nprintf '\\n{mark} %d\\n' $?\n")
        self._shell.stdin.flush()
        printed: list[str] = []
        deadline = time.monotonic() + timeout
        while True:
            try:
                text = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise TimeoutError(f"{line!r} took longer than {timeout} s; it printed {''.join(printed)!r}") from None
            if text is None:
                raise RuntimeError(f"the shell ended while it ran {line!r}; it printed {''.join(printed)!r}")
            if text.startswith(mark):
                return int(text.split()[1]), "".join(printed)
            printed.append(text)

    def _read(self) -> None:
        assert self._shell.stdout is not None
        for line in self._shell.stdout:
            self._lines.put(line)
        self._lines.put(None)
