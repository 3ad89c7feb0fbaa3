"""docs/choosing-a-driver.md, written from the loader's own tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from loader.drivers import ALL, BY_NAME, DRIVERS
from loader.facts.platform import titles
from loader.platform_table import PlatformTable, Rule, shipped_table
from loader.verdict import OLDEST_CLASSIC, OLDEST_MODULE

_INTRODUCTION = """\
`agent-driver-loader` finds the driver that works on a machine by trying, makes it ready, and says why the others do
not work. Nobody has to know this page; it says what the loader knows.

```
agent-driver-loader               # find the driver, make it ready
agent-driver-loader doctor        # every driver: possible or not, why, what says so, and what to do
agent-driver-loader --dry-run     # what it would do
```

A driver is tried for real before it is chosen: an agent in a process of its own loads and attaches it, captures one
event of a process that the loader started, and takes it out again. Nothing else on the machine is captured for
that."""

_RULES = """\
The order is `{order}`, but for these rules. They are in `loader/data/platforms.yaml`; a file
`/etc/agent/platforms.yaml` of the same form changes them. What a rule leaves out can be asked for by name, such as
`agent-driver-loader kmod`, and on hosts with heavy input and output `--prefer kmod` puts the module first."""

_PLATFORMS = """\
Recognised without a question to anybody; `--metadata` asks the cloud's metadata service too, for half a second at
most."""

_OBTAINING = """\
Modern eBPF and pdig are in the agent. The classic probe and the module are for one kernel each; they are looked for
as loaded already, installed, kept from an earlier time, in the repositories of `--repo URL` (or `DRIVERS_REPO`),
and last built here, with bcc or DKMS, from the kernel's headers. No repository is assumed: without one, downloading
is left out. `agent-driver-loader publish DIR` fills one. [loading-drivers.md](loading-drivers.md) is the same by
hand.

The exit code is 0 when a driver is ready, 1 when none is possible, 2 for a command line that cannot be read. Where
nothing but pdig works, it is 1 as well: pdig watches what it is told to, and the loader prints the command."""


def page() -> str:
    """Return the text below the page's title."""
    return "\n".join(_lines(shipped_table()))


def _lines(table: PlatformTable) -> Iterator[str]:
    yield _INTRODUCTION
    yield from ("", "## The drivers", "")
    yield from _table(
        ("driver", "also called", "needs", "advantages", "drawbacks", "command"),
        (
            (
                f"{driver.title} (`{driver.name}`)",
                ", ".join(f"`{alias}`" for alias in driver.aliases),
                driver.needs,
                driver.advantages,
                driver.drawbacks,
                f"`{driver.command}`",
            )
            for driver in ALL
        ),
    )
    oldest = ", ".join(f"{arch} {release}" for arch, release in OLDEST_MODULE.items())
    yield from ("", "## Kernels", "")
    yield from _table(
        ("driver", "oldest kernel", "how it is known"),
        (
            (
                BY_NAME["modern_ebpf"].title,
                "the one that has what is needed",
                "a ring buffer and a tp_btf program are made",
            ),
            (BY_NAME["ebpf"].title, OLDEST_CLASSIC, "a program and a perf buffer are made"),
            (BY_NAME["kmod"].title, oldest, "the release, and the kernel is asked whether it would look at a module"),
            (BY_NAME["pdig"].title, "any", "a child is traced"),
        ),
    )
    yield from ("", "[kernels.md](kernels.md) lists the kernels that each was run on.")
    yield from ("", "## Platforms", "", _RULES.format(order=" → ".join(table.order)), "")
    yield from _table(
        ("rule", "when", "drivers, in order", "because", "source"),
        (
            (rule.name, _conditions(rule), " → ".join(_order(rule, table)), rule.reason, _source(rule.source))
            for rule in table.rules
        ),
    )
    yield from ("", _PLATFORMS, "")
    orders = {rule.when["platform"][0]: rule for rule in table.rules if list(rule.when) == ["platform"]}
    yield from _table(
        ("platform", "name", "drivers, in order"),
        (
            (title, f"`{name}`", " → ".join(_order(orders[name], table) if name in orders else table.order))
            for name, title in titles()
        ),
    )
    yield from ("", "## Where a driver comes from", "", _OBTAINING)


def _order(rule: Rule, table: PlatformTable) -> tuple[str, ...]:
    return tuple(driver for driver in rule.order or table.order if driver in DRIVERS and driver not in rule.never)


def _conditions(rule: Rule) -> str:
    return ", ".join(f"{name} is {' or '.join(values)}" for name, values in rule.when.items()).replace(
        "release is", "release has"
    )


def _source(text: str) -> str:
    return f"<{text}>" if text.startswith("https://") and " " not in text else text


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
