"""Test the data of a person, which is private and deleted with the account."""

from asyncio import Event
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
import errno
import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock, patch

from homeassistant.auth import EVENT_USER_REMOVED
from homeassistant.core import Event as BusEvent, HomeAssistant
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.storage import Store
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import CONF_KIND, DOMAIN, KIND_HOUSEHOLD
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.domain.opening import async_get_domain
from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import ANY, Clip, RetentionPolicy
from custom_components.doorwatch.people.people import (
    DRAFT_LIFETIME,
    MOST_DRAFTS,
    MOST_HIDDEN,
    People,
)
from custom_components.doorwatch.signals import SIGNAL_CLIP_CHANGED
from custom_components.doorwatch.websocket.people import save_draft
from tests.sharing_fixtures import Home, allow, command, prepare, tap, write_pending

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)

FILLED: dict[str, Any] = {
    "agencyId": "police",
    "start": "1",
    "end": "2,",
    "audio": True,
    "covers": [
        {
            "area": [[0, 0], [10, 0], [10.5, 10], [0, 10]],
            "always": False,
            "start": "1",
            "end": "",
        }
    ],
    "caseReference": "AB 12",
    "note": "The one with the <b>hat</b>.",
    "sendName": True,
    "name": "Kim",
    "sendContact": False,
    "contact": "",
}


async def on_disk(hass: HomeAssistant, storage: dict[str, Any]) -> Any:
    """Write pending data, and return the stored data or None."""
    await write_pending(hass)
    found = storage.get("doorwatch.people")
    return None if found is None else found["data"]


async def after_a_kill(hass: HomeAssistant) -> People:
    """Load the stored data, as after a crash."""
    kept = People(hass)
    await kept.async_load()
    return kept


# --- Seen


