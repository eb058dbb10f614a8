"""An event leads to one clip of the fetched recording, or to a report if none comes."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
import threading
import time
from unittest.mock import Mock, patch

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.doorwatch.const import CONF_PROVIDER, DOMAIN
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.engine.recording.model import ClipStart
from custom_components.doorwatch.fetched.clips import PATIENCE
from custom_components.doorwatch.fetched.providers.base import Recording, RecordingMark
from custom_components.doorwatch.fetched.providers.ring import RingProvider
from custom_components.doorwatch.issues import async_recordings_missing
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED
from tests import waiting
from tests.cameras.vendors.ring import RingCloud
from tests.conftest import Until
from tests.fetched.ring_front import Videos, only_clip, waits
from tests.repairs.fixes import answer_fix, start_fix


async def test_a_ring_within_the_recording_of_a_motion_is_one_clip(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
) -> None:
    """The clip is listed as a ring, and no event is waiting."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    recorder = front.runtime_data.recorder
    ring.happens("motion", 102)
    await ring.push("motion", 102)
    await ring.push("ding", 103)
    # Core reports the motion again while it considers the motion active.
    await until(lambda: recorder.diagnostics()["waiting"] >= 2)

    await ring.ready(102, videos.address("new"))
    await until(lambda: saved)

    assert (await only_clip(hass, front)).event == "ring"
    assert recorder.diagnostics()["waiting"] == 0


async def test_recordings_that_stay_away_are_said_in_a_repair_until_one_comes(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    hass_client: ClientSessionGenerator,
) -> None:
    """The cause is an expired plan or disabled recording, not a single event."""
    recorder = front.runtime_data.recorder
    issue_id = f"recordings_missing_{front.entry_id}"
    issues = ir.async_get(hass)

    def heard_since(before: object) -> bool:
        return bool(recorder.diagnostics()["events"] != before)

    with patch("custom_components.doorwatch.fetched.clips.PATIENCE", 0.0):
        for event_id in (120, 121, 122):
            assert not issues.async_get_issue(DOMAIN, issue_id)
            before = recorder.diagnostics()["events"]
            await ring.push("ding", event_id)
            await until(partial(heard_since, before))
            await until(lambda: recorder.diagnostics()["waiting"] == 0)
    assert issues.async_get_issue(DOMAIN, issue_id)

    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    ring.happens("ding", 123)
    await ring.push("ding", 123)
    await ring.ready(123, videos.address("new"))
    await until(lambda: saved)
    await until(lambda: not issues.async_get_issue(DOMAIN, issue_id))

    async_recordings_missing(hass, front, "too_large")
    menu = await start_fix(hass, hass_client, issue_id)
    assert menu["menu_options"] == ["try_again"]
    assert "a video that can be kept" in str(menu["description_placeholders"])
    done = await answer_fix(hass_client, menu, {"next_step_id": "try_again"})
    assert done["type"] == "create_entry"
    assert not issues.async_get_issue(DOMAIN, issue_id)


