"""Officers work with a bucket as with a folder, without conflicting results."""

from collections.abc import Callable
import json
import os
from pathlib import Path
import re
import sys
from typing import Any
from zipfile import ZipFile

import psycopg
import pytest

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.desk.record import Desk
from agency.doorwatch_agency.signing import jws
from custom_components.doorwatch.engine.clips.model import Clip
from tests.cutting import Cutting
from tests.engine.sharing.evidence import SHARE_ID
from tests.ports import own_port
from tests.repository import ROOT

from .office import ANSWER, RECEIPT
from .officer import kinds, run_officers
from .stored import Job, Stored, claims, endpoint, stored

__all__ = ["endpoint", "stored"]

ANOTHER = "b" * 32
type Said = Callable[[list[str]], tuple[int, str]]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """Return a function that runs a command and returns its exit code and output."""

    def run(command: list[str]) -> tuple[int, str]:
        capsys.readouterr()
        code = main(command)
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    return run


@pytest.fixture
def package(stored: Stored, clip: Clip) -> bytes:
    """Store a received package, and return its bytes."""
    content = stored.office.sealed(clip)
    stored.receive(content)
    return content


def at_once(*jobs: list[list[str]]) -> list[list[dict[str, Any]]]:
    """Run officers concurrently; return the results of each officer's commands."""
    told, ends = run_officers([{"kill_at": None, "commands": job} for job in jobs])
    assert ends == [0] * len(jobs)
    return [
        [one for one in told if one["officer"] == number] for number in range(len(jobs))
    ]


def test_an_officer_works_with_a_bucket_as_with_a_folder(
    stored: Stored, package: bytes, said: Said
) -> None:
    """The test covers all steps from the list to the answer that the package is deleted."""
    job = Job(stored, "jones")
    code, out = said(job.listing())
    assert (code, SHARE_ID in out, f"{len(package)} bytes" in out) == (0, True, True)
    code, out = said(job.open())
    assert (code, "opened with your identity" in out) == (0, True), out
    assert stored.state() == "taken"
    assert said(job.listing()) == (0, "Nothing is waiting.\n")
    code, out = said(job.listing("--taken", "--json"))
    listed = json.loads(out)
    assert (listed["share"], listed["state"]) == (SHARE_ID, "taken")
    code, out = said(job.verify())
    assert "It is the file that the intake received." in out
    assert "ACCEPTED" in out
    assert said(job.receipt())[0] == 0
    receipt = stored.office.opened(stored.token("receipts"), RECEIPT)["receipt"]
    assert receipt["opened_at"] == Desk(job.desk).reading().shares[SHARE_ID].verified_at
    assert receipt["received_at"] == "2026-11-03T17:04:09.250Z"
    assert stored.sql("SELECT opened FROM receipts") == [(True,)]
    assert said(job.withdrawals()) == (0, "No withdrawals are waiting.\n")

    digest = stored.ask_to_delete(package)
    code, out = said(job.withdrawals())
    assert (code, f"{SHARE_ID}  pending" in out) == (0, True)
    code, out = said(job.answer("deleted"))
    assert code == 1
    assert f"it is not deleted: {stored.inbox}/{SHARE_ID}/" in out
    code, out = said(job.delete("--reason", "The home asked."))
    assert code == 1  # without `--inbox`
    assert "it is in a bucket. Name that with --inbox" in out
    assert len(stored.versions()) == 1
    code, out = said(job.delete())
    assert (code, "The home waits" in out) == (0, True), out
    assert stored.versions() == []
    assert stored.state() == "deleted"
    assert not Path(job.bag()).exists()
    assert said(job.answer("deleted", "Today."))[0] == 0
    answer = stored.office.opened(stored.token("answers"), ANSWER)["answer"]
    assert (answer["result"], answer["text"]) == ("deleted", "Today.")
    assert answer["withdrawal_sha256"] == digest
    code, out = said(job.answer("refused"))
    assert (code, "already answered: deleted" in out) == (1, True)
    assert said(job.withdrawals()) == (0, "No withdrawals are waiting.\n")
    done = ["opened", "verified", "receipt_given"] + ["deleted"] * 4
    assert kinds(job.desk) == [*done, "withdrawal_answered"]
    assert said(["log", "--desk", str(job.desk)])[0] == 0