async def test_what_one_person_saw_is_new_to_another(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    """The marks are restored after a restart."""
    kim = await home.user("Kim", read=[home.front, home.back])
    lee = await home.user("Lee", read=[home.front, home.back])
    kims = await home.connect_as(kim)
    lees = await home.connect_as(lee)
    front = home.front.entry_id

    assert (await command(kims, type="doorwatch/seen"))["result"]["seen"] == {}
    marked = await command(
        kims, type="doorwatch/seen/mark", seen={front: NOON.isoformat()}
    )

    seen = {front: NOON.isoformat()}
    assert marked["result"]["seen"] == seen
    assert (await command(kims, type="doorwatch/seen"))["result"]["seen"] == seen
    assert (await command(lees, type="doorwatch/seen"))["result"]["seen"] == {}
    assert set(await on_disk(home.hass, hass_storage)) == {kim.id}
    assert (await after_a_kill(home.hass)).seen(kim.id) == {front: NOON}


async def test_what_was_seen_never_goes_back_nor_ahead_of_now(home: Home) -> None:
    """Two pages may send marks in any order; a time in the future is reduced to now."""
    client = await home.connect()
    front = home.front.entry_id

    async def mark(moment: datetime) -> datetime:
        answer = await command(
            client, type="doorwatch/seen/mark", seen={front: moment.isoformat()}
        )
        return datetime.fromisoformat(answer["result"]["seen"][front])

    assert await mark(LATER) == LATER
    assert await mark(NOON) == LATER
    before = dt_util.utcnow()
    assert before <= await mark(before + timedelta(days=900)) <= dt_util.utcnow()


async def test_only_doorbells_that_are_there_and_shown_are_marked(home: Home) -> None:
    """Unknown and hidden doorbells are ignored; lost permission hides their marks."""
    kim = await home.user("Kim", read=[home.front])
    client = await home.connect_as(kim)
    front, back = home.front.entry_id, home.back.entry_id
    seen = {one: NOON.isoformat() for one in (front, back, "nowhere")}

    answer = await command(client, type="doorwatch/seen/mark", seen=seen)

    assert answer["result"]["seen"] == {front: NOON.isoformat()}
    assert set(home.data.people.seen(kim.id)) == {front}

    allow(kim, {})
    assert (await command(client, type="doorwatch/seen"))["result"]["seen"] == {}


async def test_the_marks_of_a_doorbell_that_was_removed_go_with_the_next(
    home: Home,
) -> None:
    """The id of a removed doorbell isn't used again."""
    kept = home.data.people
    front, back = home.front.entry_id, home.back.entry_id
    kept.mark(home.admin.id, {front: NOON, back: NOON})

    await home.hass.config_entries.async_remove(back)
    kept.mark(home.admin.id, {front: LATER})

    assert kept.seen(home.admin.id) == {front: LATER}


@pytest.mark.parametrize(
    "moment",
    [
        *("soon", "", "2026-13-01T00:00:00Z", None, 5),
        # Not in the years 1 to 9999 in London.
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
    ],
)
async def test_a_time_that_is_none_is_refused(home: Home, moment: object) -> None:
    """Nothing is stored."""
    client = await home.connect()

    answer = await command(
        client, type="doorwatch/seen/mark", seen={home.front.entry_id: moment}
    )

    assert answer["error"]["code"] == "invalid_format"
    assert home.data.people.seen(home.admin.id) == {}


# --- Drafts


async def test_a_draft_is_there_again_for_the_one_who_made_it(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    """The draft survives a crash; another person who may share starts without it."""
    kim = await home.user("Kim", control=[home.front])
    home.configure(sharers=[kim.id])
    client = await home.connect_as(kim)
    admin = await home.connect()
    clip = {"clip_id": home.clip.clip_id}
    asked = {"type": "doorwatch/draft", **clip}
    assert (await command(client, **asked))["result"] == {"draft": None}

    before = dt_util.utcnow()
    # The clock of a tablet may be wrong.
    draft = {**FILLED, "at": "1970-01-01T00:00:00Z"}
    saved = await command(client, type="doorwatch/draft/save", **clip, draft=draft)
    assert saved["success"], saved

    answer = (await command(client, **asked))["result"]["draft"]
    at = datetime.fromisoformat(answer.pop("at"))
    assert before <= at <= dt_util.utcnow()
    assert answer == FILLED
    assert (await command(admin, **asked))["result"] == {"draft": None}
    await on_disk(home.hass, hass_storage)
    kept = await after_a_kill(home.hass)
    assert kept.draft(kim.id, home.clip.clip_id) == {**FILLED, "at": at.isoformat()}

    await command(client, type="doorwatch/draft/drop", **clip)
    assert (await command(client, **asked))["result"] == {"draft": None}
    assert (await on_disk(home.hass, hass_storage))[kim.id]["drafts"] == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "1234"},
        {"pin": "1234"},
        {"link": "https://desk.agency.example/upload/secret"},
        {"link_origin": "https://desk.agency.example"},
        {"note": "x" * 2001},
        {"audio": "yes"},
        {"start": "1" * 41},
        {"covers": FILLED["covers"] * 21},
        {"covers": [{**FILLED["covers"][0], "area": [[0, 0]]}]},
        {"covers": [{**FILLED["covers"][0], "area": [[0, 101]] * 4}]},
        {"covers": [{**FILLED["covers"][0], "pin": "1234"}]},
    ],
)
async def test_a_draft_holds_no_pin_no_link_and_nothing_else(
    home: Home, wrong: dict[str, object]
) -> None:
    """Unknown keys are refused, so that new data isn't stored by accident."""
    client = await home.connect()
    clip = {"clip_id": home.clip.clip_id}

    answer = await command(
        client, type="doorwatch/draft/save", **clip, draft={**FILLED, **wrong}
    )

    assert answer["error"]["code"] == "invalid_format"
    assert home.data.people.draft(home.admin.id, home.clip.clip_id) is None


