"""Whose phones there are, and why one cannot be reached."""

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant

from custom_components.doorwatch.notices.phones import phones_of
from tests.notices.inbox import Inbox, inbox

__all__ = ["inbox"]


def problems(inbox: Inbox, user_id: str | None = None) -> dict[str, str | None]:
    """Say of each phone of a person what is wrong with it."""
    found = phones_of(inbox.home.hass, user_id or inbox.home.admin.id)
    return {phone.name: phone.problem for phone in found}


async def test_a_phone_is_its_entry(inbox: Inbox, hass: HomeAssistant) -> None:
    """With the account that registered it."""
    iphone, pixel = phones_of(hass, inbox.home.admin.id)
    assert (iphone.apple, pixel.apple) == (True, False)
    assert (iphone.service, pixel.service) == (
        "mobile_app_iphone",
        "mobile_app_pixel",
    )
    assert problems(inbox) == {"iphone": None, "pixel": None}
    assert problems(inbox, "nobody") == {}


async def test_names_that_look_different_and_are_one_action(inbox: Inbox) -> None:
    """Core makes one action of both; neither is reached."""
    await inbox.register("second", user_id="other", name="Pixel!")
    assert problems(inbox) == {"iphone": None, "pixel": "same_name"}
    assert problems(inbox, "other") == {"Pixel!": "same_name"}


async def test_a_name_is_one_line(inbox: Inbox) -> None:
    """In the log and on the page, whatever a person types into the app."""
    await inbox.register("odd", user_id="other", name=" Kim\n2026 ERROR\tphone\x0b ")
    await inbox.register("emoji", user_id="other", name="\N{MOBILE PHONE}")
    await inbox.register("turned", user_id="other", name="\u202eenohp s'miK")
    assert problems(inbox, "other") == {
        "Kim 2026 ERROR phone": None,
        "\\u202eenohp s'miK": None,
        "\N{MOBILE PHONE}": None,
    }


async def test_a_phone_that_is_switched_off_at_home_takes_no_name(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """A disabled entry has no action."""
    other = await inbox.register("second", user_id="other", name="PIXEL")
    await hass.config_entries.async_set_disabled_by(
        other.entry_id, ConfigEntryDisabler.USER
    )
    assert problems(inbox) == {"iphone": None, "pixel": None}
    assert problems(inbox, "other") == {}


async def test_an_app_that_may_not_notify(inbox: Inbox) -> None:
    """It registered without a way to reach it."""
    await inbox.register("tablet", reachable=False)
    assert problems(inbox)["tablet"] == "no_push"


async def test_an_entry_that_is_not_loaded(inbox: Inbox, hass: HomeAssistant) -> None:
    """Nothing can go out through it."""
    entry = next(
        one
        for one in hass.config_entries.async_entries("mobile_app")
        if one.title == "pixel"
    )
    await hass.config_entries.async_unload(entry.entry_id)
    assert problems(inbox)["pixel"] == "not_loaded"
