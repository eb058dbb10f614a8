"""Several intakes of an agency on an object store, and a home that knows the agency."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
import hashlib
import http.client
import os
from pathlib import Path
import secrets
import subprocess
from typing import Any

from tests import waiting
from tests.cutting import Cutting
from tests.engine.sharing.evidence import SHARE_ID
from tests.intake import Intake
from tests.postgres import Postgres
from tests.repository import ROOT
from tests.swift import Swift

from .office import Office

MAIN = ROOT / "agency/intake/src/main.js"
BUCKET = ROOT / "agency/intake/bucket/package.json"
HOOK = Path(__file__).with_name("kill_at_store.mjs")


class Town:
    """An office whose intakes share a bucket and a database, used by no other test."""

    def __init__(
        self,
        folder: Path,
        swift: Swift,
        postgres: Postgres,
        *,
        intakes: int = 2,
        origin: str | None = None,
        **bucket: Any,
    ) -> None:
        """Create the bucket, the database and the intakes without starting the intakes."""
        self.swift = swift
        self.postgres = postgres
        self.bucket = f"inbox-{secrets.token_hex(4)}"
        swift.make_bucket(self.bucket, **bucket)
        self.database = self.bucket.replace("-", "_")
        template = _template(postgres)
        postgres.ask(f"create database {self.database} template {template}")
        self.url = _url(postgres, self.database)
        self.environment = swift.environment | postgres.environment
        self.office = Office(folder, origin=origin)
        self.intakes = [self.office.intake]
        for number in range(1, intakes):
            intake = Intake(folder / str(number), signing_key=self.office.online)
            intake.public = self.office.intake.public
            self.intakes.append(intake)
        for intake in self.intakes:
            intake.address = f"s3://{self.bucket}"
            intake.environment = dict(self.environment)
            intake.add_options("--s3-endpoint", swift.endpoint, "--records", self.url)

    def through(self, number: int, *, store: Cutting, database: Cutting) -> None:
        """Connect an intake to the bucket and the database through proxies that can fail."""
        intake = self.intakes[number]
        user, _, name = self.url.partition(f":{self.postgres.port}/")
        at = {
            self.swift.endpoint: f"http://127.0.0.1:{store.port}",
            self.url: f"{user}:{database.port}/{name}",
        }
        intake.options = [at.get(option, option) for option in intake.options]
        passfile = intake.public.parent / f"pgpass-{number}"
        word = self.postgres.passfile.read_text().strip().rpartition(":")[2]
        passfile.touch(0o600)
        passfile.write_text(f"*:*:*:*:{word}\n")
        intake.environment["PGPASSFILE"] = str(passfile)

    def prepare(self) -> str:
        """Create the tables."""
        return _prepare(self.url, self.environment)

    def at(self, number: int) -> Office:
        """Return the office as the home reaches it through this intake."""
        port = self.intakes[number].port
        self.office.connect = lambda: http.client.HTTPConnection("127.0.0.1", port, 60)
        return self.office

    def offset(self, number: int, share_id: str = SHARE_ID) -> tuple[int, int]:
        """Ask an intake how many bytes have arrived."""
        port = self.intakes[number].port
        connection = http.client.HTTPConnection("127.0.0.1", port, 60)
        connection.request(
            "HEAD",
            f"/uploads/{share_id}",
            headers={"Tus-Resumable": "1.0.0"} | self.office.headers,
        )
        response = connection.getresponse()
        response.read()
        connection.close()
        return response.status, int(response.headers.get("Upload-Offset", -1))

    def ask(self, statement: str) -> list[str]:
        """Query the database of these intakes."""
        return self.postgres.ask(statement, self.database)

    def objects(self) -> dict[str, int]:
        """Return the objects in the bucket without their segments."""
        return self.swift.objects(self.bucket)

    def empty(self) -> None:
        """Delete everything that homes sent."""
        self.ask("truncate shares, rates cascade")
        self.swift.empty(self.bucket)

    def unnamed(self) -> list[str]:
        """Return the segments in the bucket that belong to no object."""
        named = {
            part
            for name in self.objects()
            for part in self.swift.parts(self.bucket, name)
        }
        return sorted(self.swift.objects(f"{self.bucket}+segments").keys() - named)

    def content(self, share_id: str = SHARE_ID) -> bytes:
        """Return the package that the records name."""
        rows = self.ask("select id, object from shares")
        (name,) = [
            name
            for row in rows
            for id_, _, name in [row.partition("|")]
            if id_ == share_id
        ]
        return self.swift.read(self.bucket, name)

    def finish(self, number: int, content: bytes, share_id: str = SHARE_ID) -> None:
        """Send the rest of a package as a home does, and retry after errors.

        Fail if an intake asks again for bytes that an intake has acknowledged.
        """
        reached = 0

        def arrived() -> bool:
            nonlocal reached
            try:
                status, offset = self.offset(number, share_id)
                if status == 200:
                    assert offset >= reached
                    reached = offset
                if status == 404:
                    self.at(number).create(len(content), share_id)
                elif status == 200 and offset == len(content):
                    return True
                elif status == 200:
                    self.at(number).patch(content[offset:], offset, share_id)
            except OSError, http.client.HTTPException:
                pass
            return False

        waiting.block_until(arrived, "the package", 120)

    def receipt(self, number: int, share_id: str = SHARE_ID) -> str:
        """Wait for the receipt, which a worker may still be making."""

        def made() -> str | None:
            status, token = self.at(number).receipt(share_id)
            assert status in (200, 404), status
            return token if status == 200 else None

        return waiting.block_until(made, "the receipt")


def _url(postgres: Postgres, database: str) -> str:
    return f"{postgres.url.rpartition('/')[0]}/{database}"


def _prepare(url: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        ["node", str(MAIN), "--prepare-records", "--records", url],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=os.environ | environment,
    )
    return done.stdout


@cache
def _template(postgres: Postgres) -> str:
    """Create a database with the tables, which the tests copy."""
    name = "prepared"
    postgres.ask(f"create database {name}")
    assert _prepare(_url(postgres, name), postgres.environment) == "tables made\n"
    return name


def doom(intake: Intake, folder: Path) -> Path:
    """Make an intake exit at the step that a file in the returned folder names."""
    armed = folder / "armed"
    armed.mkdir()
    (folder / "armed.done").mkdir()
    intake.environment |= {
        "NODE_OPTIONS": f"--import={HOOK.as_uri()}",
        "ARMED": str(armed),
        "BUCKET": str(BUCKET),
    }
    return armed


def digest(content: bytes) -> str:
    """Return the digest that a receipt must hold."""
    return hashlib.sha256(content).hexdigest()


@contextmanager
def running(*intakes: Intake) -> Iterator[None]:
    """Run the intakes, and stop them at the end."""
    try:
        for intake in intakes:
            intake.start()
        yield
    finally:
        for intake in intakes:
            intake.kill()
