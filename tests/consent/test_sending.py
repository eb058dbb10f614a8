"""Test copies of clips that a person sends to someone, from Prepare to their end."""

import asyncio
from datetime import timedelta
import hashlib
from http import HTTPStatus
import json
from pathlib import Path
import subprocess
import threading
from typing import Any
from urllib.parse import parse_qs, urlsplit

from homeassistant.util import dt as dt_util
import jwt
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.doorwatch.consent import staging as staging_module
from custom_components.doorwatch.consent.sending import COPY_LIFETIME
from custom_components.doorwatch.const import CONF_SENDERS, CONF_SHARERS
from custom_components.doorwatch.engine.clips.background import Progress
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.model import Edits, StagedFile
from custom_components.doorwatch.engine.sharing.package.staging import stage
from tests.consent.preparing import AREA, PREPARE_COPY, prepare_copy, staged, until
from tests.sharing_fixtures import (
    CLIP_SECONDS,
    Home,
    Message,
    allow,
    command,
    end_of,
    result_of,
)

CLIP_ID = "0199c0de-0000-7000-8000-000000000265"


async def refused(client: MockHAClientWebSocket, home: Home, **changes: object) -> str:
    """Prepare a copy that must be refused, and return the error's code."""
    message = {"type": PREPARE_COPY, "clip_id": home.clip.clip_id, **changes}
    answer = await command(client, **message)
    if answer["success"]:
        return str((await end_of(client))["code"])
    return str(answer["error"]["code"])


async def content_of(home: Home, url: str) -> bytes:
    """Fetch a signed path as a browser does."""
    answer = await (await home.client()).get(url)
    assert answer.status == HTTPStatus.OK
    return await answer.read()


async def lines_of(home: Home) -> list[Message]:
    """Return the ledger's lines about copies, with their personal details."""
    ledger = home.data.ledger
    return [
        {"data": dict(line.data), "personal": await ledger.personal(line.seq)}
        for line in await ledger.lines(limit=1000)
        if line.kind == "prepared_to_send"
    ]


def probe(content: bytes) -> Any:
    """Return what FFmpeg finds in a file."""
    done = subprocess.run(
        [
            *("ffprobe", "-v", "error", "-of", "json"),
            *("-show_streams", "-show_format", "-"),
        ],
        check=True,
        capture_output=True,
        input=content,
        timeout=60,
    )
    return json.loads(done.stdout)


async def test_the_ledger_names_who_prepared_the_copy_and_no_recipient(
    home: Home, no_blocking_calls: None
) -> None:
    """The digest is that of the file that is fetched."""
    client = await home.connect()

    ready = await prepare_copy(client, home)

    content = await content_of(home, ready["url"])
    digest = hashlib.sha256(content).hexdigest()
    assert (ready["sha256"], ready["size"]) == (digest, len(content))
    assert ready["audio"] is False
    assert ready["expires_in"] == COPY_LIFETIME
    assert await lines_of(home) == [
        {
            "data": {
                "clip_id": home.clip.clip_id,
                "doorbell_id": home.front.entry_id,
                "sha256": digest,
                "original": home.clip.sha256,
                "user_id": home.admin.id,
            },
            "personal": {"user": home.admin.name},
        }
    ]
    assert await home.shares() == []


async def test_the_download_is_named_after_the_start_of_the_copy(home: Home) -> None:
    """A player can request ranges of it."""
    client = await home.connect()
    ready = await prepare_copy(client, home, edits={"start": 1.0, "redact": [AREA]})

    http = await home.client()
    answer = await http.get(ready["download"])
    begin = await http.get(ready["url"], headers={"Range": "bytes=0-1"})

    assert ready["name"].endswith(".mp4")
    assert f"{home.clip.started_at + timedelta(seconds=1):%M-%S}" in ready["name"]
    disposition = answer.headers["Content-Disposition"]
    assert disposition == f'attachment; filename="{ready["name"]}"'
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert begin.status == HTTPStatus.PARTIAL_CONTENT


