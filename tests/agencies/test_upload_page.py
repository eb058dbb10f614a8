"""Agencies that send upload links: what a person hands over, and nobody else gets."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
import errno
import hashlib
from http import HTTPStatus
import io
import json
import logging
from pathlib import Path
import socket
from typing import Any
from zipfile import ZipFile

from aiohttp import ClientPayloadError, ClientResponse
from aiohttp.test_utils import BaseTestServer
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.doorwatch.const import (
    CONF_ADDRESS,
    CONF_CANCEL_WINDOW,
    CONF_CONTACT,
    CONF_JURISDICTION,
    CONF_NAME,
    CONF_SHARERS,
    DOMAIN,
)
from custom_components.doorwatch.diagnostics import async_get_config_entry_diagnostics
from custom_components.doorwatch.engine.sharing.model import Share, ShareState
from custom_components.doorwatch.engine.sharing.outbox.store import OutboxStore
from custom_components.doorwatch.signals import SIGNAL_SHARE_CHANGED
from tests.sharing_fixtures import Home, Message, command, prepare, result_of, tap

PAGE = "https://harbour.vendor.example"
TYPED = {
    CONF_NAME: "Harbour Police",
    CONF_ADDRESS: "https://HARBOUR.vendor.example:443/upload?token=planted-secret",
    CONF_JURISDICTION: "Planted Town",
    CONF_CONTACT: "desk@planted.example",
}


async def type_agency(hass: HomeAssistant, **typed: str) -> ConfigFlowResult:
    """Choose it in the menu and fill in the form."""
    menu = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    form = await hass.config_entries.flow.async_configure(
        menu["flow_id"], {"next_step_id": "agency_link"}
    )
    assert form["type"] is FlowResultType.FORM
    return await hass.config_entries.flow.async_configure(
        form["flow_id"], {**TYPED, **typed}
    )


@pytest.fixture
async def page(home: Home) -> MockConfigEntry:
    """Add the agency, and let it be the one that the home shares with."""
    result = await type_agency(home.hass)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await home.hass.async_block_till_done()
    home.agency = result["result"]  # type: ignore[assignment] # a ConfigEntry
    home.configure(**{CONF_CANCEL_WINDOW: 0})
    return home.agency


# The flow


async def test_a_new_label_of_the_entry_changes_nobody(
    home: Home, page: MockConfigEntry
) -> None:
    """It is for the list of entries; who gets a clip is what was typed, and noted."""
    home.hass.config_entries.async_update_entry(page, title="Hill Police")
    assert await home.hass.config_entries.async_reload(page.entry_id)
    client = await home.connect()
    answer = await command(client, type="doorwatch/agencies")
    names = {one["agency_id"]: one["name"] for one in answer["result"]["agencies"]}
    assert names[page.entry_id] == "Harbour Police"
    ready = await prepare(client, home, link_origin=PAGE)
    assert ready["notice"]["agency"]["name"] == "Harbour Police"
    form = await home.hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": page.entry_id}
    )
    assert form["description_placeholders"] == {"name": "Harbour Police"}


async def test_diagnostics_tell_nothing_of_it(
    home: Home, page: MockConfigEntry
) -> None:
    """Neither the page nor what was typed about the agency."""
    found = json.dumps(
        await async_get_config_entry_diagnostics(home.hass, page), default=str
    )
    assert "via" in found
    for secret in ("vendor.example", "Harbour", "Planted Town", "planted.example"):
        assert secret not in found


async def test_asking_its_entities_to_update_asks_nobody(
    home: Home, page: MockConfigEntry
) -> None:
    """There is nothing to fetch, and they stay available."""
    await page.runtime_data.async_refresh()
    assert page.runtime_data.last_update_success


# Sharing


async def _share(
    home: Home, client: MockHAClientWebSocket, state: ShareState = ShareState.READY
) -> Share:
    """Share up to a state."""
    ready = await prepare(client, home, link_origin=PAGE)
    answer = await tap(client, home, ready["confirmation"])
    assert answer["success"], answer
    return await _until(home, answer["result"]["response"]["share_id"], state)


async def _until(home: Home, share_id: str, state: ShareState) -> Share:
    """Wait until a share is in this state."""
    changed = asyncio.Event()

    @callback
    def on_change(_share: Share) -> None:
        changed.set()

    stop = async_dispatcher_connect(home.hass, SIGNAL_SHARE_CHANGED, on_change)
    try:
        async with asyncio.timeout(60):
            while True:
                changed.clear()
                share = await home.data.outbox.get(share_id)
                assert share is not None
                if share.state is state:
                    return share
                await changed.wait()
    finally:
        stop()


async def _address(client: MockHAClientWebSocket, share: Share) -> str:
    answer = await command(
        client, type="doorwatch/share/address", share_id=share.share_id
    )
    assert answer["success"], answer
    assert answer["result"]["name"] == share.file
    url: str = answer["result"]["url"]
    return url


async def _get(home: Home, url: str, **headers: str) -> ClientResponse:
    """Fetch an address as a browser does, without any other login."""
    return await (await home.client()).get(url, headers=headers)


async def test_the_list_of_agencies_names_the_page(
    home: Home, page: MockConfigEntry
) -> None:
    """So that the card can look at the link by itself."""
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
    """Its origin is all that is known of it here."""
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
    """Nothing is signed, encrypted, promised or taken back."""
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
    """One whole zip by one address; then it is gone, and everybody knows."""
    client = await home.connect()
    share = await _share(home, client)
    url = await _address(client, share)
    answer = await _get(home, url, Range="bytes=0-9")
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
    assert "asking the agency itself" in purpose["withdrawal_method"]
    assert purpose["retention_period"] is None

    share = await _until(home, share.share_id, ShareState.HANDED_OVER)
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


@pytest.fixture
def not_logged(
    home: Home, caplog: pytest.LogCaptureFixture
) -> Callable[[str], Awaitable[None]]:
    """Return what checks that an address stands nowhere."""

    async def check(url: str) -> None:
        path, _, query = url.partition("?")
        token = path.rpartition("/")[2]
        assert len(token) == 43
        assert "/api/doorwatch/hand_over/" in caplog.text
        assert token not in caplog.text
        assert query not in caplog.text  # the path stands in it, too
        states = json.dumps(
            [each.as_dict() for each in home.hass.states.async_all()], default=str
        )
        assert token not in states
        lines = b"".join([page async for page in home.data.ledger.export()])
        assert token.encode() not in lines
        found: list[Any] = [
            await async_get_config_entry_diagnostics(home.hass, entry)
            for entry in home.hass.config_entries.async_entries(DOMAIN)
        ]
        assert token not in json.dumps(found, default=str)

    return check


async def test_an_address_is_for_one_person_and_one_download(
    home: Home,
    page: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    not_logged: Callable[[str], Awaitable[None]],
) -> None:
    """Whatever others try with it uses nothing up, and is answered the same."""
    caplog.set_level(logging.DEBUG)
    other = await home.user("Other", control=[home.front])
    home.configure(**{CONF_SHARERS: [other.id]})
    client = await home.connect()
    share = await _share(home, client)
    url = await _address(client, share)
    bare = url.partition("?")[0]
    http = await home.client(await home.login(other))
    for path in (bare, f"{bare}x", "/api/doorwatch/hand_over/nothing"):
        assert (await http.get(path)).status == HTTPStatus.NOT_FOUND
    anybody = await home.client()
    head = await anybody.head(url)
    assert head.status == HTTPStatus.METHOD_NOT_ALLOWED
    assert (await anybody.get(bare)).status == HTTPStatus.UNAUTHORIZED
    early = await anybody.get(url, headers={"Sec-Purpose": "prefetch;prerender"})
    assert early.status == HTTPStatus.SERVICE_UNAVAILABLE
    await not_logged(url)

    answers = await asyncio.gather(*(_get(home, url) for _ in range(4)))
    bodies = [await answer.read() for answer in answers]
    statuses = sorted(answer.status for answer in answers)
    assert statuses == [HTTPStatus.OK] + [HTTPStatus.NOT_FOUND] * 3
    assert max(map(len, bodies)) == share.total
    await _until(home, share.share_id, ShareState.HANDED_OVER)
    assert (await _get(home, url)).status == HTTPStatus.NOT_FOUND
    await not_logged(url)


async def test_only_who_could_share_gets_an_address(
    home: Home, page: MockConfigEntry
) -> None:
    """Not a stranger, not a program, and nobody whose permission is gone."""
    sharer = await home.user("Sharer", control=[home.front])
    stranger = await home.user("Lee", control=[home.front])
    home.configure(**{CONF_SHARERS: [sharer.id]})
    client = await home.connect(await home.login(sharer))
    share = await _share(home, client)
    about = {"type": "doorwatch/share/address", "share_id": share.share_id}

    for token, problem in (
        (await home.login(stranger), "share_unknown"),
        (await home.long_lived(sharer), "not_allowed"),
        (await home.long_lived(home.admin), "not_allowed"),
    ):
        answer = await command(await home.connect(token), **about)
        assert answer["error"]["code"] == problem
    url = await _address(client, share)
    home.configure(**{CONF_SHARERS: []})
    answer = await command(client, **about)
    assert answer["error"]["code"] == "not_allowed"
    refused = await _get(home, url)
    assert refused.status == HTTPStatus.NOT_FOUND


def _line_from(server: BaseTestServer, line: socket.socket) -> socket.socket | None:
    """Return the server's end of a connection, once it has one."""
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
    """The person was gone before all of it was written to them."""
    client = await home.connect()
    share = await _share(home, client)
    url = await _address(client, share)
    server = (await home.client()).server
    assert server.port is not None
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    line.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(line, ("127.0.0.1", server.port))
    # The kernel at this end holds less than the package, too.
    while not (theirs := _line_from(server, line)):
        await asyncio.sleep(0)
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2048)
    await loop.sock_sendall(line, f"GET {url} HTTP/1.1\r\nHost: home\r\n\r\n".encode())
    head = await loop.sock_recv(line, 256)
    assert head.startswith(b"HTTP/1.1 200")
    # As when the phone loses its network: what was not read is thrown away.
    line.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00"
    )
    line.close()

    assert (await _get(home, url)).status == HTTPStatus.NOT_FOUND
    url = await _address(client, share)
    found = await home.data.outbox.get(share.share_id)
    assert found is not None
    assert (found.state, found.downloads) == (ShareState.READY, 1)
    assert len(await (await _get(home, url)).read()) == share.total
    share = await _until(home, share.share_id, ShareState.HANDED_OVER)
    assert share.downloads == 2


