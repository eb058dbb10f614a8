"""Prepare what is sent with a clip: the answered request and a drafted declaration."""

from dataclasses import dataclass, field
import time

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..agencies.agencies import async_agency
from ..engine.clips.model import Clip
from ..engine.sharing.agency import UploadPage
from ..engine.sharing.documents.declaration import DeclarationFacts, make_declaration
from ..engine.sharing.errors import SharingError
from ..engine.sharing.ledger.digests import line_of_digest, time_before
from ..engine.sharing.ledger.ledger import Ledger
from ..engine.sharing.model import RequestAsShown, StagedFile
from ..engine.sharing.outbox.lookups import AgencyAccess
from ..engine.sharing.requests.answer import find_request
from ..engine.sharing.requests.feed import Request
from ..engine.sharing.signing.jws import fingerprint, key_from_jwk, thumbprint
from ..engine.sharing.signing.keys import HomeKeys
from ..household.system import async_system
from ..requests.fitting import fits
from .request import PrepareRequest


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """A request, and the signed feed that contains it."""

    request: RequestAsShown
    token: str = field(repr=False)
    # The clip doesn't match, but the person says that it belongs to the request.
    said_to_belong: bool


async def async_find_request(
    hass: HomeAssistant, access: AgencyAccess, asked: PrepareRequest, clip: Clip
) -> Answered | None:
    """Return the request that the share answers, or None if it answers none.

    Only the last fetched feed is used. Raises `SharingError`: `request_by_link` for an
    agency without a feed, `request_unknown`, `request_closed`, `request_invalid` or
    `clip_does_not_match`.
    """
    if (request_id := asked.request_id) is None:
        return None
    document = access.document
    if isinstance(document, UploadPage):
        raise SharingError("request_by_link")
    token = await async_agency(hass, asked.agency_id).async_feed_token()
    if token is None:
        raise SharingError("request_unknown")
    token = token.strip()

    def find() -> tuple[Request, RequestAsShown]:
        keys = [key_from_jwk(jwk) for jwk in document.keys]
        return find_request(
            token, request_id, issuer=document.issuer, keys=keys, now=time.time()
        )

    # About 500 requests take longer than the event loop may be blocked.
    request, shown = await hass.async_add_executor_job(find)
    matches = fits(hass, clip, request)
    if not matches and not asked.still_belongs:
        raise SharingError("clip_does_not_match")
    return Answered(request=shown, token=token, said_to_belong=not matches)


async def async_declaration(
    hass: HomeAssistant,
    keys: HomeKeys,
    ledger: Ledger,
    access: AgencyAccess,
    asked: PrepareRequest,
    clip: Clip,
    staged: StagedFile,
) -> str:
    """Draft a declaration of what this home knows about the recording."""

    def home_print() -> str:
        # For a first share, this creates the key that also signs the package.
        key = keys.for_agency(asked.agency_id)
        return fingerprint(thumbprint(key.public_key()))

    facts = DeclarationFacts(
        clip=clip,
        staged=staged,
        edits=asked.edits,
        personal=asked.personal,
        agency_name=access.document.name,
        home=await hass.async_add_executor_job(home_print),
        system=await async_system(hass, clip.doorbell_id),
        recorded=await line_of_digest(ledger, clip),
        time_before=await time_before(ledger, clip),
        made_at=dt_util.utcnow(),
    )
    return make_declaration(facts)
