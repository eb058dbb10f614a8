"""Test that people without permission on a camera can't read its labels anywhere."""

from dataclasses import replace
from datetime import timedelta
import json
from typing import Any

from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.auth.models import Group, User
from homeassistant.auth.permissions.models import PermissionLookup
from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.components.recorder.history import get_significant_states
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.template import Template
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.doorwatch.const import DOMAIN
from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED, SIGNAL_CLIP_RECOVERED
from tests.demo_visits import event
from tests.sharing_fixtures import Home, allow, command, result_of

LABELS = ("animal", "package", "person", "vehicle")


@pytest.fixture(autouse=True)
async def ready(recorder_mock: Recorder, home: Home) -> None:
    """Set up everything that a person can look at, and the recorder."""
    for component in (
        *("config", "history", "logbook", "media_source"),
        *("persistent_notification", "repairs", "system_log"),
    ):
        assert await async_setup_component(home.hass, component, {})
    await home.hass.async_block_till_done()


@pytest.fixture
async def clip(home: Home) -> Clip:
    """Save a clip of the current day with every label, and fire its event."""
    clip = await home.save(
        home.front,
        "0199c0de-0000-7000-8000-000000000201",
        started=dt_util.utcnow() - timedelta(seconds=5),
        labels=dict.fromkeys(LABELS, "onvif"),
    )
    coordinator = home.front.runtime_data
    coordinator.handle_event(
        replace(event(EventKind.MOTION), labels=dict.fromkeys(LABELS, "onvif"))
    )
    async_dispatcher_send(home.hass, SIGNAL_CLIP_RECOVERED, clip)
    await home.hass.async_block_till_done()
    return clip


async def join(home: Home, name: str, *cameras: str) -> User:
    """Add a user who may see only these cameras."""
    everything_else = {
        entity.entity_id: True
        for entity in er.async_get(home.hass).entities.values()
        if entity.domain != "camera"
    }
    group = Group(
        id=name,
        name=name,
        policy={
            "entities": {"entity_ids": everything_else | dict.fromkeys(cameras, True)}
        },
    )
    store = home.hass.auth._store  # core has no other way to add a group
    assert store._groups is not None
    store._groups[name] = group
    return await home.hass.auth.async_create_user(name, group_ids=[name])


def image_of(home: Home) -> str:
    """Return the entity id of the last clip's image."""
    found = er.async_get(home.hass).async_get_entity_id(
        "image", DOMAIN, f"{home.front.entry_id}_last_clip"
    )
    assert found is not None
    return found


def shown(home: Home) -> list[str] | None:
    """Return the labels in the state of the last clip's image."""
    state = home.hass.states.get(image_of(home))
    assert state is not None
    labels: list[str] | None = state.attributes.get("labels")
    return labels


