"""What the person is shown and agrees to: the notice, and the consent record (ISO/IEC TS 27560:2023 field names)."""

from collections.abc import Mapping

from .model import AgencyDocument, Edits, Intent, PersonalDetails, StagedFile


def make_notice(
    document: AgencyDocument, *, compared: bool, staged: StagedFile, edits: Edits, personal: PersonalDetails,
    note: str, case_reference: str, request_id: str | None,
) -> Mapping[str, object]:
    """All that the dialog must show, as JSON-able data (the card adds the words; `sentences` holds the keys of the
    plain sentences that must be shown)."""
    raise NotImplementedError


def notice_digest(notice: Mapping[str, object]) -> str:
    """SHA-256 hex of the canonical JSON."""
    raise NotImplementedError


def consent_record(intent: Intent, *, share_id: str, confirmed_at: float, principal: str) -> Mapping[str, object]:
    """The record; `principal` is the opaque id of this home for this agency (thumbprint of its key)."""
    raise NotImplementedError
