"""The `agent` command: reads the command line and does the one thing it asks for."""

import argparse
import contextlib
import errno
import os
import shlex
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agent.arguments import Once, Parser, seconds
from agent.commands import COMMANDS, run_command
from agent.driver_options import add_driver_flags, driver_overrides
from agent.errors import AgentError

if TYPE_CHECKING:
    from agent.config import Settings
    from agent.log import Log

_EXAMPLES = """\
examples:
  agent --modern-bpf                          watch this host with the shipped rules
  agent --modern-bpf -p 1234                  watch one process and what it starts
  agent -r my_rules.yaml -o json_output=true  use other rules, print JSON
  agent -r my_rules.yaml -e incident.scap     see what the rules say of a capture file
  agent -V my_rules.yaml                      check rules without watching anything
  agent -l "Program run from memory"          say all about one rule
  agent --list | less                         the fields that rules can use

Alerts go to standard output, one line each; everything else goes to standard error.
The exit code is 0, or 1 after an error.
"""


def _commands_text() -> str:
    lines = [f"  agent {name:<9} {summary}" for name, summary in COMMANDS.items()]
    return "\n".join(["commands (agent COMMAND --help says more):", *lines, "", ""])


def _no_command(word: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(word.lower(), COMMANDS, 1, 0.5)
    hint = f": did you mean {close[0]!r}?" if close else "."
    *others, last = COMMANDS
    known = f"The commands are {', '.join(others)} and {last}; `agent --help` says what they do."
    return f"There is no command {word!r}{hint} {known}"


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = Parser(
        prog="agent",
        usage="agent [options]\n       agent COMMAND [options]",
        description="Watch system calls and print an alert when a rule matches.",
        epilog=_commands_text() + _EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    capture = parser.add_argument_group("what is watched")
    add_driver_flags(capture)
    capture.add_argument(
        "--scope",
        metavar="SCOPE",
        action=Once,
        help="watch only pid:N with its descendants, cgroup:PATH or container:ID",
    )
    capture.add_argument(
        "-p", "--pid", metavar="PID", action=Once, help="watch only this process with its descendants: --scope pid:PID"
    )
    capture.add_argument(
        "-e",
        dest="file",
        metavar="FILE",
        action=Once,
        help="read events from a capture file (.scap) instead of watching; - is standard input",
    )
    capture.add_argument("-M", dest="seconds", metavar="SECONDS", type=seconds, help="stop after this many seconds")

    rules = parser.add_argument_group("rules and configuration")
    rules.add_argument(
        "-r",
        dest="rules",
        metavar="PATH",
        action="append",
        type=Path,
        default=[],
        help="rule file, or folder of .yaml files; repeatable; instead of the configured rules",
    )
    rules.add_argument(
        "-V",
        "--validate",
        metavar="PATH",
        action="append",
        type=Path,
        default=[],
        help="check a rule file or folder and exit; repeatable",
    )
    rules.add_argument(
        "-c", dest="config", metavar="PATH", type=Path, help="configuration file (default: /etc/agent/agent.yaml)"
    )
    rules.add_argument(
        "-o",
        "--option",
        dest="options",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="set a configuration key: a.b=x, list[0]=x, list[]=x to add, key={yaml: mapping}; repeatable",
    )
    rules.add_argument("--dry-run", action="store_true", help="check configuration and rules, start nothing")

    output = parser.add_argument_group("output")
    output.add_argument("-U", "--unbuffered", action="store_true", help="write every alert at once (buffered_outputs)")
    output.add_argument("-v", dest="verbose", action="store_true", help="say more about what is done (log_level debug)")
    output.add_argument(
        "--profile-rules", action="store_true", help="when stopping, show what each rule cost (slows the rules down)"
    )
    output.add_argument(
        "--stats-file", metavar="PATH", type=Path, help="when stopping, write the counters there as JSON"
    )

    information = parser.add_argument_group("information")
    information.add_argument(
        "--list", metavar="SOURCE", nargs="?", const="", help="list the fields of all event sources, or of one"
    )
    information.add_argument(
        "--format",
        metavar="FORMAT",
        choices=("text", "markdown", "json"),
        help="with --list: text (the default), markdown or json (the default with json_output)",
    )
    information.add_argument("--markdown", action="store_true", help="deprecated: --format markdown")
    information.add_argument(
        "-L", dest="list_rules", action="store_true", help="describe all rules (as JSON with json_output)"
    )
    information.add_argument(
        "-l", dest="describe_rule", metavar="RULE", action=Once, help="describe one rule in full, by its name"
    )
    information.add_argument("--rule-schema", action="store_true", help="print the JSON schema of rule files")
    information.add_argument("-N", dest="names_only", action="store_true", help="with --list: names only")
    information.add_argument("--version", action="store_true", help="print versions (as JSON with json_output)")
    information.add_argument("-h", "--help", action="help", help="print this text")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code. Errors are printed as sentences on standard error."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _command(words)
        sys.stdout.flush()
        return code
    except AgentError as error:
        _complain(str(error))
        return 1
    except BrokenPipeError:
        # The reader of a listing has seen enough.
        _give_up_stdout()
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if "-v" in words:
            traceback.print_exc()
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            _give_up_stdout()
            _complain(f"The output cannot be written: {error.strerror}.")
            return 1
        what = " ".join(str(error).split()) or "no message"
        _complain(f"The agent failed unexpectedly ({type(error).__name__}: {what}). This is a bug; -v prints details.")
        return 1


def _command(words: Sequence[str]) -> int:
    try:
        if words and words[0] in COMMANDS:
            return run_command(words[0], words[1:])
        if words and words[0] and not words[0].startswith("-"):
            raise AgentError(_no_command(words[0]))
        if "--pdig" in words and "--" in words:
            started = shlex.join(words[words.index("--") + 1 :]) or "COMMAND"
            raise AgentError(f"`agent --pdig` watches a process that runs; to start one: pdig-agent -- {started}")
        return _dispatch(build_parser().parse_args(words))
    except SystemExit as done:  # the parser's, after --help or a usage error
        return done.code if isinstance(done.code, int) else 0


def _give_up_stdout() -> None:
    """Keep the interpreter from failing on its last flush."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _dispatch(options: argparse.Namespace) -> int:
    if options.list is not None:
        return _list(options)
    for given, option in (
        (options.names_only, "-N"),
        (options.format is not None, "--format"),
        (options.markdown, "--markdown"),
    ):
        if given:
            raise AgentError(f"{option} goes with --list: it says how the fields are printed.")
    if options.rule_schema:
        import json

        from agent.lang.item_keys import rule_schema

        print(json.dumps(rule_schema(), indent=2))
        return 0
    # Imported here, so that `--help` and `--list` need not wait for it.
    from agent.config import load_config
    from agent.log import Log

    overrides = [*options.options]
    if options.unbuffered:
        overrides.append("buffered_outputs=false")
    if options.verbose:
        overrides.append("log_level=debug")
    overrides += driver_overrides(options)
    config = load_config(options.config, overrides)
    settings = config.settings
    log = Log(settings.log_level, enabled=settings.log_stderr, iso=settings.time_format_iso_8601)
    for warning in config.warnings:
        log.warning(warning)
    for path in config.files:
        log.debug(f"Configuration read from {path}.")

    if options.version:
        from agent.version import version_text

        print(version_text(as_json=settings.json_output))
        return 0
    if options.validate or options.list_rules or options.describe_rule is not None:
        return _check_or_describe(options, settings, log)
    return _watch(options, settings, log)


def _check_or_describe(options: argparse.Namespace, settings: "Settings", log: "Log") -> int:
    from agent.rule_files import Describe, describe_configured_rules, validate_rules

    if options.list_rules and options.describe_rule is not None:
        raise AgentError("-L and -l exclude each other: -L describes all rules, -l one.")
    describe = Describe(options.describe_rule) if options.list_rules or options.describe_rule is not None else None
    if options.validate:
        text, sound = validate_rules(options.validate, describe, as_json=settings.json_output)
        print(text)
        return 0 if sound else 1
    if describe is not None:
        print(describe_configured_rules(options.rules, settings, log, describe, as_json=settings.json_output))
    return 0


def _list(options: argparse.Namespace) -> int:
    from agent.listing import list_fields

    if options.markdown and options.format is not None:
        raise AgentError(
            "--markdown and --format exclude each other; --markdown is the old way to say --format markdown."
        )
    form = "markdown" if options.markdown else options.format
    if form is None:
        from agent.config import load_config

        form = "json" if load_config(options.config, options.options).settings.json_output else "text"
    print(list_fields(options.list or None, names_only=options.names_only, form=form))
    return 0


def _watch(options: argparse.Namespace, settings: "Settings", log: "Log") -> int:
    from agent.app import RunOptions, run
    from agent.driver_options import scope_of
    from agent.engine_setup import replaying
    from agent.rule_files import load_configured_rules

    if options.file is not None:
        settings = replaying(settings, options.file)
    scope = scope_of(options)
    rules = load_configured_rules(options.rules, settings, log)
    how = RunOptions(scope, options.seconds, options.dry_run, options.stats_file, options.profile_rules)
    return run(settings, rules, how, log)


def _complain(message: str) -> None:
    # Standard error may be closed; the exit code still says it.
    with contextlib.suppress(OSError):
        print(f"Error: {message}", file=sys.stderr, flush=True)
