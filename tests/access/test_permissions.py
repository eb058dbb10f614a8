"""Test that a user without permission on the camera gets nothing by any path."""

from contextvars import ContextVar
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
import re
import time
from typing import Any, override
from unittest.mock import AsyncMock

from aiohttp.web import Request
from homeassistant.auth.models import User
from homeassistant.components import stream, webhook
from homeassistant.components.ai_task import (
    AITaskEntity,
    AITaskEntityFeature,
    GenDataTask,
    GenDataTaskResult,
)
from homeassistant.components.ai_task.const import DATA_COMPONENT as DATA_AI_TASK
from homeassistant.components.camera import (
    Camera,
    CameraWebRTCProvider,
    WebRTCAnswer,
    WebRTCSendMessage,
    async_register_webrtc_provider,
)
from homeassistant.components.camera.helper import get_camera_from_entity_id
from homeassistant.components.conversation import ChatLog
from homeassistant.const import EVENT_CALL_SERVICE
from homeassistant.core import Context, Event, HomeAssistant, ServiceCall, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket
from webrtc_models import RTCIceCandidateInit

from custom_components.doorwatch import core_interfaces
from custom_components.doorwatch.access import users
from custom_components.doorwatch.access.guard import async_check_core
from custom_components.doorwatch.access.permissions import (
    may_control,
    may_share,
    may_view,
    visible_doorbells,
)
from custom_components.doorwatch.const import CONF_SHARERS, DOMAIN
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.engine.sharing.model import ReceiptState, ShareState
from custom_components.doorwatch.paths import HAND_OVER_PATH
from custom_components.doorwatch.signals import (
    EVENT_CLIP_SAVED,
    SIGNAL_CLIP_CHANGED,
    SIGNAL_CLIP_RECOVERED,
    SIGNAL_CLIP_SAVED,
)
from tests.consent.preparing import prepare_copy
from tests.renewed import renew
from tests.sharing_fixtures import (
    Home,
    Http,
    Message,
    allow,
    begin_recording,
    command,
    event_of,
    prepare,
    result_of,
    set_state,
    silence,
    tap,
)


async def test_permissions_follow_the_camera(home: Home) -> None:
    """Reading, controlling and sharing need different permissions."""
    hass, front = home.hass, home.front.entry_id
    user = await home.user(read=[home.front])
    assert may_view(hass, user, front)
    assert not may_control(hass, user, front)
    assert not may_view(hass, user, home.back.entry_id)
    assert visible_doorbells(hass, user) == [front]

    camera = home.camera(home.front)
    allow(user, {camera: {"read": True, "control": True}})
    assert may_control(hass, user, front)
    assert not may_share(hass, user, front)
    home.configure(**{CONF_SHARERS: [user.id]})
    assert may_share(hass, user, front)

    allow(user, {camera: {"control": True}})
    assert not may_control(hass, user, front)
    assert may_share(hass, home.admin, front)


async def test_inactive_and_system_users_do_not_share(home: Home) -> None:
    """Their groups don't matter."""
    hass, front = home.hass, home.front.entry_id
    system = await hass.auth.async_create_system_user(
        "System", group_ids=["system-admin"]
    )
    assert may_view(hass, system, front)
    assert not may_share(hass, system, front)

    home.admin.is_active = False
    assert not may_view(hass, home.admin, front)
    assert not may_share(hass, home.admin, front)


async def test_clips_without_a_camera_are_for_administrators(home: Home) -> None:
    """The camera's entity was removed, so nobody else's permission can be checked."""
    user = await home.user(control=[home.front])
    home.configure(**{CONF_SHARERS: [user.id]})
    er.async_get(home.hass).async_remove(home.camera(home.front))

    front = home.front.entry_id
    assert not may_view(home.hass, user, front)
    assert may_share(home.hass, home.admin, front)


async def test_a_disabled_camera_keeps_its_permissions(home: Home) -> None:
    """The clips still exist."""
    user = await home.user(read=[home.front])
    er.async_get(home.hass).async_update_entity(
        home.camera(home.front), disabled_by=er.RegistryEntryDisabler.USER
    )

    assert may_view(home.hass, user, home.front.entry_id)
    assert not may_view(home.hass, user, home.back.entry_id)


