"""Test the downloads about shares: consent receipt, fingerprint and ledger."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
import json
from pathlib import Path
import subprocess

from aiohttp import ClientResponse
from homeassistant.util import dt as dt_util
import pytest

from custom_components.doorwatch.const import CONF_CANCEL_WINDOW, CONF_SHARERS
from custom_components.doorwatch.engine.clips.model import ANY, RetentionPolicy
from custom_components.doorwatch.engine.sharing.model import ReceiptState
from custom_components.doorwatch.engine.sharing.outbox.delivery import Upload
from custom_components.doorwatch.engine.sharing.outbox.lookups import Renewal
from custom_components.doorwatch.engine.sharing.signing.jws import (
    decode,
    fingerprint,
    thumbprint,
)
from tests.repository import ROOT
from tests.sharing_fixtures import Home, command, prepare, tap

SCRIPT = ROOT / "docs" / "verify-ledger.sh"


async def download(home: Home, url: str) -> ClientResponse:
    """Fetch a signed path without any other login."""
    return await (await home.client()).get(url)


@pytest.fixture
async def share_id(home: Home, monkeypatch: pytest.MonkeyPatch) -> str:
    """Share a clip as a user who isn't an administrator, until it is being uploaded."""

    async def at_the_door(*_args: object, **_more: object) -> None:
        reached.set()
        await asyncio.Event().wait()

    reached = asyncio.Event()

    async def is_as_it_was() -> Renewal:
        return Renewal.TRUSTED

    monkeypatch.setattr(Upload, "run", at_the_door)
    monkeypatch.setattr(home.agency.runtime_data, "async_fetch", is_as_it_was)
    sharer = await home.user("Sharer", control=[home.front])
    home.configure(**{CONF_CANCEL_WINDOW: 0, CONF_SHARERS: [sharer.id]})
    client = await home.connect_as(sharer)
    ready = await prepare(client, home, personal={"name": "Sam Jansen"})
    answer = await tap(client, home, ready["confirmation"])
    await asyncio.wait_for(reached.wait(), 60)
    shared: str = answer["result"]["response"]["share_id"]
    return shared


async def test_receipt_and_fingerprint_are_for_who_may_see_the_share(
    home: Home, share_id: str
) -> None:
    """Only the sharer and administrators get them."""
    users = await home.hass.auth.async_get_users()
    (sharer,) = [user for user in users if user.name == "Sharer"]
    stranger = await home.user("Lee", control=[home.front])
    key = await home.hass.async_add_executor_job(
        home.data.keys.for_agency, home.agency.entry_id
    )
    home_print = thumbprint(key.public_key())

    for user in (sharer, home.admin):
        client = await home.connect_as(user)
        answer = await command(client, type="doorwatch/share/proof", share_id=share_id)
        proof = answer["result"]
        assert proof["fingerprint"] == fingerprint(home_print)
        receipt = await download(home, proof["receipt"])
        assert receipt.status == HTTPStatus.OK
        assert receipt.content_type == "application/jose"
        assert share_id in receipt.headers["Content-Disposition"]
        claims = json.loads(decode((await receipt.text()).split(".")[1]))
        assert claims["iss"] == home_print
        assert claims["jti"] == claims["consent"]["record_id"] == share_id
        assert "Sam Jansen" in json.dumps(claims["consent"])

    client = await home.connect_as(stranger)
    answer = await command(client, type="doorwatch/share/proof", share_id=share_id)
    assert answer["error"]["code"] == "share_unknown"
    http = await home.client(await home.login(stranger))
    for name in (share_id, "nothing"):
        hidden = await http.get(f"/api/doorwatch/receipt/{name}")
        assert hidden.status == HTTPStatus.NOT_FOUND
    without = await (await home.client()).get(f"/api/doorwatch/receipt/{share_id}")
    assert without.status == HTTPStatus.UNAUTHORIZED


async def test_the_agencys_receipt_is_for_who_may_see_the_share(
    home: Home, share_id: str
) -> None:
    """There is no link before the receipt, and only permitted people get the link."""
    path = f"/api/doorwatch/delivery_receipt/{share_id}"
    client = await home.connect()
    answer = await command(client, type="doorwatch/share/proof", share_id=share_id)
    assert answer["result"]["delivery_receipt"] is None
    http = await home.client(await home.login(home.admin))
    assert (await http.get(path)).status == HTTPStatus.NOT_FOUND

    registry = home.registry
    job = registry.jobs[share_id]
    job.record = replace(
        job.record,
        receipt_state=ReceiptState.RECEIVED,
        delivery_receipt="signed.by.agency",
    )
    await registry.save(job.record)
    answer = await command(client, type="doorwatch/share/proof", share_id=share_id)
    receipt = await download(home, answer["result"]["delivery_receipt"])
    assert receipt.status == HTTPStatus.OK
    assert await receipt.text() == "signed.by.agency"
    assert f"delivery-receipt-{share_id}" in receipt.headers["Content-Disposition"]

    stranger = await home.user("Lee", control=[home.front])
    http = await home.client(await home.login(stranger))
    assert (await http.get(path)).status == HTTPStatus.NOT_FOUND
    without = await (await home.client()).get(path)
    assert without.status == HTTPStatus.UNAUTHORIZED


async def test_a_shared_clip_goes_when_its_time_is_over_and_its_share_does_not(
    home: Home, share_id: str
) -> None:
    """The share has its own copy; receipt and ledger keep the consent."""
    now = dt_util.utcnow() + timedelta(days=31)
    [share] = await home.data.outbox.list()
    line = await home.data.ledger.of_share("confirmed", share_id)
    assert line is not None

    gone = await home.data.library.enforce(RetentionPolicy(days={ANY: 30}), now)

    assert home.clip.clip_id in [clip.clip_id for clip in gone]
    assert not await home.hass.async_add_executor_job(home.clip.path.exists)
    # The upload continues with the same package.
    assert (await home.data.outbox.list())[0].state == share.state == "uploading"
    package = home.registry.store.package(share_id)
    assert (
        await home.hass.async_add_executor_job(lambda: package.stat().st_size)
        == home.registry.jobs[share_id].record.package_size
    )
    client = await home.connect()
    answer = await command(client, type="doorwatch/share/proof", share_id=share_id)
    receipt = await download(home, answer["result"]["receipt"])
    assert receipt.status == HTTPStatus.OK
    assert await home.data.ledger.of_share("confirmed", share_id) == line
    claims = decode((await receipt.text()).split(".")[1]).decode()
    assert f'"sha256":"{line.data["file_sha256"]}"' in claims
    assert f'"original_sha256":"{home.clip.sha256}"' in claims


async def test_a_share_that_was_not_packed_has_no_receipt_yet(home: Home) -> None:
    """There is no key either before the first use."""
    client = await home.connect()
    ready = await prepare(client, home)
    answer = await tap(client, home, ready["confirmation"])
    share_id = answer["result"]["response"]["share_id"]
    answer = await command(client, type="doorwatch/share/proof", share_id=share_id)
    assert answer["result"] == {
        "fingerprint": None,
        "receipt": None,
        "delivery_receipt": None,
        "declaration": None,
        "request": None,
    }
    http = await home.client(await home.login(home.admin))
    receipt = await http.get(f"/api/doorwatch/receipt/{share_id}")
    assert receipt.status == HTTPStatus.NOT_FOUND


async def test_an_administrator_downloads_the_ledger_and_a_shell_script_checks_it(
    home: Home, share_id: str, tmp_path: Path
) -> None:
    """The script also compares with the agency's data and detects a changed byte."""
    client = await home.connect()
    answer = await command(client, type="doorwatch/ledger/link")
    ledger = await download(home, answer["result"]["url"])
    assert ledger.status == HTTPStatus.OK
    assert "attachment" in ledger.headers["Content-Disposition"]
    assert ledger.headers["Cache-Control"] == "private, no-store"
    content = await ledger.read()
    file = tmp_path / "ledger.jsonl"
    file.write_bytes(content)
    lines = [json.loads(line) for line in content.splitlines()]
    assert [line["data"]["share_id"] for line in lines if line["kind"] == "confirmed"]
    line = await home.data.ledger.of_share("confirmed", share_id)
    assert line is not None

    def verify(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SCRIPT, file, *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    checked = await home.hass.async_add_executor_job(verify, line.digest)
    assert checked.returncode == 0, checked.stderr
    assert f"the digest matches line {line.seq}" in checked.stdout
    assert f"{len(lines)} lines" in checked.stdout
    file.write_bytes(content.replace(b'"confirmed"', b'"Confirmed"', 1) + b"{}\n")
    checked = await home.hass.async_add_executor_job(verify)
    assert checked.returncode == 1


async def test_the_ledger_is_for_administrators(home: Home) -> None:
    """The command and the view check this."""
    user = await home.user("Lee", control=[home.front])
    token = await home.login(user)
    client = await home.connect(token)
    answer = await command(client, type="doorwatch/ledger/link")
    assert answer["error"]["code"] == "unauthorized"
    answered = await (await home.client(token)).get("/api/doorwatch/ledger")
    assert answered.status == HTTPStatus.NOT_FOUND
    answered = await (await home.client()).get("/api/doorwatch/ledger")
    assert answered.status == HTTPStatus.UNAUTHORIZED
