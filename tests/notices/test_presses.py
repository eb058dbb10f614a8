"""Test that a button snoozes, or runs a script as the person who pressed it."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.doorwatch.const import CONF_NOTICES
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.doorbells.base import EventKind
from tests.notices.inbox import Inbox, inbox

__all__ = ["inbox"]


async def test_snooze_from_the_phone(
    inbox: Inbox, freezer: FrozenDateTimeFactory
) -> None:
    """The snooze lasts an hour, for that doorbell and that person."""
    home = inbox.home
    freezer.move_to("2026-11-27T12:00:00+00:00")
    await inbox.happen(EventKind.RING)
    await inbox.press(
        inbox.of("pixel")[0], "Snooze for 1 hour", device_id="id-of-pixel"
    )
    freezer.move_to("2026-11-27T12:59:00+00:00")
    await inbox.happen(EventKind.RING)
    assert len(inbox.of("pixel")) == 1
    await inbox.happen(EventKind.RING, door=home.back)
    assert len(inbox.of("pixel")) == 2
    freezer.move_to("2026-11-27T13:01:00+00:00")
    await inbox.happen(EventKind.RING)
    assert len(inbox.of("pixel")) == 3


async def test_a_snooze_from_the_phone_never_ends_a_longer_one(
    inbox: Inbox, hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """The snooze is on disk at once."""
    home = inbox.home
    await inbox.happen(EventKind.RING)
    (push,) = inbox.of("pixel")
    long = dt_util.utcnow() + timedelta(hours=9)
    hass.data[DATA].people.snooze(home.admin.id, home.front.entry_id, long)
    hass_storage.pop("doorwatch.people", None)

    await inbox.press(push, "Snooze for 1 hour", device_id="id-of-pixel")

    kept = hass.data[DATA].people.snoozed(home.admin.id, dt_util.utcnow())
    assert kept == {home.front.entry_id: long}
    stored = hass_storage["doorwatch.people"]["data"][home.admin.id]["snoozed"]
    assert stored == {home.front.entry_id: long.isoformat()}


async def test_a_script_that_is_gone_has_no_button(
    inbox: Inbox, hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    """The button of an earlier message does nothing and logs this."""
    hass.config_entries.async_update_entry(
        inbox.home.household,
        options={
            **inbox.home.household.options,
            CONF_NOTICES: {"buttons": [{"name": "Porch", "script": "script.porch"}]},
        },
    )
    hass.states.async_set("script.porch", "off")
    await inbox.happen(EventKind.RING)
    hass.states.async_remove("script.porch")
    await inbox.press(inbox.of("pixel")[0], "Porch", device_id="id-of-pixel")
    assert "its script is missing" in caplog.text
    assert "Traceback" not in caplog.text
    await inbox.happen(EventKind.RING)
    titles = [each["title"] for each in inbox.of("pixel")[1]["data"]["actions"]]
    assert titles == ["Live", "Snooze for 1 hour"]


async def test_the_households_button_runs_its_script_as_who_pressed_it(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """A second press does nothing."""
    hass.config_entries.async_update_entry(
        inbox.home.household,
        options={
            **inbox.home.household.options,
            CONF_NOTICES: {"buttons": [{"name": "Porch", "script": "script.porch"}]},
        },
    )
    hass.states.async_set("script.porch", "off")
    calls = async_mock_service(hass, "script", "turn_on")
    await inbox.happen(EventKind.RING)
    (push,) = inbox.of("iphone")
    await inbox.press(push, "Porch")
    await inbox.press(push, "Porch")
    (call,) = calls
    assert call.data["entity_id"] == "script.porch"
    assert call.context.user_id == inbox.home.admin.id
