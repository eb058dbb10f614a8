"""Test the coordinator of a doorbell, from events to entities and repairs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
import logging
from pathlib import Path
from typing import Any
from unittest.mock import ANY, patch

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import (
    EVENT_HOMEASSISTANT_STOP,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.doorwatch.const import DOMAIN
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.domain.opening import async_get_domain
from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.doorbells.base import DoorbellError, EventKind
from custom_components.doorwatch.engine.doorbells.demo import VISITS, DemoDoorbell
from custom_components.doorwatch.engine.recording.model import RecorderHealth
from custom_components.doorwatch.issues import async_doorbell_unreachable
from custom_components.doorwatch.runtime.days import next_day_begins
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED, SIGNAL_CLIP_CHANGED
from tests.conftest import Until
from tests.demo_visits import event, later, record, state_of, switch


class TestAVisit:
    """A visitor at the demo doorbell."""

    @pytest.fixture
    def demo_doorbell(self) -> Callable[[], DemoDoorbell]:
        """Return a demo doorbell with a short visit soon after the start."""
        at_the_door = replace(VISITS[0], begin=64, end=96)
        return partial(DemoDoorbell, [at_the_door], first=2.0)

    @pytest.mark.lesson(10)
    @pytest.mark.usefixtures("no_blocking_calls")
    async def test_a_visit_becomes_a_clip_that_is_listed_and_announced(
        self, hass: HomeAssistant, demo: MockConfigEntry, until: Until
    ) -> None:
        """The clip exists before it is announced."""
        found: list[bool] = []

        def on_saved(announced: Any) -> None:
            clip = demo.runtime_data.data.last_clip
            found.append(
                clip is not None
                and clip.clip_id == announced.data["clip_id"]
                and clip.path.exists()
                and clip.thumbnail.exists()
            )

        hass.bus.async_listen(EVENT_CLIP_SAVED, on_saved)
        saved = async_capture_events(hass, EVENT_CLIP_SAVED)
        await until(
            lambda: state_of(hass, "binary_sensor.front_door_motion") == STATE_ON
        )
        await until(lambda: saved)

        assert found == [True]
        announced = saved[0].data
        clip = await hass.data[DATA].library.get(announced["clip_id"])
        assert clip is not None
        assert announced == {
            "clip_id": clip.clip_id,
            "doorbell_id": demo.entry_id,
            "entity_id": "camera.front_door",
            "happened": [
                {"event": "motion", "at": ANY},
                {"event": "ring", "at": ANY},
            ],
            "event": "ring",
            "kinds": ["ring", "motion"],
            "labels": ["package", "person"],
            "page": f"/doorwatch/clip/{clip.clip_id}",
            "part": 1,
            "started_at": clip.started_at.isoformat(),
            "duration": clip.duration.total_seconds(),
            "path": f"/api/doorwatch/clip/{clip.clip_id}",
            "thumbnail": f"/api/doorwatch/thumbnail/{clip.clip_id}",
        }
        assert clip.frames > 0
        assert clip.path.is_relative_to(Path(hass.config.config_dir) / "doorwatch")
        assert state_of(hass, "sensor.front_door_clips_today") == "1"
        assert float(state_of(hass, "sensor.front_door_storage_used")) > 0
        assert state_of(hass, "image.front_door_last_clip") == clip.ended_at.isoformat()
        assert state_of(hass, "sensor.front_door_last_motion") != "unknown"
        assert state_of(hass, "event.front_door_doorbell") != "unknown"
        line = (await hass.data[DATA].ledger.lines())[-1]
        assert (line.kind, line.data["sha256"]) == ("recorded", clip.sha256)
        await until(
            lambda: state_of(hass, "binary_sensor.front_door_motion") == STATE_OFF
        )


@pytest.mark.lesson(5)
async def test_motion_ends_even_when_nobody_says_so(
    hass: HomeAssistant,
    demo: MockConfigEntry,
    until: Until,
) -> None:
    """A sensor that hangs doesn't keep a clip open forever."""
    coordinator = demo.runtime_data
    coordinator.handle_event(event(EventKind.MOTION))
    await hass.async_block_till_done()
    assert state_of(hass, "binary_sensor.front_door_motion") == STATE_ON

    later(hass, timedelta(seconds=295))
    await hass.async_block_till_done()
    assert state_of(hass, "binary_sensor.front_door_motion") == STATE_ON

    later(hass, timedelta(seconds=301))
    await hass.async_block_till_done()
    assert state_of(hass, "binary_sensor.front_door_motion") == STATE_OFF


