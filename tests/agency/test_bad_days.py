"""Intakes on a bucket when the store or the database is gone, slow, full or misconfigured.

Each test ends in a clear state: a status that homes understand, a log line that names the cause,
no duplicates, and no loss of acknowledged bytes. The intakes have shorter timeouts than in
production (hurry.mjs).
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import partial
import http.client
import os
from pathlib import Path
import re
import signal
import threading

import pytest

from tests.cutting import Cutting
from tests.disks import mounted
from tests.engine.sharing.evidence import SHARE_ID
from tests.postgres import Postgres
from tests.series import each, nightly, series, steps, times
from tests.swift import Swift
from tests.waiting import block_until

from .bucket_ground import Town, digest, running
from .office import ANSWER, RECEIPT

SMALL = os.urandom(300_000)
LARGE = os.urandom(17_500_000)  # three parts
BEGUN = 9_000_000  # a part of LARGE, and some more bytes
HURRY = Path(__file__).with_name("hurry.mjs")
DAY = 86_400
OTHER = "o" * 32


class Storm:
    """Two intakes, of which the first uses proxies to the bucket and the database."""

    def __init__(
        self, folder: Path, swift: Swift, postgres: Postgres, stack: ExitStack
    ) -> None:
        """Prepare the intakes without starting them."""
        self.town = Town(folder, swift, postgres)
        self.store = stack.enter_context(Cutting(swift.port))
        self.database = stack.enter_context(Cutting(postgres.port))
        self.town.through(0, store=self.store, database=self.database)
        self.clock = folder / "clock"
        self.first, self.other = self.town.intakes
        for intake in (self.first, self.other):
            intake.environment["NODE_OPTIONS"] = f"--import={HURRY.as_uri()}"
        self.first.environment["CLOCK"] = str(self.clock)
        self.first.add_options("--metrics-port", "0")
        self._shares = 0

    def share_id(self) -> str:
        """Return a new share id."""
        self._shares += 1
        return f"{self._shares:032}"

    def health(self, path: str = "/healthz") -> tuple[int, str]:
        """Request the health or the metrics of the first intake."""
        (line,) = [line for line in self.first.said() if line.startswith("metrics on")]
        connection = http.client.HTTPConnection(
            "127.0.0.1", int(line.rpartition(":")[2]), timeout=60
        )
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def says(self, pattern: str) -> bool:
        """Return whether the first intake logged such a line; check that it logged no secret."""
        text = self.first.log.read_text()
        assert self.town.swift.secret_key not in text
        assert self.town.postgres.passfile.read_text().strip()[-20:] not in text
        return any(re.match(pattern, line) for line in self.first.said())

    def arrived(self, content: bytes, share_id: str = SHARE_ID) -> None:
        """Check that a share arrived once, with a receipt, and that nothing else is left."""
        for number in (0, 1):
            token = self.town.receipt(number, share_id)
            claims = self.town.office.opened(token, RECEIPT)
            assert claims["receipt"]["sha256"] == digest(content)
        assert self.town.content(share_id) == content
        block_until(lambda: self.row(share_id) == "finished|")
        names = [name for name in self.town.objects() if name.startswith(share_id)]
        assert len(names) == 1
        assert self.town.unnamed() == []

    def has_part(self, share_id: str) -> bool:
        """Return whether the records list a part of the share."""
        return '"tag"' in self.row(share_id)

    def row(self, share_id: str) -> str:
        """Return the state and the unfinished upload of a share."""
        rows = self.town.ask("select id, state, upload from shares")
        return next(row.partition("|")[2] for row in rows if row.startswith(share_id))


def tried[T](request: Callable[[], T]) -> T | None:
    """Make a request; return None if it ended without an answer."""
    with suppress(OSError, http.client.HTTPException):
        return request()
    return None


def at_once(*requests: Callable[[], object]) -> list[object]:
    """Make requests concurrently."""
    with ThreadPoolExecutor(len(requests)) as threads:
        return list(threads.map(tried, requests))


@pytest.fixture
def storm(tmp_path: Path, swift: Swift, postgres: Postgres) -> Iterator[Storm]:
    """Run two intakes."""
    with ExitStack() as stack:
        made = Storm(tmp_path / "town", swift, postgres, stack)
        stack.enter_context(running(made.first, made.other))
        yield made


@pytest.mark.parametrize("how", each(3, ["go_away", "freeze", "drip"]))
def test_a_store_that_is_away_frozen_or_slow(storm: Storm, how: str) -> None:
    """The intake accepts nothing during the fault, and keeps what it acknowledged."""
    town, office = storm.town, storm.town.at(0)
    assert office.create(len(LARGE)) == 201
    assert office.patch(LARGE[:BEGUN]) == 204
    getattr(storm.store, how)()
    status, known, health = at_once(
        partial(office.patch, LARGE[BEGUN:], BEGUN),
        partial(office.receipt, "0" * 32),
        storm.health,
    )
    assert status in (503, None)  # None: the client was still sending
    assert known == (404, "No receipt yet\n")
    assert isinstance(health, tuple)
    assert (health[0], health[1].partition(":")[0]) == (503, "bucket")
    block_until(partial(storm.says, f"error bucket .*{SHARE_ID}"))
    storm.store.come_back()
    found, offset = town.offset(0)
    assert found == 200
    assert offset >= BEGUN
    assert office.patch(LARGE[offset:], offset) == 204
    storm.arrived(LARGE)
    assert storm.health() == (200, "ok\n")
    assert 'doorwatch_refused_total{status="503"}' in storm.health("/metrics")[1]


@pytest.mark.parametrize("how", each(2, ["go_away", "freeze"]))
def test_a_database_that_is_away_or_frozen_for_one_of_two(
    storm: Storm, how: str
) -> None:
    """The first intake acknowledges nothing, and the other one continues the first one's upload."""
    town, office = storm.town, storm.town.at(0)
    assert office.create(len(LARGE)) == 201
    assert office.patch(LARGE[:BEGUN]) == 204
    # A request holds the lock and sends bytes when the connection breaks.
    sending = _Sending(office.intake.port, LARGE, BEGUN, SHARE_ID)
    sending.send(10_000_000)
    block_until(lambda: storm.row(SHARE_ID).count('"writers"') and _locks(town))
    getattr(storm.database, how)()
    *answers, last = at_once(
        partial(office.create, 10, OTHER),
        lambda: town.offset(0)[0],
        lambda: office.receipt()[0],
        lambda: office.withdraw(office.withdrawal(LARGE))[0],
        lambda: storm.health()[0],
        partial(sending.send_all_and_ask),
    )
    assert answers == [503] * 5
    assert last in (503, None)
    assert storm.says("error database ")
    town.finish(1, LARGE)
    storm.database.come_back()
    block_until(lambda: tried(partial(town.at(0).create, 10, OTHER)) == 201)
    storm.arrived(LARGE)


