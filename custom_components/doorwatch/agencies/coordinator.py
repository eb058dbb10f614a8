"""Follow the public document of one agency on a schedule."""

import asyncio
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime
import logging
import time
from typing import Final, override

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from .. import const
from ..data import EngineData
from ..engine.outside.errors import OutsideError
from ..engine.sharing.agency import AgencyDocument, AgencyPin, PublicDocument
from ..engine.sharing.documents.discovery import document_url, read_document
from ..engine.sharing.errors import SharingError
from ..engine.sharing.model import Share, ShareState
from ..engine.sharing.outbox.lookups import AgencyAccess, Renewal
from ..issues import AGENCY, async_agency_problem, async_end_reauth
from ..signals import SIGNAL_SHARE_CHANGED
from .base import Agency, AgencyEntry, AgencyState
from .changes import async_note_changes, async_tell_changes, changes_of
from .feed import FollowedFeed, StoredFeed
from .schedule import next_due, pause
from .stored import StoredAgency, store_for

_LOGGER = logging.getLogger(__name__)

_JUST_NOW: Final = 600.0  # seconds
# Failed scheduled fetches until an issue is shown: two days.
SILENT_FETCHES: Final = 4
# Issue keys for known reasons of a failed fetch.
SILENCE: Final = {"redirected": "moved", "proxy_failed": "proxy_failed"}
# Problems caused by a wrong clock on either side, which may be temporary.
OF_THE_TIME: Final = frozenset({"clock_behind", "document_expired"})


