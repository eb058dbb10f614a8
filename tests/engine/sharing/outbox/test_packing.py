"""Test that packages are encrypted for the agency and that the home keeps no readable copy."""

import asyncio
from dataclasses import replace
import io
import json
from pathlib import Path
import tarfile
from typing import Any

import pytest

from custom_components.doorwatch.engine.sharing.model import ShareState
from custom_components.doorwatch.engine.sharing.outbox import packing
from custom_components.doorwatch.engine.sharing.outbox.intents import intent_to_json
from custom_components.doorwatch.engine.sharing.package.package import (
    Package,
    build_package,
)
from custom_components.doorwatch.engine.sharing.signing.jws import thumbprint
from custom_components.doorwatch.engine.sharing.signing.keys import HomeKeys
from tests.age_program import Identity, SealedError, desk, make_identity
from tests.intake import Intake

from .home import FakeTime, Home
from .old_outbox import make_outbox
from .parts import make_document, make_intent, other_terms
from .tus_server import Server

VIDEO = b"what the doorbell saw " * 5000


def statement(tar: bytes, share_id: str) -> dict[str, Any]:
    """Read share.json from a tar."""
    with tarfile.open(fileobj=io.BytesIO(tar)) as package:
        file = package.extractfile(f"doorwatch-{share_id}/data/share.json")
        assert file is not None
        result: dict[str, Any] = json.loads(file.read())
    return result


def opens(identity: Identity, sealed: Path) -> bool:
    """Return whether this identity can open a package."""
    try:
        identity.open(sealed)
    except SealedError:
        return False
    return True


async def test_the_creation_tells_nothing_that_the_package_does_not(
    home: Home, intake: Intake, server: Server
) -> None:
    """It has the file name, the share id, and the data needed for receipts and withdrawals."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    share = await home.add(document)
    await home.until(share.share_id, ShareState.DELIVERED)
    (metadata,) = server.metadata
    key = HomeKeys(home.folder / "keys").for_agency("agency")
    (confirmed,) = await home.lines("confirmed")
    assert metadata == {
        "filename": f"{share.share_id}.tar.age",
        "filetype": "application/octet-stream",
        "share_id": share.share_id,
        "home": thumbprint(key.public_key()),
        "ledger": confirmed.digest,
    }
    document = make_document(intake.endpoint)
    home.set_agency(document)
    share = await home.add(document)
    await home.until(share.share_id, ShareState.DELIVERED)
    (package,) = intake.packages()
    said = statement(desk().open(package), share.share_id)
    assert said["home"]["thumbprint"] == metadata["home"]
    assert said["ledger"]["digest"] == (await home.lines("confirmed"))[1].digest


@pytest.mark.parametrize("stopped", ["waiting for a retry", "upload held", "failed"])
async def test_nothing_that_can_be_read_waits_here_once_it_is_packed(
    home: Home, server: Server, stopped: str
) -> None:
    """The share may wait, have failed, or be loaded after a restart."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    if stopped == "upload held":
        server.hold["PATCH"] = asyncio.Event()
    else:
        server.status["POST"] = 401 if stopped == "failed" else 503
    share = await home.add(document, VIDEO)
    if stopped == "upload held":
        await server.reached["PATCH"].wait()
    elif stopped == "failed":
        await home.until(share.share_id, ShareState.FAILED)
    else:
        await home.until(
            share.share_id, ShareState.UPLOADING, problem="agency_unavailable"
        )
    for _ in range(2):
        assert home.files() == {f"{share.share_id}.tar.age"}
        assert not any(home.staging.iterdir())
        for path in home.folder.rglob("*"):
            assert not path.is_file() or VIDEO[:100] not in path.read_bytes()
        await home.close()
        await home.open(start=False)
    await home.outbox.start()
    server.status.clear()
    for event in server.hold.values():
        event.set()


