# SPDX-License-Identifier: MIT
"""What the folder's interpreter runs: it lies in packages/, and only the standard library can be imported yet."""

import ctypes.util
import sys
from contextlib import suppress
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
# python-ptrace asks for the C library, which would run ldconfig and gcc of the image. The C library is loaded already:
# no name stands for it.
ctypes.util.find_library = lambda name: None
with suppress(OSError):
    # It would be the loader's name.
    Path("/proc/self/comm").write_text("pdig-agent")

from drivers.pdig.cli import main  # noqa: E402

raise SystemExit(main())
