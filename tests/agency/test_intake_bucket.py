"""Several intakes on an object store and a database: each can continue the others' uploads."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
import http.client
import json
import os
from pathlib import Path
import subprocess

import psycopg
import pytest
import pytest_socket

from tests.engine.sharing.evidence import SHARE_ID
from tests.postgres import Postgres
from tests.series import each, series, times
from tests.swift import Swift
from tests.waiting import block_until

from .bucket_ground import BUCKET, HOOK, MAIN, Town, digest, doom, running
from .office import ANSWER, RECEIPT
from .several import s3

SMALL = os.urandom(300_000)
LARGE = os.urandom(17_500_000)  # three parts
OTHER = "o" * 32
# The numbers count a request's calls to the bucket and the database. Ordinary runs use only the
# points that differ most.
KILLS: tuple[str, ...] = ("4+", "14+", "21+")
WITHDRAWAL_KILLS: tuple[str, ...] = ("12+", "15+")
if times(1) > 1:
    KILLS = tuple(f"{n}{after}" for n in range(1, 25) for after in ("", "+"))
    WITHDRAWAL_KILLS = tuple(f"{n}+" for n in range(1, 20))


@pytest.fixture
def town(tmp_path: Path, swift: Swift, postgres: Postgres) -> Town:
    """Return two intakes without starting them."""
    return Town(tmp_path / "town", swift, postgres)


@pytest.fixture(scope="module")
def both_run(
    tmp_path_factory: pytest.TempPathFactory, swift: Swift, postgres: Postgres
) -> Iterator[Town]:
    """Run two intakes."""
    pytest_socket.enable_socket()
    town = Town(tmp_path_factory.mktemp("town") / "town", swift, postgres)
    with running(*town.intakes):
        yield town


@pytest.fixture
def at_work(both_run: Town) -> Town:
    """Return two running intakes with an empty inbox."""
    both_run.empty()
    return both_run


def _says(town: Town, number: int, content: bytes, share_id: str = SHARE_ID) -> None:
    """Check the receipt from an intake, and its package."""
    token = town.receipt(number, share_id)
    claims = town.office.opened(token, RECEIPT)["receipt"]
    assert claims["sha256"] == digest(content)
    assert claims["size"] == len(content)
    assert town.content(share_id) == content


def test_what_is_noted_is_on_the_disk_whatever_is_set(town: Town) -> None:
    """Commits reach the disk even if the database's settings say otherwise."""
    town.ask(f"alter database {town.database} set synchronous_commit = off")
    town.ask(
        "create table seen (how text);"
        "create function see() returns trigger language plpgsql as $$ begin"
        " insert into seen values (current_setting('synchronous_commit'));"
        " return new; end $$;"
        "create trigger see after insert or update on shares"
        " for each row execute function see()"
    )
    with running(town.intakes[0]):
        town.at(0).upload(SMALL)
    assert town.ask("select distinct how from seen") == ["on"]


def test_a_small_package_is_one_object(at_work: Town) -> None:
    """Both intakes give the receipt, and nothing else is left in the bucket."""
    town = at_work
    town.at(0).upload(SMALL)
    _says(town, 0, SMALL)
    assert town.receipt(1) == town.receipt(0)
    assert town.offset(1) == (200, len(SMALL))
    assert town.at(1).create(len(SMALL)) == 201
    assert town.at(1).create(len(SMALL) + 1) == 409
    assert list(town.objects().values()) == [len(SMALL)]
    assert town.ask("select state, upload from shares") == ["finished|"]


def test_what_one_began_another_finishes(town: Town) -> None:
    """The first intake is killed in the middle of a part; acknowledged bytes are kept."""
    with running(*town.intakes):
        assert town.at(0).create(len(LARGE)) == 201
        assert town.at(0).patch(LARGE[:10_000_000]) == 204
        town.intakes[0].kill()
        assert town.offset(1) == (200, 10_000_000)
        assert town.at(1).patch(LARGE[10_000_000:12_000_000], 10_000_000) == 204
        town.intakes[0].start()
        town.intakes[1].kill()
        assert town.offset(0) == (200, 12_000_000)
        assert town.at(0).patch(LARGE[12_000_000:], 12_000_000) == 204
        _says(town, 0, LARGE)
    assert list(town.objects().values()) == [len(LARGE)]
    assert town.ask("select state, upload from shares") == ["finished|"]


