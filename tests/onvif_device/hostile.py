"""Answers of a broken or malicious device."""

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Final
import zlib

from aiohttp import web

from .soap import envelope

type Misbehaviour = Callable[[web.Request], Awaitable[web.StreamResponse]]

_BLOCK: Final = b"\xff\xd8" + b" " * 65_534
# The size of an "endless" answer, limited so that a failing test spares the machine.
WITHOUT_END: Final = 128 * 1024 * 1024


class Flood:
    """An endless answer; `sent` is the number of bytes taken from it."""

    def __init__(
        self, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        self.sent = 0
        self._status = status
        self._headers = headers

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=self._status, headers=self._headers)
        await response.prepare(request)
        while self.sent < WITHOUT_END:
            await response.write(_BLOCK)
            self.sent += len(_BLOCK)
        return response


@cache
def _packed() -> bytes:
    packing = zlib.compressobj(1, wbits=zlib.MAX_WBITS | 16)
    blocks = [packing.compress(_BLOCK) for _ in range(WITHOUT_END // len(_BLOCK))]
    return b"".join(blocks) + packing.flush()


async def packed(request: web.Request) -> web.StreamResponse:
    """Answer with a small body that unpacks to a huge one."""
    return web.Response(body=_packed(), headers={"Content-Encoding": "gzip"})


def saying(text: str) -> Misbehaviour:
    """Answer with this body."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(text=text, content_type="application/soap+xml")

    return answer


def entities(*, levels: int, inside: str) -> str:
    """Write a document of entities that each repeat the previous one ten times.

    `inside`: "text" or "attribute", where the last entity is used.
    """
    declared = f'<!ENTITY e0 "{"x" * 1000}">' + "".join(
        f'<!ENTITY e{level + 1} "{f"&e{level};" * 10}">' for level in range(levels)
    )
    last = f"&e{levels};"
    body = (
        f"<tds:Manufacturer>{last}</tds:Manufacturer>"
        if inside == "text"
        else f'<tds:Manufacturer a="{last}"/>'
    )
    return envelope(
        f"<tds:GetDeviceInformationResponse>{body}</tds:GetDeviceInformationResponse>"
    ).replace("?>", f"?><!DOCTYPE s:Envelope [{declared}]>", 1)


def nested(answer: str, depth: int) -> str:
    """Write nested messages in an answer with this name."""
    now = "2026-01-01T00:00:00Z"
    begin = "<wsnt:NotificationMessage><wsnt:Message>"
    end = "</wsnt:Message></wsnt:NotificationMessage>"
    return envelope(
        f"<{answer}><tev:CurrentTime>{now}</tev:CurrentTime>"
        f"<tev:TerminationTime>{now}</tev:TerminationTime>"
        f"{begin * depth}{end * depth}</{answer}>"
    )
