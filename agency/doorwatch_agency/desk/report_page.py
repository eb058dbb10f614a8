"""A report as a page: no script, nothing from outside, every text escaped here."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from .inbox import SHARE_ID
from .report_style import PAGE, STYLE
from .stated import Parts

_NOT_KNOWN = "not known"
_MARKS = {
    "passed": "Passed",
    "failed": "FAILED",
    "not proved": "Not proved",
    "not made": "Not made",
}


def write_page(report: dict[str, object]) -> str:
    """Write the whole page."""
    return "".join(f"{line}\n" for line in _lines(Parts(report)))


def _lines(report: Parts) -> Iterator[str]:
    share = _plain(report, "share")
    left = "Doorwatch verification report"
    if SHARE_ID.fullmatch(share):
        left += f", share {share}"
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield (
        '<meta http-equiv="Content-Security-Policy"'
        " content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    )
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>Verification report, share {escape(share)}</title>"
    yield f"<style>{STYLE}{PAGE.format(left=left)}</style></head><body>"
    yield from _head(report)
    yield "<main>"
    yield from _received(report)
    yield from _times(report)
    yield from _checks(report)
    yield from _proof(report)
    yield from _home(report)
    yield from _recording(report)
    yield from _consent(report)
    yield from _request(report)
    yield from _withdrawal(report)
    yield from _retention(report)
    yield from _files(report)
    yield from _again(report)
    yield from _made(report)
    yield "</main></body></html>"


def _head(report: Parts) -> Iterator[str]:
    conclusion, agency = report.part("conclusion"), report.part("agency")
    name = agency.text("name") or agency.text("origin") or ""
    yield "<header><h1>Verification report</h1>"
    yield f'<p class="sub">A doorbell recording that a home shared with {escape(name)}</p>'
    yield from _facts(
        [
            ("Share", _code(report.text("share"))),
            ("Case", _text(report.part("made").text("case"), "none given")),
            ("Made", _text(report.part("made").text("at"))),
        ]
    )
    result = _plain(conclusion, "result")
    yield f'<div class="box {escape(result)}"><strong>{escape(result.upper())}</strong>'
    yield from (f"<p>{escape(each)}</p>" for each in conclusion.texts("says"))
    yield "</div>"
    withdrawal = report.part("withdrawal")
    if _plain(withdrawal, "state") in ("pending", "deleted", "refused", "not valid"):
        yield '<div class="box note"><strong>Withdrawal</strong>'
        yield f"<p>{escape(_plain(withdrawal, 'says'))}</p></div>"
    yield "</header>"


def _received(report: Parts) -> Iterator[str]:
    got = report.part("received")
    size = got.number("bytes")
    yield "<h2>What was received</h2>"
    if got.number("bytes") is None:
        yield (
            "<p>Not known: the note that <code>open</code> writes beside the package is"
            " missing.</p>"
        )
        return
    yield from _facts(
        [
            ("File", _code(got.text("name"))),
            ("Size", _bytes(size)),
            ("SHA-256 as it arrived", _code(got.text("sha256"))),
            ("How it came", _text(got.text("how"))),
            (
                "SHA-256 by the intake",
                _code(got.text("intake_sha256"), "not looked at"),
            ),
        ]
    )


def _times(report: Parts) -> Iterator[str]:
    yield "<h2>Times, and whose clock says so</h2>"
    yield from _table(
        "times",
        ("What", "When (UTC)", "By"),
        (
            (
                escape(_plain(row, "what")),
                _text(row.text("at"), "–"),
                escape(_plain(row, "by")),
            )
            for row in report.parts("times")
        ),
    )


def _checks(report: Parts) -> Iterator[str]:
    yield "<h2>What was checked</h2>"
    rows = []
    for check in report.parts("checks"):
        result = _plain(check, "result")
        says = check.text("says")
        cell = f"<p>{escape(says)}</p>" if says else ""
        if not_proved := check.text("not_proved"):
            cell += f'<p class="small">Not proved by it: {escape(not_proved)}</p>'
        if result == "not made":
            cell = "<p>A check before it failed.</p>"
        rows.append(
            (f"<strong>{_MARKS[result]}</strong>", _plain(check, "title"), cell)
        )
    yield '<table class="checks"><thead><tr><th scope="col" class="result">Result</th>'
    yield '<th scope="col">Check, and what it found</th></tr></thead><tbody>'
    for mark, title, cell in rows:
        yield f'<tr><td class="result">{mark}</td><td><strong>{escape(title)}</strong>'
        yield f"{cell}</td></tr>"
    yield "</tbody></table>"


def _proof(report: Parts) -> Iterator[str]:
    yield "<h2>What this proves</h2>"
    yield from _list(report.texts("proves"), "Nothing: the package was refused.")
    yield "<h2>What this does not prove</h2>"
    yield from _list(report.texts("does_not_prove"), "")


def _home(report: Parts) -> Iterator[str]:
    home = report.part("home")
    yield "<h2>The home</h2>"
    if not home:
        yield "<p>Not known: no signature of a home was found to match.</p>"
        return
    proved = _plain(home, "identity")
    yield from _facts(
        [
            ("Fingerprint of its key", _code(home.text("fingerprint"))),
            ("Identity", f"<strong>{escape(proved.capitalize())}</strong>"),
            ("How", _text(home.text("says"), "not checked")),
            ("The agency's own label", _text(home.text("label"), "none")),
        ]
    )


def _recording(report: Parts) -> Iterator[str]:
    video = report.part("recording")
    yield "<h2>The video</h2>"
    if not video:
        yield (
            "<p>Not shown: what the package says of its video is not shown when its"
            " signatures do not match.</p>"
        )
        return
    measured, seconds = video.part("measured"), video.part("measured").number("seconds")
    yield from _facts(
        [
            ("File", f"<code>data/clip.mp4</code>, {_bytes(video.number('bytes'))}"),
            ("SHA-256", _code(video.text("sha256"))),
            (
                "Length",
                _text(None if seconds is None else f"{seconds:.1f} s, as measured"),
            ),
            (
                "Image",
                _text(
                    None
                    if not measured
                    else f"{measured.number('width')} × {measured.number('height')},"
                    f" {'with' if measured.flag('audio') else 'without'} audio, as"
                    " measured"
                ),
            ),
            ("Recorded because of", _text(video.text("event"))),
            ("Time zone of the home", _text(video.text("time_zone"))),
            ("Camera", _text(video.text("camera"))),
        ]
    )
    yield f"<p>{escape(_plain(video, 'says'))}</p>"
    if areas := video.parts("covered"):
        yield from _table(
            "areas",
            ("Covered area", "Where in the image", "When in the recording"),
            (_area(number, area) for number, area in enumerate(areas, 1)),
        )
    if video.text("original_sha256"):
        yield "<p>SHA-256 of the original recording:<br>"
        yield f"{_code(video.text('original_sha256'))}</p>"
    yield from _list(_remarks(video), "")


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
    if by := video.text("fetched_from"):
        yield (
            "This home did not record it. It fetched it from the manufacturer through"
            f" the integration “{by}”. Nothing vouches for what happened before that."
        )
    gaps = video.parts("gaps")
    for gap in gaps:
        yield f"Frames are missing from {_plain(gap, 'from')} to {_plain(gap, 'to')}."
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
            f"The camera reported: {_plain(label, 'label')} (through"
            f" “{_plain(label, 'reported_by')}”). No one checked it."
        )


def _consent(report: Parts) -> Iterator[str]:
    consent = report.part("consent")
    yield "<h2>Consent</h2>"
    if not consent:
        yield "<p>Not shown: the check of the consent record was not made or failed.</p>"
        return
    compared = consent.flag("fingerprint_compared")
    yield f"<p>{escape(_plain(consent, 'how'))}</p>"
    yield from _facts(
        [
            ("When", _text(consent.text("at"))),
            ("For", _text(consent.text("agency_name"))),
            ("Purpose", _text(" ".join(consent.texts("purposes")) or None)),
            ("Read in", _text(consent.text("language"))),
            (
                "Agency's fingerprint",
                "compared by the person" if compared else "not compared by the person",
            ),
            ("Name, as typed", _text(consent.text("name"), "not given")),
            ("Contact, as typed", _text(consent.text("contact"), "not given")),
            ("Case, as typed", _text(consent.text("case_reference"), "not given")),
            (
                "Draft declaration",
                "included. No one has signed it."
                if consent.text("declaration_sha256")
                else "none",
            ),
            ("SHA-256 of the notice", _code(consent.text("notice_sha256"))),
        ]
    )
    yield '<p class="small">No one checked a name or a contact.</p>'
    yield "<p>Before the tap, the person read:</p>"
    yield from _list(consent.texts("told"), "Nothing is stated.")
    yield "<p>The agency's terms, as the person read them:</p>"
    yield _quote(consent.text("terms"))
    if note := consent.text("note"):
        yield "<p>A note by the person:</p>"
        yield _quote(note)


def _request(report: Parts) -> Iterator[str]:
    asked = report.part("request")
    yield "<h2>The request that it answers</h2>"
    if not asked:
        yield "<p>None.</p>" if report.part("consent") else "<p>Not shown.</p>"
        return
    published = asked.flag("published_by_agency")
    yield from _facts(
        [
            (
                "Request",
                _text(
                    f"{_plain(asked, 'request_id')}, version {asked.whole('version')}"
                ),
            ),
            ("Case", _text(asked.text("case_reference"))),
            ("Offense", _text(asked.text("offence"))),
            (
                "Asked for",
                _text(f"{_plain(asked, 'begins')} to {_plain(asked, 'ends')}"),
            ),
            (
                "Published by the agency",
                "proved by the signature of its feed" if published else "not proved",
            ),
            ("SHA-256 of the feed", _code(asked.text("feed_sha256"))),
        ]
    )
    for name in ("title", "text", "terms"):
        if words := asked.text(name):
            yield _quote(words)


def _withdrawal(report: Parts) -> Iterator[str]:
    asked = report.part("withdrawal")
    yield "<h2>Withdrawal</h2>"
    yield f"<p>{escape(_plain(asked, 'says'))}</p>"
    if asked.text("requested_at"):
        yield from _facts(
            [
                (
                    "Requested",
                    f"{_text(asked.text('requested_at'))}, by the home's clock",
                ),
                (
                    "Arrived",
                    f"{_text(asked.text('arrived_at'))}, by the intake's clock",
                ),
                ("The agency's words", _text(asked.text("text"), "none")),
            ]
        )


def _retention(report: Parts) -> Iterator[str]:
    kept = report.part("retention")
    yield "<h2>How long it may be kept</h2>"
    if not kept:
        yield "<p>Not shown: the check of the consent record was not made or failed.</p>"
        return
    yield "<p>As the person read it:</p>"
    yield _quote(kept.text("text"))
    days, due = kept.whole("days"), kept.text("due")
    if due:
        yield (
            f"<p>That is {days} days. Counted from when it"
            f" {_plain(kept, 'counted_from')}, it is due for deletion on"
            f" <strong>{escape(due)}</strong>.</p>"
        )
    elif days is None:
        yield "<p>No number of days is stated.</p>"
    else:
        yield f"<p>That is {days} days. It is not known when it arrived.</p>"


def _files(report: Parts) -> Iterator[str]:
    yield "<h2>Digests of every file</h2>"
    yield from _table(
        "files",
        ("File", "Size", "SHA-256"),
        (
            (
                _code(file.text("path")),
                _bytes(file.number("bytes")),
                _code(file.text("sha256")),
            )
            for file in report.parts("files")
        ),
    )


def _again(report: Parts) -> Iterator[str]:
    yield "<h2>How to check it again</h2>"
    yield "<p>With programs that Doorwatch did not write:</p><ul>"
    for step in report.parts("again"):
        yield f"<li>{escape(_plain(step, 'what'))}:<br>"
        yield f"{_code(step.text('command'))}</li>"
    yield "</ul>"


def _made(report: Parts) -> Iterator[str]:
    made, record = report.part("made"), report.part("record")
    by = made.part("by")
    yield "<h2>Who made this report, with what</h2>"
    head = (
        f"{_code(record.text('head'))}<br>after {record.whole('lines')} lines"
        if record
        else "none"
    )
    program = f"{_plain(made, 'program')} {_plain(made, 'version')}"
    yield from _facts(
        [
            ("Officer", _text(by.text("officer"), "no name given")),
            ("User of the computer", _text(by.text("user"))),
            ("Program", _text(program)),
            ("On", _text(made.text("on"))),
            ("Head of the desk's record", head),
        ]
    )
    yield (
        '<p class="small">The same is in the JSON file beside this page, with the digest'
        " of this page.</p>"
    )


def _facts(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield '<table class="facts"><tbody>'
    for name, value in rows:
        yield f'<tr><th scope="row">{escape(name)}</th><td>{value}</td></tr>'
    yield "</tbody></table>"


def _table(
    kind: str, heads: Sequence[str], rows: Iterable[Sequence[str]]
) -> Iterator[str]:
    yield f'<table class="{kind}"><thead><tr>'
    yield "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    yield "</tr></thead><tbody>"
    for first, *rest in rows:
        cells = "".join(f"<td>{cell}</td>" for cell in rest)
        yield f'<tr><th scope="row">{first}</th>{cells}</tr>'
    yield "</tbody></table>"


def _list(lines: Iterable[str], otherwise: str) -> Iterator[str]:
    items = [f"<li>{escape(line)}</li>" for line in lines]
    if items:
        yield f"<ul>{''.join(items)}</ul>"
    elif otherwise:
        yield f"<p>{escape(otherwise)}</p>"


def _quote(text: str | None) -> str:
    if text is None:
        return '<p class="quote">None.</p>'
    return f'<blockquote class="quote">{escape(text)}</blockquote>'


def _plain(part: Parts, name: str) -> str:
    return part.text(name) or _NOT_KNOWN


def _text(text: str | None, otherwise: str = _NOT_KNOWN) -> str:
    return escape(otherwise if text is None else text)


def _code(text: str | None, otherwise: str = _NOT_KNOWN) -> str:
    return escape(otherwise) if text is None else f"<code>{escape(text)}</code>"


def _bytes(size: float | None) -> str:
    return _NOT_KNOWN if size is None else f"{size:,} bytes"
