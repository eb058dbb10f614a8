"""The section of a report's page about the video."""

from collections.abc import Iterator
from html import escape

from .report_html import bullets, code, facts, plain, size_of, table, text
from .stated import Parts


def recording(report: Parts) -> Iterator[str]:
    """Render the video's properties and edits."""
    video, stored = report.part("recording"), report.part("stored")
    yield "<h2>The video</h2>"
    if not video:
        yield (
            "<p>Not shown: what the package says about its video is not shown when its"
            " signatures do not match.</p>"
        )
        return
    measured, seconds = video.part("measured"), video.part("measured").number("seconds")
    yield from facts(
        [
            ("File", f"<code>data/clip.mp4</code>, {size_of(video.number('bytes'))}"),
            (f"Stored {plain(stored, 'where')}", code(stored.text("video"))),
            ("SHA-256", code(video.text("sha256"))),
            (
                "Length",
                text(None if seconds is None else f"{seconds:.1f} s, as measured"),
            ),
            (
                "Image",
                text(
                    None
                    if not measured
                    else f"{measured.number('width')} × {measured.number('height')},"
                    f" {'with' if measured.flag('audio') else 'without'} audio, as"
                    " measured"
                ),
            ),
            ("Recorded because of", text(video.text("event"))),
            ("Time zone of the home", text(video.text("time_zone"))),
            ("Camera", text(video.text("camera"))),
        ]
    )
    yield f"<p>{escape(plain(video, 'says'))}</p>"
    if areas := video.parts("covered"):
        yield from table(
            "areas",
            ("Covered area", "Where in the image", "When in the recording"),
            (_area(number, area) for number, area in enumerate(areas, 1)),
        )
    if video.text("original_sha256"):
        yield "<p>SHA-256 of the original recording:<br>"
        yield f"{code(video.text('original_sha256'))}</p>"
    yield from bullets(_remarks(video), "")


def _area(number: int, area: Parts) -> tuple[str, str, str]:
    where = ", ".join(
        f"{round(100 * part, 1):g} % {word}"
        for name, word in (
            ("left", "from the left"),
            ("top", "from the top"),
            ("width", "wide"),
            ("height", "high"),
        )
        if (part := area.number(name)) is not None
    )
    begin, end = area.number("from_second"), area.number("to_second")
    start = "the start" if begin is None else f"second {begin:g}"
    stop = "the end" if end is None else f"second {end:g}"
    return str(number), escape(where), f"From {start} to {stop}"


def _remarks(video: Parts) -> Iterator[str]:
    for name, what in (
        ("covered", "covered areas"),
        ("gaps", "gaps"),
        ("labels", "labels"),
    ):
        if more := video.part("not_listed").whole(name):
            yield f"Not listed here: {more} more {what}, which data/share.json states."
    if by := video.text("fetched_from"):
        yield (
            "This home did not record it. It fetched it from the manufacturer through"
            f" the integration “{by}”. Nothing vouches for what happened before that."
        )
    if before := video.text("time_before"):
        yield (
            "The home’s clock was ahead, and a person there corrected the times. By that"
            f" clock, the recording began at {before}."
        )
    gaps = video.parts("gaps")
    for gap in gaps:
        yield f"Frames are missing from {plain(gap, 'from')} to {plain(gap, 'to')}."
    if not gaps:
        yield "By the home's word, no missing frames were noticed."
    if (part := video.whole("part")) is not None and part > 1:
        yield f"It is part {part} of one event. There are earlier parts."
    if others := video.whole("other_parts"):
        yield f"The home has {others} other parts of the same event, not sent here."
    if video.flag("recovered"):
        yield "The recording was cut short (a crash or a power cut) and then closed."
    for label in video.parts("labels"):
        yield (
            f"The camera reported: {plain(label, 'label')} (through"
            f" “{plain(label, 'reported_by')}”). No one checked it."
        )
