"""Reports of real packages: good, changed, withdrawn, unproved, and with covered areas."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
from typing import Any

from agency.doorwatch_agency.cli import main
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.clips.video.redaction import Redaction
from custom_components.doorwatch.engine.sharing.model import (
    Edits,
    Intent,
    PersonalDetails,
)
from custom_components.doorwatch.engine.sharing.package.package import build_package
from custom_components.doorwatch.engine.sharing.signing.jws import fingerprint
from tests import videos as media
from tests.engine.sharing.evidence import (
    ORIGIN,
    agency_document,
    make_clip,
    make_context,
    make_intent,
    new_key,
)

from .office import Office

STARTED = datetime(2025, 3, 14, 17, 4, 9, 250000, tzinfo=UTC)
TAPPED_AFTER = timedelta(minutes=41)
TAPPED = STARTED + TAPPED_AFTER
SHARES = {
    "good": "4f9d3c0a8b7e4d2c9a1f6e5d4c3b2a10",
    "tampered": "81c2f05b6d9e4a7f8e3b2a1c0d9f8e7d",
    "withdrawn": "c07a6e5d4f3b4c2a9b8d7e6f5a4b3c2d",
    "unproved": "a3b1c5d7e9f04a2b8c6d4e2f0a1b3c5d",
    "redacted": "5e6f7a8b9c0d4e1f2a3b4c5d6e7f8a9b",
}
KINDS = tuple(SHARES)
SYSTEM: Mapping[str, object] = {
    "clock_synchronised": True,
    "camera_clock_offset": -1.4,
    "camera_make": "Reolink",
    "camera_model": "Video Doorbell PoE",
    "time_zone": "Europe/Amsterdam",
    "software": {"doorwatch": "0.1.0"},
}
AREAS = (
    Redaction(left=0.1, top=0.2, width=0.3, height=0.4),
    Redaction(left=0.5, top=0.5, width=0.5, height=0.5, start=1.0, end=2.5),
)


@dataclass(frozen=True, kw_only=True)
class Report:
    """The files of a report, and the exit code of the command."""

    page: Path
    code: int

    @property
    def json(self) -> dict[str, Any]:
        """Return the report's JSON."""
        read: dict[str, Any] = json.loads(self.page.with_suffix(".json").read_text())
        return read


class Reports:
    """An office with a desk that reports on the packages of one home."""

    def __init__(self, folder: Path, started: datetime = STARTED) -> None:
        """Set up the office without any package; the video starts at `started`."""
        self.started = started
        self.folder = folder
        self.office = Office(folder / "office")
        self.desk = folder / "desk"
        assert main(["desk", "new", str(self.desk)]) == 0
        self.clip: Clip = replace(
            make_clip(media.make(media.SMALL).path),
            started_at=started,
            ended_at=started + timedelta(seconds=8),
        )

    @property
    def signing(self) -> list[str]:
        """Return the options for signing."""
        site = str(self.office.intake.public)
        return ["--online", str(self.office.online), "--site", site]

    def intent(self, kind: str, **more: Any) -> Intent:
        """Return what the person confirmed."""
        edits = Edits(start=2.0, end=6.0, audio=True)
        if kind == "redacted":
            edits = Edits(start=1.0, end=6.0, redact=AREAS)
        details: dict[str, Any] = {
            "edits": edits,
            "document": agency_document(age_recipients=[self.office.recipient]),
            "personal": PersonalDetails(name="Ann Example", contact="+31 6 0000 0000"),
            "note": "The parcel was gone a minute later.",
            "case_reference": "PL1300-2025-0417",
        }
        return make_intent(self.clip, self.folder / "staging", **(details | more))

    def send(self, kind: str, **more: Any) -> Path:
        """Build the package as a home does, and return the file as received."""
        share = SHARES[kind]
        context = replace(
            make_context(share_id=share, system=SYSTEM),
            confirmed_at=(self.started + TAPPED_AFTER).timestamp(),
        )
        path = self.folder / f"{share}.tar.age"
        recipients = [self.office.recipient]
        intent = self.intent(kind, **more)
        key = new_key() if kind == "unproved" else self.office.home_key
        build_package(intent, context, key, path, recipients)
        return path

    def open(self, package: Path) -> Path:
        """Open a package, and return the bag."""
        case = self.folder / "PL1300-2025-0417"
        share = package.name.partition(".")[0]
        command = ["open", str(package), str(case), "--desk", str(self.desk)]
        taken = (self.office.intake.inbox / f".incoming/{share}.json").exists()
        inbox = ["--inbox", str(self.office.intake.inbox)]
        command += inbox if taken else ["--no-inbox"]
        assert main([*command, "--identity", str(self.office.identity)]) == 0
        return case / f"doorwatch-{share}"

    def verify(self, bag: Path, name: str, *more: str) -> Report:
        """Verify a bag, and write a report."""
        page = self.folder / f"{name}.html"
        command = ["verify", str(bag), "--agency", ORIGIN, "--desk", str(self.desk)]
        command += ["--officer", "J. Jansen", "--case", "PL1300-2025-0417"]
        code = main([*command, "--report", str(page), *more])
        return Report(page=page, code=code)

    def make(self, kind: str, *more: str) -> Report:
        """Make one of the five reports; two of them use the intake's notes."""
        proved = [
            "--fingerprint",
            fingerprint(self.office.home),
            "--label",
            "12 Elm St",
        ]
        if kind in ("good", "withdrawn"):
            with self._arrived(kind) as bag:
                inbox = ["--inbox", str(self.office.intake.inbox)]
                return self.verify(bag, kind, *proved, *inbox, *more)
        bag = self.open(self.send(kind))
        if kind == "tampered":
            video = bag / "data/clip.mp4"
            content = bytearray(video.read_bytes())
            content[len(content) // 2] ^= 1
            video.write_bytes(content)
        return self.verify(bag, kind, *(proved if kind != "unproved" else []), *more)

    @contextmanager
    def _arrived(self, kind: str) -> Iterator[Path]:
        """Send a package to the intake, and optionally withdraw it after it was taken."""
        share = SHARES[kind]
        content = self.send(kind).read_bytes()
        with self.office.intake:
            self.office.upload(content, share)
            taken = self.folder / "taken" / f"{share}.tar.age"
            taken.parent.mkdir(exist_ok=True)
            (self.office.intake.inbox / f"{share}.tar.age").rename(taken)
            bag = self.open(taken)
            if kind == "withdrawn":
                token = self.office.withdrawal(content, jti=share)
                assert self.office.withdraw(token)[0] in (200, 202)
            yield bag
