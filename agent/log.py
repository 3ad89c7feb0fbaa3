"""The agent's own messages, on standard error; alerts never go here.

A line is `time: message`, with the time as in Falco's log: `Sun Nov 22 14:45:00 2026`, or ISO 8601 in UTC.
"""

import sys
import time
from typing import TextIO

LEVELS = ("emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug")


class Log:
    """Writes messages of at least the configured severity; `enabled=False` silences all but errors of the command."""

    def __init__(
        self, level: str = "informational", *, enabled: bool = True, iso: bool = False, stream: TextIO | None = None
    ) -> None:
        self._limit = LEVELS.index(level)
        self._enabled = enabled
        self._iso = iso
        self._stream = stream

    def error(self, message: str) -> None:
        """Something was lost or stopped working."""
        self._write("error", f"Error: {message}")

    def warning(self, message: str) -> None:
        """Something has no effect, or less than a person would expect."""
        self._write("warning", f"Warning: {message}")

    def debug(self, message: str) -> None:
        """Details for `-v`."""
        self._write("debug", message)

    def report(self, text: str) -> None:
        """Print a start line or summary as it is, without a time: a person reads it in one glance."""
        if self._admits("informational"):
            self._print(text)

    def _write(self, level: str, message: str) -> None:
        if self._admits(level):
            now = time.time()
            stamp = (
                time.strftime("%Y-%m-%dT%H:%M:%S+0000", time.gmtime(now))
                if self._iso
                else time.strftime("%a %b %d %H:%M:%S %Y", time.localtime(now))
            )
            self._print(f"{stamp}: {message}")

    def _admits(self, level: str) -> bool:
        return self._enabled and LEVELS.index(level) <= self._limit

    def _print(self, text: str) -> None:
        stream = self._stream if self._stream is not None else sys.stderr
        try:
            print(text, file=stream, flush=True)
        except OSError:
            # Nobody reads standard error any more (a closed pipe); watching goes on without it.
            self._enabled = False
