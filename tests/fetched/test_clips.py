"""An event leads to one clip of the fetched recording, or to a report if none comes."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
import threading
from unittest.mock import Mock, patch

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.doorwatch.const import CONF_PROVIDER, DOMAIN
from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent
from custom_components.doorwatch.engine.recording.model import ClipStart
from custom_components.doorwatch.fetched.providers.base import Recording, RecordingMark
from custom_components.doorwatch.fetched.providers.ring import RingProvider
from custom_components.doorwatch.issues import async_recordings_missing
from tests import waiting
from tests.fetched.scene import RingScene
from tests.repairs.fixes import answer_fix, start_fix


async def test_a_ring_within_the_recording_of_a_motion_is_one_clip(
    scene: RingScene,
) -> None:
    """The clip is listed as a ring, and no event is waiting."""
    await scene.happens("motion", 102)
    await scene.ring.push("ding", 103)
    # Core reports the motion again while it considers the motion active.
    await scene.until(lambda: scene.told("waiting") >= 2)

    await scene.ready(102)

    assert (await scene.clip()).event == "ring"
    assert scene.told("waiting") == 0


async def test_recordings_that_stay_away_are_said_in_a_repair_until_one_comes(
    scene: RingScene, hass_client: ClientSessionGenerator
) -> None:
    """The cause is an expired plan or disabled recording, not a single event."""
    issue_id = f"recordings_missing_{scene.entry.entry_id}"
    issues = ir.async_get(scene.hass)

    with patch("custom_components.doorwatch.fetched.clips.PATIENCE", 0.0):
        for _ in range(3):
            assert not issues.async_get_issue(DOMAIN, issue_id)
            scene.rings()
            await scene.waits(0)
    assert issues.async_get_issue(DOMAIN, issue_id)

    await scene.comes("ding", 123)
    await scene.clip()
    await scene.until(lambda: not issues.async_get_issue(DOMAIN, issue_id))

    async_recordings_missing(scene.hass, scene.entry, "too_large")
    menu = await start_fix(scene.hass, hass_client, issue_id)
    assert menu["menu_options"] == ["try_again"]
    assert "a video that can be kept" in str(menu["description_placeholders"])
    done = await answer_fix(hass_client, menu, {"next_step_id": "try_again"})
    assert done["type"] == "create_entry"
    assert not issues.async_get_issue(DOMAIN, issue_id)


async def test_a_recording_that_does_not_come_is_given_up_and_said_once(
    scene: RingScene, caplog: pytest.LogCaptureFixture
) -> None:
    """The wait ends after five minutes; the next fetched recording is logged too."""
    with patch("custom_components.doorwatch.fetched.clips.PATIENCE", 0.0):
        for event_id in (106, 107):
            await scene.ring.push("ding", event_id)
            await scene.waits(0)
    assert caplog.text.count("has no recording") == 1
    assert scene.told("problem") == "recording_late"
    assert not scene.videos.asked

    await scene.comes("ding", 108)
    await scene.clip()
    await scene.until(
        lambda: "Recordings of Front Door are available again" in caplog.text
    )


async def test_nothing_can_be_recorded_on_demand(scene: RingScene) -> None:
    """The error states the reason."""
    with pytest.raises(ServiceValidationError) as error:
        await scene.hass.services.async_call(
            DOMAIN,
            "record_clip",
            {"entity_id": "camera.front_door_doorwatch"},
            blocking=True,
        )

    assert error.value.translation_key == "clips_come_by_themselves"


async def test_the_doorbell_is_away_while_the_linked_camera_is(
    scene: RingScene,
) -> None:
    """Doorbells with a stream behave the same way."""
    own = "camera.front_door_doorwatch"
    assert not scene.hass.states.is_state(own, STATE_UNAVAILABLE)

    await scene.hass.config_entries.async_unload(scene.ring.entry.entry_id)
    await scene.until(lambda: scene.hass.states.is_state(own, STATE_UNAVAILABLE))
    await scene.ring.set_up_again()
    await scene.until(lambda: not scene.hass.states.is_state(own, STATE_UNAVAILABLE))


async def test_a_stop_while_something_is_fetched_leaves_nothing(
    scene: RingScene,
) -> None:
    """The download is canceled and its file is removed."""
    scene.videos.hold = asyncio.Event()
    await scene.comes("ding", 112)
    await scene.until(lambda: scene.videos.asked and scene.recorder.recording)

    await scene.unload()
    scene.videos.hold.set()

    assert await scene.has_nothing()


async def test_a_stop_just_before_something_is_fetched_does_not_wait_for_it(
    scene: RingScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow disk makes this moment long."""
    library = scene.library
    begin, begun, disk = library.intake.begin, threading.Event(), threading.Event()

    def slowly(doorbell_id: str, start: ClipStart) -> Path:
        begun.set()
        disk.wait(30)
        return begin(doorbell_id, start)

    monkeypatch.setattr(library.intake, "begin", slowly)
    scene.videos.hold = asyncio.Event()
    await scene.comes("ding", 113)
    await scene.until(begun.is_set)

    recorder = scene.recorder
    with patch.object(recorder, "stop", wraps=recorder.stop) as stop:
        unloading = scene.hass.async_create_task(
            scene.hass.config_entries.async_unload(scene.entry.entry_id),
            eager_start=True,
        )
        await waiting.until(lambda: stop.called)
    disk.set()
    await asyncio.wait([unloading], timeout=10)
    scene.videos.hold.set()

    assert await unloading
    assert not scene.videos.asked
    assert not await scene.clips()


