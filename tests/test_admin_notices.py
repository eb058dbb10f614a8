"""Test texts of agencies in notices for administrators."""

from homeassistant.core import HomeAssistant

from custom_components.doorwatch.admin_notices import plain
from tests.agencies.desk import Desk, desk, type_address

__all__ = ["desk"]


async def test_words_of_an_agency_show_as_they_are(
    hass: HomeAssistant, desk: Desk
) -> None:
    """A name with a link or a picture is shown as plain text."""
    name = "[Police](https://evil.example) <img src=x> {host}"
    desk.publish(name=name)
    result = await type_address(hass, desk.agency.origin)
    shown = result["description_placeholders"]
    assert shown is not None
    for letter in "[]()<>{}":
        assert letter not in shown["name"]
    assert plain("Police 1\n2") == "Police 1\n2"
