# SPDX-License-Identifier: MIT
"""The `pdig-agent` command: starts a program, or attaches to running ones, and watches them through ptrace."""

import argparse
import contextlib
import difflib
import os
import shlex
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agent.arguments import Once, Parser, count, seconds
from agent.errors import AgentError
from drivers.pdig.streams import plug_closed

if TYPE_CHECKING:
    from agent.config import Settings
    from agent.log import Log
    from drivers.pdig.command import SignalState
    from drivers.pdig.tracing import Pdig, Targets

_EXAMPLES = """\
examples:
  pdig-agent -- nginx -g 'daemon off;'        watch a program from its start, as a container's entry point does
  pdig-agent -p 1234                          watch a process that runs, and its descendants
  pdig-agent --wait-for nginx                 watch whatever has this name, now or later
  pdig-agent --pidns                          watch everything in this pid namespace (a sidecar's way)
  pdig-agent --print -f evt.type=openat -- ls print the calls themselves, as strace does
  pdig-agent -w out.scap -- make              write them to a file, for `agent read` and `agent -e`
  pdig-agent -r my_rules.yaml -- make         use other rules

Alerts go to standard error, one line each; standard output is the program's. Signals that are sent
to pdig-agent are handed on to it. The exit code is the program's; without a program it is 0, or 1 after an error. A
program that cannot be started gives 127 or 126, as in a shell. What else the program has started is waited for, or
ends with it where pdig-agent is the first process of a container.

Not seen: what is not traced, io_uring, and calls that a seccomp filter of the program's own refuses. A COMMAND stops
for selected system calls only; what is attached to stops for every one, which costs more. docs/pdig.md says more.
"""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of what stands before `--`."""
    parser = Parser(
        prog="pdig-agent",
        usage="pdig-agent [options] -- COMMAND [ARGUMENT...]\n       pdig-agent [options] -p PID",
        description="Watch the system calls of programs through ptrace, where no driver of the kernel may be used.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    what = parser.add_argument_group("what is watched (besides a COMMAND)")
    what.add_argument(
        "-p",
        "--pid",
        dest="pids",
        metavar="PID",
        type=_pid,
        action="append",
        default=[],
        help="this process and its descendants; repeatable",
    )
    what.add_argument(
        "--wait-for",
        dest="names",
        metavar="NAME",
        action="append",
        default=[],
        help="every program of this name, now and later; repeatable",
    )
    what.add_argument(
        "--pidns", action="store_true", help="every process of this pid namespace, now and later, that may be traced"
    )
    what.add_argument("-M", dest="seconds", metavar="SECONDS", type=seconds, help="stop watching after so many seconds")

    how = parser.add_argument_group("how")
    how.add_argument(
        "--seccomp",
        choices=("auto", "off"),
        default="auto",
        help="auto: a COMMAND stops for selected calls only (needs CAP_SYS_ADMIN, or sets no_new_privs); off: for all",
    )
    how.add_argument(
        "--if-agent-dies",
        dest="fate",
        choices=("end", "go-on"),
        help="what becomes of what is watched when pdig-agent is killed (default: a COMMAND ends, others go on)",
    )

    rules = parser.add_argument_group("rules and configuration")
    rules.add_argument(
        "-r",
        dest="rules",
        metavar="PATH",
        action="append",
        type=Path,
        default=[],
        help="rule file or folder; repeatable",
    )
    rules.add_argument("-c", dest="config", metavar="PATH", type=Path, help="configuration file")
    rules.add_argument(
        "-o", "--option", dest="options", metavar="KEY=VALUE", action="append", default=[], help="configuration key"
    )
    rules.add_argument("-U", "--unbuffered", action="store_true", help="write every alert at once")

    events = parser.add_argument_group("events instead of alerts")
    events.add_argument("--print", dest="print", action="store_true", help="print the events, to standard error")
    events.add_argument("-w", dest="write", metavar="FILE", action=Once, help="write the events to a capture file")
    events.add_argument("-f", dest="filter", metavar="FILTER", action=Once, help="only those: a condition as in rules")
    events.add_argument("--format", metavar="FORMAT", action=Once, help="how each is printed: text with %%field in it")
    events.add_argument("--json", action="store_true", help="print each as a JSON object")
    events.add_argument("-s", dest="snaplen", metavar="BYTES", type=count, help="bytes of I/O data kept of an event")

    information = parser.add_argument_group("information")
    information.add_argument("-v", dest="verbose", action="store_true", help="say what is done, and what was seen")
    information.add_argument("--stats-file", metavar="PATH", type=Path, help="at the end, write the counters as JSON")
    information.add_argument("--install-to", metavar="DIR", type=Path, help="copy the relocatable folder to DIR")
    information.add_argument("--version", action="store_true", help="print the version")
    information.add_argument("-h", "--help", action="help", help="print this text")
    parser.instead(
        e="`agent read FILE` and `agent -e FILE` read capture files",
        V="`agent -V FILE` checks rules",
        L="`agent -L` lists rules",
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code. Errors are printed as sentences on standard error."""
    plug_closed()
    words = list(sys.argv[1:] if arguments is None else arguments)
    own, command = (words[: words.index("--")], words[words.index("--") + 1 :]) if "--" in words else (words, None)
    try:
        return _run(_parse(own), command)
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 0
    except AgentError as error:
        _complain(str(error))
        return getattr(error, "status", 1)
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if "-v" in own:
            traceback.print_exc()
        what = " ".join(str(error).split()) or "no message"
        _complain(f"pdig-agent failed unexpectedly ({type(error).__name__}: {what}). This is a bug; -v prints details.")
        return 1