async def test_a_recording_is_fetched_once_the_disk_for_clips_is_well_however_late(
    scene: RingScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider keeps the recording and isn't asked again meanwhile."""
    begin = Mock(side_effect=LibraryError("disk_full"))
    with patch.object(scene.library.intake, "begin", begin):
        await scene.comes("ding", 145)
        await scene.until(lambda: begin.called)
        monkeypatch.setattr("custom_components.doorwatch.fetched.clips.PATIENCE", 0.5)
        looks = begin.call_count
        await scene.until(lambda: begin.call_count > looks + 5)
        assert scene.told("waiting") == 1
        assert not scene.videos.asked

    assert (await scene.clip()).event == "ring"


async def test_while_the_disk_for_clips_is_away_one_recording_is_asked_for_at_a_time(
    scene: RingScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most providers are asked for each of the many events of an hour; none is lost."""
    wanted: list[datetime] = []

    async def find(
        self: RingProvider, event: DoorbellEvent, mark: RecordingMark, taken: list[str]
    ) -> Recording:
        wanted.append(event.at)
        return Recording(recording_id=event.at.isoformat(), started_at=event.at)

    async def fetch(self: RingProvider, recording: Recording, path: Path) -> None:
        await scene.hass.async_add_executor_job(path.write_bytes, scene.videos.content)

    monkeypatch.setattr(RingProvider, "find", find)
    monkeypatch.setattr(RingProvider, "fetch", fetch)
    begin = Mock(side_effect=LibraryError("disk_full"))
    with patch.object(scene.library.intake, "begin", begin):
        for minutes in range(60, 30, -1):
            scene.rings(timedelta(minutes=minutes))
        monkeypatch.setattr("custom_components.doorwatch.fetched.clips.PATIENCE", 0.5)
        await scene.until(lambda: begin.call_count > 5)
        assert len(set(wanted)) == 1
        assert scene.told("waiting") == 30
    await scene.until(lambda: scene.told("fetched") == 30)
    assert len(await scene.clips()) == 30


async def test_a_recording_that_comes_while_the_doorbell_is_linked_anew_is_a_clip(
    scene: RingScene,
) -> None:
    """The entry already specifies local recording, but the doorbell isn't reloaded yet."""
    await scene.happens("ding", 153)
    await scene.waits()
    data = {
        key: value for key, value in scene.entry.data.items() if key != CONF_PROVIDER
    }
    scene.hass.config_entries.async_update_entry(scene.entry, data=data)
    await scene.ready(153)

    assert (await scene.clip()).fetched_from == "ring"
