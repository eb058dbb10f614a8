"""The command `list`."""

import argparse
from collections.abc import Callable
import json

from ..printing import printable
from ..signing import jws
from .answer_commands import say_odd
from .inbox import TAKEN, Listed
from .inboxes import inbox_option, the_inbox
from .record import Desk, desk_option


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the `list` command."""
    listing = add("list", help="list the packages that wait in the inbox")
    inbox_option(listing, "the intake's inbox", required=True)
    listing.add_argument(
        "--taken",
        action="store_true",
        help="include those that someone took out",
    )
    listing.add_argument("--json", action="store_true", help="print it for programs")
    desk_option(listing)
    listing.set_defaults(run=_run_list)


def _run_list(options: argparse.Namespace) -> int:
    """Print the waiting packages, oldest first, as they are read."""
    desk = None if options.desk is None else Desk.of(options.desk).reading()
    odd: list[str] = []
    count = 0
    for one in the_inbox(options).listed(odd, taken=options.taken):
        count += 1
        if options.json:
            print(json.dumps(_told(one)))
        else:
            _print(one, desk)
    if not options.json:
        print("Nothing is waiting." if not count else f"Packages: {count}.")
    return say_odd(odd, "package")


def _print(one: Listed, desk: Desk | None) -> None:
    record = one.record
    taken = ", taken" if one.state == TAKEN else ""
    print(f"{one.share_id}  {record.size} bytes{taken}")
    print(f"     Arrived on {record.received_at or 'a day that was not noted'}")
    print(f"     Home, as the upload says: {_fingerprint(record.home)}")
    label = None if desk is None else desk.label(record.home)
    if label is not None:
        print(f"     Label: {printable(label)}")


def _fingerprint(home: str) -> str:
    try:
        return jws.fingerprint(home)
    except ValueError:
        return printable(home)


def _told(one: Listed) -> dict[str, object]:
    return {
        "share": one.share_id,
        "state": one.state,
        "size": one.record.size,
        "sha256": one.record.sha256,
        "received_at": one.record.received_at,
        "home": one.record.home,
    }
