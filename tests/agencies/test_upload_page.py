"""Test agencies with an upload page: clips are handed over to the sharer only."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
import errno
import hashlib
from http import HTTPStatus
import io
import json
from pathlib import Path
import socket
from typing import Any
from zipfile import ZipFile

from aiohttp import ClientPayloadError
from aiohttp.test_utils import BaseTestServer
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import CONF_CANCEL_WINDOW, CONF_SHARERS, DOMAIN
from custom_components.doorwatch.diagnostics import async_get_config_entry_diagnostics
from custom_components.doorwatch.engine.sharing.model import ShareState
from custom_components.doorwatch.engine.sharing.outbox.store import OutboxStore
from tests import waiting
from tests.agencies.pages import PAGE, address_of, fetched, new_share, page, share_until
from tests.sharing_fixtures import Home, Message, command, prepare, result_of, tap

__all__ = ["page"]

# The flow


async def test_diagnostics_tell_nothing_of_it(
    home: Home, page: MockConfigEntry
) -> None:
    """Neither the page nor the entered details are included."""
    found = json.dumps(
        await async_get_config_entry_diagnostics(home.hass, page), default=str
    )
    assert "via" in found
    for secret in ("vendor.example", "Harbour", "Planted Town", "planted.example"):
        assert secret not in found


# Sharing


async def test_the_list_of_agencies_names_the_page(
    home: Home, page: MockConfigEntry
) -> None:
    """The card checks the link itself."""
    client = await home.connect()
    answer = await command(client, type="doorwatch/agencies")
    pages = {
        one["agency_id"]: one["upload_page"] for one in answer["result"]["agencies"]
    }
    assert pages.pop(page.entry_id) == PAGE
    assert set(pages.values()) == {None}


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ({}, "link_missing"),
        ({"link_origin": ""}, "link_missing"),
        ({"link_origin": "https://evil.example"}, "link_elsewhere"),
        ({"link_origin": f"{PAGE}/upload"}, "link_elsewhere"),
        ({"link_origin": f"{PAGE}.evil.example"}, "link_elsewhere"),
        ({"link_origin": "http://harbour.vendor.example"}, "link_elsewhere"),
    ],
)
async def test_without_a_link_to_its_page_nothing_is_prepared(
    home: Home, page: MockConfigEntry, sent: Message, problem: str
) -> None:
    """Home Assistant only receives the origin of the link."""
    client = await home.connect()
    await client.send_json_auto_id(
        {
            "type": "doorwatch/share/prepare",
            "clip_id": home.clip.clip_id,
            "agency_id": page.entry_id,
            **sent,
        }
    )
    answer = await result_of(client)
    assert answer["error"]["code"] == problem


async def test_the_notice_says_what_is_true_of_a_page(
    home: Home, page: MockConfigEntry
) -> None:
    """The agency signs, encrypts and promises nothing, and can't be asked to delete."""
    ready = await prepare(await home.connect(), home, link_origin=PAGE)
    assert ready["notice"]["agency"] == {
        "name": "Harbour Police",
        "host": "harbour.vendor.example",
        "issuer": PAGE,
        "fingerprint": None,
        "compared": False,
        "jurisdiction": "Planted Town",
        "contact": "desk@planted.example",
        "terms": "",
        "retention": "",
        "retention_days": None,
        "terms_digest": None,
    }
    sentences = set(ready["notice"]["sentences"])
    assert sentences >= {
        "by_hand",
        "page_not_verified",
        "no_terms",
        "not_encrypted",
        "page_sees_you",
        "out_of_hands",
    }
    assert not sentences & {"only_agency_opens", "internet_address", "not_compared"}


async def test_a_clip_is_handed_over(
    home: Home, page: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    """One address delivers the whole zip once; then the package is deleted."""
    client = await home.connect()
    share = await new_share(home, client)
    url = await address_of(client, share)
    answer = await fetched(home, url, Range="bytes=0-9")
    assert answer.status == HTTPStatus.OK
    content = await answer.read()
    assert answer.headers["Content-Length"] == str(len(content)) == str(share.total)
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="doorwatch-{share.share_id}.zip"'
    )
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Accept-Ranges"] == "none"
    assert answer.headers["X-Accel-Buffering"] == "no"
    with ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        video = archive.read(f"doorwatch-{share.share_id}/data/clip.mp4")
        said = json.loads(archive.read(f"doorwatch-{share.share_id}/data/share.json"))
    assert hashlib.sha256(video).hexdigest() == said["file"]["sha256"]
    purpose = said["consent"]["pii_processing"]["purposes"][0]
    assert purpose["recipient_third_parties"] == "not known"
    assert "only ask the agency itself" in purpose["withdrawal_method"]
    assert purpose["retention_period"] is None

    share = await share_until(home, share.share_id, ShareState.HANDED_OVER)
    assert not share.can_withdraw
    ledger = home.data.ledger
    line = await ledger.of_share("handed_over", share.share_id)
    assert line is not None
    assert line.data["sha256"] == hashlib.sha256(content).hexdigest()
    assert line.data["user_id"] == home.admin.id
    registry = er.async_get(home.hass)
    entity_id = registry.async_get_entity_id(
        "sensor", DOMAIN, f"{page.entry_id}_last_delivery"
    )
    await home.hass.async_block_till_done()
    assert share.ended_at is not None
    state = home.hass.states.get(entity_id or "")
    assert state is not None
    assert state.state == share.ended_at.replace(microsecond=0).isoformat()
    event = registry.async_get_entity_id("event", DOMAIN, f"{page.entry_id}_delivery")
    state = home.hass.states.get(event or "")
    assert state is not None
    assert state.attributes["event_type"] == "handed_over"
    answers = await command(client, type="doorwatch/transparency")
    counts = {
        each["agency_id"]: each["counts"] for each in answers["result"]["agencies"]
    }[page.entry_id]
    assert counts == {
        "confirmed": 1,
        "address_given": 1,
        "download_begun": 1,
        "handed_over": 1,
    }


