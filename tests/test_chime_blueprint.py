"""Test the chime blueprint with real media player entities."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
import re
import shutil
import time
from typing import Any, override
from unittest.mock import AsyncMock

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.automation.helpers import async_get_blueprints
from homeassistant.components.blueprint import Blueprint
from homeassistant.components.media_player import MediaPlayerEntity
from homeassistant.components.media_player.const import (
    MediaPlayerEntityFeature,
    MediaPlayerState,
)
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockPlatform,
    async_fire_time_changed,
    async_mock_service,
    mock_platform,
)

from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.engine.outside.errors import OutsideError
from tests.repository import ROOT
from tests.sharing_fixtures import Home, set_state
from tests.test_blueprint import device_of

BLUEPRINT = ROOT / "blueprints/automation/doorwatch/chime.yaml"
PATH = "doorwatch/chime.yaml"
SOUND = {
    "media_content_id": "media-source://media_source/local/gong.mp3",
    "media_content_type": "audio/mpeg",
    "metadata": {"title": "gong.mp3"},
}


class Player(MediaPlayerEntity):
    """A media player that records the calls of its actions."""

    _attr_should_poll = False
    _attr_state = MediaPlayerState.IDLE
    _attr_supported_features = (
        MediaPlayerEntityFeature.PLAY_MEDIA
        | MediaPlayerEntityFeature.VOLUME_SET
        | MediaPlayerEntityFeature.STOP
    )

    def __init__(self, name: str, volume: float | None = None) -> None:
        self._attr_name = name
        self._attr_volume_level = volume
        self.done: list[str] = []
        self.fails = False

    @override
    async def async_set_volume_level(self, volume: float) -> None:
        """Record the volume."""
        self.done.append(f"volume {volume}")
        self._attr_volume_level = volume
        self.async_write_ha_state()

    @override
    async def async_play_media(
        self, media_type: str, media_id: str, **kwargs: Any
    ) -> None:
        """Record the media."""
        if self.fails:
            raise HomeAssistantError("out of reach")
        self.done.append(f"{media_id} {media_type} announce={kwargs['announce']}")

    @override
    async def async_media_stop(self) -> None:
        """Record the stop."""
        self.done.append("stop")


@dataclass
class Chime:
    """A home with two speakers and a screen."""

    hass: HomeAssistant
    home: Home
    kitchen: Player
    attic: Player
    screen: Player
    shown: list[ServiceCall]

    async def automate(self, **inputs: object) -> None:
        """Make an automation of the blueprint."""
        assert await async_setup_component(
            self.hass,
            "automation",
            {
                "automation": {
                    "alias": "Chime",
                    "use_blueprint": {
                        "path": PATH,
                        "input": {
                            "doorbells": [device_of(self.home, self.home.front)],
                            **inputs,
                        },
                    },
                }
            },
        )
        await self.hass.async_block_till_done()
        state = self.hass.states.get("automation.chime")
        assert state is not None
        assert state.state == "on", state

    async def ring(self, door: MockConfigEntry | None = None) -> None:
        """Ring, and run everything that follows immediately."""
        (door or self.home.front).runtime_data.handle_event(
            DoorbellEvent(
                kind=EventKind.RING,
                at=datetime.now(UTC),
                monotonic=time.monotonic() + 1,
            )
        )
        await self.settle()

    async def wait(self, freezer: FrozenDateTimeFactory, seconds: float) -> None:
        """Advance the clock."""
        freezer.tick(timedelta(seconds=seconds))
        async_fire_time_changed(self.hass)
        await self.settle()

    async def settle(self) -> None:
        """Run everything that doesn't wait for time to pass."""
        for _ in range(200):
            await asyncio.sleep(0)


def players(*found: Player) -> MockPlatform:
    """Make a platform with these players."""

    async def setup(
        _hass: object, _config: object, add: Any, _info: object = None
    ) -> None:
        add(found)

    return MockPlatform(async_setup_platform=setup)


@pytest.fixture
async def chime(
    home: Home, hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Chime]:
    """Install the blueprint, and let requests to agencies fail."""
    monkeypatch.setattr(
        home.data.outside,
        "fetch",
        AsyncMock(side_effect=OutsideError("cannot_connect")),
    )
    found = (Player("Kitchen", 0.3), Player("Attic", 0.5), Player("Screen"))
    mock_platform(hass, "test.media_player", players(*found))
    assert await async_setup_component(
        hass, "media_player", {"media_player": {"platform": "test"}}
    )
    target = Path(hass.config.path("blueprints/automation")) / PATH

    def copy() -> None:
        target.parent.mkdir(parents=True)
        shutil.copy(BLUEPRINT, target)

    await hass.async_add_executor_job(copy)
    for doorbell in (home.front, home.back):
        set_state(doorbell)
    await hass.async_block_till_done()
    yield Chime(hass, home, *found, async_mock_service(hass, "camera", "play_stream"))
    if hass.services.has_service("automation", "turn_off"):
        # Stop the runs that still wait.
        await hass.services.async_call(
            "automation", "turn_off", {"entity_id": "all"}, blocking=True
        )


SPEAKERS = ["media_player.kitchen", "media_player.attic"]
GONG = f"{SOUND['media_content_id']} audio/mpeg announce=True"


