"""The command `desk`."""

import argparse
from collections.abc import Callable, Mapping
import hashlib
import json
import os
from pathlib import Path

from ..errors import AgencyError
from ..printing import printable
from .chain import intact, split
from .record import check_name, entry_of, new_desk

_MADE = (
    "Keep its record: it is the only place that says which homes are proved, and who"
    " did what. Back it up, and from time to time note its head, which"
    " `doorwatch-agency log` prints, somewhere else."
)

type Told = tuple[str, Mapping[str, object]]


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the `desk` command."""
    desk = add("desk", help="make a desk, which remembers homes and who did what")
    deeds = desk.add_subparsers(required=True, metavar="WHAT")
    making = deeds.add_parser("new", help="make a desk in a folder")
    making.add_argument("folder", type=Path, help="a new folder for the desk")
    before = making.add_mutually_exclusive_group()
    before.add_argument(
        "--homes", type=Path, help="the homes.json of an earlier version, to take over"
    )
    before.add_argument(
        "--after",
        type=Path,
        metavar="RECORD",
        help="a damaged record.jsonl, of which to take over what is intact",
    )
    making.add_argument(
        "--officer",
        default=os.environ.get("DOORWATCH_OFFICER") or None,
        metavar="NAME",
        help="who you are, for the record (default: $DOORWATCH_OFFICER)",
    )
    making.set_defaults(run=_run_new)


def _run_new(options: argparse.Namespace) -> int:
    """Create a desk and print what was imported."""
    check_name("officer", options.officer)
    says = None
    lines: list[Told] = [("created", {})]
    if options.homes is not None:
        lines, says = _from_homes(options.homes)
    elif options.after is not None:
        lines, says = _after(options.after)
    desk = new_desk(options.folder, lines, officer=options.officer)
    print(f"Made the desk {desk.folder}.")
    if says is not None:
        print(says)
    print(_MADE)
    return 0


def _from_homes(path: Path) -> tuple[list[Told], str]:
    """Convert a homes.json to lines of a record, one per home and share."""
    content = path.read_bytes()
    told: list[Told] = [
        ("created", {"from": printable(path.name), "sha256": _sha256(content)})
    ]
    try:
        noted = json.loads(content)
        homes, shares = noted["homes"], noted["shares"]
        for name, home in homes.items():
            one = {
                "home": name,
                "first_seen": home["first_seen"],
                "fingerprint": home.get("proved") is not None,
            }
            for key in ("proved", "label"):
                if home.get(key) is not None:
                    one[key] = home[key]
            told.append(("imported", one))
        for name, share in shares.items():
            one = {
                "share": name,
                "home": share["home"],
                "digest": share["digest"],
                "received": share["at"],
            }
            if share.get("verified_at") is not None:
                one["verified_at"] = share["verified_at"]
            told.append(("imported", one))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as err:
        raise AgencyError(f"{path} is not a list of homes") from err
    return told, f"Took over {len(homes)} homes and {len(shares)} shares from {path}."


def _after(path: Path) -> tuple[list[Told], str]:
    """Convert the intact lines of a damaged record to lines of a new one."""
    content = path.read_bytes()
    lines, left = split(content)
    found = intact(lines)
    missing = [number for number in range(1, len(lines) + 1) if number not in found]
    told: list[Told] = [
        (
            "created",
            {
                "from": printable(path.name),
                "sha256": _sha256(content),
                "lines": len(found),
                "damaged": missing[:1000],
            },
        )
    ]
    for line in found.values():
        entry = entry_of(line)
        old = {"at": entry.at, "kind": entry.kind, "data": entry.data}
        told.append(("imported", {"from": line.seq, "line": old}))
    says = f"Took over {len(found)} of {len(lines)} lines from {path}."
    if missing:
        numbers = ", ".join(map(str, missing[:20]))
        more = " and more" if len(missing) > 20 else ""
        says += f" Damaged: {numbers}{more}. Read those in the old file."
    if left:
        says += " Its last line was not finished."
    return told, says


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
