"""A home with a linked doorbell whose recordings are fetched from its manufacturer."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
import time
from typing import Any
from unittest.mock import patch

import av
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.household.private import PrivateFolder
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED
from tests.cameras.vendors.ring import RingCloud
from tests.conftest import Until
from tests.outside_servers import HOST

# The cloud signs its addresses, and anyone with the address can get the video.
SIGNATURE = "?X-Amz-Signature=5ecre7"

# Link a camera by its entity ID.
type Link = Callable[[str], Awaitable[Scene]]


@dataclass(kw_only=True)
class Scene:
    """A doorbell, and the clips that were saved since it was linked."""

    hass: HomeAssistant
    until: Until
    entry: ConfigEntry
    saved: list[Event[Any]] = field(init=False)

    def __post_init__(self) -> None:
        """Listen for saved clips."""
        self.saved = async_capture_events(self.hass, EVENT_CLIP_SAVED)

    @property
    def recorder(self) -> Any:
        """Return the part that fetches the recordings."""
        return self.entry.runtime_data.recorder

    @property
    def library(self) -> Library:
        """Return the library."""
        return self.hass.data[DATA].library

    @property
    def queue_file(self) -> Path:
        """Return the file that stores the waiting events."""
        private = PrivateFolder(self.hass.config.config_dir)
        return private.fetch_queues / f"{self.entry.entry_id}.json"

    def told(self, key: str) -> Any:
        """Return what the diagnostics tell."""
        return self.recorder.diagnostics()[key]

    def rings(self, ago: timedelta = timedelta()) -> None:
        """Report a ring to the recorder alone; a negative `ago` is in the future."""
        at, now = datetime.now(UTC) - ago, time.monotonic()
        self.recorder.trigger(DoorbellEvent(kind=EventKind.RING, at=at, monotonic=now))

    async def waits(self, count: int = 1) -> None:
        """Wait until this number of events is waiting."""
        await self.until(lambda: self.told("waiting") == count)

    async def looked(self) -> None:
        """Wait until the recording was polled twice more."""
        before = self.told("looks")
        await self.until(lambda: self.told("looks") > before + 1)

    async def fails(self, problem: str) -> None:
        """Wait until an event was given up for this reason."""
        await self.until(lambda: self.told("problem") == problem)

    async def clips(self) -> list[Clip]:
        """Return the clips in the library."""
        return await self.library.list([self.entry.entry_id])

    async def clip(self) -> Clip:
        """Wait until a clip was saved, and return the only one."""
        await self.until(lambda: self.saved)
        (clip,) = await self.clips()
        return clip

    async def read(self, path: Path) -> bytes:
        """Return the content of a file."""
        return await self.hass.async_add_executor_job(path.read_bytes)

    async def has_nothing(self) -> bool:
        """Return whether there is neither a clip nor a part of one."""
        parts = await self.hass.async_add_executor_job(
            lambda: list(self.library.folder.rglob("*.part"))
        )
        return not parts and not await self.clips()

    async def load(self) -> None:
        """Set up the doorbell again."""
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)

    async def unload(self) -> None:
        """Unload the doorbell."""
        assert await self.hass.config_entries.async_unload(self.entry.entry_id)

    async def reload(self) -> None:
        """Reload the doorbell."""
        assert await self.hass.config_entries.async_reload(self.entry.entry_id)

    async def write(self, **changes: object) -> None:
        """Change the stored queue."""

        def write() -> None:
            content = json.loads(self.queue_file.read_bytes())
            self.queue_file.write_text(json.dumps(content | changes))

        await self.hass.async_add_executor_job(write)

    async def away(self, for_: timedelta) -> None:
        """Simulate a restart after Home Assistant was stopped for this long."""
        await self.unload()
        waiting = json.loads(await self.read(self.queue_file))["waiting"]
        for one in waiting:
            one["at"] = (datetime.fromisoformat(one["at"]) - for_).isoformat()
        await self.write(waiting=waiting)
        await self.load()


@dataclass(kw_only=True)
class Videos:
    """Serve videos by HTTPS at a public host name."""

    port: int
    content: bytes
    asked: list[str]
    hold: asyncio.Event | None = None  # after the first bytes, wait for this event
    broken: int = 0  # the number of next responses that end halfway

    def address(self, name: str) -> str:
        """Return the address of a video."""
        return f"https://{HOST}:{self.port}/{name}.mp4{SIGNATURE}"


@dataclass(kw_only=True)
class RingScene(Scene):
    """A Ring doorbell, whose cloud keeps the recordings."""

    ring: RingCloud
    videos: Videos

    async def happens(self, kind: str, event_id: int) -> None:
        """Report an event, whose video is not ready yet."""
        self.ring.happens(kind, event_id)
        await self.ring.push(kind, event_id)

    async def ready(self, event_id: int, name: str = "new") -> None:
        """Make the video of an event available under a name."""
        await self.ring.ready(event_id, self.videos.address(name))

    def no_history(self) -> AbstractContextManager[object]:
        """Let core's integration hide the rows of its history."""
        return patch.object(self.ring.entry.runtime_data, "devices", None)

    async def comes(self, kind: str, event_id: int) -> None:
        """Report an event and make its video available."""
        await self.happens(kind, event_id)
        await self.ready(event_id)


def put_index_first(source: Path, target: Path) -> None:
    """Write an MP4 with its index first, which plays while it is downloaded."""
    options = {"movflags": "+faststart"}
    with av.open(source) as old, av.open(target, "w", options=options) as new:
        video = old.streams.video[0]
        copied = new.add_stream_from_template(video)
        for packet in old.demux(video):
            if packet.dts is not None:
                packet.stream = copied
                new.mux(packet)


def stretched(content: bytes, seconds: int) -> bytes:
    """Make each picture of a clip claim to last this many seconds."""
    lying = bytearray(content)
    header = lying.index(b"mdhd")
    lying[header + 16 : header + 20] = (1).to_bytes(4)
    lengths = lying.index(b"stts") + 8
    count = int.from_bytes(lying[lengths : lengths + 4])
    for place in range(lengths + 8, lengths + 4 + 8 * count, 8):
        lying[place : place + 4] = seconds.to_bytes(4)
    # Disable the other boxes that contain times.
    for box in (b"ctts", b"edts"):
        lying = lying.replace(box, b"free")
    return bytes(lying)
