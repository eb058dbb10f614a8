"""A report of what was just checked: who made it, and that the desk's record says so."""

import argparse
from collections.abc import Mapping
from pathlib import Path, PurePath

from ..errors import AgencyError
from ..package.members import CLIP
from ..package.unpack import Opened
from ..printing import printable
from ..publishing.signer import Signer
from .inbox import SHARE_ID
from .opened import load_opened, share_of
from .record import Desk, Entry, who
from .report import Checked, Maker, make_report
from .report_files import writing_report
from .report_proof import Places
from .retention import moment, shares_of


def add_signing(command: argparse.ArgumentParser) -> None:
    """Add what signs a report."""
    command.add_argument(
        "--online", type=Path, help="your online key, to sign the report"
    )
    command.add_argument(
        "--site", type=Path, help="with it, the folder that `publish` wrote to"
    )


def signer_of(options: argparse.Namespace) -> Signer | None:
    """Return who signs a report; None when no key was named."""
    if options.online is None and options.site is None:
        return None
    if options.online is None or options.site is None:
        raise AgencyError("to sign a report, add both --online and --site")
    return Signer.load(options.site, options.online)


def opened_at_desk(desk: Desk, bag: Path) -> tuple[Opened | None, str | None]:
    """Return what the note beside a bag says, and when, by the record, it was opened.

    None for a note that is missing, or that is not what the record says: anyone who has
    the case's folder can write it. Older desks have no line of it.
    """
    try:
        opened = load_opened(bag)
    except AgencyError:
        return None, None
    line = _opening(desk, bag)
    if line is not None:
        return opened, line.at
    return (None if _openings(desk, bag) else opened), None


def _openings(desk: Desk, bag: Path) -> list[Entry]:
    return [
        entry
        for entry in desk.entries
        if entry.kind == "opened" and entry.data.get("share") == share_of(bag)
    ]


def _opening(desk: Desk, bag: Path) -> Entry | None:
    """Return the line of the opening that a bag is of: there, or before it was moved."""
    try:
        opened = load_opened(bag)
    except AgencyError:
        return None
    lines = [one for one in _openings(desk, bag) if _is_noted(opened, one.data)]
    here = [one for one in lines if one.data.get("bag") == str(bag)]
    if here:
        return here[-1]
    at = moment(opened.at)
    after = [
        one
        for one in lines
        if at is not None and (noted := moment(one.at)) is not None and noted >= at
    ]
    return next(iter(after or lines), None)


def _is_noted(opened: Opened, data: Mapping[str, object]) -> bool:
    package = PurePath(str(data.get("package"))).name
    name = None if opened.name is None else printable(opened.name)
    return name in (None, package) and all(
        data.get(name) == getattr(opened, name)
        for name in ("sha256", "size", "encrypted", "zipped")
    )


def maker_at(desk: Desk, checked: Checked, officer: str | None) -> Maker:
    """Say who makes a report at a desk that was read."""
    verification = checked.verification
    head, kept = desk.head, shares_of(desk).get(verification.share_id)
    _, opened_at = opened_at_desk(desk, checked.bag)
    return Maker(
        user=str(who(officer)["user"]),
        officer=officer,
        case=desk.case(verification.share_id),
        label=desk.label(verification.home),
        lines=None if head is None else head.seq,
        head=None if head is None else head.digest,
        received_at=None if kept is None else kept.received_at,
        opened_at=opened_at,
        held_until=None
        if kept is None or kept.held_until is None or not kept.is_held(checked.at)
        else kept.held_until.isoformat(),
        held_for=None if kept is None else kept.held_for,
        shares=desk.shares,
    )


def places_at(desk: Desk, bag: Path) -> Places:
    """Say where the files of a package are at a desk."""
    line = _opening(desk, bag)
    package = None if line is None else line.data.get("package")
    return Places(
        video=str(bag / CLIP),
        bag=str(bag),
        package=package if isinstance(package, str) else None,
    )


def report_to(
    path: Path,
    checked: Checked,
    desk: Desk,
    *,
    officer: str | None,
    signer: Signer | None,
) -> None:
    """Write a report, and note it in the record of a desk that is being changed."""
    maker = maker_at(desk, checked, officer)
    report = make_report(checked, maker, places_at(desk, checked.bag))
    share_id = checked.verification.share_id
    with writing_report(path, report, signer) as page:
        desk.append(
            "reported",
            {
                # Of what was refused, it is whatever the folder is called.
                "share": share_id if SHARE_ID.fullmatch(share_id) else None,
                "home": checked.verification.home or None,
                "accepted": checked.accepted,
                "name": page["name"],
                "sha256": page["sha256"],
                "signed": signer is not None,
            },
        )
