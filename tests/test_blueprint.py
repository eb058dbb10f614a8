"""Test the notification blueprint with real pushes to a server on loopback."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
import re
import shutil
import time
from typing import Any
from unittest.mock import AsyncMock
from urllib.parse import unquote

from aiohttp import web
from aiohttp.test_utils import TestServer
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.automation.helpers import async_get_blueprints
from homeassistant.components.blueprint import Blueprint
from homeassistant.components.mobile_app.const import SIGNAL_RECORD_NOTIFICATION
from homeassistant.const import EVENT_CALL_SERVICE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.engine.outside.errors import OutsideError
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED
from tests.repository import ROOT
from tests.sharing_fixtures import Home, command, set_state

REPOSITORY = ROOT
BLUEPRINT = REPOSITORY / "blueprints/automation/doorwatch/notify.yaml"
PATH = "doorwatch/notify.yaml"

# More iterations of the event loop than an event needs to become a message.
SPINS = 100
MOST_SETTLING = 5000

type Push = dict[str, Any]


@dataclass
class Phones:
    """Two phones and the messages that they received."""

    hass: HomeAssistant
    home: Home
    iphone: str
    android: str
    pushes: list[Push] = field(default_factory=list)
    begun: int = 0
    done: int = 0
    # Events at the front door since its last clip.
    happened: list[DoorbellEvent] = field(default_factory=list)

    def of(self, phone: str) -> list[Push]:
        """Return the messages to a phone."""
        return [push for push in self.pushes if push["push_token"] == phone]

    async def automate(self, **inputs: object) -> None:
        """Make an automation of the blueprint."""
        home = self.home
        assert await async_setup_component(
            self.hass,
            "automation",
            {
                "automation": {
                    "alias": "Door",
                    "use_blueprint": {
                        "path": PATH,
                        "input": {
                            "doorbells": [device_of(home, home.front)],
                            "phones": [self.iphone, self.android],
                            **inputs,
                        },
                    },
                }
            },
        )
        await self.hass.async_block_till_done()
        state = self.hass.states.get("automation.door")
        assert state is not None
        assert state.state == "on", state

    async def happen(self, kind: EventKind, doorbell: MockConfigEntry) -> None:
        """Handle an event of a doorbell, and wait for the messages."""
        event = DoorbellEvent(
            kind=kind, at=datetime.now(UTC), monotonic=time.monotonic() + 1
        )
        if doorbell is self.home.front:
            self.happened.append(event)
        doorbell.runtime_data.handle_event(event)
        await self.settle()

    async def move(self, doorbell: MockConfigEntry) -> None:
        """Start and end motion."""
        await self.happen(EventKind.MOTION, doorbell)
        await self.happen(EventKind.MOTION_ENDED, doorbell)

    async def save(
        self, event: str, part: int = 1, happened: list[Push] | None = None
    ) -> None:
        """Announce a clip of the front door with the events since its last clip."""
        clip = self.home.clip
        if happened is None:
            happened = [
                {"event": one.kind.value, "at": one.at.isoformat()}
                for one in self.happened
            ]
            self.happened.clear()
        self.hass.bus.async_fire(
            EVENT_CLIP_SAVED,
            {
                "clip_id": clip.clip_id,
                "doorbell_id": clip.doorbell_id,
                "entity_id": self.home.camera(self.home.front),
                "event": event,
                "part": part,
                "started_at": clip.started_at.isoformat(),
                "duration": 4.0,
                "happened": happened,
                "path": f"/api/doorwatch/clip/{clip.clip_id}",
                "thumbnail": f"/api/doorwatch/thumbnail/{clip.clip_id}",
                "page": f"/doorwatch/clip/{clip.clip_id}",
            },
        )
        await self.settle()

    async def settle(self) -> None:
        """Wait until all messages have arrived.

        Don't wait for Home Assistant itself, because runs that wait for a clip or the end of an
        hour continue. Wait until all started calls are done and no new call starts.
        """
        # Don't use a deadline, because the clock stands still in some tests.
        for _ in range(MOST_SETTLING):
            begun = self.begun
            for _ in range(SPINS):
                await asyncio.sleep(0)
            if begun == self.begun == self.done:
                return
        raise AssertionError("a message does not arrive")


def device_of(home: Home, doorbell: MockConfigEntry) -> str:
    """Return the id of a doorbell's device."""
    (device,) = dr.async_entries_for_config_entry(
        dr.async_get(home.hass), doorbell.entry_id
    )
    return device.id