@pytest.fixture
async def stranger(home: Home) -> Any:
    """Create a user who may control and share from the back door only."""
    user = await home.user(control=[home.back])
    home.configure(**{CONF_SHARERS: [user.id]})
    return user


@pytest.mark.lesson(13)
async def test_no_command_tells_of_a_hidden_camera(
    home: Home,
    stranger: Any,
) -> None:
    """Every command is tried, and the front door has data for each."""
    gone = await home.save(home.front, "0199c0de-0000-7000-8000-0000000000de", 2)
    await home.data.library.delete(gone.clip_id)
    admin = await home.connect()
    ready = await prepare(admin, home)
    share = (await tap(admin, home, ready["confirmation"]))["result"]["response"]
    await home.hass.services.async_call(
        DOMAIN, "propose_share", {"clip_id": home.clip.clip_id}, blocking=True
    )
    await admin.send_json_auto_id({"type": "doorwatch/proposals/subscribe"})
    [proposal] = (await event_of(admin))["proposals"]
    front = {"clip_id": home.clip.clip_id}
    shared = {"share_id": share["share_id"]}
    client = await home.connect_as(stranger)
    secrets = (
        home.clip.clip_id,
        gone.clip_id,
        home.front.entry_id,
        home.camera(home.front),
        share["share_id"],
        proposal["proposal_id"],
    )

    messages: tuple[dict[str, object], ...] = (
        {"type": "doorwatch/doorbells"},
        {"type": "doorwatch/agencies"},
        {"type": "doorwatch/clips/list"},
        {"type": "doorwatch/clips/list", "doorbell_id": home.front.entry_id},
        {"type": "doorwatch/clips/facets"},
        {"type": "doorwatch/clips/facets", "doorbell_id": home.front.entry_id},
        {"type": "doorwatch/days", "month": "2026-11"},
        {"type": "doorwatch/day", "day": "2026-11-03"},
        {"type": "doorwatch/clips/deleted"},
        {"type": "doorwatch/clips/deleted", "doorbell_id": home.front.entry_id},
        {"type": "doorwatch/transparency"},
        {"type": "doorwatch/proposals/mine", **front},
        {"type": "doorwatch/seen"},
        {"type": "doorwatch/notices"},
        {"type": "doorwatch/notices/save", "wishes": {"on": True}},
        {"type": "doorwatch/notices/snooze", "minutes": 5},
        {
            "type": "doorwatch/seen/mark",
            "seen": {home.front.entry_id: "2026-11-03T12:00:00Z"},
        },
        {"type": "doorwatch/draft/drop", **front},
        {
            "type": "doorwatch/requests/clips",
            "agency_id": home.agency.entry_id,
            "request_id": "x",
        },
        {
            "type": "doorwatch/requests/hide",
            "agency_id": home.agency.entry_id,
            "item_id": "x",
            "hidden": True,
        },
        {
            "type": "doorwatch/requests/hide_agency",
            "agency_id": home.agency.entry_id,
            "hidden": False,
        },
        {"type": "doorwatch/draft", **front},
        {"type": "doorwatch/draft/save", **front, "draft": {}},
        {"type": "doorwatch/settings"},
        {
            "type": "doorwatch/notices/snooze",
            "doorbell_id": home.front.entry_id,
            "minutes": 5,
        },
        {"type": "doorwatch/notices/test", "phone_id": "x"},
        {"type": "doorwatch/notices/defaults", "defaults": {}},
        {"type": "doorwatch/clips/link", **front},
        {"type": "doorwatch/clips/strip", **front},
        {"type": "doorwatch/clips/still", **front, "at": 1},
        {"type": "doorwatch/clips/loudness", **front},
        {"type": "doorwatch/clips/preview", **front},
        {"type": "doorwatch/clips/restore", "clip_id": gone.clip_id},
        {"type": "doorwatch/clips/get", **front},
        {
            "type": "doorwatch/record",
            "doorbell_id": home.front.entry_id,
            "duration": 30,
        },
        {"type": "doorwatch/record/stop", "doorbell_id": home.front.entry_id},
        {"type": "doorwatch/reconnect", "doorbell_id": home.front.entry_id},
        {"type": "doorwatch/talk/go_on", "doorbell_id": home.front.entry_id},
        {"type": "doorwatch/areas/get", "doorbell_id": home.front.entry_id},
        {
            "type": "doorwatch/areas/set",
            "doorbell_id": home.front.entry_id,
            "areas": [],
        },
        {"type": "doorwatch/detect_motion", "doorbell_id": home.front.entry_id},
        {"type": "doorwatch/motion/subscribe", "doorbell_id": home.front.entry_id},
        {"type": "doorwatch/clips/protect", **front, "protected": True},
        {"type": "doorwatch/clips/delete", **front},
        {
            "type": "doorwatch/share/prepare",
            **front,
            "agency_id": home.agency.entry_id,
        },
        {"type": "doorwatch/copy/prepare", **front},
        {"type": "doorwatch/share/cancel", **shared},
        {"type": "doorwatch/share/retry", **shared},
        {"type": "doorwatch/share/withdraw", **shared},
        {"type": "doorwatch/share/proof", **shared},
        {"type": "doorwatch/share/hand_over", **shared},
        {"type": "doorwatch/share/address", **shared},
        {
            "type": "doorwatch/proposals/dismiss",
            "proposal_id": proposal["proposal_id"],
        },
        {"type": "doorwatch/ledger/counts"},
        {"type": "doorwatch/ledger/link"},
        {"type": "doorwatch/transparency/lines"},
        {"type": "doorwatch/transparency/forget", "seq": 1},
    )
    said = [await command(client, **message) for message in messages]
    for kind in ("shares", "proposals"):
        await client.send_json_auto_id({"type": f"doorwatch/{kind}/subscribe"})
        assert await event_of(client) == {"type": "all", kind: []}
    recorder = home.front.runtime_data.recorder
    recorder.trigger(
        DoorbellEvent(
            kind=EventKind.MANUAL,
            at=dt_util.utcnow(),
            monotonic=time.monotonic(),
            lasts=60,
        )
    )
    begin_recording(home.front)
    assert recorder.ongoing
    await client.send_json_auto_id({"type": "doorwatch/recordings/subscribe"})
    assert await event_of(client) == {"recordings": []}
    await client.send_json_auto_id({"type": "doorwatch/live/subscribe"})
    said.append(await result_of(client))
    live = await event_of(client)
    assert [one["doorbell_id"] for one in live["doorbells"]] == [home.back.entry_id]
    assert not any(secret in str(live) for secret in secrets)
    await client.send_json_auto_id({"type": "doorwatch/doorbells/subscribe"})
    said.append(await result_of(client))
    [shown] = (await event_of(client))["doorbells"]
    assert shown["doorbell_id"] == home.back.entry_id

    assert not any(secret in str(said) for secret in secrets)
    assert [answer["success"] for answer in said] == [True] * 21 + [False] * 36 + [
        True
    ] * 2
    clip = await home.data.library.get(home.clip.clip_id)
    assert clip == home.clip
    assert (await home.data.outbox.list())[0].state == "waiting"
    assert len(await home.data.proposals.async_list()) == 1
    # Add new commands here, or to the test of the subscriptions below.
    assert {message["type"] for message in messages} | {
        f"doorwatch/{kind}/subscribe"
        for kind in (
            "clips",
            "doorbells",
            "shares",
            "proposals",
            "recordings",
            "requests",
            "live",
        )
    } == {name for name in home.hass.data["websocket_api"] if name.startswith(DOMAIN)}


