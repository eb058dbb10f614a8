"""Finish or remove clips after a crash or a disk failure."""

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
    """Remove temporary files of a killed process, before recorders start."""
    for file in list(files.parts()):
        if file.suffix == FACTS_SUFFIX:
            # The facts of a part that was already moved.
            part = file.with_suffix(PART_SUFFIX)
            over = parse_part(part, "UTC") is not None and not is_there(part)
        else:
            over = file.suffix == TEMPORARY_SUFFIX
        if over:
            file.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Recoverer:
    """Match files and rows of unfinished clips. Blocking, on the library's thread.

    Recorders may write meanwhile, so live clips are skipped. `present` raises
    `LibraryError` when the library folder is missing.
    """

    index: Index
    files: LibraryFiles
    timezone: str
    underway: UnfinishedClips
    present: Callable[[], None]

    def run(self) -> list[RecoveredClip]:
        """Finish clips where possible; others (full disk) stay for the next run.

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
            # Query this after the check for live clips: a clip that ended since then is
            # saved or pending by now.
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
        """Move the files of a deleted clip to the bin, or restore it.

        A deletion writes the facts before the row, so facts without a deletion mean
        that the row is from an old backup.
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
        """Settle parts without an unfinished row; yield the clips to finish."""
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
            # The index was lost; add a row from the name of the file.
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
        """Move or remove a part whose clip is already finished in the index."""
        final = self.files.video(path)
        try:
            if clip.state is ClipState.SAVED and not is_there(final):
                if digest(part) == clip.sha256:
                    self.files.move(part, final)
                return
            self.files.remove_part(path)
        except OSError as error:
            _LOGGER.warning("%s can't be finished or removed yet: %s", part.name, error)
