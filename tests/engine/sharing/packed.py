"""A packed share and helpers to read it."""

from dataclasses import replace
from datetime import timedelta
import json
from pathlib import Path
import tarfile

import pytest

from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.clips.video.redaction import Redaction
from custom_components.doorwatch.engine.sharing.model import Edits, PersonalDetails
from tests.engine.sharing.evidence import (
    SHARE_ID,
    STARTED,
    Made,
    agency_document,
    make_intent,
    make_package,
)

TOP = f"doorwatch-{SHARE_ID}"


FACE = Redaction(left=0.125, top=0.5, width=0.25, height=0.4)


FULL = PersonalDetails(name="Ann Example", contact="ann@home.example")


@pytest.fixture
def made(clip: Clip, tmp_path: Path) -> Made:
    """Return a package with every field set."""
    gap = (STARTED + timedelta(seconds=5), STARTED + timedelta(seconds=6))
    intent = make_intent(
        replace(clip, gaps=(gap,), part=2, recovered=True),
        tmp_path / "staging",
        edits=Edits(start=2.0, end=7.0),
        personal=FULL,
        compared=False,
        note="He took\nthe parcel.",
        case_reference="2026/117",
    )
    return make_package(intent, tmp_path / "package.tar", other_parts=("part-1",))


def contents(package: Path) -> dict[str, bytes]:
    """Read all files of a package."""
    with tarfile.open(package) as tar:
        return {
            member.name: file.read()
            for member in tar
            if (file := tar.extractfile(member)) is not None
        }


def statement(package: Path) -> dict[str, object]:
    """Read share.json."""
    result: dict[str, object] = json.loads(contents(package)[f"{TOP}/data/share.json"])
    return result


def leaves(value: object) -> list[object]:
    """List all values in JSON data."""
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [value]


DOCUMENT = agency_document()
