"""usage: fchmod.py FILE MODE: changes the mode of an open file."""

import os
import sys

os.fchmod(os.open(sys.argv[1], os.O_RDONLY), int(sys.argv[2], 8))
