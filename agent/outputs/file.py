"""Alerts appended to a file."""

import os
from collections.abc import Sequence
from pathlib import Path

from agent.errors import OutputError
from agent.outputs.writer import LineWriter


class FileOutput:
    """Appends to a file that only its owner can read: alerts show command lines and paths of other people.

    With `keep_alive` the file stays open until `reopen` or `close`; without it each batch opens it anew, so that a
    rotation needs no signal.
    """

    name = "file_output"

    def __init__(self, path: Path, *, keep_alive: bool = False, buffered: bool = False) -> None:
        """Open the file once, so that a path that cannot be written is known at the start (OutputError)."""
        self._path = path
        self._keep_alive = keep_alive
        self._buffered = buffered and keep_alive
        self._descriptor = -1
        self._writer: LineWriter | None = None
        try:
            self._acquire()
        except OSError as error:
            raise OutputError(f"file_output: {path} cannot be opened for appending: {error.strerror}.") from None
        if not keep_alive:
            self.close()

    @property
    def pending(self) -> int:
        """Lines that were taken and not written yet."""
        return 0 if self._writer is None else self._writer.pending

    def write(self, lines: Sequence[bytes]) -> None:
        """Append the lines."""
        self._acquire().write(lines)
        if not self._keep_alive:
            self.close()

    def flush(self) -> None:
        """Append what is buffered."""
        if self._writer is not None:
            self._writer.flush()

    def reopen(self) -> None:
        """Close the file; the next batch opens what then has its name."""
        self.close()

    def close(self) -> None:
        """Append what is buffered and close the file."""
        if self._writer is None:
            return
        try:
            self._writer.flush()
        finally:
            os.close(self._descriptor)
            self._writer = None

    def _acquire(self) -> LineWriter:
        if self._writer is None:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOCTTY
            self._descriptor = os.open(self._path, flags, 0o600)
            self._writer = LineWriter(self._descriptor, buffered=self._buffered)
        return self._writer
