"""What a guest's kernel complains about in its log."""

import re
import subprocess
from pathlib import Path

COMPLAINT = re.compile(
    r"^.*(?:BUG:|WARNING:|Oops|general protection fault|possible (?:recursive|circular) locking|suspicious RCU"
    r"|inconsistent lock state|sleeping function called|scheduling while atomic|blocked for more than"
    r"|kmemleak: [1-9]|list_(?:add|del) corruption|refcount_t: |detected stall).*$",
    re.MULTILINE,
)


def mark(word: str) -> None:
    """Write a line to the log, from which `complaints_since` reads."""
    Path("/dev/kmsg").write_text(f"lab: {word}\n")


def complaints_since(word: str) -> list[str]:
    """Return the complaints since the last such mark. Raises AssertionError when the log has lost the mark."""
    log = subprocess.run(["dmesg"], capture_output=True, text=True, check=True, timeout=30).stdout
    _, found, rest = log.rpartition(f"lab: {word}\n")
    assert found, f"the kernel log does not reach back to the mark of {word}"
    return COMPLAINT.findall(rest)
