"""Test the guard: only a person's tap in the dashboard shares a clip.

Each attack has a confirmation that is valid at that moment. The guard must refuse it,
change nothing, leave the confirmation unused, and count it by the kind of caller.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
import json
import time
from typing import Any
from unittest.mock import Mock, patch

from aiohttp.web import Request
from homeassistant.auth.models import Credentials
from homeassistant.auth.providers.homeassistant import HassAuthProvider
from homeassistant.components import webhook as webhook_component
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.components.websocket_api import async_register_command
from homeassistant.components.websocket_api.connection import (
    ActiveConnection,
    current_connection,
)
from homeassistant.components.websocket_api.decorators import (
    async_response,
    websocket_command,
)
from homeassistant.core import Context, HomeAssistant, ServiceCall
from homeassistant.helpers import llm
from homeassistant.helpers.script import script_stack_cv
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.doorwatch.access import guard
from custom_components.doorwatch.access.guard import Caller
from custom_components.doorwatch.const import CONF_CLIENT_ADDRESSES, CONF_SHARERS
from custom_components.doorwatch.core_interfaces import CALL_SERVICE_TASK, WEBHOOK_TASK
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.sharing.documents.discovery import read_document
from custom_components.doorwatch.engine.sharing.errors import SharingError
from tests.sharing_fixtures import (
    DASHBOARD,
    Home,
    Message,
    allow,
    command,
    prepare,
    result_of,
    tap,
)


class Attack:
    """An attempt by another caller to use a valid confirmation."""

    def __init__(
        self, home: Home, dashboard: MockHAClientWebSocket, confirmation: str
    ) -> None:
        """Store a valid confirmation of this dashboard."""
        self.home = home
        self.hass = home.hass
        self.dashboard = dashboard
        self.confirmation = confirmation
        self.connections: list[ActiveConnection | None] = []
        self.goes_on = False

    @property
    def data(self) -> dict[str, str]:
        """Return the action's data as the tap would send it."""
        return {
            "clip_id": self.home.clip.clip_id,
            "agency_id": self.home.agency.entry_id,
            "confirmation": self.confirmation,
        }

    @property
    def steps(self) -> list[dict[str, Any]]:
        """Return a script's sequence that records its variables, then shares."""
        return [
            {"action": "test.note"},
            # Core also logs the error; the test must not fail for a task of core.
            {
                "action": "doorwatch.share_clip",
                "data": self.data,
                "continue_on_error": self.goes_on,
            },
        ]

    async def automation(self, **trigger: object) -> None:
        """Set up an automation with these steps."""
        assert await async_setup_component(
            self.hass,
            "automation",
            {
                "automation": {
                    "alias": "Share",
                    "triggers": [trigger],
                    "actions": self.steps,
                }
            },
        )

    async def script(self, **more: object) -> None:
        """Set up a script with these steps."""
        assert await async_setup_component(
            self.hass,
            "script",
            {"script": {"share_it": {"sequence": self.steps, **more}}},
        )

    async def failed(self, caller: str, reason: str) -> None:
        """Check that the attempt was refused and counted once, without using it up."""
        await self.hass.async_block_till_done()
        assert await self.home.shares() == []
        assert await self.home.refusals() == [(caller, reason)]
        assert await self.home.refused() == 1
        answer = await tap(self.dashboard, self.home, self.confirmation)
        assert answer["success"], answer
        assert len(await self.home.shares()) == 1


@pytest.fixture
async def attack(home: Home) -> Attack:
    """Prepare a share in the dashboard, for another caller to use its confirmation."""
    dashboard = await home.connect()
    ready = await prepare(dashboard, home)
    attack = Attack(home, dashboard, ready["confirmation"])

    async def note(call: ServiceCall) -> None:
        attack.connections.append(current_connection.get())

    home.hass.services.async_register("test", "note", note)
    return attack


def is_refused(answer: Message) -> None:
    """Check the error that the caller receives."""
    assert not answer["success"]
    assert answer["error"]["translation_key"] == "confirmation_required"
    assert "taps Share" in answer["error"]["message"]


