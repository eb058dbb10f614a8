"""Define what the dialog asks to prepare."""

from dataclasses import dataclass, field

from ..engine.sharing.documents.consent import ENGLISH
from ..engine.sharing.model import Edits, PersonalDetails


@dataclass(frozen=True, kw_only=True, slots=True)
class PrepareRequest:
    """All inputs of the dialog; the PIN is kept out of every representation."""

    clip_id: str
    agency_id: str
    edits: Edits
    personal: PersonalDetails
    note: str = ""
    case_reference: str = ""
    request_id: str | None = None  # the agency's request that it answers
    still_belongs: bool = False  # although the clip doesn't match the request
    declaration: bool = False  # whether to send a drafted declaration
    link_origin: str | None = None
    language: str = ENGLISH  # in which the page shows the notice
    small_preview: bool = False  # for a browser that can't play the file itself
    pin: str | None = field(default=None, repr=False)
