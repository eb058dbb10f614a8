"""Test the conditions of Doorwatch."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.condition import (
    ConditionChecker,
    async_from_config,
    async_validate_condition_config,
)
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
import voluptuous as vol

from custom_components.doorwatch.actions.clips import record_now
from tests.conftest import Until
from tests.sharing_fixtures import Home


async def condition(hass: HomeAssistant, name: str, **more: Any) -> ConditionChecker:
    """Make a condition as an automation does."""
    config = cv.CONDITION_SCHEMA({"condition": f"doorwatch.{name}", **more})
    return await async_from_config(
        hass, await async_validate_condition_config(hass, config)
    )


async def test_a_clip_is_being_recorded_from_the_ring_to_its_end(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    """The condition applies to the targeted doorbells, or to all without a target."""
    anywhere = await condition(hass, "is_recording")
    here = await condition(
        hass, "is_recording", target={"entity_id": "camera.front_door"}
    )
    elsewhere = await condition(
        hass, "is_recording", target={"area_id": "nothing_in_it"}
    )
    assert not anywhere.async_check()

    record_now(hass, None, [demo.entry_id], 600)
    await until(lambda: anywhere.async_check() is True)
    assert here.async_check()
    assert not elsewhere.async_check()
    demo.runtime_data.recorder.let_go()
    await until(lambda: anywhere.async_check() is False)

    assert await hass.config_entries.async_unload(demo.entry_id)
    assert not anywhere.async_check()


async def test_a_clip_with_a_label_counts_for_the_time_that_is_named(
    home: Home, until: Until
) -> None:
    """The time counts from the end of the clip; a deleted clip doesn't count."""
    hass = home.hass

    async def add(clip_id: str, minutes: int, *labels: str) -> None:
        await home.save(
            home.front,
            clip_id,
            started=dt_util.utcnow() - timedelta(minutes=minutes),
            labels=dict.fromkeys(labels, "onvif"),
        )
        await home.front.runtime_data.async_refresh()

    async def with_label(
        labels: Any, within: Any = None, target: Any = None
    ) -> ConditionChecker:
        options = {"labels": labels} | ({"within": within} if within else {})
        more = {"target": target} if target else {}
        return await condition(hass, "clip_with_label", options=options, **more)

    person = await with_label("person")
    either = await with_label(["animal", "vehicle"], "00:20:00")
    front = await with_label(
        "animal", {"minutes": 20}, {"entity_id": home.camera(home.front)}
    )
    back = await with_label(
        "animal", {"minutes": 20}, {"entity_id": home.camera(home.back)}
    )
    shorter = await with_label("animal", {"minutes": 5})
    assert not any(one.async_check() for one in (person, either, front, back, shorter))

    await add("0199c0de-0000-7000-8000-000000000101", 10, "animal")
    assert not person.async_check()
    assert either.async_check()
    assert front.async_check()
    assert not back.async_check()
    assert not shorter.async_check()
    await add("0199c0de-0000-7000-8000-000000000102", 1, "person", "package")
    assert person.async_check()
    assert not shorter.async_check()
    # A clip recorded while the clock was ahead is neither the newest nor recent.
    newest = home.front.runtime_data.data.last_clip
    await add("0199c0de-0000-7000-8000-000000000103", -40 * 24 * 60, "animal")
    assert home.front.runtime_data.data.last_clip == newest
    assert not shorter.async_check()

    await hass.services.async_call(
        "doorwatch",
        "delete_clip",
        {"clip_id": "0199c0de-0000-7000-8000-000000000102"},
        blocking=True,
    )
    await until(lambda: not person.async_check())


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("is_recording", {"labels": "person"}),
        ("clip_with_label", None),
        ("clip_with_label", {}),
        ("clip_with_label", {"labels": []}),
        ("clip_with_label", {"labels": "postman"}),
        ("clip_with_label", {"labels": "person", "within": "soon"}),
        ("clip_with_label", {"labels": "person", "within": {"days": 999_999_999}}),
    ],
)
async def test_what_makes_no_sense_is_refused(
    hass: HomeAssistant, demo: MockConfigEntry, name: str, options: Any
) -> None:
    with pytest.raises(vol.Invalid):
        await condition(hass, name, **({} if options is None else {"options": options}))


async def test_a_target_that_never_meets_a_doorbell_is_refused_in_words(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    hass.states.async_set("light.kitchen", "on")
    with pytest.raises(ServiceValidationError, match="would never run"):
        await condition(hass, "is_recording", target={"entity_id": "light.kitchen"})


async def test_the_editor_offers_the_conditions(
    hass: HomeAssistant, demo: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    assert await async_setup_component(hass, "automation", {})
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "condition_platforms/subscribe"})
    assert (await client.receive_json())["success"]
    offered = (await client.receive_json())["event"]

    assert "doorwatch.is_recording" in offered
    assert set(offered["doorwatch.clip_with_label"]["fields"]) == {"labels", "within"}
