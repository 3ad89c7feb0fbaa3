"""One alert of each driver, kept for the comparison between them."""

import json
import os
import re
from pathlib import Path
from typing import Any

from tests.live.agent_process import Alert
from tests.vm.drivers import Driver


def _path(driver: Driver) -> Path:
    return Path(os.environ["AGENT_LAB_FILES"], f"alert-{driver.name}.json")


def keep_alert(driver: Driver, alert: Alert) -> None:
    """Keep the alert that a driver raised for the password file."""
    _path(driver).write_text(json.dumps(alert.record, indent=1))


def kept_alert(driver: Driver) -> dict[str, Any]:
    """Return a driver's alert without what differs from one act to the next: times and ids."""
    record = json.loads(_path(driver).read_text())
    record["output"] = re.sub(r"^\S+: ", "", record["output"])
    record["output_fields"] = {name: value for name, value in record["output_fields"].items() if not _varies(name)}
    return {name: value for name, value in record.items() if not _varies(name)}


def _varies(name: str) -> bool:
    return bool(re.search(r"(?:^|[._])(?:time|uuid|num|pid|tid|ppid)\b", name))
