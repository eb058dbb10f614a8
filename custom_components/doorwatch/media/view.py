"""Show a user's clips in the media browser."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from homeassistant.auth.models import User
from homeassistant.components.http.const import KEY_HASS_USER
from homeassistant.components.media_player import MediaClass, MediaType
from homeassistant.components.media_source import BrowseMediaSource
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..access.permissions import may_view, visible_doorbells
from ..access.users import Users
from ..actions.clips import async_visible_clip
from ..const import DOMAIN
from ..core_interfaces import current_connection, current_request, script_stack_cv
from ..engine.clips.library import Library
from ..engine.clips.model import Clip, ClipQuery
from ..engine.sharing.errors import SharingError
from ..household.future_clips import without_future
from ..household.household import household
from ..names import doorbell_names
from ..paths import THUMBNAIL_PATH
from .search import read_query, words_of

DOORWATCH: Final = "Doorwatch"
MP4: Final = "video/mp4"
# Items on one page of the browser; an item at the end opens the older ones.
MOST_CLIPS: Final = 100
MOST_DAYS: Final = 90

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@callback
def async_watching_user() -> User | None:
    """Return the user of the request, or None if there is none.

    A media item carries no user. A script has none either: otherwise the connection
    that triggered an automation would count as its user.
    """
    if script_stack_cv.get():
        return None
    if (connection := current_connection.get()) is not None:
        return connection.user
    request = current_request.get()
    user: User | None = request.get(KEY_HASS_USER) if request is not None else None
    return user


@dataclass(eq=False, repr=False)
class MediaView:
    """The clips that one user sees."""

    _hass: HomeAssistant
    _library: Library
    _users: Users
    # None sees the doorbells that are open to media players.
    _user: User | None
    _texts: Mapping[str, str]
    _zones: dict[str, tzinfo] = field(default_factory=dict)

    def _doorbells(self) -> dict[str, str]:
        """Return the names of the doorbells that may be browsed, by ID."""
        shown: Collection[str] = (
            household(self._hass).open_to_players
            if self._user is None
            else visible_doorbells(self._hass, self._user)
        )
        return doorbell_names(self._hass, shown)

    def _may_hear_labels(self, doorbell_id: str | None = None) -> bool:
        """Return whether labels may be shown, of one doorbell or of all shown ones.

        Anyone may be in front of a media player.
        """
        return self._user is not None or all(
            self._users.all_may_view(one)
            for one in ([doorbell_id] if doorbell_id else self._doorbells())
        )

    def known(self, doorbell_id: str) -> str:
        """Return the ID if this user may see the doorbell."""
        if doorbell_id not in self._doorbells():
            raise SharingError("clip_unknown")
        return doorbell_id

    async def browse(self, identifier: str) -> BrowseMediaSource:
        """Return a folder.

        Raises `SharingError("clip_unknown")` if it does not exist or is hidden, and
        `ValueError` if the identifier is invalid.
        """
        kind, *rest = identifier.split("/")
        match kind, rest:
            case "", []:
                return await self.root()
            case "doorbell", [doorbell_id]:
                return await self.doorbell(doorbell_id, None)
            case "doorbell", [doorbell_id, before]:
                return await self.doorbell(doorbell_id, date.fromisoformat(before))
            case "day", [doorbell_id, day]:
                return await self.day(doorbell_id, date.fromisoformat(day), None)
            case "day", [doorbell_id, day, before]:
                return await self.day(
                    doorbell_id, date.fromisoformat(day), _moment(before)
                )
            case "clip", [_]:
                return await self._clip(await self.playable(identifier))
        raise SharingError("clip_unknown")

    async def playable(self, identifier: str) -> Clip:
        """Return a clip that may be played, or raise `SharingError("clip_unknown")`."""
        kind, _, clip_id = identifier.partition("/")
        if kind != "clip":
            raise SharingError("clip_unknown")
        clip = await async_visible_clip(self._hass, self._library, self._user, clip_id)
        self.known(clip.doorbell_id)
        return clip

    async def root(self) -> BrowseMediaSource:
        """List the doorbells, each with its newest picture."""
        children = []
        for doorbell_id, name in sorted(
            self._doorbells().items(), key=lambda each: each[1].casefold()
        ):
            newest = await self._library.list(
                [doorbell_id], without_future(ClipQuery()), limit=1
            )
            children.append(
                _folder(
                    f"doorbell/{doorbell_id}",
                    name,
                    thumbnail=_thumbnail(newest[0]) if newest else None,
                )
            )
        return _folder("", DOORWATCH, children)

    async def doorbell(
        self, doorbell_id: str, before: date | None
    ) -> BrowseMediaSource:
        """List the days that have clips, newest first."""
        name = self._doorbells()[self.known(doorbell_id)]
        days = [
            (day, count)
            for _, day, count in await self._library.days([doorbell_id])
            if before is None or day < before
        ]
        today = dt_util.now().date()
        # A day in the future, recorded while the clock was ahead, is not the newest.
        future = [one for one in days if one[0] > today][:MOST_DAYS]
        days = [one for one in days if one[0] <= today]

        def folder(day: date, count: int) -> BrowseMediaSource:
            return _folder(
                f"day/{doorbell_id}/{day.isoformat()}",
                self._text("media_day", day=self._named(day), clips=str(count)),
            )

        children = [folder(*one) for one in days[:MOST_DAYS]]
        if len(days) > MOST_DAYS:
            oldest = days[MOST_DAYS - 1][0].isoformat()
            children.append(
                _folder(
                    f"doorbell/{doorbell_id}/{oldest}",
                    self._text("media_earlier", before=oldest),
                )
            )
        if before is None:
            children += [folder(*one) for one in future]
        title = name if before is None else f"{name} – {before}"
        return _folder(f"doorbell/{doorbell_id}", title, children)

    async def day(
        self, doorbell_id: str, day: date, before: datetime | None
    ) -> BrowseMediaSource:
        """List the clips of a local day, newest first."""
        name = self._doorbells()[self.known(doorbell_id)]
        clips = await self._library.list(
            [doorbell_id],
            ClipQuery(before=before, days=frozenset({day.isoformat()})),
            limit=MOST_CLIPS + 1,
        )
        children = [await self._clip(clip) for clip in clips[:MOST_CLIPS]]
        if len(clips) > MOST_CLIPS:
            last = clips[MOST_CLIPS - 1]
            micros = (last.started_at - _EPOCH) // timedelta(microseconds=1)
            local = await self._local(last)
            children.append(
                _folder(
                    f"day/{doorbell_id}/{day.isoformat()}/{micros}",
                    self._text("media_earlier", before=f"{local:%H:%M:%S}"),
                )
            )
        return _folder(
            f"day/{doorbell_id}/{day.isoformat()}",
            f"{name} – {self._named(day)}",
            children,
        )

    async def search(self, query: str, identifier: str) -> list[BrowseMediaSource]:
        """Return the newest clips that match, each with its doorbell and day.

        Searches below the folder `identifier`. Raises the errors of `browse`.
        """
        within: str | None = None
        day: date | None = None
        match identifier.split("/"):
            case [""]:
                pass
            case ["doorbell", doorbell_id, *_]:
                within = self.known(doorbell_id)
            case ["day", doorbell_id, text, *_]:
                within, day = self.known(doorbell_id), date.fromisoformat(text)
            case _:
                raise SharingError("clip_unknown")
        words = words_of(self._texts, labels=self._may_hear_labels())
        wanted = read_query(query, words, dt_util.now().date())
        clips = wanted.query
        if day is not None:
            if not wanted.fits_day(day):
                return []
            clips = replace(clips, days=frozenset({day.isoformat()}))
        doorbells = {
            doorbell_id: name
            for doorbell_id, name in self._doorbells().items()
            if within in (None, doorbell_id) and wanted.fits_name(name)
        }
        found = await self._library.list(
            doorbells, without_future(clips), limit=MOST_CLIPS
        )
        return [
            await self._clip(clip, doorbell=doorbells[clip.doorbell_id])
            for clip in found
            # Permissions may have changed during the query.
            if self._user is None or may_view(self._hass, self._user, clip.doorbell_id)
        ]

    async def _clip(
        self, clip: Clip, *, doorbell: str | None = None
    ) -> BrowseMediaSource:
        """Return the item of a clip, with local time, kind, length and labels as title."""
        local = await self._local(clip)
        title = self._text(
            "media_clip" if clip.plays_everywhere else "media_clip_other",
            time=f"{local:%H:%M:%S}",
            kind=self._texts.get(f"media_{clip.event}", clip.event),
            seconds=str(round(clip.duration.total_seconds())),
        )
        if clip.labels and self._may_hear_labels(clip.doorbell_id):
            labels = ", ".join(self._text(f"label_{label}") for label in clip.labels)
            title = self._text("media_seen", clip=title, labels=labels)
        if doorbell is not None:
            # The end is cut off on a narrow screen.
            title = f"{self._named(local.date())} {title}, {doorbell}"
        return BrowseMediaSource(
            domain=DOMAIN,
            identifier=f"clip/{clip.clip_id}",
            media_class=MediaClass.VIDEO,
            media_content_type=MP4,
            title=title,
            can_play=True,
            can_expand=False,
            thumbnail=_thumbnail(clip),
        )

    async def _local(self, clip: Clip) -> datetime:
        """Return when a clip began, in the home's time zone at that time."""
        if (zone := self._zones.get(clip.timezone)) is None:
            zone = await dt_util.async_get_time_zone(clip.timezone) or UTC
            self._zones[clip.timezone] = zone
        return clip.started_at.astimezone(zone)

    def _named(self, day: date) -> str:
        """Return the name of a day."""
        today = dt_util.now().date()
        if day == today:
            return self._text("media_today")
        if day == today - timedelta(days=1):
            return self._text("media_yesterday")
        return day.isoformat()

    def _text(self, key: str, **placeholders: str) -> str:
        return self._texts.get(key, key).format(**placeholders)


def _moment(text: str) -> datetime:
    """Read a time from an identifier; raise `ValueError` or `OverflowError` if invalid."""
    return _EPOCH + timedelta(microseconds=int(text))


def _thumbnail(clip: Clip) -> str:
    """Return the unsigned path, which the browser fetches with its credentials."""
    return THUMBNAIL_PATH.format(clip.clip_id)


def _folder(
    identifier: str,
    title: str,
    children: Sequence[BrowseMediaSource] | None = None,
    *,
    thumbnail: str | None = None,
) -> BrowseMediaSource:
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=identifier or None,
        media_class=MediaClass.DIRECTORY,
        media_content_type=MediaType.VIDEO,
        title=title,
        can_play=False,
        can_expand=True,
        can_search=True,
        search_media_classes=[MediaClass.VIDEO],
        children=children,
        thumbnail=thumbnail,
    )
