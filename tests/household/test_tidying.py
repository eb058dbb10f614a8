"""Test that clips are deleted by the rules, at once when the rules change."""

import asyncio
from datetime import timedelta
from typing import Any

from homeassistant.util import dt as dt_util
import pytest

from custom_components.doorwatch.const import CONF_KEEP, CONF_KEEP_DAYS
from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.clips.upkeep import retention
from custom_components.doorwatch.engine.doorbells.base import EventKind
from tests.sharing_fixtures import Home, record
from tests.waiting import cancelled_at_the_deadline


@pytest.fixture
async def old(home: Home, clip_file: Any) -> list[Clip]:
    """Record motion at the front door, 20 to 24 days ago."""

    def put() -> list[Clip]:
        return [
            record(
                home.data,
                home.front.entry_id,
                clip_file,
                f"0199c0de-0000-7000-8000-00000000077{number}",
                started=dt_util.utcnow() - timedelta(days=20 + number),
                kind=EventKind.MOTION,
            )
            for number in range(5)
        ]

    return await home.hass.async_add_executor_job(put)


async def gone(home: Home) -> set[str]:
    """Return the expired clips in the ledger."""
    return await home.data.ledger.clips({"expired"})


async def test_rules_of_a_doorbell_hold_as_soon_as_they_are_set(
    home: Home, old: list[Clip]
) -> None:
    """The rules apply at once; clips of other doorbells are kept."""
    hass = home.hass
    hass.config_entries.async_update_entry(
        home.front, options={**home.front.options, CONF_KEEP: {"motion": 22}}
    )

    await hass.async_block_till_done(wait_background_tasks=True)

    assert await gone(home) == {clip.clip_id for clip in old[2:]}
    assert await home.data.library.get(home.clip.clip_id)
    assert await home.data.library.get(home.back_clip.clip_id)


async def test_a_stop_that_is_cancelled_when_its_time_is_up_is_cancelled(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The current step hangs."""
    monkeypatch.setattr("custom_components.doorwatch.household.tidying.TIMEOUT", 0.1)
    tidying = home.data.maintenance.tidying
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def enforce(*_rules: object) -> list[Clip]:
        begun.set()
        await goes_on.wait()
        return []

    monkeypatch.setattr(Library, "enforce", enforce)
    running = home.hass.async_create_task(tidying.async_tidy())
    await begun.wait()
    await cancelled_at_the_deadline(tidying.async_stop)
    goes_on.set()
    await running


async def test_what_changes_no_rule_begins_nothing(
    home: Home, old: list[Clip], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Removing a doorbell doesn't change the rules for its clips either."""
    asked: list[object] = []

    async def enforce(*rules: object) -> list[Clip]:
        asked.append(rules)
        return []

    monkeypatch.setattr(Library, "enforce", enforce)
    home.configure(sharers=["somebody"])
    await home.hass.config_entries.async_remove(home.back.entry_id)
    await home.hass.async_block_till_done(wait_background_tasks=True)
    assert asked == []

    home.configure(**{CONF_KEEP_DAYS: 3})
    await home.hass.async_block_till_done(wait_background_tasks=True)
    assert len(asked) == 1


async def test_what_somebody_does_meanwhile_comes_between_two_steps(
    home: Home, old: list[Clip], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clip protected meanwhile is kept, and each deleted clip has a ledger line."""
    monkeypatch.setattr(retention, "AT_ONCE", 1)
    library, kept = home.data.library, old[0]
    real = library.enforce
    steps: list[list[str]] = []

    async def enforce(*rules: Any) -> list[Clip]:
        found = await real(*rules)
        steps.append([clip.clip_id for clip in found])
        await library.set_protected(kept.clip_id, True)
        return found

    monkeypatch.setattr(library, "enforce", enforce)
    tidying = home.data.maintenance.tidying
    home.hass.config_entries.async_update_entry(
        home.household, options={**home.household.options, CONF_KEEP: {"motion": 10}}
    )
    await asyncio.gather(tidying.async_tidy(), tidying.async_tidy())
    await home.hass.async_block_till_done(wait_background_tasks=True)

    went = [clip.clip_id for clip in reversed(old[1:])]
    assert [step for step in steps if step] == [[each] for each in went]
    assert await gone(home) == set(went)
    assert (await library.get(kept.clip_id)) is not None


async def test_nothing_more_goes_once_home_assistant_stops(
    home: Home, old: list[Clip], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The current step adds its ledger lines."""
    monkeypatch.setattr(retention, "AT_ONCE", 1)
    tidying = home.data.maintenance.tidying
    library = home.data.library
    real = library.enforce
    stopping: list[asyncio.Task[None]] = []

    async def enforce(*rules: Any) -> list[Clip]:
        if not stopping:
            stopping.append(home.hass.async_create_task(tidying.async_stop()))
        return await real(*rules)

    monkeypatch.setattr(library, "enforce", enforce)
    home.configure(**{CONF_KEEP: {"motion": 10}})
    await home.hass.async_block_till_done(wait_background_tasks=True)
    await asyncio.gather(*stopping)

    assert await gone(home) == {old[-1].clip_id}
