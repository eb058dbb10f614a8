"""Follow the pages for agencies block by block, as a reader would type them.

Two folders stand for the server and the desk. The server runs the intake from the archive of a
release, the desk runs the released command on Debian's Python, and a real home sends packages.
The fixture `life` and pages.py make the other replacements: sudo, scp and sshfs.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
import os
from pathlib import Path
import re
import shutil
import subprocess
import sys
import time
from typing import Any
from urllib.request import urlopen

import pytest

from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.agency import AgencyDocument
from custom_components.doorwatch.engine.sharing.documents.discovery import (
    WELL_KNOWN,
    read_document,
)
from custom_components.doorwatch.engine.sharing.model import (
    Share,
    ShareState,
    Withdrawal,
)
from custom_components.doorwatch.engine.sharing.outbox.lookups import AgencyAccess
from custom_components.doorwatch.engine.sharing.signing.keys import HomeKeys
from tests.engine.sharing.evidence import ORIGIN, SHARE_ID, make_intent, make_zip
from tests.engine.sharing.outbox.home import FakeTime, Home
from tests.engine.sharing.outbox.parts import confirmed
from tests.ports import own_port
from tests.repository import ROOT
from tests.series import nightly

from .pages import FOLDER, Machine, Walk, blocks_of

RELEASE = "https://github.com/doorwatch-project/doorwatch/releases/latest/download"
# Each page needs the ones before it.
WALK = (
    "set-up.md",
    "desk.md",
    "requests.md",
    "standard-tools.md",
    "keys-and-loss.md",
)
# The reasons to skip blocks, and their numbers of blocks.
SKIPPED = {"apt": 5, "bucket": 5, "nginx": 1, "systemd": 1, "windows": 2}


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the files of a release."""
    folder = tmp_path_factory.mktemp("released")
    make = [sys.executable, str(ROOT / "scripts/make_agency.py"), str(folder)]
    subprocess.run(make, check=True, capture_output=True, timeout=180)
    return folder


def test_every_block_is_run_or_says_why_not() -> None:
    """New blocks must be run or give a reason."""
    skipped: Counter[str] = Counter()
    for page in sorted(path.name for path in FOLDER.glob("*.md")):
        for block in blocks_of(page):
            match (block.language, *block.words):
                case (
                    "sh" | "powershell" | "sql" | "text",
                    reason,
                ) if reason.startswith("skip="):
                    skipped[reason.removeprefix("skip=")] += 1
                case ("bash",):
                    assert page == "standard-tools.md", block.where
                case ("sh", "desk" | "server") | (
                    "sh",
                    "server",
                    "desk" | "background",
                ):
                    assert page in WALK, block.where
                case ("toml" | "text", "desk" | "server", _) | ("text", "output"):
                    assert page in WALK, block.where
                case _:
                    raise AssertionError(f"{block.where}: who runs this?")
    assert skipped == SKIPPED


