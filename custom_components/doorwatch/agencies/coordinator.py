"""One agency: its public document, followed on one schedule."""

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

from ..const import (
    CONF_ADDRESS,
    CONF_COMPARED,
    CONF_DOCUMENT,
    CONF_LOCAL,
    CONF_NEW_KEY,
    CONF_PINNED,
    CONF_ROOT,
    CONF_UPLOAD_CODE,
    DOMAIN,
)
from ..data import DoorwatchData
from ..engine.outside.door import OutsideError
from ..engine.sharing.documents.discovery import document_url, read_document
from ..engine.sharing.model import (
    AgencyDocument,
    AgencyPin,
    PublicDocument,
    Share,
    ShareState,
    SharingError,
)
from ..engine.sharing.outbox.outbox import AgencyAccess, Renewal
from ..issues import AGENCY, async_agency_problem, async_end_reauth
from ..signals import SIGNAL_SHARE_CHANGED
from .base import Agency, AgencyEntry, AgencyState
from .changes import async_note_changes, async_tell_changes, changes_of
from .feed import FollowedFeed, StoredFeed
from .schedule import next_due, pause
from .stored import StoredAgency, feed_was_wanted, store_for

_LOGGER = logging.getLogger(__name__)

_JUST_NOW: Final = 600.0  # seconds
# Two days of silence are worth a word; one missed fetch is not.
SILENT_FETCHES: Final = 4
# What is said of it when the reason is known.
SILENCE: Final = {"redirected": "moved", "proxy_failed": "proxy_failed"}
# What is wrong with the time, here or there: it may pass.
OF_THE_TIME: Final = frozenset({"clock_behind", "document_expired"})


