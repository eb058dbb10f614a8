"""Browse and search clips in the media browser, by doorbell and day.

Identifiers: `doorbell/<id>[/<day>]` lists days, those before <day>;
`day/<id>/<day>[/<time>]` lists clips, those that began before <time> (UTC); `clip/<id>`
plays.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
import sqlite3
from typing import Final, override

from homeassistant.auth.models import User
from homeassistant.components.media_player import (
    BrowseError,
    MediaClass,
    SearchMedia,
    SearchMediaQuery,
)
from homeassistant.components.media_source import (
    BrowseMediaSource,
    MediaSource,
    MediaSourceItem,
    PlayMedia,
    Unresolvable,
)
from homeassistant.core import HomeAssistant

from .actions.clips import sign_for
from .actions.problems import translated_error
from .const import DOMAIN
from .domain.opening import async_get_domain
from .engine.clips.errors import LibraryError
from .engine.sharing.errors import SharingError
from .media.search import async_media_texts
from .media.view import DOORWATCH, MP4, MediaView, async_watching_user
from .paths import CLIP_PATH

# Leaves time to pause a clip; a link that leaks works as long.
LINK_LIFETIME: Final = timedelta(hours=1)


async def async_get_media_source(hass: HomeAssistant) -> DoorwatchMediaSource:
    """Return the media source."""
    return DoorwatchMediaSource(hass)


class DoorwatchMediaSource(MediaSource):
    """The doorbells, their days and their clips."""

    name = DOORWATCH

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize the media source."""
        super().__init__(DOMAIN)
        self._hass = hass

    @override
    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        """Return a link to a clip.

        It contains no file path, because its recipient may read the file or send it to
        a language model.
        """
        # Read before anything is awaited, because a script may end meanwhile.
        user = async_watching_user()
        with _wording(Unresolvable):
            clip = await (await self._async_view(user)).playable(item.identifier or "")
        return PlayMedia(
            sign_for(
                self._hass,
                user,
                CLIP_PATH.format(clip.clip_id),
                lifetime=LINK_LIFETIME,
            ),
            MP4,
        )

    @override
    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        """List doorbells, days or clips."""
        user = async_watching_user()
        with _wording(BrowseError):
            view = await self._async_view(user)
            return await view.browse(item.identifier or "")

    @override
    async def async_search_media(
        self, item: MediaSourceItem, query: SearchMediaQuery
    ) -> SearchMedia:
        """Find clips by doorbell, day, time and kind, below the shown folder."""
        classes = query.media_filter_classes
        if classes and MediaClass.VIDEO not in classes:
            return SearchMedia(result=[])
        user = async_watching_user()
        with _wording(BrowseError):
            view = await self._async_view(user)
            found = await view.search(query.search_query, item.identifier or "")
        return SearchMedia(result=found)

    async def _async_view(self, user: User | None) -> MediaView:
        data = await async_get_domain(self._hass)
        texts = await async_media_texts(self._hass, data.notices.language_of(user))
        return MediaView(self._hass, data.library, data.users, user, texts)


@contextmanager
def _wording(kind: type[BrowseError | Unresolvable]) -> Iterator[None]:
    """Turn known exceptions into the translated error that core shows."""
    try:
        try:
            yield
        except sqlite3.Error as err:
            raise LibraryError("library_unavailable") from err
        except (ValueError, OverflowError) as err:
            # An identifier that no folder or clip can have.
            raise SharingError("clip_unknown") from err
    except (SharingError, LibraryError, OSError) as err:
        told = translated_error(err)
        raise kind(
            translation_domain=told.translation_domain,
            translation_key=told.translation_key,
            translation_placeholders=told.translation_placeholders,
        ) from err
