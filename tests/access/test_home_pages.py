"""Test which pages count as this home's own, and the message at other pages.

Each page is tried as a browser or a program would use it: with a login that names the
page, over a socket that requests a host. `{port}` is the server's port, `{name}` the
name of this machine.
"""

from datetime import timedelta
from ipaddress import ip_address
import socket
import time
from typing import Any
from unittest.mock import AsyncMock, Mock, patch

from homeassistant.components import cloud
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.doorwatch.access.home_addresses import WAIT, HomeAddresses
from custom_components.doorwatch.access.home_pages import (
    client_name,
    is_own_page,
    own_end,
)
from custom_components.doorwatch.access.pin_gate import PinGate
from custom_components.doorwatch.access.unknown_pages import (
    async_show_unknown_pages,
    async_unknown_pages,
)
from custom_components.doorwatch.const import (
    CONF_CANCEL_WINDOW,
    CONF_CLIENT_ADDRESSES,
    CONF_PIN,
    CONF_SHARERS,
    DOMAIN,
)
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.sharing.tap.pin import hash_pin
from custom_components.doorwatch.flows.pin import CONF_CURRENT_PIN
from tests.sharing_fixtures import DASHBOARD, HOME_URL, Home, command, prepare, tap

# Addresses that nobody at home has listed.
FOREIGN = "https://app.example.com/"


def test_a_client_that_has_no_address_is_called_as_it_calls_itself() -> None:
    """The name can't be mistaken for text of Doorwatch."""
    assert client_name(FOREIGN) == "https://app.example.com"
    assert client_name("my\n\u202eapp") == r"'my\n\u202eapp'"


NAME = socket.gethostname().partition(".")[0].lower()


async def at(
    home: Home, client_id: str, host: str | None = None, **headers: str
) -> MockHAClientWebSocket:
    """Connect as the administrator who logged in at the page and request this host."""
    client = await home.client()
    words = {"port": client.port, "name": NAME}
    client_id = client_id.format(**words)
    told = {"Host": host.format(**words)} if host else {}
    connection: Any = await client.ws_connect(
        "/api/websocket", headers={**told, **headers}
    )
    assert (await connection.receive_json())["type"] == "auth_required"
    token = await home.login(home.admin, client_id)
    await connection.send_json({"type": "auth", "access_token": token})
    assert (await connection.receive_json())["type"] == "auth_ok"
    connection.client = client  # the name of the attribute in core's test socket
    ids = iter(range(1, 100))
    connection.send_json_auto_id = lambda data: connection.send_json(
        data | {"id": next(ids)}
    )
    connected: MockHAClientWebSocket = connection
    return connected


async def refusal(client: MockHAClientWebSocket) -> dict[str, Any] | None:
    """Return the dialog's reason why this page can't share, if there is one."""
    answer = await command(client, type="doorwatch/agencies")
    told: dict[str, Any] | None = answer["result"]["refusal"]
    return told


@pytest.fixture
async def unnamed(home: Home) -> Home:
    """Create a home whose Home Assistant has no address configured."""
    await home.hass.config.async_update(internal_url=None, external_url=None)
    return home


@pytest.mark.parametrize(
    "client_id",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://{name}:{port}/",
        "http://{name}.local.:{port}/",
        # The phone apps have the same client id at every address.
        "https://home-assistant.io/iOS",
        "https://home-assistant.io/android",
    ],
)
async def test_this_machine_needs_no_setting(unnamed: Home, client_id: str) -> None:
    """People who never set an address aren't locked out."""
    client = await at(unnamed, client_id)

    assert await refusal(client) is None
    ready = await prepare(client, unnamed)
    assert (await tap(client, unnamed, ready["confirmation"]))["success"]
    line = next(
        line
        for line in await unnamed.data.ledger.lines(limit=1000)
        if line.kind == "confirmed"
    )
    tokens = [
        (token.client_id, token.id) for token in unnamed.admin.refresh_tokens.values()
    ]
    assert (line.data["client_id"], line.data["token_id"]) in tokens
    assert line.data["client_id"] == client_id.format(
        port=client.client.port, name=NAME
    )


