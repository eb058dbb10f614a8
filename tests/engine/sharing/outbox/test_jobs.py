"""Test reporting progress, and storage errors during a job."""

import sqlite3
from typing import Any
from unittest.mock import Mock

import pytest

from custom_components.doorwatch.engine.sharing.model import Share, ShareState
from custom_components.doorwatch.engine.sharing.outbox import jobs
from custom_components.doorwatch.engine.sharing.outbox.record import Record
from custom_components.doorwatch.engine.sharing.outbox.store import OutboxStore
from tests import waiting
from tests.intake import Intake

from .home import FakeTime, Home
from .parts import make_document, other_terms
from .tus_server import Server

DELIVERED = ShareState.DELIVERED
UPLOADING = ShareState.UPLOADING


async def test_progress_is_told_but_not_more_often_than_can_be_seen(
    home: Home, intake: Intake, passing: FakeTime
) -> None:
    document = make_document(intake.endpoint)
    home.set_agency(document)
    share = await home.add(document, bytes(20_000_000))
    share = await home.until(share.share_id, DELIVERED)
    assert len(home.changes) < 8  # no time passed, so only state changes were reported
    job_told = [change for change in home.changes if change.state is UPLOADING]
    assert [change.total for change in job_told][-1] == share.total


def test_progress_is_told_four_times_a_second(passing: FakeTime) -> None:
    told: list[Share] = []
    registry = jobs.JobRegistry(
        Mock(), Mock(), Mock(), passing.clock, Mock(on_change=told.append)
    )
    record = Record(
        share_id="a",
        clip_id="b",
        agency_id="c",
        agency_name="d",
        user_id="e",
        state=UPLOADING,
        intent=None,
        created_at=0,
        cancel_window=0,
    )
    job: Any = registry.open_job(record, None)  # type: ignore[arg-type]  # unused
    for sent in range(100):
        registry.tell_progress(job, sent)
        passing.passed += 0.05
    assert len(told) == 20
    assert told[-1].sent == 95


async def test_while_nothing_can_be_stored_nothing_is_lost(
    home: Home, server: Server, passing: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = make_document(server.endpoint)
    home.set_agency(document)
    share = await home.add(document, window=10)

    def broken(*arguments: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(OutboxStore, "save", broken)
        passing.advance(10)
        count = len(home.changes)
        await waiting.until(lambda: len(home.changes) != count)
        home.set_agency(other_terms(document))
        home.outbox.agency_changed("agency")
        await home.settle()
        home.set_agency(document)
    passing.advance(10)
    await home.until(share.share_id, DELIVERED)
