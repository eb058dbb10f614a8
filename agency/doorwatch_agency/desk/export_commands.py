"""The command `export`."""

import argparse
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

from ..errors import AgencyError
from ..package.answered import documents_of, vouched_by
from ..package.unpack import Package
from ..signing import jws
from .export import Contents, prepared
from .inboxes import inbox_of, inbox_option, is_bucket, share_in_bucket
from .opened import load_opened, share_of
from .record import Desk, desk_options, path_text
from .report import Checked, digests, make_report
from .reporting import add_signing, maker_at, opened_at_desk, signer_of
from .verify import Expectation, Verification
from .withdrawals import refuse_deleted


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add what gives a verified package to an evidence system."""
    exporting = add(
        "export", help="write a verified package as evidence systems import it"
    )
    exporting.add_argument("bag", type=Path, help="the opened and verified folder")
    exporting.add_argument(
        "target", type=Path, help="a new folder, or a new file that ends with .zip"
    )
    exporting.add_argument(
        "--package", help="the file as it arrived (or s3://BUCKET/SHARE), to include it"
    )
    inbox_option(exporting, "the intake's inbox, for times and withdrawals")
    exporting.add_argument(
        "--document",
        type=Path,
        action="append",
        help="your published document, as for `verify`",
    )
    add_signing(exporting)
    desk_options(exporting)
    exporting.set_defaults(run=_run_export)


def _run_export(options: argparse.Namespace) -> int:
    """Verify it once more, and write it with its report."""
    bag: Path = options.bag.resolve()
    signer, path = signer_of(options), path_text(options.target.resolve())
    desk = Desk.at(options).reading()
    checked = _checked(options, bag, desk)
    opened = load_opened(bag)
    documents: list[Path] = options.document or []
    contents = Contents(
        bag=bag,
        opened=opened,
        package=_package(options),
        signer=signer,
        documents=documents_of(documents, agency=checked.agency),
    )
    maker = maker_at(desk, checked, options.officer)
    report = make_report(checked, maker, contents.places)
    share, home = checked.verification.share_id, checked.verification.home
    writing = prepared(options.target, report, contents)
    inbox = checked.inbox
    alone = nullcontext() if inbox is None else inbox.changing(share)
    # First what leaves the desk is in its record, then it is there to be taken.
    with writing as done, Desk.at(options).changing() as changed, alone:
        asked = refuse_deleted(inbox, share, changed)
        changed.append(
            "exported",
            {
                "share": share,
                "home": home,
                "name": options.target.name,
                "path": path,
                "files": done.files,
                "manifest_sha256": done.manifest_sha256,
                "original": options.package is not None,
            },
        )
    print(f"Exported to {options.target}: {done.files} files, {done.bytes} bytes.")
    print(f"SHA-256 of manifest-sha256.txt: {done.manifest_sha256}")
    if options.package is None:
        print("The file as it arrived is not included. Add it with --package FILE.")
    if not contents.named and not checked.verification.by_hand:
        print("No document of yours is included. Add --document published.")
    if asked is not None:
        print(asked.says)
    elif inbox is None and not checked.verification.by_hand:
        print("Not checked: whether its home withdrew it. Add --inbox.")
    return 0


def _package(options: argparse.Namespace) -> Package | None:
    """Return the file as it arrived, if it is wanted."""
    name: str | None = options.package
    if name is None or not is_bucket(name):
        return None if name is None else Path(name)
    inbox, share_id = share_in_bucket(name, options)
    package = inbox.package(share_id)
    if package is None:
        raise AgencyError(f"{name} is not in the bucket")
    return package


def _checked(options: argparse.Namespace, bag: Path, desk: Desk) -> Checked:
    """Verify the bag again, as what was accepted before."""
    share_id = share_of(bag)
    if share_id not in desk.shares:
        raise AgencyError(f"{bag.name} was not verified yet, so it cannot be exported")
    agency = _agency(bag)
    inbox = inbox_of(options)
    refuse_deleted(inbox, share_id, desk)
    record = None if inbox is None else inbox.record(share_id)
    documents: list[Path] | None = options.document
    opened, _ = opened_at_desk(desk, bag)
    if opened is None:
        load_opened(bag)  # says what is wrong with the note
        raise AgencyError(
            f"the note beside {bag.name} is not what the desk's record says of how it"
            " was opened. Open the package again in another folder"
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
    # Among the checks is that the contents are those of then, and so is their agency.
    failed = next((one for one in checked.findings if one.passed is False), None)
    if failed is not None:
        raise AgencyError(
            f"{bag.name} is not as it was verified: {failed.title}: {failed.says}"
        )
    return checked


def _agency(bag: Path) -> str:
    """Read which agency the accepted statement is for."""
    try:
        token = (bag / "share.jws").read_text(encoding="ascii")
        agency = jws.read_claims(token).get("aud")
    except ValueError as err:
        raise AgencyError(f"{bag}/share.jws cannot be read") from err
    return str(agency)
