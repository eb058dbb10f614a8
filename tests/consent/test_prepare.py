"""Test preparing a share, from the Share button to the dialog, and canceling it."""

from collections.abc import Callable
from datetime import timedelta
import hashlib
from http import HTTPStatus
from pathlib import Path
import stat
import subprocess
import threading
from typing import Any
from unittest.mock import Mock

from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.doorwatch.consent import (
    prepare as prepare_module,
    staging as staging_module,
)
from custom_components.doorwatch.const import CONF_SHARERS
from custom_components.doorwatch.engine.clips.background import Progress
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.clips.video.codecs import codecs_of
from custom_components.doorwatch.engine.clips.video.previews import PreviewError, encode
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.model import Edits, StagedFile
from custom_components.doorwatch.engine.sharing.package.staging import stage
from custom_components.doorwatch.engine.sharing.signing.jws import fingerprint
from custom_components.doorwatch.engine.sharing.tap.confirmations import LIFETIME
from tests import videos as media
from tests.consent.preparing import AREA, staged, try_prepare, until
from tests.sharing_fixtures import (
    CLIP_SECONDS,
    Home,
    Message,
    allow,
    command,
    end_of,
    event_of,
    prepare,
    record,
    result_of,
    silence,
    tap,
)

CLIP_ID = "0199c0de-0000-7000-8000-000000000265"
UNTOUCHED = {"audio": True}


async def test_the_dialog_gets_all_that_the_person_must_see(home: Home) -> None:
    """The dialog has the agency, the file, the terms and the personal details."""
    client = await home.connect()

    ready = await prepare(
        client,
        home,
        note="He took the parcel",
        case_reference="PL-1",
        personal={"name": "Sam Jansen"},
    )

    document = home.agency.runtime_data.data.document
    notice = ready["notice"]
    assert notice["agency"]["host"] == "desk.agency.example"
    assert notice["agency"]["name"] == "Harbour Police"
    assert notice["agency"]["compared"] is True
    assert notice["agency"]["fingerprint"] == fingerprint(document.root_thumbprint)
    assert notice["agency"]["terms"] == home.desk.terms
    assert notice["agency"]["retention_days"] == 30
    assert notice["personal"] == {"name": "Sam Jansen"}
    assert notice["note"] == "He took the parcel"
    assert notice["case_reference"] == "PL-1"
    assert notice["file"]["audio"] is False
    assert {
        "internet_address",
        "only_agency_opens",
        "sound_off",
        "others_visible",
        "cannot_be_recalled",
        "administrators_see",
    } <= set(notice["sentences"])
    assert ready["expires_in"] == LIFETIME
    assert len(ready["confirmation"]) >= 43


async def test_the_notice_says_in_which_language_it_is_read(home: Home) -> None:
    """The page sends its language; older pages send none and use English."""
    client = await home.connect()
    ready = await prepare(client, home)
    assert ready["notice"]["language"] == "en"
    ready = await prepare(client, home, language="de")
    assert ready["notice"]["language"] == "de"
    for language in ("", "de\n", "WHAT THE PERSON WAS TOLD", "x" * 40, 7):
        answer = await command(
            client,
            type="doorwatch/share/prepare",
            clip_id=home.clip.clip_id,
            agency_id=home.agency.entry_id,
            language=language,
        )
        assert answer["error"]["code"] == "invalid_format"


async def test_the_preview_is_the_very_file_that_would_be_sent(home: Home) -> None:
    """The notice has the file's digest."""
    client = await home.connect()
    ready = await prepare(client, home)

    answer = await (await home.client()).get(ready["preview_url"])

    assert answer.status == HTTPStatus.OK
    assert answer.content_type == "video/mp4"
    digest = hashlib.sha256(await answer.read()).hexdigest()
    assert digest == ready["notice"]["file"]["sha256"]


async def test_sound_stays_home_unless_ticked(home: Home) -> None:
    """With sound, the file is an exact copy of the clip."""
    client = await home.connect()

    ready = await prepare(client, home, edits={"audio": True})

    assert ready["notice"]["file"]["sha256"] == home.clip.sha256
    assert ready["notice"]["file"]["derived"] is False
    assert "sound_on" in ready["notice"]["sentences"]


