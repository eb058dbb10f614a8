"""SIGKILL while waiting for, fetching or saving a recording leads to exactly one clip."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
import errno
import json
from pathlib import Path
import subprocess
import time
from typing import Any
from unittest.mock import AsyncMock, patch

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.fetched.providers.base import Recording
from custom_components.doorwatch.fetched.providers.ring import RingProvider
from custom_components.doorwatch.fetched.queue import MOST_WAITING, FetchQueue
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED
from tests.cameras.vendors.ring import RingCloud
from tests.conftest import Until
from tests.fetched.ring_front import Videos, away, looked, only_clip, queue_file, waits
from tests.killing import started

# The number of kills, spread over all calls from storing the event to the end.
MOMENTS = 12


@pytest.fixture
def crasher() -> Iterator[subprocess.Popen[str]]:
    """Start the program whose children are killed."""
    with started("tests.fetched.crasher") as program:
        yield program


def test_a_kill_at_any_moment_costs_no_clip_and_makes_no_second_one(
    crasher: subprocess.Popen[str], tmp_path: Path, clip_file: Path
) -> None:
    """The next start fetches only a missing recording."""

    def ask(folder: Path, **more: int) -> dict[str, Any]:
        assert crasher.stdin
        assert crasher.stdout
        request = {"folder": str(folder), "source": str(clip_file), **more}
        crasher.stdin.write(json.dumps(request) + "\n")
        crasher.stdin.flush()
        answer: dict[str, Any] = json.loads(crasher.stdout.readline())
        return answer

    calls = ask(tmp_path / "whole", at=0)["calls"]
    assert calls >= MOMENTS
    asked = []
    for moment in range(MOMENTS):
        folder = tmp_path / str(moment)
        # The order of threads varies, so the last few calls may not happen.
        assert ask(folder, at=1 + calls * moment // (MOMENTS + 1)) == {}
        found = ask(folder)
        assert found["clips"] == [["ring", clip_file.stat().st_size]], moment
        assert found["verified"] == [True]
        assert not list((folder / "clips/.recording").rglob("*.*"))
        asked.append(found["asked"])

    # Kills happened both before and after the clip was complete.
    assert set(asked) == {0, 1}


async def test_an_event_waits_for_its_recording_across_a_restart(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    no_blocking_calls: None,
) -> None:
    """The recording is fetched after the restart, and the previous one is ignored."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    ring.happens("ding", 130)
    await ring.push("ding", 130)
    await waits(front, until)

    assert await hass.config_entries.async_reload(front.entry_id)
    await waits(front, until)
    await looked(front, until)
    assert not videos.asked
    await ring.ready(130, videos.address("new"))
    await until(lambda: saved)
    assert (await only_clip(hass, front)).event == "ring"

    assert await hass.config_entries.async_reload(front.entry_id)
    recorder = front.runtime_data.recorder
    await ring.push("motion", 131)
    await until(lambda: recorder.diagnostics()["events"])
    assert recorder.diagnostics()["waiting"] == 0
    assert videos.asked == ["/new.mp4"]