def _locks(town: Town) -> bool:
    """Return whether an intake holds a lock."""
    return town.ask(
        "select count(*) from pg_locks join pg_database on pg_database.oid = database"
        " where locktype = 'advisory' and datname = current_database()"
    ) != ["0"]


class _Sending:
    """The rest of a package, sent step by step."""

    def __init__(self, port: int, content: bytes, offset: int, share_id: str) -> None:
        self._content = content
        self._sent = offset
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._connection.putrequest("PATCH", f"/uploads/{share_id}")
        for name, value in (
            ("Tus-Resumable", "1.0.0"),
            ("Upload-Offset", str(offset)),
            ("Content-Type", "application/offset+octet-stream"),
            ("Content-Length", str(len(content) - offset)),
        ):
            self._connection.putheader(name, value)
        self._connection.endheaders()

    def send(self, until_: int) -> None:
        """Send up to this offset; the intake may have refused the request already."""
        with suppress(OSError):
            self._connection.send(self._content[self._sent : until_])
        self._sent = until_

    def send_all_and_ask(self) -> int | None:
        """Send the rest, and return the status."""
        self.send(len(self._content))
        return self.answer()

    def answer(self) -> int | None:
        """Return the status, or None without an answer."""
        try:
            answer = self._connection.getresponse()
            answer.read()
        except OSError, http.client.HTTPException:
            return None
        finally:
            self._connection.close()
        return answer.status


