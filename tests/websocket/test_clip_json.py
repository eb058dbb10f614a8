"""Test the data of a clip that cards receive."""

from http import HTTPStatus

from homeassistant.helpers.dispatcher import async_dispatcher_send
import pytest

from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.signals import SIGNAL_CLIP_SAVED
from tests.sharing_fixtures import Home, command, event_of, result_of
from tests.websocket.conftest import HEVC_ID


@pytest.mark.lesson(9)
async def test_a_clip_says_what_a_browser_must_be_able_to_play(
    home: Home, hevc_clip: Clip
) -> None:
    """The list and the event about a new clip have the codec."""
    client = await home.connect()
    await client.send_json_auto_id({"type": "doorwatch/clips/subscribe"})
    await result_of(client)

    async_dispatcher_send(home.hass, SIGNAL_CLIP_SAVED, hevc_clip)
    told = await event_of(client)
    listed = await command(client, type="doorwatch/clips/list")

    for clip in (told["clip"], listed["result"]["clips"][0]):
        assert clip["clip_id"] == HEVC_ID
        assert clip["plays_everywhere"] is False
        assert clip["codecs"].startswith("hvc1.1.6.L")
        assert clip["has_preview"] is False


async def test_fresh_links_bring_download_and_preview(
    home: Home, hevc_clip: Clip
) -> None:
    client = await home.connect()
    answer = await command(client, type="doorwatch/clips/link", clip_id=HEVC_ID)
    links = answer["result"]
    assert links["preview"] is None
    http = await home.client()
    got = await http.get(links["download"])
    assert got.status == HTTPStatus.OK
    assert got.headers["Content-Disposition"].startswith("attachment;")
    # The signature is valid for this path only.
    plain = links["url"] + "&download=1"
    assert (await http.get(plain)).status == HTTPStatus.UNAUTHORIZED