@pytest.mark.parametrize("hours", [5, 23])
async def test_a_recording_is_fetched_after_hours_without_home_assistant(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    hours: int,
) -> None:
    """The time of the recording identifies it."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    ago = timedelta(hours=hours)
    at = datetime.now(UTC) - ago
    await ring.push("ding", 132)
    await waits(front, until)
    ring.happens("ding", 132, at)

    await away(hass, front, ago)
    await ring.ready(132, videos.address("new"))
    await until(lambda: saved)

    clip = await only_clip(hass, front)
    assert abs(clip.started_at - at) < timedelta(seconds=2)


async def test_what_came_while_home_assistant_was_away_is_not_taken_for_it(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
) -> None:
    """The order of recordings is unknown, even if only their IDs are known."""
    await ring.push("ding", 133)
    await waits(front, until)
    with patch.object(RingProvider, "_row", lambda *_: None):
        await away(hass, front, timedelta(minutes=20))
        ring.happens("motion", 134)
        await ring.ready(134, videos.address("other"))
        await looked(front, until)
    await looked(front, until)

    assert not videos.asked
    assert front.runtime_data.recorder.diagnostics()["waiting"] == 1


async def test_the_recording_before_an_event_is_not_taken_after_a_restart_either(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
) -> None:
    """The recording of an unreported passer-by would match by its time alone."""
    ring.happens("motion", 143)
    await ring.ready(143, videos.address("before"))
    await ring.push("ding", 144)
    await waits(front, until)

    assert await hass.config_entries.async_reload(front.entry_id)
    await looked(front, until)
    assert not videos.asked
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    ring.happens("ding", 144)
    await ring.ready(144, videos.address("new"))
    await until(lambda: saved)

    assert videos.asked == ["/new.mp4"]


async def test_what_is_too_old_after_a_restart_is_given_up(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await ring.push("ding", 135)
    await waits(front, until)

    await away(hass, front, timedelta(hours=25))

    assert front.runtime_data.recorder.diagnostics()["problem"] == "recording_late"
    assert front.runtime_data.recorder.diagnostics()["waiting"] == 0
    assert "An event at Front Door has no recording" in caplog.text


async def test_a_clock_that_is_set_back_hides_no_event(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
) -> None:
    """Stored times may be later than those of new events."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    ring.happens("ding", 145)
    await ring.push("ding", 145)
    await ring.ready(145, videos.address("new"))
    await until(lambda: saved)
    front.runtime_data.recorder.trigger(
        DoorbellEvent(
            kind=EventKind.RING,
            at=datetime.now(UTC) - timedelta(hours=1),
            monotonic=time.monotonic(),
        )
    )
    await waits(front, until)

    await away(hass, front, timedelta(hours=-3))

    await waits(front, until)


async def test_what_another_camera_waited_for_is_forgotten(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
) -> None:
    """The doorbell may be linked to another camera in the meantime."""
    await ring.push("ding", 136)
    await waits(front, until)
    assert await hass.config_entries.async_unload(front.entry_id)
    other = er.async_get(hass).async_get_or_create("camera", "ring", "other")
    hass.config_entries.async_update_entry(
        front, data={**front.data, "camera": other.id}
    )

    assert await hass.config_entries.async_setup(front.entry_id)

    assert front.runtime_data.recorder.diagnostics()["waiting"] == 0


async def test_a_removed_doorbell_leaves_nothing_of_what_it_waited_for(
    hass: HomeAssistant, front: ConfigEntry, ring: RingCloud, until: Until
) -> None:
    """Files that were set aside are removed too."""
    await ring.push("ding", 137)
    await waits(front, until)
    file = queue_file(hass, front)
    await until(file.exists)
    aside = file.with_name(f"{file.name}.broken-1")
    await hass.async_add_executor_job(aside.touch)

    await hass.config_entries.async_remove(front.entry_id)

    assert not await hass.async_add_executor_job(file.parent.exists)


