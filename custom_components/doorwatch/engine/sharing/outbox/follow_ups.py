"""Ask an agency about shares that are over, in separate tasks.

Each kind of question has its own task, so that waiting for an answer does not delay
deliveries.
"""

from abc import ABC, abstractmethod
import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
import logging
import math
import sqlite3
from typing import ClassVar, Final

from ...backoff import backoff
from ...outside.door import Outside
from ..agency import AgencyDocument
from ..errors import DeliveryError, SharingError
from ..signing.jws import DocumentError
from .jobs import Ended, JobRegistry
from .lookups import AgencyAccess
from .record import Record

_LOGGER = logging.getLogger(__name__)

_AFTER_A_BUG: Final = 300.0  # seconds


async def end(*tasks: asyncio.Task[None]) -> None:
    """Cancel endless tasks and wait for them."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """The delay between two tries, in seconds, doubled from first to longest.

    `give_up` is the time after which the agency is no longer asked.
    """

    first: float
    longest: float
    give_up: float
    at_once: bool = True  # whether the first try is immediate


@dataclass(kw_only=True, slots=True)
class Due:
    """The next try for a share, on the monotonic clock."""

    at: float
    troubles: int
    away: bool = False  # the agency was not available at the last try


@dataclass(eq=False, repr=False)
class FollowUp(ABC):
    """Ask one agency about its shares until it answers."""

    name: ClassVar[str]
    patience: ClassVar[Patience]

    agency_id: str
    registry: JobRegistry
    outside: Outside
    # Fetches the agency's document, unless that was done recently.
    renewed: Callable[[], Awaitable[bool]]
    # Called when there may be something new to ask.
    on_change: Callable[[], None]
    _due: dict[str, Due] = field(default_factory=dict)
    # Problems that were logged, by share.
    _said: set[tuple[str, str]] = field(default_factory=set)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] = field(init=False)

    def __post_init__(self) -> None:
        """Start the task."""
        self._task = asyncio.create_task(
            self._work(), name=f"doorwatch {self.name} {self.agency_id}"
        )

    async def close(self) -> None:
        """Stop the task; the stored state is kept."""
        await end(self._task)

    def wake(self) -> None:
        """Check for new shares to ask about."""
        self._wake.set()

    def agency_changed(self) -> None:
        """Try at once if the agency is unavailable, or was at the last try.

        Other shares keep their delay, so that reloading an agency does not make this
        home call it.
        """
        access = self.registry.home.agency(self.agency_id)
        for due in self._due.values():
            if access is None or due.away:
                due.at = self.registry.clock.monotonic()
        self._wake.set()

    @abstractmethod
    def _wants(self, record: Record) -> bool:
        """Return whether there is something to ask about a share."""

    @abstractmethod
    def _begun(self, record: Record) -> float:
        """Return when the question arose, in seconds since the epoch."""

    @abstractmethod
    async def _ask(self, ended: Ended) -> bool:
        """Ask once and store the answer; return whether the question is settled.

        Raises `DeliveryError`: `permanent` to give up, otherwise to try again.
        """

    @abstractmethod
    async def _give_up(self, ended: Ended) -> None:
        """Store that there was no answer."""

    def _access(self) -> AgencyAccess:
        """Return the agency as it is now."""
        if (access := self.registry.valid_agency(self.agency_id)) is None:
            raise DeliveryError("agency_unavailable", permanent=False)
        return access

    async def _read[Answer](
        self, ended: Ended, what: str, read: Callable[[AgencyDocument], Answer]
    ) -> Answer | None:
        """Read an answer with the known document, or with a new one.

        If the answer is signed by an unknown key, the document is fetched again,
        because it may have changed. Returns None for an answer that is not trusted; the
        key may not be published yet.
        """
        try:
            try:
                return read(self._access().published)
            except DocumentError as error:
                if error.problem != "unknown_key" or not await self.renewed():
                    raise
            return read(self._access().published)
        except DocumentError as error:
            self._say_once(what, ended.record.share_id, error.problem)
            return None

    @property
    def _agency_is_gone(self) -> bool:
        """Return whether the agency was removed; its ID is never used again."""
        return not self.registry.home.agency_exists(self.agency_id)

    async def _change(
        self,
        ended: Ended,
        kind: str | None = None,
        details: dict[str, object] | None = None,
        **changes: object,
    ) -> None:
        """Store a change, and report it after its ledger line is written."""
        registry = self.registry
        async with ended.lock:
            record: Record = replace(ended.record, **changes)  # type: ignore[arg-type]  # checked by tests
            ended.record = await registry.save(record, kind, details)
        if kind is not None:
            await registry.lines.try_flush()
        registry.let_go(ended)
        registry.tell_ended(ended)
        self.on_change()

    # Schedule

    async def _work(self) -> None:
        """Ask until cancelled."""
        clock = self.registry.clock
        while True:
            self._wake.clear()
            for ended in self._asked_about():
                await self._try(ended)
            at = min(
                (self._due_of(one).at for one in self._asked_about()), default=None
            )
            await clock.wait(self._wake, None if at is None else at - clock.monotonic())

    def _asked_about(self) -> list[Ended]:
        """Return the shares to ask about, and forget the schedule of others."""
        wanted = {
            share_id: ended
            for share_id, ended in self.registry.ended.items()
            if ended.record.agency_id == self.agency_id and self._wants(ended.record)
        }
        for share_id in self._due.keys() - wanted.keys():
            del self._due[share_id]
        return list(wanted.values())

    def _due_of(self, ended: Ended) -> Due:
        """Return the next try; after a restart, it depends on the share's age."""
        share_id = ended.record.share_id
        if share_id not in self._due:
            age = max(0.0, self.registry.clock.now() - self._begun(ended.record))
            first = self.patience.first
            new = age < first and not self.patience.at_once
            self._due[share_id] = Due(
                at=self.registry.clock.monotonic() + (self._pause(0) if new else 0.0),
                troubles=1 if new else int(math.log2(age / first + 1)),
            )
        return self._due[share_id]

    def _pause(self, troubles: int) -> float:
        """Return the delay after this many tries, in seconds, with jitter."""
        patience = self.patience
        jitter = self.registry.clock.jitter
        return backoff(troubles, patience.first, patience.longest, jitter)

    def _later(self, ended: Ended, at_least: float = 0.0) -> None:
        due = self._due_of(ended)
        pause = max(at_least, self._pause(due.troubles))
        due.at = self.registry.clock.monotonic() + pause
        due.troubles += 1

    async def _try(self, ended: Ended) -> None:
        """Ask about a share if that is due; log errors instead of raising them."""
        clock = self.registry.clock
        if not self._wants(ended.record):  # settled meanwhile
            return
        if self._due_of(ended).at > clock.monotonic():
            return
        try:
            if self._agency_is_gone:
                await self._give_up(ended)
                return
            try:
                due = self._due_of(ended)
                due.away = True
                self._access()
                due.away = False
                if await self._ask(ended):
                    return
            except DeliveryError as error:
                if error.permanent:
                    await self._give_up(ended)
                    return
            if clock.now() > self._begun(ended.record) + self.patience.give_up:
                await self._give_up(ended)
                return
            self._later(ended)
        except (OSError, sqlite3.Error, SharingError) as error:
            self._say(ended, "The outbox can't be written", error)
            self._later(ended)
        except Exception as error:  # noqa: BLE001 - a bug must not block other shares
            self._say(ended, "Unexpected error after sharing", error)
            self._later(ended, _AFTER_A_BUG)

    def _say_once(self, what: str, share_id: str, problem: str) -> None:
        """Warn once about an answer that cannot be trusted."""
        if (share_id, problem) not in self._said:
            self._said.add((share_id, problem))
            _LOGGER.warning(what, share_id, problem)

    def _say(self, ended: Ended, what: str, error: Exception) -> None:
        """Log an error once for each share."""
        share_id = ended.record.share_id
        if (share_id, what) not in self._said:
            self._said.add((share_id, what))
            _LOGGER.error(
                "%s (%s of share %s)", what, self.name, share_id, exc_info=error
            )