async def test_a_tap_in_the_dashboard_shares(home: Home) -> None:
    """The dashboard is the only caller that may share."""
    client = await home.connect()
    ready = await prepare(client, home)

    answer = await tap(client, home, ready["confirmation"])

    assert answer["success"], answer
    assert [answer["result"]["response"]["share_id"]] == await home.shares()
    assert await home.refused() == 0


async def test_a_tap_on_a_preview_that_nobody_fetched_is_refused(home: Home) -> None:
    """Everything else is valid; test_look.py tests which requests count as a look."""
    client = await home.connect()
    ready = await prepare(client, home, look=False)

    is_refused(await tap(client, home, ready["confirmation"]))

    assert await home.shares() == []
    assert await home.refusals() == [("dashboard", "preview_unseen")]
    await (await client.client.get(ready["preview_url"])).read()
    assert (await tap(client, home, ready["confirmation"]))["success"]
    assert await home.refused() == 1


@pytest.mark.parametrize(
    ("long_lived", "path"),
    [
        (True, "/api/services/doorwatch/share_clip"),
        (True, "/api/services/doorwatch/share_clip?return_response"),
        (False, "/api/services/doorwatch/share_clip"),
    ],
)
async def test_rest_is_refused(attack: Attack, long_lived: bool, path: str) -> None:
    """REST is refused with a long-lived token and with a browser's token."""
    home = attack.home
    token = await (home.long_lived if long_lived else home.login)(home.admin)
    client = await home.client(token)

    answer = await client.post(path, json=attack.data)

    assert answer.status == HTTPStatus.BAD_REQUEST
    await attack.failed("rest", "no_connection")


async def test_a_websocket_with_a_long_lived_token_is_refused(attack: Attack) -> None:
    """External scripts use long-lived tokens."""
    home = attack.home
    client = await home.connect(await home.long_lived(home.admin))

    is_refused(await tap(client, home, attack.confirmation))

    await attack.failed("long_lived_token", "not_a_login")


async def oauth(home: Home, provider: HassAuthProvider, client_id: str) -> str:
    """Log in for a client at Home Assistant's login page and return its tokens."""
    await provider.async_add_auth("owner", "a password")
    await home.hass.auth.async_link_user(
        home.admin,
        Credentials(
            auth_provider_type=provider.type,
            auth_provider_id=provider.id,
            data={"username": "owner"},
            is_new=False,
        ),
    )
    client = await home.client()
    page = {
        "client_id": client_id,
        "handler": [provider.type, provider.id],
        "redirect_uri": f"{client_id}callback",
    }
    flow = await (await client.post("/auth/login_flow", json=page)).json()
    login = {"client_id": client_id, "username": "owner", "password": "a password"}
    done = await client.post(f"/auth/login_flow/{flow['flow_id']}", json=login)
    code = (await done.json())["result"]
    answer = await client.post(
        "/auth/token",
        data={
            "client_id": client_id,
            "code": code,
            "grant_type": "authorization_code",
        },
    )
    token: str = (await answer.json())["access_token"]
    return token


async def test_a_login_that_another_program_got_is_refused(
    home: Home, local_auth: HassAuthProvider
) -> None:
    """The person entered their password in Home Assistant's login page for the program.

    The program can't prepare a share; with a confirmation from elsewhere, it is refused
    too.
    """
    await home.list_addresses("https://app.example.com")
    client = await home.connect(
        await oauth(home, local_auth, "https://app.example.com/")
    )
    ready = await prepare(client, home)
    home.configure(**{CONF_CLIENT_ADDRESSES: []})

    prepared = await command(
        await home.connect(await home.login(home.admin, "https://app.example.com/")),
        type="doorwatch/share/prepare",
        clip_id=home.clip.clip_id,
        agency_id=home.agency.entry_id,
    )
    assert prepared["error"]["code"] == "foreign_client"
    is_refused(await tap(client, home, ready["confirmation"]))

    assert await home.shares() == []
    assert await home.refusals() == [
        ("foreign_client", "prepare_foreign_client"),
        ("foreign_client", "foreign_client"),
    ]


async def test_an_automation_on_a_state_change_is_refused(attack: Attack) -> None:
    """The automation runs without a user."""
    attack.hass.states.async_set("binary_sensor.gate", "off")
    await attack.automation(trigger="state", entity_id="binary_sensor.gate", to="on")

    attack.hass.states.async_set("binary_sensor.gate", "on")
    await attack.hass.async_block_till_done()

    assert attack.connections == [None]
    await attack.failed("automation", "in_script")


