"""The commands about sharing: what the dialog sees, and what drops it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
import hashlib
from http import HTTPStatus
import logging
import os
from pathlib import Path
import stat
import threading
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.doorwatch.access.log_secrets import COMMAND
from custom_components.doorwatch.access.parts import ACCESS, pin_gate
from custom_components.doorwatch.actions.parts import ACTIONS
from custom_components.doorwatch.consent import prepare as prepare_module
from custom_components.doorwatch.const import CONF_CANCEL_WINDOW, CONF_PIN, CONF_SHARERS
from custom_components.doorwatch.engine.clips.background import Progress
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.model import (
    Edits,
    ReceiptState,
    ShareState,
    StagedFile,
)
from custom_components.doorwatch.engine.sharing.package.staging import stage
from custom_components.doorwatch.engine.sharing.signing.jws import (
    fingerprint,
    thumbprint,
)
from custom_components.doorwatch.engine.sharing.tap.confirmations import LIFETIME
from custom_components.doorwatch.engine.sharing.tap.pin import FREE_TRIES, hash_pin
from tests.sharing_fixtures import (
    Home,
    Message,
    allow,
    command,
    event_of,
    prepare,
    result_of,
    silence,
    tap,
)


def staged(home: Home) -> list[Path]:
    """Return what lies in the staging folder."""
    folder: Path = home.data.library.folder / ".staging"
    return sorted(folder.rglob("*"))


async def until(hass: HomeAssistant, condition: Callable[[], bool]) -> None:
    """Wait for what a thread or another connection does."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)
            await hass.async_block_till_done()


async def try_prepare(client: Any, home: Home, **changes: object) -> Message:
    """Ask for a share that will not be made ready; returns the error."""
    answer = await command(
        client,
        **{
            "type": "doorwatch/share/prepare",
            "clip_id": home.clip.clip_id,
            "agency_id": home.agency.entry_id,
            **changes,
        },
    )
    assert not answer["success"], answer
    assert answer["error"]["code"] == answer["error"]["translation_key"]
    error: Message = answer["error"]
    return error


# What the person sees


async def test_the_dialog_gets_all_that_the_person_must_see(home: Home) -> None:
    """Agency, file, terms, personal details, plain sentences."""
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


async def test_the_preview_is_the_very_file_that_would_be_sent(home: Home) -> None:
    """Its digest is the one in the notice."""
    client = await home.connect()
    ready = await prepare(client, home)

    answer = await (await home.client()).get(ready["preview_url"])

    assert answer.status == HTTPStatus.OK
    assert answer.content_type == "video/mp4"
    digest = hashlib.sha256(await answer.read()).hexdigest()
    assert digest == ready["notice"]["file"]["sha256"]


async def test_sound_stays_home_unless_ticked(home: Home) -> None:
    """With it the file is the clip, byte for byte."""
    client = await home.connect()

    ready = await prepare(client, home, edits={"audio": True})

    assert ready["notice"]["file"]["sha256"] == home.clip.sha256
    assert ready["notice"]["file"]["derived"] is False
    assert "sound_on" in ready["notice"]["sentences"]


async def test_progress_comes_before_ready(home: Home) -> None:
    """So that the dialog can show that something happens."""
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
    """Mode 0700 all the way down."""
    client = await home.connect()
    await prepare(client, home)

    folders = [path for path in staged(home) if path.is_dir()]

    for folder in (home.data.library.folder / ".staging", *folders):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(staged(home)) == 2


# Areas that are covered

AREA: Message = {"left": 0.0, "top": 0.0, "width": 0.3, "height": 0.15}


async def test_covered_areas_are_shown_with_the_very_file(home: Home) -> None:
    """Where and when, that the picture was made anew, and of which recording."""
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


