"""Make the file that a person shares or sends, in a folder that each start empties."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
import shutil

from homeassistant.core import HomeAssistant, callback

from ..actions.encoding import EncodeProgress, async_encode
from ..engine.clips.background import Progress
from ..engine.clips.errors import storage_problem
from ..engine.clips.files.names import STAGING
from ..engine.clips.library import Library
from ..engine.clips.model import Clip
from ..engine.sharing.errors import SharingError
from ..engine.sharing.ledger.ledger import Ledger
from ..engine.sharing.model import Edits, StagedFile
from ..engine.sharing.package.staging import stage


@dataclass(eq=False, repr=False)
class Stager:
    """Make staged files, each in a separate folder."""

    hass: HomeAssistant
    library: Library
    ledger: Ledger
    encoding: asyncio.Lock  # held while a copy is encoded
    # Held while a copy is made without encoding: many at once could fill the disk.
    _copying: asyncio.Lock = field(default_factory=asyncio.Lock)

    @callback
    def folder(self, name: str) -> Path:
        """Return the folder for a staged file."""
        return self.library.folder / STAGING / name

    @callback
    def discard(self, folder: Path) -> None:
        """Remove a folder of a staged file."""
        self.hass.async_add_executor_job(
            partial(shutil.rmtree, folder, ignore_errors=True)
        )

    @contextmanager
    def discarding(self, folder: Path) -> Iterator[None]:
        """Remove the folder if the block fails, also if it was given up meanwhile."""
        try:
            yield
        except BaseException:
            self.discard(folder)
            raise

    async def async_stage(
        self,
        clip: Clip,
        edits: Edits,
        folder: Path,
        *,
        report: Callable[[EncodeProgress], None],
        is_given_up: Callable[[], bool],
    ) -> StagedFile:
        """Make the file; the caller discards the folder, also after an error.

        Raises `SharingError` and `LibraryError` as `stage`, and `SharingError`
        `cancelled` if it is given up. A clip that was changed is noted in the ledger.
        """
        try:
            with storage_errors(is_given_up):
                if not edits.redact:
                    return await self._async_copy(clip, edits, folder, is_given_up)
                return await async_encode(
                    self.hass,
                    self.encoding,
                    "redacting",
                    lambda progress: _stage(clip, edits, folder, progress),
                    report=report,
                    is_given_up=is_given_up,
                )
        except SharingError as err:
            if err.problem == "clip_changed":
                await self.ledger.append(
                    "clip_changed",
                    {
                        "clip_id": clip.clip_id,
                        "doorbell_id": clip.doorbell_id,
                        "sha256": clip.sha256,
                    },
                )
            raise

    async def _async_copy(
        self, clip: Clip, edits: Edits, folder: Path, is_given_up: Callable[[], bool]
    ) -> StagedFile:
        """Make the file without encoding, one after the other."""
        async with self._copying:
            if is_given_up():
                raise SharingError("cancelled")
            return await self.hass.async_add_executor_job(_stage, clip, edits, folder)


@contextmanager
def storage_errors(is_given_up: Callable[[], bool]) -> Iterator[None]:
    """Turn errors of the disk into `SharingError`.

    If the work was given up, its folder was removed during the write.
    """
    try:
        yield
    except OSError as err:
        problem = "cancelled" if is_given_up() else storage_problem(err)
        raise SharingError(problem) from err


def _stage(clip: Clip, edits: Edits, folder: Path, *more: Progress) -> StagedFile:
    """Make the folders, with access for the owner only, then the file."""
    for each in (folder.parent, folder):
        each.mkdir(mode=0o700, exist_ok=True)
        each.chmod(0o700)
    return stage(clip, edits, folder, *more)