async def test_what_is_written_down_holds_no_address(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
) -> None:
    """The file is readable only by Home Assistant's own user."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    ring.happens("ding", 138)
    await ring.push("ding", 138)
    await ring.ready(138, videos.address("new"))
    await until(lambda: saved)
    await ring.push("ding", 139)
    file = queue_file(hass, front)
    assert await hass.config_entries.async_unload(front.entry_id)

    text = await hass.async_add_executor_job(file.read_text)
    assert "138" in text
    assert "://" not in text
    assert "5ecre7" not in text
    assert file.stat().st_mode & 0o077 == 0


EVENT = {"kind": "ring", "at": "2026-11-26T10:00:00+00:00", "mark": None}


IDS = {"clip_id": None, "recording_id": None}


async def test_a_recording_is_fetched_once_though_another_event_waits_after_a_restart(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
) -> None:
    """The recording would also match the second event by its time."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    ring.happens("ding", 145)
    await ring.push("ding", 145)
    await ring.ready(145, videos.address("new"))
    await until(lambda: saved)
    assert await hass.config_entries.async_unload(front.entry_id)
    file = queue_file(hass, front)

    def add_event() -> None:
        event = {**EVENT, **IDS, "at": datetime.now(UTC).isoformat()}
        content = {**json.loads(file.read_bytes()), "waiting": [event], "covered": None}
        file.write_text(json.dumps(content))

    await hass.async_add_executor_job(add_event)
    assert await hass.config_entries.async_setup(front.entry_id)
    await looked(front, until)

    assert videos.asked == ["/new.mp4"]
    assert front.runtime_data.recorder.diagnostics()["waiting"] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"waiting": 7},
        {"waiting": [7]},
        {"waiting": [EVENT]},
        {"waiting": [{**EVENT, **IDS, "kind": "earthquake"}]},
        {"waiting": [{**EVENT, **IDS, "at": "2026-11-26T10:00:00"}]},
        {"waiting": [{**EVENT, **IDS, "at": "0001-01-01T00:00:00+09:00"}]},
        {"waiting": [{**EVENT, **IDS, "mark": {"id": 1}}]},
        {"taken": [1]},
        {"covered": ["2026-11-26T10:00:00+00:00"]},
        b"",
        b"[]",
        b"\xff\xfe\x00",
        b"[" * 200_000,
        b" " * 2_000_000,
    ],
    ids=lambda change: str(change)[:60],
)
async def test_a_file_that_makes_no_sense_is_put_aside(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    caplog: pytest.LogCaptureFixture,
    change: dict[str, Any] | bytes,
) -> None:
    """The doorbell works anyway, and new events are stored."""
    await ring.push("ding", 140)
    await waits(front, until)
    assert await hass.config_entries.async_unload(front.entry_id)
    file = queue_file(hass, front)

    def spoil() -> None:
        content = json.loads(file.read_bytes())
        assert len(content["waiting"]) == 1
        if isinstance(change, bytes):
            file.write_bytes(change)
        else:
            file.write_text(json.dumps({**content, **change}))

    await hass.async_add_executor_job(spoil)
    assert await hass.config_entries.async_setup(front.entry_id)

    assert "waited for cannot be read" in caplog.text
    assert len(list(file.parent.glob(f"{file.name}.broken-*"))) == 1
    assert front.runtime_data.recorder.diagnostics()["waiting"] == 0
    await ring.push("ding", 141)
    await waits(front, until)
    await until(file.exists)


async def test_a_full_disk_forgets_no_event(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The event waits in memory until it can be stored; each change is logged once."""
    file = queue_file(hass, front)
    full = OSError(errno.ENOSPC, "No space left on device")
    with patch(
        "custom_components.doorwatch.fetched.queue.write_private", side_effect=full
    ):
        await ring.push("ding", 142)
        await waits(front, until)
        await looked(front, until)
        assert caplog.text.count("can't be stored") == 1
        assert not file.exists()
    await until(file.exists)
    assert caplog.text.count("can be stored again") == 1

    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    ring.happens("ding", 142)
    await ring.ready(142, videos.address("new"))
    await until(lambda: saved)
    assert videos.asked == ["/new.mp4"]


async def test_a_bell_that_rings_without_end_is_no_flood_that_a_restart_forgets(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The latest events wait in memory and on disk, and a problem is reported."""
    recorder = front.runtime_data.recorder
    now = datetime.now(UTC)
    with patch.object(FetchQueue, "async_save", AsyncMock()):
        for second in range(8000):
            recorder.trigger(
                DoorbellEvent(
                    kind=EventKind.RING,
                    at=now + timedelta(seconds=second),
                    monotonic=time.monotonic(),
                )
            )
    assert recorder.diagnostics()["waiting"] == MOST_WAITING
    assert recorder.diagnostics()["problem"] == "recording_late"

    assert await hass.config_entries.async_reload(front.entry_id)
    recorder = front.runtime_data.recorder
    assert recorder.diagnostics()["waiting"] == MOST_WAITING
    assert "cannot be read" not in caplog.text


async def test_a_street_that_is_told_of_all_the_time_drowns_nobody(
    hass: HomeAssistant, front: ConfigEntry
) -> None:
    """The label of one person must not be lost among many detections of cars."""
    queue = FetchQueue(hass, front)
    now = datetime.now(UTC) - timedelta(minutes=11)
    for second in range(600):
        label = "vehicle" if second else "person"
        queue.see(
            DoorbellEvent(
                kind=EventKind.SEEN,
                at=now + timedelta(seconds=second),
                monotonic=second,
                labels={label: "unifiprotect"},
            )
        )
    recording = Recording(recording_id="1", started_at=now)

    def seen(begin: int, end: int) -> dict[str, str]:
        span = (now + timedelta(seconds=begin), now + timedelta(seconds=end))
        return queue.labels_of(recording, *span)

    assert seen(0, 30) == {"person": "unifiprotect", "vehicle": "unifiprotect"}
    assert seen(60, 90) == {"vehicle": "unifiprotect"}
