"""A fact and where it comes from."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Fact(Generic[T]):
    """`evidence` names the file or call that said so; with a `value` of None, why it could not be found out."""

    value: T | None
    evidence: str
