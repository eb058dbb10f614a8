"""The command `log`."""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
import json

from ..printing import printable
from .record import Desk, Entry, desk_option
from .retention import moment

_SAID = {
    "created": "made the desk",
    "imported": "took over from homes.json",
    "opened": "opened",
    "open_failed": "could not open",
    "verified": "verified, accepted",
    "verified_before": "verified, was received before",
    "refused_package": "verified, REFUSED",
    "reported": "reported",
    "exported": "exported",
    "receipt_given": "gave a receipt",
    "withdrawal_answered": "answered a withdrawal",
    "deleted": "deleted",
    "held": "keeps longer",
}
_CLOCKS_DIFFER = timedelta(minutes=5)
_LONGEST = 200  # characters; commands limit names to this length
# Further fields of a line that are printed.
_DETAILS = ("check", "result", "name", "stage", "until", "reason")


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the `log` command."""
    log = add("log", help="show and check who did what at a desk")
    desk_option(log)
    log.add_argument("--case", metavar="NAME", help="only this case")
    log.add_argument("--share", metavar="NUMBER", help="only this share")
    log.add_argument("--json", action="store_true", help="for programs")
    log.set_defaults(run=_run_log)


def _run_log(options: argparse.Namespace) -> int:
    """Print the record; the error names the first line that does not follow."""
    desk = Desk.of(options.desk).reading()
    head = desk.head
    number, digest = (0, "") if head is None else (head.seq, head.digest)
    found = [entry for entry in desk.entries if _wanted(entry, options)]
    if options.json:
        told = [entry._asdict() for entry in found]
        head_told = {"seq": number, "digest": digest}
        print(json.dumps({"entries": told, "head": head_told}, indent=1))
        return 0
    for entry in found:
        print("  ".join(printable(part) for part in _parts(entry)))
    print(f"{number} lines, each follows the one before. Head: {number} {digest}")
    for line in _set_back(desk.entries):
        print(line)
    print(
        "Not proved: that no one rewrote all of it, or removed lines at its end. Note the"
        " head elsewhere. Then `verify-ledger.sh record.jsonl DIGEST` proves it."
    )
    return 0


def _set_back(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield a warning where the clock was set back, but not for imported lines."""
    before: datetime | None = None
    for entry in entries:
        at = None if entry.imported else moment(entry.at)
        if at is not None and before is not None and at < before - _CLOCKS_DIFFER:
            yield (
                f"Line {entry.seq} has an earlier time than one before it. A clock was"
                " set, or the clocks of two computers differ."
            )
        before = at or before


def _wanted(entry: Entry, options: argparse.Namespace) -> bool:
    return all(
        wanted is None or entry.data.get(name) == wanted
        for name, wanted in (("case", options.case), ("share", options.share))
    )


def _parts(entry: Entry) -> list[str]:
    data = entry.data
    at = f"{entry.at[:10]} {entry.at[11:19]} UTC"
    user, officer = _text(data, "user"), _text(data, "officer")
    parts = [f"{entry.seq:>6}", at, f"{officer} ({user})" if officer else user]
    said = _SAID.get(entry.kind) or _short(entry.kind)
    details = [text for name in _DETAILS if (text := _text(data, name))]
    parts.append(": ".join([said, *details]))
    parts += [
        f"{name} {text}"
        for name in ("share", "case", "label")
        if (text := _text(data, name))
    ]
    if "share" not in data and (home := _text(data, "home")):
        parts.append(f"home {home}")
    if entry.imported:
        parts.append("(from the previous record)")
    return parts


def _text(data: Mapping[str, object], name: str) -> str:
    value = data.get(name)
    return _short(value) if isinstance(value, str) else ""


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
