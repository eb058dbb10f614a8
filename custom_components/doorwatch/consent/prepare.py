"""Prepare a share: make the exact file, show what will be sent, issue a confirmation.

Each connection has at most one prepared share. Closing the dialog, leaving the page,
preparing another share or waiting too long drops the confirmation and the staged file.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
import secrets
from typing import Literal, TypedDict

from homeassistant.auth.models import User
from homeassistant.components.http.auth import async_sign_path
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ..access.guard import Guard
from ..access.permissions import may_share, may_view
from ..access.pin_gate import PinGate
from ..access.shown_clips import ShownClips
from ..actions.encoding import EncodeProgress, async_encode
from ..agencies.agencies import async_agency, request_problem
from ..engine.clips.background import Progress
from ..engine.clips.errors import LibraryError
from ..engine.clips.library import Library
from ..engine.clips.model import Clip
from ..engine.clips.video.previews import PreviewError, encode
from ..engine.sharing.agency import UploadPage
from ..engine.sharing.documents.consent import Notice, make_notice
from ..engine.sharing.errors import SharingError
from ..engine.sharing.files import write_private
from ..engine.sharing.ledger.digests import time_before
from ..engine.sharing.ledger.ledger import Ledger
from ..engine.sharing.model import Intent, StagedFile
from ..engine.sharing.outbox.lookups import AgencyAccess
from ..engine.sharing.package.staging import check_edits
from ..engine.sharing.signing.canonical import digest_of
from ..engine.sharing.signing.keys import HomeKeys
from ..engine.sharing.tap.confirmations import LIFETIME, Confirmations
from ..engine.sharing.tap.look import Look
from ..paths import SHARE_PREVIEW_PATH
from .attachments import Answered, async_declaration, async_find_request
from .request import PrepareRequest
from .staging import Stager, storage_errors


class PrepareFailed(TypedDict):
    """The preparation failed."""

    type: Literal["error"]
    code: str
    message: str


class PrepareReady(TypedDict):
    """What the person has to look at, and the confirmation that the tap redeems."""

    type: Literal["ready"]
    confirmation: str
    expires_in: float
    preview_url: str
    # The preview is a smaller copy of the file.
    small_preview: bool
    notice: Notice
    # The complete text of the drafted declaration, if one is sent.
    declaration: str | None


type PrepareEvent = EncodeProgress | PrepareFailed | PrepareReady
type Report = Callable[[EncodeProgress | PrepareFailed], None]


@dataclass(eq=False, kw_only=True, slots=True)
class Preparation:
    """The share that a connection has prepared or is preparing."""

    connection: ActiveConnection
    report: Report
    preview_id: str
    folder: Path
    clip: Clip | None = None
    staged: StagedFile | None = None
    look: Look | None = None
    token: str | None = field(default=None, repr=False)
    closed: bool = False
    stop_timer: CALLBACK_TYPE | None = None


@dataclass(eq=False, repr=False)
class Preparations:
    """All open preparations, in memory only, so that a restart voids them."""

    hass: HomeAssistant
    library: Library
    ledger: Ledger
    keys: HomeKeys
    confirmations: Confirmations
    stager: Stager
    guard: Guard
    pin_gate: PinGate
    shown_clips: ShownClips
    _open: dict[ActiveConnection, Preparation] = field(default_factory=dict)

    @callback
    def begin(self, connection: ActiveConnection, report: Report) -> Preparation:
        """Start a preparation, and drop the connection's earlier one."""
        if (earlier := self._open.get(connection)) is not None:
            self.expire(earlier)
        preview_id = secrets.token_urlsafe(24)
        preparation = Preparation(
            connection=connection,
            report=report,
            preview_id=preview_id,
            folder=self.stager.folder(preview_id),
        )
        self._open[connection] = preparation
        return preparation

    @callback
    def of(self, connection: ActiveConnection) -> Preparation | None:
        """Return the preparation of this connection."""
        return self._open.get(connection)

    @callback
    def preview(self, preview_id: str, user: User) -> Preparation | None:
        """Return the preparation with this preview, if this user made it and may still share."""
        for preparation in self._open.values():
            if (
                preparation.preview_id == preview_id
                and preparation.connection.user.id == user.id
                and preparation.look is not None
                and preparation.clip is not None
                and may_share(self.hass, user, preparation.clip.doorbell_id)
            ):
                return preparation
        return None

    @callback
    def take(self, intent: Intent) -> Preparation:
        """Remove and return the preparation whose confirmation was just redeemed.

        The outbox takes over its file; the caller discards the rest.
        """
        for preparation in self._open.values():
            if preparation.staged is intent.staged:
                self.forget(preparation)
                return preparation
        # Unreachable, because confirmation and preparation are dropped together.
        raise AssertionError(intent.clip.clip_id)

    @callback
    def forget(self, preparation: Preparation) -> None:
        """Remove a preparation, but keep its confirmation and its file."""
        preparation.closed = True
        if preparation.stop_timer is not None:
            preparation.stop_timer()
            preparation.stop_timer = None
        if self._open.get(preparation.connection) is preparation:
            del self._open[preparation.connection]

    @callback
    def close(self, preparation: Preparation) -> None:
        """Drop the confirmation and the staged file, unless that was done before."""
        if preparation.closed:
            return
        self.forget(preparation)
        if preparation.token is not None:
            self.confirmations.drop(preparation.token)
        self.discard(preparation)

    @callback
    def expire(self, preparation: Preparation) -> None:
        """Close a preparation and tell the dialog."""
        if not preparation.closed:
            self.close(preparation)
            preparation.report({"type": "error", "code": "expired", "message": ""})

    @callback
    def discard(self, preparation: Preparation) -> None:
        """Remove what is left of the staged file."""
        self.stager.discard(preparation.folder)

    async def async_run(
        self, preparation: Preparation, request: PrepareRequest
    ) -> PrepareReady:
        """Run all steps, and return the event for the dialog.

        Raises `SharingError`; the caller then closes the preparation.
        """
        with self.stager.discarding(preparation.folder):
            return await self._async_run(preparation, request)

    async def _async_run(
        self, preparation: Preparation, request: PrepareRequest
    ) -> PrepareReady:
        hass = self.hass
        connection = preparation.connection
        user, clip = await self._async_admit(connection, request)
        if (access := access_now(hass, request.agency_id)) is None:
            raise SharingError("agency_unavailable")
        _check_link(access, request.link_origin)
        check_edits(request.edits)
        answered = await async_find_request(hass, access, request, clip)

        preparation.report({"type": "progress", "stage": "checking", "fraction": 0.0})
        staged = await self._async_stage(preparation, clip, request, answered)
        look = await self._async_look(preparation, staged, small=request.small_preview)
        declaration = (
            await async_declaration(
                hass, self.keys, self.ledger, access, request, clip, staged
            )
            if request.declaration
            else None
        )
        before = await time_before(self.ledger, clip)
        preparation.report({"type": "progress", "stage": "staging", "fraction": 1.0})

        # Check everything again, because staging takes a while.
        if preparation.closed:
            raise SharingError("cancelled")
        if not may_share(hass, self.guard.person_at(connection), clip.doorbell_id):
            raise SharingError("not_allowed")
        agency = async_agency(hass, request.agency_id)
        if (access := access_now(hass, request.agency_id)) is None:
            raise SharingError("agency_unavailable")

        shown = None if answered is None else answered.request
        # The agency may have changed the request meanwhile.
        if shown and (problem := request_problem(hass, request.agency_id, shown)):
            raise SharingError(problem)
        notice = make_notice(
            access.document,
            compared=agency.compared,
            staged=staged,
            original_sha256=clip.sha256,
            edits=request.edits,
            labels=clip.labels,
            personal=request.personal,
            note=request.note,
            case_reference=request.case_reference,
            request=shown,
            said_to_belong=answered is not None and answered.said_to_belong,
            declaration=declaration,
            language=request.language,
        )
        intent = Intent(
            user_id=user.id,
            user_name=user.name or "",
            clip=clip,
            agency_id=request.agency_id,
            agency=access.document.as_shown,
            agency_name=access.document.name,
            agency_compared=agency.compared,
            edits=request.edits,
            staged=staged,
            notice=notice,
            notice_digest=digest_of(notice),
            personal=request.personal,
            note=request.note,
            case_reference=request.case_reference,
            request=shown,
            declaration=declaration,
            time_before=before,
        )
        preparation.token = self.confirmations.issue(
            connection,
            intent,
            lambda: look.is_seen,
            lambda: request_problem(hass, request.agency_id, shown) if shown else None,
        )
        preparation.look = look

        @callback
        def on_timeout(_now: object) -> None:
            self.expire(preparation)

        preparation.stop_timer = async_call_later(hass, LIFETIME, on_timeout)
        return {
            "type": "ready",
            "confirmation": preparation.token,
            "expires_in": LIFETIME,
            "preview_url": async_sign_path(
                hass,
                SHARE_PREVIEW_PATH.format(preparation.preview_id),
                timedelta(seconds=LIFETIME),
                refresh_token_id=connection.refresh_token_id,
            ),
            "small_preview": request.small_preview,
            "notice": notice,
            "declaration": declaration,
        }

    async def _async_admit(
        self, connection: ActiveConnection, request: PrepareRequest
    ) -> tuple[User, Clip]:
        """Check the person, the clip, the permission and the PIN, in this order."""
        hass = self.hass
        self.guard.require_known_callers()
        user = self.guard.person_at(connection)
        clip = await self.library.get(request.clip_id)
        # Treat an invisible clip as unknown, so that IDs can't be probed.
        if clip is None or not may_view(hass, user, clip.doorbell_id):
            raise SharingError("clip_unknown")
        if not may_share(hass, user, clip.doorbell_id):
            raise SharingError("not_allowed")
        await self.pin_gate.async_check(request.pin)
        return user, clip

    async def _async_stage(
        self,
        preparation: Preparation,
        clip: Clip,
        request: PrepareRequest,
        answered: Answered | None,
    ) -> StagedFile:
        """Make the file in a separate folder, with the feed of the answered request next to it."""
        staged = await self.stager.async_stage(
            clip,
            request.edits,
            preparation.folder,
            report=preparation.report,
            is_given_up=lambda: preparation.closed,
        )
        if answered is not None:
            with storage_errors(lambda: preparation.closed):
                await self.hass.async_add_executor_job(
                    write_private, staged.feed, answered.token.encode()
                )
        self.shown_clips.add(clip)
        preparation.clip = clip
        preparation.staged = staged
        return staged

    async def _async_look(
        self, preparation: Preparation, staged: StagedFile, *, small: bool
    ) -> Look:
        """Choose what is shown: the exact file, or a small copy made from it."""
        shown = staged.path
        try:
            if small:
                shown = staged.path.with_name("look.mp4")
                await self._async_encode(
                    preparation,
                    "preview",
                    lambda progress: encode(staged.path, shown, progress),
                )
            return await self.hass.async_add_executor_job(Look, shown)
        except (LibraryError, OSError) as err:
            if preparation.closed:  # its folder was removed meanwhile
                raise SharingError("cancelled") from err
            if isinstance(err, PreviewError) and err.problem == "preview_impossible":
                raise SharingError("look_impossible") from err
            raise

    async def _async_encode[Made](
        self, preparation: Preparation, stage: str, work: Callable[[Progress], Made]
    ) -> Made:
        """Encode while the preparation is open."""
        return await async_encode(
            self.hass,
            self.stager.encoding,
            stage,
            work,
            report=preparation.report,
            is_given_up=lambda: preparation.closed,
        )


@callback
def access_now(hass: HomeAssistant, agency_id: str) -> AgencyAccess | None:
    """Return how to deliver to the agency, or None if its document is not valid now.

    Raises `SharingError`: `agency_unavailable` if it is not loaded,
    `group_takes_no_clips`.
    """
    agency = async_agency(hass, agency_id)
    if not agency.takes_clips:
        raise SharingError("group_takes_no_clips")
    return agency.access()


def _check_link(access: AgencyAccess, origin: str | None) -> None:
    """Raise `SharingError` unless the upload link leads to the agency's page.

    Only the link's origin is known here; the link itself stays in the browser.
    """
    if not isinstance(access.document, UploadPage):
        return
    if not origin:
        raise SharingError("link_missing")
    if origin != access.document.origin:
        raise SharingError("link_elsewhere")
