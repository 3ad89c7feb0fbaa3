"""Writing whole lines to a file descriptor."""

import os
import select
from collections.abc import Sequence

FLUSH_BYTES = 64 * 1024
"""A buffered writer writes when this much has gathered."""

_NEWLINE = ord("\n")


class LineWriter:
    """Writes lines to a descriptor that somebody else opened, every batch at once unless `buffered`.

    After an error, `pending` says how many lines were not written to their end. The next `write` gives them up: what
    was counted as lost does not appear later, and a disk that stays full does not fill the memory.
    """

    def __init__(self, descriptor: int, *, buffered: bool, shared: bool = False) -> None:
        """`shared`: others write to the same pipe meanwhile, so no line is spread over two calls."""
        self._descriptor = descriptor
        self._shared = shared
        self._buffered = buffered
        self._pending = bytearray()
        self._failed = False
        self._torn = False

    @property
    def pending(self) -> int:
        """Lines that were taken and not written to their end yet."""
        return self._pending.count(b"\n")

    def write(self, lines: Sequence[bytes]) -> None:
        """Write lines given without their newlines, or keep them until enough have gathered when buffered."""
        if self._failed:
            # The half of a line that was written stays in the file; the next line does not go on behind it.
            self._pending[:] = b"\n" if self._torn else b""
            self._failed = False
        for line in lines:
            self._pending += line
            self._pending += b"\n"
        if not self._buffered or len(self._pending) >= FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what has gathered, however many calls the kernel needs for it."""
        while self._pending:
            try:
                written = os.write(self._descriptor, self._next())
            except BlockingIOError:
                # Another program set O_NONBLOCK on a terminal or pipe that it shares with this one.
                select.select([], [self._descriptor], [])
                continue
            except OSError:
                self._failed = True
                raise
            self._torn = written > 0 and self._pending[written - 1] != _NEWLINE
            del self._pending[:written]

    def _next(self) -> bytearray:
        """Return what one call is to write: whole lines, as many as a pipe takes in one piece (PIPE_BUF)."""
        if not self._shared or len(self._pending) <= select.PIPE_BUF:
            return self._pending
        end = self._pending.rfind(b"\n", 0, select.PIPE_BUF) + 1 or self._pending.find(b"\n") + 1
        return self._pending[: end or None]