class AgencyCoordinator(Agency):
    """An agency whose public document is fetched, verified and pinned.

    The document is fetched at the stored times; when an administrator asks for it from
    the issue, or opens the form in which an unknown key is compared; before and during
    the delivery of a share; and when an answer is signed with an unknown online key.
    None of this changes the schedule, nor does a start, a reload, a clock change or a
    refused document.

    The feed is fetched right after the document, whatever the result, at the stored
    times, and once after an administrator added or changed the agency. It is never
    fetched otherwise, so that the agency can't tell when a person looks at a request or
    answers it.
    """

    def __init__(
        self, hass: HomeAssistant, entry: AgencyEntry, domain: EngineData
    ) -> None:
        """Initialize without a document."""
        super().__init__(hass, entry, domain)
        self.local: bool = entry.data.get(const.CONF_LOCAL, False)
        self.url = document_url(entry.data[const.CONF_ADDRESS], local=self.local)
        self._store = store_for(hass, self.agency_id)
        self._stored: StoredAgency = {
            "pin": entry.data[const.CONF_PINNED],
            "document": entry.data[const.CONF_DOCUMENT],
            "fetched": entry.created_at.timestamp(),
        }
        self._failed = 0
        # The last fetched document, if it was signed with an unannounced key.
        self.unannounced: str | None = None
        # Held while a document is fetched and processed.
        self.fetching = asyncio.Lock()
        self._next: CALLBACK_TYPE | None = None
        self._feed = FollowedFeed(self, domain, self._async_keep_feed, local=self.local)

    @property
    @override
    def compared(self) -> bool:
        """Return whether somebody compared the fingerprint with a printed one."""
        return bool(self.entry.data.get(const.CONF_COMPARED, False))

    @property
    @override
    def host(self) -> str:
        """Return the agency's host, in punycode, and its port if that isn't the default."""
        if self.data.document is not None:
            return self.data.document.host
        return str(self.entry.unique_id or "").partition("://")[2]

    @callback
    @override
    def access(self) -> AgencyAccess | None:
        """Return what the outbox currently needs to deliver, or None if it must wait."""
        document = self.data.document
        if not isinstance(document, AgencyDocument):  # a group has no upload address
            return None
        if not document.holds_at(dt_util.utcnow()):
            return None
        return AgencyAccess(
            document=document,
            local=self.local,
            upload_code=self.entry.data.get(const.CONF_UPLOAD_CODE) or None,
        )

    @override
    async def async_start(self, *, wants_feed: bool = False) -> None:
        """Restore document, feed and schedule; fetch only a feed that is wanted or new."""
        if (stored := await self._store.async_load()) is not None:
            self._stored = stored
        await self._async_take_new_key()
        await super().async_start()
        self.entry.async_on_unload(
            async_dispatcher_connect(
                self.hass, SIGNAL_SHARE_CHANGED, self._on_share_changed
            )
        )
        self.entry.async_on_unload(self._cancel)
        self.entry.async_on_unload(self._feed.end)
        self._recall()
        await self._feed.async_recall(
            self._stored.get("feed", {}), self.accepted_last()
        )
        now, known = time.time(), self._stored.get("due")
        due = next_due(
            self._stored["fetched"] + pause() if known is None else known, now
        )
        self._plan(due - now)
        if due != known:
            await self._async_store({**self._stored, "due": due})
        # A newly added agency has nothing stored. An older one without a stored file
        # lost it, for example in a power cut, and must not fetch now, which would
        # reveal the start.
        age = now - self.entry.created_at.timestamp()
        added = stored is None and age < _JUST_NOW
        if wants_feed or added:
            self.entry.async_create_background_task(
                self.hass,
                self._feed.async_fetch(self.accepted_last()),
                f"{const.DOMAIN} fetch {self.agency_id}",
            )

    async def _async_take_new_key(self) -> None:
        """Start over with a new key that an administrator compared; keep the schedule.

        Key and document are stored in the entry, so that one write replaces both.
        """
        new_key = self.entry.data.get(const.CONF_NEW_KEY)
        if new_key == self._stored.get("new_key"):
            return
        stored: StoredAgency = {
            **self._stored,
            "pin": self.entry.data[const.CONF_PINNED],
            "document": self.entry.data[const.CONF_DOCUMENT],
            "fetched": time.time(),
            "new_key": new_key,
        }
        stored.pop("refused", None)
        if (pin := self._stored.get("feed", {}).get("pin")) is not None:
            stored["feed"] = {"pin": pin}  # the file may be signed with the old key
        else:
            stored.pop("feed", None)
        await self._async_store(stored)

    @override
    async def async_feed_token(self) -> str | None:
        return await self._feed.async_token()

    @callback
    def _recall(self) -> None:
        """Restore the stored document unless it was refused, and report its problem."""
        refused = problem = self._stored.get("refused")
        document = None
        if refused is None:
            document = self.accepted_last()
            try:
                self._read(self._stored["document"], now=time.time())
            except SharingError as err:
                problem = err.problem
        if problem is not None:
            self._log_once(problem)
            # The agency may have renewed an expired document meanwhile, so offer to
            # fetch it.
            ran_out = refused is None and problem == "document_expired"
            self._tell("silent" if ran_out else problem)
        self.data = replace(self.data, document=document, problem=problem)

    def _read(self, token: str, *, now: float) -> tuple[PublicDocument, AgencyPin]:
        return read_document(token, url=self.url, pin=self.pin, now=now)

    @property
    def pin(self) -> AgencyPin:
        """Return the pin that was accepted last."""
        return AgencyPin.stored(self._stored["pin"])

    def accepted_last(self) -> PublicDocument | None:
        """Return the last accepted document, even if it has expired."""
        stored = self._stored
        try:
            document, _ = self._read(stored["document"], now=stored["fetched"])
        except SharingError:
            return None
        return document

    @override
    async def async_fetch(self) -> Renewal:
        # The task ends with the entry, so that a removed agency causes no notices.
        task = self.entry.async_create_background_task(
            self.hass, self._async_fetch(), f"{const.DOMAIN} fetch {self.agency_id}"
        )
        await asyncio.wait({task})
        return Renewal.NOT_ASKED if task.cancelled() else task.result()

    async def _async_fetch(self, *, scheduled: bool = False) -> Renewal:
        """Fetch the document once; keep the current one if the agency doesn't answer."""
        async with self.fetching:
            try:
                body = await self._domain.outside.fetch(
                    self.url, local=self.local, published=True
                )
                token = body.decode("utf-8", errors="replace")
                document, pin = self._read(token, now=time.time())
            except OutsideError as err:
                self._silent(err.problem, counts=scheduled)
                return Renewal.LATER
            except SharingError as err:
                self.unannounced = token if err.problem == "unknown_root" else None
                await self._async_refused(err.problem)
                of_the_time = err.problem in OF_THE_TIME
                return Renewal.LATER if of_the_time else Renewal.REFUSED
            self.unannounced = None
            await self._async_accept(token, document, pin)
            return Renewal.TRUSTED

    async def _async_accept(
        self, token: str, document: PublicDocument, pin: AgencyPin
    ) -> None:
        """Record and report the changes, store the document, and use it."""
        changes = changes_of(self.accepted_last(), document)
        if changes:
            try:
                await async_note_changes(
                    self._domain.ledger, self.entry, document, changes
                )
            except SharingError as err:
                self.async_set_update_error(err)
                raise
        if token != self._stored["document"] or "refused" in self._stored:
            stored: StoredAgency = {
                **self._stored,
                "pin": asdict(pin),
                "document": token,
                "fetched": time.time(),
            }
            stored.pop("refused", None)
            # Store the pin before use: if it were lost, an older document could be
            # replayed.
            await self._async_store(stored)
        if changes:
            await async_tell_changes(self.hass, self.entry, document, changes)
        self._accepted(document)

    async def _async_keep_feed(self, feed: StoredFeed) -> None:
        await self._async_store({**self._stored, "feed": feed})

    async def _async_store(self, stored: StoredAgency) -> None:
        self._stored = stored
        await self._store.async_save(stored)

    @callback
    def _become(self, state: AgencyState) -> None:
        """Update the entities, and the outbox if the document changed."""
        before = self.data.document
        self.async_set_updated_data(state)
        if state.document != before:
            self._domain.outbox.agency_changed(self.agency_id)

    @callback
    def _accepted(self, document: PublicDocument) -> None:
        if self.data.problem is not None:
            _LOGGER.info("%s is available again", self.entry.title)
        self._failed = 0
        AGENCY.end(self.hass, self.entry.entry_id)
        if document.root_thumbprint != self.entry.data[const.CONF_ROOT]:
            # After a change to an announced key, people compare the new key's
            # fingerprint.
            self.hass.config_entries.async_update_entry(
                self.entry,
                data={**self.entry.data, const.CONF_ROOT: document.root_thumbprint},
            )
        self._become(replace(self.data, document=document, problem=None))

    @callback
    def _silent(self, problem: str, *, counts: bool) -> None:
        """Handle a fetch without a usable answer; only scheduled ones count for the issue."""
        self._failed += counts
        self._log_once(problem)
        document = self.data.document
        if document is not None and document.expires_at <= dt_util.utcnow():
            document = None
        if document is None or self._failed >= SILENT_FETCHES:
            # A redirect is reported, not followed: anyone can send one, and only the
            # agency's signature proves its address.
            self._tell(SILENCE.get(problem, "silent"))
        self._become(replace(self.data, document=document, problem=problem))

    async def _async_refused(self, problem: str) -> None:
        """Stop trusting the agency's document, also after the next start."""
        self._log_once(problem)
        await self._async_store({**self._stored, "refused": problem})
        self._tell(problem)
        self._become(replace(self.data, document=None, problem=problem))

    @callback
    def _tell(self, problem: str) -> None:
        """Show the problem as a repair issue."""
        group = not self.takes_clips
        async_agency_problem(self.hass, self.entry, problem, self.host, group=group)

    @callback
    def _log_once(self, problem: str) -> None:
        if self.data.problem != problem:
            _LOGGER.warning("%s is unavailable: %s", self.entry.title, problem)

    # The schedule

    @callback
    def _plan(self, wait: float) -> None:
        """Schedule the next fetch after this many seconds, regardless of clock changes."""
        self._cancel()
        self._next = async_call_later(
            self.hass, wait, HassJob(self._on_time, cancel_on_shutdown=True)
        )

    @callback
    def _on_time(self, _now: datetime) -> None:
        """Schedule the next fetch, whatever the result of this one."""
        wait = pause()
        self._plan(wait)
        self.entry.async_create_background_task(
            self.hass,
            self._async_on_time(time.time() + wait),
            f"{const.DOMAIN} fetch {self.agency_id}",
        )

    async def _async_on_time(self, due: float) -> None:
        await self._async_store({**self._stored, "due": due})
        with suppress(SharingError):  # already logged, and retried at the next time
            await self._async_fetch(scheduled=True)
        await self._feed.async_fetch(self.accepted_last())

    @callback
    def _cancel(self) -> None:
        if self._next is not None:
            self._next()
            self._next = None

    @callback
    def _on_share_changed(self, share: Share) -> None:
        if share.agency_id != self.agency_id:
            return
        if share.state is ShareState.FAILED and share.problem == "agency_unauthorized":
            # The upload code is wrong or was changed.
            self.entry.async_start_reauth(self.hass)
        if share.state is ShareState.DELIVERED:
            async_end_reauth(self.hass, self.entry)
