"""What the parsers of all commands have in common."""

import argparse
from collections.abc import Sequence
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """Exits with 1 on a usage error, as on every other error."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in a sentence, and where the options are listed."""
        stop = "" if message.endswith("?") else "."
        self.exit(1, f"Error: {message[0].upper()}{message[1:]}{stop} `{self.prog} --help` lists the options.\n")

    def instead(self, **hints: str) -> None:
        """Have options of one letter, which other tools have, refused with a hint at what to use."""
        for letter, hint in hints.items():
            self.add_argument(f"-{letter}", action=Instead, hint=hint)


class Once(argparse.Action):
    """Refuses an option's second use, where the last one winning would be a surprise."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        """Store the value, once."""
        if getattr(namespace, self.dest) is not None:
            raise argparse.ArgumentError(self, "may be given once only")
        setattr(namespace, self.dest, values)


class Instead(argparse.Action):
    """Refuses an option that other tools have, and says what does its work here."""

    def __init__(self, option_strings: Sequence[str], dest: str, *, hint: str) -> None:
        # With or without a value of its own, in the next word or in the same.
        super().__init__(option_strings, dest, nargs="?", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        self._hint = hint

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> NoReturn:
        """Say it."""
        parser.error(f"`{parser.prog}` has no option {option_string}: {self._hint}")


def seconds(text: str) -> float:
    """Read a number of seconds greater than zero."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 10 * 365 * 86400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds greater than zero")
    return value


def count(text: str) -> int:
    """Read a whole number greater than zero."""
    if not (text.isascii() and text.isdigit() and 0 < int(text[:18]) < 10**15):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number greater than zero")
    return int(text)