def test_the_file_as_it_arrived_is_exported_from_the_bucket(
    stored: Stored, package: bytes, said: Said, tmp_path: Path
) -> None:
    """The target is a folder or a zip, and only the verified file is exported."""
    job = Job(stored, "jones")
    assert said(job.open())[0] == 0
    assert said(job.verify())[0] == 0
    code, out = said(job.export(tmp_path / "export"))
    assert (code, "not included" in out) == (0, False), out
    name = f"original/doorwatch-{SHARE_ID}.tar.age"
    assert (tmp_path / "export" / name).read_bytes() == package
    assert said(job.export(tmp_path / "export.zip"))[0] == 0
    with ZipFile(tmp_path / "export.zip") as archive:
        assert archive.read(name) == package
    ((key,),) = stored.sql("SELECT object FROM shares")
    stored.client.put_object(Bucket=stored.bucket, Key=key, Body=package[:-1] + b"x")
    code, out = said(job.export(tmp_path / "again"))
    assert (code, "is not the file that was verified" in out) == (1, True), out
    assert said(job.delete())[0] == 0
    code, out = said(job.export(tmp_path / "again"))
    assert code == 1
    assert not (tmp_path / "again").exists()


def test_only_what_waits_is_taken(stored: Stored, clip: Clip, said: Said) -> None:
    """The output explains why other packages can't be taken."""
    job, content = Job(stored, "jones"), stored.office.sealed(clip)
    for state, why in (
        ("begun", "has not arrived completely yet"),
        ("arrived", "has not arrived completely yet"),
        ("deleted", "its home withdrew it"),
        ("taken", "--again opens it again"),
    ):
        share_id = f"{state:0<32}"
        stored.receive(content, share_id, state=state)
        code, out = said(job.open(share_id=share_id))
        assert (code, why in out) == (1, True), out
        assert stored.state(share_id) == state
        assert not job.case.exists()
    code, out = said(job.open(share_id=ANOTHER))
    assert (code, f"the intake has no share {ANOTHER}" in out) == (1, True)
    assert said(job.listing()) == (0, "Nothing is waiting.\n")


def test_a_package_is_opened_again_when_that_is_meant(
    stored: Stored, package: bytes, said: Said
) -> None:
    """An officer may open a package again with `--again`, such as after a crash."""
    first, second = Job(stored, "jones"), Job(stored, "smith")
    assert said(first.open())[0] == 0
    code, out = said(second.open())
    assert (code, "someone took" in out) == (1, True)
    assert said(second.open("--again"))[0] == 0


def test_what_cannot_be_opened_still_waits(
    stored: Stored, package: bytes, said: Said
) -> None:
    """With a wrong identity the package stays in the inbox, and no officer is recorded."""
    job, wrong = Job(stored, "jones"), stored.folder / "wrong.txt"
    assert main(["keys", "--age", str(wrong)]) == 0
    command = job.open()
    command[command.index("--identity") + 1] = str(wrong)
    code, out = said(command)
    assert (code, "others" in out) == (1, True), out
    assert stored.state() == "finished"
    assert SHARE_ID in said(job.listing())[1]
    due = ["due", "--all", *stored.options, "--desk", str(job.desk)]
    assert "Never opened: it is in the inbox" in said(due)[1]
    delete = job.delete()
    delete[delete.index("--due") + 1] = "2026-12-03"  # the day from the receipt
    code, out = said(delete)
    assert code == 0, out
    assert stored.versions() == []
    assert "Nothing is due" in said(due)[1]


