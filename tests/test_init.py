"""Doorbells, from the entry to the clip and back."""

import asyncio
from datetime import timedelta
import logging
from pathlib import Path
import time
from typing import Any
from unittest.mock import ANY, patch

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import (
    EVENT_HOMEASSISTANT_STOP,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
)
from homeassistant.core import (
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
    mock_restore_cache,
)

from custom_components.doorwatch.const import (
    CONF_KEEP_DAYS,
    CONF_KIND,
    DOMAIN,
    KIND_HOUSEHOLD,
)
from custom_components.doorwatch.data import DATA
from custom_components.doorwatch.engine.clips.library import LibraryError
from custom_components.doorwatch.engine.doorbells.base import (
    DoorbellError,
    DoorbellEvent,
    EventKind,
)
from custom_components.doorwatch.engine.doorbells.demo.doorbell import DemoDoorbell
from custom_components.doorwatch.engine.doorbells.demo.scene import Visits
from custom_components.doorwatch.engine.recording.model import RecorderHealth
from custom_components.doorwatch.engine.sharing.model import SharingError
from custom_components.doorwatch.household.household import (
    async_get_domain,
    async_tidy,
    household_entry,
)
from custom_components.doorwatch.household.private import PrivateFolder
from custom_components.doorwatch.issues import async_doorbell_unreachable
from custom_components.doorwatch.runtime.days import next_day_begins
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED, SIGNAL_CLIP_CHANGED
from tests.conftest import Until


def event(kind: EventKind, ago: float = 0.0) -> DoorbellEvent:
    """Make an event that happened so many seconds ago."""
    return DoorbellEvent(
        kind=kind,
        at=dt_util.utcnow() - timedelta(seconds=ago),
        monotonic=time.monotonic() - ago,
    )