async def test_progress_is_told_while_areas_are_covered(home: Home) -> None:
    """As a fraction, never backwards."""
    client = await home.connect()
    await client.send_json_auto_id(
        {
            "type": "doorwatch/share/prepare",
            "clip_id": home.clip.clip_id,
            "agency_id": home.agency.entry_id,
            "edits": {"redact": [AREA]},
        }
    )
    events = [await event_of(client)]
    while events[-1]["type"] == "progress":
        events.append(await event_of(client))

    redacting = [
        event["fraction"] for event in events if event.get("stage") == "redacting"
    ]
    assert redacting
    assert redacting == sorted(redacting)
    assert all(0 <= fraction <= 1 for fraction in redacting)
    assert [event.get("stage") for event in (events[0], events[-2], events[-1])] == [
        "checking",
        "staging",
        None,
    ]


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
    """Which one, and nothing is left behind."""
    client = await home.connect()

    error = await try_prepare(client, home, edits={"redact": redact})

    assert error["code"] == code
    assert error["translation_placeholders"] == placeholders
    assert staged(home) == []


def redacting() -> list[threading.Thread]:
    """Return the threads that encode."""
    return [
        each for each in threading.enumerate() if each.name == "doorwatch redacting"
    ]


class SteppedStage:
    """Staging whose progress waits for the test once it has begun."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the place of the real one, and use it."""
        self.began = threading.Event()
        self.go_on = threading.Event()
        self.nice: set[int] = set()
        monkeypatch.setattr(prepare_module, "stage", self)

    def __call__(
        self, clip: Clip, edits: Edits, folder: Path, *more: Progress
    ) -> StagedFile:
        """Stage, and wait at the first picture."""
        if not more:
            return stage(clip, edits, folder)

        def progress(done: float) -> None:
            self.nice.add(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
            self.began.set()
            assert self.go_on.wait(30)
            more[0](done)

        return stage(clip, edits, folder, progress)


@pytest.fixture
def stepped(monkeypatch: pytest.MonkeyPatch) -> SteppedStage:
    """Let covering wait."""
    return SteppedStage(monkeypatch)


async def begin_to_cover(client: Any, home: Home) -> int:
    """Ask for a covered copy; returns the id of the subscription."""
    await client.send_json_auto_id(
        {
            "type": "doorwatch/share/prepare",
            "clip_id": home.clip.clip_id,
            "agency_id": home.agency.entry_id,
            "edits": {"redact": [AREA]},
        }
    )
    answer: Message = await client.receive_json()
    return int(answer["id"])


async def test_closing_ends_the_covering_at_its_next_picture(
    home: Home, stepped: SteppedStage
) -> None:
    """The thread, the file, and the turn of the next one."""
    client = await home.connect()
    subscription = await begin_to_cover(client, home)
    await home.hass.async_add_executor_job(stepped.began.wait, 30)
    [thread] = redacting()
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert all(nice > own for nice in stepped.nice)

    await client.send_json_auto_id(
        {"type": "unsubscribe_events", "subscription": subscription}
    )
    assert (await result_of(client))["success"]
    stepped.go_on.set()

    assert (await result_of(client))["error"]["code"] == "cancelled"
    assert not thread.is_alive()
    await until(home.hass, lambda: staged(home) == [])
    assert not home.hass.data[ACTIONS].encoding.locked()
    assert home.data.confirmations._open == {}


async def test_one_copy_is_encoded_at_a_time(home: Home, stepped: SteppedStage) -> None:
    """The second dialog says that it waits, and goes on by itself."""
    first, second = await home.connect(), await home.connect()
    await begin_to_cover(first, home)
    await home.hass.async_add_executor_job(stepped.began.wait, 30)
    await begin_to_cover(second, home)

    assert (await event_of(second))["stage"] == "waiting"
    assert len(redacting()) == 1
    stepped.go_on.set()

    for client in (first, second):
        event = await event_of(client)
        while event["type"] == "progress":
            event = await event_of(client)
        assert event["type"] == "ready"
    assert redacting() == []


# What drops it


async def test_unsubscribing_drops_confirmation_and_file(home: Home) -> None:
    """The person closed the dialog."""
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
    """The person closed the browser."""
    client = await home.connect()
    await prepare(client, home)

    await client.close()

    await until(home.hass, lambda: staged(home) == [])
    assert home.data.confirmations._open == {}


async def test_waiting_too_long_drops_confirmation_and_file(home: Home) -> None:
    """The dialog hears of it."""
    client = await home.connect()
    ready = await prepare(client, home)

    async_fire_time_changed(
        home.hass, dt_util.utcnow() + timedelta(seconds=LIFETIME + 1)
    )
    await home.hass.async_block_till_done()

    assert await event_of(client) == {"type": "error", "code": "expired"}
    await until(home.hass, lambda: staged(home) == [])
    answer = await tap(client, home, ready["confirmation"])
    assert answer["error"]["translation_key"] == "confirmation_required"


async def test_a_second_look_drops_the_first(home: Home) -> None:
    """One share is prepared on a connection, not a pile."""
    client = await home.connect()
    await prepare(client, home)

    ready = await prepare(client, home, edits={"start": 1.0})

    await until(home.hass, lambda: len(staged(home)) == 2)
    assert (await tap(client, home, ready["confirmation"]))["success"]


async def test_a_tap_leaves_nothing_staged(home: Home) -> None:
    """The outbox has it; closing the dialog afterwards does no harm."""
    client = await home.connect()
    ready = await prepare(client, home)

    assert (await tap(client, home, ready["confirmation"]))["success"]
    await command(client, type="unsubscribe_events", subscription=ready["subscription"])

    await until(home.hass, lambda: staged(home) == [])
    assert len(await home.shares()) == 1


class SlowStage:
    """Staging that waits until the test lets it go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the place of the real one, and use it."""
        self.real = stage
        self.began = threading.Event()
        self.go_on = threading.Event()
        self.first = False
        self.fails: OSError | None = None
        monkeypatch.setattr(prepare_module, "stage", self)

    def __call__(
        self, clip: Clip, edits: Edits, folder: Path, *more: Progress
    ) -> StagedFile:
        """Wait, then stage; the other way round with `first`."""
        made = self.real(clip, edits, folder, *more) if self.first else None
        self.began.set()
        assert self.go_on.wait(20)
        if self.fails is not None:
            raise self.fails
        return made or self.real(clip, edits, folder, *more)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> SlowStage:
    """Let staging wait."""
    return SlowStage(monkeypatch)


async def begin_slowly(client: Any, home: Home, slow: SlowStage) -> int:
    """Begin to prepare; returns the id of the subscription."""
    await client.send_json_auto_id(
        {
            "type": "doorwatch/share/prepare",
            "clip_id": home.clip.clip_id,
            "agency_id": home.agency.entry_id,
        }
    )
    answer: Message = await client.receive_json()
    await home.hass.async_add_executor_job(slow.began.wait, 20)
    return int(answer["id"])


@pytest.mark.parametrize(
    ("written", "fails"),
    [(True, None), (False, None), (False, FileNotFoundError("its folder"))],
)
async def test_closing_while_the_file_is_made_leaves_nothing(
    home: Home, slow: SlowStage, written: bool, fails: OSError | None
) -> None:
    """The thread finishes, or finds its folder gone; what it made is removed."""
    slow.first, slow.fails = written, fails
    client = await home.connect()
    subscription = await begin_slowly(client, home, slow)

    await client.send_json_auto_id(
        {"type": "unsubscribe_events", "subscription": subscription}
    )
    assert (await result_of(client))["success"]
    await until(home.hass, lambda: staged(home) == [])
    slow.go_on.set()

    answer = await result_of(client)
    assert answer["error"]["code"] == "cancelled"
    await until(home.hass, lambda: staged(home) == [])
    assert home.data.confirmations._open == {}


async def test_permission_lost_while_the_file_is_made_refuses(
    home: Home, slow: SlowStage
) -> None:
    """It is asked again before anything is shown."""
    user = await home.user(control=[home.front])
    home.configure(**{CONF_SHARERS: [user.id]})
    client = await home.connect(await home.login(user))
    await begin_slowly(client, home, slow)

    allow(user, {})
    slow.go_on.set()

    assert (await result_of(client))["error"]["code"] == "not_allowed"
    await until(home.hass, lambda: staged(home) == [])


async def test_an_agency_lost_while_the_file_is_made_refuses(
    home: Home, slow: SlowStage
) -> None:
    """Its document may have run out meanwhile."""
    client = await home.connect()
    await begin_slowly(client, home, slow)

    home.agency.runtime_data.data = type(home.agency.runtime_data.data)()
    slow.go_on.set()

    assert (await result_of(client))["error"]["code"] == "agency_unavailable"
    await until(home.hass, lambda: staged(home) == [])


# What refuses it


async def test_a_long_lived_token_prepares_nothing(home: Home) -> None:
    """And the attempt is counted."""
    client = await home.connect(await home.long_lived(home.admin))

    error = await try_prepare(client, home)

    assert error["code"] == "not_allowed"
    assert await home.refusals() == [("long_lived_token", "prepare_not_allowed")]


async def test_a_user_who_may_only_look_prepares_nothing(home: Home) -> None:
    """Control permission is wanted."""
    user = await home.user(read=[home.front])
    home.configure(**{CONF_SHARERS: [user.id]})
    client = await home.connect(await home.login(user))

    assert (await try_prepare(client, home))["code"] == "not_allowed"


async def test_control_without_the_households_word_prepares_nothing(home: Home) -> None:
    """Administrators share, unless the household allowed other people."""
    user = await home.user(control=[home.front])
    client = await home.connect(await home.login(user))

    assert (await try_prepare(client, home))["code"] == "not_allowed"


async def test_a_hidden_clip_looks_like_none(home: Home) -> None:
    """An id cannot be probed."""
    user = await home.user(control=[home.front])
    home.configure(**{CONF_SHARERS: [user.id]})
    client = await home.connect(await home.login(user))

    hidden = await try_prepare(client, home, clip_id=home.back_clip.clip_id)
    unknown = await try_prepare(client, home, clip_id="nothing")

    assert hidden == unknown
    assert hidden["code"] == "clip_unknown"


async def test_an_unknown_agency_prepares_nothing(home: Home) -> None:
    """A doorbell's entry is none either."""
    client = await home.connect()

    for agency_id in ("nobody", home.front.entry_id):
        error = await try_prepare(client, home, agency_id=agency_id)
        assert error["code"] == "agency_unavailable"
    assert staged(home) == []


async def test_a_clip_that_was_changed_on_disk_is_refused_and_recorded(
    home: Home,
) -> None:
    """Its digest is not the one at close."""
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
    """And leave nothing behind."""
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
    """In words, and nothing is left behind."""

    def fail(*_args: object) -> StagedFile:
        raise problem

    monkeypatch.setattr(prepare_module, "stage", fail)
    client = await home.connect()

    error = await try_prepare(client, home)

    assert error["code"] == code
    await until(home.hass, lambda: staged(home) == [])


@pytest.mark.parametrize(
    "changes",
    [
        {"edits": {"start": -1}},
        {"edits": {"start": "1"}},
        {"edits": {"end": 1e9}},
        {"edits": {"redact": True}},
        {"edits": {"redact": [{"left": 0.1, "top": 0.1, "width": 0.1}]}},
        {"edits": {"redact": [{**AREA, "blur": True}]}},
        {"edits": {"redact": [{**AREA, "left": "0.1"}]}},
        {"edits": {"redact": [{**AREA, "start": -1}]}},
        {"note": "x" * 2001},
        {"case_reference": "x" * 101},
        {"personal": {"address": "Here 1"}},
        {"password": 1234},
        {"clip_id": None},
    ],
)
async def test_nonsense_is_refused(home: Home, changes: dict[str, object]) -> None:
    """By the schema, before anything is looked at."""
    client = await home.connect()

    answer = await command(
        client,
        **{
            "type": "doorwatch/share/prepare",
            "clip_id": home.clip.clip_id,
            "agency_id": home.agency.entry_id,
            **changes,
        },
    )

    assert answer["error"]["code"] == "invalid_format"


@pytest.mark.parametrize("problem", ["disk_full", "storage_failed", "staged_changed"])
async def test_a_failed_handover_is_told_and_leaves_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch, problem: str
) -> None:
    """The disk is full just when the person taps: they can look and tap again."""

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


