"""Tests of the proxy, which is the only way to fetch published documents if set."""

from collections.abc import AsyncIterator

from aiohttp import web
import pytest

from custom_components.doorwatch.engine.outside.door import USER_AGENT, Outside
from custom_components.doorwatch.engine.outside.errors import OutsideError
from custom_components.doorwatch.engine.outside.proxy import Proxy
from custom_components.doorwatch.engine.outside.reach import is_at_home
from tests.connect_proxy import ConnectProxy, connect_proxy
from tests.outside_servers import HOST, FakeNames, make_tls, serve

PUBLIC = f"https://{HOST}/feed"


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Allow sockets on loopback."""


async def _hello(request: web.Request) -> web.Response:
    return web.Response(body=b"hello")


@pytest.fixture
async def proxy() -> AsyncIterator[ConnectProxy]:
    """Run a proxy that can reach HOST."""
    async with (
        serve(_hello, tls=make_tls().server) as port,
        connect_proxy({f"{HOST}:443": port}) as found,
    ):
        yield found


def door(names: FakeNames, text: str) -> Outside:
    """Return a client that uses this proxy."""
    return Outside(
        tls=make_tls().client, resolver=names, proxy=lambda: Proxy.parse(text)
    )


async def problem(outside: Outside, url: str, *, local: bool = False) -> str:
    """Return the problem that a fetch raises."""
    with pytest.raises(OutsideError) as caught:
        await outside.fetch(url, local=local, published=True)
    assert caught.value.__cause__ is None  # its text would contain the address
    return caught.value.problem


async def test_the_proxy_is_asked_for_a_tunnel_and_looks_the_name_up(
    proxy: ConnectProxy,
) -> None:
    """Nobody near the home, including its DNS server, learns which page is fetched."""
    names = FakeNames({})
    async with door(names, f"http://127.0.0.1:{proxy.port}") as outside:
        assert await outside.fetch(PUBLIC, published=True) == b"hello"
    assert proxy.lines == [f"CONNECT {HOST}:443 HTTP/1.1"]
    assert names.asked == []
    assert f"User-Agent: {USER_AGENT}" in proxy.asked[0]
    assert "python" not in str(proxy.asked).lower()


async def test_without_one_the_address_is_asked_directly() -> None:
    """The rules for addresses apply."""
    names = FakeNames({HOST: [["127.0.0.1"]]})
    async with Outside(tls=make_tls().client, resolver=names) as outside:
        assert await problem(outside, PUBLIC) == "address_refused"
    assert names.asked == [HOST]


async def test_the_proxy_may_speak_tls_and_ask_for_a_login() -> None:
    """With TLS, nobody between the home and the proxy can read which page is fetched."""
    tls = make_tls()
    names = FakeNames({"localhost": [["127.0.0.1"]]})
    async with (
        serve(_hello, tls=tls.server) as port,
        connect_proxy({f"{HOST}:443": port}, tls=tls.server) as proxy,
    ):
        proxy.login = "Basic a2ltOnDDpHNzOndvcmQ="  # "kim:päss:word" in UTF-8
        address = f"https://kim:p%C3%A4ss%3Aword@localhost:{proxy.port}"
        async with door(names, address) as outside:
            assert await outside.fetch(PUBLIC, published=True) == b"hello"
    assert names.asked == ["localhost"]


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("407 Proxy Authentication Required", "proxy_failed"),
        ("403 Forbidden", "proxy_failed"),
        ("302 Found", "proxy_failed"),
        ("502 Bad Gateway", "cannot_connect"),
        ("504 Gateway Timeout", "cannot_connect"),
    ],
)
async def test_a_proxy_that_does_not_do_its_part_is_told_from_the_agency(
    proxy: ConnectProxy, status: str, found: str
) -> None:
    """The household can fix a problem of the proxy, but not one of the agency."""
    proxy.status = status
    async with door(FakeNames({}), f"http://127.0.0.1:{proxy.port}") as outside:
        assert await problem(outside, PUBLIC) == found
    assert len(proxy.asked) == 1


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9",  # nothing listens
        "http://nowhere.example:3128",  # unknown name
        "http://metadata.example:80",  # a name that resolves to a refused address
        "https://127.0.0.1:{port}",  # not a TLS server
        "no address",
        "http://169.254.169.254:80",
    ],
)
async def test_a_dead_or_wrong_proxy_never_leads_to_a_direct_connection(
    proxy: ConnectProxy, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The agency could be reached directly in this test."""
    asked = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(body=b"direct")

    monkeypatch.setattr(
        "custom_components.doorwatch.engine.outside.door.may_connect",
        lambda address, *, local=False: address == "127.0.0.1",
    )
    names = FakeNames(
        {HOST: [["127.0.0.1"]], "metadata.example": [["169.254.169.254"]]}
    )
    async with (
        serve(handler, tls=make_tls().server) as port,
        door(names, address.format(port=proxy.port)) as outside,
    ):
        direct = f"https://{HOST}:{port}/feed"
        assert await outside.fetch(direct) == b"direct"
        assert await problem(outside, direct) == "proxy_failed"
    assert asked == ["/feed"]
    assert names.asked.count(HOST) == 1


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://192.168.1.1/feed", "address_refused"),
        ("https://127.0.0.1/feed", "address_refused"),
        ("https://[::1]/feed", "address_refused"),
        ("https://169.254.169.254/feed", "address_refused"),
        (f"http://{HOST}/feed", "invalid_address"),
        ("http://127.0.0.1/feed", "invalid_address"),
        (f"https://kim@{HOST}/feed", "invalid_address"),
        ("ftp://agency.example/feed", "invalid_address"),
    ],
)
async def test_what_is_never_asked_directly_is_not_asked_by_way_of_a_proxy(
    proxy: ConnectProxy, url: str, found: str
) -> None:
    """A document must not lead the proxy into its own network."""
    async with door(FakeNames({}), f"http://127.0.0.1:{proxy.port}") as outside:
        assert await problem(outside, url) == found
    assert proxy.asked == []