def state_of(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of an entity."""
    state = hass.states.get(entity_id)
    assert state is not None, entity_id
    return state.state


def later(hass: HomeAssistant, wait: timedelta) -> None:
    """Fire all timers up to then; clocks go on, for the threads that look at them."""
    async_fire_time_changed(hass, dt_util.utcnow() + wait)


async def kinds(hass: HomeAssistant) -> list[str]:
    """List the kinds of lines in the ledger."""
    return [line.kind for line in await hass.data[DATA].ledger.lines(limit=1000)]


async def record(
    hass: HomeAssistant, entry: MockConfigEntry, until: Until
) -> dict[str, Any]:
    """Let somebody ring, and return the announcement of the clip."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    entry.runtime_data.handle_event(event(EventKind.RING))
    await until(lambda: saved)
    data: dict[str, Any] = dict(saved[0].data)
    return data


class TestAVisit:
    """Somebody walks up to the demo doorbell and rings."""

    @pytest.fixture
    def visits(self) -> Visits:
        """Come soon, and hurry."""
        return Visits(first=2.0, interval=60.0, ring_every=1, hurry=4.0)

    @pytest.mark.lesson(10)
    @pytest.mark.usefixtures("no_blocking_calls")
    async def test_a_visit_becomes_a_clip_that_is_listed_and_announced(
        self, hass: HomeAssistant, demo: MockConfigEntry, until: Until
    ) -> None:
        """All that a person sees follows from the one visit, in the right order."""
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


async def test_the_first_entry_makes_the_household(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """It is there once, named as the texts for people name it."""
    await hass.async_block_till_done()
    found = [
        entry
        for entry in hass.config_entries.async_entries(DOMAIN)
        if entry.data[CONF_KIND] == KIND_HOUSEHOLD
    ]

    assert [entry.title for entry in found] == ["Household"]
    assert found[0].state is ConfigEntryState.LOADED

    assert await hass.config_entries.async_reload(demo.entry_id)
    await hass.async_block_till_done()
    assert len(hass.config_entries.async_entries(DOMAIN)) == 2


async def test_unloading_finishes_the_open_clip(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    """A clip that was being recorded is whole afterwards, and announced."""
    coordinator = demo.runtime_data
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    coordinator.handle_event(event(EventKind.MOTION))
    await until(lambda: coordinator.recorder.recording)
    await asyncio.sleep(0.5)  # pictures for the clip

    assert await hass.config_entries.async_unload(demo.entry_id)

    await hass.async_block_till_done()
    assert len(saved) == 1
    assert await hass.data[DATA].library.verify(saved[0].data["clip_id"])
    assert state_of(hass, "camera.front_door") == STATE_UNAVAILABLE
    assert not coordinator.recorder.recording


async def test_stopping_home_assistant_finishes_the_open_clip(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    """Clip recorders come first, then what they need is closed."""
    coordinator = demo.runtime_data
    folder = hass.data[DATA].library.folder
    coordinator.handle_event(event(EventKind.MOTION))
    await until(lambda: coordinator.recorder.recording)
    await asyncio.sleep(0.5)  # pictures for the clip

    await hass.async_stop(force=True)

    assert DATA not in hass.data
    assert len(list((folder / demo.entry_id).rglob("*.mp4"))) == 1
    assert len(list((folder / demo.entry_id).rglob("*.jpg"))) == 1


async def test_no_clips_while_recording_is_off(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """Events are told all the same."""
    await switch(hass, "recording", on=False)

    demo.runtime_data.handle_event(event(EventKind.RING))
    demo.runtime_data.handle_event(event(EventKind.MOTION))
    await hass.async_block_till_done()

    assert not demo.runtime_data.recorder.recording
    assert state_of(hass, "binary_sensor.front_door_motion") == STATE_ON
    assert state_of(hass, "event.front_door_doorbell") != "unknown"


async def test_turning_recording_off_ends_the_open_clip(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    """The motion that holds it open counts no more."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    demo.runtime_data.handle_event(event(EventKind.MOTION))
    await until(lambda: demo.runtime_data.recorder.recording)

    await switch(hass, "recording", on=False)

    await until(lambda: saved)


async def test_motion_counts_for_nothing_while_motion_detection_is_off(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """Motion that was seen is over at once; a ring still counts."""
    coordinator = demo.runtime_data
    coordinator.handle_event(event(EventKind.MOTION))
    await switch(hass, "motion_detection", on=False)
    assert state_of(hass, "binary_sensor.front_door_motion") == STATE_OFF

    coordinator.handle_event(event(EventKind.MOTION))
    await hass.async_block_till_done()
    assert state_of(hass, "binary_sensor.front_door_motion") == STATE_OFF

    await hass.services.async_call(
        "camera",
        "enable_motion_detection",
        {"entity_id": "camera.front_door"},
        blocking=True,
    )
    assert state_of(hass, "switch.front_door_motion_detection") == STATE_ON
    await hass.services.async_call(
        "camera",
        "disable_motion_detection",
        {"entity_id": "camera.front_door"},
        blocking=True,
    )
    coordinator.handle_event(event(EventKind.RING))
    await hass.async_block_till_done()
    assert state_of(hass, "event.front_door_doorbell") != "unknown"


async def switch(hass: HomeAssistant, name: str, *, on: bool) -> None:
    """Turn a switch of the doorbell."""
    await hass.services.async_call(
        "switch",
        "turn_on" if on else "turn_off",
        {"entity_id": f"switch.front_door_{name}"},
        blocking=True,
    )
    assert state_of(hass, f"switch.front_door_{name}") == (
        STATE_ON if on else STATE_OFF
    )


class TestAfterARestart:
    """The switches were off when Home Assistant stopped."""

    @pytest.fixture(autouse=True)
    def before(self, hass: HomeAssistant) -> None:
        """Remember what they were."""
        mock_restore_cache(
            hass,
            [
                State("switch.front_door_recording", STATE_OFF),
                State("switch.front_door_motion_detection", STATE_OFF),
            ],
        )

    async def test_switches_stay_off(
        self, hass: HomeAssistant, demo: MockConfigEntry
    ) -> None:
        """Nothing is recorded because somebody restarted."""
        assert state_of(hass, "switch.front_door_recording") == STATE_OFF
        assert state_of(hass, "switch.front_door_motion_detection") == STATE_OFF
        await switch(hass, "recording", on=True)


@pytest.mark.lesson(5)
async def test_motion_ends_even_when_nobody_says_so(
    hass: HomeAssistant,
    demo: MockConfigEntry,
    until: Until,
) -> None:
    """A sensor that hangs does not keep a clip open for ever."""
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
    """A doorbell that replays its last ring opens no door."""
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
    """What this home knows stays to be seen, and settings stay to be set."""
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
    """It is there after a while, and gone when the doorbell is back."""
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
    """Nobody waits for it any more."""
    async_doorbell_unreachable(hass, demo, "cannot_connect")
    await hass.config_entries.async_set_disabled_by(
        demo.entry_id, ConfigEntryDisabler.USER
    )

    assert not [key for key in issue_registry.issues if key[0] == DOMAIN]


async def test_a_new_login_is_asked_for_once_and_no_more_when_the_old_one_works(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """Also when the doorbell was away before it refused the login."""

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
    """The count begins anew with the local day."""
    await record(hass, demo, until)
    assert state_of(hass, "sensor.front_door_clips_today") == "1"

    midnight = next_day_begins()
    with patch(
        "custom_components.doorwatch.coordinator.day_began", return_value=midnight
    ):
        async_fire_time_changed(hass, midnight + timedelta(seconds=1))
        await until(lambda: state_of(hass, "sensor.front_door_clips_today") == "0")


async def test_old_clips_go_and_the_ledger_says_so(
    hass: HomeAssistant,
    demo: MockConfigEntry,
    until: Until,
) -> None:
    """The limits of the household hold, within the hour."""
    await record(hass, demo, until)
    household = next(
        entry
        for entry in hass.config_entries.async_entries(DOMAIN)
        if entry.data[CONF_KIND] == KIND_HOUSEHOLD
    )
    hass.config_entries.async_update_entry(household, options={CONF_KEEP_DAYS: 2})

    with patch(
        "custom_components.doorwatch.household.maintenance.dt_util.utcnow",
        return_value=dt_util.utcnow() + timedelta(days=3),
    ):
        later(hass, timedelta(minutes=61))
        await until(lambda: state_of(hass, "sensor.front_door_storage_used") == "0.0")

    assert (await kinds(hass))[-1] == "expired"
    assert demo.runtime_data.data.last_clip is None
    assert state_of(hass, "image.front_door_last_clip") == "unknown"


async def test_an_unusable_folder_is_a_repair_and_tried_again(
    hass: HomeAssistant,
    doorwatch: HomeAssistant,
    demo_entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    """Nothing is left open in between."""
    place = Path(hass.config.config_dir) / "doorwatch"
    await hass.async_add_executor_job(place.write_text, "in the way")
    demo_entry.add_to_hass(hass)

    assert not await hass.config_entries.async_setup(demo_entry.entry_id)
    assert demo_entry.state is ConfigEntryState.SETUP_RETRY
    assert demo_entry.error_reason_translation_key == "folder_not_writable"
    assert issue_registry.async_get_issue(DOMAIN, "folder_not_writable") is not None
    assert DATA not in hass.data
    await hass.async_block_till_done()
    # It is there that another folder is chosen.
    assert household_entry(hass) is not None

    await hass.async_add_executor_job(place.unlink)
    assert await hass.config_entries.async_reload(demo_entry.entry_id)
    assert issue_registry.async_get_issue(DOMAIN, "folder_not_writable") is None


async def test_the_domain_is_made_once(
    hass: HomeAssistant, doorwatch: HomeAssistant
) -> None:
    """Two that ask at the same time get the same."""
    first, second = await asyncio.gather(async_get_domain(hass), async_get_domain(hass))

    assert first is second
    private = Path(hass.config.config_dir) / ".storage" / DOMAIN
    assert private.stat().st_mode & 0o777 == 0o700


async def test_nothing_is_opened_while_home_assistant_stops(
    hass: HomeAssistant, doorwatch: HomeAssistant
) -> None:
    """Nobody would close it."""
    with (
        patch.object(type(hass), "is_stopping", True),
        pytest.raises(LibraryError, match="library_unavailable"),
    ):
        await async_get_domain(hass)

    assert DATA not in hass.data


async def test_a_start_from_a_backup_is_noticed(
    hass: HomeAssistant, doorwatch: HomeAssistant
) -> None:
    """The mark is cleared, and the ledger tells of it."""
    private = PrivateFolder.of(hass.config.config_dir)
    await hass.async_add_executor_job(private.mark)

    await async_get_domain(hass)

    assert not private.marked()
    assert "restored" in await kinds(hass)


async def test_a_crash_leaves_no_copies_in_the_staging_folder(
    hass: HomeAssistant, doorwatch: HomeAssistant
) -> None:
    """Nobody can confirm them any more."""
    left = Path(hass.config.config_dir) / "doorwatch/.staging/abc/clip.mp4"
    await hass.async_add_executor_job(lambda: left.parent.mkdir(parents=True))
    await hass.async_add_executor_job(left.write_bytes, b"copy")

    await async_get_domain(hass)

    assert not left.exists()


async def test_a_doorbell_that_cannot_start_is_tried_again(
    hass: HomeAssistant, doorwatch: HomeAssistant, demo_entry: MockConfigEntry
) -> None:
    """With the reason in words, and nothing left half loaded."""
    demo_entry.add_to_hass(hass)
    with patch(
        "custom_components.doorwatch.engine.doorbells.demo.doorbell.DemoDoorbell.start",
        side_effect=DoorbellError("unsupported_codec"),
    ):
        assert not await hass.config_entries.async_setup(demo_entry.entry_id)
    assert demo_entry.state is ConfigEntryState.SETUP_RETRY
    assert demo_entry.error_reason_translation_key == "unsupported_codec"

    assert await hass.config_entries.async_reload(demo_entry.entry_id)


async def test_a_doorbell_that_starts_while_home_assistant_stops_is_let_go(
    hass: HomeAssistant, doorwatch: HomeAssistant, demo_entry: MockConfigEntry
) -> None:
    """The library is closed already."""
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


async def test_a_clip_is_announced_even_when_the_ledger_cannot_be_written(
    hass: HomeAssistant,
    demo: MockConfigEntry,
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The clip is safe all the same; the log says that its digest is missing."""
    full = SharingError("disk_full")
    ledger = "custom_components.doorwatch.engine.sharing.ledger.ledger.Ledger"
    with (
        patch(f"{ledger}.append", side_effect=full),
        patch(f"{ledger}.append_all", side_effect=full),
    ):
        clip_id = (await record(hass, demo, until))["clip_id"]
        assert f"digest of clip {clip_id} could not be written" in caplog.text
        with patch(
            "custom_components.doorwatch.engine.clips.library.Library.enforce",
            return_value=[demo.runtime_data.data.last_clip],
        ):
            await async_tidy(hass, hass.data[DATA])
    assert "That 1 clips are gone could not be written" in caplog.text


async def test_what_was_known_stays_when_the_index_cannot_be_read(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    """A set-up without it is tried again."""
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


async def test_the_camera_says_recording_while_a_clip_is_written(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    """From its first byte until it is saved."""
    assert state_of(hass, "camera.front_door") == "idle"
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    demo.runtime_data.handle_event(event(EventKind.RING))

    await until(lambda: state_of(hass, "camera.front_door") == "recording")
    assert not saved
    await until(lambda: saved)
    assert state_of(hass, "camera.front_door") == "idle"


async def test_the_camera_stops_recording_when_the_disk_is_full(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    """The clip is not there to be told of, but the camera must not lie."""
    states: list[str] = []

    @callback
    def on_state(changed: Event[EventStateChangedData]) -> None:
        assert changed.data["new_state"] is not None
        states.append(changed.data["new_state"].state)

    async_track_state_change_event(hass, "camera.front_door", on_state)
    with patch(
        "custom_components.doorwatch.engine.clips.library.Library.finish",
        side_effect=LibraryError("disk_full"),
    ):
        demo.runtime_data.handle_event(event(EventKind.RING))
        await until(lambda: states[-1:] == ["idle"])

    assert states == ["recording", "idle"]


async def test_a_private_folder_that_cannot_be_made_is_a_repair(
    hass: HomeAssistant, doorwatch: HomeAssistant, demo_entry: MockConfigEntry
) -> None:
    """The ledger and the outbox lie in it."""
    private = Path(hass.config.config_dir) / ".storage/doorwatch"

    def block() -> None:
        private.parent.mkdir(exist_ok=True)
        private.write_text("in the way")

    await hass.async_add_executor_job(block)
    demo_entry.add_to_hass(hass)

    assert not await hass.config_entries.async_setup(demo_entry.entry_id)
    assert demo_entry.error_reason_translation_key == "folder_not_writable"


async def test_tidying_goes_on_when_the_index_cannot_be_read(
    hass: HomeAssistant, demo: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and tried again in an hour."""
    with patch(
        "custom_components.doorwatch.engine.clips.library.Library.enforce",
        side_effect=LibraryError("disk_full"),
    ):
        await async_tidy(hass, hass.data[DATA])

    assert "Old clips could not be removed" in caplog.text


async def test_removing_a_doorbell_leaves_its_clips(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    """They stay as long as the limits let them."""
    clip_id = (await record(hass, demo, until))["clip_id"]

    await hass.config_entries.async_remove(demo.entry_id)
    await hass.async_block_till_done()

    clip = await hass.data[DATA].library.get(clip_id)
    assert clip is not None
    assert clip.path.exists()


async def test_a_disabled_doorbell_can_be_removed(
    doorwatch: HomeAssistant, demo_entry: MockConfigEntry
) -> None:
    """Home Assistant sets nothing up for it, and removes it all the same."""
    hass = doorwatch
    MockConfigEntry(
        domain=DOMAIN,
        data=demo_entry.data,
        entry_id="disabled",
        disabled_by=ConfigEntryDisabler.USER,
    ).add_to_hass(hass)

    assert await hass.config_entries.async_remove("disabled")

    assert DOMAIN not in hass.config.components
    assert hass.config_entries.async_entries(DOMAIN) == []
