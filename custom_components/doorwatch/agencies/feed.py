"""Fetch, verify and keep one agency's feed."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
import logging
from pathlib import Path
import random
import time
from typing import Final, NotRequired, TypedDict

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from ..data import EngineData
from ..engine.outside.errors import OutsideError
from ..engine.sharing.addresses import origin_of
from ..engine.sharing.agency import PublicDocument
from ..engine.sharing.errors import SharingError
from ..engine.sharing.files import remove_private, write_private
from ..engine.sharing.requests.feed import Feed, FeedPin, Requests, read_feed
from ..engine.sharing.signing.jws import LONGEST_TOKEN, key_from_jwk
from ..signals import SIGNAL_FEED_CHANGED
from .base import Agency, HeldFeed

_LOGGER = logging.getLogger(__name__)

# Seconds for the whole file, also on a slow connection.
_LONGEST_FETCH: Final = 120.0


class StoredFeed(TypedDict):
    """The stored state of a feed, besides its file.

    `pin` outlives the file, so that an older feed is never accepted. `fetched` is in
    seconds since the epoch; `problem` is that of the last fetch.
    """

    pin: NotRequired[dict[str, object]]
    fetched: NotRequired[float]
    problem: NotRequired[str]


def feed_file(hass: HomeAssistant, agency_id: str) -> Path:
    """Return the path of an agency's signed feed, which is stored as fetched."""
    return Path(hass.config.path(STORAGE_DIR, f"{DOMAIN}.feed.{agency_id}"))


