"""Shared state of the websocket commands, created at registration."""

import asyncio
from dataclasses import dataclass, field

from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN


@dataclass(frozen=True, kw_only=True, slots=True)
class WebsocketParts:
    """State that several commands share."""

    # Decoding uses a whole core, so only one request decodes at a time.
    decoding: asyncio.Lock = field(default_factory=asyncio.Lock)
    # The codecs of clips that not every browser plays, by clip ID.
    codecs: dict[str, str | None] = field(default_factory=dict)


WEBSOCKET: HassKey[WebsocketParts] = HassKey(f"{DOMAIN}_websocket")
