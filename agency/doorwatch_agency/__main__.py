"""Run as `python -m doorwatch_agency`, and as doorwatch-agency.pyz."""

import importlib.util
import sys

if sys.version_info < (3, 12):  # noqa: UP036 - the zipapp has no installer that checks it
    sys.exit(
        "doorwatch-agency: needs Python 3.12 or newer. Run it with a newer one, such as"
        " `python3.13 doorwatch-agency.pyz`"
    )
if importlib.util.find_spec("cryptography") is None:
    sys.exit(
        "doorwatch-agency: needs the Python package cryptography. On Debian and Ubuntu,"
        " run: sudo apt install python3-cryptography"
    )

# Imported after these checks, because it fails without what they look for.
from .cli import main

if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\ndoorwatch-agency: stopped")
