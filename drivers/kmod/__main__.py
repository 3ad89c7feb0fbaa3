"""Run ``python -m drivers.kmod``."""

import sys

from drivers.kmod.source import main

sys.exit(main())
