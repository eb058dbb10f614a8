"""Officers work with real intakes on a real object store, from list to deletion."""

from collections.abc import Callable, Iterator
import http.client
from pathlib import Path
import random
import re
from threading import Thread
from typing import Literal

import pytest

from agency.doorwatch_agency.desk.record import Desk
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.model import Edits
from tests import waiting
from tests.engine.sharing.evidence import SHARE_ID
from tests.killing import any_moment
from tests.postgres import Postgres
from tests.series import each, series, times
from tests.swift import Swift

from .bucket_ground import Town
from .office import ANSWER, RECEIPT
from .stored import Job, Reached
from .test_bucket_inbox import Said, at_once, said

__all__ = ["said"]

_SHORT = Edits(start=2.0, end=3.0)
_STATES = "select id, state from shares"
type Settle = Callable[..., "Officers"]


class Officers(Reached):
    """The inbox of a town with the options of its officers."""

    def __init__(self, town: Town) -> None:
        """Use the store and the database of the intakes."""
        self.office = town.office
        self.folder = town.office.folder
        self.inbox = f"s3://{town.bucket}"
        self.records = town.url
        self.endpoint = town.swift.endpoint
        self.town = town

    def withdraw(self, number: int, token: str) -> str:
        """Withdraw a share at an intake; return the result in the answer."""
        status, answer = self.town.at(number).withdraw(token)
        assert status == 200, (status, answer)
        return str(self.office.opened(answer, ANSWER)["answer"]["result"])


@pytest.fixture
def settled(
    tmp_path: Path, swift: Swift, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settle]:
    """Return a function that makes a town with two running intakes and an officer's credentials."""
    for name, value in (swift.environment | postgres.environment).items():
        monkeypatch.setenv(name, value)
    towns: list[Town] = []

    def settle(versions: Literal["enabled", "none"] = "none") -> Officers:
        town = Town(tmp_path / "town", swift, postgres, versions=versions)
        towns.append(town)
        for intake in town.intakes:
            intake.start()
        return Officers(town)

    yield settle
    for town in towns:
        for intake in town.intakes:
            intake.kill()


@pytest.mark.parametrize("versions", each(2, ["enabled", "none"]))
def test_what_arrived_at_one_intake_is_worked_on_and_told_at_another(
    settled: Settle, clip: Clip, said: Said, versions: Literal["none", "enabled"]
) -> None:
    """The test covers all steps from the list to the answer that the package is deleted."""
    officers = settled(versions)
    town, office = officers.town, officers.office
    job, content = Job(officers, "jones"), office.sealed(clip)
    town.at(0).upload(content)
    town.receipt(1)
    code, out = said(job.listing())
    assert (code, f"{SHARE_ID}  {len(content)} bytes" in out) == (0, True), out
    assert said(job.open())[0] == 0
    assert said(job.listing()) == (0, "Nothing is waiting.\n")
    code, out = said(job.verify())
    assert (code, "It is the file that the intake received." in out) == (0, True), out
    assert said(job.receipt())[0] == 0
    receipt = office.opened(town.receipt(1), RECEIPT)["receipt"]
    assert receipt["opened_at"] == Desk(job.desk).reading().shares[SHARE_ID].verified_at

    request = office.withdrawal(content)
    assert officers.withdraw(0, request) == "pending"
    code, out = said(job.withdrawals())
    assert (code, f"{SHARE_ID}  pending" in out) == (0, True), out
    code, out = said(["due", *officers.options, "--desk", str(job.desk)])
    assert (code, "the home asks you to delete it" in out) == (0, True), out
    assert "it is not deleted" in said(job.answer("deleted"))[1]
    code, out = said(job.delete())
    assert code == 0, out
    assert town.objects() == {}
    assert said(job.answer("deleted", "Today."))[0] == 0
    assert officers.withdraw(1, request) == "deleted"
    assert said(job.withdrawals()) == (0, "No withdrawals are waiting.\n")
    assert town.ask("select state, object, receipted from shares") == ["deleted||t"]


