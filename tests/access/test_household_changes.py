"""Test notifications and ledger lines about changed settings for sharing."""

from unittest.mock import patch

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.doorwatch.const import (
    CONF_CANCEL_WINDOW,
    CONF_KEEP_DAYS,
    CONF_KEEP_GB,
    CONF_OPEN_TO_PLAYERS,
    CONF_PIN,
    CONF_SENDERS,
    CONF_SHARERS,
    DEFAULT_CANCEL_WINDOW,
)
from custom_components.doorwatch.domain.closed import retention
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.clips.model import ANY
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.household.household import household
from tests.agencies.desk import notifications
from tests.flows.forms import doorbell_entry
from tests.flows.household import change, dismiss_all, home

__all__ = ["home"]


async def test_who_may_share_is_in_the_ledger_and_told(
    hass: HomeAssistant, home: ConfigEntry
) -> None:
    """People are chosen by name, and every administrator is notified."""
    await hass.auth.async_create_user("Owner")  # the first user is an administrator
    kim = await hass.auth.async_create_user("Kim")
    await change(hass, home, **{CONF_SHARERS: [kim.id], CONF_CANCEL_WINDOW: 0})

    assert household(hass).sharers == {kim.id}
    assert household(hass).cancel_window == 0
    line = (await hass.data[DATA].ledger.lines())[-1]
    assert line.kind == "settings_changed"
    assert line.data == {
        "changed": [CONF_CANCEL_WINDOW, CONF_SHARERS],
        CONF_SHARERS: [kim.id],
        CONF_CANCEL_WINDOW: 0,
    }
    assert "rules for sharing" in notifications(hass)


async def test_who_may_send_is_in_the_ledger_and_told(
    hass: HomeAssistant, home: ConfigEntry
) -> None:
    """No one may at first, besides administrators."""
    await hass.auth.async_create_user("Owner")
    kim = await hass.auth.async_create_user("Kim")
    assert household(hass).senders == frozenset()
    await change(hass, home, **{CONF_SENDERS: [kim.id]})

    assert household(hass).senders == {kim.id}
    assert household(hass).sharers == frozenset()
    line = (await hass.data[DATA].ledger.lines())[-1]
    assert line.data == {"changed": [CONF_SENDERS], CONF_SENDERS: [kim.id]}
    assert "rules for sharing" in notifications(hass)


async def test_what_media_players_may_play_is_in_the_ledger_and_told(
    hass: HomeAssistant, home: ConfigEntry
) -> None:
    """Nothing is allowed at first; doorbells are chosen by name."""
    await hass.auth.async_create_user("Owner")
    doorbell = doorbell_entry()
    doorbell.add_to_hass(hass)
    assert household(hass).open_to_players == frozenset()

    await change(hass, home, **{CONF_OPEN_TO_PLAYERS: [doorbell.entry_id]})

    assert household(hass).open_to_players == {doorbell.entry_id}
    line = (await hass.data[DATA].ledger.lines())[-1]
    assert line.data == {
        "changed": [CONF_OPEN_TO_PLAYERS],
        CONF_OPEN_TO_PLAYERS: [doorbell.entry_id],
    }
    assert "media players" in notifications(hass)


async def test_keeping_less_is_nothing_to_tell(
    hass: HomeAssistant, home: ConfigEntry
) -> None:
    """Only settings about sharing are notified."""
    await change(hass, home, **{CONF_KEEP_DAYS: 0, CONF_KEEP_GB: 0})

    kept = retention(hass)
    assert (kept.days, kept.bytes) == ({ANY: None}, None)
    assert not await hass.data[DATA].ledger.lines()
    assert not notifications(hass)


async def test_removing_the_household_is_told(
    hass: HomeAssistant, home: ConfigEntry
) -> None:
    """The settings return to their defaults, which people must see."""
    await change(hass, home, **{CONF_CANCEL_WINDOW: 0})
    dismiss_all(hass)
    await hass.config_entries.async_remove(home.entry_id)

    assert [line.data for line in await hass.data[DATA].ledger.lines()][-1] == {
        "changed": [CONF_CANCEL_WINDOW],
        CONF_CANCEL_WINDOW: DEFAULT_CANCEL_WINDOW,
        "household_removed": True,
    }
    assert "rules for sharing" in notifications(hass)
    await hass.data[DATA].pin_gate.async_check(None)


async def test_a_removed_household_is_told_although_the_ledger_fails(
    hass: HomeAssistant, home: ConfigEntry
) -> None:
    """A full disk doesn't prevent the notification."""
    await change(hass, home, **{CONF_PIN: "1234"})
    dismiss_all(hass)
    with patch(
        "custom_components.doorwatch.engine.sharing.ledger.ledger.Ledger.append",
        side_effect=SharingError("disk_full"),
    ):
        await hass.config_entries.async_remove(home.entry_id)

    assert "PIN for sharing was removed without being entered" in notifications(hass)
    with pytest.raises(SharingError, match="sharing_closed"):
        await hass.data[DATA].pin_gate.async_check(None)


async def test_what_cannot_be_written_to_the_ledger_is_not_changed(
    hass: HomeAssistant, home: ConfigEntry
) -> None:
    """The form shows the reason."""

    with patch(
        "custom_components.doorwatch.engine.sharing.ledger.ledger.Ledger.append",
        side_effect=SharingError("disk_full"),
    ):
        result = await change(hass, home, **{CONF_CANCEL_WINDOW: 0})

    assert result["errors"] == {"base": "disk_full"}
    assert household(hass).cancel_window == 10


async def test_nothing_about_sharing_is_changed_while_there_is_no_ledger(
    hass: HomeAssistant, home: ConfigEntry
) -> None:
    """Days and gigabytes may change, because lower limits free space on a full disk."""
    data = hass.data.pop(DATA)
    refused = await change(hass, home, **{CONF_PIN: "1234"})
    kept = await change(hass, home, **{CONF_KEEP_DAYS: 1})
    hass.data[DATA] = data

    assert refused["errors"] == {"base": "ledger_unusable"}
    assert kept["type"] is FlowResultType.CREATE_ENTRY
    assert household(hass).pin_hash is None
    assert household(hass).keep_days == 1
