"""One agency: its public document, followed on one schedule."""

from dataclasses import asdict, replace
from datetime import datetime, timedelta
import logging
import random
import time
from typing import Final, NotRequired, TypedDict, override

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.storage import Store
from homeassistant.helpers.update_coordinator import UpdateFailed
from homeassistant.util import dt as dt_util

from .agency_base import Agency, AgencyState
from .const import (
    CONF_ADDRESS,
    CONF_COMPARED,
    CONF_DOCUMENT,
    CONF_LOCAL,
    CONF_PINNED,
    CONF_ROOT,
    CONF_UPLOAD_CODE,
    DOMAIN,
)
from .data import AgencyEntry, DoorwatchData
from .issues import async_agency_problem, async_agency_well, async_end_reauth
from .notices import async_notify_administrators
from .outside import OutsideError
from .sharing.discovery import document_url, read_document
from .sharing.model import AgencyDocument, AgencyPin, Share, ShareState, SharingError
from .sharing.outbox import AgencyAccess

_LOGGER = logging.getLogger(__name__)

# One schedule for everybody, shifted by chance, so that it tells nothing about a home.
REFRESH_EVERY: Final = timedelta(hours=12)
REFRESH_JITTER: Final = timedelta(hours=2)
# Two days of silence are worth a word; one missed fetch is not.
SILENT_FETCHES: Final = 4

STORE_VERSION: Final = 1


class StoredAgency(TypedDict):
    """What of an agency survives restarts.

    `fetched` is in seconds since the epoch; `refused` says why what the agency published
    last was not trusted.
    """

    pin: dict[str, object]
    document: str
    fetched: float
    refused: NotRequired[str]


def store_for(hass: HomeAssistant, agency_id: str) -> Store[StoredAgency]:
    """Return the place where pin and document of an agency are kept."""
    return Store(hass, STORE_VERSION, f"{DOMAIN}.agency.{agency_id}", private=True)