class Life:
    """A home that acts while the pages are followed."""

    def __init__(self, walk: Walk, home: Home, passing: FakeTime, clip: Clip) -> None:
        """Store the walk and the home."""
        self.walk = walk
        self._home = home
        self._passing = passing
        self._clip = clip
        self._loop = asyncio.get_running_loop()
        self.shares: list[Share] = []
        walk.before |= {
            ("desk.md", "Take a package"): self.share,
            ("desk.md", "Withdrawals"): self.withdraw,
            ("desk.md", "A zip that a person handed over"): self.hand_over,
            ("desk.md", "A desk without a network"): self.share,
            ("standard-tools.md", "With our script"): self.share,
            ("keys-and-loss.md", "A lost folder of the website"): self.lose_website,
        }

    def _do[T](self, deed: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine of the home from the thread that follows the pages."""
        return asyncio.run_coroutine_threadsafe(deed, self._loop).result(120)

    def share(self) -> None:
        """Read the document from the server, share a clip, and deliver it."""
        self._do(self._share())

    async def _share(self) -> None:
        origin = self.walk.names["https://police.example"]
        url = origin + WELL_KNOWN
        token = await asyncio.to_thread(lambda: urlopen(url).read().decode())
        document, _ = read_document(token, url=url, pin=None, now=time.time())
        assert isinstance(document, AgencyDocument)
        code = self.walk.machines["server"].folder / "etc/doorwatch/upload-code"
        intent = await asyncio.to_thread(
            make_intent, self._clip, self._home.staging, document=document
        )
        self._home.agencies[intent.agency_id] = AgencyAccess(
            document=document, local=True, upload_code=code.read_text().strip()
        )
        share = await self._home.outbox.add(confirmed(intent), cancel_window=0)
        share = await self._home.until(share.share_id, ShareState.DELIVERED)
        await self._home.settle()
        self.shares.append(share)
        self.walk.names["4f9d3c0a8b7e4d2c9a1f6e5d4c3b2a10"] = share.share_id
        keys = HomeKeys(self._home.folder / "keys")
        home = keys.fingerprint(intent.agency_id)
        assert home is not None
        self.walk.names["ABCD EFGH ..."] = home

    def withdraw(self) -> None:
        """Withdraw the last share."""
        self._do(self._withdraw())

    async def _withdraw(self) -> None:
        share_id = self.shares[-1].share_id
        await self._home.outbox.withdraw(share_id, user_id="u1")
        await self._home.when(
            share_id, lambda share: share.withdrawal is Withdrawal.PENDING
        )

    async def is_answered(self) -> None:
        """Wait until the home has the officer's answer to its withdrawal."""
        self._passing.advance(60)
        share = await self._home.when(
            self.shares[0].share_id, lambda one: one.withdrawal is Withdrawal.DELETED
        )
        assert share.withdrawal_text == "Deleted on the day you asked."

    async def is_told_of_opening(self) -> None:
        """Wait until the home has the receipt that was carried on a stick."""
        self._passing.advance(3600)
        await self._home.when(
            self.shares[1].share_id, lambda one: one.opened_at is not None
        )

    def lose_website(self) -> None:
        """Delete the published files."""
        shutil.rmtree(self.walk.machines["server"].folder / "srv/doorwatch/public")

    def hand_over(self) -> None:
        """Place a zip where a browser would save it."""
        downloads = self.walk.machines["desk"].home / "Downloads"
        downloads.mkdir()
        intent = make_intent(self._clip, self._home.folder / "handed over")
        make_zip(intent, downloads / f"doorwatch-{SHARE_ID}.zip")


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[dict[str, Machine]]:
    """Return two machines with only Debian's programs."""
    server, port = tmp_path / "server", own_port()
    found = {
        name: Machine(tmp_path / name, server, port) for name in ("server", "desk")
    }
    for stick in ("stick", "copy", "new-stick", "newest-stick"):
        (tmp_path / "desk/media" / stick).mkdir(parents=True)
    (tmp_path / "server/media/carry").mkdir(parents=True)
    (tmp_path / "desk/media/carry").symlink_to(tmp_path / "server/media/carry")
    yield found
    for machine in found.values():
        machine.stop()


@pytest.fixture
async def life(
    machines: dict[str, Machine], released: Path, clip: Clip, tmp_path: Path
) -> AsyncIterator[Life]:
    """Return a home and both machines before the first block."""
    port = machines["server"].port
    now = datetime.now(UTC)
    names = {
        RELEASE: released.as_uri(),
        "https://police.example": f"http://127.0.0.1:{port}",
        # A zip that was handed over names the agency that the person typed.
        "https://upload.example": ORIGIN,
        # A week ago, and next month.
        "2026-11-24": f"{now - timedelta(days=7):%Y-%m-%d}",
        "2026-12-20": f"{now + timedelta(days=26):%Y-%m-%d}",
        # 30 days after arrival.
        "2026-12-24": f"{now + timedelta(days=30):%Y-%m-%d}",
        # The block before installs this program from the network.
        '"$PWD/bagit/bin/bagit.py"': f'"{sys.executable} -m bagit"',
    }
    learned = {"age1…": re.compile(r"age1[0-9a-z]{58}")}
    passing = FakeTime()
    passing.wall = time.time() - passing.passed
    home = Home(tmp_path / "a home", passing.clock)
    home.time = passing
    await home.open()
    walk = Walk(machines=machines, names=names, before={}, learned=learned)
    yield Life(walk, home, passing, clip)
    await home.close()


@nightly
async def test_the_pages_do_what_they_say(life: Life) -> None:
    """The pages are followed in order, from two empty machines."""
    for page in WALK:
        await asyncio.to_thread(life.walk.follow, page)
        if page == "desk.md":
            await life.is_answered()
    await life.is_told_of_opening()
    server = life.walk.machines["server"]
    await asyncio.to_thread(server.stop)
    said = "".join(server.journal)
    assert said.count("arrived") == len(life.shares) == 3
    assert "warning" not in said


def test_the_intakes_own_page_starts_it(tmp_path: Path) -> None:
    """Packages are linked instead of downloaded, and the port is free."""
    block = next(
        block
        for block in blocks_of("../../agency/intake/README.md")
        if block.language == "sh"
    )
    source = ROOT / "agency/intake"
    shutil.copytree(source / "src", tmp_path / "src")
    shutil.copy(source / "package.json", tmp_path)
    (tmp_path / "npm").write_text(f"#!/bin/sh\nln -s {source}/node_modules .\n")
    (tmp_path / "sudo").write_text('#!/bin/sh\ntest "$1 $2" = "apt install"\n')
    for name in ("npm", "sudo"):
        (tmp_path / name).chmod(0o755)
    text = block.text.replace("main.js ", f"main.js --port {own_port()} ")
    assert text.count("--port") == 1
    with subprocess.Popen(
        ["bash", "-euc", text.replace("\nnode ", "\nexec node ")],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.kill()
    assert "listening on" in said