# The start of the request to the store, the content, and the number of lost answers out of three.
ASKED = (
    (b"PUT /", SMALL, 3),
    (b"partNumber=2", LARGE, 1),
    (b"<CompleteMultipartUpload", LARGE, 3),
    (b"?uploads", LARGE, 3),
    (b"partNumber=2", LARGE, 3),
    (b"<CompleteMultipartUpload", LARGE, 1),
)


@series
def test_a_store_that_loses_its_answer_after_it_wrote(storm: Storm) -> None:
    """The intake or the home retries, and nothing is stored twice."""
    town = storm.town
    for asked, content, lost in ASKED[: times(3)]:
        share_id, office = storm.share_id(), town.at(0)
        assert office.create(len(content), share_id) == 201
        cuts = storm.store.cuts
        storm.store.lose(asked, lost)
        status = tried(partial(office.patch, content, 0, share_id))
        assert status in ((204,) if lost == 1 else (503, None))
        assert storm.store.cuts == cuts + lost, asked
        town.finish(0, content, share_id)
        storm.arrived(content, share_id)
        storm.store.lose(f"DELETE /{town.bucket}/{share_id}".encode(), lost)
        token = office.withdrawal(content, jti=share_id)
        statuses = [town.at(0).withdraw(token)[0] for _ in range(2)]
        assert statuses == ([200, 200] if lost == 1 else [503, 200])
        assert town.objects() == {}
        assert town.unnamed() == []


# The statements that change the records, in their order.
NOTES = (
    b"insert into shares",
    b"update shares set upload = $3",
    b"update shares set upload = $4, object",
    b"update shares set sha256",
    b"insert into receipts",
    b"set state = 'finished'",
    b"insert into withdrawals",
    b"commit",
    b"set object = null",
)


@series
def test_a_database_that_loses_its_answer_after_it_committed(storm: Storm) -> None:
    """The statement is repeated, and nothing is recorded twice."""
    town = storm.town
    for asked in NOTES[:: steps(2)]:
        share_id = storm.share_id()
        office = town.at(0)
        storm.database.lose(asked)
        statuses = [office.create(len(SMALL), share_id)]
        statuses.append(office.patch(SMALL, 0, share_id))
        town.finish(0, SMALL, share_id)
        storm.arrived(SMALL, share_id)
        token = office.withdrawal(SMALL, jti=share_id)
        answers = [town.at(0).withdraw(token) for _ in range(3)]
        statuses += [status for status, _ in answers]
        assert storm.database.after_asked is None, asked
        assert set(statuses) <= {201, 204, 200, 404, 503}
        said = [
            office.opened(text, ANSWER)["answer"]
            for status, text in answers
            if status == 200
        ]
        assert said[0] == said[-1]
        assert said[0]["result"] == "deleted"
        assert town.objects() == {}
        assert storm.row(share_id).startswith("deleted|")
    assert storm.says("error database no answer")


_LOSE_LOCKS = """
select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
  and (query like '%advisory%' or query like 'listen%')
"""


