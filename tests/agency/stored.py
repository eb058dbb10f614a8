"""A bucket and records as intakes leave them, and officers who work with them."""

from collections.abc import Iterator
import hashlib
import json
from pathlib import Path
import sys
from typing import Any
from uuid import uuid4

import boto3
from botocore.config import Config
import psycopg
import pytest
from pytest_socket import enable_socket

from agency.doorwatch_agency.publishing.signer import Signer
from custom_components.doorwatch.engine.sharing.signing.jws import decode
from tests.engine.sharing.evidence import ORIGIN, SHARE_ID
from tests.ports import own_port
from tests.postgres import Postgres
from tests.repository import ROOT
from tests.servers import running

from .office import LEDGER, RECEIPT, Office
from .officer import deleting, new_desk

_SCHEMA = ROOT / "agency/intake/bucket/schema.sql"
_ARRIVED = """
INSERT INTO shares
(id, home, ledger, size, sha256, received_at, state, object, receipted)
VALUES (%s, %s, %s, %s, %s, '2026-11-03T17:04:09.25Z', %s, %s, true)
"""
_ASKED = """
INSERT INTO withdrawals (id, request, request_sha256, result, says, at)
VALUES (%s, %s, %s, 'pending', '', '2026-11-04T08:00:00Z')
ON CONFLICT (id) DO UPDATE
SET request = excluded.request, request_sha256 = excluded.request_sha256
"""


class Reached:
    """An inbox in a bucket, the keys of its agency, and the options to reach it."""

    office: Office
    folder: Path
    inbox: str
    records: str
    endpoint: str

    @property
    def options(self) -> list[str]:
        """Return the options for the inbox and its connections."""
        return ["--inbox", self.inbox, *self.ways]

    @property
    def ways(self) -> list[str]:
        """Return the options for the connections to the inbox."""
        return ["--records", self.records, "--s3-endpoint", self.endpoint]

    @property
    def signing(self) -> list[str]:
        """Return the options for signing."""
        public = str(self.office.intake.public)
        return ["--online", str(self.office.online), "--site", public]