async def test_an_automation_that_a_tap_elsewhere_set_off_is_refused(
    attack: Attack,
) -> None:
    """The automation's task inherits the dashboard's websocket connection."""
    assert await async_setup_component(
        attack.hass, "input_boolean", {"input_boolean": {"gate": None}}
    )
    await attack.automation(trigger="state", entity_id="input_boolean.gate", to="on")

    await command(
        attack.dashboard,
        type="call_service",
        domain="input_boolean",
        service="turn_on",
        target={"entity_id": "input_boolean.gate"},
    )
    await attack.hass.async_block_till_done()

    [connection] = attack.connections
    assert connection is not None
    assert connection.user.id == attack.home.admin.id
    await attack.failed("automation", "in_script")


@pytest.mark.parametrize("service", ["share_it", "turn_on"])
async def test_a_script_run_from_the_dashboard_is_refused(
    attack: Attack, service: str
) -> None:
    """In both ways to run it, the script has the user, the connection and no parent."""
    attack.goes_on = service == "turn_on"
    await attack.script()

    await command(
        attack.dashboard,
        type="call_service",
        domain="script",
        service=service,
        **(
            {"target": {"entity_id": "script.share_it"}} if service == "turn_on" else {}
        ),
    )
    await attack.hass.async_block_till_done()

    [connection] = attack.connections
    assert connection is not None
    await attack.failed("script", "in_script")


async def test_the_execute_script_command_is_refused(attack: Attack) -> None:
    """The developer tools use this command."""
    is_refused(
        await command(attack.dashboard, type="execute_script", sequence=attack.steps)
    )

    assert attack.connections != [None]
    await attack.failed("script", "in_script")


async def test_steps_in_parallel_are_refused(attack: Attack) -> None:
    """A branch of a script runs in a separate task."""
    await command(
        attack.dashboard,
        type="execute_script",
        sequence=[{"parallel": [attack.steps[1], {"action": "test.note"}]}],
    )

    await attack.failed("script", "in_script")


async def test_an_automation_triggered_by_hand_is_refused(attack: Attack) -> None:
    """The connection is the dashboard's, but the context has a parent."""
    await attack.automation(trigger="event", event_type="never")

    await command(
        attack.dashboard,
        type="call_service",
        domain="automation",
        service="trigger",
        target={"entity_id": "automation.share"},
    )
    await attack.hass.async_block_till_done()

    [connection] = attack.connections
    assert connection is not None
    await attack.failed("automation", "in_script")


@pytest.fixture
async def phones(home: Home) -> None:
    """Set up the phone app's integrations before a client freezes the routes."""
    assert await async_setup_component(home.hass, "mobile_app", {})


@pytest.fixture
async def webhook(phones: None, home: Home) -> str:
    """Register a phone as the app does and return the path of its webhook."""
    client = await home.client(await home.login(home.admin))
    answer = await client.post(
        "/api/mobile_app/registrations",
        json={
            "app_id": "io.example",
            "app_name": "App",
            "app_version": "1",
            "device_id": "phone",
            "device_name": "Phone",
            "manufacturer": "Maker",
            "model": "Model",
            "os_name": "OS",
            "os_version": "1",
            "supports_encryption": False,
        },
    )
    assert answer.status == HTTPStatus.CREATED, await answer.text()
    await home.hass.async_block_till_done()
    return f"/api/webhook/{(await answer.json())['webhook_id']}"


async def test_an_automation_on_a_notification_action_is_refused(
    webhook: str, attack: Attack
) -> None:
    """A tap on a phone's notification doesn't show what will be sent."""
    await attack.automation(
        trigger="event",
        event_type="mobile_app_notification_action",
        event_data={"action": "SHARE"},
    )

    answer = await (await attack.home.client()).post(
        webhook,
        json={
            "type": "fire_event",
            "data": {
                "event_type": "mobile_app_notification_action",
                "event_data": {"action": "SHARE"},
            },
        },
    )
    await attack.hass.async_block_till_done()

    assert answer.status == HTTPStatus.OK
    assert attack.connections == [None]
    await attack.failed("automation", "in_script")


