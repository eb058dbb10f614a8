"""One simulated share of `load_agency`, from the tap to the last answer."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
import hashlib
import os
from pathlib import Path
import random
import secrets
import time
from typing import Final, Protocol

import aiohttp
from cryptography.hazmat.primitives.asymmetric import ec
from yarl import URL

from custom_components.doorwatch.engine.outside.door import Outside
from custom_components.doorwatch.engine.outside.errors import OutsideError
from custom_components.doorwatch.engine.sharing.agency import AgencyDocument
from custom_components.doorwatch.engine.sharing.documents.answers import LONGEST_ANSWER
from custom_components.doorwatch.engine.sharing.documents.receipts import read_receipt
from custom_components.doorwatch.engine.sharing.documents.withdrawals import (
    make_request,
    read_answer,
)
from custom_components.doorwatch.engine.sharing.errors import DeliveryError
from custom_components.doorwatch.engine.sharing.model import Withdrawal
from custom_components.doorwatch.engine.sharing.outbox.delivery import (
    Dropped,
    TakenBack,
    Upload,
    take_back,
)
from custom_components.doorwatch.engine.sharing.outbox.follow_ups import Patience
from custom_components.doorwatch.engine.sharing.outbox.receipts import Receipts
from custom_components.doorwatch.engine.sharing.outbox.removal import TakingBack
from custom_components.doorwatch.engine.sharing.outbox.sender import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
)
from custom_components.doorwatch.engine.sharing.outbox.tus import TusClient
from custom_components.doorwatch.engine.sharing.outbox.withdrawals import Withdrawing
from custom_components.doorwatch.engine.sharing.signing.jws import thumbprint
from tests.e2e.slow_link import SlowLink

# Seconds, divided by the pace like the delays of homes.
UNDO: Final = 10.0
DECIDE: Final = 60.0  # at most, until somebody withdraws
_SENDING: Final = Patience(
    first=FIRST_PAUSE, longest=LONGEST_PAUSE, give_up=float("inf")
)

# Fractions of the shares with each outcome.
UNDONE, STOPPED, CUT, SLOW, WITHDRAWN = 0.05, 0.05, 0.2, 0.1, 0.15
_BLOCK: Final = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Options:
    """The size and duration of a run."""

    origin: str
    homes: int = 20
    shares: int = 100
    minutes: float = 5.0
    megabytes: float = 8.0  # mean size of a share
    slow: float = 100.0  # kB per second of a slow connection
    pace: float = 1.0
    seed: int | None = None
    upload_code: str | None = None


@dataclass(kw_only=True)
class Outcome:
    """The outcome of a run."""

    counts: Counter[str] = field(default_factory=Counter)
    # In seconds.
    times: dict[str, list[float]] = field(
        default_factory=lambda: {"delivery": [], "receipt": [], "withdrawal": []}
    )
    bytes: int = 0
    seconds: float = 0.0  # from the first byte to the last
    wrong: list[str] = field(default_factory=list)
    arrived: dict[str, tuple[str, int]] = field(default_factory=dict)  # digest, size
    deleted: set[str] = field(default_factory=set)


class Run(Protocol):
    """The run that a share belongs to."""

    options: Options
    outcome: Outcome
    chance: random.Random
    document: AgencyDocument

    def moved(self) -> None:
        """Record that bytes are being sent."""


class Share:
    """One share of one home, from the tap to the last answer."""

    def __init__(self, load: Run, outside: Outside, folder: Path) -> None:
        """Create the package in this folder."""
        self._load = load
        self._options = load.options
        self._counts = load.outcome.counts
        self._chance = random.Random(load.chance.random())
        self._outside = outside
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._home = thumbprint(self._key.public_key())
        self._ledger = secrets.token_hex(32)
        self.id = secrets.token_hex(16)
        self.path = folder / self.id
        self._size = 0
        self._sha256 = ""
        # The URL that a home would store.
        self._url: str | None = None
        self._acknowledged = self._most = 0
        self._troubles = 0  # consecutive failures without progress

    async def live(self) -> None:
        """Run the share from the tap to the last answer."""
        self._counts["begun"] += 1
        await asyncio.to_thread(self._write)
        if self._happens(UNDONE):
            await self._pause(UNDO * self._chance.random())
            self._counts["undone"] += 1
            return
        await self._pause(UNDO)
        began = time.perf_counter()
        self._load.moved()
        if self._happens(SLOW):
            self._counts["slow"] += 1
            port = URL(self._options.origin).port or 80
            rate = int(self._options.slow * 1000 * self._options.pace)
            async with SlowLink(port, rate) as link:
                delivered = await self._deliver(f"http://127.0.0.1:{link.port}")
        else:
            delivered = await self._deliver(self._options.origin)
        self._load.moved()
        if not delivered:
            self._counts["stopped"] += 1
            return
        self._counts["delivered"] += 1
        self._load.outcome.arrived[self.id] = self._sha256, self._size
        self._load.outcome.bytes += self._size
        self._note("delivery", began)
        began = time.perf_counter()
        await self._receipt()
        self._note("receipt", began)
        if self._happens(WITHDRAWN):
            await self._pause(DECIDE * self._chance.random())
            began = time.perf_counter()
            await self._withdraw()
            self._note("withdrawal", began)

    def _happens(self, part: float) -> bool:
        """Return True with this probability."""
        return self._chance.random() < part

    def _wrong(self, what: str) -> None:
        self._load.outcome.wrong.append(f"{self.id}: {what}")

    def _note(self, what: str, began: float) -> None:
        self._load.outcome.times[what].append(time.perf_counter() - began)

    async def _pause(self, seconds: float) -> None:
        """Wait, divided by the pace."""
        await asyncio.sleep(seconds / self._options.pace)

    async def _be_patient(self, patience: Patience, troubles: int) -> None:
        """Back off like homes after this many failures."""
        pause = min(patience.longest, patience.first * 2.0 ** min(troubles, 40))
        await self._pause(pause * self._chance.uniform(0.5, 1))

    def _write(self) -> None:
        """Write the content, whose size is distributed like that of clips."""
        mean = self._options.megabytes * 1e6
        drawn = self._chance.lognormvariate(-0.18, 0.6) * mean
        self._size = int(min(4 * mean, max(1000, drawn)))
        digest = hashlib.sha256()
        with self.path.open("wb") as file:
            for begin in range(0, self._size, _BLOCK):
                block = os.urandom(min(_BLOCK, self._size - begin))
                digest.update(block)
                file.write(block)
        self._sha256 = digest.hexdigest()

    async def _deliver(self, origin: str) -> bool:
        """Send everything; return False if it was stopped."""
        cut = self._chance.random() * self._size if self._happens(CUT) else None
        stop = self._chance.random() * self._size if self._happens(STOPPED) else None
        while True:
            at = min((each for each in (cut, stop) if each is not None), default=None)
            try:
                if await self._send(origin, at):
                    return True
            except DeliveryError as error:
                if error.permanent:
                    raise
                self._counts["asked to come back"] += 1
            else:
                if at == stop:
                    return not await self._stop(origin)
                self._counts["cut"] += 1
                cut = None
            await self._be_patient(_SENDING, self._troubles)
            self._troubles += 1

    async def _send(self, origin: str, at: float | None) -> bool:
        """Send the rest; return False if the connection was cut after some bytes."""
        reached = asyncio.Event()

        def on_progress(sent: int) -> None:
            self._most = max(self._most, sent)
            if at is not None and sent >= at:
                reached.set()

        sending = asyncio.create_task(
            Upload(
                client=self._client(origin),
                path=self.path,
                metadata={
                    "filename": f"{self.id}.tar.age",
                    "share_id": self.id,
                    "home": self._home,
                    "ledger": self._ledger,
                },
                url=self._url,
                on_url=self._on_url,
                on_progress=on_progress,
                on_sending=self._on_sending,
                acknowledged=self._acknowledged,
                sent=self._most,
                on_acknowledged=self._on_acknowledged,
                on_dropped=self._on_dropped,
            ).run()
        )
        breaking = asyncio.create_task(reached.wait())
        try:
            await asyncio.wait({sending, breaking}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, breaking):
                task.cancel()
            await asyncio.gather(sending, breaking, return_exceptions=True)
        if sending.cancelled():
            return False
        sending.result()
        return True

    async def _on_url(self, url: str) -> None:
        self._url = url

    async def _on_sending(self, offset: int) -> None:
        if offset > self._acknowledged:
            self._troubles = 0
        self._acknowledged = offset

    async def _on_acknowledged(self, offset: int) -> None:
        self._acknowledged = offset

    async def _on_dropped(self, dropped: Dropped) -> None:
        # A connection may end before any byte arrives; the home then starts over.
        if dropped is not Dropped.EMPTY:
            self._wrong(f"what the agency had of it is {dropped.value}")
        self._url = None
        self._acknowledged = self._most = 0

    def _client(self, origin: str) -> TusClient:
        """Return a client for uploads through this connection."""
        endpoint = self._at(origin, self._load.document.upload_endpoint)
        return TusClient(self._outside, endpoint, True, self._options.upload_code)

    def _at(self, origin: str, url: str) -> str:
        """Return a URL of the agency through this connection."""
        line = URL(origin)
        return str(URL(url).with_host(line.host or "").with_port(line.port))

    async def _stop(self, origin: str) -> bool:
        """Stop the upload; return False if it had arrived completely."""

        async def on_part(arrived: int) -> None:
            """Ignore progress."""

        url = self._url
        if url is None:
            return True

        async def ask() -> TakenBack:
            return await take_back(self._client(origin), url, self._size, on_part)

        return await self._again(ask, TakingBack.patience) is not TakenBack.ARRIVED

    async def _again[Result](
        self, ask: Callable[[], Awaitable[Result]], patience: Patience
    ) -> Result:
        """Retry until there is an answer, with backoff."""
        troubles = 0
        if not patience.at_once:
            await self._be_patient(patience, troubles)
            troubles = 1
        while True:
            try:
                return await ask()
            except (
                DeliveryError,
                OutsideError,
                aiohttp.ClientError,
                TimeoutError,
            ) as err:
                if isinstance(err, DeliveryError) and err.permanent:
                    raise
            self._counts["asked again"] += 1
            await self._be_patient(patience, troubles)
            troubles += 1

    async def _receipt(self) -> None:
        """Poll for the receipt and compare it."""
        uri = self._load.document.receipts_uri
        if uri is None:
            return
        address = f"{uri.rstrip('/')}/{self.id}"

        async def ask() -> bytes:
            return await self._outside.fetch(address, local=True, limit=LONGEST_ANSWER)

        receipt = read_receipt(
            (await self._again(ask, Receipts.patience)).decode("ascii").strip(),
            document=self._load.document,
            home=self._home,
            share_id=self.id,
            now=time.time(),
        )
        if (receipt.sha256, receipt.size) != (self._sha256, self._size):
            self._wrong("a receipt for something else")
        if receipt.ledger != self._ledger:
            self._wrong("a receipt with another ledger")
        self._counts["receipts"] += 1

    async def _withdraw(self) -> None:
        """Withdraw it, then ask again to check that the answer is final."""
        document = self._load.document
        if (url := document.withdrawals_uri) is None:
            return
        request = make_request(
            self._key,
            issuer=document.issuer,
            share_id=self.id,
            sha256=self._sha256,
            now=time.time(),
        )

        async def ask() -> str:
            session = self._outside.session(url, local=True)
            headers = {"Content-Type": "application/jose"}
            async with session.post(URL(url), data=request, headers=headers) as answer:
                if answer.status in (403, 404):
                    self._wrong(f"a withdrawal is answered by {answer.status}")
                if answer.status != 200:
                    raise DeliveryError("agency_unavailable", permanent=False)
                return await answer.text()

        results = []
        for _ in range(2):
            answer = read_answer(
                await self._again(ask, Withdrawing.patience),
                request,
                document=document,
                home=self._home,
                share_id=self.id,
                now=time.time(),
            )
            results.append(answer.result)
        if Withdrawal.DELETED in results and results[0] != results[1]:
            self._wrong(f"answered {results[0]}, then {results[1]}")
        if results[0] is Withdrawal.DELETED:
            self._load.outcome.deleted.add(self.id)
        self._counts[f"withdrawn, {results[0].value}"] += 1
