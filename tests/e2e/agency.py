"""A demo agency: keys, a published document and a running intake, all on loopback."""

import os
from pathlib import Path
import secrets
import subprocess
import sys
from typing import Literal

from tests.intake import Intake
from tests.repository import ROOT

REPOSITORY = ROOT
VERIFY = REPOSITORY / "agency" / "verify.sh"

SETTINGS = """\
origin = "{origin}"
name = "Demo Agency"
jurisdiction = "Nowhere: this is a demo"
contact = "demo@agency.invalid"
terms_file = "terms.txt"
retention_file = "retention.txt"
retention_days = 30
upload_endpoint = "{endpoint}"
upload_code_required = true
age_recipients = ["{recipient}"]
receipts_uri = "{origin}/receipts"
withdrawals_uri = "{origin}/withdrawals"
"""
GROUP = """\
kind = "group"
origin = "{origin}"
name = "Elm Street neighbors"
jurisdiction = "Elm Street and Oak Lane"
contact = "block@elm-street.invalid"
requests_uri = "{origin}/requests.jws"
"""
TERMS = """\
Clips are used only for the case they were given for.
They are not passed on without a court order.
"""
RETENTION = "Clips are deleted 30 days after the case is closed.\n"


class DemoAgency:
    """A small agency as its officer would set it up."""

    def __init__(
        self, folder: Path, *, port: int | None = None, settings: str = SETTINGS
    ) -> None:
        """Create missing keys and the upload code, and publish."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        code = folder / "upload-code"
        if not code.exists():
            code.touch(mode=0o600)
            code.write_text(secrets.token_urlsafe(12))
        self.upload_code = code.read_text()
        root, online = folder / "keys" / "root.pem", folder / "keys" / "online.pem"
        self.intake = Intake(folder, upload_code=self.upload_code, signing_key=online)
        if port is not None:
            self.intake.port = port
        (folder / "terms.txt").write_text(TERMS)
        (folder / "retention.txt").write_text(RETENTION)
        root.parent.mkdir(mode=0o700, exist_ok=True)
        self.identity = root.with_name("age-identity.txt")
        printed = _agency(
            *("keys", "--root", str(root), "--online", str(online)),
            *("--age", str(self.identity)),
        )
        # Two leading spaces mark the lines of the fingerprint and the recipient.
        self.fingerprint, recipient = (
            line.strip() for line in printed.splitlines() if line.startswith("  ")
        )
        (folder / "agency.toml").write_text(
            settings.format(
                origin=self.origin, endpoint=self.intake.endpoint, recipient=recipient
            )
        )
        self._publish()

    def _publish(self) -> None:
        keys = self.folder / "keys"
        _agency(
            "publish",
            str(self.folder / "agency.toml"),
            *("--root", str(keys / "root.pem"), "--online", str(keys / "online.pem")),
            *("--site", str(self.intake.public)),
        )

    def ask(self, kind: Literal["request", "bulletin"], told: str) -> None:
        """Publish a request or bulletin written in TOML, with the index of all of them."""
        settings = self.folder / "agency.toml"
        if "requests_uri" not in settings.read_text():
            address = f'requests_uri = "{self.origin}/requests.jws"\n'
            settings.write_text(address + settings.read_text())
            self._publish()
        asked = self.folder / f"{kind}.toml"
        asked.write_text(told)
        history = ("--feed", str(self.folder))
        _agency(kind, "new", *history, str(asked))
        online = str(self.folder / "keys" / "online.pem")
        site = str(self.intake.public)
        _agency("feed", "publish", *history, "--online", online, "--site", site)

    @property
    def document(self) -> Path:
        """The path of the agency's signed document."""
        return self.intake.public / ".well-known" / "doorwatch-agency"

    @property
    def origin(self) -> str:
        """The origin at which homes access the agency."""
        return self.intake.origin

    @property
    def last_group(self) -> str:
        """The last group of the fingerprint, which the user enters after comparing."""
        return self.fingerprint.split()[-1]

    def decrypt(self, package: Path, target: Path) -> Path:
        """Decrypt a package with age."""
        command = ["age", "-d", "-i", str(self.identity), "-o", str(target)]
        subprocess.run([*command, str(package)], check=True, timeout=60)
        return target

    def verify(
        self, package: Path, *fingerprint: str
    ) -> subprocess.CompletedProcess[str]:
        """Verify a package with third-party tools."""
        command = [str(VERIFY), "-i", str(self.identity), "-d", str(self.document)]
        command += [str(package), self.origin]
        return subprocess.run(
            [*command, *fingerprint],
            env=os.environ | {"BAGIT": f"{sys.executable} -m bagit"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def _agency(*arguments: str) -> str:
    """Run the agency's command."""
    done = subprocess.run(
        [sys.executable, "-m", "doorwatch_agency", *arguments],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY / "agency")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout
