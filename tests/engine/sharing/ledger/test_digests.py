"""Test that the digest of every clip is in the ledger."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
import signal
import subprocess

import pytest

from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.ledger import digests
from custom_components.doorwatch.engine.sharing.ledger.digests import (
    KINDS,
    closed_clips,
    line_of_digest,
    note_missing,
    recorded,
)
from custom_components.doorwatch.engine.sharing.ledger.ledger import Ledger, LedgerLine
from tests.engine.alone import alone
from tests.engine.clips.homemade import DOORBELL, finished, start
from tests.repository import ROOT

# Saves a clip as the recorder does, and is killed before its ledger line is written.
KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from custom_components.doorwatch.engine.clips.library import Library
from tests.engine.clips.homemade import DOORBELL, finished, start

async def main():
    library = await Library.open(Path(sys.argv[1]), lambda: "Europe/Berlin")
    begun = start()
    part = library.intake.begin(DOORBELL, begun)
    part.write_bytes(b"video")
    clip = library.intake.finish(DOORBELL, finished(begun, part))
    print(clip.clip_id, clip.sha256, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""

# Later than every clip of these tests.
LATER = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    """Return an open library."""
    library = await Library.open(tmp_path / "clips", lambda: "Europe/Berlin")
    yield library
    await library.close()


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    """Return an open ledger."""
    ledger = await Ledger.open(tmp_path / "ledger.db")
    yield ledger
    await ledger.close()


def save(library: Library, content: bytes = b"video") -> Clip:
    """Save a clip without a ledger line."""
    begun = start()
    part = library.intake.begin(DOORBELL, begun)
    part.write_bytes(content)
    return library.intake.finish(DOORBELL, finished(begun, part))


async def lines(ledger: Ledger) -> list[LedgerLine]:
    """Return all lines."""
    return await ledger.lines(0, 1000)


async def test_a_kill_between_the_clip_and_its_line_leaves_no_gap(
    tmp_path: Path, ledger: Ledger
) -> None:
    """The next start writes the missing line once and marks it as late."""
    folder = tmp_path / "clips"
    died = await asyncio.to_thread(
        subprocess.run,
        alone("-c", KILLED, str(folder)),
        cwd=ROOT,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    clip_id, sha256 = died.stdout.decode().split()

    library = await Library.open(folder, lambda: "Europe/Berlin")
    try:
        assert await library.recover() == []
        assert await note_missing(ledger, library, LATER) == 1
        assert await note_missing(ledger, library, LATER) == 0
    finally:
        await library.close()

    (line,) = await lines(ledger)
    assert line.kind == "recorded"
    assert (line.data["clip_id"], line.data["sha256"]) == (clip_id, sha256)
    assert line.data["late"] is True
    assert await ledger.verify() is None


async def test_only_clips_without_a_line_get_one_wherever_they_are(
    ledger: Ledger, library: Library
) -> None:
    """A full disk may have prevented the line of any clip."""
    clips = [save(library) for _ in range(4)]
    await ledger.append("recorded", recorded(clips[0]))
    await ledger.append("recovered", {"clip_id": clips[2].clip_id, "kept": True})
    # Other lines about the clip do not have its digest.
    await ledger.append("proposed", {"clip_id": clips[1].clip_id})

    assert await note_missing(ledger, library, LATER) == 2

    late = [line for line in await lines(ledger) if line.data.get("late")]
    assert [line.data["clip_id"] for line in late] == [
        clips[1].clip_id,
        clips[3].clip_id,
    ]
    assert late[0].data == {**recorded(clips[1]), "late": True}
    assert (await ledger.counts())["recorded"] == 3


async def test_many_missing_lines_are_written_in_parts(
    ledger: Ledger, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other lines get their turn in between, and a failure loses only the rest."""
    monkeypatch.setattr(digests, "_AT_ONCE", 2)
    clips = [save(library) for _ in range(5)]
    append_all = ledger.append_all
    sizes: list[int] = []

    async def append(kind: str, lines: list[Mapping[str, object]]) -> None:
        sizes.append(len(lines))
        if len(sizes) == 2:
            raise SharingError("disk_full")
        await append_all(kind, lines)

    monkeypatch.setattr(ledger, "append_all", append)
    with pytest.raises(SharingError, match="disk_full"):
        await note_missing(ledger, library, LATER)
    assert await note_missing(ledger, library, LATER) == 3
    assert sizes == [2, 2, 2, 1]
    noted = [line.data["clip_id"] for line in await lines(ledger)]
    assert sorted(map(str, noted)) == sorted(clip.clip_id for clip in clips)


@pytest.mark.parametrize("kind", ["recorded", "recovered"])
async def test_the_line_that_holds_the_digest_is_found(
    ledger: Ledger, library: Library, kind: str
) -> None:
    """The line may be of a recovered clip; a line with the same digest is preferred."""
    clip = save(library)
    assert await line_of_digest(ledger, clip) is None
    await ledger.append(kind, recorded(clip))
    (written,) = await lines(ledger)
    assert await line_of_digest(ledger, clip) == written
    other = replace(clip, sha256="ab" * 32)
    assert await line_of_digest(ledger, other) == written
    (kind_of_other,) = KINDS - {kind}
    await ledger.append(kind_of_other, recorded(other))
    later = (await lines(ledger))[-1]
    assert await line_of_digest(ledger, other) == later
    assert await line_of_digest(ledger, clip) == written


@pytest.mark.parametrize("fetched_from", [None, "ring"])
async def test_the_ledger_knows_who_recorded_a_clip(
    ledger: Ledger, library: Library, fetched_from: str | None
) -> None:
    """The library needs it if its index and the files beside the clips are lost."""
    clip = replace(save(library), fetched_from=fetched_from)
    await ledger.append("recorded", recorded(clip))

    known = (await closed_clips(ledger))[clip.clip_id]

    assert known.fetched_from == fetched_from
    (line,) = await lines(ledger)
    assert ("fetched_from" in line.data) is (fetched_from is not None)


async def test_a_deleted_clip_needs_no_late_line(
    ledger: Ledger, library: Library
) -> None:
    """Its digest was noted before, or is in the line of its deletion."""
    clip = save(library)
    await library.delete(clip.clip_id)

    assert await note_missing(ledger, library, LATER) == 0
    assert await lines(ledger) == []
