"""Comparisons: operators against types, typed values, and what may stand on either side."""

from __future__ import annotations

from typing import Any

import pytest

from agent.lang import RuleBook
from tests.lang.loading import Load, messages


def only_check(book: RuleBook) -> dict[str, Any]:
    assert book.ok, book.diagnostics
    [check] = book.plan()["checks"]
    assert isinstance(check, dict)
    return check


@pytest.mark.parametrize(
    ("condition", "values"),
    [
        ("proc.name = 5", [{"s": "5"}]),
        ("proc.name = ''", [{"s": ""}]),
        ("proc.name > 5", [{"s": "5"}]),
        ('proc.name = "\\xff"', [{"hex": "ff"}]),
        ('proc.name = "\\xc3\\xa9"', [{"s": "é"}]),
        ("proc.name in (1, a)", [{"s": "1"}, {"s": "a"}]),
        ("fd.num = -1", [{"i": -1}]),
        ("fd.num >= 0x1f", [{"i": 31}]),
        ("fd.num in (0, 1)", [{"i": 0}, {"i": 1}]),
        ("fd.num = 9223372036854775807", [{"i": 2**63 - 1}]),
        ("user.uid = 0", [{"u": 0}]),
        ("user.uid = -1", [{"u": 2**32 - 1}]),
        ("user.uid = 4294967295", [{"u": 2**32 - 1}]),
        ("evt.buflen > 18446744073709551615", [{"u": 2**64 - 1}]),
        ("proc.duration <= 5000000000", [{"u": 5_000_000_000}]),
        ("evt.cpu = -1", [{"i": -1}]),
        ("proc.fdusage > 50", [{"u": 50}]),
        ("proc.fdusage > 99.5", [{"f": "99.5"}]),
        ("thread.cpu in (-0.5, 1e+2, 0x10)", [{"f": "-0.5"}, {"f": "1e+2"}, {"u": 16}]),
        ("evt.is_open_read = true", [{"b": True}]),
        ("evt.is_open_read != false", [{"b": False}]),
        ("fd.sport = 443", [{"u": 443}]),
        ("fd.sport in (http, https, 53)", [{"u": 80}, {"u": 443}, {"u": 53}]),
        ("fd.ip = 10.0.0.1", [{"ip": "10.0.0.1"}]),
        ("fd.sip != '::ffff:1.2.3.4'", [{"ip": "::ffff:1.2.3.4"}]),
        ("fd.cip in (fe80::0:1)", [{"ip": "fe80::1"}]),
        ("fd.net = '127.1.2.3/8'", [{"net": "127.0.0.0/8"}]),
        ("fd.snet in (10.0.0.0/8, 2001:db8:ffff::/33)", [{"net": "10.0.0.0/8"}, {"net": "2001:db8:8000::/33"}]),
        ("fd.snet in (0.0.0.0/0)", [{"net": "0.0.0.0/0"}]),
        ("evt.buffer contains abc", [{"s": "abc"}]),
        ("evt.buffer bcontains CAFE", [{"hex": "cafe"}]),
        ("evt.buffer bstartswith 7f454c46", [{"hex": "7f454c46"}]),
        ("evt.rawarg.flags = 1", [{"u": 1}]),
        ("evt.rawarg.fd = -1", [{"i": -1}]),
        ("evt.arg.flags contains O_TRUNC", [{"s": "O_TRUNC"}]),
        ("evt.arg[0] = 3", [{"s": "3"}]),
        ("len(proc.args) > 3", [{"u": 3}]),
        ("proc.name exists", []),
        ("fd.types[0] in (ipv4, ipv6)", [{"s": "ipv4"}, {"s": "ipv6"}]),
        ("fd.name pmatch (/etc, /var/*)", [{"s": "/etc"}, {"s": "/var/*"}]),
        ("evt.type in (open, openat)", [{"s": "open"}, {"s": "openat"}]),
        ("evt.type = getcpu", [{"s": "getcpu"}]),
    ],
)
def test_values_are_typed_for_their_field(rule: Load, condition: str, values: list[Any]) -> None:
    assert only_check(rule(condition))["rhs"] == values


