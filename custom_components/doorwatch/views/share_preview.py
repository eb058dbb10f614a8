"""Serve the preview of a share to the person who prepared it, and count the bytes.

A confirmation is valid only after enough of the preview was written to the login that
prepared the share. So nothing may be answered from a cache, and core's file response
cannot be used: it does not report what it sent.
"""

from http import HTTPStatus
from typing import Final

from aiohttp import hdrs, web
from homeassistant.components.http.const import KEY_HASS_REFRESH_TOKEN_ID, KEY_HASS_USER
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView
from homeassistant.util.async_ import create_eager_task

from ..domain.data import DATA
from ..paths import SHARE_PREVIEW_PATH

_BLOCK: Final = 32_768


class SharePreviewView(HomeAssistantView):
    """Serve the preview shown before the tap, with ranges and HEAD."""

    url = SHARE_PREVIEW_PATH.format("{file_id}")
    name = "api:doorwatch:preview"

    async def get(self, request: web.Request, file_id: str) -> web.StreamResponse:
        """Answer GET and HEAD; unknown and forbidden previews look the same."""
        hass = request.app[KEY_HASS]
        user = request[KEY_HASS_USER]
        if (data := hass.data.get(DATA)) is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        opened = data.preparations
        if (
            preparation := opened.preview(file_id, user)
        ) is None or preparation.look is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        look = preparation.look
        try:
            await hass.async_add_executor_job(look.read, 0, 0)
        except OSError:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        headers = {
            hdrs.CONTENT_TYPE: "video/mp4",
            hdrs.ACCEPT_RANGES: "bytes",
            hdrs.CACHE_CONTROL: "private, no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        if (span := _span(request, look.size)) is None:
            headers[hdrs.CONTENT_RANGE] = f"bytes */{look.size}"
            return web.Response(
                status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers
            )
        headers[hdrs.CONTENT_LENGTH] = str(len(span))
        response = web.StreamResponse(headers=headers)
        if _is_partial(request):
            response.set_status(HTTPStatus.PARTIAL_CONTENT)
            response.headers[hdrs.CONTENT_RANGE] = (
                f"bytes {span.start}-{span.stop - 1}/{look.size}"
            )
        if request.method == hdrs.METH_HEAD:
            return response
        writer = await response.prepare(request)
        if writer is None or request.transport is None:
            return response
        # Without a limit, buffered blocks would count as written. The high limit is not
        # 0, because asyncio would then wait forever with TLS, even with an empty
        # buffer.
        request.transport.set_write_buffer_limits(high=1, low=0)
        counts = (
            request.get(KEY_HASS_REFRESH_TOKEN_ID)
            == preparation.connection.refresh_token_id
        )
        for at in range(span.start, span.stop, _BLOCK):
            end = min(at + _BLOCK, span.stop)
            try:
                block = await hass.async_add_executor_job(look.read, at, end)
            except OSError:
                block = b""
            transport = request.transport
            if transport is None or transport.is_closing():
                break
            # The dialog may be closed or the permission revoked by now.
            if not block or opened.preview(file_id, user) is not preparation:
                transport.abort()  # so that the client notices it is incomplete
                break
            writing = create_eager_task(response.write(block))
            # A write that fails immediately only shows in the closing transport.
            # Otherwise count the block before it is fully sent: a player that
            # disconnects may have received it, and continues after it. At most one
            # unsent block is counted.
            if counts and not transport.is_closing():
                look.wrote(at, end)
            await writing
            await writer.drain()
        return response

    head = get


def _is_partial(request: web.Request) -> bool:
    """Return whether a range is requested.

    `If-Range` never matches, because the preview has no ETag.
    """
    return hdrs.RANGE in request.headers and hdrs.IF_RANGE not in request.headers


def _span(request: web.Request, size: int) -> range | None:
    """Return the requested bytes, or None if they cannot be served.

    Supports one range, as `web.FileResponse` does.
    """
    if not _is_partial(request):
        return range(size)
    try:
        asked = request.http_range
    except ValueError:
        return None
    start, stop, _ = asked.indices(size)
    return range(start, stop) if start < stop else None
