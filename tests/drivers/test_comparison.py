"""The comparison of drivers finds what differs, knows what is declared, and tells which declaration is out of date."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent.schema.events import BY_SYMBOL
from agent.schema.gaps import ADDRESSES, Imprecise
from tests.capture_file import CaptureFile
from tests.drivers.parity import Difference, Gaps, compare, condensed
from tests.drivers.scap_events import ScapEvent, read_events

NONE: dict[str, dict[str, str]] = {}
NO_GAPS = Gaps(events={}, limits={}, parameters={}, unsteady={}, skipped={}, imprecise={}, cut_off={})


@pytest.fixture
def events(tmp_path: Path) -> list[ScapEvent]:
    file = CaptureFile()
    file.event("openat", 10, fd=3, dirfd=-100, name="/etc/hosts", flags=1, dev=1, ino=7)
    file.event("read", 11, fd=3, res=5, size=4096, data=b"local")
    file.event("read", 10, fd=3, res=5, size=4096, data=b"127.0")
    file.event("close", 10, fd=3, res=0, marks=4)
    return list(read_events(file.write(tmp_path / "events.scap")))


def changed(events: list[ScapEvent], index: int, parameter: str, value: bytes) -> list[ScapEvent]:
    event = events[index]
    names = [param.name for param in event.schema.params]
    params = [value if name == parameter else old for name, old in zip(names, event.params, strict=True)]
    return [*events[:index], replace(event, params=tuple(params)), *events[index + 1 :]]


def differences(ours: list[ScapEvent], theirs: list[ScapEvent], gaps: Gaps = NO_GAPS) -> list[Difference]:
    return compare([("kmod", {"program": ours}), ("ebpf", {"program": theirs})], gaps).differences


def test_a_file_is_read_byte_by_byte(events: list[ScapEvent]) -> None:
    opened, first, second, closed = events
    assert (opened.schema.symbol, opened.tid, opened.flags) == ("SYSCALL_OPENAT_2_X", 10, 0)
    assert opened.param("name") == b"/etc/hosts\0"
    assert opened.param("fd") == (3).to_bytes(8, "little")
    assert (first.tid, first.param("data"), second.param("data")) == (11, b"local", b"127.0")
    assert (closed.schema.name, closed.flags) == ("close", 4)
    with pytest.raises(KeyError, match="no size"):
        closed.param("size")


@pytest.mark.parametrize("kept", [-5, 7])
def test_a_file_that_is_not_whole_is_refused(kept: int, tmp_path: Path) -> None:
    path = tmp_path / "cut.scap"
    path.write_bytes(CaptureFile().content()[:kept])
    with pytest.raises(ValueError, match=r"cut\.scap"):
        list(read_events(path))


def test_equal_recordings_do_not_differ_whatever_their_times(events: list[ScapEvent]) -> None:
    later = [replace(event, time=event.time + 1) for event in events]
    comparison = compare([("kmod", {"program": events}), ("ebpf", {"program": later})], NO_GAPS)
    assert (comparison.events, comparison.differences, comparison.stale) == (4, [], [])


def test_the_order_between_threads_does_not_matter_and_that_within_one_does(events: list[ScapEvent]) -> None:
    opened, first, second, closed = events
    assert differences(events, [first, opened, second, closed]) == []
    assert differences(events, [opened, first, closed, second]) != []


def test_one_changed_byte_is_found_and_named(events: list[ScapEvent]) -> None:
    [found] = differences(events, changed(events, 1, "data", b"Local"))
    assert (found.program, found.event, found.parameter) == ("program", "SYSCALL_READ_X", "data")
    assert found.drivers == ("kmod", "ebpf")
    assert "b'local'" in found.values[0]
    assert "b'Local'" in found.values[1]
    assert found.reason is None


def test_numbers_are_shown_as_numbers(events: list[ScapEvent]) -> None:
    [found] = differences(events, changed(events, 0, "ino", (8).to_bytes(8, "little")))
    assert found.values == ("7 (0x0000000000000007)", "8 (0x0000000000000008)")


def test_an_empty_parameter_and_a_zero_differ(events: list[ScapEvent]) -> None:
    [found] = differences(changed(events, 0, "dev", bytes(4)), changed(events, 0, "dev", b""))
    assert found.values == ("0 (0x00000000)", "empty")


def test_flags_and_cpus_are_compared(events: list[ScapEvent]) -> None:
    other = [*events[:3], replace(events[3], flags=0, cpu=1)]
    assert [(one.parameter, one.values) for one in differences(events, other)] == [
        ("(flags)", ("4", "0")),
        ("(cpu)", ("0", "1")),
    ]


def test_a_missing_and_a_surplus_event_are_found_and_the_rest_still_compared(events: list[ScapEvent]) -> None:
    [missing] = differences(events, [*events[:2], events[3]])
    assert (missing.event, missing.parameter) == ("SYSCALL_READ_X", "(event)")
    assert missing.values[1] == "nothing"
    assert "tid=10" in missing.values[0]
    surplus, wrong = differences([*events[:2], events[3]], changed(events, 3, "fd", bytes(8)))
    assert surplus.values[0] == "nothing"
    assert (wrong.event, wrong.parameter) == ("SYSCALL_CLOSE_X", "fd")
    only_one = compare([("kmod", {"program": events}), ("ebpf", {})], NO_GAPS)
    assert len(only_one.differences) == 4


def test_three_drivers_are_compared_with_one_another(events: list[ScapEvent]) -> None:
    others = changed(events, 0, "dev", b"")
    names = ("modern_ebpf", "ebpf", "kmod")
    recordings = [(name, {"program": events if name != "ebpf" else others}) for name in names]
    comparison = compare(recordings, NO_GAPS)
    assert [one.drivers for one in comparison.differences] == [("modern_ebpf", "ebpf"), ("ebpf", "kmod")]


def test_declared_gaps_explain_what_they_name_and_nothing_else(events: list[ScapEvent]) -> None:
    gaps = Gaps(events={}, limits={}, parameters={"ebpf": {("SYSCALL_READ_X", "data"): "for a reason"}}, unsteady={})
    other = changed(changed(events, 1, "data", b""), 1, "size", bytes(4))
    comparison = compare([("kmod", {"program": events}), ("ebpf", {"program": other})], gaps)
    assert [(one.parameter, one.reason) for one in comparison.differences] == [("data", "for a reason"), ("size", None)]
    assert [one.parameter for one in comparison.undeclared] == ["size"]
    assert comparison.stale == []
    between_others = compare([("kmod", {"program": events}), ("modern_ebpf", {"program": other})], gaps)
    assert len(between_others.undeclared) == 2


def test_an_event_may_be_missing_only_where_it_is_declared_to_be(events: list[ScapEvent]) -> None:
    gaps = Gaps(events={"ebpf": {"SYSCALL_READ_X": "for a reason"}}, limits={}, parameters={}, unsteady={})
    without = [event for event in events if event.schema.name != "read"]
    assert [one.reason for one in differences(events, without, gaps)] == ["for a reason", "for a reason"]
    swapped = compare([("kmod", {"program": without}), ("ebpf", {"program": events})], gaps)
    assert [one.reason for one in swapped.differences] == [None, None]
    assert swapped.stale == ["ebpf is declared not to emit SYSCALL_READ_X, and does"]


def test_events_beyond_a_declared_limit_may_be_missing_and_are_counted(events: list[ScapEvent]) -> None:
    gaps = Gaps(events={}, limits={"ebpf": {"SYSCALL_READ_X": "for a reason"}}, parameters={}, unsteady={})
    recordings = [
        ("kmod", {"program": events}),
        ("ebpf", {"program": events[:2]}),
        ("modern_ebpf", {"program": events}),
    ]
    comparison = compare(recordings, gaps)
    assert {(one.event, one.reason) for one in comparison.differences} == {
        ("SYSCALL_READ_X", "for a reason"),
        ("SYSCALL_CLOSE_X", None),
    }
    assert comparison.beyond_limits == {"ebpf": 1}
    stale = compare([(name, {"program": events}) for name in ("kmod", "ebpf")], gaps).stale
    assert stale == ["ebpf is declared to emit fewer events SYSCALL_READ_X than the others, and does not"]


def test_a_gap_that_drivers_share_does_not_have_to_show_between_them(events: list[ScapEvent]) -> None:
    parameters = {name: {("SYSCALL_READ_X", "data"): "for a reason"} for name in ("ebpf", "kmod")}
    gaps = Gaps({}, {"ebpf": {"SYSCALL_READ_X": "for a reason"}}, parameters, {})
    assert compare([(name, {"program": events}) for name in ("kmod", "ebpf")], Gaps({}, {}, parameters, {})).stale == []
    assert compare([("ebpf", {"program": events}), ("ebpf", {"program": events})], gaps).stale == []


def test_a_gap_that_does_not_show_is_told(events: list[ScapEvent]) -> None:
    parameters = {"ebpf": {("SYSCALL_READ_X", "data"): "old", ("SYSCALL_WRITE_X", "data"): "not made here"}}
    comparison = compare([(name, {"program": events}) for name in ("kmod", "ebpf")], Gaps(NONE, NONE, parameters, {}))
    assert comparison.stale == ["ebpf is declared not to fill data of SYSCALL_READ_X, and does as the others do"]


def test_a_driver_leaves_what_it_is_declared_not_to_fill_empty_or_zero(events: list[ScapEvent]) -> None:
    gaps = replace(NO_GAPS, parameters={"ebpf": {("", "data"): "for a reason"}})
    for value, reason in ((b"", "for a reason"), (bytes(5), "for a reason"), (b"Local", None)):
        assert [one.reason for one in differences(events, changed(events, 1, "data", value), gaps)] == [reason]
    between_others = compare(
        [("ebpf", {"program": events}), ("kmod", {"program": changed(events, 1, "data", b"")})], gaps
    )
    assert [one.reason for one in between_others.differences] == [None]


def test_the_addresses_of_a_unix_socket_are_a_part_of_its_own(tmp_path: Path) -> None:
    file = CaptureFile()
    file.event("connect", 10, res=0, tuple=b"\1" + bytes(range(16)) + b"path\0", fd=3, addr=b"")
    events = list(read_events(file.write(tmp_path / "events.scap")))
    gaps = replace(NO_GAPS, parameters={"ebpf": {("", ADDRESSES): "for a reason"}})
    for value, found in (
        (b"\1" + bytes(16) + b"path\0", [(ADDRESSES, "for a reason")]),
        (b"\1" + bytes(16) + b"Path\0", [(ADDRESSES, "for a reason"), ("tuple", None)]),
        (b"\1" + bytes(range(16)) + b"Path\0", [("tuple", None)]),
        (b"\1" + bytes(range(1, 17)) + b"path\0", [(ADDRESSES, None)]),
    ):
        other = changed(events, 0, "tuple", value)
        assert [(one.parameter, one.reason) for one in differences(events, other, gaps)] == found


def test_of_a_call_that_is_cut_off_a_driver_may_know_nothing(events: list[ScapEvent]) -> None:
    gaps = replace(NO_GAPS, cut_off={"ebpf": (-512, "killed")})
    unknown = (-512).to_bytes(8, "little", signed=True)
    cut = changed(changed(events, 3, "res", unknown), 3, "fd", bytes(8))
    found = compare([("kmod", {"program": events}), ("ebpf", {"program": cut})], gaps)
    assert [(one.parameter, one.reason) for one in found.differences] == [("res", "killed"), ("fd", "killed")]
    assert found.stale == []
    for other in (changed(cut, 3, "fd", b"\1" + bytes(7)), changed(cut, 3, "res", bytes(7) + b"\1")):
        assert None in [one.reason for one in differences(events, other, gaps)]
    assert None in [one.reason for one in differences(cut, events, gaps)], "the other driver is to know"
    same = compare([("kmod", {"program": events}), ("ebpf", {"program": events})], gaps)
    assert same.stale == ["ebpf is declared not to know the results of calls that are cut off, and does"]


def test_an_imprecise_number_is_near_the_others(events: list[ScapEvent]) -> None:
    gaps = replace(NO_GAPS, imprecise={"ebpf": {("", "size"): Imprecise(6, 0, "about so many")}})
    for value, reason in ((4090, "about so many"), (4102, "about so many"), (4089, None), (4103, None)):
        other = changed(events, 1, "size", value.to_bytes(4, "little"))
        assert [one.reason for one in differences(events, other, gaps)] == [reason], value
    assert [one.reason for one in differences(events, changed(events, 1, "size", b""), gaps)] == [None]
    stale = compare([("kmod", {"program": events}), ("ebpf", {"program": events})], gaps).stale
    assert stale == ["ebpf is declared to be imprecise in size of any event, and is not"]


def test_an_unsteady_value_may_differ_between_any_two(events: list[ScapEvent]) -> None:
    gaps = Gaps(NONE, NONE, {}, {("SYSCALL_READ_X", "data"): "it changes"})
    assert [one.reason for one in differences(events, changed(events, 1, "data", b""), gaps)] == ["it changes"]


def test_the_cpu_of_any_event_may_be_unsteady(events: list[ScapEvent]) -> None:
    gaps = Gaps(NONE, NONE, {}, {("", "(cpu)"): "it moves"})
    other = [*events[:3], replace(events[3], flags=0, cpu=1)]
    found = {one.parameter: one.reason for one in differences(events, other, gaps)}
    assert found == {"(flags)": None, "(cpu)": "it moves"}


def test_what_is_unsteady_in_any_event_is_so_only_where_it_is_rare(events: list[ScapEvent]) -> None:
    gaps = Gaps(NONE, NONE, {}, {("", "data"): "it changes"})
    many = events * 200
    for times, reasons in ((2, {"it changes"}), (4, {"it changes"}), (50, {None})):
        other = changed(events, 1, "data", b"") * times + events * (200 - times)
        assert {one.reason for one in differences(many, other, gaps)} == reasons, times


def test_one_that_is_missing_does_not_set_the_others_against_their_neighbours(events: list[ScapEvent]) -> None:
    writes = [changed(events, 2, "data", bytes([n]))[2] for n in range(6)]
    for gone in range(6):
        [difference] = differences(writes, [*writes[:gone], *writes[gone + 1 :]])
        assert difference.parameter == "(event)"


def test_what_differs_often_is_told_once(events: list[ScapEvent]) -> None:
    other = changed(changed(events, 1, "data", b""), 2, "data", b"")
    [(first, times)] = condensed(differences(events, other))
    assert (times, first.parameter) == (2, "data")
    assert first.sentence().startswith("program: SYSCALL_READ_X data: kmod has ")
    assert first.sentence().endswith(", ebpf has empty")


def test_what_is_declared_does_not_hide_what_is_not(events: list[ScapEvent]) -> None:
    gaps = replace(NO_GAPS, imprecise={"ebpf": {("", "size"): Imprecise(6, 0, "about so many")}})
    other = changed(changed(events, 1, "size", (4090).to_bytes(4, "little")), 2, "size", bytes(4))
    found = condensed(differences(events, other, gaps))
    assert sorted((one.reason or "", times) for one, times in found) == [("", 1), ("about so many", 1)]


def test_the_schema_has_the_events_of_this_file() -> None:
    assert {"SYSCALL_READ_X", "SYSCALL_WRITE_X", "SYSCALL_OPENAT_2_X", "SYSCALL_CLOSE_X"} <= set(BY_SYMBOL)


def test_an_event_may_be_missing_where_its_driver_says_that_it_skipped_as_many(events: list[ScapEvent]) -> None:
    many = events * 100
    recordings = [("kmod", {"program": many}), ("ebpf", {"program": many[1:]})]
    gaps = replace(NO_GAPS, skipped={"ebpf": "preempted"})
    for gaps_of, skipped, declared in ((gaps, {"ebpf": 1}, True), (gaps, {}, False), (NO_GAPS, {"ebpf": 1}, False)):
        assert [bool(one.reason) for one in compare(recordings, gaps_of, skipped).differences] == [declared]
    fewer = [("kmod", {"program": many}), ("ebpf", {"program": many[4:]})]
    assert {one.reason for one in compare(fewer, gaps, {"ebpf": 3}).differences} == {None}
    assert {one.reason for one in compare(fewer, gaps, {"ebpf": 4}).differences} == {"preempted"}
    lost = [("kmod", {"program": many}), ("ebpf", {"program": many[40:]})]
    assert {one.reason for one in compare(lost, gaps, {"ebpf": 400}).differences} == {None}, "not rare any more"
    surplus = [("kmod", {"program": many[1:]}), ("ebpf", {"program": many})]
    assert [one.reason for one in compare(surplus, gaps, {"ebpf": 9}).differences] == [None]
    two = [("kmod", {"program": many}), ("ebpf", {"program": many[2:]})]
    for told, counted, reason in ((1, 1, "preempted"), (1, 0, None), (0, 2, None)):
        assert {one.reason for one in compare(two, gaps, {"ebpf": told}, {"ebpf": counted}).differences} == {reason}


def test_a_program_whose_beginning_one_driver_missed_counts_to_the_one_before_it(events: list[ScapEvent]) -> None:
    ours = {"first": events[:1], "second": events[1:3], "third": events[3:]}
    theirs = {"first": events[:2], "third": events[3:]}
    [difference] = compare([("kmod", ours), ("ebpf", theirs)], NO_GAPS).differences
    assert (difference.program, difference.event, difference.parameter) == ("first", "SYSCALL_READ_X", "(event)")
