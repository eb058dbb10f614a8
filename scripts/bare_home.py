"""Wait until the panel of a home answers and its first clip is listed. See `bare`.

    python -m scripts.bare_home URL
    python -m scripts.bare_home URL --zip dist/doorwatch.zip --config FOLDER

With `--zip`, first start an empty Home Assistant of this Python environment, with
Doorwatch from the release zip where HACS puts it. Home Assistant installs what the
integration requires.
"""

import argparse
import asyncio
from collections.abc import Iterator
import contextlib
from pathlib import Path
import subprocess
import sys
import time
import urllib.request
from zipfile import ZipFile

from tests.e2e.configuration import write_configuration
from tests.e2e.ha import Home
from tests.e2e.homes import recorded

USER = "demo"
DEADLINE = 240
# Seconds until a clean machine must show the panel.
PROMISED = 75


async def panel_address(home: Home) -> str | None:
    """Return the URL of the panel's module, or None if there is no panel yet."""
    panels = await home.command(type="get_panels")
    if (panel := panels.get("doorwatch")) is None:
        return None
    address: str = panel["config"]["_panel_custom"]["module_url"]
    return address


async def look(url: str, since: float, *, add: bool) -> None:
    """Wait for the panel and for the first clip; print the time of each."""
    async with Home(url) as home, asyncio.timeout(DEADLINE):
        await home.enter("Demo", USER, USER)
        if add:
            await home.add_demo_doorbell()
        while (address := await panel_address(home)) is None:
            await asyncio.sleep(0.2)
        module = await asyncio.to_thread(_fetch, f"{url}{address}")
        if b"doorwatch" not in module:
            raise RuntimeError(f"{address} is not the panel")
        promised = "" if add else f" (promised: {PROMISED})"
        print(f"result: panel after {time.time() - since:.0f} s{promised}", flush=True)
        if add:
            await recorded(home)
        while not (await home.command(type="doorwatch/clips/list"))["clips"]:
            await asyncio.sleep(0.5)
        print(f"result: first clip after {time.time() - since:.0f} s", flush=True)


def _fetch(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=30) as answer:
        content: bytes = answer.read()
    return content


@contextlib.contextmanager
def empty_home(url: str, release: Path, config: Path) -> Iterator[None]:
    """Run Home Assistant with only the release zip in its folder."""
    port = int(url.rpartition(":")[2])
    write_configuration(config, port, name="Empty", time_zone="Europe/Berlin")
    with ZipFile(release) as file:
        file.extractall(config / "custom_components" / "doorwatch")
    log = config / "output.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-m", "homeassistant", "--config", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=config,
        ) as process,
    ):
        try:
            until = time.monotonic() + DEADLINE
            while not _answers(url):
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(log.read_text(errors="replace")[-4000:])
                time.sleep(0.5)
            yield
        finally:
            process.terminate()


def _answers(url: str) -> bool:
    try:
        _fetch(f"{url}/manifest.json")
    except OSError:
        return False
    return True


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--zip", type=Path)
    parser.add_argument("--config", type=Path)
    parser.add_argument(
        "--since", type=float, default=time.time(), help="when it was started"
    )
    arguments = parser.parse_args()
    if arguments.zip is None:
        asyncio.run(look(arguments.url, arguments.since, add=False))
        return
    with empty_home(arguments.url, arguments.zip.resolve(), arguments.config):
        asyncio.run(look(arguments.url, arguments.since, add=True))


if __name__ == "__main__":
    main()
