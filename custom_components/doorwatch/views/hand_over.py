"""Serve the package of a share to the person who hands it over, once per address."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
import hashlib
from http import HTTPStatus
import logging
from typing import BinaryIO, Final

from aiohttp import hdrs, web
from homeassistant.components.http.const import KEY_HASS_USER
from homeassistant.core import HomeAssistant
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView
from homeassistant.util.async_ import create_eager_task

from ..actions.clips import personal_of
from ..domain.data import DATA, DoorwatchData
from ..domain.opening import async_get_domain
from ..engine.clips.errors import LibraryError
from ..engine.sharing.errors import SharingError
from ..engine.sharing.model import Share
from ..engine.sharing.outbox.handover import Download
from ..paths import HAND_OVER_PATH

_LOGGER = logging.getLogger(__name__)

_BLOCK: Final = 98_304
# Seconds for one block before the connection counts as broken; a phone with 4 KB/s is
# fast enough.
_STANDING_STILL: Final = 60.0


class _Lost(Exception):
    """The file is not the package that was made."""


class HandOverView(HomeAssistantView):
    """Serve a package once, as a whole, to the user for whom its address was made.

    Only GET uses up the address. There are no ranges: an interrupted download starts
    again with another address.
    """

    url = HAND_OVER_PATH.format("{token}")
    name = "api:doorwatch:hand_over"

    async def get(self, request: web.Request, token: str) -> web.StreamResponse:
        """Answer GET; unknown, used and forbidden addresses look the same."""
        hass = request.app[KEY_HASS]
        user = request[KEY_HASS_USER]
        if "prefetch" in request.headers.get("Sec-Purpose", ""):
            # Prefetching must not use up the address.
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        try:
            data = await async_get_domain(hass)
            handovers = data.outbox.handovers
            share = await data.visible_shares.async_get(user, handovers.share_of(token))
            if not data.visible_shares.could_share(user, share):
                return _unknown()
            download = await handovers.begin(token, user.id)
        except SharingError, LibraryError, OSError:
            return _unknown()
        try:
            file = await hass.async_add_executor_job(download.path.open, "rb")
        except FileNotFoundError:
            await handovers.lost(download)
            return _unknown()
        except OSError:
            return _unknown()
        # A client that disconnects after the last byte cancels this handler, but not a
        # shielded task.
        return await asyncio.shield(
            hass.async_create_background_task(
                _async_send(hass, data, request, share, download, file),
                "doorwatch hand over",
            )
        )


def _unknown() -> web.Response:
    return web.Response(
        status=HTTPStatus.NOT_FOUND, headers={hdrs.CACHE_CONTROL: "no-store"}
    )


async def _async_send(
    hass: HomeAssistant,
    data: DoorwatchData,
    request: web.Request,
    share: Share,
    download: Download,
    file: BinaryIO,
) -> web.StreamResponse:
    """Send the package, and complete the share once every byte was written."""
    personal = personal_of(request[KEY_HASS_USER])

    async def goes_on() -> bool:
        user = await hass.auth.async_get_user(download.user_id)
        return (
            download.goes_on
            and user is not None
            and data.visible_shares.could_share(user, share)
        )

    response = web.StreamResponse(
        headers={
            hdrs.CONTENT_TYPE: "application/octet-stream",
            hdrs.CONTENT_LENGTH: str(download.size),
            hdrs.CONTENT_DISPOSITION: f'attachment; filename="{download.name}"',
            hdrs.ACCEPT_RANGES: "none",
            hdrs.CACHE_CONTROL: "private, no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            # Otherwise nginx buffers the whole package before the phone receives it.
            "X-Accel-Buffering": "no",
        }
    )
    whole = lost = False
    try:
        await response.prepare(request)
        if (transport := request.transport) is None:
            return response
        try:
            whole = await _async_pass_on(
                hass, response, transport, download, file, goes_on
            )
        except TimeoutError, OSError:
            pass  # the client disconnected
        except _Lost:
            lost = True
        finally:
            if not whole:
                transport.abort()  # so that the client notices the download is incomplete
    finally:
        await hass.async_add_executor_job(file.close)
    if DATA not in hass.data:  # everything is being closed
        return response
    try:
        if lost:
            await data.outbox.handovers.lost(download)
        elif whole:
            await data.outbox.handovers.complete(download, personal)
    except SharingError as err:
        _LOGGER.warning(
            "The completion of a download couldn't be stored: %s", err.problem
        )
    if whole:
        with suppress(ConnectionError):
            await response.write_eof()
    return response


async def _async_pass_on(
    hass: HomeAssistant,
    response: web.StreamResponse,
    transport: asyncio.Transport,
    download: Download,
    file: BinaryIO,
    goes_on: Callable[[], Awaitable[bool]],
) -> bool:
    """Send the package and return whether the connection accepted every byte.

    Kernels and proxies buffer, so the client may still not have received all. `goes_on`
    is checked before each block, because the share may end or the permission be
    revoked.
    """
    # Without a limit, buffered blocks would count as written. The high limit is not 0,
    # because asyncio would then wait forever with TLS, even with an empty buffer.
    transport.set_write_buffer_limits(high=1, low=0)
    digest = hashlib.sha256()

    def read(size: int) -> bytes:
        block = file.read(size)
        digest.update(block)
        return block

    left = download.size
    while left:
        # aiohttp does not wait for a small write, so the last block is not smaller than
        # the others.
        size = left if left < 2 * _BLOCK else _BLOCK
        block = await hass.async_add_executor_job(read, size)
        if not await goes_on():
            return False
        left -= len(block)
        # Check the digest before the last block, so that a wrong file is never
        # complete.
        if not block or (not left and digest.hexdigest() != download.sha256):
            raise _Lost
        writing = create_eager_task(response.write(block))
        # A write that fails immediately only shows in the closing transport.
        failed = writing.done() and transport.is_closing()
        async with asyncio.timeout(_STANDING_STILL):
            await writing
        if failed:
            return False
    # The client may disconnect after the last byte; lost bytes would still be in this
    # buffer.
    return transport.get_write_buffer_size() == 0
