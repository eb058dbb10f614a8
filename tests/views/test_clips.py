"""Test clips, thumbnails and previews over HTTP."""

from http import HTTPStatus
from pathlib import Path
import shutil
from zoneinfo import ZoneInfo

import pytest

from tests.sharing_fixtures import Home, allow, command, prepare

CLIP = "/api/doorwatch/clip/{}"
THUMBNAIL = "/api/doorwatch/thumbnail/{}"
PREVIEW = "/api/doorwatch/preview/{}"
CLIP_PREVIEW = "/api/doorwatch/clip_preview/{}"
COPY = "/api/doorwatch/copy/{}"


@pytest.mark.lesson(9)
async def test_a_clip_can_be_played_in_ranges(home: Home) -> None:
    """Browsers send range requests, and Safari requires them."""
    http = await home.client(await home.login(home.admin))
    content = home.clip.path.read_bytes()
    url = CLIP.format(home.clip.clip_id)

    whole = await http.get(url)
    begin = await http.get(url, headers={"Range": "bytes=0-1"})
    end = await http.get(url, headers={"Range": "bytes=-10"})
    beyond = await http.get(url, headers={"Range": f"bytes={len(content)}-"})

    assert (whole.status, await whole.read()) == (HTTPStatus.OK, content)
    assert whole.content_type == "video/mp4"
    assert whole.headers["Cache-Control"] == "private, no-store"
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert (begin.status, await begin.read()) == (206, content[:2])
    assert begin.headers["Content-Range"] == f"bytes 0-1/{len(content)}"
    assert (end.status, await end.read()) == (206, content[-10:])
    assert beyond.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE


async def test_head_says_how_long_it_is(home: Home) -> None:
    """Some media players request the length first."""
    http = await home.client(await home.login(home.admin))

    for url, size in (
        (CLIP.format(home.clip.clip_id), home.clip.size),
        (THUMBNAIL.format(home.clip.clip_id), home.clip.thumbnail.stat().st_size),
    ):
        answer = await http.head(url)
        assert answer.status == HTTPStatus.OK
        assert int(answer.headers["Content-Length"]) == size
        assert await answer.read() == b""


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("url", [CLIP, THUMBNAIL, PREVIEW, CLIP_PREVIEW, COPY])
async def test_without_a_login_there_is_nothing(
    home: Home, method: str, url: str
) -> None:
    """The status is 401, even with an invented signature."""
    http = await home.client()

    for query in ("", "?authSig=abc"):
        answer = await http.request(method, url.format(home.clip.clip_id) + query)
        assert answer.status == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("url", [CLIP, THUMBNAIL, PREVIEW, CLIP_PREVIEW, COPY])
async def test_unknown_and_forbidden_look_the_same(
    home: Home, method: str, url: str
) -> None:
    """All headers are equal."""
    user = await home.user(control=[home.front])
    http = await home.client(await home.login(user))

    seen = []
    for clip_id in (home.back_clip.clip_id, "0199c0de-0000-7000-8000-00000000dead"):
        answer = await http.request(method, url.format(clip_id))
        headers = {key: value for key, value in answer.headers.items() if key != "Date"}
        seen.append((answer.status, headers, await answer.read()))

    assert seen[0] == seen[1]
    assert seen[0][0] == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    "name",
    [
        "..",
        "..%2f..%2fsecrets.yaml",
        "%2e%2e%2findex.db",
        "....//index.db",
        "%00",
        "index.db",
        "a" * 5000,
        "%F0%9F%94%94",
    ],
)
async def test_no_path_leads_out(home: Home, name: str) -> None:
    """Paths come from the index, never from the request."""
    http = await home.client(await home.login(home.admin))

    for url in (CLIP, THUMBNAIL, PREVIEW, CLIP_PREVIEW, COPY):
        answer = await http.get(url.format(name))
        assert answer.status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST)


async def test_a_file_that_is_gone_is_not_found(home: Home) -> None:
    """The file was deleted manually, or the clip was deleted."""
    http = await home.client(await home.login(home.admin))
    home.clip.path.unlink()
    await home.data.library.delete(home.back_clip.clip_id)

    for clip in (home.clip, home.back_clip):
        answer = await http.get(CLIP.format(clip.clip_id))
        assert answer.status == HTTPStatus.NOT_FOUND


async def test_a_preview_is_for_the_one_who_prepared_it(home: Home) -> None:
    """Another administrator and the same person without permission are refused."""
    user = await home.user(control=[home.front])
    home.configure(sharers=[user.id])
    client = await home.connect_as(user)
    ready = await prepare(client, home)
    path = ready["preview_url"].partition("?")[0]
    own = await home.client(await home.login(user))
    admin = await home.client(await home.login(home.admin))

    assert (await own.get(path)).status == HTTPStatus.OK
    answer = await own.get(path, headers={"Range": "bytes=0-9"})
    assert answer.status == HTTPStatus.PARTIAL_CONTENT
    assert (await own.head(path)).status == HTTPStatus.OK
    assert (await admin.get(path)).status == HTTPStatus.NOT_FOUND
    assert (await own.get(PREVIEW.format("guess"))).status == HTTPStatus.NOT_FOUND

    allow(user, {home.camera(home.front): {"read": True}})
    assert (await own.get(path)).status == HTTPStatus.NOT_FOUND
    assert (await own.get(ready["preview_url"])).status == HTTPStatus.NOT_FOUND


