"""Test that many shares to an agency that fails at random arrive completely and once."""

import asyncio
import hashlib
import io
import random
import tarfile

import pytest

from custom_components.doorwatch.engine.sharing.model import ShareState
from tests.age_program import desk
from tests.outside_servers import serve

from .flaky import FlakyAgency
from .home import FakeTime, Home
from .parts import make_document

SHARES = 100


def clip_in(package: bytes, share_id: str) -> bytes:
    """Read the video from a decrypted package."""
    with tarfile.open(fileobj=io.BytesIO(package)) as tar:
        clip = tar.extractfile(f"doorwatch-{share_id}/data/clip.mp4")
        assert clip is not None
        return clip.read()


@pytest.fixture
def expected_lingering_timers() -> bool:
    """Allow aiohttp's timer for a connection that was reset."""
    return True


@pytest.mark.parametrize("seed", [20261125])
async def test_a_hundred_shares_arrive_once_whatever_fails(
    home: Home, passing: FakeTime, seed: int
) -> None:
    """The agency fails in every way of `FlakyAgency`, and the home restarts several times."""
    agency = FlakyAgency(seed)
    chance = random.Random(seed)
    async with serve(agency.answer) as port:
        document = make_document(f"http://127.0.0.1:{port}/uploads")
        home.set_agency(document)
        contents: dict[str, bytes] = {}
        for number in range(SHARES):
            content = chance.randbytes(chance.randrange(1, 300_000))
            share = await home.add(document, content)
            contents[share.share_id] = content
            if number % 30 == 29:
                await home.restart()
        async with asyncio.timeout(240):
            while not await _all_delivered(home):
                await home.settle()
                passing.advance(3600)
        await home.settle()

    assert agency.packages.keys() == contents.keys()
    assert set(agency.arrivals.values()) == {1}
    sent = {str(line.data["share_id"]): line for line in await home.lines("sent")}
    assert len(await home.lines("sent")) == SHARES
    opened = await asyncio.to_thread(_open_all, agency)
    for share_id, content in contents.items():
        package = agency.packages[share_id]
        assert hashlib.sha256(package).hexdigest() == sent[share_id].data["sha256"]
        assert opened[share_id] == content
    # Check that each kind of failure occurred.
    assert min(agency.fates.values()) > 0
    assert len(agency.fates) == 7
    assert sum(agency.fates.values()) > 3.5 * SHARES
    await home.emptied()


def _open_all(agency: FlakyAgency) -> dict[str, bytes]:
    return {
        share_id: clip_in(desk().open_bytes(package), share_id)
        for share_id, package in agency.packages.items()
    }


async def _all_delivered(home: Home) -> bool:
    shares = await home.outbox.list(SHARES)
    assert not [one for one in shares if one.state is ShareState.FAILED]
    return all(one.state is ShareState.DELIVERED for one in shares)
