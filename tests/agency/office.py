"""An agency with keys, a published document and a running intake, and a home."""

import base64
from collections.abc import Callable
from contextlib import suppress
import hashlib
import http.client
import json
from pathlib import Path
import subprocess
import time
from typing import Any
from uuid import uuid4

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.signing import jws
from agency.doorwatch_agency.signing.keys import load_key
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.agency import AgencyDocument
from custom_components.doorwatch.engine.sharing.documents.discovery import (
    WELL_KNOWN,
    read_document,
)
from custom_components.doorwatch.engine.sharing.model import Edits
from custom_components.doorwatch.engine.sharing.signing.jws import (
    DocumentKind,
    decode,
    sign,
    thumbprint,
)
from tests.engine.sharing.evidence import SHARE_ID, make_intent, make_package, new_key
from tests.intake import Intake

LEDGER = "cd" * 32
RECEIPT = "doorwatch-receipt+jwt"
ANSWER = "doorwatch-withdrawal-answer+jwt"

SETTINGS = """
origin = "{origin}"
name = "Example Police"
jurisdiction = "NL"
contact = "desk@police.example"
terms_file = "terms.txt"
retention_file = "retention.txt"
retention_days = 30
age_recipients = ["{recipient}"]
upload_endpoint = "{origin}/uploads"
receipts_uri = "{origin}/receipts"
withdrawals_uri = "{origin}/withdrawals"
"""


def days_from_now(number: int) -> int:
    """Return the time in this number of days, in the format of documents."""
    return int(time.time()) + number * 86_400