@pytest.mark.lesson(13)
async def test_no_subscription_tells_of_a_hidden_camera(
    home: Home, stranger: Any
) -> None:
    """No events about its clips, shares and proposals are sent."""
    client = await home.connect_as(stranger)
    for kind in ("clips", "shares", "proposals"):
        await client.send_json_auto_id({"type": f"doorwatch/{kind}/subscribe"})
        assert (await result_of(client))["success"]
        if kind != "clips":
            await event_of(client)
    admin = await home.connect()
    await command(admin, type="doorwatch/clips/list")

    async_dispatcher_send(home.hass, SIGNAL_CLIP_SAVED, home.clip)
    async_dispatcher_send(home.hass, SIGNAL_CLIP_CHANGED, home.clip)
    await home.hass.services.async_call(
        DOMAIN, "propose_share", {"clip_id": home.clip.clip_id}, blocking=True
    )
    ready = await prepare(admin, home)
    assert (await tap(admin, home, ready["confirmation"]))["success"]
    await home.hass.services.async_call(
        DOMAIN, "delete_clip", {"clip_id": home.clip.clip_id}, blocking=True
    )
    await home.hass.async_block_till_done()

    await silence(client)


@pytest.mark.lesson(13)
async def test_no_action_gives_or_changes_a_hidden_clip(
    home: Home, stranger: Any
) -> None:
    """The actions are tried by REST, by websocket and with a long-lived token."""
    rest = await home.client(await home.long_lived(stranger))
    client = await home.connect_as(stranger)
    actions = home.hass.services.async_services_for_domain(DOMAIN)
    assert len(actions) == 10
    for action in actions:
        answers = action in ("find_clips", "get_clip_link", "get_day")
        query = "?return_response" if answers else ""
        data = {"clip_id": home.clip.clip_id}
        if action == "export_clip":
            data["path"] = "/media"
        if action in ("find_clips", "get_day", "record_clip"):
            data = {"entity_id": home.camera(home.front)}
        answer = await rest.post(f"/api/services/doorwatch/{action}{query}", json=data)
        assert answer.status == HTTPStatus.BAD_REQUEST
        told = await command(
            client,
            type="call_service",
            domain=DOMAIN,
            service=action,
            service_data=data,
            return_response=answers,
        )
        assert told["error"]["translation_key"] in (
            "clip_unknown",
            "confirmation_required",
            "no_doorbell",
        )
    assert await home.data.library.get(home.clip.clip_id) == home.clip


