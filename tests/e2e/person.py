"""A client that prepares and confirms shares like the dashboard, without a browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Self

import aiohttp


class Person:
    """A websocket connection of a logged-in person, used like the card uses it."""

    def __init__(
        self,
        url: str,
        session: aiohttp.ClientSession,
        socket: aiohttp.ClientWebSocketResponse,
    ) -> None:
        """Use this logged-in connection."""
        self._url = url
        self._session = session
        self._socket = socket
        self._last_id = 0

    @classmethod
    @asynccontextmanager
    async def at(cls, url: str, token: str) -> AsyncIterator[Self]:
        """Connect and log in."""
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{url}/api/websocket", max_msg_size=0) as socket,
        ):
            await socket.receive_json(timeout=30)
            await socket.send_json({"type": "auth", "access_token": token})
            assert (await socket.receive_json(timeout=30))["type"] == "auth_ok"
            yield cls(url, session, socket)

    async def send(self, **message: object) -> int:
        """Send a command and return its ID."""
        self._last_id += 1
        await self._socket.send_json({"id": self._last_id, **message})
        return self._last_id

    async def event(self, message_id: int, kind: str) -> dict[str, Any]:
        """Wait for an event of this kind; a failed command fails the test."""
        while True:
            answer = await self._socket.receive_json(timeout=120)
            if answer["id"] != message_id:
                continue
            if answer["type"] == "result":
                assert answer["success"], answer
            elif answer["event"]["type"] == kind:
                event: dict[str, Any] = answer["event"]
                return event

    async def result(self, message_id: int) -> Any:
        """Wait for a command's result."""
        while True:
            answer = await self._socket.receive_json(timeout=60)
            if answer["id"] == message_id and answer["type"] == "result":
                assert answer["success"], answer
                return answer["result"]

    async def share(self, clip_id: str, agency_id: str) -> str:
        """Prepare, review and confirm a share; return its ID."""
        return await self.tap(
            clip_id, agency_id, await self.prepare(clip_id, agency_id)
        )

    async def prepare(self, clip_id: str, agency_id: str, *, audio: bool = True) -> str:
        """Prepare and review a share; return the data that the confirmation needs."""
        prepared = await self.send(
            type="doorwatch/share/prepare",
            clip_id=clip_id,
            agency_id=agency_id,
            edits={"audio": audio},
        )
        ready = await self.event(prepared, "ready")
        async with self._session.get(self._url + ready["preview_url"]) as preview:
            assert preview.status == HTTPStatus.OK
            await preview.read()
        confirmation: str = ready["confirmation"]
        return confirmation

    async def tap(self, clip_id: str, agency_id: str, confirmation: str) -> str:
        """Confirm a share and return its ID."""
        tapped = await self.send(
            type="call_service",
            domain="doorwatch",
            service="share_clip",
            service_data={
                "clip_id": clip_id,
                "agency_id": agency_id,
                "confirmation": confirmation,
            },
            return_response=True,
        )
        share_id: str = (await self.result(tapped))["response"]["share_id"]
        return share_id

    async def shares(self) -> list[dict[str, Any]]:
        """List the shares, newest first."""
        listed = await self.send(type="doorwatch/shares/subscribe")
        shares: list[dict[str, Any]] = (await self.event(listed, "all"))["shares"]
        return shares
