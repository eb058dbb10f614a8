"""A Ring doorbell whose videos are served on loopback, with short timeouts."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from unittest.mock import patch

from aiohttp import web
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.doorwatch.engine.outside.door import Outside
from custom_components.doorwatch.engine.outside.reach import may_connect
from tests.cameras.fixtures import Links
from tests.cameras.vendors.ring import RingCloud
from tests.conftest import Until
from tests.fetched.scene import Link, RingScene, Scene, Videos
from tests.outside_servers import HOST, FakeNames, make_tls, serve


@pytest.fixture
async def videos(clip_file: Path) -> AsyncIterator[Videos]:
    """Serve a real video over TLS at a host name that Doorwatch considers public."""
    found = Videos(port=0, content=clip_file.read_bytes(), asked=[])

    async def handler(request: web.Request) -> web.StreamResponse:
        found.asked.append(request.path)
        if found.hold is not None:
            response = web.StreamResponse()
            await response.prepare(request)
            await response.write(found.content[:1000])
            await found.hold.wait()
            return response
        if found.broken:
            found.broken -= 1
            response = web.StreamResponse()
            response.content_length = len(found.content)
            await response.prepare(request)
            await response.write(found.content[: len(found.content) // 2])
            assert request.transport is not None
            request.transport.close()
            return response
        return web.Response(body=found.content, content_type="video/mp4")

    names = FakeNames({HOST: [["127.0.0.1"]]})
    async with serve(handler, tls=make_tls().server) as port:
        found.port = port
        with (
            patch(
                "custom_components.doorwatch.domain.opening.Outside",
                partial(Outside, tls=make_tls().client, resolver=names),
            ),
            patch(
                "custom_components.doorwatch.engine.outside.door.may_connect",
                lambda address, local=False: (
                    address == "127.0.0.1" or may_connect(address, local=local)
                ),
            ),
        ):
            yield found


@pytest.fixture
def ring(
    hass: HomeAssistant,
    ready: None,
    videos: Videos,
    aioclient_mock: AiohttpClientMocker,
) -> RingCloud:
    """Return the cloud with a motion of an hour ago as the last event."""
    cloud = RingCloud(hass, aioclient_mock)
    cloud.happens("motion", 100, datetime.now(UTC) - timedelta(hours=1))
    cloud.history[0]["recording"] = {"status": "ready"}
    cloud.videos[100] = videos.address("old")
    return cloud


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """Shorten the polling intervals."""
    with patch("custom_components.doorwatch.fetched.clips.LOOK", 0.2):
        yield


@pytest.fixture
async def unasked(
    hass: HomeAssistant, links: Links, ring: RingCloud, videos: Videos, until: Until
) -> RingScene:
    """Link the doorbell with the entity of recordings enabled.

    Core has not fetched the last recording yet.
    """
    await ring.set_up()
    er.async_get(hass).async_update_entity(
        ring.entity_id("camera", "last_recording"), disabled_by=None
    )
    await hass.config_entries.async_unload(ring.entry.entry_id)
    await ring.set_up_again()
    entry = await links.link(camera=ring.entity_id("camera", "live_view"))
    return RingScene(hass=hass, until=until, entry=entry, ring=ring, videos=videos)


@pytest.fixture
async def scene(unasked: RingScene) -> RingScene:
    """Link the doorbell, with the recording of an hour ago in the entity."""
    ring = unasked.ring
    await ring.poll()
    state = unasked.hass.states.get(ring.entity_id("camera", "last_recording"))
    assert state is not None
    assert state.attributes["last_video_id"] == 100
    return unasked


@pytest.fixture
def link(
    hass: HomeAssistant,
    links: Links,
    until: Until,
    hass_client_no_auth: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> Link:
    """Return a function that links a camera whose integration keeps the recordings.

    Tests request it after the fixture of the camera, so that it ends first. Otherwise
    the end of a test can take 10 seconds longer.
    """

    async def link(camera: str) -> Scene:
        entry = await links.link(camera=camera)
        # The server is on loopback, and no views can be added after this.
        client = await hass_client_no_auth()
        monkeypatch.setattr(hass.http, "server_port", client.server.port)
        return Scene(hass=hass, until=until, entry=entry)

    return link