def test_a_package_that_came_in_many_requests_is_answered_at_once(town: Town) -> None:
    """The objects that the requests left are removed later, without delaying the receipt."""
    with running(town.intakes[0]):
        assert town.at(0).create(len(SMALL)) == 201
        for offset in range(10):
            assert town.at(0).patch(SMALL[offset : offset + 1], offset) == 204
        assert town.at(0).patch(SMALL[10:], 10) == 204
        assert town.ask("select state, upload is null from shares") == ["finished|f"]
        _says(town, 0, SMALL)
    with running(town.intakes[1]):
        block_until(lambda: town.ask("select upload is null from shares") == ["t"])
    assert list(town.objects().values()) == [len(SMALL)]


def test_no_number_of_requests_makes_a_note_long(town: Town) -> None:
    """The list of writers is shortened by removing the objects of the oldest ones."""
    with running(town.intakes[0]):
        assert town.at(0).create(len(SMALL)) == 201
        assert town.at(0).patch(SMALL[:1]) == 204
        town.ask(
            "update shares set upload = jsonb_set(upload, '{writers}', (select"
            " jsonb_agg(n::text) from generate_series(101, 199) n) || (upload->'writers'))"
        )
        left = f"/{town.bucket}/{SHARE_ID}/101.tail"
        assert s3(town.swift, left, SMALL[:1])[0] == 200
        assert town.at(0).patch(SMALL[1:2], 1) == 204
        about = "jsonb_array_length(upload->'writers'), upload->'writers'->>0"
        assert town.ask(f"select {about} from shares") == ["100|102"]  # noqa: S608 - constants
        assert len(town.objects()) == 1
        assert town.at(0).patch(SMALL[2:], 2) == 204
        _says(town, 0, SMALL)


def test_two_writers_never_mix_what_they_send(at_work: Town) -> None:
    """Both writers send the whole package at once, several times."""
    town = at_work
    with ThreadPoolExecutor(2) as threads:
        assert town.at(0).create(len(LARGE)) == 201
        list(threads.map(lambda number: _send(town, number), (0, 1)))
        _says(town, 1, LARGE)
    assert list(town.objects().values()) == [len(LARGE)]


def _send(town: Town, number: int) -> None:
    """Send the whole package through one intake, in a separate connection."""
    while True:
        status, offset = town.offset(number)
        if status == 200 and offset == len(LARGE):
            return
        connection = http.client.HTTPConnection(
            "127.0.0.1", town.intakes[number].port, 120
        )
        with suppress(OSError, http.client.HTTPException):
            connection.request(
                "PATCH",
                f"/uploads/{SHARE_ID}",
                LARGE[offset:],
                {
                    "Tus-Resumable": "1.0.0",
                    "Upload-Offset": str(offset),
                    "Content-Type": "application/offset+octet-stream",
                },
            )
            connection.getresponse().read()
        connection.close()


def test_a_withdrawal_deletes_the_package_and_is_answered_alike(
    tmp_path: Path, swift: Swift, postgres: Postgres
) -> None:
    """Any intake deletes all versions in the bucket, and gives the same answer."""
    town = Town(tmp_path / "town", swift, postgres, versions="enabled")
    with running(*town.intakes):
        town.at(0).upload(LARGE)
        town.receipt(0)
        token = town.office.withdrawal(LARGE)
        answers = []
        for number in (1, 0):
            status, answer = town.at(number).withdraw(token)
            assert status == 200
            answers.append(town.office.opened(answer, ANSWER)["answer"])
        assert answers[0] == answers[1]
        assert answers[0]["result"] == "deleted"
    assert town.objects() == {}
    assert town.unnamed() == []
    assert town.ask("select state, object from shares") == ["deleted|"]


def test_a_withdrawal_deletes_what_killed_requests_left(town: Town) -> None:
    """The leftovers hold bytes of the package, so they are deleted before the home is told."""
    with running(town.intakes[0]):
        assert town.at(0).create(len(SMALL)) == 201
        for offset in range(10):
            assert town.at(0).patch(SMALL[offset : offset + 1], offset) == 204
        (writer,) = town.ask("select upload->'writers'->>3 from shares")
        left = f"/{town.bucket}/{SHARE_ID}/{writer}.tail"
        assert s3(town.swift, left, SMALL[:4])[0] == 200
        assert town.at(0).patch(SMALL[10:], 10) == 204
        assert town.at(0).withdraw(town.office.withdrawal(SMALL))[0] == 200
        assert town.objects() == {}
    assert town.ask("select state, upload is null from shares") == ["deleted|t"]


