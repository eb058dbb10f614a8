"""An agency's desk whose signed receipts and answers tests choose."""

import asyncio
from collections.abc import Mapping
import hashlib
import json

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec

from custom_components.doorwatch.engine.sharing.agency import AgencyDocument
from custom_components.doorwatch.engine.sharing.ledger.ledger import LedgerLine
from custom_components.doorwatch.engine.sharing.signing.canonical import (
    text_digest,
    timestamp,
)
from custom_components.doorwatch.engine.sharing.signing.jws import (
    DocumentKind,
    decode,
    jwk_of,
    sign,
)

from .parts import make_document
from .tus_server import Server

ISSUER = "https://agency.example"
RECEIVED = 1_800_005_000.25


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a new online key."""
    return ec.generate_private_key(ec.SECP256R1())


class Desk:
    """A desk that takes uploads with `tus` and answers as it is told."""

    def __init__(self) -> None:
        self.tus = Server()
        self.key = new_key()
        self.receipts: dict[str, str] = {}
        self.asked: list[str] = []
        self.status: dict[str, int] = {}  # by method
        self.posted: list[str] = []
        # The result of a withdrawal, or None to answer 202.
        self.answer_with: str | None = None
        self.words = ""
        self.root = ""
        self.hold: asyncio.Event | None = None

    def document(self, **changes: object) -> AgencyDocument:
        """Return the agency's document."""
        options: dict[str, object] = {
            "keys": (jwk_of(self.key.public_key()),),
            "receipts_uri": f"{self.root}/receipts",
            "withdrawals_uri": f"{self.root}/withdrawals",
        }
        return make_document(self.tus.endpoint, **(options | changes))  # type: ignore[arg-type] # by name

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Handle a request."""
        if request.path.startswith("/receipts/"):
            share_id = request.path.removeprefix("/receipts/")
            self.asked.append(share_id)
            if self.hold is not None:
                await self.hold.wait()
            if status := self.status.get("GET"):
                return web.Response(status=status)
            if (token := self.receipts.get(share_id)) is None:
                return web.Response(status=404)
            return web.Response(text=token)
        if request.path == "/withdrawals":
            assert request.content_type == "application/jose"
            self.posted.append(await request.text())
            if status := self.status.get("POST"):
                return web.Response(status=status)
            if self.answer_with is None:
                return web.Response(status=202)
            return web.Response(text=self.decide(self.posted[-1]))
        return await self.tus.answer(request)

    def home_of(self, share_id: str) -> str:
        """Return the home that sent a share."""
        (home,) = (
            one["home"] for one in self.tus.metadata if one["share_id"] == share_id
        )
        return home

    def receipt(
        self,
        sent: LedgerLine,
        *,
        key: ec.EllipticCurvePrivateKey | None = None,
        claims: Mapping[str, object] | None = None,
        kind: DocumentKind = DocumentKind.RECEIPT,
        **changes: object,
    ) -> str:
        """Return a receipt that matches the "sent" line of the home's ledger."""
        share_id = str(sent.data["share_id"])
        retention = "30 days"
        receipt: dict[str, object] = {
            "schema": "doorwatch-receipt/1",
            "sha256": sent.data["sha256"],
            "size": sent.data["size"],
            "received_at": timestamp(RECEIVED),
            "retention": {
                "text": retention,
                "days": 30,
                "digest": text_digest(retention),
            },
            "ledger": next(
                one["ledger"]
                for one in self.tus.metadata
                if one["share_id"] == share_id
            ),
            "opened_at": None,
        }
        everything: dict[str, object] = {
            "iss": ISSUER,
            "aud": self.home_of(share_id),
            "jti": share_id,
            "iat": int(RECEIVED),
            "receipt": receipt | changes,
        }
        return sign(kind, everything | dict(claims or {}), key or self.key)

    def decide(self, request: str, **changes: object) -> str:
        """Return the answer to a withdrawal."""
        claims = json.loads(decode(request.split(".")[1]))
        answer: dict[str, object] = {
            "schema": "doorwatch-withdrawal-answer/1",
            "result": self.answer_with,
            "text": self.words,
            "at": timestamp(RECEIVED),
            "withdrawal_sha256": hashlib.sha256(request.encode()).hexdigest(),
        }
        return sign(
            DocumentKind.WITHDRAWAL_ANSWER,
            {
                "iss": ISSUER,
                "aud": claims["iss"],
                "jti": claims["jti"],
                "iat": int(RECEIVED),
                "answer": answer | changes,
            },
            self.key,
        )
