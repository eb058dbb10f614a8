"""Tests of downloads: a file is fetched completely or refused."""

from pathlib import Path

from aiohttp import web
import pytest

from custom_components.doorwatch.engine.outside import door
from custom_components.doorwatch.engine.outside.door import Outside
from custom_components.doorwatch.engine.outside.downloads import download
from custom_components.doorwatch.engine.outside.errors import OutsideError
from tests.outside_servers import HOST, FakeNames, Handler, make_tls, serve


@pytest.fixture(autouse=True)
def outside(socket_enabled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat loopback as a public address."""
    monkeypatch.setattr(
        door, "may_connect", lambda address, local=False: address == "127.0.0.1"
    )


def _says(status: int = 200, body: bytes = b"a video", **headers: str) -> Handler:
    """Return a handler that gives this response."""

    async def handler(_request: web.Request) -> web.Response:
        return web.Response(status=status, body=body, headers=headers)

    return handler


async def _in_pieces(request: web.Request) -> web.StreamResponse:
    """Send a response without a length."""
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(4):
        await response.write(b"1234")
    return response


async def _fetch(handler: Handler, path: Path, limit: int = 100) -> None:
    names = FakeNames({HOST: [["127.0.0.1"]]})
    async with (
        serve(handler, tls=make_tls().server) as port,
        Outside(tls=make_tls().client, resolver=names) as door,
    ):
        await download(door, f"https://{HOST}:{port}/a", path, limit=limit, timeout=20)


@pytest.mark.parametrize(
    ("handler", "content"), [(_says(), b"a video"), (_in_pieces, b"1234" * 4)]
)
async def test_all_of_it_is_fetched(
    handler: Handler, content: bytes, tmp_path: Path
) -> None:
    """The length may be unknown before."""
    await _fetch(handler, tmp_path / "video", limit=len(content))

    assert (tmp_path / "video").read_bytes() == content


@pytest.mark.parametrize(
    ("handler", "problem"),
    [
        (_says(302, Location="http://127.0.0.1:9/"), "redirected"),
        (_says(404), "bad_status"),
        (_says(206), "bad_status"),
        (_says(body=b"x" * 101), "too_large"),
    ],
)
async def test_what_is_not_that_file_is_refused(
    handler: Handler, problem: str, tmp_path: Path
) -> None:
    """Redirects are not followed, and no more than the limit is read."""
    with pytest.raises(OutsideError) as caught:
        await _fetch(handler, tmp_path / "video")

    assert caught.value.problem == problem
    assert not (tmp_path / "video").exists()


async def test_what_goes_on_longer_than_it_may_is_broken_off(tmp_path: Path) -> None:
    """A response without a length can only be checked against the limit while reading."""
    with pytest.raises(OutsideError, match="too_large"):
        await _fetch(_in_pieces, tmp_path / "video", limit=15)

    assert (tmp_path / "video").stat().st_size <= 15