# The PIN


@pytest.fixture
async def pin(home: Home) -> str:
    """Set a PIN."""
    hashed = await home.hass.async_add_executor_job(hash_pin, "2468")
    home.configure(**{CONF_PIN: hashed})
    return "2468"


async def test_the_pin_is_asked_for(home: Home, pin: str) -> None:
    """None, a wrong one, the right one."""
    client = await home.connect()

    assert (await try_prepare(client, home))["code"] == "pin_required"
    assert (await try_prepare(client, home, password="1"))["code"] == "pin_wrong"
    ready = await prepare(client, home, password=pin)

    assert (await tap(client, home, ready["confirmation"]))["success"]
    assert await home.refusals() == [("dashboard", "prepare_pin_wrong")]


async def test_wrong_pins_lock_for_everybody_and_across_restarts(
    home: Home, pin: str
) -> None:
    """Another person at another browser is locked too; so is the right PIN."""
    client = await home.connect()
    for _ in range(FREE_TRIES):
        assert (await try_prepare(client, home, password="1"))["code"] == "pin_wrong"

    other = await home.user(control=[home.front])
    home.configure(**{CONF_SHARERS: [other.id]})
    second = await home.connect(await home.login(other))
    locked = await try_prepare(second, home, password=pin)
    del home.hass.data[ACCESS]  # what a restart forgets
    after_restart = await try_prepare(client, home, password=pin)

    for error in (locked, after_restart):
        assert error["code"] == "pin_locked"
        assert 0 < int(error["translation_placeholders"]["seconds"]) <= 60
    assert staged(home) == []


