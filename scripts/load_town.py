"""The agency of `load_agency --intakes`: several intakes behind nginx, which it kills."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
import hashlib
import io
from pathlib import Path
import random
import tempfile
import time
from typing import Final, Protocol

from scripts.load_share import Outcome
from tests import postgres, swift
from tests.agency.bucket_ground import Town, running
from tests.agency.several import in_front
from tests.ports import own_port
from tests.postgres import Postgres
from tests.swift import Swift

_LOOK: Final = 0.05  # seconds
_SETTLED: Final = 90.0  # seconds; intakes tidy up each minute
_LEFT = """
select count(*) from shares
where state = 'arrived' or (upload is not null and state <> 'begun')
"""


class Homes(Protocol):
    """The homes that share."""

    outcome: Outcome
    chance: random.Random

    async def run(self) -> Outcome:
        """Let them share."""


class Several:
    """An agency with several intakes, and its expected final state."""

    def __init__(self, town: Town, origin: str) -> None:
        """Set the address for the homes."""
        self.town = town
        self.origin = origin

    async def take(self, homes: Homes, kills: int) -> Outcome:
        """Let homes share, kill intakes meanwhile, and compare the result."""
        sharing = asyncio.create_task(homes.run())
        killing = asyncio.create_task(self._kill(homes, kills))
        try:
            outcome = await sharing
        finally:
            killing.cancel()
            await asyncio.gather(killing, return_exceptions=True)
        await asyncio.to_thread(self.compare, outcome)
        return outcome

    async def _kill(self, homes: Homes, times: int) -> None:
        """Kill and restart a random intake repeatedly."""
        counts = homes.outcome.counts
        while not counts["delivered"]:
            await asyncio.sleep(_LOOK)
        for _ in range(times):
            await asyncio.sleep(homes.chance.random())
            intake = homes.chance.choice(self.town.intakes)
            intake.kill()
            counts["kills"] += 1
            await asyncio.sleep(homes.chance.random())
            await asyncio.shield(asyncio.to_thread(intake.start))

    def _settle(self) -> bool:
        """Wait until the traces of kills are cleaned up; return whether they are."""
        self.town.intakes[0].kill()
        self.town.intakes[0].start()  # tidies at start and then each minute
        until = time.monotonic() + _SETTLED
        while self.town.ask(_LEFT) != ["0"]:
            if time.monotonic() > until:
                return False
            time.sleep(_LOOK)
        return True

    def compare(self, outcome: Outcome) -> None:
        """Compare the stored data with what homes were told."""
        wrong = outcome.wrong
        if not self._settle():
            wrong.append("something that kills left is not tidied up")
        rows = {
            share_id: rest
            for row in self.town.ask(
                "select id, state, sha256, size, object from shares"
            )
            for share_id, *rest in [row.split("|")]
        }
        objects = self.town.objects()
        for share_id, (digest, size) in outcome.arrived.items():
            state, noted, long, name = rows.pop(share_id, ["lost", "", "0", ""])
            gone = share_id in outcome.deleted
            if (state, noted, int(long)) != (
                "deleted" if gone else "finished",
                digest,
                size,
            ):
                wrong.append(f"{share_id}: noted as {state}, {long} bytes, {noted}")
            elif gone != (name not in objects):
                wrong.append(f"{share_id}: {state}, and its object is something else")
            elif not gone:
                objects.pop(name)
                there = self.town.swift.read(self.town.bucket, name)
                if hashlib.sha256(there).hexdigest() != digest:
                    wrong.append(f"{share_id}: other bytes in the bucket")
        # A share that was stopped before it had a URL leaves an empty upload.
        known = {id_ for id_, (state, *_) in rows.items() if state != "begun"}
        if not outcome.counts["unfinished"]:
            wrong += [f"{share_id}: no home knows of it" for share_id in known]
            wrong += [
                f"{name}: no share has this object"
                for name in objects
                if name.partition("/")[0] not in rows
            ]
        for table, many in (
            ("receipts", len(outcome.arrived)),
            ("withdrawals where result = 'deleted'", len(outcome.deleted)),
        ):
            (there_are,) = self.town.ask(f"select count(*) from {table}")  # noqa: S608 - our own tables
            if int(there_are) != many and not outcome.counts["unfinished"]:
                wrong.append(f"{there_are} {table.split()[0]} instead of {many}")


@contextmanager
def several(number: int) -> Iterator[Several]:
    """Run an agency with several intakes. Raises SystemExit if that is not possible."""
    if reason := swift.missing() or postgres.missing():
        raise SystemExit(reason)
    with (
        tempfile.TemporaryDirectory(prefix="doorwatch-load-") as name,
        ExitStack() as stack,
    ):
        folder = Path(name)
        store = stack.enter_context(Swift(folder / "swift"))
        records = Postgres()
        stack.callback(records.remove)
        records.start()
        yield stack.enter_context(started(folder / "agency", store, records, number))


@contextmanager
def started(
    folder: Path, store: Swift, records: Postgres, number: int
) -> Iterator[Several]:
    """Run several intakes behind nginx, on running stores."""
    port = own_port()
    origin = f"http://127.0.0.1:{port}"
    with redirect_stdout(io.StringIO()):  # hide the output for officers
        town = Town(folder, store, records, intakes=number, origin=origin)
    ports = [intake.port for intake in town.intakes]
    with (
        in_front(ports, folder / "nginx", None, rate="1000000r/m", port=port),
        running(*town.intakes),
    ):
        yield Several(town, origin)
