"""Ring: no stream, and a last recording that names the event before for a while."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import errno
from functools import partial
import json
from pathlib import Path
import threading
import time
from typing import Any
from unittest.mock import AsyncMock, Mock, patch

from aiohttp import web
import av
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.doorwatch.const import (
    CONF_KEEPER,
    CONF_MOTION_ENTITY,
    CONF_RING_ENTITY,
    DOMAIN,
)
from custom_components.doorwatch.data import DATA
from custom_components.doorwatch.diagnostics import async_get_config_entry_diagnostics
from custom_components.doorwatch.engine.clips.library import LibraryError
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.engine.outside.door import Outside, may_connect
from custom_components.doorwatch.engine.recording.model import ClipStart
from custom_components.doorwatch.fetched.providers.base import Kept
from custom_components.doorwatch.fetched.providers.ring import RingKeeper
from custom_components.doorwatch.fetched.queue import MOST_WAITING, KeptQueue
from custom_components.doorwatch.household.private import PrivateFolder
from custom_components.doorwatch.issues import async_recordings_missing
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED
from tests.cameras.fixtures import Links, suggestions
from tests.cameras.vendors.ring import RingCloud
from tests.conftest import Until
from tests.discovery.test_followed import go_on, start_fix
from tests.discovery.test_linked import offered_cameras
from tests.outside_servers import HOST, FakeNames, make_tls, serve

# As the cloud signs its addresses: whoever has one has the video.
SIGNATURE = "?X-Amz-Signature=5ecre7"


@dataclass(kw_only=True)
class Videos:
    """The store of videos, by https at a name that is not of this home."""

    port: int
    content: bytes
    asked: list[str]
    hold: asyncio.Event | None = None  # break off after the first bytes until then
    broken: int = 0  # how many of the next answers end after half

    def address(self, name: str) -> str:
        """Return where a video is."""
        return f"https://{HOST}:{self.port}/{name}.mp4{SIGNATURE}"


@pytest.fixture
async def videos(clip_file: Path) -> AsyncIterator[Videos]:
    """Serve a real video over TLS, and let Doorwatch take that for the internet."""
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
                "custom_components.doorwatch.household.household.Outside",
                lambda: Outside(tls=make_tls().client, resolver=names),
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
    """Return the cloud; a motion of an hour ago is the last in its history."""
    cloud = RingCloud(hass, aioclient_mock)
    cloud.happens("motion", 100, datetime.now(UTC) - timedelta(hours=1))
    cloud.history[0]["recording"] = {"status": "ready"}
    cloud.videos[100] = videos.address("old")
    return cloud


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """Look often, so that a test need not wait."""
    with patch("custom_components.doorwatch.fetched.clips.LOOK", 0.2):
        yield


@pytest.fixture
async def unasked(links: Links, ring: RingCloud) -> ConfigEntry:
    """Link the doorbell, with the entity that has the recordings enabled.

    Core has not asked yet which recording was the last.
    """
    await ring.set_up()
    er.async_get(links.hass).async_update_entity(
        ring.entity_id("camera", "last_recording"), disabled_by=None
    )
    await links.hass.config_entries.async_unload(ring.entry.entry_id)
    await ring.set_up_again()
    return await links.link(camera=ring.entity_id("camera", "live_view"))


@pytest.fixture
async def front(hass: HomeAssistant, unasked: ConfigEntry, ring: RingCloud) -> Any:
    """Link it, and have the entity show the recording of an hour ago."""
    await ring.poll()
    state = hass.states.get(ring.entity_id("camera", "last_recording"))
    assert state is not None
    assert state.attributes["last_video_id"] == 100
    return unasked


async def looked(entry: ConfigEntry, until: Until) -> None:
    """Wait until the recording was looked for twice more."""
    recorder = entry.runtime_data.recorder
    before = recorder.diagnostics()["looks"]
    await until(lambda: recorder.diagnostics()["looks"] > before + 1)


async def only_clip(hass: HomeAssistant, entry: ConfigEntry) -> Any:
    """Return the one clip there is."""
    clips = await hass.data[DATA].library.list([entry.entry_id])
    assert len(clips) == 1
    return clips[0]


async def test_the_recording_of_a_ring_becomes_a_clip_once_it_is_there(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The one before is never taken for it, and its address is written nowhere."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    recorder = front.runtime_data.recorder

    ring.happens("ding", 101)
    await ring.push("ding", 101)
    await until(lambda: recorder.diagnostics()["waiting"] == 1)
    await ring.poll()
    await looked(front, until)
    assert not videos.asked

    await ring.ready(101, videos.address("new"))
    await until(lambda: saved)

    assert videos.asked == ["/new.mp4"]
    clip = await only_clip(hass, front)
    assert clip.event == "ring"
    (line,) = [
        line
        for line in await hass.data[DATA].ledger.lines(limit=10)
        if line.data.get("sha256") == clip.sha256
    ]
    assert line.data["fetched_from"] == clip.fetched_from == "ring"
    content = await hass.async_add_executor_job(clip.path.read_bytes)
    assert content == videos.content
    picture = await hass.async_add_executor_job(clip.thumbnail.read_bytes)
    assert picture[:2] == b"\xff\xd8"
    assert await recorder.still() == picture
    assert abs(clip.started_at - datetime.now(UTC)) < timedelta(minutes=2)
    told = await async_get_config_entry_diagnostics(hass, front)
    assert told["transport"]["integration"] == "ring"
    assert told["transport"]["clips_kept_by"] == "ring"
    assert told["transport"]["other_events"] == ["event", "webhook"]
    assert list(told["events"]["by_transport"]) == ["event"]
    assert "5ecre7" not in str(told)
    ours = [r.getMessage() for r in caplog.records if "doorwatch" in r.pathname]
    assert not [line for line in ours if "5ecre7" in line]


async def test_a_change_of_the_id_is_enough(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
) -> None:
    """When what core's integration knows besides is kept in another way one day."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    recorder = front.runtime_data.recorder
    with patch.object(RingKeeper, "_row", lambda *_: None):
        await ring.push("motion", 113)
        await until(lambda: recorder.diagnostics()["waiting"] == 1)
        await ring.poll()
        await looked(front, until)
        assert not videos.asked
        ring.happens("motion", 113)
        await ring.ready(113, videos.address("new"))
        await until(lambda: saved)

    assert videos.asked == ["/new.mp4"]
    assert (await only_clip(hass, front)).event == "motion"


