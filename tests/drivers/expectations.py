"""What the test programs say of their own calls, and whether the events agree (`programs/expect.h`)."""

import re
from dataclasses import dataclass
from pathlib import Path

from agent.schema.events import EVENTS


@dataclass(frozen=True)
class Expectation:
    """One call: the type of its event, and for some parameters the value or a part of it."""

    type: str
    values: tuple[tuple[str, str, bool], ...]  # parameter, text, whether the text is only a part of the value

    @classmethod
    def parse(cls, line: str) -> "Expectation":
        """Read a line that a program printed."""
        kind, *rest = line.split("\t")
        values = []
        for item in rest:
            match = re.fullmatch(r"(\w+)([=~])(.*)", item, re.DOTALL)
            assert match, f"not an expectation: {line!r}"
            values.append((match[1], match[3], match[2] == "~"))
        return cls(kind, tuple(values))

    def differences(self, arguments: dict[str, str]) -> list[str]:
        """Return what does not agree with the arguments of an event; nothing when all does."""
        wrong = []
        for name, text, part in self.values:
            seen = arguments.get(name)
            if seen is None:
                wrong.append(f"{name} is missing")
            elif (part and text not in seen) or (not part and seen != text and not _is_number_of(text, seen)):
                wrong.append(f"{name} is {seen!r} instead of {text!r}")
        return wrong


def _is_number_of(text: str, seen: str) -> bool:
    return "(" not in text and seen.startswith(f"{text}(")


def arguments_of(kind: str, text: str) -> dict[str, str]:
    """Split the text of `evt.args` into the parameters of that kind of event, in the order of the schema."""
    longest: dict[str, str] = {}
    for event in EVENTS:
        if event.name != kind or not event.filled:
            continue
        found: dict[str, str] = {}
        rest, previous = f" {text}", None
        for parameter in event.params:
            before, mark, after = rest.partition(f" {parameter.name}=")
            if not mark:
                break
            if previous is not None:
                found[previous] = before
            previous, rest = parameter.name, after
        if previous is not None:
            found[previous] = rest
        if len(found) > len(longest):
            longest = found
    return longest


def types_in(source: Path) -> list[str]:
    """Return the types of events that a program has expectations of."""
    return sorted(set(re.findall(r'expect\("(\w+)"', source.read_text())))


def unmet(expectations: list[Expectation], events: list[tuple[str, str]]) -> list[str]:
    """Match expectations with (type, evt.args) in the order of their type; return what is missing, in sentences."""
    problems = []
    position: dict[str, int] = {}
    for wanted in expectations:
        candidates = [text for kind, text in events if kind == wanted.type]
        start = position.get(wanted.type, 0)
        for index, text in enumerate(candidates[start:], start):
            if not wanted.differences(arguments_of(wanted.type, text)):
                position[wanted.type] = index + 1
                break
        else:
            problems.append(f"{wanted.type}: {_nearest(wanted, candidates[start:])}")
    return problems


def _nearest(wanted: Expectation, candidates: list[str]) -> str:
    if not candidates:
        return "there is no such event"
    differences = [(wanted.differences(arguments_of(wanted.type, text)), text) for text in candidates]
    wrong, text = min(differences, key=lambda entry: len(entry[0]))
    return f"{'; '.join(wrong)}   in   {text}"
