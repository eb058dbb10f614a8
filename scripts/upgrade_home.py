"""Create a home with earlier code and run the current code on it. See `upgrade`."""

import argparse
import asyncio
from collections.abc import Collection, Mapping
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
import json
import logging
from pathlib import Path
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time
from typing import Any, Final

from custom_components.doorwatch.people.stored import BEFORE_NEWS
from scripts.upgrade_scene import (
    PIN,
    NotHereError,
    Scene,
    Stored,
    call,
    last_release,
    make,
    take_out,
)
from tests import videos as media
from tests.e2e.agency import DemoAgency
from tests.e2e.configuration import REPOSITORY
from tests.e2e.ha import Home, HomeError
from tests.e2e.person import Person
from tests.onvif_device.device import onvif_device
from tests.rtsp.fixtures import RtspServer
from tests.waiting import until

_LOGGER = logging.getLogger("upgrade")

# Higher than any future version.
FUTURE: Final = 1000
# Fields that may change or disappear.
_PASSING: Final = frozenset({"cancel_in", "next_attempt", "url", "thumbnail"})


class Checks:
    """Prints each check and collects failures."""

    def __init__(self) -> None:
        """Start without failures."""
        self.failed: list[str] = []

    def says(self, what: str, wrong: Collection[object] = ()) -> None:
        """Print a check and its problems."""
        if wrong:
            self.failed.append(what)
        sys.stdout.write(f"{'FAILED' if wrong else 'ok':7}{what}\n")
        for each in wrong:
            sys.stdout.write(f"         {each}\n")
        sys.stdout.flush()


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a person sees of a home; by ID, except for the ledger."""

    clips: Mapping[str, Any]
    deleted: Mapping[str, Any]
    shares: Mapping[str, Any]
    proposals: Mapping[str, Any]
    proofs: Mapping[str, str]  # what an agency asks the owner to read out
    ledger: list[bytes]


async def see(home: Home) -> Seen:
    """Read everything from a home."""
    deleted = (await home.command(type="doorwatch/clips/deleted"))["clips"]
    async with Person.at(home.url, home.token) as person:
        shares = await person.shares()
        proofs = {
            each["share_id"]: await person.result(
                await person.send(
                    type="doorwatch/share/proof", share_id=each["share_id"]
                )
            )
            for each in shares
        }
        proposed = await person.send(type="doorwatch/proposals/subscribe")
        proposals = (await person.event(proposed, "all"))["proposals"]
    return Seen(
        clips={each["clip_id"]: each for each in await home.clips()},
        deleted={each["clip_id"]: each for each in deleted},
        shares={each["share_id"]: each for each in shares},
        proposals={each["proposal_id"]: each for each in proposals},
        proofs={share_id: each["fingerprint"] for share_id, each in proofs.items()},
        ledger=(await home.ledger()).splitlines(),
    )


def changed(
    before: Mapping[str, Any], now: Mapping[str, Any], passing: Collection[str] = ()
) -> list[str]:
    """Return what is missing or different; new items don't matter."""
    wrong = [f"{key} is gone" for key in before.keys() - now.keys() - {*passing}]
    for key in before.keys() & now.keys():
        one, other = before[key], now[key]
        if isinstance(one, dict):
            wrong += [f"{key}: {each}" for each in changed(one, other, passing)]
        elif one != other and key not in passing:
            wrong.append(f"{key} was {one}, is {other}")
    return wrong


async def look(scene: Scene, home: Home, checks: Checks, before: Seen) -> None:
    """Check that everything is still there."""
    entries = await home.command(type="config_entries/get", domain="doorwatch")
    states = {each["title"]: each["state"] for each in entries}
    checks.says(
        f"all is set up: {', '.join(states)}",
        [f"{title}: {state}" for title, state in states.items() if state != "loaded"],
    )
    now = await see(home)
    clips = changed(before.clips, now.clips, _PASSING)
    kept = sum(each["protected"] for each in before.clips.values())
    checks.says(f"{len(before.clips)} clips, {kept} of them protected", clips)
    deleted = changed(before.deleted, now.deleted, {*_PASSING, "gone_in"})
    checks.says(f"{len(before.deleted)} deleted clip", deleted)
    # Retries start again.
    shares = changed(before.shares, now.shares, {*_PASSING, "attempts"})
    names = ", ".join(scene.shares)
    checks.says(f"{len(before.shares)} shares: {names}", shares)
    checks.says("what is read out to the agency", changed(before.proofs, now.proofs))
    proposals = changed(before.proposals, now.proposals)
    checks.says(f"{len(before.proposals)} proposal that waits for a tap", proposals)
    lost = now.ledger[: len(before.ledger)] != before.ledger
    checks.says(
        f"{len(before.ledger)} lines of the ledger",
        ["they are not the same"] if lost else [],
    )
    digests = {
        line["data"]["clip_id"]: line["data"]["sha256"]
        for line in map(json.loads, now.ledger)
        if line["kind"] == "recorded"
    }
    wrong = []
    for clip_id in [*before.clips, *before.deleted]:
        files = list((scene.config / "doorwatch").rglob(f"*{clip_id}.mp4"))
        summed = [await asyncio.to_thread(sha256sum, path) for path in files]
        if summed != [digests.get(clip_id)]:
            wrong.append(f"{clip_id}: {summed}, the ledger says {digests.get(clip_id)}")
    checks.says("sha256sum of each clip is what the ledger says", wrong)

    async def connected() -> bool | None:
        found = (await home.command(type="doorwatch/doorbells"))["doorbells"]
        return (len(found) == 3 and all(each["connected"] for each in found)) or None

    await until(connected, "the doorbells")
    checks.says("all doorbells are connected")
    told = (await home.command(type="doorwatch/seen"))["news"]
    checks.says("who was here before is told what is new", {told} - {BEFORE_NEWS})