async def test_what_was_planted_in_the_clip_is_in_no_copy(
    home: Home, tmp_path: Path
) -> None:
    """A cut, a covered and a silent copy have one video track and no metadata."""
    planted = tmp_path / "planted.mp4"

    def plant() -> None:
        subtitle = tmp_path / "planted.srt"
        subtitle.write_text("1\n00:00:00,000 --> 00:00:03,000\nplanted words\n")
        subprocess.run(
            [
                *("ffmpeg", "-v", "error", "-i", home.video, "-i", subtitle),
                *("-map", "0", "-map", "1", "-c", "copy", "-c:s", "mov_text"),
                *("-metadata", "location=+52.5200+013.4050/"),
                *("-metadata", "comment=planted comment"),
                *("-metadata:s:v", "handler_name=planted camera", planted),
            ],
            check=True,
            timeout=60,
        )

    await home.hass.async_add_executor_job(plant)
    assert b"planted words" in planted.read_bytes()
    clip = await home.save(home.front, CLIP_ID, 2, video=planted)
    client = await home.connect()
    for edits in (
        {},
        {"start": 1.0, "audio": True},
        {"end": 2.0, "redact": [AREA]},
    ):
        ready = await prepare_copy(client, home, clip_id=clip.clip_id, edits=edits)
        content = await content_of(home, ready["url"])
        assert b"planted" not in content
        assert b"52.52" not in content
        found = await home.hass.async_add_executor_job(probe, content)
        kinds = [stream["codec_type"] for stream in found["streams"]]
        assert kinds == (["video", "audio"] if edits.get("audio") else ["video"])
        assert ready["audio"] is ("audio" in kinds)
        assert float(found["format"]["duration"]) <= CLIP_SECONDS + 0.2


async def test_only_administrators_send_unless_the_household_says_otherwise(
    home: Home,
) -> None:
    """The permission to share is another one, and control of the camera is needed."""
    user = await home.user(control=[home.front])
    client = await home.connect_as(user)
    assert await refused(client, home) == "not_allowed"
    home.configure(**{CONF_SHARERS: [user.id]})
    assert await refused(client, home) == "not_allowed"
    clip = await command(client, type="doorwatch/clips/get", clip_id=home.clip.clip_id)
    assert clip["result"]["clip"]["may_send"] is False

    home.configure(**{CONF_SHARERS: [], CONF_SENDERS: [user.id]})
    await prepare_copy(client, home)
    clip = await command(client, type="doorwatch/clips/get", clip_id=home.clip.clip_id)
    assert clip["result"]["clip"]["may_send"] is True
    assert clip["result"]["clip"]["may_share"] is False
    assert await refused(client, home, clip_id=home.back_clip.clip_id) == "clip_unknown"

    allow(user, {home.camera(home.front): {"read": True}})
    assert await refused(client, home) == "not_allowed"
    assert set(await home.refusals()) == {
        ("dashboard", "send_not_allowed"),
        ("dashboard", "send_clip_unknown"),
    }


async def test_only_a_login_at_a_page_of_this_home_prepares_copies(home: Home) -> None:
    """The ledger counts other callers."""
    elsewhere = await home.login(home.admin, "https://elsewhere.example/")
    assert await refused(await home.connect(elsewhere), home) == "foreign_client"
    script = await home.long_lived(home.admin)
    assert await refused(await home.connect(script), home) == "not_allowed"

    assert await home.refusals() == [
        ("foreign_client", "send_foreign_client"),
        ("long_lived_token", "send_not_allowed"),
    ]
    assert staged(home) == []
    assert await lines_of(home) == []


async def test_nothing_is_prepared_while_callers_are_unknown(home: Home) -> None:
    """As with sharing."""
    home.data.guard.broken_callers = frozenset({"current_request"})
    assert await refused(await home.connect(), home) == "core_changed"
    assert staged(home) == []


async def test_a_copy_is_for_the_one_who_prepared_it(home: Home) -> None:
    """Others get the same answer as for an unknown copy, also administrators."""
    user = await home.user(control=[home.front])
    home.configure(**{CONF_SENDERS: [user.id]})
    ready = await prepare_copy(await home.connect_as(user), home)
    path = ready["url"].partition("?")[0]
    own = await home.client(await home.login(user))
    admin = await home.client(await home.login(home.admin))

    assert (await own.get(path)).status == HTTPStatus.OK
    assert (await admin.get(path)).status == HTTPStatus.NOT_FOUND
    assert (await own.get(f"{path}x")).status == HTTPStatus.NOT_FOUND
    assert (await (await home.client()).get(path)).status == HTTPStatus.UNAUTHORIZED

    home.configure(**{CONF_SENDERS: []})
    assert (await own.get(path)).status == HTTPStatus.NOT_FOUND
    assert (await own.get(ready["url"])).status == HTTPStatus.NOT_FOUND


