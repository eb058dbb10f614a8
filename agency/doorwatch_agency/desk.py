"""What stands between the officer and the intake: its folders, and the published document."""

from dataclasses import dataclass
from datetime import UTC, datetime
import json
from pathlib import Path
import re
from typing import Self

from cryptography.hazmat.primitives.asymmetric import ec

from . import jws
from .errors import AgencyError
from .publish import WELL_KNOWN

SHARE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Signer:
    """The online key, and what the published document says of the agency."""

    origin: str
    retention: dict[str, object]
    key: ec.EllipticCurvePrivateKey
    # Where the document says that the feed is, and all keys that it vouches for.
    requests_uri: str | None
    vouched: tuple[ec.EllipticCurvePublicKey, ...]
    group: bool = False  # tells things, and takes no clips

    @classmethod
    def load(cls, site: Path, key: ec.EllipticCurvePrivateKey) -> Self:
        """Read the document; refuse one that has ended, and a key that it does not name."""
        path = site / WELL_KNOWN
        try:
            token = path.read_text(encoding="ascii").strip()
            claims, group = jws.verify_published(token)
        except (OSError, ValueError) as err:
            raise AgencyError(f"cannot read the published document, {path}") from err
        if jws.has_ended(claims, datetime.now(UTC).timestamp()):
            raise AgencyError(
                f"{path} has expired. Publish it again, since homes do not accept"
                " expired documents"
            )
        listed = claims.get("keys")
        keys = listed.get("keys") if isinstance(listed, dict) else None
        keys = keys if isinstance(keys, list) else []
        if jws.jwk(key.public_key()) not in keys:
            raise AgencyError(
                f"{path} does not vouch for this online key, so homes would not trust"
                " it"
            )
        retention = {} if group else claims.get("retention")
        if not isinstance(retention, dict):
            raise AgencyError(f"{path} does not say how long recordings are kept")
        requests_uri = claims.get("requests_uri")
        return cls(
            origin=str(claims["iss"]),
            retention=retention,
            key=key,
            requests_uri=requests_uri if isinstance(requests_uri, str) else None,
            vouched=tuple(jws.vouched(claims)),
            group=group,
        )

    def sign(
        self, kind: str, *, home: str, share_id: str, claims: dict[str, object]
    ) -> str:
        """Sign something about one share, for its home."""
        if self.group:
            raise AgencyError(
                "a group receives no clips, so there is none to sign anything about"
            )
        about = {
            "iss": self.origin,
            "aud": home,
            "jti": share_id,
            "iat": int(datetime.now(UTC).timestamp()),
        }
        return jws.sign(kind, about | claims, self.key)


@dataclass(frozen=True, kw_only=True)
class Record:
    """What the intake noted of a share."""

    home: str
    ledger: str | None
    size: int
    sha256: str | None
    received_at: str | None


class Inbox:
    """The folders of the intake, as the officer's command uses them."""

    def __init__(self, folder: Path) -> None:
        """Look into INBOX; it must be there."""
        if not (folder / ".incoming").is_dir():
            raise AgencyError(f"{folder} is not an intake's inbox")
        self.receipts = folder / ".receipts"
        self.withdrawals = folder / ".withdrawals"
        self._records = folder / ".incoming"
        self._folder = folder

    def package(self, share_id: str) -> Path:
        """Return where a package lies until somebody takes it away."""
        return self._folder / f"{share_id}.tar.age"

    def record(self, share_id: str) -> Record | None:
        """Read what the intake noted of a share; None when it does not know it."""
        noted = read_json(self._records / f"{share_id}.json")
        if noted is None:
            return None
        metadata, size = noted.get("metadata"), noted.get("size")
        if not isinstance(metadata, dict) or not isinstance(size, int):
            raise AgencyError(f"the intake's record of {share_id} cannot be read")
        ledger = metadata.get("ledger")
        return Record(
            home=str(metadata.get("home")),
            ledger=None if ledger is None else str(ledger),
            size=size,
            sha256=_text(noted, "sha256"),
            received_at=_text(noted, "received_at"),
        )


def read_json(path: Path) -> dict[str, object] | None:
    """Read an object that the intake wrote; None when there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as err:
        raise AgencyError(f"cannot read {path}") from err
    if not isinstance(content, dict):
        raise AgencyError(f"{path} is not a record")
    return content


def _text(noted: dict[str, object], name: str) -> str | None:
    value = noted.get(name)
    return value if isinstance(value, str) else None
