"""Good and bad packages, checked by both the command and the script."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
import json
from pathlib import Path
import subprocess
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
import pytest

from agency.doorwatch_agency.cli import main
from custom_components.doorwatch.engine.sharing.signing.canonical import canonical_json
from custom_components.doorwatch.engine.sharing.signing.jws import (
    DocumentKind,
    encode,
    sign_bytes,
    thumbprint,
)
from tests.age_program import desk
from tests.agency.scripts import run
from tests.engine.sharing.evidence import NOW, ORIGIN, SHARE_ID, Made

from .tarballs import read_parts, resign

TOP = f"doorwatch-{SHARE_ID}"
type Parts = dict[str, bytes]
type Change = Callable[[Parts], None]


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Good packages, and methods that make bad packages from them."""

    made: Made  # the package of `tar`
    zipped: Made
    folder: Path

    @property
    def tar(self) -> bytes:
        """Return the good tar."""
        return self.made.package.path.read_bytes()

    @property
    def zip(self) -> bytes:
        """Return the good zip."""
        return self.zipped.package.path.read_bytes()

    @property
    def parts(self) -> Parts:
        """Return the parts of the good tar."""
        return read_parts(self.made.package.path)[1]

    def resigned(
        self, edit: Change, key: ec.EllipticCurvePrivateKey | None = None
    ) -> bytes:
        """Return a changed tar, signed again by the home or by `key`."""
        target = self.folder / "resigned.tar"
        resign(self.made.package.path, target, key or self.made.key, edit)
        return target.read_bytes()

    def restated(
        self,
        edit: Callable[[dict[str, Any]], None] = lambda _: None,
        spell: Callable[[bytes], bytes] = lambda data: data,
        **claims: object,
    ) -> bytes:
        """Return a tar in which the home signs a changed statement.

        `spell` changes the bytes of the statement, including where they are signed.
        """

        def restate(parts: Parts) -> None:
            share = json.loads(parts["data/share.json"])
            edit(share)
            written = spell(canonical_json(share))
            parts["data/share.json"] = written + b"\n"
            stated: dict[str, object] = {
                "iss": thumbprint(self.made.key.public_key()),
                "aud": ORIGIN,
                "jti": SHARE_ID,
                "iat": NOW,
                "share": "@share@",
            }
            stated |= claims
            stated = {name: one for name, one in stated.items() if one is not None}
            text = canonical_json(stated).replace(b'"@share@"', written)
            parts["share.jws"] = self.signed(text)

        return self.resigned(restate)

    def signed(
        self, claims: bytes, header: Mapping[str, object] | bytes | None = None
    ) -> bytes:
        """Sign the bytes of the claims unchanged."""
        home = thumbprint(self.made.key.public_key())
        header = header or {
            "alg": "ES256",
            "kid": home,
            "typ": DocumentKind.SHARE.value,
        }
        if not isinstance(header, bytes):
            header = canonical_json(header)
        text = f"{encode(header)}.{encode(claims)}"
        return f"{text}.{encode(self.raw_signature(text.encode()))}".encode()

    def raw_signature(self, data: bytes) -> bytes:
        """Return a raw signature as in JWS: r and s, 32 bytes each."""
        der = sign_bytes(data, self.made.key)
        command = ["openssl", "asn1parse", "-inform", "DER"]
        out = subprocess.run(
            command, input=der, capture_output=True, check=True, timeout=60
        ).stdout.decode()
        numbers = [line.rpartition(":")[2].strip() for line in out.splitlines()[1:]]
        return b"".join(int(number, 16).to_bytes(32) for number in numbers)

    def claims(self) -> bytes:
        """Return the claims of the good package."""
        text = self.parts["share.jws"].split(b".")[1]
        return base64.urlsafe_b64decode(text + b"==")


def said_by_both(
    bench: Desk,
    content: bytes,
    capsys: pytest.CaptureFixture[str],
    *documents: Path,
) -> tuple[int, int, str]:
    """Return the exit codes of the command and of the script, and the output of both."""
    package, case = bench.folder / "package", bench.folder / "case"
    identity = bench.folder / "identity.txt"
    package.write_bytes(content)
    identity.write_text(desk().secret)
    at = ["--desk", str(bench.folder / "desk")]
    assert main(["desk", "new", at[1]]) == 0
    opening = ["open", str(package), str(case), "--identity", str(identity)]
    opening.append("--no-inbox")
    command = main([*opening, *at])
    if command == 0:
        (bag,) = (path for path in case.iterdir() if path.is_dir())
        more = [each for path in documents for each in ("--document", str(path))]
        command = main(["verify", str(bag), "--agency", ORIGIN, *at, *more])
    captured = capsys.readouterr()
    given = [each for path in documents for each in ("-d", path)]
    script = run("-i", identity, *given, package, ORIGIN)
    words = captured.out + captured.err + script.stdout + script.stderr
    assert "Traceback" not in words
    assert script.returncode == (1 if "REFUSED: " in script.stderr else 0), words
    return command, script.returncode, words
