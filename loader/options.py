"""The command line of `agent-driver-loader`, and the request that it and the environment make."""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from loader.acquisition import STORE, Http, Request
from loader.drivers import ALL, DRIVERS, driver_named
from loader.environment import FromEnvironment, read_environment
from loader.facts.distribution import distribution
from loader.kernel import Kernel, Target
from loader.machine import Machine

USAGE_ERROR = 2
COMMANDS = ("doctor", "list", "publish")
_RELEASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+~:@_-]{0,127}")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:\s*([\x20-\x7e\t]*)")

_EXAMPLES = """\
examples:
  agent-driver-loader                         find the driver that works here, and make it ready
  agent-driver-loader doctor                  every driver: possible or not, why, and what to do
  agent-driver-loader module --repo URL       the kernel module: downloaded, or else built with DKMS
  agent-driver-loader bpf --compile           the classic eBPF probe, built here with bcc
  agent-driver-loader --clean                 take out everything that it brought
  agent-driver-loader list --repo URL         which kernels a repository has drivers for
  agent-driver-loader publish DIR             build for this kernel into a repository of one's own

The exit code is 0 when a driver is ready, 1 when none is possible, 2 for a command line that cannot be read.
Variables of other loaders are understood: DRIVERS_REPO, DRIVER_KERNEL_RELEASE, DRIVER_KERNEL_VERSION, HOST_ROOT,
DRIVER_INSECURE_DOWNLOAD, FALCO_BPF_PROBE, FALCOCTL_DRIVER_TYPE, FALCOCTL_DRIVER_REPOS, FALCOCTL_DRIVER_HTTP_HEADERS.
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong in a sentence."""
        self.exit(USAGE_ERROR, f"Error: {message[0].upper()}{message[1:]}. `{self.prog} --help` lists the options.\n")


@dataclass(frozen=True)
class Job:
    """What is to be done: a command, on a machine, with a request."""

    command: str
    """auto, doctor, list or publish."""
    only: str | None
    """The driver that was asked for by name."""
    order: tuple[str, ...]
    """Drivers in the order that the environment wants; empty for the table's."""
    options: argparse.Namespace
    machine: Machine
    request: Request
    notes: tuple[str, ...]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser."""
    parser = _Parser(
        prog="agent-driver-loader",
        description="Find the driver that works on this machine, make it ready, and say why the others do not.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    names = ", ".join(alias for driver in ALL for alias in (driver.name, *driver.aliases[:1]))
    parser.add_argument(
        "command", nargs="?", metavar="COMMAND", help=f"auto (the default), {names}, doctor, list, publish"
    )
    parser.add_argument("folder", nargs="?", metavar="DIR", type=Path, help="with publish: the repository")

    how = parser.add_argument_group("how a driver is obtained (without --download and --compile: both)")
    how.add_argument("--download", action="store_true", help="download a prebuilt one")
    how.add_argument("--compile", action="store_true", help="build it here")
    how.add_argument(
        "--download-headers",
        action="store_true",
        help="let the package manager install the kernel's headers to build with",
    )
    how.add_argument(
        "--repo", metavar="URL", action="append", default=[], help="repository of prebuilt drivers; repeatable"
    )
    how.add_argument(
        "--public-key", metavar="FILE", type=Path, help="downloads have to be signed by a key of this file"
    )
    how.add_argument("--http-header", metavar="NAME:VALUE", action="append", default=[], help="sent to it; repeatable")
    how.add_argument("--http-insecure", action="store_true", help="do not check certificates")
    how.add_argument("--timeout", metavar="SECONDS", type=_seconds, help="of one attempt to download (60)")
    how.add_argument(
        "--prefer", metavar="DRIVER", type=_driver, help="try this one first: kmod on hosts with heavy I/O"
    )
    how.add_argument(
        "--platforms", metavar="FILE", type=Path, help="platform table (default: /etc/agent/platforms.yaml)"
    )
    how.add_argument("--store", metavar="DIR", type=Path, default=STORE, help=f"where drivers are kept ({STORE})")
    how.add_argument("--clean", action="store_true", help="remove drivers from the kernel and from this machine")

    machine = parser.add_argument_group("which machine")
    machine.add_argument("--kernel-release", metavar="RELEASE", help="of another kernel, as uname -r; only obtains")
    machine.add_argument("--kernel-version", metavar="VERSION", help="as uname -v")
    machine.add_argument("--host-root", metavar="DIR", help="where the host's files are (HOST_ROOT)")
    machine.add_argument(
        "--metadata", action="store_true", help="ask the cloud's metadata service too, for 0.5 s at most"
    )

    output = parser.add_argument_group("output")
    output.add_argument("--print-env", action="store_true", help="print what was found out as variables of a shell")
    output.add_argument("--dry-run", action="store_true", help="change nothing: say what would be done")
    output.add_argument(
        "--choice-file",
        metavar="FILE",
        type=Path,
        help="leave word of the chosen driver there, for the agent (/run/agent/driver)",
    )
    output.add_argument(
        "--stay",
        action="store_true",
        help="stay until a signal asks for the end, then take the driver out of the kernel: beside an agent in a pod",
    )
    output.add_argument("--json", action="store_true", help="print one JSON document")
    output.add_argument("-v", dest="verbose", action="store_true", help="doctor: every fact with its evidence")

    publish = parser.add_argument_group("publish")
    publish.add_argument("--headers", metavar="DIR", type=Path, help="of the kernel (/lib/modules/RELEASE/build)")
    publish.add_argument("--target", metavar="NAME", help="distribution in the file's name, such as ubuntu-aws")
    publish.add_argument("--driver", metavar="DRIVER", type=_driver, action="append", help="kmod or ebpf (both)")
    publish.add_argument(
        "--private-key", metavar="FILE", type=Path, help="Ed25519 key that signs the list of checksums"
    )
    return parser


def read_job(
    arguments: Sequence[str] | None, variables: Mapping[str, str] | None = None, say: Callable[[str], None] = print
) -> Job:
    """Read command line and environment. Ends the process with 2, after a sentence, when they cannot be read."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    environment = read_environment(os.environ if variables is None else variables)
    command, only, order = _command(parser, options, environment)
    if options.stay and (command != "auto" or options.dry_run or options.clean):
        parser.error("--stay goes with making a driver ready, as in `agent-driver-loader auto --stay`")
    if (command == "publish") != (options.folder is not None):
        parser.error("publish takes one folder" if command == "publish" else f"{options.folder} is one word too many")
    kernel, notes = _kernel(parser, options, environment)
    root = options.host_root or environment.host_root or "/"
    if not Path(root).is_dir():
        parser.error(f"--host-root {root}: there is no such folder")
    machine = Machine.here(root, kernel)
    target = distribution(machine).target.value
    if options.target is not None and target is not None:
        if not _RELEASE.fullmatch(options.target):
            parser.error(f"--target {options.target[:80]!r} is no name of a distribution")
        target = Target(options.target, target.release, target.version)
    request = Request(
        machine.kernel,
        target or Target("undetermined", machine.kernel.release, "1"),
        repositories=tuple(options.repo) or environment.repositories,
        download=options.download or not options.compile,
        compile=options.compile or not options.download,
        install_headers=options.download_headers,
        public_key=options.public_key,
        http=Http(
            headers=_headers(parser, options.http_header or list(environment.headers)),
            insecure=options.http_insecure or environment.insecure,
            timeout=options.timeout or Http().timeout,
        ),
        host_root=Path(root),
        store=options.store,
        say=say,
    )
    return Job(command, only, order, options, machine, request, (*environment.notes, *notes))