@pytest.mark.parametrize(
    ("condition", "column", "part"),
    [
        ("fd.num = x", 9, "'x' is not a number"),
        ("fd.num = 5x", 9, "'5x' is not a number"),
        ("fd.num = 1.5", 9, "not a whole number"),
        ("fd.num > 1e+3", 9, "not a whole number"),
        ("proc.fdusage > 1e+400", 15, "too large"),
        ("fd.num = 9223372036854775808", 9, "does not fit"),
        ("evt.cpu = 40000", 10, "from -32768 to 32767"),
        ("user.uid = 4294967296", 11, "from 0 to 4294967295"),
        ("user.uid = -4294967295", 11, "does not fit"),
        ("evt.is_open_read = yes", 19, "use true or false"),
        ("evt.is_open_read = True", 19, "use true or false"),
        ("fd.sport = 65536", 11, "ports go from 0 to 65535"),
        ("fd.sport = -1", 11, "ports go from 0 to 65535"),
        ("fd.sport = no-such-service", 11, "neither a port number nor a service"),
        ("fd.ip = 10.0.0", 8, "not an IP address"),
        ("fd.ip = localhost", 8, "not an IP address"),
        ("fd.ip = 10.0.0.0/8", 8, "networks are compared with fd.net"),
        ("fd.net = 10.0.0.0", 9, "write address/bits"),
        ("fd.net = 10.0.0.0/33", 9, "from 0 to 32"),
        ("fd.net = ::/0", 9, "from 1 to 128"),
        ("fd.net = 10.0.0/8", 9, "no IP address"),
        ("evt.buffer bcontains abc", 21, "even number of hexadecimal digits"),
        ("evt.buffer bcontains zz", 21, "even number of hexadecimal digits"),
        ("proc.name bcontains 00", 10, "'bcontains' cannot be used on 'proc.name', which is a text"),
        ("fd.num contains 1", 7, "which is a number"),
        ("evt.is_open_read > 1", 17, "which is a truth value; it has: != = exists in intersects"),
        ("fd.ip contains 1", 6, "which is a IP address"),
        ("fd.net < 1", 7, "which is a IP network"),
        ("evt.buffer < 1", 11, "which is a byte buffer"),
        ("evt.buffer icontains a", 11, "which is a byte buffer"),
        ("fd.types = ipv4", 9, "which is a list of texts; it has: exists in intersects"),
        ("evt.rawarg.uid = 0", 15, "it has: exists"),
        ("proc.nmae = x", 0, "did you mean 'proc.name'?"),
        ("xyz.abc = x", 0, "unknown field 'xyz.abc'"),
        ("evt.arg = x", 0, "needs an argument: evt.arg[number] or evt.arg.name"),
        ("evt.arg.flgas = x", 0, "did you mean 'evt.arg.flags'?"),
        ("evt.rawarg[0] = 1", 0, "takes no argument in brackets: it is written evt.rawarg.name"),
        ("evt.arg[x] = 1", 0, "'x' is no index"),
        ("proc.name[0] = x", 0, "takes no argument in brackets"),
        ("proc.aname[x] = x", 0, "'x' is no index"),
        ("proc.aname[4294967296] = x", 0, "too large"),
        ("proc.name.x = x", 0, "unknown field 'proc.name.x'"),
        ("evt.abspath.middle = x", 0, "takes '.src' or '.dst'"),
        ("evt.type.is.opne = 1", 0, "did you mean 'open'?"),
        ("evt.type = opne", 11, "unknown event type 'opne' — did you mean 'open'?"),
        ("evt.type in (open, opne)", 19, "unknown event type 'opne'"),
        ("evt.type = val(proc.name)", 11, "names of events only"),
        ("evt.outputtime = x", 0, "for output only"),
        ("krsi.name = x", 0, "comes from the plugin 'krsi', which is not loaded"),
        ("proc.name = val(fd.num)", 12, "the two sides differ in type: a text and a number"),
        ("fd.num = val(evt.buflen)", 9, "a number (int64) and a number (uint64)"),
        ("proc.name regex val(proc.pname)", 16, "constants only"),
        ("proc.name pmatch val(proc.pname)", 17, "constants only"),
        ("fd.net = val(fd.snet)", 9, "constants only"),
        ("fd.sip = val(fd.ip)", 13, "cannot stand on the right side"),
        ("proc.name = val(proc.aname)", 16, "cannot stand on the right side"),
        ("tolower(fd.num) = x", 8, "'tolower' takes a text, not a number"),
        ("tolower(fd.sip.name) = x", 8, "cannot be used in a transformer"),
        ("tolower(proc.name, proc.name) = x", 0, "takes 1 argument, not 2"),
        ("len(fd.num) = 1", 4, "not a number"),
        ("concat(proc.name) = 1", 0, "at least 2 arguments"),
        ("join(',', proc.name) = 1", 10, "a list of texts to join"),
        ("tolower(proc.name)[1] = x", 0, "takes no argument in brackets"),
        ("proc.name = tolower(fd.num)", 20, "not a number"),
        ("concat(proc.name, 5) = x", 18, "takes no number"),
        ("proc.name regex '('", 16, "is not valid"),
        ("proc.name regex 'a{2'", None, None),
        ("proc.name regex '(a)\\\\1'", 16, "back references"),
        ("proc.name regex '(?=a)'", 16, "look-around"),
        ("proc.name regex '[[:alpha:]]+'", None, None),
    ],
)
def test_comparisons_that_cannot_be_made(rule: Load, condition: str, column: int | None, part: str | None) -> None:
    found = messages(rule(condition))
    if part is None:
        assert found == []
        return
    [(code, _, found_column, message)] = found
    assert code == "LOAD_ERR_COMPILE_CONDITION"
    assert part in message
    quotes = condition[:column].count("'")
    assert found_column == len("  condition: '") + 1 + (column or 0) + quotes