async def test_progress_comes_before_ready(home: Home) -> None:
    """The dialog shows the progress."""
    client = await home.connect()
    await client.send_json_auto_id(
        {
            "type": "doorwatch/share/prepare",
            "clip_id": home.clip.clip_id,
            "agency_id": home.agency.entry_id,
        }
    )

    events = [await event_of(client) for _ in range(3)]

    assert [(event["type"], event.get("stage")) for event in events] == [
        ("progress", "checking"),
        ("progress", "staging"),
        ("ready", None),
    ]


async def test_the_staging_folder_is_for_the_owner_alone(home: Home) -> None:
    """All folders have mode 0700."""
    client = await home.connect()
    await prepare(client, home)

    folders = [path for path in staged(home) if path.is_dir()]

    for folder in (home.data.library.folder / ".staging", *folders):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(staged(home)) == 2


async def test_covered_areas_are_shown_with_the_very_file(home: Home) -> None:
    """The notice has the areas, the new encoding and the original recording."""
    client = await home.connect()
    redact = [AREA, {**AREA, "left": 0.5, "start": 1, "end": 2.5}]

    ready = await prepare(client, home, edits={"start": 0.5, "redact": redact})

    file = ready["notice"]["file"]
    assert file["edits"] == {
        "start": 0.5,
        "end": None,
        "audio": False,
        "redact": [
            {**AREA, "start": None, "end": None},
            {**AREA, "left": 0.5, "start": 1.0, "end": 2.5},
        ],
    }
    assert (file["derived"], file["reencoded"]) == (True, True)
    assert file["original_sha256"] == home.clip.sha256 != file["sha256"]
    assert "picture_made_anew" in ready["notice"]["sentences"]
    answer = await (await home.client()).get(ready["preview_url"])
    content = await answer.read()
    assert hashlib.sha256(content).hexdigest() == file["sha256"]
    assert (await tap(client, home, ready["confirmation"]))["success"]


@pytest.mark.parametrize(
    ("redact", "code", "placeholders"),
    [
        ([AREA, {**AREA, "left": 0.9}], "redaction_invalid", {"area": "2"}),
        ([{**AREA, "start": 2, "end": 1}], "redaction_invalid", {"area": "1"}),
        ([AREA] * 21, "too_many_redactions", {"most": "20"}),
    ],
)
async def test_areas_that_cannot_be_covered_are_told_in_words(
    home: Home, redact: list[Message], code: str, placeholders: dict[str, str]
) -> None:
    """The error names the area, and nothing stays staged."""
    client = await home.connect()

    error = await try_prepare(client, home, edits={"redact": redact})

    assert error["code"] == code
    assert error["translation_placeholders"] == placeholders
    assert staged(home) == []


async def test_unsubscribing_drops_confirmation_and_file(home: Home) -> None:
    """Closing the dialog unsubscribes."""
    client = await home.connect()
    ready = await prepare(client, home)

    await command(client, type="unsubscribe_events", subscription=ready["subscription"])

    await until(home.hass, lambda: staged(home) == [])
    answer = await tap(client, home, ready["confirmation"])
    assert answer["error"]["translation_key"] == "confirmation_required"
    assert await home.shares() == []
    preview = await (await home.client()).get(ready["preview_url"])
    assert preview.status == HTTPStatus.NOT_FOUND


async def test_a_lost_connection_drops_confirmation_and_file(home: Home) -> None:
    """Closing the browser closes the connection."""
    client = await home.connect()
    ready = await prepare(client, home)

    await client.close()

    await until(home.hass, lambda: staged(home) == [])
    assert home.data.confirmations.drop(ready["confirmation"]) is None


async def test_waiting_too_long_drops_confirmation_and_file(home: Home) -> None:
    """The dialog is notified."""
    client = await home.connect()
    ready = await prepare(client, home)

    async_fire_time_changed(
        home.hass, dt_util.utcnow() + timedelta(seconds=LIFETIME + 1)
    )
    await home.hass.async_block_till_done()

    expired = {"type": "error", "code": "expired", "message": ""}
    assert await event_of(client) == expired
    await until(home.hass, lambda: staged(home) == [])
    answer = await tap(client, home, ready["confirmation"])
    assert answer["error"]["translation_key"] == "confirmation_required"