@pytest.fixture
async def image(home: Home, monkeypatch: pytest.MonkeyPatch) -> str:
    """Show the clip's thumbnail in camera and image, and return the image's id."""

    async def still() -> bytes:
        return home.clip.thumbnail.read_bytes()

    recorder = home.front.runtime_data.recorder
    monkeypatch.setattr(recorder, "still", still)
    set_state(home.front)
    await home.front.runtime_data.async_refresh()
    await home.hass.async_block_till_done()
    image = er.async_get(home.hass).async_get_entity_id(
        "image", DOMAIN, f"{home.front.entry_id}_last_clip"
    )
    assert image is not None
    return image


async def first_bytes(http: Http, path: str) -> tuple[int, bytes]:
    """Fetch a path; of an endless stream, read the length of a picture."""
    async with http.get(path) as answer:
        if answer.content_type == "multipart/x-mixed-replace":
            return answer.status, await answer.content.read(500)
        return answer.status, await answer.read()


@pytest.mark.lesson(13)
async def test_a_core_that_tells_no_request_gives_a_picture_only_if_all_may_see_it(
    home: Home, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person who asks over HTTP then has no user, like an automation."""
    other = ContextVar[object]("current_request", default=None)
    monkeypatch.setattr(users, "current_request", other)
    monkeypatch.setattr(core_interfaces, "current_request", other)
    broken = await async_check_core(home.hass)
    renew(home.data.users, users.Users(home.hass, broken))
    await home.data.users.async_start()
    admin = await home.client(await home.login(home.admin))
    path = f"/api/image_proxy/{image}"
    assert (await first_bytes(admin, path))[0] == HTTPStatus.OK

    stranger = await home.user(control=[home.back])
    await home.hass.async_block_till_done()

    for user in (stranger, home.admin):
        http = await home.client(await home.login(user))
        status, content = await first_bytes(http, path)
        assert status != HTTPStatus.OK
        assert home.clip.thumbnail.read_bytes() not in content


@pytest.mark.lesson(13)
async def test_no_address_gives_a_hidden_picture(
    home: Home, image: str, stranger: Any
) -> None:
    """Core's still images, which don't check permission themselves, are refused too."""
    picture = home.clip.thumbnail.read_bytes()
    paths = [
        f"/api/doorwatch/thumbnail/{home.clip.clip_id}",
        f"/api/image_proxy/{image}",
        f"/api/image_proxy_stream/{image}",
        f"/api/camera_proxy/{home.camera(home.front)}",
    ]
    closed = [
        f"/api/camera_proxy_stream/{home.camera(home.front)}?interval=0.5",
        f"/local/{home.clip.path.name}",
        f"/media/local/{home.clip.path.name}",
    ]
    admin = await home.client(await home.login(home.admin))
    for path in paths:
        status, content = await first_bytes(admin, path)
        assert status == HTTPStatus.OK, path
        assert picture in content, path

    for make in (home.login, home.long_lived):
        http = await home.client(await make(stranger))
        for path in (*paths, *closed):
            status, content = await first_bytes(http, path)
            # A stream of stills starts, then has no picture to send.
            assert status >= HTTPStatus.BAD_REQUEST or b"Content-Len" not in content
            assert picture not in content


@pytest.mark.lesson(13)
async def test_no_own_address_answers_a_stranger(home: Home, stranger: Any) -> None:
    """Every view is tried with existing data."""
    admin = await home.connect()
    ready = await prepare(admin, home)
    share_id = (await tap(admin, home, ready["confirmation"]))["result"]["response"][
        "share_id"
    ]
    registry = home.registry
    job = registry.jobs[share_id]
    job.record = replace(
        job.record,
        receipt="of.the.person",
        receipt_state=ReceiptState.RECEIVED,
        delivery_receipt="of.the.agency",
        declaration="of the home",
        state=ShareState.READY,
        package_size=7,
    )
    await registry.save(job.record)
    package = registry.store.package(share_id)
    await home.hass.async_add_executor_job(package.write_bytes, b"package")
    token, _ = await home.data.outbox.handovers.address(share_id, home.admin.id, {})
    looked = await prepare(admin, home)
    await admin.send_json_auto_id(
        {"type": "doorwatch/clips/preview", "clip_id": home.clip.clip_id}
    )
    while (await event_of(admin))["type"] != "ready":
        pass
    copy = await prepare_copy(admin, home)
    named = {
        "/api/doorwatch/clip/{file_id}": home.clip.clip_id,
        "/api/doorwatch/copy/{file_id}": copy["url"]
        .partition("?")[0]
        .rpartition("/")[2],
        "/api/doorwatch/clip_preview/{file_id}": home.clip.clip_id,
        "/api/doorwatch/thumbnail/{file_id}": home.clip.clip_id,
        "/api/doorwatch/preview/{file_id}": looked["preview_url"]
        .partition("?")[0]
        .rpartition("/")[2],
        "/api/doorwatch/receipt/{share_id}": share_id,
        "/api/doorwatch/delivery_receipt/{share_id}": share_id,
        "/api/doorwatch/declaration/{share_id}": share_id,
        "/api/doorwatch/ledger": "",
        "/api/doorwatch/hand_over/{token}": token,
    }
    routes = {each.canonical for each in home.hass.http.app.router.resources()}
    # The address for one person and one download is tested in
    # agencies/test_upload_page.py.
    assert {*named, HAND_OVER_PATH.format("{token}")} == {
        each for each in routes if each.startswith("/api/doorwatch/")
    }

    for login, status in (
        (await home.login(home.admin), HTTPStatus.OK),
        (await home.login(stranger), HTTPStatus.NOT_FOUND),
        (await home.long_lived(stranger), HTTPStatus.NOT_FOUND),
        (None, HTTPStatus.UNAUTHORIZED),
    ):
        http = await home.client(login)
        for route, name in named.items():
            path = re.sub(r"{\w+}", name, route)
            async with http.get(path) as answer:
                assert answer.status == status, path


async def test_the_token_of_the_state_opens_nothing_that_is_hidden(
    home: Home, image: str
) -> None:
    """Any user can read it; it is valid only while everyone may see the camera."""
    camera = home.camera(home.front)
    picture = home.clip.thumbnail.read_bytes()
    nobody = await home.client()

    async def paths(client: Any) -> list[str]:
        await client.send_json_auto_id(
            {
                "type": "render_template",
                "template": "{% for one in ['IMAGE', 'CAMERA'] %}"
                "{{ state_attr(one, 'access_token') }} {% endfor %}".replace(
                    "IMAGE", image
                ).replace("CAMERA", camera),
            }
        )
        assert (await result_of(client))["success"]
        of_image, of_camera = (await event_of(client))["result"].split()
        return [
            f"/api/image_proxy/{image}?token={of_image}",
            f"/api/image_proxy_stream/{image}?token={of_image}",
            f"/api/camera_proxy/{camera}?token={of_camera}",
        ]

    for path in await paths(await home.connect()):
        status, content = await first_bytes(nobody, path)
        assert (status, picture in content) == (HTTPStatus.OK, True), path

    stranger = await home.user("Stranger", control=[home.back])
    await home.hass.async_block_till_done()
    client = await home.connect_as(stranger)
    for path in await paths(client):
        _, content = await first_bytes(nobody, path)
        assert picture not in content, path

    await client.close()
    await home.hass.auth.async_remove_user(stranger)
    await home.hass.async_block_till_done()
    for path in await paths(await home.connect()):
        _, content = await first_bytes(nobody, path)
        assert picture in content, path


async def called(
    client: MockHAClientWebSocket, action: str, entity_id: str, **data: object
) -> bool:
    """Call an action of core on an entity and return whether it succeeded."""
    domain, _, service = action.partition(".")
    answer = await command(
        client,
        type="call_service",
        domain=domain,
        service=service,
        target={"entity_id": entity_id},
        service_data=data,
    )
    return bool(answer["success"])


@pytest.fixture
async def insider(home: Home, image: str) -> User:
    """Create a user who may control the front door's image but not see its camera."""
    user = await home.user("Insider", control=[home.back])
    allow(
        user,
        {
            image: {"read": True, "control": True},
            home.camera(home.front): {"control": True},
            "script.look": {"control": True},
        },
    )
    await home.hass.async_block_till_done()
    return user


@pytest.mark.lesson(13)
async def test_no_snapshot_shows_a_hidden_picture(
    home: Home, image: str, insider: User, tmp_path: Path
) -> None:
    """Core allows the action by websocket, by REST and from a phone."""
    hass, camera = home.hass, home.camera(home.front)
    hass.config.allowlist_external_dirs.add(str(tmp_path))
    picture = home.clip.thumbnail.read_bytes()
    shot = tmp_path / "shot.jpg"
    snapshots = {"image.snapshot": image, "camera.snapshot": camera}

    async def answer_phone(
        hass: HomeAssistant, webhook_id: str, request: Request
    ) -> None:
        """Call an action as the phone app's webhook does."""
        asked = await request.json()
        domain, _, service = asked["action"].partition(".")
        await hass.services.async_call(
            domain,
            service,
            asked["data"],
            blocking=True,
            context=Context(user_id=phones[webhook_id]),
        )

    phones = {"theirs": insider.id, "mine": home.admin.id}
    for webhook_id, user_id in phones.items():
        MockConfigEntry(
            domain="mobile_app", data={"webhook_id": webhook_id, "user_id": user_id}
        ).add_to_hass(hass)
        webhook.async_register(hass, "mobile_app", "Phone", webhook_id, answer_phone)
    client = await home.connect_as(insider)
    rest = await home.client(await home.long_lived(insider))
    nobody = await home.client()
    for action, entity_id in snapshots.items():
        data = {"entity_id": entity_id, "filename": str(shot)}
        await called(client, action, entity_id, filename=str(shot))
        await rest.post(f"/api/services/{action.replace('.', '/')}", json=data)
        asked = {"action": action, "data": data}
        await nobody.post("/api/webhook/theirs", json=asked)
        assert not shot.exists(), action

    admin = await home.connect()
    for action, entity_id in snapshots.items():
        assert await called(admin, action, entity_id, filename=str(shot))
        assert shot.read_bytes() == picture
        shot.unlink()
        asked = {
            "action": action,
            "data": {"entity_id": entity_id, "filename": str(shot)},
        }
        await nobody.post("/api/webhook/mine", json=asked)
        assert shot.read_bytes() == picture
        shot.unlink()


@pytest.mark.lesson(13)
async def test_a_script_shows_its_caller_no_hidden_picture(
    home: Home, image: str, insider: User, tmp_path: Path
) -> None:
    """An automation has no user, so its snapshots are allowed."""
    hass = home.hass
    hass.config.allowlist_external_dirs.add(str(tmp_path))
    shot = tmp_path / "shot.jpg"
    take = {
        "action": "image.snapshot",
        "target": {"entity_id": image},
        "data": {"filename": str(shot)},
    }
    assert await async_setup_component(
        hass, "script", {"script": {"look": {"sequence": [take]}}}
    )
    assert await async_setup_component(hass, "input_boolean", {})
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "triggers": {"trigger": "event", "event_type": "somebody_came"},
                "actions": [take, {"event": "looked"}],
            }
        },
    )
    looked = async_capture_events(hass, "looked")
    client = await home.connect_as(insider)

    assert await called(client, "script.turn_on", "script.look")
    await hass.async_block_till_done()
    assert not shot.exists()

    # An automation starts in the context of the connection that triggered it.
    @callback
    def come(call: ServiceCall) -> None:
        hass.bus.async_fire("somebody_came", context=call.context)

    hass.services.async_register("test", "come", come)
    await command(client, type="call_service", domain="test", service="come")
    await hass.async_block_till_done()
    assert len(looked) == 1
    assert shot.read_bytes() == home.clip.thumbnail.read_bytes()