def test_what_is_called_deleted_is_not_there(at_work: Town) -> None:
    """Someone with access to the records may mark a share as deleted.

    The intake still deletes its objects.
    """
    town = at_work
    town.at(0).upload(LARGE)
    town.receipt(0)
    town.ask("update shares set state = 'deleted', object = null")
    status, answer = town.at(1).withdraw(town.office.withdrawal(LARGE))
    assert status == 200
    assert town.office.opened(answer, ANSWER)["answer"]["result"] == "deleted"
    assert town.objects() == {}
    assert town.unnamed() == []


def test_a_package_that_an_officer_took_waits_for_the_officer(at_work: Town) -> None:
    """The intake does not delete the package."""
    town = at_work
    town.at(0).upload(SMALL)
    town.ask("update shares set state = 'taken'")
    status, answer = town.at(1).withdraw(town.office.withdrawal(SMALL))
    assert status == 200
    assert town.office.opened(answer, ANSWER)["answer"]["result"] == "pending"
    assert len(town.objects()) == 1


_CLAIM = """
const { PostgresRecords } = await import(process.argv[1]);
const records = new PostgresRecords({ url: process.argv[2] });
console.log(await records.claim(process.argv[3]));
await records.close();
"""


def test_an_intake_takes_only_what_no_officer_decided_on(town: Town) -> None:
    """An officer may decide while the intake claims the share."""
    postgres = MAIN.parents[1] / "bucket/postgres.js"
    town.ask(
        "insert into shares (id, home, size, state) select id, '', 1, 'finished'"
        " from unnest(array['waits', 'opened', 'answered', 'answered later']) id;"
        " insert into receipts values ('waits', '', false), ('opened', '', true);"
        " insert into answers values ('answered', '', '')"
    )
    passfile = str(town.postgres.passfile)
    with psycopg.connect(town.url, passfile=passfile) as officer:
        # The officer's command uses the same statements.
        officer.execute("select from shares where id = 'answered later' for update")
        officer.execute("insert into answers values ('answered later', '', '')")
        claims = {
            share_id: subprocess.Popen(
                [
                    *("node", "--input-type=module", "-e", _CLAIM),
                    *(str(postgres), town.url, share_id),
                ],
                stdout=subprocess.PIPE,
                text=True,
                env=os.environ | town.environment,
            )
            for share_id in ("answered later", "waits", "opened", "answered", "none")
        }
        waiting = "select from pg_locks where not granted"
        block_until(lambda: town.ask(f"select exists ({waiting})") == ["t"])
        officer.commit()
    told = {share_id: claim.communicate()[0] for share_id, claim in claims.items()}
    assert [share_id for share_id, text in told.items() if "true" in text] == ["waits"]
    assert all(claim.returncode == 0 for claim in claims.values())
    assert town.ask("select id from shares where state = 'deleted'") == ["waits"]


def test_a_digest_is_of_all_bytes_whoever_saw_some_of_them(
    town: Town, tmp_path: Path
) -> None:
    """An intake that received only a part of the package reads the object again."""
    first, other = town.intakes
    armed = doom(other, tmp_path)
    ends = [0, 4_000_000, 9_000_000, len(LARGE)]
    with running(first, other):
        for share_id, senders in ((SHARE_ID, (0, 1, 0)), (OTHER, (0, 0, 1))):
            assert town.at(0).create(len(LARGE), share_id) == 201
            for number, begin, end in zip(senders, ends, ends[1:], strict=False):
                if (number, end) == (1, len(LARGE)):
                    (armed / "00 update shares set sha256").touch()  # exits before
                with suppress(OSError, http.client.HTTPException):
                    status = town.at(number).patch(LARGE[begin:end], begin, share_id)
                    assert status == 204
        _says(town, 0, LARGE)
        assert other.ended
        # The first intake finishes the upload, and its digest matches the withdrawal's.
        withdrawal = town.office.withdrawal(LARGE, jti=OTHER)
        assert town.at(0).withdraw(withdrawal)[0] == 200