def test_a_package_that_was_exchanged_is_refused(
    stored: Stored, package: bytes, clip: Clip, said: Said
) -> None:
    """Anyone with access to the bucket can replace a package; no file of it stays at the desk."""
    job = Job(stored, "jones")
    ((name,),) = stored.sql("SELECT object FROM shares")
    stored.client.put_object(
        Bucket=stored.bucket,
        Key=name,
        Body=stored.office.sealed(clip),
    )
    code, out = said(job.open())
    assert (code, "a different file under this number" in out) == (1, True), out
    assert not job.case.exists()
    assert kinds(job.desk) == ["open_failed"]


def test_a_record_that_names_another_package_is_refused(
    stored: Stored, package: bytes, clip: Clip, said: Said
) -> None:
    """Anyone with access to the records can change them; the package itself names its share."""
    job, content = Job(stored, "jones"), stored.office.sealed(clip, ANOTHER)
    name = stored.receive(content, ANOTHER)
    earlier = Job(stored, "smith")
    assert said(earlier.open())[0] == 0
    stored.sql(
        "UPDATE shares SET object = o.object, sha256 = o.sha256, size = o.size"
        " FROM shares o WHERE shares.id = %s AND o.id = %s",
        *(SHARE_ID, ANOTHER),
    )
    for command in (job.open("--again"), earlier.delete()):
        code, out = said(command)
        assert (code, "names what is not its package" in out) == (1, True), out
    assert name in stored.versions()
    key = f"police/{SHARE_ID}/another"  # also change the bucket
    stored.client.put_object(Bucket=stored.bucket, Key=key, Body=content)
    stored.sql("UPDATE shares SET object = %s WHERE id = %s", key, SHARE_ID)
    code, out = said(job.open("--again"))
    assert (code, f"another share, {ANOTHER}" in out) == (1, True), out
    assert not job.case.exists()
    assert kinds(job.desk) == ["open_failed"] * 2


def test_a_record_of_what_is_no_share_is_named_and_left_out(
    stored: Stored, package: bytes, said: Said
) -> None:
    """The terminal shows no control characters of the record's name."""
    stored.receive(package, "\x1b[2Jbad")
    stored.sql(
        "INSERT INTO withdrawals SELECT id, 'a', 'a', 'pending', '', now() FROM shares"
    )
    job = Job(stored, "jones")
    for command in (job.listing(), job.withdrawals()):
        code, out = said(command)
        assert (code, "bad: " in out, "\x1b" in out) == (1, True, False), out


def test_an_answer_that_no_officer_gave_is_found(
    stored: Stored, package: bytes, said: Said
) -> None:
    """A forged answer is reported, and the officer can replace it."""
    job = Job(stored, "jones")
    digest = stored.ask_to_delete(package)
    answer = {"result": "deleted", "text": "", "withdrawal_sha256": digest}
    forged = jws.sign(ANSWER, {"answer": answer}, stored.office.home_key)
    stored.sql("INSERT INTO answers VALUES (%s, %s, %s)", SHARE_ID, forged, digest)
    code, out = said(job.answer("refused"))
    assert (code, "someone else wrote it" in out) == (1, True), out
    assert kinds(job.desk) == []
    forged = jws.sign(
        ANSWER, {"answer": answer | {"result": "\x1b[2J"}}, stored.office.home_key
    )
    stored.sql("UPDATE answers SET token = %s", forged)
    code, out = said(job.withdrawals("--all"))
    assert (code, "answer: pending" in out, "\x1b" in out) == (0, True, False), out
    forged = jws.sign(ANSWER, {"answer": answer}, stored.office.home_key)
    stored.sql("UPDATE answers SET token = %s", forged)
    assert said([*job.answer("refused", "Ours."), "--replace"])[0] == 0
    given = stored.office.opened(stored.token("answers"), ANSWER)["answer"]
    assert (given["result"], given["text"]) == ("refused", "Ours.")


