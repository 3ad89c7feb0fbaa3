"""Whether one act raises the identical alert with each driver, but for the time and the ids of processes."""

import json
import re
from collections.abc import Mapping
from typing import Any

# What no two acts have in common, wherever a rule's output has it.
_TIME = re.compile(r"evt\.(?:time|rawtime|datetime|outputtime|reltime|deltatime|num)")
_ID = re.compile(r"(?:proc|thread)\.(?:a?v?p*id|v?tid|sid|v?pgid|pid\.ts|ppid\.ts|duration|ppid\.duration)(?:\[\d+\])?")


def comparable(record: Mapping[str, Any]) -> str:
    """Return an alert as JSON text, in the order of its keys, with its time and ids replaced by their names.

    Ids are replaced in the text of the output, too, where they stand as words of their own.
    """
    fields = dict(record["output_fields"])
    output = re.sub(r"^\d\d:\d\d:\d\d\.\d+: ", "<time>: ", str(record["output"]))
    for name, value in fields.items():
        if _TIME.match(name) or _ID.fullmatch(name):
            output = re.sub(rf"(?<=[= ]){re.escape(str(value))}\b", f"<{name}>", output)
            fields[name] = f"<{name}>"
    rest = {key: value for key, value in record.items() if key != "time"}
    return json.dumps({**rest, "output": output, "output_fields": fields})


def different_alerts(alerts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Compare the alert of each driver with the first one; return a sentence for each that is not identical to it."""
    (first, reference), *others = ((driver, comparable(record)) for driver, record in alerts.items())
    return [f"{driver} raised {text}, {first} raised {reference}" for driver, text in others if text != reference]
