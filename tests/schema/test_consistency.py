"""What the schema promises to those that build on it."""

from __future__ import annotations

import pytest

from agent.schema.convert import CONVERTERS
from agent.schema.events import BY_SYMBOL, EVENTS
from agent.schema.flag_types import Conversion
from agent.schema.flags import TABLES
from agent.schema.sources import RET, Arg, Sockaddr, UserBytes, UserPath, UserString
from agent.schema.syscalls import SYSCALLS
from agent.schema.types import EF, Event, Lane, Loss, Status
from agent.schema.types import ParamType as T

REGULAR = [event for event in EVENTS if event.filled and not event.hand]
STRINGS = {T.CHARBUF, T.FSPATH, T.FSRELPATH}


@pytest.mark.parametrize("event", REGULAR, ids=lambda event: event.symbol)
def test_every_parameter_of_a_regular_event_has_a_source_of_its_kind(event: Event) -> None:
    for param in event.params:
        assert param.source is not None, param.name
        assert isinstance(param.source, UserPath | UserString) == (param.type in STRINGS), param.name
        assert isinstance(param.source, UserBytes) == (param.type is T.BYTEBUF), param.name
        assert isinstance(param.source, Sockaddr) == (param.type is T.SOCKADDR), param.name


@pytest.mark.parametrize("event", REGULAR, ids=lambda event: event.symbol)
def test_the_first_parameter_of_a_regular_event_is_what_the_call_returned(event: Event) -> None:
    if event.params:
        assert event.params[0].source == RET


@pytest.mark.parametrize("event", REGULAR, ids=lambda event: event.symbol)
def test_arguments_exist(event: Event) -> None:
    for param in event.params:
        if isinstance(param.source, Arg | UserPath | UserString | UserBytes):
            assert 0 <= param.source.n <= 5, param.name


def test_every_conversion_that_is_asked_for_exists() -> None:
    for event in REGULAR:
        for param in event.params:
            if isinstance(param.source, Arg) and (param.source.convert or param.flags):
                name = param.source.convert or (param.flags.name if param.flags else "")
                assert name in CONVERTERS, f"{event.symbol}.{param.name}"


def test_every_dedicated_system_call_has_a_pair_of_events() -> None:
    for call in SYSCALLS:
        if call.stem:
            enter, exit_ = BY_SYMBOL[f"{call.stem}_E"], BY_SYMBOL[f"{call.stem}_X"]
            assert exit_.code == enter.code + 1
            assert exit_.status is Status.CURRENT
            assert exit_.filled


def test_old_events_have_their_flag_and_current_ones_do_not() -> None:
    for event in EVENTS:
        if event.status is Status.OLD:
            assert event.flags & EF.OLD_VERSION, event.symbol
        elif event.status is Status.UNUSED:
            assert event.flags == EF.UNUSED, event.symbol
        else:
            assert not event.flags & (EF.OLD_VERSION | EF.UNUSED), event.symbol


def test_what_changes_a_process_s_identity_travels_in_the_critical_lane() -> None:
    critical = {event.name for event in EVENTS if event.filled and event.lane is Lane.CRITICAL}
    assert {"execve", "execveat", "clone", "clone3", "fork", "vfork", "procexit", "setuid", "setresuid", "capset",
            "setns", "unshare", "chroot", "chdir", "prctl", "ptrace"} <= critical  # fmt: skip
    assert not {"openat", "read", "write", "close", "connect", "sendto", "mmap"} & critical


def test_losses_are_counted_under_the_category_a_person_looks_for() -> None:
    loss = {event.name: event.loss for event in EVENTS if event.filled}
    assert loss["openat"] is Loss.OPEN
    assert loss["execve"] is Loss.EXECVE
    assert loss["clone3"] is Loss.CLONE_FORK
    assert loss["close"] is Loss.CLOSE
    assert loss["connect"] is Loss.CONNECT
    assert loss["unlinkat"] is Loss.DIR_FILE
    assert loss["procexit"] is Loss.PROC_EXIT
    assert loss["read"] is Loss.OTHER_INTEREST


def test_a_table_without_conversion_has_no_kernel_values() -> None:
    for table in TABLES.values():
        has_native = any(flag.native is not None for flag in table.entries)
        converts = table.conversion in (Conversion.BITS, Conversion.ENUM, Conversion.ACCESS_MODE)
        assert has_native == converts, table.name


def test_names_of_a_table_are_unique_within_an_event() -> None:
    for event in EVENTS:
        names = [param.name for param in event.params]
        assert len(names) == len(set(names)), event.symbol


# socket(2) packs flags into its type; structures in user memory give several parameters each.
SHARED_ARGUMENTS = {"SOCKET_SOCKET_X": {1}}


@pytest.mark.parametrize("event", REGULAR, ids=lambda event: event.symbol)
def test_no_two_parameters_come_from_the_same_argument(event: Event) -> None:
    plain = (Arg, UserPath, UserString, UserBytes)
    numbers = [param.source.n for param in event.params if isinstance(param.source, plain)]
    numbers += [param.source.pointer for param in event.params if isinstance(param.source, Sockaddr)]
    twice = {number for number in numbers if numbers.count(number) > 1}
    assert twice == SHARED_ARGUMENTS.get(event.symbol, set())
