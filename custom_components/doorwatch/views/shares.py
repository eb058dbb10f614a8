"""Serve receipts, declarations and the ledger for download."""

from http import HTTPStatus

from aiohttp import hdrs, web
from homeassistant.components.http.const import KEY_HASS_USER
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView
from homeassistant.util import dt as dt_util

from ..domain.opening import async_get_domain
from ..engine.clips.errors import LibraryError
from ..engine.sharing.errors import SharingError
from ..engine.sharing.outbox.record import Paper
from ..paths import DECLARATION_PATH, DELIVERY_RECEIPT_PATH, LEDGER_PATH, RECEIPT_PATH
from .hand_over import HandOverView


@callback
def async_register_share_views(hass: HomeAssistant) -> None:
    """Register the views."""
    for view in (
        PaperView("receipt", RECEIPT_PATH, "jws", "application/jose"),
        PaperView("delivery_receipt", DELIVERY_RECEIPT_PATH, "jws", "application/jose"),
        PaperView("declaration", DECLARATION_PATH, "txt", "text/plain; charset=utf-8"),
        LedgerView(),
        HandOverView(),
    ):
        hass.http.register_view(view)


def _headers(name: str, content_type: str) -> dict[str, str]:
    return {
        hdrs.CONTENT_TYPE: content_type,
        hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"',
        hdrs.CACHE_CONTROL: "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }


class PaperView(HomeAssistantView):
    """Serve a paper of a share to users who may see the share."""

    def __init__(self, paper: Paper, path: str, suffix: str, content_type: str) -> None:
        """Initialize the address and the format."""
        self.url = path.format("{share_id}")
        self.name = f"api:doorwatch:{paper}"
        self._paper: Paper = paper
        self._suffix = suffix
        self._content_type = content_type

    async def get(self, request: web.Request, share_id: str) -> web.Response:
        """Answer GET; unknown and forbidden shares look the same."""
        hass = request.app[KEY_HASS]
        try:
            data = await async_get_domain(hass)
            user = request[KEY_HASS_USER]
            share = await data.visible_shares.async_get(user, share_id)
            paper = await data.outbox.paper(share.share_id, self._paper)
        except SharingError, LibraryError:
            paper = None
        if paper is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        name = f"doorwatch-{self._paper.replace('_', '-')}-{share_id}.{self._suffix}"
        return web.Response(
            body=paper.encode(), headers=_headers(name, self._content_type)
        )


class LedgerView(HomeAssistantView):
    """Serve the whole ledger to administrators, in the format of docs/verify-ledger.sh."""

    url = LEDGER_PATH
    name = "api:doorwatch:ledger"

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Answer page by page, because an old ledger is too large for memory."""
        hass = request.app[KEY_HASS]
        if not request[KEY_HASS_USER].is_admin:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        try:
            ledger = (await async_get_domain(hass)).ledger
        except SharingError, LibraryError:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE)
        name = f"doorwatch-ledger-{dt_util.now():%Y-%m-%d}.jsonl"
        response = web.StreamResponse(headers=_headers(name, "application/jsonl"))
        await response.prepare(request)
        async for page in ledger.export():
            await response.write(page)
        await response.write_eof()
        return response