def test_a_package_that_is_not_in_the_bucket_is_told(
    stored: Stored, package: bytes, said: Said
) -> None:
    """The object may be in another region."""
    job = Job(stored, "jones")
    ((name,),) = stored.sql("SELECT object FROM shares")
    stored.client.delete_object(Bucket=stored.bucket, Key=name)
    code, out = said(job.open())
    assert (code, "is not in the bucket" in out) == (1, True), out


def test_records_of_another_bucket_are_told(
    stored: Stored, package: bytes, said: Said
) -> None:
    """The package is not marked as taken in records that belong to another bucket."""
    stored.sql("UPDATE doorwatch_schema SET bucket = %s", stored.bucket)
    right, stored.inbox = stored.inbox, f"s3://{stored.bucket}-b"
    stored.client.create_bucket(Bucket=f"{stored.bucket}-b")
    code, out = said(Job(stored, "jones").open())
    assert (code, f"the records are of the bucket {stored.bucket}" in out) == (1, True)
    assert (stored.state(), len(stored.versions())) == ("finished", 1)
    stored.inbox = right
    assert said(Job(stored, "smith").listing())[0] == 0


def test_a_deletion_that_was_killed_is_finished(
    stored: Stored, package: bytes, said: Said
) -> None:
    """The object was deleted, but the deletion was not recorded."""
    job = Job(stored, "jones")
    assert said(job.open())[0] == 0
    assert said(job.verify())[0] == 0
    ((name,),) = stored.sql("SELECT object FROM shares")
    place = f"s3://{stored.bucket}/{name}"
    with Desk(job.desk).changing() as desk:
        file = {"path": place, "sha256": "0" * 64, "size": len(package)}
        told = {"share": SHARE_ID, "stage": "intent", "marks": [], "folders": []}
        desk.append("deleted", told | {"files": [file]})
    for one in stored.client.list_object_versions(Bucket=stored.bucket)["Versions"]:
        stored.client.delete_object(
            Bucket=stored.bucket, Key=one["Key"], VersionId=one["VersionId"]
        )
    code, out = said(job.delete())
    assert code == 0, out
    assert stored.state() == "deleted"


def test_what_the_intake_took_is_not_deleted_yet_while_it_is_there(
    stored: Stored, package: bytes, said: Said
) -> None:
    """The intake was killed after it recorded a deletion, and before it deleted the object."""
    job = Job(stored, "jones")
    stored.ask_to_delete(package)
    stored.sql("UPDATE shares SET state = 'deleted'")
    code, out = said(job.answer("deleted"))
    assert (code, "it is not deleted" in out) == (1, True), out


def test_two_officers_open_one_package_once(stored: Stored, package: bytes) -> None:
    """Their desks know nothing of each other."""
    told = at_once([Job(stored, "jones").open()], [Job(stored, "smith").open()])
    assert sorted(one["code"] for (one,) in told) == [0, 1], told
    assert sum("someone took" in one["said"] for (one,) in told) == 1


def test_two_officers_give_the_same_receipt(
    stored: Stored, package: bytes, said: Said
) -> None:
    """The first receipt counts, even if they verified the package at different times."""
    jobs = [Job(stored, "jones"), Job(stored, "smith")]
    for job in jobs:
        assert said(job.open("--again"))[0] == 0
        assert said(job.verify())[0] == 0
    told = at_once(*([job.receipt()] * 3 for job in jobs))
    assert [[one["code"] for one in each] for each in told] == [[0] * 3] * 2, told
    receipt = claims(stored.token("receipts"))["receipt"]
    verified = [Desk(job.desk).reading().shares[SHARE_ID].verified_at for job in jobs]
    assert receipt["opened_at"] in verified
    assert said(jobs[0].receipt())[0] == 0
    assert said(jobs[1].receipt())[0] == 0
    assert claims(stored.token("receipts"))["receipt"] == receipt


