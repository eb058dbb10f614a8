"""An agency that asks, as the home holds what it publishes."""

from dataclasses import replace
import time
from typing import Any

from homeassistant.util import dt as dt_util
import pytest

from custom_components.doorwatch.agencies.base import HeldFeed
from custom_components.doorwatch.engine.sharing.requests.feed import read_feed
from tests.engine.sharing.requests.feeds import feature, feed_token
from tests.sharing_fixtures import Home

REQUEST_ID = "2025-0001"


class Asking:
    """Publishes requests, which the home has fetched at once."""

    def __init__(self, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        """Ask nothing yet."""
        self._home = home
        self._agency = home.agency.runtime_data
        self.token: str | None = None
        monkeypatch.setattr(self._agency, "async_feed_token", self._async_token)

    async def _async_token(self) -> str | None:
        return self.token

    def publish(self, *features: object, key: Any = None, **claims: object) -> str:
        """Let the home hold this feed from now on."""
        desk, now = self._home.desk, int(time.time())
        key = key or desk.root
        given = {"iss": desk.origin, "iat": now, "exp": now + 86_400} | claims
        self.token = feed_token(key, *features, **given)
        feed = read_feed(
            self.token,
            issuer=desk.origin,
            keys=[key.public_key()],
            pin=None,
            now=now,
        )
        held = HeldFeed(feed=feed, fetched_at=dt_util.utcnow())
        self._agency.data = replace(self._agency.data, feed=held)
        return self.token


def request(**properties: object) -> dict[str, Any]:
    """Return what an agency asks."""
    return feature(REQUEST_ID, **properties)
