"""The command line of `doorwatch-agency`."""

import argparse
from collections.abc import Sequence
import io
import os
import sys

from . import __version__
from .desk import (
    answer_commands,
    desk_commands,
    export_commands,
    inbox_commands,
    log_commands,
    open_commands,
    retention_commands,
    verify_commands,
)
from .errors import AgencyError, why
from .printing import printable
from .publishing import feed_commands, leaflet_commands, publish_commands

# The order of the commands in `--help`.
_ROOMS = (
    publish_commands,
    desk_commands,
    inbox_commands,
    open_commands,
    verify_commands,
    export_commands,
    answer_commands,
    log_commands,
    retention_commands,
    feed_commands,
    leaflet_commands,
)
_DESCRIPTION = "Publish as an agency, and open and verify what homes send."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 success, 1 failure, 2 wrong usage.

    Return 141 if the reader of stdout closed it, as shells do.
    """
    for stream in (sys.stdout, sys.stderr):
        # Escape characters that the terminal's encoding does not have, instead of
        # failing.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    try:
        code = int(options.run(options))
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:  # for example by `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (AgencyError, OSError) as err:
        print(f"doorwatch-agency: {printable(why(err))}", file=sys.stderr)
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="doorwatch-agency", description=_DESCRIPTION)
    parser.add_argument(
        "--version", action="version", version=f"%(prog)s {__version__}"
    )
    words = parser.add_subparsers(required=True, metavar="COMMAND")
    for room in _ROOMS:
        room.add_commands(words.add_parser)
    return parser
