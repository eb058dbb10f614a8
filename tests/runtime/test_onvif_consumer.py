"""Test an ONVIF doorbell without pull points, which calls a webhook."""

import logging
from unittest.mock import patch

from homeassistant.components import webhook
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.doorwatch.const import (
    CONF_HOST,
    CONF_KIND,
    CONF_MAC,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_SERIAL,
    CONF_SOURCE,
    CONF_STREAM,
    CONF_USERNAME,
    DOMAIN,
    KIND_DOORBELL,
    SOURCE_ONVIF,
)
from custom_components.doorwatch.diagnostics import async_get_config_entry_diagnostics
from custom_components.doorwatch.runtime.onvif_consumer import WebhookConsumer
from tests.conftest import Until
from tests.onvif_device.device import onvif_device
from tests.rtsp.fixtures import RtspServer

RING = "event.front_doorbell"


def webhooks(hass: HomeAssistant) -> list[str]:
    """Return the ids of Doorwatch's webhooks."""
    handlers = hass.data.get(webhook._HANDLERS, {})
    return [key for key, handler in handlers.items() if handler.domain == DOMAIN]


async def test_a_ring_comes_by_webhook_and_the_webhook_goes_with_the_doorbell(
    hass: HomeAssistant,
    doorwatch: HomeAssistant,
    rtsp_server: RtspServer,
    until: Until,
    hass_client_no_auth: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither the diagnostics nor the log contain its address."""
    caplog.set_level(logging.DEBUG)
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, DOMAIN, {})
    client = await hass_client_no_auth()
    await hass.config.async_update(
        internal_url=f"http://127.0.0.1:{client.server.port}"
    )
    async with onvif_device(rtsp_server.address()) as device:
        device.events.offers_pull_points = False
        entry = MockConfigEntry(
            domain=DOMAIN,
            title="Front",
            unique_id="ec:71:db:00:11:22",
            data={
                CONF_KIND: KIND_DOORBELL,
                CONF_SOURCE: SOURCE_ONVIF,
                CONF_HOST: "127.0.0.1",
                CONF_PORT: device.port,
                CONF_USERNAME: device.login[0],
                CONF_PASSWORD: device.login[1],
                CONF_STREAM: rtsp_server.address(),
                CONF_MAC: "ec:71:db:00:11:22",
                CONF_SERIAL: device.serial,
            },
        )
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        doorbell = entry.runtime_data.doorbell
        await until(lambda: doorbell.hears_events)
        state = hass.states.get(RING)
        assert state is not None
        before = state.state
        device.ring()
        await until(
            lambda: (now := hass.states.get(RING)) is not None and now.state != before
        )

        found = await async_get_config_entry_diagnostics(hass, entry)
        assert found["transport"]["events"] == "push"
        (webhook_id,) = webhooks(hass)
        assert webhook_id not in str(found)

        # The router gave this home another address, here replaced by a name.
        await hass.config.async_update(
            internal_url=f"http://localhost:{client.server.port}"
        )
        with patch(
            "custom_components.doorwatch.engine.doorbells.onvif.push.LONGEST_PULL", 0
        ):
            device.motion(True)
            await until(lambda: device.events.consumer.startswith("http://localhost:"))
        assert webhook_id not in webhooks(hass)
        used = [webhook_id, *webhooks(hass)]
        assert await hass.config_entries.async_unload(entry.entry_id)
        assert not webhooks(hass)
    # The server's access log, which is enabled in tests only, is excluded.
    told = [
        record.getMessage()
        for record in caplog.records
        if record.name.split(".")[0] in ("custom_components", "onvif", "zeep")
    ]
    assert told
    assert not [line for line in told if any(each in line for each in used)]


@pytest.mark.parametrize(
    ("size", "status", "taken"), [(5000, 200, True), (100_000, 413, False)]
)
async def test_what_is_too_long_is_not_taken(
    hass: HomeAssistant,
    doorwatch: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    size: int,
    status: int,
    taken: bool,
) -> None:
    """After it was closed, nothing is accepted."""
    assert await async_setup_component(hass, "webhook", {})
    client = await hass_client_no_auth()
    await hass.config.async_update(internal_url="http://127.0.0.1:1")
    bodies: list[bytes] = []
    opened = WebhookConsumer(hass, "Front").open(bodies.append)
    assert opened is not None
    address, close = opened
    path = address.removeprefix("http://127.0.0.1:1")

    answer = await client.post(path, data=b"x" * size)
    assert answer.status == status
    assert bool(bodies) is taken
    close()
    close()
    await client.post(path, data=b"x")
    assert len(bodies) == int(taken)


async def test_a_home_without_an_address_opens_nothing(
    hass: HomeAssistant, doorwatch: HomeAssistant
) -> None:
    """The doorbell would have no address to send messages to."""
    assert await async_setup_component(hass, "webhook", {})
    hass.config.api = None

    assert WebhookConsumer(hass, "Front").open(lambda _: None) is None
    assert not webhooks(hass)
