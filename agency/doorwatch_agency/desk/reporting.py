"""A report of what was just checked: who made it, and that the desk's record says so."""

import argparse
from pathlib import Path

from ..errors import AgencyError
from ..publishing.signer import Signer
from ..signing.keys import load_key
from .inbox import SHARE_ID
from .record import Desk, who
from .report import Checked, Maker, make_report
from .report_files import writing_report
from .retention import shares_of


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
    return Signer.load(options.site, load_key(options.online))


def maker_at(desk: Desk, checked: Checked, officer: str | None) -> Maker:
    """Say who makes a report at a desk that was read."""
    verification = checked.verification
    head, kept = desk.head, shares_of(desk).get(verification.share_id)
    return Maker(
        user=str(who(officer)["user"]),
        officer=officer,
        case=desk.case(verification.share_id),
        label=desk.label(verification.home),
        lines=None if head is None else head.seq,
        head=None if head is None else head.digest,
        received_at=None if kept is None else kept.received_at,
        held_until=None
        if kept is None or kept.held_until is None or not kept.is_held(checked.at)
        else kept.held_until.isoformat(),
        held_for=None if kept is None else kept.held_for,
        shares=desk.shares,
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
    report = make_report(checked, maker_at(desk, checked, officer))
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
