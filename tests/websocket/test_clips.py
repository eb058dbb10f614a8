"""Test the commands about doorbells, agencies and clips."""

from http import HTTPStatus
from typing import Any

from homeassistant.components.frontend.storage import async_user_store
from homeassistant.helpers.dispatcher import async_dispatcher_send
import pytest

from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.signals import SIGNAL_CLIP_CHANGED, SIGNAL_CLIP_SAVED
from custom_components.doorwatch.websocket.inputs import MOST_DOORBELLS
from tests.consent.preparing import shared
from tests.sharing_fixtures import Home, allow, command, event_of, result_of, silence
from tests.test_translations import texts_in

LATE = "2026-11-03T18:00:00Z"


async def subscribe(client: Any, **more: object) -> None:
    """Subscribe to clips."""
    await client.send_json_auto_id({"type": "doorwatch/clips/subscribe", **more})
    assert (await result_of(client))["success"]


async def test_clips_come_newest_first_with_pictures_for_who_is_logged_in(
    home: Home,
) -> None:
    """The answer has everything that the card shows of a clip."""
    client = await home.connect()

    answer = await command(client, type="doorwatch/clips/list")

    assert answer["result"]["more"] is False
    [back, front] = answer["result"]["clips"]
    assert back["clip_id"] == home.back_clip.clip_id
    assert front == {
        "clip_id": home.clip.clip_id,
        "doorbell_id": home.front.entry_id,
        "event": "ring",
        "kinds": ["ring"],
        "labels": [],
        "started_at": "2026-11-03T17:00:09+00:00",
        "ended_at": "2026-11-03T17:00:13+00:00",
        "duration": 4.0,
        "timezone": home.hass.config.time_zone,
        "size": home.clip.size,
        "protected": False,
        "recovered": False,
        "width": 640,
        "height": 360,
        "video_codec": "h264",
        "audio_codec": "aac",
        "plays_everywhere": True,
        "codecs": None,
        "has_preview": False,
        "part": 1,
        "gaps": 0,
        "may_control": True,
        "may_share": True,
        "may_send": True,
        "thumbnail": f"/api/doorwatch/thumbnail/{home.clip.clip_id}",
    }
    http = await home.client(await home.login(home.admin))
    got = await http.get(front["thumbnail"])
    assert got.status == HTTPStatus.OK
    assert got.content_type == "image/jpeg"


async def test_clips_can_be_paged(home: Home) -> None:
    """The start of the last clip selects the next page."""
    client = await home.connect()

    first = await command(client, type="doorwatch/clips/list", limit=1)
    [clip] = first["result"]["clips"]
    second = await command(
        client, type="doorwatch/clips/list", limit=1, before=clip["started_at"]
    )

    assert first["result"]["more"] is True
    assert second["result"]["more"] is False
    assert [clip["clip_id"] for clip in second["result"]["clips"]] == [
        home.clip.clip_id
    ]


async def test_clips_of_one_doorbell(home: Home) -> None:
    """An unknown doorbell has no clips."""
    client = await home.connect()

    for doorbell_id, clips in (
        (home.back.entry_id, [home.back_clip.clip_id]),
        ("nothing", []),
        (home.agency.entry_id, []),
    ):
        answer = await command(
            client, type="doorwatch/clips/list", doorbell_id=doorbell_id
        )
        assert [each["clip_id"] for each in answer["result"]["clips"]] == clips


async def test_the_list_holds_what_is_asked_for(home: Home) -> None:
    """The filters work one by one and combined."""
    front, back = home.front.entry_id, home.back.entry_id

    moved, wished = [
        (
            await home.save(
                door, f"0199c0de-0000-7000-8000-00000000000{at}", at, kind=kind
            )
        ).clip_id
        for at, door, kind in (
            (2, home.front, EventKind.MOTION),
            (3, home.back, EventKind.MANUAL),
        )
    ]
    rung, rung_back = home.clip.clip_id, home.back_clip.clip_id
    await home.data.library.add_labels(moved, {"person": "onvif", "package": "onvif"})
    await home.data.library.add_labels(rung_back, {"person": "reolink"})
    client = await home.connect()
    await command(client, type="doorwatch/clips/protect", clip_id=rung, protected=True)
    share_id = await shared(home, client)
    for changes, expected, more_of_them in (
        ({}, [wished, moved, rung_back, rung], False),
        ({"kinds": ["ring", "manual"]}, [wished, rung_back, rung], False),
        ({"kinds": ["motion"], "doorbell_id": back}, [], False),
        ({"kinds": []}, [wished, moved, rung_back, rung], False),
        ({"labels": ["person"]}, [moved, rung_back], False),
        ({"labels": ["package", "animal"]}, [moved], False),
        ({"labels": ["person"], "kinds": ["ring"]}, [rung_back], False),
        ({"labels": ["vehicle"]}, [], False),
        ({"labels": []}, [wished, moved, rung_back, rung], False),
        ({"protected": True}, [rung], False),
        ({"protected": False, "kinds": ["ring"]}, [rung_back], False),
        ({"shared": True}, [rung], False),
        ({"shared": True, "protected": False}, [], False),
        ({"shared": False}, [wished, moved, rung_back], False),
        ({"since": {front: "2026-11-03T17:00:09Z"}}, [wished, moved, rung_back], False),
        ({"since": {back: "2026-11-03T18:00:00Z"}, "limit": 1}, [moved], True),
        ({"query": "ring front"}, [rung], False),
        ({"query": "ring demand 17:01-17:09"}, [], False),
        ({"query": "ring", "kinds": ["motion"]}, [], False),
        ({"query": "2026-11 manual"}, [wished], False),
        ({"query": "shed"}, [], False),
        ({"after": "2026-11-03T17:00:09Z", "limit": 2}, [moved, rung_back], True),
        ({"after": "2026-11-03T17:01:09Z", "limit": 2}, [wished, moved], False),
        (
            {"after": "2026-11-03T17:00:09Z", "before": "2026-11-03T17:03:09Z"},
            [moved, rung_back],
            False,
        ),
    ):
        answer = await command(client, type="doorwatch/clips/list", **changes)
        assert answer["success"], (changes, answer)
        found = [clip["clip_id"] for clip in answer["result"]["clips"]]
        assert (found, answer["result"]["more"]) == (expected, more_of_them), changes

    await command(client, type="doorwatch/share/cancel", share_id=share_id)
    answer = await command(client, type="doorwatch/clips/list", shared=True)
    assert answer["result"]["clips"] == []