async def test_a_copy_of_a_deleted_clip_is_not_served(home: Home) -> None:
    """Deleting a clip is meant for everyone."""
    ready = await prepare_copy(await home.connect(), home)
    await home.data.library.delete(home.clip.clip_id)
    answer = await (await home.client()).get(ready["url"])
    assert answer.status == HTTPStatus.NOT_FOUND


async def test_a_copy_ends_after_an_hour(home: Home) -> None:
    """The file is removed, and its signed paths end."""
    ready = await prepare_copy(await home.connect(), home)
    assert len(staged(home)) == 2  # its folder and the file
    for url in (ready["url"], ready["download"]):
        [signature] = parse_qs(urlsplit(url).query)["authSig"]
        signed = jwt.decode(signature, options={"verify_signature": False})
        assert signed["exp"] - signed["iat"] == COPY_LIFETIME

    async_fire_time_changed(
        home.hass, dt_util.utcnow() + timedelta(seconds=COPY_LIFETIME + 1)
    )

    await until(home.hass, lambda: staged(home) == [])
    answer = await (await home.client()).get(ready["url"])
    assert answer.status == HTTPStatus.NOT_FOUND


async def test_each_login_has_one_copy(home: Home) -> None:
    """Another one replaces it, but not those of other devices."""
    phone, tablet = await home.connect(), await home.connect_as(home.admin)
    first = await prepare_copy(phone, home)
    other = await prepare_copy(tablet, home)
    second = await prepare_copy(phone, home)

    await until(home.hass, lambda: len(staged(home)) == 4)
    http = await home.client()
    assert (await http.get(first["url"])).status == HTTPStatus.NOT_FOUND
    for ready in (other, second):
        assert (await http.get(ready["url"])).status == HTTPStatus.OK
    assert len(await lines_of(home)) == 3


async def test_closing_the_dialog_keeps_the_copy_for_a_download_that_starts_late(
    home: Home,
) -> None:
    """Phones may close the connection while they download."""
    client = await home.connect()
    ready = await prepare_copy(client, home)
    await client.close()
    await home.hass.async_block_till_done()
    await content_of(home, ready["download"])


class SlowStage:
    """Staging that waits for the test after the file was made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Replace the original function."""
        self.began = threading.Event()
        self.go_on = threading.Event()
        monkeypatch.setattr(staging_module, "stage", self)

    def __call__(
        self, clip: Clip, edits: Edits, folder: Path, *more: Progress
    ) -> StagedFile:
        """Make the file, then wait."""
        made = stage(clip, edits, folder, *more)
        self.began.set()
        assert self.go_on.wait(20)
        return made


async def begin(client: MockHAClientWebSocket, home: Home, slow: SlowStage) -> int:
    """Start to prepare a copy, and return the ID of the subscription."""
    await client.send_json_auto_id({"type": PREPARE_COPY, "clip_id": home.clip.clip_id})
    # Without the result, no client can unsubscribe.
    answer = await result_of(client)
    assert answer["success"]
    await home.hass.async_add_executor_job(slow.began.wait, 20)
    return int(answer["id"])


