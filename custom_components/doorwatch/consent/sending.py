"""Prepare a copy of a clip that a person sends to someone, such as a neighbor.

The person sends it with another program, so Doorwatch never learns to whom. The ledger
names who prepared it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
import secrets
from typing import Final

from homeassistant.auth.models import User
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ..access.guard import Guard
from ..access.permissions import may_send
from ..actions.clips import async_visible_clip, personal_of
from ..actions.encoding import EncodeProgress
from ..engine.clips.library import Library
from ..engine.clips.model import Clip
from ..engine.sharing.errors import SharingError
from ..engine.sharing.ledger.ledger import Ledger
from ..engine.sharing.ledger.store import PREPARED_TO_SEND
from ..engine.sharing.model import Edits, StagedFile
from ..engine.sharing.package.staging import check_edits
from .staging import Stager

# Seconds that a copy can be fetched: long enough for a download that a phone starts late.
COPY_LIFETIME: Final = 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class PreparedCopy:
    """A copy that its user can fetch; `clip` has the path and the start of the copy."""

    copy_id: str
    user_id: str
    clip: Clip
    staged: StagedFile
    stop_timer: CALLBACK_TYPE


@dataclass(eq=False, repr=False)
class PreparedCopies:
    """The copies of all people, one for each login.

    They are known in memory only. What a crash left of them is removed at the next start,
    as with shares.
    """

    hass: HomeAssistant
    library: Library
    ledger: Ledger
    stager: Stager
    guard: Guard
    _by_login: dict[str | None, PreparedCopy] = field(default_factory=dict)

    @callback
    def get(self, copy_id: str, user: User) -> PreparedCopy:
        """Return a copy that this user prepared; raise `SharingError("clip_unknown")`."""
        for copy in self._by_login.values():
            if copy.copy_id == copy_id and copy.user_id == user.id:
                return copy
        raise SharingError("clip_unknown")

    @callback
    def stop(self) -> None:
        """Stop all timers; the staging folder is removed when the library closes."""
        for copy in self._by_login.values():
            copy.stop_timer()
        self._by_login.clear()

    async def async_prepare(
        self,
        connection: ActiveConnection,
        clip_id: str,
        edits: Edits,
        *,
        report: Callable[[EncodeProgress], None],
        is_given_up: Callable[[], bool],
    ) -> PreparedCopy:
        """Make a copy, which replaces the login's earlier one, and note it in the ledger.

        Raises `SharingError` and `LibraryError`; nothing is left then.
        """
        clip = await self._async_admit(connection, clip_id)
        check_edits(edits)
        report({"type": "progress", "stage": "checking", "fraction": 0.0})
        copy_id = secrets.token_urlsafe(24)
        folder = self.stager.folder(copy_id)
        with self.stager.discarding(folder):
            staged = await self.stager.async_stage(
                clip, edits, folder, report=report, is_given_up=is_given_up
            )
            # Check again, because making the file takes a while.
            clip = await self._async_admit(connection, clip_id)
            if is_given_up():
                raise SharingError("cancelled")
            # Write the ledger line before the copy can be fetched, so that no copy is
            # unrecorded.
            await self.ledger.append(
                PREPARED_TO_SEND,
                {
                    "clip_id": clip.clip_id,
                    "doorbell_id": clip.doorbell_id,
                    "sha256": staged.sha256,
                    "original": clip.sha256,
                    "user_id": connection.user.id,
                },
                personal=personal_of(connection.user),
            )
            if is_given_up():
                raise SharingError("cancelled")
        login = connection.refresh_token_id
        self._remove(login)
        copy = self._by_login[login] = PreparedCopy(
            copy_id=copy_id,
            user_id=connection.user.id,
            clip=replace(clip, path=staged.path, started_at=staged.started_at),
            staged=staged,
            stop_timer=async_call_later(
                self.hass, COPY_LIFETIME, partial(self._on_timeout, login)
            ),
        )
        return copy

    async def _async_admit(self, connection: ActiveConnection, clip_id: str) -> Clip:
        """Check the person and the permission, and return the clip."""
        self.guard.require_known_callers()
        user = self.guard.person_at(connection)
        clip = await async_visible_clip(self.hass, self.library, user, clip_id)
        if not may_send(self.hass, user, clip.doorbell_id):
            raise SharingError("not_allowed")
        return clip

    @callback
    def _on_timeout(self, login: str | None, _now: object) -> None:
        self._remove(login)

    @callback
    def _remove(self, login: str | None) -> None:
        if (copy := self._by_login.pop(login, None)) is not None:
            copy.stop_timer()
            self.stager.discard(self.stager.folder(copy.copy_id))
