"""Test the PIN for sharing: the prompt, the lockout, and the wait after its removal."""

import asyncio
import logging

import pytest

from custom_components.doorwatch.access.log_secrets import COMMANDS
from custom_components.doorwatch.access.pin_gate import PinGate
from custom_components.doorwatch.const import CONF_PIN, CONF_SHARERS
from custom_components.doorwatch.engine.sharing.tap.pin import FREE_TRIES, hash_pin
from tests.consent.preparing import staged, try_prepare
from tests.renewed import renew
from tests.sharing_fixtures import Home, command, prepare, result_of, tap


@pytest.fixture
async def pin(home: Home) -> str:
    """Set a PIN."""
    hashed = await home.hass.async_add_executor_job(hash_pin, "2468")
    home.configure(**{CONF_PIN: hashed})
    return "2468"


async def test_the_pin_is_asked_for(home: Home, pin: str) -> None:
    """A missing and a wrong PIN are refused, the right PIN is accepted."""
    client = await home.connect()

    assert (await try_prepare(client, home))["code"] == "pin_required"
    assert (await try_prepare(client, home, password="1"))["code"] == "pin_wrong"
    ready = await prepare(client, home, password=pin)

    assert (await tap(client, home, ready["confirmation"]))["success"]
    assert await home.refusals() == [("dashboard", "prepare_pin_wrong")]


async def test_wrong_pins_lock_for_everybody_and_across_restarts(
    home: Home, pin: str
) -> None:
    """Another person in another browser is locked out too, even with the right PIN."""
    client = await home.connect()
    for _ in range(FREE_TRIES):
        assert (await try_prepare(client, home, password="1"))["code"] == "pin_wrong"

    other = await home.user(control=[home.front])
    home.configure(**{CONF_SHARERS: [other.id]})
    second = await home.connect_as(other)
    locked = await try_prepare(second, home, password=pin)
    renew(home.data.pin_gate, PinGate(home.hass))
    after_restart = await try_prepare(client, home, password=pin)

    for error in (locked, after_restart):
        assert error["code"] == "pin_locked"
        assert 0 < int(error["translation_placeholders"]["seconds"]) <= 60
    assert staged(home) == []


async def test_many_wrong_pins_at_once_gain_no_try(home: Home, pin: str) -> None:
    """Concurrent attempts are counted one after the other."""
    clients = [await home.connect() for _ in range(FREE_TRIES + 3)]

    errors = await asyncio.gather(
        *(try_prepare(client, home, password="1") for client in clients)
    )

    assert sorted(error["code"] for error in errors) == (
        ["pin_locked"] * 3 + ["pin_wrong"] * FREE_TRIES
    )


async def test_the_right_pin_forgets_the_wrong_ones(home: Home, pin: str) -> None:
    """Occasional typing errors over the years lock nobody out."""
    client = await home.connect()
    for _ in range(3):
        for _ in range(FREE_TRIES - 1):
            await try_prepare(client, home, password="1")
        await prepare(client, home, password=pin)


async def test_without_its_pin_a_home_shares_nothing_for_a_day(
    home: Home, pin: str
) -> None:
    """The dialog says why, and the attempt is counted."""
    client = await home.connect()
    await home.hass.config_entries.async_remove(home.household.entry_id)
    refused = await try_prepare(client, home)

    assert refused["code"] == "sharing_closed"
    assert "about 24 more hours" in refused["message"]
    assert staged(home) == []
    assert await home.refusals() == [("dashboard", "prepare_sharing_closed")]


async def test_a_look_of_before_is_no_way_around_a_pin_that_went(
    home: Home, pin: str
) -> None:
    """The dialog was open, with the right PIN, when the PIN was removed."""
    client = await home.connect()
    ready = await prepare(client, home, password=pin)
    await home.data.pin_gate.async_close()

    refused = await tap(client, home, ready["confirmation"])

    assert refused["error"]["translation_key"] == "sharing_closed"
    assert await home.shares() == []
    assert await home.refusals() == [("dashboard", "sharing_closed")]
    # People who don't tap see the same notification as everyone.
    script = await home.connect(await home.long_lived(home.admin))
    refused = await tap(script, home, ready["confirmation"])
    assert refused["error"]["translation_key"] == "confirmation_required"


@pytest.mark.parametrize("what", ["retry", "hand_over"])
async def test_nothing_is_set_moving_again_in_the_day_without_the_pin(
    home: Home, what: str
) -> None:
    """Stopping a share is always possible."""
    client = await home.connect()
    ready = await prepare(client, home)
    await tap(client, home, ready["confirmation"])
    [share_id] = await home.shares()
    await home.data.pin_gate.async_close()

    refused = await command(client, type=f"doorwatch/share/{what}", share_id=share_id)

    assert refused["error"]["code"] == "sharing_closed"
    assert await home.refusals() == [("dashboard", f"{what}_sharing_closed")]
    stopped = await command(client, type="doorwatch/share/cancel", share_id=share_id)
    assert stopped["success"]


async def test_the_pin_reaches_no_log(
    home: Home, pin: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the right nor a wrong PIN is logged, even at debug level."""
    caplog.set_level(logging.DEBUG)
    client = await home.connect()

    await prepare(client, home, password=pin)
    await try_prepare(client, home, password="13579")
    await try_prepare(client, home, clip_id="nothing", password=pin)
    # Some clients send several commands in one frame.
    for number, kind in enumerate(sorted(COMMANDS)):
        await client.send_json(
            [
                {"id": 90 + 2 * number, "type": "ping"},
                {"id": 91 + 2 * number, "type": kind, "password": pin},
            ]
        )
        assert (await result_of(client))["error"]["code"] == "invalid_format"

    assert "doorwatch/share/prepare" in caplog.text
    assert pin not in caplog.text.replace(home.clip.sha256, "")
    assert "13579" not in caplog.text
