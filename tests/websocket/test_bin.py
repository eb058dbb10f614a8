"""The card's commands about the bin, previews, recording now, and areas to watch."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
import subprocess
import threading
from typing import Any

from homeassistant.helpers.dispatcher import async_dispatcher_send
import pytest

from custom_components.doorwatch.actions.parts import previews
from custom_components.doorwatch.const import CONF_AREAS
from custom_components.doorwatch.engine.clips.background import Progress
from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.clips.video import previews as room
from custom_components.doorwatch.engine.clips.video.codecs import codecs_of
from custom_components.doorwatch.engine.clips.video.previews import FOLDER, Previews
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.engine.motion.areas import parse
from custom_components.doorwatch.signals import SIGNAL_CLIP_SAVED
from tests import videos as media
from tests.sharing_fixtures import (
    CLIP_SECONDS,
    Home,
    command,
    event_of,
    record,
    result_of,
    silence,
)

HEVC_ID = "0199c0de-0000-7000-8000-000000000265"


@pytest.fixture
async def hevc_clip(home: Home, tmp_path: Path) -> Clip:
    """Put a clip in H.265 into the library."""

    def make() -> Clip:
        file = tmp_path / "hevc.mp4"
        subprocess.run(
            [
                *("ffmpeg", "-v", "error", "-i", str(media.make(media.HEVC).path)),
                *("-t", str(CLIP_SECONDS), "-c", "copy", "-tag:v", "hvc1", str(file)),
            ],
            check=True,
            timeout=60,
        )
        return record(
            home.data, home.front.entry_id, file, HEVC_ID, 2, video_codec="hevc"
        )

    return await home.hass.async_add_executor_job(make)


# The bin


async def test_deleted_clips_say_how_long_they_are_kept(home: Home) -> None:
    client = await home.connect()
    answer = await command(client, type="doorwatch/clips/deleted")
    assert answer["result"] == {"clips": []}

    await command(client, type="doorwatch/clips/delete", clip_id=home.clip.clip_id)
    await command(client, type="doorwatch/clips/delete", clip_id=home.back_clip.clip_id)
    answer = await command(client, type="doorwatch/clips/deleted")

    [last, first] = answer["result"]["clips"]
    assert last["clip_id"] == home.back_clip.clip_id
    assert first["clip_id"] == home.clip.clip_id
    assert 86_000 < first["gone_in"] <= 86_400
    assert first["deleted_at"]
    http = await home.client()
    assert (await http.get(first["thumbnail"])).status == HTTPStatus.OK
    answer = await command(
        client, type="doorwatch/clips/deleted", doorbell_id=home.front.entry_id
    )
    assert [clip["clip_id"] for clip in answer["result"]["clips"]] == [
        home.clip.clip_id
    ]


async def test_restored_clip_is_back_in_the_list(home: Home) -> None:
    """And every card hears of it."""
    client, other = await home.connect(), await home.connect()
    await other.send_json_auto_id({"type": "doorwatch/clips/subscribe"})
    await result_of(other)
    await command(client, type="doorwatch/clips/delete", clip_id=home.clip.clip_id)

    answer = await command(
        client, type="doorwatch/clips/restore", clip_id=home.clip.clip_id
    )

    assert answer["result"]["clip"]["clip_id"] == home.clip.clip_id
    listed = await command(client, type="doorwatch/clips/list")
    assert len(listed["result"]["clips"]) == 2
    told = await event_of(other)
    assert told["type"] == "changed"
    assert told["clip"]["clip_id"] == home.clip.clip_id
    answer = await command(
        client, type="doorwatch/clips/restore", clip_id=home.clip.clip_id
    )
    assert answer["error"]["code"] == "clip_unknown"


@pytest.mark.lesson(13)
async def test_the_bin_is_for_those_who_control_the_camera(home: Home) -> None:
    await home.data.library.delete(home.clip.clip_id)
    for user, seen, restored in (
        (await home.user("Kim", read=[home.front]), 0, "not_allowed"),
        (await home.user("Lee", control=[home.back]), 0, "clip_unknown"),
        (await home.user("Jo", control=[home.front]), 1, None),
    ):
        client = await home.connect(await home.login(user))
        answer = await command(client, type="doorwatch/clips/deleted")
        assert len(answer["result"]["clips"]) == seen
        answer = await command(
            client, type="doorwatch/clips/restore", clip_id=home.clip.clip_id
        )
        assert answer.get("error", {}).get("code") == restored


# The list


async def test_clips_of_one_kind(home: Home) -> None:
    client = await home.connect()
    for event, count in (("ring", 2), ("motion", 0), ("manual", 0)):
        answer = await command(client, type="doorwatch/clips/list", event=event)
        assert len(answer["result"]["clips"]) == count
    answer = await command(client, type="doorwatch/clips/list", event="all")
    assert not answer["success"]


@pytest.mark.lesson(9)
async def test_a_clip_says_what_a_browser_must_be_able_to_play(
    home: Home, hevc_clip: Clip
) -> None:
    """In the list, and when it is new."""
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
    # It is signed for this and nothing else.
    plain = links["url"] + "&download=1"
    assert (await http.get(plain)).status == HTTPStatus.UNAUTHORIZED


# Previews


async def preview(client: Any, clip_id: str) -> list[dict[str, Any]]:
    """Ask for a preview; returns all events to the last."""
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
    # The second time it is there; what is shared stays the original.
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
    client = await home.connect(await home.login(owner))
    ready = (await preview(client, HEVC_ID))[-1]
    path = ready["url"].partition("?")[0]
    stranger = await home.user("Lee", control=[home.back])
    http = await home.client(await home.login(stranger))
    assert (await http.get(path)).status == HTTPStatus.NOT_FOUND
    other = await home.connect(await home.login(stranger))
    answer = await command(other, type="doorwatch/clips/preview", clip_id=HEVC_ID)
    assert answer["error"]["code"] == "clip_unknown"

    owner.groups = []
    assert (await (await home.client()).get(ready["url"])).status == (
        HTTPStatus.NOT_FOUND
    )


async def test_a_preview_goes_with_its_clip(home: Home, hevc_clip: Clip) -> None:
    client = await home.connect()
    await preview(client, HEVC_ID)
    file = home.data.library.folder / FOLDER / f"{HEVC_ID}.mp4"
    assert file.exists()

    await command(client, type="doorwatch/clips/delete", clip_id=HEVC_ID)
    await home.hass.async_block_till_done()

    assert not file.exists()
    assert not previews(home.hass).has(HEVC_ID)


async def test_previews_of_clips_that_went_unseen_are_removed(home: Home) -> None:
    """Their clips expired while Home Assistant was off."""
    folder = home.data.library.folder / FOLDER
    folder.mkdir()
    (folder / f"{home.clip.clip_id}.mp4").write_bytes(b"there")
    (folder / "gone.mp4").write_bytes(b"gone")

    await previews(home.hass).async_find()

    assert [file.stem for file in folder.iterdir()] == [home.clip.clip_id]


async def test_previews_are_known_to_all_who_ask_at_the_same_time(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first who asks has them looked for, which takes a while."""
    folder = home.data.library.folder / FOLDER
    folder.mkdir()
    (folder / f"{home.clip.clip_id}.mp4").write_bytes(b"there")
    asked, go_on, load = threading.Event(), threading.Event(), Previews._load

    def load_slowly(previews: Previews) -> set[str]:
        asked.set()
        go_on.wait(60)
        return load(previews)

    monkeypatch.setattr(Previews, "_load", load_slowly)
    first = asyncio.create_task(previews(home.hass).async_find())
    await asyncio.to_thread(asked.wait, 60)
    second = asyncio.create_task(previews(home.hass).async_find())
    await asyncio.sleep(0)
    go_on.set()

    assert (await second).path(home.clip.clip_id) is not None
    assert await first is await second


