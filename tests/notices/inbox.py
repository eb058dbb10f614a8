"""Register phones as the app does, with a push server that records messages."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
import time
from typing import Any
from unittest.mock import AsyncMock, patch

from aiohttp import web
from aiohttp.test_utils import TestServer
from homeassistant.core import Context, EventOrigin, HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.engine.outside.errors import OutsideError
from custom_components.doorwatch.notices.message import HOUSE_TAG
from custom_components.doorwatch.notices.notices import BUTTON_PRESSED
from custom_components.doorwatch.people.wishes import Wishes, read_wishes
from custom_components.doorwatch.signals import SIGNAL_CLIP_SAVED
from tests.sharing_fixtures import Home, set_state

type Push = dict[str, Any]


@contextmanager
def no_pause() -> Iterator[None]:
    """Let messages about news follow one another immediately."""
    with patch("custom_components.doorwatch.notices.house.HOUSE_PAUSE", timedelta()):
        yield


@dataclass
class Inbox:
    """Messages that reached each phone, by its push token."""

    home: Home
    url: str
    pushes: list[Push] = field(default_factory=list)
    # The answer of the push server.
    status: HTTPStatus = HTTPStatus.CREATED
    # While it is not set, the push server doesn't answer slow phones, by default all.
    quick: asyncio.Event = field(default_factory=asyncio.Event)
    # Phones that wait for `quick`, and the text of the answers.
    slow: set[str] = field(default_factory=set)
    words: str = "{}"
    wishes: Wishes = field(default_factory=Wishes)

    def of(self, phone: str) -> list[Push]:
        """Return the messages of one phone, except those about news."""
        return [
            push
            for push in self.pushes
            if push["push_token"] == phone
            and push.get("data", {}).get("tag") != HOUSE_TAG
        ]

    def of_house(self, phone: str) -> list[Push]:
        """Return the messages of one phone about news."""
        return [
            push
            for push in self.pushes
            if push["push_token"] == phone
            and push.get("data", {}).get("tag") == HOUSE_TAG
        ]

    def wish(self, user_id: str | None = None, **wishes: Any) -> None:
        """Store wishes of a person, by default of the administrator."""
        read = read_wishes({"on": True, **wishes})
        assert read is not None
        self.wishes = read
        self.home.data.people.wish(user_id or self.home.admin.id, read)

    async def register(
        self,
        phone: str,
        *,
        user_id: str | None = None,
        apple: bool = False,
        name: str | None = None,
        reachable: bool = True,
        device: str | None = None,
    ) -> MockConfigEntry:
        """Register a phone as its app does."""
        hass = self.home.hass
        entry = MockConfigEntry(
            domain="mobile_app",
            title=phone,
            data={
                "app_data": (
                    {"push_token": phone, "push_url": self.url} if reachable else {}
                ),
                "app_id": "io.robbie.HomeAssistant",
                "app_name": "Home Assistant",
                "app_version": "2026.10",
                "device_id": f"id-of-{device or phone}",
                "device_name": name or phone,
                "manufacturer": "Apple" if apple else "Google",
                "model": "Phone",
                "os_name": "iOS" if apple else "Android",
                "os_version": "20",
                "supports_encryption": False,
                "user_id": user_id or self.home.admin.id,
                "webhook_id": f"webhook-{phone}",
            },
        )
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        return entry

    async def let_the_time_come(self) -> None:
        """Make all waiting messages due now."""
        waits = self.home.data.notices.waiting
        for user_id in waits.due:
            waits.due[user_id] = dt_util.utcnow()
        with no_pause():
            self.send_due()
        await self.settle()

    def send_due(self) -> None:
        """Send the messages that are due."""
        self.home.data.notices.house.tell("request", lambda _user: False)

    async def happen(
        self,
        kind: EventKind,
        *labels: str,
        door: MockConfigEntry | None = None,
        at: datetime | None = None,
    ) -> DoorbellEvent:
        """Let an event happen at a door, and wait for the messages."""
        event = DoorbellEvent(
            kind=kind,
            at=at or datetime.now(UTC),
            monotonic=time.monotonic() + 1,
            labels=dict.fromkeys(labels, "onvif"),
        )
        (door or self.home.front).runtime_data.handle_event(event)
        await self.settle()
        return event

    async def save(self, clip: Clip) -> None:
        """Announce a clip."""
        async_dispatcher_send(self.home.hass, SIGNAL_CLIP_SAVED, clip)
        await self.settle()

    async def press(
        self,
        push: Push,
        title: str,
        *,
        user_id: str | None = None,
        parent: str | None = None,
        **data: str,
    ) -> None:
        """Press a button as the app reports it."""
        action = next(
            each["action"] for each in push["data"]["actions"] if each["title"] == title
        )
        self.home.hass.bus.async_fire(
            BUTTON_PRESSED,
            {"action": action, **data},
            EventOrigin.remote,
            context=Context(user_id=user_id or self.home.admin.id, parent_id=parent),
        )
        await self.settle()

    async def settle(self) -> None:
        """Wait until all pending messages have arrived."""
        await asyncio.sleep(0)
        await self.home.hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
async def inbox(
    home: Home, hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Inbox]:
    """Register two phones; no agency is contacted when a test sets the clock."""
    monkeypatch.setattr(
        home.data.outside,
        "fetch",
        AsyncMock(side_effect=OutsideError("cannot_connect")),
    )
    await hass.config.async_set_time_zone("Europe/Berlin")
    inbox = Inbox(home=home, url="")
    inbox.quick.set()

    async def push(request: web.Request) -> web.Response:
        came = await request.json()
        if came["push_token"] in inbox.slow or not inbox.slow:
            await inbox.quick.wait()
        inbox.pushes.append(came)
        return web.json_response(text=inbox.words, status=inbox.status)

    application = web.Application()
    application.router.add_post("/push", push)
    server = TestServer(application, host="127.0.0.1")
    await server.start_server()
    inbox.url = str(server.make_url("/push"))
    assert await async_setup_component(hass, "mobile_app", {})
    await inbox.register("iphone", apple=True)
    await inbox.register("pixel")
    for doorbell in (home.front, home.back):
        set_state(doorbell)
    inbox.wish()
    yield inbox
    await server.close()
