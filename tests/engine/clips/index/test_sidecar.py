"""Tests of sidecars, which are only used if they match their file."""

from dataclasses import replace
import json
from pathlib import Path
import shutil

import pytest

from custom_components.doorwatch.engine.clips.model import ReconcileResult
from custom_components.doorwatch.engine.doorbells.base import EventKind
from tests.engine.clips.homemade import (
    DOORBELL,
    Home,
    event,
    everything,
    finished,
    lose,
    nothing,
    reopened,
    saved,
    start,
)


@pytest.mark.parametrize(
    "facts",
    [b"", b"{", b"[]", b'{"version":1}', b"\xff\xfe", b"null", b"9" * 5000],
    ids=["empty", "half", "list", "bare", "bytes", "null", "number"],
)
async def test_torn_facts_count_as_none(home: Home, folder: Path, facts: bytes) -> None:
    clip = saved(home, 0, real=True)
    clip.path.with_suffix(".json").write_bytes(facts)
    lose(folder)
    library = await reopened(home, folder)
    assert (await library.reconcile(nothing)).added == 1
    back = await library.get(clip.clip_id)
    assert back is not None
    assert back.sha256 == clip.sha256
    assert back.recovered
    # The sidecar was written again.
    assert json.loads(clip.path.with_suffix(".json").read_text())["size"] == clip.size


async def test_facts_of_an_earlier_version_are_believed(
    home: Home, folder: Path
) -> None:
    """Such sidecars lack `fetched_from`, `also` and `labels`."""
    clip = saved(home, 0, real=True)
    facts = clip.path.with_suffix(".json")
    content = json.loads(facts.read_text())
    assert content.pop("fetched_from") is None
    assert content.pop("also") == []
    assert content.pop("labels") == {}
    facts.write_text(json.dumps(content))
    lose(folder)
    library = await reopened(home, folder)
    assert (await library.reconcile(nothing)).added == 1
    assert await library.get(clip.clip_id) == clip


async def test_all_that_happened_comes_back_with_a_lost_index(
    home: Home, folder: Path
) -> None:
    begun = start()
    part = home.library.intake.begin(DOORBELL, begun)
    part.write_bytes(b"v")
    kinds = (EventKind.MANUAL, EventKind.RING, EventKind.MOTION)
    happened = finished(begun, part, *map(event, kinds))
    labels = {"package": "reolink", "person": "onvif"}
    clip = home.library.intake.finish(DOORBELL, replace(happened, labels=labels))
    assert clip.kinds == ("ring", "motion", "manual")
    late = await home.library.add_labels(
        clip.clip_id, {"vehicle": "onvif", "person": "reolink"}
    )
    assert late.labels == {**labels, "vehicle": "onvif"}
    lose(folder)
    library = await reopened(home, folder)
    assert (await library.reconcile(nothing)).added == 1
    back = await library.get(clip.clip_id)
    assert back is not None
    assert back.kinds == clip.kinds
    assert back == late


async def test_labels_that_make_no_sense_are_left_out(home: Home, folder: Path) -> None:
    """Unknown labels and invalid sources are ignored."""
    clip = saved(home, 0)
    facts = clip.path.with_suffix(".json")
    content = json.loads(facts.read_text())
    content["labels"] = {
        "person": "onvif",
        "vehicle": "two words",
        "animal": 7,
        "package": "a=b",
        "dragon": "onvif",
    }
    facts.write_text(json.dumps(content))
    lose(folder)
    library = await reopened(home, folder)
    await library.reconcile(nothing)
    back = await library.get(clip.clip_id)
    assert back is not None
    assert back.labels == {"person": "onvif"}


async def test_facts_of_another_file_are_not_believed(home: Home, folder: Path) -> None:
    one, two = saved(home, 0, real=True), saved(home, 1, real=True)
    content = json.loads(two.path.with_suffix(".json").read_text())
    content["size"] += 1
    two.path.with_suffix(".json").write_text(json.dumps(content))
    shutil.copy(two.path.with_suffix(".json"), one.path.with_suffix(".json"))
    lose(folder)
    library = await reopened(home, folder)
    assert (await library.reconcile(nothing)).added == 2
    for clip in (one, two):
        back = await library.get(clip.clip_id)
        assert back is not None
        assert (back.size, back.sha256) == (clip.size, clip.sha256)


async def test_clips_of_an_older_version_get_their_facts(
    home: Home, folder: Path
) -> None:
    clips = [saved(home, minute) for minute in range(3)]
    await home.library.set_protected(clips[0].clip_id, True)
    for clip in clips:
        clip.path.with_suffix(".json").unlink()
    before = await everything(home.library)
    assert await home.library.reconcile(nothing) == ReconcileResult()
    lose(folder)
    library = await reopened(home, folder)
    await library.reconcile(nothing)
    assert await everything(library) == before