async def test_words_are_those_of_the_person_who_searches(home: Home) -> None:
    """The words are those of the person's language, not of the home's."""
    client = await home.connect()
    *_, word = texts_in("de")["common"]["search_ring"].split()

    async def found() -> list[str]:
        answer = await command(client, type="doorwatch/clips/list", query=word)
        return [clip["clip_id"] for clip in answer["result"]["clips"]]

    assert await found() == []
    store = await async_user_store(home.hass, home.admin.id)
    await store.async_set_item("language", {"language": "de"})
    assert await found() == [home.back_clip.clip_id, home.clip.clip_id]


async def test_what_there_is_to_filter_by_is_told(home: Home) -> None:
    """The values are those of the visible doorbells, and are updated."""
    front, back = home.front.entry_id, home.back.entry_id
    client = await home.connect()
    user = await home.user(read=[home.back])
    other = await home.connect_as(user)

    async def facets(by: Any = client, **of: str) -> dict[str, Any]:
        answer = await command(by, type="doorwatch/clips/facets", **of)
        found: dict[str, Any] = answer["result"]
        return found

    rings = {
        "kinds": ["ring"],
        "labels": [],
        "protected": False,
        "shared": False,
        "future": 0,
        "future_day": None,
    }
    assert await facets() == rings
    share_id = await shared(home, client)
    await command(
        client,
        type="doorwatch/clips/protect",
        clip_id=home.clip.clip_id,
        protected=True,
    )
    await home.save(
        home.back, "0199c0de-0000-7000-8000-000000000002", 2, kind=EventKind.MOTION
    )
    for clip, label in ((home.back_clip, "vehicle"), (home.clip, "person")):
        await home.data.library.add_labels(clip.clip_id, {label: "onvif"})
    rings["labels"] = ["person"]
    seen_behind = {**rings, "kinds": ["ring", "motion"], "labels": ["vehicle"]}
    both = {**seen_behind, "labels": ["person", "vehicle"]}
    assert await facets() == {**both, "protected": True, "shared": True}
    assert await facets(doorbell_id=front) == {
        **rings,
        "protected": True,
        "shared": True,
    }
    assert await facets(doorbell_id=back) == seen_behind
    assert await facets(other) == seen_behind
    nothing = {**rings, "kinds": [], "labels": []}
    assert await facets(other, doorbell_id=front) == nothing
    assert await facets(doorbell_id="nowhere") == nothing

    await command(client, type="doorwatch/share/cancel", share_id=share_id)
    assert await facets() == {**both, "protected": True}


async def test_what_is_said_of_other_doorbells_does_not_matter(home: Home) -> None:
    """A page may send as many doorbells as allowed."""
    client = await home.connect()
    await shared(home, client)
    nowhere = {
        str(number): "2026-11-03T17:00:09Z" for number in range(MOST_DOORBELLS - 1)
    }
    for since, count in ((nowhere, 1), ({**nowhere, home.front.entry_id: LATE}, 0)):
        answer = await command(
            client, type="doorwatch/clips/list", since=since, shared=True
        )
        assert len(answer["result"]["clips"]) == count