@series
def test_a_withdrawal_that_meets_an_officer_is_decided_once(
    settled: Settle, clip: Clip, said: Said
) -> None:
    """Either the officer has the package and the home waits, or the package is deleted."""
    officers = settled()
    town, office = officers.town, officers.office
    job = Job(officers, "jones")
    shares = [f"{number:032x}" for number in range(times(7))]
    for share_id in shares:
        content = office.sealed(clip, share_id, _SHORT)
        town.at(0).upload(content, share_id)
        request = office.withdrawal(content, jti=share_id)
        told: list[str] = []
        home = Thread(target=_ask_soon, args=(officers, request, told))
        home.start()
        code, out = said(job.open(share_id=share_id))
        home.join()
        there = any(share_id in name for name in town.objects())
        state = dict(row.split("|") for row in town.ask(_STATES))[share_id]
        bag = Path(job.bag(share_id)).exists()
        if code == 0:
            assert (told, state, there, bag) == (["pending"], "taken", True, True), out
        else:
            assert (told, state, there, bag) == (["deleted"], "deleted", False, False)
            assert f"{share_id} was deleted: its home withdrew it" in out


def _ask_soon(officers: Officers, request: str, told: list[str]) -> None:
    any_moment(random.Random(), 0.4)
    told.append(officers.withdraw(1, request))


def test_two_officers_give_a_home_one_answer(
    settled: Settle, clip: Clip, said: Said
) -> None:
    """Both intakes give the same answer."""
    officers = settled()
    town, office = officers.town, officers.office
    content = b"what no one opens"
    shares = [f"{number:032x}" for number in range(5)]
    requests = {}
    for share_id in shares:
        town.at(0).upload(content, share_id)
        requests[share_id] = office.withdrawal(content, jti=share_id)
    town.ask("update shares set state = 'taken', object = null")
    for request in requests.values():
        assert officers.withdraw(0, request) == "pending"
    jobs = [
        [job.answer(result, share_id=share_id) for share_id in shares]
        for job, result in (
            (Job(officers, "jones"), "deleted"),
            (Job(officers, "smith"), "refused"),
        )
    ]
    one, two = at_once(*jobs)
    for share_id, first, second in zip(shares, one, two, strict=True):
        result = "deleted" if first["code"] == 0 else "refused"
        assert sorted((first["code"], second["code"])) == [0, 1], (first, second)
        lost = second if first["code"] == 0 else first
        assert f"already answered: {result}" in lost["said"]
        assert {officers.withdraw(number, requests[share_id]) for number in (0, 1)} == {
            result
        }


def test_what_runs_each_minute_costs_what_waits(settled: Settle) -> None:
    """The cost of repeated queries does not depend on the number of received packages."""
    officers = settled()
    town = officers.town
    intake = town.intakes[0]
    intake.stop()
    town.intakes[1].stop()
    town.ask(
        "insert into shares"
        " (id, home, size, sha256, received_at, state, object, receipted)"
        " select md5(g::text), 'home', 1, 'digest', now(), 'taken', 'object', true"
        " from generate_series(1, 20000) g;"
        " insert into receipts select id, 'token', true from shares;"
        " insert into withdrawals select id, 'request', 'digest', 'pending', '', now()"
        " from shares limit 1000; analyze"
    )
    town.ask("select pg_stat_reset()")
    intake.add_options("--metrics-port", "0")
    intake.start()
    found = waiting.block_until(
        lambda: re.search(r"metrics on .*:(\d+)", intake.log.read_text())
    )
    for _ in range(3):
        connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), 60)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        assert "doorwatch_waiting 0" in text
    intake.stop()  # the database updates its statistics on disconnect
    (read,) = town.ask(
        "select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) from pg_stat_user_tables"
    )
    assert int(read) < 1000
