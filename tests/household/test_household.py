"""What the household's parts tell each other when they open."""

import asyncio
from dataclasses import replace
import io
import json
from pathlib import Path
import tarfile
from unittest.mock import patch

import async_timeout
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import (
    CONF_CANCEL_WINDOW,
    CONF_KIND,
    DOMAIN,
    KIND_HOUSEHOLD,
)
from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.household import household
from custom_components.doorwatch.household.household import async_get_domain
from tests.age_program import desk
from tests.sharing_fixtures import Home, prepare, tap


async def reopen(home: Home) -> None:
    """Stop what belongs to the domain and open it again."""
    home.hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await home.hass.async_block_till_done(wait_background_tasks=True)
    await async_get_domain(home.hass)
    # Index and files, then the ledger, are looked through beside everything else.
    await home.hass.async_block_till_done(wait_background_tasks=True)


async def test_a_start_writes_the_digests_that_a_crash_kept_out(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """The clips of this home were saved, and nobody wrote their lines."""
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
    assert caplog.text.count("digests of 2 clips were missing") == 1


async def test_a_start_makes_up_for_what_was_deleted_without_a_line(
    home: Home,
) -> None:
    """A crash came in between, or the ledger's disk was full until then."""
    library = home.data.library
    front, back = home.clip.clip_id, home.back_clip.clip_id
    await home.data.ledger.append("deleted", {"clip_id": back})
    await library.delete(front)
    await library.delete(back)
    await library.restore(back)
    # What went for good needs no line about coming back.
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
    assert "could not be written to the ledger: disk_full" in caplog.text


async def test_a_package_names_the_other_parts_of_the_event(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked of the library when the package is made."""

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
    async with async_timeout.timeout(60):
        while not await asyncio.to_thread(package.exists):
            await asyncio.sleep(0.02)

    def stated() -> object:
        with tarfile.open(fileobj=io.BytesIO(desk().open(package))) as tar:
            file = tar.extractfile(f"doorwatch-{share_id}/data/share.json")
            assert file is not None
            return json.load(file)["clip"]["other_parts"]

    assert await asyncio.to_thread(stated) == ["0199c0de-part-2"]


async def test_the_household_is_found_by_its_kind(
    hass: HomeAssistant, doorwatch: HomeAssistant
) -> None:
    """Without one, the defaults hold."""
    assert household.household(hass) == household.Household()
    MockConfigEntry(
        domain=DOMAIN,
        data={CONF_KIND: KIND_HOUSEHOLD},
        options={"sharers": ["a"], "keep_days": 1},
    ).add_to_hass(hass)
    assert household.household(hass).sharers == {"a"}
    assert household.household(hass).limits.days == 1
