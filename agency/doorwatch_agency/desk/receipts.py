"""Create the receipt of a package that was opened and verified."""

from datetime import datetime
import json
from pathlib import Path
from typing import Any

from ..errors import AgencyError
from ..publishing.signer import Signer
from ..signing.jws import RECEIPT, named_key, read_claims, thumbprint, verify
from ..times import time_text
from .homes import Homes
from .inbox import Inbox, Record
from .opened import load_opened, share_of
from .retention import days_in

_SAID_ONCE = ("received_at", "retention", "ledger")


def make_receipt(
    bag: Path,
    homes: Homes,
    signer: Signer,
    *,
    served: str | None,
    inbox: Inbox | None = None,
    received_at: str | None = None,
) -> tuple[dict[str, object], str]:
    """Return the contents of the receipt and the signed receipt.

    Only for packages that `verify` accepted. Sender, digest and time are taken from the
    intake's record; without one, the caller passes the time. The contents of an earlier
    receipt (`served`) are kept, because homes reject one with other contents.
    """
    opened = load_opened(bag)
    share_id = share_of(bag)
    accepted = homes.shares.get(share_id)
    if accepted is None or accepted.verified_at is None:
        raise AgencyError(f"{bag.name} was not verified yet")
    if opened.zipped:
        raise AgencyError(
            "a person handed it over as a zip, so no home is waiting for a receipt"
        )
    if not opened.encrypted:
        raise AgencyError(
            "it was not opened from the encrypted file, and a receipt states the"
            " digest of that file. Use `open` with the .tar.age file and --identity"
        )
    ledger = _ledger(bag)
    if inbox is not None:
        record = inbox.record(share_id)
        if record is None:
            raise AgencyError(f"the intake has no share {share_id}")
        _compare(record, accepted.home, ledger, opened.sha256, opened.size)
        received_at = received_at or record.received_at
    first = _first(served, signer, accepted.home, share_id, opened.sha256)
    received_at = first.get("received_at", received_at)
    if received_at is None:
        raise AgencyError(
            "add when it was received, such as --received-at 2026-11-03T17:04:09Z"
        )
    receipt: dict[str, object] = {
        "schema": "doorwatch-receipt/1",
        "sha256": opened.sha256,
        "size": opened.size,
        "received_at": _time(received_at),
        "retention": {
            name: signer.retention.get(name) for name in ("text", "days", "digest")
        },
        "ledger": ledger,
        "opened_at": accepted.verified_at,
        **first,
    }
    token = signer.sign(
        RECEIPT, home=accepted.home, share_id=share_id, claims={"receipt": receipt}
    )
    return receipt, token


def stated_days(token: str | None) -> int | None:
    """Return the retention days in a receipt, without checking its signature."""
    try:
        said = read_claims(token or "")["receipt"]
        retention = said["retention"] if isinstance(said, dict) else {}
        return days_in(retention, "days")
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _first(
    token: str | None, signer: Signer, home: str, share_id: str, sha256: str
) -> dict[str, Any]:
    """Return the contents of the receipt that is served now.

    The home holds the agency to the terms of that time, even if they changed since.
    Only receipts signed with a key of the agency are used, because anyone with access
    to the server can write one.
    """
    if token is None:
        return {}
    try:
        keys = {thumbprint(key): key for key in signer.vouched}
        claims = verify(token, RECEIPT, keys[named_key(token)])
        said = claims["receipt"]
    except (AgencyError, ValueError, KeyError):
        return {}
    about = [claims.get(name) for name in ("iss", "aud", "jti")]
    if (
        about != [signer.origin, home, share_id]
        or not isinstance(said, dict)
        or said.get("sha256") != sha256
        or not isinstance(said.get("received_at"), str)
        or not isinstance(said.get("retention"), dict)
        or not isinstance(said.get("ledger"), str | None)
        or not isinstance(said.get("opened_at"), str | None)
    ):
        return {}
    first = {name: said[name] for name in _SAID_ONCE if name in said}
    if said.get("opened_at") is not None:
        first["opened_at"] = said["opened_at"]
    return first


def _ledger(bag: Path) -> str | None:
    """Return the digest of the ledger line that the statement names."""
    try:
        stated = json.loads((bag / "data/share.json").read_bytes())
        digest = stated["ledger"]["digest"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return digest if isinstance(digest, str) else None


def _compare(
    record: Record, home: str, ledger: str | None, sha256: str, size: int
) -> None:
    for name, noted, found in (
        ("home", record.home, home),
        ("line of the home's ledger", record.ledger or ledger, ledger),
        ("digest", record.sha256 or sha256, sha256),
        ("size", record.size, size),
    ):
        if noted != found:
            raise AgencyError(
                f"the intake received something else under this number. Its {name} is"
                f" {noted}, but the package's is {found}"
            )


def _time(text: str) -> str:
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise AgencyError(f"add a time zone, or use UTC with a Z: {text}")
        return time_text(at)
    except (ValueError, OverflowError) as err:
        raise AgencyError(f"not a time: {text}") from err
