"""Make the index match the files after one of them was lost or restored.

It runs in parallel to other work, day by day, the newest first. All changes run on the
library's thread, so that no deletion comes in between.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import batched
import logging
import os
from pathlib import Path
import re
import threading
from typing import Final

import av

from ..files.names import (
    BIN,
    FACTS_SUFFIX,
    VIDEO_SUFFIX,
    LibraryFiles,
    digest,
    is_doorbell,
    is_there,
    parse_name,
    sync_folder,
)
from ..index import sidecar
from ..index.index import Index
from ..model import THUMBNAIL_SUFFIX, Clip, ClipState, KnownClip, ReconcileResult
from ..video.media import first_picture, read_facts
from ..waiting import LibraryClosed

_LOGGER = logging.getLogger(__name__)

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
# Rows added at a time, because recordings wait for the index meanwhile.
_AT_ONCE: Final = 50
# Seconds of pause before each day or batch, to leave CPU time to others.
_PAUSE: Final = 0.002
# Doorbell ID of clips whose doorbell is unknown.
NOBODY: Final = "unknown"


@dataclass(slots=True)
class _Found:
    """A file of a clip; `facts` and `thumbnail` tell whether these files exist."""

    video: Path
    clip_id: str
    started_at: datetime
    facts: bool
    thumbnail: bool


@dataclass(slots=True)
class Reconciler:
    """Compare all days once. Blocking, on its own thread.

    `locked` runs work on the library's thread and waits. `present` raises
    `LibraryError` when the library folder is missing. `known` returns the ledger's
    data; it is called when first needed.
    """

    index: Index
    files: LibraryFiles
    timezone: str
    locked: Callable[[Callable[[], None]], None]
    present: Callable[[], None]
    known: Callable[[], Mapping[str, KnownClip]]
    stop: threading.Event
    _known: Mapping[str, KnownClip] | None = None
    _result: ReconcileResult = field(default_factory=ReconcileResult)
    # Clips whose files could not be moved to the path in the index.
    _misplaced: set[str] = field(default_factory=set)

    def run(self) -> ReconcileResult:
        """Compare all files. Raises `LibraryError`, `OSError`, `sqlite3.Error`."""
        self.present()
        days = {*self._days(), *self.index.all_days().result()}
        for doorbell_id, day in sorted(days, key=lambda at: at[::-1], reverse=True):
            self._wait()
            self._day(doorbell_id, day)
        self._bin()
        return self._result

    def _wait(self) -> None:
        if self.stop.wait(_PAUSE):
            raise LibraryClosed

    def _days(self) -> Iterator[tuple[str, str]]:
        """List the folders of days."""
        with os.scandir(self.files.folder) as places:
            doorbells = [at.name for at in places if is_doorbell(at.name)]
        for doorbell_id in doorbells:
            try:
                with os.scandir(self.files.folder / doorbell_id) as places:
                    days = [at.name for at in places if _DAY.fullmatch(at.name)]
            except NotADirectoryError:
                continue
            for day in days:
                yield doorbell_id, day

    def _day(self, doorbell_id: str, day: str) -> None:
        rows = {
            clip.clip_id: (clip, path)
            for clip, path in self.index.rows_of_day(doorbell_id, day).result()
        }
        found = self._videos(self.files.folder / doorbell_id / day)
        for clip, path in rows.values():
            if clip.clip_id not in found:
                self.locked(partial(self._gone, clip, path))
        new = set(self.index.unknown(found.keys() - rows.keys()).result())
        for one in found.values():
            row = rows.get(one.clip_id)
            if one.clip_id not in new and (row is None or row[0].path != one.video):
                self.locked(partial(self._put_in_place, one))
        adding = sorted(
            (found[one] for one in new), key=lambda one: one.video, reverse=True
        )
        for some in batched(adding, _AT_ONCE, strict=False):
            self._add(some, doorbell_id, ClipState.SAVED)
        bare = [one for one in found.values() if one.clip_id in rows and not one.facts]
        for some in batched(bare, _AT_ONCE, strict=False):
            self._wait()
            self.locked(partial(self._write_facts, some))

    def _videos(self, folder: Path) -> dict[str, _Found]:
        """List the clips in a folder by ID; empty if the folder is missing."""
        try:
            with os.scandir(folder) as places:
                names = {place.name for place in places if not place.is_dir()}
        except FileNotFoundError, NotADirectoryError:
            return {}
        found = {}
        for name in names:
            if parsed := parse_name(name, self.timezone):
                stem = name.removesuffix(VIDEO_SUFFIX)
                clip_id, started_at = parsed
                found[clip_id] = _Found(
                    folder / name,
                    clip_id,
                    started_at,
                    stem + FACTS_SUFFIX in names,
                    stem + THUMBNAIL_SUFFIX in names,
                )
        return found

    def _gone(self, clip: Clip, path: str) -> None:
        """Move or remove a row whose file is missing; on the library's thread."""
        if clip.clip_id in self._misplaced:
            return
        self.present()
        binned = self.files.binned(path)
        row = self.index.get(clip.clip_id).result()
        if row is None or row[1] != path or row[0].state is not ClipState.SAVED:
            return
        try:
            if is_there(self.files.video(path)) or is_there(self.files.part(path)):
                return
            deleted = is_there(binned)
        except OSError:
            return  # unknown, because the disk fails
        if deleted:
            # The index was restored from before the deletion.
            facts = sidecar.read(binned)
            at = facts.deleted_at if facts else None
            self.index.to_bin(clip.clip_id, at or datetime.now(UTC)).result()
            self._result.moved.append(clip.clip_id)
        else:
            self.files.remove_thumbnail(path)
            self.index.forget([clip.clip_id]).result()
            _LOGGER.warning(
                "The file of clip %s of %s is missing, so the clip is no longer listed",
                clip.clip_id,
                clip.started_at.isoformat(timespec="seconds"),
            )
            self._result.dropped.append(clip.clip_id)
        self._result.doorbell_ids.add(clip.doorbell_id)

    def _put_in_place(self, one: _Found) -> None:
        """Move files to the path in the index; on the library's thread."""
        self.present()
        row = self.index.get(one.clip_id).result()
        if row is None or one.video.parent.parent.name != row[0].doorbell_id:
            return
        clip, path = row
        if not is_there(one.video) or _may_lie_at(clip.path, self.files.video(path)):
            return
        try:
            sidecar.write(clip, one.video)
            self.files.rename(str(one.video.relative_to(self.files.folder)), path)
            if clip.state is ClipState.BIN:
                self.files.to_bin(path)
        except OSError as error:
            _LOGGER.warning(
                "The files of clip %s can't be moved to %s: %s",
                clip.clip_id,
                path,
                error.strerror,
            )
            self._misplaced.add(clip.clip_id)
            return
        self._result.doorbell_ids.add(clip.doorbell_id)

    def _gone_from_bin(self, clip: Clip, path: str) -> None:
        """Remove a deleted clip without files; on the library's thread."""
        self.present()
        row = self.index.get(clip.clip_id).result()
        if row is None or row[0].state is not ClipState.BIN:
            return
        if not _may_lie_at(self.files.binned(path), self.files.video(path)):
            self.files.remove_thumbnail(path)
            self.index.forget([clip.clip_id]).result()
            self._result.dropped.append(clip.clip_id)

    def _add(
        self, some: tuple[_Found, ...], doorbell_id: str, state: ClipState
    ) -> None:
        """Add rows for files of a doorbell."""
        if self._known is None:
            self._known = self.known()
        clips: list[tuple[Clip, str, int]] = []
        bare: list[str] = []
        for one in some:
            if self.stop.is_set():
                raise LibraryClosed
            try:
                clip = self._clip(one, doorbell_id)
                if clip is None:
                    self._result.unreadable += 1
                    _LOGGER.warning("%s isn't a readable clip", one.video)
                    continue
                size = self._thumbnail(one)
            except FileNotFoundError:
                continue  # deleted meanwhile
            path = str(one.video.relative_to(self.files.folder))
            if state is ClipState.BIN:
                at = clip.deleted_at or datetime.now(UTC)
                day = one.video.name[:10]
                path = f"{clip.doorbell_id}/{day}/{one.video.name}"
                clip = replace(clip, state=state, deleted_at=at, protected=False)
            else:
                clip = replace(clip, deleted_at=None)
            if (close := self._known.get(clip.clip_id)) and close.sha256 != clip.sha256:
                # Keep the original digest, so that the clip cannot be shared.
                _LOGGER.error(
                    "The file of clip %s differs from what was recorded",
                    clip.clip_id,
                )
                self._result.differing.append(clip.clip_id)
                clip = replace(clip, sha256=close.sha256)
            if not one.facts:
                bare.append(clip.clip_id)
            clips.append((clip, path, size))

        def add() -> None:
            self.present()
            there = [one for one in clips if _may_lie_at(one[0].path)]
            self._result.added += self.index.add(there).result()
            for clip, _, _ in there:
                if clip.clip_id in bare:
                    sidecar.write(clip, clip.path)
                self._result.doorbell_ids.add(clip.doorbell_id)

        self.locked(add)

    def _clip(self, one: _Found, doorbell_id: str) -> Clip | None:
        """Return the clip in a file, None if it is not a readable clip."""
        size = one.video.stat().st_size
        facts = sidecar.read(one.video) if one.facts else None
        if facts is not None and sidecar.describes(facts, one.clip_id, size):
            if doorbell_id != NOBODY:
                facts = replace(facts, doorbell_id=doorbell_id)
            return facts if is_doorbell(facts.doorbell_id) else None
        # The facts do not match and are written again.
        one.facts = False
        try:
            media = read_facts(one.video)
        except av.FFmpegError as error:
            if isinstance(error, FileNotFoundError):
                raise
            media = None
        if media is None:
            return None
        close = (self._known or {}).get(one.clip_id)
        started_at = (close and close.started_at) or one.started_at
        sha256 = digest(one.video)
        if doorbell_id == NOBODY and close and is_doorbell(close.doorbell_id):
            doorbell_id = close.doorbell_id
        return Clip(
            clip_id=one.clip_id,
            doorbell_id=doorbell_id,
            event_id=one.clip_id,
            part=1,
            event="motion",
            started_at=started_at,
            ended_at=(close and close.ended_at)
            or started_at + timedelta(seconds=media.duration),
            timezone=self.timezone,
            path=one.video,
            size=size,
            sha256=sha256,
            video_codec=media.video_codec,
            audio_codec=media.audio_codec,
            width=media.width,
            height=media.height,
            frames=media.frames,
            # Without a row, only the ledger can confirm that the file is unchanged.
            recovered=close is None or close.sha256 != sha256,
            video_profile=media.video_profile,
            pixel_format=media.pixel_format,
            fetched_from=close.fetched_from if close else None,
        )

    def _thumbnail(self, one: _Found) -> int:
        """Return the size of the thumbnail, creating it if it is missing."""
        thumbnail = one.video.with_suffix(THUMBNAIL_SUFFIX)
        if not one.thumbnail:
            self.files.write(thumbnail, first_picture(one.video))
            sync_folder(thumbnail.parent)
        return thumbnail.stat().st_size

    def _write_facts(self, some: tuple[_Found, ...]) -> None:
        """Write missing facts from the index; on the library's thread."""
        self.present()
        for one in some:
            row = self.index.get(one.clip_id).result()
            if row and row[0].state is ClipState.SAVED and is_there(one.video):
                sidecar.write(row[0], one.video)

    def _bin(self) -> None:
        """Add rows for files in the bin, and remove rows without a file."""
        rows = self.index.binned().result()
        found = self._videos(self.files.folder / BIN)
        for clip, path in rows:
            if clip.clip_id not in found and clip.deleted_at is not None:
                self._wait()
                self.locked(partial(self._gone_from_bin, clip, path))
        new = self.index.unknown(found.keys()).result()
        for some in batched((found[one] for one in new), _AT_ONCE, strict=False):
            self._add(some, NOBODY, ClipState.BIN)


def _may_lie_at(*places: Path) -> bool:
    """Return whether one of these files exists; also True if the disk fails."""
    try:
        return any(is_there(place) for place in places)
    except OSError:
        return True
