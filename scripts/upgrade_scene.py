"""The home that `upgrade` creates, and its cameras and agencies."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import hashlib
import io
import json
from pathlib import Path
import subprocess
import tarfile
from typing import Any, Final

from scripts.soak_doors import LENGTHS, add_linked
from tests.e2e.agency import DemoAgency
from tests.e2e.configuration import REPOSITORY
from tests.e2e.ha import Home, HomeAssistantProcess
from tests.e2e.person import Person
from tests.onvif_device.device import OnvifDevice
from tests.rtsp.fixtures import RtspServer
from tests.waiting import until

# The code of homes before the first release.
BEFORE_ANY_RELEASE: Final = "1680c5ac004679c01e5c433ad850b6d14bd8e0ef"
OLD_VERSION: Final = "0.0.1"
LOGIN: Final = ("Ada", "ada", "a-long-password")
PIN: Final = "2468"
WINDOW: Final = 2  # seconds
RECORDED: Final = 5  # seconds


@dataclass(frozen=True, kw_only=True)
class Stored:
    """The contents of a stopped home's folder."""

    entries: Mapping[str, Any]  # by ID
    entities: Mapping[str, str]  # entity IDs by unique ID
    files: Mapping[str, str]  # digests of Doorwatch's files by path


@dataclass(kw_only=True)
class Scene:
    """What stays the same around a home: cameras and agencies."""

    folder: Path
    agency: DemoAgency
    gone: DemoAgency
    rtsp: RtspServer
    onvif: OnvifDevice
    port: int | None = None
    forked: bool = False  # whether homes start faster, see `HomeAssistantProcess`
    shares: dict[str, str] = field(default_factory=dict)  # share IDs by purpose

    @property
    def config(self) -> Path:
        """The folder of the home."""
        return self.folder / "config"

    @property
    def private(self) -> Path:
        """Doorwatch's data besides the clips: ledger, outbox, keys."""
        return self.config / ".storage" / "doorwatch"

    @property
    def index(self) -> Path:
        """The index of the clips."""
        (found,) = (self.config / "doorwatch").rglob("index.db")
        return found

    @property
    def outbox(self) -> Path:
        """The database of the outbox."""
        return self.private / "outbox" / "outbox.db"

    @asynccontextmanager
    async def home(self, code: Path) -> AsyncIterator[Home]:
        """Start the home with this code and log in; stop it afterwards."""
        machine = HomeAssistantProcess(
            self.config, port=self.port, code=code, forked=self.forked
        )
        self.port = machine.port
        try:
            await asyncio.to_thread(machine.start)
            async with Home(machine.url) as home:
                await home.enter(*LOGIN)
                assert await is_old(home) is (code != REPOSITORY)
                yield home
        finally:
            await asyncio.to_thread(machine.stop)

    def stored(self) -> Stored:
        """Read the folder of the stopped home."""
        entries, entities = (
            json.loads((self.config / ".storage" / name).read_text())["data"][what]
            for name, what in (
                ("core.config_entries", "entries"),
                ("core.entity_registry", "entities"),
            )
        )
        return Stored(
            entries={
                each["entry_id"]: each
                for each in entries
                if each["domain"] == "doorwatch"
            },
            entities={
                each["unique_id"]: each["entity_id"]
                for each in entities
                if each["platform"] == "doorwatch"
            },
            files={
                str(path.relative_to(self.config)): _digest(path)
                for root in (self.private, self.config / "doorwatch")
                for path in root.rglob("*")
                # Dialogs leave these; each start removes them.
                if path.is_file() and ".staging" not in path.parts
            },
        )


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# Old code


class NotHereError(Exception):
    """The revision is not in this clone."""


def last_release() -> str:
    """Return the newest release before this commit, or the revision before all releases."""
    found = _git("describe", "--tags", "--abbrev=0", "HEAD^")
    return found.stdout.decode().strip() or BEFORE_ANY_RELEASE


def take_out(revision: str, folder: Path) -> Path:
    """Extract the integration of a revision. Raises `NotHereError`."""
    archive = _git("archive", revision, "--", "custom_components")
    if archive.returncode:
        raise NotHereError(
            f"This clone does not hold {revision}: {archive.stderr.decode().strip()}\n"
            f"Fetch it with: git fetch --unshallow --tags"
        )
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        tar.extractall(folder, filter="data")
    # Change the version, to ask a running home which code it has.
    manifest = folder / "custom_components" / "doorwatch" / "manifest.json"
    manifest.write_text(
        json.dumps(json.loads(manifest.read_text()) | {"version": OLD_VERSION})
    )
    return folder


async def is_old(home: Home) -> bool:
    """Return whether the old code runs."""
    manifest = await home.command(type="manifest/get", integration="doorwatch")
    return bool(manifest["version"] == OLD_VERSION)


