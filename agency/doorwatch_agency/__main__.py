"""Run as `python -m doorwatch_agency`."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