@pytest.mark.parametrize(
    ("client_id", "host"),
    [
        # A public site whose name resolves to this home.
        (FOREIGN, "homeassistant.local:8123"),
        (FOREIGN, "app.example.com"),
        ("https://homeassistant.local.example.com/", "homeassistant.local.example.com"),
        ("https://9.9.9.9:444/", "9.9.9.9:444"),
        ("https://[2620:fe::fe]:444/", "[2620:fe::fe]:444"),
        # Sites of 9.9.9.9, through any tunnel.
        ("http://[2002:909:909::1]:8123/", "[2002:909:909::1]:8123"),
        ("http://[2001:0:909:909::1]:8123/", "[2001:0:909:909::1]:8123"),
        ("http://[64:ff9b:1::909:909]:8123/", "[64:ff9b:1::909:909]:8123"),
        ("http://[::ffff:909:909]:8123/", "[::ffff:909:909]:8123"),
        ("http://3405803783/", "3405803783"),
        ("http://0x09090909/", "0x09090909"),
        # Programs of this network or of this machine, with a forged host.
        ("http://localhost:9999/", "localhost:9999"),
        ("http://127.0.0.1:9999/", "127.0.0.1:9999"),
        ("http://192.168.1.5:8080/", "192.168.1.5:8080"),
        ("http://192.168.1.5:{port}/", "192.168.1.5:{port}"),
        ("http://nas.local:{port}/", "nas.local:{port}"),
        ("http://nas:{port}/", "nas:{port}"),
        ("http://{name}:9999/", "{name}:9999"),
        ("http://[fd00::1]:{port}/", "[fd00::1]:{port}"),
        ("http://[::1]:{port}/", "[::1]:{port}"),
        ("http://192.168.1.66:8123/", "192.168.1.5:8123"),
        ("http://printer.local/", "homeassistant.local:8123"),
        # Client ids that resemble those of the phone apps.
        ("https://home-assistant.io/", "homeassistant.local:8123"),
        ("https://home-assistant.io/iOS/", "homeassistant.local:8123"),
        ("https://home-assistant.io/ios", "homeassistant.local:8123"),
        ("https://home-assistant.io/android?x", "homeassistant.local:8123"),
        ("http://home-assistant.io/iOS", "homeassistant.local:8123"),
        ("app://nothing", "homeassistant.local:8123"),
        ("http://homeassistant.local:8123/", "home assistant"),
    ],
)
async def test_another_page_shares_nothing_and_is_told_what_to_do(
    unnamed: Home, client_id: str, host: str
) -> None:
    """The dialog explains this when it opens, and the action refuses."""
    client = await at(unnamed, client_id, host)

    told = await refusal(client)
    assert told is not None
    assert told["code"] == "foreign_client"
    shown = client_id.format(port=client.client.port, name=NAME)
    assert client_name(shown) in told["message"]
    assert "“More addresses of this home”" in told["message"]
    answer = await command(
        client,
        type="doorwatch/share/prepare",
        clip_id=unnamed.clip.clip_id,
        agency_id=unnamed.agency.entry_id,
    )
    assert answer["error"]["code"] == "foreign_client"
    assert f"{answer['error']['message']}." == told["message"]
    assert await unnamed.refusals() == [("foreign_client", "prepare_foreign_client")]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "localhost"},
        {"Forwarded": "for=192.168.1.66"},
        {"Via": "1.1 proxy"},
        {"X-Real-IP": "192.168.1.66"},
    ],
)
async def test_this_machine_counts_on_a_direct_connection_only(
    unnamed: Home, headers: dict[str, str]
) -> None:
    """Behind a proxy on this machine, all connections come from loopback."""
    assert await refusal(await at(unnamed, "http://localhost:{port}/", **headers))


@pytest.mark.usefixtures("socket_enabled")
async def test_this_machine_does_not_count_through_the_cloud(unnamed: Home) -> None:
    """The local end of a connection through the cloud doesn't count."""
    with patch(
        "custom_components.doorwatch.access.home_pages.is_cloud_connection",
        return_value=True,
    ):
        assert await refusal(await at(unnamed, "http://localhost:{port}/"))


@pytest.mark.parametrize(
    ("own", "end"),
    [
        (("9.9.9.9", 8123), ("9.9.9.9", 8123)),
        (("::ffff:9.9.9.9", 8123, 0, 0), ("9.9.9.9", 8123)),
        (("2620:fe::fe", 8123, 0, 0), ("2620:fe::fe", 8123)),
        ("/run/supervisor.sock", None),
        (None, None),
    ],
)
def test_the_socket_tells_which_end_is_this_machines(own: object, end: object) -> None:
    """The host in the request is ignored."""
    transport = Mock(get_extra_info=lambda name: {"sockname": own}[name])

    found = own_end(Mock(transport=transport))

    assert (found and (str(found[0]), found[1])) == end
    assert own_end(Mock(transport=None)) is None


