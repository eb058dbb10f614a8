"""Tests of the flows of the household."""

import asyncio
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import (
    SOURCE_IMPORT,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData
from homeassistant.helpers.storage import Store
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.access.pin_gate import PinGate
from custom_components.doorwatch.const import (
    CONF_CANCEL_WINDOW,
    CONF_CLIENT_ADDRESSES,
    CONF_FOLDER,
    CONF_KEEP,
    CONF_KEEP_DAYS,
    CONF_KEEP_GB,
    CONF_KIND,
    CONF_NOTICES,
    CONF_OPEN_TO_PLAYERS,
    CONF_PIN,
    CONF_SENDERS,
    CONF_SHARERS,
    DOMAIN,
    KIND_HOUSEHOLD,
)
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.tap.pin import (
    FREE_TRIES,
    PinLocked,
    hash_pin,
    verify_pin,
)
from custom_components.doorwatch.household.household import household
from tests.agencies.desk import notifications
from tests.flows.household import PAGES, change, dismiss_all, fill_in, home, open_page
from tests.renewed import renew

__all__ = ["home"]

pytestmark = pytest.mark.usefixtures("installed")


async def test_there_is_one_household(hass: HomeAssistant, home: ConfigEntry) -> None:
    """Two households could contradict each other."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_IMPORT}, data={CONF_KIND: KIND_HOUSEHOLD}
    )

    assert result["reason"] == "already_configured"


async def test_a_pin_is_set_kept_and_removed(
    hass: HomeAssistant, home: ConfigEntry
) -> None:
    """The PIN is stored as a hash."""
    result = await change(hass, home, **{CONF_PIN: "123"})
    assert result["errors"] == {CONF_PIN: "pin_length"}
    await change(hass, home, **{CONF_PIN: "1234"})
    stored = household(hass).pin_hash
    assert stored is not None
    assert "1234" not in stored
    assert verify_pin("1234", stored)

    await change(hass, home, remove_pin=False)
    assert household(hass).pin_hash == stored

    await change(hass, home, remove_pin=True, current_pin="1234")
    assert household(hass).pin_hash is None
    lines = await hass.data[DATA].ledger.lines()
    assert [line.data for line in lines] == [
        {"changed": [CONF_PIN], "pin_set": True},
        {"changed": [CONF_PIN], "pin_set": False},
    ]


@pytest.mark.parametrize("wish", [{CONF_PIN: "9999"}, {"remove_pin": True}])
async def test_a_pin_is_changed_only_by_who_knows_it(
    hass: HomeAssistant, home: ConfigEntry, wish: dict[str, Any]
) -> None:
    """A tablet logged in as an administrator doesn't know it, and attempts are limited."""
    await change(hass, home, **{CONF_PIN: "1234"})
    stored = household(hass).pin_hash
    result = await change(hass, home, **wish)
    assert result["errors"] == {"current_pin": "pin_required"}
    for _ in range(FREE_TRIES):
        result = await change(hass, home, **wish, current_pin="4321")
        assert result["errors"] == {"current_pin": "pin_wrong"}
    assert "4321" not in str(result)
    assert str(stored) not in str(result)

    # The gate is shared with the share dialog, which is locked too.
    result = await change(hass, home, **wish, current_pin="1234")
    assert result["errors"] == {"current_pin": "pin_locked"}
    assert 0 < int((result["description_placeholders"] or {})["seconds"]) <= 60
    with pytest.raises(PinLocked):
        await hass.data[DATA].pin_gate.async_check("1234")
    assert household(hass).pin_hash == stored
    refused = (await hass.data[DATA].ledger.lines())[-1]
    assert (refused.kind, refused.data["reason"]) == ("refused", "settings_pin_locked")
    assert (await hass.data[DATA].ledger.counts())["refused"] == FREE_TRIES + 1


async def test_a_forgotten_pin_goes_and_closes_sharing_for_a_day(
    hass: HomeAssistant, home: ConfigEntry
) -> None:
    """Everyone can notice the reset, and it doesn't allow sharing at once."""
    await change(hass, home, **{CONF_PIN: "1234"})
    dismiss_all(hass)
    await change(hass, home, pin_unknown=True)

    assert household(hass).pin_hash is None
    assert set(home.options) == {CONF_NOTICES}
    line = (await hass.data[DATA].ledger.lines())[-1]
    assert line.data == {"changed": [CONF_PIN], "pin_set": False, "pin_unknown": True}
    assert "PIN for sharing was removed without being entered" in notifications(hass)
    with pytest.raises(SharingError, match="sharing_closed"):
        await hass.data[DATA].pin_gate.async_check(None)

    # Neither a new PIN nor a restart shortens the lock.
    await change(hass, home, **{CONF_PIN: "98765"})
    renew(hass.data[DATA].pin_gate, PinGate(hass))
    with pytest.raises(SharingError, match="sharing_closed"):
        await hass.data[DATA].pin_gate.async_check("98765")


async def test_who_forgot_the_pin_changes_nothing_else_with_it(
    hass: HomeAssistant, home: ConfigEntry
) -> None:
    """The PIN can't be changed in the same step, and other pages don't have the field."""
    await change(hass, home, **{CONF_PIN: "1234"})
    before = dict(home.options)

    result = await change(hass, home, **{CONF_PIN: "98765", "pin_unknown": True})

    assert result["errors"] == {"pin_unknown": "pin_unknown_alone"}
    for page in PAGES.keys() - {"pin"}:
        form = await open_page(hass, home, page)
        with pytest.raises(InvalidData):
            await fill_in(hass, form, pin_unknown=True)
    assert home.options == before
    await hass.data[DATA].pin_gate.async_check("1234")


@pytest.mark.parametrize(
    "weaker",
    [
        {CONF_SHARERS: ["kim", "pat"]},
        # Replacing a person also adds one.
        {CONF_SHARERS: ["pat"]},
        {CONF_SENDERS: ["kim", "pat"]},
        {CONF_CLIENT_ADDRESSES: ["https://home.example.org", "https://b.example"]},
        {CONF_CLIENT_ADDRESSES: ["https://b.example"]},
        {CONF_CANCEL_WINDOW: 59},
        {CONF_CANCEL_WINDOW: 0},
        {CONF_PIN: "98765"},
        {"remove_pin": True},
    ],
)
async def test_what_weakens_the_guard_needs_the_pin(
    hass: HomeAssistant, home: ConfigEntry, weaker: dict[str, Any]
) -> None:
    """A tablet logged in as an administrator doesn't know it."""
    await hass.auth.async_create_user("Owner")
    people = {
        name: (await hass.auth.async_create_user(name)).id for name in ("kim", "pat")
    }
    strong: dict[str, Any] = {
        CONF_SHARERS: [people["kim"]],
        CONF_SENDERS: [people["kim"]],
        CONF_CLIENT_ADDRESSES: ["https://home.example.org"],
        CONF_CANCEL_WINDOW: 60,
    }
    await change(hass, home, **strong, **{CONF_PIN: "1234"})
    before = dict(home.options)
    wish = strong | weaker
    for key in (CONF_SHARERS, CONF_SENDERS):
        wish[key] = [people.get(each, each) for each in wish[key]]

    async def send(**more: Any) -> ConfigFlowResult:
        return await change(hass, home, **wish, **more)

    assert (await send())["errors"] == {"current_pin": "pin_required"}
    for _ in range(FREE_TRIES):
        answer = await send(current_pin="4321")
        assert answer["errors"] == {"current_pin": "pin_wrong"}
    assert (await send(current_pin="1234"))["errors"] == {"current_pin": "pin_locked"}
    with pytest.raises(PinLocked):
        await hass.data[DATA].pin_gate.async_check("1234")
    assert home.options == before

    renew(hass.data[DATA].pin_gate, PinGate(hass))
    await Store[Any](hass, 1, "doorwatch.pin").async_remove()  # as if the lock ended
    assert not (await send(current_pin="1234")).get("errors")
    assert home.options != before


@pytest.mark.parametrize(
    "stronger",
    [
        {CONF_SHARERS: []},
        {CONF_SENDERS: []},
        {CONF_CLIENT_ADDRESSES: []},
        {CONF_CANCEL_WINDOW: 61},
        {CONF_KEEP_DAYS: 1},
    ],
)
async def test_what_weakens_nothing_needs_no_pin(
    hass: HomeAssistant, home: ConfigEntry, stronger: dict[str, Any]
) -> None:
    """Anyone who notices a problem can act at once."""
    await hass.auth.async_create_user("Owner")
    kim = await hass.auth.async_create_user("Kim")
    strong = {
        CONF_SHARERS: [kim.id],
        CONF_SENDERS: [kim.id],
        CONF_CLIENT_ADDRESSES: ["https://home.example.org"],
        CONF_CANCEL_WINDOW: 60,
    }
    await change(hass, home, **strong, **{CONF_PIN: "1234"})

    result = await change(hass, home, **strong | stronger)

    assert not result.get("errors")


async def test_two_forms_at_once_get_around_no_pin(
    hass: HomeAssistant, home: ConfigEntry
) -> None:
    """The second form is compared with the options saved by the first."""
    first, second = [await open_page(hass, home, page) for page in ("pin", "sharing")]

    answers = await asyncio.gather(
        fill_in(hass, first, **{CONF_PIN: "1234"}),
        fill_in(hass, second, **{CONF_CANCEL_WINDOW: 0}),
    )

    assert answers[1]["errors"] == {"current_pin": "pin_required"}
    assert household(hass).cancel_window == 10
    await hass.data[DATA].pin_gate.async_check("1234")


async def test_a_household_of_before_has_no_addresses_and_goes_on(
    hass: HomeAssistant,
) -> None:
    """The stored options don't contain addresses, and its PIN can still be reset."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        unique_id=KIND_HOUSEHOLD,
        data={CONF_KIND: KIND_HOUSEHOLD},
        options={
            CONF_KEEP_DAYS: 30,
            CONF_KEEP_GB: 20,
            CONF_SHARERS: [],
            CONF_PIN: await hass.async_add_executor_job(hash_pin, "1234"),
            CONF_CANCEL_WINDOW: 10,
            CONF_OPEN_TO_PLAYERS: [],
        },
    )
    entry.add_to_hass(hass)
    assert household(hass).client_addresses == frozenset()
    assert await hass.config_entries.async_setup(entry.entry_id)

    result = await change(hass, entry, pin_unknown=True)

    assert not result.get("errors")
    assert household(hass).pin_hash is None


async def test_a_forgotten_pin_stays_while_the_ledger_cannot_tell(
    hass: HomeAssistant, home: ConfigEntry
) -> None:
    """Sharing isn't locked either."""
    await change(hass, home, **{CONF_PIN: "1234"})
    with patch(
        "custom_components.doorwatch.engine.sharing.ledger.ledger.Ledger.append",
        side_effect=SharingError("disk_full"),
    ):
        result = await change(hass, home, pin_unknown=True)

    assert result["errors"] == {"base": "disk_full"}
    await hass.data[DATA].pin_gate.async_check("1234")


async def test_a_known_pin_is_replaced(hass: HomeAssistant, home: ConfigEntry) -> None:
    """Other settings don't need the PIN and don't change."""
    await change(hass, home, **{CONF_PIN: "1234"})
    await change(hass, home, **{CONF_KEEP_DAYS: 90})
    result = await change(hass, home, **{CONF_PIN: "98765"})
    assert result["errors"] == {"current_pin": "pin_required"}
    await fill_in(hass, result, **{CONF_PIN: "98765", "current_pin": "1234"})

    assert household(hass).keep_days == 90
    assert set(home.options) == {
        *PAGES["storage"] - {CONF_KEEP, CONF_FOLDER},
        CONF_PIN,
        CONF_NOTICES,
    }
    assert verify_pin("98765", home.options[CONF_PIN])
    await hass.data[DATA].pin_gate.async_check("98765")


async def test_reconfigure_of_the_household_leads_to_its_options(
    hass: HomeAssistant, home: ConfigEntry
) -> None:
    """Core offers Reconfigure for all entries if an integration supports it."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": home.entry_id}
    )

    assert result["reason"] == "nothing_to_change"


async def test_who_gets_rid_of_the_pin_cannot_share_for_a_day(
    hass: HomeAssistant, home: ConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Deleting the household notifies everyone, and nothing shortens the lock."""
    await change(hass, home, **{CONF_PIN: "1234"})
    dismiss_all(hass)
    await hass.config_entries.async_remove(home.entry_id)

    assert household(hass).pin_hash is None
    assert [line.data for line in await hass.data[DATA].ledger.lines()][-1] == {
        "changed": [CONF_PIN],
        "pin_set": False,
        "household_removed": True,
    }
    assert "PIN for sharing was removed without being entered" in notifications(hass)
    with pytest.raises(SharingError, match="sharing_closed") as refused:
        await hass.data[DATA].pin_gate.async_check(None)
    assert refused.value.placeholders == {"hours": "24"}

    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_IMPORT}, data={CONF_KIND: KIND_HOUSEHOLD}
    )
    await change(hass, result["result"], **{CONF_PIN: "5678"})
    renew(hass.data[DATA].pin_gate, PinGate(hass))
    freezer.tick(timedelta(hours=23, minutes=30))
    with pytest.raises(SharingError, match="sharing_closed") as refused:
        await hass.data[DATA].pin_gate.async_check("5678")
    assert refused.value.placeholders == {"hours": "1"}

    freezer.tick(timedelta(hours=1))
    with pytest.raises(SharingError, match="pin_required"):
        await hass.data[DATA].pin_gate.async_check(None)
    await hass.data[DATA].pin_gate.async_check("5678")


async def test_a_clock_that_is_set_back_closes_sharing_for_no_longer(
    hass: HomeAssistant, home: ConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """The lock lasts at most a day from the new time."""
    await change(hass, home, **{CONF_PIN: "1234"})
    freezer.tick(timedelta(days=1000))
    await hass.config_entries.async_remove(home.entry_id)
    freezer.tick(timedelta(days=-900))
    with pytest.raises(SharingError, match="sharing_closed") as refused:
        await hass.data[DATA].pin_gate.async_check(None)
    assert refused.value.placeholders == {"hours": "24"}
    freezer.tick(timedelta(hours=25))
    await hass.data[DATA].pin_gate.async_check(None)
