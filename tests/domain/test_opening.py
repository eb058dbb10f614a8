"""Test that all parts are opened once, and that a failure leaves nothing open."""

import asyncio
from collections import Counter
import errno
import gc
import threading
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import DATA_DISPATCHER
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.access.guard import async_check_core
from custom_components.doorwatch.access.users import Users
from custom_components.doorwatch.const import (
    CONF_KIND,
    CONF_PIN,
    DOMAIN,
    KIND_HOUSEHOLD,
)
from custom_components.doorwatch.core_interfaces import current_connection
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.domain.opening import (
    async_get_domain,
    async_get_household,
)
from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.tap.pin import FREE_TRIES, hash_pin
from custom_components.doorwatch.flows.pin import async_verify_pin
from custom_components.doorwatch.household.slots import Slots

# Everything that opening awaits or starts, in its order. The first ones need no disk.
HOUSEHOLD = (
    "access.users.Users.async_start",
    "people.people.People.async_start",
    "household.slots.Slots.async_start",
    "requests.noted.Noted.async_load",
    "notices.notices.Notices.async_start",
    "access.home_addresses.HomeAddresses.async_start",
    "consent.proposals.Proposals.start",
)
STEPS = (
    "household.private.private_folder",
    "household.private.PrivateFolder.marked",
    "household.private.PrivateFolder.library_in",
    "engine.clips.library.Library.open",
    "household.private.PrivateFolder.note_library",
    "household.clip_folder.served_by",
    "engine.sharing.ledger.ledger.Ledger.open",
    "engine.clips.library.Library.recover",
    "engine.outside.door.Outside.__aenter__",
    "engine.sharing.signing.keys.HomeKeys.mend",
    "engine.sharing.outbox.outbox.Outbox.open",
    "requests.board.Board.start",
    "actions.previews.HomePreviews.start",
    "engine.sharing.outbox.outbox.Outbox.start",
    "household.maintenance.LibraryMaintenance.start",
    "consent.deliveries.Deliveries.start",
)
FULL = OSError(errno.ENOSPC, "No space left on device")


def in_use(hass: HomeAssistant) -> tuple[object, ...]:
    """Return what an open home has: listeners, signals, threads, and a timer."""
    signals = {
        signal: len(waiting)
        for signal, waiting in hass.data.get(DATA_DISPATCHER, {}).items()
        if waiting
    }
    threads = Counter(
        each.name for each in threading.enumerate() if "doorwatch" in each.name
    )
    listeners = hass.bus.async_listeners()
    listeners.pop(EVENT_HOMEASSISTANT_FINAL_WRITE, None)  # of core's stores
    slots = [each for each in gc.get_objects() if isinstance(each, Slots)]
    waits = [each for each in slots if each._hass is hass and each._wait]
    return listeners, signals, threads, waits


def issues(hass: HomeAssistant) -> set[str]:
    """Return the IDs of our repair issues."""
    return {key for domain, key in ir.async_get(hass).issues if domain == DOMAIN}


async def opens(hass: HomeAssistant) -> bool:
    """Open everything, and return whether the ledger and the outbox can be read."""
    data = await async_get_domain(hass)
    return (await data.ledger.head())[0] == 0 and await data.outbox.list() == []


@pytest.mark.parametrize("step", HOUSEHOLD)
async def test_a_part_of_the_household_that_fails_leaves_nothing_open(
    hass: HomeAssistant, doorwatch: HomeAssistant, step: str
) -> None:
    """The next try opens everything."""
    assert await async_setup_component(hass, DOMAIN, {})
    await async_check_core(hass)  # core itself listens for the stop since then
    before = in_use(hass)

    with (
        patch(f"custom_components.doorwatch.{step}", side_effect=FULL),
        pytest.raises(SharingError, match="ledger_unusable"),
    ):
        await async_get_domain(hass)

    assert DATA not in hass.data
    await hass.async_block_till_done()
    assert in_use(hass) == before
    assert await opens(hass)


@pytest.mark.parametrize("step", STEPS)
async def test_a_step_that_fails_leaves_only_the_household_open(
    hass: HomeAssistant, doorwatch: HomeAssistant, step: str
) -> None:
    """The next try opens everything."""
    assert await async_setup_component(hass, DOMAIN, {})
    household = await async_get_household(hass)
    before = in_use(hass)
    problem = "folder_not_writable" if step.endswith("private_folder") else "disk_full"

    with (
        patch(f"custom_components.doorwatch.{step}", side_effect=FULL),
        pytest.raises(LibraryError, match=problem),
    ):
        await async_get_domain(hass)

    assert DATA not in hass.data
    await hass.async_block_till_done()
    assert in_use(hass) == before
    assert await opens(hass)
    assert hass.data[DATA].people is household.people


async def test_an_entry_waits_until_everything_is_open(
    hass: HomeAssistant, doorwatch: HomeAssistant, demo_entry: MockConfigEntry
) -> None:
    """A repair issue says why, and core tries again."""
    demo_entry.add_to_hass(hass)

    with patch(f"custom_components.doorwatch.{STEPS[-1]}", side_effect=FULL):
        assert not await hass.config_entries.async_setup(demo_entry.entry_id)

    assert demo_entry.state is ConfigEntryState.SETUP_RETRY
    assert demo_entry.error_reason_translation_key == "disk_full"
    assert "disk_full" in issues(hass)
    await hass.async_block_till_done()
    assert await hass.config_entries.async_reload(demo_entry.entry_id)
    assert "disk_full" not in issues(hass)


async def test_wrong_pins_count_without_the_clip_folder(
    hass: HomeAssistant, doorwatch: HomeAssistant
) -> None:
    """Forms that are sent at once share one limit."""
    MockConfigEntry(
        domain=DOMAIN,
        data={CONF_KIND: KIND_HOUSEHOLD},
        options={CONF_PIN: hash_pin("2468")},
    ).add_to_hass(hass)
    with patch(f"custom_components.doorwatch.{STEPS[0]}", side_effect=FULL):
        answers = await asyncio.gather(
            *(async_verify_pin(hass, "1") for _ in range(2 * FREE_TRIES)),
            return_exceptions=True,
        )

    problems = [each.problem for each in answers if isinstance(each, SharingError)]
    assert problems.count("pin_wrong") == FREE_TRIES
    assert problems.count("pin_locked") == FREE_TRIES


async def test_parts_do_not_belong_to_who_opened_them(
    hass: HomeAssistant, doorwatch: HomeAssistant
) -> None:
    """A timer must not take the caller of the first command for its own."""
    seen: list[object] = []
    start = Users.async_start

    async def watched(users: Users) -> None:
        seen.append(current_connection.get())
        await start(users)

    current_connection.set(connection := object())  # type: ignore[arg-type] # any object
    with patch.object(Users, "async_start", watched):
        await async_get_household(hass)

    assert seen == [None]
    assert current_connection.get() is connection
