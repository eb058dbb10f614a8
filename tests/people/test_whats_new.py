"""Test that news are shown once to people who used Doorwatch before an update."""

from collections.abc import Mapping
from typing import Any

from homeassistant.auth.models import User
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.doorwatch.const import DOMAIN
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.domain.opening import async_get_domain
from custom_components.doorwatch.people.stored import BEFORE_NEWS
from tests.people.test_people import after_a_kill, on_disk
from tests.sharing_fixtures import Home, command


async def _start(hass: HomeAssistant, state: CoreState) -> None:
    """Set up Doorwatch while Home Assistant starts, or later as when adding it."""
    hass.set_state(state)
    assert await async_setup_component(hass, DOMAIN, {})
    await async_get_domain(hass)
    hass.set_state(CoreState.running)


async def test_each_page_is_told_what_the_person_knows(home: Home) -> None:
    """All devices of the person are updated, those of other people are not."""
    kim = await home.user("Kim")
    phone = await home.connect_as(kim)
    tablet = await home.connect_as(kim)
    lee = await home.connect_as(await home.user("Lee"))

    async def told(client: Any) -> str | None:
        news: str | None = (await command(client, type="doorwatch/seen"))["result"][
            "news"
        ]
        return news

    assert await told(phone) is None
    marked = await command(phone, type="doorwatch/seen/mark", seen={}, news="0.10.0")
    assert marked["result"]["news"] == "0.10.0"
    assert await told(tablet) == "0.10.0"
    assert await told(lee) is None
    # A page that was open during the update sends an older version.
    await command(tablet, type="doorwatch/seen/mark", seen={}, news="0.9.0")
    assert await told(phone) == "0.10.0"
    assert (await after_a_kill(home.hass)).news(
        kim.id
    ) is None  # not saved before the crash


async def test_it_stays_told_after_a_start(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    """The person has no other stored data."""
    kim = await home.user("Kim")
    home.data.people.tell_news(kim.id, "0.2.0")

    await on_disk(home.hass, hass_storage)

    assert (await after_a_kill(home.hass)).news(kim.id) == "0.2.0"


@pytest.mark.parametrize("version", ["", "1", "1.2", "v1.2.3", "1.2.3\n", "1.2.33333"])
async def test_what_is_no_version_is_refused(home: Home, version: str) -> None:
    answer = await command(
        await home.connect(), type="doorwatch/seen/mark", seen={}, news=version
    )

    assert answer["error"]["code"] == "invalid_format"


@pytest.mark.usefixtures("enable_custom_integrations")
async def test_who_was_there_before_an_update_is_told(
    hass: HomeAssistant, hass_storage: dict[str, Any], hass_admin_user: User
) -> None:
    """The earlier version stored no data of people; later accounts see no news."""
    await _start(hass, CoreState.not_running)

    later = MockUser(name="Later").add_to_hass(hass)

    assert hass.data[DATA].people.news(hass_admin_user.id) == BEFORE_NEWS
    assert hass.data[DATA].people.news(later.id) is None
    # A restart doesn't change this.
    await on_disk(hass, hass_storage)
    again = await after_a_kill(hass)
    assert again.news(hass_admin_user.id) == BEFORE_NEWS
    assert again.news(later.id) is None


@pytest.mark.usefixtures("enable_custom_integrations")
async def test_a_new_home_is_told_nothing_also_after_its_first_start(
    hass: HomeAssistant, hass_storage: dict[str, Any], hass_admin_user: User
) -> None:
    await _start(hass, CoreState.running)
    assert hass.data[DATA].people.news(hass_admin_user.id) is None
    await on_disk(hass, hass_storage)
    hass.set_state(CoreState.not_running)

    assert (await after_a_kill(hass)).news(hass_admin_user.id) is None


@pytest.mark.parametrize(
    ("stored", "news"),
    [
        ({}, BEFORE_NEWS),
        ({"news": None}, None),
        ({"news": "0.3.0"}, "0.3.0"),
        ({"news": 3}, None),
        ({"news": "next"}, None),
    ],
)
async def test_what_is_stored_says_who_is_told(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    hass_admin_user: User,
    stored: Mapping[str, object],
    news: str | None,
) -> None:
    """People with data from before the first news used Doorwatch already."""
    hass_storage["doorwatch.people"] = {
        "version": 1,
        "key": "doorwatch.people",
        "data": {hass_admin_user.id: {"seen": {}, "drafts": {}, **stored}},
    }

    assert (await after_a_kill(hass)).news(hass_admin_user.id) == news
