"""Test the command about doorbells."""

import pytest

from custom_components.doorwatch.const import (
    CONF_MOTION_ENTITY,
    CONF_ON_EVENT,
    CONF_PICTURE_MOTION,
    CONF_RING_ENTITY,
    CONF_WEBHOOK,
)
from tests.sharing_fixtures import Home, command, event_of


@pytest.mark.parametrize(
    ("options", "detection"),
    [
        ({}, "off"),
        ({CONF_WEBHOOK: True}, "called"),
        ({CONF_RING_ENTITY: "event.bell"}, "called"),
        ({CONF_MOTION_ENTITY: "binary_sensor.hall"}, "on"),
        ({CONF_PICTURE_MOTION: True}, "on"),
        ({CONF_PICTURE_MOTION: True, CONF_ON_EVENT: True}, "off"),
    ],
)
async def test_doorbells_say_whether_motion_is_detected(
    home: Home, options: dict[str, object], detection: str
) -> None:
    """A doorbell that sleeps has no video to look at."""
    home.hass.config_entries.async_update_entry(home.front, options=options)
    answer = await command(await home.connect(), type="doorwatch/doorbells")
    (front, _) = answer["result"]["doorbells"]
    assert front["detection"] == detection
    assert front["sleeps"] == options.get(CONF_ON_EVENT, False)


async def test_an_administrator_turns_motion_detection_on(home: Home) -> None:
    """Pages that are open see the change."""
    client = await home.connect()
    await command(client, type="doorwatch/doorbells/subscribe")
    asked = {"type": "doorwatch/detect_motion", "doorbell_id": home.front.entry_id}
    kim = await home.user("Kim", read=[home.front], control=[home.front])
    refused = await command(await home.connect(await home.login(kim)), **asked)
    assert refused["error"]["code"] == "unauthorized"
    assert not home.front.options.get(CONF_PICTURE_MOTION)

    answer = await command(await home.connect(), **asked)

    assert answer["success"]
    assert home.front.options[CONF_PICTURE_MOTION] is True
    while (await event_of(client))["doorbells"][0]["detection"] != "on":
        pass
    # It is on already.
    again = await command(await home.connect(), **asked)
    assert again["error"]["translation_key"] == "no_doorbell"
    missing = await command(
        await home.connect(), **{**asked, "doorbell_id": home.household.entry_id}
    )
    assert missing["error"]["translation_key"] == "no_doorbell"


async def test_doorbells_say_what_the_user_may(home: Home) -> None:
    """An administrator may do everything."""
    client = await home.connect()

    answer = await command(client, type="doorwatch/doorbells")

    [front, back] = answer["result"]["doorbells"]
    assert front == {
        "doorbell_id": home.front.entry_id,
        "name": "Front",
        "camera_entity_id": home.camera(home.front),
        "connected": False,
        "records": True,
        "detection": "off",
        "sleeps": False,
        "may_share": True,
        "may_control": True,
    }
    assert back["doorbell_id"] == home.back.entry_id


async def test_a_name_turns_no_line_around(home: Home) -> None:
    """Text after the name in a sentence must not be reversed."""
    home.hass.config_entries.async_update_entry(home.front, title="Front\u202etrohS")
    client = await home.connect()

    answer = await command(client, type="doorwatch/doorbells")

    assert answer["result"]["doorbells"][0]["name"] == "FronttrohS"


async def test_a_doorbell_that_is_not_loaded_is_listed_as_away(home: Home) -> None:
    """Its clips still exist."""
    await home.hass.config_entries.async_unload(home.front.entry_id)
    client = await home.connect()

    answer = await command(client, type="doorwatch/doorbells")

    assert answer["result"]["doorbells"][0]["connected"] is False
    assert answer["result"]["doorbells"][0]["camera_entity_id"]
