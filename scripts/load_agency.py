"""Let dozens of homes share with an agency on this machine, and check its answers.

    scripts/load_agency http://127.0.0.1:8787 --homes 40 --shares 400 --minutes 5
    scripts/load_agency --intakes 4 --kills 20

Without an address, it starts an agency with this number of intakes behind nginx, on an
object store and a database, kills intakes (SIGKILL) while homes share, and then
compares the contents of bucket and database with what homes were told.

The homes use the code of real homes and its delays: they leave time to undo a share,
resume after a lost connection, have slow connections, back off when asked to, poll for
receipts, and withdraw. They send random bytes, which no one can open. It ends after the
shares or the minutes, with exit code 1 if an answer was wrong or missing.
"""

import argparse
import asyncio
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address
import json
from pathlib import Path
import random
import ssl
import statistics
import sys
import tempfile
import time
from typing import Final

from yarl import URL

from custom_components.doorwatch.engine.outside.door import Outside
from custom_components.doorwatch.engine.outside.errors import OutsideError
from custom_components.doorwatch.engine.sharing.agency import AgencyDocument
from custom_components.doorwatch.engine.sharing.documents.discovery import (
    WELL_KNOWN,
    read_document,
)
from custom_components.doorwatch.engine.sharing.errors import (
    DeliveryError,
    SharingError,
)
from custom_components.doorwatch.engine.sharing.signing.jws import DocumentError
from scripts.load_share import Options, Outcome, Share
from scripts.load_town import several

MOST: Final = 100_000  # shares, at most
LONGEST: Final = 24 * 60.0  # minutes
ENDS: Final = ("undone", "stopped", "delivered")


def check_loopback(origin: str) -> None:
    """Raise SystemExit unless the agency is on this machine."""
    url = URL(origin)
    try:
        here = url.scheme == "http" and ip_address(url.host or "").is_loopback
    except ValueError:
        here = False
    if not here:
        raise SystemExit(
            f"{origin} isn't on this machine. A load is for your own machine only: give an"
            " address such as http://127.0.0.1:8787"
        )


class Load:
    """All homes, until the shares or the minutes are over."""

    def __init__(self, options: Options) -> None:
        """Prepare without contacting the agency."""
        check_loopback(options.origin)
        self.options = options
        self.outcome = Outcome()
        self.chance = random.Random(options.seed)
        self._left = min(options.shares, MOST)
        self._tls = ssl.create_default_context()  # not used, and slow to make
        self._sending: list[float] = []

    async def run(self) -> Outcome:
        """Let the homes share. Raises `OutsideError` if there is no agency."""
        minutes = min(self.options.minutes, LONGEST)
        async with Outside(tls=self._tls) as outside:
            self.document = await self._look(outside)
        with tempfile.TemporaryDirectory(prefix="doorwatch-load-") as folder:
            homes = [
                asyncio.create_task(self._home(Path(folder)))
                for _ in range(self.options.homes)
            ]
            done, late = await asyncio.wait(homes, timeout=60 * minutes)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
            for task in done:
                task.result()
        if self._sending:
            self.outcome.seconds = max(self._sending) - min(self._sending)
        self._reckon()
        return self.outcome

    def _reckon(self) -> None:
        """Report shares whose outcome is unknown."""
        counts, wrong = self.outcome.counts, self.outcome.wrong
        if wrong or counts["unfinished"]:
            return
        if counts["begun"] != sum(counts[end] for end in ENDS):
            wrong.append("shares were begun that have no end")
        if self.document.receipts_uri and counts["receipts"] != counts["delivered"]:
            wrong.append("shares were delivered that have no receipt")

    async def _look(self, outside: Outside) -> AgencyDocument:
        """Fetch the agency's document."""
        address = self.options.origin.rstrip("/") + WELL_KNOWN
        token = (await outside.fetch(address, local=True)).decode()
        document, _ = read_document(token, url=address, pin=None, now=time.time())
        if not isinstance(document, AgencyDocument):
            raise SystemExit(f"{self.options.origin} is a group, not an agency")
        return document

    async def _home(self, folder: Path) -> None:
        """Share repeatedly."""
        async with Outside(tls=self._tls) as outside:
            while self._left > 0:
                self._left -= 1
                share = Share(self, outside, folder)
                try:
                    await share.live()
                except (DeliveryError, DocumentError, ValueError, OSError) as error:
                    problem = getattr(error, "problem", error)
                    said = f"{share.id}: {type(error).__name__} {problem}"
                    self.outcome.wrong.append(said)
                except asyncio.CancelledError:
                    self.outcome.counts["unfinished"] += 1
                    raise
                finally:
                    share.path.unlink(missing_ok=True)

    def moved(self) -> None:
        """Record that bytes are being sent."""
        self._sending.append(time.perf_counter())


