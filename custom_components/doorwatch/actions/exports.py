"""Copy clips to folders outside the library that the administrator allowed."""

from dataclasses import dataclass
from functools import partial
import hashlib
import os
from pathlib import Path
import secrets
from typing import Final

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant

from ..data import EngineData
from ..engine.clips.files.names import (
    VIDEO_SUFFIX,
    digest,
    sync_file,
    sync_folder,
    zone,
)
from ..engine.clips.model import Clip
from ..engine.clips.video.trim import copy_cut, find_cut
from ..engine.sharing.errors import SharingError
from ..names import file_stem
from .clips import async_visible_clip, by_whom, personal_of

_BLOCK: Final = 1 << 20
# Everyone who can read the folder can read the copy, which is its purpose.
_MODE: Final = 0o644


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """The path of a copy, and its SHA-256 in hex."""

    path: Path
    sha256: str


def file_name(hass: HomeAssistant, clip: Clip) -> str:
    """Return a readable file name with the doorbell and the local time."""
    local = clip.started_at.astimezone(zone(clip.timezone))
    door = file_stem(hass, clip.doorbell_id)
    part = f"_part_{clip.part}" if clip.part > 1 else ""
    return f"{door}_{local:%Y-%m-%d_%H-%M-%S}{part}{VIDEO_SUFFIX}"


async def async_export(
    hass: HomeAssistant,
    data: EngineData,
    user: User | None,
    clip_id: str,
    path: str,
    *,
    start: float | None = None,
    end: float | None = None,
    audio: bool = True,
    overwrite: bool = False,
) -> Exported:
    """Write a copy atomically, and note it in the ledger.

    As with core's `camera.record`, automations may export, because the administrator
    decides which folders are allowed; a user must be an administrator. `path` is a
    folder, or a file if it ends in .mp4.
    """
    clip = await async_visible_clip(hass, data.library, user, clip_id)
    if user is not None and not user.is_admin:
        raise SharingError("export_needs_admin")
    target = await hass.async_add_executor_job(
        _target, hass, data, clip, path, overwrite
    )
    edited = not (start is None and end is None and (audio or clip.audio_codec is None))
    try:
        changed = edited and not await data.library.verify(clip_id)
    except KeyError:
        raise SharingError("clip_unknown") from None
    if changed:
        await _check_there(data, clip_id)
        raise SharingError("clip_changed")

    def copy(part: Path) -> str:
        if not edited:
            copied = _copy(clip.path, part)
            if copied != clip.sha256:
                raise SharingError("clip_changed")
            return copied
        if (cut := find_cut(clip.path, start, end)) is None:
            raise SharingError("nothing_left")
        copy_cut(clip.path, part, cut, audio=audio)
        sync_file(part)
        part.chmod(_MODE)
        return digest(part)

    temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
    try:
        sha256 = await hass.async_add_executor_job(copy, temporary)
        # Write the ledger line before the file gets its name, so that no export is
        # unrecorded.
        await data.ledger.append(
            "exported",
            {
                "clip_id": clip.clip_id,
                "doorbell_id": clip.doorbell_id,
                "sha256": sha256,
                "original": clip.sha256,
                "by": by_whom(user),
            },
            personal={**personal_of(user), "path": str(target)},
        )
        await hass.async_add_executor_job(_publish, temporary, target, overwrite)
    except FileNotFoundError:
        await _check_there(data, clip_id)
        raise
    finally:
        await hass.async_add_executor_job(partial(temporary.unlink, missing_ok=True))
    return Exported(path=target, sha256=sha256)


async def _check_there(data: EngineData, clip_id: str) -> None:
    """Raise `SharingError("clip_unknown")` if the clip was deleted meanwhile."""
    if await data.library.get(clip_id) is None:
        raise SharingError("clip_unknown")


def _target(
    hass: HomeAssistant, data: EngineData, clip: Clip, path: str, overwrite: bool
) -> Path:
    """Return the file to write; raises `SharingError` if it is not allowed. Blocking."""
    if "\0" in path or not path.startswith("/"):
        raise SharingError("path_not_allowed", path=path)
    wanted = Path(path)
    target = (
        wanted
        if wanted.suffix.lower() == VIDEO_SUFFIX and not wanted.is_dir()
        else wanted / file_name(hass, clip)
    )
    # Resolve links before the checks, so that no link leads out of an allowed folder.
    folder = target.parent.resolve()
    target = folder / target.name
    public = Path(hass.config.path("www")).resolve()
    if folder.is_relative_to(public):
        raise SharingError("path_public")
    if folder.is_relative_to(data.library.folder.resolve()):
        raise SharingError("path_in_library")
    if not hass.config.is_allowed_path(str(target)):
        raise SharingError("path_not_allowed", path=path)
    if not folder.is_dir() or target.is_dir():
        raise SharingError("folder_missing", path=str(folder))
    if target.exists() and not overwrite:
        raise SharingError("file_exists", path=str(target))
    return target


def _copy(source: Path, target: Path) -> str:
    """Copy a file, sync it to disk, and return its SHA-256 in hex."""
    hashed = hashlib.sha256()
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    # A file object retries partial writes on a nearly full disk.
    with os.fdopen(handle, "wb") as out, source.open("rb") as file:
        while block := file.read(_BLOCK):
            hashed.update(block)
            out.write(block)
        out.flush()
        os.fsync(out.fileno())
    return hashed.hexdigest()


def _publish(temporary: Path, target: Path, overwrite: bool) -> None:
    """Rename the copy to its final name; without `overwrite`, never replace a file."""
    if overwrite:
        temporary.replace(target)
    else:
        try:
            os.link(temporary, target)
        except FileExistsError:
            raise SharingError("file_exists", path=str(target)) from None
        except OSError:
            # Without hard links, check and rename; this is not atomic.
            if target.exists():
                raise SharingError("file_exists", path=str(target)) from None
            temporary.replace(target)
    sync_folder(target.parent)
