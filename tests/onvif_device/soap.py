"""SOAP requests, responses and authentication of a device."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
import hashlib
import re
import secrets
from typing import Final
from xml.sax.saxutils import escape

from lxml import etree

NAMESPACES: Final = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "wsa": "http://www.w3.org/2005/08/addressing",
    "wsnt": "http://docs.oasis-open.org/wsn/b-2",
    "wstop": "http://docs.oasis-open.org/wsn/t-1",
    "tt": "http://www.onvif.org/ver10/schema",
    "tds": "http://www.onvif.org/ver10/device/wsdl",
    "trt": "http://www.onvif.org/ver10/media/wsdl",
    "tev": "http://www.onvif.org/ver10/events/wsdl",
    "ter": "http://www.onvif.org/ver10/error",
    "tns1": "http://www.onvif.org/ver10/topics",
}
_WSSE: Final = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
)
_WSU: Final = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
)
_DECLARED: Final = " ".join(f'xmlns:{p}="{uri}"' for p, uri in NAMESPACES.items())


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A request: its name, the element with its arguments, and the login in its header."""

    operation: str
    body: etree._Element
    token: Token | None

    def text(self, name: str) -> str | None:
        """Return the text of the first element with this local name."""
        found = self.body.xpath(f".//*[local-name()='{name}']/text()")
        return str(found[0]).strip() if isinstance(found, list) and found else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A WS-Security user name token with a digest."""

    username: str
    digest: str
    nonce: bytes
    created: str

    def is_of(self, username: str, password: str) -> bool:
        """Return whether the token was made with this login."""
        made = hashlib.sha1(
            self.nonce + self.created.encode() + password.encode(),
            usedforsecurity=False,
        ).digest()
        return (
            self.username == username and base64.b64encode(made).decode() == self.digest
        )

    def age(self, now: datetime) -> float:
        """Return the age of the token in seconds by this clock."""
        return (now - datetime.fromisoformat(self.created)).total_seconds()


class Refusal(Exception):
    """A SOAP fault."""

    def __init__(self, code: str, reason: str, *, receiver: bool = False) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.side = "Receiver" if receiver else "Sender"


def read(content: bytes) -> Request:
    """Parse a request. Raises `ValueError`."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(content, parser)
        (call,) = root.xpath("/s:Envelope/s:Body/*", namespaces=NAMESPACES)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ValueError("no SOAP") from error
    return Request(operation=etree.QName(call).localname, body=call, token=_token(root))


def _token(root: etree._Element) -> Token | None:
    names = {"o": _WSSE, "u": _WSU}
    tokens = root.xpath(".//o:UsernameToken", namespaces=names)
    if not tokens:
        return None
    texts = {etree.QName(each).localname: each.text or "" for each in tokens[0]}
    if "Nonce" not in texts or "Created" not in texts:
        return None
    return Token(
        username=texts["Username"],
        digest=texts["Password"],
        nonce=base64.b64decode(texts["Nonce"]),
        created=texts["Created"],
    )


def envelope(body: str) -> str:
    """Wrap a response in an envelope."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope {_DECLARED}>'
        f"<s:Header/><s:Body>{body}</s:Body></s:Envelope>"
    )


def fault(refusal: Refusal) -> str:
    """Wrap a fault in an envelope."""
    return envelope(
        f"<s:Fault><s:Code><s:Value>s:{refusal.side}</s:Value>"
        f"<s:Subcode><s:Value>ter:{refusal.code}</s:Value></s:Subcode></s:Code>"
        f'<s:Reason><s:Text xml:lang="en">{escape(refusal.reason)}</s:Text></s:Reason>'
        "</s:Fault>"
    )


def stamp(unix: float, *, whole: bool = False) -> str:
    """Format a time as devices do."""
    return (
        datetime.fromtimestamp(unix, UTC)
        .isoformat(timespec="seconds" if whole else "milliseconds")
        .replace("+00:00", "Z")
    )


class HttpDigest:
    """HTTP digest authentication (RFC 7616) with MD5."""

    REALM: Final = "device"

    def __init__(self) -> None:
        self._nonce = secrets.token_hex(16)

    @property
    def challenge(self) -> str:
        """The challenge of a 401 response."""
        return f'Digest realm="{self.REALM}", qop="auth", nonce="{self._nonce}", algorithm=MD5'

    def takes(
        self, header: str | None, method: str, username: str, password: str
    ) -> bool:
        """Return whether an Authorization header is a valid response to the challenge."""
        if header is None or not header.startswith("Digest "):
            return False
        parts = {
            name: value or bare
            for name, value, bare in re.findall(
                r'(\w+)=(?:"([^"]*)"|([^\s,]+))', header
            )
        }
        if parts.get("username") != username or parts.get("nonce") != self._nonce:
            return False
        ha1 = _md5(f"{username}:{self.REALM}:{password}")
        ha2 = _md5(f"{method}:{parts['uri']}")
        wanted = _md5(
            f"{ha1}:{self._nonce}:{parts['nc']}:{parts['cnonce']}:{parts['qop']}:{ha2}"
        )
        return parts.get("response") == wanted


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