async def test_the_webhook_of_the_phone_app_is_refused(
    webhook: str, attack: Attack
) -> None:
    """The webhook calls with the phone's user and without a parent context."""
    answer = await (await attack.home.client()).post(
        webhook,
        json={
            "type": "call_service",
            "data": {
                "domain": "doorwatch",
                "service": "share_clip",
                "service_data": attack.data,
            },
        },
    )

    # Webhooks return this status even after an error.
    assert answer.status == HTTPStatus.OK
    await attack.failed("phone_webhook", "no_connection")


async def test_the_webhook_of_the_phone_on_the_persons_own_socket_is_refused(
    webhook: str, attack: Attack
) -> None:
    """The connection and the user are those that prepared, and no script runs."""
    answer = await command(
        attack.dashboard,
        type="webhook/handle",
        webhook_id=webhook.rpartition("/")[2],
        method="POST",
        body=json.dumps(
            {
                "type": "call_service",
                "data": {
                    "domain": "doorwatch",
                    "service": "share_clip",
                    "service_data": attack.data,
                },
            }
        ),
    )

    # Webhooks return this status even after an error.
    assert answer["result"]["status"] == HTTPStatus.OK
    await attack.failed("phone_webhook", "not_the_command")


async def test_what_another_action_of_the_socket_calls_is_refused(
    attack: Attack,
) -> None:
    """The call runs in the task of `call_service`, with its context or a new one."""
    for same in (True, False):

        async def relay(call: ServiceCall, same: bool = same) -> None:
            context = call.context if same else Context(user_id=call.context.user_id)
            await attack.hass.services.async_call(
                "doorwatch", "share_clip", attack.data, blocking=True, context=context
            )

        attack.hass.services.async_register("test", "relay", relay)
        is_refused(
            await command(
                attack.dashboard, type="call_service", domain="test", service="relay"
            )
        )
        await attack.hass.async_block_till_done()
        assert await attack.home.refused() == 1 + (not same)

    assert await attack.home.refusals() == [("command", "not_the_command")]
    assert await attack.home.shares() == []
    answer = await tap(attack.dashboard, attack.home, attack.confirmation)
    assert answer["success"], answer


async def test_an_automation_that_runs_on_the_call_itself_leaves_the_tap_one(
    attack: Attack,
) -> None:
    """The automation's actions are called while the tap is being handled."""
    await attack.automation(
        trigger="event",
        event_type="call_service",
        event_data={"domain": "doorwatch", "service": "share_clip"},
    )

    answer = await tap(attack.dashboard, attack.home, attack.confirmation)
    await attack.hass.async_block_till_done()

    assert answer["success"], answer
    assert len(await attack.home.shares()) == 1
    assert {caller for caller, _ in await attack.home.refusals()} == {"automation"}


async def test_core_names_the_tasks_of_the_socket_as_the_guard_takes_them(
    home: Home,
) -> None:
    """The real socket detects if core renames its tasks."""
    names: list[str] = []

    async def note(*_: object) -> None:
        task = asyncio.current_task()
        assert task is not None
        names.append(task.get_name())

    async def hook(hass: HomeAssistant, webhook_id: str, request: Request) -> None:
        await note()

    home.hass.services.async_register("test", "note", note)
    webhook_component.async_register(home.hass, "test", "Test", "hook", hook)
    client = await home.connect()

    await command(client, type="call_service", domain="test", service="note")
    await command(client, type="webhook/handle", webhook_id="hook", method="POST")

    assert names == [CALL_SERVICE_TASK, WEBHOOK_TASK]


@pytest.fixture
async def assist(home: Home) -> None:
    """Set up Assist and the API for language models."""
    assert await async_setup_component(home.hass, "homeassistant", {})
    assert await async_setup_component(home.hass, "conversation", {})


async def test_assist_is_refused(assist: None, attack: Attack) -> None:
    """The sentence is entered in the same dashboard."""
    hass = attack.hass
    attack.goes_on = True
    await attack.script(alias="Share the clip")
    async_expose_entity(hass, "conversation", "script.share_it", True)
    await hass.async_block_till_done()

    answer = await command(
        attack.dashboard,
        type="conversation/process",
        text="run share the clip",
        language="en",
    )
    await hass.async_block_till_done()

    assert answer["success"], answer
    [connection] = attack.connections
    assert connection is not None
    await attack.failed("script", "in_script")