class Describer(AITaskEntity):
    """A model that returns what it receives."""

    _attr_name = "Describer"
    _attr_supported_features = (
        AITaskEntityFeature.GENERATE_DATA | AITaskEntityFeature.SUPPORT_ATTACHMENTS
    )

    @override
    async def _async_generate_data(
        self, task: GenDataTask, chat_log: ChatLog
    ) -> GenDataTaskResult:
        shown = [
            await self.hass.async_add_executor_job(each.path.read_bytes)
            for each in task.attachments or ()
        ]
        return GenDataTaskResult(
            conversation_id=chat_log.conversation_id,
            data=[each.decode("latin-1") for each in shown],
        )


@pytest.mark.lesson(13)
async def test_no_language_model_is_shown_a_hidden_picture(
    home: Home, image: str, stranger: User
) -> None:
    """Core attaches pictures of any camera or image for any user."""
    hass = home.hass
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "ai_task", {})
    model = Describer()
    await hass.data[DATA_AI_TASK].async_add_entities([model])
    picture = home.clip.thumbnail.read_bytes().decode("latin-1")
    pictures = [f"media-source://image/{image}"]
    pictures.append(f"media-source://camera/{home.camera(home.front)}")

    async def described(client: MockHAClientWebSocket, media_id: str) -> Message:
        return await command(
            client,
            type="call_service",
            domain="ai_task",
            service="generate_data",
            service_data={
                "task_name": "look",
                "entity_id": model.entity_id,
                "instructions": "What do you see?",
                "attachments": [
                    {"media_content_id": media_id, "media_content_type": "image/jpeg"}
                ],
            },
            return_response=True,
        )

    admin = await home.connect()
    client = await home.connect_as(stranger)
    for media_id in pictures:
        seen = await described(admin, media_id)
        assert seen["result"]["response"]["data"] == [picture], media_id
        refused = await described(client, media_id)
        assert not refused["success"], media_id
        assert picture not in str(refused)


