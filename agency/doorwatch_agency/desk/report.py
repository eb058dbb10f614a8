"""The contents of a report: what was checked, by whom, and what it proves.

All texts are safe to print: limited in length, invisible characters escaped.
`report_page` renders them as a page; the JSON file has the same contents.
"""

import base64
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
import hashlib
from pathlib import Path
import platform

import cryptography

from .. import __version__
from ..errors import AgencyError
from ..package.findings import Finding
from ..package.members import MORE_NAMES, NAMES, read_small
from ..package.spelling import read_manifest
from ..package.unpack import Opened
from ..package.video import Still
from ..signing import jws
from ..times import time_text
from .homes import Received
from .inbox import Inbox, Record
from .record import Entry
from .report_facts import consent, history, recording, request, retention, withdrawal
from .report_proof import Places, again, conclusion, proves, proves_not
from .stated import Stated, one_line
from .verify import Verification

SCHEMA = "doorwatch-report/1"
_RESULTS = {True: "passed", False: "failed", None: "not proved"}
_HERE = "This computer's clock"
_SYNCHRONIZED = {
    True: "The home's clock, which was being synchronized, by the home's word",
    False: "The home's clock, which was not being synchronized, by the home's word",
    None: "The home's clock. It is not known whether it was being synchronized",
}