def _parse(words: list[str]) -> argparse.Namespace:
    parser = build_parser()
    options, others = parser.parse_known_args(words)
    if others and others[0].startswith("-"):
        known = list(parser._option_string_actions)
        word = others[0].partition("=")[0]
        close = difflib.get_close_matches(word, known, 1)
        hint = f"did you mean {close[0]}?" if close else "options of the program stand behind --, with its name"
        parser.error(f"there is no option {word}: {hint}")
    if others:
        raise AgentError(f"A COMMAND stands behind --: pdig-agent [options] -- {shlex.join(others)}")
    return options


def _run(options: argparse.Namespace, words: list[str] | None) -> int:
    if options.version:
        from agent.version import version_text

        print(version_text(as_json=False))
        return 0
    if options.install_to is not None:
        from drivers.pdig.folder import install_to

        print(install_to(options.install_to))
        return 0
    try:
        import ptrace  # noqa: F401
    except ImportError:
        raise AgentError("pdig-agent needs python-ptrace: pip install 'agent[pdig]'") from None
    from drivers.pdig.command import Command, CommandError, SignalState

    began_with = SignalState.of_this_process()
    _check(options, words)
    if words:
        # Before there are threads: from now on what would end this process is the command's.
        from drivers.pdig.signals import block

        block()
    settings, log = _settings(options)
    targets = _targets(options, Command.find(words) if words else None)
    source = _source(targets, began_with, settings, log, options)
    watch = _watch_events if options.print or options.write else _watch_rules
    try:
        code = watch(options, settings, log, source)
    except AgentError as error:
        if source.ended is None or isinstance(error, CommandError):
            raise
        # Whatever became of watching it: the exit code is the command's.
        _complain(str(error))
    if source.ended is None:
        return code
    from drivers.pdig.tracing import end_like, exit_status

    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    if os.getpid() != 1:
        end_like(source.ended)
    return exit_status(source.ended)


def _check(options: argparse.Namespace, words: list[str] | None) -> None:
    others = bool(options.pids or options.names or options.pidns)
    if words is not None and not words:
        raise AgentError("There is no COMMAND behind --. Try: pdig-agent -- ls")
    for name in options.names:
        if not name or "/" in name:
            raise AgentError(f"--wait-for {name!r}: a name is that of a program without its folder, such as nginx.")
    if options.print and options.write:
        raise AgentError("--print and -w exclude each other; `agent read FILE` prints what -w has written.")
    if options.rules and (options.print or options.write):
        raise AgentError("-r goes with alerts: --print and -w show events, which -f chooses from.")
    if options.stats_file is not None and (options.print or options.write):
        raise AgentError("--stats-file goes with alerts: --print and -w say themselves, at the end, what is missing.")
    if options.write == "-" and words:
        raise AgentError(
            "-w - would mix the capture file with what the COMMAND writes to standard output: name a file."
        )
    if any(text.partition("=")[0].strip() == "engine.kind" for text in options.options):
        raise AgentError("pdig-agent captures through ptrace, whatever engine.kind says; `agent` uses other drivers.")
    if words and others:
        raise AgentError("A COMMAND and -p, --wait-for or --pidns exclude each other: start one pdig-agent for each.")
    if not words and not others:
        raise AgentError(
            "There is nothing to watch: give a COMMAND behind --, or -p PID, --wait-for NAME or --pidns. "
            "`pdig-agent --help` has examples."
        )
    if words and options.seconds is not None:
        raise AgentError("-M goes with -p, --wait-for and --pidns: a COMMAND is watched until it ends.")
    for given, option in ((options.filter, "-f"), (options.format, "--format"), (options.json, "--json")):
        if given and not (options.print or (options.write and option == "-f")):
            raise AgentError(f"{option} goes with --print: it says which events are printed, and how.")


