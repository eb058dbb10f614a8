"""What can be done from a repair, done by its flow."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock, patch

from homeassistant.components.repairs import RepairsFlowResult, repairs_flow_manager
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import (
    CONF_PASSWORD,
    CONF_STREAM,
    CONF_USERNAME,
    DOMAIN,
)
from custom_components.doorwatch.data import DATA
from custom_components.doorwatch.engine.clips.model import Clip, ClipState
from custom_components.doorwatch.engine.sharing.model import (
    Removal,
    ShareState,
    SharingError,
)
from custom_components.doorwatch.flows.rtsp import unique_id_of
from custom_components.doorwatch.household.household import household
from custom_components.doorwatch.issues import (
    async_doorbell_unreachable,
    async_folder_problem,
    async_share_issue,
)
from custom_components.doorwatch.signals import SIGNAL_CLIP_SAVED
from tests.agencies.test_coordinator import share
from tests.conftest import Until
from tests.flows.test_rtsp import doorbell_entry
from tests.rtsp.fixtures import RtspServer
from tests.sharing_fixtures import FakeAgency


@pytest.fixture(autouse=True)
async def ready(doorwatch: HomeAssistant) -> None:
    """Find Doorwatch, and have repairs, in every test here."""
    assert await async_setup_component(doorwatch, DOMAIN, {})


async def begin(hass: HomeAssistant, issue_id: str) -> RepairsFlowResult:
    """Open the repair."""
    manager = repairs_flow_manager(hass)
    assert manager is not None
    return await manager.async_init(DOMAIN, data={"issue_id": issue_id})


async def go_on(
    hass: HomeAssistant, result: RepairsFlowResult, **answers: Any
) -> RepairsFlowResult:
    """Fill in the form."""
    manager = repairs_flow_manager(hass)
    assert manager is not None
    return await manager.async_configure(result["flow_id"], answers)


def open_issues(hass: HomeAssistant) -> set[str]:
    """Name what is wrong now."""
    return {
        issue_id
        for (domain, issue_id), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and issue.active
    }


async def test_a_folder_that_could_not_be_written_is_tried_again(
    hass: HomeAssistant, demo_entry: MockConfigEntry
) -> None:
    """What waits for it is loaded then."""
    place = Path(hass.config.config_dir) / "doorwatch"
    await hass.async_add_executor_job(place.write_text, "in the way")
    demo_entry.add_to_hass(hass)
    await hass.config_entries.async_setup(demo_entry.entry_id)
    result = await begin(hass, "folder_not_writable")
    assert result["description_placeholders"] == {"folder": str(place)}
    result = await go_on(hass, result)
    assert result["errors"] == {"base": "still_there"}

    await hass.async_add_executor_job(place.unlink)
    result = await go_on(hass, result)
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert demo_entry.state is ConfigEntryState.LOADED
    assert not open_issues(hass)


async def test_a_full_disk_is_tidied_first(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """Within the limits of the household; the clip recorder reports it, and its end."""
    demo.runtime_data.recorder._on_error("disk_full")
    assert open_issues(hass) == {"disk_full"}
    with patch(
        "custom_components.doorwatch.repairs.library.async_tidy", AsyncMock()
    ) as async_tidy:
        result = await begin(hass, "disk_full")
        assert result["menu_options"] == ["try_again", "keep_less"]
        result = await go_on(hass, result, next_step_id="try_again")

    async_tidy.assert_awaited_once()
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert not open_issues(hass)

    demo.runtime_data.recorder._on_error("not_writable")
    assert open_issues(hass) == {"folder_not_writable"}
    demo.runtime_data.recorder._on_error("ok")
    assert not open_issues(hass)


async def test_a_disk_that_is_still_full_is_said(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """The issue stays."""
    domain = hass.data[DATA]
    async_folder_problem(hass, "disk_full")
    with patch.object(domain.library, "check", AsyncMock(return_value="disk_full")):
        result = await begin(hass, "disk_full")
        result = await go_on(hass, result, next_step_id="try_again")

    assert result["reason"] == "still_there"
    assert open_issues(hass) == {"disk_full"}


async def test_less_is_kept_from_the_repair_of_a_full_disk(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """The options of the household change, and what is beyond them goes at once."""
    await hass.async_block_till_done()
    async_folder_problem(hass, "disk_full")
    result = await begin(hass, "disk_full")
    result = await go_on(hass, result, next_step_id="keep_less")
    assert result["step_id"] == "keep_less"
    result = await go_on(hass, result, keep_days=3, keep_gb=2)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert household(hass).keep_days == 3
    assert household(hass).keep_gb == 2
    assert not open_issues(hass)


def clip_of(doorbell_id: str, **changes: Any) -> Clip:
    """Make a clip as it is announced."""
    now = dt_util.utcnow()
    clip = Clip(
        clip_id="0199c0de-0000-7000-8000-00000000000f",
        doorbell_id=doorbell_id,
        event_id="0199c0de-0000-7000-8000-00000000000f",
        part=1,
        event="ring",
        started_at=now,
        ended_at=now,
        timezone="UTC",
        path=Path("clip.mp4"),
        size=1,
        sha256="",
        video_codec="hevc",
        audio_codec="aac",
        width=640,
        height=360,
        frames=1,
        gaps=(),
        protected=False,
        recovered=False,
        state=ClipState.SAVED,
    )
    return replace(clip, **changes)


@pytest.mark.lesson(9)
async def test_that_not_every_browser_plays_it_is_said_once_for_each_doorbell(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """With what to do about it; whoever understood is not told again."""
    issue_id = f"not_every_browser_{demo.entry_id}"
    for doorbell_id in (demo.entry_id, "gone"):
        async_dispatcher_send(hass, SIGNAL_CLIP_SAVED, clip_of(doorbell_id))
    assert open_issues(hass) == {issue_id}
    result = await begin(hass, issue_id)
    assert result["description_placeholders"] == {
        "name": "Front door",
        "codec": "H.265",
    }
    result = await go_on(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert not open_issues(hass)

    async_dispatcher_send(hass, SIGNAL_CLIP_SAVED, clip_of(demo.entry_id))
    assert not open_issues(hass)
    # A doorbell that was set to H.264 and back is news.
    for codec in ("h264", "hevc"):
        async_dispatcher_send(
            hass, SIGNAL_CLIP_SAVED, clip_of(demo.entry_id, video_codec=codec)
        )
    assert open_issues(hass) == {issue_id}
    async_dispatcher_send(
        hass, SIGNAL_CLIP_SAVED, clip_of(demo.entry_id, video_codec="h264")
    )
    assert not open_issues(hass)


@pytest.mark.lesson(9)
async def test_a_browser_that_plays_everything_is_nothing_to_repair(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """H.264 with AAC needs no word; the issue goes with its doorbell."""
    async_dispatcher_send(
        hass, SIGNAL_CLIP_SAVED, clip_of(demo.entry_id, video_codec="h264")
    )
    assert not open_issues(hass)
    async_dispatcher_send(hass, SIGNAL_CLIP_SAVED, clip_of(demo.entry_id))
    result = await begin(hass, f"not_every_browser_{demo.entry_id}")
    await hass.config_entries.async_remove(demo.entry_id)

    assert not open_issues(hass)
    assert (await go_on(hass, result))["reason"] == "not_loaded"


async def test_a_newer_index_cannot_be_repaired_from_here(hass: HomeAssistant) -> None:
    """Only an update helps."""
    async_folder_problem(hass, "index_newer")
    issue = ir.async_get(hass).async_get_issue(DOMAIN, "index_newer")

    assert issue is not None
    assert not issue.is_fixable


async def test_a_damaged_ledger_is_set_aside_not_thrown_away(
    hass: HomeAssistant, demo_entry: MockConfigEntry
) -> None:
    """A new one begins; the old one lies beside it."""
    private = Path(hass.config.config_dir) / ".storage/doorwatch"

    def break_it() -> None:
        private.mkdir(parents=True)
        (private / "ledger.db").write_bytes(b"no database at all" * 100)

    await hass.async_add_executor_job(break_it)
    demo_entry.add_to_hass(hass)
    await hass.config_entries.async_setup(demo_entry.entry_id)
    assert open_issues(hass) == {"ledger_damaged"}
    assert demo_entry.error_reason_translation_key == "ledger_damaged"

    result = await begin(hass, "ledger_damaged")
    result = await go_on(hass, result)
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert demo_entry.state is ConfigEntryState.LOADED
    assert not open_issues(hass)
    assert len(list(private.glob("ledger-*.db"))) == 1


async def test_a_doorbell_that_moved_gets_its_new_address(
    hass: HomeAssistant, rtsp_server: RtspServer, until: Until
) -> None:
    """The stream is tried before anything is stored."""
    entry = doorbell_entry()
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    async_doorbell_unreachable(hass, entry, "cannot_connect")
    result = await begin(hass, f"doorbell_unreachable_{entry.entry_id}")
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    assert "Nobody answers" in placeholders["problem"]
    assert result["menu_options"] == ["try_again", "stream"]
    result = await go_on(hass, result, next_step_id="stream")
    assert result["step_id"] == "stream"
    result = await go_on(
        hass,
        result,
        **{CONF_STREAM: "rtsp://127.0.0.1:9/live", CONF_USERNAME: "viewer"},
    )
    assert result["errors"] == {"base": "cannot_connect"}

    result = await go_on(
        hass,
        result,
        **{CONF_STREAM: rtsp_server.address(), CONF_USERNAME: "viewer"},
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.data[CONF_PASSWORD] == "old secret"
    await until(
        lambda: (
            entry.state is ConfigEntryState.LOADED and entry.runtime_data.data.connected
        )
    )
    assert not open_issues(hass)


async def test_a_doorbell_cannot_move_to_where_another_one_is(
    hass: HomeAssistant, rtsp_server: RtspServer
) -> None:
    """Two entries would record the same door, and have the same id."""
    address = rtsp_server.address()
    there = doorbell_entry(
        entry_id="01ANOTHERDOORBELL00000000", unique_id=unique_id_of(address)
    )
    there.add_to_hass(hass)
    entry = doorbell_entry()
    entry.add_to_hass(hass)
    before = dict(entry.data)
    async_doorbell_unreachable(hass, entry, "cannot_connect")
    result = await go_on(
        hass,
        await begin(hass, f"doorbell_unreachable_{entry.entry_id}"),
        next_step_id="stream",
    )
    result = await go_on(hass, result, **{CONF_STREAM: address})

    assert result["reason"] == "already_configured"
    assert entry.data == before


async def test_a_demo_that_is_away_is_started_anew(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """It has no address to change."""
    before = demo.runtime_data
    async_doorbell_unreachable(hass, demo, None)
    result = await begin(hass, f"doorbell_unreachable_{demo.entry_id}")
    assert result["menu_options"] == ["try_again"]
    result = await go_on(hass, result, next_step_id="try_again")
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert demo.runtime_data is not before


async def test_a_doorbell_that_was_removed_needs_no_repair(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """The issue goes with it; an open flow says so."""
    async_doorbell_unreachable(hass, demo, None)
    result = await begin(hass, f"doorbell_unreachable_{demo.entry_id}")
    await hass.config_entries.async_remove(demo.entry_id)
    assert not open_issues(hass)

    result = await go_on(hass, result, next_step_id="try_again")
    assert result["reason"] == "not_loaded"


async def test_a_failed_share_is_given_up_and_what_had_left_is_said(
    hass: HomeAssistant,
) -> None:
    """One that is over says so; trying again is for a person at the card."""
    entry = FakeAgency().entry()
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    one = share(entry, ShareState.FAILED, problem="agency_too_large")
    async_share_issue(hass, one)
    result = await begin(hass, "share_0199aaaa")
    assert result["type"] is FlowResultType.MENU
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    assert placeholders["problem"] != "agency_too_large"
    assert placeholders["outcome"] == "Nothing was sent."
    assert result["menu_options"] == ["give_up"]
    cancel = "custom_components.doorwatch.engine.sharing.outbox.outbox.Outbox.cancel"
    stopped = share(entry, ShareState.CANCELLED, begun=True, removal=Removal.PENDING)
    with patch(cancel, AsyncMock(return_value=stopped)) as act:
        result = await go_on(hass, result, next_step_id="give_up")
    act.assert_awaited_once_with("0199aaaa")
    assert result["type"] is FlowResultType.FORM
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    assert "being asked to remove it" in placeholders["outcome"]
    result = await go_on(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY

    async_share_issue(hass, one)
    result = await begin(hass, "share_0199aaaa")
    with patch(cancel, AsyncMock(side_effect=SharingError("disk_full"))):
        result = await go_on(hass, result, next_step_id="give_up")
    assert result["reason"] == "not_stopped"
    assert open_issues(hass)

    result = await begin(hass, "share_0199aaaa")
    result = await go_on(hass, result, next_step_id="give_up")
    assert result["reason"] == "over"
    assert not open_issues(hass)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "Nothing was sent."),
        ({"problem": "restored"}, "does not know whether it was sent"),
        ({"begun": True, "removal": Removal.ASKED}, "being asked to remove it"),
        ({"begun": True, "removal": Removal.CONFIRMED}, "confirmed that it removed it"),
        ({"begun": True, "removal": Removal.UNCONFIRMED}, "did not confirm"),
        ({"begun": True}, "did not confirm"),
    ],
)
async def test_a_share_that_needs_a_new_tap_is_only_read(
    hass: HomeAssistant, facts: dict[str, Any], words: str
) -> None:
    """No repair can tap for a person; it says what had left, and what it knows of that."""
    entry = FakeAgency().entry()
    entry.add_to_hass(hass)
    async_share_issue(hass, share(entry, ShareState.NEEDS_NEW_TAP, **facts))
    result = await begin(hass, "share_0199aaaa")
    assert result["step_id"] == "confirm"
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    assert words in placeholders["outcome"]
    result = await go_on(hass, result)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert not open_issues(hass)


async def test_a_repair_of_a_share_without_the_outbox_says_so(
    hass: HomeAssistant,
) -> None:
    """Doorwatch may have failed to start."""
    one = share(
        FakeAgency().entry(),
        ShareState.UPLOADING,
        problem="agency_unavailable",
        created_at=dt_util.utcnow() - timedelta(days=2),
    )
    async_share_issue(hass, one)
    result = await begin(hass, "share_0199aaaa")
    assert DATA not in hass.data
    result = await go_on(hass, result, next_step_id="give_up")

    assert result["reason"] == "not_loaded"