@pytest.mark.lesson(12)
async def test_signed_links_end_with_the_permission(home: Home) -> None:
    """The view checks the permission again."""
    user = await home.user(read=[home.front])
    client = await home.connect_as(user)
    answer = await command(
        client, type="doorwatch/clips/link", clip_id=home.clip.clip_id
    )
    links = answer["result"]
    http = await home.client()
    for link in (links["url"], links["thumbnail"]):
        assert (await http.get(link)).status == HTTPStatus.OK

    allow(user, {})

    for link in (links["url"], links["thumbnail"]):
        assert (await http.get(link)).status == HTTPStatus.NOT_FOUND


async def test_nothing_lies_where_home_assistant_serves_files(home: Home) -> None:
    """Every user can read all files of a media folder, and anyone those of www."""
    open_to_all = [Path(folder) for folder in home.hass.config.media_dirs.values()]
    open_to_all.append(Path(home.hass.config.path("www")))

    for folder in open_to_all:
        assert not home.data.library.folder.is_relative_to(folder)


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_link_in_the_place_of_a_file_leads_nowhere(
    home: Home, tmp_path: Path, method: str, deep: bool
) -> None:
    """A program that may write to the clip folder must not read other files."""
    secrets = tmp_path / "elsewhere"
    secrets.mkdir()
    for file in (home.clip.path, home.clip.thumbnail):
        (secrets / file.name).write_bytes(b"password")
        file.unlink()
        if not deep:
            file.symlink_to(secrets / file.name)
    if deep:
        shutil.rmtree(home.clip.path.parent)
        home.clip.path.parent.symlink_to(secrets)
    assert home.clip.path.read_bytes() == b"password"

    http = await home.client(await home.login(home.admin))
    for url in (CLIP, THUMBNAIL):
        answer = await http.request(method, url.format(home.clip.clip_id))
        assert answer.status == HTTPStatus.NOT_FOUND


async def test_a_download_is_named_by_door_and_local_time(home: Home) -> None:
    """Lesson 15 applies to downloaded files, too."""
    http = await home.client(await home.login(home.admin))
    url = CLIP.format(home.clip.clip_id)
    local = home.clip.started_at.astimezone(ZoneInfo(home.clip.timezone))

    answer = await http.get(url, params={"download": "1"})

    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="front_{local:%Y-%m-%d_%H-%M-%S}.mp4"'
    )
    assert answer.content_type == "video/mp4"
    assert await answer.read() == home.clip.path.read_bytes()
    part = await http.get(url, params={"download": "1"}, headers={"Range": "bytes=0-1"})
    assert part.status == HTTPStatus.PARTIAL_CONTENT
    for query in ({}, {"download": "0"}):
        answer = await http.get(url, params=query)
        assert "Content-Disposition" not in answer.headers


async def test_a_picture_in_the_bin_is_for_who_may_restore_it(home: Home) -> None:
    """The video of a deleted clip is not shown."""
    await home.data.library.delete(home.clip.clip_id)
    picture = THUMBNAIL.format(home.clip.clip_id)
    for user, status in (
        (home.admin, HTTPStatus.OK),
        (await home.user("Jo", control=[home.front]), HTTPStatus.OK),
        (await home.user("Kim", read=[home.front]), HTTPStatus.NOT_FOUND),
        (await home.user("Lee", control=[home.back]), HTTPStatus.NOT_FOUND),
    ):
        http = await home.client(await home.login(user))
        assert (await http.get(picture)).status == status
        video = await http.get(CLIP.format(home.clip.clip_id))
        assert video.status == HTTPStatus.NOT_FOUND


async def test_a_picture_is_sent_once_and_asked_for_each_time(home: Home) -> None:
    """Lists of days show the same pictures repeatedly."""
    user = await home.user(read=[home.front])
    http = await home.client(await home.login(user))
    picture = THUMBNAIL.format(home.clip.clip_id)

    first = await http.get(picture)
    tag = first.headers["ETag"]
    again = await http.get(picture, headers={"If-None-Match": tag})

    assert first.status == HTTPStatus.OK
    assert not tag.startswith("W/")
    assert (again.status, await again.read()) == (HTTPStatus.NOT_MODIFIED, b"")
    for answer in (first, again):
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert answer.headers["ETag"] == tag

    home.clip.thumbnail.write_bytes(b"\xff\xd8another\xff\xd9")
    changed = await http.get(picture, headers={"If-None-Match": tag})
    assert (changed.status, await changed.read()) == (
        HTTPStatus.OK,
        b"\xff\xd8another\xff\xd9",
    )


@pytest.mark.parametrize("condition", ["tag", "*", "date"])
async def test_who_may_not_see_a_picture_is_not_told_that_it_is_the_same(
    home: Home, condition: str
) -> None:
    """A shared tablet's browser caches pictures of the previous user."""
    user = await home.user(read=[home.front])
    http = await home.client(await home.login(user))
    picture = THUMBNAIL.format(home.clip.clip_id)
    shown = await http.get(picture)
    headers = {
        "tag": {"If-None-Match": shown.headers["ETag"]},
        "*": {"If-None-Match": "*"},
        "date": {"If-Modified-Since": shown.headers["Last-Modified"]},
    }[condition]
    answer = await http.get(picture, headers=headers)
    assert answer.status == HTTPStatus.NOT_MODIFIED

    allow(user, {})

    hidden = await http.get(picture, headers=headers)
    unknown = await http.get(THUMBNAIL.format("no-such-clip"), headers=headers)
    assert hidden.status == unknown.status == HTTPStatus.NOT_FOUND
    assert "ETag" not in hidden.headers