class FollowedFeed:
    """The feed of one agency, which is fetched, verified and kept.

    Every request is the same and is for the whole file, so that it reveals neither
    earlier fetches nor anything about this home.
    """

    def __init__(
        self,
        agency: Agency,
        domain: EngineData,
        keep: Callable[[StoredFeed], Awaitable[None]],
        *,
        local: bool,
    ) -> None:
        """Initialize without a feed; `keep` stores what must survive restarts."""
        self._agency = agency
        self._hass = agency.hass
        self._domain = domain
        self._keep = keep
        self._local = local
        self._path = feed_file(agency.hass, agency.agency_id)
        self._stored: StoredFeed = {}
        self._fetching = asyncio.Lock()
        # Held while file and feed are from different fetches.
        self._changing = asyncio.Lock()
        self._ended = False
        self._cancel: CALLBACK_TYPE | None = None

    async def async_recall(
        self, stored: StoredFeed, document: PublicDocument | None
    ) -> None:
        """Restore the stored feed without fetching."""
        self._stored = stored
        fetched = stored.get("fetched")
        if fetched is None or document is None:
            self._become(None, stored.get("problem"))
            return
        try:
            feed, at = await self._async_reread(document, fetched)
        except OSError, SharingError:
            self._become(None, "feed_lost")
            return
        pin = asdict(feed.pin)
        if pin != stored.get("pin"):
            # A crash came between writing file and pin: the file is used now, so store
            # its pin.
            await self._async_store({**stored, "pin": pin, "fetched": at})
        held = HeldFeed(feed=feed, fetched_at=datetime.fromtimestamp(at, UTC))
        self._become(held, stored.get("problem"))

    async def _async_reread(
        self, document: PublicDocument, fetched: float
    ) -> tuple[Feed, float]:
        """Read the stored feed, and return it with the time when it was fetched.

        An expired feed is still returned. After a crash, the file may be half a day
        newer than the stored time; its modification time is used then. Raises `OSError`
        and `SharingError`.
        """
        body, written = await self._hass.async_add_executor_job(_on_disk, self._path)
        try:
            return await self._async_read(body, document, now=fetched), fetched
        except SharingError:
            return await self._async_read(body, document, now=written), written

    async def async_token(self) -> str | None:
        """Return the signed file of the current feed."""
        async with self._changing:
            if self._agency.data.feed is None:
                return None
            try:
                return await self._hass.async_add_executor_job(
                    partial(self._path.read_text, encoding="ascii")
                )
            except OSError, ValueError:
                return None

    async def async_fetch(self, document: PublicDocument | None) -> None:
        """Fetch the feed that the document names; keep the current feed if that fails."""
        if document is None:
            return
        async with self._fetching:
            if document.requests_uri is None:
                await self._async_kept(None, None)
                return
            try:
                body, feed = await self._async_ask(document, document.requests_uri)
                await self._async_kept(body, feed)
            except (OutsideError, SharingError) as err:
                await self._async_failed(err.problem)
            except OSError:
                await self._async_failed("folder_not_writable")

    async def _async_ask(
        self, document: PublicDocument, address: str
    ) -> tuple[bytes, Feed]:
        """Try all addresses in random order until one returns a valid feed.

        Raises the problem of a refused answer, or else of a failed connection.
        """
        if not document.holds_at(dt_util.utcnow()):
            raise SharingError("document_expired")  # its keys are no longer valid
        addresses = list(dict.fromkeys((address, *document.requests_mirrors)))
        silent: OutsideError | None = None
        refused: SharingError | None = None
        for each in random.sample(addresses, len(addresses)):
            # The setting "on my network" is for the agency itself, not for other hosts
            # of its feed.
            local = self._local and origin_of(each) == document.issuer
            try:
                body = await self._domain.outside.fetch(
                    each,
                    local=local,
                    published=True,
                    limit=LONGEST_TOKEN,
                    timeout=_LONGEST_FETCH,
                )
                return body, await self._async_read(body, document, now=time.time())
            except OutsideError as err:
                silent = err
            except SharingError as err:
                refused = err
        raise refused or silent or SharingError("document_invalid")

    async def _async_read(
        self, body: bytes, document: PublicDocument, *, now: float
    ) -> Feed:
        """Verify and parse a feed in a thread, because a large one takes a while."""
        async with self._domain.feed_lock:
            pin = self._stored.get("pin")
            return await self._hass.async_add_executor_job(
                lambda: read_feed(
                    body.decode("ascii", errors="replace"),
                    issuer=document.issuer,
                    keys=[key_from_jwk(key) for key in document.keys],
                    pin=None if pin is None else FeedPin.stored(pin),
                    now=now,
                )
            )

    async def _async_kept(self, body: bytes | None, feed: Feed | None) -> None:
        """Store what was fetched, then use it; None means that there is no feed."""
        # Unloading the agency waits for this task instead of canceling it, so that
        # nothing is written afterwards.
        await asyncio.shield(
            self._agency.entry.async_create_task(
                self._hass, self._async_keep(body, feed), f"{DOMAIN} keep feed"
            )
        )

    async def _async_keep(self, body: bytes | None, feed: Feed | None) -> None:
        pin = self._stored.get("pin")
        stored: StoredFeed = {} if pin is None else {"pin": pin}
        async with self._changing:
            if feed is None or body is None:
                await self._hass.async_add_executor_job(remove_private, self._path)
                held = None
            else:
                # Write the file before the pin: after a crash in between, the old pin
                # accepts the newer file.
                await self._hass.async_add_executor_job(write_private, self._path, body)
                held = HeldFeed(feed=feed, fetched_at=dt_util.utcnow())
                stored = {
                    "pin": asdict(feed.pin),
                    "fetched": held.fetched_at.timestamp(),
                }
            await self._async_store(stored)
            self._become(held, None)

    async def _async_failed(self, problem: str) -> None:
        """Keep the current feed, and report the problem."""
        if self._stored.get("problem") != problem:
            await self._async_store({**self._stored, "problem": problem})
        self._become(self._agency.data.feed, problem)

    async def _async_store(self, stored: StoredFeed) -> None:
        self._stored = stored
        await self._keep(stored)

    @callback
    def _become(self, held: HeldFeed | None, problem: str | None) -> None:
        """Update the state, and log once when a problem begins and when it ends."""
        self._wait_no_longer()
        if held is not None:
            if held.feed.requests and not self._agency.takes_clips:
                held = replace(held, feed=replace(held.feed, requests=Requests()))
                problem = problem or "group_asks"
            if held.feed.expires_at <= dt_util.utcnow():
                problem = "document_expired"
            elif not self._ended:
                self._cancel = async_track_point_in_utc_time(
                    self._hass,
                    HassJob(self._on_expiry, cancel_on_shutdown=True),
                    held.feed.expires_at,
                )
        before, title = self._agency.data, self._agency.entry.title
        if held is before.feed and problem == before.feed_problem:
            return
        if problem is None and before.feed_problem is not None:
            _LOGGER.info("Requests and alerts from %s are up to date again", title)
        elif problem is not None and problem != before.feed_problem:
            _LOGGER.warning(
                "Requests and alerts from %s are not up to date: %s", title, problem
            )
        # Not `async_set_updated_data`, which would mark a failed update of the document
        # as successful.
        self._agency.data = replace(before, feed=held, feed_problem=problem)
        self._agency.async_update_listeners()
        async_dispatcher_send(self._hass, SIGNAL_FEED_CHANGED, self._agency.agency_id)

    @callback
    def _on_expiry(self, _now: datetime) -> None:
        self._become(self._agency.data.feed, self._agency.data.feed_problem)

    @callback
    def _wait_no_longer(self) -> None:
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    @callback
    def end(self) -> None:
        """Stop waiting for the feed to expire."""
        self._ended = True
        self._wait_no_longer()


def _on_disk(path: Path) -> tuple[bytes, float]:
    """Return a file's content and modification time; raises `OSError`."""
    return path.read_bytes(), path.stat().st_mtime
