"""A real home, nginx, and two intakes that share a bucket, with kills of the intakes."""

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
# The kills are before a query or a request to the bucket, or after its answer (+). The home's
# requests or an intake's start reach them in this order.
DELIVERY = (
    "insert into shares+",
    "update shares set upload = $3+",  # makes this request the current writer
    "CreateMultipartUploadCommand+",
    "UploadPartCommand",
    "UploadPartCommand+",
    "update shares set upload = $3",
    "CompleteMultipartUploadCommand",
    "CompleteMultipartUploadCommand+",
    "update shares set upload = $4, object",
    "update shares set upload = $4, object+",
    "GetObjectCommand+",  # to hash bytes that the other intake received
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
    """A home and two intakes that exit at given points."""

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
        """Kill the intake that reaches each point, and start it again."""
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
        """Return the number of points that intakes have reached."""
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
                # The intake may reach the next point while it finishes interrupted work.
                if self.points == begun:
                    raise


@pytest.fixture
async def city(tmp_path: Path, swift: Swift, postgres: Postgres) -> AsyncIterator[City]:
    """Run the home and both intakes behind nginx."""
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
    """After all kills there are one package, one receipt and one withdrawal."""
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

    # The home would log a lost part and start again.
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
    """Check that only the sent package and one receipt for it are left."""
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
    """Check that the package is gone, and that both intakes give the same answer."""
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
