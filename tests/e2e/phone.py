"""A phone with Home Assistant's app, and its push server."""

from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.waiting import until

from .ha import Home


class Phone:
    """A person's app and the manufacturer's push server."""

    def __init__(self) -> None:
        """Start without messages."""
        self.pushes: list[dict[str, Any]] = []
        application = web.Application()
        application.router.add_post("/push", self._push)
        self.server = TestServer(application, host="127.0.0.1")

    async def _push(self, request: web.Request) -> web.Response:
        self.pushes.append(await request.json())
        return web.json_response({}, status=201)

    async def log_in(self, home: Home) -> None:
        """Register as the app does after the login."""
        async with (
            aiohttp.ClientSession(home.url) as session,
            session.post(
                "/api/mobile_app/registrations",
                headers={"Authorization": f"Bearer {home.token}"},
                json={
                    "app_data": {
                        "push_token": "robin",
                        "push_url": str(self.server.make_url("/push")),
                    },
                    "app_id": "io.homeassistant.companion.android",
                    "app_name": "Home Assistant",
                    "app_version": "2026.10",
                    "device_id": "robins-phone",
                    "device_name": "Robin's phone",
                    "manufacturer": "Google",
                    "model": "Phone",
                    "os_name": "Android",
                    "os_version": "20",
                    "supports_encryption": False,
                },
            ) as answer,
        ):
            assert answer.status == 201, await answer.text()

    async def gets(self, text: str) -> dict[str, Any]:
        """Wait for a message with this text."""

        async def found() -> dict[str, Any] | None:
            return next((one for one in self.pushes if one["message"] == text), None)

        return await until(found, text, seconds=240)
