"""Render a report as an HTML page without scripts or external resources."""

from collections.abc import Iterator
from html import escape

from .inbox import SHARE_ID
from .report_html import bullets, code, facts, plain, quote, size_of, table, text, when
from .report_style import PAGE, STYLE
from .report_video import recording
from .stated import Parts

_MARKS = {
    "passed": "Passed",
    "failed": "FAILED",
    "not proved": "Not proved",
    "not made": "Not made",
}


def write_page(report: dict[str, object]) -> str:
    """Render the page."""
    return "".join(f"{line}\n" for line in _lines(Parts(report)))


def _lines(report: Parts) -> Iterator[str]:
    share = plain(report, "share")
    left = "Doorwatch verification report"
    if SHARE_ID.fullmatch(share):
        left += f", share {share}"
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield (
        '<meta http-equiv="Content-Security-Policy"'
        " content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
    )
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="referrer" content="no-referrer">'
    yield f"<title>Verification report, share {escape(share)}</title>"
    yield f"<style>{STYLE}{PAGE.format(left=left)}</style></head><body>"
    yield '<main><div class="first">'
    yield from _head(report)
    yield from _proof(report)
    yield '</div><div class="details">'
    yield from _received(report)
    yield from _times(report)
    yield from _checks(report)
    yield from _home(report)
    yield from recording(report)
    yield from _consent(report)
    yield from _request(report)
    yield from _withdrawal(report)
    yield from _retention(report)
    yield from _history(report)
    yield from _files(report)
    yield from _again(report)
    yield from _made(report)
    yield "</div></main></body></html>"


def _head(report: Parts) -> Iterator[str]:
    conclusion, agency = report.part("conclusion"), report.part("agency")
    made, still = report.part("made"), report.part("still")
    name = agency.text("name") or agency.text("origin") or ""
    yield "<header><h1>Verification report</h1>"
    yield f'<p class="sub">A doorbell recording that a home shared with {escape(name)}</p>'
    yield '<div class="top">'
    yield from facts(
        [
            ("Share", code(report.text("share"))),
            ("Case", text(made.text("case"), "none given")),
            ("Made", f"{when(made.text('at'))}, by {_who(made.part('by'))}"),
            ("Video", code(report.part("stored").text("video"))),
        ]
    )
    if (jpeg := still.text("jpeg")) is not None:
        about = f"The video at second {still.number('second') or 0:g}"
        source = f"data:image/jpeg;base64,{escape(jpeg)}"
        yield f'<figure><img src="{source}" alt="{about}">'
        yield f'<figcaption class="small">{about}.</figcaption></figure>'
    yield "</div>"
    if not still and report.part("recording"):
        yield '<p class="small">No image of the video: ffmpeg is missing or failed.</p>'
    result = plain(conclusion, "result")
    yield f'<div class="box {escape(result)}"><strong>{escape(result.upper())}</strong>'
    yield from (f"<p>{escape(each)}</p>" for each in conclusion.texts("says"))
    yield "</div>"
    withdrawal = report.part("withdrawal")
    if plain(withdrawal, "state") in ("pending", "deleted", "refused", "not valid"):
        yield '<div class="box note"><strong>Withdrawal</strong>'
        yield f"<p>{escape(plain(withdrawal, 'says'))}</p></div>"
    yield "</header>"


def _received(report: Parts) -> Iterator[str]:
    got, stored = report.part("received"), report.part("stored")
    size = got.number("bytes")
    yield "<h2>What was received</h2>"
    if got.number("bytes") is None:
        yield (
            "<p>Not known: the note that <code>open</code> writes beside the package is"
            " missing, or is not what the desk's record says.</p>"
        )
        return
    yield from facts(
        [
            ("File", code(got.text("name"))),
            ("Size", size_of(size)),
            ("SHA-256 as it arrived", code(got.text("sha256"))),
            ("How it came", text(got.text("how"))),
            (
                f"Stored {plain(stored, 'where')}",
                code(stored.text("package"), "not included or not known"),
            ),
            ("SHA-256 by the intake", _same(got)),
        ]
    )


def _same(got: Parts) -> str:
    noted = got.text("intake_sha256")
    if noted is None:
        return "not looked at"
    same = noted == got.text("sha256")
    return f"{code(noted)}<br>{'the same' if same else '<strong>NOT the same</strong>'}"


