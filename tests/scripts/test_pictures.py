"""Tests of the README's pictures and of the clips in them."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from PIL import Image
import pytest

from custom_components.doorwatch.engine.clips.files.names import VIDEO_SUFFIX
from custom_components.doorwatch.engine.clips.index import sidecar
from custom_components.doorwatch.engine.clips.video.media import read_facts
from scripts.picture_day import Visit, plant, zone_of_the_afternoon
from tests.repository import ROOT


@pytest.mark.parametrize("name", ["panel", "share", "phone"])
def test_pictures_of_the_readme_are_small(name: str) -> None:
    """They must load quickly on a phone."""
    path = ROOT / "docs/images" / f"{name}.webp"

    assert path.stat().st_size <= 60_000
    with Image.open(path) as image:
        assert image.format == "WEBP"
        assert max(image.size) <= 1280


def test_clips_of_the_pictures_are_such_as_a_library_takes(tmp_path: Path) -> None:
    """The clips have metadata and the date on which the pictures are made."""
    timezone = zone_of_the_afternoon()
    visit = Visit(at="10:06", who=0, event="ring", labels=("person",), seconds=8)

    plant(tmp_path, "front", timezone, [visit])

    [video] = tmp_path.rglob(f"*{VIDEO_SUFFIX}")
    clip = sidecar.read(video)
    assert clip is not None
    assert clip.event == "ring"
    assert list(clip.labels) == ["person"]
    assert clip.size == video.stat().st_size
    now = datetime.now(ZoneInfo(timezone))
    assert clip.started_at.astimezone(ZoneInfo(timezone)).date() == now.date()
    assert now.hour == 17
    facts = read_facts(video)
    assert facts is not None
    assert facts.frames == clip.frames
    assert video.with_suffix(".jpg").exists()
