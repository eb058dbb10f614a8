"""Serve clips, thumbnails and previews.

Unknown and forbidden files give the same answer, so that nobody can probe for them.
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

from ..access.permissions import may_control, may_send, may_view
from ..actions.clips import async_deleted_clip, async_visible_clip
from ..actions.exports import file_name
from ..domain.data import DoorwatchData
from ..domain.opening import async_get_domain
from ..engine.clips.errors import LibraryError
from ..engine.clips.files.plain import is_plain_file
from ..engine.clips.model import Clip
from ..engine.sharing.errors import SharingError
from ..paths import CLIP_PATH, CLIP_PREVIEW_PATH, COPY_PATH, THUMBNAIL_PATH
from .share_preview import SharePreviewView

MP4: Final = "video/mp4"
JPEG: Final = "image/jpeg"


@callback
def async_register_views(hass: HomeAssistant) -> None:
    """Register the views."""
    for view in (
        ClipView(),
        ClipPreviewView(),
        CopyView(),
        ThumbnailView(),
        SharePreviewView(),
    ):
        hass.http.register_view(view)


class FileView(HomeAssistantView):
    """Serve a file of a clip to a user who may see it, with ranges and HEAD."""

    content_type: str
    # The next user of a shared tablet may not be allowed to see the file.
    cache_control = "private, no-store"

    async def get(self, request: web.Request, file_id: str) -> web.StreamResponse:
        """Answer GET and HEAD; aiohttp reads the file on threads."""
        hass = request.app[KEY_HASS]
        user = request[KEY_HASS_USER]
        try:
            data = await async_get_domain(hass)
            clip = await self.async_clip(hass, data, user, file_id)
            path = await self.async_path(hass, data, user, clip)
        except SharingError, LibraryError:
            path = None
        # Add-ons may write to the library's folder, and a link could expose any file.
        if path is None or not await hass.async_add_executor_job(
            is_plain_file, path, data.library.folder
        ):
            return web.Response(status=HTTPStatus.NOT_FOUND)
        return web.FileResponse(
            path,
            headers={
                **self.headers(request, clip),
                hdrs.CONTENT_TYPE: self.content_type,
                hdrs.CACHE_CONTROL: self.cache_control,
                "X-Content-Type-Options": "nosniff",
            },
        )

    head = get

    def headers(self, request: web.Request, clip: Clip) -> dict[str, str]:
        """Return the headers that this file needs in addition."""
        return {}

    async def async_clip(
        self, hass: HomeAssistant, data: DoorwatchData, user: User, clip_id: str
    ) -> Clip:
        """Return the clip.

        Raises `SharingError` if it is unknown or not visible to this user.
        """
        return await async_visible_clip(hass, data.library, user, clip_id)

    @abstractmethod
    async def async_path(
        self, hass: HomeAssistant, data: DoorwatchData, user: User, clip: Clip
    ) -> Path | None:
        """Return the file, never from the request, or None if there is none."""


class ClipView(FileView):
    """Serve the video of a clip."""

    url = CLIP_PATH.format("{file_id}")
    name = "api:doorwatch:clip"
    content_type = MP4

    @override
    async def async_path(
        self, hass: HomeAssistant, data: DoorwatchData, user: User, clip: Clip
    ) -> Path | None:
        return clip.path

    @override
    def headers(self, request: web.Request, clip: Clip) -> dict[str, str]:
        """With `?download=1`, name the download after the clip's local time."""
        if request.query.get("download") != "1":
            return {}
        name = file_name(request.app[KEY_HASS], clip)
        return {hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"'}


class CopyView(ClipView):
    """Serve a copy to the user who prepared it to send it to someone."""

    url = COPY_PATH.format("{file_id}")
    name = "api:doorwatch:copy"

    @override
    async def async_clip(
        self, hass: HomeAssistant, data: DoorwatchData, user: User, clip_id: str
    ) -> Clip:
        """Return the copy while its clip exists and the user may send it."""
        copy = data.prepared_copies.get(clip_id, user)
        await super().async_clip(hass, data, user, copy.clip.clip_id)
        if not may_send(hass, user, copy.clip.doorbell_id):
            raise SharingError("not_allowed")
        return copy.clip


class ClipPreviewView(FileView):
    """Serve the preview of a clip that not every browser can play."""

    url = CLIP_PREVIEW_PATH.format("{file_id}")
    name = "api:doorwatch:clip_preview"
    content_type = MP4

    @override
    async def async_path(
        self, hass: HomeAssistant, data: DoorwatchData, user: User, clip: Clip
    ) -> Path | None:
        """Check the permission on the clip again after the lookup."""
        path = (await data.previews.async_find()).path(clip.clip_id)
        return path if may_view(hass, user, clip.doorbell_id) else None


class ThumbnailView(FileView):
    """Serve the thumbnail of a clip."""

    url = THUMBNAIL_PATH.format("{file_id}")
    name = "api:doorwatch:thumbnail"
    content_type = JPEG
    # The browser stores it but revalidates each use: aiohttp sends an ETag, and a 304
    # only after the permission check.
    cache_control = "private, no-cache"

    @override
    async def async_clip(
        self, hass: HomeAssistant, data: DoorwatchData, user: User, clip_id: str
    ) -> Clip:
        """Return also deleted clips, to users who may restore them."""
        try:
            return await super().async_clip(hass, data, user, clip_id)
        except SharingError:
            clip = await async_deleted_clip(hass, data.library, user, clip_id)
            if not may_control(hass, user, clip.doorbell_id):
                raise
            return clip

    @override
    async def async_path(
        self, hass: HomeAssistant, data: DoorwatchData, user: User, clip: Clip
    ) -> Path | None:
        return clip.thumbnail
