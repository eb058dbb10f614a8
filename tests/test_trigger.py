"""The trigger doorwatch.clip_saved, in real automations."""

from datetime import UTC, datetime
from typing import Any

from homeassistant.core import Event, HomeAssistant, ServiceCall
from homeassistant.helpers import (
    area_registry as ar,
    config_validation as cv,
    device_registry as dr,
)
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

from custom_components.doorwatch.announcements import _told
from custom_components.doorwatch.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.logbook import async_describe_events
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED

from .translation_guard import PACKAGE

SAVED = {
    "clip_id": "0199cccc",
    "doorbell_id": "01DEMODOORBELL000000000000",
    "entity_id": "camera.front_door",
    "event": "ring",
    "part": 2,
    "started_at": "2026-11-25T01:00:00+00:00",
    "duration": 12.4,
    "happened": [{"event": "ring", "at": "2026-11-25T01:00:05+00:00"}],
    "path": "/api/doorwatch/clip/0199cccc",
    "thumbnail": "/api/doorwatch/thumbnail/0199cccc",
}


async def automate(
    hass: HomeAssistant,
    clip: str = "{{ trigger.clip_id }} {{ trigger.part }} {{ trigger.path }}",
    **trigger: Any,
) -> list[ServiceCall]:
    """Make an automation; returns what it will have called."""
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
    """Core's own too, in a home that has nothing but Doorwatch.

    Core sets `motion` up in every home, but not `doorbell`.
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
    """The automation gets ids and relative paths."""
    calls = await automate(hass)
    await save(hass)
    await save(hass, event="motion", entity_id="camera.other")

    assert len(calls) == 2
    assert calls[0].data["clip"] == "0199cccc 2 /api/doorwatch/clip/0199cccc"


async def test_a_bell_that_rings_on_and_on_is_not_told_on_and_on() -> None:
    """Nor is motion that is told again while it lasts."""

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
    """What the editor shows under a field can be copied as it is."""
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
    """Also by the area it stands in."""
    area = area_registry.async_create("Porch")
    calls = await automate(
        hass, target={"area_id": area.id, "entity_id": "camera.side"}
    )
    await save(hass)
    assert not calls

    (device,) = dr.async_entries_for_config_entry(device_registry, demo.entry_id)
    device_registry.async_update_device(device.id, area_id=area.id)
    await save(hass)
    await save(hass, entity_id="camera.side")
    await save(hass, entity_id="camera.other")
    assert len(calls) == 2


async def test_only_the_chosen_events_trigger(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """One or several."""
    calls = await automate(hass, options={"event": ["ring"]})
    await save(hass, event="motion")
    assert not calls
    await save(hass)
    assert len(calls) == 1


async def test_clips_that_somebody_asked_for_trigger(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """Those and no others."""
    calls = await automate(hass, options={"event": "manual"})
    await save(hass)
    assert not calls
    await save(hass, event="manual")
    assert len(calls) == 1


async def test_other_events_are_refused(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """A typing error is told when the automation is saved."""
    config = cv.TRIGGER_SCHEMA(
        [{"trigger": "doorwatch.clip_saved", "options": {"event": "nonsense"}}]
    )
    with pytest.raises(vol.Invalid):
        await async_validate_trigger_config(hass, config)


async def test_a_clip_reads_well_in_the_logbook(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """Under the camera's name, or ours when the camera is gone."""
    described: dict[str, Any] = {}
    async_describe_events(
        hass, lambda _domain, event, describe: described.update({event: describe})
    )
    describe = described[EVENT_CLIP_SAVED]

    assert describe(Event(EVENT_CLIP_SAVED, SAVED)) == {
        "name": "Front door",
        "message": "saved a clip of a ring (12 s)",
        "entity_id": "camera.front_door",
    }
    assert describe(
        Event(EVENT_CLIP_SAVED, {**SAVED, "event": "motion", "entity_id": None})
    ) == {"name": "Doorwatch", "message": "saved a clip of motion (12 s)"}