async def test_a_recording_that_does_not_come_is_given_up_and_said_once(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The wait ends after five minutes; the next fetched recording is logged too."""
    recorder = front.runtime_data.recorder
    with patch("custom_components.doorwatch.fetched.clips.PATIENCE", 0.0):
        for event_id in (106, 107):
            await ring.push("ding", event_id)
            await until(lambda: recorder.diagnostics()["waiting"] == 0)
    assert caplog.text.count("has no recording") == 1
    assert recorder.diagnostics()["problem"] == "recording_late"
    assert not videos.asked

    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    ring.happens("ding", 108)
    await ring.push("ding", 108)
    await ring.ready(108, videos.address("new"))
    await until(lambda: saved)
    await until(lambda: "Recordings of Front Door are available again" in caplog.text)


async def test_nothing_can_be_recorded_on_demand(
    hass: HomeAssistant, front: ConfigEntry
) -> None:
    """The error states the reason."""
    with pytest.raises(ServiceValidationError) as error:
        await hass.services.async_call(
            DOMAIN,
            "record_clip",
            {"entity_id": "camera.front_door_doorwatch"},
            blocking=True,
        )

    assert error.value.translation_key == "clips_come_by_themselves"


async def test_the_doorbell_is_away_while_the_linked_camera_is(
    hass: HomeAssistant, front: ConfigEntry, ring: RingCloud, until: Until
) -> None:
    """Doorbells with a stream behave the same way."""
    own = "camera.front_door_doorwatch"
    assert not hass.states.is_state(own, STATE_UNAVAILABLE)

    await hass.config_entries.async_unload(ring.entry.entry_id)
    await until(lambda: hass.states.is_state(own, STATE_UNAVAILABLE))
    await ring.set_up_again()
    await until(lambda: not hass.states.is_state(own, STATE_UNAVAILABLE))


async def test_a_stop_while_something_is_fetched_leaves_nothing(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
) -> None:
    """The download is canceled and its file is removed."""
    videos.hold = asyncio.Event()
    ring.happens("ding", 112)
    await ring.push("ding", 112)
    await ring.ready(112, videos.address("new"))
    await until(lambda: videos.asked and front.runtime_data.recorder.recording)

    assert await hass.config_entries.async_unload(front.entry_id)
    videos.hold.set()

    library = hass.data[DATA].library
    assert not await library.list([front.entry_id])
    parts = await hass.async_add_executor_job(
        lambda: list(library.folder.rglob("*.part"))
    )
    assert not parts


async def test_a_stop_just_before_something_is_fetched_does_not_wait_for_it(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A slow disk makes this moment long."""
    library = hass.data[DATA].library
    begin, begun, disk = library.intake.begin, threading.Event(), threading.Event()

    def slowly(doorbell_id: str, start: ClipStart) -> Path:
        begun.set()
        disk.wait(30)
        return begin(doorbell_id, start)

    monkeypatch.setattr(library.intake, "begin", slowly)
    videos.hold = asyncio.Event()
    ring.happens("ding", 113)
    await ring.push("ding", 113)
    await ring.ready(113, videos.address("new"))
    await until(begun.is_set)

    unloading = hass.async_create_task(
        hass.config_entries.async_unload(front.entry_id), eager_start=True
    )
    recorder = front.runtime_data.recorder
    await waiting.until(lambda: recorder._stopped)
    disk.set()
    await asyncio.wait([unloading], timeout=10)
    videos.hold.set()

    assert await unloading
    assert not videos.asked
    assert not await library.list([front.entry_id])


async def test_a_recording_is_fetched_once_the_disk_for_clips_is_well_however_late(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
) -> None:
    """The provider keeps the recording and isn't asked again meanwhile."""
    queue = front.runtime_data.recorder._queue

    def full(*_: object) -> None:
        for each in queue.waiting:
            each.since -= PATIENCE + 1  # simulate a long wait
        raise LibraryError("disk_full")

    begin = Mock(side_effect=full)
    with patch.object(hass.data[DATA].library.intake, "begin", begin):
        ring.happens("ding", 145)
        await ring.push("ding", 145)
        await ring.ready(145, videos.address("new"))
        await until(lambda: begin.called)
        looks = begin.call_count
        await until(lambda: begin.call_count > looks + 1)
        assert front.runtime_data.recorder.diagnostics()["waiting"] == 1
        assert not videos.asked

    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    await until(lambda: saved)
    assert (await only_clip(hass, front)).event == "ring"


async def test_while_the_disk_for_clips_is_away_one_recording_is_asked_for_at_a_time(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Most providers are asked for each of the many events of an hour; none is lost."""
    now = datetime.now(UTC)
    wanted: list[datetime] = []

    async def find(
        self: RingProvider, event: DoorbellEvent, mark: RecordingMark, taken: list[str]
    ) -> Recording:
        wanted.append(event.at)
        return Recording(recording_id=event.at.isoformat(), started_at=event.at)

    async def fetch(self: RingProvider, recording: Recording, path: Path) -> None:
        await hass.async_add_executor_job(path.write_bytes, videos.content)

    monkeypatch.setattr(RingProvider, "find", find)
    monkeypatch.setattr(RingProvider, "fetch", fetch)
    recorder = front.runtime_data.recorder
    begin = Mock(side_effect=LibraryError("disk_full"))
    with patch.object(hass.data[DATA].library.intake, "begin", begin):
        for minutes in range(60, 30, -1):
            at = now - timedelta(minutes=minutes)
            recorder.trigger(
                DoorbellEvent(kind=EventKind.RING, at=at, monotonic=time.monotonic())
            )
        monkeypatch.setattr("custom_components.doorwatch.fetched.clips.PATIENCE", 0.5)
        await until(lambda: begin.call_count > 5)
        assert len(set(wanted)) == 1
        assert recorder.diagnostics()["waiting"] == 30
    await until(lambda: recorder.diagnostics()["fetched"] == 30)
    assert len(await hass.data[DATA].library.list([front.entry_id])) == 30


async def test_a_recording_that_comes_while_the_doorbell_is_linked_anew_is_a_clip(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
) -> None:
    """The entry already specifies local recording, but the doorbell isn't reloaded yet."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    ring.happens("ding", 153)
    await ring.push("ding", 153)
    await waits(front, until)
    data = {key: value for key, value in front.data.items() if key != CONF_PROVIDER}
    hass.config_entries.async_update_entry(front, data=data)
    await ring.ready(153, videos.address("new"))
    await until(lambda: saved)

    assert (await only_clip(hass, front)).fetched_from == "ring"
