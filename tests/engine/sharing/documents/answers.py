"""Documents that an agency signs about a share, for tests."""

import hashlib

from custom_components.doorwatch.engine.sharing.signing.canonical import timestamp
from custom_components.doorwatch.engine.sharing.signing.jws import (
    DocumentKind,
    jwk_of,
    thumbprint,
)
from tests.engine.sharing.evidence import NOW, new_key
from tests.engine.sharing.outbox.desk import ISSUER
from tests.engine.sharing.outbox.parts import make_document

KEY = new_key()


HOME = thumbprint(new_key().public_key())


SHARE = "5eed" * 8
REQUEST = "the request that was posted"
DOCUMENT = make_document(f"{ISSUER}/uploads", keys=(jwk_of(KEY.public_key()),))


ANSWER_CLAIMS: dict[str, object] = {
    "iss": ISSUER,
    "aud": HOME,
    "jti": SHARE,
    "iat": NOW,
    "answer": {
        "schema": "doorwatch-withdrawal-answer/1",
        "result": "refused",
        "text": "It is needed in court.\nAsk again in May.",
        "at": timestamp(NOW),
        "withdrawal_sha256": hashlib.sha256(REQUEST.encode()).hexdigest(),
    },
}


ONLINE = thumbprint(KEY.public_key())


def header_of(kind: DocumentKind) -> dict[str, object]:
    """Return a valid header."""
    return {"alg": "ES256", "typ": kind.value, "kid": ONLINE}