@pytest.mark.lesson(2)
async def test_what_was_before_the_connection_is_not_told(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """A doorbell that replays its last ring triggers no automation."""
    demo.runtime_data.handle_event(event(EventKind.RING, ago=3600))
    await hass.async_block_till_done()

    assert state_of(hass, "event.front_door_doorbell") == "unknown"
    assert not demo.runtime_data.recorder.diagnostics()["events"]


@pytest.mark.lesson(1)
async def test_a_doorbell_that_is_away_is_unavailable_and_logged_once(
    hass: HomeAssistant,
    demo: MockConfigEntry,
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The clip count stays available, and switches still work."""
    coordinator = demo.runtime_data
    caplog.clear()
    await coordinator.doorbell.stop()
    await until(lambda: not coordinator.data.connected)

    for gone in (
        "binary_sensor.front_door_motion",
        "camera.front_door",
        "event.front_door_doorbell",
        "sensor.front_door_last_motion",
    ):
        assert state_of(hass, gone) == STATE_UNAVAILABLE
    assert state_of(hass, "binary_sensor.front_door_connectivity") == STATE_OFF
    assert state_of(hass, "sensor.front_door_clips_today") == "0"
    await switch(hass, "recording", on=False)

    await coordinator.doorbell.start()
    await until(lambda: coordinator.data.connected)

    assert state_of(hass, "binary_sensor.front_door_motion") == STATE_OFF
    lines = [
        record.levelno
        for record in caplog.records
        if record.name.startswith("custom_components.doorwatch.coordinator")
        and record.levelno > logging.DEBUG
    ]
    assert lines == [logging.WARNING, logging.INFO]


@pytest.mark.lesson(1)
async def test_a_doorbell_that_stays_away_gets_a_repair(
    hass: HomeAssistant,
    demo: MockConfigEntry,
    until: Until,
    issue_registry: ir.IssueRegistry,
) -> None:
    """The repair appears after an hour, and goes when the doorbell is back."""
    coordinator = demo.runtime_data
    await coordinator.doorbell.stop()
    await until(lambda: not coordinator.data.connected)
    issue_id = f"doorbell_unreachable_{demo.entry_id}"
    assert issue_registry.async_get_issue(DOMAIN, issue_id) is None

    later(hass, timedelta(minutes=59))
    await hass.async_block_till_done()
    assert issue_registry.async_get_issue(DOMAIN, issue_id) is None
    later(hass, timedelta(minutes=61))
    await hass.async_block_till_done()
    issue = issue_registry.async_get_issue(DOMAIN, issue_id)
    assert issue is not None
    assert issue.is_fixable

    await coordinator.doorbell.start()
    await until(lambda: coordinator.data.connected)
    assert issue_registry.async_get_issue(DOMAIN, issue_id) is None


async def test_a_doorbell_that_is_switched_off_needs_no_repair(
    hass: HomeAssistant, demo: MockConfigEntry, issue_registry: ir.IssueRegistry
) -> None:
    async_doorbell_unreachable(hass, demo, "cannot_connect")
    await hass.config_entries.async_set_disabled_by(
        demo.entry_id, ConfigEntryDisabler.USER
    )

    assert not [key for key in issue_registry.issues if key[0] == DOMAIN]


async def test_a_new_login_is_asked_for_once_and_no_more_when_the_old_one_works(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """A doorbell that is unreachable between refused logins starts no second flow."""

    def tell(*, connected: bool, problem: str | None) -> list[str]:
        demo.runtime_data._on_health(
            RecorderHealth(
                connected=connected,
                problem=problem,
                attempt=1,
                since=dt_util.utcnow(),
            )
        )
        return [
            flow["flow_id"] for flow in demo.async_get_active_flows(hass, {"reauth"})
        ]

    for problem in ("cannot_connect", "invalid_auth", "timeout", "invalid_auth"):
        tell(connected=False, problem=problem)
        await hass.async_block_till_done()
    assert len(list(demo.async_get_active_flows(hass, {"reauth"}))) == 1

    assert tell(connected=True, problem=None) == []


async def test_clips_of_today_are_none_at_midnight(
    hass: HomeAssistant,
    demo: MockConfigEntry,
    until: Until,
) -> None:
    await record(hass, demo, until)
    assert state_of(hass, "sensor.front_door_clips_today") == "1"

    midnight = next_day_begins()
    with patch(
        "custom_components.doorwatch.runtime.counts.day_begins", return_value=midnight
    ):
        async_fire_time_changed(hass, midnight + timedelta(seconds=1))
        await until(lambda: state_of(hass, "sensor.front_door_clips_today") == "0")


async def test_a_doorbell_that_cannot_start_is_tried_again(
    hass: HomeAssistant, doorwatch: HomeAssistant, demo_entry: MockConfigEntry
) -> None:
    """The entry has the reason of the retry, and nothing stays loaded."""
    demo_entry.add_to_hass(hass)
    with patch.object(
        DemoDoorbell, "start", side_effect=DoorbellError("unsupported_codec")
    ):
        assert not await hass.config_entries.async_setup(demo_entry.entry_id)
    assert demo_entry.state is ConfigEntryState.SETUP_RETRY
    assert demo_entry.error_reason_translation_key == "unsupported_codec"

    assert await hass.config_entries.async_reload(demo_entry.entry_id)


async def test_a_doorbell_that_starts_while_home_assistant_stops_is_let_go(
    hass: HomeAssistant, doorwatch: HomeAssistant, demo_entry: MockConfigEntry
) -> None:
    """The library is already closed, so setup is retried."""
    await async_get_domain(hass)
    start = DemoDoorbell.start

    async def start_late(doorbell: DemoDoorbell) -> None:
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
        await hass.async_block_till_done()
        await start(doorbell)

    demo_entry.add_to_hass(hass)
    with patch.object(DemoDoorbell, "start", start_late):
        assert not await hass.config_entries.async_setup(demo_entry.entry_id)

    assert demo_entry.state is ConfigEntryState.SETUP_RETRY
    assert DATA not in hass.data


async def test_what_was_known_stays_when_the_index_cannot_be_read(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    """If the index can't be read during setup, setup is retried."""
    await record(hass, demo, until)
    with patch(
        "custom_components.doorwatch.engine.clips.library.Library.count",
        side_effect=LibraryError("disk_full"),
    ):
        async_dispatcher_send(hass, SIGNAL_CLIP_CHANGED, "0199eeee")
        await hass.async_block_till_done()
        assert state_of(hass, "sensor.front_door_clips_today") == "1"
        await hass.config_entries.async_reload(demo.entry_id)
        assert demo.state is ConfigEntryState.SETUP_RETRY
    assert await hass.config_entries.async_reload(demo.entry_id)
