"""Publish requests of an agency, stored by the home as after a fetch."""

from datetime import UTC, datetime, timedelta
import time
from typing import Any

from custom_components.doorwatch.engine.sharing.requests.feed import read_feed
from tests.engine.sharing.requests.feeds import feature, feed_token
from tests.engine.sharing.requests.items import WINDOW
from tests.sharing_fixtures import Home

REQUEST_ID = "2025-0001"
BEGINS, ENDS = (moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in WINDOW)
UNTIL = (datetime.now(UTC) + timedelta(days=30)).strftime("%Y-%m-%dT00:00:00Z")
# An area around the location of Home Assistant's tests.
_WEST, _EAST, _SOUTH, _NORTH = -117.23, -117.225, 32.87, 32.875
HERE = {
    "type": "Polygon",
    "coordinates": [
        [
            [_WEST, _SOUTH],
            [_EAST, _SOUTH],
            [_EAST, _NORTH],
            [_WEST, _NORTH],
            [_WEST, _SOUTH],
        ]
    ],
}


class Asking:
    """An agency whose requests the home has fetched."""

    def __init__(self, home: Home) -> None:
        """Start without requests."""
        self._home = home

    async def publish(
        self, *features: object, key: Any = None, **claims: object
    ) -> str:
        """Store this feed in the home, on its disk too, and return it."""
        desk, now = self._home.desk, int(time.time())
        key = key or desk.root
        given = {"iss": desk.origin, "iat": now, "exp": now + 86_400} | claims
        token = feed_token(key, *features, **given)
        feed = read_feed(
            token, issuer=desk.origin, keys=[key.public_key()], pin=None, now=now
        )
        await self._home.agency.runtime_data._feed._async_kept(token.encode(), feed)
        return token


def request(**changes: object) -> dict[str, Any]:
    """Return a request for the clips of this home."""
    given: dict[str, Any] = {"geometry": HERE, "until": UNTIL, **changes}
    window = {"time": {"interval": [BEGINS, ENDS]}}
    return feature(REQUEST_ID, **given) | window
