"""Set up an agency with an upload page, and hand over clips to it."""

import asyncio
from collections.abc import Awaitable, Callable
import json
from typing import Any

from aiohttp import ClientResponse
from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.dispatcher import async_dispatcher_connect
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.doorwatch.const import (
    CONF_ADDRESS,
    CONF_CANCEL_WINDOW,
    CONF_CONTACT,
    CONF_JURISDICTION,
    CONF_NAME,
    DOMAIN,
)
from custom_components.doorwatch.diagnostics import async_get_config_entry_diagnostics
from custom_components.doorwatch.engine.sharing.model import Share, ShareState
from custom_components.doorwatch.signals import SIGNAL_SHARE_CHANGED
from tests.sharing_fixtures import Home, command, prepare, tap

PAGE = "https://harbour.vendor.example"
TYPED = {
    CONF_NAME: "Harbour Police",
    CONF_ADDRESS: "https://HARBOUR.vendor.example:443/upload?token=planted-secret",
    CONF_JURISDICTION: "Planted Town",
    CONF_CONTACT: "desk@planted.example",
}


async def type_agency(hass: HomeAssistant, **typed: str) -> ConfigFlowResult:
    """Choose the upload page in the menu and fill in the form."""
    menu = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    form = await hass.config_entries.flow.async_configure(
        menu["flow_id"], {"next_step_id": "agency_link"}
    )
    assert form["type"] is FlowResultType.FORM
    return await hass.config_entries.flow.async_configure(
        form["flow_id"], {**TYPED, **typed}
    )


@pytest.fixture
async def page(home: Home) -> MockConfigEntry:
    """Add the agency and share with it."""
    result = await type_agency(home.hass)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await home.hass.async_block_till_done()
    home.agency = result["result"]  # type: ignore[assignment] # a ConfigEntry
    home.configure(**{CONF_CANCEL_WINDOW: 0})
    return home.agency


async def new_share(
    home: Home, client: MockHAClientWebSocket, state: ShareState = ShareState.READY
) -> Share:
    """Share until the share is in a state."""
    ready = await prepare(client, home, link_origin=PAGE)
    answer = await tap(client, home, ready["confirmation"])
    assert answer["success"], answer
    return await share_until(home, answer["result"]["response"]["share_id"], state)


async def share_until(home: Home, share_id: str, state: ShareState) -> Share:
    """Wait until the share is in the state."""
    changed = asyncio.Event()

    @callback
    def on_change(_changed: Share) -> None:
        changed.set()

    stop = async_dispatcher_connect(home.hass, SIGNAL_SHARE_CHANGED, on_change)
    try:
        async with asyncio.timeout(60):
            while True:
                changed.clear()
                share = await home.data.outbox.get(share_id)
                assert share is not None
                if share.state is state:
                    return share
                await changed.wait()
    finally:
        stop()


async def address_of(client: MockHAClientWebSocket, share: Share) -> str:
    answer = await command(
        client, type="doorwatch/share/address", share_id=share.share_id
    )
    assert answer["success"], answer
    assert answer["result"]["name"] == share.file
    url: str = answer["result"]["url"]
    return url


async def fetched(home: Home, url: str, **headers: str) -> ClientResponse:
    """Fetch an address as a browser does, without any other login."""
    return await (await home.client()).get(url, headers=headers)


@pytest.fixture
def not_logged(
    home: Home, caplog: pytest.LogCaptureFixture
) -> Callable[[str], Awaitable[None]]:
    """Return a function that checks that an address was not logged or stored."""

    async def check(url: str) -> None:
        path, _, query = url.partition("?")
        token = path.rpartition("/")[2]
        assert len(token) == 43
        assert "/api/doorwatch/hand_over/" in caplog.text
        assert token not in caplog.text
        assert query not in caplog.text  # the path is in the query, too
        states = json.dumps(
            [each.as_dict() for each in home.hass.states.async_all()], default=str
        )
        assert token not in states
        lines = b"".join([page async for page in home.data.ledger.export()])
        assert token.encode() not in lines
        found: list[Any] = [
            await async_get_config_entry_diagnostics(home.hass, entry)
            for entry in home.hass.config_entries.async_entries(DOMAIN)
        ]
        assert token not in json.dumps(found, default=str)

    return check
