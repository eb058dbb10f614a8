"""The home of a sample: it records, shares, hands over, and withdraws."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
import subprocess

from custom_components.doorwatch.engine.clips.files.names import digest
from custom_components.doorwatch.engine.clips.model import Clip, ClipState
from custom_components.doorwatch.engine.clips.video.redaction import Redaction
from custom_components.doorwatch.engine.sharing.agency import AgencyDocument, UploadPage
from custom_components.doorwatch.engine.sharing.documents.consent import (
    consent_receipt,
    make_notice,
)
from custom_components.doorwatch.engine.sharing.documents.declaration import (
    DeclarationFacts,
    make_declaration,
)
from custom_components.doorwatch.engine.sharing.documents.discovery import (
    WELL_KNOWN,
    read_document,
)
from custom_components.doorwatch.engine.sharing.documents.statement import (
    PackageContext,
)
from custom_components.doorwatch.engine.sharing.documents.withdrawals import (
    make_request,
)
from custom_components.doorwatch.engine.sharing.files import write_private
from custom_components.doorwatch.engine.sharing.ledger.digests import recorded
from custom_components.doorwatch.engine.sharing.ledger.ledger import Ledger, LedgerLine
from custom_components.doorwatch.engine.sharing.model import (
    Edits,
    Intent,
    PersonalDetails,
)
from custom_components.doorwatch.engine.sharing.outbox.intents import (
    confirmed,
    personal,
)
from custom_components.doorwatch.engine.sharing.package.package import (
    Package,
    build_package,
    build_zip,
)
from custom_components.doorwatch.engine.sharing.package.staging import stage
from custom_components.doorwatch.engine.sharing.requests.answer import find_request
from custom_components.doorwatch.engine.sharing.signing.canonical import (
    digest_of,
    text_digest,
)
from custom_components.doorwatch.engine.sharing.signing.jws import (
    PrivateKey,
    fingerprint,
    key_from_jwk,
    thumbprint,
)
from custom_components.doorwatch.engine.sharing.signing.keys import HomeKeys

from .scene import (
    AGENCY_ID,
    HANDED_OVER,
    NOW,
    ORIGIN,
    PAGE_ID,
    RECORDED,
    REQUEST,
    SENT,
    Sample,
)

SYSTEM = {
    "clock_synchronised": True,
    "camera_clock_offset": -0.25,
    "camera_make": "Example",
    "camera_model": "Bell 2",
    "time_zone": "Europe/Amsterdam",
    "software": {"doorwatch": "sample"},
}


def make_recording(sample: Sample) -> Clip:
    """Create a recording of 3 seconds with audio in the format of a doorbell."""
    path = sample.home / "clip.mp4"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=15"]
    command += ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=16000", "-t", "3"]
    command += ["-c:v", "libx264", "-g", "15", "-bf", "0", "-pix_fmt", "yuv420p"]
    command += ["-b:v", "100k", "-c:a", "aac", "-b:a", "24k", str(path)]
    subprocess.run(command, check=True, timeout=120)
    return Clip(
        clip_id="0193b2c4-5d6e-7f80-9123-456789abcdef",
        doorbell_id="01JDOORBELL",
        event_id="0193b2c4-5d6e-7f80-9123-456789abcdef",
        part=1,
        event="ring",
        started_at=RECORDED,
        ended_at=RECORDED + timedelta(seconds=3),
        timezone="Europe/Amsterdam",
        path=path,
        size=path.stat().st_size,
        sha256=digest(path),
        video_codec="h264",
        audio_codec="aac",
        width=320,
        height=180,
        frames=45,
        gaps=(),
        protected=False,
        recovered=False,
        state=ClipState.SAVED,
        labels={"person": "onvif"},
    )


def agree(
    clip: Clip,
    document: AgencyDocument | UploadPage,
    staging: Path,
    edits: Edits,
    *,
    feed: str | None = None,
    recorded_in: LedgerLine | None = None,
    home: PrivateKey | None = None,
) -> Intent:
    """Confirm a share as a person would."""
    staged = stage(clip, edits, staging)
    request = declaration = None
    details = PersonalDetails()
    if feed is not None and home is not None and isinstance(document, AgencyDocument):
        details = PersonalDetails(name="Ann Example")
        _, request = find_request(
            feed,
            REQUEST,
            issuer=ORIGIN,
            keys=map(key_from_jwk, document.keys),
            now=NOW.timestamp(),
        )
        write_private(staged.feed, feed.encode())
        declaration = make_declaration(
            DeclarationFacts(
                clip=clip,
                staged=staged,
                edits=edits,
                personal=details,
                agency_name=document.name,
                home=fingerprint(thumbprint(home.public_key())),
                system=SYSTEM,
                recorded=recorded_in,
                made_at=NOW,
            )
        )
    compared = isinstance(document, AgencyDocument)
    notice = make_notice(
        document,
        compared=compared,
        staged=staged,
        original_sha256=clip.sha256,
        edits=edits,
        labels=clip.labels,
        personal=details,
        note="He took\nthe parcel.",
        case_reference="PL1300-2026-0417",
        request=request,
        declaration=declaration,
    )
    return Intent(
        user_id="0123456789abcdef0123456789abcdef",
        user_name="Ann",
        clip=clip,
        agency_id=AGENCY_ID if compared else PAGE_ID,
        agency=document.as_shown,
        agency_name=document.name,
        agency_compared=compared,
        edits=edits,
        staged=staged,
        notice=notice,
        notice_digest=digest_of(notice),
        personal=details,
        note="He took\nthe parcel.",
        case_reference="PL1300-2026-0417",
        request=request,
        declaration=declaration,
    )


async def make_home(sample: Sample) -> tuple[str, Package]:
    """Record, share with the agency, hand over to another, withdraw.

    Return the home's thumbprint for the agency, and the sent package.
    """
    folder = sample.home
    folder.mkdir()
    staging = folder / "staging"
    clip = make_recording(sample)
    token = (sample.site / WELL_KNOWN.lstrip("/")).read_text()
    document, _ = read_document(
        token, url=ORIGIN + WELL_KNOWN, pin=None, now=NOW.timestamp()
    )
    if not isinstance(document, AgencyDocument):
        raise SystemExit("the document is a group's")
    feed = (sample.site / "requests.jws").read_text()
    page = UploadPage(name="Other Police", origin=ORIGIN, host="police.example")
    keys = HomeKeys(folder / "keys")
    key = keys.for_agency(AGENCY_ID)
    home = thumbprint(key.public_key())
    ledger = await Ledger.open(folder / "ledger.db", clock=NOW.timestamp)
    try:
        line = await ledger.append("recorded", recorded(clip))
        intent = agree(
            clip,
            document,
            staging,
            Edits(audio=True),
            feed=feed,
            recorded_in=line,
            home=key,
        )
        context = await confirm(ledger, intent, SENT)
        (sample.folder / "package").mkdir()
        target = sample.folder / f"package/{SENT}.tar.age"
        package = build_package(intent, context, key, target, document.age_recipients)
        receipt = consent_receipt(
            intent, share_id=SENT, confirmed_at=context.confirmed_at, key=key
        )
        (folder / "consent-receipt.jws").write_text(receipt)
        about = {"share_id": SENT, "clip_id": clip.clip_id, "agency_id": AGENCY_ID}
        sent = {"agency": ORIGIN, "sha256": package.sha256, "size": package.size}
        await ledger.append("sent", {**about, **sent})

        area = Redaction(left=0.5, top=0.25, width=0.25, height=0.5)
        edits = Edits(start=1.0, end=2.5, redact=(area,))
        by_hand = agree(replace(clip, labels={}), page, staging, edits)
        (sample.folder / "handed-over").mkdir()
        build_zip(
            by_hand,
            await confirm(ledger, by_hand, HANDED_OVER),
            keys.for_agency(PAGE_ID),
            sample.folder / f"handed-over/doorwatch-{HANDED_OVER}.zip",
        )

        withdrawal = make_request(
            key,
            issuer=ORIGIN,
            share_id=SENT,
            sha256=package.sha256,
            now=NOW.timestamp(),
        )
        (folder / "withdrawal.jws").write_text(withdrawal)
        asked = {"agency": ORIGIN, "sha256": package.sha256}
        asked["request_sha256"] = text_digest(withdrawal)
        await ledger.append("withdrawal_requested", {**about, **asked})
        lines = [page async for page in ledger.export()]
        (folder / "ledger.jsonl").write_bytes(b"".join(lines))
    finally:
        await ledger.close()
    for left in (*staging.iterdir(), *folder.glob("ledger.db*")):
        left.unlink()
    staging.rmdir()
    return home, package


async def confirm(ledger: Ledger, intent: Intent, share_id: str) -> PackageContext:
    """Record the confirmation as an outbox does."""
    about = {
        "share_id": share_id,
        "clip_id": intent.clip.clip_id,
        "agency_id": intent.agency_id,
    }
    line = await ledger.append(
        "confirmed", {**about, **confirmed(intent)}, personal(intent)
    )
    return PackageContext(
        share_id=share_id,
        confirmed_at=NOW.timestamp(),
        ledger_head=line.digest,
        system=SYSTEM,
        other_parts=(),
    )
