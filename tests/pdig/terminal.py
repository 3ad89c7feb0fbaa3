"""A program at a terminal of its own, driven as a person would: type, read what appears."""

import os
import pty
import re
import select
import signal
import time
from collections.abc import Sequence
from contextlib import suppress

SECONDS = 30


class Terminal:
    """Starts a program as the leader of a session at a new terminal. Used as a context manager, which ends it."""

    def __init__(self, words: Sequence[str], environment: dict[str, str] | None = None) -> None:
        self.words = list(words)
        self.environment = {**os.environ, "TERM": "dumb", "LC_ALL": "C", **(environment or {})}
        self.text = ""
        """All that has appeared."""
        self._read = 0
        self.status: int | None = None

    def __enter__(self) -> "Terminal":
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            try:
                for number in (signal.SIGPIPE, signal.SIGXFSZ):  # which Python ignores, and what it starts with them
                    signal.signal(number, signal.SIG_DFL)
                os.execvpe(self.words[0], self.words, self.environment)
            finally:
                os._exit(127)
        return self

    def __exit__(self, *exception: object) -> None:
        self.hang_up()
        if self.status is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)

    def hang_up(self) -> None:
        """Close the terminal."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def type(self, text: str) -> None:
        """Send keys."""
        os.write(self._master, text.encode())

    def expect(self, pattern: str, seconds: float = SECONDS) -> str:
        """Return what appears until the pattern has appeared, it included. Raises AssertionError when it does not."""
        deadline = time.monotonic() + seconds
        while not (found := re.compile(pattern, re.MULTILINE).search(self.text, self._read)):
            left = deadline - time.monotonic()
            if left <= 0 or not self._more(left):
                raise AssertionError(f"{pattern!r} did not appear; this did:\n{self.text}")
        seen = self.text[self._read : found.end()]
        self._read = found.end()
        return seen

    @property
    def foreground(self) -> int:
        """The process group that has the terminal."""
        return os.tcgetpgrp(self._master)

    def wait(self, seconds: float = SECONDS) -> int:
        """Read to the end, wait for the program, and return its exit code; minus the signal that ended it."""
        deadline = time.monotonic() + seconds
        while True:
            while self._more(0.02):
                pass
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                self.status = status
                return os.waitstatus_to_exitcode(status)
            assert time.monotonic() < deadline, f"it did not end:\n{self.text}"

    def _more(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # EIO: the last program at the terminal has ended
            return False
        self.text += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)