async def test_the_script_tool_of_a_language_model_is_refused(
    assist: None, attack: Attack
) -> None:
    """The model acts as the user, on the user's connection."""
    hass = attack.hass
    await attack.script(description="Share the clip")
    async_expose_entity(hass, "conversation", "script.share_it", True)

    @websocket_command({"type": "test/model"})
    @async_response
    async def model(
        hass: HomeAssistant, connection: ActiveConnection, msg: Message
    ) -> None:
        api = await llm.async_get_api(
            hass,
            llm.LLM_API_ASSIST,
            llm.LLMContext(
                platform="test",
                context=Context(user_id=connection.user.id),
                language="en",
                assistant="conversation",
                device_id=None,
            ),
        )
        await api.async_call_tool(llm.ToolInput("script__share_it", {}))

    async_register_command(hass, model)

    answer = await command(attack.dashboard, type="test/model")
    await hass.async_block_till_done()

    is_refused(answer)
    [connection] = attack.connections
    assert connection is not None
    await attack.failed("script", "in_script")


async def test_code_without_a_user_is_refused(attack: Attack) -> None:
    with pytest.raises(Exception, match="taps Share"):
        await attack.hass.services.async_call(
            "doorwatch", "share_clip", attack.data, blocking=True
        )

    await attack.failed("other", "no_connection")


async def test_a_system_token_is_refused(attack: Attack) -> None:
    """The Supervisor and add-ons log in with system tokens."""
    hass = attack.hass
    system = await hass.auth.async_create_system_user(
        "Supervisor", group_ids=["system-admin"]
    )
    token = await hass.auth.async_create_refresh_token(system)
    client = await attack.home.connect(hass.auth.async_create_access_token(token))

    is_refused(await tap(client, attack.home, attack.confirmation))

    await attack.failed("other", "not_a_login")


