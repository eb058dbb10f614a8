"""Test that every saved clip is announced, even after other errors."""

import asyncio
from dataclasses import replace
from unittest.mock import AsyncMock, Mock, patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.clips.intake.intake import Intake
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.recording.model import FinishedClip
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.runtime.announcements import Announcer
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED, SIGNAL_CLIP_CHANGED
from tests.conftest import Until
from tests.demo_visits import event, record
from tests.sharing_fixtures import Home


async def test_a_clip_is_announced_even_when_the_ledger_cannot_be_written(
    hass: HomeAssistant,
    demo: MockConfigEntry,
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The clip is safe; the log reports that its digest is missing."""
    full = SharingError("disk_full")
    ledger = "custom_components.doorwatch.engine.sharing.ledger.ledger.Ledger"
    with (
        patch(f"{ledger}.append", side_effect=full),
        patch(f"{ledger}.append_all", side_effect=full),
    ):
        clip_id = (await record(hass, demo, until))["clip_id"]
        assert f"digest of clip {clip_id} couldn't be written" in caplog.text
        with patch(
            "custom_components.doorwatch.engine.clips.library.Library.enforce",
            side_effect=[[demo.runtime_data.data.last_clip], []],
        ):
            await hass.data[DATA].maintenance.tidying.async_tidy()
    assert "The removal of 1 clips couldn't be written" in caplog.text


async def test_a_clip_says_what_was_seen_in_it_also_what_is_told_late(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    """The event, the panel and the last clip have the labels; the ledger doesn't."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    changed: list[Clip | str] = []
    async_dispatcher_connect(hass, SIGNAL_CLIP_CHANGED, changed.append)
    tell = demo.runtime_data.handle_event
    tell(event(EventKind.RING))
    tell(replace(event(EventKind.SEEN), labels={"vehicle": "onvif"}))
    tell(replace(event(EventKind.SEEN), labels={"person": "onvif"}))
    await until(lambda: saved)
    assert saved[0].data["labels"] == ["person", "vehicle"]
    assert [one["event"] for one in saved[0].data["happened"]] == ["ring"]

    clip_id = saved[0].data["clip_id"]
    await until(lambda: demo.runtime_data.recorder.ongoing is None)
    tell(replace(event(EventKind.SEEN, ago=0.5), labels={"package": "reolink"}))
    await until(lambda: changed)
    [clip] = changed
    assert isinstance(clip, Clip)
    assert (clip.clip_id, {*clip.labels}) == (clip_id, {"package", "person", "vehicle"})
    assert await hass.data[DATA].library.get(clip_id) == clip
    assert len(saved) == 1
    lines = [str(line.data) for line in await hass.data[DATA].ledger.lines()]
    assert not any("person" in line or "onvif" in line for line in lines)

    def last() -> list[str]:
        (state,) = hass.states.async_all("image")
        return sorted(state.attributes["labels"])

    await until(lambda: last() == ["package", "person", "vehicle"])


async def test_what_is_seen_while_a_clip_is_closed_is_announced_with_it(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    """They are announced neither earlier nor twice."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    coordinator = demo.runtime_data
    real = Intake.finish

    def slow(intake: Intake, doorbell_id: str, finished: FinishedClip) -> Clip:
        asyncio.run_coroutine_threadsafe(see_within(finished), hass.loop).result(30)
        return real(intake, doorbell_id, finished)

    async def see_within(finished: FinishedClip) -> None:
        ago = (dt_util.utcnow() - finished.ended_at).total_seconds() + 0.5
        seen = event(EventKind.SEEN, ago)
        coordinator.handle_event(replace(seen, labels={"animal": "onvif"}))
        await asyncio.sleep(0)

    with patch.object(Intake, "finish", slow):
        coordinator.handle_event(event(EventKind.RING))
        await until(lambda: saved)
    assert saved[0].data["labels"] == ["animal"]


async def test_the_labels_of_a_deleted_clip_are_ignored(home: Home) -> None:
    data = home.data
    announcer = Announcer(home.hass, data.ledger, data.library, Mock(), AsyncMock())
    announcer.seen_late("nowhere", {"animal": "onvif"})
    await announcer.async_finish()