def test_a_lock_that_is_lost_while_a_request_writes(storm: Storm) -> None:
    """The request continues; if another one writes meanwhile, only one of them is accepted."""
    town = storm.town
    for other_writes in (False, True):
        share_id = storm.share_id()
        assert town.at(0).create(len(LARGE), share_id) == 201
        sending = _Sending(town.intakes[0].port, LARGE, 0, share_id)
        sending.send(10_000_000)
        block_until(partial(storm.has_part, share_id))
        town.ask(_LOSE_LOCKS)
        block_until(lambda: storm.says("error database locks lost"))
        if other_writes:
            town.finish(1, LARGE, share_id)
        sending.send(len(LARGE))
        assert sending.answer() == (409 if other_writes else 204)
        storm.arrived(LARGE, share_id)


@nightly
def test_two_writers_without_any_locks(storm: Storm) -> None:
    """The records accept one object of one writer."""
    town = storm.town
    over = threading.Event()

    def lose_locks() -> None:
        while not over.wait(0.1):
            town.ask(_LOSE_LOCKS)

    share_id = storm.share_id()
    assert town.at(0).create(len(LARGE), share_id) == 201
    losing = threading.Thread(target=lose_locks)
    losing.start()
    try:
        for _ in range(2):
            sendings = [
                _Sending(each.port, LARGE, 0, share_id) for each in town.intakes
            ]
            for until_ in range(0, len(LARGE) + 1, len(LARGE) // 5):
                for sending in sendings:
                    sending.send(until_)
            assert {each.answer() for each in sendings} <= {204, 409, 423, 503, None}
    finally:
        over.set()
        losing.join()
    town.finish(1, LARGE, share_id)
    storm.arrived(LARGE, share_id)


@nightly
def test_an_intake_that_is_frozen_with_its_locks(storm: Storm) -> None:
    """Another intake takes over, and later changes by the frozen intake are rejected."""
    town = storm.town
    assert town.at(0).create(len(LARGE)) == 201
    sending = _Sending(town.intakes[0].port, LARGE, 0, SHARE_ID)
    sending.send(10_000_000)
    block_until(partial(storm.has_part, SHARE_ID))
    os.kill(storm.first.pid, signal.SIGSTOP)
    _, offset = town.offset(1)
    assert town.at(1).patch(LARGE[offset:12_000_000], offset) == 204
    os.kill(storm.first.pid, signal.SIGCONT)
    sending.send(len(LARGE))
    assert sending.answer() in (409, None)
    assert town.offset(1) == (200, 12_000_000)
    town.finish(1, LARGE)
    storm.arrived(LARGE)


def test_a_clock_that_jumps_by_a_day_and_back(storm: Storm) -> None:
    """All times come from the database, so a wrong clock at one intake has no effect."""
    town = storm.town
    storm.clock.write_text("0")
    assert town.at(0).create(len(LARGE)) == 201
    assert town.at(0).patch(LARGE[:BEGUN]) == 204
    storm.clock.write_text(str(DAY))
    assert town.at(0).create(len(SMALL), OTHER) == 201
    assert town.offset(0) == (200, BEGUN)
    assert town.at(0).patch(LARGE[BEGUN:], BEGUN) == 204
    storm.arrived(LARGE)  # checks the time of the receipt too
    (row,) = town.ask(
        "select abs(extract(epoch from now() - received_at)) < 600 from shares"
        " where received_at is not null"
    )
    assert row == "t"
    storm.clock.write_text(str(-DAY))
    status, answer = town.at(0).withdraw(town.office.withdrawal(LARGE))
    assert status == 200
    assert town.office.opened(answer, ANSWER)["answer"]["result"] == "deleted"
    assert town.ask("select count(*) from rates") in (
        ["2"],
        ["3"],
        ["4"],
    )  # of these minutes
    town.finish(0, SMALL, OTHER)
    storm.arrived(SMALL, OTHER)


@nightly
def test_a_bucket_that_fills_up_in_the_middle(storm: Storm) -> None:
    """Homes are asked to retry, and the upload continues when there is space."""
    town = storm.town
    assert town.at(0).create(len(LARGE)) == 201
    assert town.at(0).patch(LARGE[:BEGUN]) == 204
    for bucket in (town.bucket, f"{town.bucket}+segments"):
        town.swift.limit(bucket, 9_000_000)
    office = town.at(0)
    assert tried(partial(office.patch, LARGE[BEGUN:], BEGUN)) in (507, None)
    block_until(lambda: storm.says(f"error bucket .*{SHARE_ID}"))
    assert town.offset(0) == (200, BEGUN)
    for bucket in (town.bucket, f"{town.bucket}+segments"):
        town.swift.limit(bucket, None)
    block_until(lambda: tried(partial(office.patch, LARGE[BEGUN:], BEGUN)) == 204)
    storm.arrived(LARGE)


@nightly
def test_a_temporary_folder_that_is_full(
    tmp_path: Path, swift: Swift, postgres: Postgres
) -> None:
    """Homes are asked to retry; smaller packages are still accepted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    with ExitStack() as stack:
        assert stack.enter_context(mounted(disk, "2m")), "conftest.py tried it"
        storm = Storm(tmp_path / "town", swift, postgres, stack)
        storm.first.environment["TMPDIR"] = str(disk)
        stack.enter_context(running(storm.first, storm.other))
        town = storm.town
        office = town.at(0)
        assert office.create(len(LARGE)) == 201
        assert tried(partial(office.patch, LARGE)) in (507, None)
        block_until(
            lambda: storm.says(f"error temporary folder ENOSPC write .{SHARE_ID}")
        )
        assert town.offset(0) == (200, 0)
        town.at(0).upload(SMALL, OTHER)
        storm.arrived(SMALL, OTHER)
        town.finish(1, LARGE)
        storm.arrived(LARGE)


def test_credentials_that_become_wrong_and_right_again(storm: Storm) -> None:
    """Intakes need no restart, and acknowledge nothing meanwhile."""
    town = storm.town
    swift = town.swift
    assert town.at(0).create(len(SMALL)) == 201
    settings = swift.folder / "proxy.conf"
    right = settings.read_text()

    def set_to(text: str) -> None:
        settings.write_text(text)
        swift.send("proxy", signal.SIGKILL)
        swift.start_one("proxy")
        block_until(lambda: _listens(swift))

    try:
        set_to(right.replace(swift.secret_key, "another"))
        assert town.at(0).patch(SMALL) == 503
        assert storm.says(f"error bucket SignatureDoesNotMatch .*{SHARE_ID}")
    finally:
        set_to(right)
    town.finish(0, SMALL)
    storm.arrived(SMALL)


def _listens(swift: Swift) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", swift.port, timeout=5)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/healthcheck")
        return connection.getresponse().status == 200
    return False


@nightly
def test_a_password_that_becomes_wrong_and_right_again(
    tmp_path: Path, swift: Swift, postgres: Postgres
) -> None:
    """Intakes read the database's password for each connection."""
    with ExitStack() as stack:
        storm = Storm(tmp_path / "town", swift, postgres, stack)
        town = storm.town
        role = f"intake_{town.database}"
        town.ask(f"create role {role} login password 'right' in role doorwatch")
        stack.callback(town.ask, f"drop role {role}")
        passfile = Path(storm.first.environment["PGPASSFILE"])
        passfile.write_text("*:*:*:*:right\n")
        storm.first.options = [
            option.replace("//doorwatch@", f"//{role}@")
            for option in storm.first.options
        ]
        stack.enter_context(running(storm.first, storm.other))
        assert town.at(0).create(len(SMALL)) == 201
        town.ask(f"alter role {role} password 'other'")
        town.ask(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        office = town.at(0)
        block_until(lambda: tried(partial(office.patch, SMALL)) == 503)
        block_until(lambda: storm.says("error database 28P01"))
        passfile.write_text("*:*:*:*:other\n")
        assert town.at(0).patch(SMALL) == 204
        storm.arrived(SMALL)
