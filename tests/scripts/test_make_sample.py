"""The sample for implementers is accepted by all readers."""

from fnmatch import fnmatch
import json
from pathlib import Path
import re
import subprocess
import sys
import time
from typing import Any

import pytest

from custom_components.doorwatch.engine.sharing.agency import AgencyDocument
from custom_components.doorwatch.engine.sharing.documents.discovery import (
    WELL_KNOWN,
    read_document,
)
from custom_components.doorwatch.engine.sharing.documents.receipts import read_receipt
from custom_components.doorwatch.engine.sharing.documents.withdrawals import read_answer
from custom_components.doorwatch.engine.sharing.model import Withdrawal
from custom_components.doorwatch.engine.sharing.signing.jws import decode
from scripts.make_sample import main
from scripts.sample_parts.scene import HANDED_OVER, ORIGIN, SENT
from tests.agency.officer import Officer, officer
from tests.agency.scripts import run
from tests.repository import ROOT
from tests.schemas import problems

__all__ = ["officer"]

PACKAGE = f"package/{SENT}.tar.age"
ZIP = f"handed-over/doorwatch-{HANDED_OVER}.zip"
DOCUMENT = f"site{WELL_KNOWN}"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a sample by running the script, whose start is the sample's time."""
    folder = tmp_path_factory.mktemp("sample") / "made"
    command = [sys.executable, "-m", "scripts.make_sample", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
    return folder


def claims(token: str) -> dict[str, Any]:
    """Read the claims of a document."""
    found: dict[str, Any] = json.loads(decode(token.split(".")[1]))
    return found


def read(sample: Path, name: str) -> str:
    """Read a file of the sample."""
    return (sample / name).read_text()


def test_the_script_accepts_both_packages(sample: Path) -> None:
    """The script uses only third-party tools."""
    identity = sample / "agency/age-identity.txt"
    sent = run("-i", identity, "-d", sample / DOCUMENT, sample / PACKAGE, ORIGIN)
    handed_over = run(sample / ZIP, ORIGIN)
    plain = run(sample / f"package/{SENT}.tar", ORIGIN)

    assert [sent.returncode, handed_over.returncode, plain.returncode] == [0, 0, 0]
    assert "so this request is yours" in sent.stdout
    assert "covered areas: 1." in handed_over.stdout


def test_the_command_accepts_both_packages(sample: Path, officer: Officer) -> None:
    """It recognizes the request as one of the agency."""
    more = ["--document", str(sample / DOCUMENT)]
    for package in (f"package/{SENT}.tar", ZIP):
        code, said = officer.verify(sample / package, *more)
        assert (code, "ACCEPTED" in said) == (0, True), said


def test_the_home_accepts_what_the_agency_answers(sample: Path) -> None:
    """The answer is about this share and signed by the key in the document."""
    document, _ = read_document(
        read(sample, DOCUMENT), url=ORIGIN + WELL_KNOWN, pin=None, now=time.time()
    )
    assert isinstance(document, AgencyDocument)
    asked = read(sample, "home/withdrawal.jws")
    about: dict[str, Any] = {
        "document": document,
        "home": claims(asked)["iss"],
        "share_id": SENT,
        "now": time.time(),
    }

    receipt = read_receipt(read(sample, "answers/receipt.jws"), **about)
    answer = read_answer(read(sample, "answers/answer.jws"), asked, **about)

    assert receipt.sha256 == claims(asked)["withdrawal"]["sha256"]
    assert receipt.size == (sample / PACKAGE).stat().st_size
    share = json.loads(read(sample, f"package/doorwatch-{SENT}/data/share.json"))
    assert receipt.ledger == share["ledger"]["digest"]
    assert answer.result is Withdrawal.DELETED


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        (DOCUMENT, "agency"),
        ("site/requests.jws", "requests"),
        ("answers/receipt.jws", "receipt"),
        ("answers/answer.jws", "answer"),
        ("home/withdrawal.jws", "withdrawal"),
        ("home/consent-receipt.jws", "consent-receipt"),
    ],
)
def test_jose_reads_each_document_and_the_schema_describes_it(
    sample: Path, name: str, schema: str, tmp_path: Path
) -> None:
    """The key is the one in the document, or the online key."""
    token = read(sample, name)
    header = json.loads(decode(token.split(".", maxsplit=1)[0]))
    key = header.get("jwk") or claims(read(sample, DOCUMENT))["keys"]["keys"][0]
    (tmp_path / "key.jwk").write_text(json.dumps(key))
    command = ["jose", "jws", "ver", "-i", "-", "-k", str(tmp_path / "key.jwk"), "-O-"]
    payload = subprocess.run(
        command, input=token.encode(), capture_output=True, check=True, timeout=60
    ).stdout

    assert problems(schema, json.loads(payload)) == []


def test_openssl_and_sha256sum_check_what_is_unpacked(sample: Path) -> None:
    """The two commands are those on the documentation page and on the cover sheet."""
    page = (ROOT / "docs/protocol.md").read_text()
    commands = re.findall(r"^(?:sha256sum|openssl) .*$", page, re.MULTILINE)
    folder = sample / f"package/doorwatch-{SENT}"

    assert len(commands) == 2
    for command in commands:
        subprocess.run(command.split(), cwd=folder, check=True, timeout=60)
        assert command in (folder / "data/cover-sheet.txt").read_text()
    assert problems("share", json.loads((folder / "data/share.json").read_text())) == []


def test_the_ledger_is_whole_and_holds_what_the_package_names(sample: Path) -> None:
    """A shell loop verifies the ledger."""
    share = json.loads(read(sample, f"package/doorwatch-{SENT}/data/share.json"))
    ledger = sample / "home/ledger.jsonl"
    command = [ROOT / "docs/verify-ledger.sh", ledger, share["ledger"]["digest"]]
    subprocess.run(command, check=True, timeout=60)

    for line in ledger.read_text().splitlines():
        assert problems("ledger", json.loads(line)) == []


def test_the_readme_names_each_file(sample: Path) -> None:
    """It also says that the keys are not secret."""
    text = read(sample, "README.md")
    cells = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    named = [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]
    folder = ""
    patterns = {"README.md"}
    for name in named:  # names without a folder are in the folder of the previous name
        folder = name.rpartition("/")[0] if "/" in name else folder
        whole = name if "/" in name else f"{folder}/{name}"
        patterns.add(f"{whole}*" if whole.endswith("/") else whole)

    for path in sample.rglob("*"):
        name = path.relative_to(sample).as_posix()
        if path.is_file():
            assert any(fnmatch(name, pattern) for pattern in patterns), name
    assert "for tests only" in text


def test_nothing_is_overwritten(sample: Path) -> None:
    """An existing sample is kept."""
    with pytest.raises(SystemExit, match="not empty"):
        main([str(sample)])