def _command(
    parser: argparse.ArgumentParser, options: argparse.Namespace, environment: FromEnvironment
) -> tuple[str, str | None, tuple[str, ...]]:
    word = options.command
    if word in COMMANDS:
        return word, None, environment.drivers
    if word is None and len(environment.drivers) == 1:
        return "auto", environment.drivers[0], ()
    if word in (None, "auto"):
        return "auto", None, environment.drivers
    driver = driver_named(word)
    if driver is None:
        known = ", ".join(("auto", *DRIVERS, *(alias for each in ALL for alias in each.aliases[:1]), *COMMANDS))
        parser.error(f"there is no command {word[:80]!r}; the commands are {known}")
    return "auto", driver, ()


def _kernel(
    parser: argparse.ArgumentParser, options: argparse.Namespace, environment: FromEnvironment
) -> tuple[Kernel | None, list[str]]:
    release = options.kernel_release or environment.kernel_release
    version = options.kernel_version or environment.kernel_version
    if release is None and version is None:
        return None, []
    running = Kernel.running()
    release = release or running.release
    if not _RELEASE.fullmatch(release):
        parser.error(f"--kernel-release {release[:80]!r} is no release of a kernel, such as {running.release}")
    notes = []
    if version is None:
        same = release == running.release
        version = running.version if same else "#1"
        if not same:
            notes.append(f"--kernel-version was not given: file names say 1 where they need that of {release}.")
    # People give the bare number too, as in file names.
    version = version if version.startswith("#") else f"#{version}"
    return Kernel(release, version, platform.machine()), notes


def _headers(parser: argparse.ArgumentParser, texts: list[str]) -> tuple[tuple[str, str], ...]:
    found = []
    for text in texts:
        header = _HEADER.fullmatch(text.strip())
        if header is None:
            # The value may be a secret.
            parser.error(f"--http-header takes NAME:VALUE, and {text.partition(':')[0][:40]!r} does not begin one")
        found.append((header[1], header[2].strip()))
    return tuple(found)


def _seconds(text: str) -> float:
    try:
        value = float(text.removesuffix("s"))
    except ValueError:
        value = 0.0
    if not 0 < value <= 86400:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no number of seconds")
    return value


def _driver(text: str) -> str:
    driver = driver_named(text)
    if driver is None:
        raise argparse.ArgumentTypeError(f"there is no driver {text[:40]!r}; they are {', '.join(DRIVERS)}")
    return driver


def to_stderr(sentence: str) -> None:
    """Print a sentence of progress; standard output is for results."""
    print(sentence, file=sys.stderr, flush=True)
