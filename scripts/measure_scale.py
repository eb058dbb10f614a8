"""Estimate what the feed costs homes and an agency's host, with measured sizes.

    .venv/bin/python -m scripts.measure_scale

Publishes feeds of 10, 200 and 500 requests with the agency's own command and prints the
tables of docs/agency/large.md. Takes about a minute.
"""

from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import gzip
import io
from pathlib import Path
import random
import tempfile
from typing import Final

from agency.doorwatch_agency.cli import main as agency
from custom_components.doorwatch.agencies.schedule import REFRESH_EVERY, REFRESH_JITTER

FEEDS: Final = (10, 200, 500)
HOMES: Final = (10_000, 100_000, 1_000_000, 10_000_000)
# Bytes of a connection in both directions: TCP, a TLS handshake with an ordinary chain,
# and HTTP headers. Not measured: it depends mostly on the chain.
AROUND: Final = 5_000
FILES: Final = 2  # document and feed
DAY: Final = 86_400
KB, GB = 1_000, 1_000_000_000

_WORDS: Final = [
    "somebody",
    "took",
    "a",
    "red",
    "bicycle",
    "from",
    "the",
    "rack",
    "in",
    "front",
    "of",
    "library",
    "who",
    "saw",
    "white",
    "van",
    "with",
    "ladder",
    "on",
    "its",
    "roof",
    "between",
    "market",
    "and",
    "station",
    "please",
    "look",
    "at",
    "your",
    "recordings",
    "thank",
    "you",
    "window",
    "broken",
    "during",
    "night",
    "two",
    "persons",
    "walked",
    "away",
    "towards",
    "river",
    "dark",
    "jacket",
    "parcel",
    "stolen",
    "door",
    "car",
    "drove",
    "off",
    "after",
    "collision",
    "corner",
    "street",
    "witness",
    "camera",
    "school",
    "bridge",
    "park",
    "garage",
    "blue",
    "motorcycle",
    "helmet",
    "bag",
    "shop",
    "owner",
    "neighbours",
    "heard",
    "glass",
]


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Bytes of a published file, plain and compressed by a web server."""

    plain: int
    packed: int


def sizes(path: Path) -> Sizes:
    """Measure a file."""
    content = path.read_bytes()
    packed = gzip.compress(content, compresslevel=6, mtime=0)
    return Sizes(plain=len(content), packed=len(packed))


def request(number: int, luck: random.Random, now: datetime) -> str:
    """Return a request as an officer might write it: a circle, and some fifty words."""
    words = " ".join(luck.choices(_WORDS, k=50)).capitalize()
    begins = now - timedelta(hours=luck.randrange(24, 24 * 20), minutes=15)
    latitude, longitude = luck.uniform(52.2, 52.5), luck.uniform(4.7, 5.1)
    return (
        f'id = "2026-{number:04}"\n'
        f'title = "{" ".join(luck.choices(_WORDS, k=5)).capitalize()}"\n'
        f'text = "{words}."\n'
        f'case_reference = "PL1300-2026-{luck.randrange(10**6):06}"\n'
        f'offence = "Theft, article {luck.randrange(300, 330)}"\n'
        'contact = "desk@police.example, +31 20 555 0100"\n'
        f"window = [{begins.isoformat()}, {(begins + timedelta(hours=3)).isoformat()}]\n"
        f"until = {(now + timedelta(days=20)).isoformat()}\n"
        'labels = ["person", "vehicle"]\n'
        "[area]\n"
        f"circle = {{ latitude = {latitude:.4f}, longitude = {longitude:.4f},"
        f" radius = {luck.randrange(100, 600)} }}\n"
    )


def measured(folder: Path, counts: tuple[int, ...]) -> Iterator[Sizes]:
    """Publish the document and feeds of these sizes; yield the sizes of the files."""
    luck, now = random.Random(17), datetime.now(UTC).replace(microsecond=0)
    root, online, age = folder / "root.pem", folder / "online.pem", folder / "age.txt"
    site, kept = folder / "site", folder / "feed"
    quiet = io.StringIO()
    with redirect_stdout(quiet):
        _run("keys", "--root", root, "--online", online)
        _run("keys", "--age", age)
    recipient = next(
        word
        for word in (quiet.getvalue() + age.read_text()).split()
        if word.startswith("age1")
    )
    settings = folder / "agency.toml"
    (folder / "terms.txt").write_text("Used for the case it was asked for. " * 30)
    (folder / "retention.txt").write_text(
        "Deleted after 30 days, unless evidence. " * 5
    )
    settings.write_text(
        'origin = "https://police.example"\nname = "Harbour Police"\n'
        'jurisdiction = "NL"\ncontact = "desk@police.example"\n'
        'terms_file = "terms.txt"\nretention_file = "retention.txt"\n'
        f'retention_days = 30\nage_recipients = ["{recipient}"]\n'
        'upload_endpoint = "https://police.example/uploads/"\n'
        'receipts_uri = "https://police.example/receipts"\n'
        'withdrawals_uri = "https://police.example/withdrawals"\n'
        'requests_uri = "https://police.example/feeds/requests.jws"\n'
    )
    keys = ("--online", online, "--site", site)
    made = 0
    with redirect_stdout(quiet):
        _run("publish", settings, "--root", root, *keys)
    yield sizes(site / ".well-known/doorwatch-agency")
    for count in counts:
        with redirect_stdout(quiet):
            for number in range(made + 1, count + 1):
                path = folder / "request.toml"
                path.write_text(request(number, luck, now))
                _run("request", "new", path, "--feed", kept)
            _run("feed", "publish", *keys, "--feed", kept)
        made = count
        yield sizes(site / "feeds/requests.jws")


def _run(*words: object) -> None:
    if agency(list(map(str, words))) != 0:
        raise SystemExit(f"refused: {words}")


def tables(document: Sizes, *feeds: Sizes) -> str:
    """Return the tables of the page, calculated from the measured sizes."""
    document, *shown = (
        Sizes(plain=round(one.plain, -2), packed=round(one.packed, -2))
        for one in (document, *feeds)
    )
    times = DAY / REFRESH_EVERY
    lines = [
        "| what is fetched | as it is | with gzip | a home's traffic a day, with gzip |",
        "|---|--:|--:|--:|",
        f"| the document | {_kb(document.plain)} | {_kb(document.packed)} | |",
    ]
    for count, feed in zip(FEEDS, shown, strict=True):
        day = times * (document.packed + feed.packed + FILES * AROUND)
        lines.append(
            f"| a feed of {count} requests | {_kb(feed.plain)} | {_kb(feed.packed)} |"
            f" {_kb(day)} |"
        )
    lines += [
        "",
        "| homes | calls a second, mean | highest | "
        + " | ".join(f"GB a day, {count} requests" for count in FEEDS)
        + " | 500 without gzip | the document alone |",
        f"|--:|--:|--:|{'--:|' * (len(FEEDS) + 2)}",
    ]
    for homes in HOMES:
        mean = homes * FILES / REFRESH_EVERY
        highest = homes * FILES / (2 * REFRESH_JITTER)
        bodies = [
            *(document.packed + feed.packed for feed in shown),
            document.plain + shown[-1].plain,
        ]
        traffic = [homes * times * (body + FILES * AROUND) / GB for body in bodies]
        traffic.append(homes * times * (document.packed + AROUND) / GB)
        lines.append(
            f"| {homes:,} | {_short(mean)} | {_short(highest)} | "
            + " | ".join(map(_short, traffic))
            + " |"
        )
    return "\n".join(lines)


def _kb(size: float) -> str:
    return f"{size / KB:,.1f} kB"


def _short(value: float) -> str:
    """Format with two significant digits."""
    if value >= 100:
        return f"{float(f'{value:.2g}'):,.0f}"
    return f"{float(f'{value:.2g}'):g}"


def main() -> None:
    """Measure, and print."""
    with tempfile.TemporaryDirectory() as folder:
        document, *feeds = measured(Path(folder), FEEDS)
    print(tables(document, *feeds))


if __name__ == "__main__":
    main()
