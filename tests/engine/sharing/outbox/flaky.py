"""An agency whose server fails at random, by a seed, but keeps every byte it acknowledged."""

import asyncio
from base64 import b64decode
from collections import Counter
import random

from aiohttp import web

_FATES = (
    # the result of a request, and its frequency in percent
    ("good", 55),
    ("refused", 12),  # 5xx or 429 instead of handling the request
    ("reset", 10),  # the connection is closed before the request is handled
    ("unanswered", 10),  # the request is handled, but the response is lost
    ("answered badly", 5),  # the request is handled, but the response is 503
    ("half", 5),  # half of the data is stored, then the connection is closed
    ("expired", 3),  # unfinished uploads are deleted before the request is handled
)


class FlakyAgency:
    """A tus server that fails at random and keeps what it receives."""

    def __init__(self, seed: int) -> None:
        """Set the seed of the random failures."""
        self.random = random.Random(seed)
        self.packages: dict[str, bytes] = {}
        self.arrivals: Counter[str] = Counter()
        self.fates: Counter[str] = Counter()
        self._sizes: dict[str, int] = {}
        self._parts: dict[str, bytearray] = {}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Handle a request, or fail."""
        names = [name for name, _ in _FATES]
        (fate,) = self.random.choices(names, [often for _, often in _FATES])
        self.fates[fate] += 1
        if self.random.random() < 0.1:
            await asyncio.sleep(self.random.random() / 20)  # a slow response
        match fate:
            case "refused":
                return web.Response(status=self.random.choice((429, 500, 502, 503)))
            case "reset":
                return _break(request)
            case "expired":
                self._parts.clear()
                for share_id in self._sizes.keys() - self.packages.keys():
                    del self._sizes[share_id]
            case "half":
                await self._take(request, half=True)
                return _break(request)
        good = await self._obey(request)
        if fate == "unanswered":
            return _break(request)
        return web.Response(status=503) if fate == "answered badly" else good

    async def _obey(self, request: web.Request) -> web.Response:
        if request.method == "POST":
            pairs = request.headers["Upload-Metadata"].split(",")
            metadata = dict(pair.split(" ") for pair in pairs)
            share_id = b64decode(metadata["share_id"]).decode()
            size = int(request.headers["Upload-Length"])
            if self._sizes.setdefault(share_id, size) != size:
                return web.Response(status=409)
            return web.Response(
                status=201, headers={"Location": f"/uploads/{share_id}"}
            )
        share_id = request.path.rpartition("/")[2]
        if share_id not in self._sizes:
            return web.Response(status=404)
        if request.method == "PATCH":
            if self._offset(share_id) != int(request.headers["Upload-Offset"]):
                return web.Response(status=409)
            await self._take(request)
        return web.Response(
            status=204 if request.method == "PATCH" else 200,
            headers={
                "Upload-Offset": str(self._offset(share_id)),
                "Upload-Length": str(self._sizes.get(share_id, 0)),
            },
        )

    def _offset(self, share_id: str) -> int:
        if share_id in self.packages:
            return len(self.packages[share_id])
        return len(self._parts.get(share_id, b""))

    async def _take(self, request: web.Request, *, half: bool = False) -> None:
        """Store the data of a request, or half of it."""
        share_id = request.path.rpartition("/")[2]
        if (
            request.method != "PATCH"
            or share_id not in self._sizes
            or self._offset(share_id) != int(request.headers["Upload-Offset"])
        ):
            return
        part = self._parts.setdefault(share_id, bytearray())
        wanted = int(request.headers["Content-Length"])
        until = len(part) + (wanted // 2 if half else wanted)
        async for block in request.content.iter_chunked(32_768):
            if self._parts.get(share_id) is not part:
                return  # the upload expired meanwhile
            part += block[: until - len(part)]
            if len(part) >= until:
                break
        if len(part) == self._sizes[share_id]:
            self.arrivals[share_id] += 1
            self.packages[share_id] = bytes(self._parts.pop(share_id))


def _break(request: web.Request) -> web.Response:
    """Close the connection."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)  # not received by the client
