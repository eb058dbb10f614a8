"""What the dialog asks to have prepared."""

from dataclasses import dataclass, field

from ..engine.sharing.documents.consent import ENGLISH
from ..engine.sharing.model import Edits, PersonalDetails


@dataclass(frozen=True, kw_only=True, slots=True)
class PrepareRequest:
    """All of it. The PIN is kept out of every representation."""

    clip_id: str
    agency_id: str
    edits: Edits
    personal: PersonalDetails
    note: str = ""
    case_reference: str = ""
    request_id: str | None = None  # the agency's request that it answers
    still_belongs: bool = False  # the person says so of a clip that does not fit it
    declaration: bool = False  # whether a draft of one goes along
    link_origin: str | None = None
    language: str = ENGLISH  # in which the page shows the notice
    small_preview: bool = False  # for a browser that cannot play the file itself
    pin: str | None = field(default=None, repr=False)
