"""Run a home and an agency, set up as a person would, until Ctrl-C. See `develop`."""

import argparse
import asyncio
import logging
from pathlib import Path
import shutil
import signal
import socket
import sys
import threading
import time

from tests.e2e.agency import VERIFY, DemoAgency
from tests.e2e.configuration import REPOSITORY
from tests.e2e.ha import Home, HomeAssistantProcess, HomeError

_LOGGER = logging.getLogger("develop")

FOLDER = REPOSITORY / ".develop"
HOME_PORT = 8123
AGENCY_PORT = 8124
USER = "demo"
PANEL = "doorwatch"

NOTE = """
  Home Assistant   {url}/{panel}
                   log in as {user}, password {user}
  Demo agency      {origin}
                   fingerprint {fingerprint}
                   upload code {code}
  Its inbox        {inbox}

  1. Somebody comes to the demo door every minute; the first clip is there after about
     half a minute. It is in the sidebar, under Doorwatch; or press Record now there.
  2. Open a clip, press Share, look at what will be sent, press Share again. You have
     ten seconds to undo.
  3. Verify what the agency got, with tools that Doorwatch did not write. If they are not
     here yet, scripts/setup installs them:
     {verify} -i {identity} "$(ls -t {inbox}/*.tar.age | head -n 1)" {origin}

  Log of Home Assistant: {log}
  Ctrl-C stops everything. What was set up is kept for the next time.
"""

TAKEN = (
    "Port %s is taken; is this running already? If something else listens there, choose"
    " others with --port and --agency-port"
)

SAFE_MODE = (
    "Home Assistant at %s is in safe mode and has no Doorwatch. Restart it there (Settings,"
    " System, the power button) to leave it"
)


async def set_up(home_url: str, agency: DemoAgency) -> bool:
    """Create the user, the doorbell and the agency if they don't exist.

    Return False in safe mode, in which Doorwatch is not loaded.
    """
    async with Home(home_url) as home:
        await home.enter("Demo", USER, USER)
        if not await home.has_integrations():
            return False
        await home.add_demo_doorbell()
        await home.add_agency(
            agency.origin,
            last_group=agency.last_group,
            upload_code=agency.upload_code,
        )
    return True


def note(house: HomeAssistantProcess, agency: DemoAgency) -> str:
    """Return a text with the addresses and what to try."""
    return NOTE.format(
        url=house.url,
        panel=PANEL,
        user=USER,
        origin=agency.origin,
        fingerprint=agency.fingerprint,
        code=agency.upload_code,
        inbox=relative(agency.intake.inbox),
        identity=relative(agency.identity),
        verify=f"PATH=.venv/bin:$PATH {relative(VERIFY)}",
        log=relative(house.log),
    )


def taken(port: int) -> bool:
    """Return whether something listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def relative(path: Path) -> str:
    """Return the shorter of the relative and the absolute path."""
    return str(
        path.relative_to(REPOSITORY) if path.is_relative_to(REPOSITORY) else path
    )


def read_arguments() -> argparse.Namespace:
    """Parse the arguments; all are optional."""
    parser = argparse.ArgumentParser(prog="scripts/develop", description=__doc__)
    parser.add_argument("--fresh", action="store_true", help="forget what was set up")
    parser.add_argument(
        "--port", type=int, default=HOME_PORT, help="of Home Assistant (%(default)s)"
    )
    parser.add_argument(
        "--agency-port",
        type=int,
        default=AGENCY_PORT,
        help="of the demo agency (%(default)s)",
    )
    parser.add_argument(
        "--folder", type=Path, default=FOLDER, help="where everything lies"
    )
    return parser.parse_args()


def main() -> int:
    """Run until Ctrl-C, or until Home Assistant exits."""
    arguments = read_arguments()
    folder: Path = arguments.folder.resolve()
    logging.basicConfig(format="\033[1m[develop]\033[0m %(message)s", level="INFO")
    for port in (arguments.port, arguments.agency_port):
        if taken(port):
            _LOGGER.error(TAKEN, port)
            return 1
    if arguments.fresh:
        # Only the parts that are created here: the folder may contain others.
        for part in ("agency", "config"):
            shutil.rmtree(folder / part, ignore_errors=True)

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())

    begun = time.monotonic()
    agency = DemoAgency(folder / "agency", port=arguments.agency_port)
    house = HomeAssistantProcess(
        folder / "config", port=arguments.port, name="Doorwatch demo"
    )
    _LOGGER.info("starting the demo agency and Home Assistant")
    try:
        agency.intake.start()
        is_set_up = False
        while not stop.is_set():
            house.start()
            if is_set_up:
                # A backup may have another user, so keep its contents.
                _LOGGER.info("Home Assistant is there again")
            elif is_set_up := asyncio.run(set_up(house.url, agency)):
                _LOGGER.info("ready after %.0f s", time.monotonic() - begun)
                sys.stdout.write(note(house, agency))
                sys.stdout.flush()
            else:
                _LOGGER.warning(SAFE_MODE, house.url)
            while house.running and not stop.wait(0.5):
                pass
            if not stop.is_set() and not house.wants_restart:
                _LOGGER.error("Home Assistant ended:\n%s", house.output()[-4000:])
                return 1
    except (HomeError, RuntimeError) as err:
        _LOGGER.error("%s\nscripts/develop --fresh starts over.", err)
        return 1
    finally:
        _LOGGER.info("stopping")
        house.stop()
        agency.intake.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