def _settings(options: argparse.Namespace) -> "tuple[Settings, Log]":
    from agent.config import load_config
    from agent.log import Log

    overrides = [*options.options, "engine.kind=pdig"]
    if options.unbuffered:
        overrides.append("buffered_outputs=false")
    if options.verbose:
        overrides.append("log_level=debug")
    if options.snaplen is not None:
        overrides.append(f"falco_libs.snaplen={options.snaplen}")
    config = load_config(options.config, overrides)
    log = Log(config.settings.log_level, enabled=config.settings.log_stderr, iso=config.settings.time_format_iso_8601)
    for warning in config.warnings:
        log.warning(warning)
    return config.settings, log


def _targets(options: argparse.Namespace, command: object) -> "Targets":
    from drivers.pdig.command import Command
    from drivers.pdig.tracing import Targets

    fate = None if options.fate is None else options.fate == "end"
    filtered = options.seccomp == "auto"
    if isinstance(command, Command):
        if fate is False and filtered:
            raise AgentError(
                "--if-agent-dies go-on needs --seccomp=off: under the filter, calls fail when the tracer is gone."
            )
        return Targets(command, filtered=filtered, end_with_tracer=fate)
    return Targets(None, tuple(options.pids), tuple(options.names), options.pidns, filtered, fate)


def _source(
    targets: "Targets", began_with: "SignalState", settings: "Settings", log: "Log", options: argparse.Namespace
) -> "Pdig":
    from agent.capture.pdig import BUFFER_BYTES
    from drivers.pdig.signals import stop_with
    from drivers.pdig.tracing import Pdig

    every_call = settings.base_syscalls.all or bool((options.print or options.write) and not options.filter)

    def stopped(_signal: int) -> None:
        if source.pid is not None:
            stop_with(source.pid)

    source = Pdig(targets, BUFFER_BYTES, every_call, began_with, log.warning, stopped)
    if options.verbose or sys.stderr.isatty():
        # In a pipe alerts stand alone.
        source.tell = log.report
    return source


def _watch_rules(options: argparse.Namespace, settings: "Settings", log: "Log", source: "Pdig") -> int:
    from agent.app import RunOptions, run
    from agent.rule_files import load_configured_rules

    rules = load_configured_rules(options.rules, settings, log)
    how = RunOptions(
        seconds=options.seconds,
        stats_file=options.stats_file,
        source=source,
        alerts_to=sys.stderr,
        quiet=not options.verbose,
        on_failure=_unwatched(source, log),
    )
    if source.targets.command is not None:
        from dataclasses import replace

        from drivers.pdig.signals import Forwarding

        how = replace(how, signals=Forwarding(source).scope)
    return run(settings, rules, how, log)


def _watch_events(options: argparse.Namespace, settings: "Settings", log: "Log", source: "Pdig") -> int:
    from dataclasses import replace

    from agent.commands import events
    from agent.lang.expression import NO_RULES
    from agent.signals import stop_on_signals
    from drivers.pdig.signals import Forwarding

    output = options.format or events.DEFAULT_FORMAT
    if options.write:
        events.forbid_terminal(options.write)
        events.require_writable(options.write)
        plan = events.plan_for([options.filter], "") if options.filter else NO_RULES
    else:
        plan = events.plan_for([options.filter or ""], output)
    printer = None if options.write else events.Printer(None, sys.stderr, log=log)
    finished = events.run_events(
        replace(settings, json_output=options.json),
        log,
        plan,
        limit=options.seconds,
        printer=printer,
        complete_only=not output.startswith("*"),
        record=(options.write, True) if options.write else None,
        source=source,
        signals=Forwarding(source).scope if source.targets.command is not None else stop_on_signals,
        quiet=not options.verbose,
        absent=bool(options.filter),
        on_failure=_unwatched(source, log),
    )
    for warning in finished.warnings():
        log.warning(warning)
    if printer is not None and printer.unprinted:
        log.warning(f"{printer.unprinted:,} events were not printed.")
    if finished.failure is not None:
        raise AgentError(finished.failure)
    return 0


def _unwatched(source: "Pdig", log: "Log") -> Callable[[str], None] | None:
    """Return what says that a command goes on although nobody watches it any more."""
    if source.targets.command is None:
        return None
    return lambda failure: log.error(f"{failure.rstrip('.')}. The command goes on, unwatched.")


def _pid(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:12]) <= 4194304):
        raise argparse.ArgumentTypeError(f"{text!r} is no process id, which is a whole number from 1 to 4194304")
    return int(text)


def _complain(message: str) -> None:
    with contextlib.suppress(OSError):
        print(f"Error: {message}", file=sys.stderr, flush=True)