async def test_the_first_recording_that_is_seen_may_be_an_old_one(
    hass: HomeAssistant,
    unasked: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
) -> None:
    """When none was known at the event, and nobody says when it was made."""
    recorder = unasked.runtime_data.recorder
    with patch.object(RingKeeper, "_row", lambda *_: None):
        await ring.push("motion", 114)
        await until(lambda: recorder.diagnostics()["waiting"] == 1)
        await ring.poll()
        await looked(unasked, until)
        with patch("custom_components.doorwatch.fetched.clips.PATIENCE", 0.0):
            await until(lambda: recorder.diagnostics()["waiting"] == 0)

    assert not videos.asked


async def test_bell_and_motion_of_the_doorbell_are_suggested(
    links: Links, ring: RingCloud
) -> None:
    """The flow says nothing of pre-roll or connection: the maker records."""
    await ring.set_up()
    assert offered_cameras(links.hass) == [ring.entity_id("camera", "live_view")]

    form = await links.begin(camera=ring.entity_id("camera", "live_view"))

    assert suggestions(form) == {
        CONF_MOTION_ENTITY: ring.entity_id("event", "motion"),
        CONF_RING_ENTITY: ring.entity_id("event", "ding"),
    }
    schema = form["data_schema"]
    assert schema is not None
    assert {str(marker) for marker in schema.schema} == {
        CONF_MOTION_ENTITY,
        CONF_RING_ENTITY,
        "webhook",
    }


async def test_without_a_plan_it_is_said_that_nothing_can_be_fetched(
    links: Links, ring: RingCloud
) -> None:
    """Before anything is stored."""
    ring.plan = False
    await ring.set_up()

    form = await links.begin(camera=ring.entity_id("camera", "live_view"))

    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {"base": "needs_plan"}