async def test_a_second_look_drops_the_first(home: Home) -> None:
    """A connection has at most one prepared share."""
    client = await home.connect()
    await prepare(client, home)

    ready = await prepare(client, home, edits={"start": 1.0})

    await until(home.hass, lambda: len(staged(home)) == 2)
    assert (await tap(client, home, ready["confirmation"]))["success"]


async def test_a_tap_leaves_nothing_staged(home: Home) -> None:
    """The outbox has the file; closing the dialog afterwards has no effect."""
    client = await home.connect()
    ready = await prepare(client, home)

    assert (await tap(client, home, ready["confirmation"]))["success"]
    await command(client, type="unsubscribe_events", subscription=ready["subscription"])

    await until(home.hass, lambda: staged(home) == [])
    assert len(await home.shares()) == 1


class SlowStage:
    """Staging that waits for the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Replace the original function and call it."""
        self.real = stage
        self.began = threading.Event()
        self.go_on = threading.Event()
        self.ended = threading.Event()
        self.first = False
        self.fails: OSError | None = None
        monkeypatch.setattr(staging_module, "stage", self)

    def __call__(
        self, clip: Clip, edits: Edits, folder: Path, *more: Progress
    ) -> StagedFile:
        """Wait, then stage; with `first`, stage, then wait."""
        made = self.real(clip, edits, folder, *more) if self.first else None
        self.began.set()
        assert self.go_on.wait(20)
        try:
            if self.fails is not None:
                raise self.fails
            return made or self.real(clip, edits, folder, *more)
        finally:
            self.ended.set()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> SlowStage:
    """Let staging wait for the test."""
    return SlowStage(monkeypatch)


async def begin_slowly(client: Any, home: Home, slow: SlowStage) -> int:
    """Start to prepare a share and return the id of the subscription."""
    await client.send_json_auto_id(
        {
            "type": "doorwatch/share/prepare",
            "clip_id": home.clip.clip_id,
            "agency_id": home.agency.entry_id,
        }
    )
    answer = await result_of(client)
    assert answer["success"]
    await home.hass.async_add_executor_job(slow.began.wait, 20)
    return int(answer["id"])


@pytest.mark.parametrize(
    ("written", "fails"),
    [(True, None), (False, None), (False, FileNotFoundError("its folder"))],
)
async def test_closing_while_the_file_is_made_leaves_nothing(
    home: Home,
    slow: SlowStage,
    issued: Mock,
    written: bool,
    fails: OSError | None,
) -> None:
    """The thread finishes, or its folder is gone; its file is removed."""
    slow.first, slow.fails = written, fails
    client = await home.connect()
    subscription = await begin_slowly(client, home, slow)

    await client.send_json_auto_id(
        {"type": "unsubscribe_events", "subscription": subscription}
    )
    assert (await result_of(client))["success"]
    await until(home.hass, lambda: staged(home) == [])
    slow.go_on.set()

    await home.hass.async_add_executor_job(slow.ended.wait, 20)
    await until(home.hass, lambda: staged(home) == [])
    assert not issued.called
    await silence(client)


async def test_permission_lost_while_the_file_is_made_refuses(
    home: Home, slow: SlowStage
) -> None:
    """The permission is checked again before anything is shown."""
    user = await home.user(control=[home.front])
    home.configure(**{CONF_SHARERS: [user.id]})
    client = await home.connect_as(user)
    await begin_slowly(client, home, slow)

    allow(user, {})
    slow.go_on.set()

    assert (await end_of(client))["code"] == "not_allowed"
    await until(home.hass, lambda: staged(home) == [])


async def test_an_agency_lost_while_the_file_is_made_refuses(
    home: Home, slow: SlowStage
) -> None:
    """The agency's document may have expired meanwhile."""
    client = await home.connect()
    await begin_slowly(client, home, slow)

    home.agency.runtime_data.data = type(home.agency.runtime_data.data)()
    slow.go_on.set()

    assert (await end_of(client))["code"] == "agency_unavailable"
    await until(home.hass, lambda: staged(home) == [])