async def test_many_wrong_pins_at_once_gain_no_try(home: Home, pin: str) -> None:
    """They are counted one after the other."""
    clients = [await home.connect() for _ in range(FREE_TRIES + 3)]

    errors = await asyncio.gather(
        *(try_prepare(client, home, password="1") for client in clients)
    )

    assert sorted(error["code"] for error in errors) == (
        ["pin_locked"] * 3 + ["pin_wrong"] * FREE_TRIES
    )


async def test_the_right_pin_forgets_the_wrong_ones(home: Home, pin: str) -> None:
    """Mistyping over the years locks nobody out."""
    client = await home.connect()
    for _ in range(3):
        for _ in range(FREE_TRIES - 1):
            await try_prepare(client, home, password="1")
        await prepare(client, home, password=pin)


async def test_without_its_pin_a_home_shares_nothing_for_a_day(
    home: Home, pin: str
) -> None:
    """The dialog says why; the attempt is counted."""
    client = await home.connect()
    await home.hass.config_entries.async_remove(home.household.entry_id)
    refused = await try_prepare(client, home)

    assert refused["code"] == "sharing_closed"
    assert "about 24 hours" in refused["message"]
    assert staged(home) == []
    assert await home.refusals() == [("dashboard", "prepare_sharing_closed")]