def _times(report: Parts) -> Iterator[str]:
    yield "<h2>Times, and whose clock says so</h2>"
    yield from table(
        "times",
        ("What", "When", "By"),
        (
            (
                escape(plain(row, "what")),
                when(row.text("at"), "–"),
                escape(plain(row, "by")),
            )
            for row in report.parts("times")
        ),
    )


def _checks(report: Parts) -> Iterator[str]:
    yield "<h2>What was checked</h2>"
    yield (
        '<p class="small">“You” and “your” mean the agency. A check is not made when one'
        " before it failed.</p>"
    )
    rows = []
    for check in report.parts("checks"):
        result = plain(check, "result")
        says = check.text("says")
        cell = f"<p>{escape(says)}</p>" if says else ""
        if not_proved := check.text("not_proved"):
            cell += f'<p class="small">Not proved by it: {escape(not_proved)}</p>'
        rows.append((f"<strong>{_MARKS[result]}</strong>", plain(check, "title"), cell))
    yield '<table class="checks"><thead><tr><th scope="col" class="result">Result</th>'
    yield '<th scope="col">Check, and what it found</th></tr></thead><tbody>'
    for mark, title, cell in rows:
        yield f'<tr><td class="result">{mark}</td><td><strong>{escape(title)}</strong>'
        yield f"{cell}</td></tr>"
    yield "</tbody></table>"


def _proof(report: Parts) -> Iterator[str]:
    yield "<h2>What this proves</h2>"
    yield from bullets(report.texts("proves"), "Nothing: the package was refused.")
    yield "<h2>What this does not prove</h2>"
    yield from bullets(report.texts("does_not_prove"), "")


def _home(report: Parts) -> Iterator[str]:
    home = report.part("home")
    yield "<h2>The home</h2>"
    if not home:
        yield "<p>Not known: no signature of a home was found to match.</p>"
        return
    proved = plain(home, "identity")
    yield from facts(
        [
            ("Fingerprint of its key", code(home.text("fingerprint"))),
            ("Identity", f"<strong>{escape(proved.capitalize())}</strong>"),
            ("How", text(home.text("says"), "not checked")),
            ("The agency's own label", text(home.text("label"), "none")),
        ]
    )


def _consent(report: Parts) -> Iterator[str]:
    consent = report.part("consent")
    yield "<h2>Consent</h2>"
    if not consent:
        yield "<p>Not shown: the check of the consent record was not made or failed.</p>"
        return
    compared = consent.flag("fingerprint_compared")
    yield f"<p>{escape(plain(consent, 'how'))}</p>"
    yield from facts(
        [
            ("When", when(consent.text("at"))),
            ("For", text(consent.text("agency_name"))),
            ("Purpose", text(" ".join(consent.texts("purposes")) or None)),
            ("Read in", text(consent.text("language"))),
            (
                "Agency's fingerprint",
                "compared by the person" if compared else "not compared by the person",
            ),
            ("Name, as typed", text(consent.text("name"), "not given")),
            ("Contact, as typed", text(consent.text("contact"), "not given")),
            ("Case, as typed", text(consent.text("case_reference"), "not given")),
            (
                "Draft declaration",
                "included. No one has signed it."
                if consent.text("declaration_sha256")
                else "none",
            ),
            ("SHA-256 of the notice", code(consent.text("notice_sha256"))),
        ]
    )
    yield '<p class="small">No one checked a name or a contact.</p>'
    yield "<p>Before the tap, the person read:</p>"
    yield from bullets(consent.texts("told"), "Nothing is stated.")
    yield "<p>The agency's terms, as the person read them:</p>"
    yield quote(consent.text("terms"))
    if note := consent.text("note"):
        yield "<p>A note by the person:</p>"
        yield quote(note)


def _request(report: Parts) -> Iterator[str]:
    asked = report.part("request")
    yield "<h2>The request that it answers</h2>"
    if not asked:
        yield "<p>None.</p>" if report.part("consent") else "<p>Not shown.</p>"
        return
    published = asked.flag("published_by_agency")
    yield from facts(
        [
            (
                "Request",
                text(f"{plain(asked, 'request_id')}, version {asked.whole('version')}"),
            ),
            ("Case", text(asked.text("case_reference"))),
            ("Offense", text(asked.text("offence"))),
            (
                "Asked for",
                f"{when(asked.text('begins'))} to {when(asked.text('ends'))}",
            ),
            (
                "Published by the agency",
                "proved by the signature of its feed" if published else "not proved",
            ),
            ("SHA-256 of the feed", code(asked.text("feed_sha256"))),
        ]
    )
    for name in ("title", "text", "terms"):
        if words := asked.text(name):
            yield quote(words)