async def test_cancelling_while_the_copy_is_made_leaves_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a file nor a line of the ledger."""
    slow = SlowStage(monkeypatch)
    client = await home.connect()
    subscription = await begin(client, home, slow)
    await client.send_json_auto_id(
        {"type": "unsubscribe_events", "subscription": subscription}
    )
    assert (await result_of(client))["success"]
    slow.go_on.set()

    await until(home.hass, lambda: staged(home) == [])
    assert await lines_of(home) == []


async def test_cancelling_while_the_ledger_is_written_leaves_no_copy(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its line stays, because lines are never removed."""
    append = home.data.ledger.append
    began, go_on = asyncio.Event(), asyncio.Event()

    async def append_late(*arguments: Any, **named: Any) -> Any:
        began.set()
        await go_on.wait()
        return await append(*arguments, **named)

    monkeypatch.setattr(home.data.ledger, "append", append_late)
    client = await home.connect()
    await client.send_json_auto_id({"type": PREPARE_COPY, "clip_id": home.clip.clip_id})
    subscription = (await result_of(client))["id"]
    await began.wait()
    await client.send_json_auto_id(
        {"type": "unsubscribe_events", "subscription": subscription}
    )
    assert (await result_of(client))["success"]
    go_on.set()

    await until(home.hass, lambda: staged(home) == [])
    assert len(await lines_of(home)) == 1


async def test_copies_are_made_one_after_the_other(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many at once would fill the disk, on which the next visitor is recorded."""
    slow = SlowStage(monkeypatch)
    client, other = await home.connect(), await home.connect_as(home.admin)
    await begin(client, home, slow)
    subscription = await begin(other, home, slow)
    await other.send_json_auto_id(
        {"type": "unsubscribe_events", "subscription": subscription}
    )
    assert (await result_of(other))["success"]
    assert len([each for each in staged(home) if each.is_file()]) == 1
    slow.go_on.set()

    assert (await end_of(client))["type"] == "ready"


async def test_a_permission_lost_while_the_copy_is_made_leaves_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The permission is checked again when the file is made."""
    slow = SlowStage(monkeypatch)
    user = await home.user(control=[home.front])
    home.configure(**{CONF_SENDERS: [user.id]})
    client = await home.connect_as(user)
    await begin(client, home, slow)
    home.configure(**{CONF_SENDERS: []})
    slow.go_on.set()

    assert (await end_of(client))["code"] == "not_allowed"
    await until(home.hass, lambda: staged(home) == [])
    assert await lines_of(home) == []


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (OSError(28, "full"), "disk_full"),
        (SharingError("nothing_left"), "nothing_left"),
    ],
)
async def test_a_copy_that_fails_leaves_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch, problem: Exception, code: str
) -> None:
    """The person reads why."""

    def fail(*arguments: Any) -> StagedFile:
        stage(*arguments)
        raise problem

    monkeypatch.setattr(staging_module, "stage", fail)
    assert await refused(await home.connect(), home) == code
    await until(home.hass, lambda: staged(home) == [])


async def test_without_its_line_there_is_no_copy(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No copy is unrecorded."""

    async def fail(*_args: object, **_named: object) -> None:
        raise SharingError("ledger_unusable")

    monkeypatch.setattr(home.data.ledger, "append", fail)
    assert await refused(await home.connect(), home) == "ledger_unusable"
    await until(home.hass, lambda: staged(home) == [])


async def test_a_clip_that_was_changed_on_disk_is_refused_and_recorded(
    home: Home,
) -> None:
    """As with shares."""
    home.clip.path.write_bytes(b"something else")
    assert await refused(await home.connect(), home) == "clip_changed"
    assert (await home.data.ledger.counts())["clip_changed"] == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"edits": {"start": -1}},
        {"edits": {"redact": [{**AREA, "blur": True}]}},
        {"agency_id": "x"},
        {"clip_id": None},
    ],
)
async def test_nonsense_is_refused(home: Home, changes: Message) -> None:
    """The schema refuses it before anything else is checked."""
    assert await refused(await home.connect(), home, **changes) == "invalid_format"


async def test_copies_show_on_the_page_of_proof(home: Home) -> None:
    """Administrators see each line, and everyone the number."""
    await prepare_copy(await home.connect(), home)
    client = await home.connect()

    answer = await command(client, type="doorwatch/transparency")
    assert answer["result"]["prepared_to_send"] == 1
    answer = await command(client, type="doorwatch/transparency/lines")
    line = answer["result"]["lines"][0]
    assert line["kind"] == "prepared_to_send"
    assert line["personal"] == {"user": home.admin.name}
    family = await home.connect_as(await home.user(read=[home.front]))
    answer = await command(family, type="doorwatch/transparency")
    assert answer["result"]["prepared_to_send"] == 1