async def test_a_home_that_is_opened_at_a_number_of_the_internet_shares(
    unnamed: Home,
) -> None:
    """With IPv6, public addresses are common at home."""
    with patch(
        "custom_components.doorwatch.access.home_pages.own_end",
        return_value=(ip_address("2620:fe::fe"), 8123),
    ):
        assert await refusal(await at(unnamed, "http://[2620:fe::fe]:8123/")) is None
        assert await refusal(await at(unnamed, "http://[2620:fe::9]:8123/"))
        assert await refusal(await at(unnamed, "http://[2620:fe::fe]:80/"))


@pytest.mark.parametrize("name", ["doorkeeper", "localhost", "localhost.localdomain"])
async def test_localhost_is_this_machine_on_its_loopback_alone(
    unnamed: Home, name: str
) -> None:
    """Loopback counts over IPv4 and IPv6, with any host name."""
    hosts = "localhost", "localhost.local", "127.0.0.1", "[::1]", "192.168.1.5"
    found = {}
    for own in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "192.168.1.5", "fd00::5"):
        ends = {"sockname": (own, 8123)}
        request = Mock(headers={}, transport=Mock(get_extra_info=ends.get))
        with patch.object(socket, "gethostname", return_value=name):
            found[own] = {
                host
                for host in (*hosts, "[fd00::5]")
                if is_own_page(
                    unnamed.hass,
                    unnamed.data.home_addresses,
                    request,
                    f"http://{host}:8123/",
                )
            }
    assert found == {
        "127.0.0.1": {"localhost", "127.0.0.1"},
        "::1": {"localhost", "[::1]"},
        "::ffff:127.0.0.1": {"localhost", "127.0.0.1"},
        "192.168.1.5": {"192.168.1.5"},
        "fd00::5": {"[fd00::5]"},
    }


async def test_the_name_that_the_supervisor_gave_this_machine_counts(
    unnamed: Home,
) -> None:
    """The host name of core's container is another."""
    page = "http://homeassistant.local:{port}/"
    assert await refusal(await at(unnamed, page))
    unnamed.hass.config.components.add("hassio")
    with patch(
        "homeassistant.components.hassio.get_host_info",
        return_value={"hostname": "homeassistant"},
    ):
        assert await refusal(await at(unnamed, page)) is None


@pytest.mark.parametrize("setting", ["internal_url", "external_url"])
@pytest.mark.parametrize(
    ("client_id", "own"),
    [
        ("https://home.example.org/", True),
        ("https://HOME.example.org:443/", True),
        ("https://home.example.org./", True),
        ("http://home.example.org/", False),
        ("https://home.example.org:8443/", False),
        ("https://home.example.org.example.com/", False),
        ("https://www.home.example.org/", False),
    ],
)
async def test_home_assistants_own_addresses_count(
    unnamed: Home, setting: str, client_id: str, own: bool
) -> None:
    """The host that a proxy sends doesn't matter."""
    await unnamed.hass.config.async_update(**{setting: "https://home.example.org"})
    await after_a_day(unnamed)

    client = await at(unnamed, client_id, "10.0.0.2:8123")

    assert (await refusal(client) is None) is own


async def test_the_address_in_the_cloud_counts_while_there_is_one(
    unnamed: Home,
) -> None:
    page = "https://abc.ui.nabu.casa/"
    assert await refusal(await at(unnamed, page, "abc.ui.nabu.casa"))
    unnamed.hass.config.components.add("cloud")
    address = page.rstrip("/")
    core = {"async_remote_ui_url": address, "async_remote_ui_urls": [address]}
    with patch.multiple(
        cloud,  # the second is new in 2026.11
        **{
            name: Mock(return_value=value)
            for name, value in core.items()
            if hasattr(cloud, name)
        },
    ):
        told = await refusal(await at(unnamed, page, "abc.ui.nabu.casa"))
        assert told
        assert told["code"] == "address_new"
        await after_a_day(unnamed)
        assert await refusal(await at(unnamed, page, "abc.ui.nabu.casa")) is None
        other = await at(unnamed, "https://other.ui.nabu.casa/", "other.ui.nabu.casa")
        assert await refusal(other)


