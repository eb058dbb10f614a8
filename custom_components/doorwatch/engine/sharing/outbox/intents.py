"""Convert intents to and from JSON, and to ledger data."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
import json
from pathlib import Path
from typing import Any

from ...clips.model import Clip, ClipState
from ...clips.video.redaction import Redaction
from ..agency import AgencyAsShown
from ..model import Edits, Intent, PersonalDetails, RequestAsShown, StagedFile

_moment = datetime.fromisoformat


def intent_to_json(intent: Intent) -> str:
    """Serialize an intent."""
    return json.dumps(intent, default=_plain)


def intent_from_json(text: str) -> Intent:
    """Load an intent; raises `ValueError`, `KeyError` or `TypeError`."""
    data = json.loads(text)
    clip = data["clip"]
    clip.pop("thumbnail", None)  # written by the first version
    data.pop("request_id", None)  # written by an early version; also in the notice
    staged, request = data["staged"], data.get("request")
    before = data.get("time_before")
    return Intent(
        **{
            **data,
            "clip": Clip(
                **{
                    **clip,
                    "started_at": _moment(clip["started_at"]),
                    "ended_at": _moment(clip["ended_at"]),
                    "path": Path(clip["path"]),
                    "gaps": tuple((_moment(a), _moment(b)) for a, b in clip["gaps"]),
                    "state": ClipState(clip["state"]),
                    "also": tuple(clip.get("also", ())),
                    "labels": clip.get("labels", {}),
                }
            ),
            "agency": _agency(data["agency"]),
            "edits": _edits(data["edits"]),
            "staged": StagedFile(
                **{
                    **staged,
                    "path": Path(staged["path"]),
                    "started_at": _moment(staged["started_at"]),
                    "ended_at": _moment(staged["ended_at"]),
                }
            ),
            "personal": PersonalDetails(**data["personal"]),
            "request": None if request is None else RequestAsShown(**request),
            "time_before": _moment(before) if before else None,
        }
    )


def request_to_json(request: RequestAsShown | None) -> str | None:
    """Serialize the request, which is kept after the share is over."""
    return None if request is None else json.dumps(request, default=_plain)


def request_from_json(text: str | None) -> RequestAsShown | None:
    """Load a request."""
    return None if text is None else RequestAsShown(**json.loads(text))


def agency_of(intent: Intent) -> dict[str, object]:
    """Return the agency for the ledger.

    Includes the name if the person hands it over, because agencies can share a page.
    """
    name = {"agency_name": intent.agency_name} if intent.by_hand else {}
    return {"agency": intent.agency.issuer, **name}


def confirmed(intent: Intent) -> dict[str, object]:
    """Return the ledger data of a confirmation."""
    return {
        "user_id": intent.user_id,
        **agency_of(intent),
        "root_thumbprint": intent.agency.root_thumbprint,
        "terms_digest": intent.agency.terms_digest,
        "upload_origin": intent.agency.upload_origin,
        "compared": intent.agency_compared,
        "notice_digest": intent.notice_digest,
        "file_sha256": intent.staged.sha256,
        "file_size": intent.staged.size,
        **({"request_id": intent.request.request_id} if intent.request else {}),
    }


def personal(intent: Intent) -> dict[str, str]:
    """Return the personal details of a confirmation, for storage outside the chain."""
    details = {
        "user_name": intent.user_name,
        "name": intent.personal.name,
        "contact": intent.personal.contact,
        "note": intent.note,
        "case_reference": intent.case_reference,
    }
    return {name: value for name, value in details.items() if value}


def _agency(data: Mapping[str, Any]) -> AgencyAsShown:
    """Load the agency as shown; fields missing in earlier versions are not bound."""
    recipients = data.get("recipients")
    return AgencyAsShown(
        **{**data, "recipients": None if recipients is None else tuple(recipients)}
    )


def _edits(data: Mapping[str, Any]) -> Edits:
    """Load edits; earlier versions had no redactions."""
    areas = data.get("redact", ())
    return Edits(**{**data, "redact": tuple(Redaction(**area) for area in areas)})


def _plain(value: object) -> object:
    """Convert a dataclass, a mapping, a time or a path to what JSON can hold."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Path):
        return str(value)
    if is_dataclass(value):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)
