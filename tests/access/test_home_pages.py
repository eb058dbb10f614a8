"""At which pages a login counts as this home's own, and what others are told.

Each page is tried as a browser or a program would come: with a login that names it, over
a socket that asks for a host.
"""

from typing import Any
from unittest.mock import Mock, patch

from homeassistant.components import cloud
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.doorwatch.access.home_pages import _own_number, client_name
from custom_components.doorwatch.const import CONF_CLIENT_ADDRESSES
from tests.sharing_fixtures import HOME_URL, Home, command, prepare, tap

# What nobody at home has said to be theirs.
FOREIGN = "https://app.example.com/"


def test_a_client_that_has_no_address_is_called_as_it_calls_itself() -> None:
    """Nothing of it can be mistaken for our words."""
    assert client_name(FOREIGN) == "https://app.example.com"
    assert client_name("my\n\u202eapp") == r"'my\n\u202eapp'"


async def at(
    home: Home, client_id: str, host: str | None = None
) -> MockHAClientWebSocket:
    """Connect as the administrator who logged in there, and ask for this host."""
    if host is None:
        return await home.connect(await home.login(home.admin, client_id))
    client = await home.client()
    socket: Any = await client.ws_connect("/api/websocket", headers={"Host": host})
    assert (await socket.receive_json())["type"] == "auth_required"
    token = await home.login(home.admin, client_id)
    await socket.send_json({"type": "auth", "access_token": token})
    assert (await socket.receive_json())["type"] == "auth_ok"
    socket.client = client  # as the socket of core's tests has it
    ids = iter(range(1, 100))
    socket.send_json_auto_id = lambda data: socket.send_json(data | {"id": next(ids)})
    connected: MockHAClientWebSocket = socket
    return connected


async def refusal(client: MockHAClientWebSocket) -> dict[str, str] | None:
    """Return why the dialog says that nothing can be shared here, if it does."""
    answer = await command(client, type="doorwatch/agencies")
    told: dict[str, str] | None = answer["result"]["refusal"]
    return told


@pytest.fixture
async def unnamed(home: Home) -> Home:
    """Give a home whose Home Assistant was never told an address of its own."""
    await home.hass.config.async_update(internal_url=None, external_url=None)
    return home


@pytest.mark.parametrize(
    ("client_id", "host"),
    [
        ("http://homeassistant.local:8123/", "homeassistant.local:8123"),
        ("http://homeassistant.local.:8123/", "HomeAssistant.Local.:8123"),
        ("http://homeassistant:8123/", "homeassistant:8123"),
        ("http://localhost:8123/", "localhost:8123"),
        ("http://192.168.1.5:8123/", "192.168.1.5:8123"),
        ("http://192.168.1.5/", "192.168.1.5"),
        ("http://100.101.102.103:8123/", "100.101.102.103:8123"),
        ("http://[fe80::1]:8123/", "[fe80::1]:8123"),
        ("http://[fd00:0::1]:8123/", "[fd00::1]:8123"),
        # A proxy in front, also one that does not pass on the port that it listens on.
        ("https://192.168.1.5/", "192.168.1.5"),
        ("https://homeassistant.local:8443/", "homeassistant.local"),
        ("https://homeassistant.local/", "homeassistant.local:443"),
        # The phone apps have one name each, wherever they connect.
        ("https://home-assistant.io/iOS", "anything.example.com"),
        ("https://home-assistant.io/android", "anything.example.com"),
    ],
)
async def test_a_page_of_the_home_network_needs_no_setting(
    unnamed: Home, client_id: str, host: str
) -> None:
    """Whoever never set an address is not locked out."""
    client = await at(unnamed, client_id, host)

    assert await refusal(client) is None
    ready = await prepare(client, unnamed)
    assert (await tap(client, unnamed, ready["confirmation"]))["success"]


