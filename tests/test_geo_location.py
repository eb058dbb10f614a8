"""Test the requests of agencies on Home Assistant's map."""

from dataclasses import replace
from datetime import timedelta

from homeassistant.helpers import entity_registry as er

from custom_components.doorwatch.const import CONF_ON_MAP, CONF_REQUESTS
from tests.engine.sharing.requests.items import BEGINS, request, square
from tests.requests.asking import around, publish
from tests.requests.test_board import asked
from tests.sharing_fixtures import Home
from tests.waiting import until


def markers(home: Home) -> dict[str, str]:
    """Return the names of the markers by request id."""
    return {
        state.attributes["request_id"]: state.name
        for state in home.hass.states.async_all("geo_location")
    }


def registered(home: Home) -> dict[str, str | None]:
    """Return the names in the entity registry by unique id."""
    entries = er.async_entries_for_config_entry(
        er.async_get(home.hass), home.household.entry_id
    )
    return {
        one.unique_id: one.original_name
        for one in entries
        if one.domain == "geo_location"
    }


async def test_nothing_is_on_the_map_unless_the_household_wishes_it(home: Home) -> None:
    """The map is opt-in, because it loads its images from the internet."""
    await asked(home, request("r1", around(home.hass)))
    assert markers(home) == {}
    home.configure(**{CONF_REQUESTS: {CONF_ON_MAP: True}})
    await until(lambda: markers(home) == {"r1": "Request r1"})
    [state] = home.hass.states.async_all("geo_location")
    assert abs(state.attributes["latitude"] - home.hass.config.latitude) < 0.0001
    assert abs(state.attributes["longitude"] - home.hass.config.longitude) < 0.0001
    assert state.attributes["source"] == "doorwatch"
    # Markers don't depend on clips, so they don't reveal when a clip matches.
    early = (BEGINS - timedelta(hours=1), BEGINS)
    await asked(
        home,
        request("r1", around(home.hass)),
        request("early", around(home.hass), window=early),
    )
    await until(lambda: set(markers(home)) == {"r1", "early"})
    before = home.hass.states.async_all("geo_location")
    await home.hass.services.async_call(
        "doorwatch", "delete_clip", {"clip_id": home.clip.clip_id}, blocking=True
    )
    await until(
        lambda: [len(one.clips) for one in home.data.requests.concerns] == [1, 0]
    )
    assert home.hass.states.async_all("geo_location") == before
    home.configure(**{CONF_REQUESTS: {}})
    await until(lambda: markers(home) == {})


async def test_a_marker_comes_and_goes_with_its_request(home: Home) -> None:
    """Only open requests about this home have a marker, which follows changes of the request."""
    home.configure(**{CONF_REQUESTS: {CONF_ON_MAP: True}})
    area = around(home.hass)
    await publish(
        home.hass,
        home.agency,
        request("r1", area),
        request("far", square(1.0, 1.0)),
        request("closed", area, closed=True),
    )
    await until(lambda: set(markers(home)) == {"r1"})
    unique_id = f"{home.agency.entry_id}_r1"
    assert registered(home) == {unique_id: "Request r1"}
    [state] = home.hass.states.async_all("geo_location")
    assert "icon" not in state.attributes  # the icon is in icons.json
    changed = replace(request("r1", area), title="Another title")
    await publish(home.hass, home.agency, changed)
    await until(lambda: markers(home) == {"r1": "Another title"})
    assert registered(home) == {unique_id: "Another title"}
    assert home.hass.states.async_entity_ids("geo_location") == [state.entity_id]
    await publish(home.hass, home.agency, request("r2", area))
    await until(lambda: set(markers(home)) == {"r2"})
    assert registered(home) == {f"{home.agency.entry_id}_r2": "Request r2"}
    await home.hass.config_entries.async_reload(home.household.entry_id)
    await until(lambda: set(markers(home)) == {"r2"})


async def test_no_title_stays_in_the_entity_registry(home: Home) -> None:
    """Titles are removed when the request ends during a reload, and while the entry is unloaded."""
    home.configure(**{CONF_REQUESTS: {CONF_ON_MAP: True}})
    await asked(home, request("r1", around(home.hass)))
    await until(lambda: set(markers(home)) == {"r1"})
    # As after a crash of Home Assistant.
    registry = er.async_get(home.hass)
    registry.async_get_or_create(
        "geo_location",
        "doorwatch",
        f"{home.agency.entry_id}_ended",
        config_entry=home.household,
        original_name="Request ended",
    )
    entity_id = home.hass.states.async_entity_ids("geo_location")[0]
    registry.async_update_entity(entity_id, name="Our street")
    await home.hass.config_entries.async_reload(home.household.entry_id)
    await until(lambda: markers(home) == {"r1": "Our street"})
    assert registered(home) == {f"{home.agency.entry_id}_r1": "Request r1"}
    await home.hass.config_entries.async_unload(home.household.entry_id)
    assert registered(home) == {}
    assert home.hass.states.async_entity_ids("geo_location") == []


async def test_what_somebody_may_not_see_is_on_no_map(home: Home) -> None:
    """All users can read all states."""
    home.configure(**{CONF_REQUESTS: {CONF_ON_MAP: True}})
    await asked(home, request("r1", around(home.hass)))
    await until(lambda: set(markers(home)) == {"r1"})
    kim = await home.user("Kim")
    await until(lambda: markers(home) == {})
    await home.hass.auth.async_remove_user(kim)
    await until(lambda: set(markers(home)) == {"r1"})


async def test_no_agency_chooses_the_ids_of_entities(home: Home) -> None:
    """The agency's id of a request may be too long for an entity id."""
    home.configure(**{CONF_REQUESTS: {CONF_ON_MAP: True}})
    area = around(home.hass)
    titles = ["\u8b66" * 200, "Front door unlocked", "\U0001f6a8"]
    await asked(home, *(replace(request(title, area), title=title) for title in titles))
    await until(lambda: sorted(markers(home).values()) == sorted(titles))
    ids = home.hass.states.async_entity_ids("geo_location")
    assert sorted(ids) == [
        "geo_location.doorwatch_request",
        "geo_location.doorwatch_request_2",
        "geo_location.doorwatch_request_3",
    ]
