"""Keep the requests and bulletins that concern this home."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import chain
import logging
from typing import Final, override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.dispatcher import (
    async_dispatcher_connect,
    async_dispatcher_send,
)
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util
from homeassistant.util.signal_type import SignalType

from .. import signals
from ..access.shown_clips import ShownClips
from ..agencies.agencies import agency_entries, loaded_agencies, loaded_agency
from ..agencies.base import Agency
from ..const import DOMAIN
from ..engine.clips.errors import LibraryError
from ..engine.clips.library import Library
from ..engine.clips.model import Clip, Mark
from ..engine.sharing.errors import SharingError
from ..engine.sharing.model import Share, ShareState
from ..engine.sharing.outbox.outbox import Outbox
from ..engine.sharing.requests.feed import Request
from ..engine.sharing.requests.match import (
    Covered,
    Door,
    Matcher,
    counted,
    day_span,
    days_of,
)
from ..following import Follower, async_follow_entries
from .concerns import Concern, concerns_of, still_open
from .fitting import MOST_NAMED, async_matching
from .noted import Noted
from .positions import positions, radius

_LOGGER = logging.getLogger(__name__)

# The matched or hidden requests have changed.
SIGNAL_REQUESTS: SignalType[()] = SignalType(f"{DOMAIN}_requests")
# Seconds between two matches, because clips can change by the hundred.
PAUSE: Final = 1.0
# Until clips are counted again if the library could not be read, for example because
# its disk did not answer.
RETRY: Final = timedelta(seconds=30)
# States in which an agency's feed is not available yet.
_TO_BE_LOADED: Final = frozenset(
    {
        ConfigEntryState.NOT_LOADED,
        ConfigEntryState.SETUP_IN_PROGRESS,
        ConfigEntryState.SETUP_RETRY,
        ConfigEntryState.UNLOAD_IN_PROGRESS,
    }
)
# More than a home ever shares.
_MOST_SHARES: Final = 100_000


class Board(Follower):
    """Match requests when feeds, clips or positions change, never when a page asks."""

    def __init__(
        self,
        hass: HomeAssistant,
        *,
        library: Library,
        outbox: Outbox,
        noted: Noted,
        shown_clips: ShownClips,
    ) -> None:
        """Start without any request."""
        self._hass = hass
        self._library = library
        self._outbox = outbox
        self._shown_clips = shown_clips
        self.concerns: tuple[Concern, ...] = ()
        # The number of valid open requests about other places.
        self.elsewhere = 0
        self.noted: Final = noted
        # Shares that answer a request, by share ID; None until the outbox was read.
        self._answers: dict[str, Share] | None = None
        self._matcher = Matcher((), 0.0)
        # Agencies whose feed was part of the last match.
        self._matched: frozenset[str] = frozenset()
        # Clips by the day on which they began, for the days of open requests.
        self._marks: dict[date, Sequence[Mark]] = {}
        self._wait: CALLBACK_TYPE | None = None
        # Whether something changed since the last match began.
        self._changed = False
        self._debouncer = Debouncer(
            hass,
            _LOGGER,
            cooldown=PAUSE,
            immediate=True,
            function=self._async_match,
            background=True,
        )

    @callback
    def start(self) -> None:
        """Follow feeds, clips, shares, entries and the home's position."""
        connect = partial(async_dispatcher_connect, self._hass)
        self._stops = [
            self._hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self.look),
            connect(signals.SIGNAL_FEED_CHANGED, self.look),
            connect(signals.SIGNAL_SLOT, self._async_tell),
            connect(signals.SIGNAL_CLIP_SAVED, self._on_clip),
            connect(signals.SIGNAL_CLIP_RECOVERED, self._on_clip),
            connect(signals.SIGNAL_CLIP_CHANGED, self._on_clip),
            connect(signals.SIGNAL_SHARE_CHANGED, self._on_share),
            async_follow_entries(self._hass, self.look),
        ]

    @callback
    @override
    def stop(self) -> None:
        """Stop matching."""
        super().stop()
        self._debouncer.async_shutdown()
        self._no_longer()

    @property
    def knows(self) -> bool:
        """Whether every agency is loaded and its feed was matched."""
        return not any(
            entry.state in _TO_BE_LOADED and entry.disabled_by is None
            for entry in agency_entries(self._hass)
        ) and all(one.agency_id in self._matched for one in self._agencies())

    @callback
    def concern(self, agency_id: str, item_id: str) -> Concern | None:
        """Return a request that concerns this home, or None."""
        for one in self.concerns:
            if (one.agency_id, one.item_id) == (agency_id, item_id):
                if isinstance(one.item, Request):
                    return one
        return None

    @callback
    def answers(self, agency_id: str, request_id: str) -> list[Share]:
        """Return the shares that answer a request, oldest first."""
        return sorted(
            (
                share
                for share in (self._answers or {}).values()
                if share.agency_id == agency_id
                and share.request is not None
                and share.request.request_id == request_id
            ),
            key=lambda share: share.created_at,
        )

    async def async_answered(self) -> int:
        """Count the requests for which somebody shared a clip."""
        await self._async_look_for_answers()
        return len(
            {
                (share.agency_id, share.request.request_id)
                for share in (self._answers or {}).values()
                if share.request is not None and share.state is not ShareState.CANCELLED
            }
        )

    async def _async_look_for_answers(self) -> None:
        if self._answers is not None:
            return
        self._answers = {}
        try:
            shares = await self._outbox.list(limit=_MOST_SHARES)
            found = [share for share in shares if share.request is not None]
            for share in found:
                # The permission to see a share depends on the camera of its clip.
                if self._shown_clips.doorbell_of(share.clip_id) is None:
                    if (clip := await self._library.get(share.clip_id)) is not None:
                        self._shown_clips.add(clip)
        except LibraryError, SharingError:
            self._answers = None
            raise
        # Updates that came meanwhile are newer.
        self._answers = {share.share_id: share for share in found} | self._answers

    @callback
    def _on_share(self, share: Share) -> None:
        if share.request is None or self._answers is None:
            return
        before = self._answers.get(share.share_id)
        self._answers[share.share_id] = share
        if before is None or before.state is not share.state:
            async_dispatcher_send(self._hass, SIGNAL_REQUESTS)

    @callback
    def _on_clip(self, clip: Clip | str) -> None:
        if isinstance(clip, str):
            self._marks = {}  # the day on which it began is unknown
        else:
            began = clip.started_at.astimezone(dt_util.UTC).date()
            self._marks = {day: self._marks[day] for day in self._marks if day != began}
        self.look()

    @callback
    def look(self, *_changed: object) -> None:
        """Schedule a match."""
        if self.concerns or self.elsewhere or any(self._agencies()):
            self._changed = True
            self._debouncer.async_schedule_call()

    @callback
    def _agencies(self) -> list[Agency]:
        """Return the loaded agencies that have a feed."""
        return [one for one in loaded_agencies(self._hass) if one.data.feed is not None]

    async def _async_match(self) -> None:
        self._changed = False
        try:
            await self._async_match_all()
        finally:
            # The debouncer drops a call whose cooldown ends during a match.
            if self._changed:
                self._debouncer.async_schedule_call()

    async def _async_match_all(self) -> None:
        agencies = {one.agency_id: one for one in self._agencies()}
        feeds = {
            agency_id: held.feed
            for agency_id, agency in agencies.items()
            if (held := agency.data.feed) is not None
        }
        doors = tuple(
            Door(doorbell_id, at.longitude, at.latitude)
            for doorbell_id, at in positions(self._hass).items()
        )
        near = radius(self._hass)
        if (doors, near) != (self._matcher.doors, self._matcher.radius):
            self._matcher, self._marks = Matcher(doors, near), {}
        matched = await self._hass.async_add_executor_job(self._matcher.match, feeds)
        now = dt_util.utcnow()
        fresh = {one for one, feed in feeds.items() if feed.expires_at > now}
        concerns = concerns_of(matched, agencies, fresh, now)
        moments: list[datetime] = []
        try:
            concerns = await self._async_with_clips(concerns)
        except LibraryError as err:
            _LOGGER.debug("Clips could not be matched: %s", err.problem)
            moments.append(now + RETRY)
        elsewhere, first_end = still_open(
            [
                matched[agency_id]
                for agency_id in fresh.intersection(matched)
                if agencies[agency_id].takes_clips
            ],
            now,
        )
        moments += [
            one.item.until for one in concerns if one.is_open and one.item.until
        ]
        # Include requests about other places. Otherwise the moment at which `elsewhere`
        # drops would reveal whether a request is about a door that a user may not see.
        self._wait_for([*moments, first_end] if first_end else moments)
        asked = {
            (one.agency_id, one.item.request_id): one
            for one in concerns
            if isinstance(one.item, Request)
            and one.is_open
            # Leave out agencies that were removed meanwhile.
            and loaded_agency(self._hass, one.agency_id)
        }
        with suppress(LibraryError, SharingError):
            await self._async_look_for_answers()
        # Stored before it is announced, so that nothing is announced twice.
        new = await self.noted.async_note(
            asked, (key for key, one in asked.items() if one.clips)
        )
        self._matched = frozenset(agencies)
        if (tuple(concerns), elsewhere) != (self.concerns, self.elsewhere):
            self.concerns, self.elsewhere = tuple(concerns), elsewhere
            async_dispatcher_send(self._hass, SIGNAL_REQUESTS)
        for agency_id, request_id in new:
            concern = asked[agency_id, request_id]
            async_dispatcher_send(self._hass, SIGNAL_REQUEST_MATCHED, concern)

    async def _async_tell(self) -> None:
        """Fire events for the requests that clips matched since the last scheduled time.

        Only at scheduled times, because an automation's effects could reveal when a
        clip matched.
        """
        if not self.knows:
            return
        known = {
            key: concern
            for key in self.noted.untold
            if (concern := self.concern(*key)) is not None
        }
        found = [one for one in known.values() if one.is_open and one.clips]
        # Stored before firing, so that no event is repeated. A request that is over
        # gets no event; one whose clips cannot be counted now gets it later.
        await self.noted.async_told(
            key for key, one in known.items() if one.clips or not one.is_open
        )
        for concern in found:
            clip_ids: list[str] = []
            with suppress(LibraryError):
                clip_ids = await async_matching(
                    self._hass, self._library, concern, concern.clips
                )
            # Only IDs, because the agency's texts are for users who may see the
            # cameras.
            self._hass.bus.async_fire(
                signals.EVENT_REQUEST_MATCHED,
                {
                    "agency_id": concern.agency_id,
                    "request_id": concern.item_id,
                    "doorbell_ids": sorted(concern.clips),
                    "clips": sum(concern.clips.values()),
                    "clip_ids": clip_ids[:MOST_NAMED],
                },
            )

    async def _async_with_clips(self, concerns: list[Concern]) -> list[Concern]:
        """Add the number of matching clips to the open requests.

        Raises LibraryError if the library can't be read.
        """
        asking = [
            one for one in concerns if one.is_open and isinstance(one.item, Request)
        ]
        days = days_of(one.item for one in asking)
        for day in self._marks.keys() - days:
            del self._marks[day]
        marks = [await self._async_marks(day) for day in days]
        counts = await self._hass.async_add_executor_job(
            counted,
            chain.from_iterable(marks),  # on the thread, as there may be a million
            [Covered(one.item, one.doorbells) for one in asking],
        )
        by_item = {id(one): found for one, found in zip(asking, counts, strict=True)}
        return [
            replace(one, clips=by_item[id(one)]) if id(one) in by_item else one
            for one in concerns
        ]

    async def _async_marks(self, day: date) -> Sequence[Mark]:
        """Return the clips that began on a day, from the cache or the library."""
        if day not in self._marks:
            doors, known = self._matcher.doors, self._marks
            marks = await self._library.marks(
                [door.doorbell_id for door in doors], *day_span(day)
            )
            if known is not self._marks:
                return marks  # clips changed meanwhile
            self._marks[day] = marks
        return self._marks[day]

    @callback
    def _wait_for(self, moments: list[datetime]) -> None:
        """Match again at the first of these times; feeds signal their own end."""
        self._no_longer()
        if moments:
            left = (min(moments) - dt_util.utcnow()).total_seconds()
            self._wait = async_call_later(
                self._hass, left, HassJob(self.look, cancel_on_shutdown=True)
            )

    @callback
    def _no_longer(self) -> None:
        if self._wait is not None:
            self._wait()
            self._wait = None


# Clips match a request for the first time.
SIGNAL_REQUEST_MATCHED: SignalType[Concern] = SignalType(f"{DOMAIN}_request_matched")