async def test_the_disabled_entity_is_enabled_from_the_repair(
    hass: HomeAssistant,
    links: Links,
    ring: RingCloud,
    until: Until,
    hass_client: ClientSessionGenerator,
) -> None:
    """Without it nothing can be fetched."""
    await ring.set_up()
    entry = await links.link(camera=ring.entity_id("camera", "live_view"))
    assert entry.data[CONF_KEEPER] == "ring"
    issue_id = f"recordings_disabled_{entry.entry_id}"
    issues = ir.async_get(hass)
    await until(lambda: issues.async_get_issue(DOMAIN, issue_id))

    form = await start_fix(hass, hass_client, issue_id)
    done = await go_on(hass_client, form, {})

    assert done["type"] == "create_entry"
    registered = er.async_get(hass).async_get(
        ring.entity_id("camera", "last_recording")
    )
    assert registered is not None
    assert registered.disabled_by is None
    await until(lambda: not issues.async_get_issue(DOMAIN, issue_id))


async def test_a_ring_within_the_recording_of_a_motion_is_one_clip(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
) -> None:
    """It counts as a ring, and nothing is waited for any more."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    recorder = front.runtime_data.recorder
    ring.happens("motion", 102)
    await ring.push("motion", 102)
    await ring.push("ding", 103)
    # Core tells of the motion once more while it is not over for it.
    await until(lambda: recorder.diagnostics()["waiting"] >= 2)

    await ring.ready(102, videos.address("new"))
    await until(lambda: saved)

    assert (await only_clip(hass, front)).event == "ring"
    assert recorder.diagnostics()["waiting"] == 0


async def test_recordings_that_stay_away_are_said_in_a_repair_until_one_comes(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    hass_client: ClientSessionGenerator,
) -> None:
    """A plan that ended, or recording that was switched off at the maker: not one event."""
    recorder = front.runtime_data.recorder
    issue_id = f"recordings_missing_{front.entry_id}"
    issues = ir.async_get(hass)

    def heard_since(before: object) -> bool:
        return bool(recorder.diagnostics()["events"] != before)

    with patch("custom_components.doorwatch.fetched.clips.PATIENCE", 0.0):
        for event_id in (120, 121, 122):
            assert not issues.async_get_issue(DOMAIN, issue_id)
            before = recorder.diagnostics()["events"]
            await ring.push("ding", event_id)
            await until(partial(heard_since, before))
            await until(lambda: recorder.diagnostics()["waiting"] == 0)
    assert issues.async_get_issue(DOMAIN, issue_id)

    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    ring.happens("ding", 123)
    await ring.push("ding", 123)
    await ring.ready(123, videos.address("new"))
    await until(lambda: saved)
    await until(lambda: not issues.async_get_issue(DOMAIN, issue_id))

    async_recordings_missing(hass, front, "too_large")
    menu = await start_fix(hass, hass_client, issue_id)
    assert menu["menu_options"] == ["try_again"]
    assert "no video that could be kept" in str(menu["description_placeholders"])
    done = await go_on(hass_client, menu, {"next_step_id": "try_again"})
    assert done["type"] == "create_entry"
    assert not issues.async_get_issue(DOMAIN, issue_id)


@pytest.mark.parametrize("kind", ["on_demand", "motion"])
async def test_what_is_not_of_the_event_is_not_taken(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    kind: str,
) -> None:
    """Somebody watched live, or an older event got its video late."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    ago = timedelta() if kind == "on_demand" else timedelta(minutes=5)
    ring.happens(kind, 104, datetime.now(UTC) - ago)
    await ring.push("ding", 105)
    await ring.ready(104, videos.address("other"))
    await looked(front, until)
    ring.happens("ding", 105)
    await ring.ready(105, videos.address("new"))
    await until(lambda: saved)

    assert videos.asked == ["/new.mp4"]


