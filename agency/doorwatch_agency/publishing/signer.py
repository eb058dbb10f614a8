"""The online key, and what the published document allows it to sign."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric import ec

from ..errors import AgencyError
from ..signing import jws
from ..signing.keys import load_key
from .past import KEPT
from .publish import WELL_KNOWN


@dataclass(frozen=True, kw_only=True)
class Signer:
    """The online key and the published document."""

    origin: str
    retention: dict[str, object]
    key: ec.EllipticCurvePrivateKey
    # The address of the feed, and all keys that the document lists.
    requests_uri: str | None
    vouched: tuple[ec.EllipticCurvePublicKey, ...]
    document: str  # as published
    vouched_before: tuple[ec.EllipticCurvePublicKey, ...] = ()
    group: bool = False  # publishes bulletins and receives no clips

    @classmethod
    def load(cls, site: Path, online: Path) -> Self:
        """Read the key and the document.

        Raise if the document has expired or does not list the key, or if it is not
        among the documents in `published/` next to the key.
        """
        key = load_key(online)
        path = site / WELL_KNOWN
        try:
            token = path.read_text(encoding="ascii").strip()
            claims, group = jws.verify_published(token)
        except (OSError, ValueError) as err:
            raise AgencyError(f"cannot read the published document, {path}") from err
        copies = _copies(online.absolute().parent / KEPT)
        _check_published(path, token, copies)
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
            document=token,
            vouched_before=tuple(_listed_in(copies.values(), claims.get("iss"))),
            group=group,
        )

    def sign(
        self, kind: str, *, home: str, share_id: str, claims: dict[str, object]
    ) -> str:
        """Sign a document about one share for its home."""
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


def _copies(kept: Path) -> dict[Path, str]:
    """Read every kept document."""
    return {
        path: path.read_text(encoding="utf-8", errors="replace").strip()
        for path in sorted(kept.glob("*.jws"))
    }


def _listed_in(
    tokens: Iterable[str], origin: object
) -> Iterator[ec.EllipticCurvePublicKey]:
    """Yield the keys that the agency's documents list or listed."""
    for token in tokens:
        with suppress(AgencyError):
            claims, _ = jws.verify_published(token)
            if claims.get("iss") == origin:
                yield from jws.vouched(claims)


def _check_published(path: Path, token: str, copies: Mapping[Path, str]) -> None:
    """Raise if the document is not one that was published here.

    Someone who replaced it signed it with their own root key.
    """
    if copies and token not in copies.values():
        kept = next(iter(copies)).parent
        raise AgencyError(
            f"{path} is none of the documents in {kept}, so someone else may have put it"
            " there. Publish again, or copy what you published elsewhere into that folder"
        )
