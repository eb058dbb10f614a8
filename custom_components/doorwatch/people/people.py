"""Keep what each person has seen and hidden, their drafts and their preferences.

A person's data is deleted with their account, and all data with the last entry.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
import logging
from pathlib import Path
from typing import Any, Final

from homeassistant.auth import EVENT_USER_REMOVED
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.exceptions import UnsupportedStorageVersionError
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..engine.clips.errors import LibraryError
from ..engine.clips.library import Library
from ..engine.clips.model import Clip
from ..engine.sharing.errors import SharingError
from ..engine.sharing.files import write_private
from ..following import Follower
from ..registry import doorbell_ids
from ..signals import SIGNAL_CLIP_CHANGED
from .stored import (
    BEFORE_NEWS,
    Ending,
    StoredDraft,
    StoredEndedShare,
    StoredPerson,
    read_person,
)
from .wishes import Wishes

_LOGGER = logging.getLogger(__name__)

STORAGE_VERSION: Final = 1
# Seconds. Marks arrive in quick succession while a person looks through a day.
SAVE_DELAY: Final = 1
# Per person, so that a faulty page can't fill the disk.
MOST_DRAFTS: Final = 20
MOST_HIDDEN: Final = 1000
DRAFT_LIFETIME: Final = timedelta(days=30)
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


class People(Follower):
    """Data by user ID, in memory and, soon after each change, on disk."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize without data."""
        self._hass = hass
        self._store = Store[dict[str, StoredPerson]](
            hass, STORAGE_VERSION, f"{DOMAIN}.people", private=True, atomic_writes=True
        )
        self._people: dict[str, StoredPerson] = {}
        self._tidying = False

    async def async_start(self) -> None:
        """Load the data, and delete a person's data with their account."""
        await self.async_load()
        self._stops = [
            self._hass.bus.async_listen(EVENT_USER_REMOVED, self._on_user_removed)
        ]

    @callback
    def follow_clips(self, library: Library) -> CALLBACK_TYPE:
        """Drop drafts with their clips; return a function to stop that."""

        async def on_clip_changed(clip: Clip | str) -> None:
            if isinstance(clip, str):
                await self._async_tidy(library)

        return async_dispatcher_connect(
            self._hass, SIGNAL_CLIP_CHANGED, on_clip_changed
        )

    async def async_load(self) -> None:
        """Load the stored data, except that of accounts that were deleted meanwhile."""
        accounts = await self._hass.auth.async_get_users()
        users = {user.id for user in accounts}
        try:
            # The data may have any shape: disks fail, and people edit files.
            stored: object = await self._store.async_load()
        except UnsupportedStorageVersionError:
            # The file stays for that version; the doorbells record without it.
            _LOGGER.warning(
                "A newer version of Doorwatch wrote the record of what people saw and"
                " started to share. It stays unchanged until you update Doorwatch"
            )
            self._store.make_read_only()
            return
        except AttributeError, KeyError, NotImplementedError, TypeError:
            stored = []  # JSON, but not written by a store
        if stored is None:
            if not self._hass.is_running:
                # Not newly installed: updated from a version that stored nothing.
                for user in accounts:
                    if not user.system_generated:
                        self._person(user.id)["news"] = BEFORE_NEWS
            self._save()
            return
        known = (
            {user_id: stored[user_id] for user_id in stored if user_id in users}
            if isinstance(stored, dict)
            else None
        )
        self._people = {
            user_id: read_person(person)
            for user_id, person in (known or {}).items()
            if isinstance(person, dict)
        }
        if self._people != known:
            await self._async_put_aside()
        if self._people != stored:
            self._save()

    async def _async_put_aside(self) -> None:
        """Copy a file that can't be read completely; the readable part stays in use."""
        stamp = dt_util.utcnow().strftime("%Y%m%dT%H%M%SZ")
        path = Path(self._store.path)
        copy = path.with_name(f"{path.name}.broken-{stamp}")
        try:
            await self._hass.async_add_executor_job(
                lambda: write_private(copy, path.read_bytes())
            )
        except (OSError, SharingError) as err:
            _LOGGER.error(
                "The record of what people saw and started to share cannot be fully"
                " read or set aside (%s). It stays unchanged",
                type(err).__name__,
            )
            self._store.make_read_only()
            return
        _LOGGER.error(
            "The record of what people saw and started to share cannot be fully read."
            " It was kept as %s, and the readable part stays in use",
            copy.name,
        )

    @callback
    def seen(self, user_id: str) -> dict[str, datetime]:
        """Return until when this person has seen the clips of each doorbell."""
        person, now = self._kept(user_id), dt_util.utcnow()
        stored = {
            doorbell_id: datetime.fromisoformat(moment)
            for doorbell_id, moment in person["seen"].items()
        }
        seen = {one: min(moment, now) for one, moment in stored.items()}
        if seen != stored:
            # The clock was ahead; without a limit, no clip would be new until then.
            person["seen"] = {one: moment.isoformat() for one, moment in seen.items()}
            self._save()
        return seen

    @callback
    def mark(self, user_id: str, marks: Mapping[str, datetime]) -> None:
        """Store until when this person has seen clips; never move back or past the present."""
        before, now = self.seen(user_id), dt_util.utcnow()
        after = before | {
            doorbell_id: max(min(moment, now), before.get(doorbell_id, _NEVER))
            for doorbell_id, moment in marks.items()
        }
        there = doorbell_ids(self._hass)
        after = {one: moment for one, moment in after.items() if one in there}
        if after != before:
            self._person(user_id)["seen"] = {
                doorbell_id: moment.isoformat() for doorbell_id, moment in after.items()
            }
            self._save()

    @callback
    def news(self, user_id: str) -> str | None:
        """Return the version whose news this person was shown last, or None."""
        return self._kept(user_id).get("news", BEFORE_NEWS)

    @callback
    def tell_news(self, user_id: str, version: str) -> None:
        """Store the version whose news this person was shown; never go back."""
        before = self.news(user_id)
        if before is None or _numbers(before) < _numbers(version):
            self._person(user_id)["news"] = version
            self._save()

    @callback
    def ended_shares(self, user_id: str) -> dict[str, StoredEndedShare]:
        """Return this person's shares that others ended, until the person has read of it."""
        return self._kept(user_id).get("ended_shares", {})

    @callback
    def note_ended_share(
        self, user_id: str, share_id: str, *, by: str, what: Ending
    ) -> None:
        """Store for this person that somebody else ended their share."""
        at = dt_util.utcnow().isoformat()
        ended = self._person(user_id).setdefault("ended_shares", {})
        ended.setdefault(share_id, {"by": by, "what": what, "at": at})
        self._save()

    @callback
    def drop_ended_shares(self, user_id: str, share_ids: Iterable[str]) -> None:
        """Forget the ended shares that this person has read about."""
        ended = self.ended_shares(user_id)
        for share_id in share_ids:
            if ended.pop(share_id, None) is not None:
                self._save()

    @callback
    def draft(self, user_id: str, clip_id: str) -> dict[str, Any] | None:
        """Return what this person filled in for a clip, and when (`at`)."""
        draft = self._kept(user_id)["drafts"].get(clip_id)
        if draft is None or _is_old(draft):
            return None
        return {**draft["filled"], "at": draft["at"]}

    @callback
    def keep_draft(
        self, user_id: str, clip_id: str, filled: Mapping[str, object]
    ) -> None:
        """Store what this person filled in; beyond the limit, drop the oldest draft."""
        drafts = self._person(user_id)["drafts"]
        drafts.pop(clip_id, None)
        drafts[clip_id] = {"at": dt_util.utcnow().isoformat(), "filled": dict(filled)}
        while len(drafts) > MOST_DRAFTS:
            del drafts[next(iter(drafts))]
        self._save()

    @callback
    def drop_draft(self, user_id: str, clip_id: str) -> None:
        """Forget what this person filled in for a clip."""
        if self._kept(user_id)["drafts"].pop(clip_id, None) is not None:
            self._save()

    @callback
    def wishes(self, user_id: str) -> Wishes:
        """Return this person's notification preferences, empty if never set."""
        return self._kept(user_id).get("wishes", {})

    @callback
    def wish(self, user_id: str, wishes: Wishes) -> None:
        """Store this person's notification preferences."""
        self._person(user_id)["wishes"] = wishes
        self._save()

    async def async_settle(self) -> None:
        """Return once all data is on disk."""
        await self._store.async_save(self._people)

    @callback
    def snoozed(self, user_id: str, now: datetime) -> dict[str, datetime]:
        """Return until when this person snoozed notices, by doorbell or `ALL`."""
        until = {
            doorbell_id: datetime.fromisoformat(moment)
            for doorbell_id, moment in self._kept(user_id).get("snoozed", {}).items()
        }
        return {key: moment for key, moment in until.items() if moment > now}

    @callback
    def snooze(self, user_id: str, doorbell_id: str, until: datetime) -> None:
        """Snooze a doorbell's notices, or `ALL`, until then for this person."""
        now = dt_util.utcnow()
        snoozed = {**self.snoozed(user_id, now), doorbell_id: until}
        self._person(user_id)["snoozed"] = {
            key: moment.isoformat() for key, moment in snoozed.items() if moment > now
        }
        self._save()

    @callback
    def hidden(self, user_id: str) -> frozenset[tuple[str, str]]:
        """Return the agency ID and item ID of each request and bulletin that this person hid."""
        away = self._kept(user_id).get("hidden", {})
        return frozenset((agency, item) for agency, item in map(str.split, away))

    @callback
    def hidden_agencies(self, user_id: str) -> frozenset[str]:
        """Return the agencies of which this person hid all requests and bulletins."""
        return frozenset(self._kept(user_id).get("hidden_agencies", {}))

    @property
    def all_hidden(self) -> frozenset[tuple[str, str]]:
        """Return the items that at least one person hid."""
        return frozenset[tuple[str, str]]().union(*map(self.hidden, self._people))

    @property
    def all_hidden_agencies(self) -> frozenset[str]:
        """Return the agencies of which at least one person hid everything."""
        return frozenset[str]().union(*map(self.hidden_agencies, self._people))

    @callback
    def hide(self, user_id: str, agency_id: str, item_id: str, hidden: bool) -> None:
        """Hide an item or show it again; beyond the limit, the oldest is shown again."""
        key = f"{agency_id} {item_id}"
        away = self._person(user_id).setdefault("hidden", {})
        away.pop(key, None)
        if hidden:
            away[key] = dt_util.utcnow().isoformat()
        while len(away) > MOST_HIDDEN:
            del away[next(iter(away))]
        self._save()

    @callback
    def hide_agency(self, user_id: str, agency_id: str, hidden: bool) -> None:
        """Hide all requests and bulletins of an agency, or show them again."""
        away = self._person(user_id).setdefault("hidden_agencies", {})
        away.pop(agency_id, None)
        if hidden:
            away[agency_id] = dt_util.utcnow().isoformat()
        self._save()

    @callback
    def forget_agency(self, agency_id: str) -> None:
        """Remove what people hid of an agency that was removed."""
        for person in self._people.values():
            away = person.get("hidden", {})
            for key in [one for one in away if one.startswith(f"{agency_id} ")]:
                del away[key]
                self._save()
            if person.get("hidden_agencies", {}).pop(agency_id, None) is not None:
                self._save()

    async def _async_tidy(self, library: Library) -> None:
        """Drop drafts that are too old or whose clip was permanently deleted."""
        wanted = {clip_id for _, clip_id in self._drafts()}
        # Clips expire by the hundred, and one run covers all of them.
        if not wanted or self._tidying:
            return
        self._tidying = True
        try:
            gone = {
                clip_id
                for clip_id in wanted
                if await library.get(clip_id) is None
                # A clip restored from the bin keeps its draft.
                and await library.get_deleted(clip_id) is None
            }
        except LibraryError:
            return  # unknown which clips are gone
        finally:
            self._tidying = False
        for drafts, clip_id in list(self._drafts()):
            if clip_id in gone or _is_old(drafts[clip_id]):
                del drafts[clip_id]
                self._save()

    @callback
    def _on_user_removed(self, event: Event) -> None:
        if self._people.pop(event.data["user_id"], None) is not None:
            self._save()

    async def async_forget(self) -> None:
        """Delete all data and the file, because Doorwatch is being removed."""
        self._people = {}
        # Wait for a write in progress, which would put the file back.
        await self._store.async_save({})
        await self._store.async_remove()
        await self._hass.async_add_executor_job(_remove_put_aside, self._store.path)

    def _drafts(self) -> Iterable[tuple[dict[str, StoredDraft], str]]:
        for person in self._people.values():
            for clip_id in person["drafts"]:
                yield person["drafts"], clip_id

    @callback
    def _kept(self, user_id: str) -> StoredPerson:
        """Return what is stored for a person; changes of a new person's are not kept."""
        return self._people.get(user_id) or _nothing()

    @callback
    def _person(self, user_id: str) -> StoredPerson:
        """Return what is stored for a person, to change it."""
        return self._people.setdefault(user_id, _nothing())

    @callback
    def _save(self) -> None:
        self._store.async_delay_save(lambda: self._people, SAVE_DELAY)


def _nothing() -> StoredPerson:
    return {"seen": {}, "drafts": {}, "news": None}


def _remove_put_aside(path: str) -> None:
    """Remove copies of unreadable files, including those made by core."""
    store = Path(path)
    for copy in store.parent.glob(f"{store.name}.*"):
        copy.unlink(missing_ok=True)


def _numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]


def _is_old(draft: StoredDraft) -> bool:
    return datetime.fromisoformat(draft["at"]) < dt_util.utcnow() - DRAFT_LIFETIME