async def test_a_redirect_is_not_followed(proxy: ConnectProxy) -> None:
    """Otherwise the response would choose the next host that the proxy connects to."""

    async def away(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "https://other.example/"})

    async with serve(away, tls=make_tls().server) as port:
        proxy.leads = {f"{HOST}:443": port}
        async with door(FakeNames({}), f"http://127.0.0.1:{proxy.port}") as outside:
            assert await problem(outside, PUBLIC) == "redirected"
    assert len(proxy.asked) == 1


async def test_one_that_reads_along_is_found_out(proxy: ConnectProxy) -> None:
    """Without the agency's certificate, nothing is requested."""

    async def forged(request: web.Request) -> web.Response:
        raise AssertionError("asked in spite of its certificate")

    async with serve(forged, tls=make_tls().server) as port:
        proxy.leads = {"police.example:443": port}
        async with door(FakeNames({}), f"http://127.0.0.1:{proxy.port}") as outside:
            assert await problem(outside, "https://police.example/x") == "tls_failed"


async def test_what_is_on_my_network_is_asked_directly_and_only_there(
    proxy: ConnectProxy,
) -> None:
    """A remote proxy cannot reach them, and a public address must not see the home."""
    names = FakeNames({HOST: [["93.184.215.14"]], "desk.home": [["127.0.0.1"]]})
    async with (
        serve(_hello) as port,
        door(names, f"http://127.0.0.1:{proxy.port}") as outside,
    ):
        url = f"http://127.0.0.1:{port}/x"
        assert await outside.fetch(url, local=True, published=True) == b"hello"
        assert await problem(outside, PUBLIC, local=True) == "address_refused"
        assert (
            await problem(outside, "https://93.184.215.14/x", local=True)
            == "address_refused"
        )
    assert proxy.asked == []


async def test_deliveries_and_their_answers_do_not_go_through_it(
    proxy: ConnectProxy,
) -> None:
    """The person who shares is told that the agency sees the home's address."""
    async with (
        serve(_hello) as port,
        door(FakeNames({}), f"http://127.0.0.1:{proxy.port}") as outside,
    ):
        url = f"http://127.0.0.1:{port}/x"
        assert await outside.fetch(url, local=True) == b"hello"
        async with outside.session(url, local=True).get(url) as response:
            assert response.status == 200
    assert proxy.asked == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://proxy.example:3128", "http://proxy.example:3128"),
        ("https://kim:secret@proxy.example:443/", "https://proxy.example:443"),
        ("http://[fd12:3456::1]:80", "http://[fd12:3456::1]:80"),
        ("HTTP://192.168.1.2:8080", "http://192.168.1.2:8080"),
    ],
)
def test_an_address_is_read_and_shown_without_its_login(text: str, shown: str) -> None:
    """The login appears neither in `shown` nor in `repr`."""
    found = Proxy.parse(text)
    assert found.shown == shown
    assert Proxy.parse(found.shown).address == found.address
    assert "secret" not in repr(found)
    assert "kim" not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "proxy.example:3128",
        "http://proxy.example",
        "http://:3128",
        "socks5://proxy.example:1080",
        "http://proxy.example:3128/path",
        "http://proxy.example:3128/?x=1",
        "http://proxy.example:3128/#x",
        "http://proxy.example:99999",
        "http://a:b:c@[::1",
        "http://k%3Aim:secret@proxy.example:3128",
        "http://169.254.169.254:80",
        "http://0.0.0.0:3128",
    ],
)
def test_what_is_no_proxy_is_refused_without_saying_what_it_was(text: str) -> None:
    """The text may contain a secret."""
    with pytest.raises(OutsideError) as caught:
        Proxy.parse(text)
    assert caught.value.__cause__ is None
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "at_home"),
    [
        ("192.168.1.1", True),
        ("127.0.0.1", True),
        ("fd12:3456::1", True),
        ("8.8.8.8", False),
        ("169.254.169.254", False),
        ("fe80::1", False),
        ("fd12::1%eth0", False),
        ("a name", False),
    ],
)
def test_addresses_of_a_home(address: str, at_home: bool) -> None:
    """The addresses of "On my network", without public ones."""
    assert is_at_home(address) is at_home
