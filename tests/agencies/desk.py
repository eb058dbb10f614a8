"""Run an agency's site on loopback, and add it as a person does."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
import time
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from homeassistant.components import persistent_notification
from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import CONF_ADDRESS, CONF_LOCAL, DOMAIN
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.sharing.documents.discovery import WELL_KNOWN
from custom_components.doorwatch.engine.sharing.model import (
    ReceiptState,
    Share,
    ShareState,
)
from custom_components.doorwatch.engine.sharing.signing.jws import (
    fingerprint,
    thumbprint,
)
from custom_components.doorwatch.signals import SIGNAL_SHARE_CHANGED
from tests.engine.sharing.evidence import group_token
from tests.engine.sharing.requests.feeds import feed_token
from tests.sharing_fixtures import FakeAgency


class Desk:
    """An agency's site on loopback; `answer` and `feed` are what it publishes now."""

    def __init__(self) -> None:
        """Start without a document."""
        self.agency = FakeAgency()
        self.answer: str | int = 503
        self.fetched = 0
        self.feed: str | int = 503
        self.feed_seq = 1
        self.feeds_fetched = 0
        self.open = asyncio.Event()
        self.open.set()
        app = web.Application()
        app.router.add_get(WELL_KNOWN, self._serve)
        app.router.add_get("/requests.jws", self._serve_feed)
        self.server = TestServer(app)

    async def _serve(self, request: web.Request) -> web.Response:
        self.fetched += 1
        await self.open.wait()
        if isinstance(self.answer, int):
            return web.Response(status=self.answer)
        return web.Response(text=self.answer)

    async def _serve_feed(self, request: web.Request) -> web.Response:
        self.feeds_fetched += 1
        await self.open.wait()
        if isinstance(self.feed, int):
            return web.Response(status=self.feed)
        return web.Response(text=self.feed)

    def ask(self, *features: object, **changes: object) -> str:
        """Publish the next feed and return it."""
        now = int(time.time())
        about = {"iss": self.agency.origin, "iat": now, "exp": now + 40 * 86_400}
        self.feed = token = feed_token(
            self.agency.root, *features, **{**about, "seq": self.feed_seq, **changes}
        )
        self.feed_seq += 1
        return token

    async def start(self) -> None:
        """Start the server."""
        await self.server.start_server()
        self.agency.origin = f"http://127.0.0.1:{self.server.port}"
        self.publish()

    def publish(self, **changes: object) -> None:
        """Publish the next document."""
        self.answer = self.agency.publish(**changes)
        self.agency.seq += 1

    def publish_group(self, **changes: object) -> None:
        """Publish the next document, as a group."""
        self.answer = group_token(
            self.agency.root,
            iss=self.agency.origin,
            requests_uri=self.requests_uri,
            iat=int(time.time()),
            exp=int(time.time()) + 86_400,
            **{"seq": self.agency.seq, **changes},
        )
        self.agency.seq += 1

    @property
    def requests_uri(self) -> str:
        """Return the address of the feed."""
        return f"{self.agency.origin}/requests.jws"

    @property
    def last_group(self) -> str:
        """Return the words that a person compares with the agency's paper."""
        return fingerprint(thumbprint(self.agency.root.public_key())).split()[-1]


async def type_address(
    hass: HomeAssistant, address: str, *, local: bool = True
) -> ConfigFlowResult:
    """Choose the agency in the menu and enter its address."""
    menu = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    result = await hass.config_entries.flow.async_configure(
        menu["flow_id"], {"next_step_id": "agency"}
    )
    return await hass.config_entries.flow.async_configure(
        result["flow_id"], {CONF_ADDRESS: address, CONF_LOCAL: local}
    )


async def add(hass: HomeAssistant, desk: Desk, **answers: Any) -> Any:
    """Complete the flow and return the entry."""
    result = await type_address(hass, desk.agency.origin)
    assert result["step_id"] == "agency_confirm", result
    answers = answers or {"last_group": desk.last_group}
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"not_compared": False, **answers}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY, result
    await hass.async_block_till_done()
    return result["result"]


def notifications(hass: HomeAssistant) -> str:
    """Return the text of all notifications."""
    found = persistent_notification._async_get_or_create_notifications(hass)
    return "\n".join(one["message"] for one in found.values())


async def kinds(hass: HomeAssistant) -> list[str]:
    """Return the kinds of lines in the ledger."""
    return [line.kind for line in await hass.data[DATA].ledger.lines()]


def share(entry: MockConfigEntry, state: ShareState, **changes: Any) -> Share:
    """Create a share as the outbox reports it."""
    now = datetime.now(UTC)
    return replace(
        Share(
            share_id="0199aaaa",
            clip_id="0199bbbb",
            agency_id=entry.entry_id,
            agency_name="Harbour Police",
            user_id="someone",
            state=state,
            created_at=now,
            cancel_until=None,
            sent=0,
            total=1,
            problem=None,
            attempts=1,
            next_attempt=None,
            delivered_at=now if state is ShareState.DELIVERED else None,
            receipt=ReceiptState.AWAITED if state is ShareState.DELIVERED else None,
        ),
        **changes,
    )


async def tell(hass: HomeAssistant, one: Share) -> None:
    """Report a share."""
    async_dispatcher_send(hass, SIGNAL_SHARE_CHANGED, one)
    await hass.async_block_till_done()


@pytest.fixture
async def desk(doorwatch: HomeAssistant) -> Any:
    """Run an agency's site."""
    assert await async_setup_component(doorwatch, DOMAIN, {})
    found = Desk()
    await found.start()
    yield found
    await found.server.close()


@pytest.fixture
async def entry(hass: HomeAssistant, desk: Desk) -> Any:
    """Add the agency."""
    added = await add(hass, desk)
    desk.fetched = 0
    return added
