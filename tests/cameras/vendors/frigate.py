"""A replacement for Frigate's custom integration 5.9.4, which is in no package index.

It provides the same entities, media source and views, with the same IDs, titles and
addresses, but without a Frigate server.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
import itertools
from types import SimpleNamespace
from typing import override

from aiohttp import web
from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
)
from homeassistant.components.camera import Camera, CameraEntityFeature
from homeassistant.components.http import HomeAssistantView
from homeassistant.components.media_player import MediaClass, MediaType
from homeassistant.components.media_source import (
    BrowseMediaSource,
    MediaSource,
    MediaSourceError,
    MediaSourceItem,
    PlayMedia,
)
from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigFlow
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    mock_config_flow,
    mock_integration,
    mock_platform,
)

DOMAIN = "frigate"
INSTANCE = "frigate"  # the client ID of its MQTT connection
NAME = "front_door"
_PLATFORMS = ("binary_sensor", "camera")


@dataclass(kw_only=True)
class Tracked:
    """An object tracked by Frigate; `ended_at` is None while it is tracked."""

    event_id: str
    started_at: datetime
    ended_at: datetime | None


class Frigate:
    """One Frigate server with one camera."""

    def __init__(self, hass: HomeAssistant, clip: bytes, stream: str | None) -> None:
        self.hass = hass
        self.clip = clip
        self.stream = stream
        self.tracked: list[Tracked] = []
        self.asked: list[tuple[int, int]] = []
        self.motion = _Motion()
        self.entry = MockConfigEntry(
            domain=DOMAIN,
            title="127.0.0.1:5000",
            data={"url": "http://127.0.0.1:5000"},
        )
        self._numbers = itertools.count(100000)

    @asynccontextmanager
    async def set_up(self) -> AsyncIterator[None]:
        """Set up the integration."""
        hass, entry = self.hass, self.entry

        async def setup(hass: HomeAssistant, entry: ConfigEntry) -> bool:
            await hass.config_entries.async_forward_entry_setups(entry, _PLATFORMS)
            return True

        async def unload(hass: HomeAssistant, entry: ConfigEntry) -> bool:
            return await hass.config_entries.async_unload_platforms(entry, _PLATFORMS)

        def adds(entities: Callable[[], Iterable[Entity]]) -> MockPlatform:
            async def add(
                hass: HomeAssistant, entry: ConfigEntry, add_them: AddEntitiesCallback
            ) -> None:
                add_them(entities())

            return MockPlatform(async_setup_entry=add)

        async def async_get_media_source(hass: HomeAssistant) -> MediaSource:
            return _Source(self)

        device = DeviceInfo(
            identifiers={(DOMAIN, f"{entry.entry_id}:{NAME}")}, name="Front Door"
        )

        def of_camera(entity: Entity, kind: str) -> None:
            entity._attr_device_info = device
            entity._attr_unique_id = f"{entry.entry_id}:{kind}:{NAME}"
            entity._attr_has_entity_name = True

        def cameras() -> tuple[Entity, ...]:
            # The restream is read once, when the integration is set up.
            camera = _Camera(self)
            of_camera(camera, "camera")
            pictures = _Camera(None)
            pictures._attr_device_info = device
            pictures._attr_name = "Person"
            pictures._attr_unique_id = (
                f"{entry.entry_id}:camera_snapshots:{NAME}_person"
            )
            return camera, pictures

        of_camera(self.motion, "motion_sensor")
        mock_integration(
            hass,
            MockModule(DOMAIN, async_setup_entry=setup, async_unload_entry=unload),
            built_in=False,
        )
        for platform, module in {
            "binary_sensor": adds(lambda: (self.motion,)),
            "camera": adds(cameras),
            "config_flow": SimpleNamespace(),
            "media_source": SimpleNamespace(
                async_get_media_source=async_get_media_source
            ),
        }.items():
            mock_platform(hass, f"{DOMAIN}.{platform}", module, built_in=False)  # type: ignore[arg-type] # what a platform is asked for
        hass.http.register_view(_Recording(self))
        entry.add_to_hass(hass)
        with mock_config_flow(DOMAIN, ConfigFlow):
            assert await hass.config_entries.async_setup(entry.entry_id)
            await hass.async_block_till_done()
            try:
                yield
            finally:
                if entry.state is ConfigEntryState.LOADED:
                    await hass.config_entries.async_unload(entry.entry_id)

    def sees(self, started_at: datetime, ended_at: datetime | None = None) -> Tracked:
        """Start tracking an object."""
        number = next(self._numbers)
        tracked = Tracked(
            event_id=f"{started_at.timestamp():.6f}-{number:x}",
            started_at=started_at,
            ended_at=ended_at,
        )
        self.tracked.append(tracked)
        return tracked

    def entity_id(self, domain: str, kind: str, name: str = NAME) -> str:
        """Return the ID of an entity of the camera."""
        found = er.async_get(self.hass).async_get_entity_id(
            domain, DOMAIN, f"{self.entry.entry_id}:{kind}:{name}"
        )
        assert found is not None
        return found


class _Motion(BinarySensorEntity):
    """A motion sensor."""

    _attr_device_class = BinarySensorDeviceClass.MOTION
    _attr_name = "Motion"
    _attr_should_poll = False
    _attr_is_on = False

    def turn(self, moving: bool) -> None:
        """Report motion as the MQTT message does."""
        self._attr_is_on = moving
        self.async_write_ha_state()


class _Camera(Camera):
    """A camera with or without a restream, or the image of an object."""

    _attr_name: str | None = None

    def __init__(self, frigate: Frigate | None) -> None:
        super().__init__()
        self._stream = frigate.stream if frigate else None
        if self._stream:
            self._attr_supported_features = CameraEntityFeature.STREAM

    @override
    async def stream_source(self) -> str | None:
        return self._stream


class _Source(MediaSource):
    """A media source of events, found by search, with their clips as HLS."""

    name = "Frigate"

    def __init__(self, frigate: Frigate) -> None:
        super().__init__(DOMAIN)
        self._frigate = frigate

    @override
    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        return PlayMedia(
            f"/api/frigate/{INSTANCE}/vod/event/x/index.m3u8", "application/x-mpegURL"
        )

    @override
    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        title = self._frigate.entry.title
        if not item.identifier:
            return _folder(
                "",
                _folder(
                    f"{INSTANCE}/event-search/clips///////", title=f"Clips [{title}]"
                ),
                _folder(f"{INSTANCE}/recordings///", title=f"Recordings [{title}]"),
                _folder(
                    f"{INSTANCE}/event-search/snapshots///////",
                    title=f"Snapshots [{title}]",
                ),
            )
        parts = item.identifier.split("/")
        if parts[:3] != [INSTANCE, "event-search", "clips"]:
            raise MediaSourceError(f"Invalid media source identifier: {parts}")
        _name, after, before, camera, _label, _zone = parts[3:]
        return _folder(
            item.identifier,
            *(
                self._clip(one)
                for one in self._frigate.tracked
                if camera == NAME
                and int(after) < one.started_at.timestamp() < int(before)
            ),
        )

    def _clip(self, one: Tracked) -> BrowseMediaSource:
        ended_at = one.ended_at or datetime.now(UTC)
        seconds = int((ended_at - one.started_at).total_seconds())
        begins = dt_util.as_local(one.started_at).strftime("%Y-%m-%d %H:%M:%S")
        return BrowseMediaSource(
            domain=DOMAIN,
            identifier=f"{INSTANCE}/event/clips/{NAME}/{one.event_id}",
            media_class=MediaClass.VIDEO,
            media_content_type=MediaType.VIDEO,
            title=f"{begins} [{seconds}s, Person 80%]",
            can_play=True,
            can_expand=False,
            thumbnail=f"/api/frigate/{INSTANCE}/thumbnail/{one.event_id}",
        )


class _Recording(HomeAssistantView):
    """Serve an MP4 of any time span."""

    url = (
        "/api/frigate/{frigate_instance_id:.+}/recording/{camera:.+}"
        "/start/{start:[.0-9]+}/end/{end:[.0-9]*}"
    )
    name = "api:frigate:recording"

    def __init__(self, frigate: Frigate) -> None:
        self._frigate = frigate

    async def get(
        self,
        request: web.Request,
        frigate_instance_id: str,
        camera: str,
        start: str,
        end: str,
    ) -> web.Response:
        assert (frigate_instance_id, camera) == (INSTANCE, NAME)
        self._frigate.asked.append((int(start), int(end)))
        return web.Response(body=self._frigate.clip, content_type="video/mp4")


def _folder(
    identifier: str, *children: BrowseMediaSource, title: str = ""
) -> BrowseMediaSource:
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=identifier,
        media_class=MediaClass.DIRECTORY,
        media_content_type=MediaType.VIDEO,
        title=title,
        can_play=False,
        can_expand=True,
        children=list(children),
    )