async def test_a_script_that_ends_meanwhile_is_refused(
    attack: Attack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard identifies the caller before the action awaits anything."""

    async def ends_the_script() -> None:
        script_stack_cv.set([])

    with monkeypatch.context() as patched:
        patched.setattr(attack.home.data.pin_gate, "async_load", ends_the_script)
        await command(attack.dashboard, type="execute_script", sequence=attack.steps)

    await attack.failed("script", "not_the_command")


async def test_a_tap_while_home_assistant_stops_is_told_so(
    attack: Attack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything may be closed while the action waits."""
    home = attack.home
    data = home.data

    async def is_closed_meanwhile() -> None:
        del home.hass.data[DATA]

    with monkeypatch.context() as patched:
        patched.setattr(data.pin_gate, "async_load", is_closed_meanwhile)
        answer = await tap(attack.dashboard, home, attack.confirmation)

    assert answer["error"]["translation_key"] == "library_unavailable"
    home.hass.data[DATA] = data
    assert await home.shares() == []
    assert (await tap(attack.dashboard, home, attack.confirmation))["success"]


async def test_a_page_that_becomes_this_homes_meanwhile_is_refused(
    attack: Attack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard identifies the caller before the action awaits anything."""
    home = attack.home

    async def lists_the_page() -> None:
        await home.list_addresses("https://app.example.com")

    client = await home.connect(
        await home.login(home.admin, "https://app.example.com/")
    )
    with monkeypatch.context() as patched:
        patched.setattr(home.data.pin_gate, "async_load", lists_the_page)
        is_refused(await tap(client, home, attack.confirmation))

    await attack.failed("foreign_client", "not_the_dashboard")


@pytest.mark.parametrize(
    ("parent", "caller", "reason"),
    [("parent", "automation", "has_parent"), (None, "command", "not_the_command")],
)
async def test_a_context_that_is_not_the_taps_is_refused(
    attack: Attack,
    parent: str | None,
    caller: str,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On the same connection, a context with a parent or of another user is refused."""
    home = attack.home
    user = home.admin if parent else await home.user()

    @websocket_command({"type": "test/call"})
    @async_response
    async def call(
        hass: HomeAssistant, connection: ActiveConnection, msg: Message
    ) -> None:
        await hass.services.async_call(
            "doorwatch",
            "share_clip",
            attack.data,
            blocking=True,
            context=Context(user_id=user.id, parent_id=parent),
        )

    async_register_command(home.hass, call)

    is_refused(await command(attack.dashboard, type="test/call"))

    await attack.failed(caller, reason)

    if parent is None:  # refused in the tap's own task, too
        monkeypatch.setattr(guard, "_was_asked_for", lambda *_: True)
        is_refused(await command(attack.dashboard, type="test/call"))
        assert (await home.refusals())[-1] == ("dashboard", "other_user")


async def test_a_connection_without_a_token_is_nobody(home: Home) -> None:
    """The Supervisor's socket needs no token."""
    connection = ActiveConnection(
        Mock(), home.hass, Mock(), home.admin, refresh_token=None, remote=None
    )

    with pytest.raises(SharingError, match="not_allowed"):
        home.data.guard.person_at(connection)
    assert home.data.guard.caller_at(connection) is Caller.OTHER


async def test_a_token_that_was_revoked_is_nobody(home: Home) -> None:
    """Core closes the connection; calls that still run on it are refused."""
    token = await home.hass.auth.async_create_refresh_token(home.admin, DASHBOARD)
    connection = ActiveConnection(
        Mock(), home.hass, Mock(), home.admin, refresh_token=token, remote=None
    )
    assert home.data.guard.person_at(connection) is home.admin

    home.hass.auth.async_remove_refresh_token(token)

    with pytest.raises(SharingError, match="not_allowed"):
        home.data.guard.person_at(connection)


# Bindings of a confirmation


async def test_a_confirmation_works_once(home: Home) -> None:
    """A replayed confirmation is refused."""
    client = await home.connect()
    ready = await prepare(client, home)
    assert (await tap(client, home, ready["confirmation"]))["success"]

    is_refused(await tap(client, home, ready["confirmation"]))

    assert len(await home.shares()) == 1
    assert await home.refusals() == [("dashboard", "unknown")]


async def test_two_taps_at_once_share_once(home: Home) -> None:
    """A double click shares once."""
    client = await home.connect()
    ready = await prepare(client, home)
    message = {
        "type": "call_service",
        "domain": "doorwatch",
        "service": "share_clip",
        "service_data": {
            "clip_id": home.clip.clip_id,
            "agency_id": home.agency.entry_id,
            "confirmation": ready["confirmation"],
        },
    }

    await client.send_json_auto_id(dict(message))
    await client.send_json_auto_id(dict(message))
    answers = [await result_of(client), await result_of(client)]

    assert sorted(answer["success"] for answer in answers) == [False, True]
    assert len(await home.shares()) == 1


async def test_an_expired_confirmation_is_refused(
    home: Home,
) -> None:
    """A confirmation expires some time after it was shown."""
    client = await home.connect()
    with patch(
        "custom_components.doorwatch.engine.sharing.tap.confirmations.LIFETIME", 0.0
    ):
        ready = await prepare(client, home)

    is_refused(await tap(client, home, ready["confirmation"]))

    assert await home.refusals() == [("dashboard", "expired")]
    assert await home.shares() == []


async def test_a_confirmation_for_another_clip_is_refused(attack: Attack) -> None:
    """The confirmation is refused even if the person may share the other clip too."""
    home = attack.home
    is_refused(
        await tap(
            attack.dashboard,
            home,
            attack.confirmation,
            clip_id=home.back_clip.clip_id,
        )
    )

    await attack.failed("dashboard", "other_clip")


async def test_a_confirmation_for_another_agency_is_refused(attack: Attack) -> None:
    """The agency in the tap must be the agency in the dialog."""
    is_refused(
        await tap(
            attack.dashboard,
            attack.home,
            attack.confirmation,
            agency_id=attack.home.front.entry_id,
        )
    )

    await attack.failed("dashboard", "other_agency")


async def test_a_confirmation_of_another_user_is_refused(attack: Attack) -> None:
    """The other user may share too, in another browser."""
    home = attack.home
    other = await home.user(control=[home.front])
    home.configure(**{CONF_SHARERS: [other.id]})
    client = await home.connect_as(other)

    is_refused(await tap(client, home, attack.confirmation))

    await attack.failed("dashboard", "other_connection")


async def test_a_confirmation_of_another_window_is_refused(attack: Attack) -> None:
    """The same person prepared separately in a second window."""
    home = attack.home
    second = await home.connect()
    await prepare(second, home)

    is_refused(await tap(second, home, attack.confirmation))

    await attack.failed("dashboard", "other_connection")


@pytest.mark.parametrize(
    "changes",
    [
        {"edits": {"start": 1}},
        {"edits": {"redact": []}},
        {"redact": []},
        {"audio": True},
        {"note": "more"},
        {"personal": {}},
    ],
)
async def test_other_edits_in_the_tap_are_refused(
    attack: Attack, changes: dict[str, object]
) -> None:
    """The prepared share is what was shown; the tap can't change it."""
    is_refused(await tap(attack.dashboard, attack.home, attack.confirmation, **changes))

    await attack.failed("dashboard", "unexpected_data")


@pytest.mark.parametrize(
    "first",
    [
        {},
        {"edits": {"start": 1.0}},
        {
            "edits": {
                "start": 1.0,
                "redact": [{"left": 0.1, "top": 0.1, "width": 0.2, "height": 0.1}],
            }
        },
    ],
    ids=["whole", "cut", "other-area"],
)
async def test_a_look_with_other_edits_voids_the_one_before(
    home: Home, first: Message
) -> None:
    """Only the share that was shown last can be confirmed."""
    client = await home.connect()
    area = {"left": 0.1, "top": 0.1, "width": 0.2, "height": 0.2}
    before = await prepare(client, home, **first)
    after = await prepare(client, home, edits={"start": 1.0, "redact": [area]})

    is_refused(await tap(client, home, before["confirmation"]))

    assert await home.refusals() == [("dashboard", "unknown")]
    assert await home.shares() == []
    assert (await tap(client, home, after["confirmation"]))["success"]


async def test_a_changed_staged_file_is_refused(home: Home) -> None:
    """The staged file was replaced after it was shown."""
    client = await home.connect()
    ready = await prepare(client, home)
    [staged] = (home.data.library.folder / ".staging").rglob("*.mp4")
    staged.unlink()
    staged.write_bytes(b"another")

    is_refused(await tap(client, home, ready["confirmation"]))

    assert await home.refusals() == [("dashboard", "staged_changed")]
    assert await home.shares() == []


@pytest.mark.parametrize(
    "change",
    [
        "terms",
        "retention",
        "upload_origin",
        "root",
        "renamed",
        "jurisdiction",
        "contact",
        "added recipient",
        "gone",
        "unloaded",
        "set_back",
    ],
)
async def test_an_agency_that_is_not_as_shown_is_refused(
    attack: Attack, change: str
) -> None:
    """Changed details of the agency or changed recipients need a new look."""
    home = attack.home
    agency = home.agency.runtime_data
    before = agency.data
    document = before.document
    if change == "terms":
        home.desk.terms, home.desk.seq = "Kept and passed on.", 2
        document, _ = read_document(
            home.desk.publish(), url=home.desk.origin, pin=None, now=time.time()
        )
    elif change == "retention":
        document = replace(document, terms_digest="0" * 64)
    elif change == "upload_origin":
        document = replace(document, upload_endpoint="https://elsewhere.example/")
    elif change == "renamed":
        document = replace(document, name="Metropolitan Police")
    elif change == "jurisdiction":
        document = replace(document, jurisdiction="UK")
    elif change == "contact":
        document = replace(document, contact="another@agency.example")
    elif change == "added recipient":
        assert document is not None
        more = (*document.age_recipients, "age1another")
        document = replace(document, age_recipients=more)
    elif change == "set_back":
        # The clock is set to a day before the document was signed.
        assert document is not None
        tomorrow = document.issued_at + timedelta(days=1)
        document = replace(document, issued_at=tomorrow)
    elif change == "root":
        document = replace(document, root_thumbprint="A" * 43)
    else:
        document = None
    if change == "unloaded":
        assert await home.hass.config_entries.async_unload(home.agency.entry_id)
    else:
        agency.data = replace(before, document=document)

    is_refused(await tap(attack.dashboard, home, attack.confirmation))

    assert await home.refusals() == [("dashboard", "agency_changed")]
    assert await home.shares() == []
    if change != "unloaded":
        agency.data = before
        assert (await tap(attack.dashboard, home, attack.confirmation))["success"]


async def test_the_order_of_recipients_does_not_matter(attack: Attack) -> None:
    """The same recipients can decrypt it."""
    agency = attack.home.agency.runtime_data
    document = agency.data.document
    two = replace(
        document, age_recipients=(*document.age_recipients, "age1another"), seq=9
    )
    agency.data = replace(agency.data, document=two)
    client = attack.dashboard
    ready = await prepare(client, attack.home)
    turned = replace(two, age_recipients=two.age_recipients[::-1])
    agency.data = replace(agency.data, document=turned)

    assert (await tap(client, attack.home, ready["confirmation"]))["success"]


async def test_new_online_keys_do_not_matter(attack: Attack) -> None:
    """The online keys have the same root and were not shown."""
    home = attack.home
    agency = home.agency.runtime_data
    agency.data = replace(
        agency.data, document=replace(agency.data.document, keys=(), seq=9)
    )

    assert (await tap(attack.dashboard, home, attack.confirmation))["success"]


@pytest.mark.parametrize("confirmation", [None, "", "guess", 7, ["x"], {"a": 1}])
async def test_a_tap_without_a_real_confirmation_is_refused(
    attack: Attack, confirmation: object
) -> None:
    """A missing confirmation, a guess and a value that isn't text are refused."""
    is_refused(await tap(attack.dashboard, attack.home, confirmation))

    reason = "unknown" if confirmation == "guess" else "missing"
    await attack.failed("dashboard", reason)


async def test_a_call_without_any_data_is_counted(attack: Attack) -> None:
    """The schema accepts calls without data, so that the guard can count them."""
    is_refused(
        await command(
            attack.dashboard,
            type="call_service",
            domain="doorwatch",
            service="share_clip",
        )
    )

    await attack.failed("dashboard", "missing")


# Changes to the person between the look and the tap


async def sharer(home: Home) -> tuple[Any, MockHAClientWebSocket, str]:
    """Let a user who isn't an administrator prepare a share."""
    user = await home.user(control=[home.front])
    home.configure(**{CONF_SHARERS: [user.id]})
    client = await home.connect_as(user)
    ready = await prepare(client, home)
    return user, client, ready["confirmation"]


async def test_somebody_whom_the_household_allowed_may_share(home: Home) -> None:
    """Control permission and the household's list of sharers are sufficient."""
    _, client, confirmation = await sharer(home)

    assert (await tap(client, home, confirmation))["success"]


async def test_permission_that_was_taken_away_refuses_the_tap(home: Home) -> None:
    """When the permission is restored, the same look is still valid."""
    user, client, confirmation = await sharer(home)
    camera = home.camera(home.front)

    allow(user, {camera: {"read": True}})
    is_refused(await tap(client, home, confirmation))

    assert await home.refusals() == [("dashboard", "not_allowed")]
    allow(user, {camera: {"read": True, "control": True}})
    assert (await tap(client, home, confirmation))["success"]


async def test_a_household_that_changed_its_mind_refuses_the_tap(home: Home) -> None:
    """The household removed the user from its list of sharers."""
    _, client, confirmation = await sharer(home)

    home.configure(**{CONF_SHARERS: []})
    is_refused(await tap(client, home, confirmation))

    assert await home.refusals() == [("dashboard", "not_allowed")]
    assert await home.shares() == []


@pytest.mark.parametrize(
    ("what", "so"), [("is_active", False), ("system_generated", True)]
)
async def test_a_user_who_is_disabled_or_no_person_is_refused(
    home: Home, what: str, so: bool
) -> None:
    """The user is checked again, although the connection is still open."""
    user, client, confirmation = await sharer(home)

    setattr(user, what, so)
    is_refused(await tap(client, home, confirmation))

    assert await home.refusals() == [("dashboard", "not_a_login")]
    assert await home.shares() == []


async def test_equal_refusals_are_one_line_and_all_counted(home: Home) -> None:
    """Repeated refusals can't flood the ledger."""
    client = await home.connect()

    for _ in range(20):
        is_refused(await tap(client, home, "guess"))

    assert await home.refusals() == [("dashboard", "unknown")]
    assert await home.refused() == 20