def sha256sum(path: Path) -> str:
    """Hash a file with sha256sum."""
    done = subprocess.run(
        ["sha256sum", str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.split()[0].lstrip("\\")


async def go_on(scene: Scene, home: Home, checks: Checks, before: Seen) -> None:
    """Continue with the old data: the queued share, the deleted clip, the PIN."""
    share_id = scene.shares["queued"]
    await asyncio.to_thread(scene.agency.intake.start)

    async def delivered() -> dict[str, Any] | None:
        async with Person.at(home.url, home.token) as person:
            for each in await person.shares():
                if each["share_id"] == share_id and each["state"] == "delivered":
                    return each
        return None

    await until(delivered, "the queued share to arrive")
    checks.says("the queued share arrives")
    packages = {path.name: path for path in scene.agency.intake.packages()}
    wanted = {f"{scene.shares[name]}.tar.age" for name in ("delivered", "queued")}
    checks.says("its package is at the agency, once", wanted - packages.keys())
    named: dict[str, str] = {}
    for name in sorted(packages.keys() & wanted):
        package = packages[name]
        verified = await asyncio.to_thread(scene.agency.verify, package)
        wrong = [verified.stderr] if verified.returncode else []
        checks.says(f"agency/verify.sh opens and verifies {name}", wrong)
        named[name] = await asyncio.to_thread(digest_named, scene, package)
    ledger = scene.folder / "ledger.jsonl"
    ledger.write_bytes(await home.ledger())
    for name, digest in named.items():
        verified = await asyncio.to_thread(verify_ledger, ledger, digest)
        wrong = [verified.stderr] if verified.returncode else []
        checks.says(f"docs/verify-ledger.sh finds the line that {name} names", wrong)

    deleted = next(iter(before.deleted))
    await call(home, "restore_clip", clip_id=deleted)
    there = {clip["clip_id"] for clip in await home.clips()}
    checks.says("the deleted clip can be restored", {deleted} - there)
    refusals = []
    for pin in (None, PIN[::-1], PIN):
        try:
            await prepare(home, deleted, pin)
        except HomeError as error:
            refusals.append(str(error))
        else:
            refusals.append("ready")
    right = [
        "pin_required" in refusals[0],
        "pin_wrong" in refusals[1],
        refusals[2] == "ready",
    ]
    checks.says(
        "the PIN is asked for, and no other is taken", [] if all(right) else refusals
    )


async def prepare(home: Home, clip_id: str, pin: str | None) -> None:
    """Prepare a share with this PIN. Raises `HomeError`."""
    (agency,) = (await home.command(type="doorwatch/agencies"))["agencies"]
    said = {} if pin is None else {"password": pin}
    await home.command(
        type="doorwatch/share/prepare",
        clip_id=clip_id,
        agency_id=agency["agency_id"],
        **said,
    )


def digest_named(scene: Scene, package: Path) -> str:
    """Return the ledger digest in a package."""
    tar = scene.agency.decrypt(package, scene.folder / f"{package.stem}")
    with tarfile.open(tar) as opened:
        (name,) = (each for each in opened.getnames() if each.endswith("/share.json"))
        statement = opened.extractfile(name)
        assert statement is not None
        digest: str = json.load(statement)["ledger"]["digest"]
    return digest


def verify_ledger(ledger: Path, known: str) -> subprocess.CompletedProcess[str]:
    """Check an exported ledger with a shell and sha256sum."""
    command = [f"{REPOSITORY}/docs/verify-ledger.sh", str(ledger), known]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False
    )


def look_into(before: Stored, now: Stored, checks: Checks) -> None:
    """Check that the folder still has its contents."""
    # The time of the last change is not a setting.
    entries = changed(before.entries, now.entries, {"modified_at"})
    checks.says(f"{len(before.entries)} entries, all that is stored of each", entries)
    household = next(e for e in before.entries.values() if e["title"] == "Household")
    held = ", ".join(sorted(household["options"]))
    checks.says(
        f"the household's settings: {held}",
        [] if household["options"].get("pin") else ["pin"],
    )
    entities = changed(before.entities, now.entities)
    checks.says(f"{len(before.entities)} entities, with their ids", entities)
    kept = {path: each for path, each in before.files.items() if "/keys/" in path}
    checks.says(f"the keys of this home: {len(kept)}", changed(kept, now.files))


async def refuses(scene: Scene, code: Path, checks: Checks, what: str) -> None:
    """Start current or old code with newer data: it must report that and change nothing."""
    before = await asyncio.to_thread(scene.stored)
    async with scene.home(code) as home:

        async def refused() -> list[Any] | None:
            issues = (await home.command(type="repairs/list_issues"))["issues"]
            told = any(
                (each["domain"], each["issue_id"]) == ("doorwatch", f"{what}_newer")
                for each in issues
            )
            entries = await home.command(type="config_entries/get", domain="doorwatch")
            tried = {each["state"] for each in entries} == {"setup_retry"}
            return entries if told and tried else None

        entries = await until(refused, f"word that the {what} is newer")
        texts = await home.command(
            type="frontend/get_translations",
            language="en",
            category="issues",
            integration=["doorwatch"],
        )
    sentence = texts["resources"][
        f"component.doorwatch.issues.{what}_newer.description"
    ]
    checks.says(f"a newer {what} is refused: {sentence}")
    said = {str(each["reason"]) for each in entries}
    what_else = sorted(said) if len(said) > 1 else []
    checks.says(f"all {len(entries)} entries say: {said.pop()}", what_else)
    now = await asyncio.to_thread(scene.stored)
    wrong = changed(before.files, now.files)
    wrong += [f"{path} is new" for path in now.files.keys() - before.files.keys()]
    wrong += changed(before.entries, now.entries, {"modified_at"})
    checks.says(f"{len(before.files)} files are as they were, byte for byte", wrong)


def version_of(path: Path) -> int:
    """Return the schema version of a database."""
    with closing(sqlite3.connect(path)) as database:
        (version,) = database.execute("PRAGMA user_version").fetchone()
    return int(version)


def set_version(path: Path, version: int) -> None:
    """Set the schema version of a database."""
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA user_version = {version}")


async def meet_newer(scene: Scene, old: Path, checks: Checks, made: list[int]) -> None:
    """Run old and current code with data of a newer version."""
    databases = {"index": scene.index, "outbox": scene.outbox}
    today = [version_of(path) for path in databases.values()]
    for (what, _), one, other in zip(databases.items(), made, today, strict=True):
        if one < other:
            checks.says(f"the {what} went from version {one} to {other}; back:")
            await refuses(scene, old, checks, what)
            break
    for (what, path), version in zip(databases.items(), today, strict=True):
        set_version(path, FUTURE)
        await refuses(scene, REPOSITORY, checks, what)
        set_version(path, version)


async def upgrade(revision: str, folder: Path, *, forked: bool = False) -> list[str]:
    """Create a home with the revision and upgrade it; return the problems."""
    checks = Checks()
    begun = time.monotonic()
    old = take_out(revision, folder / "before")
    async with AsyncExitStack() as stack:
        rtsp = RtspServer(media.make(media.SMALL), None, None, 8)
        rtsp.start()
        stack.callback(rtsp.kill)
        onvif = await stack.enter_async_context(
            onvif_device(rtsp.address("cam0"), rtsp.address("cam1"))
        )
        agency, gone = (DemoAgency(folder / name) for name in ("agency", "gone"))
        for each in (agency, gone):
            each.intake.start()
            stack.callback(each.intake.stop)
        scene = Scene(folder=folder, agency=agency, gone=gone, rtsp=rtsp, onvif=onvif)
        scene.forked = forked
        async with scene.home(old) as home:
            await make(scene, home)
            seen = await see(home)
            # The checks need at least one of each.
            assert seen.clips and seen.deleted and seen.shares and seen.proposals
        stored = scene.stored()
        made = [version_of(path) for path in (scene.index, scene.outbox)]
        _LOGGER.info("made with %s: %.0f s", revision, time.monotonic() - begun)
        async with scene.home(REPOSITORY) as home:
            await look(scene, home, checks, seen)
            await go_on(scene, home, checks, seen)
        look_into(stored, scene.stored(), checks)
        await meet_newer(scene, old, checks, made)
    _LOGGER.info("done after %.0f s", time.monotonic() - begun)
    return checks.failed


def read_arguments() -> argparse.Namespace:
    """Parse the arguments; all are optional."""
    parser = argparse.ArgumentParser(prog="scripts/upgrade", description=__doc__)
    parser.add_argument(
        "revision",
        nargs="?",
        help="whose code makes the home; the last release, if this is left out",
    )
    return parser.parse_args()


def main() -> int:
    """Print the problems, if there are any."""
    logging.basicConfig(format="\033[1m[upgrade]\033[0m %(message)s", level="INFO")
    revision = read_arguments().revision or last_release()
    with tempfile.TemporaryDirectory(prefix="doorwatch-upgrade-") as folder:
        try:
            failed = asyncio.run(upgrade(revision, Path(folder)))
        except NotHereError as error:
            _LOGGER.error("%s", error)
            return 2
    for what in failed:
        _LOGGER.error("not as it was: %s", what)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
