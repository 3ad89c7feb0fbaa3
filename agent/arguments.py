"""What the parsers of all commands have in common."""

import argparse
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """Exits with 1 on a usage error, as on every other error."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in a sentence, and where the options are listed."""
        self.exit(1, f"Error: {message[0].upper()}{message[1:]}. `{self.prog} --help` lists the options.\n")


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