class Stored(Reached):
    """An inbox without an intake, which can also hold states that intakes end quickly."""

    def __init__(self, folder: Path, postgres: Postgres, endpoint: str) -> None:
        """Create a bucket and a database."""
        self.office = Office(folder)
        self.folder = folder
        self.postgres = postgres
        self.endpoint = endpoint
        self.database = f"inbox_{uuid4().hex}"
        postgres.ask(f"create database {self.database}")
        self.records = self.url()
        self.sql(_SCHEMA.read_text())
        self.bucket = f"inbox-{uuid4()}"
        self.inbox = f"s3://{self.bucket}/police"
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=endpoint,
            config=Config(s3={"addressing_style": "path"}),
        )
        self.client.create_bucket(Bucket=self.bucket)
        self.client.put_bucket_versioning(
            Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"}
        )

    def sql(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement as an intake does."""
        with psycopg.connect(
            self.url(), passfile=str(self.postgres.passfile), autocommit=True
        ) as connection:
            done = connection.execute(query.encode(), values or None)
            return done.fetchall() if done.description is not None else []

    def receive(
        self, content: bytes, share_id: str = SHARE_ID, *, state: str = "finished"
    ) -> str:
        """Record and store a package, and return the first receipt."""
        name = f"police/{share_id}/{uuid4()}"
        self.client.put_object(Bucket=self.bucket, Key=name, Body=content)
        digest = hashlib.sha256(content).hexdigest()
        about = (self.office.home, LEDGER, len(content), digest, state, name)
        self.sql(_ARRIVED, share_id, *about)
        receipt = {
            "schema": "doorwatch-receipt/1",
            "sha256": digest,
            "size": len(content),
            "received_at": "2026-11-03T17:04:09.250Z",
            "retention": self.signer.retention,
            "ledger": LEDGER,
            "opened_at": None,
        }
        token = self.signer.sign(
            RECEIPT,
            home=self.office.home,
            share_id=share_id,
            claims={"receipt": receipt},
        )
        self.sql("INSERT INTO receipts VALUES (%s, %s, false)", share_id, token)
        return name

    def url(self, *, password: str = "", port: int | None = None) -> str:
        """Return the URL of the records."""
        there = f"127.0.0.1:{port or self.postgres.port}"
        word = f":{password}" if password else ""
        return f"postgresql://doorwatch{word}@{there}/{self.database}"

    @property
    def password(self) -> str:
        """Return the password of the database."""
        return self.postgres.passfile.read_text().strip().rpartition(":")[2]

    @property
    def signer(self) -> Signer:
        """Return the signer with the intakes' key."""
        return Signer.load(self.office.intake.public, self.office.online)

    def ask_to_delete(self, content: bytes, share_id: str = SHARE_ID) -> str:
        """Record a withdrawal that waits for an officer."""
        token = self.office.withdrawal(content, jti=share_id)
        digest = hashlib.sha256(token.encode()).hexdigest()
        self.sql(_ASKED, share_id, token, digest)
        return digest

    def state(self, share_id: str = SHARE_ID) -> str:
        """Return the state of the share."""
        return str(self.sql("SELECT state FROM shares WHERE id = %s", share_id)[0][0])

    def token(self, table: str, share_id: str = SHARE_ID) -> str:
        """Return the receipt or the answer that the home gets."""
        query = {
            "receipts": "SELECT token FROM receipts WHERE id = %s",
            "answers": "SELECT token FROM answers WHERE id = %s",
        }[table]
        ((token,),) = self.sql(query, share_id)
        return str(token)

    def versions(self) -> list[str]:
        """Return the keys of all versions and delete markers in the bucket."""
        told = self.client.list_object_versions(Bucket=self.bucket)
        kinds = ("Versions", "DeleteMarkers")
        return [one["Key"] for kind in kinds for one in told.get(kind, ())]


class Job:
    """The commands of an officer who works on one share, at a separate desk."""

    def __init__(self, stored: Reached, name: str) -> None:
        """Create the desk."""
        self.stored = stored
        self.desk = new_desk(stored.folder / f"desk-{name}")
        self.case = stored.folder / f"case-{name}"
        self._at = ["--desk", str(self.desk), "--officer", name]

    def bag(self, share_id: str = SHARE_ID) -> str:
        """Return the folder of the opened package."""
        return str(self.case / f"doorwatch-{share_id}")

    def open(self, *more: str, share_id: str = SHARE_ID) -> list[str]:
        package = f"{self.stored.inbox}/{share_id}"
        identity = str(self.stored.office.identity)
        command = ["open", package, str(self.case), "--identity", identity]
        return [*command, *self.stored.ways, *self._at, *more]

    def verify(self, share_id: str = SHARE_ID) -> list[str]:
        command = ["verify", self.bag(share_id), "--agency", ORIGIN]
        return [*command, *self.stored.options, *self._at]

    def export(self, target: Path, share_id: str = SHARE_ID) -> list[str]:
        command = ["export", self.bag(share_id), str(target)]
        command += ["--package", f"{self.stored.inbox}/{share_id}"]
        return [*command, *self.stored.options, *self._at]

    def receipt(self, share_id: str = SHARE_ID) -> list[str]:
        command = ["receipt", self.bag(share_id), *self.stored.signing]
        return [*command, *self.stored.options, *self._at]

    def answer(
        self, result: str, text: str = "", *, share_id: str = SHARE_ID
    ) -> list[str]:
        command = ["answer", share_id, result, "--text", text, *self.stored.signing]
        return [*command, *self.stored.options, *self._at]

    def delete(self, *more: str, share_id: str = SHARE_ID) -> list[str]:
        command = ["delete", share_id, *deleting(self.desk, share_id), *self._at]
        return [*command, *(more or self.stored.options)]

    def listing(self, *more: str) -> list[str]:
        return ["list", *self.stored.options, *more]

    def withdrawals(self, *more: str) -> list[str]:
        return ["withdrawals", *self.stored.options, *more]


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run an object store."""
    enable_socket()  # session fixtures start before the test's socket fixture
    port, log = own_port(), tmp_path_factory.mktemp("moto") / "moto.log"
    program = (sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port))
    with running(port, log, *program):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def stored(
    tmp_path: Path, postgres: Postgres, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> Stored:
    """Return an inbox in a bucket, with an officer's credentials in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "officer")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the secret of the bucket")
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
    word = postgres.passfile.read_text().rpartition(":")[2]
    (tmp_path / "pgpass").write_text(f"*:*:*:doorwatch:{word}")
    (tmp_path / "pgpass").chmod(0o600)
    return Stored(tmp_path, postgres, endpoint)


def claims(token: str) -> dict[str, Any]:
    """Return the claims of a token."""
    said: dict[str, Any] = json.loads(decode(token.split(".")[1]))
    return said