async def test_a_look_of_before_is_no_way_around_a_pin_that_went(
    home: Home, pin: str
) -> None:
    """The dialog was open, with the right PIN, when somebody took it away."""
    client = await home.connect()
    ready = await prepare(client, home, password=pin)
    await pin_gate(home.hass).async_close()

    refused = await tap(client, home, ready["confirmation"])

    assert refused["error"]["translation_key"] == "sharing_closed"
    assert await home.shares() == []
    assert await home.refusals() == [("dashboard", "sharing_closed")]
    # Who does not tap is told what everybody is told.
    script = await home.connect(await home.long_lived(home.admin))
    refused = await tap(script, home, ready["confirmation"])
    assert refused["error"]["translation_key"] == "confirmation_required"


@pytest.mark.parametrize("what", ["retry", "hand_over"])
async def test_nothing_is_set_moving_again_in_the_day_without_the_pin(
    home: Home, what: str
) -> None:
    """To stop it is always possible."""
    client = await home.connect()
    ready = await prepare(client, home)
    await tap(client, home, ready["confirmation"])
    [share_id] = await home.shares()
    await pin_gate(home.hass).async_close()

    refused = await command(client, type=f"doorwatch/share/{what}", share_id=share_id)

    assert refused["error"]["code"] == "sharing_closed"
    assert await home.refusals() == [("dashboard", f"{what}_sharing_closed")]
    stopped = await command(client, type="doorwatch/share/cancel", share_id=share_id)
    assert stopped["success"]


