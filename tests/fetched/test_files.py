"""A fetched file becomes a clip only if it is a complete video."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
import time

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED
from tests.cameras.vendors.ring import RingCloud
from tests.conftest import Until
from tests.fetched.ring_front import (
    Videos,
    only_clip,
    put_index_first,
    stretched,
    waits,
)


@pytest.mark.parametrize(
    "content", [b"<html>gone</html>", b"#EXTM3U\nfile:///etc/passwd\n", b""]
)
async def test_what_is_no_mp4_is_no_clip(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    content: bytes,
) -> None:
    """The file is opened only as MP4, and it is deleted."""
    videos.content = content
    ring.happens("ding", 109)
    await ring.push("ding", 109)
    await ring.ready(109, videos.address("new"))
    recorder = front.runtime_data.recorder
    await until(lambda: recorder.diagnostics()["problem"] == "recording_unreadable")

    library = hass.data[DATA].library
    assert not await library.list([front.entry_id])
    assert videos.asked == ["/new.mp4"]
    parts = await hass.async_add_executor_job(
        lambda: list(library.folder.rglob("*.part"))
    )
    assert not parts


async def test_what_breaks_off_is_fetched_again_and_is_one_clip(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    clip_file: Path,
    tmp_path: Path,
) -> None:
    """The first half is playable, because the file begins with its index."""
    target = tmp_path / "index_first.mp4"
    await hass.async_add_executor_job(put_index_first, clip_file, target)
    videos.content = await hass.async_add_executor_job(target.read_bytes)
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    videos.broken = 1
    ring.happens("ding", 115)
    await ring.push("ding", 115)
    await ring.ready(115, videos.address("new"))
    await until(lambda: saved)

    assert videos.asked == ["/new.mp4", "/new.mp4"]
    clip = await only_clip(hass, front)
    content = await hass.async_add_executor_job(clip.path.read_bytes)
    assert content == videos.content


async def test_a_recording_that_claims_to_last_for_hours_hides_no_event_after_it(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
) -> None:
    """The recording ended before it was fetched, whatever duration it claims."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    videos.content = await hass.async_add_executor_job(
        stretched, videos.content, 20 * 60
    )
    ring.happens("ding", 150)
    await ring.push("ding", 150)
    await ring.ready(150, videos.address("long"))
    await until(lambda: saved)

    front.runtime_data.recorder.trigger(
        DoorbellEvent(
            kind=EventKind.RING,
            at=datetime.now(UTC) + timedelta(minutes=1),
            monotonic=time.monotonic(),
        )
    )
    await waits(front, until)


async def test_a_recording_that_claims_to_last_for_ages_is_none(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The claimed end is beyond the largest date; the next recording is fetched."""
    right = videos.content
    videos.content = await hass.async_add_executor_job(stretched, right, 2**31 - 1)
    ring.happens("ding", 151)
    await ring.push("ding", 151)
    await ring.ready(151, videos.address("ages"))
    recorder = front.runtime_data.recorder
    await until(lambda: recorder.diagnostics()["problem"] == "recording_unreadable")
    assert recorder.diagnostics()["waiting"] == 0
    assert videos.asked == ["/ages.mp4"]

    videos.content = right
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    ring.happens("ding", 152)
    await ring.push("ding", 152)
    await ring.ready(152, videos.address("new"))
    await until(lambda: saved)