@pytest.mark.parametrize(
    ("condition", "lhs"),
    [
        ("proc.aname[2] = x", {"field": "proc.aname", "index": 2, "key": None}),
        ("proc.env[PATH] = x", {"field": "proc.env", "index": None, "key": "PATH"}),
        ("proc.env[3] = x", {"field": "proc.env", "index": 3, "key": None}),
        ("evt.arg.flags = x", {"field": "evt.arg", "index": None, "key": "flags"}),
        ("evt.arg[1] = x", {"field": "evt.arg", "index": 1, "key": None}),
        ("thread.cgroup.memory = x", {"field": "thread.cgroup", "index": None, "key": "memory"}),
        ("evt.abspath.src = x", {"field": "evt.abspath", "index": None, "key": "src"}),
        ("static.site = x", {"field": "static", "index": None, "key": "site"}),
        ("container.label[a.b/c] = x", {"field": "container.label", "index": None, "key": "a.b/c"}),
        ("container.mount.source[/var/*] = x", {"field": "container.mount.source", "index": None, "key": "/var/*"}),
    ],
)
def test_fields_of_the_plan(rule: Load, condition: str, lhs: dict[str, Any]) -> None:
    assert only_check(rule(condition))["lhs"] == lhs


def test_transformers_of_the_plan(rule: Load) -> None:
    name = {"field": "proc.name", "index": None, "key": None}
    parent = {"field": "proc.pname", "index": None, "key": None}
    check = only_check(rule('join("-", (proc.name, tolower(proc.pname))) = concat(proc.name, "x")'))
    lower = {"transform": "tolower", "args": [parent], "index": None, "key": None}
    assert check["lhs"] == {
        "transform": "join",
        "args": [{"s": "-"}, {"list": [name, lower]}],
        "index": None,
        "key": None,
    }
    assert check["rhs"] == {"operand": {"transform": "concat", "args": [name, {"s": "x"}], "index": None, "key": None}}
    check = only_check(rule('getopt(proc.args, "ab:")[a] = x'))
    assert (check["lhs"]["transform"], check["lhs"]["key"]) == ("getopt", "a")
    assert only_check(rule("proc.name = val(proc.aname[2])"))["rhs"]["operand"]["index"] == 2


def test_all_problems_of_a_condition_are_reported(rule: Load) -> None:
    found = messages(rule("proc.nmae = x and (fd.num = y or not fd.ip = z) and evt.type = opne"))
    assert len(found) == 4
    assert [column for _, _, column, _ in found] == sorted(column or 0 for _, _, column, _ in found)


def test_a_problem_in_a_macro_counts_only_where_it_is_used(load: Load) -> None:
    macro = "- macro: m\n  condition: proc.nmae = x\n"
    assert load(macro).ok
    use = "- rule: {}\n  desc: d\n  output: o\n  priority: info\n  condition: evt.type=open and m\n"
    [(code, line, _, _)] = messages(load(macro + use.format("A") + use.format("B")))
    assert (code, line) == ("LOAD_ERR_COMPILE_CONDITION", 2)


def test_many_unknown_fields_take_no_minutes(load: Load) -> None:
    import time

    items = "".join(
        f"- rule: R{n}\n  desc: d\n  output: o\n  priority: info\n"
        f"  condition: evt.tpye{n} = open and procc.name{n} = x\n"
        for n in range(3000)
    )
    start = time.process_time()
    found = messages(load(items))
    assert len(found) == 1001
    assert found[-1][3] == "5000 more errors of this file are not shown"
    assert time.process_time() - start < 20