async def list_address(home: Home, *addresses: str, pin: str | None = None) -> None:
    """Return addresses in the form in which the options store them."""
    flows = home.hass.config_entries.options
    form = await flows.async_init(home.household.entry_id)
    form = await flows.async_configure(form["flow_id"], {"next_step_id": "sharing"})
    typed = {
        CONF_SHARERS: [],
        CONF_CANCEL_WINDOW: 10,
        CONF_CLIENT_ADDRESSES: list(addresses),
    }
    if pin is not None:
        typed[CONF_CURRENT_PIN] = pin
    done = await flows.async_configure(form["flow_id"], typed)
    assert done["type"] is FlowResultType.CREATE_ENTRY, done
    await home.hass.async_block_till_done()


async def after_a_day(home: Home) -> None:
    """Move the clock by the time after which a new address counts."""
    await home.hass.async_block_till_done()
    addresses = home.data.home_addresses
    known = addresses._known
    assert known is not None
    for each in known.values():
        each["counts_from"] -= WAIT


LISTED = "https://home.example.org"


async def test_an_address_that_an_administrator_listed_counts_after_a_day(
    home: Home,
) -> None:
    """An administrator's login can't list its own address and share at once."""
    client = await at(home, f"{LISTED}/lovelace", "10.0.0.2")
    assert (await refusal(client) or {})["code"] == "foreign_client"

    with patch(
        "custom_components.doorwatch.access.household_changes.async_tell_everyone"
    ) as told:
        await list_address(home, LISTED)
    assert told.await_args
    assert told.await_args.args[1] == "settings_changed"

    new = await refusal(client)
    assert new is not None
    assert (new["code"], "24" in new["message"]) == ("address_new", True)
    assert new["placeholders"]["hours"] == "24"
    again = HomeAddresses(home.hass, AsyncMock())
    await again.async_start()
    assert again.hours_left(LISTED) == 24
    # When it is removed and listed again, the wait starts again.
    await after_a_day(home)
    assert await refusal(client) is None
    ready = await prepare(client, home)
    await list_address(home)
    assert not (await tap(client, home, ready["confirmation"]))["success"]
    assert ("foreign_client", "foreign_client") in await home.refusals()
    await list_address(home, LISTED)
    assert not (await tap(client, home, ready["confirmation"]))["success"]
    await after_a_day(home)
    assert (await tap(client, home, ready["confirmation"]))["success"]


async def test_an_address_that_was_listed_with_the_pin_counts_at_once(
    home: Home,
) -> None:
    """People who know the PIN may share anyway."""
    home.configure(**{CONF_PIN: hash_pin("2468")})
    client = await at(home, LISTED, "10.0.0.2")

    await list_address(home, LISTED, pin="2468")

    assert await refusal(client) is None


async def test_a_pin_that_was_set_just_now_proves_nothing(home: Home) -> None:
    """The person who lists an address could have set the PIN a moment before."""
    flows = home.hass.config_entries.options
    form = await flows.async_init(home.household.entry_id)
    form = await flows.async_configure(form["flow_id"], {"next_step_id": "pin"})
    await flows.async_configure(form["flow_id"], {CONF_PIN: "2468"})
    client = await at(home, LISTED, "10.0.0.2")

    await list_address(home, LISTED, pin="2468")

    assert (await refusal(client) or {})["code"] == "address_new"
    again = PinGate(home.hass)
    assert not await again.async_is_settled()


