"""The command `verify`."""

import argparse
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

from ..errors import AgencyError
from ..package.answered import vouched_by
from ..package.findings import Finding
from ..printing import printable
from .inbox import SHARE_ID
from .inboxes import inbox_of, inbox_option
from .opened import refuse_inside, share_of
from .record import Desk, check_name, desk_options
from .report import Checked, digests
from .report_files import report_path
from .reporting import (
    add_signing,
    case_of,
    opened_at_desk,
    report_to,
    signer_of,
    still_of,
)
from .retention import kept_at
from .verify import Expectation, Verification
from .withdrawals import check_withdrawal

_MARKS = {True: "OK  ", False: "BAD ", None: "?   "}


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the `verify` command."""
    check = add("verify", help="verify an opened package")
    check.add_argument("bag", type=Path, help="the folder that `open` created")
    check.add_argument(
        "--agency",
        required=True,
        help="your origin, https://...; for a zip, the origin of your upload page",
    )
    desk_options(check)
    check.add_argument(
        "--fingerprint", help="the home's fingerprint, as the owner read it out"
    )
    check.add_argument("--label", help="your own name for this home")
    check.add_argument(
        "--again", action="store_true", help="accept a share that you received before"
    )
    inbox_option(check, "compare with what the intake recorded")
    check.add_argument(
        "--document",
        type=Path,
        action="append",
        help="your published document, to check whether a request was yours; repeat"
        " for earlier ones, or name the folder `published`, which has all of them",
    )
    check.add_argument(
        "--report",
        type=Path,
        metavar="FILE.html",
        help="also write a report, as a page and as JSON",
    )
    add_signing(check)
    check.set_defaults(run=_run_verify)


def _run_verify(options: argparse.Namespace) -> int:
    """Print each finding; return 1 if a check failed."""
    signer = signer_of(options)
    if options.report is not None:
        report_path(options.report)
        refuse_inside(options.report, options.bag)
    elif signer is not None:
        raise AgencyError("--online and --site sign a report. Add --report FILE.html")
    desk = Desk.at(options)
    check_name("label", options.label)
    desk.check()
    bag: Path = options.bag.resolve()
    if not bag.is_dir():
        raise AgencyError(f"{bag} is not a folder. Name the one that `open` made")
    inbox, record = inbox_of(options), None
    if inbox is not None:
        record = inbox.record(share_of(bag))
        if record is None:
            raise AgencyError(f"the intake has no share {share_of(bag)}")
    agency = options.agency.rstrip("/")
    documents: list[Path] | None = options.document
    expected = Expectation(
        agency=agency,
        fingerprint=options.fingerprint,
        label=options.label,
        again=options.again,
        record=record,
        opened=opened_at_desk(desk, bag)[0],
        vouched=vouched_by(documents, agency=agency) if documents else None,
    )
    verification = Verification(bag, expected, desk.known)
    now = datetime.now(UTC)
    findings = verification.run(now)
    files = [] if options.report is None else digests(bag)
    still = None if options.report is None else still_of(verification)
    problem: AgencyError | OSError | None = None
    share_id = verification.share_id
    alone = nullcontext() if inbox is None else inbox.changing(share_id)
    with desk.changing(), alone:
        findings = verification.run_again(findings, desk.known)
        if findings[-1].passed is not False and (
            withdrawal := check_withdrawal(inbox, kept_at(desk, share_id), desk.shares)
        ):
            findings.append(withdrawal)
        bad = next((finding for finding in findings if finding.passed is False), None)
        if bad is None:
            received_at = None if record is None else record.received_at
            more = {"received_at": received_at, "bag": printable(str(bag))}
            desk.append("verified", verification.line() | more)
        elif _is_copy(verification, bad, desk):
            told = {"share": share_id, "home": verification.home}
            desk.append("verified_before", told | {"bag": printable(str(bag))})
        else:
            case = case_of(desk, bag, accepted=False)
            desk.append("refused_package", _refused(verification, bad, case))
        if options.report is not None:
            checked = Checked(
                bag=bag,
                agency=agency,
                verification=verification,
                findings=findings,
                at=now,
                opened=expected.opened,
                record=record,
                inbox=inbox,
                files=files,
                still=still if bad is None else None,
            )
            try:
                report_to(
                    options.report,
                    checked,
                    desk,
                    officer=options.officer,
                    signer=signer,
                )
            except (AgencyError, OSError) as err:
                problem = err  # raised after the findings are printed
    for finding in findings:
        print(f"{_MARKS[finding.passed]} {finding.title}")
        print(f"     {finding.says}")
        if finding.not_proved:
            print(f"     Not proved: {finding.not_proved}")
    if bad is not None:
        print("REFUSED. The checks after the failed one were not made.")
    else:
        print("ACCEPTED: signed by whoever holds this home's key, and unaltered since.")
        if any(finding.passed is None for finding in findings):
            print("Not proved or not checked: what is marked with a question mark.")
        if inbox is None and not verification.by_hand:
            print("Not checked: whether its home withdrew it. Add --inbox.")
    if problem is not None:
        raise AgencyError(f"no report was written: {problem}") from problem
    if options.report is not None:
        print(f"Report: {options.report}")
    return 0 if bad is None else 1


def _is_copy(verification: Verification, bad: Finding, desk: Desk) -> bool:
    """Return whether the only problem is that the same share was accepted before."""
    before = desk.shares.get(verification.share_id)
    return (
        bad.title == "Duplicate check"
        and before is not None
        and (before.home, before.digest) == (verification.home, verification.digest)
    )


def _refused(
    verification: Verification, bad: Finding, case: str | None
) -> dict[str, object]:
    """Return the line about a rejected package, whose number and home are unproved."""
    share_id = verification.share_id
    return {
        "share": share_id if SHARE_ID.fullmatch(share_id) else None,
        "home": verification.home or None,
        "label": None,
        "case": case,
        "bag": printable(str(verification.bag)),
        "check": bad.title,
        "says": printable(bad.says)[:500],
    }