async def test_a_long_lived_token_prepares_nothing(home: Home) -> None:
    """The attempt is counted."""
    client = await home.connect(await home.long_lived(home.admin))

    error = await try_prepare(client, home)

    assert error["code"] == "not_allowed"
    assert await home.refusals() == [("long_lived_token", "prepare_not_allowed")]


async def test_a_user_who_may_only_look_prepares_nothing(home: Home) -> None:
    """Control permission is required."""
    user = await home.user(read=[home.front])
    home.configure(**{CONF_SHARERS: [user.id]})
    client = await home.connect_as(user)

    assert (await try_prepare(client, home))["code"] == "not_allowed"


async def test_control_without_the_households_word_prepares_nothing(home: Home) -> None:
    """Administrators may share, and other users if the household lists them."""
    user = await home.user(control=[home.front])
    client = await home.connect_as(user)

    assert (await try_prepare(client, home))["code"] == "not_allowed"


async def test_a_hidden_clip_looks_like_none(home: Home) -> None:
    """Ids of hidden clips can't be probed."""
    user = await home.user(control=[home.front])
    home.configure(**{CONF_SHARERS: [user.id]})
    client = await home.connect_as(user)

    hidden = await try_prepare(client, home, clip_id=home.back_clip.clip_id)
    unknown = await try_prepare(client, home, clip_id="nothing")

    assert hidden == unknown
    assert hidden["code"] == "clip_unknown"


async def test_an_unknown_agency_prepares_nothing(home: Home) -> None:
    """The id of a doorbell's entry isn't accepted either."""
    client = await home.connect()

    for agency_id in ("nobody", home.front.entry_id):
        error = await try_prepare(client, home, agency_id=agency_id)
        assert error["code"] == "agency_unavailable"
    assert staged(home) == []


async def test_a_clip_that_was_changed_on_disk_is_refused_and_recorded(
    home: Home,
) -> None:
    """Its digest differs from the digest of the finished recording."""
    client = await home.connect()
    with home.clip.path.open("ab") as file:
        file.write(b"x")

    error = await try_prepare(client, home)

    assert error["code"] == "clip_changed"
    lines = await home.data.ledger.lines(limit=100)
    [line] = [line for line in lines if line.kind == "clip_changed"]
    assert line.data["clip_id"] == home.clip.clip_id
    await until(home.hass, lambda: staged(home) == [])


async def test_edits_that_leave_nothing_are_refused(home: Home) -> None:
    """Nothing stays staged."""
    client = await home.connect()

    error = await try_prepare(client, home, edits={"start": 3.9, "end": 3.95})

    assert error["code"] == "nothing_left"
    await until(home.hass, lambda: staged(home) == [])


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (OSError(28, "full"), "disk_full"),
        (OSError(13, "denied"), "folder_not_writable"),
        (SharingError("disk_full"), "disk_full"),
    ],
)
async def test_a_full_or_locked_disk_is_told(
    home: Home, monkeypatch: pytest.MonkeyPatch, problem: Exception, code: str
) -> None:
    """The error has a message, and nothing stays staged."""

    def fail(*_args: object) -> StagedFile:
        raise problem

    monkeypatch.setattr(staging_module, "stage", fail)
    client = await home.connect()

    error = await try_prepare(client, home)

    assert error["code"] == code
    await until(home.hass, lambda: staged(home) == [])


@pytest.mark.parametrize("problem", ["disk_full", "storage_failed", "staged_changed"])
async def test_a_failed_handover_is_told_and_leaves_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch, problem: str
) -> None:
    """If the disk is full at the tap, the person can prepare and tap again."""

    async def fail(*_args: object, **_more: object) -> None:
        raise SharingError(problem)

    client = await home.connect()
    ready = await prepare(client, home)
    with monkeypatch.context() as patched:
        patched.setattr(home.data.outbox, "add", fail)
        answer = await tap(client, home, ready["confirmation"])

    assert answer["error"]["translation_key"] == problem
    await until(home.hass, lambda: staged(home) == [])
    ready = await prepare(client, home)
    assert (await tap(client, home, ready["confirmation"]))["success"]