async def test_addresses_of_a_newer_version_do_not_count(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    """They are kept unchanged, and Doorwatch starts."""
    hass_storage[f"{DOMAIN}.addresses"] = {"version": 2, "minor_version": 1, "data": {}}
    again = HomeAddresses(home.hass, AsyncMock())
    await again.async_start()
    assert again.hours_left(HOME_URL) == 24


async def test_an_option_that_no_form_stored_counts_after_a_day_too(
    home: Home,
) -> None:
    """The source of the stored option doesn't matter."""
    home.configure(**{CONF_CLIENT_ADDRESSES: [LISTED]})
    client = await at(home, LISTED, "10.0.0.2")
    assert (await refusal(client) or {})["code"] == "address_new"
    await after_a_day(home)
    assert await refusal(client) is None


async def test_a_clock_that_was_set_back_keeps_no_address_waiting_for_longer(
    home: Home,
) -> None:
    """The wait is a day at most."""
    await list_address(home, LISTED)
    with patch(
        "custom_components.doorwatch.access.home_addresses.time.time",
        return_value=time.time() - 300 * 86400,
    ):
        assert home.data.home_addresses.hours_left(LISTED) == 24


async def test_a_changed_address_refuses_logins_at_the_old_one(home: Home) -> None:
    """The message names the address to add."""
    client = await at(home, "https://old.example.org/", "old.example.org")
    await home.hass.config.async_update(external_url="https://old.example.org")
    await after_a_day(home)
    assert await refusal(client) is None

    await home.hass.config.async_update(external_url="https://new.example.org")

    told = await refusal(client)
    assert told is not None
    assert "https://old.example.org" in told["message"]


async def test_pages_that_no_longer_count_are_offered_to_be_listed(home: Home) -> None:
    """Only pages of a proxy or a container are offered."""
    hass = home.hass
    port = hass.http.server_port
    wanted = "http://192.0.2.77:8123"
    for page in (
        f"http://localhost:{port}/",
        f"http://{NAME}.local:{port}/",
        FOREIGN,
        DASHBOARD,
        "https://home-assistant.io/iOS",
        f"{wanted}/",
    ):
        await home.login(home.admin, page)
    stale = await home.hass.auth.async_create_refresh_token(
        home.admin, "http://192.0.2.78:8123/"
    )
    stale.created_at -= timedelta(days=40)

    assert await async_unknown_pages(hass, hass.data[DATA].home_addresses) == {
        wanted: {home.admin.name}
    }
    await async_show_unknown_pages(hass, hass.data[DATA].home_addresses)
    found = ir.async_get(hass).async_get_issue(DOMAIN, "pages_unknown")
    assert found is not None
    assert found.translation_placeholders == {"addresses": f"- {wanted}"}

    client = await home.client(await home.login(home.admin))
    start = await client.post(
        "/api/repairs/issues/fix",
        json={"handler": DOMAIN, "issue_id": "pages_unknown"},
    )
    form = await start.json()
    assert form["data_schema"][0]["selector"]["select"]["options"] == [
        {"value": wanted, "label": f"{wanted} ({home.admin.name})"}
    ]
    done = await client.post(
        f"/api/repairs/issues/fix/{form['flow_id']}",
        json={CONF_CLIENT_ADDRESSES: [wanted]},
    )
    assert (await done.json())["type"] == "create_entry"
    assert home.household.options[CONF_CLIENT_ADDRESSES] == [wanted]
    assert ir.async_get(hass).async_get_issue(DOMAIN, "pages_unknown") is None
    assert hass.data[DATA].home_addresses.hours_left(wanted) == 24


@pytest.mark.parametrize(
    "what", ["withdraw", "retry", "hand_over", "address"], ids=lambda what: what
)
async def test_nothing_else_of_a_share_is_done_at_another_page(
    home: Home, what: str
) -> None:
    """Neither actions that move a clip nor actions in a person's name are allowed."""
    client = await home.connect()
    ready = await prepare(client, home)
    await tap(client, home, ready["confirmation"])
    [share_id] = await home.shares()

    answer = await command(
        await at(home, FOREIGN), type=f"doorwatch/share/{what}", share_id=share_id
    )

    assert answer["error"]["code"] == "foreign_client"
    [(caller, reason)] = await home.refusals()
    assert (caller, reason.endswith("_foreign_client")) == ("foreign_client", True)


async def ledger_lines(home: Home) -> list[dict[str, object]]:
    """Return the ledger's lines about changed settings."""
    return [
        dict(line.data)
        for line in await home.data.ledger.lines(limit=1000)
        if line.kind == "settings_changed"
    ]


async def test_home_assistants_own_addresses_are_told_and_stand_in_the_ledger(
    home: Home, hass: HomeAssistant
) -> None:
    """An administrator changes them in core, where Doorwatch can't ask for the PIN."""
    before = await ledger_lines(home)
    with patch(
        "custom_components.doorwatch.access.home_addresses.async_tell_everyone"
    ) as told:
        await hass.config.async_update(external_url="https://new.example.org")
        await hass.config.async_update(location_name="Home")
        await hass.async_block_till_done()

    assert [call.args[1] for call in told.await_args_list] == ["home_addresses_changed"]
    assert (await ledger_lines(home))[len(before) :] == [
        {
            "changed": ["home_addresses"],
            "home_addresses": [HOME_URL, "https://new.example.org"],
        }
    ]
