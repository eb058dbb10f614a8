"""Recordings in media sources are found by the IDs and titles of core's integrations.

The trees match those of core's `reolink` and `unifiprotect` in 2026.10.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
import time
from types import SimpleNamespace
from typing import override

from aiohttp import web
from homeassistant.components.http import HomeAssistantView
from homeassistant.components.media_player import BrowseError, MediaClass
from homeassistant.components.media_source import (
    BrowseMediaSource,
    MediaSource,
    MediaSourceItem,
    PlayMedia,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    mock_integration,
    mock_platform,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.engine.outside.door import Outside
from custom_components.doorwatch.fetched.providers import PROVIDERS
from custom_components.doorwatch.fetched.providers.base import (
    GROWS,
    ProviderError,
    Recording,
    RecordingMark,
)
from custom_components.doorwatch.fetched.providers.media import MediaProvider, local

VIDEO = "/api/kept/video"


@dataclass(kw_only=True)
class Source:
    """A media source of an integration with one camera."""

    domain: str
    camera: er.RegistryEntry
    folders: dict[str, list[BrowseMediaSource]] = field(default_factory=dict)
    play: PlayMedia = field(default_factory=lambda: PlayMedia(VIDEO, "video/mp4"))

    def folder(self, at: str, identifier: str, *, thumbnail: str | None = None) -> None:
        """Add a folder."""
        self._add(at, identifier, "", thumbnail=thumbnail, can_expand=True)

    def file(self, at: str, identifier: str, title: str = "") -> str:
        """Add a recording and return its address."""
        return self._add(at, identifier, title, can_expand=False)

    def _add(
        self,
        at: str,
        identifier: str,
        title: str,
        *,
        thumbnail: str | None = None,
        can_expand: bool,
    ) -> str:
        item = BrowseMediaSource(
            domain=self.domain,
            identifier=identifier,
            media_class=MediaClass.VIDEO,
            media_content_type="video/mp4",
            title=title,
            can_play=not can_expand,
            can_expand=can_expand,
            thumbnail=thumbnail,
        )
        self.folders.setdefault(at, []).append(item)
        return item.media_content_id

    def provider(self, hass: HomeAssistant) -> MediaProvider:
        """Return the provider for the media source."""
        provider = PROVIDERS[self.domain](hass, self.camera.id, Outside())
        assert isinstance(provider, MediaProvider)
        return provider


type MakeSource = Callable[[str], Awaitable[Source]]


@pytest.fixture
async def make_source(hass: HomeAssistant, ready: None, clip_file: Path) -> MakeSource:
    """Return a function that creates the media source of an integration."""
    assert await async_setup_component(hass, "media_source", {})
    assert await async_setup_component(hass, "http", {})
    content = clip_file.read_bytes()

    class View(HomeAssistantView):
        url = VIDEO
        name = "api:kept"

        async def get(self, request: web.Request) -> web.Response:
            return web.Response(body=content, content_type="video/mp4")

    hass.http.register_view(View())

    async def make(domain: str) -> Source:
        entry = MockConfigEntry(domain=domain)
        entry.add_to_hass(hass)
        device = dr.async_get(hass).async_get_or_create(
            config_entry_id=entry.entry_id, identifiers={(domain, "front")}
        )
        camera = er.async_get(hass).async_get_or_create(
            "camera", domain, "front_0", config_entry=entry, device_id=device.id
        )
        source = Source(domain=domain, camera=camera)

        class Tree(MediaSource):
            @override
            async def async_browse_media(
                self, item: MediaSourceItem
            ) -> BrowseMediaSource:
                if not source.folders:
                    raise BrowseError("nothing there")
                return BrowseMediaSource(
                    domain=domain,
                    identifier=item.identifier,
                    media_class=MediaClass.DIRECTORY,
                    media_content_type="",
                    title="",
                    can_play=False,
                    can_expand=True,
                    children=source.folders.get(item.identifier or "", []),
                )

            @override
            async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
                return source.play

        async def async_get_media_source(hass: HomeAssistant) -> MediaSource:
            return Tree(domain)

        mock_integration(hass, MockModule(domain))
        mock_platform(
            hass,
            f"{domain}.media_source",
            SimpleNamespace(async_get_media_source=async_get_media_source),  # type: ignore[arg-type] # what a platform is asked for
        )
        assert await async_setup_component(hass, domain, {})
        await hass.async_block_till_done()
        return source

    return make


def motion(at: datetime) -> DoorbellEvent:
    """Return a motion event at this time."""
    ago = (dt_util.utcnow() - at).total_seconds()
    return DoorbellEvent(kind=EventKind.MOTION, at=at, monotonic=time.monotonic() - ago)


def reolink(source: Source, begins: datetime, ends: datetime) -> str:
    """Add a recording as the Reolink integration lists it."""
    begins, ends = dt_util.as_local(begins), dt_util.as_local(ends)
    if "" not in source.folders:
        source.folder(
            "",
            "CAM|entry|0",
            thumbnail=f"/api/camera_proxy/{source.camera.entity_id}",
        )
        source.folder("", "CAM|entry|1", thumbnail="/api/camera_proxy/camera.other")
    form = "%Y%m%d%H%M%S"
    return source.file(
        f"DAY|entry|0|main|{begins.year}|{begins.month}|{begins.day}",
        f"FILE|entry|0|main|Mp4Record/x.mp4|{begins:{form}}|{ends:{form}}",
        f"{begins.time()} {ends - begins} Motion",
    )


def protect(source: Source, begins: datetime, ends: datetime) -> str:
    """Add an event as the UniFi Protect integration lists it."""
    begins, ends = dt_util.as_local(begins), dt_util.as_local(ends)
    if "" not in source.folders:
        source.folder("", "nvr:browse:all")
        source.folders["nvr:browse:all"] = []
        source.folder(
            "",
            "nvr:browse:camera",
            thumbnail=f"/api/camera_proxy/{source.camera.entity_id}?width=185",
        )
    seconds = int((ends - begins).total_seconds())
    length = f"{seconds // 60}m {seconds % 60}s" if seconds > 59 else f"{seconds}s"
    number = len(source.folders.get("nvr:browse:camera:all:recent:1", ()))
    return source.file(
        "nvr:browse:camera:all:recent:1",
        f"nvr:event:{number}",
        f"{begins.strftime('%x %X')} {length} Motion Event",
    )


@pytest.mark.parametrize(
    ("domain", "add", "lead"), [("reolink", reolink, 0), ("unifiprotect", protect, 5)]
)
async def test_the_recording_around_an_event_is_found(
    hass: HomeAssistant,
    make_source: MakeSource,
    domain: str,
    add: Callable[[Source, datetime, datetime], str],
    lead: int,
) -> None:
    """Earlier, unfinished and already fetched recordings are ignored."""
    source = await make_source(domain)
    at = dt_util.utcnow().replace(microsecond=0) - timedelta(minutes=4)
    add(source, at - timedelta(minutes=9), at - timedelta(minutes=7))
    wanted = add(source, at - timedelta(seconds=5), at + timedelta(seconds=70))
    add(source, at + timedelta(minutes=3), at + timedelta(minutes=9))
    provider = source.provider(hass)

    recording = await provider.find(motion(at), RecordingMark(), ())
    assert recording == Recording(
        recording_id=wanted, started_at=at - timedelta(seconds=5 + lead)
    )
    assert await provider.find(motion(at), RecordingMark(), [wanted]) is None
    growing = motion(at + timedelta(minutes=3, seconds=30))
    with pytest.raises(ProviderError, match=GROWS):
        await provider.find(growing, RecordingMark(), ())


def nest(source: Source, begins: datetime, ends: datetime) -> str:
    """Add a clip as the Nest integration lists it, without its end."""
    at = dt_util.as_local(begins)
    folder = source.camera.device_id
    assert folder is not None
    number = len(source.folders.get(folder, ()))
    return source.file(folder, f"{folder}/{number}", f"Motion @ {at:%Y-%m-%d %H:%M:%S}")


@pytest.mark.parametrize(
    ("domain", "add"),
    [("nest", nest), ("reolink", reolink), ("unifiprotect", protect)],
)
async def test_what_was_over_before_the_event_is_not_taken_for_it(
    hass: HomeAssistant,
    make_source: MakeSource,
    domain: str,
    add: Callable[[Source, datetime, datetime], str],
) -> None:
    """A recording of an earlier, unreported visitor ended before the event."""
    source = await make_source(domain)
    now = dt_util.utcnow().replace(microsecond=0)
    at = now - timedelta(seconds=14)
    passed = add(source, at - timedelta(seconds=26), at - timedelta(seconds=16))
    provider = source.provider(hass)

    assert await provider.find(motion(at), RecordingMark(), ()) is None
    wanted = add(source, at, at + timedelta(seconds=2))
    recording = await provider.find(motion(at), RecordingMark(), ())
    assert recording is not None
    assert recording.recording_id == wanted

    # A slow device clock has the same effect, so the recording is taken if no other
    # appears.
    late = now - timedelta(minutes=3)
    behind = add(source, late - timedelta(seconds=26), late - timedelta(seconds=16))
    recording = await provider.find(motion(late), RecordingMark(), [passed, wanted])
    assert recording is not None
    assert recording.recording_id == behind


async def test_what_was_over_is_not_taken_while_the_right_one_still_grows(
    hass: HomeAssistant, make_source: MakeSource
) -> None:
    """The visitor of the event stays for minutes."""
    source = await make_source("unifiprotect")
    now = dt_util.utcnow().replace(microsecond=0)
    at = now - timedelta(seconds=150)
    protect(source, at - timedelta(seconds=28), at - timedelta(seconds=18))
    begins = at - timedelta(seconds=2)
    growing = protect(source, begins, now)
    provider = source.provider(hass)

    with pytest.raises(ProviderError, match=GROWS):
        await provider.find(motion(at), RecordingMark(), ())
    source.folders["nvr:browse:camera:all:recent:1"].pop()
    assert protect(source, begins, now - timedelta(seconds=20)) == growing
    recording = await provider.find(motion(at), RecordingMark(), ())
    assert recording is not None
    assert recording.recording_id == growing


@pytest.mark.parametrize(
    ("minutes", "there"), [(4, False), (9.9, False), (10.1, True), (300, True)]
)
async def test_what_still_grows_is_taken_as_it_is_after_ten_minutes(
    hass: HomeAssistant, make_source: MakeSource, minutes: float, there: bool
) -> None:
    """Ten minutes is also the limit for clips recorded by Doorwatch."""
    source = await make_source("unifiprotect")
    now = dt_util.utcnow().replace(microsecond=0)
    at = now - timedelta(minutes=minutes)
    protect(source, at - timedelta(seconds=28), at - timedelta(seconds=18))
    growing = protect(source, at - timedelta(seconds=2), now)
    provider = source.provider(hass)

    if not there:
        with pytest.raises(ProviderError, match=GROWS):
            await provider.find(motion(at), RecordingMark(), ())
        return
    recording = await provider.find(motion(at), RecordingMark(), ())
    assert recording is not None
    assert recording.recording_id == growing


async def test_a_source_that_fails_is_said(
    hass: HomeAssistant, make_source: MakeSource
) -> None:
    """The provider reports the failure and is asked again later."""
    source = await make_source("reolink")

    with pytest.raises(ProviderError, match="recordings_unavailable"):
        await source.provider(hass).find(motion(dt_util.utcnow()), RecordingMark(), ())


async def test_a_recording_is_fetched_from_the_own_server_or_a_file(
    hass: HomeAssistant,
    make_source: MakeSource,
    clip_file: Path,
    tmp_path: Path,
    hass_client_no_auth: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The request is signed, because the view refuses unsigned requests."""
    source = await make_source("reolink")
    client = await hass_client_no_auth()
    assert (await client.get(VIDEO)).status == 401
    monkeypatch.setattr(hass.http, "server_port", client.server.port)
    recording = Recording(recording_id="media-source://reolink/FILE", started_at=None)
    content = clip_file.read_bytes()

    target = tmp_path / "signed.mp4"
    await source.provider(hass).fetch(recording, target)
    assert target.read_bytes() == content

    source.play = PlayMedia("/media/local/x.mp4", "video/mp4", path=clip_file)
    target = tmp_path / "copied.mp4"
    await source.provider(hass).fetch(recording, target)
    assert target.read_bytes() == content

    monkeypatch.setattr(
        "custom_components.doorwatch.fetched.providers.media.LARGEST", 1000
    )
    with pytest.raises(ProviderError, match="too_large"):
        await source.provider(hass).fetch(recording, target)
    source.play = PlayMedia(VIDEO, "video/mp4")
    with pytest.raises(ProviderError, match="too_large"):
        await source.provider(hass).fetch(recording, target)