def _number(least: float, most: float) -> Callable[[str], float]:
    """Return a parser for a number in a range."""

    def number(text: str) -> float:
        if not least <= float(text) <= most:
            raise argparse.ArgumentTypeError(f"from {least:g} to {most:g}")
        return float(text)

    return number


def tell(outcome: Outcome) -> None:
    """Print the outcome."""
    counts, megabytes = outcome.counts, outcome.bytes / 1e6
    print(", ".join(f"{number} {name}" for name, number in sorted(counts.items())))
    if outcome.seconds:
        print(
            f"{megabytes:.0f} MB in {outcome.seconds:.1f} s:"
            f" {megabytes / outcome.seconds:.1f} MB/s,"
            f" {counts['delivered'] / outcome.seconds:.2f} shares a second"
        )
    print(f"{'seconds':<12}{'median':>9}{'95 %':>9}{'longest':>9}")
    for what, taken in outcome.times.items():
        if taken:
            ordered = sorted(taken)
            late = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
            print(
                f"{what:<12}{statistics.median(ordered):>9.2f}{late:>9.2f}"
                f"{ordered[-1]:>9.2f}"
            )
    for line in outcome.wrong:
        print(f"WRONG {line}")


def main() -> None:
    """Run and print the outcome."""
    parser = argparse.ArgumentParser(
        prog="scripts/load_agency",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "origin", nargs="?", help="such as http://127.0.0.1:8787 (or --intakes)"
    )
    parser.add_argument(
        "--intakes", type=_number(1, 8), help="start an agency with this many intakes"
    )
    parser.add_argument(
        "--kills",
        type=_number(0, 1000),
        default=0,
        help="how often an intake of it is killed (0)",
    )
    whole = Options(origin="")
    for name, least, most, what in (
        ("homes", 1, 1000, "how many share at once"),
        ("shares", 1, MOST, "how many in all"),
        ("minutes", 0.01, LONGEST, "for how long at most"),
        ("megabytes", 0.001, 2000, "of a share, on average"),
        ("slow", 1, 1e6, "kB a second of a slow line, at the usual pace"),
        ("pace", 0.1, 1000, "divides all times that homes wait"),
    ):
        parser.add_argument(
            f"--{name}",
            type=_number(least, most),
            default=getattr(whole, name),
            help=f"{what} ({getattr(whole, name):g})",
        )
    parser.add_argument("--seed", type=int, help="to draw the same again")
    parser.add_argument(
        "--upload-code-file", type=Path, help="with the code that the address asks for"
    )
    parser.add_argument("--json", action="store_true", help="print all as JSON")
    given = parser.parse_args()
    if (given.origin is None) == (given.intakes is None):
        parser.error("give an address, or --intakes")
    if given.kills and given.intakes is None:
        parser.error("--kills needs --intakes: only those are its own")
    file: Path | None = given.upload_code_file
    options = Options(
        origin=given.origin or "",
        homes=int(given.homes),
        shares=int(given.shares),
        minutes=given.minutes,
        megabytes=given.megabytes,
        slow=given.slow,
        pace=given.pace,
        seed=given.seed,
        upload_code=None if file is None else file.read_text().strip(),
    )
    if given.intakes is None:
        try:
            outcome = asyncio.run(Load(options).run())
        except OutsideError as error:
            sys.exit(f"{options.origin} can't be asked: {error.problem}")
        except SharingError as error:
            sys.exit(
                f"{options.origin} has no document for this address as its `origin`:"
                f" {error.problem}"
            )
    else:
        with several(int(given.intakes)) as agency:
            load = Load(replace(options, origin=agency.origin))
            outcome = asyncio.run(agency.take(load, int(given.kills)))
    if given.json:
        print(json.dumps(vars(outcome) | {"deleted": sorted(outcome.deleted)}))
    else:
        tell(outcome)
    if outcome.wrong or outcome.counts["unfinished"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
