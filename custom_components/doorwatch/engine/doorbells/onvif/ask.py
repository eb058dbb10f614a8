"""Query an ONVIF device once, to add or to recognize it."""

from dataclasses import dataclass

from ..base import DoorbellError, EventKind
from .answers import DeviceIdentity, DeviceStreams
from .client import OnvifClient
from .events import kinds_of
from .pull import topics_of
from .video_sources import (
    VideoSource,
    VideoSourceUnclear,
    find_streams,
    find_video_sources,
    video_source_in,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceFacts:
    """The properties of a device; `streams` are those of `video_source`."""

    identity: DeviceIdentity
    video_sources: tuple[VideoSource, ...]
    video_source: VideoSource
    streams: DeviceStreams
    offers: frozenset[EventKind]
    clock_offset: float | None


async def ask_device(
    host: str,
    port: int,
    username: str | None,
    password: str | None,
    *,
    video_source: str | None = None,
    choose: bool = False,
) -> DeviceFacts:
    """Query the identity, streams and events of a device.

    Without `video_source` the first one is used, or, with `choose`, the only one.
    Raises `VideoSourceUnclear` if that doesn't exist, and `DoorbellError`.
    """
    client = OnvifClient(host, port, username, password)
    try:
        await client.connect()
        identity = await client.identity()
        if not identity.unique:
            raise DoorbellError("no_identity")
        sources, _ = await find_video_sources(client)
        one: VideoSource | None = sources[0]
        if video_source is not None:
            one = video_source_in(sources, video_source)
        elif choose and len(sources) > 1:
            one = None
        if one is None:
            raise VideoSourceUnclear(identity, sources)
        return DeviceFacts(
            identity=identity,
            video_sources=sources,
            video_source=one,
            streams=await find_streams(client, one),
            offers=kinds_of(await topics_of(client)),
            clock_offset=client.clock_offset,
        )
    finally:
        await client.close()


async def ask_identity(
    host: str, port: int, username: str | None, password: str | None
) -> DeviceIdentity:
    """Query only the identity of a device; raises `DoorbellError`."""
    client = OnvifClient(host, port, username, password)
    try:
        await client.connect()
        return await client.identity()
    finally:
        await client.close()
