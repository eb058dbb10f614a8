"""Intents, agencies and packages for the tests of confirmations and delivery."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import hashlib
from pathlib import Path

from custom_components.doorwatch.engine.clips.model import Clip, ClipState
from custom_components.doorwatch.engine.sharing.agency import AgencyDocument, UploadPage
from custom_components.doorwatch.engine.sharing.model import (
    Edits,
    Intent,
    PersonalDetails,
    StagedFile,
)
from custom_components.doorwatch.engine.sharing.tap.confirmations import (
    Confirmations,
    Confirmed,
)
from tests.age_program import desk
from tests.engine.sharing.answering import DECLARATION, FEED, REQUEST

STARTED = datetime(2026, 11, 3, 17, 4, 9, 250000, tzinfo=UTC)


def make_clip(path: Path, size: int = 1000) -> Clip:
    """Return a saved clip."""
    return Clip(
        clip_id="0193-clip",
        doorbell_id="front",
        event_id="event",
        part=0,
        event="ring",
        started_at=STARTED,
        ended_at=STARTED + timedelta(seconds=20),
        timezone="Europe/Amsterdam",
        path=path,
        size=size,
        sha256="ab" * 32,
        video_codec="h264",
        audio_codec=None,
        width=1920,
        height=1080,
        frames=300,
        gaps=((STARTED, STARTED + timedelta(seconds=1)),),
        protected=False,
        recovered=False,
        state=ClipState.SAVED,
    )


def make_document(
    endpoint: str,
    *,
    terms: str = "Kept for 30 days.",
    seq: int = 1,
    recipient: str | None = None,
    keys: tuple[Mapping[str, str], ...] = (),
    receipts_uri: str | None = None,
    withdrawals_uri: str | None = None,
) -> AgencyDocument:
    """Return a verified discovery document."""
    return AgencyDocument(
        issuer="https://agency.example",
        host="agency.example",
        name="Agency",
        jurisdiction="NL",
        contact="desk@agency.example",
        keys=keys,
        age_recipients=(recipient or desk().recipient,),
        requests_uri=None,
        upload_endpoint=endpoint,
        upload_code_required=True,
        receipts_uri=receipts_uri,
        withdrawals_uri=withdrawals_uri,
        terms=terms,
        retention="30 days",
        retention_days=30,
        terms_digest=hashlib.sha256(terms.encode()).hexdigest(),
        seq=seq,
        issued_at=STARTED,
        expires_at=STARTED + timedelta(days=36500),
        root_thumbprint="root",
        next_root_thumbprint=None,
    )


PAGE = UploadPage(
    name="Agency",
    origin="https://agency.vendor.example",
    host="agency.vendor.example",
    jurisdiction="NL",
)


def make_intent(
    folder: Path,
    document: AgencyDocument | UploadPage,
    content: bytes = b"video",
    *,
    agency_id: str = "agency",
    name: str = "staged.mp4",
) -> Intent:
    """Stage a file and return the intent that is shown to the person."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    return Intent(
        user_id="user",
        user_name="Sam",
        clip=make_clip(folder / "clip.mp4"),
        agency_id=agency_id,
        agency=document.as_shown,
        agency_name=document.name,
        agency_compared=True,
        edits=Edits(start=1.5, end=9.0),
        staged=StagedFile(
            path=path,
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            derived=True,
            started_at=STARTED,
            ended_at=STARTED + timedelta(seconds=9),
            audio=False,
        ),
        notice={"agency": {"name": "Agency"}, "sentences": ["others_visible"]},
        notice_digest="cd" * 32,
        personal=PersonalDetails(name="Sam Jansen"),
        note="He took the parcel",
        case_reference="PL1300-2026",
    )


def confirmed(intent: Intent) -> Confirmed:
    """Confirm an intent as a tap does."""
    confirmations, connection = Confirmations(lambda: 0.0), object()
    return confirmations.redeem(
        confirmations.issue(connection, intent, lambda: True),
        connection=connection,
        user_id=intent.user_id,
        clip_id=intent.clip.clip_id,
        agency_id=intent.agency_id,
        agency=intent.agency,
    )


def other_terms(document: AgencyDocument) -> AgencyDocument:
    """Return the document with other terms."""
    return replace(document, terms="Kept for ever.", terms_digest="ef" * 32)


def answering(intent: Intent) -> Intent:
    """Return the intent as the answer to a request, with the feed staged beside the file."""
    intent.staged.feed.write_text(FEED)
    return replace(intent, request=REQUEST, declaration=DECLARATION)


def as_queued_before(intent: Intent) -> Intent:
    """Return the intent as versions stored it that bound only terms, root and addresses."""
    page = intent.by_hand
    return replace(
        intent,
        agency=replace(
            intent.agency,
            name=intent.agency.name if page else None,
            jurisdiction=None,
            contact=None,
            recipients=None,
        ),
    )