@pytest.mark.parametrize(
    ("client_id", "host"),
    [
        # A site that anybody can have, also with its own name led to this home.
        (FOREIGN, "homeassistant.local:8123"),
        (FOREIGN, "app.example.com"),
        ("https://homeassistant.local.example.com/", "homeassistant.local.example.com"),
        ("https://9.9.9.9:444/", "9.9.9.9:444"),
        ("https://[2620:fe::fe]:444/", "[2620:fe::fe]:444"),
        # Of 9.9.9.9, by whichever tunnel.
        ("http://[2002:909:909::1]:8123/", "[2002:909:909::1]:8123"),
        ("http://[2001:0:909:909::1]:8123/", "[2001:0:909:909::1]:8123"),
        ("http://[64:ff9b:1::909:909]:8123/", "[64:ff9b:1::909:909]:8123"),
        ("http://[::ffff:909:909]:8123/", "[::ffff:909:909]:8123"),
        ("http://3405803783/", "3405803783"),
        ("http://0x09090909/", "0x09090909"),
        # Another program of this network, or of this very machine.
        ("http://192.168.1.66:8123/", "192.168.1.5:8123"),
        ("http://192.168.1.5:9000/", "192.168.1.5:8123"),
        ("http://printer.local/", "homeassistant.local:8123"),
        # What only looks like the phone apps.
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
    """Where the dialog opens, and when it is tried all the same."""
    client = await at(unnamed, client_id, host)

    told = await refusal(client)
    assert told is not None
    assert told["code"] == "foreign_client"
    assert client_name(client_id) in told["message"]
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


async def test_where_home_assistant_has_port_80_a_host_without_a_port_has_it_too(
    unnamed: Home,
) -> None:
    """Nothing hides a port then; a proxy for https may stand before it."""
    api = unnamed.hass.config.api
    assert api is not None
    for port in (80, 443):
        api.port = port
        other = await at(unnamed, "http://192.168.1.5:9000/", "192.168.1.5")
        assert await refusal(other)
        for own in ("http://192.168.1.5/", "https://192.168.1.5/"):
            assert await refusal(await at(unnamed, own, "192.168.1.5")) is None


@pytest.mark.parametrize(
    ("own", "number"),
    [
        (("9.9.9.9", 8123), "9.9.9.9"),
        (("::ffff:9.9.9.9", 8123, 0, 0), "9.9.9.9"),
        (("2620:fe::fe", 8123, 0, 0), "2620:fe::fe"),
        ("/run/supervisor.sock", None),
        (None, None),
    ],
)
def test_a_number_of_the_internet_is_this_homes_if_this_machine_has_it(
    own: object, number: str | None
) -> None:
    """The socket tells; what the request says does not."""
    transport = Mock(get_extra_info=lambda name: {"sockname": own}[name])

    found = _own_number(Mock(transport=transport))

    assert (found and str(found)) == number
    assert _own_number(Mock(transport=None)) is None


async def test_a_home_that_is_opened_at_a_number_of_the_internet_shares(
    unnamed: Home,
) -> None:
    """With IPv6 that is nothing special."""
    own = _own_number(
        Mock(transport=Mock(get_extra_info=lambda _: ("2620:fe::fe", 8123, 0, 0)))
    )
    with patch(
        "custom_components.doorwatch.access.home_pages._own_number", return_value=own
    ):
        own_page = await at(unnamed, "http://[2620:fe::fe]:8123/", "[2620:fe::fe]:8123")
        assert await refusal(own_page) is None
        other = await at(unnamed, "http://[2620:fe::9]:8123/", "[2620:fe::9]:8123")
        assert await refusal(other)


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
    """Whatever a proxy makes of the host."""
    await unnamed.hass.config.async_update(**{setting: "https://home.example.org"})

    client = await at(unnamed, client_id, "10.0.0.2:8123")

    assert (await refusal(client) is None) is own


async def test_the_address_in_the_cloud_counts_while_there_is_one(
    unnamed: Home,
) -> None:
    """As core tells it."""
    page = "https://abc.ui.nabu.casa/"
    assert await refusal(await at(unnamed, page, "abc.ui.nabu.casa"))
    unnamed.hass.config.components.add("cloud")
    address = page.rstrip("/")
    told = {"async_remote_ui_url": address, "async_remote_ui_urls": [address]}
    with patch.multiple(
        cloud,  # the second is new in 2026.11
        **{
            name: Mock(return_value=value)
            for name, value in told.items()
            if hasattr(cloud, name)
        },
    ):
        assert await refusal(await at(unnamed, page, "abc.ui.nabu.casa")) is None
        other = await at(unnamed, "https://other.ui.nabu.casa/", "other.ui.nabu.casa")
        assert await refusal(other)


async def test_an_address_that_an_administrator_listed_counts(home: Home) -> None:
    """From the next look on, and until it is taken away."""
    client = await at(home, "https://home.example.org/lovelace", "10.0.0.2")
    assert await refusal(client)

    home.configure(**{CONF_CLIENT_ADDRESSES: ["https://home.example.org"]})

    assert await refusal(client) is None
    ready = await prepare(client, home)
    home.configure(**{CONF_CLIENT_ADDRESSES: []})
    assert not (await tap(client, home, ready["confirmation"]))["success"]
    assert await home.refusals() == [("foreign_client", "foreign_client")]
    home.configure(**{CONF_CLIENT_ADDRESSES: ["https://home.example.org"]})
    assert (await tap(client, home, ready["confirmation"]))["success"]


async def test_a_changed_address_refuses_logins_at_the_old_one(home: Home) -> None:
    """The sentence names the address that has to be added."""
    client = await at(home, "https://old.example.org/", "old.example.org")
    await home.hass.config.async_update(external_url="https://old.example.org")
    assert await refusal(client) is None

    await home.hass.config.async_update(external_url="https://new.example.org")

    told = await refusal(client)
    assert told is not None
    assert "https://old.example.org" in told["message"]


@pytest.mark.parametrize(
    "what", ["withdraw", "retry", "hand_over", "address"], ids=lambda what: what
)
async def test_nothing_else_of_a_share_is_done_at_another_page(
    home: Home, what: str
) -> None:
    """What moves a clip, or speaks in a person's name."""
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
    """Return what the ledger says of changed settings."""
    return [
        dict(line.data)
        for line in await home.data.ledger.lines(limit=1000)
        if line.kind == "settings_changed"
    ]


async def test_home_assistants_own_addresses_are_told_and_stand_in_the_ledger(
    home: Home, hass: HomeAssistant
) -> None:
    """An administrator changes them where Doorwatch cannot ask for the PIN."""
    before = await ledger_lines(home)
    with patch(
        "custom_components.doorwatch.access.household_changes.async_notify_administrators"
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
