"""Read calls of a doorbell's webhook."""

import asyncio
import json
from typing import Final
from urllib.parse import parse_qsl

from aiohttp.web import Request

from ..engine.doorbells.base import EventKind

# The kinds that a caller may report; it may not start a manual recording.
_TOLD: Final = {
    str(kind): kind
    for kind in (EventKind.MOTION, EventKind.MOTION_ENDED, EventKind.RING)
}
_MAX_BODY: Final = 4096
_BODY_TIMEOUT: Final = 10


async def read_call(request: Request) -> EventKind:
    """Read `event` from JSON, a form or the query.

    Raises `ValueError` if there is no valid event, and `TimeoutError` if the body does
    not end.
    """
    body = await async_read_body(request, _MAX_BODY)
    if (kind := _TOLD.get(_event_of(request, body))) is None:
        raise ValueError("no event")
    return kind


async def async_read_body(request: Request, most: int) -> bytes:
    """Return the body of a request.

    Raises `ValueError` if it has more than `most` bytes, and `TimeoutError` if it does
    not end.
    """
    body = b""
    async with asyncio.timeout(_BODY_TIMEOUT):
        while chunk := await request.content.read(most + 1):
            body += chunk
            if len(body) > most:
                raise ValueError("too long")
    return body


def _event_of(request: Request, body: bytes) -> str:
    """Return the value of `event`, or ""; raise `ValueError` if the body is unreadable."""
    found: object = None
    if request.content_type == "application/json" or body.lstrip()[:1] == b"{":
        try:
            content = json.loads(body) if body else None
        except RecursionError as error:
            raise ValueError("too deep") from error
        if isinstance(content, dict):
            found = content.get("event")
    else:
        found = dict(parse_qsl(body.decode(), max_num_fields=20)).get("event")
    if found is None:
        found = request.query.get("event")
    return found if isinstance(found, str) else ""