def test_an_answer_whose_commit_was_lost_is_not_given_twice(
    stored: Stored, package: bytes, said: Said
) -> None:
    """The database committed, but its reply was lost; the command asks to be repeated."""
    job = Job(stored, "jones")
    stored.ask_to_delete(package)
    with Cutting(stored.postgres.port) as way:
        stored.records = stored.url(port=way.port)
        way.after_asked = b"COMMIT"
        code, out = said(job.answer("refused", "Evidence."))
        assert (code, way.cuts) == (1, 1)
        assert "it is not known whether this was noted. Run it again" in out
        code, out = said(job.answer("refused", "Evidence."))
    assert (code, "already answered: refused" in out) == (1, True)
    assert stored.sql("SELECT count(*) FROM answers") == [(1,)]
    assert kinds(job.desk) == ["withdrawal_answered"]


def test_records_that_are_away_are_told(
    stored: Stored, package: bytes, said: Said
) -> None:
    """No package is marked as taken, and no answer is recorded."""
    job = Job(stored, "jones")
    stored.records = stored.url(port=own_port())
    for command in (job.listing(), job.open(), job.answer("refused")):
        code, out = said(command)
        assert (code, "the records cannot be reached" in out) == (1, True), out
    assert kinds(job.desk) == ["open_failed"]
    assert stored.state() == "finished"


