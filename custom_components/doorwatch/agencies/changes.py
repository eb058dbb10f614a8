"""Record and report changes of an agency's document."""

from collections.abc import Mapping

from homeassistant.core import HomeAssistant

from ..admin_notices import async_notify_administrators, async_words
from ..engine.sharing.agency import AgencyDocument, PublicDocument
from ..engine.sharing.ledger.ledger import Ledger
from .base import AgencyEntry, is_group


def told_of_document(document: PublicDocument) -> dict[str, object]:
    """Return the properties whose changes people are notified of, in this order.

    Everything else that people see is derived from the issuer.
    """
    told: dict[str, object] = {
        "name": document.name,
        "jurisdiction": document.jurisdiction,
        "contact": document.contact,
    }
    if isinstance(document, AgencyDocument):
        told["terms_digest"] = document.terms_digest
        told["recipients"] = list(document.as_shown.recipients or ())
    return {**told, "root_thumbprint": document.root_thumbprint}


def changes_of(before: PublicDocument | None, now: PublicDocument) -> list[str]:
    """Return the names of the changed properties; all, if no document was known."""
    old, new = {} if before is None else told_of_document(before), told_of_document(now)
    return [name for name in new if name not in old or old[name] != new[name]]


async def async_note_changes(
    ledger: Ledger,
    entry: AgencyEntry,
    document: PublicDocument,
    changes: list[str],
    more: Mapping[str, object] | None = None,
) -> None:
    """Write the changes to the ledger, before they take effect.

    Raises `SharingError`.
    """
    told = told_of_document(document)
    await ledger.append(
        "agency_changed",
        {
            "agency_id": entry.entry_id,
            "issuer": document.issuer,
            "root": told.pop("root_thumbprint"),
            **told,
            "changed": changes,
            **(more or {}),
        },
    )


async def async_tell_changes(
    hass: HomeAssistant,
    entry: AgencyEntry,
    document: PublicDocument,
    changes: list[str],
) -> None:
    """Notify every administrator, because waiting shares need a new tap."""
    words = [
        (await async_words(hass, f"agency_change_{change}")).format(
            name=document.name,
            jurisdiction=document.jurisdiction,
            contact=document.contact,
        )
        for change in changes
    ]
    await async_notify_administrators(
        hass,
        "group_changed" if is_group(entry.data) else "agency_changed",
        {
            "name": entry.title,
            "host": document.host,
            "changes": "; ".join(words),
        },
    )
