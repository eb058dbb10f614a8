"""Test how the household maintains the disk, the index and the folder of clips."""

from dataclasses import replace
from datetime import timedelta
import errno
from pathlib import Path
import time
from typing import Any
from unittest.mock import Mock, patch

from homeassistant.components.repairs import RepairsFlowResult, repairs_flow_manager
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.doorwatch.const import (
    CONF_KEEP_DAYS,
    CONF_KEEP_GB,
    CONF_KIND,
    DOMAIN,
    KIND_HOUSEHOLD,
)
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.domain.opening import async_get_domain
from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.clips.files.names import LibraryFiles
from custom_components.doorwatch.engine.clips.model import Clip, RecoveredClip
from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.household.maintenance import async_note_recovered
from custom_components.doorwatch.issues import LIBRARY_NOT_MOVED
from custom_components.doorwatch.signals import (
    EVENT_CLIP_SAVED,
    EVENT_RECORDING_CHANGED,
    SIGNAL_CLIP_CHANGED,
)
from tests.conftest import Until
from tests.demo_visits import event, kinds, later, record, state_of
from tests.engine.clips.homemade import start
from tests.household.upkeep import (
    checked,
    choose,
    clips,
    free,
    is_open,
    restart,
    state_of_entry,
)
from tests.sharing_fixtures import Home
from tests.websocket.test_live import lives

__all__ = ["free"]


def problem_kinds(doorbells: list[dict[str, Any]]) -> list[str]:
    """Return the kinds of the problems of the only doorbell."""
    [doorbell] = doorbells
    return [problem["kind"] for problem in doorbell["problems"]]


