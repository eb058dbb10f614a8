"""Receive the messages of ONVIF doorbells without pull points by webhook."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aiohttp.web import Request, Response
from homeassistant.components import webhook
from homeassistant.core import HomeAssistant
from homeassistant.helpers.network import NoURLAvailableError, get_url

from ..const import DOMAIN
from .webhook_call import async_read_body

# A message has a few kilobytes, and several may come together.
_LARGEST: Final = 64 * 1024


@dataclass(eq=False, repr=False)
class WebhookConsumer:
    """Provide a new, unguessable webhook for each subscription.

    It accepts only the local network, until the subscription ends.
    """

    _hass: HomeAssistant
    _name: str

    def open(
        self, take: Callable[[bytes], None]
    ) -> tuple[str, Callable[[], None]] | None:
        """Open a webhook, or return None if Home Assistant has no local URL.

        Returns its address and a function that closes it.
        """
        hass = self._hass
        if (home := self._home()) is None:
            return None
        webhook_id = webhook.async_generate_id()

        async def handle(
            hass: HomeAssistant, webhook_id: str, request: Request
        ) -> Response:
            try:
                body = await async_read_body(request, _LARGEST)
            except ValueError:
                return Response(status=413)
            except TimeoutError:
                return Response(status=408)
            take(body)
            return Response(status=200)

        webhook.async_register(
            hass,
            DOMAIN,
            self._name,
            webhook_id,
            handle,
            local_only=True,
            allowed_methods=("POST",),
        )
        opened = True

        def close() -> None:
            nonlocal opened
            if opened:
                opened = False
                webhook.async_unregister(hass, webhook_id)

        return f"{home}{webhook.async_generate_path(webhook_id)}", close

    def is_at(self, address: str) -> bool:
        """Whether Home Assistant still has the local URL of an opened webhook."""
        return (home := self._home()) is not None and address.startswith(f"{home}/")

    def _home(self) -> str | None:
        """Return Home Assistant's local URL."""
        try:
            return get_url(self._hass, allow_external=False, allow_cloud=False)
        except NoURLAvailableError:
            return None
