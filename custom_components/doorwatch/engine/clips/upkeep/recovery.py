"""Finish or remove what a crash left, and what waited for its disk."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
import logging
from pathlib import Path
import sqlite3

import av

from ..errors import LibraryError
from ..files.names import (
    FACTS_SUFFIX,
    PART_SUFFIX,
    TEMPORARY_SUFFIX,
    LibraryFiles,
    digest,
    is_there,
    parse_part,
    relative_path,
)
from ..index import sidecar
from ..index.index import Index
from ..index.rows import UnfinishedClip
from ..intake.cut_off import settle
from ..intake.underway import PendingClip, UnfinishedClips
from ..model import Clip, ClipState, RecoveredClip

_LOGGER = logging.getLogger(__name__)


def clear(files: LibraryFiles) -> None:
    """Remove what a killed process left of what it was writing; before any recorder."""
    for file in list(files.parts()):
        if file.suffix == FACTS_SUFFIX:
            # What was noted of a part that got its place.
            part = file.with_suffix(PART_SUFFIX)
            over = parse_part(part, "UTC") is not None and not is_there(part)
        else:
            over = file.suffix == TEMPORARY_SUFFIX
        if over:
            file.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Recoverer:
    """Brings files and rows together again; blocks, on the library's thread.

    Recorders may write meanwhile: what is live is none of its business. `present`
    raises `LibraryError` when the folder is not the library any more.
    """

    index: Index
    files: LibraryFiles
    timezone: str
    underway: UnfinishedClips
    present: Callable[[], None]

    def run(self) -> list[RecoveredClip]:
        """Finish what can be finished; what cannot (a full disk) stays for the next time.

        Raises `LibraryError`, `OSError`, `sqlite3.Error` before anything was finished.
        """
        self.present()
        for clip, path in self.index.binned().result():
            try:
                self._settle_binned(clip, path)
            except OSError as error:
                _LOGGER.warning(
                    "The files of deleted clip %s can't be moved yet: %s",
                    clip.clip_id,
                    error,
                )
        begun = {one.clip_id: one for one in self.index.recording().result()}
        begun |= {one.clip_id: one for one in self._strays(set(begun.values()))}
        left = self.underway.left()
        begun |= {clip_id: one.begun for clip_id, one in left.items()}
        found: list[RecoveredClip] = []
        for clip_id, one in begun.items():
            if not self.underway.live(clip_id):
                self._recover(
                    left.get(clip_id, PendingClip(begun=one, own=False)), found
                )
        return found

    def _recover(self, left: PendingClip, found: list[RecoveredClip]) -> None:
        begun = left.begun
        try:
            # Asked after whether it is live: by then it is listed, or was left.
            if not left.own and self.index.begun(begun.clip_id).result() is None:
                return
            clip = settle(left, self.files, self.index, self.present)
        except (LibraryError, OSError, sqlite3.Error, av.FFmpegError) as error:
            if not left.told:
                _LOGGER.warning(
                    "Clip %s was cut off and can't be finished yet: %s",
                    begun.clip_id,
                    error,
                )
            self.underway.leave(replace(left, told=True))
            return
        self.underway.end(begun.clip_id)
        found.append(
            RecoveredClip(
                clip_id=begun.clip_id,
                doorbell_id=begun.doorbell_id,
                clip=clip,
                own=left.own,
            )
        )

    def _settle_binned(self, clip: Clip, path: str) -> None:
        """Move the files of a deleted clip after its row, unless the row is an old copy.

        A deletion notes itself beside the file before it notes itself in the index.
        """
        video = self.files.video(path)
        if clip.deleted_at is not None and is_there(video):
            facts = sidecar.read(video)
            if facts is not None and facts.deleted_at is None:
                _LOGGER.warning(
                    "Clip %s was restored, because the index is older than its file",
                    clip.clip_id,
                )
                self.index.from_bin(clip.clip_id).result()
                return
        self.files.to_bin(path)

    def _strays(self, recording: set[UnfinishedClip]) -> Iterator[UnfinishedClip]:
        """Settle parts that no row says are being recorded; yield those to finish."""
        known_parts = {self.files.part(begun.path) for begun in recording}
        for part in list(self.files.parts()):
            if part in known_parts or not (parsed := parse_part(part, self.timezone)):
                continue
            doorbell_id, clip_id, started_at = parsed
            if self.underway.live(clip_id) or clip_id in self.underway.left():
                continue
            if (known := self.index.get(clip_id).result()) is not None:
                self._settle_part(part, *known)
                continue
            # The index was lost: the name tells enough to begin a row anew.
            path = relative_path(doorbell_id, clip_id, started_at, self.timezone)
            begun = UnfinishedClip(
                clip_id=clip_id,
                doorbell_id=doorbell_id,
                event_id=clip_id,
                part=1,
                event="motion",
                started_at=started_at,
                timezone=self.timezone,
                path=str(path),
            )
            if self.files.part(path) == part:
                self.index.begin(begun).result()
                yield begun

    def _settle_part(self, part: Path, clip: Clip, path: str) -> None:
        """Settle a part whose clip has a row that says it is finished."""
        final = self.files.video(path)
        try:
            if clip.state is ClipState.SAVED and not is_there(final):
                if digest(part) == clip.sha256:
                    self.files.move(part, final)
                return
            self.files.remove_part(path)
        except OSError as error:
            _LOGGER.warning("%s can't be finished or removed yet: %s", part.name, error)