@pytest.mark.lesson(11)
async def test_full_disk_is_a_repair_that_ends_without_a_new_event(
    home: Home, free: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    """The notification is sent once, and not to administrators only."""
    hass = home.hass
    await checked(hass)
    assert not is_open(hass, "disk_full")
    client = await home.connect_as(await home.user(read=[home.front]))
    await client.send_json_auto_id({"type": "doorwatch/live/subscribe"})
    assert "not_recording" not in problem_kinds(await lives(client))
    free[0] = 10**6
    for _ in range(3):
        await checked(hass)
        assert is_open(hass, "disk_full")
    with pytest.raises(LibraryError, match="disk_full"):
        home.data.library.intake.begin(home.clip.doorbell_id, start())
    assert caplog.text.count("folder for clips can't be used: disk_full") == 1
    assert "not_recording" in problem_kinds(await lives(client))
    free[0] = 10**10
    await checked(hass)
    assert not is_open(hass, "disk_full")
    assert "not_recording" not in problem_kinds(await lives(client))


@pytest.mark.lesson(11)
async def test_setting_up_anew_says_nothing_about_the_disk(
    home: Home, free: list[int]
) -> None:
    """A reload is not mistaken for free space, in the repair or in the logbook."""
    hass = home.hass
    free[0] = 10**6
    await checked(hass)
    told = async_capture_events(hass, EVENT_RECORDING_CHANGED)

    for entry in hass.config_entries.async_entries(DOMAIN):
        assert await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
        assert is_open(hass, "disk_full"), entry.title

    assert told == []


@pytest.mark.lesson(11)
async def test_repair_comes_back_while_the_disk_is_nearly_full(
    home: Home, free: list[int]
) -> None:
    """The issue stays if it is submitted too early."""
    hass = home.hass
    assert await async_setup_component(hass, "repairs", {})
    free[0] = 10**6
    await checked(hass)
    manager = repairs_flow_manager(hass)
    assert manager is not None
    result = await manager.async_init(DOMAIN, data={"issue_id": "disk_full"})
    again = {"next_step_id": "try_again"}
    result = await manager.async_configure(result["flow_id"], again)
    assert result["reason"] == "still_there"
    assert is_open(hass, "disk_full")
    # Also after the issue was deleted.
    ir.async_delete_issue(hass, DOMAIN, "disk_full")
    await checked(hass)
    assert is_open(hass, "disk_full")
    free[0] = 10**10
    result = await manager.async_init(DOMAIN, data={"issue_id": "disk_full"})
    result = await manager.async_configure(result["flow_id"], again)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert not is_open(hass, "disk_full")


async def test_folder_that_vanishes_comes_back_with_all_clips(home: Home) -> None:
    """A network folder may be unmounted for a while."""
    hass = home.hass
    before = await clips(hass)
    folder = home.data.library.folder
    away = folder.with_name("away")
    folder.rename(away)
    folder.mkdir()
    await checked(hass)
    assert is_open(hass, "library_missing")
    assert [*folder.iterdir()] == []
    folder.rmdir()
    away.rename(folder)
    await checked(hass)
    assert not is_open(hass, "library_missing")
    assert await clips(hass) == before


async def test_a_check_that_ends_after_the_home_closed_begins_nothing(
    home: Home,
) -> None:
    """The ledger is already closed."""
    maintenance = home.data.maintenance
    await maintenance.async_stop()
    disk = patch.object(
        home.data.library, "check", side_effect=["library_unavailable", None]
    )
    with disk, patch.object(home.data.library, "reconcile") as compare:
        for expected in ("library_unavailable", None):
            assert await maintenance.async_check() == expected
    assert compare.call_count == 0


@pytest.mark.parametrize("vanishes", [True, False])
async def test_clip_whose_disk_fails_is_announced_once_the_disk_is_well(
    hass: HomeAssistant,
    demo: MockConfigEntry,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
    vanishes: bool,
) -> None:
    """No restart is needed: list, ledger, event bus and doorbell are updated."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    library = hass.data[DATA].library
    folder = library.folder
    away = folder.with_name("away")
    coordinator = demo.runtime_data
    coordinator.handle_event(event(EventKind.MOTION))
    await until(lambda: coordinator.data.recording)
    if vanishes:
        folder.rename(away)
        folder.mkdir()
    else:
        full = OSError(errno.ENOSPC, "full")
        monkeypatch.setattr(LibraryFiles, "write", Mock(side_effect=full))
    coordinator.handle_event(event(EventKind.RING))
    coordinator.handle_event(event(EventKind.MOTION_ENDED))
    await until(lambda: not coordinator.data.recording)
    assert library.unfinished
    if vanishes:
        await checked(hass)
        assert is_open(hass, "library_missing")
        folder.rmdir()
        away.rename(folder)
    else:
        monkeypatch.undo()
    assert saved == []
    await checked(hass)
    await until(lambda: saved)
    (clip,) = (await clips(hass)).values()
    assert saved[0].data["clip_id"] == clip.clip_id
    assert saved[0].data["event"] == "ring"
    assert not clip.recovered
    assert coordinator.data.last_clip == clip
    assert (await kinds(hass)).count("recorded") == 1
    assert not is_open(hass, "library_missing")
    assert (await record(hass, demo, until))["clip_id"] != clip.clip_id
    assert len(await clips(hass)) == 2


async def test_start_without_the_disk_waits_and_makes_nothing_up(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    """Setup is retried; the first attempt that finds the disk finds the clips."""
    await record(hass, demo, until)
    before = await clips(hass)
    folder = hass.data[DATA].library.folder
    await hass.config_entries.async_unload(demo.entry_id)
    await restart(hass)
    away = folder.with_name("away")
    folder.rename(away)
    folder.mkdir()
    assert not await hass.config_entries.async_setup(demo.entry_id)
    assert state_of_entry(demo) is ConfigEntryState.SETUP_RETRY
    assert demo.error_reason_translation_key == "library_missing"
    assert is_open(hass, "library_missing")
    assert [*folder.iterdir()] == []

    assert await async_setup_component(hass, "repairs", {})
    manager = repairs_flow_manager(hass)
    assert manager is not None
    result = await manager.async_init(DOMAIN, data={"issue_id": "library_missing"})
    assert result["type"] is FlowResultType.MENU
    result = await manager.async_configure(
        result["flow_id"], {"next_step_id": "look_again"}
    )
    assert result["reason"] == "still_missing"

    folder.rmdir()
    away.rename(folder)
    result = await manager.async_init(DOMAIN, data={"issue_id": "library_missing"})
    result = await manager.async_configure(
        result["flow_id"], {"next_step_id": "look_again"}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert demo.state is ConfigEntryState.LOADED
    assert await clips(hass) == before
    assert not is_open(hass, "library_missing")


async def test_disk_that_never_comes_back_is_replaced_by_an_empty_library(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    """A person must confirm."""
    folder = hass.data[DATA].library.folder
    assert await async_setup_component(hass, "repairs", {})
    manager = repairs_flow_manager(hass)
    assert manager is not None
    away = folder.with_name("away")
    folder.rename(away)
    await checked(hass)
    result = await manager.async_init(DOMAIN, data={"issue_id": "library_missing"})
    result = await manager.async_configure(
        result["flow_id"], {"next_step_id": "begin_anew"}
    )
    assert result["reason"] == "restart_first"

    await hass.config_entries.async_unload(demo.entry_id)
    await restart(hass)
    assert not await hass.config_entries.async_setup(demo.entry_id)
    result = await manager.async_init(DOMAIN, data={"issue_id": "library_missing"})
    result = await manager.async_configure(
        result["flow_id"], {"next_step_id": "begin_anew"}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done(wait_background_tasks=True)
    assert demo.state is ConfigEntryState.LOADED
    assert await clips(hass) == {}
    # There is no old library to move any more.
    assert not is_open(hass, LIBRARY_NOT_MOVED.kind)


async def test_lost_index_is_rebuilt_and_what_differs_is_said(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """A changed file is listed with the original digest from the ledger."""
    hass = home.hass
    await restart(hass)
    await async_get_domain(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    folder = hass.data[DATA].library.folder
    before = await clips(hass)
    await restart(hass)
    for file in [*folder.glob("index.db*"), *folder.rglob("*.json")]:
        file.unlink()
    changed = before[home.clip.clip_id]
    with changed.path.open("r+b") as video:
        video.seek(changed.size // 2)
        video.write(b"other bytes")
    heard: list[object] = []
    stop = async_dispatcher_connect(hass, SIGNAL_CLIP_CHANGED, heard.append)
    await async_get_domain(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    stop()
    after = await clips(hass)
    assert after.keys() == before.keys()
    for clip_id, clip in before.items():
        assert after[clip_id].started_at == clip.started_at
        assert after[clip_id].sha256 == clip.sha256
    assert not await hass.data[DATA].library.verify(changed.clip_id)
    assert "clip_changed" in await kinds(hass)
    assert "2 clips are listed again" in caplog.text
    assert {clip.doorbell_id for clip in heard if isinstance(clip, Clip)} == {
        clip.doorbell_id for clip in before.values()
    }


async def test_disk_that_is_back_can_be_looked_at_at_once(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until, tmp_path: Path
) -> None:
    """The repair checks the disk without waiting for the next check."""
    await record(hass, demo, until)
    before = await clips(hass)
    first = hass.data[DATA].library.folder
    await hass.config_entries.async_unload(demo.entry_id)
    away = first.with_name("away")
    first.rename(away)
    await choose(hass, tmp_path / "second")
    assert is_open(hass, LIBRARY_NOT_MOVED.kind)
    away.rename(first)
    assert await async_setup_component(hass, "repairs", {})
    manager = repairs_flow_manager(hass)
    assert manager is not None
    result = await manager.async_init(DOMAIN, data={"issue_id": LIBRARY_NOT_MOVED.kind})
    result = await manager.async_configure(
        result["flow_id"], {"next_step_id": "try_again"}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert (await clips(hass)).keys() == before.keys()
    assert not is_open(hass, LIBRARY_NOT_MOVED.kind)


@pytest.mark.lesson(11)
async def test_disk_is_warned_of_before_it_is_full(
    home: Home, free: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    """The warning starts at 97 to 99 % and ends at clearly more free space."""
    hass = home.hass
    for left, warned in (
        (6 * 10**9, False),
        (3 * 10**9, True),
        (10**9, True),
        (55 * 10**8, True),  # hysteresis
        (7 * 10**9, False),
        (55 * 10**8, False),
    ):
        free[0] = left
        await checked(hass)
        assert is_open(hass, "disk_nearly_full") is warned, left
    assert caplog.text.count("The disk for clips is nearly full") == 1
    free[0] = 10**9
    await checked(hass)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, "disk_nearly_full")
    assert issue is not None
    assert issue.translation_placeholders == {"free": "1 GB", "total": "100 GB"}
    free[0] = 10**6
    await checked(hass)
    assert is_open(hass, "disk_full")
    assert not is_open(hass, "disk_nearly_full")


@pytest.mark.lesson(11)
async def test_limit_that_the_disk_cannot_hold_is_said_and_mended(
    home: Home, free: list[int]
) -> None:
    """The disk would be full before the limit is reached; the repair reduces it."""
    hass = home.hass
    assert await async_setup_component(hass, "repairs", {})
    free[0] = 15 * 10**9
    await checked(hass)
    assert is_open(hass, "limit_beyond_disk")  # 20 GB is the default
    assert not is_open(hass, "disk_nearly_full")
    manager = repairs_flow_manager(hass)
    assert manager is not None

    async def keep(gigabytes: int) -> RepairsFlowResult:
        form = await manager.async_init(DOMAIN, data={"issue_id": "limit_beyond_disk"})
        assert form["step_id"] == "keep_less"
        assert form["description_placeholders"] == {"limit": "20 GB", "room": "14.5 GB"}
        return await manager.async_configure(
            form["flow_id"], {CONF_KEEP_DAYS: 0, CONF_KEEP_GB: gigabytes}
        )

    assert (await keep(18))["reason"] == "still_scarce"
    home.configure(**{CONF_KEEP_GB: 20})
    await checked(hass)
    assert (await keep(14))["type"] is FlowResultType.CREATE_ENTRY
    await checked(hass)
    assert not is_open(hass, "limit_beyond_disk")
    home.configure(**{CONF_KEEP_GB: 0})
    free[0] = 8 * 10**9
    await checked(hass)
    assert not is_open(hass, "limit_beyond_disk")  # there is no limit


async def test_nothing_is_said_of_room_while_the_index_does_not_answer(
    home: Home, free: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index may be closing; the issue stays, and the check continues."""
    hass = home.hass
    free[0] = 3 * 10**9
    await checked(hass)
    monkeypatch.setattr(
        home.data.library,
        "doorbell_ids",
        Mock(side_effect=LibraryError("library_unavailable")),
    )
    free[0] = 50 * 10**9
    assert await hass.data[DATA].maintenance.async_check() is None
    assert is_open(hass, "disk_nearly_full")


async def test_what_a_crash_cut_off_is_finished_and_said(
    hass: HomeAssistant,
    demo: MockConfigEntry,
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The log and the ledger report it at the next start."""
    clip_id = (await record(hass, demo, until))["clip_id"]
    library = hass.data[DATA].library
    clip = await library.get(clip_id)
    assert clip is not None
    await async_note_recovered(
        hass.data[DATA].ledger,
        [
            RecoveredClip(
                clip_id=clip_id,
                doorbell_id=demo.entry_id,
                clip=replace(clip, fetched_from="ring"),
            ),
            RecoveredClip(clip_id="0199dddd", doorbell_id=demo.entry_id, clip=None),
        ],
    )

    lines = await hass.data[DATA].ledger.lines()
    assert [
        (line.data["kept"], line.data.get("fetched_from"))
        for line in lines
        if line.kind == "recovered"
    ] == [(True, "ring"), (False, None)]
    assert f"{clip_id} was cut off and is now finished" in caplog.text
    assert "0199dddd was cut off before it had an image" in caplog.text


async def test_old_clips_go_and_the_ledger_says_so(
    hass: HomeAssistant,
    demo: MockConfigEntry,
    until: Until,
) -> None:
    """The household's limits are enforced within the hour."""
    await record(hass, demo, until)
    household = next(
        entry
        for entry in hass.config_entries.async_entries(DOMAIN)
        if entry.data[CONF_KIND] == KIND_HOUSEHOLD
    )
    hass.config_entries.async_update_entry(household, options={CONF_KEEP_DAYS: 2})

    clock, days = hass.data[DATA].maintenance.tidying.clock, timedelta(days=3)
    clock.look()
    clock.said = lambda: dt_util.utcnow() + days
    clock.ran = lambda: time.monotonic() + days.total_seconds()
    later(hass, timedelta(minutes=61))
    await until(lambda: state_of(hass, "sensor.front_door_storage_used") == "0.0")

    assert (await kinds(hass))[-1] == "expired"
    assert demo.runtime_data.data.last_clip is None
    assert state_of(hass, "image.front_door_last_clip") == "unknown"


async def test_tidying_goes_on_when_the_index_cannot_be_read(
    hass: HomeAssistant, demo: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    """The error is logged, and the next attempt is in an hour."""
    with patch(
        "custom_components.doorwatch.engine.clips.library.Library.enforce",
        side_effect=LibraryError("disk_full"),
    ):
        await hass.data[DATA].maintenance.tidying.async_tidy()

    assert "Old clips couldn't be deleted" in caplog.text
