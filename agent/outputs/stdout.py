"""Alerts on standard output, one line each."""

import sys
from collections.abc import Sequence
from typing import TextIO

from agent.outputs.writer import LineWriter


class StdoutOutput:
    """Writes every batch at once, also to a pipe, unless `buffered`: a reader has an alert as soon as it exists."""

    name = "stdout_output"

    def __init__(self, stream: TextIO | None = None, *, buffered: bool = False) -> None:
        self._writer = LineWriter((stream or sys.stdout).fileno(), buffered=buffered, shared=stream is not None)

    @property
    def pending(self) -> int:
        """Lines that were taken and not written yet."""
        return self._writer.pending

    def write(self, lines: Sequence[bytes]) -> None:
        """Print the lines."""
        self._writer.write(lines)

    def flush(self) -> None:
        """Print what is buffered."""
        self._writer.flush()

    def reopen(self) -> None:
        """Standard output cannot be opened anew; what is buffered is printed."""
        self._writer.flush()

    def close(self) -> None:
        """Print what is buffered. The descriptor stays open: it was not opened here."""
        self._writer.flush()