class Office:
    """What an officer of a small agency sets up, and a home that knows the agency."""

    def __init__(
        self,
        folder: Path,
        *,
        signs: bool = True,
        origin: str | None = None,
        **options: Any,
    ) -> None:
        """Create missing keys, and publish.

        `signs` gives the intake the online key. `origin` is where homes reach the agency, if not
        at the intake itself.
        """
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.identity = folder / "age-identity.txt"
        self.online = folder / "online.pem"
        root = folder / "root.pem"
        if not root.exists():
            keys = ["keys", "--root", str(root), "--online", str(self.online)]
            assert main([*keys, "--age", str(self.identity)]) == 0
        self.intake = Intake(
            folder, signing_key=self.online if signs else None, **options
        )
        self.origin = origin or self.intake.origin
        (folder / "terms.txt").write_text("Used for one case.\n")
        (folder / "retention.txt").write_text("Deleted after 30 days.\n")
        (folder / "agency.toml").write_text(
            SETTINGS.format(origin=self.origin, recipient=self.recipient)
        )
        self._publish = ["publish", str(folder / "agency.toml"), "--root", str(root)]
        self.publish()
        self.home_key = new_key()
        self.home = thumbprint(self.home_key.public_key())
        self.headers: dict[str, str] = {}  # sent with each request
        self.connect: Callable[[], http.client.HTTPConnection] = lambda: (
            http.client.HTTPConnection("127.0.0.1", self.intake.port, 60)
        )

    def publish(self, online: Path | None = None) -> None:
        """Publish with this online key."""
        more = ["--online", str(online or self.online), "--site"]
        assert main([*self._publish, *more, str(self.intake.public)]) == 0

    def restate(self, **claims: object) -> None:
        """Publish the document with changed claims, signed by the root key."""
        published = self.intake.public / ".well-known/doorwatch-agency"
        now = json.loads(decode(published.read_text().split(".")[1]))
        root = load_key(self.folder / "root.pem")
        token = sign(DocumentKind.AGENCY, now | claims, root, embed_key=True)
        published.write_text(token)
        (self.folder / "published" / "restated.jws").write_text(token)

    def document(self) -> AgencyDocument:
        """Read the published document as a home does."""
        token = (self.intake.public / WELL_KNOWN.lstrip("/")).read_text()
        url = self.origin + WELL_KNOWN
        document, _ = read_document(token, url=url, pin=None, now=time.time())
        assert isinstance(document, AgencyDocument)
        return document

    @property
    def recipient(self) -> str:
        """Return the recipient that homes encrypt to."""
        command = ["age-keygen", "-y", str(self.identity)]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=30
        )
        return done.stdout.strip()

    def call(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> tuple[int, bytes]:
        """Send a request with the office's default headers."""
        connection = self.connect()
        try:
            named = {
                name.replace("_", "-"): value
                for name, value in (self.headers | headers).items()
            }
            # The intake may answer before it has read the whole request.
            with suppress(BrokenPipeError):
                connection.request(method, path, body or None, named)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def create(self, size: int, share_id: str = SHARE_ID) -> int:
        """Create an upload."""
        metadata = {"share_id": share_id, "home": self.home, "ledger": LEDGER}
        written = ",".join(
            f"{name} {base64.b64encode(value.encode()).decode()}"
            for name, value in metadata.items()
        )
        return self.call(
            "POST",
            "/uploads",
            Tus_Resumable="1.0.0",
            Upload_Length=str(size),
            Upload_Metadata=written,
        )[0]

    def patch(self, content: bytes, offset: int = 0, share_id: str = SHARE_ID) -> int:
        """Send bytes of an upload."""
        return self.call(
            "PATCH",
            f"/uploads/{share_id}",
            content,
            Tus_Resumable="1.0.0",
            Upload_Offset=str(offset),
            Content_Type="application/offset+octet-stream",
        )[0]

    def sealed(
        self, clip: Clip, share_id: str = SHARE_ID, edits: Edits | None = None
    ) -> bytes:
        """Build a package as homes send it."""
        made = make_package(
            make_intent(clip, self.folder / "staging", edits=edits),
            self.folder / f"{share_id}-{uuid4()}.tar",
            share_id=share_id,
            key=self.home_key,
        )
        return subprocess.run(
            ["age", "-r", self.recipient],
            input=made.package.path.read_bytes(),
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout

    def upload(self, content: bytes, share_id: str = SHARE_ID) -> None:
        """Upload a whole package."""
        assert self.create(len(content), share_id) == 201
        assert self.patch(content, 0, share_id) == 204

    def receipt(self, share_id: str = SHARE_ID) -> tuple[int, str]:
        """Request the receipt."""
        status, body = self.call("GET", f"/receipts/{share_id}")
        return status, body.decode()

    def withdrawal(self, content: bytes, **changes: Any) -> str:
        """Sign a withdrawal as a home does, with changed claims."""
        claims: dict[str, object] = {
            "iss": self.home,
            "aud": self.origin,
            "jti": SHARE_ID,
            "iat": int(time.time()),
            "withdrawal": {
                "schema": "doorwatch-withdrawal/1",
                "sha256": hashlib.sha256(content).hexdigest(),
                "requested_at": "2026-11-03T17:04:09.250Z",
            },
        }
        key = changes.pop("key", self.home_key)
        typ = changes.pop("typ", DocumentKind.WITHDRAWAL)
        return sign(typ, claims | changes, key, embed_key=True)

    def withdraw(self, token: str) -> tuple[int, str]:
        """Post a withdrawal."""
        status, body = self.call(
            "POST", "/withdrawals", token.encode(), Content_Type="application/jose"
        )
        return status, body.decode()

    def opened(self, token: str, kind: str) -> dict[str, Any]:
        """Verify a token with the agency's online key, and return its claims."""
        key = load_key(self.online).public_key()
        header = json.loads(
            base64.urlsafe_b64decode(token.split(".", maxsplit=1)[0] + "==")
        )
        assert header == {"alg": "ES256", "kid": jws.thumbprint(key), "typ": kind}
        claims = jws.verify(token, kind, key)
        assert (claims["iss"], claims["aud"]) == (self.origin, self.home)
        assert abs(int(str(claims["iat"])) - time.time()) < 600
        return dict(claims)

    @property
    def package(self) -> Path:
        """Return the path of the finished package."""
        return self.intake.inbox / f"{SHARE_ID}.tar.age"
