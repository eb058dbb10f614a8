"""Test motion and rings by webhook: local callers only, short bodies, limited rate."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
import json
import time
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import webhook
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.doorwatch.const import CONF_WEBHOOK, DOMAIN
from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.doorbells.dropped import DropReason
from custom_components.doorwatch.runtime.event_sources import PULSE
from tests import waiting
from tests.runtime.doors import ENDED, MOTION, RING, SET, WEBHOOK, Door, wall_clock

__all__ = ["wall_clock"]


class Hook:
    """The webhook, as a doorbell calls it."""

    def __init__(self, door: Door, client: Any) -> None:
        """Store the test's HTTP client."""
        self.door = door
        self.client = client

    async def post(self, query: str = "", **request: Any) -> int:
        """Call the webhook and return the status."""
        response = await self.client.post(f"/api/webhook/{WEBHOOK}{query}", **request)
        return int(response.status)


@pytest.fixture
async def hook(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> AsyncIterator[Hook]:
    """Enable a webhook."""
    assert await async_setup_component(hass, "webhook", {})
    door = Door(hass, **{CONF_WEBHOOK: True})
    yield Hook(door, await hass_client_no_auth())
    door.sources.stop()


@pytest.mark.parametrize(
    "kind", [EventKind.MOTION, EventKind.MOTION_ENDED, EventKind.RING]
)
async def test_webhook_takes_json_form_and_query(hook: Hook, kind: EventKind) -> None:
    assert await hook.post(json={"event": kind, "camera": "front"}) == 200
    assert await hook.post(data={"event": str(kind)}) == 200
    assert await hook.post(f"?event={kind}") == 200
    assert await hook.post(f"?event={kind}", json={"device": "x"}) == 200
    assert await hook.post(data=json.dumps({"event": kind})) == 200
    assert hook.door.kinds == [kind] * 5


@pytest.mark.parametrize(
    "request_data",
    [
        {},
        {"json": {}},
        {"json": []},
        {"json": {"event": "door_open"}},
        {"json": {"event": 1}},
        {"json": {"event": ["ring"]}},
        {"data": b"{"},
        {"data": b"[" * 4000, "headers": {"Content-Type": "application/json"}},
        {"data": b"", "headers": {"Content-Type": "application/json"}},
        {"data": b"\xff\xfe"},
        {"data": {"event": "RING "}},
        {"data": b"event=ring&" + b"x" * 5000},
        {"data": b"a&" * 30},
        {"query": "?event="},
        {"query": "?event=%00"},
        {"query": "?event=manual"},
    ],
)
async def test_webhook_refuses_what_it_does_not_know(
    hook: Hook, request_data: dict[str, Any]
) -> None:
    assert await hook.post(**request_data) == 400
    assert hook.door.kinds == []
    assert hook.door.dropped == [DropReason.UNREADABLE]


@pytest.mark.lesson(1)
@pytest.mark.parametrize("by", SET, ids=str)
async def test_a_clock_that_is_set_silences_no_webhook(
    hook: Hook, wall_clock: FrozenDateTimeFactory, by: timedelta
) -> None:
    wall_clock.tick(by)
    begun = time.monotonic()
    for kind in (MOTION, ENDED, RING):
        assert await hook.post(f"?event={kind}") == 200
    assert all(
        begun <= event.monotonic <= time.monotonic() for event in hook.door.events
    )
    assert hook.door.kinds == [MOTION, ENDED, RING]


async def test_webhook_takes_only_posts(hook: Hook) -> None:
    for method in ("get", "put"):
        response = await getattr(hook.client, method)(
            f"/api/webhook/{WEBHOOK}?event=ring"
        )
        assert response.status == 405
    assert hook.door.kinds == []


async def test_webhook_that_is_flooded_takes_a_breath(
    hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    statuses = [await hook.post("?event=ring") for _ in range(25)]
    assert statuses == [200] * 20 + [429] * 5
    assert len(hook.door.kinds) == 20
    assert hook.door.dropped == [DropReason.TOO_MANY] * 5
    now = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: now() + 11)
    assert await hook.post("?event=ring") == 200


async def test_webhook_that_never_ends_its_body_is_given_up(hook: Hook) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"event="
        await waiting.idle()
        waiting.skip(60)
        await asyncio.Event().wait()  # until the server answers

    assert await hook.post(data=body()) == 408
    assert hook.door.kinds == []
    assert hook.door.dropped == [DropReason.UNREADABLE]


@pytest.mark.lesson(5)
async def test_webhook_motion_ends_by_itself_or_when_told(
    hass: HomeAssistant, hook: Hook, freezer: FrozenDateTimeFactory
) -> None:
    await hook.post("?event=motion")
    freezer.tick(PULSE + 1)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert hook.door.kinds == [MOTION, ENDED]
    await hook.post("?event=motion")
    await hook.post("?event=motion_ended")
    freezer.tick(PULSE + 1)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert hook.door.kinds == [MOTION, ENDED]


async def test_webhook_is_local_and_gone_after_stopping(
    hass: HomeAssistant, hook: Hook
) -> None:
    registered = hass.data[webhook.DOMAIN][WEBHOOK]
    assert registered.local_only
    assert registered.domain == DOMAIN
    hook.door.sources.stop()
    assert WEBHOOK not in hass.data[webhook.DOMAIN]
    assert await hook.post("?event=ring") == 200
    assert hook.door.kinds == []
    hook.door.sources.start()
    assert await hook.post("?event=ring") == 200
    assert hook.door.kinds == [RING]