async def test_another_recipient_needs_a_new_tap(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """The person agreed to the recipients, so shares that wait or are packed are stopped."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.status["PATCH"] = 503
    packed = await home.add(document, VIDEO)
    await home.until(
        packed.share_id, ShareState.UPLOADING, problem="agency_unavailable"
    )
    waiting = await home.add(document, window=10)
    both = (*document.age_recipients, make_identity().recipient)
    home.set_agency(replace(document, age_recipients=both, seq=2))
    home.outbox.agency_changed("agency")
    for share in (packed, waiting):
        await home.until(
            share.share_id, ShareState.NEEDS_NEW_TAP, problem="agency_changed"
        )
    await home.emptied()


async def test_the_order_of_recipients_says_nothing(
    home: Home, intake: Intake, passing: FakeTime
) -> None:
    """A duplicate recipient makes no difference either."""
    other = make_identity()
    document = replace(
        make_document(intake.endpoint),
        age_recipients=(desk().recipient, other.recipient),
    )
    home.set_agency(document)
    share = await home.add(document, window=10)
    turned = (other.recipient, desk().recipient, other.recipient)
    home.set_agency(replace(document, age_recipients=turned, seq=2))
    home.outbox.agency_changed("agency")
    passing.advance(10)
    await home.until(share.share_id, ShareState.DELIVERED)


async def test_new_recipients_of_a_share_queued_before_are_who_can_open_it(
    home: Home, intake: Intake, passing: FakeTime
) -> None:
    """The version that queued the share did not bind the recipients."""
    document = make_document(intake.endpoint)
    home.set_agency(document)
    share = await home.add(document, window=10, before=True)
    other = make_identity()
    home.set_agency(replace(document, age_recipients=(other.recipient,), seq=2))
    home.outbox.agency_changed("agency")
    passing.advance(10)
    await home.until(share.share_id, ShareState.DELIVERED)
    (package,) = intake.packages()
    assert opens(other, package)
    assert not opens(desk(), package)


async def test_new_recipients_while_one_queued_before_is_packed_have_it_made_anew(
    home: Home, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No data of the first package has been sent."""
    document = make_document(intake.endpoint)
    home.set_agency(document)
    other = make_identity()
    build = build_package
    made: list[Package] = []

    def build_and_change(*arguments: Any) -> Any:
        if not made:
            home.set_agency(replace(document, age_recipients=(other.recipient,), seq=2))
        made.append(build(*arguments))
        return made[-1]

    monkeypatch.setattr(packing, "build_package", build_and_change)
    share = await home.add(document, VIDEO, before=True)
    await home.until(share.share_id, ShareState.DELIVERED)
    (package,) = intake.packages()
    assert opens(other, package)
    assert len(made) == 2
    assert len({one.sha256 for one in made}) == 2
    await home.emptied()


async def test_new_recipients_after_one_queued_before_was_packed_stop_nothing(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """The package cannot be made again, because its source files are deleted."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.status["PATCH"] = 503
    share = await home.add(document, VIDEO, before=True)
    await home.until(share.share_id, ShareState.UPLOADING, problem="agency_unavailable")
    package = home.outbox_folder / f"{share.share_id}.tar.age"
    before = package.read_bytes()
    home.set_agency(
        replace(document, age_recipients=(make_identity().recipient,), seq=2)
    )
    home.outbox.agency_changed("agency")
    await home.restart()
    assert package.read_bytes() == before
    server.status.clear()
    passing.advance(10)
    delivered = await home.until(share.share_id, ShareState.DELIVERED)
    assert delivered.total == len(before)


async def test_new_terms_leave_nothing_here_either(home: Home, server: Server) -> None:
    """Files of staged and packed shares are deleted, because a new tap stages the clip again."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.status["POST"] = 503
    packed = await home.add(document, VIDEO)
    await home.until(
        packed.share_id, ShareState.UPLOADING, problem="agency_unavailable"
    )
    staged = await home.add(document, VIDEO, window=300)
    home.set_agency(other_terms(document))
    home.outbox.agency_changed("agency")
    for share in (packed, staged):
        await home.until(share.share_id, ShareState.NEEDS_NEW_TAP)
    await home.emptied()


# Shares stored by earlier versions


@pytest.mark.parametrize("state", ["uploading", "failed"])
async def test_a_plain_package_of_the_version_before_is_not_sent_and_not_kept(
    tmp_path: Path, server: Server, state: str
) -> None:
    """The share needs a new tap, and the uploaded part is taken back."""
    document = make_document(server.endpoint)
    home = Home(tmp_path / "old")
    home.set_agency(document)
    intent = make_intent(tmp_path / "staging", document)
    server.received["/uploads/0"] = bytearray(10)
    url = f"{server.endpoint}/0"
    make_outbox(
        home.outbox_folder,
        2,
        state=state,
        intent=intent_to_json(intent),
        created_at=1_999_999_999,
        begun=1,
        sent=10,
        upload_url=url,
        package_sha256="ab" * 32,
        package_size=99,
    )
    (home.outbox_folder / "a.tar").write_bytes(VIDEO)
    await home.open()
    try:
        await home.until("a", ShareState.NEEDS_NEW_TAP, problem="not_encrypted")
        await asyncio.wait_for(server.reached["DELETE"].wait(), 30)
        assert home.files() == set()
        assert "PATCH" not in server.requests
    finally:
        await home.close()


async def test_a_share_that_waited_in_the_version_before_is_encrypted(
    tmp_path: Path, intake: Intake
) -> None:
    """It was not packed yet, and the person's confirmation is still valid."""
    document = make_document(intake.endpoint)
    home = Home(tmp_path / "old")
    home.set_agency(document)
    share_id = "a" * 32
    intent = make_intent(home.outbox_folder, document, VIDEO, name=f"{share_id}.mp4")
    make_outbox(
        home.outbox_folder,
        2,
        share_id=share_id,
        state="packaging",
        intent=intent_to_json(intent),
        created_at=1_999_999_999,
    )
    await home.open()
    try:
        await home.until(share_id, ShareState.DELIVERED)
        (package,) = intake.packages()
        assert opens(desk(), package)
    finally:
        await home.close()


async def test_the_feed_that_was_shown_goes_along(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """A share whose feed is replaced or missing is not sent."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.status["POST"] = 503
    share = await home.add(document, answers=True)
    await home.until(share.share_id, ShareState.UPLOADING, problem="agency_unavailable")
    sealed = home.outbox_folder / f"{share.share_id}.tar.age"
    with tarfile.open(fileobj=io.BytesIO(desk().open(sealed))) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    assert names > {"data/requests.jws", "data/declaration.txt"}
    for other in ("another feed", None):
        waiting = await home.add(document, answers=True, window=100)
        feed = home.outbox_folder / f"{waiting.share_id}.jws"
        feed.unlink()
        if other is not None:
            feed.write_text(other)
        passing.advance(100)
        await home.until(
            waiting.share_id, ShareState.NEEDS_NEW_TAP, problem="staged_changed"
        )