async def test_the_pin_reaches_no_log(
    home: Home, pin: str, caplog: pytest.LogCaptureFixture
) -> None:
    """At the most talkative level, right or wrong."""
    caplog.set_level(logging.DEBUG)
    client = await home.connect()

    await prepare(client, home, password=pin)
    await try_prepare(client, home, password="13579")
    await try_prepare(client, home, clip_id="nothing", password=pin)
    # Some clients put several commands into one frame.
    await client.send_json(
        [{"id": 90, "type": "ping"}, {"id": 91, "type": COMMAND, "password": pin}]
    )
    assert (await result_of(client))["error"]["code"] == "invalid_format"

    assert "doorwatch/share/prepare" in caplog.text
    assert pin not in caplog.text.replace(home.clip.sha256, "")
    assert "13579" not in caplog.text


# Shares


async def shared(home: Home, client: Any) -> str:
    """Share a clip; returns the share's id."""
    ready = await prepare(client, home)
    answer = await tap(client, home, ready["confirmation"])
    share_id: str = answer["result"]["response"]["share_id"]
    await command(client, type="unsubscribe_events", subscription=ready["subscription"])
    return share_id


async def test_a_share_is_told_to_its_sharer_and_to_administrators(home: Home) -> None:
    """And to nobody else."""
    sharer = await home.user("Kim", control=[home.front])
    neighbour = await home.user("Lee", control=[home.front])
    home.configure(**{CONF_SHARERS: [sharer.id, neighbour.id]})
    clients = {
        "sharer": await home.connect(await home.login(sharer)),
        "admin": await home.connect(),
        "neighbour": await home.connect(await home.login(neighbour)),
    }
    for client in clients.values():
        await client.send_json_auto_id({"type": "doorwatch/shares/subscribe"})
        assert await event_of(client) == {"type": "all", "shares": []}

    tapping = await home.connect(await home.login(sharer))
    share_id = await shared(home, tapping)

    for name in ("sharer", "admin"):
        event = await event_of(clients[name])
        assert event["type"] == "changed"
        assert event["share"]["share_id"] == share_id
        assert event["share"]["state"] == "waiting"
        assert 0 < event["share"]["cancel_in"] <= 300
        assert event["share"]["agency_name"] == "Harbour Police"
    await silence(clients["neighbour"])


async def test_a_sharer_who_lost_the_camera_hears_no_more(home: Home) -> None:
    """Neither in the list nor as an event; also when nothing is remembered."""
    sharer = await home.user(control=[home.front])
    home.configure(**{CONF_SHARERS: [sharer.id]})
    client = await home.connect(await home.login(sharer))
    share_id = await shared(home, client)
    await client.send_json_auto_id({"type": "doorwatch/shares/subscribe"})
    [share] = (await event_of(client))["shares"]
    assert share["share_id"] == share_id
    assert share["clip"] == {
        "doorbell_id": home.front.entry_id,
        "event": home.clip.event,
        "started_at": home.clip.started_at.isoformat(),
        "timezone": home.clip.timezone,
    }

    allow(sharer, {})
    await home.data.outbox.cancel(share_id)
    await silence(client)
    del home.hass.data[ACCESS]
    await client.send_json_auto_id({"type": "doorwatch/shares/subscribe"})
    assert await event_of(client) == {"type": "all", "shares": []}
    answer = await command(client, type="doorwatch/share/cancel", share_id=share_id)
    assert answer["error"]["code"] == "share_unknown"


