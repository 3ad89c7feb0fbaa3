"""Running a capture: from checked settings to alerts at the outputs, until somebody or something stops it."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from agent import report
from agent.capture import Capture, Scope, Source
from agent.config import Settings
from agent.engine_setup import engine_options, make_source
from agent.errors import AgentError, ConfigError
from agent.log import Log
from agent.outputs import Dispatcher, Output
from agent.progress import FileProgress
from agent.rule_files import LoadedRules
from agent.run_loop import drain
from agent.signals import SignalScope, Stopping, stop_on_signals


@dataclass(frozen=True)
class RunOptions:
    """What the command line says about a run, beyond the settings."""

    scope: Scope | None = None
    seconds: float | None = None
    dry_run: bool = False
    stats_file: Path | None = None
    profile_rules: bool = False
    source: Source | None = None
    """What is captured from, where that is not the settings' choice."""
    alerts_to: TextIO | None = None
    """Where the standard output's alerts go instead."""
    quiet: bool = False
    """Say nothing at start and end but what is wrong."""
    signals: SignalScope = stop_on_signals
    on_failure: Callable[[str], None] | None = None
    """Told at once why the run ends early, where its end may take long."""


def make_outputs(settings: Settings, alerts_to: TextIO | None = None) -> list[Output]:
    """Open the configured outputs; `alerts_to` stands in for standard output.

    Raises ConfigError when none is enabled, OutputError when one cannot be opened.
    """
    outputs: list[Output] = []
    if settings.stdout_output.enabled:
        from agent.outputs.stdout import StdoutOutput

        outputs.append(StdoutOutput(alerts_to, buffered=settings.buffered_outputs))
    if settings.file_output.enabled:
        from agent.outputs.file import FileOutput

        path = Path(settings.file_output.filename)
        keep_alive = settings.file_output.keep_alive
        outputs.append(FileOutput(path, keep_alive=keep_alive, buffered=settings.buffered_outputs))
    if not outputs:
        raise ConfigError("No output is enabled, so nobody would see an alert: enable stdout_output or file_output.")
    return outputs


def run(settings: Settings, rules: LoadedRules, options: RunOptions, log: Log) -> int:
    """Capture and alert until a signal, the time limit, or the loss of every output. Returns the exit code.

    Raises AgentError when the run could not begin, ended early, or alerts did not reach an output.
    """
    from agent import _core

    source = options.source or make_source(settings, options.scope)
    try:
        engine = _core.Engine(rules.plan, engine_options(settings, profile_rules=options.profile_rules))
    except ValueError as error:
        raise AgentError(f"The engine cannot use these rules: {error}") from None
    if options.dry_run:
        loaded = report.counted(rules.count, "rule")
        log.report(f"agent: dry run: the configuration is good, {loaded} loaded; nothing was started.")
        return 0
    source.check()
    stats_file = _open_stats_file(options.stats_file) if options.stats_file is not None else None
    dispatcher = Dispatcher(
        make_outputs(settings, options.alerts_to),
        log,
        capacity=settings.outputs_queue.capacity,
        timeout=settings.output_timeout / 1000,
        # A file waits for a slow output; the kernel would not.
        patient=settings.engine.kind == "replay",
    )
    capture = Capture(engine, source)
    with options.signals(dispatcher.reopen, dispatcher.hurry) as stopping:
        try:
            started, failure = _run_capture(capture, rules.count, options, log, dispatcher, stopping)
        finally:
            # Signals still ask for the end here: delivering what is queued may take long.
            dispatcher.close()
    seconds = time.monotonic() - started
    stats = capture.stats()
    if not options.quiet:
        log.report(report.stop_block(stats, seconds, dispatcher.dropped))
    elif (missing := report.losses_line(stats)) is not None:
        log.warning(missing)
    if stats.rules_profile is not None:
        log.report(report.profile_table(stats.rules_profile))
    if stats_file is not None:
        with stats_file:
            json.dump({**stats.raw, "undelivered": dispatcher.dropped, "seconds": round(seconds, 3)}, stats_file)
    cut_short = report.cut_short_line(capture)
    if cut_short is not None and failure is None:
        log.warning(cut_short)
    missed = report.missed_sentence(dispatcher.dropped)
    if failure is not None or missed is not None:
        raise AgentError(" ".join(filter(None, (failure, missed))))
    return 0


def _open_stats_file(path: Path) -> TextIO:
    """Create the file at the start, so that a path that cannot be written is known before anything runs."""
    try:
        return open(path, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600))
    except OSError as error:
        raise ConfigError(f"--stats-file {path} cannot be written: {error.strerror}.") from None


def _run_capture(
    capture: Capture, rules: int, options: RunOptions, log: Log, dispatcher: Dispatcher, stopping: Stopping
) -> tuple[float, str | None]:
    """Open, drain and stop the capture; return when it was ready and, when it did not end as asked, why."""
    from agent._core import CaptureError

    try:
        opened = capture.open()
    except (CaptureError, ValueError) as error:
        raise AgentError(str(error)) from None
    started = time.monotonic()
    if (skipped := report.skipped_line(opened)) is not None:
        log.report(skipped)
    for line in report.refusal_lines(opened):
        log.warning(line)
    if not options.quiet:
        log.report(report.start_line(opened, rules, options.scope, report.seconds_since_start()))

    def take(batch: list[bytes]) -> str | None:
        if batch:
            dispatcher.submit(batch)
        return None if dispatcher.alive else "Stopped: no output takes alerts any more."

    progress = FileProgress(opened.file or "", opened.size)
    return started, drain(capture, take, stopping, options.seconds, progress, options.on_failure)
