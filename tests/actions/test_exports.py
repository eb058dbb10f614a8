"""Test copying a clip out of the library to a folder that the administrator allows."""

from contextlib import suppress
import errno
import os
from pathlib import Path
import sqlite3
from typing import Any
from zoneinfo import ZoneInfo

import av
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.doorwatch.actions import exports as clip_exports
from custom_components.doorwatch.engine.clips.files.names import digest
from custom_components.doorwatch.engine.sharing.ledger.store import LedgerStore
from tests.actions.acting import act, lines, refused
from tests.disks import no_file_larger_than
from tests.sharing_fixtures import Home


@pytest.fixture
def allowed(home: Home, tmp_path: Path) -> Path:
    """Create a folder that the administrator allows."""
    folder = tmp_path / "exports"
    folder.mkdir()
    home.hass.config.allowlist_external_dirs = {str(folder)}
    return folder


async def test_export_clip_copies_into_a_folder_under_the_local_time(
    home: Home, allowed: Path, no_blocking_calls: None
) -> None:
    await home.hass.config.async_set_time_zone("US/Pacific")

    answer = await act(
        home, "export_clip", clip_id=home.clip.clip_id, path=str(allowed)
    )

    # 17:00:09 UTC, in the time zone of the clip
    [file] = allowed.iterdir()
    local = home.clip.started_at.astimezone(ZoneInfo(home.clip.timezone))
    assert file.name == f"front_{local:%Y-%m-%d_%H-%M-%S}.mp4"
    assert answer == {
        "clip_id": home.clip.clip_id,
        "path": str(file),
        "sha256": home.clip.sha256,
    }
    assert digest(file) == home.clip.sha256
    [line] = await lines(home, "exported")
    assert line.data == {
        "clip_id": home.clip.clip_id,
        "doorbell_id": home.front.entry_id,
        "sha256": home.clip.sha256,
        "original": home.clip.sha256,
        "by": "automation",
    }
    assert await home.data.ledger.personal(line.seq) == {"path": str(file)}


async def test_export_clip_trims_and_leaves_the_sound_out(
    home: Home, allowed: Path
) -> None:
    target = allowed / "part.mp4"

    answer = await act(
        home,
        "export_clip",
        home.admin,
        clip_id=home.clip.clip_id,
        path=str(target),
        start=1,
        end=3,
        audio=False,
    )

    with av.open(target) as container:
        assert not container.streams.audio
        frames = sum(1 for _ in container.decode(video=0))
    assert 0 < frames < home.clip.frames
    assert answer["sha256"] == digest(target) != home.clip.sha256
    [line] = await lines(home, "exported")
    assert line.data["original"] == home.clip.sha256
    assert line.data["sha256"] == digest(target)
    assert (await home.data.ledger.personal(line.seq))["user"] == home.admin.name


async def test_export_clip_overwrites_only_when_told(home: Home, allowed: Path) -> None:
    target = allowed / "clip.mp4"
    target.write_text("mine")
    ask: dict[str, Any] = {"clip_id": home.clip.clip_id, "path": str(target)}

    assert await refused(home, "export_clip", **ask) == "file_exists"
    assert target.read_text() == "mine"
    assert await lines(home, "exported") == []

    await act(home, "export_clip", **ask, overwrite=True)
    assert digest(target) == home.clip.sha256
    assert list(allowed.iterdir()) == [target]