@pytest.mark.lesson(13)
async def test_no_command_gives_a_hidden_live_view(
    home: Home, image: str, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the camera's command nor media gives one while another user watches."""
    hass, camera = home.hass, home.camera(home.front)
    assert await async_setup_component(hass, "media_source", {})
    # The address is created without a reachable doorbell.
    monkeypatch.setattr(stream.Stream, "start", AsyncMock())
    ways: tuple[dict[str, object], ...] = (
        {"type": "camera/stream", "entity_id": camera},
        {
            "type": "media_source/resolve_media",
            "media_content_id": f"media-source://camera/{camera}",
        },
    )
    admin = await home.connect()
    client = await home.connect_as(stranger)

    for message in ways:
        refused = await command(client, **message)
        assert not refused["success"], message
        assert "have access to this doorbell's camera" in refused["error"]["message"]
    for message in ways:
        assert (await command(admin, **message))["success"], message
    assert get_camera_from_entity_id(hass, camera).stream is not None
    for message in ways:
        assert not (await command(client, **message))["success"], message


@pytest.mark.lesson(13)
async def test_webrtc_is_refused_to_strangers_and_goes_on_for_others(
    home: Home, image: str, stranger: User
) -> None:
    """A provider requests the stream's address; its error is passed to the user."""
    hass, camera = home.hass, home.camera(home.front)
    offers: list[str] = []

    class Provider(CameraWebRTCProvider):
        """Answer when the address is known, as go2rtc does."""

        @property
        @override
        def domain(self) -> str:
            return "test"

        @override
        @callback
        def async_is_supported(self, stream_source: str) -> bool:
            return True

        @override
        async def async_handle_async_webrtc_offer(
            self,
            camera: Camera,
            offer_sdp: str,
            session_id: str,
            send_message: WebRTCSendMessage,
        ) -> None:
            offers.append(await camera.stream_source() or "")
            send_message(WebRTCAnswer("answer"))

        @override
        async def async_on_webrtc_candidate(
            self, session_id: str, candidate: RTCIceCandidateInit
        ) -> None:
            """Ignore candidates."""

    async_register_webrtc_provider(hass, Provider())
    await hass.async_block_till_done()
    message = {"type": "camera/webrtc/offer", "entity_id": camera, "offer": "v=0"}
    said = []
    for token in (await home.login(stranger), None):
        client = await home.connect(token)
        assert (await command(client, **message))["success"]
        said.append([(await event_of(client))["type"] for _ in range(2)])

    assert said == [["session", "error"], ["session", "answer"]]
    assert len(offers) == 1


async def test_what_anybody_may_read_holds_no_link(home: Home) -> None:
    """States contain no link; neither do events, which administrators can receive."""
    events: list[Event[Any]] = async_capture_events(home.hass, EVENT_CLIP_SAVED)
    async_dispatcher_send(home.hass, SIGNAL_CLIP_RECOVERED, home.clip)
    await home.hass.async_block_till_done(wait_background_tasks=True)

    [event] = events
    assert event.data["path"] == f"/api/doorwatch/clip/{home.clip.clip_id}"
    assert event.data["thumbnail"] == f"/api/doorwatch/thumbnail/{home.clip.clip_id}"
    assert event.data["page"] == f"/doorwatch/clip/{home.clip.clip_id}"
    assert "authSig" not in str(event.data)
    for state in home.hass.states.async_all():
        assert "authSig" not in str(state.as_dict())
        assert str(home.data.library.folder) not in str(state.as_dict())


async def test_events_are_for_administrators(home: Home, stranger: Any) -> None:
    """Core refuses other users; this test fails if core changes that."""
    client = await home.connect_as(stranger)

    for event_type in (EVENT_CLIP_SAVED, EVENT_CALL_SERVICE):
        answer = await command(client, type="subscribe_events", event_type=event_type)
        assert answer["error"]["code"] == "unauthorized"
    answer = await command(
        client,
        type="subscribe_trigger",
        trigger={"trigger": "event", "event_type": EVENT_CLIP_SAVED},
    )
    assert answer["error"]["code"] == "unauthorized"