class AgencyCoordinator(Agency):
    """Fetches, verifies and pins.

    It fetches at the times that are stored; when an administrator asks for it from its
    issue, or opens the form in which an unknown key is compared; before a byte of a share
    leaves and while that takes long; and for an answer by an unknown online key. None
    of this moves the schedule, nor does anything else: not a start, a reload, a clock or
    a document that was refused.

    The feed is fetched right after the document, whatever came of that, at the times that
    are stored; and once an administrator added or changed the agency. Never besides: who
    looks at a request or answers it must not show.
    """

    def __init__(
        self, hass: HomeAssistant, entry: AgencyEntry, domain: DoorwatchData
    ) -> None:
        """Begin without a document."""
        super().__init__(hass, entry, domain)
        self.local: bool = entry.data.get(CONF_LOCAL, False)
        self.url = document_url(entry.data[CONF_ADDRESS], local=self.local)
        self._store = store_for(hass, self.agency_id)
        self._stored: StoredAgency = {
            "pin": entry.data[CONF_PINNED],
            "document": entry.data[CONF_DOCUMENT],
            "fetched": entry.created_at.timestamp(),
        }
        self._failed = 0
        # What was fetched last, where a key signed it that nobody announced.
        self.unannounced: str | None = None
        # Held while something is fetched and taken in.
        self.fetching = asyncio.Lock()
        self._next: CALLBACK_TYPE | None = None
        self._feed = FollowedFeed(self, domain, self._async_keep_feed, local=self.local)

    @property
    @override
    def compared(self) -> bool:
        """Whether somebody compared the fingerprint with a printed one."""
        return bool(self.entry.data.get(CONF_COMPARED, False))

    @property
    @override
    def host(self) -> str:
        """The agency's host, in punycode, and its port if that isn't the usual one."""
        if self.data.document is not None:
            return self.data.document.host
        return str(self.entry.unique_id or "").partition("://")[2]

    @callback
    @override
    def access(self) -> AgencyAccess | None:
        """Return what the outbox needs to deliver, as of now; None when it must wait."""
        document = self.data.document
        if not isinstance(document, AgencyDocument):  # a group's has nowhere to send to
            return None
        if not document.holds_at(dt_util.utcnow()):
            return None
        return AgencyAccess(
            document=document,
            local=self.local,
            upload_code=self.entry.data.get(CONF_UPLOAD_CODE) or None,
        )

    @override
    async def async_start(self) -> None:
        """Go on with what was known, and with the schedule; nobody is asked."""
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
        # Nothing is stored of one that was added just now; nor of one whose file a power
        # cut took, whose start is nobody's business.
        age = now - self.entry.created_at.timestamp()
        added = stored is None and age < _JUST_NOW
        if feed_was_wanted(self.hass, self.agency_id) or added:
            self.entry.async_create_background_task(
                self.hass,
                self._feed.async_fetch(self.accepted_last()),
                f"{DOMAIN} fetch {self.agency_id}",
            )

    async def _async_take_new_key(self) -> None:
        """Begin anew with a key that an administrator compared; the schedule goes on.

        It stands in the entry, so that one write changes all that is known of it.
        """
        new_key = self.entry.data.get(CONF_NEW_KEY)
        if new_key == self._stored.get("new_key"):
            return
        stored: StoredAgency = {
            **self._stored,
            "pin": self.entry.data[CONF_PINNED],
            "document": self.entry.data[CONF_DOCUMENT],
            "fetched": time.time(),
            "new_key": new_key,
        }
        stored.pop("refused", None)
        if (pin := self._stored.get("feed", {}).get("pin")) is not None:
            stored["feed"] = {"pin": pin}  # what was held may be of the key of before
        else:
            stored.pop("feed", None)
        await self._async_store(stored)

    @override
    async def async_feed_token(self) -> str | None:
        return await self._feed.async_token()

    @callback
    def _recall(self) -> None:
        """Take up the last document, unless it was refused; by when it holds it counts."""
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
            # What ran out while nobody looked was renewed perhaps: it can be tried.
            ran_out = refused is None and problem == "document_expired"
            key = "silent" if ran_out else problem
            self._tell(key)
        self.data = replace(self.data, document=document, problem=problem)

    def _read(self, token: str, *, now: float) -> tuple[PublicDocument, AgencyPin]:
        return read_document(
            token,
            url=self.url,
            pin=self.pin,
            now=now,
        )

    @property
    def pin(self) -> AgencyPin:
        """What was accepted last."""
        return AgencyPin.stored(self._stored["pin"])

    def accepted_last(self) -> PublicDocument | None:
        """Return the document of before, even when it has run out since."""
        stored = self._stored
        try:
            document, _ = self._read(stored["document"], now=stored["fetched"])
        except SharingError:
            return None
        return document

    @override
    async def async_fetch(self) -> Renewal:
        # It ends with the entry: nobody hears of an agency that was removed meanwhile.
        task = self.entry.async_create_background_task(
            self.hass, self._async_fetch(), f"{DOMAIN} fetch {self.agency_id}"
        )
        await asyncio.wait({task})
        return Renewal.NOT_ASKED if task.cancelled() else task.result()

    async def _async_fetch(self, *, scheduled: bool = False) -> Renewal:
        """Fetch once; what was valid stays valid when nobody answers."""
        async with self.fetching:
            try:
                body = await self._domain.outside.fetch_published(
                    self.url, local=self.local
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
        """Write down and tell what changed, and go on with it."""
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
            # Before it is used: a pin that is lost could be replayed.
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
        """Tell the entities, and the outbox when the document is another one."""
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
        if document.root_thumbprint != self.entry.data[CONF_ROOT]:
            # An announced new key: its fingerprint is what is on paper from now on.
            self.hass.config_entries.async_update_entry(
                self.entry,
                data={**self.entry.data, CONF_ROOT: document.root_thumbprint},
            )
        self._become(replace(self.data, document=document, problem=None))

    @callback
    def _silent(self, problem: str, *, counts: bool) -> None:
        """Nobody answered, or nothing of use; only the schedule tells for how long."""
        self._failed += counts
        self._log_once(problem)
        document = self.data.document
        if document is not None and document.expires_at <= dt_util.utcnow():
            document = None
        if document is None or self._failed >= SILENT_FETCHES:
            # Only the agency's own signature says where it is; a redirect is anybody's.
            key = SILENCE.get(problem, "silent")
            self._tell(key)
        self._become(replace(self.data, document=document, problem=problem))

    async def _async_refused(self, problem: str) -> None:
        """Do not trust what it publishes, nor after the next start."""
        self._log_once(problem)
        await self._async_store({**self._stored, "refused": problem})
        self._tell(problem)
        self._become(replace(self.data, document=None, problem=problem))

    @callback
    def _tell(self, problem: str) -> None:
        """Say in a repair what is wrong."""
        group = not self.takes_clips
        async_agency_problem(self.hass, self.entry, problem, self.host, group=group)

    @callback
    def _log_once(self, problem: str) -> None:
        if self.data.problem != problem:
            _LOGGER.warning("%s is unavailable: %s", self.entry.title, problem)

    # The schedule

    @callback
    def _plan(self, wait: float) -> None:
        """Fetch after so many seconds, however the clock is set meanwhile."""
        self._cancel()
        self._next = async_call_later(
            self.hass, wait, HassJob(self._on_time, cancel_on_shutdown=True)
        )

    @callback
    def _on_time(self, _now: datetime) -> None:
        """Plan the next one, whatever comes of this one."""
        wait = pause()
        self._plan(wait)
        self.entry.async_create_background_task(
            self.hass,
            self._async_on_time(time.time() + wait),
            f"{DOMAIN} fetch {self.agency_id}",
        )

    async def _async_on_time(self, due: float) -> None:
        await self._async_store({**self._stored, "due": due})
        with suppress(SharingError):  # it was logged, and is tried at the next time
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
