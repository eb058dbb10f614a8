"""Clips, thumbnails and previews over HTTP.

Unknown and forbidden look the same, so that nobody can probe for what is there.
"""

from abc import abstractmethod
from http import HTTPStatus
from pathlib import Path
from typing import Final, override

from aiohttp import hdrs, web
from homeassistant.auth.models import User
from homeassistant.components.http.const import KEY_HASS_USER
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView

from ..access.permissions import may_control, may_view
from ..actions.clips import async_deleted_clip, async_visible_clip
from ..actions.exports import file_name
from ..actions.parts import previews
from ..engine.clips.errors import LibraryError
from ..engine.clips.files.plain import is_plain_file
from ..engine.clips.model import Clip
from ..engine.sharing.errors import SharingError
from ..household.household import async_get_domain
from ..paths import CLIP_PATH, CLIP_PREVIEW_PATH, THUMBNAIL_PATH
from .share_preview import SharePreviewView

MP4: Final = "video/mp4"
JPEG: Final = "image/jpeg"


@callback
def async_register_views(hass: HomeAssistant) -> None:
    """Register the views."""
    for view in (ClipView(), ClipPreviewView(), ThumbnailView(), SharePreviewView()):
        hass.http.register_view(view)


class FileView(HomeAssistantView):
    """Serve one file to a user who may see it, with ranges and HEAD."""

    content_type: str
    # The next user of a shared tablet may not be allowed to see it.
    cache_control = "private, no-store"

    async def get(self, request: web.Request, file_id: str) -> web.StreamResponse:
        """Answer GET and HEAD; aiohttp opens and reads the file on threads."""
        hass = request.app[KEY_HASS]
        try:
            folder = (await async_get_domain(hass)).library.folder
            path = await self.async_path(hass, request[KEY_HASS_USER], file_id)
        except SharingError, LibraryError:
            path = None
        # Add-ons may write where clips lie: a link would lead to any file of the home.
        if path is None or not await hass.async_add_executor_job(
            is_plain_file, path, folder
        ):
            return web.Response(status=HTTPStatus.NOT_FOUND)
        return web.FileResponse(
            path,
            headers={
                **await self.async_headers(hass, request, file_id),
                hdrs.CONTENT_TYPE: self.content_type,
                hdrs.CACHE_CONTROL: self.cache_control,
                "X-Content-Type-Options": "nosniff",
            },
        )

    head = get

    async def async_headers(
        self, hass: HomeAssistant, request: web.Request, file_id: str
    ) -> dict[str, str]:
        """Return headers besides those of every file."""
        return {}

    @abstractmethod
    async def async_path(
        self, hass: HomeAssistant, user: User, file_id: str
    ) -> Path | None:
        """Return the file; None when it is unknown, or not for this user."""


class ClipView(FileView):
    """The video of a clip."""

    url = CLIP_PATH.format("{file_id}")
    name = "api:doorwatch:clip"
    content_type = MP4

    @override
    async def async_path(
        self, hass: HomeAssistant, user: User, file_id: str
    ) -> Path | None:
        """Take the path from the index, never from the request."""
        clip = await _async_clip(hass, user, file_id)
        return clip.path if clip is not None else None

    @override
    async def async_headers(
        self, hass: HomeAssistant, request: web.Request, file_id: str
    ) -> dict[str, str]:
        """With `?download=1`, have browsers save it under its local time."""
        if request.query.get("download") != "1":
            return {}
        clip = await _async_clip(hass, request[KEY_HASS_USER], file_id)
        if clip is None:
            return {}
        return {
            hdrs.CONTENT_DISPOSITION: f'attachment; filename="{file_name(hass, clip)}"'
        }


class ClipPreviewView(FileView):
    """The small copy of a clip that not every browser can play."""

    url = CLIP_PREVIEW_PATH.format("{file_id}")
    name = "api:doorwatch:clip_preview"
    content_type = MP4

    @override
    async def async_path(
        self, hass: HomeAssistant, user: User, file_id: str
    ) -> Path | None:
        """Ask for the clip's permission, each time."""
        clip = await _async_clip(hass, user, file_id)
        if clip is None:
            return None
        path = (await previews(hass).async_find()).path(clip.clip_id)
        return path if may_view(hass, user, clip.doorbell_id) else None


class ThumbnailView(FileView):
    """The thumbnail of a clip."""

    url = THUMBNAIL_PATH.format("{file_id}")
    name = "api:doorwatch:thumbnail"
    content_type = JPEG
    # Kept by the browser, but each showing asks here first: aiohttp sends an ETag, and
    # says 304 only once this view found the file for this user.
    cache_control = "private, no-cache"

    @override
    async def async_path(
        self, hass: HomeAssistant, user: User, file_id: str
    ) -> Path | None:
        """Take the path from the index, never from the request.

        Of a clip in the bin too, for those who may take it out again.
        """
        clip = await _async_clip(hass, user, file_id)
        if clip is None:
            try:
                clip = await async_deleted_clip(hass, user, file_id)
            except SharingError, LibraryError:
                return None
            if not may_control(hass, user, clip.doorbell_id):
                return None
        return clip.thumbnail


async def _async_clip(hass: HomeAssistant, user: User, clip_id: str) -> Clip | None:
    """Return the clip, if this user may see it."""
    try:
        return await async_visible_clip(hass, user, clip_id)
    except SharingError, LibraryError:
        return None