@dataclass(frozen=True, kw_only=True)
class Maker:
    """The author of the report, the case, and the state of the desk's record."""

    user: str
    officer: str | None = None
    case: str | None = None
    label: str | None = None
    lines: int | None = None
    head: str | None = None
    received_at: str | None = None  # according to the record
    opened_at: str | None = None  # according to the record
    held_until: str | None = None  # with the reason: kept longer than the agreed time
    held_for: str | None = None
    shares: Mapping[str, Received] = field(default_factory=dict)  # accepted shares
    history: Sequence[Entry] = ()  # lines of the record about the share


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A package after verification, and where it came from."""

    bag: Path
    agency: str
    verification: Verification
    findings: Sequence[Finding]
    at: datetime
    opened: Opened | None = None
    record: Record | None = None  # the intake's record
    inbox: Inbox | None = None
    files: Sequence[Mapping[str, object]] = ()  # the result of `digests`
    still: Still | None = None

    @property
    def accepted(self) -> bool:
        """Whether no check failed."""
        return all(finding.passed is not False for finding in self.findings)


def make_report(checked: Checked, maker: Maker, places: Places) -> dict[str, object]:
    """Return the contents of the report."""
    checks = _checks(checked)
    verification = checked.verification
    stated = Stated(verification.statement)
    notice = Stated(verification.notice)
    asked = request(stated, checks)
    answered = withdrawal(checked.inbox, verification.share_id, maker.shares)
    kept = retention(
        notice,
        received_at=_received_at(checked, maker)[0],
        opened_at=_opened_at(checked, maker)[0],
        held_until=maker.held_until,
        held_for=maker.held_for,
    )
    proved = any(
        check["title"] == "Identity of the home" and check["result"] == "passed"
        for check in checks
    )
    encrypted = (
        checked.opened is not None
        and checked.opened.encrypted
        and maker.opened_at is not None
    )
    by_hand = bool(stated) and stated.part("agency").line("root_thumbprint") is None
    return {
        "schema": SCHEMA,
        "share": one_line(verification.share_id),
        "conclusion": conclusion(
            checks,
            accepted=checked.accepted,
            proved=proved,
            agency=checked.agency,
            # Withdrawals of packages that a person hands over do not exist.
            withdrawal_known=checked.inbox is not None or by_hand,
        ),
        "made": _made(checked, maker),
        "received": _received(checked),
        "times": _times(checked, maker, stated),
        "checks": checks,
        "proves": proves(
            accepted=checked.accepted, proved=proved, encrypted=encrypted, asked=asked
        ),
        "does_not_prove": proves_not(
            accepted=checked.accepted,
            signed=bool(verification.home),
            proved=proved,
            by_hand=by_hand,
        ),
        "home": _home(checked, maker, proved=proved),
        "agency": {
            "origin": one_line(checked.agency),
            "name": stated.part("agency").line("name"),
        },
        "recording": recording(stated, verification.video),
        "consent": consent(stated, notice),
        "request": asked,
        "withdrawal": answered,
        "retention": kept,
        "files": list(checked.files),
        "history": history(maker.history),
        "still": None
        if checked.still is None
        else {
            "second": round(checked.still.second, 3),
            "sha256": hashlib.sha256(checked.still.jpeg).hexdigest(),
            "jpeg": base64.b64encode(checked.still.jpeg).decode(),
        },
        "stored": {
            "where": "in this export" if places.exported else "at the desk",
            "video": one_line(places.video),
            "package": None if places.package is None else one_line(places.package),
        },
        "again": again(checked.opened, share_id=verification.share_id, places=places),
        "record": None
        if maker.head is None
        else {"lines": maker.lines, "head": maker.head},
    }


def digests(bag: Path) -> list[dict[str, object]]:
    """Hash all regular files of a package.

    Each entry also has the digest from the manifests, if they contain the file.
    """
    listed: dict[str, str] = {}
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        # A check reports invalid manifests.
        with suppress(AgencyError, OSError):
            text = read_small(bag, manifest).decode("ascii", "replace")
            listed |= read_manifest(text)
    found: list[dict[str, object]] = []
    for name in sorted(NAMES | MORE_NAMES):
        path = bag / name
        if path.is_symlink() or not path.is_file():
            continue
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
        about: dict[str, object] = {"path": name, "bytes": size, "sha256": digest}
        found.append(about | {"listed_sha256": listed.get(name)})
    return found


def _checks(checked: Checked) -> list[dict[str, object]]:
    made: list[dict[str, object]] = [
        {
            "title": finding.title,
            "result": _RESULTS[finding.passed],
            "says": finding.says,
            "not_proved": finding.not_proved or None,
        }
        for finding in checked.findings
    ]
    left: list[dict[str, object]] = [
        {"title": title, "result": "not made", "says": None, "not_proved": None}
        for title in checked.verification.not_made
    ]
    return [*made, *left]


def _made(checked: Checked, maker: Maker) -> dict[str, object]:
    return {
        "at": time_text(checked.at),
        "by": {
            "user": one_line(maker.user),
            "officer": None if maker.officer is None else one_line(maker.officer),
        },
        "case": None if maker.case is None else one_line(maker.case),
        "program": "doorwatch-agency",
        "version": __version__,
        "on": f"Python {platform.python_version()}, cryptography"
        f" {cryptography.__version__}, {_system()}",
    }


def _system() -> str:
    """Return the operating system, without the name of the machine."""
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()


def _received_at(checked: Checked, maker: Maker) -> tuple[str | None, str]:
    """Return when the package was received, and the source of that time."""
    if checked.record is not None and checked.record.received_at is not None:
        return checked.record.received_at, "The clock of the agency's intake"
    if maker.received_at is not None:
        return maker.received_at, "The record of the agency's desk"
    return None, "Not known here: the intake's record was not looked at"


def _opened_at(checked: Checked, maker: Maker) -> tuple[str | None, str]:
    """Return when the package was opened, and the source of that time."""
    if checked.opened is None:
        return None, "Not known here"
    if maker.opened_at is not None:
        return maker.opened_at, "The record of the agency's desk"
    return checked.opened.at, "The note beside the package. The desk's record has none"


def _received(checked: Checked) -> dict[str, object]:
    opened, record = checked.opened, checked.record
    if opened is None:
        how = None
    elif opened.zipped:
        how = "a zip that a person handed over, not encrypted"
    elif opened.encrypted:
        how = "encrypted with age, opened with the agency's identity"
    else:
        how = "a tar that was not encrypted, or was decrypted before"
    return {
        "name": None
        if opened is None or opened.name is None
        else one_line(opened.name),
        "bytes": None if opened is None else opened.size,
        "sha256": None if opened is None else opened.sha256,
        "how": how,
        # For information: the two digests are compared when a receipt is made.
        "intake_sha256": None if record is None else record.sha256,
    }


def _times(checked: Checked, maker: Maker, stated: Stated) -> list[dict[str, object]]:
    """List the events with the clock that each time is from."""
    system = stated.part("system")
    home = _SYNCHRONIZED[system.flag("clock_synchronised")]
    offset = system.number("camera_clock_offset")
    times: list[tuple[str, str | None, str]] = []
    if stated:
        times = [
            ("The video starts", stated.part("file").line("started_at"), home),
            ("The video ends", stated.part("file").line("ended_at"), home),
            ("A person tapped Share", stated.line("confirmed_at"), home),
        ]
    times += [
        ("All of it had arrived", *_received_at(checked, maker)),
        ("Opened", *_opened_at(checked, maker)),
        ("Verified for this report", time_text(checked.at), _HERE),
    ]
    rows: list[dict[str, object]] = [
        {"what": what, "at": None if at is None else one_line(at), "by": by}
        for what, at, by in times
    ]
    if stated:
        rows.append(
            {
                "what": "The doorbell's own clock",
                "at": None,
                "by": _offset(offset),
            }
        )
    return rows


def _offset(seconds: float | None) -> str:
    if seconds is None:
        return (
            "Not known. A time that is written into the image can differ from the times"
            " above"
        )
    if seconds == 0:
        return "The same as the home's clock, as last measured by the home"
    way = "ahead of" if seconds > 0 else "behind"
    return f"{abs(seconds):g} s {way} the home's clock, as last measured by the home"


def _home(checked: Checked, maker: Maker, *, proved: bool) -> dict[str, object] | None:
    """Return the home and its key, or None if the signature was not checked or is wrong."""
    home = checked.verification.home
    if not home:
        return None
    return {
        "thumbprint": home,
        "fingerprint": jws.fingerprint(home),
        "identity": "proved" if proved else "not proved",
        "says": checked.verification.identity or None,
        "label": None if maker.label is None else one_line(maker.label),
    }
