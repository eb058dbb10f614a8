"""Test the calls between the parts of the household when it opens."""

import asyncio
from dataclasses import replace
import io
import json
from pathlib import Path
import tarfile
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import (
    CONF_CANCEL_WINDOW,
    CONF_KIND,
    DOMAIN,
    KIND_HOUSEHOLD,
)
from custom_components.doorwatch.domain.closed import retention
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.domain.opening import async_get_domain
from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.household import household
from custom_components.doorwatch.household.household import household_entry
from custom_components.doorwatch.household.private import PrivateFolder
from tests import waiting
from tests.age_program import desk
from tests.demo_visits import kinds
from tests.sharing_fixtures import Home, prepare, tap


async def reopen(home: Home) -> None:
    """Stop everything that belongs to the domain and open it again."""
    home.hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await home.hass.async_block_till_done(wait_background_tasks=True)
    await async_get_domain(home.hass)
    # Index, files and ledger are checked in the background.
    await home.hass.async_block_till_done(wait_background_tasks=True)


async def test_a_start_writes_the_digests_that_a_crash_kept_out(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """The clips of this home were saved without ledger lines."""
    await reopen(home)
    await reopen(home)

    late = [
        line.data
        for line in await home.data.ledger.lines(limit=1000)
        if line.kind == "recorded"
    ]
    assert [(line["clip_id"], line["sha256"], line["late"]) for line in late] == [
        (clip.clip_id, clip.sha256, True) for clip in (home.clip, home.back_clip)
    ]
    # A slow machine finds them during setup.
    said = [
        record.getMessage()
        for phase in ("setup", "call")
        for record in caplog.get_records(phase)
    ]
    assert sum("digests of 2 clips were missing" in one for one in said) == 1


async def test_a_start_makes_up_for_what_was_deleted_without_a_line(
    home: Home,
) -> None:
    """Doorwatch crashed in between, or the ledger's disk was full."""
    library = home.data.library
    front, back = home.clip.clip_id, home.back_clip.clip_id
    await home.data.ledger.append("deleted", {"clip_id": back})
    await library.delete(front)
    await library.delete(back)
    await library.restore(back)
    # A permanently deleted clip needs no line about its restoration.
    await home.data.ledger.append("deleted", {"clip_id": "gone"})
    await home.data.ledger.append("expired", {"clip_id": "gone"})
    await home.data.ledger.append("deleted", {"clip_id": "vanished"})

    await reopen(home)
    await reopen(home)

    late = [
        (line.kind, line.data["clip_id"])
        for line in await home.data.ledger.lines(limit=1000)
        if line.data.get("late") and line.kind != "recorded"
    ]
    assert late == [("deleted", front), ("restored_clip", back)]


async def test_digests_that_cannot_be_written_now_hold_nothing_up(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """The next start tries again."""
    with patch(
        "custom_components.doorwatch.engine.sharing.ledger.ledger.Ledger.append_all",
        side_effect=SharingError("disk_full"),
    ):
        await reopen(home)

    assert await home.data.library.get(home.clip.clip_id) is not None
    assert "couldn't be written to the ledger: disk_full" in caplog.text


async def test_a_package_names_the_other_parts_of_the_event(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library returns them when the package is made."""

    async def other_parts(_library: Library, clip: Clip) -> tuple[str, ...]:
        assert replace(clip) == home.clip
        return ("0199c0de-part-2",)

    monkeypatch.setattr(Library, "other_parts", other_parts)
    await reopen(home)
    home.configure(**{CONF_CANCEL_WINDOW: 0})
    client = await home.connect()
    ready = await prepare(client, home)
    answer = await tap(client, home, ready["confirmation"])
    share_id = answer["result"]["response"]["share_id"]
    outbox = Path(home.hass.config.config_dir) / ".storage/doorwatch/outbox"
    package = outbox / f"{share_id}.tar.age"
    await waiting.until(lambda: asyncio.to_thread(package.exists))

    def stated() -> object:
        with tarfile.open(fileobj=io.BytesIO(desk().open(package))) as tar:
            file = tar.extractfile(f"doorwatch-{share_id}/data/share.json")
            assert file is not None
            return json.load(file)["clip"]["other_parts"]

    assert await asyncio.to_thread(stated) == ["0199c0de-part-2"]


async def test_the_household_is_found_by_its_kind(
    hass: HomeAssistant, doorwatch: HomeAssistant
) -> None:
    """Without a household entry, the defaults apply."""
    assert household.household(hass) == household.Household()
    MockConfigEntry(
        domain=DOMAIN,
        data={CONF_KIND: KIND_HOUSEHOLD},
        options={"sharers": ["a"], "keep_days": 1},
    ).add_to_hass(hass)
    assert household.household(hass).sharers == {"a"}
    assert retention(hass).days == {"any": 1}


async def test_an_unusable_folder_is_a_repair_and_tried_again(
    hass: HomeAssistant,
    doorwatch: HomeAssistant,
    demo_entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    """Nothing stays open in between."""
    place = Path(hass.config.config_dir) / "doorwatch"
    await hass.async_add_executor_job(place.write_text, "in the way")
    demo_entry.add_to_hass(hass)

    assert not await hass.config_entries.async_setup(demo_entry.entry_id)
    assert demo_entry.state is ConfigEntryState.SETUP_RETRY
    assert demo_entry.error_reason_translation_key == "folder_not_writable"
    assert issue_registry.async_get_issue(DOMAIN, "folder_not_writable") is not None
    assert DATA not in hass.data
    await hass.async_block_till_done()
    # The folder is changed in the options of this entry.
    assert household_entry(hass) is not None

    await hass.async_add_executor_job(place.unlink)
    assert await hass.config_entries.async_reload(demo_entry.entry_id)
    assert issue_registry.async_get_issue(DOMAIN, "folder_not_writable") is None


async def test_the_domain_is_made_once(
    hass: HomeAssistant, doorwatch: HomeAssistant
) -> None:
    """Two concurrent calls get the same object."""
    first, second = await asyncio.gather(async_get_domain(hass), async_get_domain(hass))

    assert first is second
    private = Path(hass.config.config_dir) / ".storage" / DOMAIN
    assert private.stat().st_mode & 0o777 == 0o700


async def test_nothing_is_opened_while_home_assistant_stops(
    hass: HomeAssistant, doorwatch: HomeAssistant
) -> None:
    """Nothing would close it."""
    with (
        patch.object(type(hass), "is_stopping", True),
        pytest.raises(LibraryError, match="library_unavailable"),
    ):
        await async_get_domain(hass)

    assert DATA not in hass.data


async def test_a_start_from_a_backup_is_noticed(
    hass: HomeAssistant, doorwatch: HomeAssistant
) -> None:
    """The mark is removed, and the ledger has a line."""
    private = PrivateFolder(hass.config.config_dir)
    await hass.async_add_executor_job(private.mark)

    await async_get_domain(hass)

    assert not private.marked()
    assert "restored" in await kinds(hass)


async def test_a_crash_leaves_no_copies_in_the_staging_folder(
    hass: HomeAssistant, doorwatch: HomeAssistant
) -> None:
    """No confirmation for them is valid any more."""
    left = Path(hass.config.config_dir) / "doorwatch/.staging/abc/clip.mp4"
    await hass.async_add_executor_job(lambda: left.parent.mkdir(parents=True))
    await hass.async_add_executor_job(left.write_bytes, b"copy")

    await async_get_domain(hass)

    assert not left.exists()


async def test_a_stop_leaves_no_copies_in_the_staging_folder(
    hass: HomeAssistant, doorwatch: HomeAssistant
) -> None:
    """The next start may be much later, and a thread may write until the stop."""
    data = await async_get_domain(hass)
    late = data.library.folder / ".staging/abc/clip.mp4"
    await hass.async_add_executor_job(lambda: late.parent.mkdir(parents=True))
    await hass.async_add_executor_job(late.write_bytes, b"copy")

    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()

    assert not late.exists()