async def test_a_share_can_be_undone_while_nothing_left(home: Home) -> None:
    """By its sharer, and the subscribers hear of it."""
    client = await home.connect()
    share_id = await shared(home, client)

    answer = await command(client, type="doorwatch/share/cancel", share_id=share_id)

    assert answer["result"]["share"]["state"] == "cancelled"
    assert answer["result"]["share"]["cancel_in"] is None
    assert answer["result"]["share"]["outcome"] == "nothing"
    again = await command(client, type="doorwatch/share/cancel", share_id=share_id)
    assert again["error"]["code"] == "too_late"


async def test_shares_of_others_look_like_none(home: Home) -> None:
    """Undo, retry and withdraw too."""
    share_id = await shared(home, await home.connect())
    user = await home.user(control=[home.front])
    home.configure(**{CONF_SHARERS: [user.id]})
    client = await home.connect(await home.login(user))

    for action in ("cancel", "retry", "withdraw"):
        for name in (share_id, "nothing"):
            answer = await command(
                client, type=f"doorwatch/share/{action}", share_id=name
            )
            assert answer["error"]["code"] == "share_unknown"


async def deliver(home: Home, share_id: str) -> None:
    """Let a share have arrived."""
    outbox = home.data.outbox
    job = outbox._registry.jobs[share_id]
    key = await home.hass.async_add_executor_job(
        home.data.keys.for_agency, home.agency.entry_id
    )
    job.record = replace(
        job.record,
        issuer=home.desk.origin,
        home=thumbprint(key.public_key()),
        package_sha256="ab" * 32,
        package_size=5,
    )
    async with job.lock:
        await outbox._registry.finish(
            job, ShareState.DELIVERED, "sent", receipt=ReceiptState.AWAITED
        )


async def test_a_delivered_share_is_withdrawn_by_its_sharer(home: Home) -> None:
    """Whoever may stop a share may ask for its deletion, and hears how far it is."""
    sharer = await home.user(control=[home.front])
    home.configure(**{CONF_SHARERS: [sharer.id]})
    client = await home.connect(await home.login(sharer))
    share_id = await shared(home, client)
    await deliver(home, share_id)
    watcher = await home.connect()
    await watcher.send_json_auto_id({"type": "doorwatch/shares/subscribe"})
    (before,) = (await event_of(watcher))["shares"]
    assert before["receipt"] == "awaited"
    assert before["can_withdraw"] is True

    refused = await command(client, type="doorwatch/share/withdraw", share_id=share_id)
    assert refused["error"]["code"] == "no_withdrawals"
    assert "contact" in refused["error"]["message"]

    coordinator = home.agency.runtime_data
    document = replace(
        coordinator.data.document, withdrawals_uri=f"{home.desk.origin}/withdrawals"
    )
    coordinator.data = replace(coordinator.data, document=document)
    answer = await command(client, type="doorwatch/share/withdraw", share_id=share_id)
    told = answer["result"]["share"]
    assert (told["state"], told["withdrawal"]) == ("delivered", "requested")
    assert told["can_withdraw"] is False
    assert told["withdrawn_at"]
    event = await event_of(watcher)
    assert event["share"]["withdrawal"] == "requested"
    kinds = [line.kind for line in await home.data.ledger.lines(limit=1000)]
    assert kinds.count("withdrawal_requested") == 1


async def test_what_has_not_arrived_is_stopped_by_withdrawing_it(home: Home) -> None:
    """There is nothing to delete yet."""
    client = await home.connect()
    share_id = await shared(home, client)
    answer = await command(client, type="doorwatch/share/withdraw", share_id=share_id)
    assert answer["result"]["share"]["state"] == "cancelled"


