"""An intent as JSON and back, so that it survives a restart."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
import json
from pathlib import Path
from typing import cast

from ..clips.model import Clip, ClipState
from .model import AgencyAsShown, Edits, Intent, PersonalDetails, StagedFile


def intent_to_json(intent: Intent) -> str:
    """Write it down."""
    return json.dumps(_plain(intent))


def intent_from_json(text: str) -> Intent:
    """Read it again. `ValueError`, `KeyError` or `TypeError` for anything else."""
    data = json.loads(text)
    clip = data["clip"]
    staged = data["staged"]
    return Intent(
        **{
            **data,
            "clip": Clip(
                **{
                    **clip,
                    "started_at": _moment(clip["started_at"]),
                    "ended_at": _moment(clip["ended_at"]),
                    "path": Path(clip["path"]),
                    "thumbnail": Path(clip["thumbnail"]),
                    "gaps": tuple((_moment(a), _moment(b)) for a, b in clip["gaps"]),
                    "state": ClipState(clip["state"]),
                }
            ),
            "agency": AgencyAsShown(**data["agency"]),
            "edits": Edits(**data["edits"]),
            "staged": StagedFile(
                **{
                    **staged,
                    "path": Path(staged["path"]),
                    "started_at": _moment(staged["started_at"]),
                    "ended_at": _moment(staged["ended_at"]),
                }
            ),
            "personal": PersonalDetails(**data["personal"]),
        }
    )


def _moment(text: str) -> datetime:
    """Read a time."""
    return datetime.fromisoformat(text)


def _plain(value: object) -> object:
    """Turn dataclasses, times and paths into what JSON knows."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in cast("list[object]", value)]
    if isinstance(value, Intent | Clip | AgencyAsShown | Edits | StagedFile):
        return {
            field.name: _plain(getattr(value, field.name)) for field in fields(value)
        }
    if isinstance(value, PersonalDetails):
        return {"name": value.name, "contact": value.contact}
    return value
