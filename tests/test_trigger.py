"""Test the triggers of Doorwatch in automations."""

from datetime import UTC, datetime
from typing import Any

from homeassistant.core import Event, HomeAssistant, ServiceCall
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import (
    area_registry as ar,
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.trigger import async_validate_trigger_config
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
import voluptuous as vol

from custom_components.doorwatch.const import (
    CONF_KIND,
    CONF_SOURCE,
    DOMAIN,
    KIND_DOORBELL,
)
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.engine.sharing.model import ShareState
from custom_components.doorwatch.logbook import async_describe_events
from custom_components.doorwatch.runtime.announcements import _told
from custom_components.doorwatch.signals import (
    EVENT_CLIP_SAVED,
    EVENT_REQUEST_MATCHED,
    SIGNAL_SHARE_CHANGED,
)
from custom_components.doorwatch.targets import doorbells_of
from tests.agencies.desk import share
from tests.sharing_fixtures import Home
from tests.translation_guard import PACKAGE, texts

SAVED = {
    "clip_id": "0199cccc",
    "doorbell_id": "01DEMODOORBELL000000000000",
    "entity_id": "camera.front_door",
    "event": "ring",
    "kinds": ["ring"],
    "labels": ["person"],
    "part": 2,
    "started_at": "2026-11-25T01:00:00+00:00",
    "duration": 12.4,
    "happened": [{"event": "ring", "at": "2026-11-25T01:00:05+00:00"}],
    "path": "/api/doorwatch/clip/0199cccc",
    "thumbnail": "/api/doorwatch/thumbnail/0199cccc",
    "page": "/doorwatch/clip/0199cccc",
}


async def automate(
    hass: HomeAssistant,
    clip: str = "{{ trigger.clip_id }} {{ trigger.part }} {{ trigger.path }}",
    **trigger: Any,
) -> list[ServiceCall]:
    """Make an automation, and return the list that collects its calls."""
    calls = async_mock_service(hass, "test", "act")
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "alias": "Test",
                "triggers": {"trigger": "doorwatch.clip_saved", **trigger},
                "actions": {
                    "action": "test.act",
                    "data": {"clip": clip},
                },
            }
        },
    )
    await hass.async_block_till_done()
    return calls


async def save(hass: HomeAssistant, **changes: Any) -> None:
    """Announce a clip."""
    hass.bus.async_fire(EVENT_CLIP_SAVED, {**SAVED, **changes})
    await hass.async_block_till_done()


async def test_the_editor_offers_every_trigger_that_is_promised(
    hass: HomeAssistant, demo: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    """Core's triggers are also offered in a home with only Doorwatch.

    Core sets up `motion` in every home, but not `doorbell`.
    """
    assert "default_config" not in hass.config.components
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "trigger_platforms/subscribe"})
    assert (await client.receive_json())["success"]
    offered = (await client.receive_json())["event"]

    assert {
        "doorbell.rang",
        "motion.cleared",
        "motion.detected",
        "doorwatch.clip_saved",
    } <= offered.keys()
    rung = offered["doorbell.rang"]["target"]["entity"]
    assert rung == [{"domain": ["event"], "device_class": ["doorbell"]}]