async def test_a_withdrawal_takes_a_person(home: Home) -> None:
    """It is signed, goes to the agency and cannot be undone; a stop always works."""
    share_id = await shared(home, await home.connect())
    token = await home.connect(await home.long_lived(home.admin))
    withdraw = {"type": "doorwatch/share/withdraw", "share_id": share_id}

    assert (await command(token, **withdraw))["error"]["code"] == "not_allowed"
    job = home.data.outbox._registry.jobs[share_id]
    assert job.record.state is ShareState.WAITING

    await deliver(home, share_id)
    coordinator = home.agency.runtime_data
    document = replace(
        coordinator.data.document, withdrawals_uri=f"{home.desk.origin}/withdrawals"
    )
    coordinator.data = replace(coordinator.data, document=document)
    assert (await command(token, **withdraw))["error"]["code"] == "not_allowed"
    share = await home.data.outbox.get(share_id)
    assert share is not None and share.withdrawal is None
    assert await home.refusals() == [("long_lived_token", "withdraw_not_allowed")]

    another = await shared(home, await home.connect())
    answer = await command(token, type="doorwatch/share/cancel", share_id=another)
    assert answer["result"]["share"]["state"] == "cancelled"


async def test_retry_takes_a_person_who_may_share(home: Home) -> None:
    """A long-lived token may not, though its user is an administrator."""
    share_id = await shared(home, await home.connect())
    token = await home.connect(await home.long_lived(home.admin))

    answer = await command(token, type="doorwatch/share/retry", share_id=share_id)
    assert answer["error"]["code"] == "not_allowed"
    assert await home.refusals() == [("long_lived_token", "retry_not_allowed")]

    client = await home.connect()
    answer = await command(client, type="doorwatch/share/retry", share_id=share_id)
    assert answer["error"]["code"] == "cannot_retry"


async def test_retry_of_a_share_whose_clip_is_gone_takes_an_administrator(
    home: Home,
) -> None:
    """Nothing tells its camera any more."""
    sharer = await home.user(control=[home.front])
    home.configure(**{CONF_SHARERS: [sharer.id]})
    client = await home.connect(await home.login(sharer))
    share_id = await shared(home, client)
    await home.data.library.delete(home.clip.clip_id)
    del home.hass.data[ACCESS]

    answer = await command(client, type="doorwatch/share/retry", share_id=share_id)
    assert answer["error"]["code"] == "not_allowed"


async def test_the_cancel_window_is_the_households(home: Home) -> None:
    """What the household chose is what counts down."""
    home.configure(**{CONF_CANCEL_WINDOW: 120})
    client = await home.connect()
    share_id = await shared(home, client)

    share = await home.data.outbox.get(share_id)

    assert share is not None
    assert share.cancel_until is not None
    left = share.cancel_until - dt_util.utcnow()
    assert timedelta(seconds=60) < left <= timedelta(seconds=120)


async def test_an_unreadable_outbox_is_told(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The card says so instead of showing no shares."""

    async def fail(*_args: object, **_more: object) -> None:
        raise SharingError("storage_failed")

    monkeypatch.setattr(home.data.outbox, "list", fail)
    client = await home.connect()

    answer = await command(client, type="doorwatch/shares/subscribe")

    assert answer["error"]["code"] == "storage_failed"


async def test_a_user_who_was_disabled_hears_of_no_share(home: Home) -> None:
    """Even an administrator whose connection still stands."""
    client = await home.connect()
    share_id = await shared(home, client)
    await client.send_json_auto_id({"type": "doorwatch/shares/subscribe"})
    await event_of(client)

    home.admin.is_active = False
    await home.data.outbox.cancel(share_id)

    await silence(client)


async def test_an_accident_leaves_no_copy_behind(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever nobody foresaw while the dialog is made ready."""

    def broken(*_args: object, **_more: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(
        "custom_components.doorwatch.consent.prepare.make_notice", broken
    )
    client = await home.connect()
    answer = await command(
        client,
        type="doorwatch/share/prepare",
        clip_id=home.clip.clip_id,
        agency_id=home.agency.entry_id,
    )
    assert answer["error"]["code"] == "unknown_error"

    staging = home.data.library.folder / ".staging"
    await until(home.hass, lambda: not list(staging.iterdir()))
