"""A small tus server that can be told to misbehave."""

import asyncio
from base64 import b64decode
from contextlib import suppress

import aiohttp
from aiohttp import web


class Server:
    """A tus server that can hold and refuse requests, lose answers and store parts."""

    def __init__(self) -> None:
        self.endpoint = ""
        self.requests: list[str] = []
        self.received: dict[str, bytearray] = {}
        self.metadata: list[dict[str, str]] = []
        self.status: dict[str, int] = {}
        self.lost: set[str] = set()  # methods that are handled but answered with 503
        self.hold: dict[str, asyncio.Event] = {}
        # Number of bytes to store of a PATCH that is held or refused; -1 for all.
        self.early = 0
        self.reached: dict[str, asyncio.Event] = {
            name: asyncio.Event() for name in ("POST", "HEAD", "PATCH", "DELETE")
        }

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Handle a request."""
        method = request.method
        self.requests.append(method)
        path = request.path
        if method == "PATCH":
            await request.content.readany()
            if self.early and not self.received[path]:
                length = int(request.headers["Content-Length"])
                self.received[path] += bytes(length if self.early < 0 else self.early)
        self.reached[method].set()
        if method in self.hold:
            await self.hold[method].wait()
        if method in self.status:
            return web.Response(status=self.status[method])
        if method == "PATCH":
            # An answer before the end of the body closes the connection and is sometimes lost.
            with suppress(aiohttp.ClientError, OSError):
                await request.content.read()
        answer = self._obey(request, method, path)
        return web.Response(status=503) if method in self.lost else answer

    def _obey(self, request: web.Request, method: str, path: str) -> web.Response:
        if method == "POST":
            self.metadata.append(_metadata(request.headers["Upload-Metadata"]))
            path = f"{path}/{len(self.received)}"
            self.received[path] = bytearray()
            return web.Response(status=201, headers={"Location": path})
        if path not in self.received:
            return web.Response(status=404)
        if method == "DELETE":
            del self.received[path]
            return web.Response(status=204)
        if method == "PATCH":
            if len(self.received[path]) != int(request.headers["Upload-Offset"]):
                return web.Response(status=409)
            self.received[path] += bytes(int(request.headers["Content-Length"]))
        offset = {"Upload-Offset": str(len(self.received[path]))}
        return web.Response(status=204, headers=offset)


def _metadata(header: str) -> dict[str, str]:
    """Decode the metadata of a new upload."""
    pairs = (pair.split(" ") for pair in header.split(","))
    return {name: b64decode(value).decode() for name, value in pairs}
