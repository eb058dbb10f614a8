"""Test that all parts are opened once, and that a failure leaves nothing open."""

from collections import Counter
import errno
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
from custom_components.doorwatch.const import DOMAIN
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.domain.opening import async_get_domain
from custom_components.doorwatch.engine.clips.errors import LibraryError

# Everything that `_async_open` awaits or starts, in its order.
STEPS = (
    "access.users.Users.async_start",
    "people.people.People.async_start",
    "household.slots.Slots.async_start",
    "notices.notices.Notices.async_start",
    "household.private.PrivateFolder.prepare",
    "household.private.PrivateFolder.marked",
    "household.private.PrivateFolder.library_in",
    "engine.clips.library.Library.open",
    "household.private.PrivateFolder.note_library",
    "domain.opening.served_by",
    "engine.sharing.ledger.ledger.Ledger.open",
    "engine.clips.library.Library.recover",
    "engine.outside.door.Outside.__aenter__",
    "engine.sharing.signing.keys.HomeKeys.mend",
    "engine.sharing.outbox.outbox.Outbox.open",
    "access.home_addresses.HomeAddresses.async_start",
    "requests.board.Board.async_start",
    "household.maintenance.LibraryMaintenance.start",
    "actions.previews.HomePreviews.start",
    "consent.proposals.Proposals.start",
    "consent.deliveries.Deliveries.start",
    "engine.sharing.outbox.outbox.Outbox.start",
)


def in_use(hass: HomeAssistant) -> tuple[object, object, object]:
    """Return what an open home has: listeners, signals it waits for, and threads."""
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
    return listeners, signals, threads


def issues(hass: HomeAssistant) -> set[str]:
    """Return the IDs of our repair issues."""
    return {key for domain, key in ir.async_get(hass).issues if domain == DOMAIN}


@pytest.mark.parametrize("step", STEPS)
async def test_a_step_that_fails_leaves_nothing_open(
    hass: HomeAssistant, doorwatch: HomeAssistant, step: str
) -> None:
    """A repair issue says why, and the next try opens everything."""
    assert await async_setup_component(hass, DOMAIN, {})
    await async_check_core(hass)  # core itself listens for the stop since then
    before = in_use(hass)
    full = OSError(errno.ENOSPC, "No space left on device")
    problem = "folder_not_writable" if step.endswith("prepare") else "disk_full"

    with (
        patch(f"custom_components.doorwatch.{step}", side_effect=full),
        pytest.raises(LibraryError, match=problem),
    ):
        await async_get_domain(hass)

    assert DATA not in hass.data
    assert issues(hass) == {problem}
    await hass.async_block_till_done()
    assert in_use(hass) == before
    data = await async_get_domain(hass)
    assert issues(hass) == set()
    assert (await data.ledger.head())[0] == 0
    assert await data.outbox.list() == []


async def test_an_entry_waits_until_everything_is_open(
    hass: HomeAssistant, doorwatch: HomeAssistant, demo_entry: MockConfigEntry
) -> None:
    """Core tries again."""
    demo_entry.add_to_hass(hass)
    full = OSError(errno.ENOSPC, "No space left on device")

    with patch(f"custom_components.doorwatch.{STEPS[-1]}", side_effect=full):
        assert not await hass.config_entries.async_setup(demo_entry.entry_id)

    assert demo_entry.state is ConfigEntryState.SETUP_RETRY
    assert demo_entry.error_reason_translation_key == "disk_full"
    await hass.async_block_till_done()
    assert await hass.config_entries.async_reload(demo_entry.entry_id)
    assert DATA in hass.data