@pytest.mark.parametrize(
    ("play", "problem"),
    [
        (PlayMedia("/api/hls/x.m3u8", "application/x-mpegURL"), "recording_not_mp4"),
        (PlayMedia("http://192.168.1.9/x.mp4", "video/mp4"), "recordings_unavailable"),
        (PlayMedia("/api/nothing", "video/mp4"), "recording_late"),
    ],
)
async def test_nothing_else_is_fetched(
    hass: HomeAssistant,
    make_source: MakeSource,
    tmp_path: Path,
    hass_client_no_auth: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
    play: PlayMedia,
    problem: str,
) -> None:
    """Playlists, other hosts and missing files are refused."""
    source = await make_source("reolink")
    client = await hass_client_no_auth()
    monkeypatch.setattr(hass.http, "server_port", client.server.port)
    source.play = play
    recording = Recording(recording_id="media-source://reolink/FILE", started_at=None)

    with pytest.raises(ProviderError, match=problem):
        await source.provider(hass).fetch(recording, tmp_path / "x.mp4")


@pytest.mark.parametrize("hour", [0, 1], ids=["summer time", "winter time"])
async def test_an_hour_that_comes_twice_is_that_of_the_event(
    hass: HomeAssistant, hour: int
) -> None:
    """When daylight saving time ends, the titles of two hours are identical."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    at = datetime(2026, 10, 25, hour, 30, 5, tzinfo=UTC)
    event = DoorbellEvent(kind=EventKind.RING, at=at, monotonic=time.monotonic())

    read = local("2026-10-25 02:30:00", "%Y-%m-%d %H:%M:%S", event)

    assert read == at - timedelta(seconds=5)
    assert local("yesterday", "%Y-%m-%d", event) is None
