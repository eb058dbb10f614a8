"""Test a home with a complete agency: receipts, withdrawals and an officer's answers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
import os
from pathlib import Path
import subprocess
import sys
import time

import pytest

from custom_components.doorwatch.engine.sharing.agency import AgencyDocument
from custom_components.doorwatch.engine.sharing.documents.discovery import (
    WELL_KNOWN,
    read_document,
)
from custom_components.doorwatch.engine.sharing.model import (
    ReceiptState,
    Removal,
    Share,
    ShareState,
    Withdrawal,
)
from custom_components.doorwatch.engine.sharing.outbox import share_upload
from custom_components.doorwatch.engine.sharing.outbox.lookups import AgencyAccess
from custom_components.doorwatch.engine.sharing.outbox.receipts import Receipts
from custom_components.doorwatch.engine.sharing.outbox.withdrawals import Withdrawing
from tests.agency.officer import new_desk
from tests.e2e.agency import REPOSITORY, DemoAgency
from tests.e2e.slow_link import SlowLink

from .home import Home
from .parts import other_terms

VIDEO = b"what the doorbell saw " * 9000


@pytest.fixture
def agency(tmp_path: Path) -> Iterator[DemoAgency]:
    """Return an agency with the setup of a small agency."""
    agency = DemoAgency(tmp_path / "agency")
    with agency.intake:
        yield agency


def published(agency: DemoAgency) -> AgencyDocument:
    """Read the published document."""
    token = (agency.intake.public / WELL_KNOWN.lstrip("/")).read_text()
    url = agency.origin + WELL_KNOWN
    document, _ = read_document(token, url=url, pin=None, now=time.time())
    assert isinstance(document, AgencyDocument)
    return document


@pytest.fixture
async def home(
    tmp_path: Path, agency: DemoAgency, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Home]:
    """Return a home that uses the real clock and asks often."""
    for follow_up in (Receipts, Withdrawing):
        patience = replace(follow_up.patience, first=0.2, longest=0.5)
        monkeypatch.setattr(follow_up, "patience", patience)
    home = Home(tmp_path / "home")
    home.agencies["agency"] = AgencyAccess(
        document=published(agency), local=True, upload_code=agency.upload_code
    )
    await home.open()
    yield home
    await home.close()


async def deliver(home: Home, agency: DemoAgency) -> Share:
    """Share a clip and wait for the receipt."""
    share = await home.add(published(agency), VIDEO)
    await home.until(share.share_id, ShareState.DELIVERED)
    return await home.when(
        share.share_id, lambda share: share.receipt is ReceiptState.RECEIVED
    )


def is_(state: Withdrawal) -> Callable[[Share], bool]:
    """Return a check for this withdrawal state."""
    return lambda share: share.withdrawal is state


def package_of(agency: DemoAgency, share: Share) -> Path:
    """Return the path of the package in the intake's inbox."""
    return agency.intake.inbox / f"{share.share_id}.tar.age"


async def test_the_intake_gives_a_receipt_that_the_home_keeps(
    home: Home, agency: DemoAgency, tmp_path: Path
) -> None:
    """The receipt has the digest of the sent file, which only the agency can decrypt."""
    share = await deliver(home, agency)
    (sent,) = await home.lines("sent")
    (received,) = await home.lines("received")
    assert received.data["sha256"] == sent.data["sha256"]
    assert share.received_at is not None
    package = package_of(agency, share)
    assert VIDEO[:100] not in package.read_bytes()
    tar = await asyncio.to_thread(agency.decrypt, package, tmp_path / "package.tar")
    assert VIDEO in tar.read_bytes()


async def test_what_is_still_in_the_inbox_is_deleted(
    home: Home, agency: DemoAgency
) -> None:
    """The intake deletes it and signs the answer."""
    share = await deliver(home, agency)
    package = package_of(agency, share)
    assert package.exists()
    await home.outbox.withdraw(share.share_id, user_id="u1")
    await home.when(share.share_id, is_(Withdrawal.DELETED))
    assert not package.exists()
    (line,) = await home.lines("withdrawal_answered")
    assert line.data["answer_sha256"]


async def test_an_officer_decides_about_what_was_taken_away(
    home: Home, agency: DemoAgency, tmp_path: Path
) -> None:
    """The withdrawal is pending until then, and the officer's text reaches the person."""
    share = await deliver(home, agency)
    package_of(agency, share).rename(tmp_path / "case.tar.age")
    await home.outbox.withdraw(share.share_id, user_id="u1")
    await home.when(share.share_id, is_(Withdrawal.PENDING))
    desk = new_desk(tmp_path / "desk")
    answer = [
        *(sys.executable, "-m", "doorwatch_agency", "answer", share.share_id),
        *("refused", "--text", "It is evidence in court.", "--desk", str(desk)),
        *("--inbox", str(agency.intake.inbox)),
        *("--online", str(agency.folder / "keys" / "online.pem")),
        *("--site", str(agency.intake.public)),
    ]
    done = await asyncio.to_thread(
        subprocess.run,
        answer,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY / "agency")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    refused = await home.when(share.share_id, is_(Withdrawal.REFUSED))
    assert refused.withdrawal_text == "It is evidence in court."


async def test_a_receipt_by_a_changed_online_key_counts_at_once(
    home: Home, agency: DemoAgency
) -> None:
    """The home fetches the document early, because it does not know the key."""
    seen = published(agency)
    agency.intake.stop()
    (agency.folder / "keys" / "online.pem").unlink()
    changed = await asyncio.to_thread(
        DemoAgency, agency.folder, port=agency.intake.port
    )

    def publish() -> None:
        """Publish the changed document, but not at the first fetch, before the upload."""
        if len(home.renewed) > 1:
            home.agencies["agency"] = AgencyAccess(
                document=published(changed),
                local=True,
                upload_code=changed.upload_code,
            )

    home.publish = publish
    with changed.intake:
        share = await home.add(seen, VIDEO)
        await home.when(
            share.share_id, lambda share: share.receipt is ReceiptState.RECEIVED
        )
    assert len(home.renewed) == 2


async def test_new_terms_while_a_slow_upload_runs_stop_it(
    home: Home, agency: DemoAgency, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The uploaded part is removed, and the inbox remains empty."""
    monkeypatch.setattr(share_upload, "LOOK_EVERY", 0.2)
    async with SlowLink(agency.intake.port, rate=60_000) as link:
        endpoint = f"http://127.0.0.1:{link.port}/uploads"
        document = replace(published(agency), upload_endpoint=endpoint)
        code = agency.upload_code
        access = AgencyAccess(document=document, local=True, upload_code=code)
        home.agencies["agency"] = access

        def publish() -> None:
            """Publish other terms once a part was sent."""
            if link.forwarded > 50_000:
                changed = replace(access, document=other_terms(document))
                home.agencies["agency"] = changed

        home.publish = publish
        share = await home.add(document, VIDEO)
        stopped = await home.until(
            share.share_id, ShareState.NEEDS_NEW_TAP, problem="agency_changed"
        )
        assert stopped.begun
        await home.when(
            share.share_id, lambda share: share.removal is Removal.CONFIRMED
        )
    assert list(agency.intake.inbox.glob("*.tar.age")) == []