def _git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["git", *arguments],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )


# Creating a home


async def make(scene: Scene, home: Home) -> None:
    """Set up a home, record, share: everything that a family does."""
    await home.add(
        {"next_step_id": "onvif"},
        {
            "name": "Gate",
            "host": "127.0.0.1",
            "port": scene.onvif.port,
            "username": scene.onvif.login[0],
            "password": scene.onvif.login[1],
        },
        {"webhook": False, "lengths": LENGTHS},
    )
    await home.add_demo_doorbell("Front door")
    await add_linked(home, scene.rtsp.address("cam2"))
    agencies: list[str] = []
    for agency in (scene.agency, scene.gone):
        await home.add_agency(
            agency.origin, last_group=agency.last_group, upload_code=agency.upload_code
        )
        known = (await home.command(type="doorwatch/agencies"))["agencies"]
        agencies += {each["agency_id"] for each in known}.difference(agencies)
    made = await home.command(
        type="config/auth/create", name="Bo", group_ids=["system-users"]
    )
    settings = {
        "keep_days": 99,
        "keep_gb": 7,
        "sharers": [made["user"]["id"]],
        "cancel_window": WINDOW,
        "open_to_players": [],
    }
    await home.set_household(**settings)
    await record(scene, home)
    await share(scene, home, *agencies)
    # By now the demo doorbell's visitor has left.
    (deleted, *_, kept) = await clips_of(home, 3)
    await call(home, "protect_clip", clip_id=kept)
    await call(home, "delete_clip", clip_id=deleted)
    # Last, because sharing or deleting a clip removes its suggestion.
    await call(home, "propose_share", clip_id=kept, agency_id=agencies[0])
    await home.set_household(**settings, pin=PIN)


async def record(scene: Scene, home: Home) -> None:
    """Let every doorbell record, and wait for two finished clips."""

    async def connected() -> bool | None:
        found = (await home.command(type="doorwatch/doorbells"))["doorbells"]
        there = len(found) == 3 and all(each["connected"] for each in found)
        return (there and scene.onvif.events.pulls > 0) or None

    await until(connected, "the doorbells")
    scene.onvif.ring()
    doorbells = (await home.command(type="doorwatch/doorbells"))["doorbells"]
    cameras = [each["camera_entity_id"] for each in doorbells]
    await call(home, "record_clip", entity_id=cameras, duration=RECORDED)
    await clips_of(home, 2)


async def clips_of(home: Home, doorbells: int) -> list[str]:
    """Wait for clips of this many doorbells; return the IDs, newest first."""

    async def recorded() -> list[str] | None:
        clips = await home.clips()
        enough = len({clip["doorbell_id"] for clip in clips}) >= doorbells
        return [clip["clip_id"] for clip in clips] if enough else None

    return await until(recorded, f"clips of {doorbells} doorbells")


async def call(home: Home, action: str, **data: object) -> None:
    """Call one of Doorwatch's actions."""
    await home.command(
        type="call_service", domain="doorwatch", service=action, service_data=data
    )


async def share(scene: Scene, home: Home, agency_id: str, gone_id: str) -> None:
    """Share clips: one arrives, one is withdrawn, one lost its agency, one waits."""
    clips = [clip["clip_id"] for clip in await home.clips()]
    async with Person.at(home.url, home.token) as person:

        async def become(name: str, **wanted: object) -> None:
            share_id = scene.shares[name]
            is_now: dict[str, Any] = {}

            async def so() -> bool | None:
                shares = await person.shares()
                is_now.update(next(s for s in shares if s["share_id"] == share_id))
                return wanted.items() <= is_now.items() or None

            try:
                await until(so, str(wanted))
            except TimeoutError as error:
                raise AssertionError(f"the share {name} is {is_now}") from error

        scene.shares["delivered"] = await person.share(clips[0], agency_id)
        scene.shares["withdrawn"] = await person.share(clips[1], agency_id)
        for name in ("delivered", "withdrawn"):
            await become(name, state="delivered", receipt="received")
        await person.result(
            await person.send(
                type="doorwatch/share/withdraw", share_id=scene.shares["withdrawn"]
            )
        )
        await become("withdrawn", withdrawal="deleted")
        # Stop the intake, so that the next two wait.
        await asyncio.to_thread(scene.gone.intake.stop)
        scene.shares["to be confirmed again"] = await person.share(clips[1], gone_id)
        await home.remove(gone_id)
        await become("to be confirmed again", state="needs_new_tap")
        confirmation = await person.prepare(clips[0], agency_id)
        await asyncio.to_thread(scene.agency.intake.stop)
        scene.shares["queued"] = await person.tap(clips[0], agency_id, confirmation)
        await become("queued", attempts=1)