async def test_a_download_that_cannot_be_noted_can_be_had_again(
    home: Home,
    page: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The disk is full just then: nothing says that it was handed over, nothing is lost."""
    client = await home.connect()
    share = await _share(home, client)
    url = await _address(client, share)
    save = OutboxStore.save

    def full(store: OutboxStore, records: list[Any], lines: list[Any]) -> Any:
        if any(record.state is ShareState.HANDED_OVER for record in records):
            raise OSError(errno.ENOSPC, "full")
        return save(store, records, lines)

    with monkeypatch.context() as patch:
        patch.setattr(OutboxStore, "save", full)
        answer = await _get(home, url)
        assert len(await answer.read()) == share.total
        async with asyncio.timeout(60):
            while "disk_full" not in caplog.text:
                await asyncio.sleep(0.01)
        url = await _address(client, share)
    assert not [each for each in caplog.records if each.exc_info]
    assert len(await (await _get(home, url)).read()) == share.total
    share = await _until(home, share.share_id, ShareState.HANDED_OVER)
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
    """The ledger would name the digest of another file; the person is told instead."""
    client = await home.connect()
    share = await _share(home, client)
    outbox = Path(hass_config_dir, ".storage", DOMAIN, "outbox")
    damage(outbox / f"{share.share_id}.zip")
    answer = await _get(home, await _address(client, share))
    with suppress(ClientPayloadError):  # broken off
        assert len(await answer.read()) < share.total
    share = await _until(home, share.share_id, ShareState.NEEDS_NEW_TAP)
    assert share.problem == "package_lost"
    assert not list(outbox.glob("*.zip"))


async def test_what_is_stuck_is_handed_over_by_who_could_share_it(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The encrypted package that the agency did not get."""
    sharer = await home.user("Sharer", control=[home.front])
    stranger = await home.user("Lee", control=[home.front])
    home.configure(**{CONF_SHARERS: [sharer.id], CONF_CANCEL_WINDOW: 0})
    client = await home.connect(await home.login(sharer))
    ready = await prepare(client, home)
    answer = await tap(client, home, ready["confirmation"])
    share_id = answer["result"]["response"]["share_id"]
    # desk.agency.example leads nowhere.
    async with asyncio.timeout(60):
        while not (share := await home.data.outbox.get(share_id)) or (
            not share.can_hand_over
        ):
            await asyncio.sleep(0.02)
    about = {"type": "doorwatch/share/hand_over", "share_id": share_id}
    other = await home.connect(await home.login(stranger))
    assert (await command(other, **about))["error"]["code"] == "share_unknown"
    answer = await command(client, **about)
    assert answer["result"]["share"]["state"] == "ready"
    share = await _until(home, share_id, ShareState.READY)
    body = await (await _get(home, await _address(client, share))).read()
    assert body.startswith(b"age-encryption.org/v1")
    await _until(home, share_id, ShareState.HANDED_OVER)


async def test_a_new_name_is_another_agency(home: Home, page: MockConfigEntry) -> None:
    """What waits needs a new tap; the fingerprint of what went stays what it was."""
    client = await home.connect()
    gone = await _share(home, client)
    await (await _get(home, await _address(client, gone))).read()
    await _until(home, gone.share_id, ShareState.HANDED_OVER)
    waits = await _share(home, client)
    about = {"type": "doorwatch/share/proof", "share_id": gone.share_id}
    before = (await command(client, **about))["result"]["fingerprint"]
    form = await home.hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": page.entry_id}
    )
    await home.hass.config_entries.flow.async_configure(
        form["flow_id"], {CONF_NAME: "Hill Police", CONF_ADDRESS: PAGE}
    )
    await _until(home, waits.share_id, ShareState.NEEDS_NEW_TAP)
    await _share(home, client)  # makes another key
    assert before is not None
    assert (await command(client, **about))["result"]["fingerprint"] == before
