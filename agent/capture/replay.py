"""A capture file as a source: what happened at another time, perhaps on another machine."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.capture.reports import OpenReport

if TYPE_CHECKING:
    from agent._core import Engine


@dataclass(frozen=True)
class Replay:
    """A `.scap` file, plain or compressed; `-` is standard input."""

    path: str

    @property
    def kind(self) -> str:
        """`replay`."""
        return "replay"

    def check(self) -> None:
        """Nothing to check: opening the file says everything."""

    def open(self, engine: "Engine") -> OpenReport:
        """Open the file; its events come as fast as they are taken."""
        report = json.loads(engine.open_replay(self.path))
        return OpenReport(driver=report["driver"], kernel="", file=self.path, size=report["size"])

    def close(self) -> None:
        """Nothing to close: it is the engine's."""
