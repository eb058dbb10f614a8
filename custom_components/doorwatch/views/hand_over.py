"""The package of a share, for the person who hands it over: one address, one download."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
import hashlib
from http import HTTPStatus
import logging
from typing import BinaryIO, Final

from aiohttp import hdrs, web
from homeassistant.components.http.const import KEY_HASS_USER
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView
from homeassistant.util.async_ import create_eager_task

from ..access.visible_shares import async_visible_share, could_share
from ..actions.clips import personal_of
from ..data import DATA
from ..engine.clips.errors import LibraryError
from ..engine.sharing.errors import SharingError
from ..engine.sharing.model import Share
from ..engine.sharing.outbox.handover import Download
from ..household.household import async_get_domain
from ..paths import HAND_OVER_PATH

_LOGGER = logging.getLogger(__name__)


_BLOCK: Final = 98_304
# Seconds for a block until a connection counts as broken: a phone with 4 KB/s is still
# waited for.
_STANDING_STILL: Final = 60.0


@callback
def async_register_hand_over_view(hass: HomeAssistant) -> None:
    """Register the view."""
    hass.http.register_view(HandOverView())


class _Lost(Exception):
    """What lies there is not the package that was made."""


class HandOverView(HomeAssistantView):
    """Serve a package once, whole, to the user whom its address was made for.

    Only GET uses an address up. No ranges: what broke off begins anew, with another
    address.
    """

    url = HAND_OVER_PATH.format("{token}")
    name = "api:doorwatch:hand_over"

    async def get(self, request: web.Request, token: str) -> web.StreamResponse:
        """Answer; unknown, used and forbidden look the same."""
        hass = request.app[KEY_HASS]
        user = request[KEY_HASS_USER]
        if "prefetch" in request.headers.get("Sec-Purpose", ""):
            # Nobody asked for it yet.
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        try:
            handovers = (await async_get_domain(hass)).outbox.handovers
            share = await async_visible_share(hass, user, handovers.share_of(token))
            if not could_share(hass, user, share):
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
        # Hanging up after the last byte cancels this handler, but not what it waits for.
        return await asyncio.shield(
            hass.async_create_background_task(
                _async_send(hass, request, share, download, file),
                "doorwatch hand over",
            )
        )


def _unknown() -> web.Response:
    return web.Response(
        status=HTTPStatus.NOT_FOUND, headers={hdrs.CACHE_CONTROL: "no-store"}
    )


async def _async_send(
    hass: HomeAssistant,
    request: web.Request,
    share: Share,
    download: Download,
    file: BinaryIO,
) -> web.StreamResponse:
    """Send all of it, and end the share once every byte was written."""
    personal = personal_of(request[KEY_HASS_USER])

    async def goes_on() -> bool:
        user = await hass.auth.async_get_user(download.user_id)
        return download.goes_on and user is not None and could_share(hass, user, share)

    response = web.StreamResponse(
        headers={
            hdrs.CONTENT_TYPE: "application/octet-stream",
            hdrs.CONTENT_LENGTH: str(download.size),
            hdrs.CONTENT_DISPOSITION: f'attachment; filename="{download.name}"',
            hdrs.ACCEPT_RANGES: "none",
            hdrs.CACHE_CONTROL: "private, no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            # Else nginx takes all of a clip at once, and for the phone.
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
            pass  # the other side is gone
        except _Lost:
            lost = True
        finally:
            if not whole:
                transport.abort()  # so that nobody takes it for the whole
    finally:
        await hass.async_add_executor_job(file.close)
    if (data := hass.data.get(DATA)) is None:
        return response
    try:
        if lost:
            await data.outbox.handovers.lost(download)
        elif whole:
            await data.outbox.handovers.complete(download, personal)
    except SharingError as err:
        _LOGGER.warning("The end of a download couldn't be written: %s", err.problem)
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
    """Write all of it; whether the connection took every byte.

    More is not known here: kernels and proxies take bytes for who is behind them.
    `goes_on` is asked before each block: a share may be over, or a right lost.
    """
    # Else blocks would wait here while they count as written. Not 0: with TLS asyncio then
    # waits for ever, also when nothing is left.
    transport.set_write_buffer_limits(high=1, low=0)
    digest = hashlib.sha256()

    def read(size: int) -> bytes:
        block = file.read(size)
        digest.update(block)
        return block

    left = download.size
    while left:
        # aiohttp does not wait for a small block, so the last one is none.
        size = left if left < 2 * _BLOCK else _BLOCK
        block = await hass.async_add_executor_job(read, size)
        if not await goes_on():
            return False
        left -= len(block)
        # Before its last block it is of no use to anybody.
        if not block or (not left and digest.hexdigest() != download.sha256):
            raise _Lost
        writing = create_eager_task(response.write(block))
        # One that fails at once says so to nobody but the transport.
        failed = writing.done() and transport.is_closing()
        async with asyncio.timeout(_STANDING_STILL):
            await writing
        if failed:
            return False
    # Whoever has the last byte may hang up at once; what was lost is still kept here.
    return transport.get_write_buffer_size() == 0
