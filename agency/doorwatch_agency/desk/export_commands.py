"""The command `export`."""

import argparse
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from ..errors import AgencyError
from ..package.answered import documents_of
from ..package.unpack import Package
from .export import Contents, prepared
from .inboxes import inbox_of, inbox_option, is_bucket, share_in_bucket
from .opened import load_opened, share_of
from .record import Desk, desk_options, path_text
from .report import make_report
from .reporting import add_signing, check_again, maker_at, signer_of, still_of
from .withdrawals import refuse_deleted


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the `export` command."""
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
    """Verify the package again and write it with a report."""
    bag: Path = options.bag.resolve()
    signer, path = signer_of(options), path_text(options.target.resolve())
    desk, inbox = Desk.at(options).reading(), inbox_of(options)
    share_id = share_of(bag)
    refuse_deleted(inbox, share_id, desk)
    record = None if inbox is None else inbox.record(share_id)
    documents: list[Path] = options.document or []
    checked = check_again(desk, bag, inbox=inbox, record=record, documents=documents)
    checked = replace(checked, still=still_of(checked.verification))
    opened = load_opened(bag)
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
    alone = nullcontext() if inbox is None else inbox.changing(share)
    # Add the export to the record before it gets its final name.
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
    """Return the file as received, if it was requested."""
    name: str | None = options.package
    if name is None or not is_bucket(name):
        return None if name is None else Path(name)
    inbox, share_id = share_in_bucket(name, options)
    package = inbox.package(share_id)
    if package is None:
        raise AgencyError(f"{name} is not in the bucket")
    return package
