"""Test the command that creates a preview, and the lifetime of previews."""

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
import threading
from typing import Any

import pytest

from custom_components.doorwatch.engine.clips.background import Progress
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.clips.video import previews as room
from custom_components.doorwatch.engine.clips.video.codecs import codecs_of
from custom_components.doorwatch.engine.clips.video.previews import FOLDER
from tests.sharing_fixtures import Home, command, event_of, result_of

from .conftest import HEVC_ID


async def preview(client: Any, clip_id: str) -> list[dict[str, Any]]:
    """Request a preview and return all events."""
    await client.send_json_auto_id(
        {"type": "doorwatch/clips/preview", "clip_id": clip_id}
    )
    assert (await result_of(client))["success"]
    events = [await event_of(client)]
    while events[-1]["type"] == "progress":
        events.append(await event_of(client))
    return events


@pytest.mark.lesson(9)
async def test_a_preview_is_made_and_can_be_played_in_ranges(
    home: Home, hevc_clip: Clip, no_blocking_calls: None
) -> None:
    client = await home.connect()

    *progress, ready = await preview(client, HEVC_ID)

    assert progress
    fractions = [event["fraction"] for event in progress]
    assert fractions == sorted(fractions)
    assert ready["type"] == "ready"
    http = await home.client()
    whole = await http.get(ready["url"])
    assert whole.status == HTTPStatus.OK
    assert whole.content_type == "video/mp4"
    content = await whole.read()
    begin = await http.get(ready["url"], headers={"Range": "bytes=0-9"})
    assert (begin.status, await begin.read()) == (206, content[:10])
    assert (await http.head(ready["url"])).status == HTTPStatus.OK
    codecs = await home.hass.async_add_executor_job(
        codecs_of, home.data.library.folder / FOLDER / f"{HEVC_ID}.mp4"
    )
    assert codecs is not None
    assert codecs.startswith("avc1.")
    # The second request returns the existing preview; shares use the original.
    assert [event["type"] for event in await preview(client, HEVC_ID)] == ["ready"]
    listed = await command(client, type="doorwatch/clips/list")
    assert listed["result"]["clips"][0]["has_preview"] is True
    assert len(listed["result"]["clips"]) == 3
    link = await command(client, type="doorwatch/clips/link", clip_id=HEVC_ID)
    assert (await http.get(link["result"]["preview"])).status == HTTPStatus.OK
    assert await home.data.library.verify(HEVC_ID)


@pytest.mark.lesson(13)
async def test_a_preview_takes_the_permission_for_its_clip(
    home: Home, hevc_clip: Clip
) -> None:
    owner = await home.user("Kim", read=[home.front])
    client = await home.connect_as(owner)
    ready = (await preview(client, HEVC_ID))[-1]
    path = ready["url"].partition("?")[0]
    stranger = await home.user("Lee", control=[home.back])
    http = await home.client(await home.login(stranger))
    assert (await http.get(path)).status == HTTPStatus.NOT_FOUND
    other = await home.connect_as(stranger)
    answer = await command(other, type="doorwatch/clips/preview", clip_id=HEVC_ID)
    assert answer["error"]["code"] == "clip_unknown"

    owner.groups = []
    assert (await (await home.client()).get(ready["url"])).status == (
        HTTPStatus.NOT_FOUND
    )


async def test_what_goes_wrong_is_told(home: Home, hevc_clip: Clip) -> None:
    hevc_clip.path.write_bytes(b"\0" * 100)
    client = await home.connect()

    failed = (await preview(client, HEVC_ID))[-1]

    assert failed["type"] == "failed"
    assert failed["code"] == "preview_impossible"
    assert failed["message"]
    answer = await command(client, type="doorwatch/clips/preview", clip_id="unknown")
    assert answer["error"]["code"] == "clip_unknown"


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Let creating a preview never end; the returned event is set when it is canceled."""
    over = threading.Event()

    def forever(_source: Path, _target: Path, progress: Progress) -> None:
        try:
            wait = threading.Event()
            while not wait.wait(0.01):
                progress(0.5)
        finally:
            over.set()

    monkeypatch.setattr(room, "encode", forever)
    yield over
    assert over.wait(10)


async def test_unsubscribing_gives_a_preview_up(
    home: Home, hevc_clip: Clip, endless: threading.Event
) -> None:
    client = await home.connect()
    await client.send_json_auto_id(
        {"type": "doorwatch/clips/preview", "clip_id": HEVC_ID}
    )
    subscription = (await result_of(client))["id"]
    assert (await event_of(client))["type"] == "progress"

    answer = await command(client, type="unsubscribe_events", subscription=subscription)

    assert answer["success"]
    assert await home.hass.async_add_executor_job(endless.wait, 20)
    assert not home.data.previews.has(HEVC_ID)


async def test_a_preview_goes_with_its_clip(home: Home, hevc_clip: Clip) -> None:
    client = await home.connect()
    await preview(client, HEVC_ID)
    file = home.data.library.folder / FOLDER / f"{HEVC_ID}.mp4"
    assert file.exists()

    await command(client, type="doorwatch/clips/delete", clip_id=HEVC_ID)
    await home.hass.async_block_till_done()

    assert not file.exists()
    assert not home.data.previews.has(HEVC_ID)
