"""Real clips, agencies, intents and packages for tests."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
import hashlib
from pathlib import Path
import subprocess

import av
from cryptography.hazmat.primitives.asymmetric import ec

from custom_components.doorwatch.engine.clips.model import Clip, ClipState
from custom_components.doorwatch.engine.sharing.agency import (
    AgencyAsShown,
    AgencyDocument,
)
from custom_components.doorwatch.engine.sharing.documents.consent import make_notice
from custom_components.doorwatch.engine.sharing.documents.discovery import (
    WELL_KNOWN,
    read_document,
)
from custom_components.doorwatch.engine.sharing.documents.statement import (
    PackageContext,
)
from custom_components.doorwatch.engine.sharing.model import (
    Edits,
    Intent,
    PersonalDetails,
    RequestAsShown,
)
from custom_components.doorwatch.engine.sharing.package.package import (
    Package,
    build_package,
    build_zip,
)
from custom_components.doorwatch.engine.sharing.package.staging import stage
from custom_components.doorwatch.engine.sharing.signing.canonical import (
    digest_of,
    text_digest,
)
from custom_components.doorwatch.engine.sharing.signing.jws import (
    DocumentKind,
    jwk_of,
    sign,
)
from tests.age_program import desk
from tests.engine.alone import alone
from tests.repository import ROOT

ORIGIN = "https://police.example"
URL = ORIGIN + WELL_KNOWN
STARTED = datetime(2026, 11, 3, 17, 4, 9, 250000, tzinfo=UTC)
NOW = 1_735_689_600  # 2025-01-01, in the past for tools that use the real clock
SHARE_ID = "4f9d3c0a8b7e4d2c9a1f6e5d4c3b2a10"


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a new P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def part_with_digest(text: str, **more: object) -> dict[str, object]:
    """Return a text with its digest, as in the discovery document."""
    return {"text": text, "digest": text_digest(text), **more}


def agency_claims(**changes: object) -> dict[str, object]:
    """Return the claims of a valid discovery document; None removes a claim."""
    claims: dict[str, object] = {
        "iss": ORIGIN,
        "name": "Example Police",
        "jurisdiction": "NL",
        "contact": "desk@police.example",
        "keys": {"keys": [jwk_of(new_key().public_key())]},
        "age_recipients": [desk().recipient],
        "upload_endpoint": f"{ORIGIN}/files/",
        "upload_code_required": True,
        "receipts_uri": f"{ORIGIN}/receipts",
        "terms": part_with_digest("Used for one case.\nNot passed on."),
        "retention": part_with_digest("Deleted after 30 days.", days=30),
        "seq": 3,
        "iat": NOW - 100,
        "exp": NOW + 86_400,
    }
    claims |= changes
    return {name: value for name, value in claims.items() if value is not None}


def agency_token(
    root: ec.EllipticCurvePrivateKey | None = None, **changes: object
) -> str:
    """Return a signed discovery document."""
    return sign(
        DocumentKind.AGENCY,
        agency_claims(**changes),
        root or new_key(),
        embed_key=True,
    )


def group_token(root: ec.EllipticCurvePrivateKey, **changes: object) -> str:
    """Return a signed discovery document of a group; None removes a claim."""
    claims: dict[str, object] = {
        "iss": ORIGIN,
        "name": "Elm Street neighbours",
        "jurisdiction": "Elm Street and Oak Lane",
        "contact": "block@elm.example",
        "keys": {"keys": [jwk_of(root.public_key())]},
        "requests_uri": f"{ORIGIN}/feed",
        "seq": 3,
        "iat": NOW - 100,
        "exp": NOW + 86_400,
    } | changes
    told = {name: value for name, value in claims.items() if value is not None}
    return sign(DocumentKind.GROUP, told, root, embed_key=True)


def agency_document(**changes: object) -> AgencyDocument:
    """Return a verified discovery document."""
    token = agency_token(None, **changes)
    document, _ = read_document(token, url=URL, pin=None, now=NOW)
    assert isinstance(document, AgencyDocument)
    return document


def make_clip(path: Path, **changes: object) -> Clip:
    """Return an MP4 file as a saved clip."""
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        audio = container.streams.audio
        seconds = float((container.duration or 0) / av.time_base)
        clip = Clip(
            clip_id="0193b2c4-5d6e-7f80-9123-456789abcdef",
            doorbell_id="01JDOORBELLENTRYID",
            event_id="0193b2c4-5d6e-7f80-9123-456789abcdef",
            part=1,
            event="ring",
            started_at=STARTED,
            ended_at=STARTED + timedelta(seconds=seconds),
            timezone="Europe/Amsterdam",
            path=path,
            size=path.stat().st_size,
            sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
            video_codec=video.codec_context.name,
            audio_codec=audio[0].codec_context.name if audio else None,
            width=video.width,
            height=video.height,
            frames=video.frames,
            gaps=(),
            protected=False,
            recovered=False,
            state=ClipState.SAVED,
            labels={"package": "reolink", "person": "onvif"},
        )
    return replace(clip, **changes)  # type: ignore[arg-type] # fields by name


def make_intent(
    clip: Clip,
    folder: Path,
    *,
    edits: Edits | None = None,
    personal: PersonalDetails | None = None,
    document: AgencyDocument | None = None,
    compared: bool = True,
    note: str = "",
    case_reference: str = "",
    request: RequestAsShown | None = None,
    declaration: str | None = None,
) -> Intent:
    """Stage the clip and return the confirmed intent."""
    edits = edits or Edits(audio=True)
    personal = personal or PersonalDetails()
    document = document or agency_document()
    staged = stage(clip, edits, folder)
    notice = make_notice(
        document,
        compared=compared,
        staged=staged,
        original_sha256=clip.sha256,
        edits=edits,
        labels=clip.labels,
        personal=personal,
        note=note,
        case_reference=case_reference,
        request=request,
        declaration=declaration,
    )
    return Intent(
        user_id="0123456789abcdef",
        user_name="Ann Household",
        clip=clip,
        agency_id="01JAGENCYENTRYID",
        agency=document.as_shown,
        agency_name=document.name,
        agency_compared=compared,
        edits=edits,
        staged=staged,
        notice=notice,
        notice_digest=digest_of(notice),
        personal=personal,
        note=note,
        case_reference=case_reference,
        request=request,
        declaration=declaration,
    )


@dataclass(frozen=True, kw_only=True)
class Made:
    """A package and its sources.

    `package` is the decrypted tar, `sealed` the encrypted file that is sent.
    """

    package: Package
    sealed: Package
    intent: Intent
    context: PackageContext
    key: ec.EllipticCurvePrivateKey


def make_context(
    *,
    share_id: str = SHARE_ID,
    system: Mapping[str, object] | None = None,
    other_parts: tuple[str, ...] | None = None,
) -> PackageContext:
    """Return the package data that is not part of the intent."""
    return PackageContext(
        share_id=share_id,
        confirmed_at=NOW + 0.25,
        ledger_head="cd" * 32,
        system=system
        or {
            "clock_synchronised": True,
            "camera_clock_offset": None,
            "camera_make": None,
            "camera_model": None,
            "software": {"doorwatch": "1"},
        },
        other_parts=other_parts,
    )


def make_package(
    intent: Intent,
    target: Path,
    *,
    key: ec.EllipticCurvePrivateKey | None = None,
    share_id: str = SHARE_ID,
    system: Mapping[str, object] | None = None,
    other_parts: tuple[str, ...] | None = None,
) -> Made:
    """Build a package and decrypt it into `target`."""
    context = make_context(share_id=share_id, system=system, other_parts=other_parts)
    key = key or new_key()
    path = target.with_name(f"{target.name}.age")
    sealed = build_package(intent, context, key, path, [desk().recipient])
    tar = desk().open(path)
    target.write_bytes(tar)
    package = Package(
        path=target, sha256=hashlib.sha256(tar).hexdigest(), size=len(tar)
    )
    return Made(package=package, sealed=sealed, intent=intent, context=context, key=key)


def by_hand(intent: Intent) -> Intent:
    """Change the intent to one for an agency without a document, whose page a person typed."""
    shown = AgencyAsShown(
        issuer=ORIGIN, root_thumbprint=None, terms_digest=None, upload_origin=ORIGIN
    )
    return replace(intent, agency=shown, agency_compared=False)


def make_zip(
    intent: Intent,
    target: Path,
    *,
    key: ec.EllipticCurvePrivateKey | None = None,
    share_id: str = SHARE_ID,
) -> Made:
    """Build the zip that a person hands over."""
    intent, context, key = (
        by_hand(intent),
        make_context(share_id=share_id),
        key or new_key(),
    )
    package = build_zip(intent, context, key, target)
    return Made(
        package=package, sealed=package, intent=intent, context=context, key=key
    )


def run_python(script: str, *arguments: str) -> str:
    """Run a Python script in a separate process; return its output."""
    run = subprocess.run(
        alone("-c", script, *arguments),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        cwd=ROOT,
    )
    return run.stdout
