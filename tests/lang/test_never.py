"""Why a rule can never fire: what is certain is said, and nothing else."""

from __future__ import annotations

import pytest

from agent.lang.never import Never
from agent.lang.vocabulary import schema_vocabulary
from tests.lang.loading import Load

VALUELESS = frozenset(("k8s.pod.name", "container.privileged"))
MACROS = """
- macro: never_true
  condition: (evt.num=0)
- macro: always_true
  condition: (evt.num>=0)
- macro: opened
  condition: evt.type in (open, openat)
- macro: shell
  condition: proc.name in (bash, sh)
- macro: shell_opened
  condition: opened and shell
- macro: in_pod
  condition: k8s.pod.name = web
- list: nobody
  items: []
"""
RULE = "- rule: {}\n  desc: d\n  priority: info\n  output: o\n  warn_evttypes: false\n  condition: {}\n"


def reasons(load: Load, condition: str) -> list[str]:
    book = load(MACROS + RULE.format("R", condition))
    assert book.ok, book.diagnostics
    return Never(book.linked, schema_vocabulary(), VALUELESS).reasons(book.rules[0].lowered)


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        # Constants, however deep.
        ("opened and never_true", "the macro never_true is never true: a comparison that is never true"),
        ("opened and not always_true", "the macro always_true is always true: a comparison that is always true"),
        ("opened and (never_true or not always_true)", "never_true"),
        ("opened and not (always_true or shell)", "always_true"),
        # Fields without a value.
        (
            "opened and in_pod",
            "the macro in_pod is never true: k8s.pod.name = web is never true: k8s.pod.name never has",
        ),
        ("opened and container.privileged = true", "container.privileged never has a value"),
        ("opened and k8s.pod.name exists", "k8s.pod.name never has a value"),
        ("opened and proc.name = val(k8s.pod.name)", "k8s.pod.name never has a value"),
        ("opened and (in_pod or k8s.pod.name != x)", "k8s.pod.name != x is never true"),
        ("opened and proc.name in (nobody)", "its list is empty"),
        # Types of events.
        (
            "evt.type=open and evt.type=connect",
            "no type of event satisfies both evt.type = open and evt.type = connect",
        ),
        ("opened and not evt.type in (open, openat)", "contradict each other"),
        (
            "opened and evt.type in (connect, bind)",
            "both evt.type in (open, openat) (of the macro opened) and evt.type in",
        ),
        ("shell_opened and evt.type = execve", "no type of event satisfies both"),
        # Values.
        ("opened and proc.name=a and proc.name=b", "proc.name = a and proc.name = b exclude each other"),
        ("shell_opened and proc.name=zsh", "proc.name in (bash, sh) (of the macro shell) and proc.name = zsh exclude"),
        ("opened and proc.name in (a, b) and not proc.name in (b, a, c)", "exclude each other"),
        ("opened and proc.name in (a, b) and proc.name != a and not proc.name = b", "exclude each other"),
        ("opened and fd.num=3 and fd.num in (4, 5)", "exclude each other"),
        ("opened and fd.name=/etc/x and fd.name startswith /tmp", "exclude each other"),
        ("opened and fd.name=/etc/x and not fd.name contains etc", "exclude each other"),
        (
            "opened and proc.name=a and not proc.name exists",
            "proc.name = a and not proc.name exists exclude each other",
        ),
        ("opened and shell and not shell", "proc.name in (bash, sh)"),
        ("opened and not (proc.name != a or fd.num != 3) and proc.name != a", "contradict each other"),
    ],
)
def test_what_can_never_be_true_is_said_with_its_reason(load: Load, condition: str, says: str) -> None:
    assert says in "\n".join(reasons(load, condition))


@pytest.mark.parametrize(
    "condition",
    [
        "opened and shell",
        "opened and (never_true or shell)",
        "opened and not never_true and always_true",
        "opened and not in_pod",
        "opened and (in_pod or shell)",
        "opened and not k8s.pod.name exists",
        "opened and not proc.name in (nobody)",
        "evt.type=open or evt.type=connect",
        "opened and evt.type != open",
        "opened and not evt.type = open",
        "opened and proc.name in (a, b) and proc.name in (b, c)",
        "opened and not proc.name=a and not proc.name=b",
        # Any ancestor, and either end, may be equal.
        "opened and proc.aname=a and proc.aname=b",
        "evt.type=connect and fd.ip=10.0.0.1 and fd.ip=10.0.0.2",
        "evt.type=connect and fd.port=1 and fd.port=2",
        "evt.type=connect and fd.sip.name=a.example and fd.sip.name=b.example",
        "opened and evt.around[1404996934793590564]=100 and evt.around[1404996934793590564]=200",
        "evt.type=connect and fd.net in (10.0.0.0/8) and fd.net in (10.1.0.0/16)",
        # One ancestor is an ordinary value, but nothing is said of it.
        "opened and proc.aname[2]=a and not proc.aname[2]=b",
        "opened and fd.name=/etc/x and fd.name startswith /etc",
        "opened and fd.name=/etc/x and not fd.name contains tmp",
        "opened and (proc.name=a or proc.name=b) and proc.name=a",
        "opened and proc.name startswith anyof (a, b) and proc.name = a",
    ],
)
def test_nothing_is_said_where_nothing_is_certain(load: Load, condition: str) -> None:
    assert reasons(load, condition) == []


@pytest.mark.parametrize(
    ("earlier", "later", "covered"),
    [
        ("opened", "opened and shell", True),
        ("evt.type in (open, openat)", "shell_opened and fd.num=3", True),
        ("shell and opened", "fd.num=3 and shell_opened", True),
        ("opened and not (in_pod or shell)", "opened and not shell and fd.num=1 and not in_pod", True),
        ("opened and (fd.num=1 or shell)", "opened and (shell or fd.num=1) and fd.num!=2", True),
        ("opened and always_true", "opened and fd.num=1 and always_true", True),
        ("opened and shell", "opened", False),
        ("opened and fd.num=1", "opened and fd.num=2", False),
        ("opened and not shell", "opened and shell", False),
        ("opened and (fd.num=1 or shell)", "opened and (shell and fd.num=1)", False),
    ],
)
def test_a_condition_covers_those_that_hold_all_its_clauses(
    load: Load, earlier: str, later: str, covered: bool
) -> None:
    book = load(MACROS + RULE.format("A", earlier) + RULE.format("B", later))
    first, second = book.rules
    never = Never(book.linked, schema_vocabulary(), frozenset())
    assert never.covers(first.lowered, second.lowered) is covered


def test_conditions_that_double_are_looked_at_in_bounded_time(load: Load) -> None:
    macros = "".join(f"- macro: m{n}\n  condition: m{n - 1} and (m{n - 1} or fd.num={n})\n" for n in range(1, 60))
    doubled = "".join(f"- macro: d{n}\n  condition: d{n - 1} and d{n - 1}\n" for n in range(1, 60))
    text = "- macro: m0\n  condition: evt.type=open\n- macro: d0\n  condition: evt.type=open\n" + macros + doubled
    book = load(text + RULE.format("A", "m59") + RULE.format("B", "d59"))
    never = Never(book.linked, schema_vocabulary(), VALUELESS)
    assert never.reasons(book.rules[0].lowered) == []
    assert never.reasons(book.rules[1].lowered) == []
    assert not never.covers(book.rules[1].lowered, book.rules[0].lowered)
