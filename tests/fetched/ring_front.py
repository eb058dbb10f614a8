"""A doorbell with cloud recordings, and helpers of its tests."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
import json
from pathlib import Path
from typing import Any

import av
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.household.private import PrivateFolder
from tests.conftest import Until
from tests.outside_servers import HOST

# The cloud signs its addresses, and anyone with the address can get the video.
SIGNATURE = "?X-Amz-Signature=5ecre7"


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


async def looked(entry: ConfigEntry, until: Until) -> None:
    """Wait until the recording was polled twice more."""
    recorder = entry.runtime_data.recorder
    before = recorder.diagnostics()["looks"]
    await until(lambda: recorder.diagnostics()["looks"] > before + 1)


async def only_clip(hass: HomeAssistant, entry: ConfigEntry) -> Any:
    """Return the only clip."""
    clips = await hass.data[DATA].library.list([entry.entry_id])
    assert len(clips) == 1
    return clips[0]


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


def queue_file(hass: HomeAssistant, entry: ConfigEntry) -> Path:
    """Return the file that stores the waiting events."""
    return (
        PrivateFolder.of(hass.config.config_dir).fetch_queues / f"{entry.entry_id}.json"
    )


async def waits(entry: ConfigEntry, until: Until, count: int = 1) -> None:
    """Wait until this number of events is waiting."""
    recorder = entry.runtime_data.recorder
    await until(lambda: recorder.diagnostics()["waiting"] == count)


async def away(hass: HomeAssistant, entry: ConfigEntry, for_: timedelta) -> None:
    """Simulate a restart after Home Assistant was stopped for this long."""
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
