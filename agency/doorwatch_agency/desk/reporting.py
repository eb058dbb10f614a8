"""Write a report after verification and add it to the desk's record."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePath

from ..errors import AgencyError
from ..package.answered import vouched_by
from ..package.members import CLIP
from ..package.unpack import Opened
from ..package.video import Still, take_still
from ..printing import printable
from ..publishing.signer import Signer
from ..signing import jws
from .homes import CLAIMS
from .inbox import SHARE_ID, Inbox, Record
from .opened import load_opened, share_of
from .record import Desk, Entry, who
from .report import Checked, Maker, digests, make_report
from .report_files import writing_report
from .report_proof import Places
from .retention import Kept, moment, shares_of
from .verify import Expectation, Verification


def add_signing(command: argparse.ArgumentParser) -> None:
    """Add the options that sign a report."""
    command.add_argument(
        "--online", type=Path, help="your online key, to sign the report"
    )
    command.add_argument(
        "--site", type=Path, help="with it, the folder that `publish` wrote to"
    )


def signer_of(options: argparse.Namespace) -> Signer | None:
    """Return the signer of the report, or None if no key was passed."""
    if options.online is None and options.site is None:
        return None
    if options.online is None or options.site is None:
        raise AgencyError("to sign a report, add both --online and --site")
    return Signer.load(options.site, options.online)


def opened_at_desk(desk: Desk, bag: Path) -> tuple[Opened | None, str | None]:
    """Return the note next to a package, and the recorded time of its opening.

    The note is None if it is missing or differs from the record, because anyone with
    access to the case folder can write it. Older desks recorded no openings.
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
    """Return the line of this package's opening, in this folder or before it was moved."""
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
    """Return the author of a report, from a desk that was read."""
    verification = checked.verification
    share_id, head = verification.share_id, desk.head
    # The share number of a rejected package is not proved.
    kept = shares_of(desk).get(share_id) if checked.accepted else None
    kept = kept or Kept(share=share_id)
    _, opened_at = opened_at_desk(desk, checked.bag)
    held = kept.held_until is not None and kept.is_held(checked.at)
    return Maker(
        user=str(who(officer)["user"]),
        officer=officer,
        case=case_of(desk, checked.bag, accepted=checked.accepted),
        label=desk.label(verification.home),
        lines=None if head is None else head.seq,
        head=None if head is None else head.digest,
        received_at=kept.received_at,
        opened_at=opened_at,
        held_until=str(kept.held_until) if held else None,
        held_for=kept.held_for if held else None,
        shares=desk.shares,
        history=tuple(_history(desk, checked)),
    )


def case_of(desk: Desk, bag: Path, *, accepted: bool) -> str | None:
    """Return the case of a package; for a rejected one, the case of its own opening."""
    if accepted or desk.named_case is not None:
        return desk.case(share_of(bag))
    line = _opening(desk, bag)
    case = None if line is None else line.data.get("case")
    return case if isinstance(case, str) else None


def _history(desk: Desk, checked: Checked) -> Iterator[Entry]:
    """Yield the lines of a share; for a rejected one, only those of its folder."""
    share_id, bag = checked.verification.share_id, printable(str(checked.bag))
    for entry in desk.entries:
        data = entry.data
        if data.get("share") != share_id:
            continue
        if data.get("bag") == bag or (checked.accepted and entry.kind not in CLAIMS):
            yield entry


def check_again(
    desk: Desk,
    bag: Path,
    *,
    inbox: Inbox | None = None,
    record: Record | None = None,
    documents: Sequence[Path] = (),
) -> Checked:
    """Verify an accepted package again; raise if it has changed."""
    if share_of(bag) not in desk.shares:
        raise AgencyError(f"{bag.name} was not verified yet")
    verdict = verdict_on(desk, bag)
    if verdict is not None and verdict.kind == "refused_package":
        raise AgencyError(
            f"`verify` refused {bag.name} on {verdict.at[:10]}:"
            f" {verdict.data.get('check')}: {verdict.data.get('says')} Verify it again"
        )
    agency = _agency(bag)
    opened, _ = opened_at_desk(desk, bag)
    if opened is None:
        load_opened(bag)  # raises if the note is not valid
        raise AgencyError(
            f"the note beside {bag.name} does not match the desk's record of how it was"
            " opened. Open the package again in another folder"
        )
    verification = Verification(
        bag,
        Expectation(
            agency=agency,
            again=True,
            record=record,
            opened=opened,
            vouched=vouched_by(documents, agency=agency) if documents else None,
        ),
        desk.known,
    )
    now = datetime.now(UTC)
    checked = Checked(
        bag=bag,
        agency=agency,
        verification=verification,
        findings=verification.run(now),
        at=now,
        opened=opened,
        record=record,
        inbox=inbox,
        files=digests(bag),
    )
    # The checks include that contents and agency are the accepted ones.
    failed = next((one for one in checked.findings if one.passed is False), None)
    if failed is not None:
        raise AgencyError(
            f"{bag.name} is not as it was verified: {failed.title}: {failed.says}"
        )
    return checked


def still_of(verification: Verification) -> Still | None:
    """Extract an image from a verified video."""
    video = verification.video
    clip = verification.bag.resolve() / CLIP
    return None if video is None else take_still(clip, video)


def verdict_on(desk: Desk, bag: Path) -> Entry | None:
    """Return the last `verify` line about a folder."""
    return next(
        (
            entry
            for entry in reversed(desk.entries)
            if entry.kind in ("verified", "refused_package")
            and entry.data.get("bag") == printable(str(bag))
        ),
        None,
    )


def _agency(bag: Path) -> str:
    """Return the agency of the accepted statement."""
    try:
        token = (bag / "share.jws").read_text(encoding="ascii")
        agency = jws.read_claims(token).get("aud")
    except ValueError as err:
        raise AgencyError(f"{bag}/share.jws cannot be read") from err
    return str(agency)


def places_at(desk: Desk, bag: Path) -> Places:
    """Return the names of a package's files at a desk."""
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
    """Write a report and add it to the record of a desk that is locked for writing."""
    maker = maker_at(desk, checked, officer)
    report = make_report(checked, maker, places_at(desk, checked.bag))
    share_id = checked.verification.share_id
    with writing_report(path, report, signer) as page:
        desk.append(
            "reported",
            {
                # For a rejected package it is the folder's name, which can be anything.
                "share": share_id if SHARE_ID.fullmatch(share_id) else None,
                "home": checked.verification.home or None,
                "case": maker.case,
                "accepted": checked.accepted,
                "name": page["name"],
                "sha256": page["sha256"],
                "signed": signer is not None,
            },
        )
