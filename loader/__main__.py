"""Entry point of `python -m loader`; the same program as `agent-driver-loader`."""

from loader.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
