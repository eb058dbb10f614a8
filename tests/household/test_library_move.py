"""Test moving clips to another folder, and waiting for an unavailable disk."""

from datetime import timedelta
from pathlib import Path

from homeassistant.components.repairs import RepairsFlowResult, repairs_flow_manager
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import DOMAIN
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.domain.opening import async_get_domain
from custom_components.doorwatch.household.library_move import AGAIN_AFTER
from custom_components.doorwatch.issues import LIBRARY_NOT_MOVED
from tests.conftest import Until
from tests.demo_visits import later, record
from tests.household.upkeep import choose, clips, is_open, restart


async def test_clips_come_along_into_another_folder_and_back(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until, tmp_path: Path
) -> None:
    """Ids, protection and digests stay the same; the old folder is deleted."""
    clip_id = (await record(hass, demo, until))["clip_id"]
    await hass.data[DATA].library.set_protected(clip_id, True)
    before = await clips(hass)
    first = hass.data[DATA].library.folder
    await hass.config_entries.async_unload(demo.entry_id)
    second = tmp_path / "second"
    for old, new, chosen in ((first, second, second), (second, first, None)):
        await choose(hass, chosen)
        assert hass.data[DATA].library.folder == new
        after = await clips(hass)
        assert after.keys() == before.keys()
        assert after[clip_id].path.is_relative_to(new)
        assert after[clip_id].protected
        assert after[clip_id].sha256 == before[clip_id].sha256
        assert not old.exists()
        assert await hass.data[DATA].library.verify(clip_id)
    assert not is_open(hass, LIBRARY_NOT_MOVED.kind)


async def test_clips_whose_disk_is_away_move_when_it_is_back(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until, tmp_path: Path
) -> None:
    """Until then, a repair shows where the clips are."""
    await record(hass, demo, until)
    before = await clips(hass)
    first = hass.data[DATA].library.folder
    await hass.config_entries.async_unload(demo.entry_id)
    away = first.with_name("away")
    first.rename(away)
    await choose(hass, tmp_path / "second")
    issue = ir.async_get(hass).async_get_issue(DOMAIN, LIBRARY_NOT_MOVED.kind)
    assert issue is not None
    assert issue.translation_placeholders == {
        "old": str(first),
        "new": str(tmp_path / "second"),
    }
    assert await clips(hass) == {}
    assert not first.exists()
    away.rename(first)
    later(hass, AGAIN_AFTER + timedelta(seconds=5))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await clips(hass)).keys() == before.keys()
    assert not is_open(hass, LIBRARY_NOT_MOVED.kind)


async def test_disk_that_is_gone_for_good_is_let_go_of(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until, tmp_path: Path
) -> None:
    """A person must confirm; no clip is deleted, and the disk can be used again."""
    await record(hass, demo, until)
    before = await clips(hass)
    first = hass.data[DATA].library.folder
    await hass.config_entries.async_unload(demo.entry_id)
    away = first.with_name("away")
    first.rename(away)
    await choose(hass, tmp_path / "second")
    assert await async_setup_component(hass, "repairs", {})
    manager = repairs_flow_manager(hass)
    assert manager is not None

    async def answer(*steps: dict[str, object]) -> RepairsFlowResult:
        result = await manager.async_init(
            DOMAIN, data={"issue_id": LIBRARY_NOT_MOVED.kind}
        )
        for step in steps:
            result = await manager.async_configure(result["flow_id"], step)
        await hass.async_block_till_done(wait_background_tasks=True)
        return result

    result = await answer({"next_step_id": "try_again"})
    assert result["reason"] == "still_there"
    result = await answer({"next_step_id": "leave"})
    assert result["type"] is FlowResultType.FORM
    assert (result["description_placeholders"] or {})["old"] == str(first)
    assert is_open(hass, LIBRARY_NOT_MOVED.kind)
    result = await answer({"next_step_id": "leave"}, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert not is_open(hass, LIBRARY_NOT_MOVED.kind)

    away.rename(first)
    await restart(hass)
    await async_get_domain(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await clips(hass) == {}
    assert all(clip.path.exists() for clip in before.values())
    assert not is_open(hass, LIBRARY_NOT_MOVED.kind)
    # If the folder is chosen again, its clips are listed again.
    await choose(hass, first)
    assert (await clips(hass)).keys() == before.keys()


async def test_clips_that_do_not_fit_stay_and_it_is_said(
    hass: HomeAssistant,
    demo: MockConfigEntry,
    until: Until,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They move when there is space; files of a crashed dialog are deleted at once."""
    await record(hass, demo, until)
    first = hass.data[DATA].library.folder
    before = await clips(hass)
    await hass.config_entries.async_unload(demo.entry_id)
    staged = first / ".staging/preview/clip.mp4"
    staged.parent.mkdir(parents=True)
    staged.write_bytes(b"what somebody looked at")
    mover = "custom_components.doorwatch.engine.clips.upkeep.moving"
    with monkeypatch.context() as patch:
        patch.setattr(f"{mover}.LibraryMover._same_disk", lambda _: False)
        patch.setattr(f"{mover}.space.lacking", lambda _: -1000)
        await choose(hass, tmp_path / "second")
    issue = ir.async_get(hass).async_get_issue(DOMAIN, LIBRARY_NOT_MOVED.kind)
    assert issue is not None
    assert issue.translation_key == "library_not_moved_full"
    assert all(clip.path.exists() for clip in before.values())
    assert not staged.exists()
    later(hass, AGAIN_AFTER + timedelta(seconds=5))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await clips(hass)).keys() == before.keys()
    assert not is_open(hass, LIBRARY_NOT_MOVED.kind)
