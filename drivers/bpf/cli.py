"""The commands of `python -m drivers.bpf`. Exit codes: 0, 1 for an error, 2 for a command line that cannot be read."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from drivers.bpf import probe
from drivers.bpf.probe import ProbeError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except ProbeError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"Error: {error.filename or 'a file'} cannot be used: {error.strerror or error}.", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m drivers.bpf", description="Build, load and remove the classic eBPF probe."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    build = commands.add_parser("build", help="compile an object that is loaded without a compiler")
    build.set_defaults(command=_build)
    build.add_argument("--kernel-release", default=os.uname().release, help="of the kernel that it is for (this one)")
    types = build.add_mutually_exclusive_group()
    types.add_argument("--kernel-headers", type=Path, metavar="DIR", help="its headers (/lib/modules/RELEASE/build)")
    types.add_argument(
        "--vmlinux-h", type=Path, metavar="FILE", help="instead of headers: its types, as bpftool writes them"
    )
    _add_plain(build)
    build.add_argument("--output", type=Path, required=True, metavar="FILE", help="the object")

    load = commands.add_parser("load", help="load and pin it; only root")
    load.set_defaults(command=_load)
    origin = load.add_mutually_exclusive_group(required=True)
    origin.add_argument("--object", type=Path, metavar="FILE", help="an object that `build` made")
    origin.add_argument("--bcc", action="store_true", help="compile with bcc, from the headers of the running kernel")
    load.add_argument("--kernel-headers", type=Path, metavar="DIR", help="with --bcc: where the headers are")

    _add_plain(load)

    unload = commands.add_parser("unload", help="remove the pins, and with them the probe; only root")
    unload.set_defaults(command=_unload)
    status = commands.add_parser("status", help="say what is loaded")
    status.set_defaults(command=_status)
    status.add_argument("--json", action="store_true", help="as one JSON object")
    return parser


def _add_plain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--plain-tracepoints",
        action="store_true",
        help="though the kernel has raw ones: as before 4.17, to try that out",
    )


def _build(options: argparse.Namespace) -> None:
    from drivers.bpf.build import build

    build(
        options.kernel_release,
        options.output,
        headers=options.kernel_headers,
        vmlinux_h=options.vmlinux_h,
        plain=options.plain_tracepoints,
    )
    print(f"{options.output}: classic eBPF probe {probe.identity()} for Linux {options.kernel_release}")


def _load(options: argparse.Namespace) -> None:
    from drivers.bpf import load

    if options.kernel_headers and not options.bcc:
        raise ProbeError("--kernel-headers goes with --bcc; an object needs none.")
    if options.plain_tracepoints and not options.bcc:
        raise ProbeError("--plain-tracepoints goes with --bcc; of an object, its build decides.")
    probe.require_root("Loading")
    pins = probe.pins()
    if pins.exists():
        print(f"The classic eBPF probe {pins.name} is loaded already.")
        return
    with probe.unfinished() as folder:
        programs, refused = (
            load.with_bcc(folder, options.kernel_headers, plain=options.plain_tracepoints)
            if options.bcc
            else load.object_file(options.object, folder)
        )
    for program, reason in refused:
        print(f"this kernel refused the program {program}: {reason}", file=sys.stderr)
    print(f"Loaded the classic eBPF probe {pins.name}: {programs} programs, {len(refused)} refused, pinned in {pins}")


def _unload(_options: argparse.Namespace) -> None:
    removed = probe.unload()
    print(f"Unloaded {', '.join(removed)}." if removed else "No classic eBPF probe was loaded.")


def _status(options: argparse.Namespace) -> None:
    probe.require_root("looking at")
    needed = probe.identity()
    found = [
        {"identity": name, "in_use": probe.in_use(name), "programs": len(os.listdir(probe.PINS / name / "programs"))}
        for name in probe.loaded()
    ]
    if options.json:
        print(json.dumps({"needed": needed, "loaded": found}))
        return
    for each in found:
        fits = "this agent's" if each["identity"] == needed else "of another version"
        use = "in use" if each["in_use"] else "not in use"
        print(f"{each['identity']}: {each['programs']} programs, {fits}, {use}")
    if not any(each["identity"] == needed for each in found):
        print(f"The probe of this agent, {needed}, is not loaded.")
