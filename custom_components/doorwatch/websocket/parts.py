"""What this room keeps of the home: made once, when the commands are registered."""

import asyncio
from dataclasses import dataclass, field

from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN


@dataclass(frozen=True, kw_only=True, slots=True)
class WebsocketParts:
    """What several commands share."""

    # Decoding takes a core: one at a time, however often somebody asks.
    decoding: asyncio.Lock = field(default_factory=asyncio.Lock)
    # What stands in the files of clips that not every browser plays, by clip.
    codecs: dict[str, str | None] = field(default_factory=dict)


WEBSOCKET: HassKey[WebsocketParts] = HassKey(f"{DOMAIN}_websocket")
