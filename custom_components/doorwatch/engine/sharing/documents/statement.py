"""Create the contents of a package: share.json and the cover sheet."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ...clips.video.redaction import Redaction
from ..model import Edits, Intent
from ..signing.canonical import text_digest, timestamp
from ..signing.jws import fingerprint
from ..text import visible
from .consent import (
    ENGLISH,
    SENTENCES,
    consent_record,
    edits_as_json,
    language_of,
    personal_as_json,
    request_as_json,
)

SCHEMA = "doorwatch-share/1"
# Codec of redacted video.
REENCODED = "h264"

PROVES = (
    "The signatures prove that the installation with the given fingerprint made this"
    " package, and that nothing in it has changed since it was signed.",
)
PROVES_NOT = (
    "They do not prove what the camera saw. The key is in the home, and whoever controls"
    " the home's computer could have signed something else.",
    "They do not prove the time. Every time is by the home's own clock.",
    "They do not prove who lives in the home or who tapped Share.",
)
# Commands to verify a package with common programs.
CHECKS = (
    "sha256sum --check manifest-sha256.txt tagmanifest-sha256.txt",
    "openssl dgst -sha256 -verify home.pem -signature tagmanifest-sha256.sig"
    " tagmanifest-sha256.txt",
)
# In addition, if a person hands over the package.
NOR_BY_HAND = (
    "They do not prove who handed it over, or who could read it on the way. A person took"
    " it out of the home as a file that is not encrypted.",
    "They do not prove who it was meant for. A person in the home typed the name and the"
    " page of the agency.",
)

_SHOWN: Mapping[str, str] = {
    "ring": "a ring",
    "motion": "motion",
    "manual": "what someone recorded manually",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class PackageContext:
    """The data of a package that is not in the intent.

    `system` has the facts about the installation, JSON-serializable: clock state, camera
    clock offset, versions, time zone, camera make and model. `other_parts` are
    the IDs of the other clips of the same event, None if unknown. `ledger_head` is the
    digest of a ledger line that no other package names.
    """

    share_id: str
    confirmed_at: float
    ledger_head: str
    system: Mapping[str, object]
    other_parts: tuple[str, ...] | None = None


def make_statement(
    intent: Intent, context: PackageContext, *, home: str
) -> Mapping[str, object]:
    """Return the statement about the video.

    `home` is the thumbprint of this home's key for the agency. User and doorbell IDs
    are left out, because they are the same for all agencies, which could link the home
    by them.
    """
    clip, staged, root = intent.clip, intent.staged, intent.agency.root_thumbprint
    request = intent.request
    return {
        "schema": SCHEMA,
        "share_id": context.share_id,
        "confirmed_at": timestamp(context.confirmed_at),
        "home": {"thumbprint": home, "fingerprint": fingerprint(home)},
        "agency": {
            "name": intent.agency_name,
            "issuer": intent.agency.issuer,
            "root_thumbprint": root,
            "fingerprint": None if root is None else fingerprint(root),
            "compared": intent.agency_compared,
            "terms_digest": intent.agency.terms_digest,
            "upload_origin": intent.agency.upload_origin,
        },
        "file": {
            "name": "data/clip.mp4",
            "sha256": staged.sha256,
            "size": staged.size,
            "started_at": timestamp(staged.started_at),
            "ended_at": timestamp(staged.ended_at),
            "audio": staged.audio,
            "derived": staged.derived,
            "reencoded": staged.reencoded,
            "edits": _edits(intent.edits) if staged.derived else None,
            "original_sha256": clip.sha256,
        },
        "clip": {
            "clip_id": clip.clip_id,
            "event": clip.event,
            "event_id": clip.event_id,
            "part": clip.part,
            "other_parts": (
                None if context.other_parts is None else list(context.other_parts)
            ),
            "timezone": clip.timezone,
            "width": clip.width,
            "height": clip.height,
            "video_codec": REENCODED if staged.reencoded else clip.video_codec,
            "audio_codec": clip.audio_codec if staged.audio else None,
            "gaps": [
                {"from": timestamp(begin), "to": timestamp(end)}
                for begin, end in _gaps(intent)
            ],
            "recovered": clip.recovered,
            "fetched_from": clip.fetched_from,
            # Labels from the camera, with the integration that reported them.
            "labels": dict(clip.labels),
            **(
                {"time_before": timestamp(intent.time_before)}
                if intent.time_before
                else {}
            ),
        },
        "personal": personal_as_json(intent.personal),
        "note": intent.note,
        "case_reference": intent.case_reference,
        "request_id": None if request is None else request.request_id,
        "request": (
            None
            if request is None
            else {**request_as_json(request), "feed_sha256": request.feed_sha256}
        ),
        "declaration_sha256": (
            None if intent.declaration is None else text_digest(intent.declaration)
        ),
        "consent": consent_record(
            intent,
            share_id=context.share_id,
            confirmed_at=context.confirmed_at,
            principal=home,
        ),
        # Without `seq`, which would be similar in packages for several agencies.
        "ledger": {"digest": context.ledger_head},
        "system": context.system,
        "proves": list(PROVES),
        "does_not_prove": list(_proves_not(intent)),
    }


def _proves_not(intent: Intent) -> tuple[str, ...]:
    by_hand = intent.agency.root_thumbprint is None
    return PROVES_NOT + NOR_BY_HAND if by_hand else PROVES_NOT


def _edits(edits: Edits) -> Mapping[str, object]:
    """Format the edits, with each area as a list of numbers.

    Existing tools of agencies search for the digest of the video in `file` and expect
    no object in `edits`; they would report a valid package as changed.
    """
    areas = [
        [area.left, area.top, area.width, area.height, area.start, area.end]
        for area in edits.redact
    ]
    return {**edits_as_json(edits), "redact": areas}


def _gaps(intent: Intent) -> list[tuple[datetime, datetime]]:
    """Return the gaps in the part that is sent."""
    begin, end = intent.staged.started_at, intent.staged.ended_at
    return [gap for gap in intent.clip.gaps if gap[0] < end and gap[1] > begin]


def cover_sheet(
    statement: Mapping[str, object], intent: Intent, context: PackageContext
) -> str:
    """Return the statement as text: the main facts in words, then every field."""
    return "".join(f"{line}\n" for line in _cover_lines(statement, intent, context))


def _cover_lines(
    statement: Mapping[str, object], intent: Intent, context: PackageContext
) -> Iterator[str]:
    clip, staged = intent.clip, intent.staged
    yield "DOORBELL RECORDING, SHARED VOLUNTARILY"
    yield ""
    yield f"For:            {_value(intent.agency_name)} ({intent.agency.issuer})"
    yield f"Case reference: {_value(intent.case_reference) or 'none given'}"
    yield f"Share:          {statement['share_id']}"
    yield f"Confirmed:      {statement['confirmed_at']} (UTC, by the home's clock)"
    yield ""
    yield "THE FILE data/clip.mp4"
    event = _SHOWN.get(clip.event, _value(clip.event))
    yield f"It shows {event} at the door,"
    yield f"from {timestamp(staged.started_at)} to {timestamp(staged.ended_at)} (UTC)."
    yield f"The home is in the time zone {_value(clip.timezone)}."
    if (before := intent.time_before) is not None:
        yield "The home's clock was ahead when this was recorded, and a person corrected the"
        yield f"times. By that clock the recording began at {timestamp(before)} (UTC)."
    yield from _who_recorded_it(clip.fetched_from)
    yield from _labels(clip.labels)
    yield from _how_it_was_made(intent)
    yield from _completeness(intent, context.other_parts)
    yield ""
    yield from _what_goes_along(intent)
    yield "WHAT THE PERSON WAS TOLD"
    if (language := language_of(intent)) != ENGLISH:
        yield f'The person read it in another language ("{_value(language)}"). In English:'
    shown = intent.notice.get("sentences")
    for key in shown if isinstance(shown, Sequence) else ():
        yield f"- {SENTENCES.get(str(key), _value(str(key)))}"
    yield ""
    yield "WHAT THE SIGNATURES PROVE"
    yield from (f"- {sentence}" for sentence in PROVES)
    yield "AND WHAT THEY DO NOT"
    yield from (f"- {sentence}" for sentence in _proves_not(intent))
    yield ""
    yield "To check that nothing changed, in the folder with home.pem:"
    yield from (f"  {command}" for command in CHECKS)
    yield ""
    yield "To check who it is from, ask the owner of the home to read this aloud:"
    home = statement["home"]
    yield f"  {home['fingerprint'] if isinstance(home, Mapping) else ''}"
    yield ""
    yield "EVERYTHING IN data/share.json, FIELD BY FIELD"
    yield from _fields(statement, "")


def _what_goes_along(intent: Intent) -> Iterator[str]:
    if (request := intent.request) is not None:
        yield "THE REQUEST THAT IT ANSWERS, AS IT WAS SHOWN"
        yield f"{_value(request.request_id)}, version {request.version}"
        if request.title is not None:
            yield _value(request.title)
        yield f"Case reference: {_value(request.case_reference)}"
        yield f"From {request.begins} to {request.ends} (UTC)."
        yield "The signed feed with this request is data/requests.jws."
        yield ""
    if intent.declaration is not None:
        yield "A draft declaration is in data/declaration.txt. No one has signed it."
        yield ""


def _who_recorded_it(fetched_from: str | None) -> Iterator[str]:
    if fetched_from is None:
        yield "This home recorded it itself."
        return
    yield "This home did not record it. The manufacturer's service or device did, and the"
    yield f'home fetched it from there through the integration "{_value(fetched_from)}".'
    yield "Nothing here vouches for what happened to it before that."


def _labels(labels: Mapping[str, str]) -> Iterator[str]:
    for label, said_by in labels.items():
        yield f'Label from the camera: {_value(label)}, as reported by "{_value(said_by)}".'
    if labels:
        yield "No one checked these labels. They are about the whole recording, not a part of it."


def _how_it_was_made(intent: Intent) -> Iterator[str]:
    staged, edits = intent.staged, intent.edits
    if not staged.derived:
        yield "It is the recording, byte for byte, as it was when it was finished."
        return
    yield "It is a copy with something left out:"
    yield "- anything in the original other than the video and audio that players play"
    if edits.start:
        yield f"- everything before {edits.start} s"
    if edits.end is not None:
        yield f"- everything after {edits.end} s"
    if not staged.audio and intent.clip.audio_codec is not None:
        yield "- the audio"
    for number, area in enumerate(edits.redact, 1):
        yield f"- area {number} of the image: {_where(area)}, {_when(area)}"
    if staged.reencoded:
        yield "These areas were painted black in every frame concerned, and all frames were"
        yield "then re-encoded. What was under the areas is not in the file. The cut is"
        yield "exact to the frame. Times are seconds from the start of the recording."
    else:
        yield "The video was copied, not re-encoded. The cut is at the next keyframe."
    yield f"SHA-256 of the original: {intent.clip.sha256}"


def _where(area: Redaction) -> str:
    parts = (
        (area.left, "from the left"),
        (area.top, "from the top"),
        (area.width, "wide"),
        (area.height, "high"),
    )
    return ", ".join(f"{round(100 * share, 1):g} % {word}" for share, word in parts)


def _when(area: Redaction) -> str:
    if area.start is None and area.end is None:
        return "all the time"
    begin = "the start" if area.start is None else f"{area.start} s"
    end = "the end" if area.end is None else f"{area.end} s"
    return f"from {begin} to {end}"


def _completeness(intent: Intent, others: Sequence[str] | None) -> Iterator[str]:
    clip = intent.clip
    gaps = _gaps(intent)
    if not gaps:
        yield "No missing frames were noticed."
    for begin, end in gaps:
        yield f"Frames are missing from {timestamp(begin)} to {timestamp(end)}."
    if clip.part > 1:
        yield f"It is part {clip.part} of one event. There are earlier parts."
    if others:
        yield f"The home has other parts of the same event, not sent here: {len(others)}."
    if clip.recovered:
        yield "The recording was cut short (a crash or a power cut) and then closed."


def _fields(value: object, name: str) -> Iterator[str]:
    """Yield a line for each field with its full name; long text is indented."""
    if isinstance(value, Mapping) and value:
        for key in sorted(value):
            yield from _fields(value[key], f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple) and value:
        for number, item in enumerate(value, 1):
            yield from _fields(item, f"{name}[{number}]")
    else:
        first, *rest = _value(value).split("\n")
        yield f"{_value(name)}: {first}".rstrip()
        yield from (f"    {line}".rstrip() for line in rest)


def _value(value: object) -> str:
    if value is None:
        return "not known, or not given"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping | list | tuple):
        return "none"
    return visible(str(value), keep="\n\t")