async def test_core_takes_the_blueprint(chime: Chime, hass: HomeAssistant) -> None:
    """The blueprint is valid and uses all of its inputs."""
    assert await async_setup_component(hass, "automation", {})
    blueprint = (await async_get_blueprints(hass).async_get_blueprints())[PATH]
    assert isinstance(blueprint, Blueprint), blueprint
    assert blueprint.validate() is None
    used = set(re.findall(r"!input (\w+)", BLUEPRINT.read_text()))
    assert used == set(blueprint.inputs)


async def test_a_ring_plays_the_sound_on_each_speaker(chime: Chime) -> None:
    """The sound is an announcement over other media, and only for the chosen doorbell."""
    await chime.automate(speakers=SPEAKERS, sound=SOUND)
    await chime.ring(chime.home.back)
    assert not chime.kitchen.done
    await chime.ring()
    assert chime.kitchen.done == chime.attic.done == [GONG]
    assert not chime.shown


async def test_the_volume_goes_back_after_the_sound(
    chime: Chime, freezer: FrozenDateTimeFactory
) -> None:
    """Each speaker returns to its own volume; a speaker without a known volume keeps it."""
    await chime.automate(
        speakers=[*SPEAKERS, "media_player.screen"], sound=SOUND, volume=80
    )
    await chime.ring()
    assert chime.kitchen.done == ["volume 0.8", GONG]
    assert chime.screen.done == [GONG]
    await chime.wait(freezer, 9.5)
    assert chime.kitchen.done[2:] == ["volume 0.3"]
    assert chime.attic.done[2:] == ["volume 0.5"]
    # The next ring also returns to the original volume.
    await chime.wait(freezer, 1)
    await chime.ring()
    await chime.wait(freezer, 9.5)
    assert chime.kitchen.done[3:] == ["volume 0.8", GONG, "volume 0.3"]


async def test_words_are_spoken(chime: Chime, hass: HomeAssistant) -> None:
    """The text has the name of the doorbell, and replaces the sound."""
    said = async_mock_service(hass, "tts", "speak")
    await chime.automate(speakers=SPEAKERS, how="words", sound=SOUND, voice="tts.piper")
    await chime.ring()
    (call,) = said
    assert call.data == {
        "entity_id": ["tts.piper"],
        "media_player_entity_id": SPEAKERS,
        "message": "Someone rang the doorbell: Front.",
    }
    assert not chime.kitchen.done


async def test_a_screen_shows_the_door_and_ends(
    chime: Chime, freezer: FrozenDateTimeFactory
) -> None:
    """Another ring restarts the time."""
    await chime.automate(players=["media_player.screen"], shown_for=60)
    await chime.ring()
    (call,) = chime.shown
    assert call.data == {
        "entity_id": [chime.home.camera(chime.home.front)],
        "media_player": ["media_player.screen"],
    }
    await chime.wait(freezer, 40)
    await chime.ring()
    await chime.wait(freezer, 25)
    assert (len(chime.shown), chime.screen.done) == (2, [])
    await chime.wait(freezer, 40)
    assert chime.screen.done == ["stop"]


@pytest.mark.parametrize(
    ("local", "sounds"),
    [("21:59:00", 1), ("22:00:00", 0), ("05:59:59", 0), ("06:00:00", 1)],
)
async def test_quiet_hours(
    chime: Chime, freezer: FrozenDateTimeFactory, local: str, sounds: int
) -> None:
    """Quiet hours can include midnight, and also apply to screens."""
    await chime.hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to(datetime.fromisoformat(f"2026-11-05T{local}+01:00"))
    await chime.automate(
        speakers=SPEAKERS,
        sound=SOUND,
        players=["media_player.screen"],
        quiet_start="22:00:00",
        quiet_end="06:00:00",
    )
    await chime.ring()
    assert (len(chime.kitchen.done), len(chime.shown)) == (sounds, sounds)


async def test_not_again_within_the_pause(
    chime: Chime, freezer: FrozenDateTimeFactory
) -> None:
    """The pause starts at the last ring that played the sound."""
    await chime.automate(speakers=SPEAKERS, sound=SOUND, pause=30)
    for seconds, sounded in ((0, 1), (20, 1), (9, 1), (1, 2)):
        await chime.wait(freezer, seconds)
        await chime.ring()
        assert len(chime.kitchen.done) == sounded


async def test_a_speaker_that_is_away_keeps_nothing_else(chime: Chime) -> None:
    """A speaker that fails, is unavailable or was removed stops no other player."""
    chime.kitchen.fails = True
    chime.screen._attr_available = False
    chime.screen.async_write_ha_state()
    await chime.automate(
        speakers=["media_player.screen", "media_player.removed", *SPEAKERS],
        sound=SOUND,
        volume=70,
        players=["media_player.screen"],
    )
    await chime.ring()
    assert chime.attic.done == ["volume 0.7", GONG]
    assert len(chime.shown) == 1


async def test_a_home_without_a_voice_shows_all_the_same(chime: Chime) -> None:
    """A missing action doesn't stop the other actions."""
    assert not chime.hass.services.has_service("tts", "speak")
    await chime.automate(
        speakers=SPEAKERS,
        how="words",
        voice="tts.gone",
        players=["media_player.screen"],
    )
    await chime.ring()
    assert not chime.kitchen.done
    assert len(chime.shown) == 1


async def test_nothing_chosen_does_nothing(chime: Chime) -> None:
    await chime.automate()
    await chime.ring()
    assert not chime.shown
    assert not chime.kitchen.done