async def test_a_share_of_somebody_else_marks_no_clip(home: Home) -> None:
    """The filter doesn't reveal the share to people who may not see it."""
    admin = await home.connect()
    await shared(home, admin)
    user = await home.sharer()
    client = await home.connect_as(user)
    for only, count in ((True, 0), (False, 1)):
        answer = await command(client, type="doorwatch/clips/list", shared=only)
        assert len(answer["result"]["clips"]) == count


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": 0},
        {"limit": 101},
        {"before": "soon"},
        {"before": "0001-01-01T00:00:00+14:00"},
        {"after": "9999-12-31T23:59:59-14:00"},
        {"doorbell_id": 1},
        {"doorbell_id": "x" * 65},
        {"kinds": ["ring"] * 100},
        {"kinds": ["all"]},
        {"since": {"front": "yesterday"}},
        {"query": "a" * 201},
        {"shared": "yes"},
    ],
)
async def test_nonsense_is_refused(home: Home, wrong: dict[str, object]) -> None:
    """The schema refuses it."""
    client = await home.connect()

    answer = await command(client, type="doorwatch/clips/list", **wrong)

    assert answer["error"]["code"] == "invalid_format"


async def test_a_saved_clip_is_told(home: Home) -> None:
    """The event has the same data as the list."""
    client = await home.connect()
    await subscribe(client)

    clip = await home.save(home.front, "0199c0de-0000-7000-8000-000000000002", 2)
    async_dispatcher_send(home.hass, SIGNAL_CLIP_SAVED, clip)

    event = await event_of(client)
    assert event["type"] == "saved"
    assert event["clip"]["clip_id"] == clip.clip_id
    assert event["clip"]["kinds"] == ["ring"]


async def test_protecting_and_deleting_is_told(home: Home) -> None:
    """Every card that shows the clip is notified."""
    client = await home.connect()
    await subscribe(client)
    await command(client, type="doorwatch/clips/list")

    clip_id = home.clip.clip_id
    await client.send_json_auto_id(
        {"type": "doorwatch/clips/protect", "clip_id": clip_id, "protected": True}
    )
    event = await event_of(client)
    assert event["type"] == "changed"
    assert event["clip"]["protected"] is True
    assert (await result_of(client))["success"]

    await client.send_json_auto_id(
        {"type": "doorwatch/clips/delete", "clip_id": clip_id}
    )
    assert await event_of(client) == {"type": "removed", "clip_id": clip_id}
    assert (await result_of(client))["success"]
    assert await home.data.library.get(clip_id) is None


async def test_a_subscription_to_one_doorbell_hears_of_that_alone(home: Home) -> None:
    """No event is sent after the subscription has ended."""
    client = await home.connect()
    await subscribe(client, doorbell_id=home.back.entry_id)

    async_dispatcher_send(home.hass, SIGNAL_CLIP_SAVED, home.clip)
    async_dispatcher_send(home.hass, SIGNAL_CLIP_SAVED, home.back_clip)

    event = await event_of(client)
    assert event["clip"]["clip_id"] == home.back_clip.clip_id
    await command(client, type="unsubscribe_events", subscription=1)
    async_dispatcher_send(home.hass, SIGNAL_CLIP_SAVED, home.back_clip)
    await silence(client)


async def test_permission_is_asked_at_each_event(home: Home) -> None:
    """The permission is removed and restored while the card is open."""
    user = await home.user(read=[home.front])
    client = await home.connect_as(user)
    await subscribe(client)
    signals: list[tuple[Any, Clip | str]] = [
        (SIGNAL_CLIP_SAVED, home.clip),
        (SIGNAL_CLIP_CHANGED, home.clip),
        (SIGNAL_CLIP_CHANGED, home.clip.clip_id),
    ]

    for signal, data in signals:
        async_dispatcher_send(home.hass, signal, data)
    assert [(await event_of(client))["type"] for _ in signals] == [
        "saved",
        "changed",
        "removed",
    ]

    allow(user, {home.camera(home.back): {"read": True}})
    for signal, data in signals:
        async_dispatcher_send(home.hass, signal, data)
    await silence(client)

    async_dispatcher_send(home.hass, SIGNAL_CLIP_SAVED, home.back_clip)
    event = await event_of(client)
    assert event["clip"]["clip_id"] == home.back_clip.clip_id
    assert event["clip"]["may_control"] is False


async def test_links_can_be_had_anew(home: Home) -> None:
    """The links in the list are valid for five minutes."""
    client = await home.connect()

    answer = await command(
        client, type="doorwatch/clips/link", clip_id=home.clip.clip_id
    )

    got = await (await home.client()).get(answer["result"]["url"])
    assert got.status == HTTPStatus.OK


async def test_the_ledger_is_counted_for_administrators(home: Home) -> None:
    """Other users are refused."""
    await home.data.ledger.append("exported", {})
    client = await home.connect()

    answer = await command(client, type="doorwatch/ledger/counts")

    seq, digest = await home.data.ledger.head()
    assert answer["result"]["counts"]["exported"] == 1
    assert answer["result"]["head"] == {"seq": seq, "digest": digest}
    user = await home.sharer()
    client = await home.connect_as(user)
    answer = await command(client, type="doorwatch/ledger/counts")
    assert answer["error"]["code"] == "unauthorized"
