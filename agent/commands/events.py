"""What `read`, `watch` and `capture` have in common: a filter instead of rules, and a run without outputs."""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TextIO

from agent import report
from agent.arguments import Once, Parser, count, seconds
from agent.capture import Capture, CaptureStats, OpenReport, Scope, Source
from agent.driver_options import add_driver_flags, driver_overrides
from agent.engine_setup import engine_options, make_source, replaying
from agent.errors import AgentError, ConfigError
from agent.lang.expression import filter_plan
from agent.log import Log
from agent.outputs.writer import LineWriter
from agent.progress import FileProgress
from agent.run_loop import drain
from agent.signals import SignalScope, stop_on_signals

if TYPE_CHECKING:
    from agent.config import Settings

DEFAULT_FORMAT = "*%evt.num %evt.outputtime %evt.cpu %proc.name (%thread.tid) %evt.dir %evt.type %evt.info"
"""Number, time, CPU, program, thread, direction (always `<`: calls are seen when they return), call, arguments."""

FILTER_HELP = "condition in the rule language, such as: evt.type=openat and fd.name startswith /etc"


def add_filter(parser: argparse.ArgumentParser) -> None:
    """Add the positional FILTER, which may be several words as a shell splits them."""
    parser.add_argument("filter", metavar="FILTER", nargs="*", default=[], help=FILTER_HELP)


