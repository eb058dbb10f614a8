"""Find recordings in the media source of an integration by their time."""

from abc import abstractmethod
import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
import shutil
import time
from typing import Final, override

import aiohttp
from homeassistant.components.http.auth import async_sign_path
from homeassistant.components.media_player import BrowseMedia
from homeassistant.components.media_source import (
    async_browse_media,
    async_resolve_media,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util import dt as dt_util
from yarl import URL

from ...engine.doorbells.base import DoorbellEvent, Label
from ...engine.outside.downloads import write_body
from ...engine.outside.errors import OutsideError
from .base import (
    GROWS,
    LARGEST,
    LONGEST,
    LONGEST_GROWTH,
    ProviderError,
    Recording,
    RecordingMark,
    RecordingProvider,
    of_event,
)

# Seconds for one request; some integrations ask a cloud or a slow disk.
_ASKING: Final = 60
# Seconds after an event during which a recording that seems to have ended before it is
# ignored, because it may be of an unreported visitor. Later, a clock that is behind is
# the likelier reason.
_BETTER_COMES: Final = 120.0
# Without a known end, a recording that began this much before the event counts as over.
_LONG_BEFORE: Final = timedelta(seconds=10)
_SIGNED_FOR: Final = timedelta(minutes=5)
_MP4: Final = "video/mp4"
_EVERYWHERE: Final = frozenset({"0.0.0.0", "::", "127.0.0.1", "localhost"})


@dataclass(frozen=True, kw_only=True, slots=True)
class MediaItem:
    """A recording in a media source; times in UTC, the end only if known.

    `lead` is how much before its begin is fetched too; `labels` are what was reported
    as seen.
    """

    media_id: str
    started_at: datetime
    ended_at: datetime | None = None
    lead: timedelta = timedelta()
    labels: frozenset[Label] = frozenset()


class MediaProvider(RecordingProvider):
    """Select the item that is nearest to the event in time."""

    @abstractmethod
    async def items(
        self, camera: er.RegistryEntry, event: DoorbellEvent
    ) -> list[MediaItem]:
        """Return the recordings of the camera around an event.

        Raises `ProviderError` and whatever browsing raises.
        """

    @override
    async def find(
        self, event: DoorbellEvent, mark: RecordingMark, taken: Collection[str]
    ) -> Recording | None:
        camera = er.async_get(self._hass).entities.get_entry(self._camera)
        if camera is None or camera.device_id is None:
            raise ProviderError("recording_late")
        try:
            async with asyncio.timeout(_ASKING):
                items = await self.items(camera, event)
        except ProviderError:
            raise
        except Exception:  # noqa: BLE001 - this runs the code of any integration
            # Not chained, because the message may contain an address.
            raise ProviderError("recordings_unavailable") from None
        found = [
            item
            for item in items
            if item.media_id not in taken and _is_around(item, event)
        ]
        grows = any(_grows(item) for item in found)
        since = time.monotonic() - event.monotonic
        # After this time, a growing recording is fetched as it is.
        if since < LONGEST_GROWTH:
            found = [item for item in found if not _grows(item)]
        # A recording that still grows is a better match.
        if grows or since < _BETTER_COMES:
            found = [item for item in found if not _was_over(item, event)]
        if not found:
            if grows:
                raise ProviderError(GROWS)
            return None
        item = min(found, key=lambda item: abs(item.started_at - event.at))
        return Recording(
            recording_id=item.media_id,
            started_at=item.started_at - item.lead,
            # A ring and the person who rang may be listed separately.
            labels=frozenset().union(
                *(one.labels for one in items if one is item or _overlap(one, item))
            ),
        )

    @override
    async def fetch(self, recording: Recording, path: Path) -> None:
        try:
            async with asyncio.timeout(_ASKING):
                play = await async_resolve_media(
                    self._hass, recording.recording_id, None
                )
        except Exception:  # noqa: BLE001 - as above
            raise ProviderError("recordings_unavailable") from None
        if play.mime_type != _MP4:
            raise ProviderError("recording_not_mp4")
        if play.path is not None:
            await asyncio.to_thread(_copy, play.path, path)
        elif play.url.startswith("/"):
            await self.fetch_here(self.whole(play.url), path)
        else:
            raise ProviderError("recordings_unavailable")

    def whole(self, url: str) -> str:
        """Return the address of the recording including its lead."""
        return url

    async def browse(self, media_id: str) -> list[BrowseMedia]:
        """Return the items in a folder of a media source."""
        return list((await async_browse_media(self._hass, media_id)).children or ())

    async def camera_folder(self, root: str, camera: er.RegistryEntry) -> str | None:
        """Return the folder whose thumbnail is one of the device's cameras."""
        entities = er.async_entries_for_device(
            er.async_get(self._hass),
            camera.device_id or "",
            include_disabled_entities=True,
        )
        pictures = {f"/api/camera_proxy/{entity.entity_id}" for entity in entities}
        folders = await self.browse(root)
        for folder in list(folders):
            if folder.can_expand and not folder.thumbnail:
                # A console with its cameras below.
                folders += await self.browse(folder.media_content_id)
        for folder in folders:
            if (folder.thumbnail or "").split("?")[0] in pictures:
                return folder.media_content_id
        return None

    async def fetch_here(self, path_in_url: str, path: Path) -> None:
        """Fetch from Home Assistant's own server with a signature valid for a few minutes."""
        signed = async_sign_path(
            self._hass, path_in_url, _SIGNED_FOR, use_content_user=True
        )
        # The certificate names the home's address, not loopback.
        session = async_get_clientsession(self._hass, verify_ssl=False)
        try:
            async with (
                asyncio.timeout(LONGEST),
                session.get(
                    URL(f"{_own_server(self._hass)}{signed}", encoded=True),
                    allow_redirects=False,
                ) as response,
            ):
                if response.status != 200:
                    raise ProviderError("recording_late")
                await write_body(response, path, LARGEST)
        except OutsideError as err:
            raise ProviderError(err.problem) from None
        except aiohttp.ClientError, TimeoutError:
            raise ProviderError("recordings_unavailable") from None


def _grows(item: MediaItem) -> bool:
    return item.ended_at is not None and item.ended_at > dt_util.utcnow()


def _is_around(item: MediaItem, event: DoorbellEvent) -> bool:
    if of_event(item.started_at, event):
        return True
    return item.ended_at is not None and item.started_at <= event.at <= item.ended_at


def _overlap(one: MediaItem, other: MediaItem) -> bool:
    """Return whether two items overlap, as far as their ends are known."""
    return (
        one.ended_at is not None
        and other.ended_at is not None
        and one.started_at - one.lead <= other.ended_at
        and other.started_at - other.lead <= one.ended_at
    )


def _was_over(item: MediaItem, event: DoorbellEvent) -> bool:
    """Return whether a recording seems to have ended before the event."""
    if item.ended_at is None:
        return item.started_at < event.at - _LONG_BEFORE
    return item.ended_at < event.at


def _copy(source: Path, target: Path) -> None:
    """Copy a local file; raises `ProviderError` and `OSError`."""
    if source.stat().st_size > LARGEST:
        raise ProviderError("too_large")
    shutil.copyfile(source, target)


def _own_server(hass: HomeAssistant) -> str:
    """Return the address at which Home Assistant listens on this machine."""
    server = hass.http
    hosts: list[str] = list(server.server_host or ())
    host = "127.0.0.1" if not hosts or _EVERYWHERE & {*hosts} else hosts[0]
    scheme = "https" if server.ssl_certificate else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{server.server_port}"


def local(text: str, form: str, event: DoorbellEvent) -> datetime | None:
    """Parse a local time; return None if it is invalid.

    In the hour that is repeated when summer time ends, the time nearer to the event is
    used.
    """
    try:
        naive = datetime.strptime(text, form)
    except ValueError:
        return None
    zone = dt_util.get_default_time_zone()
    moments = (dt_util.as_utc(naive.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    return min(moments, key=lambda at: abs(at - event.at))
