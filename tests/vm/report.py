"""Results of guests, and what they come to for each driver on each kernel."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

from tests.vm.drivers import DRIVERS

# The property of a test that says how many events the agent saw.
EVENTS = "events"


@dataclass(frozen=True)
class Result:
    """One test on one kernel; `outcome` is passed, failed or skipped. `driver` is empty for a test of none."""

    driver: str
    test: str
    outcome: str
    reason: str = ""
    events: int = 0


@dataclass(frozen=True)
class Cell:
    """What one driver came to on one kernel: green only when it saw events and every test of it passed."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    events: int = 0

    @property
    def tests(self) -> int:
        """How many tests there were."""
        return self.passed + self.failed + self.skipped

    @property
    def green(self) -> bool:
        """Whether nothing is missing here."""
        return self.events > 0 and self.passed > 0 and self.passed == self.tests

    def __str__(self) -> str:
        if not self.tests:
            return "untested"
        bad = ", ".join(
            f"{number} {word}" for number, word in ((self.failed, "failed"), (self.skipped, "skipped")) if number
        )
        return f"{self.passed} of {self.tests}, {self.events} events{f' ({bad})' if bad else ''}"


def read_results(results: Path) -> list[Result]:
    """Return what pytest wrote in the guest (JUnit XML); nothing when it wrote none or not all of it."""
    try:
        root = ElementTree.parse(results).getroot()
    except (OSError, ElementTree.ParseError):
        return []
    # A test that passed and whose driver then could not be taken out stands there twice.
    found: dict[tuple[str, str], Result] = {}
    for case in root.iter("testcase"):
        outcome, reason = "passed", ""
        for kind, meaning in (("skipped", "skipped"), ("failure", "failed"), ("error", "failed")):
            if (element := case.find(kind)) is not None:
                outcome, reason = meaning, (element.get("message") or "").partition("\n")[0]
        driver, test = _driver_and_test(case.get("name") or "?")
        events = sum(int(each.get("value") or 0) for each in case.iter("property") if each.get("name") == EVENTS)
        result = Result(driver, test, outcome, reason, events)
        if (earlier := found.get((result.driver, result.test))) is None or earlier.outcome == "passed":
            found[result.driver, result.test] = result
    return list(found.values())


def _driver_and_test(name: str) -> tuple[str, str]:
    """Split the name of a test that pytest ran with parameters; the driver is empty when none is among them."""
    for driver in DRIVERS:
        for pattern in (rf"\[{driver.name}]$", rf"(?<=\[){driver.name}-", rf"-{driver.name}(?=]$)"):
            if re.search(pattern, name):
                return driver.name, re.sub(pattern, "", name)
    return "", name


def cell(results: list[Result], driver: str) -> Cell:
    """Sum up the results of one driver."""
    of_it = [result for result in results if result.driver == driver]
    passed, failed, skipped = (sum(each.outcome == word for each in of_it) for word in ("passed", "failed", "skipped"))
    return Cell(passed, failed, skipped, sum(each.events for each in of_it))