async def test_every_clip_triggers_without_a_target(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """The trigger has ids and relative paths."""
    calls = await automate(hass)
    await save(hass)
    await save(hass, event="motion", kinds=["motion"], entity_id="camera.other")

    assert len(calls) == 2
    assert calls[0].data["clip"] == "0199cccc 2 /api/doorwatch/clip/0199cccc"


async def test_a_bell_that_rings_on_and_on_is_not_told_on_and_on() -> None:
    """Repeated motion is also listed once, and the list has at most 100 events."""

    def events(*kinds: EventKind) -> list[DoorbellEvent]:
        at = datetime(2026, 11, 25, tzinfo=UTC)
        return [DoorbellEvent(kind=kind, at=at, monotonic=0.0) for kind in kinds]

    told = _told(
        events(
            EventKind.MOTION,
            EventKind.MOTION,
            EventKind.RING,
            EventKind.MOTION_ENDED,
            EventKind.MOTION,
        )
    )
    assert [each["event"] for each in told] == ["motion", "ring", "motion"]
    assert len(_told(events(*[EventKind.RING] * 1000))) == 100


async def test_the_examples_of_the_actions_work_with_the_trigger(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """The example that the editor shows under a field is a working template."""
    text = await hass.async_add_executor_job((PACKAGE / "services.yaml").read_text)
    actions = parse_yaml(text)
    assert isinstance(actions, dict)
    examples = {
        example
        for action in actions.values()
        if (field := action["fields"].get("clip_id"))
        and "{{" in (example := field["example"])
    }
    assert len(examples) == 1
    calls = await automate(hass, clip=examples.pop())
    await save(hass)

    assert calls[0].data["clip"] == SAVED["clip_id"]


async def test_only_the_chosen_camera_triggers(
    hass: HomeAssistant,
    demo: MockConfigEntry,
    area_registry: ar.AreaRegistry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """The target may also be the camera's area."""
    area = area_registry.async_create("Porch")
    calls = await automate(
        hass, target={"area_id": area.id, "entity_id": "camera.side"}
    )
    await save(hass)
    await save(hass, doorbell_id="another", entity_id="camera.other")
    assert not calls

    (device,) = dr.async_entries_for_config_entry(device_registry, demo.entry_id)
    device_registry.async_update_device(device.id, area_id=area.id)
    await save(hass)
    await save(hass, doorbell_id="another", entity_id="camera.other")
    assert len(calls) == 1


async def test_only_the_chosen_events_trigger(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    calls = await automate(hass, options={"event": ["ring"]})
    await save(hass, event="motion", kinds=["motion"])
    assert not calls
    await save(hass)
    assert len(calls) == 1


async def test_clips_that_somebody_asked_for_trigger(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """Clips count if a person requested them, even if other events happened in them."""
    calls = await automate(hass, options={"event": "manual"})
    await save(hass)
    assert not calls
    await save(hass, event="manual", kinds=["manual"])
    assert len(calls) == 1
    await save(hass, event="ring", kinds=["ring", "motion", "manual"])
    assert len(calls) == 2


async def test_only_clips_with_one_of_the_chosen_labels_trigger(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """The labels apply in addition to the event, and the trigger includes them."""
    calls = await automate(
        hass,
        clip="{{ trigger.labels | join(',') }}",
        options={"labels": ["person", "package"], "event": "ring"},
    )
    await save(hass, labels=[])
    await save(hass, labels=["animal", "vehicle"])
    await save(hass, event="motion", kinds=["motion"])
    assert not calls
    await save(hass, labels=["animal", "package"])
    assert [call.data["clip"] for call in calls] == ["animal,package"]


async def test_other_events_are_refused(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """Saving the automation fails."""
    for options in ({"event": "nonsense"}, {"labels": "postman"}):
        config = cv.TRIGGER_SCHEMA(
            [{"trigger": "doorwatch.clip_saved", "options": options}]
        )
        with pytest.raises(vol.Invalid):
            await async_validate_trigger_config(hass, config)


async def test_a_clip_reads_well_in_the_logbook(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """Without a camera, the entry has the name of Doorwatch."""
    described: dict[str, Any] = {}
    async_describe_events(
        hass, lambda _domain, event, describe: described.update({event: describe})
    )
    describe = described[EVENT_CLIP_SAVED]

    assert describe(Event(EVENT_CLIP_SAVED, SAVED)) == {
        "name": "Front door",
        "message": "saved a clip of a ring (12 s). The camera saw: Person",
        "entity_id": "camera.front_door",
    }
    assert describe(
        Event(
            EVENT_CLIP_SAVED,
            {**SAVED, "event": "motion", "entity_id": None, "labels": []},
        )
    ) == {"name": "Doorwatch", "message": "saved a clip of motion (12 s)"}


def entity_of(demo: MockConfigEntry, hass: HomeAssistant, domain: str) -> str:
    """Return the entity id of a doorbell's entity."""
    return next(
        entity.entity_id
        for entity in er.async_entries_for_config_entry(
            er.async_get(hass), demo.entry_id
        )
        if entity.domain == domain
    )


@pytest.mark.parametrize("domain", ["binary_sensor", "event", "image", "sensor"])
async def test_any_entity_of_a_doorbell_means_its_clips(
    hass: HomeAssistant, demo: MockConfigEntry, domain: str
) -> None:
    calls = await automate(hass, target={"entity_id": entity_of(demo, hass, domain)})
    await save(hass)
    await save(hass, doorbell_id="another")
    assert len(calls) == 1


async def test_the_device_means_its_clips_also_while_its_camera_is_disabled(
    hass: HomeAssistant, demo: MockConfigEntry, device_registry: dr.DeviceRegistry
) -> None:
    (device,) = dr.async_entries_for_config_entry(device_registry, demo.entry_id)
    er.async_get(hass).async_update_entity(
        entity_of(demo, hass, "camera"), disabled_by=er.RegistryEntryDisabler.USER
    )
    calls = await automate(hass, target={"device_id": device.id})
    await save(hass)
    assert len(calls) == 1


async def test_entities_of_the_device_that_is_linked_mean_its_clips(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """Each of a device's two cameras stands for its own doorbell; other entities stand for both."""
    maker = MockConfigEntry(domain="maker")
    maker.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=maker.entry_id, identifiers={("maker", "1")}
    )
    entities = er.async_get(hass)
    left, right, siren = (
        entities.async_get_or_create(
            domain, "maker", key, config_entry=maker, device_id=device.id
        )
        for domain, key in (("camera", "left"), ("camera", "right"), ("siren", "siren"))
    )
    for camera in (left, right):
        MockConfigEntry(
            domain=DOMAIN,
            entry_id=camera.unique_id,
            data={CONF_KIND: KIND_DOORBELL, CONF_SOURCE: "linked", "camera": camera.id},
        ).add_to_hass(hass)
    for entity, meant in (
        (left, {"left"}),
        (right, {"right"}),
        (siren, {"left", "right"}),
    ):
        assert doorbells_of(hass, {"entity_id": [entity.entity_id]}) == meant
    assert doorbells_of(hass, {"device_id": [device.id]}) == {"left", "right"}


async def test_a_target_that_never_meets_a_doorbell_is_refused_in_words(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """Unknown targets, and groups and areas whose members may change, are accepted."""
    other = MockConfigEntry(domain="maker")
    other.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=other.entry_id, identifiers={("maker", "1")}
    )
    entities = er.async_get(hass)
    camera = entities.async_get_or_create("camera", "maker", "1", config_entry=other)
    many = entities.async_get_or_create("light", "group", "1")
    hass.states.async_set("light.kitchen", "on")

    async def check(**target: Any) -> None:
        config = cv.TRIGGER_SCHEMA(
            [{"trigger": "doorwatch.clip_saved", "target": target}]
        )
        await async_validate_trigger_config(hass, config)

    refused: tuple[dict[str, Any], ...] = (
        {"entity_id": camera.entity_id},
        {"entity_id": "light.kitchen"},
        {"device_id": device.id},
        {"entity_id": [camera.entity_id, "light.kitchen"], "device_id": device.id},
    )
    for target in refused:
        with pytest.raises(ServiceValidationError, match="would never run"):
            await check(**target)
    taken: tuple[dict[str, Any], ...] = (
        {"entity_id": [camera.entity_id, entity_of(demo, hass, "camera")]},
        {"entity_id": "camera.to_come"},
        {"entity_id": many.entity_id},
        {"entity_id": "group.doors"},
        {"area_id": "nowhere"},
        {"device_id": "gone"},
    )
    for target in taken:
        await check(**target)


async def test_the_editor_offers_the_trigger_for_a_doorbell_and_counts_its_camera(
    hass: HomeAssistant, demo: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    """The editor counts cameras by device class and features, and ignores the integration."""
    assert await async_setup_component(hass, "automation", {})
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), demo.entry_id)
    client = await hass_ws_client(hass)
    await client.send_json_auto_id(
        {"type": "get_triggers_for_target", "target": {"device_id": [device.id]}}
    )
    answer = await client.receive_json()
    assert "doorwatch.clip_saved" in answer["result"]

    for file, key in (
        ("triggers.yaml", "clip_saved"),
        ("services.yaml", "record_clip"),
    ):
        text = await hass.async_add_executor_job((PACKAGE / file).read_text)
        described = parse_yaml(text)
        assert isinstance(described, dict)
        wanted = described[key]["target"]["entity"]
        assert not wanted.keys() & {"integration", "device"}
        counted = [
            state.entity_id
            for state in hass.states.async_all(wanted["domain"])
            if state.attributes.get("device_class") == wanted["device_class"]
        ]
        assert counted == [entity_of(demo, hass, "camera")]


def test_who_looks_for_doorwatch_finds_the_trigger() -> None:
    """The editor searches names and descriptions, but not the name of the integration."""
    words = texts()["triggers"]["clip_saved"]
    assert "doorwatch" in f"{words['name']} {words['description']}".casefold()


async def test_a_request_that_fits_runs_an_automation(home: Home) -> None:
    """The target is optional. The trigger has ids."""
    calls = async_mock_service(home.hass, "test", "act")
    targets: list[dict[str, Any]] = [
        {},
        {"target": {"entity_id": home.camera(home.front)}},
        {"target": {"entity_id": home.camera(home.back)}},
    ]
    assert await async_setup_component(
        home.hass,
        "automation",
        {
            "automation": [
                {
                    "alias": f"Test {number}",
                    "triggers": {"trigger": "doorwatch.request_matched", **target},
                    "actions": {
                        "action": "test.act",
                        "data": {
                            "number": number,
                            "told": "{{ trigger.agency_id }} {{ trigger.request_id }}"
                            " {{ trigger.clips }} {{ trigger.clip_ids | first }}",
                        },
                    },
                }
                for number, target in enumerate(targets)
            ]
        },
    )
    await home.hass.async_block_till_done()
    home.hass.bus.async_fire(
        EVENT_REQUEST_MATCHED,
        {
            "agency_id": "desk",
            "request_id": "r1",
            "doorbell_ids": [home.front.entry_id],
            "clips": 3,
            "clip_ids": ["best", "other"],
        },
    )
    await home.hass.async_block_till_done()
    assert sorted(call.data["number"] for call in calls) == [0, 1]
    assert {call.data["told"] for call in calls} == {"desk r1 3 best"}


async def test_a_trigger_of_requests_wants_a_doorbell(home: Home) -> None:
    """The trigger would never run for an entity that belongs to no doorbell."""
    with pytest.raises(ServiceValidationError) as caught:
        await async_validate_trigger_config(
            home.hass,
            cv.TRIGGER_SCHEMA(
                {
                    "trigger": "doorwatch.request_matched",
                    "target": {"entity_id": "sensor.harbour_police_last_delivery"},
                }
            ),
        )
    assert caught.value.translation_key == "target_without_doorbell"


@pytest.mark.parametrize(
    ("options", "runs"),
    [({}, True), ({"result": ["delivered"]}, True), ({"result": "failed"}, False)],
)
async def test_a_delivered_share_runs_automations(
    home: Home, options: dict[str, Any], runs: bool
) -> None:
    """The trigger has ids, which no state has, and can be limited to doorbells."""
    calls = async_mock_service(home.hass, "test", "told")
    targets = [{}, {"entity_id": home.camera(home.front)}]
    targets.append({"entity_id": home.camera(home.back)})
    assert await async_setup_component(
        home.hass,
        "automation",
        {
            "automation": [
                {
                    "alias": f"share {number}",
                    "triggers": {
                        "trigger": "doorwatch.share_delivered",
                        **({"target": target} if target else {}),
                        "options": options,
                    },
                    "actions": {
                        "action": "test.told",
                        "data": {
                            "number": number,
                            "told": "{{ trigger.share_id }} {{ trigger.clip_id }}"
                            " {{ trigger.result }}",
                        },
                    },
                }
                for number, target in enumerate(targets)
            ]
        },
    )
    await home.hass.async_block_till_done()
    one = share(home.agency, ShareState.DELIVERED, clip_id=home.clip.clip_id)
    async_dispatcher_send(home.hass, SIGNAL_SHARE_CHANGED, one)
    await home.hass.async_block_till_done()
    assert sorted(call.data["number"] for call in calls) == ([0, 1] if runs else [])
    assert {call.data["told"] for call in calls} == (
        {f"0199aaaa {home.clip.clip_id} delivered"} if runs else set()
    )


@pytest.mark.parametrize("key", ["entity_id", "device_id"])
async def test_what_a_target_excludes_is_not_meant(home: Home, key: str) -> None:
    """Core removes excluded entities from a target, so their doorbells are removed as well."""
    named = {
        doorbell.entry_id: home.camera(doorbell) for doorbell in (home.front, home.back)
    }
    if key == "device_id":
        entities = er.async_get(home.hass)
        for entry_id, camera in named.items():
            entity = entities.async_get(camera)
            assert entity is not None
            assert entity.device_id is not None
            named[entry_id] = entity.device_id
    both = {key: list(named.values())}
    back = {key: [named[home.back.entry_id]]}
    assert doorbells_of(home.hass, both) == set(named)
    assert doorbells_of(home.hass, {**both, "exclude": back}) == {home.front.entry_id}
