"""How far the reading of a long file has come, shown on a terminal."""

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_AFTER_SECONDS = 1.0
"""Work that is done sooner needs no bar."""
_QUIET_SECONDS = 0.3
"""How long no line must have been printed before the bar comes back."""


class FileProgress:
    """A bar on standard error that makes way for lines printed to the same terminal."""

    def __init__(self, name: str, size: int | None) -> None:
        self._name = name
        self._size = size
        self._shown = size is not None and size > 0 and sys.stderr.isatty()
        self._shares_terminal = sys.stdout.isatty()
        self._since = time.monotonic() + _AFTER_SECONDS
        self._bar: tuple[Progress, TaskID] | None = None

    def update(self, position: int | None) -> None:
        """Show how much of the file was read."""
        if not self._shown or position is None or time.monotonic() < self._since:
            return
        if self._bar is None:
            self._bar = self._start()
        progress, task = self._bar
        progress.update(task, completed=position)

    def make_way(self) -> None:
        """Lines are about to be printed."""
        if self._shares_terminal:
            self.close()
            self._since = max(self._since, time.monotonic() + _QUIET_SECONDS)

    def close(self) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar[0].stop()
            self._bar = None

    def _start(self) -> "tuple[Progress, TaskID]":
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

        progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(binary_units=True),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        task = progress.add_task(self._name, total=self._size)
        progress.start()
        return progress, task
