"""A real Home Assistant, killed while it records and while it uploads."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests import videos as media
from tests.e2e.homes import LENGTHS, add_rtsp_doorbell, connected, tell
from tests.ports import own_port
from tests.rtsp.check import check_clip
from tests.rtsp.fixtures import StartRtspServer
from tests.waiting import until

from .agency import DemoAgency
from .ha import Home, HomeAssistantProcess
from .person import Person
from .slow_link import SlowLink

LOGIN = ("Ada", "ada", "a-long-password")


def parts(config: Path) -> list[Path]:
    """List the clips that are being written."""
    return [p for p in (config / "doorwatch").rglob("*.part") if p.stat().st_size]


async def switches(home: Home) -> dict[str, str]:
    """Return the states of the switches."""
    states = await home.command(type="get_states")
    return {
        each["entity_id"]: each["state"]
        for each in states
        if each["entity_id"].startswith("switch.")
    }


async def test_clip_is_closed_and_indexed_after_a_kill(
    machine: HomeAssistantProcess, start_rtsp_server: StartRtspServer
) -> None:
    """SIGKILL while recording: the written data is a clip after the restart.

    A switch turned off just before stays off.
    """
    server = start_rtsp_server()
    await asyncio.to_thread(machine.start)
    async with Home(machine.url) as home:
        await home.enter(*LOGIN)
        await add_rtsp_doorbell(home, server.address())
        await until(lambda: connected(home), "the stream")
        await home.sees(LENGTHS["pre_roll"] + 2)
        at = await tell(machine, "motion")

        async def recording() -> Path | None:
            return next(iter(parts(machine.config)), None)

        part = await until(recording, "a clip that is being written")
        await home.sees(3)
        assert set((await switches(home)).values()) == {"on"}
        await home.command(
            type="call_service",
            domain="switch",
            service="turn_off",
            service_data={"entity_id": "all"},
        )
        machine.kill()
    on_disk = check_clip(part)
    assert on_disk.frames

    await asyncio.to_thread(machine.start)
    async with Home(machine.url) as home:
        await home.enter(*LOGIN)

        async def listed() -> dict[str, Any] | None:
            return next(iter(await home.clips()), None)

        clip = await until(listed, "the clip")
        counts = (await home.command(type="doorwatch/ledger/counts"))["counts"]
        assert set((await switches(home)).values()) == {"off"}
    assert clip["recovered"]
    assert counts["recovered"] == 1
    assert not parts(machine.config)
    (path,) = (machine.config / "doorwatch").rglob("*.mp4")
    facts = check_clip(path)
    assert facts.frames == on_disk.frames
    assert facts.missing == facts.doubled == 0
    assert facts.before(at) >= LENGTHS["pre_roll"]


async def test_upload_goes_on_after_kills_and_arrives_once(
    machine: HomeAssistantProcess, tmp_path: Path, start_rtsp_server: StartRtspServer
) -> None:
    """SIGKILL of home and agency during an upload: the clip arrives exactly once."""
    server = start_rtsp_server(scene=replace(media.SMALL, bitrate=3_000_000))
    intake_port = own_port()
    async with SlowLink(intake_port, rate=300_000) as link:
        agency = DemoAgency(tmp_path / "agency", port=link.port)
        agency.intake.port = intake_port
        await asyncio.to_thread(agency.intake.start)
        await asyncio.to_thread(machine.start)
        try:
            async with Home(machine.url) as home:
                await home.enter(*LOGIN)
                share_id = await _begin_to_share(
                    machine, home, agency, link, server.address()
                )

                async def half_way() -> bool | None:
                    return agency.intake.arrived(share_id) > 500_000 or None

                await until(half_way, "the first half of the package")
            machine.kill()
            arrived = agency.intake.arrived(share_id)
            agency.intake.kill()
            await asyncio.to_thread(agency.intake.start)
            assert not agency.intake.packages()

            link.forwarded = 0
            await asyncio.to_thread(machine.start)

            async def delivered() -> Path | None:
                return next(iter(agency.intake.packages()), None)

            package = await until(delivered, "the package")
            # The upload resumed where it was, except for data lost in the kill.
            assert link.forwarded < package.stat().st_size - arrived + 300_000
            async with Home(machine.url) as home:
                await home.enter(*LOGIN)

                async def counted() -> dict[str, int] | None:
                    got = await home.command(type="doorwatch/ledger/counts")
                    return got["counts"] if got["counts"].get("sent") else None

                counts = await until(counted, "the ledger line")
            assert counts["confirmed"] == counts["sent"] == 1
            agency.intake.port = link.port  # the port known to homes
            checked = agency.verify(package)
            assert checked.returncode == 0, checked.stdout + checked.stderr
            received = [path.name for path in agency.intake.packages()]
            assert received == [f"{share_id}.tar.age"]
        finally:
            agency.intake.kill()


async def test_nothing_is_left_of_a_copy_that_was_being_made(
    machine: HomeAssistantProcess,
    tmp_path: Path,
    start_rtsp_server: StartRtspServer,
) -> None:
    """The home is stopped or killed while it covers areas; no copy of the clip remains."""
    server = start_rtsp_server(scene=replace(media.SMALL, bitrate=3_000_000))
    agency = DemoAgency(tmp_path / "agency")
    staging = machine.config / "doorwatch" / ".staging"

    async def being_made() -> Path | None:
        return next((each for each in staging.rglob("*") if each.is_file()), None)

    async def nothing_left() -> bool:
        return await being_made() is None

    with agency.intake:
        await asyncio.to_thread(machine.start)
        async with Home(machine.url) as home:
            await home.enter(*LOGIN)
            clip_id, agency_id = await _clip_and_agency(
                machine, home, agency, agency.origin, server.address()
            )
        for end in (machine.stop, machine.kill):
            async with Home(machine.url) as home:
                await home.enter(*LOGIN)
            async with Person.at(machine.url, home.token) as person:
                await person.send(
                    type="doorwatch/share/prepare",
                    clip_id=clip_id,
                    agency_id=agency_id,
                    edits={
                        "redact": [{"left": 0, "top": 0, "width": 0.5, "height": 0.5}]
                    },
                )
                await until(being_made, "a copy that is being made")
                end()
            if end == machine.stop:
                assert await nothing_left()  # now, not at the next start
            assert "Traceback" not in machine.output()
            await asyncio.to_thread(machine.start)
            await until(nothing_left, "an empty folder")
    assert not agency.intake.packages()


async def _begin_to_share(
    machine: HomeAssistantProcess,
    home: Home,
    agency: DemoAgency,
    link: SlowLink,
    stream: str,
) -> str:
    """Record a clip and share it over a slow connection; return the share's ID."""
    clip_id, agency_id = await _clip_and_agency(
        machine, home, agency, agency_address(link), stream
    )
    async with Person.at(machine.url, home.token) as person:
        return await person.share(clip_id, agency_id)


async def _clip_and_agency(
    machine: HomeAssistantProcess,
    home: Home,
    agency: DemoAgency,
    address: str,
    stream: str,
) -> tuple[str, str]:
    """Record a clip and add the agency; return the IDs of both."""
    await add_rtsp_doorbell(home, stream)
    await home.add_agency(
        address,
        last_group=agency.last_group,
        upload_code=agency.upload_code,
    )
    await until(lambda: connected(home), "the stream")
    await tell(machine, "ring")

    async def saved() -> dict[str, Any] | None:
        return next(iter(await home.clips()), None)

    clip = await until(saved, "the clip")
    assert clip["size"] > 1_500_000
    (shown,) = (await home.command(type="doorwatch/agencies"))["agencies"]
    return clip["clip_id"], shown["agency_id"]


def agency_address(link: SlowLink) -> str:
    """Return the agency's address at the near end of the slow connection."""
    return f"http://127.0.0.1:{link.port}"