async def test_a_recording_that_does_not_come_is_given_up_and_said_once(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """After five minutes; and it is said when they come again."""
    recorder = front.runtime_data.recorder
    with patch("custom_components.doorwatch.fetched.clips.PATIENCE", 0.0):
        for event_id in (106, 107):
            await ring.push("ding", event_id)
            await until(lambda: recorder.diagnostics()["waiting"] == 0)
    assert caplog.text.count("There is no recording of what happened") == 1
    assert recorder.diagnostics()["problem"] == "recording_late"
    assert not videos.asked

    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    ring.happens("ding", 108)
    await ring.push("ding", 108)
    await ring.ready(108, videos.address("new"))
    await until(lambda: saved)
    assert "Recordings of Front Door come again" in caplog.text


@pytest.mark.parametrize(
    "content", [b"<html>gone</html>", b"#EXTM3U\nfile:///etc/passwd\n", b""]
)
async def test_what_is_no_mp4_is_no_clip(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    content: bytes,
) -> None:
    """It is opened as MP4 and nothing else, and nothing of it stays."""
    videos.content = content
    ring.happens("ding", 109)
    await ring.push("ding", 109)
    await ring.ready(109, videos.address("new"))
    recorder = front.runtime_data.recorder
    await until(lambda: recorder.diagnostics()["problem"] == "recording_unreadable")

    library = hass.data[DATA].library
    assert not await library.list([front.entry_id])
    assert videos.asked == ["/new.mp4"]
    parts = await hass.async_add_executor_job(
        lambda: list(library.folder.rglob("*.part"))
    )
    assert not parts


async def test_what_breaks_off_is_fetched_again_and_is_one_clip(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    clip_file: Path,
    tmp_path: Path,
) -> None:
    """The half that came could be played, as it begins with its index."""
    target = tmp_path / "index_first.mp4"
    await hass.async_add_executor_job(_put_index_first, clip_file, target)
    videos.content = await hass.async_add_executor_job(target.read_bytes)
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    videos.broken = 1
    ring.happens("ding", 115)
    await ring.push("ding", 115)
    await ring.ready(115, videos.address("new"))
    await until(lambda: saved)

    assert videos.asked == ["/new.mp4", "/new.mp4"]
    clip = await only_clip(hass, front)
    content = await hass.async_add_executor_job(clip.path.read_bytes)
    assert content == videos.content


def _put_index_first(source: Path, target: Path) -> None:
    """Write an MP4 as makers do, so that it plays while it is fetched."""
    options = {"movflags": "+faststart"}
    with av.open(source) as old, av.open(target, "w", options=options) as new:
        video = old.streams.video[0]
        copied = new.add_stream_from_template(video)
        for packet in old.demux(video):
            if packet.dts is not None:
                packet.stream = copied
                new.mux(packet)


async def test_an_address_at_home_is_not_asked(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
) -> None:
    """A cloud that was broken into does not lead into this network."""
    recorder = front.runtime_data.recorder
    ring.happens("ding", 110)
    await ring.push("ding", 110)
    with patch(
        "custom_components.doorwatch.engine.outside.door.may_connect", may_connect
    ):
        await ring.ready(110, videos.address("new"))
        await until(lambda: recorder.diagnostics()["waiting"] == 0)

    assert recorder.diagnostics()["problem"] == "address_refused"
    assert not videos.asked


async def test_the_state_machine_is_not_asked_for_the_address(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
) -> None:
    """Any token can write there."""
    recorder = front.runtime_data.recorder
    await ring.push("ding", 111)
    hass.states.async_set(
        ring.entity_id("camera", "last_recording"),
        "idle",
        {"last_video_id": 111, "video_url": videos.address("planted")},
    )
    await looked(front, until)
    with patch("custom_components.doorwatch.fetched.clips.PATIENCE", 0.0):
        await until(lambda: recorder.diagnostics()["waiting"] == 0)

    assert not videos.asked


async def test_nothing_can_be_recorded_on_demand(
    hass: HomeAssistant, front: ConfigEntry
) -> None:
    """And whoever asks is told why."""
    with pytest.raises(ServiceValidationError) as error:
        await hass.services.async_call(
            DOMAIN,
            "record_clip",
            {"entity_id": "camera.front_door_doorwatch"},
            blocking=True,
        )

    assert error.value.translation_key == "clips_come_by_themselves"


async def test_the_doorbell_is_away_while_the_linked_camera_is(
    hass: HomeAssistant, front: ConfigEntry, ring: RingCloud, until: Until
) -> None:
    """As a doorbell with a stream is."""
    own = "camera.front_door_doorwatch"
    assert not hass.states.is_state(own, STATE_UNAVAILABLE)

    await hass.config_entries.async_unload(ring.entry.entry_id)
    await until(lambda: hass.states.is_state(own, STATE_UNAVAILABLE))
    await ring.set_up_again()
    await until(lambda: not hass.states.is_state(own, STATE_UNAVAILABLE))


async def test_a_stop_while_something_is_fetched_leaves_nothing(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
) -> None:
    """The download is broken off, its file removed."""
    videos.hold = asyncio.Event()
    ring.happens("ding", 112)
    await ring.push("ding", 112)
    await ring.ready(112, videos.address("new"))
    await until(lambda: videos.asked and front.runtime_data.recorder.recording)

    assert await hass.config_entries.async_unload(front.entry_id)
    videos.hold.set()

    library = hass.data[DATA].library
    assert not await library.list([front.entry_id])
    parts = await hass.async_add_executor_job(
        lambda: list(library.folder.rglob("*.part"))
    )
    assert not parts


async def test_a_stop_just_before_something_is_fetched_does_not_wait_for_it(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A slow disk makes that moment long."""
    library = hass.data[DATA].library
    begin, begun, disk = library.begin, threading.Event(), threading.Event()

    def slowly(doorbell_id: str, start: ClipStart) -> Path:
        begun.set()
        disk.wait(30)
        return begin(doorbell_id, start)

    monkeypatch.setattr(library, "begin", slowly)
    videos.hold = asyncio.Event()
    ring.happens("ding", 113)
    await ring.push("ding", 113)
    await ring.ready(113, videos.address("new"))
    await until(begun.is_set)

    unloading = hass.async_create_task(
        hass.config_entries.async_unload(front.entry_id), eager_start=True
    )
    await asyncio.sleep(0.3)
    disk.set()
    await asyncio.wait([unloading], timeout=10)
    videos.hold.set()

    assert await unloading
    assert not videos.asked
    assert not await library.list([front.entry_id])


# --- restarts


def queue_file(hass: HomeAssistant, entry: ConfigEntry) -> Path:
    """Return where it is written down what is waited for."""
    return PrivateFolder.of(hass.config.config_dir).kept / f"{entry.entry_id}.json"


async def waits(entry: ConfigEntry, until: Until, count: int = 1) -> None:
    """Wait until so many events wait."""
    recorder = entry.runtime_data.recorder
    await until(lambda: recorder.diagnostics()["waiting"] == count)


async def away(hass: HomeAssistant, entry: ConfigEntry, for_: timedelta) -> None:
    """Make it look as if Home Assistant was away for so long, and start it again."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    file = queue_file(hass, entry)

    def shift() -> None:
        content = json.loads(file.read_bytes())
        for one in content["waiting"]:
            at = datetime.fromisoformat(one["at"]) - for_
            one["at"] = at.isoformat()
        file.write_text(json.dumps(content))

    await hass.async_add_executor_job(shift)
    assert await hass.config_entries.async_setup(entry.entry_id)


async def test_an_event_waits_for_its_recording_across_a_restart(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    no_blocking_calls: None,
) -> None:
    """What lies at the maker is fetched then, once; the one before the event never is."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    ring.happens("ding", 130)
    await ring.push("ding", 130)
    await waits(front, until)

    assert await hass.config_entries.async_reload(front.entry_id)
    await waits(front, until)
    await looked(front, until)
    assert not videos.asked
    await ring.ready(130, videos.address("new"))
    await until(lambda: saved)
    assert (await only_clip(hass, front)).event == "ring"

    assert await hass.config_entries.async_reload(front.entry_id)
    recorder = front.runtime_data.recorder
    await ring.push("motion", 131)
    await until(lambda: recorder.diagnostics()["events"])
    assert recorder.diagnostics()["waiting"] == 0
    assert videos.asked == ["/new.mp4"]


@pytest.mark.parametrize("hours", [5, 23])
async def test_a_recording_is_fetched_after_hours_without_home_assistant(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    hours: int,
) -> None:
    """Its time tells that it is the one."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    ago = timedelta(hours=hours)
    at = datetime.now(UTC) - ago
    await ring.push("ding", 132)
    await waits(front, until)
    ring.happens("ding", 132, at)

    await away(hass, front, ago)
    await ring.ready(132, videos.address("new"))
    await until(lambda: saved)

    clip = await only_clip(hass, front)
    assert abs(clip.started_at - at) < timedelta(seconds=2)


async def test_what_came_while_home_assistant_was_away_is_not_taken_for_it(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
) -> None:
    """Nobody saw which recording came first; also when nothing but its id is known."""
    await ring.push("ding", 133)
    await waits(front, until)
    with patch.object(RingKeeper, "_row", lambda *_: None):
        await away(hass, front, timedelta(minutes=20))
        ring.happens("motion", 134)
        await ring.ready(134, videos.address("other"))
        await looked(front, until)
    await looked(front, until)

    assert not videos.asked
    assert front.runtime_data.recorder.diagnostics()["waiting"] == 1


async def test_the_recording_before_an_event_is_not_taken_after_a_restart_either(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
) -> None:
    """Somebody went past just before, of whom nobody told: the time alone would fit."""
    ring.happens("motion", 143)
    await ring.ready(143, videos.address("before"))
    await ring.push("ding", 144)
    await waits(front, until)

    assert await hass.config_entries.async_reload(front.entry_id)
    await looked(front, until)
    assert not videos.asked
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    ring.happens("ding", 144)
    await ring.ready(144, videos.address("new"))
    await until(lambda: saved)

    assert videos.asked == ["/new.mp4"]


async def test_what_is_too_old_after_a_restart_is_given_up(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As what is late at any other time."""
    await ring.push("ding", 135)
    await waits(front, until)

    await away(hass, front, timedelta(hours=25))

    assert front.runtime_data.recorder.diagnostics()["problem"] == "recording_late"
    assert front.runtime_data.recorder.diagnostics()["waiting"] == 0
    assert "There is no recording of what happened at Front Door" in caplog.text


async def test_a_clock_that_is_set_back_hides_no_event(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
) -> None:
    """What was fetched last looks later than what happens now; so may what waits."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    ring.happens("ding", 145)
    await ring.push("ding", 145)
    await ring.ready(145, videos.address("new"))
    await until(lambda: saved)
    front.runtime_data.recorder.trigger(
        DoorbellEvent(
            kind=EventKind.RING,
            at=datetime.now(UTC) - timedelta(hours=1),
            monotonic=time.monotonic(),
        )
    )
    await waits(front, until)

    await away(hass, front, timedelta(hours=-3))

    await waits(front, until)


async def test_what_another_camera_waited_for_is_forgotten(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
) -> None:
    """The doorbell may be linked to another one meanwhile."""
    await ring.push("ding", 136)
    await waits(front, until)
    assert await hass.config_entries.async_unload(front.entry_id)
    other = er.async_get(hass).async_get_or_create("camera", "ring", "other")
    hass.config_entries.async_update_entry(
        front, data={**front.data, "camera": other.id}
    )

    assert await hass.config_entries.async_setup(front.entry_id)

    assert front.runtime_data.recorder.diagnostics()["waiting"] == 0


async def test_a_removed_doorbell_leaves_nothing_of_what_it_waited_for(
    hass: HomeAssistant, front: ConfigEntry, ring: RingCloud, until: Until
) -> None:
    """Nor what was put aside."""
    await ring.push("ding", 137)
    await waits(front, until)
    file = queue_file(hass, front)
    await until(file.exists)
    aside = file.with_name(f"{file.name}.broken-1")
    await hass.async_add_executor_job(aside.touch)

    await hass.config_entries.async_remove(front.entry_id)

    assert not await hass.async_add_executor_job(file.parent.exists)


async def test_what_is_written_down_holds_no_address(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
) -> None:
    """And is for Home Assistant's own user alone."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    ring.happens("ding", 138)
    await ring.push("ding", 138)
    await ring.ready(138, videos.address("new"))
    await until(lambda: saved)
    await ring.push("ding", 139)
    file = queue_file(hass, front)
    assert await hass.config_entries.async_unload(front.entry_id)

    text = await hass.async_add_executor_job(file.read_text)
    assert "138" in text
    assert "://" not in text
    assert "5ecre7" not in text
    assert file.stat().st_mode & 0o077 == 0


EVENT = {"kind": "ring", "at": "2026-11-26T10:00:00+00:00", "mark": None}
IDS = {"clip_id": None, "recording_id": None}


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"waiting": 7},
        {"waiting": [7]},
        {"waiting": [EVENT]},
        {"waiting": [{**EVENT, **IDS, "kind": "earthquake"}]},
        {"waiting": [{**EVENT, **IDS, "at": "2026-11-26T10:00:00"}]},
        {"waiting": [{**EVENT, **IDS, "at": "0001-01-01T00:00:00+09:00"}]},
        {"waiting": [{**EVENT, **IDS, "mark": {"id": 1}}]},
        {"taken": [1]},
        {"covered": ["2026-11-26T10:00:00+00:00"]},
        b"",
        b"[]",
        b"\xff\xfe\x00",
        b"[" * 200_000,
        b" " * 2_000_000,
    ],
    ids=lambda change: str(change)[:60],
)
async def test_a_file_that_makes_no_sense_is_put_aside(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    caplog: pytest.LogCaptureFixture,
    change: dict[str, Any] | bytes,
) -> None:
    """The doorbell works all the same, and what is new is written down."""
    await ring.push("ding", 140)
    await waits(front, until)
    assert await hass.config_entries.async_unload(front.entry_id)
    file = queue_file(hass, front)

    def spoil() -> None:
        content = json.loads(file.read_bytes())
        assert len(content["waiting"]) == 1
        if isinstance(change, bytes):
            file.write_bytes(change)
        else:
            file.write_text(json.dumps({**content, **change}))

    await hass.async_add_executor_job(spoil)
    assert await hass.config_entries.async_setup(front.entry_id)

    assert "waited for cannot be read" in caplog.text
    assert len(list(file.parent.glob(f"{file.name}.broken-*"))) == 1
    assert front.runtime_data.recorder.diagnostics()["waiting"] == 0
    await ring.push("ding", 141)
    await waits(front, until)
    await until(file.exists)


async def test_a_full_disk_forgets_no_event(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is waited for in memory, and written down once there is room; said once each."""
    file = queue_file(hass, front)
    full = OSError(errno.ENOSPC, "No space left on device")
    with patch(
        "custom_components.doorwatch.fetched.queue.write_private", side_effect=full
    ):
        await ring.push("ding", 142)
        await waits(front, until)
        await looked(front, until)
        assert caplog.text.count("cannot be written down") == 1
        assert not file.exists()
    await until(file.exists)
    assert caplog.text.count("can be written down again") == 1

    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    ring.happens("ding", 142)
    await ring.ready(142, videos.address("new"))
    await until(lambda: saved)
    assert videos.asked == ["/new.mp4"]


async def test_a_recording_is_fetched_once_the_disk_for_clips_is_well_however_late(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The maker still has it, and is not asked for it meanwhile."""
    begin = Mock(side_effect=LibraryError("disk_full"))
    with patch.object(hass.data[DATA].library, "begin", begin):
        ring.happens("ding", 145)
        await ring.push("ding", 145)
        await ring.ready(145, videos.address("new"))
        await until(lambda: begin.called)
        monkeypatch.setattr("custom_components.doorwatch.fetched.clips.PATIENCE", 0.5)
        await asyncio.sleep(1)
        looks = begin.call_count
        await until(lambda: begin.call_count > looks + 1)
        assert front.runtime_data.recorder.diagnostics()["waiting"] == 1
        assert not videos.asked

    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    await until(lambda: saved)
    assert (await only_clip(hass, front)).event == "ring"


def stretched(content: bytes, seconds: int) -> bytes:
    """Let each picture of a clip last so long, by its own account."""
    lying = bytearray(content)
    header = lying.index(b"mdhd")
    lying[header + 16 : header + 20] = (1).to_bytes(4)
    lengths = lying.index(b"stts") + 8
    count = int.from_bytes(lying[lengths : lengths + 4])
    for place in range(lengths + 8, lengths + 4 + 8 * count, 8):
        lying[place : place + 4] = seconds.to_bytes(4)
    # What else names times would contradict.
    for box in (b"ctts", b"edts"):
        lying = lying.replace(box, b"free")
    return bytes(lying)


async def test_a_recording_that_claims_to_last_for_hours_hides_no_event_after_it(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
) -> None:
    """What was fetched had ended by then, whatever it says."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    videos.content = await hass.async_add_executor_job(
        stretched, videos.content, 20 * 60
    )
    ring.happens("ding", 150)
    await ring.push("ding", 150)
    await ring.ready(150, videos.address("long"))
    await until(lambda: saved)

    front.runtime_data.recorder.trigger(
        DoorbellEvent(
            kind=EventKind.RING,
            at=datetime.now(UTC) + timedelta(minutes=1),
            monotonic=time.monotonic(),
        )
    )
    await waits(front, until)


async def test_a_recording_that_claims_to_last_for_ages_is_none(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It ends after all time that can be counted; the next one is fetched."""
    right = videos.content
    videos.content = await hass.async_add_executor_job(stretched, right, 2**31 - 1)
    ring.happens("ding", 151)
    await ring.push("ding", 151)
    await ring.ready(151, videos.address("ages"))
    recorder = front.runtime_data.recorder
    await until(lambda: recorder.diagnostics()["problem"] == "recording_unreadable")
    assert recorder.diagnostics()["waiting"] == 0
    assert videos.asked == ["/ages.mp4"]

    videos.content = right
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    ring.happens("ding", 152)
    await ring.push("ding", 152)
    await ring.ready(152, videos.address("new"))
    await until(lambda: saved)


async def test_while_the_disk_for_clips_is_away_one_recording_is_asked_for_at_a_time(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In an hour there are many events, and most keepers are asked for each; none is lost."""
    now = datetime.now(UTC)
    wanted: list[datetime] = []

    async def find(
        self: RingKeeper, event: DoorbellEvent, mark: object, taken: list[str]
    ) -> Kept:
        wanted.append(event.at)
        return Kept(recording_id=event.at.isoformat(), started_at=event.at)

    async def fetch(self: RingKeeper, kept: Kept, path: Path) -> None:
        await hass.async_add_executor_job(path.write_bytes, videos.content)

    monkeypatch.setattr(RingKeeper, "find", find)
    monkeypatch.setattr(RingKeeper, "fetch", fetch)
    recorder = front.runtime_data.recorder
    begin = Mock(side_effect=LibraryError("disk_full"))
    with patch.object(hass.data[DATA].library, "begin", begin):
        for minutes in range(60, 30, -1):
            at = now - timedelta(minutes=minutes)
            recorder.trigger(
                DoorbellEvent(kind=EventKind.RING, at=at, monotonic=time.monotonic())
            )
        monkeypatch.setattr("custom_components.doorwatch.fetched.clips.PATIENCE", 0.5)
        await until(lambda: begin.call_count > 5)
        assert len(set(wanted)) == 1
        assert recorder.diagnostics()["waiting"] == 30
    await until(lambda: recorder.diagnostics()["fetched"] == 30)
    assert len(await hass.data[DATA].library.list([front.entry_id])) == 30


async def test_a_bell_that_rings_without_end_is_no_flood_that_a_restart_forgets(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The last events wait, in memory and on disk; what gave way to them is said once."""
    recorder = front.runtime_data.recorder
    now = datetime.now(UTC)
    with patch.object(KeptQueue, "async_save", AsyncMock()):
        for second in range(8000):
            recorder.trigger(
                DoorbellEvent(
                    kind=EventKind.RING,
                    at=now + timedelta(seconds=second),
                    monotonic=time.monotonic(),
                )
            )
    assert recorder.diagnostics()["waiting"] == MOST_WAITING
    assert recorder.diagnostics()["problem"] == "recording_late"

    assert await hass.config_entries.async_reload(front.entry_id)
    recorder = front.runtime_data.recorder
    assert recorder.diagnostics()["waiting"] == MOST_WAITING
    assert "cannot be read" not in caplog.text


async def test_a_recording_that_comes_while_the_doorbell_is_linked_anew_is_a_clip(
    hass: HomeAssistant,
    front: ConfigEntry,
    ring: RingCloud,
    videos: Videos,
    until: Until,
) -> None:
    """The entry says already that it is recorded here; what runs is not reloaded yet."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    ring.happens("ding", 153)
    await ring.push("ding", 153)
    await waits(front, until)
    data = {key: value for key, value in front.data.items() if key != CONF_KEEPER}
    hass.config_entries.async_update_entry(front, data=data)
    await ring.ready(153, videos.address("new"))
    await until(lambda: saved)

    assert (await only_clip(hass, front)).fetched_from == "ring"
