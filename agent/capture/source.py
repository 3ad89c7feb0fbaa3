"""What each driver brings to the capture interface."""

from typing import TYPE_CHECKING, Protocol

from agent.capture.reports import OpenReport

if TYPE_CHECKING:
    from agent._core import Engine


class Source(Protocol):
    """Something events come from: a driver now, files and plugins later."""

    @property
    def kind(self) -> str:
        """The driver's name in configuration and output."""

    def check(self) -> None:
        """Raise an AgentError, before anything is opened, when it is plain that the source cannot run here."""

    def open(self, engine: "Engine") -> OpenReport:
        """Open the source in the engine and start it. Raises CaptureError of the native module."""

    def close(self) -> None:
        """Give back what the source holds besides the engine, which has been stopped. May be called again."""