async def seen_by(home: Home, user: User) -> dict[str, str]:
    """Read everything as a user and return each answer as text."""
    client = await home.connect_as(user)
    begin = (dt_util.utcnow() - timedelta(hours=1)).isoformat()
    today = dt_util.now().date()
    front = home.front.entry_id

    async def ask(**message: Any) -> str:
        return json.dumps(await command(client, **message))

    async def act(service: str, **data: Any) -> str:
        return await ask(
            type="call_service",
            domain=DOMAIN,
            service=service,
            service_data=data,
            return_response=True,
        )

    everything = "{{ states | map(attribute='attributes') | list }}"
    found = {
        "states": await ask(type="get_states"),
        "template": await _rendered(client, everything),
        "logbook": await ask(type="logbook/get_events", start_time=begin),
        "history": await ask(
            type="history/history_during_period",
            start_time=begin,
            entity_ids=[image_of(home)],
        ),
        "list": await ask(type="doorwatch/clips/list"),
        "words": await ask(type="doorwatch/clips/list", query="parcel"),
        "facets": await ask(type="doorwatch/clips/facets"),
        "day": await ask(type="doorwatch/day", day=today.isoformat()),
        "page": await ask(
            type="doorwatch/clips/get", clip_id="0199c0de-0000-7000-8000-000000000201"
        ),
        "live": await _first(client, "doorwatch/live/subscribe"),
        "recordings": await _first(client, "doorwatch/recordings/subscribe"),
        "find_clips": await act("find_clips"),
        "find by label": await act("find_clips", labels="person"),
        "get_day": await act("get_day"),
        "root": await ask(type="media_source/browse_media"),
        "media": await ask(
            type="media_source/browse_media",
            media_content_id=f"media-source://doorwatch/day/{front}/{today}",
        ),
        "search": await ask(
            type="media_source/search_media",
            media_content_id="media-source://doorwatch",
            search_query="person",
        ),
        "events": await ask(type="subscribe_events", event_type=EVENT_CLIP_SAVED),
        "diagnostics": await ask(type="diagnostics/list"),
        "entities": await _first(client, "subscribe_entities"),
        "logbook as it grows": await _first(
            client, "logbook/event_stream", start_time=begin
        ),
        "history as it grows": await _first(
            client,
            "history/stream",
            start_time=begin,
            entity_ids=[image_of(home)],
            no_attributes=False,
        ),
        "system log": await ask(type="system_log/list"),
        "repairs": await ask(type="repairs/list_issues"),
        "notes": await _first(client, "persistent_notification/subscribe"),
        "registry": await ask(type="config/entity_registry/list"),
        "entries": await ask(type="config_entries/get", domain=DOMAIN),
        "all days": await ask(type="doorwatch/days", month=f"{today:%Y-%m}"),
        "doorbells": await ask(type="doorwatch/doorbells"),
        "deleted": await ask(type="doorwatch/clips/deleted"),
    }
    http = await home.client(await home.login(user))
    for path in (
        "/api/states",
        f"/api/states/{image_of(home)}",
        "/api/logbook",
        f"/api/history/period?filter_entity_id={image_of(home)}",
    ):
        found[path] = await (await http.get(path)).text()
    return found


async def _rendered(client: MockHAClientWebSocket, template: str) -> str:
    await client.send_json_auto_id({"type": "render_template", "template": template})
    return json.dumps([await client.receive_json() for _ in range(2)])


async def _first(client: MockHAClientWebSocket, kind: str, **more: Any) -> str:
    await client.send_json_auto_id({"type": kind, **more})
    assert (await result_of(client))["success"]
    return json.dumps(await client.receive_json())


def telling(found: dict[str, str]) -> set[str]:
    """Return the places that contain labels."""
    return {
        where
        for where, text in found.items()
        if any(f'"{label}"' in text or f"'{label}'" in text for label in LABELS)
        or "The camera saw" in text
        or ": Animal, Package" in text
    }


@pytest.mark.lesson(13)
async def test_who_may_not_see_the_camera_finds_no_label_anywhere(
    home: Home, clip: Clip
) -> None:
    """States, which all users read, have no labels while such a person lives here."""
    stranger = await join(home, "Lee", home.camera(home.back))
    await home.hass.async_block_till_done()
    await async_wait_recording_done(home.hass)

    assert telling(await seen_by(home, stranger)) == set()
    asked = {
        "list",
        "words",
        "day",
        "page",
        "find_clips",
        "find by label",
        "get_day",
        "media",
        "search",
        "facets",
    }
    assert telling(await seen_by(home, home.admin)) == asked


async def test_while_everybody_may_see_the_camera_states_and_logbook_tell(
    home: Home, clip: Clip
) -> None:
    """All active accounts count; the recorder never stores labels of states."""
    kim = await join(home, "Kim", home.camera(home.front), home.camera(home.back))
    await home.hass.async_block_till_done()
    await async_wait_recording_done(home.hass)

    told = telling(await seen_by(home, kim))
    assert {
        *("states", "template", "entities", "/api/states"),
        *("logbook", "logbook as it grows", "/api/logbook"),
    } <= told
    assert not {"history", "history as it grows", "events", "system log"} & told
    assert shown(home) == list(LABELS)