async def test_previews_are_looked_for_again_after_a_disk_that_hung(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody gets what was never looked at."""
    folder = home.data.library.folder / FOLDER
    folder.mkdir()
    (folder / f"{home.clip.clip_id}.mp4").write_bytes(b"there")
    over = threading.Event()
    with monkeypatch.context() as hanging:
        hanging.setattr(Previews, "_load", lambda _self: over.wait(60))
        hanging.setattr(
            "custom_components.doorwatch.engine.clips.video.previews.PATIENCE", 0.05
        )
        with pytest.raises(LibraryError, match="library_unavailable"):
            await previews(home.hass).async_find()
    over.set()

    found = await previews(home.hass).async_find()

    assert found.path(home.clip.clip_id) is not None


async def test_previews_follow_the_library_to_another_folder(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await previews(home.hass).async_find()
    assert await previews(home.hass).async_find() is before
    monkeypatch.setattr(
        type(home.data.library), "folder", property(lambda _self: tmp_path / "moved")
    )

    after = await previews(home.hass).async_find()

    assert after is not before
    assert after.library == tmp_path / "moved"


async def test_a_library_that_is_away_loses_no_preview(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether a clip is gone can be told only by who can be asked."""
    folder = home.data.library.folder / FOLDER
    folder.mkdir()
    (folder / f"{home.clip.clip_id}.mp4").write_bytes(b"there")

    async def away(_clip_id: str) -> None:
        raise LibraryError("folder_not_writable")

    monkeypatch.setattr(home.data.library, "get", away)

    await previews(home.hass).async_find()

    assert previews(home.hass).has(home.clip.clip_id)


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
    """Let making a preview take as long as it is let; tells when one was given up."""
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
    assert not previews(home.hass).has(HEVC_ID)


# Record now


async def test_record_now(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[DoorbellEvent] = []
    recorder = home.front.runtime_data.recorder
    monkeypatch.setattr(recorder, "trigger", told.append)
    client = await home.connect()
    ask = {
        "type": "doorwatch/clips/record",
        "doorbell_id": home.front.entry_id,
        "duration": 20,
    }

    answer = await command(client, **ask)
    assert answer["error"]["code"] == "doorbell_offline"
    assert "Front" in answer["error"]["message"]
    home.front.runtime_data._on_health(replace(recorder.health, connected=True))
    assert (await command(client, **ask))["success"]
    for duration in (1, 601, "20", True):
        answer = await command(client, **ask | {"duration": duration})
        assert not answer["success"]
    answer = await command(client, **ask | {"doorbell_id": home.agency.entry_id})
    assert not answer["success"]

    [event] = told
    assert (event.kind, event.lasts) == (EventKind.MANUAL, 20)
    viewer = await home.user("Kim", read=[home.front])
    client = await home.connect(await home.login(viewer))
    assert (await command(client, **ask))["error"]["code"] == "not_allowed"


# Areas


async def test_areas_are_stored_as_a_person_would_type_them(home: Home) -> None:
    client = await home.connect()
    door = {"doorbell_id": home.front.entry_id}
    drawn = [[[0, 40], [100, 40], [100, 100]], [[10, 10.04], [30.26, 25]]]

    answer = await command(client, type="doorwatch/areas/set", **door, areas=drawn)
    await home.hass.async_block_till_done()

    assert answer["result"]["changed"] is True
    stored = home.front.options[CONF_AREAS]
    assert stored == "0,40 100,40 100,100; 10,10 30.3,10 30.3,25 10,25"
    answer = await command(client, type="doorwatch/areas/get", **door)
    assert answer["result"]["areas"] == [
        [list(corner) for corner in area] for area in parse(stored)
    ]
    answer = await command(client, type="doorwatch/areas/set", **door, areas=[])
    await home.hass.async_block_till_done()
    answer = await command(client, type="doorwatch/areas/get", **door)
    assert answer["result"]["areas"] == []
    answer = await command(client, type="doorwatch/areas/set", **door, areas=[])
    assert answer["result"]["changed"] is False


@pytest.mark.parametrize(
    ("areas", "problem"),
    [
        ([[[0, 0], [101, 50], [50, 100]]], "areas_outside"),
        ([[[5, 5]]], "areas_too_few"),
        ([[[1, 1], [20, 20]]] * 21, "areas_too_many"),
        ([[[-1, 0], [10, 10]]], "areas_not_corners"),
    ],
)
async def test_areas_that_are_none_are_refused(
    home: Home, areas: object, problem: str
) -> None:
    client = await home.connect()
    answer = await command(
        client,
        type="doorwatch/areas/set",
        doorbell_id=home.front.entry_id,
        areas=areas,
    )
    assert answer["error"]["code"] == problem
    assert CONF_AREAS not in home.front.options


async def test_stored_areas_that_cannot_be_read_are_none(home: Home) -> None:
    """Drawn anew, they are repaired."""
    object.__setattr__(home.front, "options", {CONF_AREAS: "here and there"})
    client = await home.connect()

    answer = await command(
        client, type="doorwatch/areas/get", doorbell_id=home.front.entry_id
    )

    assert answer["result"]["areas"] == []


async def test_areas_are_for_administrators_and_for_doorbells(home: Home) -> None:
    owner = await home.user("Jo", control=[home.front])
    client = await home.connect(await home.login(owner))
    for more in (
        {"type": "doorwatch/areas/get"},
        {"type": "doorwatch/areas/set", "areas": []},
    ):
        answer = await command(client, doorbell_id=home.front.entry_id, **more)
        assert answer["error"]["code"] == "unauthorized"
    admin = await home.connect()
    answer = await command(
        admin, type="doorwatch/areas/get", doorbell_id=home.agency.entry_id
    )
    assert answer["error"]["code"] == "no_doorbell"
    await silence(admin)