def _line_from(server: BaseTestServer, line: socket.socket) -> socket.socket | None:
    """Return the server's socket of a connection, or None before it is accepted."""
    assert server.runner is not None
    assert server.runner.server is not None
    for handler in server.runner.server.connections:
        transport = handler.transport
        if transport and transport.get_extra_info("peername") == line.getsockname():
            found: socket.socket = transport.get_extra_info("socket")
            return found
    return None


async def test_a_download_that_breaks_off_counts_as_none(
    home: Home, page: MockConfigEntry
) -> None:
    """The connection was lost before the whole package was written."""
    client = await home.connect()
    share = await new_share(home, client)
    url = await address_of(client, share)
    server = (await home.client()).server
    assert server.port is not None
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    line.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(line, ("127.0.0.1", server.port))
    # The server's send buffer must be smaller than the package, too.
    while not (theirs := _line_from(server, line)):
        await asyncio.sleep(0)
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2048)
    await loop.sock_sendall(line, f"GET {url} HTTP/1.1\r\nHost: home\r\n\r\n".encode())
    head = await loop.sock_recv(line, 256)
    assert head.startswith(b"HTTP/1.1 200")
    # As when a phone loses its network, unread data is discarded.
    line.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00"
    )
    line.close()

    assert (await fetched(home, url)).status == HTTPStatus.NOT_FOUND
    url = await address_of(client, share)
    found = await home.data.outbox.get(share.share_id)
    assert found is not None
    assert (found.state, found.downloads) == (ShareState.READY, 1)
    assert len(await (await fetched(home, url)).read()) == share.total
    share = await share_until(home, share.share_id, ShareState.HANDED_OVER)
    assert share.downloads == 2


async def test_a_download_that_cannot_be_noted_can_be_had_again(
    home: Home,
    page: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The disk is full: no hand-over is recorded, and the package is kept."""
    client = await home.connect()
    share = await new_share(home, client)
    url = await address_of(client, share)
    save = OutboxStore.save

    def full(store: OutboxStore, records: list[Any], lines: list[Any]) -> Any:
        if any(record.state is ShareState.HANDED_OVER for record in records):
            raise OSError(errno.ENOSPC, "full")
        return save(store, records, lines)

    with monkeypatch.context() as patch:
        patch.setattr(OutboxStore, "save", full)
        answer = await fetched(home, url)
        assert len(await answer.read()) == share.total
        await waiting.until(lambda: "disk_full" in caplog.text)
        url = await address_of(client, share)
    assert not [each for each in caplog.records if each.exc_info]
    assert len(await (await fetched(home, url)).read()) == share.total
    share = await share_until(home, share.share_id, ShareState.HANDED_OVER)
    assert share.downloads == 2


def _shorten(package: Path) -> None:
    with package.open("r+b") as file:
        file.truncate(1000)


def _change(package: Path) -> None:
    content = bytearray(package.read_bytes())
    content[500] ^= 1
    package.write_bytes(content)


@pytest.mark.parametrize("damage", [_shorten, _change, Path.unlink])
async def test_what_is_not_as_it_was_made_is_not_handed_over(
    home: Home,
    page: MockConfigEntry,
    hass_config_dir: str,
    damage: Callable[[Path], None],
) -> None:
    """The ledger would have another digest, so the person gets an error."""
    client = await home.connect()
    share = await new_share(home, client)
    outbox = Path(hass_config_dir, ".storage", DOMAIN, "outbox")
    damage(outbox / f"{share.share_id}.zip")
    answer = await fetched(home, await address_of(client, share))
    with suppress(ClientPayloadError):  # the server closes the connection
        assert len(await answer.read()) < share.total
    share = await share_until(home, share.share_id, ShareState.NEEDS_NEW_TAP)
    assert share.problem == "package_lost"
    assert not list(outbox.glob("*.zip"))


async def test_what_is_stuck_is_handed_over_by_who_could_share_it(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The agency did not receive the encrypted package."""
    sharer = await home.user("Sharer", control=[home.front])
    stranger = await home.user("Lee", control=[home.front])
    home.configure(**{CONF_SHARERS: [sharer.id], CONF_CANCEL_WINDOW: 0})
    client = await home.connect_as(sharer)
    ready = await prepare(client, home)
    answer = await tap(client, home, ready["confirmation"])
    share_id = answer["result"]["response"]["share_id"]
    # desk.agency.example doesn't resolve.

    async def can_hand_over() -> bool:
        share = await home.data.outbox.get(share_id)
        return share is not None and share.can_hand_over

    await waiting.until(can_hand_over)
    about = {"type": "doorwatch/share/hand_over", "share_id": share_id}
    other = await home.connect_as(stranger)
    assert (await command(other, **about))["error"]["code"] == "share_unknown"
    answer = await command(client, **about)
    assert answer["result"]["share"]["state"] == "ready"
    share = await share_until(home, share_id, ShareState.READY)
    body = await (await fetched(home, await address_of(client, share))).read()
    assert body.startswith(b"age-encryption.org/v1")
    await share_until(home, share_id, ShareState.HANDED_OVER)