async def test_a_file_that_comes_meanwhile_stays(
    home: Home, allowed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An existing file is kept, on file systems with and without hard links."""
    target = allowed / "clip.mp4"
    ask: dict[str, Any] = {"clip_id": home.clip.clip_id, "path": str(target)}
    link = os.link

    def comes(*args: Any) -> None:
        target.write_text("mine")
        link(*args)

    def comes_and_no_links(*_args: Any) -> None:
        target.write_text("mine")
        raise OSError(errno.EPERM, "no links")

    for linking in (comes, comes_and_no_links):
        target.unlink(missing_ok=True)
        monkeypatch.setattr(os, "link", linking)
        assert await refused(home, "export_clip", **ask) == "file_exists"
        assert target.read_text() == "mine"
        assert list(allowed.iterdir()) == [target]


async def test_export_clip_works_without_hard_links(
    home: Home, allowed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_args: Any) -> None:
        raise OSError(errno.EPERM, "no links")

    monkeypatch.setattr(os, "link", no_links)
    target = allowed / "clip.mp4"

    await act(home, "export_clip", clip_id=home.clip.clip_id, path=str(target))

    assert digest(target) == home.clip.sha256


@pytest.fixture
def places(home: Home, allowed: Path, tmp_path: Path) -> dict[str, list[str]]:
    """Return paths that are refused, by translation key."""
    hass = home.hass
    public = Path(hass.config.path("www"))
    (public / "deep").mkdir(parents=True)
    library = home.data.library.folder
    hass.config.allowlist_external_dirs |= {str(public), str(library)}
    (allowed / "public").symlink_to(public)
    (allowed / "out").symlink_to(tmp_path)
    (allowed / "a_folder.mp4").mkdir()
    return {
        "path_public": [
            str(public),
            str(public / "deep" / "clip.mp4"),
            str(allowed / "public" / "clip.mp4"),
            str(public / "deep" / ".."),
        ],
        "path_in_library": [str(library), str(library / ".bin" / "clip.mp4")],
        "path_not_allowed": [
            "/etc/clip.mp4",
            str(tmp_path / "clip.mp4"),
            str(allowed / ".." / "clip.mp4"),
            str(allowed / "out" / "clip.mp4"),
            "clip.mp4",
            "~/clip.mp4",
            str(allowed / "a\0b.mp4"),
            "",
        ],
        "folder_missing": [
            str(allowed / "not there" / "clip.mp4"),
            str(allowed / "not there"),
        ],
    }


async def test_export_clip_writes_only_where_it_may(
    home: Home, allowed: Path, places: dict[str, list[str]]
) -> None:
    before = sorted(allowed.iterdir())
    for problem, paths in places.items():
        for path in paths:
            told = await refused(
                home, "export_clip", clip_id=home.clip.clip_id, path=path
            )
            assert told == problem, path
    assert sorted(allowed.iterdir()) == before
    assert await lines(home, "exported") == []


@pytest.mark.lesson(13)
async def test_export_clip_is_for_administrators_and_automations(
    home: Home, allowed: Path
) -> None:
    owner = await home.user("Jo", control=[home.front])
    stranger = await home.user("Lee", control=[home.back])
    ask: dict[str, Any] = {"clip_id": home.clip.clip_id, "path": str(allowed)}

    assert await refused(home, "export_clip", owner, **ask) == "export_needs_admin"
    assert await refused(home, "export_clip", stranger, **ask) == "clip_unknown"
    assert list(allowed.iterdir()) == []
    assert await lines(home, "exported") == []


async def test_a_clip_that_was_changed_is_not_exported(
    home: Home, allowed: Path
) -> None:
    """A file outside the library that a link leads to isn't exported either."""
    secret = allowed.parent / "secret"
    secret.write_text("hidden")
    home.clip.path.unlink()
    home.clip.path.symlink_to(secret)
    ask: dict[str, Any] = {"clip_id": home.clip.clip_id, "path": str(allowed)}

    assert await refused(home, "export_clip", **ask) == "clip_changed"
    assert await refused(home, "export_clip", **ask, start=1) == "clip_changed"

    assert list(allowed.iterdir()) == []


@pytest.mark.parametrize(
    ("part", "moment"),
    [
        ({}, "async_visible_clip"),
        ({"start": 1}, "async_visible_clip"),
        ({"start": 1}, "get"),
        ({"start": 1}, "verify"),
    ],
)
async def test_a_clip_that_is_deleted_meanwhile_is_not_exported(
    home: Home,
    allowed: Path,
    monkeypatch: pytest.MonkeyPatch,
    part: dict[str, Any],
    moment: str,
) -> None:
    """Another caller deletes the clip after it is found, or after it is checked."""
    where: Any = clip_exports if moment == "async_visible_clip" else home.data.library
    look = getattr(where, moment)

    async def look_and_delete(*asked: Any) -> Any:
        found = await look(*asked)
        if found:
            with suppress(KeyError):  # the clip is looked up more than once
                await home.data.library.delete(home.clip.clip_id)
        return found

    monkeypatch.setattr(where, moment, look_and_delete)

    told = await refused(
        home, "export_clip", clip_id=home.clip.clip_id, path=str(allowed), **part
    )

    assert told == "clip_unknown"
    assert list(allowed.iterdir()) == []
    assert await lines(home, "exported") == []


async def test_nothing_left_is_told(home: Home, allowed: Path) -> None:
    told = await refused(
        home, "export_clip", clip_id=home.clip.clip_id, path=str(allowed), start=60
    )
    assert told == "nothing_left"
    assert list(allowed.iterdir()) == []


async def test_a_full_disk_leaves_no_half_file(
    home: Home, allowed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(HomeAssistantError) as caught:
        await act(home, "export_clip", clip_id=home.clip.clip_id, path=str(allowed))

    assert caught.value.translation_key == "disk_full"
    assert list(allowed.iterdir()) == []


async def test_a_disk_that_takes_only_a_part_leaves_no_half_file(
    home: Home, allowed: Path
) -> None:
    with (
        no_file_larger_than(home.clip.size - 1),
        pytest.raises(HomeAssistantError) as caught,
    ):
        await act(home, "export_clip", clip_id=home.clip.clip_id, path=str(allowed))

    assert caught.value.translation_key == "disk_full"
    assert list(allowed.iterdir()) == []
    assert await lines(home, "exported") == []


async def test_without_a_line_in_the_ledger_there_is_no_copy(
    home: Home, allowed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise sqlite3.OperationalError("locked")

    monkeypatch.setattr(LedgerStore, "append", fail)

    told = await refused(
        home, "export_clip", clip_id=home.clip.clip_id, path=str(allowed)
    )
    assert told == "ledger_unusable"
    assert list(allowed.iterdir()) == []