async def test_a_draft_is_for_those_who_may_share(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    """The error doesn't reveal that the clip exists."""
    viewer = await home.user("Kim", read=[home.front])
    client = await home.connect_as(viewer)

    for kind, more in (("draft", {}), ("draft/save", {"draft": FILLED})):
        for clip_id, code in (
            (home.clip.clip_id, "not_allowed"),
            (home.back_clip.clip_id, "clip_unknown"),
            ("nowhere", "clip_unknown"),
        ):
            answer = await command(
                client, type=f"doorwatch/{kind}", clip_id=clip_id, **more
            )
            assert answer["error"]["code"] == code
    assert not await on_disk(home.hass, hass_storage)


async def test_a_draft_goes_once_its_clip_was_shared(home: Home) -> None:
    """The draft of another person stays, because they may share with another agency."""
    kept, clip_id = home.data.people, home.clip.clip_id
    kim = await home.user("Kim", control=[home.front])
    for user in (home.admin, kim):
        kept.keep_draft(user.id, clip_id, FILLED)
    client = await home.connect()
    ready = await prepare(client, home)
    assert kept.draft(home.admin.id, clip_id) is not None

    assert (await tap(client, home, ready["confirmation"]))["success"]

    assert kept.draft(home.admin.id, clip_id) is None
    assert kept.draft(kim.id, clip_id) is not None


async def test_a_draft_goes_with_its_clip_but_waits_while_it_can_come_back(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    """Undoing the deletion restores both."""
    kept, clip_id = home.data.people, home.clip.clip_id
    kept.keep_draft(home.admin.id, clip_id, FILLED)
    kept.keep_draft(home.admin.id, home.back_clip.clip_id, FILLED)
    client = await home.connect()

    await command(client, type="doorwatch/clips/delete", clip_id=clip_id)
    await home.hass.async_block_till_done()
    assert kept.draft(home.admin.id, clip_id) is not None
    await command(client, type="doorwatch/clips/restore", clip_id=clip_id)
    await home.hass.async_block_till_done()
    assert kept.draft(home.admin.id, clip_id) is not None

    await home.data.library.enforce(RetentionPolicy(days={ANY: 0}), dt_util.utcnow())
    async_dispatcher_send(home.hass, SIGNAL_CLIP_CHANGED, clip_id)
    await home.hass.async_block_till_done()
    assert (await on_disk(home.hass, hass_storage))[home.admin.id]["drafts"] == {}


async def test_an_old_draft_goes(home: Home, hass_storage: dict[str, Any]) -> None:
    """Nobody remembers its subject."""
    kept, clip_id = home.data.people, home.clip.clip_id
    kept.keep_draft(home.admin.id, clip_id, FILLED)
    then = dt_util.utcnow() + DRAFT_LIFETIME
    with patch.object(dt_util, "utcnow", lambda: then - timedelta(minutes=1)):
        assert kept.draft(home.admin.id, clip_id) is not None

    with patch.object(dt_util, "utcnow", lambda: then + timedelta(minutes=1)):
        assert kept.draft(home.admin.id, clip_id) is None
        async_dispatcher_send(home.hass, SIGNAL_CLIP_CHANGED, "another clip")
        await home.hass.async_block_till_done()

    assert (await on_disk(home.hass, hass_storage))[home.admin.id]["drafts"] == {}


async def test_of_too_many_drafts_the_oldest_goes(home: Home, clip_file: Path) -> None:
    """Saving a draft again makes it the newest."""
    kept, user_id = home.data.people, home.admin.id
    for number in range(MOST_DRAFTS):
        kept.keep_draft(user_id, str(number), {})
    kept.keep_draft(user_id, "0", {"note": "again"})

    kept.keep_draft(user_id, "new", {})

    assert kept.draft(user_id, "1") is None
    assert kept.draft(user_id, "2") is not None
    again = kept.draft(user_id, "0")
    assert again is not None
    assert again["note"] == "again"


# --- Removal


async def test_what_was_kept_goes_with_the_account(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    """The account may be removed while Doorwatch isn't running."""
    kept = home.data.people
    kim, lee = await home.user("Kim"), await home.user("Lee")
    for user in (home.admin, kim, lee):
        kept.mark(user.id, {home.front.entry_id: NOON})
        kept.keep_draft(user.id, home.clip.clip_id, FILLED)

    await home.hass.auth.async_remove_user(kim)
    await home.hass.async_block_till_done()
    assert set(await on_disk(home.hass, hass_storage)) == {home.admin.id, lee.id}

    home.hass.auth._store._users.pop(lee.id)
    kept = await after_a_kill(home.hass)
    await write_pending(home.hass)
    assert set(hass_storage["doorwatch.people"]["data"]) == {home.admin.id}


async def test_an_account_that_goes_leaves_no_draft_behind(
    home: Home, hass_storage: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command of the account may still be running."""
    kim = await home.user("Kim", control=[home.front])
    home.configure(sharers=[kim.id])
    connection = Mock(user=kim)
    message = {"id": 1, "clip_id": home.clip.clip_id, "draft": FILLED}
    real, looks, goes_on = Library.get, Event(), Event()

    async def slow(library: Library, clip_id: str) -> Clip | None:
        looks.set()
        await goes_on.wait()
        return await real(library, clip_id)

    monkeypatch.setattr(Library, "get", slow)
    save_draft(home.hass, connection, message)
    await looks.wait()
    await home.hass.auth.async_remove_user(kim)
    goes_on.set()
    await home.hass.async_block_till_done(wait_background_tasks=True)

    connection.send_error.assert_called_once()
    assert not await on_disk(home.hass, hass_storage)


async def test_with_the_last_entry_nothing_is_kept(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    """Data that an open page still sends isn't stored either."""
    hass, kept = home.hass, home.data.people
    kept.mark(home.admin.id, {home.front.entry_id: NOON})
    kept.keep_draft(home.admin.id, home.clip.clip_id, FILLED)
    await on_disk(hass, hass_storage)
    client = await home.connect()

    for each in (home.front, home.back, home.agency):
        await hass.config_entries.async_remove(each.entry_id)
    assert kept.seen(home.admin.id)
    assert "doorwatch.people" in hass_storage
    for entry in hass.config_entries.async_entries(DOMAIN):
        await hass.config_entries.async_remove(entry.entry_id)

    assert "doorwatch.people" not in hass_storage
    for message in (
        {"type": "seen/mark", "seen": {home.front.entry_id: LATER.isoformat()}},
        {"type": "draft/save", "clip_id": home.clip.clip_id, "draft": FILLED},
    ):
        await command(client, **{**message, "type": f"doorwatch/{message['type']}"})
    assert await on_disk(hass, hass_storage) is None


async def test_what_is_being_written_as_the_last_entry_goes_does_not_come_back(
    home: Home, hass_storage: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writing may take a while."""
    kept = home.data.people
    real, writes, goes_on = kept._store._async_write_data, Event(), Event()

    async def slow(data: dict[str, Any]) -> None:
        writes.set()
        await goes_on.wait()
        await real(data)

    monkeypatch.setattr(kept._store, "_async_write_data", slow)
    kept.mark(home.admin.id, {home.front.entry_id: NOON})
    writing = home.hass.async_create_task(write_pending(home.hass))
    await writes.wait()
    forgetting = home.hass.async_create_task(kept.async_forget(), eager_start=True)
    goes_on.set()
    await writing
    await forgetting

    assert "doorwatch.people" not in hass_storage


async def test_what_a_newer_version_kept_is_left_for_it(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    enable_custom_integrations: None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Doorwatch starts without the data and logs the reason."""
    newer = {"version": 2, "minor_version": 1, "key": "doorwatch.people", "data": [1]}
    hass_storage["doorwatch.people"] = dict(newer)

    assert await async_setup_component(hass, DOMAIN, {})
    await async_get_domain(hass)

    assert "A newer version of Doorwatch wrote" in caplog.text
    kept = hass.data[DATA].people
    kept.keep_draft("Kim", "clip", FILLED)
    assert kept.draft("Kim", "clip") is not None
    await write_pending(hass)
    assert hass_storage["doorwatch.people"] == newer


# Patched before the test plugin replaces files by memory.
REAL_STORE = {
    name: getattr(Store, name)
    for name in ("_async_load", "_async_write_data", "async_remove")
}


@pytest.fixture
def stored_file(hass: HomeAssistant) -> Iterator[Path]:
    """Return the path of the real file, and let the store read and write it."""
    folder = Path(hass.config.config_dir) / ".storage"
    folder.mkdir(exist_ok=True)
    with patch.multiple(Store, **REAL_STORE):
        yield folder / "doorwatch.people"


def as_stored(data: object) -> object:
    """Wrap data as a store does."""
    return {"version": 1, "minor_version": 1, "key": "doorwatch.people", "data": data}


def copies_of(file: Path) -> list[object]:
    """Return the contents of the backup copies."""
    return [json.loads(copy.read_text()) for copy in file.parent.glob(f"{file.name}.*")]


DRAFT: dict[str, Any] = {"at": NOON.isoformat(), "filled": FILLED}
SEEN = {"front": NOON.isoformat()}
NO_MOMENTS: list[object] = [5, None, [], {}, "", "soon", "2026-11-03T12:00:00"]
NO_MAPPINGS: list[object] = [None, [], 5, "x"]
NO_DRAFTS: list[object] = [
    *(None, [], "x", {}, {"at": DRAFT["at"]}, {"filled": FILLED}),
    *({**DRAFT, "at": wrong} for wrong in NO_MOMENTS),
    *({**DRAFT, "filled": wrong} for wrong in (*NO_MAPPINGS, {"pin": "1234"})),
    *({**DRAFT, "filled": {"covers": wrong}} for wrong in (*NO_MAPPINGS[2:], [5])),
]


@pytest.mark.parametrize(
    "stored",
    [
        *([], [1], 5, "people", None, True, {"data": {}}, {"version": 1}),
        {"version": "1", "data": {}},
        {"version": 0, "data": {}},
        *map(as_stored, ([], ["Kim"], 5, "people", False)),
    ],
)
async def test_a_file_of_another_shape_is_put_aside(
    hass: HomeAssistant,
    enable_custom_integrations: None,
    stored_file: Path,
    caplog: pytest.LogCaptureFixture,
    stored: object,
) -> None:
    """Doorwatch starts, stores new data, and reports the problem once."""
    stored_file.write_text(json.dumps(stored))

    assert await async_setup_component(hass, DOMAIN, {})
    await async_get_domain(hass)

    assert caplog.text.count("cannot be fully read") == 1
    assert copies_of(stored_file) == [stored]
    kept = hass.data[DATA].people
    kept.keep_draft("Kim", "clip", FILLED)
    await write_pending(hass)
    assert json.loads(stored_file.read_text())["data"]["Kim"]["drafts"]["clip"]
    # The copy is deleted with the last entry.
    await kept.async_forget()
    assert not list(stored_file.parent.glob("doorwatch.people*"))


async def test_of_a_file_that_is_broken_in_part_the_rest_stays(
    hass: HomeAssistant, stored_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Valid data of other people and of the same person is kept."""
    broken: list[object] = [
        *(*NO_MAPPINGS, True),
        {},
        *({"seen": wrong, "drafts": {"clip": DRAFT}} for wrong in NO_MAPPINGS),
        *({"seen": SEEN, "drafts": wrong} for wrong in NO_MAPPINGS),
        {
            "seen": {**dict(enumerate(NO_MOMENTS)), **SEEN},
            "drafts": {**dict(enumerate(NO_DRAFTS)), "clip": DRAFT},
        },
    ]
    users = [await hass.auth.async_create_user(str(each)) for each in range(16)]
    ids = [user.id for user in users]
    stored = as_stored(
        {
            **dict(zip(ids, broken, strict=False)),
            ids[-1]: {"seen": SEEN, "drafts": {"clip": DRAFT}},
        }
    )
    stored_file.write_text(json.dumps(stored))

    await after_a_kill(hass)

    assert caplog.text.count("cannot be fully read") == 1
    assert copies_of(stored_file) == [json.loads(json.dumps(stored))]
    await write_pending(hass)
    assert json.loads(stored_file.read_text())["data"] == {
        ids[5]: {"seen": {}, "drafts": {}},
        **{one: {"seen": {}, "drafts": {"clip": DRAFT}} for one in ids[6:10]},
        **{one: {"seen": SEEN, "drafts": {}} for one in ids[10:14]},
        **{one: {"seen": SEEN, "drafts": {"clip": DRAFT}} for one in ids[14:]},
    }
    # The next start logs nothing.
    caplog.clear()
    assert (await after_a_kill(hass)).seen(ids[-1]) == {"front": NOON}
    assert "cannot be read" not in caplog.text


async def test_a_file_that_cannot_be_put_aside_stays_as_it_is(
    hass: HomeAssistant, stored_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The disk may be full."""
    stored_file.write_text("[]")
    kept = People(hass)

    with patch("os.fdopen", side_effect=OSError(errno.ENOSPC, "no room")):
        await kept.async_load()

    assert "It stays unchanged" in caplog.text
    kept.keep_draft("Kim", "clip", FILLED)
    await write_pending(hass)
    assert stored_file.read_text() == "[]"
    assert not copies_of(stored_file)


async def test_an_entry_can_be_removed_before_anything_was_kept(
    hass: HomeAssistant, doorwatch: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """There may be no file to delete."""
    entry = MockConfigEntry(
        domain=DOMAIN, data={CONF_KIND: KIND_HOUSEHOLD}, unique_id=KIND_HOUSEHOLD
    )
    entry.add_to_hass(hass)

    await hass.config_entries.async_remove(entry.entry_id)

    assert "doorwatch.people" not in hass_storage


# --- Hidden


async def test_what_one_person_put_away_another_still_sees(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    """It is restored after a restart and deleted with the agency."""
    kim, lee = await home.user("Kim"), await home.user("Lee")
    home.data.people.hide(kim.id, "desk", "r1", True)
    home.data.people.hide(kim.id, "desk", "r2", True)
    home.data.people.hide(kim.id, "group", "b1", True)
    home.data.people.hide(kim.id, "desk", "r2", False)
    home.data.people.hide_agency(kim.id, "desk", True)

    kept = {("desk", "r1"), ("group", "b1")}
    assert home.data.people.hidden(kim.id) == kept
    assert home.data.people.hidden(lee.id) == frozenset()
    assert set(await on_disk(home.hass, hass_storage)) == {kim.id}
    after = await after_a_kill(home.hass)
    assert after.hidden(kim.id) == kept
    assert after.hidden_agencies(kim.id) == {"desk"}
    after.forget_agency("desk")
    assert after.hidden(kim.id) == {("group", "b1")}
    assert after.hidden_agencies(kim.id) == frozenset()
    after._on_user_removed(BusEvent(EVENT_USER_REMOVED, {"user_id": kim.id}))
    assert after.hidden(kim.id) == frozenset()


async def test_of_too_much_that_was_put_away_the_oldest_comes_back(home: Home) -> None:
    """The stored ids are limited, so that an agency can never fill the disk."""
    for number in range(MOST_HIDDEN + 3):
        home.data.people.hide("kim", "desk", f"r{number}", True)
    hidden = home.data.people.hidden("kim")
    assert len(hidden) == MOST_HIDDEN
    assert ("desk", "r2") not in hidden
    assert ("desk", "r3") in hidden
