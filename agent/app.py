"""Running a capture: from checked settings to alerts at the outputs, until somebody or something stops it."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TextIO

from agent import report
from agent.capture import Capture, ModernEbpf, Scope, Source
from agent.config import Settings
from agent.errors import AgentError, ConfigError
from agent.log import Log
from agent.outputs import Dispatcher, Output
from agent.rule_files import LoadedRules

POLL_MS = 100
"""How long one wait for alerts lasts: the bound on how late a signal is acted on. Alerts themselves do not wait."""


@dataclass(frozen=True)
class RunOptions:
    """What the command line says about a run, beyond the settings."""

    scope: Scope | None = None
    seconds: float | None = None
    dry_run: bool = False
    stats_file: Path | None = None


def engine_options(settings: Settings) -> str:
    """Return the options of the native engine for these settings, as `_core.pyi` documents them."""
    return json.dumps(
        {
            "output": {
                "json": settings.json_output,
                "include_output": settings.json_include_output_property,
                "include_message": settings.json_include_message_property,
                "include_output_fields": settings.json_include_output_fields_property,
                "include_tags": settings.json_include_tags_property,
                "time_iso_8601": settings.time_format_iso_8601,
                "base64": settings.buffer_format_base64,
                "hostname": os.environ.get("AGENT_HOSTNAME") or os.environ.get("FALCO_HOSTNAME") or os.uname().nodename,
            },
            "host_root": os.environ.get("HOST_ROOT") or "/",
            "max_threads": settings.falco_libs.thread_table_size,
            "snaplen": settings.falco_libs.snaplen_bytes,
        }
    )


def make_source(settings: Settings, scope: Scope | None) -> Source:
    """Return the configured driver. Raises ConfigError for one that this version does not have."""
    if settings.engine.kind != "modern_ebpf":
        kind = settings.engine.kind
        raise ConfigError(f"engine.kind {kind} is not in this version, which has one driver: modern_ebpf.")
    driver = settings.engine.modern_ebpf
    return ModernEbpf(
        buffer_bytes=driver.buffer_bytes,
        cpus_for_each_buffer=driver.cpus_for_each_buffer,
        all_syscalls=settings.base_syscalls.all,
        scope=scope,
    )


def make_outputs(settings: Settings) -> list[Output]:
    """Open the configured outputs. Raises ConfigError when none is enabled, OutputError when one cannot be opened."""
    outputs: list[Output] = []
    if settings.stdout_output.enabled:
        from agent.outputs.stdout import StdoutOutput

        outputs.append(StdoutOutput(buffered=settings.buffered_outputs))
    if settings.file_output.enabled:
        from agent.outputs.file import FileOutput

        path = Path(settings.file_output.filename)
        keep_alive = settings.file_output.keep_alive
        outputs.append(FileOutput(path, keep_alive=keep_alive, buffered=settings.buffered_outputs))
    if not outputs:
        raise ConfigError("No output is enabled, so nobody would see an alert: enable stdout_output or file_output.")
    return outputs


def run(settings: Settings, rules: LoadedRules, options: RunOptions, log: Log) -> int:
    """Capture and alert until a signal, the time limit, or the loss of every output. Returns the exit code."""
    from agent import _core

    source = make_source(settings, options.scope)
    try:
        engine = _core.Engine(rules.plan, engine_options(settings))
    except ValueError as error:
        raise AgentError(f"The engine cannot use these rules: {error}") from None
    if options.dry_run:
        loaded = report.counted(rules.count, "rule")
        log.report(f"agent: dry run: the configuration is good, {loaded} loaded; nothing was started.")
        return 0
    source.check()
    stats_file = _open_stats_file(options.stats_file) if options.stats_file is not None else None
    dispatcher = Dispatcher(
        make_outputs(settings),
        log,
        capacity=settings.outputs_queue.capacity,
        timeout=settings.output_timeout / 1000,
    )
    capture = Capture(engine, source)
    try:
        started, failure = _run_capture(capture, rules.count, options, log, dispatcher)
    finally:
        dispatcher.close()
    seconds = time.monotonic() - started
    stats = capture.stats()
    log.report(report.stop_block(stats, seconds, dispatcher.dropped))
    if stats_file is not None:
        with stats_file:
            json.dump({**stats.raw, "undelivered": dispatcher.dropped, "seconds": round(seconds, 3)}, stats_file)
    if failure is not None:
        raise AgentError(failure)
    return 0


def _open_stats_file(path: Path) -> TextIO:
    """Create the file at the start, so that a path that cannot be written is known before anything runs."""
    try:
        return open(path, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600))
    except OSError as error:
        raise ConfigError(f"--stats-file {path} cannot be written: {error.strerror}.") from None


def _run_capture(
    capture: Capture, rules: int, options: RunOptions, log: Log, dispatcher: Dispatcher
) -> tuple[float, str | None]:
    """Open, drain and stop the capture; return when it was ready and, when it did not end as asked, why."""
    from agent._core import CaptureError

    with _signals(dispatcher) as stopping:
        try:
            opened = capture.open()
        except (CaptureError, ValueError) as error:
            raise AgentError(str(error)) from None
        started = time.monotonic()
        for line in report.refusal_lines(opened):
            log.warning(line)
        log.report(report.start_line(opened, rules, options.scope, report.seconds_since_start()))
        failure = _drain(capture, dispatcher, stopping, started, options.seconds)
        _finish(capture, dispatcher)
        return started, failure


class _Stopping:
    """Set by a signal; looked at between two waits for alerts."""

    requested = False


def _drain(
    capture: Capture, dispatcher: Dispatcher, stopping: _Stopping, started: float, seconds: float | None
) -> str | None:
    """Hand over alerts until it is time to stop; return why, when that is a failure."""
    from agent._core import CaptureError

    while not stopping.requested:
        wait_ms = POLL_MS
        if seconds is not None:
            left = started + seconds - time.monotonic()
            if left <= 0:
                return None
            wait_ms = min(POLL_MS, max(1, int(left * 1000)))
        try:
            batch = capture.next_batch(wait_ms)
        except CaptureError as error:
            return f"The capture ended: {error}"
        if batch:
            dispatcher.submit(batch)
        if not dispatcher.alive:
            return "Stopped: no output takes alerts any more."
    return None


def _finish(capture: Capture, dispatcher: Dispatcher) -> None:
    """Stop capturing and hand over what was captured before."""
    from agent._core import CaptureError

    capture.stop()
    try:
        while batch := capture.next_batch(0):
            dispatcher.submit(batch)
    except CaptureError:
        # The source is gone already; its last error was reported by the loop that met it.
        pass


@contextmanager
def _signals(dispatcher: Dispatcher) -> Iterator[_Stopping]:
    """SIGINT, SIGTERM and SIGHUP stop the run; SIGUSR1 has the outputs open their files anew."""
    stopping = _Stopping()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.requested = True

    def reopen(_number: int, _frame: FrameType | None) -> None:
        dispatcher.reopen()

    handlers = {signal.SIGINT: stop, signal.SIGTERM: stop, signal.SIGUSR1: reopen}
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup stays in force
        handlers[signal.SIGHUP] = stop
    previous = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield stopping
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
