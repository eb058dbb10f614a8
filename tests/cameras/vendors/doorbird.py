"""A simulated DoorBird: its LAN API and the HTTP requests it sends for events."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
import json
from typing import Any, override
from unittest.mock import patch

from aiohttp import web
from aiohttp.test_utils import TestClient
from doorbirdpy import DoorBird
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry
from yarl import URL

from tests.outside_servers import serve

MAC = "1CCAE3711111"


class DoorBirdDoorbell:
    """One doorbell at the front door."""

    def __init__(self, hass: HomeAssistant, stream: str) -> None:
        self.hass = hass
        self.stream = stream
        # The favorites (URLs) by number, and the schedule that requests them.
        self.favorites: dict[str, dict[str, str]] = {}
        self.schedule: list[dict[str, Any]] = [
            {"input": "doorbell", "param": "1", "output": []},
            {"input": "motion", "param": "", "output": []},
        ]
        self.entry = MockConfigEntry(
            domain="doorbird",
            title="Front Door",
            unique_id=MAC,
            data={
                "hass_url_override": "http://127.0.0.1:8123",
                "host": "127.0.0.1",
                "name": "Front Door",
                "password": "porch-word",
                "token": "01TOKEN",
                "username": "ghabcd0001",
            },
            options={"events": ["doorbell", "motion"]},
        )

    @asynccontextmanager
    async def set_up(self) -> AsyncIterator[None]:
        """Set up core's integration for this doorbell on free ports."""
        stream = self.stream

        class Client(DoorBird):
            @property
            @override
            def rtsp_live_video_url(self) -> str:
                return stream

        async with serve(self._answer) as port:
            with patch(
                "homeassistant.components.doorbird.DoorBird", partial(Client, port=port)
            ):
                self.entry.add_to_hass(self.hass)
                assert await self.hass.config_entries.async_setup(self.entry.entry_id)
                await self.hass.async_block_till_done()
                try:
                    yield
                finally:
                    await self.hass.config_entries.async_unload(self.entry.entry_id)

    async def call(self, client: TestClient[Any, Any], kind: str) -> None:
        """Send the requests scheduled for the button or for motion."""
        (number,) = (
            output["param"]
            for entry in self.schedule
            if entry["input"] == kind
            for output in entry["output"]
        )
        address = URL(self.favorites[number]["value"])
        answer = await client.get(address.path_qs)
        assert answer.status == 200

    def entity_id(self, domain: str, key: str) -> str:
        """Return the ID of an entity of the doorbell."""
        found = er.async_get(self.hass).async_get_entity_id(
            domain, "doorbird", f"{MAC}_{key}"
        )
        assert found is not None
        return found

    async def _answer(self, request: web.Request) -> web.Response:
        match request.path.removeprefix("/bha-api/"):
            case "info.cgi":
                version = {
                    "FIRMWARE": "000125",
                    "BUILD_NUMBER": "15870439",
                    "WIFI_MAC_ADDR": MAC,
                    "RELAYS": ["1", "2"],
                    "DEVICE-TYPE": "DoorBird D2101V",
                }
                return web.json_response(
                    {"BHA": {"RETURNCODE": "1", "VERSION": [version]}}
                )
            case "favorites.cgi" if request.query.get("action") == "save":
                self.favorites[str(len(self.favorites))] = {
                    key: request.query[key] for key in ("title", "value")
                }
                return web.Response()
            case "favorites.cgi":
                return web.json_response({"http": self.favorites})
            case "schedule.cgi" if request.method == "POST":
                changed = json.loads(await request.text())
                self.schedule = [
                    changed if entry["input"] == changed["input"] else entry
                    for entry in self.schedule
                ]
                return web.Response()
            case "schedule.cgi":
                return web.json_response(self.schedule)
        return web.Response(body=b"\xff\xd8\xff\xd9", content_type="image/jpeg")