@series
@pytest.mark.parametrize("at", KILLS)
def test_a_kill_at_any_point_loses_nothing(town: Town, at: str, tmp_path: Path) -> None:
    """After the kill there are one package and one receipt, and nothing else."""
    armed = tmp_path / "armed"
    doomed, other = town.intakes
    doomed.environment |= {
        "NODE_OPTIONS": f"--import={HOOK.as_uri()}",
        "ARMED": str(armed),
        "KILL_AT": at,
        "BUCKET": str(BUCKET),
    }
    with running(doomed, other):
        assert town.at(0).create(len(LARGE)) == 201
        armed.touch()
        died = False
        try:
            town.at(0).patch(LARGE)
        except OSError, http.client.HTTPException:
            died = True
        doomed.kill()
        town.finish(1, LARGE)
        other.kill()  # a start finishes interrupted work at once
        other.start()
        _says(town, 1, LARGE)
        block_until(
            lambda: town.ask("select state, upload from shares") == ["finished|"]
        )
        block_until(lambda: list(town.objects().values()) == [len(LARGE)])
        assert town.unnamed() == []
        assert town.ask("select count(*) from receipts") == ["1"]
        assert town.at(1).withdraw(town.office.withdrawal(LARGE))[0] == 200
    assert town.objects() == {}
    assert town.unnamed() == []
    assert died, "the request asks for less than that"


@pytest.mark.parametrize("at", each(2, ["PutObjectCommand+", "PutObjectCommand"]))
def test_a_kill_around_what_is_less_than_a_part(
    town: Town, at: str, tmp_path: Path
) -> None:
    """Stored bytes are acknowledged after they are recorded; unrecorded bytes are removed."""
    doomed, other = town.intakes
    armed = doom(doomed, tmp_path)
    (armed / f"00 {at}").touch()
    with running(doomed, other):
        assert town.at(0).create(len(LARGE)) == 201
        with suppress(OSError, http.client.HTTPException):
            town.at(0).patch(LARGE[:10_000_000])
        assert list(armed.iterdir()) == []
        town.finish(1, LARGE)
        _says(town, 1, LARGE)
        block_until(lambda: list(town.objects().values()) == [len(LARGE)])
        assert town.unnamed() == []


@series
def test_a_kill_while_a_withdrawal_is_done(town: Town, tmp_path: Path) -> None:
    """Another intake finishes the withdrawal, and repeats the same answer later."""
    doomed, other = town.intakes
    for at in WITHDRAWAL_KILLS:
        town.ask("truncate shares cascade")
        armed = tmp_path / f"armed-{at}"
        doomed.environment |= {
            "NODE_OPTIONS": f"--import={HOOK.as_uri()}",
            "ARMED": str(armed),
            "KILL_AT": at,
            "BUCKET": str(BUCKET),
        }
        with running(doomed, other):
            town.at(1).upload(SMALL)
            token = town.office.withdrawal(SMALL)
            armed.touch()
            with suppress(OSError, http.client.HTTPException):
                town.at(0).withdraw(token)
            doomed.kill()
            answers = []
            for _ in range(2):
                status, answer = town.at(1).withdraw(token)
                assert status == 200
                answers.append(town.office.opened(answer, ANSWER)["answer"])
            assert answers[0] == answers[1]
            assert answers[0]["result"] == "deleted", at
            assert town.objects() == {}


def test_a_full_bucket_asks_homes_to_come_back(
    tmp_path: Path, swift: Swift, postgres: Postgres
) -> None:
    """The status is 507, as for a full disk."""
    town = Town(tmp_path / "town", swift, postgres, intakes=1, quota=100_000)
    with running(*town.intakes):
        assert town.at(0).create(len(SMALL)) == 201
        assert town.at(0).patch(SMALL) == 507
        assert town.offset(0) == (200, 0)
    assert town.ask("select state from shares") == ["begun"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("AWS_SECRET_ACCESS_KEY", "the bucket doesn't accept these keys"),
        ("PGPASSFILE", "the database needs a password"),
    ],
)
def test_wrong_credentials_are_said_and_not_shown(
    town: Town, wrong: str, said: str
) -> None:
    """The intake does not start."""
    intake = town.intakes[0]
    intake.environment[wrong] = "/nothing-of-the-kind"
    with pytest.raises(RuntimeError, match="did not start") as raised:
        intake.start()
    assert "/nothing-of-the-kind" not in str(raised.value)
    assert said in str(raised.value)