@pytest.fixture
async def hevc(home: Home, tmp_path: Path) -> Message:
    """Put an H.265 clip into the library and return the request to prepare it."""

    def make() -> str:
        file = tmp_path / "hevc.mp4"
        subprocess.run(
            [
                *("ffmpeg", "-v", "error", "-i", str(media.make(media.HEVC).path)),
                *("-t", str(CLIP_SECONDS), "-c", "copy", "-tag:v", "hvc1", str(file)),
            ],
            check=True,
            timeout=60,
        )
        clip = record(
            home.data, home.front.entry_id, file, CLIP_ID, 2, video_codec="hevc"
        )
        return clip.clip_id

    return {
        "type": "doorwatch/share/prepare",
        "clip_id": await home.hass.async_add_executor_job(make),
        "agency_id": home.agency.entry_id,
        "edits": UNTOUCHED,
        "small_preview": True,
    }


async def test_a_copy_that_plays_everywhere_is_looked_at_and_the_clip_is_sent(
    home: Home, hevc: Message, no_blocking_calls: None
) -> None:
    """Progress is reported; fetching the first picture of the copy counts as a look."""
    client = await home.connect()
    await client.send_json_auto_id(hevc)
    events = [await event_of(client)]
    while events[-1]["type"] == "progress":
        events.append(await event_of(client))
    stages = [event["stage"] for event in events[:-1]]
    assert stages[0] == "checking"
    assert "preview" in stages
    ready = events[-1]
    assert ready["small_preview"] is True
    preparation = home.preparation(ready)
    look, copy = preparation.look, preparation.staged
    assert look is not None
    assert copy is not None
    assert copy.path != look.path
    of = home.hass.async_add_executor_job
    shown, sent = await of(codecs_of, look.path), await of(codecs_of, copy.path)
    assert shown is not None
    assert shown.startswith("avc1.")
    assert sent is not None
    assert sent.startswith("hvc1.")
    assert ready["notice"]["file"]["sha256"] == copy.sha256
    assert ready["notice"]["file"]["size"] == copy.size

    confirm: Any = {"clip_id": hevc["clip_id"]}
    answer = await tap(client, home, ready["confirmation"], **confirm)
    assert answer["error"]["translation_key"] == "confirmation_required"
    preview = await client.client.get(ready["preview_url"])
    assert await preview.read() == await of(look.path.read_bytes)
    answer = await tap(client, home, ready["confirmation"], **confirm)
    assert answer["success"], answer
    [share] = await home.data.outbox.list()
    assert share.total == copy.size
    await until(home.hass, lambda: staged(home) == [])


async def test_a_copy_that_cannot_be_made_is_said_and_nothing_stays(
    home: Home, hevc: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine lacks the decoder; another browser may be able to play the clip."""

    def fail(*_args: object) -> None:
        raise PreviewError("preview_impossible")

    monkeypatch.setattr(prepare_module, "encode", fail)
    client = await home.connect()
    error = await try_prepare(client, home, **hevc)
    assert error["code"] == "look_impossible"
    assert "Nothing was sent" in error["message"]
    await until(home.hass, lambda: staged(home) == [])


async def test_closing_ends_the_copy_and_leaves_nothing(
    home: Home, hevc: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The encoding stops at its next frame."""
    begun, go_on = threading.Event(), threading.Event()

    def stepped(source: Path, target: Path, progress: Callable[[float], None]) -> None:
        def step(done: float) -> None:
            begun.set()
            assert go_on.wait(30)
            progress(done)

        encode(source, target, step)

    monkeypatch.setattr(prepare_module, "encode", stepped)
    client = await home.connect()
    await client.send_json_auto_id(hevc)
    subscription = (await result_of(client))["id"]
    await until(home.hass, begun.is_set)
    await client.send_json_auto_id(
        {"type": "unsubscribe_events", "subscription": subscription}
    )
    assert (await result_of(client))["success"]
    go_on.set()
    lock = home.data.preparations.stager.encoding
    await until(home.hass, lambda: not lock.locked() and staged(home) == [])
    await silence(client)
