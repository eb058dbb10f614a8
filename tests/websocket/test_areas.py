"""Test the commands about areas to watch."""

import pytest

from custom_components.doorwatch.const import CONF_AREAS
from custom_components.doorwatch.engine.motion.areas import parse
from tests.sharing_fixtures import Home, command, silence


async def test_areas_are_stored_as_a_person_would_type_them(home: Home) -> None:
    client = await home.connect()
    door = {"doorbell_id": home.front.entry_id}
    drawn = [[[0, 40], [100, 40], [100, 100]], [[10, 10.04], [30.26, 25]]]

    answer = await command(client, type="doorwatch/areas/set", **door, areas=drawn)
    await home.hass.async_block_till_done()

    assert answer["result"]["changed"] is True
    stored = home.front.options[CONF_AREAS]
    assert stored == "0,40 100,40 100,100; 10,10 30.3,10 30.3,25 10,25"
    answer = await command(client, type="doorwatch/areas/get", **door)
    assert answer["result"]["areas"] == [
        [list(corner) for corner in area] for area in parse(stored)
    ]
    answer = await command(client, type="doorwatch/areas/set", **door, areas=[])
    await home.hass.async_block_till_done()
    answer = await command(client, type="doorwatch/areas/get", **door)
    assert answer["result"]["areas"] == []
    answer = await command(client, type="doorwatch/areas/set", **door, areas=[])
    assert answer["result"]["changed"] is False


@pytest.mark.parametrize(
    ("areas", "problem"),
    [
        ([[[0, 0], [101, 50], [50, 100]]], "areas_outside"),
        ([[[5, 5]]], "areas_too_few"),
        ([[[1, 1], [20, 20]]] * 21, "areas_too_many"),
        ([[[-1, 0], [10, 10]]], "areas_not_corners"),
    ],
)
async def test_areas_that_are_none_are_refused(
    home: Home, areas: object, problem: str
) -> None:
    client = await home.connect()
    answer = await command(
        client,
        type="doorwatch/areas/set",
        doorbell_id=home.front.entry_id,
        areas=areas,
    )
    assert answer["error"]["code"] == problem
    assert CONF_AREAS not in home.front.options


async def test_stored_areas_that_cannot_be_read_are_none(home: Home) -> None:
    """Saving new areas repairs them."""
    object.__setattr__(home.front, "options", {CONF_AREAS: "here and there"})
    client = await home.connect()

    answer = await command(
        client, type="doorwatch/areas/get", doorbell_id=home.front.entry_id
    )

    assert answer["result"]["areas"] == []


async def test_areas_are_for_administrators_and_for_doorbells(home: Home) -> None:
    owner = await home.user("Jo", control=[home.front])
    client = await home.connect_as(owner)
    for more in (
        {"type": "doorwatch/areas/get"},
        {"type": "doorwatch/areas/set", "areas": []},
    ):
        answer = await command(client, doorbell_id=home.front.entry_id, **more)
        assert answer["error"]["code"] == "unauthorized"
    admin = await home.connect()
    answer = await command(
        admin, type="doorwatch/areas/get", doorbell_id=home.agency.entry_id
    )
    assert answer["error"]["code"] == "no_doorbell"
    await silence(admin)
