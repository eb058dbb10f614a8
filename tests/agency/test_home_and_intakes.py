"""A real home, nginx, and two intakes of which one is killed again and again.

As agency/deploy sets them up, on one bucket and one database.
"""

import asyncio
from collections.abc import AsyncIterator
import hashlib
import os
from pathlib import Path

import pytest

from agency.doorwatch_agency.signing.jws import read_claims
from custom_components.doorwatch.engine.sharing.model import (
    ReceiptState,
    ShareState,
    Withdrawal,
)
from tests import waiting
from tests.engine.sharing.outbox.home import Home
from tests.ports import own_port
from tests.postgres import Postgres
from tests.series import series, steps
from tests.swift import Swift

from .bucket_ground import BUCKET, HOOK, Town
from .passing import Passing
from .several import in_front

SIZE = 17_500_000  # of the clip: three parts
# Before a thing that an intake asks of the database or the bucket, or after its answer (+).
# Each is reached after the one before, by what the home asks or by an intake that starts.
DELIVERY = (
    "insert into shares+",
    "update shares set upload = $3+",  # that this request is the one that writes
    "CreateMultipartUploadCommand+",
    "UploadPartCommand",
    "UploadPartCommand+",
    "update shares set upload = $3",
    "CompleteMultipartUploadCommand",
    "CompleteMultipartUploadCommand+",
    "update shares set upload = $4, object",
    "update shares set upload = $4, object+",
    "GetObjectCommand+",  # to hash what another one received
    "update shares set sha256",
    "insert into receipts",
    "insert into receipts+",
    "update shares set state = 'finished'+",
)
RECEIPT_ASKED = "select token from receipts"
WITHDRAWAL = (
    "insert into withdrawals+",
    "update shares set state = 'deleted'+",
    "commit+",
    "DeleteObjectCommand+",
)
KINDS = [
    *("confirmed", "sent", "received"),
    *("withdrawal_requested", "withdrawal_answered"),
]


class City:
    """A home and two intakes that die where they are told to."""

    def __init__(self, town: Town, home: Home, passing: Passing, folder: Path) -> None:
        """Have the intakes look at a file in this folder."""
        self.town = town
        self.home = home
        self.deaths = 0
        self._passing = passing
        self._armed = folder / "armed"
        self._armed.mkdir()
        self._done = folder / "armed.done"
        self._done.mkdir()
        for intake in town.intakes:
            intake.environment |= {
                "NODE_OPTIONS": f"--import={HOOK.as_uri()}",
                "ARMED": str(self._armed),
                "BUCKET": str(BUCKET),
            }

    async def kill(self, *points: str) -> None:
        """Kill whichever intake comes to each point, and start it again."""
        begun = self.points
        for number, point in enumerate(points, begun):
            (self._armed / f"{number:02} {point}").touch()

        async def reached() -> bool:
            await self._start_the_dead()
            return self.deaths >= begun + len(points)

        try:
            await waiting.until(reached, seconds=120)
        except TimeoutError:
            left = list(self._armed.iterdir())
            raise AssertionError(f"not reached: {left}") from None

    @property
    def points(self) -> int:
        """How many of them an intake came to."""
        return len(list(self._done.iterdir()))

    async def _start_the_dead(self) -> None:
        for intake in self.town.intakes:
            if not intake.ended:
                continue
            self.deaths += 1
            begun = self.points
            try:
                await asyncio.to_thread(intake.start)
            except RuntimeError:
                # It may come to a point while it does what the dead one had left undone.
                if self.points == begun:
                    raise


@pytest.fixture
async def city(tmp_path: Path, swift: Swift, postgres: Postgres) -> AsyncIterator[City]:
    """Give both, with nginx in between."""
    port = own_port()
    origin = f"http://127.0.0.1:{port}"
    town = Town(tmp_path / "town", swift, postgres, origin=origin)
    passing = Passing()
    passing.to_the_next()
    home = Home(tmp_path / "home", passing.clock)
    city = City(town, home, passing, tmp_path)
    ports = [intake.port for intake in town.intakes]
    try:
        for intake in town.intakes:
            intake.start()
        with in_front(ports, tmp_path / "nginx", None, port=port):
            await home.open()
            hours = asyncio.create_task(passing.pass_for(home))
            yield city
            hours.cancel()
            await home.close()
    finally:
        for intake in town.intakes:
            intake.kill()


@series
async def test_no_kill_loses_or_doubles_anything(
    city: City, caplog: pytest.LogCaptureFixture
) -> None:
    """One package, one receipt, and one withdrawal, whoever died when."""
    town, home = city.town, city.home
    document = town.office.document()
    home.set_agency(document)
    share_id = (await home.add(document, os.urandom(SIZE))).share_id
    delivery, withdrawal = DELIVERY[:: steps(2)], WITHDRAWAL[:: steps(2)]
    await city.kill(*delivery)
    await home.until(share_id, ShareState.DELIVERED)
    await city.kill(RECEIPT_ASKED)
    share = await home.when(
        share_id, lambda one: one.receipt is not ReceiptState.AWAITED
    )
    assert share.receipt is ReceiptState.RECEIVED

    # What was acknowledged stayed: the home would say so, and begin anew.
    assert "has a different part than it said" not in caplog.text
    (sent,) = await home.lines("sent")
    (received,) = await home.lines("received")
    digest = sent.data["sha256"]
    assert received.data["sha256"] == digest
    await asyncio.to_thread(_one_package, town, share_id, digest)

    await home.outbox.withdraw(share_id, user_id="u1")
    await city.kill(*withdrawal)
    await home.when(share_id, lambda one: one.withdrawal is Withdrawal.DELETED)
    assert await home.kinds() == KINDS
    await asyncio.to_thread(_withdrawn_once, town, share_id)
    assert city.deaths == city.points == len(delivery) + 1 + len(withdrawal)


def _one_package(town: Town, share_id: str, digest: object) -> None:
    """Check what is there: the package that the home sent, and one receipt about it."""
    content = town.content(share_id)
    assert hashlib.sha256(content).hexdigest() == digest
    assert list(town.objects().values()) == [len(content)]
    waiting.block_until(lambda: not town.unnamed())
    told = "select state, upload, sha256 from shares"
    assert town.ask(told) == [f"finished||{digest}"]
    (token,) = town.ask("select token from receipts")
    for number in range(len(town.intakes)):
        assert town.receipt(number, share_id) == token
    receipt = read_claims(token)["receipt"]
    assert isinstance(receipt, dict)
    assert receipt["sha256"] == digest


def _withdrawn_once(town: Town, share_id: str) -> None:
    """Check that nothing is left, and that who asks again hears the same."""
    assert town.objects() == {}
    assert town.unnamed() == []
    assert town.ask("select state, object, upload from shares") == ["deleted||"]
    (request,) = town.ask("select request from withdrawals")
    answers = []
    for number in range(len(town.intakes)):
        status, answer = town.at(number).withdraw(request)
        assert status == 200
        answers.append(read_claims(answer)["answer"])
    assert answers[0] == answers[1]
