"""Find the video sources of an ONVIF device, their streams and their events."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from onvif import ONVIFService
from onvif.util import normalize_url

from ..address import split_login
from ..base import DoorbellError
from .answers import DeviceIdentity, DeviceStreams, MediaProfile, profiles_of, text_of
from .client import OnvifClient, ignore_faults

# As many as large recorders have; some requests are sent for each.
MOST_VIDEO_SOURCES: Final = 64

# How events name a video source, in lowercase: by its token, that of its configuration,
# or that of its analytics. Some devices use one name for the other.
_SOURCE: Final = "source"
_CONFIGURATION: Final = "configuration"
_ANALYTICS: Final = "analytics"
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "source": (_SOURCE, _CONFIGURATION),
    "videosource": (_SOURCE, _CONFIGURATION),
    "videosourcetoken": (_SOURCE, _CONFIGURATION),
    "videosourceconfiguration": (_CONFIGURATION, _SOURCE),
    "videosourceconfigurationtoken": (_CONFIGURATION, _SOURCE),
    "videoanalyticsconfigurationtoken": (_ANALYTICS,),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoSource:
    """A video source that can be recorded.

    `number` counts in the device's order from 1. `profiles` are the recordable ones.
    """

    number: int
    token: str
    profiles: tuple[MediaProfile, ...]

    @property
    def largest(self) -> MediaProfile:
        """The profile to record."""
        return max(self.profiles, key=lambda one: one.pixels)

    @property
    def smallest(self) -> MediaProfile:
        """The profile to detect motion in."""
        return min(self.profiles, key=lambda one: one.pixels)


class VideoSourceUnclear(DoorbellError):
    """Raised if the video source is missing, or none of several was chosen."""

    def __init__(
        self, identity: DeviceIdentity, sources: tuple[VideoSource, ...]
    ) -> None:
        """Initialize with the device and its video sources to choose from."""
        super().__init__("lens_missing")
        self.identity = identity
        self.sources = sources


def video_source_in(sources: Iterable[VideoSource], token: str) -> VideoSource | None:
    """Return the video source with this token, or None."""
    return next((one for one in sources if one.token == token), None)


async def find_video_sources(
    client: OnvifClient,
) -> tuple[tuple[VideoSource, ...], list[MediaProfile]]:
    """Return at least one video source, in the device's order, and all profiles.

    Raises `DoorbellError`.
    """
    async with client.step():
        media = await client.service("media")
        everything = profiles_of(await media.GetProfiles())
    profiles = [one for one in everything if one.recordable]
    if not profiles:
        raise DoorbellError("no_profile")
    by_source: dict[str, list[MediaProfile]] = {}
    for one in profiles:
        by_source.setdefault(one.source, []).append(one)
    # Video sources without a token can't be distinguished.
    tokens = [token for token in by_source if token] if profiles[0].source else [""]
    sources = tuple(
        VideoSource(number=number, token=token, profiles=tuple(by_source[token]))
        for number, token in enumerate(tokens[:MOST_VIDEO_SOURCES], 1)
    )
    return sources, everything


async def find_streams(client: OnvifClient, source: VideoSource) -> DeviceStreams:
    """Find the main stream, the smaller stream and the snapshot of a video source.

    Raises `DoorbellError`.
    """
    async with client.step():
        media = await client.service("media")
        main = await _stream_uri(client, media, source.largest.token)
        sub = snapshot = None
        # The sub-stream and the snapshot are optional.
        if source.smallest.pixels < source.largest.pixels:
            with ignore_faults():
                sub = await _stream_uri(client, media, source.smallest.token)
        with ignore_faults():
            answer = await media.GetSnapshotUri({"ProfileToken": source.largest.token})
            if uri := normalize_url(text_of(answer.Uri)):
                snapshot = client.on_host(uri)
        return DeviceStreams(main=main, sub=sub, snapshot=snapshot)


async def is_main_of(
    client: OnvifClient, sources: Iterable[VideoSource], address: str
) -> bool:
    """Return whether an address is the main stream of one of these video sources.

    Raises `DoorbellError`.
    """
    for source in sources:
        async with client.step():
            with ignore_faults():
                media = await client.service("media")
                if await _stream_uri(client, media, source.largest.token) == address:
                    return True
    return False


async def _stream_uri(client: OnvifClient, media: ONVIFService, token: str) -> str:
    answer = await media.GetStreamUri(
        {
            "StreamSetup": {
                "Stream": "RTP-Unicast",
                "Transport": {"Protocol": "RTSP"},
            },
            "ProfileToken": token,
        }
    )
    address, _, _ = split_login(answer.Uri)
    return client.on_host(address)


class VideoSourceFilter:
    """Distinguish the events of one video source from those of the device's others."""

    def __init__(
        self, profiles: Iterable[MediaProfile] = (), ours: str | None = None
    ) -> None:
        """Initialize with all profiles and our token, or None to accept all events."""
        self._ours = ours
        self._named: dict[tuple[str, str], set[str]] = {}
        for one in profiles:
            for kind, token in (
                (_SOURCE, one.source),
                (_CONFIGURATION, one.configuration),
                (_ANALYTICS, one.analytics),
            ):
                if one.source and token:
                    self._named.setdefault((kind, token), set()).add(one.source)

    def is_anothers(self, source: Iterable[tuple[str, str]]) -> bool:
        """Return whether an event's source is another video source, not ours.

        Unknown names and tokens are ignored.
        """
        if self._ours is None:
            return False
        named = {one for name, value in source for one in self._sources_by(name, value)}
        return bool(named) and self._ours not in named

    def _sources_by(self, name: str, value: str) -> set[str]:
        """Return the named video source, or an empty set if the name is ambiguous."""
        for kind in _NAMES.get(name.lower(), ()):
            found = self._named.get((kind, value.strip()), set())
            if len(found) == 1:
                return found
        return set()