async def test_a_state_forgets_labels_as_soon_as_one_may_not_see_the_camera(
    home: Home, clip: Clip, hass: HomeAssistant
) -> None:
    """Every way to lose permission counts, and the recorder has no earlier labels."""
    front, back = home.camera(home.front), home.camera(home.back)
    auth = hass.auth
    assert shown(home) == list(LABELS)

    lee = await join(home, "Lee", back)
    await hass.async_block_till_done()
    assert shown(home) is None
    await auth.async_update_user(lee, group_ids=[GROUP_ID_USER])
    assert shown(home) == list(LABELS)
    await auth.async_update_user(lee, group_ids=["Lee"])
    assert shown(home) is None
    await auth.async_update_user(lee, is_active=False)
    assert shown(home) == list(LABELS)
    await auth.async_update_user(lee, is_active=True)
    assert shown(home) is None
    await auth.async_remove_user(lee)
    await hass.async_block_till_done()
    assert shown(home) == list(LABELS)

    await join(home, "Kim", front, back)
    await hass.async_block_till_done()
    assert shown(home) == list(LABELS)
    registry = er.async_get(hass)
    registry.async_update_entity(front, new_entity_id="camera.another_name")
    await hass.async_block_till_done()
    assert shown(home) is None

    await async_wait_recording_done(hass)
    recorded = await get_instance(hass).async_add_executor_job(
        _attributes, hass, image_of(home)
    )
    assert recorded
    assert not any("labels" in attributes for attributes in recorded)


async def test_a_permission_by_area_is_followed_too(
    home: Home, clip: Clip, hass: HomeAssistant
) -> None:
    """The area of the camera's device counts."""
    porch = ar.async_get(hass).async_create("Porch")
    policy = {"entities": {"area_ids": {porch.id: True}}}
    kim = await hass.auth.async_create_user("Kim")
    # Core does this when it loads the accounts of a home.
    kim.perm_lookup = PermissionLookup(er.async_get(hass), dr.async_get(hass))
    kim.groups = [Group(id="porch", name="porch", policy=policy)]
    await hass.auth.async_update_user(kim, name="Kim")
    await hass.async_block_till_done()
    assert shown(home) is None
    (device,) = dr.async_entries_for_config_entry(
        dr.async_get(hass), home.front.entry_id
    )

    dr.async_get(hass).async_update_device(device.id, area_id=porch.id)
    await hass.async_block_till_done()
    assert shown(home) == list(LABELS)
    dr.async_get(hass).async_update_device(device.id, area_id=None)
    await hass.async_block_till_done()
    assert shown(home) is None


async def test_the_last_clip_says_which_it_is(home: Home, clip: Clip) -> None:
    """The state has the id, time and kind of the newest clip that still exists."""

    def attribute(name: str) -> Any:
        return Template(
            f"{{{{ state_attr('{image_of(home)}', '{name}') }}}}", home.hass
        ).async_render()

    assert attribute("clip_id") == clip.clip_id
    assert attribute("event") == "ring"
    assert attribute("started_at") == clip.started_at.isoformat()
    await home.hass.services.async_call(
        DOMAIN, "delete_clip", {"clip_id": clip.clip_id}, blocking=True
    )
    await home.hass.async_block_till_done()
    assert attribute("clip_id") == home.clip.clip_id
    assert attribute("labels") is None


def _attributes(hass: HomeAssistant, entity_id: str) -> list[dict[str, Any]]:
    """Return the recorded attributes of a state."""
    begin = dt_util.utcnow() - timedelta(hours=1)
    found: dict[str, list[Any]] = get_significant_states(
        hass, begin, None, [entity_id], significant_changes_only=False
    )
    return [dict(state.attributes) for state in found[entity_id]]


@pytest.mark.parametrize(
    ("look", "question"),
    [
        ("list", {"type": "doorwatch/clips/list"}),
        ("list", {"service": "find_clips"}),
        ("marks", {"service": "get_day"}),
    ],
)
async def test_a_permission_that_ends_while_clips_are_looked_for_counts(
    home: Home, clip: Clip, monkeypatch: pytest.MonkeyPatch, look: str, question: Any
) -> None:
    """Reading the library may take a while; permission is checked afterwards."""
    user = await home.user(read=[home.front])
    client = await home.connect_as(user)
    if "service" in question:
        question = {
            "type": "call_service",
            "domain": DOMAIN,
            "return_response": True,
            **question,
        }
    answer = await command(client, **question)
    assert '"person"' in json.dumps(answer)
    really = getattr(Library, look)

    async def slowly(*args: Any, **options: Any) -> Any:
        found = await really(*args, **options)
        allow(user, {})
        return found

    monkeypatch.setattr(Library, look, slowly)

    answer = await command(client, **question)

    assert answer["success"]
    assert '"person"' not in json.dumps(answer)
