"""Test the command about doorbells."""

from tests.sharing_fixtures import Home, command


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
