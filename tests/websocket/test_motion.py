"""Test what is sent of motion detection while somebody watches."""

from homeassistant.auth import EVENT_USER_UPDATED
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.doorwatch.const import CONF_PICTURE_MOTION
from custom_components.doorwatch.engine.motion.detector import FrameAnalysis, Verdict
from tests.conftest import Until
from tests.runtime.test_picture_motion import begin, doorbell, looked
from tests.sharing_fixtures import Home, Message, allow, command, event_of, silence

ANALYSIS = FrameAnalysis(
    verdict=Verdict.MOTION, changed=40, boxes=((10.0, 20.5, 30.0, 60.0),)
)
SENT = {"boxes": [[10.0, 20.5, 30.0, 60.0]], "changed": 40, "threshold": 10}


async def subscribe(client: MockHAClientWebSocket, doorbell_id: str) -> Message:
    """Subscribe and return the result."""
    return await command(
        client, type="doorwatch/motion/subscribe", doorbell_id=doorbell_id
    )


def analyze(home: Home) -> None:
    """Report a result of the front door."""
    picture_motion = home.front.runtime_data.picture_motion
    picture_motion._show(picture_motion._watcher, ANALYSIS)


async def test_the_moving_regions_are_sent_while_somebody_watches(
    doorwatch: HomeAssistant, hass_ws_client: WebSocketGenerator, until: Until
) -> None:
    """Somebody comes to the demo doorbell, whose video is analyzed."""
    entry = doorbell(doorwatch, picture_motion=True, cool_down=0)
    await begin(doorwatch, entry, first=8)
    client = await hass_ws_client(doorwatch)
    subscribed = await subscribe(client, entry.entry_id)
    assert subscribed["success"]
    while not (sent := await event_of(client))["boxes"]:
        pass
    for left, top, right, bottom in sent["boxes"]:
        assert 0 <= left < right <= 100
        assert 0 <= top < bottom <= 100
    assert sent["changed"] >= sent["threshold"] == 10

    await command(client, type="unsubscribe_events", subscription=subscribed["id"])
    before = looked(entry)
    await until(lambda: looked(entry) > before + 1)
    await silence(client)


async def test_a_reload_does_not_end_it(home: Home) -> None:
    """Detection in the video is turned on by an option, which reloads the doorbell."""
    client = await home.connect()
    assert (await subscribe(client, home.front.entry_id))["success"]
    home.hass.config_entries.async_update_entry(
        home.front, options={CONF_PICTURE_MOTION: True}
    )
    await home.hass.config_entries.async_reload(home.front.entry_id)
    analyze(home)
    assert await event_of(client) == SENT
    await home.hass.config_entries.async_unload(home.front.entry_id)
    await silence(client)


async def test_who_may_not_see_the_doorbell_any_more_receives_nothing(
    home: Home,
) -> None:
    """A permission that is given back counts again."""
    user = await home.user(read=[home.front])
    client = await home.connect_as(user)
    assert (await subscribe(client, home.front.entry_id))["success"]
    hidden = await subscribe(client, home.back.entry_id)
    assert hidden["error"]["translation_key"] == "no_doorbell"
    for entities, shown in (
        ({}, False),
        ({home.camera(home.front): {"read": True}}, True),
    ):
        allow(user, entities)
        home.hass.bus.async_fire(EVENT_USER_UPDATED, {"user_id": user.id})
        await home.hass.async_block_till_done()
        analyze(home)
        await home.hass.async_block_till_done()
        if shown:
            assert await event_of(client) == SENT
        else:
            await silence(client)