async def phone(
    hass: HomeAssistant, name: str, manufacturer: str, user: str, url: str | None
) -> str:
    """Register a phone as its app does, and return the id of its device.

    Home Assistant adds a notify action for the phone only if it has a push URL.
    """
    entry = MockConfigEntry(
        domain="mobile_app",
        title=name,
        data={
            "app_data": {"push_token": manufacturer, "push_url": url} if url else {},
            "app_id": "io.robbie.HomeAssistant",
            "app_name": "Home Assistant",
            "app_version": "2026.10",
            "device_id": f"id-of-{manufacturer}",
            "device_name": name,
            "manufacturer": manufacturer,
            "model": "Phone",
            "os_name": "iOS" if manufacturer == "Apple" else "Android",
            "os_version": "20",
            "supports_encryption": False,
            "user_id": user,
            "webhook_id": f"webhook-{manufacturer}",
        },
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return device.id


@pytest.fixture
async def phones(
    home: Home, hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Phones]:
    """Set up two phones of the administrator, whose pushes go to a server on loopback.

    Requests to agencies fail, because setting the clock forward triggers their timers.
    """
    monkeypatch.setattr(
        home.data.outside,
        "fetch",
        AsyncMock(side_effect=OutsideError("cannot_connect")),
    )
    await hass.config.async_set_time_zone("Europe/Berlin")
    found = Phones(hass=hass, home=home, iphone="", android="")

    async def push(request: web.Request) -> web.Response:
        found.pushes.append(await request.json())
        return web.json_response({}, status=HTTPStatus.CREATED)

    @callback
    def on_call(event: Event) -> None:
        if event.data["service"].startswith("mobile_app_"):
            found.begun += 1

    @callback
    def on_sent(_webhook_id: str) -> None:
        found.done += 1

    hass.bus.async_listen(EVENT_CALL_SERVICE, on_call)
    async_dispatcher_connect(hass, SIGNAL_RECORD_NOTIFICATION, on_sent)
    application = web.Application()
    application.router.add_post("/push", push)
    server = TestServer(application, host="127.0.0.1")
    await server.start_server()
    url = str(server.make_url("/push"))
    assert await async_setup_component(hass, "mobile_app", {})
    await hass.async_block_till_done()
    found.iphone = await phone(hass, "Robin's iPhone", "Apple", home.admin.id, url)
    found.android = await phone(hass, "Pixel 12", "Google", home.admin.id, url)
    await hass.async_block_till_done()
    target = Path(hass.config.path("blueprints/automation")) / PATH

    def copy() -> None:
        target.parent.mkdir(parents=True)
        shutil.copy(BLUEPRINT, target)

    await hass.async_add_executor_job(copy)
    for doorbell in (home.front, home.back):
        set_state(doorbell)
    await hass.async_block_till_done()
    yield found
    if hass.services.has_service("automation", "turn_off"):
        # Stop the runs that still wait.
        await hass.services.async_call(
            "automation", "turn_off", {"entity_id": "all"}, blocking=True
        )
    await server.close()


async def test_core_takes_the_blueprint(phones: Phones, hass: HomeAssistant) -> None:
    """The blueprint is valid and uses all of its inputs."""
    assert await async_setup_component(hass, "automation", {})
    blueprints = await async_get_blueprints(hass).async_get_blueprints()

    blueprint = blueprints[PATH]
    assert isinstance(blueprint, Blueprint), blueprint
    assert blueprint.validate() is None
    used = set(re.findall(r"!input (\w+)", BLUEPRINT.read_text()))
    assert used == set(blueprint.inputs)


async def test_core_imports_the_blueprint_as_people_do(
    phones: Phones, hass: HomeAssistant
) -> None:
    """Only the inputs without a default are required."""
    assert await async_setup_component(hass, "automation", {})
    client = await phones.home.connect(await phones.home.login(phones.home.admin))

    answer = await command(client, type="blueprint/list", domain="automation")

    inputs = answer["result"][PATH]["metadata"]["input"]
    assert {key for key, value in inputs.items() if "default" not in value} == {
        "doorbells",
        "phones",
        "when",
        "words",
    }


@pytest.mark.lesson(12)
async def test_a_ring_is_told_at_once_in_both_forms(phones: Phones) -> None:
    """The message has the path of the current picture, which requires a login."""
    await phones.automate()
    home = phones.home
    camera = home.camera(home.front)

    await phones.happen(EventKind.RING, home.front)

    (apple,) = phones.of("Apple")
    (google,) = phones.of("Google")
    for push in (apple, google):
        assert push["title"] == "Front"
        assert push["message"] == "Someone rang the doorbell."
        assert push["data"]["tag"] == f"doorwatch-ring-{camera}"
        assert push["data"]["group"] == "doorwatch"
    picture = f"/api/camera_proxy/{camera}"
    assert apple["data"]["attachment"] == {
        "url": picture,
        "content-type": "jpeg",
        "hide-thumbnail": False,
    }
    assert apple["data"]["push"] == {"interruption-level": "time-sensitive"}
    assert "clickAction" not in apple["data"]
    assert google["data"]["image"] == picture
    assert google["data"]["channel"] == "Doorbell"
    assert google["data"]["importance"] == "high"
    assert (google["data"]["ttl"], google["data"]["priority"]) == (0, "high")
    assert google["data"]["alert_once"] is False
    assert "url" not in google["data"]
    assert apple["data"]["url"] == google["data"]["clickAction"]
    assert "authSig" not in str(phones.pushes)
    assert "token" not in str([push["data"] for push in phones.pushes])


async def test_the_clip_replaces_the_picture_without_a_sound(phones: Phones) -> None:
    """The update has the same tag. A tap opens the doorbell before it, and the clip after it."""
    await phones.automate()
    home = phones.home
    await phones.happen(EventKind.RING, home.front)
    await phones.save("ring")

    first, then = phones.of("Apple")
    assert then["data"]["tag"] == first["data"]["tag"]
    thumbnail = f"/api/doorwatch/thumbnail/{home.clip.clip_id}"
    assert then["data"]["attachment"]["url"] == thumbnail
    assert then["data"]["push"] == {"interruption-level": "passive", "sound": "none"}
    _, google = phones.of("Google")
    assert google["data"]["image"] == thumbnail
    assert google["data"]["alert_once"] is True
    assert "video" not in google["data"]
    assert first["data"]["url"] == f"/doorwatch?doorbell={home.front.entry_id}"
    page = f"/doorwatch/clip/{home.clip.clip_id}"
    assert google["data"]["clickAction"] == then["data"]["url"] == page


async def test_the_picture_opens_with_the_login_of_the_app_only(
    phones: Phones,
) -> None:
    """The paths in the message require the app's login."""
    await phones.automate(attach="video")
    home = phones.home
    await phones.happen(EventKind.RING, home.front)
    await phones.save("ring")
    app = await home.client(await home.login(home.admin))
    nobody = await home.client()

    google = phones.of("Google")[-1]["data"]
    apple = phones.of("Apple")[-1]["data"]["attachment"]
    assert apple == {
        "url": google["video"],
        "content-type": "mp4",
        "hide-thumbnail": False,
    }
    for path in (google["image"], google["video"]):
        assert (await app.get(path)).status == HTTPStatus.OK
        assert (await nobody.get(path)).status == HTTPStatus.UNAUTHORIZED


async def test_motion_is_told_at_once_and_changed_when_its_clip_is_there(
    phones: Phones,
) -> None:
    """Motion has its own notification channel."""
    await phones.automate()
    await phones.happen(EventKind.MOTION, phones.home.front)
    (first,) = phones.of("Google")
    assert first["message"] == "There's motion at the door."
    assert first["data"]["channel"] == "Motion at the door"
    (apple,) = phones.of("Apple")
    assert apple["data"]["push"] == {"interruption-level": "active"}

    await phones.save("motion")

    _, then = phones.of("Google")
    assert then["data"]["tag"] == first["data"]["tag"]
    assert then["data"]["alert_once"] is True
    assert then["data"]["image"].startswith("/api/doorwatch/thumbnail/")


async def test_motion_can_wait_for_its_clip(phones: Phones) -> None:
    """Rings don't wait, and clips that a person requested send no message."""
    await phones.automate(wait_for_clip=True)
    await phones.happen(EventKind.MOTION, phones.home.front)
    assert phones.pushes == []

    await phones.happen(EventKind.RING, phones.home.front)
    assert len(phones.of("Google")) == 1
    await phones.save("manual")
    assert len(phones.of("Google")) == 1
    await phones.save("motion")

    _, motion = phones.of("Google")
    assert motion["data"]["image"].startswith("/api/doorwatch/thumbnail/")
    assert motion["data"]["alert_once"] is False


async def test_a_long_motion_is_told_once(phones: Phones) -> None:
    """Later clips of the same motion send nothing and don't count toward the limit."""
    await phones.automate(wait_for_clip=True, most_per_hour=2)
    for part in (1, 2, 3):
        await phones.save("motion", part)
    assert len(phones.of("Google")) == 1

    await phones.save("motion")
    assert len(phones.of("Google")) == 2


async def test_a_ring_in_a_later_part_gets_its_picture(phones: Phones) -> None:
    """The visit may have been reported as motion before the ring."""
    await phones.automate(wait_for_clip=True)
    await phones.save("motion")
    await phones.happen(EventKind.RING, phones.home.front)
    await phones.save("ring", 2)

    _, ring, then = phones.of("Google")
    assert then["data"]["tag"] == ring["data"]["tag"]
    assert then["data"]["image"].startswith("/api/doorwatch/thumbnail/")
    assert then["data"]["alert_once"] is True


async def test_motion_gets_the_clip_of_its_own_visit(phones: Phones) -> None:
    """The clip counts even if its event is a ring, when the visit began with motion."""
    await phones.automate()
    front = phones.home.front
    # The end of an earlier visit.
    before = [
        {"event": "motion", "at": "2026-11-03T12:00:00+00:00"},
        {"event": "ring", "at": datetime.now(UTC).isoformat()},
    ]

    async def updates() -> list[str]:
        """Return the types of the silent updates since the last call."""
        changed = [push for push in phones.of("Google") if push["data"]["alert_once"]]
        phones.pushes.clear()
        return sorted(push["data"]["tag"].split("-")[1] for push in changed)

    await phones.happen(EventKind.MOTION, front)
    await phones.save("manual", happened=[])
    await phones.save("motion", happened=before)
    await phones.happen(EventKind.RING, front)
    await phones.happen(EventKind.MOTION_ENDED, front)
    assert len(phones.of("Google")) == 2
    assert await updates() == []
    await phones.save("ring")
    assert await updates() == ["motion", "ring"]

    await phones.move(front)
    assert len(phones.of("Google")) == 1
    await phones.save("motion")
    assert await updates() == ["motion"]
    await phones.save("motion", 2, before)
    await phones.save("motion", happened=before)
    assert phones.pushes == []


async def test_motion_waits_for_its_clip_no_longer_than_there_can_be_one(
    phones: Phones, freezer: FrozenDateTimeFactory
) -> None:
    """Other clips in the meantime don't extend the wait."""
    await phones.automate()
    await phones.move(phones.home.front)
    for minutes in (8, 8):
        freezer.tick(timedelta(minutes=minutes))
        async_fire_time_changed(phones.hass)
        await phones.settle()
        await phones.save("manual", happened=[])
    await phones.save("motion")

    assert len(phones.of("Google")) == 1


async def test_two_rings_of_one_visit_get_their_clip_once(phones: Phones) -> None:
    """Later parts of the clip replace no picture, because they show the door after the ring."""
    await phones.automate()
    front = phones.home.front
    for kind in (EventKind.MOTION, EventKind.RING, EventKind.RING):
        await phones.happen(kind, front)
    rang = [
        {"event": "motion", "at": "2026-11-03T11:00:00+00:00"},
        {"event": "ring", "at": "2026-11-03T11:00:05+00:00"},
    ]
    assert len(phones.of("Google")) == 3
    await phones.save("ring")
    changed = [push for push in phones.of("Google") if push["data"]["alert_once"]]
    assert len(changed) == 2
    await phones.save("ring", 2, rang)
    await phones.save("motion", 3, rang)

    assert len(phones.of("Google")) == 5


async def test_a_ring_during_motion_is_told_at_once(phones: Phones) -> None:
    """The ring is a separate message, and the limit of motion messages doesn't apply."""
    await phones.automate(most_per_hour=1)
    await phones.move(phones.home.front)
    await phones.happen(EventKind.MOTION, phones.home.front)
    assert len(phones.of("Google")) == 1

    await phones.happen(EventKind.RING, phones.home.front)
    await phones.happen(EventKind.RING, phones.home.front)

    told = [push["message"] for push in phones.of("Google")]
    assert told == [
        "There's motion at the door.",
        "Someone rang the doorbell.",
        "Someone rang the doorbell.",
    ]
    tags = {push["data"]["tag"] for push in phones.of("Google")}
    assert len(tags) == 2


async def test_no_more_about_motion_than_wanted_in_an_hour(
    phones: Phones, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The limit applies to any period of an hour; silent updates don't count."""
    await phones.automate(most_per_hour=2)

    async def pass_by(minutes: int) -> int:
        freezer.tick(timedelta(minutes=minutes))
        async_fire_time_changed(hass)
        await phones.settle()
        await phones.move(phones.home.front)
        await phones.save("motion")
        return sum(not push["data"]["alert_once"] for push in phones.of("Google"))

    assert await pass_by(0) == 1
    assert await pass_by(20) == 2
    assert await pass_by(20) == 2
    # The first was 61 minutes ago, the second 41 minutes.
    assert await pass_by(21) == 3
    assert await pass_by(10) == 3
    assert await pass_by(20) == 4


async def test_no_limit_keeps_no_run(phones: Phones, hass: HomeAssistant) -> None:
    """Zero means no limit."""
    await phones.automate(most_per_hour=0, update=False)
    for _ in range(8):
        await phones.move(phones.home.front)

    assert len(phones.of("Google")) == 8
    state = hass.states.get("automation.door")
    assert state is not None
    assert state.attributes["current"] == 0


@pytest.mark.parametrize(
    ("local", "start", "end", "quiet"),
    [
        ("21:59:00", "22:00:00", "06:00:00", False),
        ("22:00:00", "22:00:00", "06:00:00", True),
        ("00:30:00", "22:00:00", "06:00:00", True),
        ("05:59:59", "22:00:00", "06:00:00", True),
        ("06:00:00", "22:00:00", "06:00:00", False),
        ("13:00:00", "12:00:00", "14:00:00", True),
        ("15:00:00", "12:00:00", "14:00:00", False),
        ("12:00:00", "12:00:00", "12:00:00", False),
    ],
)
async def test_quiet_hours(
    phones: Phones,
    freezer: FrozenDateTimeFactory,
    local: str,
    start: str,
    end: str,
    quiet: bool,
) -> None:
    """Quiet hours can include midnight, and don't apply to rings by default."""
    freezer.move_to(datetime.fromisoformat(f"2026-11-05T{local}+01:00"))
    await phones.automate(quiet_start=start, quiet_end=end)

    await phones.move(phones.home.front)
    assert len(phones.of("Google")) == (0 if quiet else 1)
    await phones.happen(EventKind.RING, phones.home.front)

    assert phones.of("Google")[-1]["message"] == "Someone rang the doorbell."


async def test_rings_can_be_quiet_too(
    phones: Phones, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(datetime.fromisoformat("2026-11-05T03:00:00+01:00"))
    await phones.automate(
        quiet_start="22:00:00", quiet_end="06:00:00", quiet_rings=False
    )

    await phones.happen(EventKind.RING, phones.home.front)
    await phones.save("ring")

    assert phones.pushes == []


async def test_only_what_was_chosen_is_told(phones: Phones) -> None:
    """Only rings of this doorbell are reported, with the household's text and link."""
    await phones.automate(
        events=["ring"],
        title="Ding at {{ doorbell }}",
        ring_message="{{ doorbell }}: somebody is there",
        open="/lovelace/doorbell",
        update=False,
    )
    await phones.move(phones.home.front)
    await phones.happen(EventKind.RING, phones.home.back)
    await phones.save("motion")
    await phones.save("ring")
    assert phones.pushes == []

    await phones.happen(EventKind.RING, phones.home.front)
    await phones.save("ring")

    (google,) = phones.of("Google")
    assert google["title"] == "Ding at Front"
    assert google["message"] == "Front: somebody is there"
    assert google["data"]["clickAction"] == "/lovelace/doorbell"


async def test_a_phone_that_is_gone_keeps_no_other_from_hearing(
    phones: Phones, hass: HomeAssistant
) -> None:
    await phones.automate()
    assert await hass.config_entries.async_remove(
        hass.config_entries.async_entries("mobile_app")[0].entry_id
    )
    await phones.settle()

    await phones.happen(EventKind.RING, phones.home.front)

    assert phones.of("Apple") == []
    assert len(phones.of("Google")) == 1


@pytest.mark.parametrize("many", [1, 8])
async def test_a_phone_without_an_action_keeps_no_other_from_hearing(
    phones: Phones, hass: HomeAssistant, many: int
) -> None:
    """Another phone receives all messages, wherever in the list it is."""
    deaf = await phone(hass, "Tablet", "Kitchen", phones.home.admin.id, None)
    await hass.async_block_till_done()
    assert not hass.services.has_service("notify", "mobile_app_tablet")
    others = [phones.android] * many
    await phones.automate(phones=[deaf, *others[1:], deaf, phones.android])

    await phones.happen(EventKind.RING, phones.home.front)
    assert len(phones.of("Google")) == many

    await phones.happen(EventKind.MOTION, phones.home.front)
    await phones.save("motion")

    told = [push["message"] for push in phones.of("Google")[many:]]
    assert told == ["There's motion at the door."] * 2 * many


async def test_a_person_without_permission_gets_words_only(phones: Phones) -> None:
    """The path of the picture returns "not found" for this user."""
    await phones.automate()
    home = phones.home
    kim = await home.user(read=[home.back])
    app = await home.client(await home.login(kim))
    await phones.happen(EventKind.RING, home.front)
    await phones.save("ring")

    async with asyncio.timeout(20):
        answer = await app.get(phones.of("Google")[-1]["data"]["image"])

    assert answer.status == HTTPStatus.NOT_FOUND


def test_the_page_on_automations_leads_to_the_blueprints() -> None:
    """Each import link has the path of a blueprint in the repository."""
    page = (REPOSITORY / "docs/automations.md").read_text()
    addresses = re.findall(r"blueprint_url=([^)\s]+)", page)
    blueprints = sorted((REPOSITORY / "blueprints").rglob("*.yaml"))

    assert len(addresses) == len(blueprints)
    for blueprint in blueprints:
        place = blueprint.relative_to(REPOSITORY).as_posix()
        source = f"https://github.com/doorwatch-project/doorwatch/blob/main/{place}"
        assert source in [unquote(address) for address in addresses]
        assert f"source_url: {source}\n" in blueprint.read_text()
        assert place in page
