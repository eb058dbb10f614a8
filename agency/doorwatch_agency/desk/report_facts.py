"""Sections of a report from the statement and from the intake's folders."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from ..errors import AgencyError
from ..package.edits import what_it_is
from ..package.notice import LANGUAGES, SENTENCES
from ..package.video import Video
from ..times import time_text
from .homes import Received
from .inbox import Inbox
from .record import Entry
from .stated import Stated, one_line, text_of
from .withdrawals import find_withdrawal

_LONGEST_DAYS = 36_525
_MOST_ROWS = 100
_DONE = {
    "imported": "Imported from the previous record",
    "opened": "Opened",
    "verified": "Verified and accepted",
    "verified_before": "Verified again",
    "refused_package": "Verified and refused",
    "held": "Kept longer",
    "exported": "Exported",
    "receipt_given": "Told the home when it was verified",
    "withdrawal_answered": "Answered a withdrawal",
    "deleted": "Deleted",
}
_EVENTS = {
    "ring": "a ring",
    "motion": "motion",
    "manual": "a manual recording",
}


def recording(stated: Stated, video: Video | None) -> dict[str, object] | None:
    """Describe the video, its measured properties, and the edits."""
    if not stated:
        return None
    file, clip, system = stated.part("file"), stated.part("clip"), stated.part("system")
    event, edits = clip.line("event"), file.part("edits")
    covered = [_area(row) for row in edits.rows("redact")]
    gaps = [
        {"from": gap.line("from"), "to": gap.line("to")} for gap in clip.parts("gaps")
    ]
    labels = [{"label": label, "reported_by": by} for label, by in clip.pairs("labels")]
    return {
        "sha256": file.line("sha256"),
        "bytes": file.whole("size"),
        "measured": None
        if video is None
        else {
            "seconds": round(video.seconds, 3),
            "width": video.width,
            "height": video.height,
            "audio": video.audio,
        },
        "event": None if event is None else _EVENTS.get(event, event),
        "time_zone": clip.line("timezone"),
        "copy": file.flag("derived"),
        "says": what_it_is(file.plain()),
        "reencoded": file.flag("reencoded"),
        "starts_at_second": edits.number("start"),
        "ends_at_second": edits.number("end"),
        "covered": covered,
        "original_sha256": file.line("original_sha256"),
        "gaps": gaps,
        "recovered": clip.flag("recovered"),
        "part": clip.whole("part"),
        "other_parts": len(clip.texts("other_parts")),
        "fetched_from": clip.line("fetched_from"),
        "time_before": clip.line("time_before"),
        "labels": labels,
        "not_listed": {
            "covered": edits.left_out("redact", len(covered)),
            "gaps": clip.left_out("gaps", len(gaps)),
            "labels": clip.left_out("labels", len(labels)),
        },
        "camera": " ".join(
            each
            for each in (system.line("camera_make"), system.line("camera_model"))
            if each
        )
        or None,
    }


def _area(row: Sequence[float | None]) -> dict[str, object]:
    names = ("left", "top", "width", "height", "from_second", "to_second")
    padded = [*row, *[None] * len(names)]
    return dict(zip(names, padded, strict=False))


def consent(stated: Stated, notice: Stated) -> dict[str, object] | None:
    """Describe who agreed to which texts."""
    if not notice:
        return None
    record = stated.part("consent")
    processing = record.part("pii_processing")
    personal, agency = stated.part("personal"), notice.part("agency")
    language = notice.line("language") or "en"
    return {
        "at": record.part("event").line("event_time"),
        "how": record.part("event").text("method"),
        "language": LANGUAGES.get(language, language),
        "told": [SENTENCES.get(name, name) for name in notice.texts("sentences")],
        "purposes": [
            purpose
            for each in processing.parts("purposes")
            if (purpose := each.line("purpose")) is not None
        ],
        "agency_name": agency.line("name"),
        "fingerprint_compared": agency.flag("compared"),
        "terms": agency.text("terms"),
        "terms_digest": agency.line("terms_digest"),
        "notice_sha256": processing.part("privacy_notice").line("digest"),
        "name": personal.line("name"),
        "contact": personal.line("contact"),
        "note": stated.text("note"),
        "case_reference": stated.line("case_reference"),
        "declaration_sha256": stated.line("declaration_sha256"),
    }


def request(
    stated: Stated, checks: Sequence[Mapping[str, object]]
) -> dict[str, object] | None:
    """Describe the request that the share answers, as the person saw it."""
    asked = stated.part("request")
    found = next((one for one in checks if one["title"] == "Answered request"), None)
    if not asked or found is None or found["says"] is None:
        return None
    return {
        "request_id": asked.line("request_id"),
        "version": asked.whole("version"),
        "case_reference": asked.line("case_reference"),
        "title": asked.line("title"),
        "text": asked.text("text"),
        "offence": asked.line("offence"),
        "begins": asked.line("begins"),
        "ends": asked.line("ends"),
        "until": asked.line("until"),
        "terms": asked.text("terms"),
        "feed_sha256": asked.line("feed_sha256"),
        "published_by_agency": found["result"] == "passed",
    }


def history(entries: Sequence[Entry]) -> list[dict[str, object]]:
    """List who did what with the share at the desk, from its record."""
    rows: list[dict[str, object]] = []
    for entry in entries[-_MOST_ROWS:]:
        told = Stated(entry.data)
        details = [told.line(name) for name in ("until", "name", "result", "reason")]
        done = _DONE.get(entry.kind, entry.kind)
        if told.line("stage") == "intent":
            done = "About to be deleted"
        rows.append(
            {
                "at": entry.at,
                "what": ": ".join([done, *(text for text in details if text)]),
                "user": told.line("user"),
                "officer": told.line("officer"),
            }
        )
    return rows


def withdrawal(
    inbox: Inbox | None, share_id: str, shares: Mapping[str, Received]
) -> dict[str, object]:
    """Describe whether the home asked for deletion, and the answer."""
    state: dict[str, object] = {
        "state": "not known",
        "says": "Not known here: the intake's folders were not looked at.",
        "requested_at": None,
        "arrived_at": None,
        "text": None,
    }
    if inbox is None:
        return state
    if inbox.withdrawal(share_id) is None:
        says = "No one had asked to withdraw it when this report was made."
        return state | {"state": "not requested", "says": says}
    try:
        asked = find_withdrawal(inbox, share_id, shares)
    except AgencyError as err:
        says = f"The intake holds a withdrawal that is not valid: {one_line(str(err))}."
        return state | {"state": "not valid", "says": says}
    answered = {
        "deleted": "The home was told “deleted”. This package was still on this"
        " computer when this report was made.",
        "refused": "The home was told “refused”: the agency keeps it.",
    }.get(asked.result, "It is not answered yet.")
    return {
        "state": asked.result if asked.result in ("deleted", "refused") else "pending",
        "says": f"The home that sent it asked to have it deleted. {answered}",
        "requested_at": one_line(asked.requested_at),
        "arrived_at": one_line(asked.came_at),
        "text": text_of(asked.text) or None,
    }


def retention(
    notice: Stated,
    *,
    received_at: str | None,
    opened_at: str | None,
    held_until: str | None = None,
    held_for: str | None = None,
) -> dict[str, object] | None:
    """Describe the agreed retention time and when it ends."""
    if not notice:
        return None
    days = notice.part("agency").whole("retention_days")
    begin, counted_from = received_at, "arrived"
    if begin is None:
        begin, counted_from = opened_at, "opened"
    due = _due(begin, days)
    return {
        "text": notice.part("agency").text("retention"),
        "days": days,
        "due": due,
        "counted_from": None if due is None else counted_from,
        "held_until": held_until,
        "held_for": None if held_until is None or not held_for else one_line(held_for),
    }


def _due(begin: str | None, days: int | None) -> str | None:
    if begin is None or days is None or not 0 <= days <= _LONGEST_DAYS:
        return None
    try:
        return time_text(datetime.fromisoformat(begin) + timedelta(days=days))
    except (ValueError, OverflowError):
        return None