def test_a_password_is_never_shown_or_taken_from_the_command(
    stored: Stored, said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password can be read from a file or from PGPASSFILE."""
    job = Job(stored, "jones")
    records, password = stored.records, stored.password
    stored.records = stored.url(password=password)
    for shown in (stored.records, f"{records}?pass%77ord={password}"):
        stored.records = shown
        code, out = said(job.listing())
        assert (code, "can read a password in a command" in out) == (1, True)
    stored.records = stored.url(password=password)
    passes = os.environ["PGPASSFILE"]
    monkeypatch.delenv("PGPASSFILE")
    url = tmp_path / "records-url"
    url.write_text(stored.records + "\n")
    stored.records = str(url)
    assert said(job.listing())[0] == 0
    for wrong in (
        stored.url(password=f"no-{password}"),
        f"postgresql://doorwatch:%{password}@[/inbox",
        f"postgresql://doorwatch:{password}@127.0.0.1:x/inbox",
        f"mysql://doorwatch:{password}@127.0.0.1/inbox",
    ):
        url.write_text(wrong)
        code, more = said(job.listing())
        assert code == 1
        out += more
    assert password not in out
    stored.records = str(tmp_path / "none")
    assert "a file with one" in said(job.listing())[1]
    stored.records = records.replace(stored.database, "postgres")
    monkeypatch.setenv("PGPASSFILE", passes)
    assert "--prepare-records" in said(job.listing())[1]


def _account(stored: Stored) -> str:
    """Create an account with the documented rights; return the URL of the records for it."""
    page = (ROOT / "docs/agency/desk.md").read_text()
    (rights,) = re.findall(
        r"^```sql [^\n]+\n(.*?)^```$", page, re.DOTALL | re.MULTILINE
    )
    for name in ("officers", "jones"):
        rights = rights.replace(name, f"{name}_{stored.database}")
    stored.sql(rights)
    role = f"jones_{stored.database}"
    stored.sql(f"ALTER ROLE {role} PASSWORD 'word'")
    return stored.url().replace("doorwatch@", f"{role}:word@")


def test_an_account_of_officers_needs_only_the_rights_on_the_page(
    stored: Stored, package: bytes, said: Said, tmp_path: Path
) -> None:
    """The rights cover all of an officer's work, and no changes to the intake's own records."""
    records = tmp_path / "records-url"
    url = _account(stored)
    records.write_text(url)
    stored.records = str(records)
    job = Job(stored, "jones")
    stored.ask_to_delete(package)
    commands: list[Callable[[], list[str]]] = [
        *(job.listing, job.open, job.verify, job.receipt, job.withdrawals, job.delete),
        lambda: job.answer("deleted"),
    ]
    for command in commands:
        code, out = said(command())
        assert code == 0, out
    with psycopg.connect(url, autocommit=True) as jones:
        for wrong in (
            b"UPDATE shares SET sha256 = ''",
            b"UPDATE shares SET home = ''",
            b"UPDATE shares SET size = 1",
            b"UPDATE shares SET received_at = now()",
            b"UPDATE shares SET id = ''",
            b"UPDATE shares SET object = 'another'",
            b"UPDATE shares SET state = 'begun'",
            b"UPDATE shares SET state = 'arrived'",
            b"INSERT INTO shares (id, home, size, state) VALUES ('', '', 1, 'finished')",
            b"DELETE FROM shares",
            b"DELETE FROM receipts",
            b"DELETE FROM answers",
            b"UPDATE receipts SET id = ''",
            b"UPDATE withdrawals SET result = 'deleted'",
            b"INSERT INTO withdrawals (id) VALUES ('')",
            b"SELECT upload FROM shares",
            b"SELECT * FROM rates",
            b"TRUNCATE answers",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                jones.execute(wrong)
        for table in (b"receipts", b"answers"):  # too large for an intake's memory
            with pytest.raises(psycopg.errors.CheckViolation):
                jones.execute(b"UPDATE %b SET token = repeat('a', 65537)" % table)


def test_an_account_of_officers_changes_nothing_of_what_still_arrives(
    stored: Stored,
) -> None:
    """Otherwise an intake could accept another package, or tell a home that all bytes arrived."""
    forward = ["finished", "taken", "deleted"]
    states = ["begun", "arrived", *forward]
    for state in states:
        stored.receive(b"a package", state * 4, state=state)
    stored.sql("UPDATE shares SET receipted = true")
    before = stored.sql("SELECT * FROM shares ORDER BY id")
    with psycopg.connect(_account(stored), autocommit=True) as jones:
        jones.execute(  # a temporary `pg_class` must not make an officer the owner of `shares`
            "CREATE TEMPORARY TABLE pg_class AS"
            " SELECT 'shares'::regclass::oid AS oid, current_user::regrole AS relowner"
        )
        for number, state in enumerate(states):
            wrong = [
                "object = (SELECT object FROM shares AS b WHERE b.id <> shares.id LIMIT 1)",
                "object = NULL, state = 'taken'",
                "receipted = false",
                *(f"state = '{earlier}'" for earlier in states[:number]),
            ]
            if state not in forward:
                wrong += ["touched_at = '-infinity'", "receipted = true"]
                wrong += [f"state = '{later}'" for later in forward]
            for change in wrong:
                query = f"UPDATE shares SET {change} WHERE id = %s"  # noqa: S608 - constants of this test
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    jones.execute(query.encode(), (state * 4,))
    assert stored.sql("SELECT * FROM shares ORDER BY id") == before


def test_an_inbox_is_named_in_full(stored: Stored, said: Said) -> None:
    """The error names the missing option or part."""
    assert "--records" in said(["list", "--inbox", stored.inbox])[1]
    assert "is not a bucket" in said(["list", "--inbox", "s3://", *stored.ways])[1]
    job = Job(stored, "jones")
    command = ["open", f"s3://{stored.bucket}", str(job.case), *stored.ways]
    code, out = said([*command, "--desk", str(job.desk)])
    assert (code, "names no share" in out) == (1, True), out


def test_a_desk_without_the_programs_is_told_which(
    stored: Stored, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only an inbox in a bucket needs these packages."""
    for name in ("bucket", "records", "inbox_bucket"):
        module = f"agency.doorwatch_agency.desk.{name}"
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    code, out = said(Job(stored, "jones").listing())
    assert (code, "python3-boto3 python3-psycopg" in out) == (1, True)
