"""The commands about what agencies ask."""

from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.doorwatch.people.people import people
from tests.engine.sharing.requests.items import request
from tests.requests.asking import around, publish
from tests.sharing_fixtures import Home, Message, command, event_of, result_of


async def followed(
    home: Home, token: str | None = None
) -> tuple[MockHAClientWebSocket, Message]:
    """Follow the requests; return the connection, and what there is."""
    client = await home.connect(token)
    await client.send_json_auto_id({"type": "doorwatch/requests/subscribe"})
    assert (await result_of(client))["success"]
    return client, await event_of(client)


async def test_a_page_is_told_how_each_feed_came_here(home: Home) -> None:
    """At once, and when one is read anew."""
    client, state = await followed(home)
    assert state["feeds"] == []

    await publish(home.hass, home.agency, request("r1", around(home.hass)))
    [feed] = (await event_of(client))["feeds"]
    assert feed["agency_id"] == home.agency.entry_id
    assert feed["agency"] == "Harbour Police"
    assert not feed["group"]
    assert feed["problem"] is None
    assert feed["fetched_at"] < feed["expires_at"]


async def test_who_may_see_no_doorbell_is_told_nothing(home: Home) -> None:
    """Not even which agencies there are."""
    await publish(home.hass, home.agency, request("r1", around(home.hass)))
    stranger = await home.user()
    _, state = await followed(home, await home.login(stranger))
    assert state["feeds"] == state["requests"] == state["doors"] == []


async def test_what_is_not_told_cannot_be_put_away(home: Home) -> None:
    """Else a page could fill what is kept of a person."""
    client = await home.connect()
    answer = await command(
        client,
        type="doorwatch/requests/hide",
        agency_id=home.agency.entry_id,
        item_id="made-up",
        hidden=True,
    )
    assert answer["success"]
    assert people(home.hass).hidden(home.admin.id) == frozenset()
