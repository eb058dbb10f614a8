"""Test sending messages and reporting failures."""

import asyncio
from dataclasses import replace

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.notices.message import Message
from custom_components.doorwatch.people.wishes import Level
from tests.notices.inbox import Inbox, inbox
from tests.sharing_fixtures import command

__all__ = ["inbox"]


async def test_what_core_says_of_a_failure_is_shown(
    inbox: Inbox, hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    """It is shown until a message is sent; the log contains the phone's name only."""

    async def refuse(_call: ServiceCall) -> None:
        raise HomeAssistantError("webhook id secret-of-the-phone is not connected")

    hass.services.async_register("notify", "mobile_app_pixel", refuse)
    caplog.clear()
    await inbox.happen(EventKind.RING)
    client = await inbox.home.connect()

    async def failed() -> dict[str, bool]:
        answer = await command(client, type="doorwatch/notices")
        return {
            one["name"]: one["failed_at"] is not None
            for one in answer["result"]["phones"]
        }

    assert await failed() == {"iphone": False, "pixel": True}
    warnings = [
        record.getMessage()
        for record in caplog.records
        if record.levelname == "WARNING" and "doorwatch" in record.name
    ]
    assert warnings == ["A notification didn't reach the phone pixel"]

    async def take(_call: ServiceCall) -> None:
        """Accept the call."""

    hass.services.async_register("notify", "mobile_app_pixel", take)
    await inbox.happen(EventKind.RING)
    assert await failed() == {"iphone": False, "pixel": False}


async def test_the_clip_does_not_overtake_the_ring(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """The push server is slow; another ring doesn't wait."""
    sender, user = hass.data[DATA].notices.sender, inbox.home.admin
    ring = Message(
        title="Front",
        text="Someone rang the doorbell.",
        tag="visit",
        page="/doorwatch",
        channel="At the door",
        level=Level.ON,
    )
    inbox.quick.clear()
    asked: list[str] = []

    async def take(call: ServiceCall) -> None:
        asked.append(call.data["message"])
        await inbox.quick.wait()

    hass.services.async_register("notify", "mobile_app_pixel", take)
    sender.send(user, lambda _phone: ring, rang=True)
    sender.send(user, lambda _phone: replace(ring, text="Again."), rang=True)
    sender.send(user, lambda _phone: replace(ring, text="The clip.", again=True))
    while len(asked) < 2:
        await asyncio.sleep(0)
    assert asked == ["Someone rang the doorbell.", "Again."]
    inbox.quick.set()
    await inbox.settle()
    assert asked == ["Someone rang the doorbell.", "Again.", "The clip."]
    assert inbox.of("iphone")[-1]["message"] == "The clip."