def add_format(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how events are printed."""
    parser.add_argument(
        "-p",
        dest="format",
        metavar="FORMAT",
        action=Once,
        help="text with %%field in it, and \\t, \\n, \\\\ for tab, newline, backslash; an event that lacks one of "
        "the fields is left out, unless FORMAT begins with *",
    )
    parser.add_argument("--json", action="store_true", help="print each event as a JSON object of the format's fields")
    parser.add_argument("-n", dest="count", metavar="COUNT", type=count, help="stop after this many events")


def add_hints(parser: Parser) -> None:
    """Have options of sysdig that are not those of `agent read` and `agent watch` answered with what to use."""
    parser.instead(
        r="a capture file is named alone, `agent read FILE`",
        w="`agent capture -w FILE` writes capture files",
        j="--json prints JSON",
        t="a time is a field of -p, such as %evt.time, %evt.datetime, %evt.rawtime or %evt.reltime",
    )


def add_driver(parser: argparse.ArgumentParser) -> None:
    """Add the options of a live capture."""
    add_driver_flags(parser)
    parser.add_argument(
        "--scope",
        metavar="SCOPE",
        action=Once,
        help="only pid:N with its descendants, cgroup:PATH or container:ID",
    )
    # Not -p: it is the format of `agent read` and `agent watch`.
    parser.add_argument(
        "--pid", metavar="PID", action=Once, help="only this process with its descendants: --scope pid:PID"
    )
    parser.add_argument("-M", dest="seconds", metavar="SECONDS", type=seconds, help="stop after this many seconds")
    parser.add_argument("-s", dest="snaplen", metavar="BYTES", type=count, help="bytes of I/O data kept of an event")


def add_config(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose the configuration."""
    parser.add_argument("-c", dest="config", metavar="PATH", type=Path, help="configuration file")
    parser.add_argument(
        "-o", "--option", dest="options", metavar="KEY=VALUE", action="append", default=[], help="configuration key"
    )
    parser.add_argument("-v", dest="verbose", action="store_true", help="say more about what is done")


def configured(options: argparse.Namespace, file: str | None) -> "tuple[Settings, Log]":
    """Return settings and log for the options; with `file`, for reading that."""
    from agent.config import load_config

    overrides = [*options.options, *driver_overrides(options)]
    if options.verbose:
        overrides.append("log_level=debug")
    if getattr(options, "snaplen", None) is not None:
        overrides.append(f"falco_libs.snaplen={options.snaplen}")
    config = load_config(options.config, overrides)
    settings = replace(config.settings, json_output=getattr(options, "json", False))
    log = Log(settings.log_level, enabled=settings.log_stderr, iso=settings.time_format_iso_8601)
    for warning in config.warnings:
        log.warning(warning)
    return (settings if file is None else replaying(settings, file)), log


def condition(words: Sequence[str]) -> str | None:
    """Return the filter that the words of a command line make; None for no filter."""
    return " ".join(words).strip() or None


def require_writable(path: str) -> None:
    """Raise AgentError when a capture file cannot be written there: before anything is started, or emptied."""
    file = Path(path)
    folder = file.parent
    if file.is_dir():
        raise AgentError(f"-w {path} is a folder, not a file.")
    if not folder.is_dir():
        raise AgentError(f"-w {path}: there is no folder {folder}.")
    if not os.access(file if file.exists() else folder, os.W_OK):
        raise AgentError(f"-w {path} cannot be written: no permission, or the file system is read-only.")


class Taker(Protocol):
    """Takes the lines of a run."""

    @property
    def done(self) -> bool:
        """Whether no more are wanted."""

    def write(self, lines: list[bytes]) -> None:
        """Take a batch of lines."""


@dataclass(frozen=True)
class Explaining:
    """A rule to explain instead of printing events: its index in the plan, and which events."""

    rule: int
    events: set[int] | None
    near: int


class Printer:
    """Prints lines to standard output or another stream, `limit` of them at most."""

    def __init__(self, limit: int | None, stream: TextIO | None = None, log: Log | None = None) -> None:
        """With `log`, a stream that takes no more is said there, and what would be printed is counted instead."""
        self._writer = LineWriter((stream or sys.stdout).fileno(), buffered=False, shared=stream is not None)
        self._left = limit
        self._log = log
        self.unprinted = 0
        """Lines that the stream did not take."""

    @property
    def done(self) -> bool:
        """Whether the limit is reached."""
        return self._left == 0

    def write(self, lines: list[bytes]) -> None:
        """Print a batch of lines."""
        if self._left is not None:
            lines = lines[: self._left]
            self._left -= len(lines)
        if self.unprinted:
            self.unprinted += len(lines)
            return
        try:
            self._writer.write(lines)
        except OSError as error:
            if self._log is None:
                raise
            self.unprinted = len(lines)
            self._log.warning(f"Events can't be printed any more: {error.strerror}. They are counted instead.")


@dataclass(frozen=True)
class Finished:
    """How a run went."""

    opened: OpenReport
    stats: CaptureStats
    seconds: float
    failure: str | None
    cut_short: str | None
    """That the file was not read to its end, where nobody had all they asked for by then."""

    def warnings(self) -> list[str]:
        """Say what is missing from what was shown or written."""
        return [line for line in (report.losses_line(self.stats), self.cut_short) if line is not None]


def run_events(
    settings: "Settings",
    log: Log,
    plan: dict[str, object],
    *,
    scope: Scope | None = None,
    limit: float | None = None,
    printer: Taker | None = None,
    complete_only: bool = False,
    record: tuple[str, bool] | None = None,
    explaining: Explaining | None = None,
    all_syscalls: bool | None = None,
    source: Source | None = None,
    signals: SignalScope = stop_on_signals,
    quiet: bool = False,
    absent: bool = True,
    on_failure: Callable[[str], None] | None = None,
) -> Finished:
    """Print the events that a plan chooses or, with `record` (path, compressed), write them to a capture file.

    With `explaining`, what is printed are explanations as JSON. `source`: what is captured from, where that is not the
    settings' choice; `quiet`: without the line that says what is running; `absent`: say which calls no driver captures;
    `on_failure`: as `drain` has it.
    """
    from agent import _core

    source = source or make_source(settings, scope, all_syscalls=all_syscalls)
    source.check()
    try:
        engine = _core.Engine(json.dumps(plan), engine_options(settings, bare=True, complete_only=complete_only))
    except ValueError as error:
        what = "filter" if explaining is None else "rule"
        raise AgentError(f"The engine cannot use this {what}: {error}") from None
    capture = Capture(engine, source)
    with signals(None, None) as stopping:
        try:
            if explaining is not None:
                engine.explain(explaining.rule, explaining.events, explaining.near)
            opened = capture.open()
            if record is not None:
                engine.record(*record)
        except (_core.CaptureError, ValueError) as error:
            raise AgentError(str(error)) from None
        if (skipped := report.skipped_line(opened)) is not None and not quiet:
            log.report(skipped)
        for line in report.refusal_lines(opened, absent=absent):
            log.warning(line)
        if opened.file is None and not quiet:
            log.report(report.start_line(opened, None, scope, report.seconds_since_start()))
        started = time.monotonic()

        def take(batch: list[bytes]) -> str | None:
            if printer is not None and batch:
                printer.write(batch)
                stopping.requested = stopping.requested or printer.done
            return None

        failure = drain(capture, take, stopping, limit, FileProgress(opened.file or "", opened.size), on_failure)
        try:
            engine.finish_recording()
        except _core.CaptureError as error:
            failure = failure or str(error)
    enough = failure is not None or (printer is not None and printer.done)
    cut_short = None if enough else report.cut_short_line(capture)
    return Finished(opened, capture.stats(), time.monotonic() - started, failure, cut_short)


def shown_format(options: argparse.Namespace) -> str:
    """Return the format to print events in. Raises AgentError for what is meant as a process id."""
    form: str = options.format or DEFAULT_FORMAT
    if form.isdigit():
        raise AgentError(f"-p {form}: here -p is the format of events; --pid {form} watches one process.")
    return form


def plan_for(words: Sequence[str], output: str) -> dict[str, object]:
    """Return the plan of a filter and a format."""
    return filter_plan(condition(words), output)


def forbid_terminal(path: str) -> None:
    """Refuse to write a capture file to a terminal."""
    if path == "-" and os.isatty(1):
        raise ConfigError("-w - writes the capture file to standard output, which is a terminal: send it to a program.")