class AgencyCoordinator(Agency):
    """Fetches, verifies and pins.

    Nothing that a person does with clips makes it fetch; only an administrator can ask
    for it, from the issue of an agency that cannot be reached.
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
        self._next: CALLBACK_TYPE | None = None

    @property
    @override
    def compared(self) -> bool:
        """Whether somebody compared the fingerprint with a printed one."""
        return bool(self.entry.data.get(CONF_COMPARED, False))

    @property
    @override
    def host(self) -> str:
        """The agency's host, in punycode."""
        if self.data.document is not None:
            return self.data.document.host
        return str(self.entry.unique_id or "").partition("://")[2]

    @callback
    @override
    def access(self) -> AgencyAccess | None:
        """Return what the outbox needs to deliver, as of now; None when it must wait."""
        document = self.data.document
        if document is None or not document.holds_at(dt_util.utcnow()):
            return None
        return AgencyAccess(
            document=document,
            local=self.local,
            upload_code=self.entry.data.get(CONF_UPLOAD_CODE) or None,
        )

    @override
    def arrived_at(self, share: Share) -> datetime | None:
        if share.state is not ShareState.DELIVERED or share.never_confirmed:
            return None
        return share.delivered_at

    @override
    async def async_start(self) -> None:
        """Go on with what was known; fetch only when it is time."""
        if (stored := await self._store.async_load()) is not None:
            self._stored = stored
        await super().async_start()
        self.entry.async_on_unload(self._cancel)
        try:
            document = self._trusted()
        except SharingError as err:
            self.data = replace(self.data, problem=err.problem)
            await self.async_refresh()
        else:
            self.data = replace(self.data, document=document)
            self._domain.outbox.agency_changed(self.agency_id)
            self._schedule()

    def _read(self, token: str, *, now: float) -> tuple[AgencyDocument, AgencyPin]:
        return read_document(
            token,
            url=self.url,
            pin=AgencyPin.stored(self._stored["pin"]),
            now=now,
        )

    def _trusted(self) -> AgencyDocument:
        """Return the document to go on with. Raises `SharingError` without one."""
        if (refused := self._stored.get("refused")) is not None:
            raise SharingError(refused)
        document, _ = self._read(self._stored["document"], now=time.time())
        return document

    def _accepted_last(self) -> AgencyDocument | None:
        """Return the document of before, even when it has run out since."""
        stored = self._stored
        try:
            document, _ = self._read(stored["document"], now=stored["fetched"])
        except SharingError:
            return None
        return document

    @override
    async def _async_update_data(self) -> AgencyState:
        """Fetch the document, and plan the next fetch whatever comes of it."""
        try:
            return await self._async_fetch()
        finally:
            self._schedule()

    async def _async_fetch(self) -> AgencyState:
        """Fetch once; what was valid stays valid when nobody answers."""
        try:
            token = (
                await self._domain.outside.fetch(self.url, local=self.local)
            ).decode("utf-8", errors="replace")
            document, pin = self._read(token, now=time.time())
        except OutsideError as err:
            return self._silent(err.problem)
        except SharingError as err:
            return await self._async_refused(err.problem)
        before = self._accepted_last()
        changed = before is None or before.as_shown != document.as_shown
        if changed:
            await self._async_note_change(document)
        await self._async_keep(token, pin)
        if changed:
            await async_notify_administrators(
                self.hass,
                "agency_changed",
                {"name": document.name, "host": document.host},
            )
        return self._accepted(document)

    async def _async_note_change(self, document: AgencyDocument) -> None:
        """Write what people agree to from now on; what is not written does not count."""
        try:
            await self._domain.ledger.append(
                "agency_changed",
                {
                    "agency_id": self.agency_id,
                    "issuer": document.issuer,
                    "root": document.root_thumbprint,
                    "terms_digest": document.terms_digest,
                },
            )
        except SharingError as err:
            raise UpdateFailed(
                translation_domain=DOMAIN, translation_key=err.problem
            ) from err

    async def _async_keep(self, token: str, pin: AgencyPin) -> None:
        """Store before it is used: a pin that is lost could be replayed."""
        self._stored = {
            "pin": asdict(pin),
            "document": token,
            "fetched": time.time(),
        }
        await self._store.async_save(self._stored)

    @callback
    def _accepted(self, document: AgencyDocument) -> AgencyState:
        if self.data.problem is not None:
            _LOGGER.info("%s is available again", self.entry.title)
        self._failed = 0
        async_agency_well(self.hass, self.entry)
        if document.root_thumbprint != self.entry.data[CONF_ROOT]:
            # An announced new key: its fingerprint is what is on paper from now on.
            self.hass.config_entries.async_update_entry(
                self.entry,
                data={**self.entry.data, CONF_ROOT: document.root_thumbprint},
            )
        state = replace(self.data, document=document, problem=None)
        self.data = state  # the outbox asks for it at once
        self._domain.outbox.agency_changed(self.agency_id)
        return state

    @callback
    def _silent(self, problem: str) -> AgencyState:
        """Nobody answered, or nothing of use."""
        self._failed += 1
        self._log_once(problem)
        document = self.data.document
        if document is not None and document.expires_at <= dt_util.utcnow():
            document = None
        if document is None or self._failed >= SILENT_FETCHES:
            # Only the agency's own signature says where it is; a redirect is anybody's.
            key = "moved" if problem == "redirected" else "silent"
            async_agency_problem(self.hass, self.entry, key, self.host)
        return replace(self.data, document=document, problem=problem)

    async def _async_refused(self, problem: str) -> AgencyState:
        """Do not trust what it publishes, nor after the next start."""
        self._log_once(problem)
        self._stored["refused"] = problem
        await self._store.async_save(self._stored)
        async_agency_problem(self.hass, self.entry, problem, self.host)
        return replace(self.data, document=None, problem=problem)

    @callback
    def _log_once(self, problem: str) -> None:
        if self.data.problem != problem:
            _LOGGER.warning("%s is unavailable: %s", self.entry.title, problem)

    @callback
    def _schedule(self) -> None:
        """Plan the next fetch, counted from the last one that worked."""
        self._cancel()
        if self._shutdown_requested:  # unloaded, or removed, while it was fetching
            return
        jitter = random.uniform(-1, 1) * REFRESH_JITTER
        age = timedelta(seconds=max(0.0, time.time() - self._stored["fetched"]))
        wait = REFRESH_EVERY + jitter
        if self.data.problem is None and self._failed == 0:
            # A restart must neither fetch at once nor put off for ever.
            wait = max(wait - age, timedelta(minutes=5))

        @callback
        def fetch(_now: datetime) -> None:
            self._next = None
            # It ends with the entry: nobody hears of an agency that was removed meanwhile.
            self.entry.async_create_background_task(
                self.hass, self.async_refresh(), f"{DOMAIN} fetch {self.agency_id}"
            )

        self._next = async_call_later(
            self.hass, wait, HassJob(fetch, cancel_on_shutdown=True)
        )

    @callback
    def _cancel(self) -> None:
        if self._next is not None:
            self._next()
            self._next = None

    @callback
    @override
    def _on_share_changed(self, share: Share) -> None:
        if share.state is ShareState.FAILED and share.problem == "agency_unauthorized":
            # The upload code is wrong or was changed.
            self.entry.async_start_reauth(self.hass)
        if share.state is ShareState.DELIVERED:
            async_end_reauth(self.hass, self.entry)
        super()._on_share_changed(share)