def test_a_bucket_that_is_not_there_is_told(town: Town) -> None:
    """The intake does not start."""
    town.intakes[0].address = f"s3://{town.bucket}-none"
    with pytest.raises(RuntimeError, match="the bucket doesn't exist"):
        town.intakes[0].start()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ((":WORD@", ":no-WORD@"), "doesn't accept this password"),
        (("/DATABASE", "/none"), "doesn't exist"),
        (("/DATABASE", "/DATABASE?sslmode=require"), "takes no encrypted connections"),
    ],
)
def test_a_database_that_refuses_says_why(
    town: Town, tmp_path: Path, changed: tuple[str, str], said: str
) -> None:
    """The log has the reason without the password."""
    word = town.postgres.passfile.read_text().strip().rpartition(":")[2]
    old, new = (
        text.replace("WORD", word).replace("DATABASE", town.database)
        for text in changed
    )
    file = tmp_path / "records"
    file.write_text(town.url.replace("@", f":{word}@").replace(old, new))
    done = subprocess.run(
        ["node", str(MAIN), "--prepare-records", "--records-file", str(file)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert said in done.stderr
    assert word not in done.stderr


def test_what_no_one_continued_is_removed(town: Town, tmp_path: Path) -> None:
    """Uploads and their parts expire after two weeks, or after an hour without bytes."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    for intake in town.intakes:
        intake.environment["TMPDIR"] = str(temporary)
    with running(*town.intakes):
        assert town.at(0).create(len(LARGE)) == 201
        assert town.at(0).patch(LARGE[:10_000_000]) == 204
        assert town.at(0).create(10, OTHER) == 201
        assert town.at(0).create(10, "n" * 32) == 201
    town.ask(
        "update shares set touched_at = now() - interval '15 days' where size > 10"
    )
    town.ask(
        "update shares set touched_at = now() - interval '2 hours' where id like 'o%'"
    )
    # A killed intake left this file.
    (temporary / "doorwatch-intake-killed").touch()
    (temporary / "of-others").touch()
    with running(*town.intakes):
        block_until(lambda: town.ask("select id from shares") == ["n" * 32])
    assert town.objects() == {}
    assert town.unnamed() == []
    assert [path.name for path in temporary.iterdir()] == ["of-others"]


def test_numbers_and_health_are_on_a_port_of_their_own(town: Town) -> None:
    """Homes reach neither the metrics nor the health."""
    intake = town.intakes[0]
    intake.add_options("--metrics-port", "0")
    with running(intake):
        town.at(0).upload(SMALL)
        assert town.at(0).patch(b"", len(SMALL)) == 204  # counted once
        block_until(lambda: any(line.startswith("metrics") for line in intake.said()))
        (line,) = [line for line in intake.said() if line.startswith("metrics")]
        port = int(line.rpartition(":")[2])
        assert _get(port, "/healthz") == (200, "ok\n")
        status, text = _get(port, "/metrics")
        assert status == 200
        for wanted in (
            "doorwatch_uploads_total 1",
            f"doorwatch_upload_bytes_total {len(SMALL)}",
            "doorwatch_waiting 1",
            "doorwatch_without_receipt 0",
            "doorwatch_oldest_without_receipt_seconds 0",
        ):
            assert wanted in text.splitlines()
        assert SHARE_ID not in text
        for path in ("/metrics", "/healthz"):
            assert town.at(0).call("GET", path)[0] == 404


def _get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, 60)
    connection.request("GET", path)
    response = connection.getresponse()
    return response.status, response.read().decode()


def test_the_tables_are_made_once(town: Town) -> None:
    """A start without the tables names the command."""
    assert town.prepare() == "tables are there already\n"
    town.ask("drop table doorwatch_schema")
    with pytest.raises(RuntimeError, match="--prepare-records"):
        town.intakes[0].start()


def test_an_intake_with_another_bucket_does_not_start(town: Town) -> None:
    """The intake could otherwise report a package of another bucket as deleted."""
    content = os.urandom(50_000)
    with running(town.intakes[0]):
        town.at(0).upload(content)
    other = f"{town.bucket}-b"
    town.swift.make_bucket(other)
    town.intakes[1].address = f"s3://{other}"
    with pytest.raises(RuntimeError, match="the database belongs to another bucket"):
        town.intakes[1].start()
    assert town.content() == content


def test_a_bucket_of_several_inboxes(town: Town) -> None:
    """Each inbox has a separate folder in the bucket."""
    intake = town.intakes[0]
    intake.address = f"s3://{town.bucket}/north/desk/"
    with running(intake):
        town.at(0).upload(SMALL)
    (name,) = town.objects()
    assert name.startswith(f"north/desk/{SHARE_ID}/")


@pytest.mark.parametrize(
    "address",
    each(3, ["s3://", "s3://a b", "s3://a:80", "s3://a/../b", "s3://a//b", "s3://a?b"]),
)
def test_an_address_that_is_none(address: str) -> None:
    """The store could read such an address differently."""
    done = subprocess.run(
        ["node", str(MAIN), "--inbox", address, "--records", "postgresql://a@b/c"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "--inbox is not an address" in done.stderr


@pytest.mark.parametrize("url", ["a:b@c/d", "a@c/d?pass%77ord=b"])
def test_a_password_is_no_option(town: Town, url: str) -> None:
    """All users of a machine can see the options of its programs."""
    done = subprocess.run(
        ["node", str(MAIN), "--inbox", "s3://a", "--records", f"postgresql://{url}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "--records must not have a password" in done.stderr


def test_each_package_is_told_of_by_one_intake(town: Town, tmp_path: Path) -> None:
    """The program gets the address that the officer's command uses."""
    program, told, go = (tmp_path / name for name in ("program", "told", "go"))
    os.mkfifo(go)
    held = os.open(go, os.O_RDWR)  # readers wait until this is closed
    # The first run blocks until the test lets it end.
    program.write_text(
        f'#!/bin/sh\necho "$1" "$2" >> {told}\n'
        f"if mkdir {tmp_path}/first 2>&-; then cat {go}; fi\n"
    )
    program.chmod(0o755)
    first, other = town.intakes
    shares = [f"{number:032}" for number in range(3)]
    with running(first):
        for share_id in shares[:2]:
            town.at(0).upload(SMALL, share_id)
    town.ask("update shares set told = false")
    for intake in town.intakes:
        intake.add_options("--on-package", str(program))
    try:
        with running(first):
            block_until(told.exists)
            with running(other):  # reports the other package meanwhile
                untold = "select count(*) from shares where not told"
                block_until(
                    lambda: (
                        town.ask(untold) == ["1"] or told.read_text().count("\n") > 2
                    )
                )
            os.close(held)
            town.at(0).upload(SMALL, shares[2])  # a package after both
            block_until(lambda: shares[2] in told.read_text())
    finally:
        with suppress(OSError):
            os.close(held)
    assert sorted(told.read_text().splitlines()) == [
        f"s3://{town.bucket}/{share_id} {share_id}" for share_id in shares
    ]


def test_the_limit_per_minute_counts_what_all_intakes_take(at_work: Town) -> None:
    """Only new uploads count."""
    town = at_work
    shares = [f"{number:032}" for number in (0, 1)]
    for number, share_id in enumerate(shares):
        assert town.at(number).create(10, share_id) == 201
    assert town.ask("select sum(count) from rates") == ["2"]
    town.ask(  # in this minute and the next
        "delete from rates; insert into rates select 'uploads',"
        " floor(extract(epoch from now()) / 60) + n, 1000 from generate_series(0, 1) n"
    )
    for number in (0, 1):
        assert town.at(number).create(10, OTHER) == 429
        assert town.at(number).create(10, shares[1 - number]) == 201


def test_the_log_has_a_line_for_each_event(at_work: Town) -> None:
    """The lines are the same as for a folder, without addresses and keys."""
    town = at_work
    before = len(town.intakes[0].said())
    town.at(0).upload(SMALL)
    said = town.intakes[0].said()[before:]
    assert f"begun {SHARE_ID} {len(SMALL)} bytes" in said
    assert f"arrived {SHARE_ID} {len(SMALL)} bytes, receipt given" in said
    text = "".join(json.dumps(intake.said()) for intake in town.intakes)
    assert town.swift.secret_key not in text
    assert town.postgres.url not in text