def _withdrawal(report: Parts) -> Iterator[str]:
    asked = report.part("withdrawal")
    yield "<h2>Withdrawal</h2>"
    yield f"<p>{escape(plain(asked, 'says'))}</p>"
    if asked.text("requested_at"):
        yield from facts(
            [
                (
                    "Requested",
                    f"{when(asked.text('requested_at'))}, by the home's clock",
                ),
                (
                    "Arrived",
                    f"{when(asked.text('arrived_at'))}, by the intake's clock",
                ),
                ("The agency's words", text(asked.text("text"), "none")),
            ]
        )


def _retention(report: Parts) -> Iterator[str]:
    kept = report.part("retention")
    yield "<h2>How long it may be kept</h2>"
    if not kept:
        yield "<p>Not shown: the check of the consent record was not made or failed.</p>"
        return
    yield "<p>As the person read it:</p>"
    yield quote(kept.text("text"))
    days, due = kept.whole("days"), kept.text("due")
    if due:
        yield (
            f"<p>That is {days} days. Counted from when it"
            f" {plain(kept, 'counted_from')}, it is due for deletion on"
            f" <strong>{when(due)}</strong>.</p>"
        )
    elif days is None:
        yield "<p>No number of days is stated.</p>"
    else:
        yield f"<p>That is {days} days. It is not known when it arrived.</p>"
    if until := kept.text("held_until"):
        why = kept.text("held_for") or "no reason is noted"
        yield (
            f"<p>The agency keeps it until <strong>{escape(until)}</strong>:"
            f" {escape(why)}.</p>"
        )


def _history(report: Parts) -> Iterator[str]:
    yield "<h2>Who did what at the desk</h2>"
    rows = report.parts("history")
    if not rows:
        yield "<p>The record of the desk has nothing of it.</p>"
        return
    yield from table(
        "times",
        ("What", "When", "Who"),
        ((escape(plain(one, "what")), when(one.text("at")), _who(one)) for one in rows),
    )


def _who(told: Parts) -> str:
    """Render the officer's name and the user name of the system."""
    user, officer = text(told.text("user")), told.text("officer")
    return user if officer is None else f"{escape(officer)} (user {user})"


def _files(report: Parts) -> Iterator[str]:
    yield "<h2>Digests of every file</h2>"
    yield from table(
        "files",
        ("File", "SHA-256"),
        (
            (
                f"{code(file.text('path'))}<br>"
                f'<span class="small">{size_of(file.number("bytes"))}</span>',
                code(file.text("sha256")) + _listed(file),
            )
            for file in report.parts("files")
        ),
    )


def _listed(file: Parts) -> str:
    """Render the expected digest of a file if it differs."""
    listed = file.text("listed_sha256")
    if listed in (None, file.text("sha256")):
        return ""
    return f"<br><strong>NOT as listed:</strong><br>{code(listed)}"


def _again(report: Parts) -> Iterator[str]:
    yield "<h2>How to check it again</h2>"
    yield "<p>With programs that Doorwatch did not write:</p><ul>"
    for step in report.parts("again"):
        yield f"<li>{escape(plain(step, 'what'))}:<br>"
        yield f"{code(step.text('command'))}</li>"
    yield "</ul>"


def _made(report: Parts) -> Iterator[str]:
    made, record = report.part("made"), report.part("record")
    by = made.part("by")
    yield "<h2>Who made this report, with what</h2>"
    yield (
        "<p>The same is in the JSON file that belongs to this page, with the SHA-256 of"
        " this page.</p>"
    )
    head = (
        f"{code(record.text('head'))}<br>after {record.whole('lines')} lines"
        if record
        else "none"
    )
    program = f"{plain(made, 'program')} {plain(made, 'version')}"
    yield from facts(
        [
            ("Officer", text(by.text("officer"), "no name given")),
            ("User of the computer", text(by.text("user"))),
            ("Program", text(program)),
            ("On", text(made.text("on"))),
            ("Head of the desk's record", head),
        ]
    )
