"""The agency of a sample: publishes, opens packages, and answers."""

from contextlib import redirect_stdout
from datetime import timedelta
import io
from pathlib import Path
import tarfile

from agency.doorwatch_agency.cli import main as agency_command
from agency.doorwatch_agency.publishing.signer import Signer
from agency.doorwatch_agency.signing.age import decrypt_file
from agency.doorwatch_agency.signing.age_keys import load_identities, recipient_of
from agency.doorwatch_agency.signing.jws import RECEIPT, WITHDRAWAL_ANSWER
from custom_components.doorwatch.engine.sharing.package.package import Package
from custom_components.doorwatch.engine.sharing.signing.canonical import (
    text_digest,
    timestamp,
)

from .scene import NOW, ORIGIN, RECORDED, REQUEST, SENT, Sample

SETTINGS = """\
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
requests_uri = "{origin}/requests.jws"
"""
ASKED = """\
id = "{id}"
title = "A bicycle was stolen"
text = \"\"\"
Someone took a red bicycle.
Who saw a van?\"\"\"
case_reference = "PL1300-2026-0417"
offence = "Theft, article 310"
contact = "desk@police.example"
labels = ["person", "vehicle"]
window = [{begins}, {ends}]
until = {until}
[area]
circle = {{ latitude = 52.3731, longitude = 4.8922, radius = 300 }}
"""


def run_agency(*words: str | Path) -> None:
    """Run a command of the agency without its output."""
    told = io.StringIO()
    with redirect_stdout(told):
        code = agency_command([str(word) for word in words])
    if code:
        raise SystemExit(f"doorwatch-agency {words[0]} failed: {told.getvalue()}")


def make_agency(sample: Sample) -> None:
    """Create keys, and publish a document and a feed."""
    folder = sample.agency
    folder.mkdir()
    sample.site.mkdir()
    root, online = folder / "root.pem", folder / "online.pem"
    identity = folder / "age-identity.txt"
    run_agency("keys", "--root", root, "--online", online, "--age", identity)
    (folder / "terms.txt").write_text("Used for one case.\nNot passed on.\n")
    (folder / "retention.txt").write_text("Deleted after 30 days.\n")
    recipient = recipient_of(load_identities(identity)[0])
    settings = folder / "agency.toml"
    settings.write_text(SETTINGS.format(origin=ORIGIN, recipient=recipient))
    signing: list[str | Path] = ["--online", online, "--site", sample.site]
    run_agency("publish", settings, "--root", root, *signing)
    asked = folder / "request.toml"
    asked.write_text(
        ASKED.format(
            id=REQUEST,
            begins=(RECORDED - timedelta(hours=1)).isoformat(),
            ends=(RECORDED + timedelta(hours=1)).isoformat(),
            until=(NOW + timedelta(days=20)).isoformat(),
        )
    )
    feed: list[str | Path] = ["--feed", folder / "feed"]
    (folder / "feed").mkdir()
    run_agency("request", "new", asked, *feed)
    run_agency("feed", "publish", *feed, *signing)


def open_package(sample: Sample) -> None:
    """Decrypt and unpack the package for readers of the sample."""
    folder = sample.folder / "package"
    tar = folder / f"{SENT}.tar"
    identities = load_identities(sample.agency / "age-identity.txt")
    decrypt_file(folder / f"{SENT}.tar.age", tar, identities)
    with tarfile.open(tar) as archive:
        archive.extractall(folder, filter="data")


def answer(sample: Sample, home: str, package: Package) -> None:
    """Sign the agency's answers to the home."""
    folder = sample.folder / "answers"
    folder.mkdir()
    signer = Signer.load(sample.site, sample.agency / "online.pem")
    line = (sample.home / "ledger.jsonl").read_text().splitlines()[1]
    said: dict[str, dict[str, object]] = {
        RECEIPT: {
            "receipt": {
                "schema": "doorwatch-receipt/1",
                "sha256": package.sha256,
                "size": package.size,
                "received_at": timestamp(NOW),
                "retention": signer.retention,
                "ledger": text_digest(line),
                "opened_at": timestamp(NOW),
            }
        },
        WITHDRAWAL_ANSWER: {
            "answer": {
                "schema": "doorwatch-withdrawal-answer/1",
                "result": "deleted",
                "text": "It was deleted from our inbox.",
                "at": timestamp(NOW),
                "withdrawal_sha256": text_digest(
                    (sample.home / "withdrawal.jws").read_text()
                ),
            }
        },
    }
    for kind, name in ((RECEIPT, "receipt"), (WITHDRAWAL_ANSWER, "answer")):
        token = signer.sign(kind, home=home, share_id=SENT, claims=said[kind])
        (folder / f"{name}.jws").write_text(token)
