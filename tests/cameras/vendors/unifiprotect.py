"""A simulated UniFi Protect console: both of its APIs and the event websocket."""

from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
import json
import time
from typing import Any
from unittest.mock import patch

from aiohttp import web
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests import waiting
from tests.outside_servers import make_tls, serve

from . import protect_answers as answers

_PRIVATE = "/proxy/protect/api/"
_PUBLIC = "/proxy/protect/integration/v1/"
_LISTS = frozenset(
    {
        "alarm-hubs",
        "arm-profiles",
        "bridges",
        "chimes",
        "fobs",
        "lights",
        "link-stations",
        "liveviews",
        "relays",
        "sensors",
        "sirens",
        "speakers",
        "ulp-users",
        "viewers",
    }
)
_DEVICES = ("bridges", "chimes", "lights", "liveviews", "sensors", "viewers")


class ProtectConsole:
    """One console with one doorbell."""

    def __init__(self, hass: HomeAssistant, clip: bytes, stream: str | None) -> None:
        self.hass = hass
        self.clip = clip
        self.stream = stream
        self.quality = "high"
        # The events by ID, as the API returns them.
        self.events: dict[str, dict[str, Any]] = {}
        self.exports: list[tuple[int, int]] = []
        self.entry = MockConfigEntry(domain="unifiprotect", title="Console")
        self._listeners: list[web.WebSocketResponse] = []

    @asynccontextmanager
    async def set_up(self) -> AsyncIterator[None]:
        """Set up core's integration for this console."""
        with patch(
            "homeassistant.components.unifi_discovery.discovery.async_discover_devices",
            return_value=[],
        ):
            async with serve(self._answer, tls=make_tls().server) as port:
                self.entry = MockConfigEntry(
                    domain="unifiprotect",
                    title="Console",
                    version=2,
                    unique_id=answers.CONSOLE_MAC,
                    data={
                        "host": "127.0.0.1",
                        "port": port,
                        "username": "home",
                        "password": "porch-word",
                        "api_key": "key",
                        "id": "Console",
                        "verify_ssl": False,
                    },
                )
                self.entry.add_to_hass(self.hass)
                assert await self.hass.config_entries.async_setup(self.entry.entry_id)
                await self.hass.async_block_till_done()
                await waiting.until(lambda: self._listeners)
                try:
                    yield
                finally:
                    await self.hass.config_entries.async_unload(self.entry.entry_id)

    async def begins(
        self, event_id: str, kind: str, at: datetime, *, seen: tuple[str, ...] = ()
    ) -> None:
        """Report the start of motion, a ring or a detection."""
        self.events[event_id] = {
            "camera": answers.DOORBELL,
            "end": None,
            "id": event_id,
            "metadata": {},
            "modelKey": "event",
            "score": 40,
            "smartDetectEvents": [],
            "smartDetectTypes": list(seen),
            "start": _stamp(at),
            "thumbnail": f"e-{event_id}",
            "type": kind,
        }
        await self._tell(
            "add",
            {
                "device": answers.DOORBELL,
                "id": event_id,
                "modelKey": "event",
                "start": _stamp(at),
                "type": kind,
            },
        )

    async def ends(self, event_id: str, at: datetime) -> None:
        """Report the end of an event, which makes its recording available."""
        event = self.events[event_id]
        event["end"] = _stamp(at)
        await self._tell(
            "update",
            {
                "device": answers.DOORBELL,
                "end": event["end"],
                "id": event_id,
                "modelKey": "event",
                "type": event["type"],
            },
        )

    def entity_id(self, domain: str, key: str) -> str:
        """Return the ID of an entity of the doorbell."""
        found = er.async_get(self.hass).async_get_entity_id(
            domain, "unifiprotect", f"{answers.DOORBELL_MAC}_{key}"
        )
        assert found is not None
        return found

    async def _tell(self, action: str, item: dict[str, Any]) -> None:
        for listener in self._listeners:
            await listener.send_str(json.dumps({"type": action, "item": item}))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        if path == "/api/auth/login":
            response = web.json_response({}, headers={"x-csrf-token": "token"})
            response.set_cookie("TOKEN", _token(), httponly=True, secure=True)
            return response
        if path == "/proxy/protect/ws/updates" or path.startswith(
            f"{_PUBLIC}subscribe/"
        ):
            return await self._listen(request)
        if path.startswith(_PUBLIC):
            return self._public(path.removeprefix(_PUBLIC))
        assert path.startswith(_PRIVATE), path
        return self._private(request, path.removeprefix(_PRIVATE))

    async def _listen(self, request: web.Request) -> web.StreamResponse:
        websocket = web.WebSocketResponse()
        await websocket.prepare(request)
        if request.path.endswith("/events"):
            self._listeners.append(websocket)
        async for _ in websocket:
            pass
        return websocket

    def _public(self, what: str) -> web.Response:
        if what == "meta/info":
            return web.json_response({"applicationVersion": answers.VERSION})
        if what == "nvrs":
            return web.json_response(answers.public_nvr())
        if what == "cameras":
            return web.json_response([answers.public_camera()])
        if what == f"cameras/{answers.DOORBELL}/rtsps-stream":
            return web.json_response(
                {"high": None, "medium": None, "low": None}
                | {self.quality: self.stream}
            )
        if what == f"cameras/{answers.DOORBELL}/snapshot":
            return web.Response(body=b"\xff\xd8\xff\xd9", content_type="image/jpeg")
        assert what in _LISTS, what
        return web.json_response([])

    def _private(self, request: web.Request, what: str) -> web.Response:
        if what == "bootstrap":
            return web.json_response(
                {
                    "accessKey": "access",
                    "authUserId": answers.USER,
                    "cameras": [answers.camera()],
                    "groups": [],
                    "lastUpdateId": "ebf25bac-d5a1-4f1d-a0ee-74c15981eb70",
                    "nvr": answers.nvr(),
                    "users": [answers.user()],
                }
                | {key: [] for key in _DEVICES}
            )
        if what in {"keyrings", "ulp-users"}:
            return web.json_response([])
        if what == "events":
            begin, end = int(request.query["start"]), int(request.query["end"])
            return web.json_response(
                [
                    event
                    for event in self.events.values()
                    if begin <= event["start"] <= end
                    and event["type"] in request.query.getall("types")
                ]
            )
        if what.startswith("events/"):
            return web.json_response(self.events[what.removeprefix("events/")])
        assert what == "video/export", what
        self.exports.append((int(request.query["start"]), int(request.query["end"])))
        return web.Response(body=self.clip, content_type="video/mp4")


def _stamp(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _token() -> str:
    """Return a token valid for a day, with an unchecked signature."""
    parts = ({"alg": "HS256", "typ": "JWT"}, {"exp": int(time.time()) + 86400})
    encoded = [
        urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in parts
    ]
    return ".".join([*encoded, "c2lnbmF0dXJl"])
